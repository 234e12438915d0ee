"""Rows of labelled tokens, and what a human corrected in them.

A review (``curate export DIR --format review``) lists tokens with an empty column ``correction``.
Whoever fills it in, with another label or the same one as confirmation, makes training data: the
sentences that hold a correction, with it in place. The other tokens of such a sentence keep the
model's label, so correct every wrong one that you see in the context.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.errors import PublishError
from curate.maltese.annotations import FINE, MERGED, MERGES
from curate.publish.export.splits import rows_of
from curate.text.columns import did_you_mean

NEEDED = ("id", "tokens", "etymology")
KNOWN = tuple(dict.fromkeys([*MERGED, *FINE]))
HUMAN = "human"

Corrections = Mapping[str, Mapping[int, tuple[str, str]]]
"""Id → index of a token → the token and its label."""


def read_corrections(path: Path) -> dict[str, dict[int, tuple[str, str]]]:
    """The corrections in a review that was filled in; lines without one are passed over.

    Raises:
        PublishError: Not such a file, or a correction that is no label; names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file, dialect="excel-tab"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PublishError(f"{path}: {error}; give the review.tsv that was filled in") from error
    wanted = {"id", "token_index", "token", "correction"}
    if lines and (missing := sorted(wanted - lines[0].keys())):
        hint = "keep the columns of review.tsv, and save it as tab-separated text"
        raise PublishError(f"{path}: there is no column {missing[0]!r}; {hint}")
    found: dict[str, dict[int, tuple[str, str]]] = {}
    for number, line in enumerate(lines, 2):
        label = (line["correction"] or "").strip()
        if not label:
            continue
        if label not in KNOWN:
            labels = ", ".join(KNOWN)
            guess = did_you_mean(label, KNOWN)
            raise PublishError(f"{path}:{number}: {label!r} is no label{guess}; labels: {labels}")
        index = line["token_index"] or ""
        if not index.isdecimal():
            raise PublishError(f"{path}:{number}: the token_index is {index!r}; leave it unchanged")
        found.setdefault(line["id"], {})[int(index)] = (line["token"], label)
    if not found:
        raise PublishError(f"{path}: no correction; write labels into the column 'correction'")
    return found


def labelled_rows(
    paths: Sequence[Path], corrections: Corrections | None, wanted: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Rows with tokens and their labels; with corrections only those that hold one, corrected.

    Args:
        paths: Parquet files of a dataset.
        corrections: From ``fitting_corrections``, or none for all rows as they are.
        wanted: More columns, where they are there.

    Raises:
        PublishError: A column is missing, or a correction is of another token.
    """
    for row in rows_of(paths, NEEDED, (*wanted, "etymology_from", "etymology_prob")):
        if corrections is None:
            yield row
        elif row["id"] in corrections:
            yield _corrected(row, corrections[row["id"]])


def _corrected(row: dict[str, Any], fixes: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    labels = list(row["etymology"] or ())
    origin = list(row.get("etymology_from") or [""] * len(labels))
    for index, (token, label) in fixes.items():
        there = row["tokens"][index] if index < len(labels) else None
        if there != token:
            hint = "the review is of another run, or a spreadsheet changed it"
            message = f"token {index} of {row['id']!r} is {there!r}, not {token!r}"
            raise PublishError(f"corrections: {message}; {hint}")
        labels[index], origin[index] = label, HUMAN
    return {**row, "etymology": labels, "etymology_from": origin}


def fitting_corrections(path: Path, files: Mapping[str, Sequence[Path]]) -> Corrections:
    """The corrections, with labels of the dataset's kind: all seven, or the five merged ones.

    Raises:
        PublishError: As ``read_corrections``; a sentence is not in the dataset; or a merged name
            is to stand among fine labels.
    """
    corrections = read_corrections(path)
    ids, labels = set[str](), set[str]()
    for file in (file for some in files.values() for file in some):
        if "etymology" in pq.read_schema(file).names:
            table = pq.read_table(file, columns=["id", "etymology"])
            ids.update(table["id"].to_pylist())
            labels.update(pc.unique(pc.list_flatten(table["etymology"])).to_pylist())
    if missing := sorted(set(corrections) - ids):
        message = f"{missing[0]!r} is no sentence of this dataset; is it another run's?"
        raise PublishError(f"{path}: {message}")
    is_fine = bool(labels & set(MERGES)) and "Name" not in labels
    if is_fine and any(
        label == "Name" for one in corrections.values() for _, label in one.values()
    ):
        raise PublishError(f"{path}: 'Name' is too little here: Name (Arabic) or Name (Non-Arabic)")
    if is_fine:
        return corrections
    return {
        name: {index: (token, MERGES.get(label, label)) for index, (token, label) in one.items()}
        for name, one in corrections.items()
    }
