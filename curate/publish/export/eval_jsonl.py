"""Parallel questions as JSON lines: for evaluators, or as prompts for every pair of languages.

``lm-eval.jsonl`` is flat (``question`` is the prompt), as lm-evaluation-harness reads it by
``dataset_path: json``; ``inspect.jsonl`` has ``input``, ``target``, ``id`` and ``metadata``, as
inspect's ``json_dataset`` does. ``prompts.jsonl`` pairs every language with every other.
"""

from __future__ import annotations

import json
from pathlib import Path

from curate.engine.store import replacing
from curate.publish.export.splits import Options
from curate.publish.export.text_files import question_tables
from curate.questions.export import FORMS, sheet_of_table, write_jsonl
from curate.questions.prompts import prompts


def export_eval_jsonl(folder: Path, to: Path, options: Options) -> dict[str, int]:
    """Write ``lm-eval.jsonl`` and ``inspect.jsonl`` with a line for each cell.

    Args:
        folder: A dataset folder with ``question_id``, ``lang`` and ``text``.
        to: Where files go; their names begin with the split if there are several.
        options: ``languages``.

    Returns:
        File name → cells.

    Raises:
        PublishError: Not such a folder, or a cell is blank or stands twice.
    """
    tables = question_tables(folder, options)
    counts = {}
    for split, table in tables.items():
        for form in FORMS:
            name = f"{split}-{form}.jsonl" if len(tables) > 1 else f"{form}.jsonl"
            counts[name] = write_jsonl(table, to / name, form)
    return counts


def export_prompts(folder: Path, to: Path, options: Options) -> dict[str, int]:
    """Write ``prompts.jsonl``: every question of every language, for an answer in every one.

    Args:
        folder: A dataset folder with ``question_id``, ``lang`` and ``text``.
        to: Where files go; their names begin with the split if there are several.
        options: ``languages``, and ``mode``: how the answer's language is asked for.

    Returns:
        File name → prompts.

    Raises:
        PublishError: Not such a folder, a cell stands twice, or no sentence asks for a language.
    """
    tables = question_tables(folder, options)
    counts = {}
    for split, table in tables.items():
        name = f"{split}-prompts.jsonl" if len(tables) > 1 else "prompts.jsonl"
        counts[name] = 0
        with replacing(to / name) as temporary, temporary.open("w", encoding="utf-8") as file:
            for one in prompts(sheet_of_table(table), options.mode):
                row = {"id": f"{one.question_id}/{one.source}/{one.target}", **one._asdict()}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                counts[name] += 1
    return counts
