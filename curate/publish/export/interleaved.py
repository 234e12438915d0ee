"""Programs and their LLVM IR as one text each, for continued pre-training of language models.

The pairs of SLTrans as IRCoder read them (Paul, Glavaš and Gurevych 2024, "IRCoder: Intermediate
Representations Make Language Models Robust Multilingual Code Generators"): source and IR behind
sentinel tokens of their own, in either order, so that a model learns to go both ways. Which order a
row has follows from its id, the same on every export.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from curate.arrow import digest_of
from curate.engine.store import replacing
from curate.errors import PublishError
from curate.publish.export.splits import Options, rows_of, split_files

SOURCE, IR = "Source_Code", "IR_Original"
Order = Literal["either", "source first", "ir first"]


class Marks(NamedTuple):
    """Sentinel tokens; ``{language}`` in them is the row's, where there is such a column.

    Attributes:
        source: Before the program.
        ir: Before the module.
        end: Behind both.
    """

    source: str = "<|source|>"
    ir: str = "<|ir|>"
    end: str = "<|end|>"


MARKS = Marks()


def export_interleaved(
    folder: Path,
    to: Path,
    options: Options | None = None,
    marks: Marks = MARKS,
    order: Order = "either",
) -> dict[str, int]:
    """Write ``<split>.jsonl``, a line with ``id``, ``text`` and ``order`` for each pair.

    Args:
        folder: A dataset folder with ``Source_Code`` and ``IR_Original``.
        to: Where files go.
        options: None of them is for this form.
        marks: The sentinel tokens.
        order: Which of the two comes first; ``either`` draws by the hash of the id.

    Returns:
        File name → pairs.

    Raises:
        PublishError: Not such a folder, a row that lacks one of the two, or one that holds a
            sentinel token, which a trainer would take for a real one; nothing is written of a
            split with such a row.
    """
    del options
    if len({*marks}) != len(marks) or not all(marks):
        raise PublishError(f"sentinel tokens must be three different ones, not {', '.join(marks)}")
    counts = {}
    for split, paths in split_files(folder).items():
        pairs = 0
        with (
            replacing(to / f"{split}.jsonl") as temporary,
            temporary.open("w", encoding="utf-8") as file,
        ):
            for line in _lines(paths, marks, order):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                pairs += 1
        counts[f"{split}.jsonl"] = pairs
    return counts


def _lines(paths: list[Path], marks: Marks, order: Order) -> Iterator[dict[str, str]]:
    for row in rows_of(paths, (SOURCE, IR), ("id", "language")):
        if empty := [name for name in (SOURCE, IR) if not row[name]]:
            message = f"row {row.get('id')!r} has no {empty[0]}; this form needs both"
            raise PublishError(f"{message}: publish rows that compiled only")
        own = Marks(*(one.replace("{language}", row.get("language") or "") for one in marks))
        if held := [one for one in own if one in row[SOURCE] or one in row[IR]]:
            message = f"row {row.get('id')!r} holds the sentinel token {held[0]!r}"
            raise PublishError(f"{message}; choose another, which no program has")
        first = _first(row, order)
        parts = {"source": own.source + row[SOURCE], "ir": own.ir + row[IR]}
        text = "".join(parts.values() if first == "source" else reversed(parts.values()))
        name = {"id": row["id"]} if row.get("id") else {}
        yield {**name, "text": text + own.end, "order": f"{first} first"}


def _first(row: dict[str, Any], order: Order) -> str:
    if order != "either":
        return order.removesuffix(" first")
    key = row["id"] if row.get("id") else row[SOURCE]
    return "ir" if int(digest_of("interleaved", key)[:8], 16) % 2 else "source"
