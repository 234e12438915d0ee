"""CoNLL-U files as rows of sentences: what ``sources.conllu`` reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa

from curate.errors import SourceError
from curate.text.block_source import Block, BlockFile, Where, block_cuts, read_blocks
from curate.text.blocks import SHOWN_CHARACTERS, every_line, grouped, text_of
from curate.text.columns import plan, planned_schema
from curate.text.conllu import Fault, Sentence, parse_misc, read_sentence
from curate.text.lines import Record
from curate.text.shard_rows import UNREADABLE, Cut, Naming, Rows, finished

MOST_SENTENCE = 2**26
"""A sentence in bytes; 64 MiB are a million tokens, as a whole document may have."""
STRINGS, OFFSETS = pa.list_(pa.string()), pa.list_(pa.int32())
TOKENS = (
    pa.field("text", pa.string()),
    pa.field("tokens", STRINGS),
    pa.field("token_starts", OFFSETS),
    pa.field("token_ends", OFFSETS),
)
"""What every source of tokenised sentences gives."""
_PLACES = (
    pa.field("sent_id", pa.string()),
    pa.field("document", pa.string()),
    pa.field("line", pa.int64()),
)
_SENT_ID = re.compile(rb"^#[ \t]*sent_id[ \t]*=[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_NEWDOC = re.compile(rb"^#[ \t]*newdoc(?:[ \t]+id[ \t]*=[ \t]*(\S.*?))?[ \t]*$", re.MULTILINE)


class ConlluLayout(NamedTuple):
    """The options of the source: columns kept, our column → MISC key, and names."""

    keep: Sequence[str]
    misc: Mapping[str, str]
    naming: Naming


def read_blocks_of(file: BinaryIO, start: int, line: int, stop: int | None) -> Iterator[Record]:
    """Sentences as blocks of lines; only an empty line separates them."""
    found = every_line(file, MOST_SENTENCE, start, line, stop)
    return grouped(found, MOST_SENTENCE, lambda raw: not raw)


def conllu_schema(layout: ConlluLayout, where: object) -> pa.Schema:
    """Id, source, text, tokens, what is kept of them, and the constants.

    Raises:
        SourceError: Two columns have one name.
    """
    schema = _table_schema(layout)
    return planned_schema(
        plan(schema.names, layout.naming.columns, layout.naming.constants, where), schema
    )


def _table_schema(layout: ConlluLayout) -> pa.Schema:
    fields = [
        *TOKENS,
        *_PLACES,
        *(pa.field(name, STRINGS) for name in (*layout.keep, *layout.misc)),
    ]
    names = [field.name for field in fields]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SourceError(f"sources.conllu: two columns are called {min(twice)!r}; rename one")
    return pa.schema(fields)


def conllu_cuts(files: Sequence[BlockFile], rows: int) -> list[Cut]:
    """All shards; ids repeated and the document open at each shard's start are told to it."""
    return block_cuts(files, rows, _ids, _document_after)


def _ids(held: Sequence[Record]) -> list[str | None]:
    found = (_SENT_ID.search(record.raw) for record in held)
    return [one[1].decode("utf-8", "replace") if one else None for one in found]


def _document_after(held: Sequence[Record], before: str) -> str:
    for record in held:
        before = _document(record, before)
    return before


def _document(record: Record, before: str) -> str:
    """Id of the document that a sentence is in; ``:<line>`` if it begins one without an id."""
    if record.raw.startswith(b"#") and (found := _NEWDOC.search(record.raw)):
        return found[1].decode("utf-8", "replace") if found[1] else f":{record.line}"
    return before


def conllu_tables(
    where: Where, layout: ConlluLayout, batch_rows: int, limit: int | None
) -> Iterator[pa.Table]:
    """The batches of a shard, ``defect`` included."""
    default = PurePosixPath(where.label).name.split(".")[0]
    document = where.carried
    for block in read_blocks(where, read_blocks_of, batch_rows, limit):
        rows, document = _rows(block, where.label, layout, document)
        yield finished(rows, layout.naming, default, where.file)


def _rows(block: Block, label: str, layout: ConlluLayout, document: str) -> tuple[Rows, str]:
    schema = _table_schema(layout)
    if not block.records:
        table = pa.Table.from_pylist([{"line": 0}], schema=schema)
        return Rows(table, [UNREADABLE], [f"{label}:0"], []), document
    rows, defects = [], []
    for record in block.records:
        document = _document(record, document)
        row, defect = _row(record, layout)
        of = f"{label}{document}" if document.startswith(":") else document
        rows.append({**row, "document": of or None})
        defects.append(defect)
    places = [f"{label}:{record.line}" for record in block.records]
    table = pa.Table.from_pylist(rows, schema=schema)
    return Rows(table, defects, places, [block.repeated]), document


def _row(record: Record, layout: ConlluLayout) -> tuple[dict[str, Any], str | None]:
    text, defect = text_of(record)
    if defect:
        return {"text": text, "line": record.line}, defect
    found = read_sentence(text)
    (sent_id,) = _ids([record])
    if isinstance(found, Fault):
        line, shown = record.line + found.line, found.shown[:SHOWN_CHARACTERS]
        return {"text": shown, "line": line, "sent_id": sent_id}, found.reason
    return {
        **token_columns(found),
        "sent_id": sent_id,
        "line": record.line,
        **{name: found.values[name] for name in layout.keep},
        **_misc_columns(found, layout.misc),
    }, None


def token_columns(sentence: Sentence) -> dict[str, Any]:
    """The columns of ``TOKENS``."""
    return {
        "text": sentence.text,
        "tokens": sentence.tokens,
        "token_starts": sentence.starts,
        "token_ends": sentence.ends,
    }


def _misc_columns(sentence: Sentence, misc: Mapping[str, str]) -> dict[str, list[str]]:
    if not misc:
        return {}
    parsed = [parse_misc(one) for one in sentence.values["misc"]]
    return {ours: [one.get(key, "") for one in parsed] for ours, key in misc.items()}
