"""Programs of a table: Parquet files with a column of source code, such as The Stack's.

Which column is what is known by name. Shards are cut inside row groups: a program takes a compiler
up to seconds, and a file of a single row group would be work for one process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.errors import SourceError
from curate.text.code_folder import COLUMNS, NOT_UTF8, SCHEMA, UNREADABLE
from curate.text.columns import strings
from curate.text.licence_files import joined, stated
from curate.text.parquet_footer import ParquetInput, local_input, shared_schema
from curate.text.paths import input_files
from curate.text.row_groups import Piece, cut_files, read_keys, read_piece
from curate.text.shard_rows import DUPLICATE_ID, Cut, Naming, finished

ENDINGS = (".parquet", ".pq")
REASONS = (DUPLICATE_ID, UNREADABLE, NOT_UTF8)
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "text": ("text", "content", "source", "code", "Source_Code"),
    "path": ("path", "max_stars_repo_path", "file_name", "filename"),
    "language": ("language", "lang", "programming_language"),
    "repository": ("repository", "repo", "repo_name", "repo_url", "max_stars_repo_name"),
    "commit": ("commit", "commit_id", "revision_id", "max_stars_repo_head_hexsha"),
    "licence": (
        *("licence", "license", "licenses", "license_expression", "detected_licenses"),
        "max_stars_repo_licenses",
    ),
}
"""Our column → names that tables have for it, the first that is there counts."""


class CodeTable:
    """The programs of Parquet files.

    Args:
        path: A file, a folder (all such files below it) or a glob.
        name: Value of ``source`` and prefix of ids; the file's stem if empty.
        columns: Our column → theirs, where ``NAMES`` does not know it.
    """

    def __init__(self, path: str, name: str, columns: Mapping[str, str]) -> None:
        base, files = input_files(path, ENDINGS)
        self._inputs = [local_input(file, file.relative_to(base).as_posix()) for file in files]
        if all(one.groups is None for one in self._inputs):
            raise SourceError(f"{files[0]} is not a Parquet file, or it is cut off")
        theirs = shared_schema(self._inputs, [one.schema for one in self._inputs])
        self._columns = known_columns(theirs.names, columns, path)
        _agree(self._inputs, columns)
        wanted = dict.fromkeys(self._columns.values())
        self._theirs = pa.schema([theirs.field(one) for one in wanted])
        self._name = name

    def cuts(self, rows: int) -> Iterator[Cut]:
        """Shards of at most so many rows; a row group may hold several."""
        found = cut_files(
            self._inputs,
            self._theirs,
            rows,
            self._columns.get("id"),
            lambda one, key: read_keys(one.path, key),
        )
        for cut in found:
            columns = tuple(self._columns.items())
            for number, start in enumerate(range(0, cut.rows, rows)):
                stop = min(start + rows, cut.rows)
                facts = (cut.digest, columns, self._name, start, stop)
                digest = hashlib.sha256(repr(facts).encode()).hexdigest()
                where = (self._name, columns, start, stop, *cut.where)
                yield Cut(f"{cut.name}-{number:05d}", stop - start, digest, where)


def is_table(path: str) -> bool:
    """Whether a path is of Parquet files: it ends like one, or is a folder that has one in it."""
    if path.lower().endswith(ENDINGS):
        return True
    folder = Path(path).expanduser()
    if not path or not folder.is_dir():
        return False
    names = [name for name in os.listdir(folder) if not name.startswith(".")]
    return any(name.lower().endswith(ENDINGS) for name in names)


def tables(
    where: Sequence[Any], rows: int, limit: int | None, label: Callable[[str], str]
) -> Iterator[pa.Table]:
    """The batches of one shard of a ``CodeTable``, ``defect`` included.

    Args:
        where: From the shard.
        rows: In a batch.
        limit: Read no more rows than this.
        label: The label of a language by any of its names.
    """
    name, columns, start, stop, *rest = where
    piece = Piece(*rest)
    if limit is not None:
        stop = min(stop, start + limit)
    naming = Naming(name, dict(columns), {})
    begin = 0
    for batch in read_piece(piece.path, piece, rows, stop, is_local=True):
        count = batch.table.num_rows
        if begin + count > start:
            table = finished(batch, naming, piece.label.rpartition("/")[2], piece.path)
            yield _ours(table.slice(max(0, start - begin)), label)
        begin += count


def known_columns(names: Sequence[str], given: Mapping[str, str], where: str) -> dict[str, str]:
    """Which column of a table is what.

    Args:
        names: Columns of the table.
        given: What the user says, our column → theirs.
        where: The file, for messages.

    Raises:
        SourceError: There is no column with programs, or not the one that the user named.

    Example:
        >>> known_columns(["content", "lang", "size"], {}, "a.parquet")
        {'text': 'content', 'language': 'lang'}
    """
    found = {}
    for ours, theirs in NAMES.items():
        wanted = (given[ours],) if ours in given else theirs
        there = next((name for name in wanted if name in names), None)
        if there:
            found[ours] = there
        elif ours in given:
            raise SourceError(f"{where} has no column {given[ours]!r}; it has {', '.join(names)}")
    if wrong := [ours for ours in given if ours not in NAMES]:
        raise SourceError(f"columns: there is no {wrong[0]!r} here, but {', '.join(NAMES)}")
    if "text" not in found:
        way_out = "say which it is: columns: {text: NAME}"
        raise SourceError(f"{where} has no column of programs known by name; {way_out}")
    return found


def _agree(inputs: Sequence[ParquetInput], given: Mapping[str, str]) -> None:
    """Whether all files are tables of programs, and of the same kind.

    Raises:
        SourceError: One is not; a folder may hold other tables beside that of programs.
    """
    first = ("", "")
    for one in inputs:
        if one.groups is None:
            continue
        text = known_columns(one.schema.names, given, one.path)["text"]
        if first[1] not in ("", text):
            what = (
                f"the programs of {first[0]} are in {first[1]!r}, those of {one.path} in {text!r}"
            )
            raise SourceError(f"{what}; give the path of one, or columns: {{text: NAME}}")
        first = (one.path, text)


def _ours(table: pa.Table, label: Callable[[str], str]) -> pa.Table:
    """All our columns, those that the table lacks null, and one expression for its licences."""
    columns = []
    for name in COLUMNS:
        column = table[name] if name in table.column_names else pa.nulls(len(table), pa.string())
        if pa.types.is_list(column.type):
            column = pa.array([_all_of(one) for one in column.to_pylist()], pa.string())
        if isinstance(column, pa.Array):
            column = pa.chunked_array([column])
        columns.append(strings(column))
    at = COLUMNS.index("language")
    names = columns[at].to_pylist()
    columns[at] = pa.array([label(name) if name else None for name in names], pa.string())
    at = COLUMNS.index("licence")
    columns[at] = pc.coalesce(columns[at], _stated(columns[COLUMNS.index("text")]))
    schema = SCHEMA.append(pa.field("defect", pa.string()))
    return pa.table([*columns, table["defect"]], schema=schema)


def _stated(texts: pa.ChunkedArray) -> pa.Array:
    """The licences that programs state themselves."""
    said = [stated(text) if text else None for text in texts.to_pylist()]
    return pa.array(said, pa.string())


def _all_of(names: Sequence[str | None] | None) -> str | None:
    """Licences that were found together: all of them hold."""
    known = [one for one in names or () if one]
    return joined(known, " AND ") if known else None
