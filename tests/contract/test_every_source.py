"""What every source must hold. A new source must be given an input here, or this test fails."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from curate.catalog import find_step, known_steps
from curate.contract import Source, set_aside_defects

ROWS = 11
SOURCES = known_steps(["sources"])


def audio_folder(folder: Path) -> dict[str, object]:
    lines = ["file_name,speaker_id,text"]
    for number in range(ROWS):
        sf.write(folder / f"{number}.wav", np.zeros(100), 8000)
        lines.append(f"{number}.wav,s{number % 2},text {number}")
    (folder / "metadata.csv").write_text("\n".join(lines))
    return {"path": str(folder)}


def audio_filelist(folder: Path) -> dict[str, object]:
    lines = [f"{number}.wav|s|text {number}" for number in range(ROWS - 2)]
    (folder / "list.txt").write_text("\n".join([*lines, "no separator", "0.wav|s|twice"]))
    return {"path": str(folder / "list.txt")}


def table(folder: Path) -> pa.Table:
    return pa.table({"text": [f"text {number}" for number in range(ROWS)], "n": list(range(ROWS))})


def parquet(folder: Path) -> dict[str, object]:
    pq.write_table(table(folder), folder / "rows.parquet", row_group_size=4)
    return {"path": str(folder)}


def jsonl(folder: Path) -> dict[str, object]:
    lines = [json.dumps(row) for row in table(folder).to_pylist()]
    (folder / "rows.jsonl").write_text("\n".join([*lines[:-1], "{broken"]))
    return {"path": str(folder / "rows.jsonl")}


def csv(folder: Path) -> dict[str, object]:
    lines = [f"text {number},{number}" for number in range(ROWS - 1)]
    (folder / "rows.csv").write_text("\n".join(["text,n", *lines, "too,many,fields"]))
    return {"path": str(folder / "rows.csv")}


def hub(folder: Path) -> dict[str, object]:
    (folder / "data").mkdir()
    pq.write_table(table(folder), folder / "data" / "train-00000-of-00001.parquet")
    return {"repo": "org/name", "path": str(folder)}


def text_lines(folder: Path) -> dict[str, object]:
    lines = [f"line {number}" for number in range(ROWS - 3)]
    (folder / "lines.txt").write_bytes("\n".join([*lines, "", "two\0"]).encode() + b"\n\xff\n")
    return {"path": str(folder)}


def conllu(folder: Path) -> dict[str, object]:
    blank = "\t_" * 8
    sentences = [f"# sent_id = {number}\n1\ta{blank}\n\n" for number in range(ROWS - 2)]
    broken = f"1\ttoo few\n\n# sent_id = 0\n1\ttwice{blank}\n"
    (folder / "rows.conllu").write_text("".join([*sentences, broken]))
    return {"path": str(folder)}


def token_table(folder: Path) -> dict[str, object]:
    lines = [f"{number}\ta\tX\n{number}\tb\tY" for number in range(ROWS - 2)]
    (folder / "rows.tsv").write_text("\n".join(["id\ttoken\tn", *lines, "x\ttoo few", "0\ta\tX"]))
    return {"path": str(folder)}


def question_sets(folder: Path) -> dict[str, object]:
    for lang, lines in (("en", ROWS - 7), ("mt", 4), ("de", 3)):
        text = "\n".join(["Who?", "", *map(str, range(lines - 2))])
        (folder / f"{lang}.txt").write_bytes(text.encode() + (b"\xff" if lang == "mt" else b""))
    return {"path": str(folder)}


def code_files(folder: Path) -> dict[str, object]:
    for number in range(ROWS - 4):
        (folder / f"{number}.c").write_text(f"int n = {number};\n")
    (folder / "binary.c").write_bytes(b"\0")
    (folder / "latin.d").write_bytes(b"// caf\xe9\n")
    (folder / "blank.rs").write_text(" \n")
    (folder / "link.nim").symlink_to("/etc/passwd")
    (folder / "LICENSE").write_text("no program")
    return {"path": str(folder)}


INPUTS: dict[str, Callable[[Path], dict[str, object]]] = {
    "sources.audio_filelist": audio_filelist,
    "sources.audio_folder": audio_folder,
    "sources.code_files": code_files,
    "sources.conllu": conllu,
    "sources.csv": csv,
    "sources.hub": hub,
    "sources.jsonl": jsonl,
    "sources.parquet": parquet,
    "sources.question_sets": question_sets,
    "sources.text_lines": text_lines,
    "sources.token_table": token_table,
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    options = INPUTS[request.param](tmp_path)
    made = find_step(request.param)(**options, shard_rows=4)
    assert isinstance(made, Source)
    return made


def test_every_announced_row_is_read_once(source: Source) -> None:
    refs = list(source.shards())
    assert sum(ref.rows for ref in refs) == ROWS
    ids = [i for ref in refs for batch in source.read(ref) for i in batch["id"].to_pylist()]
    assert len(set(ids)) == len(ids) == ROWS


def test_names_of_shards_sort_in_reading_order_and_are_safe(source: Source) -> None:
    names = [ref.name for ref in source.shards()]
    assert names == sorted(set(names))
    assert all("/" not in name and len(name) < 150 for name in names)


def test_reading_again_in_another_process_gives_the_same(source: Source) -> None:
    twin = pickle.loads(pickle.dumps(source))
    assert twin.shards() == source.shards()
    for ref in source.shards():
        there = pickle.loads(pickle.dumps(ref))
        pairs = zip(twin.read(there), source.read(ref), strict=True)
        assert all(one.equals(other) for one, other in pairs)


def test_unusable_rows_carry_a_reason_of_the_closed_set(source: Source) -> None:
    for ref in source.shards():
        for batch in source.read(ref):
            kept, rejected = set_aside_defects(source, batch, source.schema())
            assert kept.schema.equals(source.schema(), check_metadata=True)
            assert kept.num_rows + rejected.num_rows == batch.num_rows
            assert set(rejected["reason"].to_pylist()) <= set(source.reasons)


def test_id_and_source_come_first(source: Source) -> None:
    assert source.schema().names[:2] == ["id", "source"]
    assert "defect" not in source.schema().names


def test_a_limit_is_kept(source: Source) -> None:
    ref = source.shards()[0]._replace(limit=2)
    assert sum(batch.num_rows for batch in source.read(ref)) == 2
