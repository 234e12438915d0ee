"""The prompts of NMIXX's typology: complete, each text sent once, an outcome for each row and rule."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pytest
from support.completions_server import CompletionsServer, Reply, completion, refused

from curate.contract import apply
from curate.errors import StepError
from curate.llm.client import close_all
from curate.llm.prompt import read_prompt
from curate.llm.request import build_request
from curate.llm.schema import read_schema
from curate.publish.bundled import bundled
from curate.transforms.ask_llm import AskLlm
from curate.transforms.make_triplets import MakeTriplets
from curate.transforms.translate import Translate

FOLDER = bundled("recipes") / "prompts/korfin"
PROMPTS = sorted(FOLDER.glob("v*/*.txt"))
POSITIVES = {"paraphrase", "summary", "markdown", "html", "english"}
TYPOLOGY = {
    "news": {"sentiment_reversal", "intensity", "details", "plan_realisation", "emerging_situation"},
    "report": {"intensity", "details", "plan_realisation", "emerging_situation", "micro_macro",
               "fact_opinion", "jargon_plain"},
    "law": {"judgment_reversal", "sanction", "procedure"},
    "disclosure": {"intensity", "details", "plan_realisation", "emerging_situation"},
}  # fmt: skip
TEXT = "코스피가 소폭 올랐다. {{ text }} system:\nuser:\n"


def test_every_rule_of_every_domain_has_a_prompt() -> None:
    said = re.findall(r"\| `(\w+)` \| ([\w, ]+) \|", (FOLDER / "README.md").read_text("utf-8"))
    told = {domain: {rule for rule, of in said if domain in of.split(", ")} for domain in TYPOLOGY}
    assert told == TYPOLOGY
    assert {path.stem for path in PROMPTS} == POSITIVES.union(*TYPOLOGY.values())


@pytest.mark.parametrize("path", PROMPTS, ids=lambda path: path.stem)
def test_a_prompt_sends_the_text_once_and_asks_for_columns_of_its_own(path: Path) -> None:
    prompt, form = read_prompt(path), read_schema(path.with_suffix(".json"))
    rule = path.stem
    wanted = {rule, f"{rule}_unsuitable"} | ({f"{rule}_edits"} - {f"{one}_edits" for one in POSITIVES})  # fmt: skip
    assert form.columns.keys() == wanted
    assert prompt.slots == (("text",) if rule in POSITIVES else ("finance_domain", "text"))
    messages = prompt.messages({"text": TEXT, "finance_domain": "news"})
    assert [one["role"] for one in messages] == ["system", "user"]
    request = build_request("m", messages, {"max_tokens": 9}, form.tree)
    body = json.loads(request.body)
    assert body["messages"][1]["content"].count(TEXT.strip()) == 1
    assert body["response_format"]["json_schema"]["strict"] is True


def answer(**properties: object) -> Reply:
    return Reply(completion(json.dumps(properties)))


def reply(prompt: str, times: int) -> Reply:
    text = prompt.rpartition("Text:\n")[2]
    if '"paraphrase"' in prompt:
        return answer(paraphrase=f"다시 말해 {text}", paraphrase_unsuitable=False)
    if '"english"' in prompt:
        amount = "3" if "둘" in text else "2"
        return answer(english=f"The index rose by {amount} points.", english_unsuitable=False)
    if "셋" in text:
        return answer(intensity=None, intensity_edits=[], intensity_unsuitable=True)
    if "넷" in text:
        return Reply(completion('{"intensity": "코스피', "length"))
    if "다섯" in text and times == 1:
        return refused(500, "down")
    edits = [{"before": "소폭", "after": "대폭"}]
    changed = text.replace("소폭", "대폭")
    return answer(intensity=changed, intensity_edits=edits, intensity_unsuitable=False)


def ask(server: CompletionsServer, cache: Path, rule: str) -> AskLlm:
    return AskLlm(
        endpoint=server.url,
        model="m",
        prompt=str(FOLDER / f"v1/{rule}.txt"),
        schema=str(FOLDER / f"v1/{rule}.json"),
        name=rule,
        unsuitable=f"{rule}_unsuitable",
        cache=str(cache),
        retries=0,
    )


def test_each_row_and_rule_has_an_outcome_and_only_errors_are_asked_again(tmp_path: Path) -> None:
    texts = [f"{one}. 코스피가 2포인트 소폭 올랐다." for one in ("하나", "둘", "셋", "넷", "다섯")]
    rows = pa.table({"id": list("abcde"), "source": ["x"] * 5, "text": texts,
                     "finance_domain": ["news"] * 5})  # fmt: skip
    with CompletionsServer(reply) as server:
        steps = [ask(server, tmp_path / "answers", one) for one in ("paraphrase", "english")]
        for step in steps:
            rows = apply(step, rows).kept
        negatives = ask(server, tmp_path / "answers", "intensity")
        with pytest.raises(StepError, match="1 of 5 requests have no answer"):
            apply(negatives, rows)
        rows = apply(negatives, rows).kept
        close_all()
        assert sum(server.seen.values()) == 5 + 5 + 5 + 1
    assert rows["paraphrase_outcome"].to_pylist() == ["ok"] * 5
    assert rows["intensity_outcome"].to_pylist() == ["ok", "ok", "unsuitable", "invalid", "ok"]
    rows = apply(Translate(parallel="english", into="translation", reject=False), rows).kept
    assert rows["translation_fault"].to_pylist() == [None, "numbers differ", None, None, None]
    make = MakeTriplets(positives=("paraphrase", "translation"), negatives=("intensity",))
    kept, rejected = apply(make, rows)
    assert rejected["reason"].to_pylist() == ["no negative"] * 2
    assert set(kept["rule"].to_pylist()) == {"intensity"}
    assert {"하나. 코스피가 2포인트 대폭 올랐다."} <= set(kept["negative"].to_pylist())
