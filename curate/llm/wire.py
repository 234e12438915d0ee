"""One HTTP call to an OpenAI-compatible endpoint, and the class of what went wrong."""

from __future__ import annotations

import dataclasses as dc
import email.utils
import json
import math
import time
from collections.abc import Mapping
from typing import Any

from curate.llm.answer import Answer, read_response
from curate.llm.request import Request

LONGEST_WAIT = 600.0  # seconds, whatever a server asks for
_NO_KEY = "none"  # the client insists on a key; local servers do not


@dc.dataclass(frozen=True)
class Failure:
    """A call without an answer.

    Attributes:
        detail: What happened, in one line, without the key.
        passing: Trying again may help.
        wait: Seconds that the server asks for.
        doubtful: It may have been billed.
        crowded: Everybody should wait, not this request alone.
        hopeless: Every other request would fail in the same way.
    """

    detail: str
    passing: bool = False
    wait: float = 0.0
    doubtful: bool = False
    crowded: bool = False
    hopeless: bool = False


class Wire:
    """A connection pool to one endpoint; for many threads."""

    def __init__(self, base_url: str, secret: str, timeout: float) -> None:
        """Set it up without connecting.

        Args:
            base_url: Such as ``http://localhost:8000/v1``.
            secret: The API key; empty for servers that need none.
            timeout: Seconds to wait for the server to say something.
        """
        import openai

        from curate.llm.bounded import bounded_client

        self._url, self._secret = base_url, secret
        self._openai = openai.OpenAI(
            base_url=base_url,
            api_key=secret or _NO_KEY,
            timeout=timeout,
            max_retries=0,
            default_headers={"Accept-Encoding": "gzip"},
            http_client=bounded_client(),
        )

    def send(self, request: Request) -> Answer | Failure:
        """Send a request once."""
        import openai

        body = json.loads(request.body)
        head = {"model": body.pop("model"), "messages": body.pop("messages")}
        try:
            raw = self._openai.chat.completions.with_raw_response.create(**head, extra_body=body)
            return self._clean(read_response(json.loads(raw.http_response.content)))
        except openai.APITimeoutError as error:
            sent = "ConnectTimeout" not in type(error.__cause__).__name__
            return Failure(f"no answer from {self._url} in time", passing=True, doubtful=sent)
        except openai.APIStatusError as error:
            return self._refused(error.status_code, error.response.headers, error.body)
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            # A connection that was never made bills nothing; one that broke may have.
            broke = "Connect" not in type(cause).__name__
            what = self._without_secret(f"no connection to {self._url} ({cause})")
            return Failure(what, passing=True, doubtful=broke)
        except (ValueError, RecursionError) as error:
            what = f"no chat completion from {self._url} ({type(error).__name__})"
            return Failure(what, passing=True, doubtful=True)

    def _refused(self, status: int, headers: Mapping[str, str], body: Any) -> Failure:
        said = body if isinstance(body, Mapping) else {}
        code, message = str(said.get("code") or ""), str(said.get("message") or body or "")
        said_so = " ".join(self._without_secret(message).split())[:200]  # scrubbed, then cut
        detail = f"HTTP {status} from {self._url}: {said_so}".removesuffix(": ")
        if status == 429 and code == "insufficient_quota":
            return Failure(f"{detail}; add credit, or use another endpoint", hopeless=True)
        if status in {401, 403, 404}:
            hint = "check endpoint, model and the variable that api_key_env names"
            return Failure(f"{detail}; {hint}", hopeless=True)
        if status == 429:
            return Failure(detail, passing=True, wait=retry_after(headers), crowded=True)
        if status in {408, 409, 425} or status >= 500:
            return Failure(detail, passing=True, wait=retry_after(headers))
        return Failure(detail)

    def _clean(self, answer: Answer) -> Answer:
        text, finish, refusal, model = (self._without_secret(said) for said in answer[:4])
        return Answer(text, finish, refusal, model, answer.input_tokens, answer.output_tokens)

    def _without_secret(self, text: str) -> str:
        """The text without the key, should a server send it back."""
        return text.replace(self._secret, "[key]") if self._secret else text


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a server asks to wait: from a number or a date, 0 if it does not say.

    Example:
        >>> retry_after({"retry-after": "2.5"})
        2.5
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return min(max(seconds, 0.0), LONGEST_WAIT) if not math.isnan(seconds) else 0.0
    try:
        date = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
        return min(max(date.timestamp() - time.time(), 0.0), LONGEST_WAIT)
    except (TypeError, ValueError, OverflowError):
        return 0.0
