"""Columns that are not named are not published."""

from __future__ import annotations

import pyarrow as pa

from curate.contract import apply
from curate.transforms.select_columns import SelectColumns

ROWS = pa.table({"id": ["a"], "district": ["x"], "text": ["t"], "source": ["s"]})


def test_only_named_columns_and_identity_stay_in_their_order() -> None:
    kept, _ = apply(SelectColumns(names=("text",)), ROWS)
    assert kept.to_pydict() == {"id": ["a"], "text": ["t"], "source": ["s"]}


def test_a_column_that_a_source_lacks_is_no_mistake() -> None:
    kept, _ = apply(SelectColumns(names=("text", "gender")), ROWS)
    assert kept.column_names == ["id", "text", "source"]
