"""The tokens whose label is least certain, each in its sentence, for a human to correct.

A word stands there once for each label it got, at the place where that was least certain. The
column ``correction`` is empty; what a human writes there becomes training data by ``curate export
DIR --format etymology-tsv --corrections review.tsv`` (see ``labelled``).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate.engine.store import replacing
from curate.publish.export.splits import Options, need, split_files
from curate.publish.token_labels import NEEDED, Least, TokenLabels, context, reasons, rows_at

HEADER = (
    "id", "token_index", "token", "label", "probability", "why", "times", "context", "correction",
)  # fmt: skip


def export_review(folder: Path, to: Path, options: Options) -> dict[str, int]:
    """Write ``review.tsv`` with the ``most`` least certain tokens of all splits.

    Args:
        folder: A dataset folder with labelled tokens and their offsets.
        to: Where the file goes.
        options: ``most``.

    Returns:
        File name → tokens.

    Raises:
        PublishError: Not such a folder.
    """
    paths = [path for paths in split_files(folder).values() for path in paths]
    need(paths, NEEDED)
    labels = TokenLabels(paths)
    least = labels.least_certain(options.most)
    rows = rows_at(paths, {one.row for one in least})
    words = labels.labels_of([one.word for one in least])
    lines = [_line(rows[one.row], one, words[one.word]) for one in least]
    with (
        replacing(to / "review.tsv") as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.DictWriter(file, HEADER, dialect="excel-tab", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    return {"review.tsv": len(lines)}


def _line(row: Mapping[str, Any], one: Least, labels: Mapping[str, int]) -> dict[str, Any]:
    around = context(row, one.token)
    return {
        "id": row["id"],
        "token_index": one.token,
        "token": row["tokens"][one.token],
        "label": one.label,
        "probability": f"{one.prob:.4f}",
        "why": "; ".join(reasons(row, one.token, labels)),
        "times": one.times,
        "context": f"{around.before}[[{around.token}]]{around.after}",
        "correction": "",
    }
