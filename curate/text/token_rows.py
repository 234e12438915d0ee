"""Tables of tokens, one a line, as rows of sentences: what ``sources.token_table`` reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa

from curate.errors import SourceError
from curate.text.block_source import BlockFile, Where, block_cuts, block_files, read_blocks
from curate.text.blocks import SHOWN_CHARACTERS, Read, every_line, join_lines, text_of
from curate.text.columns import did_you_mean, plan, planned_schema, refuse_many
from curate.text.conllu_rows import MOST_SENTENCE, STRINGS, TOKENS
from curate.text.lines import Record, opened
from curate.text.shard_rows import UNREADABLE, Cut, Naming, Rows, finished

LINE = pa.field("line", pa.int64())


class TableLayout(NamedTuple):
    """The options of the source.

    Attributes:
        token: Column with the tokens.
        sentence: Column with the sentence's id; if empty, blank lines part sentences.
        names: Column names; if empty, the first line has them.
        separator: Between fields.
        naming: Name and constants.
    """

    token: str
    sentence: str
    names: tuple[str, ...]
    separator: str
    naming: Naming


def table_files(path: str, endings: Sequence[str], layout: TableLayout) -> list[BlockFile]:
    """The files that a path, folder or glob stands for.

    Raises:
        SourceError: There is none, or one lacks the columns of tokens or sentences.
    """
    files = block_files(path, endings, lambda file: _reader(names_of(file, layout), layout))
    return [
        one._replace(facts=names_of(one.path, layout)) if one.is_readable else one for one in files
    ]


def names_of(path: Path, layout: TableLayout) -> tuple[str, ...]:
    """Column names of a file.

    Raises:
        SourceError: It has no line of column names, or lacks one that is needed.
    """
    names = layout.names
    if not names:
        with opened(path) as file:
            head = next(every_line(file, MOST_SENTENCE), None)
        text, defect = text_of(head) if head else ("", "no first line")
        if defect or not text:
            way_out = "it must hold the column names; else give them with the option names"
            raise SourceError(f"{path}:1: {defect or 'blank line'}; {way_out}")
        names = tuple(text.split(layout.separator))
        refuse_many(names, path)
    for wanted in filter(None, (layout.token, layout.sentence)):
        if wanted not in names:
            guess = did_you_mean(wanted, names)
            there = ", ".join(names)
            raise SourceError(f"{path}: there is no column {wanted!r}{guess}; there is {there}")
    if twice := {name for name in names if names.count(name) > 1}:
        raise SourceError(f"{path}: two columns are called {min(twice)!r}; rename one")
    return names


def _reader(names: Sequence[str], layout: TableLayout) -> Read:
    key = names.index(layout.sentence) if layout.sentence else -1

    def read(file: BinaryIO, start: int, line: int, stop: int | None) -> Iterator[Record]:
        found = every_line(file, MOST_SENTENCE, start, line, stop)
        if start == 0 and not layout.names:
            next(found, None)
        return _sentences(found, key, layout.separator.encode())

    return read


def _sentences(found: Iterator[Record], key: int, separator: bytes) -> Iterator[Record]:
    """Lines up to a blank one, or of one key; a line too short to have it belongs to the last."""
    held: list[Record] = []
    known: bytes | None = None
    size = 0
    for one in found:
        fields = one.raw.split(separator) if key >= 0 else []
        own = fields[key] if 0 <= key < len(fields) and one.raw else known
        if held and (not one.raw or (key >= 0 and known is not None and own != known)):
            yield join_lines(held, held[-1].stop, MOST_SENTENCE)
            held, known, size = [], None, 0
        if not one.raw:
            continue
        size += len(one.raw) + 1
        if size > 2 * MOST_SENTENCE:  # whatever follows, its head says enough
            held[-1] = held[-1]._replace(stop=one.stop)
        else:
            held.append(one)
        known = known if own is None else own
    if held:
        yield join_lines(held, held[-1].stop, MOST_SENTENCE)


def _columns(names: Sequence[str], layout: TableLayout) -> list[str]:
    taken = {layout.token, layout.sentence}
    return [name for name in names if name not in taken]


def table_schema(files: Sequence[BlockFile], layout: TableLayout) -> pa.Schema:
    """Id, source, text, tokens, the other columns of all files as lists, line and constants.

    Raises:
        SourceError: A column has the name of one that this source gives.
    """
    schema = _table_schema(files, layout)
    ids = {"id": "id"} if layout.sentence else {}
    return planned_schema(plan(schema.names, ids, layout.naming.constants, files[0].path), schema)


def _table_schema(files: Sequence[BlockFile], layout: TableLayout) -> pa.Schema:
    names = dict.fromkeys(name for one in files for name in _columns(one.facts, layout))
    own = [*([pa.field("id", pa.string())] if layout.sentence else []), *TOKENS, LINE]
    taken = {"id", "source", *(field.name for field in own)}
    if clash := sorted(taken.intersection(names)):
        way_out = "give the file's columns other names with the option names"
        raise SourceError(f"{files[0].path}: the column {clash[0]!r} is this source's; {way_out}")
    return pa.schema([*own[:-1], *(pa.field(name, STRINGS) for name in names), own[-1]])


def table_cuts(files: Sequence[BlockFile], layout: TableLayout, rows: int) -> list[Cut]:
    """All shards; sentences whose id came before are told to them."""
    if not layout.sentence:
        return block_cuts(files, rows)
    at = {one.facts.index(layout.sentence) for one in files if one.is_readable}
    separator = layout.separator.encode()
    if len(at) > 1:
        raise SourceError(f"{files[0].path}: the files' columns stand in another order; read each")
    (place,) = at

    def ids(held: Sequence[Record]) -> list[str | None]:
        return [_field(record.raw, place, separator) for record in held]

    return block_cuts(files, rows, ids)


def _field(raw: bytes, at: int, separator: bytes) -> str | None:
    """The sentence's id, from its first line."""
    fields = raw.partition(b"\n")[0].split(separator)
    return fields[at].decode("utf-8", "replace") if at < len(fields) else None


def table_tables(
    where: Where,
    layout: TableLayout,
    files: Sequence[BlockFile],
    batch_rows: int,
    limit: int | None,
) -> Iterator[pa.Table]:
    """The batches of a shard, ``defect`` included."""
    default = PurePosixPath(where.label).name.split(".")[0]
    schema = _table_schema(files, layout)
    names = names_of(Path(where.file), layout) if where.is_readable else ()
    for block in read_blocks(where, _reader(names, layout), batch_rows, limit):
        found = [_row(record, names, layout) for record in block.records]
        rows = [row for row, _ in found] or [{"line": 0}]
        defects = [defect for _, defect in found] or [UNREADABLE]
        table = pa.Table.from_pylist(rows, schema=schema)
        places = [f"{where.label}:{record.line}" for record in block.records]
        read = Rows(table, defects, places or [f"{where.label}:0"], [block.repeated])
        yield finished(read, layout.naming, default, where.file)


def _row(
    record: Record, names: Sequence[str], layout: TableLayout
) -> tuple[dict[str, Any], str | None]:
    text, defect = text_of(record)
    if defect:
        return {"text": text, "line": record.line}, defect
    token = names.index(layout.token)
    rows = []
    for at, line in enumerate(text.split("\n")):
        fields = line.split(layout.separator)
        if len(fields) != len(names) or not fields[token]:
            reason = "empty token" if len(fields) == len(names) else "wrong number of fields"
            return {"text": line[:SHOWN_CHARACTERS], "line": record.line + at}, reason
        rows.append(fields)
    columns = dict(zip(names, (list(one) for one in zip(*rows, strict=True)), strict=True))
    return {
        "id": columns[layout.sentence][0] if layout.sentence else None,
        **joined_by_spaces(columns[layout.token]),
        **{name: columns[name] for name in _columns(names, layout)},
        "line": record.line,
    }, None


def joined_by_spaces(tokens: list[str]) -> dict[str, Any]:
    """Text, tokens and offsets of tokens whose text is not known.

    Example:
        >>> joined_by_spaces(["Il-", "kelb"])["token_starts"]
        [0, 4]
    """
    starts, ends = [], []
    position = 0
    for token in tokens:
        starts.append(position)
        ends.append(position + len(token))
        position += len(token) + 1
    return {
        "text": " ".join(tokens),
        "tokens": tokens,
        "token_starts": starts,
        "token_ends": ends,
    }
