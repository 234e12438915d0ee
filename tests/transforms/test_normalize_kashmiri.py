"""The step around Kashmiri normalisation."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from curate.contract import apply
from curate.transforms.normalize_kashmiri import NormalizeKashmiri


def table(*texts: str | None, column: str = "text") -> pa.Table:
    names = [f"r{i}" for i in range(len(texts))]
    return pa.table(
        {"id": names, "source": ["test"] * len(texts), column: pa.array(texts, pa.string())}
    )


def test_clean_text_replaces_the_raw_one_and_the_raw_one_is_kept() -> None:
    kept, rejected = apply(NormalizeKashmiri(), table("كٲشُر  ۔"))
    assert kept.drop_columns(["id", "source"]).to_pylist() == [
        {
            "text": "کٲشُر۔",
            "text_raw": "كٲشُر  ۔",
            "text_rules": '{"look-alike letters": 1, "spaces": 2}',
            "characters_removed": "",
            "letters": 4,
        }
    ]
    assert rejected.num_rows == 0


def test_line_without_text_is_rejected() -> None:
    kept, rejected = apply(NormalizeKashmiri(), table(None, "", " \u200b ", "یار"))
    assert kept["id"].to_pylist() == ["r3"]
    assert rejected["reason"].to_pylist() == ["no text"] * 3


def test_line_of_which_compat_leaves_nothing_is_rejected_with_the_evidence() -> None:
    _, rejected = apply(NormalizeKashmiri(compat="bolbosh"), table("hello!"))
    assert rejected["characters_removed"].to_pylist() == ["hello!"]
    assert rejected["reason"].to_pylist() == ["no text"]


def test_compat_reports_its_cost_line_by_line() -> None:
    kept, _ = apply(NormalizeKashmiri(compat="bolbosh"), table("ٲس خٲطر!", "یار"))
    assert kept["characters_removed"].to_pylist() == ["ٲٲ!", ""]
    assert json.loads(kept["text_rules"][0].as_py())["not in the symbols"] == 3


def test_another_column_can_hold_the_text() -> None:
    kept, _ = apply(NormalizeKashmiri(text="verbatim"), table("يار", column="verbatim"))
    assert kept["verbatim"].to_pylist() == ["یار"]


def test_empty_batch_has_the_declared_schema() -> None:
    step = NormalizeKashmiri()
    empty = table("یار").slice(0, 0)
    assert apply(step, empty).kept.schema == step.output_schema(empty.schema)


def test_split_batches_give_what_the_whole_batch_gives(kashmiri_dir: Path) -> None:
    rows = (kashmiri_dir / "test.txt").read_text("utf-8").splitlines()
    batch = table(*(row.split("|")[2] for row in rows))
    step = NormalizeKashmiri()
    parts = pa.concat_tables([step(batch.slice(start, 7)) for start in range(0, 80, 7)])
    assert parts.equals(step(batch))
    assert apply(step, batch).kept.num_rows == 80


def test_numbers_stay_as_latin_digits_where_the_option_says_so() -> None:
    kept, _ = apply(NormalizeKashmiri(digits="keep"), table("۱۹٦٥ء"))
    assert kept["text"].to_pylist() == ["1965ء"]
