"""The forms in which a dataset can be exported, by the name that ``--format`` takes."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import NamedTuple

from curate.errors import PublishError
from curate.publish.export.splits import Options
from curate.publish.record import told_of_damage


class Format(NamedTuple):
    """A form: what it is, what its items are called, and the function that writes it."""

    says: str
    items: str
    function: str


FORMATS = {
    "filelist": Format("path|speaker|text + wavs", "clips", "filelist:export_filelist"),
    "conllu": Format("tokens with Etymology in MISC", "sentences", "conllu:export_conllu"),
    "etymology-tsv": Format(
        "id, token, category, category_merged", "tokens", "etymology_tsv:export_etymology_tsv"
    ),
    "text": Format("{lang}.txt of parallel questions", "questions", "text_files:export_text"),
    "eval-jsonl": Format(
        "questions for lm-evaluation-harness and inspect", "cells", "eval_jsonl:export_eval_jsonl"
    ),
    "prompts": Format(
        "questions for every pair of languages", "prompts", "eval_jsonl:export_prompts"
    ),
    "interleaved": Format(
        "source and IR in one text, either order", "pairs", "interleaved:export_interleaved"
    ),
    "review": Format("the least certain tokens, to be corrected", "tokens", "review:export_review"),
}


def export(folder: Path, to: Path, form: str, options: Options) -> dict[str, int]:
    """Write a dataset in a form.

    Args:
        folder: A finished dataset folder.
        to: Where files go.
        form: One of ``FORMATS``.
        options: What the form may be told.

    Returns:
        File name → items.

    Raises:
        PublishError: No such form, not such a folder, or rows that the form cannot hold.
    """
    if form not in FORMATS:
        there = ", ".join(repr(name) for name in sorted(FORMATS))
        raise PublishError(f"--format {form}: there is {there}")
    module, _, name = FORMATS[form].function.partition(":")
    function = getattr(importlib.import_module(f"curate.publish.export.{module}"), name)
    with told_of_damage(folder):
        counts: dict[str, int] = function(folder, to, options)
    return counts
