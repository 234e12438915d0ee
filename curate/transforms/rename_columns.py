"""Give columns the names under which a dataset is published.

Steps read columns by the names that are usual here (``text``); a dataset that takes the place of a
published one should have the names of that (``Source_Code``). It misleads before the last steps:
a later one that reads the old name does not find it.
"""

from __future__ import annotations

import dataclasses as dc

import pyarrow as pa

from curate.contract import Transform

KEPT = ("id", "source", "split")


@dc.dataclass(frozen=True)
class RenameColumns(Transform):
    """Rename columns; their places, types and features stay.

    Args:
        names: Old name → new name; a column that is not there is passed over, since sources differ.

    Raises:
        ValueError: A new name is given twice, or one of ``id``, ``source`` and ``split`` changes.

    Example:
        >>> rows = pa.table({"id": ["a"], "text": ["int one;"]})
        >>> RenameColumns(names={"text": "Source_Code"})(rows).column_names
        ['id', 'Source_Code']
    """

    names: dict[str, str] = dc.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that every column will have a name of its own."""
        for name in (*self.names, *self.names.values()):
            if name in KEPT:
                raise ValueError(f"the column {name!r} keeps its name, and no other takes it")
        if len(set(self.names.values())) < len(self.names):
            raise ValueError(f"two columns cannot have one name: {self.names}")

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """The fields under their new names; a column of such a name that was there gives way."""
        taken = {new for old, new in self.names.items() if old in schema.names and new != old}
        return pa.schema(
            [
                field.with_name(self.names.get(field.name, field.name))
                for field in schema
                if field.name not in taken or field.name in self.names
            ]
        )

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Rename."""
        schema = self.output_schema(batch.schema)
        old = {new: name for name, new in self.names.items() if name in batch.column_names}
        return pa.table([batch[old.get(name, name)] for name in schema.names], schema=schema)
