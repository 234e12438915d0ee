"""Parallel questions as ``{lang}.txt``, a question a line, and ``questions.tsv`` with their ids.

``sources.question_sets`` reads back the same table, and the same table gives the same bytes. A cell
that is missing, blank or of several lines would shift all that follow it: then nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.engine.store import write_text
from curate.errors import PublishError
from curate.publish.export.splits import Options, need, split_files
from curate.questions.export import write_text_files
from curate.questions.sheet import sheet_of_rows

NEEDED = ("question_id", "lang", "text")
INDEX = "questions.tsv"


def export_text(folder: Path, to: Path, options: Options) -> dict[str, int]:
    """Write a file for each language, all of them in the same order.

    Args:
        folder: A dataset folder with ``question_id``, ``lang`` and ``text``.
        to: Where files go; into a folder for each split if there are several.
        options: ``languages``.

    Returns:
        File name → questions.

    Raises:
        PublishError: Not such a folder, or a cell is missing, blank or of several lines.
    """
    counts = {}
    tables = question_tables(folder, options)
    for split, table in tables.items():
        place = Path(split) if len(tables) > 1 else Path()
        index = _index(table)
        for path in write_text_files(table, to / place):
            counts[(place / path.name).as_posix()] = index.count("\n") - 1
        write_text(to / place / INDEX, index)
        counts[(place / INDEX).as_posix()] = index.count("\n") - 1
    return counts


def question_tables(folder: Path, options: Options) -> dict[str, pa.Table]:
    """The cells of each split, those of all configs in one table.

    Raises:
        PublishError: Not a folder of questions, or it lacks a language that was named.
    """
    found = {}
    for split, paths in split_files(folder).items():
        need(paths, NEEDED)
        more = ("category", "script", "source", "licence", "verdict")
        wanted = [*NEEDED, *(name for name in more if _all_have(paths, name))]
        table = pa.concat_tables([pq.read_table(path, columns=wanted) for path in paths])
        there = list(dict.fromkeys(table["lang"].to_pylist()))
        if lacking := [lang for lang in options.languages if lang not in there]:
            raise PublishError(f"{folder}: no {lacking[0]!r} there; there is {', '.join(there)}")
        if options.languages:
            table = table.filter(pa.compute.is_in(table["lang"], pa.array(options.languages)))
        found[split] = table
    return found


def _all_have(paths: Sequence[Path], name: str) -> bool:
    return all(name in pq.read_schema(path).names for path in paths)


def _index(table: pa.Table) -> str:
    """Ids and categories, a line for each question, in the order of the files."""
    columns = [table[name].to_pylist() for name in NEEDED]
    names = sheet_of_rows(*columns).sheet.questions
    kinds: Mapping[str, str] = {}
    if "category" in table.column_names:
        pairs = zip(columns[0], table["category"].to_pylist(), strict=True)
        kinds = {name: kind for name, kind in pairs if kind is not None}
    lines = [(name, kinds.get(name, "")) for name in names] if kinds else [(one,) for one in names]
    if bad := [one for line in lines for one in line if one.split() != [one] and _cuts(one)]:
        raise PublishError(f"question or category {bad[0]!r} has a tab or line break; rename it")
    head = ("question_id", "category") if kinds else ("question_id",)
    return "".join("\t".join(line) + "\n" for line in (head, *lines))


def _cuts(name: str) -> bool:
    return "\t" in name or len(name.splitlines()) > 1
