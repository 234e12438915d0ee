from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.text import json_rows
from curate.text.json_lines import JsonBlock
from curate.text.json_rows import block_columns, json_columns, json_schema
from curate.text.lines import Record

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=5,
)
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES), max_size=8)


def block(raws: Sequence[bytes]) -> JsonBlock:
    """Lines as a block; a row holds no line feed."""
    sizes = np.array([len(raw) for raw in raws], np.int64)
    end = np.cumsum(sizes + 1) - 1
    return JsonBlock(b"\n".join([*raws, b""]), 0, end - sizes, end, np.arange(len(raws)) + 1)


@contextlib.contextmanager
def by(way: str) -> Iterator[None]:
    """Flat lines by the kernel, all by orjson, or all by the standard library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "FEW_BYTES", 0 if way == "kernel" else 2**60)
        if way == "json":
            patch.setattr(json_rows, "_parse", json_rows._parse_slowly)
        yield


def everything(raws: Sequence[bytes]) -> tuple[pa.Schema, list[Any], list[str | None]]:
    schema = json_schema([block(raws)])
    columns, defects = block_columns(block(raws), schema)
    return schema, [column.to_pylist() for column in columns], defects


def read(*raws: bytes) -> tuple[list[dict[str, Any]], list[str | None]]:
    with by("orjson"):
        schema, columns, defects = found = everything(raws)
    with by("kernel"):
        assert everything(raws) == found
    return pa.table(columns, schema=schema).to_pylist(), defects


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"null", "not an object"),
        (b"[1]", "not an object"),
        (b'"text"', "not an object"),
        (b'{"a": 1', "not JSON"),
        (b'{"a": 1} {"a": 2}', "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": -Infinity}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": "x\ty"}', "not JSON"),
        (b'{"a": \x00}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "nested too deeply"),
        (b'{"a": ' + b"[" * 800 + b"]" * 800 + b"}", "nested too deeply"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\\ud800"}', "not UTF-8"),
        (b'{"a": "one"}', "wrong type"),
    ],
)
def test_each_unusable_line_has_its_own_reason_and_costs_only_itself(
    raw: bytes, defect: str
) -> None:
    rows, defects = read(b'{"a": 1}', raw, b'{"a": 3}')
    assert rows == [{"a": 1}, {"a": None}, {"a": 3}]
    assert defects == [None, defect, None]


def test_strings_that_look_like_dates_stay_strings() -> None:
    assert read(b'{"a": "2024-01-01"}')[0] == [{"a": "2024-01-01"}]


def test_whole_numbers_and_fractions_together_are_floats() -> None:
    rows, defects = read(b'{"a": 1}', b'{"a": 2.5}', b'{"a": 99999999999999999999}')
    assert rows == [{"a": 1.0}, {"a": 2.5}, {"a": 1e20}]
    assert defects == [None] * 3


def test_true_is_not_a_number() -> None:
    assert read(b'{"a": 1}', b'{"a": true}')[1] == [None, "wrong type"]


def test_keys_missing_in_a_row_are_null_and_all_keys_are_columns() -> None:
    rows, _ = read(b'{"a": {"x": 1}}', b'{"b": []}', b'{"a": {"y": "z"}}')
    assert rows == [
        {"a": {"x": 1, "y": None}, "b": None},
        {"a": None, "b": []},
        {"a": {"x": None, "y": "z"}, "b": None},
    ]


def test_last_of_two_equal_keys_counts() -> None:
    assert read(b'{"a": 1, "a": 2}')[0] == [{"a": 2}]


def test_pairs_of_surrogates_are_one_character() -> None:
    assert read(b'{"a": "\\ud83d\\ude00"}') == ([{"a": "\U0001f600"}], [None])


def test_objects_without_keys_are_no_column() -> None:
    assert read(b'{"a": {}, "b": {"c": {}, "d": 1}}')[0] == [{"b": {"d": 1}}]


@pytest.mark.parametrize("wrap", ['{{"key_{}": 1}}', '{{"scores": {{"key_{}": 1}}}}'])
def test_data_written_as_keys_is_an_error_not_a_column_each(wrap: str) -> None:
    with pytest.raises(SourceError, match=r"different keys in one object .*list of"):
        json_schema([block([wrap.format(at).encode() for at in range(5000)])])


def test_many_brackets_side_by_side_are_not_deep() -> None:
    raw = json.dumps({"a": [[1]] * 100}).encode()
    assert read(raw)[1] == [None]


@given(ROWS)
def test_rows_without_defect_read_as_the_standard_library_reads_them(
    rows: list[dict[str, Any]],
) -> None:
    raws = [json.dumps(row).encode() for row in rows]
    found, defects = read(*raws)
    for row, out, defect in zip(rows, found or [{}] * len(rows), defects, strict=True):
        if defect is None:
            for name, value in out.items():
                if isinstance(value, str | bool | int) or value is None:
                    assert value == row.get(name)
                elif isinstance(value, float):
                    assert value == pytest.approx(row[name])
        else:
            assert defect == "wrong type"


@given(ROWS)
def test_a_row_reads_the_same_alone_and_among_others(rows: list[dict[str, Any]]) -> None:
    records = [Record(1, 0, 0, json.dumps(row).encode()) for row in rows]
    schema = json_schema([block([record.raw for record in records])])
    whole, defects = json_columns(records, schema)
    for at, record in enumerate(records):
        alone, defect = json_columns([record], schema)
        assert [column.to_pylist() for column in alone] == [
            column.slice(at, 1).to_pylist() for column in whole
        ]
        assert defect == [defects[at]]


LINES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=[])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
).map(lambda value: json.dumps(value).encode())
BROKEN = st.tuples(LINES, st.integers(0, 40), st.binary(max_size=2)).map(
    lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]
)


SPACED = st.tuples(st.sampled_from(["", " ", "\t", "\r ", "\x0b"]), LINES).map(
    lambda pair: pair[0].encode() + pair[1] + pair[0].encode()
)
ESCAPED = st.lists(
    st.sampled_from(
        ["\\n", '\\"', "\\/", "\\u0041", "\\ud83d", "\\ude00", "\\u00e9", "\\x", "é", "😀", "a"]
    )
).map(lambda parts: f'"{"".join(parts)}"'.encode())
NUMBERS = st.from_regex(r"-?[0-9]{0,20}(\.[0-9]{0,18})?([eE][+-]?[0-9]{0,3})?", fullmatch=True).map(
    lambda text: text.encode()
)
LITERALS = st.sampled_from([b"true", b"false", b"null", b"nul", b"t", b"falsehood"])


@settings(max_examples=400)
@given(
    st.lists(LINES | SPACED | ESCAPED | NUMBERS | LITERALS | BROKEN | st.binary(max_size=12)),
    st.lists(st.sampled_from([b"a", b"b", b"\xc3\xa9", b"\\u0061", b""]), min_size=1, max_size=3),
)
def test_what_is_read_fast_equals_what_the_standard_library_reads(
    values: list[bytes], keys: list[bytes]
) -> None:
    values = [value.replace(b"\n", b" ") for value in values]
    rows = (values[at : at + len(keys)] for at in range(len(values)))
    pairs = [[b'"%s": %s' % pair for pair in zip(keys, row, strict=False)] for row in rows]
    raws = [*values, *(b"{" + b", ".join(row) + b"}" for row in pairs)]
    found = []
    for way in ("json", "orjson", "kernel"):
        with by(way):
            found.append(everything(raws))
    assert repr(found[0]) == repr(found[1]) == repr(found[2])
