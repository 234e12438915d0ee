"""A finished run becomes a complete dataset folder: record, card, citation, licence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from curate.contract import Step
from curate.engine.assemble import DATA, tallied_texts
from curate.engine.outcome import Outcome
from curate.engine.store import Receipt, write_text
from curate.errors import PublishError
from curate.options import input_paths, model_paths, placeless
from curate.publish.bundled import bundled
from curate.publish.card import check_slots, render_card
from curate.publish.croissant import write_croissant
from curate.publish.documented import describe_docs
from curate.publish.prose import Prose, fit_prose, given_beside, load_given, load_prose
from curate.publish.record import (
    describe_step,
    finished_record,
    plain,
    read_record,
    refuse_pipe,
    told_of_damage,
    versions,
)
from curate.publish.rejected import rejected_by_config
from curate.publish.report_html import write_report
from curate.publish.splits import ALL
from curate.publish.statistics import dataset_statistics
from curate.recipe import Recipe

HOW = ("versions", "workers", "seconds")  # how the work was done, not what came of it
LAST = ("statistics", "version", "given")  # one order, whoever put them there
SAMPLE_ROWS = 3
REJECTED = "rejected/"


def finish_folder(
    recipe: Recipe,
    outcome: Outcome,
    files: Mapping[str, Receipt],
    out: Path,
    workers: str,
    seconds: float,
) -> None:
    """Write ``run.json`` and all that is made from it beside the assembled Parquet.

    Args:
        recipe: What was run.
        outcome: What happened to every row.
        files: Path in the folder → receipt.
        out: The folder.
        workers: What did the work.
        seconds: Wall time of this run.
    """
    record: dict[str, Any] = {
        "name": recipe.name,
        "input": recipe.reads,
        "recipe": {"file": recipe.file.name, "sha256": recipe.digest, "text": recipe.text},
        "card": recipe.publish.card,
        "repo": recipe.publish.repo,
        "complete": not outcome.failures,
        "versions": versions(),
        "workers": workers,
        "seconds": round(seconds, 2),
        "limit": _limit(outcome),
        "fraction": _fraction(outcome),
        "sources": [
            {**_describe(source), "read": source.prepare()} for source in outcome.plan.sources
        ],
        "steps": [_describe(step) for step in outcome.plan.steps()],
        "models": outcome.plan.models,
        "rows": {
            "read": outcome.rows_read(),
            "made": outcome.rows_made(),
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
    if column := recipe.publish.configs:
        rejected = [out / name for name in record["files"] if name.startswith(REJECTED)]
        record["rejected_by_config"] = rejected_by_config(rejected, column)
    if recipe.publish.all:
        if ALL in record["configs"]:
            hint = "take publish.all out of the recipe, or mend the column"
            raise PublishError(f"{recipe.publish.configs!r} holds {ALL!r} already; {hint}")
        record["all"] = True
    old = _old_record(out, recipe)
    if given := given_beside(recipe) or old.get("given"):
        record["given"] = given
    same = old.get("files") == record["files"] and "statistics" in old
    tallied = tallied_texts(files, out)
    record["statistics"] = old["statistics"] if same else dataset_statistics(out, record, tallied)
    record = json.loads(plain(record))
    if not outcome.fresh and all(
        old.get(key) == value for key, value in record.items() if key not in HOW
    ):
        record |= {key: old[key] for key in HOW if key in old}
    describe_folder(out, record, prose_of(recipe))


def describe_folder(out: Path, record: dict[str, Any], written: Prose) -> None:
    """Write README.md, CITATION.cff, LICENSE and what programs read, and ``run.json`` last.

    Args:
        out: A folder with its Parquet.
        record: What ``run.json`` will hold.
        written: The card of the recipe, as people wrote it.

    Raises:
        PublishError: The card has a slot that no number fills.
    """
    prose = fit_prose(written, record)
    record["version"] = str(prose.cff.get("version", ""))
    for key in LAST:
        if key in record:
            record[key] = record.pop(key)
    schema = pq.read_schema(out / next(_kept_files(record)))
    renew(out / "README.md", render_card(record, prose, schema, _sample_rows(out, record)))
    _write_citation(out / "CITATION.cff", prose, written)
    renew(out / "LICENSE", prose.licence_text())
    write_croissant(out, record, prose)
    write_report(out, record, prose)
    # Last, so that its existence says that the folder is complete.
    renew(out / "run.json", plain(record))


def rebuild_folder(out: Path, card: Path | None = None, recipe: Recipe | None = None) -> list[str]:
    """Write the card and its like anew from ``run.json`` and what people wrote.

    Args:
        out: A finished dataset folder.
        card: A folder with a ``card.yaml`` (and ``card.md``, ``CITATION.cff``) for this dataset;
            what it says is kept in ``run.json``.
        recipe: The recipe, if its card is neither bundled nor given.

    Returns:
        Names of the files that are other ones now.

    Raises:
        PublishError: No run was finished there, or its card is missing or not readable.
    """
    record = finished_record(out)
    if recipe and recipe.name != record["name"]:
        raise PublishError(f"{out} holds {record['name']!r}, and {recipe.file} is {recipe.name!r}")
    if card:
        record["given"] = load_given(card)
    if recipe:
        record |= {"card": recipe.publish.card, "repo": recipe.publish.repo}
        written = prose_of(recipe)
    else:
        folder = bundled("cards") / record["card"] if record.get("card") else None
        if folder and not folder.is_dir():
            hint = "give --recipe FILE, beside whose folder cards/ lies"
            raise PublishError(f"{out}: there is no card {record['card']!r} here; {hint}")
        written = load_prose(folder, record["name"])
    before = _bytes_of(out)
    with told_of_damage(out):
        if "statistics" not in record:
            record["statistics"] = dataset_statistics(out, record)
        describe_folder(out, json.loads(plain(record)), written)
    return sorted(name for name, text in _bytes_of(out).items() if before.get(name) != text)


def prose_of(recipe: Recipe) -> Prose:
    """What people wrote about the corpus of a recipe.

    Raises:
        PublishError: The card that the recipe names is missing, not readable, or names a slot that
            there is not.
    """
    folder = _card_folder(recipe)
    prose = load_prose(folder, recipe.name)
    check_slots(prose.text, str(folder / "card.md") if folder else "")
    return prose


def _limit(outcome: Outcome) -> int | None:
    """How many rows ``--limit`` let through; None if there was none."""
    limits = [ref.limit for shard in outcome.plan.shards for ref in shard.refs]
    return sum(limit or 0 for limit in limits) if any(one is not None for one in limits) else None


def _fraction(outcome: Outcome) -> dict[str, Any] | None:
    """The share of the rows that ``--fraction`` took, and of how many; None if there was none."""
    plan = outcome.plan
    return {"share": plan.fraction, "of_rows": plan.rows_there()} if plan.fraction else None


def _describe(step: Step) -> dict[str, Any]:
    """A step, its documentation, and of its input the name: folders differ between machines."""
    described = {**describe_step(step), **describe_docs(step)}
    options = {**described["options"]}
    for name in input_paths(type(step)):
        if options[name]:
            options[name] = Path(options[name]).name
    for name in model_paths(type(step)):
        options[name] = placeless(options[name])
    return {**described, "options": options}


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
        "made": count.made,
        "duration": round(count.kept.duration, 3),
        "seconds": round(count.seconds, 3),
        "rejected": {
            reason: {"rows": amount.rows, "duration": round(amount.duration, 3)}
            for reason, amount in sorted(count.rejected.items())
        },
    }


def _old_record(out: Path, recipe: Recipe) -> dict[str, Any]:
    """What an earlier run of this recipe on the same kind of input left here."""
    try:
        old = read_record(out)
    except (OSError, ValueError):
        return {}
    same = (old["name"], old.get("input")) == (recipe.name, recipe.reads)
    return old if same else {}


def renew(path: Path, text: str) -> None:
    """Write a file unless that is what it holds."""
    refuse_pipe(path)
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


def _bytes_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def _write_citation(path: Path, prose: Prose, written: Prose) -> None:
    if not prose.cff:
        path.unlink(missing_ok=True)  # of an earlier run
    elif prose.cff == written.cff and written.citation:
        renew(path, written.citation.read_text(encoding="utf-8"))
    else:
        renew(path, yaml.safe_dump(dict(prose.cff), allow_unicode=True, sort_keys=False, width=100))


def _kept_files(record: Mapping[str, Any]) -> Iterator[str]:
    return (path for path in record["files"] if not path.startswith(REJECTED))


def _sample_rows(out: Path, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The first rows of the first file that has any."""
    for path in _kept_files(record):
        if record["files"][path]["rows"]:
            rows: list[dict[str, Any]] = next(
                pq.ParquetFile(out / path).iter_batches(SAMPLE_ROWS)
            ).to_pylist()
            return rows
    return []
