"""Questions that a language lacks, filled by translation and checked as all others."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from support.completions_server import CompletionsServer, Reply, completion

from curate.barriers.find_gaps import FindGaps
from curate.contract import apply, settle
from curate.llm.client import close_all
from curate.pipeline import run_recipe
from curate.recipe import load_recipe
from curate.transforms.fill_gaps import FillGaps
from curate.transforms.open_gaps import OpenGaps

GERMAN = {"Who comes?": "Wer kommt?", "It weighs 120 kg.": "Es wiegt 190 kg."}
ENGLISH = {
    "Wer kommt?": "Who comes?",
    "Es wiegt 190 kg.": "Its weight is 190 kilos.",
}
RECIPE = """
name: filled
source:
  sources.jsonl: {path: rows.jsonl}
steps:
  - barriers.find_gaps
  - transforms.open_gaps
  - transforms.ask_llm: {endpoint: URL, model: m, cache: answers, prompt: there.txt, schema: made.json, name: there}
  - transforms.ask_llm: {endpoint: URL, model: m, cache: answers, prompt: back.txt, schema: back.json, name: back_llm}
  - transforms.fill_gaps: {translation: made, back: back, made_by: m}
  - barriers.check_questions: {judge_language: false}
"""


def rows(*cells: tuple[str, str, str | None]) -> pa.Table:
    names = ("question_id", "lang", "text")
    table = {name: [cell[at] for cell in cells] for at, name in enumerate(names)}
    ids = [f"{lang}:{question}" for question, lang, _ in cells]
    return pa.table({"id": ids, "source": ["s"] * len(ids), **table})


def opened(table: pa.Table, step: FindGaps) -> pa.Table:
    return apply(OpenGaps(), settle(step, table, step.decide(step.keys(table))).kept).kept


def test_a_row_is_made_for_each_language_without_one() -> None:
    found = opened(
        rows(("1", "en", "Who?"), ("1", "de", "Wer?"), ("2", "en", "Why?")),
        FindGaps(languages=("mt",)),
    )
    assert list(zip(*(found[name].to_pylist() for name in ("id", "lang", "text", "pivot_text")), strict=True)) == [
        ("en:1#1", "en", "Who?", None),
        ("en:1#2", "mt", None, "Who?"),
        ("de:1", "de", "Wer?", None),
        ("en:2#1", "en", "Why?", None),
        ("en:2#2", "de", None, "Why?"),
        ("en:2#3", "mt", None, "Why?"),
    ]  # fmt: skip


def test_a_question_that_the_pivot_lacks_cannot_be_filled() -> None:
    found = opened(rows(("1", "de", "Wer?"), ("2", "en", "Why?"), ("2", "de", "")), FindGaps())
    assert found["lang"].to_pylist() == ["de", "en", "de"]
    assert found["pivot_text"].to_pylist() == [None, None, "Why?"]


def test_a_gap_without_a_translation_is_rejected_and_a_blank_cell_stays() -> None:
    table = pa.table({"id": ["a", "b"], "text": [None, ""], "pivot_text": ["Who?", "Why?"],
                      "made": pa.array([None, None], pa.string())})  # fmt: skip
    kept, rejected = apply(FillGaps("made"), table)
    assert kept["id"].to_pylist() == ["b"]
    assert rejected["reason"].to_pylist() == ["no translation"]


def test_a_translation_that_does_not_come_back_is_rejected() -> None:
    table = pa.table({"id": ["a", "b"], "text": pa.nulls(2, pa.string()), "pivot_text": ["Who is there now?"] * 2,
                      "made": ["Wer da?", "Wo?"], "back": ["Who is there?", "Where?"]})  # fmt: skip
    kept, rejected = apply(FillGaps("made", "back", least_overlap=0.5), table)
    assert kept["id"].to_pylist() == ["a"]
    assert rejected["reason"].to_pylist() == ["back-translation differs"]
    assert rejected["back_overlap"].to_pylist()[0] < 0.5 < kept["back_overlap"].to_pylist()[0]


def test_a_table_is_completed_by_a_language_model_and_checked_as_any_other(tmp_path: Path) -> None:
    cells = [
        ("1", "en", "Who comes?"),
        ("2", "en", "It weighs 120 kg."),
        ("3", "en", "Why?"),
        ("3", "de", "Warum?"),
    ]
    lines = [{"id": f"{lang}:{question}", "question_id": question, "lang": lang, "text": text}
             for question, lang, text in cells]  # fmt: skip
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "there.txt").write_text("Translate into {{ lang }}: {{ pivot_text }}")
    (tmp_path / "back.txt").write_text("Translate into English: {{ made }}")
    for name in ("made", "back"):
        form = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name],
                "additionalProperties": False}  # fmt: skip
        (tmp_path / f"{name}.json").write_text(json.dumps(form))

    def translate(prompt: str, times: int) -> Reply:
        known, name = (GERMAN, "made") if " de: " in prompt else (ENGLISH, "back")
        return Reply(completion(json.dumps({name: known[prompt.partition(": ")[2]]})))

    with CompletionsServer(translate) as server:
        (tmp_path / "filled.yaml").write_text(RECIPE.replace("URL", server.url))
        run_recipe(load_recipe(tmp_path / "filled.yaml"), tmp_path / "out", workers=1)
        close_all()
        assert server.billed.total() == 4  # two gaps, there and back; nothing else is asked
    found = {
        (row["lang"], row["question_id"]): row
        for row in pq.read_table(tmp_path / "out/data").to_pylist()
    }
    assert len(found) == 6
    filled = found["de", "1"]
    assert (filled["text"], filled["made_by"], filled["back_overlap"]) == (
        "Wer kommt?",
        "m",
        1,
    )
    assert [flag["check"] for flag in found["de", "2"]["flags"] if flag["hard"]] == ["number"]
    assert found["de", "2"]["back_overlap"] < 0.5
    assert found["de", "3"]["made_by"] is None
