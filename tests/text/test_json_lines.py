from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.text import json_lines, lines
from curate.text.json_lines import json_blocks, json_spans, some_rows
from curate.text.lines import Record

FILES = st.lists(
    st.sampled_from(
        [b"\n", b"\r\n", b" \n", b"{}\n", b"  {}\r\n", b"a\rb\n", b"x" * 30 + b"\n", b"y"]
    )
).map(b"".join)


def records_of(file: bytes, most_bytes: int, start: int, stop: int | None) -> list[Record]:
    line = 1 + file[:start].count(b"\n")
    blocks = json_blocks(io.BytesIO(file), most_bytes, start, line, stop)
    return [one for block in blocks for one in block.records(range(len(block.line)))]


@settings(max_examples=300)
@given(FILES, st.integers(1, 12), st.integers(1, 40), st.data())
def test_rows_of_blocks_are_those_of_lines(
    file: bytes, block_bytes: int, most_bytes: int, data: st.DataObject
) -> None:
    whole = list(lines.lines(io.BytesIO(file), most_bytes))
    first = data.draw(st.integers(0, max(0, len(whole) - 1)))
    last = data.draw(st.integers(first, max(first, len(whole) - 1)))
    start = whole[first].start if whole else 0
    stop = whole[last].stop if whole and data.draw(st.booleans()) else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "BLOCK_BYTES", block_bytes)
        found = records_of(file, most_bytes, start, stop)
    wanted = whole[first : None if stop is None else last + 1]
    assert [one._replace(stop=0) if one.defect else one for one in found] == [
        one._replace(stop=0) if one.defect else one for one in wanted
    ]


@settings(max_examples=300)
@given(FILES, st.integers(1, 50), st.integers(1, 4), st.integers(1, 90))
def test_spans_of_blocks_are_those_of_records(
    file: bytes, block_bytes: int, rows: int, span_bytes: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "BLOCK_BYTES", block_bytes)
        patch.setattr(json_lines, "SPAN_BYTES", span_bytes)
        patch.setattr(lines, "SPAN_BYTES", span_bytes)
        found = json_spans(json_blocks(io.BytesIO(file), 20, 0, 1), rows)
        wanted = lines.spans(lines.lines(io.BytesIO(file), 20), rows)
        parts = list(found)
        assert [span._replace(stop=0) for _, span in parts if span] == [
            span._replace(stop=0) for span, _ in wanted
        ]
        assert [span for _, span in parts][-1:] != [None]


@given(FILES, st.integers(1, 3), st.none() | st.integers(0, 5))
def test_blocks_are_cut_to_so_many_rows_up_to_the_limit(
    file: bytes, most_rows: int, limit: int | None
) -> None:
    blocks = list(some_rows(json_blocks(io.BytesIO(file), 100, 0, 1), most_rows, limit))
    assert all(0 < len(block.line) <= most_rows for block in blocks)
    found = [one for block in blocks for one in block.records(range(len(block.line)))]
    assert found == records_of(file, 100, 0, None)[:limit]
