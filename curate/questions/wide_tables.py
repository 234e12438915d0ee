"""Wide tables of questions, a row a question and a column a language: CSV, TSV, Parquet, the Hub.

Columns are languages by their names. What may be something else, such as ``id`` (Indonesian), is
told by its cells, or asked for.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.errors import SourceError
from curate.questions.text_sets import Question, is_code

SEPARATORS = {".csv": ",", ".tsv": "\t"}
ENDINGS = (*SEPARATORS, ".parquet")
LONG = {"lang", "text"}
"""Columns that a table with a row for each cell has."""
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]+)*")
_LISTED = "name the columns that are meant in the option languages"


class Place(NamedTuple):
    """Where a table lies; plain values.

    Attributes:
        paths: A local file, or the files of a dataset.
        repo: The dataset on the Hub; empty for a local file.
        commit: Of the dataset.
    """

    paths: tuple[str, ...]
    repo: str = ""
    commit: str = ""

    def name(self) -> str:
        """For messages."""
        return self.repo or self.paths[0]


def local_place(path: str) -> tuple[Place, str]:
    """A file, and the sha256 of its bytes.

    Raises:
        SourceError: Its name ends in nothing that is known.
    """
    if Path(path).suffix.lower() not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise SourceError(f"{path} is no folder of <lang>.txt and no table ({known}); give either")
    return Place((path,)), hashlib.sha256(Path(path).read_bytes()).hexdigest()


def hub_place(repo: str, revision: str, config: str, split: str) -> Place:
    """The Parquet files of a dataset at the commit that the revision is now.

    Raises:
        SourceError: No such dataset, revision, configuration or split, no access, or no network.
    """
    from curate.text.hub_files import hub_files

    found = hub_files(repo, revision, config, split)
    return Place(tuple(one.path for one in found.inputs), repo, found.commit)


def is_wide(path: Path) -> bool:
    """Whether a file is a table with columns named like languages; False if it cannot be read."""
    try:
        names = _names(path)
    except (OSError, ValueError, csv.Error, pa.ArrowException):
        return False
    return not set(names) >= LONG and sum(map(_is_language, names)) >= 2


def _names(path: Path) -> list[str]:
    ending = path.suffix.lower()
    if ending == ".parquet":
        return list(pq.read_schema(path).names)
    if ending not in SEPARATORS:
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file, delimiter=SEPARATORS[ending]), [])


def read_table(place: Place, columns: Sequence[str] | None = None) -> pa.Table:
    """All columns of a table, or those named; text as it stands, whatever its bytes.

    Raises:
        SourceError: It cannot be read, or a line has more or fewer fields than there are names.
    """
    ending = Path(place.paths[0]).suffix.lower()
    if not place.repo and ending in SEPARATORS:
        table = _read_csv(Path(place.paths[0]), SEPARATORS[ending])
        return table if columns is None else table.select(columns)
    from curate.text.hub_files import opened

    tables = []
    for path in place.paths:
        try:
            with opened(place.repo, place.commit, path) as file:
                tables.append(pq.ParquetFile(file).read(columns=columns, use_threads=False))
        except (pa.ArrowException, OSError) as error:
            why = " ".join(str(error).split())
            raise SourceError(f"{path} cannot be read: {why}; write it again") from error
    return pa.concat_tables(tables, promote_options="permissive")


def _read_csv(path: Path, separator: str) -> pa.Table:
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    rows: list[list[bytes]] = []
    reader = csv.reader(
        io.StringIO(raw.decode("utf-8", "surrogateescape"), newline=""), delimiter=separator
    )
    names = _next_row(reader, path) or []
    while (row := _next_row(reader, path)) is not None:
        if not row:
            continue
        if len(row) != len(names):
            what = f"{len(row)} fields, but {len(names)} column names"
            raise SourceError(f"{path}:{reader.line_num}: {what}; quote what holds a separator")
        rows.append([cell.encode("utf-8", "surrogateescape") for cell in row])
    columns = [[row[at] for row in rows] for at in range(len(names))]
    if len(set(names)) < len(names) or not names:
        twice = next((name for name in names if names.count(name) > 1), "")
        what = f"two columns {twice!r}" if names else "no line of column names"
        raise SourceError(f"{path} has {what}; each column needs a name of its own")
    return pa.table([pa.array(one, pa.binary()) for one in columns], names=names)


def _next_row(reader: Iterator[list[str]], path: Path) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise SourceError(f"{path} is no CSV: {error}; write it again") from None


def _is_language(name: str) -> bool:
    return _CODE.fullmatch(name) is not None and is_code(name)


def languages_of(
    table: pa.Table, wanted: Sequence[str], id_column: str, where: str
) -> tuple[str, ...]:
    """The columns that are languages.

    Args:
        table: The table.
        wanted: Those that are meant; found by their names if empty.
        id_column: A column that is none.
        where: The table, for messages.

    Raises:
        SourceError: One that is wanted is not there, fewer than two are found, or it cannot be told
            whether a column is one.

    Example:
        >>> table = pa.table({"id": ["1", "2"], "en": ["Who?", "Why?"], "mt": ["Min?", "Għaliex?"]})
        >>> languages_of(table, (), "question_id", "a.csv")
        ('en', 'mt')
    """
    there = ", ".join(table.column_names)
    if missing := [lang for lang in wanted if lang not in table.column_names]:
        raise SourceError(f"{where} has no column {missing[0]!r}; there is {there}")
    if wanted:
        return tuple(wanted)
    found = [name for name in table.column_names
             if name != id_column and _is_language(name) and _is_text(table.schema.field(name).type)
             and not (name in ("id", "no") and _names_rows(table, name, where))]  # fmt: skip
    words = [name for name in found if re.fullmatch("[a-z]{3}", name)]
    if words and len(words) < len(found):
        what = f"{where}: the column {words[0]!r} may be a language or something else"
        raise SourceError(f"{what}; {_LISTED}")
    if len(found) < 2 or set(table.column_names) >= LONG:
        what = f"{where} has no two columns named like languages, such as en and mt"
        long = "a table with a row for each cell is read by sources.parquet, csv or hub"
        raise SourceError(f"{what}; there is {there}; {long}")
    return tuple(found)


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
             pa.types.is_binary, pa.types.is_large_binary)  # fmt: skip
    return any(test(kind) for test in tests)


def _names_rows(table: pa.Table, name: str, where: str) -> bool:
    """Whether ``id`` or ``no`` holds names or numbers of rows: few questions are one word."""
    cells = [cell for cell in cells_of(table, name) if cell and cell.strip()]
    of_words = sum(len(cell.split()) > 1 for cell in cells)
    if of_words == 0 or of_words * 2 >= len(cells):
        return of_words == 0
    what = f"{where}: the column {name!r} may be a language or names of rows"
    raise SourceError(f"{what}; {_LISTED}")


def cells_of(table: pa.Table, name: str) -> list[bytes | None]:
    """The bytes of a column's cells; numbers as they are written."""
    column = table[name]
    if not _is_text(column.type) or pa.types.is_dictionary(column.type):
        column = column.cast(pa.large_string())
    cells: list[bytes | None] = column.cast(pa.large_binary()).to_pylist()
    return cells


def naming_columns(
    names: Sequence[str], langs: Sequence[str], id_column: str, category_column: str, where: str
) -> tuple[str, str]:
    """The columns of ids and of categories; empty where there is none.

    Raises:
        SourceError: One that was asked for is not there.
    """
    kept = [name for name in names if name not in langs]
    absent = [name for name in (id_column, category_column) if name and name not in kept]
    if absent := [name for name in absent if name != "question_id"]:
        there = ", ".join(kept) or "none"
        what = f"{where} has no column {absent[0]!r} beside its languages"
        raise SourceError(f"{what}; there is {there}")
    ids = next((name for name in (id_column, "id") if name in kept), "")
    return ids, category_column or ("category" if "category" in kept else "")


def questions_of(table: pa.Table, ids: str, category: str, where: str) -> list[Question]:
    """Ids and categories of rows; their numbers from 1 where no column has ids.

    Raises:
        SourceError: An id is missing or stands twice; names the row.
    """
    rows = range(1, table.num_rows + 1)
    named = [_said(cell) for cell in cells_of(table, ids)] if ids else [str(row) for row in rows]
    kinds = [_said(cell) or None for cell in cells_of(table, category)] if category else []
    first: dict[str, int] = {}
    for row, name in zip(rows, named, strict=True):
        if not name or name in first:
            what = f"the id {name!r} stands in row {first[name]} already" if name else "no id there"
            raise SourceError(f"{where}, row {row}: {what}; every question needs one of its own")
        first[name] = row
    return [Question(name, kinds[at] if kinds else None) for at, name in enumerate(named)]


def _said(cell: bytes | None) -> str:
    return (cell or b"").decode("utf-8", "replace").strip()
