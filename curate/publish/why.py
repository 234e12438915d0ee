"""``curate why``: where a row went, by a part of its id, with what was measured of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.errors import PublishError
from curate.publish.record import finished_record, told_of_damage


def ways(folder: Path, part: str, most: int) -> Iterator[str]:
    """Say of each row whose id holds ``part`` whether it was kept, else by what it was rejected.

    Args:
        folder: A finished dataset folder.
        part: What the ids hold, such as the name of a clip.
        most: Rows told of; the others are counted.

    Raises:
        PublishError: It is no such folder, or no id holds ``part``.
    """
    record = finished_record(folder)
    limits = {one["step"]: one.get("limits", {}) for one in record["steps"]}
    found, example = 0, ""
    with told_of_damage(folder):
        for name in record["files"]:
            file = pq.ParquetFile(folder / name)
            rejected = name.startswith("rejected/")
            for group in range(file.num_row_groups):
                ids = file.read_row_group(group, ["id"])["id"]
                example = example or str(ids[0])
                places = pc.indices_nonzero(pc.match_substring(ids, part))
                told = places[: max(0, most - found)]
                found += len(places)
                if len(told) and not rejected:
                    yield from (f"{ids[at.as_py()]}: kept, in {name}" for at in told)
                elif len(told):
                    rows = file.read_row_group(group).take(told)
                    yield from (_rejection(row, limits) for row in rows.to_pylist())
    if not found:
        ids_like = f"; ids look like {example!r}" if example else ""
        raise PublishError(f"{folder}: no id holds {part!r}{ids_like}")
    if found > most:
        yield f"and {found - most:,} more; --most shows them"


def _rejection(row: dict[str, Any], limits: dict[str, dict[str, Any]]) -> str:
    """Step, reason and, where a threshold gives this reason, the measurement beside it."""
    step, reason = row["rejected_by"], row["reason"]
    values = [
        _beside(limit, row[limit["column"]])
        for limit in limits.get(step, {}).values()
        if reason in limit["reasons"] and row.get(limit["column"]) is not None
    ]
    return "; ".join([f"{row['id']}: rejected by {step}: {reason}", *values])


def _beside(limit: dict[str, Any], value: float) -> str:
    """A measurement beside its threshold, as the report writes it."""
    side = {"most in size": "most, in size,"}.get(limit["keeps"], limit["keeps"])
    return f"{limit['column']} {value:.4g} (kept: at {side} {limit['value']:g})"
