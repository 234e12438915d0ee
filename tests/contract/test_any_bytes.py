"""Texts of any bytes: every step that reads text gives every row a result or a reason."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from support.byte_columns import HOSTILE, column_of

from curate.catalog import find_step
from curate.contract import Applied, Barrier, Filter, Transform, apply, settle

BUNDLED = Path(__file__).resolve().parents[2] / "curate" / "langid" / "data" / "default.ftz"
STEPS: list[tuple[str, dict[str, object]]] = [
    ("barriers.dedup_exact", {}),
    ("barriers.dedup_exact", {"ignore": ("case", "whitespace")}),
    ("barriers.dedup_near", {}),
    ("barriers.dedup_near", {"unit": "character", "ngram": 3}),
    ("filters.decontaminate", {"path": "benchmark.txt", "ngram": 5}),
    ("filters.language", {"languages": ("eng",)}),
    ("filters.language", {"languages": ("eng",), "least_letters": 3}),
    ("filters.perplexity", {"missing": "skip"}),
    ("filters.programming_language", {"language_column": "text"}),
    ("filters.quality_model", {"model": str(BUNDLED), "label": "__label__eng_Latn"}),
    ("filters.quality_rules", {"presets": ("gopher", "c4", "fineweb")}),
    ("filters.repetition", {"preset": "fineweb"}),
    ("filters.script", {}),
    ("transforms.label_language", {"k": 3, "shares": True}),
    ("transforms.tokenize_maltese", {}),
    ("transforms.split_sentences", {}),
    ("transforms.mask_pii", {"phone": True, "countries": ("MT",)}),
    ("transforms.normalize_kashmiri", {}),
    ("transforms.romanize", {"language_column": "text"}),
]


def corpus(kind: pa.DataType, longest: int = 10_000_000) -> pa.Table:
    names = list(HOSTILE)
    text = column_of([one and one[:longest] for one in HOSTILE.values()], kind)
    return pa.table({"id": names, "source": ["bytes"] * len(names), "text": text})


def outcome(name: str, options: dict[str, object], batch: pa.Table, folder: Path) -> Applied:
    if "path" in options:
        path = folder / str(options["path"])
        path.write_bytes(b"a plain line of English text with an end\nbad \xff words\n")
        options = {**options, "path": str(path)}
    step = find_step(name)(**options)
    step.prepare()
    if isinstance(step, Barrier):
        return settle(step, batch, step.decide(step.keys(batch)))
    assert isinstance(step, Filter | Transform)
    return apply(step, batch)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
@pytest.mark.parametrize(("name", "options"), STEPS)
def test_any_bytes_give_a_result_or_a_reason(
    name: str, options: dict[str, object], kind: pa.DataType, tmp_path: Path
) -> None:
    # 1 s for each MB of Latin; what is long is the same to both kinds
    longest = 10**6 if name == "transforms.romanize" or kind == pa.large_string() else 10**7
    kept, rejected = outcome(name, options, corpus(kind, longest), tmp_path)
    ids = {i.rpartition("#")[0] or i for i in kept["id"].to_pylist()}  # pieces are id#1, id#2
    assert sorted([*ids, *rejected["id"].to_pylist()]) == sorted(HOSTILE)
    assert set(rejected["reason"].to_pylist()) <= set(find_step(name).reasons)
    for added in {*kept.column_names} - {"id", "source", "text"}:
        kept[added].validate(full=True)  # nothing that is no UTF-8 is added


def test_a_step_that_writes_the_text_anew_writes_utf8(tmp_path: Path) -> None:
    for name in ("transforms.mask_pii", "transforms.normalize_kashmiri"):
        kept, rejected = outcome(name, {}, corpus(pa.string(), 1000), tmp_path)
        kept["text"].validate(full=True)
        reasons = dict(zip(rejected["id"].to_pylist(), rejected["reason"].to_pylist(), strict=True))
        assert reasons["not utf-8 inside"] == "not UTF-8"
