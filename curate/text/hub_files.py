"""Files of a dataset repository: on the Hub at one commit, or in a local copy.

Requests are made by ``huggingface_hub``, which repeats those for content for about 20 seconds; what
still fails becomes one line with the way out.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from curate.errors import SourceError
from curate.text.hub_layout import CONVERTED, DataFile, data_files
from curate.text.parquet_footer import ParquetInput, local_input, parquet_input
from curate.text.paths import existing

T = TypeVar("T")
WAITS = (0.5, 1, 2)
"""Seconds before a request that failed for a passing reason is made again."""
PASSING = (408, 429, 500, 502, 503, 504)


class Repository(NamedTuple):
    """The Parquet files of one configuration at one commit; no commit if they are local."""

    commit: str
    inputs: tuple[ParquetInput, ...]


def local_files(path: str, config: str, split: str) -> Repository:
    """The files in a copy of a repository.

    Raises:
        SourceError: There is no such folder, configuration or split.
    """
    root = existing(path)
    files = [file for file in root.rglob("*") if file.is_file() and ".git" not in file.parts]
    names = [file.relative_to(root).as_posix() for file in files]
    card = (root / "README.md").read_text("utf-8", "replace") if "README.md" in names else ""
    chosen = data_files(str(root), card, names, config, split, converted=False)

    found = tuple(
        local_input(root / one.path, one.path, facts) for one, facts in _with_facts(chosen)
    )
    if all(one.groups is None for one in found):
        raise SourceError(f"{found[0].path} is not a Parquet file, or it is cut off")
    return Repository("", found)


def hub_files(repo: str, revision: str, config: str, split: str) -> Repository:
    """The files at the commit that the revision is now.

    Raises:
        SourceError: No such dataset, revision, configuration or split, no access, or no network.
    """
    with explained(repo, revision):
        from huggingface_hub import HfApi, RepoFile

        api = HfApi(endpoint=_endpoint())
        commit = str(_patient(lambda: api.dataset_info(repo, revision=revision)).sha)
        tree = _patient(
            lambda: list(
                api.list_repo_tree(repo, recursive=True, revision=commit, repo_type="dataset")
            )
        )
        states = {
            one.path: one.lfs.sha256 if one.lfs else one.blob_id
            for one in tree
            if isinstance(one, RepoFile)
        }
        card = ""
        if "README.md" in states:
            with opened(repo, commit, "README.md") as file:
                card = file.read().decode("utf-8", "replace")
        chosen = data_files(repo, card, list(states), config, split, revision == CONVERTED)

        def look(pair: tuple[DataFile, tuple[tuple[str, str], ...]]) -> ParquetInput:
            (path, _), facts = pair
            with opened(repo, commit, path) as file:
                return parquet_input(file, path, path, states[path], facts)

        with ThreadPoolExecutor(min(8, len(chosen))) as pool:
            return Repository(commit, tuple(pool.map(look, _with_facts(chosen))))


@contextlib.contextmanager
def opened(repo: str, commit: str, path: str) -> Iterator[Any]:
    """A file that fetches exactly what is read from it; a local one if there is no commit."""
    if not commit:
        with Path(path).open("rb") as local:
            yield local
        return
    with explained(repo, commit):
        from huggingface_hub import HfFileSystem

        files = HfFileSystem(endpoint=_endpoint())
        where = f"datasets/{repo}@{commit}/{path}"
        with files.open(where, "rb", cache_type="none") as remote:
            yield remote


def _with_facts(
    chosen: Sequence[DataFile],
) -> list[tuple[DataFile, tuple[tuple[str, str], ...]]]:
    """Each file, with its split as a column if there are several."""
    many = len({one.split for one in chosen}) > 1
    return [(one, (("split", one.split),) if many else ()) for one in chosen]


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None  # the client itself looks only when imported


def _http_error() -> type[Exception]:
    """What the client's HTTP library raises without an answer; which library that is, varies."""
    from huggingface_hub import errors

    found: type[Exception] = vars(errors)["HTTPError"]
    return found


def _patient(call: Callable[[], T]) -> T:
    """Call again what may pass; the client does so itself for everything but these calls."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    for wait in WAITS:
        try:
            return call()
        except OfflineModeIsEnabled:
            raise
        except (_http_error(), ConnectionError) as error:
            if isinstance(error, HfHubHTTPError) and error.response.status_code not in PASSING:
                raise
        time.sleep(wait)
    return call()


@contextlib.contextmanager
def explained(repo: str, revision: str) -> Iterator[None]:
    """Turn what the client raises into one line with the way out.

    Raises:
        SourceError: In the place of everything that the client raises.
    """
    from huggingface_hub.errors import HFValidationError

    try:
        yield
    except (_http_error(), HFValidationError, OSError) as error:
        raise SourceError(" ".join(_way_out(error, repo, revision).split())) from error


def _way_out(error: BaseException, repo: str, revision: str) -> str:
    from huggingface_hub import constants, errors

    while not isinstance(error, errors.HfHubHTTPError) and error.__cause__ is not None:
        error = error.__cause__  # the file system wraps what it was answered
    page = f"{_endpoint() or constants.ENDPOINT}/datasets/{repo}"
    copy = "or read a copy of the repository with --set source.path=FOLDER"
    if isinstance(error, errors.GatedRepoError):
        return f"{repo} is gated: accept its terms at {page}, then `hf auth login`; {copy}"
    if isinstance(error, errors.RepositoryNotFoundError):
        private = "check the name; if it is private, `hf auth login`"
        return f"the Hub has no dataset {repo} that you may read: {private}; {copy}"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{repo} has no revision {revision!r}; {page}/tree/main shows those there are"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return f"HF_HUB_OFFLINE is set, so {repo} cannot be read: unset it; {copy}"
    if isinstance(error, errors.HFValidationError):
        return f"{repo!r} is not the name of a dataset; write organisation/name"
    if isinstance(error, errors.HfHubHTTPError):
        return f"the Hub answered {error.response.status_code} for {repo}; try again later; {copy}"
    what = f"{type(error).__name__}: {error}"
    return f"cannot reach the Hub for {repo} ({what}); try again later; {copy}"
