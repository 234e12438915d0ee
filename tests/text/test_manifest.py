from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.text.lines import Record, spans
from curate.text.manifest import Layout, layout_of, records

CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6
) | st.sampled_from(['"', 'a "b" c', "x\ny", ",", "", " ", "\u2028"])
LIST = Layout("list", ("audio", "speaker_id", "text"), "|")


def read(content: bytes, layout: Layout) -> list[Record]:
    return list(records(io.BytesIO(content), layout, layout.start, layout.line))


def csv_layout(width: int = 2, **options: object) -> Layout:
    names = tuple(f"c{at}" for at in range(width))
    return Layout("csv", names, ",", '"', **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "defect"),
    [
        (b"a.wav|s|text", None),
        (b"a.wav|s|", None),
        (b"a.wav", "line has no |"),
        (b"a.wav|text", "too few | in line"),
        (b"a.wav|s|te|xt", "too many | in line"),
        (b"a.wav|s|\xff", "not UTF-8"),
        (b"a.wav|s|\0", "NUL byte in line"),
        (b"a.wav|s|" + b"x" * 2**20, "line too long"),
    ],
)
def test_each_kind_of_bad_line_has_its_own_reason(line: bytes, defect: str | None) -> None:
    before, found, after = read(b"b.wav|s|t\n" + line + b"\nc.wav|s|t\n", LIST)
    assert (before.defect, found.defect, after.defect) == (None, defect, None)


def test_text_of_a_bad_line_is_kept_as_evidence() -> None:
    assert read(b"no separator", LIST)[0].fields == ("", "", "no separator")


@given(st.lists(st.tuples(CELL, CELL), max_size=6))
def test_csv_is_read_back_as_written_with_the_place_of_each_row(
    rows: list[tuple[str, str]],
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    content = out.getvalue().encode()
    found = read(content, csv_layout())
    assert [one.fields for one in found] == rows
    assert [one.defect for one in found] == [None] * len(rows)
    assert all(content[one.start : one.stop].strip(b"\n") for one in found)


@given(st.text(st.sampled_from('ab,"\n\r'), max_size=30), st.integers(1, 3))
def test_csv_of_any_kind_reads_the_same_in_pieces(text: str, rows: int) -> None:
    content, layout = text.encode(), csv_layout(most_bytes=20)
    whole = read(content, layout)
    pieces = []
    for span, _ in spans(whole, rows):
        pieces += list(records(io.BytesIO(content), layout, span.start, span.line, span.stop))
    assert [(one.line, one.fields, one.defect) for one in pieces] == [
        (one.line, one.fields, one.defect) for one in whole
    ]


def test_quote_never_closed_costs_only_its_own_line() -> None:
    found = read(b'a,"b\nc,d\ne,f\n', csv_layout())
    assert [(one.line, one.fields, one.defect) for one in found] == [
        (1, (), "unclosed quote"),
        (2, ("c", "d"), None),
        (3, ("e", "f"), None),
    ]


def test_quote_closed_by_another_stray_one_far_below_costs_only_two_lines() -> None:
    lines = ["a,b"] * 500
    lines[10] = 'a,"b'
    lines[400] = '"a,b'
    found = read("\n".join(lines).encode(), csv_layout())
    assert [one.line for one in found if one.defect] == [11, 401]
    assert len(found) == 500


@pytest.mark.parametrize("row", [b"one", b"one,two,three"])
def test_row_with_another_number_of_fields_is_a_defect(row: bytes) -> None:
    found = read(b"a,b\n" + row + b"\nc,d\n", csv_layout())
    assert [one.defect for one in found] == [None, "wrong number of fields", None]


def test_quotes_are_letters_where_there_is_no_quote_character() -> None:
    layout = Layout("csv", ("a", "b"), "\t", "")
    assert read(b'"\tx\ny\t"z\n', layout)[0].fields == ('"', "x")


def test_header_is_read_past_mark_and_blank_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"\xef\xbb\xbf\r\nid, text ,\r\n1,2,3\r\n")
    layout = layout_of(file, "csv", (), ",", '"')
    assert layout.names == ("id", "text", "column_3")
    with file.open("rb") as raw:
        found = list(records(raw, layout, layout.start, layout.line))
    assert [(one.line, one.fields) for one in found] == [(3, ("1", "2", "3"))]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "is empty"), (b"a,b,a\n", "two columns are called 'a'"), (b"\xff,b\n", "not UTF-8")],
)
def test_header_that_cannot_be_used_is_one_clear_error(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=problem):
        layout_of(file, "csv", (), ",", '"')
