"""Text corpora in line files: CSV, TSV and JSON lines as shards of rows."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import pyarrow as pa

from curate.errors import SourceError
from curate.text.columns import plan, planned_schema
from curate.text.compressed import or_compressed
from curate.text.line_source import (
    Input,
    Where,
    cuts,
    is_damaged,
    read_rows,
    shared_schema,
)
from curate.text.lines import Record, lines, opened, skip_mark
from curate.text.manifest import layout_of, texts_of
from curate.text.paths import input_files
from curate.text.shard_rows import Cut, Naming, finished

MOST_CSV, MOST_JSON = 2**24, 2**26
"""Longest row in bytes. JSON documents may be whole books; a CSV row of 16 MiB is a stray quote."""


def json_inputs(path: str, endings: Sequence[str]) -> list[Input]:
    """The files of JSON lines that a path, folder or glob stands for.

    Raises:
        SourceError: There is none, or one holds a single JSON array.
    """
    base, files = input_files(path, or_compressed(endings))
    there = [(file, file.stat()) for file in files]
    states = tuple((file, stat.st_size, stat.st_mtime_ns) for file, stat in there)
    return list(_json_inputs(base, states))


@functools.lru_cache(maxsize=2)
def _json_inputs(base: Path, states: tuple[tuple[Path, int, int], ...]) -> tuple[Input, ...]:
    """One look into each file; not again while their sizes and times are the same."""
    inputs = []
    for file, _, _ in states:
        layout = None if is_damaged(file) else layout_of(file, "jsonl", most_bytes=MOST_JSON)
        if layout:
            _refuse_array(file)
        inputs.append(Input(file, file.relative_to(base).as_posix(), layout))
    return tuple(_with_one_readable(inputs))


def csv_inputs(path: str, endings: Sequence[str], separator: str, quote: str) -> list[Input]:
    """The CSV and TSV files that a path, folder or glob stands for.

    Raises:
        SourceError: There is none, or one has no usable line of column names.
    """
    base, files = input_files(path, or_compressed(endings))
    inputs = []
    for file in files:
        mark = separator or ("\t" if ".tsv" in file.name.lower() else ",")
        layout = None
        if not is_damaged(file):
            layout = layout_of(file, "csv", (), mark, quote, MOST_CSV)
        inputs.append(Input(file, file.relative_to(base).as_posix(), layout))
    return _with_one_readable(inputs)


def _with_one_readable(inputs: list[Input]) -> list[Input]:
    if not any(one.layout for one in inputs):
        raise SourceError(f"{inputs[0].path} is compressed and damaged; get it again")
    return inputs


def _refuse_array(file: Path) -> None:
    """A JSON array spread over lines would be one defect a line, which says nothing."""
    with opened(file) as open_file:
        first = next(lines(open_file, 100, skip_mark(open_file)), None)
    if first and first.raw.strip() in (b"[", b"[{"):
        name = file.name.split(".")[0]
        convert = f"jq -c '.[]' {file.name} > {name}.jsonl"
        raise SourceError(f"{file} is one JSON array; one object a line is needed: {convert}")


def text_schema(inputs: Sequence[Input], naming: Naming) -> pa.Schema:
    """Schema of a source of CSV: id, source, the corpus's columns, constants."""
    return named_schema(shared_schema(inputs), inputs, naming)


def named_schema(schema: pa.Schema, inputs: Sequence[Input], naming: Naming) -> pa.Schema:
    """The corpus's columns under our names, with id and source."""
    where = inputs[0].path
    return planned_schema(plan(schema.names, naming.columns, naming.constants, where), schema)


def text_cuts(inputs: Sequence[Input], naming: Naming, rows: int) -> list[Cut]:
    """All shards of a source of CSV."""
    schema = shared_schema(inputs)
    pairs = plan(schema.names, naming.columns, naming.constants, inputs[0].path).pairs
    key = dict(pairs).get("id")
    if key is None:
        return cuts(inputs, schema, rows)

    def inspect(held: Sequence[Record], one: Input) -> tuple[list[list[str | None]], str]:
        assert one.layout is not None
        return [texts_of(held, one.layout, schema, key)], ""

    return cuts(inputs, schema, rows, inspect)


def text_tables(
    where: Where, naming: Naming, batch_rows: int, limit: int | None
) -> Iterator[pa.Table]:
    """The batches of a text source's shard, ``defect`` included.

    Args:
        where: From the shard.
        naming: Name, columns and constants.
        batch_rows: Rows in a batch.
        limit: Read no more rows than this.
    """
    default = PurePosixPath(where.label).name.split(".")[0]
    for rows in read_rows(where, batch_rows, limit):
        yield finished(rows, naming, default, where.file)
