"""Programs of any bytes: every step on programs gives every row a result or a reason."""

from __future__ import annotations

import pyarrow as pa
import pytest
from support.byte_columns import HOSTILE, column_of

from curate.catalog import find_step
from curate.contract import Applied, Barrier, Filter, Transform, apply, settle

STEPS: list[tuple[str, dict[str, object]]] = [
    ("filters.self_contained", {"language": "rust"}),
    ("filters.self_contained", {"language_column": "text"}),
    ("filters.licence", {"licence_column": "text"}),
    ("filters.secrets", {"random_strings": True}),
    ("filters.code_comments", {"language": "python", "languages": ("eng",), "most_pii": 0}),
    ("filters.token_count", {"preset": "sltrans_2048"}),
    ("barriers.dedup_code", {"language": "crystal"}),
    ("barriers.dedup_ir", {"columns": ("text",), "drop": True}),
]


def outcome(name: str, options: dict[str, object], batch: pa.Table) -> Applied:
    step = find_step(name)(**options)
    step.prepare()
    if isinstance(step, Barrier):
        return settle(step, batch, step.decide(step.keys(batch)))
    assert isinstance(step, Filter | Transform)
    return apply(step, batch)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
@pytest.mark.parametrize(("name", "options"), STEPS)
def test_any_bytes_give_a_result_or_a_reason(
    name: str, options: dict[str, object], kind: pa.DataType
) -> None:
    ids = list(HOSTILE)
    text = column_of(list(HOSTILE.values()), kind)
    batch = pa.table({"id": ids, "source": ["bytes"] * len(ids), "text": text})
    kept, rejected = outcome(name, options, batch)
    assert sorted([*kept["id"].to_pylist(), *rejected["id"].to_pylist()]) == sorted(HOSTILE)
    assert set(rejected["reason"].to_pylist()) <= set(find_step(name).reasons)
    for added in {*kept.column_names} - {"id", "source", "text"}:
        kept[added].validate(full=True)
    before = batch["text"].cast(pa.large_binary()).to_pylist()
    after = dict(
        zip(kept["id"].to_pylist(), kept["text"].cast(pa.large_binary()).to_pylist(), strict=True)
    )
    assert all(after.get(one, text) == text for one, text in zip(ids, before, strict=True))


@pytest.mark.parametrize(("name", "options"), STEPS)
def test_a_chunked_column_gives_what_a_whole_one_gives(
    name: str, options: dict[str, object]
) -> None:
    if "columns" not in options:
        options = {key: value for key, value in options.items() if key != "language_column"}
    texts = ["int f(int a) { return a; } // see https://a.b", "int g(int b) { return b; }", None]
    whole = pa.table({"id": ["a", "b", "c"], "source": ["s"] * 3, "text": texts})
    pieces = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    one, other = outcome(name, options, whole), outcome(name, options, pieces)
    assert one.kept.equals(other.kept)
    assert one.rejected.equals(other.rejected)
