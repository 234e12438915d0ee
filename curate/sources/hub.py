"""A dataset of the Hugging Face Hub, streamed shard by shard at one commit.

The branch or tag is resolved to a commit when work begins; shards name that commit, so a run never
mixes two states of a dataset. Parquet files are found by the card's ``configs`` or by their names
and read a few row groups at a time: nothing but the row groups of a shard is fetched, and nothing
is kept on disk. Features (``Audio``, ``ClassLabel``) come along. Datasets in other formats are read
from the Hub's own conversion, ``revision: refs/convert/parquet``. ``HF_ENDPOINT``, ``HF_TOKEN`` and
``HF_HUB_OFFLINE`` work as everywhere.
"""

from __future__ import annotations

import dataclasses as dc
import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pyarrow as pa
from annotated_types import Ge

from curate.arrow import field_features
from curate.contract import InputPath, ShardRef, Source, is_heavy

if TYPE_CHECKING:
    from curate.text.hub_files import Repository
    from curate.text.parquet_footer import ParquetInput


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
        not UTF-8: A text is in another encoding, as any bytes can stand in Parquet.

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
    path: InputPath = ""
    name: str = ""
    columns: dict[str, str] = dc.field(default_factory=dict)
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] | None = None
    shard_rows: Annotated[int, Ge(1)] | None = None

    reasons: ClassVar = ("duplicate id", "file unreadable", "not UTF-8")

    def prepare(self) -> dict[str, str]:
        """Resolve the revision to a commit and read every footer."""
        commit = self._files.commit
        return {f"{self.repo}@{self.revision}": commit} if commit else {}

    def schema(self) -> pa.Schema:
        """Id, source and the columns of all files, in order of first appearance."""
        from curate.text.columns import plan, planned_schema

        names = self._theirs.names
        return planned_schema(plan(names, self.columns, self.constants, self.repo), self._theirs)

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive row groups of each file, at one commit."""
        from curate.text.columns import plan
        from curate.text.hub_files import opened
        from curate.text.row_groups import cut_files, read_keys

        commit, inputs = self._files
        pairs = plan(self._theirs.names, self.columns, self.constants, self.repo).pairs
        rows = self.shard_rows or (32 if is_heavy(pa.struct(self._theirs)) else 20_000)

        def keys_of(one: ParquetInput, column: str) -> Iterator[list[str | None]]:
            with opened(self.repo, commit, one.path) as file:
                yield from read_keys(file, column)

        cuts = cut_files(inputs, self._theirs, rows, dict(pairs).get("id"), keys_of)
        return [ShardRef(cut.name, cut.rows, cut.digest, (commit, *cut.where)) for cut in cuts]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The rows of one shard; nothing but its row groups is fetched."""
        from curate.text.hub_files import opened
        from curate.text.row_groups import Piece, read_piece
        from curate.text.shard_rows import Naming, decode_schema, finished

        commit, piece = ref.where[0], Piece(*ref.where[1:])
        theirs = decode_schema(piece.schema)
        rows = self.batch_rows or (32 if is_heavy(pa.struct(theirs)) else 4096)
        naming = Naming(self.name, self.columns, self.constants)
        with opened(self.repo, commit, piece.path) as file:
            for batch in read_piece(file, piece, rows, ref.limit, is_local=not commit):
                yield finished(batch, naming, self.repo, self.repo)

    def __getstate__(self) -> dict[str, Any]:
        """What travels to a reader: the schema, but not what each of the files is like."""
        return {name: value for name, value in vars(self).items() if name != "_files"}

    @functools.cached_property
    def _files(self) -> Repository:
        """Asked once for each object, so that one run reads one commit in all its processes."""
        from curate.text.hub_files import hub_files, local_files

        if self.path:
            return local_files(self.path, self.config, self.split)
        return hub_files(self.repo, self.revision, self.config, self.split)

    @functools.cached_property
    def _theirs(self) -> pa.Schema:
        from curate.text.parquet_footer import shared_schema

        inputs = self._files.inputs
        return shared_schema(inputs, [field_features(one.schema) for one in inputs])
