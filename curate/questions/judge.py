"""A language model as judge of what a steered model answered, each answer paid for once.

Rubric of CLaS-Bench (Gurgurov et al.), in our words: 0 for what has nothing to do with the prompt
or cannot be read, 1 for what has something to do with it, 2 for what answers it and hangs together;
the language does not count. The public script samples at temperature 0.7; here it is 0, so that a
second run says the same. The judge sees the prompt with its instruction, as there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.errors import SourceError
from curate.llm.answer import Answer
from curate.llm.client import Client
from curate.llm.request import Request, build_request
from curate.questions.text_sets import read_columns

RUBRIC = """\
You rate how relevant a response is to a prompt. The language of the response does not count: a \
good response in another language than the prompt's, or than the one asked for, is a good response.

0: The response has nothing to do with the prompt, or it is gibberish, or it only repeats itself.
1: The response has something to do with the prompt, but misses what was asked, or is partly broken.
2: The response clearly answers the prompt and is coherent.

Write one short sentence of reasons, then the rating on a line of its own, in this form:
Rating: [[n]]"""
PARAMS = {"temperature": 0, "max_tokens": 256}
MOST_CHARACTERS = 8000
"""Of a response that are shown: 1,024 tokens of the benchmark have 1,300 to 5,000."""
AT_ONCE = 2000
EMPTY = "Rating: [[0]]"


class Judged(NamedTuple):
    """What came of judging.

    Attributes:
        table: The outputs with a column ``judge``: what the judge said; null without an answer.
        unanswered: How many have no answer.
        why: Why, of the most frequent reason; empty if all have one.
    """

    table: pa.Table
    unanswered: int
    why: str


def rating_request(model: str, prompt: str, output: str) -> Request:
    """The request that asks for one rating."""
    shown = output if len(output) <= MOST_CHARACTERS else output[:MOST_CHARACTERS] + " […]"
    asked = f"<prompt>\n{prompt}\n</prompt>\n\n<response>\n{shown}\n</response>"
    messages = [{"role": "system", "content": RUBRIC}, {"role": "user", "content": asked}]
    return build_request(model, messages, PARAMS)


def judge_outputs(table: pa.Table, shown: Sequence[str], client: Client, model: str) -> Judged:
    """Have every output rated; an empty one has nothing to do with its prompt and costs nothing.

    Args:
        table: With ``output``.
        shown: The prompt of each output.
        client: Whom to ask; remembers every answer.
        model: The judge's name at the endpoint.
    """
    client.prepare(list(PARAMS))
    outputs = [one or "" for one in table["output"].cast(pa.string()).to_pylist()]
    said: list[str | None] = []
    reasons: list[str] = []
    for start in range(0, len(outputs), AT_ONCE):
        pairs = list(zip(shown, outputs, strict=True))[start : start + AT_ONCE]
        requests = [rating_request(model, *pair) if pair[1].strip() else None for pair in pairs]
        found = client.ask([one for one in requests if one])
        for request in requests:
            answer = found[request.key] if request else Answer(EMPTY, "stop")
            said.append(answer.text if isinstance(answer, Answer) else None)
            if not isinstance(answer, Answer):
                reasons.append(answer.detail)
    column = pa.array(said, pa.string())
    at = table.schema.get_field_index("judge")
    judged = (
        table.append_column("judge", column) if at < 0 else table.set_column(at, "judge", column)
    )
    why = Counter(reasons).most_common(1)[0][0] if reasons else ""
    return Judged(judged, len(reasons), why)


def prompts_of(table: pa.Table, questions: Path | None) -> list[str]:
    """The prompt of each output: its column ``prompt`` or ``question``, or that of a table.

    Args:
        table: Outputs.
        questions: A dataset folder, a Parquet file (``question_id``, ``lang``, ``text``), or a
            folder of ``{lang}.txt`` whose lines are numbered from 1.

    Raises:
        SourceError: Nothing says what a model was asked, or a question is not there.
    """
    for name in ("prompt", "question"):
        if name in table.column_names and table[name].null_count == 0:
            return [str(one) for one in table[name].to_pylist()]
    if questions is None:
        hint = "add a column 'prompt', or give --questions with the dataset that was asked"
        raise SourceError(f"a judge needs what was asked: outputs have no prompt; {hint}")
    known = _known(questions)
    found = []
    for source, name in zip(*(table[one].cast(pa.string()).to_pylist()
                              for one in ("source", "question_id")), strict=True):  # fmt: skip
        if (source, name) not in known:
            raise SourceError(
                f"{questions} has no question {name!r} in {source!r}; is it another set?"
            )
        found.append(known[source, name])
    return found


def _known(path: Path) -> dict[tuple[str, str], str]:
    """Language and question → text."""
    files = [path] if path.is_file() else sorted(path.glob("*/*.parquet"))
    files = [file for file in files if file.parent.name != "rejected"]
    if not files:
        columns = read_columns(str(path))
        return {(lang, str(line)): text for lang, column in columns.items()
                for line, text in enumerate(column, 1)}  # fmt: skip
    known: dict[tuple[str, str], str] = {}
    for file in files:
        try:
            rows = pq.read_table(file, columns=["lang", "question_id", "text"]).to_pylist()
        except (OSError, pa.ArrowException) as error:
            why = " ".join(str(error).split())
            hint = "give a table with question_id, lang and text"
            raise SourceError(f"{file} cannot be read: {why}; {hint}") from error
        known |= {_cell(row): row["text"] or "" for row in rows}
    return known


def _cell(row: dict[str, Any]) -> tuple[str, str]:
    return str(row["lang"]), str(row["question_id"])
