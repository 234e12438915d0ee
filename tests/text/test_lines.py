from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.text.lines import lines, opened, spans

PIECES = st.lists(
    st.sampled_from([b"a", b"bc", b" ", b"\r", b"\n", b"\r\n", b"\x85", b"\xe2\x80\xa8"])
)


def read(content: bytes, most_bytes: int = 100, **where: int) -> list[tuple[int, bytes]]:
    file = io.BytesIO(content)
    file.seek(where.get("start", 0))
    return [(one.line, one.raw) for one in lines(file, most_bytes, **where)]


def test_line_ends_of_both_kinds_are_dropped_and_the_last_may_be_missing() -> None:
    assert read(b"a\r\nb\nc") == [(1, b"a"), (2, b"b"), (3, b"c")]


def test_blank_lines_are_no_rows_but_count() -> None:
    assert read(b"\n \na\n\t\r\nb\n\n") == [(3, b"a"), (5, b"b")]


def test_other_line_breaks_of_unicode_are_text() -> None:
    text = "a\u2028b\x85c\x0bd\x0ce".encode()
    assert read(text) == [(1, text)]


def test_long_line_is_a_defect_and_the_next_is_read() -> None:
    found = list(lines(io.BytesIO(b"x" * 5000 + b"\nb"), 100))
    assert [(one.line, len(one.raw), one.defect) for one in found] == [
        (1, 100, "line too long"),
        (2, 1, None),
    ]
    assert found[0].stop == 5000


def test_line_of_exactly_the_longest_length_is_kept() -> None:
    found = list(lines(io.BytesIO(b"x" * 100 + b"\r\n" + b"y" * 101), 100))
    assert [one.defect for one in found] == [None, "line too long"]


@given(PIECES)
def test_lines_are_those_of_bytes_split_at_line_feeds(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    expected = [
        (number, line.rstrip(b"\r\n"))
        for number, line in enumerate(content.split(b"\n"), 1)
        if line.strip()
    ]
    assert read(content) == expected


@given(PIECES, st.integers(1, 5))
def test_spans_read_on_their_own_give_all_lines(pieces: list[bytes], rows: int) -> None:
    content = b"".join(pieces)
    whole = read(content)
    found = [span for span, _ in spans(lines(io.BytesIO(content), 100), rows)]
    again = [read(content, start=span.start, stop=span.stop, line=span.line) for span in found]
    assert [one for some in again for one in some] == whole
    assert [len(some) for some in again] == [span.rows for span in found]


@given(PIECES, PIECES, st.integers(1, 5))
def test_lines_added_at_the_end_change_no_full_span(
    pieces: list[bytes], more: list[bytes], rows: int
) -> None:
    content = b"".join(pieces) + b"\n"
    before = [span for span, _ in spans(lines(io.BytesIO(content), 100), rows)]
    after = [span for span, _ in spans(lines(io.BytesIO(content + b"".join(more)), 100), rows)]
    full = [span for span in before if span.rows == rows]
    assert after[: len(full)] == full


def test_blank_line_put_in_changes_the_digest_because_line_numbers_move() -> None:
    (one, _), (two, _) = (
        next(spans(lines(io.BytesIO(text), 100), 9)) for text in (b"a\nb\n", b"a\n\nb\n")
    )
    assert one.sha256 != two.sha256


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("a|b|c\n".encode("utf-16"), "iconv"),
        (b"PAR1....", "sources.parquet"),
        (b"PK\x03\x04..", "unpack"),
        (b"\x04\x22\x4d\x18...", "lz4; unpack it first"),
        (b"7z\xbc\xaf\x27\x1c...", "unpack"),
    ],
)
def test_file_that_is_no_utf8_text_is_refused_with_the_way_out(
    tmp_path: Path, content: bytes, hint: str
) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=hint), opened(file):
        pass


def test_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(SourceError, match=r"a\.txt is no file"), opened(tmp_path / "a.txt"):
        pass


def test_a_line_too_long_is_a_row_though_its_head_is_blank() -> None:
    found = list(lines(io.BytesIO(b"   text\nb"), 3))
    assert [(one.raw, one.defect) for one in found] == [(b"   ", "line too long"), (b"b", None)]
