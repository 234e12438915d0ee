"""Where the weights of a model are, what their digests are, and one copy of each in a process.

A model is named by a *reference*, in a recipe a plain string:

- ``models/sig_bak_ovr.onnx`` or ``models/deepfilternet3``: a file or folder of this machine;
- ``hub:org/name@revision/path``: a file or folder of a Hub repository at a fixed revision.

``prepare`` is called before any work starts: it fetches what is missing, once, and returns the
digests that go into the fingerprint. ``locate`` is what steps use while they work: it looks at
this machine only and never downloads.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import threading
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from curate.arrow import sha256_of
from curate.errors import EnvironmentError_

_HUB = re.compile(r"hub:(?P<repo>[^/@\s]+/[^/@\s]+)@(?P<revision>[^/@\s]+)(?:/(?P<path>\S+))?")
_Loaded = TypeVar("_Loaded")


class HubReference(NamedTuple):
    """A file or folder of a Hub repository: ``hub:org/name@revision/path``."""

    repo: str
    revision: str
    path: str

    @classmethod
    def parse(cls, reference: str) -> HubReference:
        """Split a reference that begins with ``hub:``.

        Raises:
            EnvironmentError_: It is not of that form; the revision is required.
        """
        found = _HUB.fullmatch(reference)
        if found is None:
            form = "write hub:org/name@revision/file, with a tag or commit as the revision"
            raise EnvironmentError_(f"{reference!r} is no model reference; {form}")
        return cls(found["repo"], found["revision"], (found["path"] or "").strip("/"))

    def file(self, name: str) -> str:
        """Path inside the repository of one file below this reference."""
        return "/".join(part for part in (self.path, name) if part)


def prepare(reference: str, files: Sequence[str] = (), *, owner: str, hint: str) -> dict[str, str]:
    """Make sure that a model is on this machine, fetching it from the Hub if it has to.

    Args:
        reference: Where the model is; see the module's docstring.
        files: Files it must hold, below the referenced folder; empty if it is itself a file.
        owner: Who needs it, for the message: ``"filters.dnsmos"``.
        hint: How to get the files, for the message.

    Returns:
        File name → sha256.

    Raises:
        EnvironmentError_: Not there and not to be had; one line that says what to do.
    """
    if reference.startswith("hub:"):
        hub = HubReference.parse(reference)
        for name in files or ("",):
            _fetch(hub, hub.file(name), owner)
    path = locate(reference, files, owner=owner, hint=hint)
    if not files:
        return {path.name: _digest(path)}
    return {name: _digest(path / name) for name in files}


def locate(reference: str, files: Sequence[str] = (), *, owner: str, hint: str) -> Path:
    """Path of a model that is on this machine; looks nowhere else.

    Raises:
        EnvironmentError_: Files are missing; the message names exactly those.
    """
    if not reference:
        raise EnvironmentError_(f"{owner}: the option weights is empty; {hint}")
    if reference.startswith("hub:"):
        path = _in_hub_cache(HubReference.parse(reference), files)
        if path is None:
            raise EnvironmentError_(
                f"{owner}: {reference} is not in the Hub cache of this machine; "
                "run the recipe once with a connection, or set weights to a local path"
            )
    else:
        path = Path(reference).expanduser()
    missing = [name for name in files if not (path / name).is_file()]
    if missing:
        raise EnvironmentError_(f"{owner}: missing {', '.join(missing)} in {path}; {hint}")
    if not files and not path.is_file():
        raise EnvironmentError_(f"{owner}: there is no file {path}; {hint}")
    return path


def need(*modules: str, owner: str, install: str) -> None:
    """Check that these modules can be imported, without importing them (but their parents).

    Raises:
        EnvironmentError_: Some cannot; the message holds the line that installs them.
    """
    absent = [name for name in modules if not _importable(name)]
    if absent:
        raise EnvironmentError_(
            f"{owner} needs {', '.join(absent)}, not installed here; run: {install}"
        )


def load_once(key: Hashable, loader: Callable[[], _Loaded]) -> _Loaded:
    """What ``loader`` returns, called once in a process for each key.

    Args:
        key: Everything the loaded object depends on: what it is, its path, its device.
        loader: Called without arguments while other loads wait; not called again once it returned.
    """
    with _LOADING:
        if key not in _LOADED:
            _LOADED[key] = loader()
        found: _Loaded = _LOADED[key]
        return found


def torch_device(choice: str) -> str:
    """``"cuda"`` or ``"cpu"``: the choice, or for ``"auto"`` whether torch sees a GPU.

    Raises:
        EnvironmentError_: ``"cuda"`` was asked for and there is none.
    """
    if choice == "cpu" or (choice == "auto" and importlib.util.find_spec("torch") is None):
        return "cpu"
    need("torch", owner="device: cuda", install="pip install 'curate[gpu]'")
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if choice == "cuda":
        raise EnvironmentError_("device: cuda, but torch sees no GPU; set device to auto or cpu")
    return "cpu"


def gpu_count() -> int:
    """How many GPUs torch sees; 0 without torch."""
    if importlib.util.find_spec("torch") is None:
        return 0
    import torch

    return int(torch.cuda.device_count())


def has_hub_token() -> bool:
    """Whether this machine has a token of the Hub, which gated models and datasets ask for."""
    from huggingface_hub import get_token

    return bool(get_token())


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a parent of the module is not there
        return False


_LOADED: dict[Hashable, Any] = {}
_LOADING = threading.RLock()


def _fetch(hub: HubReference, name: str, owner: str) -> None:
    """Download one file into the Hub cache unless it is there."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        hf_hub_download(hub.repo, name, revision=hub.revision)
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        offline = isinstance(error, LocalEntryNotFoundError)
        why = "no connection, and not in the cache" if offline else str(error).splitlines()[0]
        raise EnvironmentError_(
            f"{owner}: cannot get {name} of {hub.repo}@{hub.revision} ({why}); "
            "connect once, log in with `hf auth login` if it is gated, or give a local path"
        ) from error


def _in_hub_cache(hub: HubReference, files: Sequence[str]) -> Path | None:
    """The referenced file or folder in the Hub cache, or None if a file is not there."""
    from huggingface_hub import try_to_load_from_cache

    found = None
    for name in files or ("",):
        found = try_to_load_from_cache(hub.repo, hub.file(name), revision=hub.revision)
        if not isinstance(found, str):
            return None
    if found is None or not files:
        return None if found is None else Path(found)
    return Path(found[: -len(files[-1]) - 1])


def _digest(path: Path) -> str:
    status = path.stat()
    return _digest_of(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _digest_of(path: Path, size: int, changed_ns: int) -> str:
    """Weights run to gigabytes: read them once in a process as long as they do not change."""
    return sha256_of(path)
