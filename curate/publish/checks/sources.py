"""Whether the licences of the sources let a dataset be published under its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.publish.checks.head import Head
from curate.publish.checks.licences import hub_licences, why_not
from curate.publish.checks.problem import Problem, error, warning

COLUMNS = ("licence", "license")
WAY_OUT = "leave it out, ask its owners, or publish under a licence that it allows"


def source_problems(
    head: Head, sources: Mapping[str, str], stated_in: Path, rows: Mapping[str, Path]
) -> Iterator[Problem]:
    """Sources, and rows with a licence of their own, against the licence of the dataset.

    Args:
        head: With the ``license`` of the dataset; without a known one nothing is compared.
        sources: Name of a source → its licence, as ``card.yaml`` states it.
        stated_in: The file that says so.
        rows: Licence in a column of the data → a file that holds such rows.
    """
    published = head.licence
    if published not in hub_licences():
        return  # that there is none, or none that is known, is said elsewhere
    for name, licence in sources.items():
        if not licence:
            what = f"the source {name!r} states no licence"
            yield error(stated_in, what, "write it under 'sources' in card.yaml, or leave it out")
        elif why := why_not(licence, published):
            yield error(stated_in, f"the source {name!r} forbids it: {why}", WAY_OUT)
    for licence, path in rows.items():
        if why := why_not(licence, published):
            what = f"has rows whose licence forbids it: {why}"
            yield error(path, what, "leave those rows out by a filter, or change the licence")
    if published == "other" and (sources or rows):
        what = "license: other cannot be compared with the licences of the sources"
        yield warning(head.where("license"), what, "see that its text asks for what they ask for")


def licences_of_rows(folder: Path, record: Mapping[str, Any]) -> dict[str, Path]:
    """Licences that stand in a column of the data → the first file that has them."""
    found: dict[str, Path] = {}
    for name in record["files"]:
        path = folder / name
        if name.startswith("rejected/") or not path.is_file():
            continue
        schema = pq.read_schema(path)
        for column in COLUMNS:
            if column in schema.names and pa.types.is_string(schema.field(column).type):
                values = pq.read_table(path, columns=[column])[column]
                for licence in pc.unique(values).to_pylist():
                    found.setdefault(licence or "", path)
    found.pop("", None)  # nothing is said about these rows; the sources are
    return found
