from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.byte_columns import column_of

from curate.text.utf8 import broken_rows, mended, readable

BYTES = st.lists(st.none() | st.binary(max_size=6), max_size=8)


@given(BYTES)
def test_what_is_no_utf8_reads_as_python_replaces_it(raw: list[bytes | None]) -> None:
    expected = [one if one is None else one.decode("utf-8", "replace") for one in raw]
    assert readable(column_of(raw)).to_pylist() == expected


@given(BYTES)
def test_a_broken_row_is_one_that_python_cannot_decode(raw: list[bytes | None]) -> None:
    def fails(one: bytes | None) -> bool:
        return one is not None and one.decode("utf-8", "ignore").encode() != one

    assert broken_rows(column_of(raw)).tolist() == [fails(one) for one in raw]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_column_of_good_text_is_handed_on_as_it_is(kind: pa.DataType) -> None:
    texts = pa.array(["a", None, "ک😀"], kind)
    assert readable(texts) is texts


def test_rows_with_broken_text_in_lists_and_structs_become_null() -> None:
    texts = column_of([b"good", b"bad \xff", b"good"])
    table = pa.table(
        {
            "list": pa.ListArray.from_arrays([0, 1, 3, 3], texts),
            "struct": pa.StructArray.from_arrays([texts], ["text"]),
            "number": [1, 2, 3],
        }
    )
    found, changed = mended(table)
    assert changed.tolist() == [False, True, False]
    assert found.to_pylist() == [
        {"list": ["good"], "struct": {"text": "good"}, "number": 1},
        {"list": None, "struct": None, "number": 2},
        {"list": [], "struct": {"text": "good"}, "number": 3},
    ]
