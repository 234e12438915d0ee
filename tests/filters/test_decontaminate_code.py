"""Solutions of a programming benchmark found in programs, written in the form of HumanEval's."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.filters.decontaminate import Decontaminate

PROBLEM = '''def running_totals(numbers, start=0):
    """ Return, for each of the numbers, the total of it and all numbers before it, from start on.
    >>> running_totals([1, 2, 3])
    [1, 3, 6]
    """
'''
SOLUTION = """    totals = []
    total = start
    for number in numbers:
        total += number
        totals.append(total)
    return totals
"""


@pytest.fixture
def step(tmp_path: Path) -> Decontaminate:
    file = tmp_path / "benchmark.jsonl"
    row = {"task_id": "Own/0", "prompt": PROBLEM, "canonical_solution": SOLUTION}
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    fields = ("prompt", "canonical_solution")
    return Decontaminate(path=str(file), fields=fields, text="source", ngram=10)


def judged(step: Decontaminate, *programs: str) -> list[bool]:
    rows = pa.table({"source": list(programs)})
    return step(rows).keep.to_pylist()


def test_a_solution_within_a_program_is_found(step: Decontaminate) -> None:
    assert judged(step, f"import sys\n\n{PROBLEM}{SOLUTION}\nprint(running_totals([4]))\n") == [
        False
    ]
    assert judged(step, "def other(numbers, start):\n" + SOLUTION) == [False]


def test_indentation_comments_between_lines_and_brackets_do_not_hide_it(
    step: Decontaminate,
) -> None:
    spread = SOLUTION.replace("    ", "\t").replace("(total)", "( total ) ;").replace("+=", "=+")
    assert judged(step, "def other(numbers, start):\n" + spread) == [False]


def test_the_problem_in_the_comment_of_another_language_is_found(step: Decontaminate) -> None:
    told = "Return, for each of the numbers, the total of it and all numbers before it."
    assert judged(step, f"// {told}\nfn totals(n: &[i32]) -> Vec<i32> {{ todo!() }}\n") == [False]


def test_another_program_for_another_task_is_kept(step: Decontaminate) -> None:
    assert judged(step, "def mean(values):\n    return sum(values) / len(values)\n") == [True]


def test_real_programs_are_kept(step: Decontaminate, data_dir: Path) -> None:
    path = data_dir / "sltrans_sources/programs.parquet"
    rows = pq.read_table(path, columns=["source"])
    assert step(rows).keep.false_count == 0
