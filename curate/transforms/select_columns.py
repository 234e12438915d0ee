"""Publish only the columns that are meant to be published.

Sources carry more than a corpus should pass on: where speakers live, what they do, who annotated.
What is not named here goes no further, neither into the dataset nor into the rejected rows of
later steps. It misleads where a name is mistyped: sources differ, so a column that one of them
lacks is no mistake; ``curate plan`` lists what is left.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated

import pyarrow as pa
from annotated_types import MinLen

from curate.contract import Transform

ALWAYS = ("id", "source")


@dc.dataclass(frozen=True)
class SelectColumns(Transform):
    """Keep the named columns, and id and source; take all others away.

    Args:
        names: Columns to keep, where they exist.

    Example:
        >>> rows = pa.table({"id": ["a"], "source": ["s"], "text": ["t"], "district": ["d"]})
        >>> SelectColumns(names=("text", "gender"))(rows).column_names
        ['id', 'source', 'text']
    """

    names: Annotated[tuple[str, ...], MinLen(1)] = ("text",)

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """The fields kept, in their order."""
        return pa.schema([field for field in schema if field.name in (*ALWAYS, *self.names)])

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Drop the others."""
        return batch.select(self.output_schema(batch.schema).names)
