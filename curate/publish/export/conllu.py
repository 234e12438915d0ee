"""Labelled tokens as CoNLL-U: ``Etymology=…`` in MISC, and the text to the last space.

``sources.conllu`` reads back the same tokens at the same places of the same text, whatever stands
between them; each sentence is read again before it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curate.engine.store import replacing
from curate.errors import PublishError
from curate.publish.export.labelled import fitting_corrections, labelled_rows
from curate.publish.export.splits import Options, rows_of, split_files
from curate.text.conllu import VALUES, parse_misc, write_sentence
from curate.text.conllu_rows import MOST_SENTENCE

NEEDED = ("id", "text", "tokens", "token_starts", "token_ends")
OURS = ("Etymology", "EtymologyProb", "EtymologyFrom")


def export_conllu(folder: Path, to: Path, options: Options) -> dict[str, int]:
    """Write ``<split>.conllu`` with a block of lines for each sentence.

    Columns ``lemma``, ``upos`` … ``misc`` are written where the dataset has them, and ``document``
    as ``# newdoc``.

    Args:
        folder: A dataset folder with ``text``, ``tokens`` and their offsets.
        to: Where files go.
        options: With ``corrections``, only the sentences that hold one, corrected.

    Returns:
        File name → sentences.

    Raises:
        PublishError: Not such a folder, or a row that the format cannot hold: one without tokens, a
            token with a tab or a line break, or over 64 MiB: ``sources.conllu`` reads no more.
    """
    files = split_files(folder)
    given = options.corrections
    corrections = fitting_corrections(given, files) if given else None
    wanted = (*NEEDED[1:], *VALUES, "document")
    counts = {}
    for split, paths in files.items():
        rows: Iterator[dict[str, Any]]
        if corrections is None:
            more = ("etymology", "etymology_from", "etymology_prob")
            rows = rows_of(paths, NEEDED, (*wanted[len(NEEDED) - 1 :], *more))
        else:
            rows = labelled_rows(paths, corrections, wanted)
        with replacing(to / f"{split}.conllu") as temporary, temporary.open("wb") as file:
            counts[f"{split}.conllu"] = _write(rows, file)
    return counts


def _write(rows: Iterator[dict[str, Any]], file: Any) -> int:
    document, sentences = None, 0
    for row in rows:
        comments = {"sent_id": row["id"]}
        if row.get("document") not in (None, document):
            document = row["document"]
            comments = {"newdoc id": document, **comments}
        spans = list(zip(row["token_starts"] or (), row["token_ends"] or (), strict=True))
        values = {name: row[name] for name in VALUES if _fits(row.get(name), len(spans))}
        values["misc"] = _misc(row, values.get("misc") or ["_"] * len(spans))
        try:
            block = write_sentence(row["text"] or "", spans, values, comments)
        except ValueError as error:
            raise PublishError(f"row {row['id']!r}: {error}; leave it out with a filter") from None
        written = block.encode()
        if len(written) > MOST_SENTENCE:
            size = f"{len(written):,} bytes of CoNLL-U, over {MOST_SENTENCE:,}"
            raise PublishError(f"row {row['id']!r}: {size}; cut it into sentences")
        file.write(written)
        sentences += 1
    return sentences


def _fits(values: Any, tokens: int) -> bool:
    return isinstance(values, list) and len(values) == tokens and None not in values


def _misc(row: dict[str, Any], miscs: list[str]) -> list[str]:
    """What MISC held before, and our keys."""
    columns = [row.get(name) for name in ("etymology", "etymology_prob", "etymology_from")]
    out = []
    for at, old in enumerate(miscs):
        parts = {key: value for key, value in parse_misc(old).items() if key not in OURS}
        for key, column in zip(OURS, columns, strict=True):
            if column is not None and column[at] not in (None, ""):
                value = column[at]
                parts[key] = f"{value:.4f}" if isinstance(value, float) else str(value)
        out.append("|".join(f"{key}={value}" if value else key for key, value in parts.items()))
    return [one or "_" for one in out]
