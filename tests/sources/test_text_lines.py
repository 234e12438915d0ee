"""Lines of text files: none is lost, and what is damaged says how."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.sources.text_lines import TextLines

Read = Callable[..., pa.Table]
PIECES = st.lists(
    st.sampled_from(["a", "ħ", "\ufeff", " ", "\u3000", "\r", "\n", "\r\n", "\0", "\x85"])
)


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_a_line_is_a_row_named_by_file_and_number(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "mt.txt", "\ufeffBonġu!\r\nIllum.")
    assert read_all(TextLines(path, constants={"lang": "mt"})).to_pylist() == [
        {"id": "mt.txt:1", "source": "mt", "text": "Bonġu!", "file": "mt.txt", "line": 1,
         "lang": "mt", "defect": None},
        {"id": "mt.txt:2", "source": "mt", "text": "Illum.", "file": "mt.txt", "line": 2,
         "lang": "mt", "defect": None},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("blank", "rows"),
    [
        ("reject", [("a", None), ("", "blank line"), (" \u3000", "blank line"), ("b", None)]),
        ("keep", [("a", None), ("", None), (" \u3000", None), ("b", None)]),
        ("skip", [("a", None), ("b", None)]),
    ],
)
def test_blank_lines_are_rows_unless_they_are_to_be_skipped(
    tmp_path: Path, read_all: Read, blank: str, rows: list[tuple[str, str | None]]
) -> None:
    path = write(tmp_path, "a.txt", "a\n\n \u3000\nb\n")
    found = read_all(TextLines(path, blank=blank)).to_pylist()  # type: ignore[arg-type]
    assert [(row["text"], row["defect"]) for row in found] == rows
    assert found[-1]["id"] == "a.txt:4"


@pytest.mark.parametrize(
    ("line", "defect"),
    [
        (b"caf\xe9", "not UTF-8"),
        (b"a\0b", "NUL byte"),
        ("\ufeffa".encode(), "byte order mark inside"),
        (b"10 %\r20 %", "stray carriage return"),
        (b"a" * (2**24 + 1), "text too long"),
    ],
)
def test_a_damaged_line_says_how_and_the_next_is_read(
    tmp_path: Path, read_all: Read, line: bytes, defect: str
) -> None:
    path = write(tmp_path, "a.txt", b"first\n" + line + b"\nlast\n")
    rows = read_all(TextLines(path)).to_pylist()
    assert [row["defect"] for row in rows] == [None, defect, None]
    assert rows[2]["text"] == "last"
    assert len(rows[1]["text"]) <= 500


def test_other_line_breaks_of_unicode_are_text(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "a.txt", "a\u2028b\x85c\n")
    assert read_all(TextLines(path))["text"].to_pylist() == ["a\u2028b\x85c"]


def test_paragraphs_are_lines_up_to_a_blank_one(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "a.txt", "\n\na\r\nb\n \n\nc\n")
    rows = read_all(TextLines(path, unit="paragraph"), limit=None).to_pylist()
    assert [(row["line"], row["text"]) for row in rows] == [(3, "a\nb"), (7, "c")]


def test_files_are_whole_texts_and_an_empty_one_is_a_rejected_row(
    tmp_path: Path, read_all: Read
) -> None:
    write(tmp_path, "x/a.txt", "a\r\n\r\nb\n")
    write(tmp_path, "y/b.txt", "")
    rows = read_all(TextLines(str(tmp_path), unit="file")).to_pylist()
    assert [(row["id"], row["text"], row["defect"]) for row in rows] == [
        ("x/a.txt:1", "a\n\nb", None),
        ("y/b.txt:1", "", "blank file"),
    ]


def test_a_compressed_file_gives_the_rows_of_the_plain_one(tmp_path: Path, read_all: Read) -> None:
    text = "\n".join(f"line {number}\n" for number in range(50))
    plain = read_all(TextLines(write(tmp_path, "p/a.txt", text), shard_rows=7))
    packed = TextLines(write(tmp_path, "z/a.txt.gz", gzip.compress(text.encode())), shard_rows=7)
    assert len(packed.shards()) == 1
    assert read_all(packed)["text"].to_pylist() == plain["text"].to_pylist()


def test_a_compressed_file_that_breaks_off_is_one_rejected_row(
    tmp_path: Path, read_all: Read
) -> None:
    write(tmp_path, "a.txt", "a\n")
    write(tmp_path, "b.txt.gz", gzip.compress(b"b\n" * 10_000)[:-20])
    rows = read_all(TextLines(str(tmp_path))).to_pylist()
    assert [(row["id"], row["defect"]) for row in rows] == [
        ("a.txt:1", None),
        ("b.txt.gz:0", "file unreadable"),
    ]


def test_a_line_put_in_changes_its_shard_and_the_later_ones_only(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(20)]
    path = write(tmp_path, "a.txt", "\n".join(lines))
    before = [ref.digest for ref in TextLines(path, shard_rows=5).shards()]
    write(tmp_path, "a.txt", "\n".join([*lines[:12], "", *lines[12:]]))
    after = [ref.digest for ref in TextLines(path, shard_rows=5).shards()]
    assert [one == other for one, other in zip(before, after, strict=False)] == [1, 1, 0, 0]


def test_utf_16_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "text".encode("utf-16"))
    with pytest.raises(SourceError, match="iconv"):
        TextLines(path).shards()


def test_a_source_without_a_path_says_how_to_give_one() -> None:
    with pytest.raises(SourceError, match=r"--set source\.path=PATH"):
        TextLines().shards()


@settings(max_examples=60, deadline=None)
@given(PIECES, st.integers(1, 4))
def test_texts_joined_by_line_feeds_are_the_file(pieces: list[str], rows: int) -> None:
    content = "".join(pieces)
    with tempfile.TemporaryDirectory() as folder:
        source = TextLines(write(Path(folder), "a.txt", content), blank="keep", shard_rows=rows)
        tables = [table for ref in source.shards() for table in source.read(ref)]
    found = [row["text"] for table in tables for row in table.to_pylist()]
    lines = content.removeprefix("\ufeff").split("\n")
    expected = [line.removesuffix("\r") for line in lines[:-1]] + lines[-1:]
    if not lines[-1]:
        expected.pop()
    else:
        expected[-1] = expected[-1].removesuffix("\r")
    assert found == expected
