"""Programs and IR as texts for continued pre-training."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import PublishError
from curate.publish.export.formats import export
from curate.publish.export.interleaved import Marks, export_interleaved
from curate.publish.export.splits import Options
from curate.publish.record import plain


def dataset(folder: Path, table: pa.Table, split: str = "Perf_Optimized") -> Path:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / f"data/{split}-00000-of-00001.parquet", row_group_size=3)
    rows = {"read": 0, "kept": 0, "rejected": 0}
    record = {"name": "pairs", "complete": True, "rows": rows, "files": {}}
    record |= {"configs": {"default": {split: {"rows": table.num_rows}}}}
    (folder / "run.json").write_text(plain(record))
    return folder


def pairs(count: int = 1, source: str = "int x;", ir: str = "@x = i32 0") -> pa.Table:
    ids = [f"p{number}" for number in range(count)]
    columns = {"id": ids, "language": ["c"] * count}
    return pa.table({**columns, "Source_Code": [source] * count, "IR_Original": [ir] * count})


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_pair_stands_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "in", pairs(source='char *s = "ü\u2028";'))
    marks = Marks("<{language}>", "<ll>", "</s>")
    texts = {}
    for order in ("source first", "ir first"):
        counts = export_interleaved(folder, tmp_path, marks=marks, order=order)  # type: ignore[arg-type]
        assert counts == {"Perf_Optimized.jsonl": 1}
        raw = (tmp_path / "Perf_Optimized.jsonl").read_text("utf-8").rstrip("\n")
        texts[order] = json.loads(raw)["text"]
    assert texts == {
        "source first": '<c>char *s = "ü\u2028";<ll>@x = i32 0</s>',
        "ir first": '<ll>@x = i32 0<c>char *s = "ü\u2028";</s>',
    }


def test_the_order_follows_from_the_id_and_is_about_even(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "in", pairs(200))
    assert export(folder, tmp_path, "interleaved", Options()) == {"Perf_Optimized.jsonl": 200}
    first = {one["id"]: one["order"] for one in lines(tmp_path / "Perf_Optimized.jsonl")}
    assert 70 < list(first.values()).count("ir first") < 130
    half = dataset(tmp_path / "half", pairs(200).slice(100), "Size_Optimized")
    export(half, tmp_path, "interleaved", Options())
    again = lines(tmp_path / "Size_Optimized.jsonl")
    assert {one["id"]: one["order"] for one in again}.items() <= first.items()


def test_source_and_ir_come_back_whole(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "in", pairs(6, "a\n\tb\r\n", "define i32 @f() {\n}\n"))
    export(folder, tmp_path, "interleaved", Options())
    for one in lines(tmp_path / "Perf_Optimized.jsonl"):
        text = one["text"].removesuffix("<|end|>")
        parts = text.replace("<|ir|>", "<|source|>").split("<|source|>")[1:]
        if one["order"] == "ir first":
            parts.reverse()
        assert parts == ["a\n\tb\r\n", "define i32 @f() {\n}\n"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({"id": ["a"], "text": ["b"]}), "has no column 'Source_Code'; this form needs"),
        (pairs(ir=""), "row 'p0' has no IR_Original; this form needs both"),
        (pairs(source="s = '<|ir|>'"), "row 'p0' holds the sentinel token '<|ir|>'; choose"),
    ],
)
def test_what_the_form_cannot_hold_is_one_line_and_leaves_no_file(
    tmp_path: Path, table: pa.Table, message: str
) -> None:
    folder = dataset(tmp_path / "in", table)
    with pytest.raises(PublishError) as told:
        export(folder, tmp_path / "out", "interleaved", Options())
    assert message in str(told.value)
    assert "\n" not in str(told.value)
    assert not list((tmp_path / "out").glob("*.jsonl"))


def test_sentinels_must_differ(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "in", pairs())
    with pytest.raises(PublishError, match="must be three different ones, not <a>, <a>, <b>"):
        export_interleaved(folder, tmp_path, marks=Marks("<a>", "<a>", "<b>"))
