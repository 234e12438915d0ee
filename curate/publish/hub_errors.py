"""What the Hub's client raises, as one line with the way out, and whether waiting helps.

Judged by what the errors say, not by their classes: the client wraps some, its HTTP library and
the one for Xet bring their own, and which those are varies from version to version.
"""

from __future__ import annotations

import contextlib
import logging
import re
import warnings
from collections.abc import Iterator

from curate.publish.retry import PASSING

# Of the client's HTTP libraries, by name, since each version of the client brings another.
_BROKEN = {"TransportError", "TimeoutException", "NetworkError", "RemoteProtocolError"}


def status_of(error: BaseException) -> int:
    """The HTTP status that an error is about; 0 if it is about none."""
    for one in _chain(error):
        found = getattr(getattr(one, "response", None), "status_code", None)
        if isinstance(found, int):
            return found
        if isinstance(one, OSError) and (
            said := re.search(r"HTTP status \w+ error \((\d+)", str(one))
        ):
            return int(said[1])  # hf_xet
    return 0


def passing(error: BaseException) -> float | None:
    """Seconds the Hub asked to wait, 0 if it did not say; None if waiting cannot help."""
    if any(type(one).__name__ == "OfflineModeIsEnabled" for one in _chain(error)):
        return None
    if status := status_of(error):
        return _retry_after(error) if status in PASSING else None
    for one in _chain(error):
        broken = _BROKEN & {kind.__name__ for kind in type(one).__mro__}
        if broken or isinstance(one, ConnectionError | TimeoutError):
            return 0.0
    return None


def way_out(error: BaseException, repo: str, url: str, what: str) -> str:
    """What happened, where, and what to do, in one line."""
    status, again = status_of(error), "the same command again takes it up"
    names = {type(one).__name__ for one in _chain(error)}
    detail = _detail(error)
    if "OfflineModeIsEnabled" in names:
        return f"HF_HUB_OFFLINE is set, so {repo} cannot be published: unset it"
    if "xet" in detail and status == 404:
        return f"{what}: {url} has no Xet storage; set HF_HUB_DISABLE_XET=1 to send by Git LFS"
    if status == 401:
        return f"{what}: the Hub does not accept the token for {repo} ({detail}); `hf auth login`"
    if status == 403:
        hint = "use one with write permission for it (`hf auth login`, HF_TOKEN)"
        return f"{what}: your token may not do this to {repo} ({detail}); {hint}"
    if status == 412:
        return f"{what}: {repo} was changed meanwhile; {again}"
    if status in PASSING:
        return f"{what}: the Hub keeps answering {status} for {repo}; later, {again}"
    if status:
        return f"{what}: the Hub answered {status} for {repo}: {detail}"
    if passing(error) is not None:
        return f"{what}: cannot reach {url} ({detail}); {again}"
    return f"{what}: {type(error).__name__} for {repo}: {detail}"


def cleaned(text: str, token: str) -> str:
    """One line without the token, or anything like one."""
    if token:
        text = text.replace(token, "hf_***")
    text = re.sub(r"\bhf_[A-Za-z0-9]{20,}", "hf_***", text)
    text = re.sub(r"(https?://[^\s?]+)\?\S+", r"\1", text)  # signatures of addresses for content
    return " ".join(text.split())


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Keep quiet what the client and its HTTP library log and warn of, down to headers."""
    known = [name for name in logging.root.manager.loggerDict if "." not in name]
    talkers = [logging.getLogger(name) for name in known if name.startswith(("http", "hugging"))]
    levels = [(logger, logger.level) for logger in talkers]
    for logger in talkers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in levels:
            logger.setLevel(level)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _retry_after(error: BaseException) -> float:
    for one in _chain(error):
        headers = getattr(getattr(one, "response", None), "headers", None) or {}
        said = str(headers.get("Retry-After") or "").strip()
        if said.isdigit():
            return float(said)
    return 0.0


def _detail(error: BaseException) -> str:
    """What the server said, or else the error itself."""
    if isinstance(error, ValueError):  # the client's own sentence about an answer
        return " ".join(str(error).split())
    for one in _chain(error):
        if said := getattr(one, "server_message", None):
            return " ".join(str(said).split())
    last = list(_chain(error))[-1]
    return " ".join(str(last).split()) or type(last).__name__
