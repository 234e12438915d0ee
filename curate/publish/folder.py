"""A finished run becomes a complete dataset folder: record, card, citation, licence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.engine.assemble import DATA
from curate.engine.outcome import Outcome
from curate.engine.store import Receipt, write_text
from curate.publish.bundled import bundled
from curate.publish.card import Prose, load_prose, render_card
from curate.publish.record import describe_step, plain, read_record, versions
from curate.recipe import Recipe

REJECTED = "rejected/"


def finish_folder(
    recipe: Recipe,
    outcome: Outcome,
    files: Mapping[str, Receipt],
    out: Path,
    workers: str,
    seconds: float,
) -> None:
    """Write ``run.json``, README.md, CITATION.cff and LICENSE beside the assembled Parquet.

    Args:
        recipe: What was run.
        outcome: What happened to every row.
        files: Path in the folder → receipt.
        out: The folder.
        workers: What did the work.
        seconds: Wall time of this run.
    """
    prose = prose_of(recipe)
    record = {
        "name": recipe.name,
        "recipe": {"file": recipe.file.name, "sha256": recipe.digest},
        "complete": not outcome.failures,
        "versions": versions(),
        "workers": workers,
        "seconds": round(seconds, 2),
        "sources": [describe_step(source) for source in outcome.plan.sources],
        "steps": [describe_step(step) for step in outcome.plan.steps()],
        "models": outcome.plan.models,
        "rows": {
            "read": outcome.rows_read(),
            "kept": outcome.rows_kept(),
            "rejected": outcome.rows_rejected(),
            "failed": outcome.rows_failed(),
        },
        "configs": split_statistics(out, files),
        "funnel": [_funnel_line(count) for count in outcome.funnel()],
        "failures": {shard: str(error) for shard, error in outcome.failures.items()},
        "files": {
            path: {"rows": receipt.rows_out, "sha256": next(iter(receipt.files.values())).sha256}
            for path, receipt in files.items()
        },
    }
    record = json.loads(plain(record))
    if not outcome.fresh and (old := _same_record(out, record)):
        record = old
    _renew(out / "README.md", render_card(record, prose, _schema(out, files)))
    _copy_citation(prose, out)
    _renew(out / "LICENSE", prose.licence_text())
    # Last, so that its existence says that the folder is complete.
    _renew(out / "run.json", plain(record))


def prose_of(recipe: Recipe) -> Prose:
    """What people wrote about the corpus of a recipe.

    Raises:
        PublishError: The card that the recipe names is missing or not readable.
    """
    return load_prose(_card_folder(recipe), recipe.name)


def split_statistics(
    out: Path, files: Mapping[str, Receipt]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Rows, bytes and seconds of audio of each split of each config."""
    configs: dict[str, dict[str, dict[str, Any]]] = {}
    for path, receipt in files.items():
        if path.startswith(REJECTED):
            continue
        folder, name = path.split("/")
        config, split = "default" if folder == DATA else folder, name.rsplit("-", 3)[0]
        new = {"rows": 0, "bytes": 0, "duration": 0.0}
        found = configs.setdefault(config, {}).setdefault(split, new)
        found["rows"] += receipt.rows_out
        found["bytes"] += (out / path).stat().st_size
        file = pq.ParquetFile(out / path)
        at = file.schema_arrow.get_field_index("duration")
        if at >= 0 and pa.types.is_floating(file.schema_arrow.field(at).type):
            seconds = pc.sum(file.read(columns=["duration"])["duration"]).as_py()
            found["duration"] = round(found["duration"] + (seconds or 0.0), 3)
    return configs


def _funnel_line(count: Any) -> dict[str, Any]:
    return {
        "step": count.step,
        "rows": count.entered.rows,
        "kept": count.kept.rows,
        "duration": round(count.kept.duration, 3),
        "seconds": round(count.seconds, 3),
        "rejected": {
            reason: {"rows": amount.rows, "duration": round(amount.duration, 3)}
            for reason, amount in sorted(count.rejected.items())
        },
    }


def _same_record(out: Path, record: Mapping[str, Any]) -> dict[str, Any] | None:
    """The record of the run that did the work, if it says the same but for how it was done."""
    try:
        old = read_record(out)
    except (OSError, ValueError):
        return None
    how = {"versions", "workers", "seconds"}
    same = all(old.get(key) == value for key, value in record.items() if key not in how)
    return old if same and how <= old.keys() else None


def _renew(path: Path, text: str) -> None:
    """Write a file unless that is what it holds."""
    try:
        if path.read_text(encoding="utf-8") == text:
            return
    except (OSError, ValueError):
        pass
    write_text(path, text)


def _card_folder(recipe: Recipe) -> Path | None:
    if not recipe.publish.card:
        return None
    beside = recipe.file.resolve().parent.parent / "cards" / recipe.publish.card
    return beside if beside.is_dir() else bundled("cards") / recipe.publish.card


def _copy_citation(prose: Prose, out: Path) -> None:
    if prose.citation and prose.citation.is_file():
        shutil.copyfile(prose.citation, out / "CITATION.cff")


def _schema(out: Path, files: Mapping[str, Receipt]) -> pa.Schema:
    first = next(path for path in files if not path.startswith(REJECTED))
    return pq.read_schema(out / first)
