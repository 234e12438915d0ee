"""JSON lines and CSV have rows, ids and shards in common."""

from __future__ import annotations

import csv
import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.sources.csv import Csv
from curate.sources.jsonl import Jsonl

Read = Callable[..., pa.Table]


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_jsonl_rows_are_numbered_by_line(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "a.jsonl", '\ufeff{"text": "x"}\r\n\n{"text": "y", "n": 1}')
    assert read_all(Jsonl(path)).to_pylist() == [
        {"id": "a.jsonl:1", "source": "a", "text": "x", "n": None, "defect": None},
        {"id": "a.jsonl:3", "source": "a", "text": "y", "n": 1, "defect": None},
    ]


def test_csv_values_stay_as_written(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "a.csv", 'n,text\n007,\nNA,"x\r\ny"\n')
    rows = read_all(Csv(path)).select(["id", "n", "text"]).to_pylist()
    assert rows == [
        {"id": "a.csv:2", "n": "007", "text": ""},
        {"id": "a.csv:3", "n": "NA", "text": "x\r\ny"},
    ]


def test_tsv_is_told_by_its_name_and_semicolons_by_option(tmp_path: Path, read_all: Read) -> None:
    tabs = read_all(Csv(write(tmp_path, "a.tsv", "a\tb\nx,y\tz\n")))
    marks = read_all(Csv(write(tmp_path, "a.csv", "a;b\nx,y;z\n"), separator=";"))
    assert tabs.select(["a", "b"]).equals(marks.select(["a", "b"]))


def test_quotes_are_ordinary_letters_where_the_option_says_so(
    tmp_path: Path, read_all: Read
) -> None:
    path = write(tmp_path, "a.tsv", 'text\tn\n12" long\t1\n"so\t2\n')
    assert read_all(Csv(path, quote="")).column("text").to_pylist() == ['12" long', '"so']


def test_folder_of_files_is_one_corpus_with_all_columns(tmp_path: Path, read_all: Read) -> None:
    write(tmp_path, "x/a.csv", "text\none\n")
    write(tmp_path, "y/a.csv", "text,lang\ntwo,mt\n")
    rows = read_all(Csv(str(tmp_path))).drop_columns(["source", "defect"]).to_pylist()
    assert rows == [
        {"id": "x/a.csv:2", "text": "one", "lang": None},
        {"id": "y/a.csv:2", "text": "two", "lang": "mt"},
    ]


def test_ids_of_the_rows_are_used_across_files_and_repeats_rejected(
    tmp_path: Path, read_all: Read
) -> None:
    write(tmp_path, "a.jsonl", '{"id": 1}\n{"id": 2}\n')
    write(tmp_path, "b.jsonl", '{"id": 2}\n{"id": null}\nnull\n')
    rows = read_all(Jsonl(str(tmp_path), name="n")).to_pylist()
    assert [(row["id"], row["defect"]) for row in rows] == [
        ("n/1", None),
        ("n/2", None),
        ("n/2@b.jsonl:1", "duplicate id"),
        ("n/@b.jsonl:2", None),
        ("n/@b.jsonl:3", "not an object"),
    ]


def test_source_of_the_rows_is_kept_unless_a_name_is_given(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "a.csv", "source,text\nwiki,x\n")
    assert read_all(Csv(path))["source"].to_pylist() == ["wiki"]
    assert read_all(Csv(path, name="own"))["source"].to_pylist() == ["own"]


def test_gzip_is_read_as_one_shard(tmp_path: Path, read_all: Read) -> None:
    text = "".join(json.dumps({"n": at, "id": str(at % 60)}) + "\n" for at in range(100))
    plain = read_all(Jsonl(write(tmp_path, "a.jsonl", text), name="n"))
    source = Jsonl(write(tmp_path, "b.jsonl", gzip.compress(text.encode())), name="n", shard_rows=7)
    packed = read_all(source)
    assert len(source.shards()) == 1
    assert packed.select(["n", "defect"]).equals(plain.select(["n", "defect"]))


@pytest.mark.parametrize("kind", [Csv, Jsonl])
def test_damaged_gzip_is_one_rejected_row_beside_the_others(
    tmp_path: Path, read_all: Read, kind: type[Csv] | type[Jsonl]
) -> None:
    name = "csv" if kind is Csv else "jsonl"
    good = b"text\nx\n" if kind is Csv else b'{"text": "x"}\n'
    write(tmp_path, f"a.{name}.gz", gzip.compress(good * 1000)[:-12])
    write(tmp_path, f"b.{name}.gz", gzip.compress(good))
    rows = read_all(kind(str(tmp_path)))
    assert rows["defect"].to_pylist() == ["file unreadable", None]


def test_file_of_nothing_but_defects_is_as_many_rows(tmp_path: Path, read_all: Read) -> None:
    rows = read_all(Jsonl(write(tmp_path, "a.jsonl", "null\n[]\n{\n{}\n")))
    assert rows["defect"].to_pylist() == ["not an object", "not an object", "not JSON", None]


def test_json_array_names_the_command_that_converts_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="jq -c"):
        Jsonl(write(tmp_path, "a.json", '[\n{"a": 1}\n]\n')).schema()


def test_header_alone_is_a_schema_without_rows(tmp_path: Path) -> None:
    source = Csv(write(tmp_path, "a.csv", "text,lang\n"))
    assert source.schema().names == ["id", "source", "text", "lang"]
    assert list(source.shards()) == []


def test_reserved_column_says_how_to_rename_it(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "a.csv", "text,reason\nx,y\n")
    with pytest.raises(SourceError, match="'reason' is reserved; give it another name"):
        Csv(path).schema()
    assert read_all(Csv(path, columns={"why": "reason"}))["why"].to_pylist() == ["y"]


def test_rows_added_at_the_end_leave_full_shards_as_they_are(tmp_path: Path) -> None:
    lines = [json.dumps({"n": at}) for at in range(10)]
    source = Jsonl(write(tmp_path, "a.jsonl", "\n".join(lines[:7])), shard_rows=3)
    before = source.shards()
    write(tmp_path, "a.jsonl", "\n".join(lines))
    assert [ref[:4] for ref in source.shards()[:2]] == [ref[:4] for ref in before[:2]]


def test_digest_changes_when_later_rows_widen_a_type(tmp_path: Path) -> None:
    source = Jsonl(write(tmp_path, "a.jsonl", '{"n": 1}\n{"n": 2}\n'), shard_rows=1)
    before = source.shards()
    write(tmp_path, "a.jsonl", '{"n": 1}\n{"n": 2.5}\n')
    assert source.shards()[0].digest != before[0].digest


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), max_size=9), st.integers(1, 4), st.integers(1, 4))
def test_csv_rows_written_are_rows_read_however_they_are_cut(
    rows: list[tuple[str, str]], shard_rows: int, batch_rows: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
        source = Csv(str(path), shard_rows=shard_rows, batch_rows=batch_rows)
        batches = [one for ref in source.shards() for one in source.read(ref)]
    found = [(row["a"], row["b"]) for one in batches for row in one.to_pylist()]
    assert found == rows


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=8) | st.sampled_from([b"{}", b'{"id": 1}', b"null"]), max_size=9)
)
def test_any_bytes_give_as_many_rows_as_lines_with_ids_of_their_own(lines: list[bytes]) -> None:
    content = b'{"id": "x", "n": 1}\n' + b"\n".join(lines)
    expected = sum(1 for line in content.split(b"\n") if line.strip())
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.jsonl", content)
        one = Jsonl(path, shard_rows=2)
        tables = [batch for ref in one.shards() for batch in one.read(ref)]
        two = Jsonl(path, batch_rows=1)
        again = [batch for ref in two.shards() for batch in two.read(ref)]
    ids = pa.concat_tables(tables)["id"].to_pylist()
    assert len(ids) == len(set(ids)) == expected
    assert pa.concat_tables(tables).equals(pa.concat_tables(again))


@pytest.mark.parametrize("kind", [Csv, Jsonl])
def test_schema_is_that_of_the_file_as_it_is_now(tmp_path: Path, kind: type[Csv | Jsonl]) -> None:
    source = kind(write(tmp_path, "a", "a,b\n1,2\n" if kind is Csv else '{"a": 1, "b": 2}\n'))
    assert source.schema().names[2:] == ["a", "b"]
    write(tmp_path, "a", "a,c,d\n1,2,3\n" if kind is Csv else '{"a": 1, "c": 2, "d": 3}\n')
    assert source.schema().names[2:] == ["a", "c", "d"]
