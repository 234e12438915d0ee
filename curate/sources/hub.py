"""A dataset of the Hugging Face Hub, streamed shard by shard at one commit.

The branch or tag is resolved to a commit once in a process; shards name that commit, so a run never
mixes two states of a dataset. Parquet files are found by the card's ``configs`` or by their names
and read a few row groups at a time: nothing but the row groups of a shard is fetched, and nothing
is kept on disk. Features (``Audio``, ``ClassLabel``) come along. Datasets in other formats are read
from the Hub's own conversion, ``revision: refs/convert/parquet``. ``HF_ENDPOINT``, ``HF_TOKEN`` and
``HF_HUB_OFFLINE`` work as everywhere.
"""

from __future__ import annotations

import contextlib
import dataclasses as dc
import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, TypeVar

import pyarrow as pa
from annotated_types import Ge

from curate.arrow import field_features
from curate.contract import ShardRef, Source, is_heavy
from curate.errors import SourceError

if TYPE_CHECKING:
    from curate.text.hub_layout import DataFile
    from curate.text.row_groups import ParquetInput

T = TypeVar("T")
WAITS = (0.5, 1, 2)
"""Seconds before a request that failed for a passing reason is made again."""


class Found(NamedTuple):
    """The files of one configuration at one commit; no commit if they are local."""

    commit: str
    inputs: tuple[ParquetInput, ...]


@dc.dataclass(frozen=True)
class Hub(Source):
    """Read a dataset from the Hub, or from a local copy of its repository.

    Args:
        repo: ``organisation/name``.
        config: Configuration; may be empty if there is one, or the card names the default.
        split: Split; if empty all of them, with a column ``split`` where there are several.
        revision: Branch, tag or commit.
        path: Folder with a copy of the repository, read instead of the Hub.
        name: Value of ``source`` and prefix of ids; the repository's name if empty.
        columns: Our column → theirs; the others keep their names.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Rows in a batch; 32 if there are media columns, else 4096.
        shard_rows: Rows in a shard, but at least a row group; 32 or 20000.

    Adds:
        id: string, the rows' own ``id``, or ``<file>:<row>``, counted from 0.
        source: string, the rows' own unless ``name`` is given.
        split: string, if there are several and the rows have none of their own.

    Rejects:
        duplicate id: The ``id`` occurred before; the first stays.
        file unreadable: No footer (one row for the file), or a damaged row group in a local copy.

    Raises:
        SourceError: No such dataset, revision, configuration or split, no access, or no network.

    Example:
        >>> import pathlib, tempfile
        >>> import pyarrow.parquet as pq
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> pq.write_table(pa.table({"text": ["one"]}), folder / "test-00000-of-00001.parquet")
        >>> source = Hub("someone/corpus", path=str(folder))
        >>> next(source.read(source.shards()[0])).to_pylist()[0]["source"]
        'someone/corpus'
    """

    repo: str
    config: str = ""
    split: str = ""
    revision: str = "main"
    path: str = ""
    name: str = ""
    columns: dict[str, str] = dc.field(default_factory=dict)
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] | None = None
    shard_rows: Annotated[int, Ge(1)] | None = None

    reasons: ClassVar = ("duplicate id", "file unreadable")

    def prepare(self) -> dict[str, str]:
        """Resolve the revision to a commit and read every footer."""
        commit = self._found().commit
        return {f"{self.repo}@{self.revision}": commit} if commit else {}

    def schema(self) -> pa.Schema:
        """Id, source and the columns of all files, in order of first appearance."""
        from curate.text.columns import plan, planned_schema

        schema = self._theirs(self._found().inputs)
        return planned_schema(plan(schema.names, self.columns, self.constants, self.repo), schema)

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive row groups of each file, at one commit."""
        from curate.text.columns import plan
        from curate.text.row_groups import cut_files, read_keys

        commit, inputs = self._found()
        schema = self._theirs(inputs)
        pairs = plan(schema.names, self.columns, self.constants, self.repo).pairs
        rows = self.shard_rows or _rows(schema, 20_000)

        def keys_of(one: ParquetInput, column: str) -> Sequence[str | None]:
            with self._opened(one.path, commit) as file:
                return read_keys(file, column)

        cuts = cut_files(inputs, schema, rows, dict(pairs).get("id"), keys_of)
        return [ShardRef(cut.name, cut.rows, cut.digest, (commit, *cut.where)) for cut in cuts]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The rows of one shard; the client makes a failed request again for about 20 seconds."""
        from curate.text.line_source import Naming, decode_schema, finished
        from curate.text.row_groups import Piece, read_piece

        commit, piece = ref.where[0], Piece(*ref.where[1:])
        rows = self.batch_rows or _rows(decode_schema(piece.schema), 4096)
        naming = Naming(self.name, self.columns, self.constants)
        with self._opened(piece.path, commit) as file:
            for batch in read_piece(file, piece, rows, ref.limit, mend=not commit):
                yield finished(batch, naming, self.repo, self.repo)

    def _found(self) -> Found:
        if self.path:
            return _local(self.repo, self.path, self.config, self.split)
        with _explained(self.repo, self.revision):
            return _remote(_endpoint(), self.repo, self.revision, self.config, self.split)

    @contextlib.contextmanager
    def _opened(self, path: str, commit: str) -> Iterator[Any]:
        if not commit:
            with Path(path).open("rb") as file:
                yield file
            return
        with _explained(self.repo, commit), _hub_file(_endpoint(), self.repo, commit, path) as file:
            yield file

    def _theirs(self, inputs: Sequence[ParquetInput]) -> pa.Schema:
        from curate.text.row_groups import shared_schema

        return shared_schema(inputs, [field_features(one.schema) for one in inputs])


def _rows(schema: pa.Schema, light: int) -> int:
    return 32 if any(is_heavy(field.type) for field in schema) else light


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None  # the client itself looks only when imported


def _local(repo: str, path: str, config: str, split: str) -> Found:
    from curate.text.hub_layout import data_files
    from curate.text.paths import existing
    from curate.text.row_groups import footer_digest, parquet_input

    root = existing(path)
    files = [file for file in root.rglob("*") if file.is_file() and ".git" not in file.parts]
    names = [file.relative_to(root).as_posix() for file in files]
    card = (root / "README.md").read_text("utf-8") if "README.md" in names else ""
    chosen = data_files(str(root), card, names, config, split, converted=False)
    many = len({file.split for file in chosen}) > 1
    inputs = []
    for file, its_split in chosen:
        there = (root / file).stat()
        facts = (("split", its_split),) if many else ()
        with (root / file).open("rb") as raw:
            state = f"{there.st_size}:{there.st_mtime_ns}:{footer_digest(raw)}"
            inputs.append(parquet_input(raw, str(root / file), file, state, facts))
    return Found("", tuple(inputs))


@functools.lru_cache(maxsize=8)
def _remote(endpoint: str | None, repo: str, revision: str, config: str, split: str) -> Found:
    """The files at the commit that the revision is now; asked once in a process."""
    from huggingface_hub import HfApi, RepoFile

    from curate.text.hub_layout import CONVERTED, data_files
    from curate.text.row_groups import parquet_input

    api = HfApi(endpoint=endpoint)
    commit = str(_patient(lambda: api.dataset_info(repo, revision=revision)).sha)
    tree = _patient(
        lambda: list(api.list_repo_tree(repo, recursive=True, revision=commit, repo_type="dataset"))
    )
    states = {
        one.path: one.lfs.sha256 if one.lfs else one.blob_id
        for one in tree
        if isinstance(one, RepoFile)
    }
    card = ""
    if "README.md" in states:
        with _hub_file(endpoint, repo, commit, "README.md") as file:
            card = file.read().decode("utf-8", "replace")
    chosen = data_files(repo, card, list(states), config, split, revision == CONVERTED)
    many = len({file.split for file in chosen}) > 1

    def opened(one: DataFile) -> ParquetInput:
        facts = (("split", one.split),) if many else ()
        with _hub_file(endpoint, repo, commit, one.path) as file:
            return parquet_input(file, one.path, one.path, states[one.path], facts)

    with ThreadPoolExecutor(min(8, len(chosen))) as pool:
        return Found(commit, tuple(pool.map(opened, chosen)))


def _hub_file(endpoint: str | None, repo: str, commit: str, path: str) -> Any:
    """A file that fetches exactly what is read from it."""
    from huggingface_hub import HfFileSystem

    files = HfFileSystem(endpoint=endpoint)
    return files.open(f"datasets/{repo}@{commit}/{path}", "rb", cache_type="none")


def _http_error() -> type[Exception]:
    """What the client's HTTP library raises when there is no answer; which library, varies."""
    from huggingface_hub import errors

    found: type[Exception] = vars(errors)["HTTPError"]
    return found


def _patient(call: Callable[[], T]) -> T:
    """Call again what may pass; the client does so itself for everything but these calls."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    for wait in WAITS:
        try:
            return call()
        except (_http_error(), ConnectionError) as error:
            status = error.response.status_code if isinstance(error, HfHubHTTPError) else 503
            if status not in (408, 429, 500, 502, 503, 504) or isinstance(
                error, OfflineModeIsEnabled
            ):
                raise
        time.sleep(wait)
    return call()


@contextlib.contextmanager
def _explained(repo: str, revision: str) -> Iterator[None]:
    """Turn what the client raises into one line with the way out."""
    from huggingface_hub import constants, errors

    try:
        yield
    except (_http_error(), errors.HFValidationError, OSError) as error:
        cause: BaseException = error
        while not isinstance(cause, errors.HfHubHTTPError) and cause.__cause__ is not None:
            cause = cause.__cause__
        page = f"{_endpoint() or constants.ENDPOINT}/datasets/{repo}"
        copy = "or read a copy of the repository with --set source.path=FOLDER"
        if isinstance(cause, errors.GatedRepoError):
            what = f"{repo} is gated: accept its terms at {page}, then `hf auth login`; {copy}"
        elif isinstance(cause, errors.RepositoryNotFoundError):
            private = "check the name; if it is private, `hf auth login`"
            what = f"the Hub has no dataset {repo} that you may read: {private}; {copy}"
        elif isinstance(cause, errors.RevisionNotFoundError):
            what = f"{repo} has no revision {revision!r}; {page}/tree/main shows those there are"
        elif isinstance(cause, errors.OfflineModeIsEnabled):
            what = f"HF_HUB_OFFLINE is set, so {repo} cannot be read: unset it; {copy}"
        elif isinstance(cause, errors.HFValidationError):
            what = f"{repo!r} is not the name of a dataset; write organisation/name"
        elif isinstance(cause, errors.HfHubHTTPError):
            status = cause.response.status_code
            what = f"the Hub answered {status} for {repo}; try again later; {copy}"
        else:
            kind = type(cause).__name__
            what = f"cannot reach the Hub for {repo} ({kind}: {cause}); try again later; {copy}"
        raise SourceError(" ".join(what.split())) from error
