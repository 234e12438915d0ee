from __future__ import annotations

import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.contract import set_aside_defects
from curate.errors import SourceError
from curate.sources.audio_filelist import AudioFilelist

Read = Callable[..., pa.Table]


def write(folder: Path, content: str | bytes, name: str = "train.txt") -> str:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(raw)
    return str(folder / name)


def whole(source: AudioFilelist) -> pa.Table:
    tables = [batch for ref in source.shards() for batch in source.read(ref)]
    return pa.concat_tables(tables) if tables else source.schema().empty_table()


def test_real_filelist_gives_every_clip_with_its_speaker_and_text(
    kashmiri_dir: Path, read_all: Read
) -> None:
    rows = read_all(AudioFilelist(str(kashmiri_dir / "test.txt")))
    assert rows.num_rows == rows["defect"].null_count == 80
    assert set(rows["speaker_id"].to_pylist()) == {"422", "423"}
    assert all(Path(clip["path"]).is_file() for clip in rows["audio"].to_pylist())


def test_real_csv_manifest_is_the_same_corpus(kashmiri_dir: Path, read_all: Read) -> None:
    columns = ["id", "audio", "speaker_id", "text"]
    one = read_all(AudioFilelist(str(kashmiri_dir / "test.txt"), name="k")).select(columns)
    two = read_all(AudioFilelist(str(kashmiri_dir / "metadata.csv"), name="k")).select(columns)
    assert one.sort_by("id").equals(two.sort_by("id"))


def test_row_holds_id_source_clip_speaker_and_text(tmp_path: Path, read_all: Read) -> None:
    source = AudioFilelist(write(tmp_path, "wavs/a.wav|7|Salaam.\n"))
    assert read_all(source).to_pylist() == [
        {
            "id": "wavs/a.wav",
            "source": "train",
            "audio": {"bytes": None, "path": str(tmp_path / "wavs/a.wav")},
            "speaker_id": "7",
            "text": "Salaam.",
            "defect": None,
        }
    ]


def test_every_kind_of_bad_line_is_a_row_with_its_own_reason(
    tmp_path: Path, read_all: Read
) -> None:
    lines = [
        b"a.wav|1|good",
        b"no separator",
        b"b.wav|one only",
        b"c.wav|1|one|too many",
        b"|1|no path",
        b"  |1|blank path",
        b"./a.wav|1|same file",
        b"../a.wav|1|above",
        b"/etc/hostname|1|absolute",
        b"d.wav|1|\xff\xfe",
        b"e.wav|1|nul \0 byte",
        b"f.wav|1|" + b"x" * (2**20 + 1),
    ]
    rows = read_all(AudioFilelist(write(tmp_path, b"\n".join(lines))))
    assert rows["defect"].to_pylist() == [
        None,
        "line has no |",
        "too few | in line",
        "too many | in line",
        "empty path",
        "empty path",
        "duplicate path",
        "path leaves the folder",
        "path leaves the folder",
        "not UTF-8",
        "NUL byte in line",
        "line too long",
    ]


def test_mark_line_ends_of_windows_and_blank_lines_leave_no_trace(
    tmp_path: Path, read_all: Read
) -> None:
    plain = AudioFilelist(write(tmp_path, "a.wav|1|x\nb.wav|1|y"))
    odd = AudioFilelist(
        write(tmp_path, "\ufeff\r\na.wav|1|x\r\n\r\nb.wav|1|y\r\n\r\n", "train.lst")
    )
    assert read_all(plain).equals(read_all(odd))


def test_path_as_windows_writes_it_is_found(tmp_path: Path, read_all: Read) -> None:
    source = AudioFilelist(write(tmp_path, "wavs\\a.wav|1|x\nC:\\a.wav|1|y\n"))
    rows = read_all(source).to_pylist()
    assert rows[0]["audio"]["path"] == str(tmp_path / "wavs/a.wav")
    assert rows[1]["defect"] == "path leaves the folder"


def test_link_out_of_the_folder_is_refused_unless_allowed(tmp_path: Path, read_all: Read) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.wav").write_bytes(b"")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.wav").symlink_to(tmp_path / "other" / "x.wav")
    path = write(tmp_path / "in", f"x.wav|1|a\n{tmp_path}/other/x.wav|1|b\n")
    refused = read_all(AudioFilelist(path)).to_pylist()
    allowed = read_all(AudioFilelist(path, allow_outside=True)).to_pylist()
    assert {row["defect"] for row in refused} == {"path leaves the folder"}
    assert [row["audio"]["path"] for row in refused] == [None, None]
    assert [row["defect"] for row in allowed] == [None, None]


def test_root_is_where_relative_paths_start(tmp_path: Path, read_all: Read) -> None:
    (tmp_path / "clips").mkdir()
    path = write(tmp_path, "a.wav|1|x\n")
    rows = read_all(AudioFilelist(path, root=str(tmp_path / "clips"))).to_pylist()
    assert rows[0]["audio"]["path"] == str(tmp_path / "clips" / "a.wav")


def test_jsonl_manifest_of_nemo_keeps_the_types_of_its_columns(
    tmp_path: Path, read_all: Read
) -> None:
    lines = [
        '{"audio_filepath": "a.wav", "duration": 1, "text": "x"}',
        '{"audio_filepath": "b.wav", "duration": 2.5, "text": 7}',
        '{"audio_filepath": null}',
        "{",
    ]
    rows = read_all(AudioFilelist(write(tmp_path, "\n".join(lines), "train_manifest.json")))
    assert rows.schema.field("duration").type == pa.float64()
    assert rows["defect"].to_pylist() == [None, "wrong type", "empty path", "not JSON"]
    assert rows["id"].to_pylist() == [
        "a.wav",
        "b.wav@train_manifest.json:2",
        "@train_manifest.json:3",
        "@train_manifest.json:4",
    ]


def test_columns_are_renamed_and_constants_added(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "path\tsentence\tage\na.mp3\tx\t\n", "validated.tsv")
    source = AudioFilelist(
        path, columns={"text": "sentence"}, constants={"licence": "cc0-1.0"}, name="cv"
    )
    (row,) = read_all(source).to_pylist()
    del row["audio"]
    assert row == {
        "id": "cv/a.mp3",
        "source": "cv",
        "text": "x",
        "age": "",
        "licence": "cc0-1.0",
        "defect": None,
    }


def test_ids_of_the_manifest_are_used_and_a_second_one_is_rejected(
    tmp_path: Path, read_all: Read
) -> None:
    path = write(tmp_path, "id,path\nu1,a.wav\nu1,b.wav\nu2,a.wav\n,c.wav\n", "m.csv")
    rows = read_all(AudioFilelist(path)).to_pylist()
    assert [(row["id"], row["defect"]) for row in rows] == [
        ("u1", None),
        ("u1@m.csv:3", "duplicate id"),
        ("u2", "duplicate path"),
        ("@m.csv:5", None),
    ]


def test_repeated_path_gets_an_id_of_its_own(tmp_path: Path, read_all: Read) -> None:
    rows = read_all(AudioFilelist(write(tmp_path, "a.wav|1|x\na.wav|1|y\n")))
    assert rows["id"].to_pylist() == ["a.wav", "a.wav@train.txt:2"]


@pytest.mark.parametrize(
    ("files", "path", "message"),
    [
        ({}, "train.txt", "does not exist"),
        ({"a.txt": "", "b.csv": ""}, "", "must name the manifest: a.txt, b.csv"),
        ({}, "", "sources.audio_folder"),
        ({"m.csv": "a,b\n"}, "m.csv", r"columns: \{audio: THEIRS\}.*a, b"),
        ({"m.csv": ""}, "m.csv", "is empty"),
        ({"m.json": "[\n"}, "m.json", "jq"),
    ],
)
def test_manifest_that_cannot_be_used_is_one_clear_error(
    tmp_path: Path, files: dict[str, str], path: str, message: str
) -> None:
    for name, content in files.items():
        write(tmp_path, content, name)
    with pytest.raises(SourceError, match=message) as caught:
        AudioFilelist(str(tmp_path / path)).schema()
    assert "\n" not in str(caught.value)


def test_empty_list_and_header_alone_are_no_rows(tmp_path: Path) -> None:
    assert list(AudioFilelist(write(tmp_path, "")).shards()) == []
    assert list(AudioFilelist(write(tmp_path, "path,text\n", "m.csv")).shards()) == []


def test_gzip_list_is_read_and_a_damaged_one_is_an_error(tmp_path: Path, read_all: Read) -> None:
    packed = gzip.compress(b"a.wav|1|x\nb.wav|1|y\n" * 99)
    rows = read_all(AudioFilelist(write(tmp_path, packed, "train.txt.gz")))
    assert rows.num_rows == 198
    with pytest.raises(SourceError, match="damaged"):
        AudioFilelist(write(tmp_path, packed[:-9], "cut.txt.gz")).schema()


def digests(source: AudioFilelist) -> list[str]:
    return [ref.digest for ref in source.shards()]


def test_digest_changes_with_text_clip_and_earlier_duplicates(tmp_path: Path) -> None:
    (tmp_path / "b.wav").write_bytes(b"12")
    text = "a.wav|1|x\nb.wav|1|y\nc.wav|1|z\n"
    source = AudioFilelist(write(tmp_path, text), shard_rows=1)
    before = digests(source)
    assert before == digests(source)
    os.utime(tmp_path / "b.wav", ns=(1, 1))
    moved = digests(source)
    assert [one == two for one, two in zip(before, moved, strict=True)] == [True, False, True]
    write(tmp_path, text.replace("a.wav", "c.wav"))
    assert [one == two for one, two in zip(moved, digests(source), strict=True)] == [
        False,
        True,
        False,
    ]


def test_digest_changes_when_a_missing_clip_appears(tmp_path: Path) -> None:
    source = AudioFilelist(write(tmp_path, "a.wav|1|x\n"))
    before = digests(source)
    (tmp_path / "a.wav").write_bytes(b"")
    assert digests(source) != before


def test_lines_added_at_the_end_leave_full_shards_as_they_are(tmp_path: Path) -> None:
    lines = [f"{at}.wav|1|x" for at in range(10)]
    source = AudioFilelist(write(tmp_path, "\n".join(lines[:7])), shard_rows=3)
    before = source.shards()
    write(tmp_path, "\n".join(lines) + "\n")
    after = source.shards()
    assert [ref[:4] for ref in after[:2]] == [ref[:4] for ref in before[:2]]
    assert [ref.rows for ref in after] == [3, 3, 3, 1]


CELL = st.text(st.characters(codec="utf-8"), max_size=5) | st.sampled_from(
    ["a.wav", "a b.wav", "|", "\n", "\r\n", "\0", "..", "/", "\u2028", "ك.wav", "a@train.txt:1"]
)


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=12), limit=st.integers(0, 5))
def test_rows_out_are_lines_in_however_they_are_cut(
    rows: list[tuple[str, str, str]], limit: int
) -> None:
    text = "\n".join("|".join(row) for row in rows)
    expected = sum(1 for line in text.encode().split(b"\n") if line.strip())
    with tempfile.TemporaryDirectory() as folder:
        path, form = write(Path(folder), text), "list"
        found = whole(AudioFilelist(path, form, shard_rows=1000))
        assert found.num_rows == expected
        assert len(set(found["id"].to_pylist())) == expected
        for shard_rows, batch_rows in ((1, 32), (2, 1), (1000, 3)):
            again = whole(AudioFilelist(path, form, shard_rows=shard_rows, batch_rows=batch_rows))
            assert again.equals(found)
        source = AudioFilelist(path, form, shard_rows=1000)
        for ref in source.shards():
            head = list(source.read(ref._replace(limit=limit)))
            assert sum(batch.num_rows for batch in head) == min(limit, expected)


def test_engine_sets_bad_lines_aside_with_their_evidence(tmp_path: Path) -> None:
    source = AudioFilelist(write(tmp_path, "a.wav|1|x\nbad\n"))
    (batch,) = source.read(source.shards()[0])
    kept, rejected = set_aside_defects(source, batch, source.schema())
    assert kept["id"].to_pylist() == ["a.wav"]
    assert rejected.select(["reason", "text"]).to_pylist() == [
        {"reason": "line has no |", "text": "bad"}
    ]


@pytest.mark.slow
def test_long_list_is_cut_fast_and_in_little_memory(tmp_path: Path) -> None:
    import resource

    path = write(tmp_path, "".join(f"wavs/{at}.wav|{at % 9}|some text\n" for at in range(300_000)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    refs = AudioFilelist(path).shards()
    seconds = time.process_time() - began
    assert sum(ref.rows for ref in refs) == 300_000
    assert seconds < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000


def test_refs_are_plain_values(tmp_path: Path) -> None:
    (ref,) = AudioFilelist(write(tmp_path, "a.wav|1|x\n")).shards()
    assert json.loads(json.dumps(ref.where)) is not None


def test_damaged_line_does_not_cost_the_good_one_of_the_same_path(
    tmp_path: Path, read_all: Read
) -> None:
    lines = [
        '{"path": "a.wav", "n": 1}',
        '{"path": "b.wav", "n": "x"}',
        '{"path": "b.wav", "n": 2}',
    ]
    rows = read_all(AudioFilelist(write(tmp_path, "\n".join(lines), "m.jsonl"))).to_pylist()
    assert [(row["id"], row["defect"]) for row in rows] == [
        ("a.wav", None),
        ("b.wav@m.jsonl:2", "wrong type"),
        ("b.wav", None),
    ]
