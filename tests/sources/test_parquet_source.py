from __future__ import annotations

import ast
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.byte_columns import column_of

from curate.arrow import AUDIO, audio_field, feature_of, hub_schema
from curate.errors import SourceError
from curate.sources.parquet import Parquet

Read = Callable[..., pa.Table]


def write(folder: Path, name: str, table: pa.Table | dict[str, list[object]], **how: object) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(table), path, **how)
    return str(path)


def numbers(rows: int) -> pa.Table:
    return pa.table({"n": list(range(rows)), "text": [f"row {at}" for at in range(rows)]})


def test_rows_are_numbered_in_their_file(tmp_path: Path, read_all: Read) -> None:
    write(tmp_path, "a/x.parquet", numbers(2))
    write(tmp_path, "b/x.parquet", numbers(1))
    rows = read_all(Parquet(str(tmp_path)))
    assert rows["id"].to_pylist() == ["a/x:0", "a/x:1", "b/x:0"]
    assert rows["source"].to_pylist() == ["x", "x", "x"]


@pytest.mark.parametrize(
    ("shard_rows", "expected"), [(1, [3, 3, 3, 1]), (6, [6, 4]), (7, [6, 4]), (100, [10])]
)
def test_shards_are_whole_row_groups(
    tmp_path: Path, shard_rows: int, expected: list[int], read_all: Read
) -> None:
    path = write(tmp_path, "a.parquet", numbers(10), row_group_size=3)
    source = Parquet(path, shard_rows=shard_rows, batch_rows=2)
    assert [ref.rows for ref in source.shards()] == expected
    assert read_all(source)["n"].to_pylist() == list(range(10))
    assert read_all(source, limit=2).num_rows == sum(min(2, rows) for rows in expected)


@pytest.mark.parametrize(
    ("shard_rows", "expected"), [(100, [100]), (50, [100]), (10, [20] * 5), (1, [12, 13] * 4)]
)
def test_a_large_row_group_is_parted_among_a_few_shards(
    tmp_path: Path, shard_rows: int, expected: list[int], read_all: Read
) -> None:
    path = write(tmp_path, "a.parquet", numbers(100))
    source = Parquet(path, shard_rows=shard_rows, batch_rows=7)
    assert [ref.rows for ref in source.shards()] == expected
    rows = read_all(source)
    assert rows["n"].to_pylist() == list(range(100))
    assert rows["id"].to_pylist() == [f"a:{row}" for row in range(100)]
    assert read_all(source, limit=15).num_rows == sum(min(15, rows) for rows in expected)


def test_ids_repeated_in_another_part_of_a_row_group_are_found(
    tmp_path: Path, read_all: Read
) -> None:
    names = [f"{row % 70}" for row in range(100)]
    rows = read_all(Parquet(write(tmp_path, "a.parquet", {"id": names}), shard_rows=10))
    assert rows["defect"].to_pylist() == [None] * 70 + ["duplicate id"] * 30


def test_features_of_the_hub_stay_on_their_columns(tmp_path: Path, read_all: Read) -> None:
    label = {"names": ["calm", "angry"], "_type": "ClassLabel"}
    fields = [
        audio_field("audio", 22_050),
        pa.field(
            "style", pa.int64(), metadata={b"feature": b'{"_type": "ClassLabel", "names": []}'}
        ),
    ]
    clip = {"bytes": b"RIFF", "path": "a.wav"}
    table = pa.table([pa.array([clip], AUDIO), [1]], schema=hub_schema(pa.schema(fields)))
    source = Parquet(write(tmp_path, "a.parquet", table), columns={"emotion": "style"})
    assert feature_of(source.schema().field("audio"))["sampling_rate"] == 22_050
    assert feature_of(source.schema().field("emotion"))["_type"] == label["_type"]
    assert read_all(source)["audio"].to_pylist() == [clip]


def test_file_written_by_datasets_keeps_features_and_values(tmp_path: Path, read_all: Read) -> None:
    import datasets

    features = datasets.Features(
        {"text": datasets.Value("large_string"), "label": datasets.ClassLabel(names=["a", "b"])}
    )
    rows = datasets.Dataset.from_dict({"text": ["x"], "label": ["b"]}, features=features)
    rows.to_parquet(tmp_path / "a.parquet")
    source = Parquet(str(tmp_path / "a.parquet"))
    assert feature_of(source.schema().field("label"))["names"] == ["a", "b"]
    assert source.schema().field("text").type == pa.string()
    assert read_all(source).select(["text", "label"]).to_pylist() == [{"text": "x", "label": 1}]


def test_types_that_differ_only_in_memory_become_plain(tmp_path: Path, read_all: Read) -> None:
    table = pa.table(
        {
            "a": pa.array(["x", None], pa.large_string()),
            "b": pa.array(["y", "y"]).dictionary_encode(),
            "c": pa.array([["z"], None], pa.large_list(pa.large_string())),
            "d": pa.array([{"e": "w"}, None], pa.struct([("e", pa.large_string())])),
            "f": pa.nulls(2),
        }
    )
    rows = read_all(Parquet(write(tmp_path, "a.parquet", table)))
    assert [str(kind) for kind in rows.schema.types[2:-1]] == [
        "string",
        "string",
        "list<element: string>" if "element" in str(rows.schema.types[4]) else "list<item: string>",
        "struct<e: string>",
        "string",
    ]
    own = rows.select(["a", "b", "c", "d", "f"]).to_pylist()
    assert own == [
        {"a": "x", "b": "y", "c": ["z"], "d": {"e": "w"}, "f": None},
        {"a": None, "b": "y", "c": None, "d": None, "f": None},
    ]


def test_files_that_differ_share_the_wider_type_and_all_columns(
    tmp_path: Path, read_all: Read
) -> None:
    write(tmp_path, "a.parquet", {"n": pa.array([1], pa.int32()), "x": ["one"]})
    write(tmp_path, "b.parquet", {"n": pa.array([2.5]), "y": [True]})
    rows = read_all(Parquet(str(tmp_path))).select(["n", "x", "y"]).to_pylist()
    assert rows == [{"n": 1.0, "x": "one", "y": None}, {"n": 2.5, "x": None, "y": True}]


def test_columns_that_do_not_go_together_name_both_files(tmp_path: Path) -> None:
    write(tmp_path, "a.parquet", {"n": [1]})
    write(tmp_path, "b.parquet", {"n": ["one"]})
    with pytest.raises(SourceError, match=r"'n' is int64 in .*a\.parquet and string in .*b\."):
        Parquet(str(tmp_path)).schema()


def test_ids_of_the_rows_are_used_across_files_and_repeats_rejected(
    tmp_path: Path, read_all: Read
) -> None:
    write(tmp_path, "a.parquet", {"id": [1, 2]})
    write(tmp_path, "b.parquet", {"id": [2, None]}, row_group_size=1)
    rows = read_all(Parquet(str(tmp_path))).to_pylist()
    assert [(row["id"], row["defect"]) for row in rows] == [
        ("1", None),
        ("2", None),
        ("2@b:0", "duplicate id"),
        ("@b:1", None),
    ]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"text, not Parquet", b"PAR1" * 9])
def test_file_without_a_footer_is_one_row_beside_the_others(
    tmp_path: Path, content: bytes, read_all: Read
) -> None:
    write(tmp_path, "a.parquet", numbers(2))
    (tmp_path / "b.parquet").write_bytes(content)
    rows = read_all(Parquet(str(tmp_path)))
    assert rows["defect"].to_pylist() == [None, None, "file unreadable"]
    assert rows["id"].to_pylist()[2] == "b@:0"


def test_file_cut_off_is_an_error_if_there_is_no_other(tmp_path: Path) -> None:
    path = write(tmp_path, "a.parquet", numbers(2))
    Path(path).write_bytes(Path(path).read_bytes()[:-3])
    with pytest.raises(SourceError, match="not a Parquet file, or it is cut off"):
        Parquet(path).schema()


@pytest.mark.parametrize("shard_rows", [100, 10])
def test_damaged_row_group_is_as_many_rejected_rows(
    tmp_path: Path, read_all: Read, shard_rows: int
) -> None:
    texts = [f"{word:x}" for word in np.random.default_rng(0).integers(0, 2**60, 300)]
    path = Path(write(tmp_path, "a.parquet", {"text": texts}, row_group_size=100))
    middle = pq.ParquetFile(path).metadata.row_group(1).column(0)
    raw = bytearray(path.read_bytes())
    start = middle.dictionary_page_offset or middle.data_page_offset
    raw[start : start + middle.total_compressed_size] = b"\xff" * middle.total_compressed_size
    path.write_bytes(raw)
    rows = read_all(Parquet(str(path), shard_rows=shard_rows))
    assert rows["defect"].to_pylist() == [None] * 100 + ["file unreadable"] * 100 + [None] * 100
    assert rows["text"].to_pylist()[200:] == texts[200:]


def test_clip_with_its_children_in_another_order_is_read_by_name(
    tmp_path: Path, read_all: Read
) -> None:
    kind = pa.struct([("path", pa.string()), ("bytes", pa.large_binary())])
    field = pa.field("audio", kind, metadata={b"feature": b'{"_type": "Audio"}'})
    clips = [{"path": "a.wav", "bytes": b"1"}, None]
    table = pa.table([pa.array(clips, kind)], schema=hub_schema(pa.schema([field])))
    rows = read_all(Parquet(write(tmp_path, "a.parquet", table)))
    assert rows.schema.field("audio").type == AUDIO
    assert rows["audio"].to_pylist() == clips


def test_media_are_read_in_small_batches_and_text_in_large_ones(tmp_path: Path) -> None:
    clips = pa.array([{"bytes": b"1", "path": "a"}] * 100, AUDIO)
    table = pa.table([clips], schema=pa.schema([audio_field()]))
    media = Parquet(write(tmp_path, "a.parquet", table, row_group_size=10))
    text = Parquet(write(tmp_path, "b.parquet", numbers(100), row_group_size=10))
    assert [ref.rows for ref in media.shards()] == [30, 30, 30, 10]
    assert [ref.rows for ref in text.shards()] == [100]


def test_digest_changes_with_content_and_time(tmp_path: Path) -> None:
    source = Parquet(write(tmp_path, "a.parquet", numbers(5)))
    digests = {source.shards()[0].digest}
    assert source.shards()[0].digest in digests
    os.utime(tmp_path / "a.parquet", ns=(1, 1))
    digests.add(source.shards()[0].digest)
    write(tmp_path, "a.parquet", numbers(6))
    os.utime(tmp_path / "a.parquet", ns=(1, 1))
    digests.add(source.shards()[0].digest)
    assert len(digests) == 3


def test_footer_of_noise_is_one_row_beside_the_others(tmp_path: Path, read_all: Read) -> None:
    write(tmp_path, "a.parquet", numbers(2))
    path = Path(write(tmp_path, "b.parquet", numbers(2)))
    raw = bytearray(path.read_bytes())
    raw[-200:-8] = np.random.default_rng(1).bytes(192)
    path.write_bytes(raw)
    assert read_all(Parquet(str(tmp_path)))["defect"].to_pylist()[2:] == ["file unreadable"]


def test_reader_is_sent_the_schema_and_not_the_files(tmp_path: Path) -> None:
    for at in range(50):
        write(tmp_path, f"{at}.parquet", numbers(1))
    source = Parquet(str(tmp_path))
    (*_, last) = source.shards()
    sent = pickle.dumps((source, last))
    assert len(sent) < 3000
    for file in tmp_path.glob("[1-8].parquet"):
        file.unlink()
    twin, ref = pickle.loads(sent)
    assert twin.schema().equals(source.schema())
    assert [batch.num_rows for batch in twin.read(ref)] == [1]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(twice, tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="two columns 'a'"):
        Parquet(str(tmp_path)).schema()


@pytest.mark.parametrize("name", ["id", "source"])
def test_id_and_source_that_are_no_text_are_found_before_any_work(
    tmp_path: Path, name: str
) -> None:
    pq.write_table(pa.table({name: [[1.5]]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="id and source must be text"):
        Parquet(str(tmp_path)).schema()


def test_column_name_with_a_nul_byte_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a\0b": [1]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="NUL byte"):
        Parquet(str(tmp_path)).schema()


def test_rows_with_text_that_is_no_utf8_are_set_aside_and_readable(
    tmp_path: Path, read_all: Read
) -> None:
    table = {
        "id": column_of([b"a", b"b\xff", b"c", b"d"]),
        "text": column_of([b"good", b"good", b"\xff bad", None]),
        "words": pa.ListArray.from_arrays([0, 1, 1, 2, 2], column_of([b"good", b"\xff"])),
    }
    rows = read_all(Parquet(write(tmp_path, "x.parquet", table)))
    assert rows.select(["id", "text", "words", "defect"]).to_pylist() == [
        {"id": "a", "text": "good", "words": ["good"], "defect": None},
        {"id": "b\ufffd@x:1", "text": "good", "words": [], "defect": "not UTF-8"},
        {"id": "c@x:2", "text": "\ufffd bad", "words": None, "defect": "not UTF-8"},
        {"id": "d", "text": None, "words": [], "defect": None},
    ]


def test_ids_that_cannot_be_read_spoil_their_own_row_group_only(
    tmp_path: Path, read_all: Read
) -> None:
    names = [f"{word:x}" for word in np.random.default_rng(0).integers(0, 2**60, 300)]
    path = Path(write(tmp_path, "a.parquet", {"id": names}, row_group_size=100))
    middle = pq.ParquetFile(path).metadata.row_group(1).column(0)
    raw = bytearray(path.read_bytes())
    start = middle.dictionary_page_offset or middle.data_page_offset
    raw[start : start + middle.total_compressed_size] = b"\xff" * middle.total_compressed_size
    path.write_bytes(raw)
    rows = read_all(Parquet(str(path)))
    assert rows["id"].to_pylist()[:100] + rows["id"].to_pylist()[200:] == names[:100] + names[200:]
    assert rows["defect"].to_pylist()[99:201] == [None, *["file unreadable"] * 100, None]


def claiming(path: Path, rows: int, *, of_columns: bool) -> pq.FileMetaData:
    """Change the footer's count of 60 rows, of the row group alone or of its columns, too."""
    raw = path.read_bytes()
    old, new = b"\x16\x78", b"\x16" + bytes([2 * rows])  # zigzag: one byte for as many as 63
    footer = raw.rindex(b"PAR1") - 4 - int.from_bytes(raw[-8:-4], "little")
    places = [at for at in range(footer, len(raw)) if raw[at : at + 2] == old]
    for chosen in [places] if of_columns else [[at] for at in places]:
        patched = bytearray(raw)
        for at in chosen:
            patched[at : at + 2] = new
        path.write_bytes(patched)
        group = pq.read_metadata(path).row_group(0)
        if group.num_rows == rows and (group.column(0).num_values == rows) == of_columns:
            return pq.read_metadata(path)
    raise AssertionError("nothing found to change")


@pytest.mark.parametrize("rows", [0, 59, 61])
def test_footer_that_contradicts_itself_is_no_footer(tmp_path: Path, rows: int) -> None:
    path = Path(write(tmp_path, "a.parquet", {"n": [0.5 * at for at in range(60)]}))
    claiming(path, rows, of_columns=False)
    with pytest.raises(SourceError, match="not a Parquet file, or it is cut off"):
        Parquet(str(path)).schema()


def test_rows_that_a_footer_claims_and_the_file_does_not_hold_are_set_aside(
    tmp_path: Path, read_all: Read
) -> None:
    path = Path(write(tmp_path, "a.parquet", {"n": [0.5 * at for at in range(60)]}))
    claiming(path, 63, of_columns=True)
    rows = read_all(Parquet(str(path)))
    assert rows.num_rows == 63
    assert set(rows["defect"].to_pylist()[60:]) == {"file unreadable"}


def test_row_group_that_cannot_be_decoded_makes_no_million_rows(tmp_path: Path) -> None:
    path = Path(write(tmp_path, "a.parquet", {"n": np.zeros(2**20 + 1)}, row_group_size=2**21))
    chunk = pq.read_metadata(path).row_group(0).column(0)
    raw = bytearray(path.read_bytes())
    start = chunk.dictionary_page_offset
    raw[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(raw)
    source = Parquet(str(path))
    for ref in source.shards():
        with pytest.raises(SourceError, match=r"a.parquet: row group 0 .* 1048577 rows"):
            list(source.read(ref))


EVERY_BYTE = """
import sys
from pathlib import Path
from curate.errors import SourceError
from curate.sources.parquet import Parquet
path = Path(sys.argv[1])
raw, whole, told = path.read_bytes(), 0, set()
for at in range(0, len(raw), int(sys.argv[2])):
    for new in (raw[at] ^ 1, raw[at] ^ 0x80, 0xFF, raw[at] + 1 & 0xFF):
        path.write_bytes(raw[:at] + bytes([new]) + raw[at + 1:])
        source = Parquet(str(path))
        try:
            for ref in source.shards():
                batches = list(source.read(ref))
                assert sum(batch.num_rows for batch in batches) == ref.rows, (at, new)
                told |= {one for batch in batches for one in batch["defect"].to_pylist()}
        except SourceError:
            continue
        whole += 1
print(whole, sorted(filter(None, told)))
"""


@pytest.mark.parametrize("kind", ["plain", "dictionary", "nested"])
def test_no_damaged_byte_ends_the_process_or_loses_a_row(tmp_path: Path, kind: str) -> None:
    tables = {
        "plain": {"id": ["a", "b", "c"], "n": [1.5, None, 2.5]},
        "dictionary": {"label": pa.array(["x", "y", "x"] * 20).dictionary_encode()},
        "nested": {"tokens": [["a", "b"], [], None], "audio": [{"bytes": b"1", "path": "p"}] * 3},
    }
    path = write(tmp_path, "a.parquet", tables[kind], write_page_index=True)
    command = [sys.executable, "-c", EVERY_BYTE, path, "3"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    whole, told = done.stdout.split(" ", 1)
    assert int(whole) > 100
    assert set(ast.literal_eval(told)) <= {"file unreadable", "duplicate id", "not UTF-8"}
