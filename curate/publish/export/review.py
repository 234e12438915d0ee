"""The tokens whose label is least certain, each in its sentence, for a human to correct.

A word stands there once for each label it got, at the place where that was least certain. The
column ``correction`` is empty; what a human writes there becomes training data by ``curate export
DIR --format etymology-tsv --corrections review.tsv`` (see ``labelled``).
"""

from __future__ import annotations

import csv
import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate.engine.store import replacing
from curate.publish.export.splits import Options, rows_of, split_files

NEEDED = ("id", "text", "tokens", "token_starts", "token_ends", "etymology", "etymology_prob")
HEADER = (
    "id", "token_index", "token", "label", "probability", "why", "times", "context", "correction",
)  # fmt: skip
TOKENS_AROUND = 8
UNSEEN, AMBIGUOUS = "unseen word", "word with several labels"


class Seen(NamedTuple):
    """Where a word got a label with the least probability (row and token, from 0); how often."""

    prob: float
    row: int
    token: int
    times: int = 1


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
    worst = _least_certain(paths)
    chosen = {(one.row, one.token) for one in heapq.nsmallest(options.most, worst.values())}
    rows = {row for row, _ in chosen}
    found = []
    for number, row in enumerate(rows_of(paths, NEEDED, ("etymology_from",))):
        if number in rows:
            places = sorted(at for other, at in chosen if other == number)
            found += [(row, at) for at in places]
    words = {row["tokens"][at].lower(): Counter[str]() for row, at in found}
    for (word, label), seen in worst.items():
        if word in words:
            words[word][label] = seen.times
    lines = [_line(row, at, words[row["tokens"][at].lower()]) for row, at in found]
    lines.sort(key=lambda line: (line["probability"], line["id"], line["token_index"]))
    with (
        replacing(to / "review.tsv") as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.DictWriter(file, HEADER, dialect="excel-tab", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    return {"review.tsv": len(lines)}


def _least_certain(paths: Sequence[Path]) -> dict[tuple[str, str], Seen]:
    """Each lower-cased word with each label it got."""
    worst: dict[tuple[str, str], Seen] = {}
    for number, row in enumerate(rows_of(paths, NEEDED)):
        found = zip(row["tokens"] or (), row["etymology"] or (), strict=True)
        for at, (token, label) in enumerate(found):
            prob = row["etymology_prob"][at]
            here = Seen(1.0 if prob is None else prob, number, at)
            known = worst.get((token.lower(), label))
            if known is not None:
                here = min(known, here)._replace(times=known.times + 1)
            worst[token.lower(), label] = here
    return worst


def _line(row: Mapping[str, Any], at: int, others: Mapping[str, int]) -> dict[str, Any]:
    token, label = row["tokens"][at], row["etymology"][at]
    return {
        "id": row["id"],
        "token_index": at,
        "token": token,
        "label": label,
        "probability": f"{row['etymology_prob'][at] or 0:.4f}",
        "why": "; ".join(reasons(row, at, others)),
        "times": others[label],
        "context": context(row, at),
        "correction": "",
    }


def reasons(row: Mapping[str, Any], at: int, labels: Mapping[str, int]) -> list[str]:
    """Why the label of a token may be wrong.

    Args:
        row: With ``tokens``, ``etymology``, ``etymology_from`` if there.
        at: Which token.
        labels: How often its word got each label in the dataset.
    """
    token, label = row["tokens"][at], row["etymology"][at]
    origin = row.get("etymology_from")
    found = []
    if origin and origin[at]:
        found.append(AMBIGUOUS if origin[at] == "memory" else UNSEEN)
    found += [
        f"{other} {times} times elsewhere" for other, times in labels.items() if other != label
    ]
    if at == 0 and token[:1].isupper():
        found.append("capital letter of the sentence")
    elif token[:1].isupper() and _at_edge_of_name(row, at):
        found.append("a name may begin or end here")
    return found


def _at_edge_of_name(row: Mapping[str, Any], at: int) -> bool:
    """Whether one of two capitalised words beside each other is a name and the other is not."""
    is_name = [label.startswith("Name") for label in row["etymology"]]
    beside = [one for one in (at - 1, at + 1) if 0 <= one < len(is_name)]
    return any(row["tokens"][one][:1].isupper() and is_name[one] != is_name[at] for one in beside)


def context(row: Mapping[str, Any], at: int) -> str:
    """The token in ``[[ ]]`` and some tokens around it, on one line."""
    starts: Sequence[int] = row["token_starts"]
    ends: Sequence[int] = row["token_ends"]
    first, last = max(0, at - TOKENS_AROUND), min(len(starts) - 1, at + TOKENS_AROUND)
    text = row["text"]
    before, after = text[starts[first] : starts[at]], text[ends[at] : ends[last]]
    marked = f"{before}[[{text[starts[at] : ends[at]]}]]{after}"
    dots = ("… " if first else "", " …" if last + 1 < len(starts) else "")
    return f"{dots[0]}{' '.join(marked.split())}{dots[1]}"
