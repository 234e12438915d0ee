"""Labelled tokens as the table of Micallef et al. 2024: ``id, token, category, category_merged``.

Without quoting (``csv.QUOTE_NONE``): ``"`` is a token. ``sources.token_table`` reads it again, and
so does the training of the classifier.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curate.engine.store import replacing
from curate.errors import PublishError
from curate.maltese.annotations import MERGES
from curate.publish.export.labelled import fitting_corrections, labelled_rows
from curate.publish.export.splits import Options, split_files

HEADER = "id\ttoken\tcategory\tcategory_merged\n"


def export_etymology_tsv(folder: Path, to: Path, options: Options) -> dict[str, int]:
    """Write ``<split>.tsv`` with a token on each line.

    Args:
        folder: A dataset folder with ``tokens`` and ``etymology``.
        to: Where files go.
        options: With ``corrections``, only the sentences that hold one, corrected.

    Returns:
        File name → tokens.

    Raises:
        PublishError: Not such a folder, or an id or token holds a tab or a line break.
    """
    files = split_files(folder)
    given = options.corrections
    corrections = fitting_corrections(given, files) if given else None
    counts = {}
    for split, paths in files.items():
        tokens = 0
        with replacing(to / f"{split}.tsv") as temporary, temporary.open("wb") as file:
            file.write(HEADER.encode())
            for row in labelled_rows(paths, corrections):
                lines = list(_lines(row))
                tokens += len(lines)
                file.write("".join(lines).encode())
        counts[f"{split}.tsv"] = tokens
    return counts


def _lines(row: dict[str, Any]) -> Iterator[str]:
    for token, label in zip(row["tokens"] or (), row["etymology"] or (), strict=True):
        line = f"{row['id']}\t{token}\t{label}\t{MERGES.get(label, label)}\n"
        if line.count("\t") != 3 or "\r" in line or line.count("\n") != 1:
            hint = "a table without quotes cannot hold it"
            raise PublishError(f"row {row['id']!r}: {token!r} has a tab or a line break; {hint}")
        yield line
