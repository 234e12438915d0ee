"""Rows asked about: what becomes of each, and of a run that is stopped and comes again."""

from __future__ import annotations

import dataclasses as dc
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.completions_server import CompletionsServer, Reply, completion, refused

from curate.contract import apply
from curate.errors import RecipeError, SourceError, StepError
from curate.llm.__main__ import main
from curate.llm.client import close_all
from curate.pipeline import run_recipe
from curate.recipe import load_recipe
from curate.transforms.ask_llm import AskLlm

SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer"}, "declined": {"type": "boolean"}},
    "required": ["score", "declined"],
    "additionalProperties": False,
}
PROMPT = "system:\nScore it.\nuser:\n{{ text }}\n"
RECIPE = """name: scored
source:
  sources.jsonl: {{path: rows.jsonl, batch_rows: 4, shard_rows: 4}}
steps:
  - transforms.ask_llm:
      endpoint: "{url}"
      model: m
      prompt: prompts/score.txt
      schema: prompts/score.json
      unsuitable: declined
      cache: work/answers
      retries: 0{more}
"""
ANSWERS = {
    "good": completion('{"score": 3, "declined": false}'),
    "odd": completion('{"score": 0, "declined": true}'),
    "cut": completion('{"score": 3, "decl', "length"),
    "prose": completion("I would say 3."),
    "wrong": completion('{"score": "3", "declined": false}'),
    "refused": completion(None, refusal="I cannot"),
}


def reply(prompt: str, times: int) -> Reply:
    if prompt.startswith("down") and times == 1:
        return refused(500, "down")
    return Reply(ANSWERS.get(prompt, ANSWERS["good"]))


@pytest.fixture(scope="module")
def server() -> Iterator[CompletionsServer]:
    with CompletionsServer(reply) as running:
        yield running
        close_all()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "score.txt").write_text(PROMPT)
    (folder / "score.json").write_text(json.dumps(SCHEMA))
    return folder


@pytest.fixture(scope="module")
def step(server: CompletionsServer, files: Path) -> AskLlm:
    return AskLlm(
        endpoint=server.url,
        model="m",
        prompt=str(files / "score.txt"),
        schema=str(files / "score.json"),
        cache=str(files / "answers"),
        unsuitable="declined",
        retries=0,
    )


def rows(*texts: str | None) -> pa.Table:
    ids = [str(number) for number in range(len(texts))]
    return pa.table({"id": ids, "text": pa.array(texts, pa.string())})


def test_each_row_gets_its_answer_or_why_not(step: AskLlm) -> None:
    found = apply(step, rows(*ANSWERS, None, "")).kept
    assert found.schema.equals(step.output_schema(rows("a").schema))
    assert found.select(["text", "score", "llm_outcome", "llm_detail"]).to_pydict() == {
        "text": [*ANSWERS, None, ""],
        "score": [3, *[None] * 7],
        "llm_outcome": ["ok", "unsuitable", *["invalid"] * 3, *["unsuitable"] * 3],
        "llm_detail": [
            None,
            "the model says so",
            "cut off at the token limit",
            "not JSON",
            "against the schema: ['score']: '3' is not of type 'integer'",
            "refused: I cannot",
            "nothing to ask",
            "nothing to ask",
        ],
    }
    assert found["llm_input_tokens"].to_pylist() == [*[10] * 6, None, None]
    assert found["llm_output_tokens"].to_pylist() == [*[5] * 6, None, None]


def test_outcomes_can_be_rejected(step: AskLlm) -> None:
    strict = dc.replace(step, reject=("unsuitable", "invalid", "error"))
    kept, rejected = apply(strict, rows(*ANSWERS, "down for good"))
    assert kept["text"].to_pylist() == ["good"]
    reasons = dict(zip(rejected["text"].to_pylist(), rejected["reason"].to_pylist(), strict=True))
    assert reasons == {
        **{"odd": "unsuitable", "refused": "unsuitable", "down for good": "no answer"},
        **dict.fromkeys(("cut", "prose", "wrong"), "invalid answer"),
    }
    assert set(reasons.values()) == set(step.reasons)


def test_a_row_without_an_answer_fails_its_shard_and_is_asked_again(
    step: AskLlm, server: CompletionsServer
) -> None:
    batch = rows("up", "down for a moment")
    with pytest.raises(StepError, match=r"1 of 2 requests have no answer: HTTP 500.*down; what"):
        apply(step, batch, "shard")
    assert apply(step, batch).kept["llm_outcome"].to_pylist() == ["ok", "ok"]
    assert (server.seen["up"], server.seen["down for a moment"]) == (1, 2)


def test_only_what_decides_the_answer_is_in_the_fingerprint(step: AskLlm, files: Path) -> None:
    for other in (
        dc.replace(step, endpoint="http://elsewhere/v1", cache="other"),
        dc.replace(step, most_tokens=5, retries=9, concurrency=1, api_key_env="KEY"),
    ):
        assert other.fingerprint() == step.fingerprint()
    (files / "other.txt").write_text(PROMPT + "!")
    for other in (
        dc.replace(step, model="n"),
        dc.replace(step, params={"temperature": 1}),
        dc.replace(step, prompt=str(files / "other.txt")),
        dc.replace(step, reject=("invalid",)),
    ):
        assert other.fingerprint() != step.fingerprint()


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ({"endpoint": "", "cache": ""}, "nobody to ask; set endpoint, or cassette"),
        ({"model": ""}, "set model"),
        ({"cache": ""}, "no cache; set cache"),
        ({"unsuitable": "score"}, "name a boolean property"),
        ({"prompt": "absent.txt"}, "absent.txt"),
        ({"schema": "absent.json"}, "absent.json"),
        ({"cassette": "absent.jsonl"}, "absent.jsonl"),
        ({"params": {"stream": True}}, "'stream' is not a parameter here"),
        ({"params": {}, "most_tokens": 9}, "max_tokens"),
        ({"name": "", "schema": ""}, "name"),
    ],
)
def test_mistakes_are_found_before_any_work(
    step: AskLlm, options: dict[str, object], mistake: str
) -> None:
    if "schema" in options:
        options = {**options, "unsuitable": ""}
    with pytest.raises(SourceError, match=mistake):
        dc.replace(step, **options).prepare()  # type: ignore[arg-type]


def make_recipe(folder: Path, url: str, more: str = "") -> Path:
    (folder / "prompts").mkdir()
    (folder / "prompts/score.txt").write_text(PROMPT)
    (folder / "prompts/score.json").write_text(json.dumps(SCHEMA))
    texts = [f"{'down ' if number in {2, 9} else ''}{folder.name} {number}" for number in range(12)]
    lines = [json.dumps({"text": text}) for text in texts]
    (folder / "rows.jsonl").write_text("\n".join(lines))
    (folder / "scored.yaml").write_text(RECIPE.format(url=url, more=more))
    return folder / "scored.yaml"


def test_a_run_with_failures_is_completed_by_the_next(
    server: CompletionsServer, tmp_path: Path
) -> None:
    recipe, out = load_recipe(make_recipe(tmp_path, server.url)), tmp_path / "out"
    before = sum(server.seen.values())
    first = run_recipe(recipe, out, workers=1)
    assert [
        str(error).count("1 of 4 requests have no answer") for error in first.failures.values()
    ] == [1, 1]
    second = run_recipe(recipe, out, workers=1)
    assert not second.failures
    assert sum(server.seen.values()) == before + 12 + 2
    table = pq.read_table(out / "data")
    assert table["score"].to_pylist() == [3] * 12
    assert run_recipe(recipe, out, workers=1).fresh == 0


def test_a_cassette_gives_the_same_rows_offline(server: CompletionsServer, tmp_path: Path) -> None:
    file = make_recipe(tmp_path, server.url, "\n      cassette: tape.jsonl\n      reject: [error]")
    (tmp_path / "tape.jsonl").touch()
    run_recipe(load_recipe(file), tmp_path / "live", workers=1)
    main(["cassette", str(tmp_path / "work/answers"), str(tmp_path / "tape.jsonl")])
    before = sum(server.seen.values())
    offline = ['steps.ask_llm.endpoint=""', 'steps.ask_llm.cache=""']
    run_recipe(load_recipe(file, offline), tmp_path / "offline", workers=1)
    live, replayed = (pq.read_table(tmp_path / name / "data") for name in ("live", "offline"))
    assert live.num_rows == 10
    assert replayed.equals(live)
    assert sum(server.seen.values()) == before


def test_a_slot_without_a_column_is_a_mistake_of_the_recipe(tmp_path: Path) -> None:
    file = make_recipe(tmp_path, "http://127.0.0.1:9/v1")
    (tmp_path / "prompts/score.txt").write_text("{{ txt }}")
    with pytest.raises(RecipeError, match=r"needs the column 'txt'; did you mean 'text'\?"):
        run_recipe(load_recipe(file), tmp_path / "out")


def test_ten_thousand_answered_rows_take_seconds(tmp_path: Path, files: Path) -> None:
    batch = rows(*(f"{number} {'글' * 400}" for number in range(10_000)))
    tape = tmp_path / "tape.jsonl"
    step = AskLlm(
        model="m",
        prompt=str(files / "score.txt"),
        schema=str(files / "score.json"),
        cassette=str(tape),
    )
    answer = {"text": '{"score": 3, "declined": false}', "finish": "stop"}
    question = step._question()
    with tape.open("w", encoding="utf-8") as lines:
        for text in batch["text"].to_pylist():
            request = question.request({"text": text})
            assert request is not None
            plain = {"key": request.key, "request": json.loads(request.body), "answer": answer}
            lines.write(json.dumps(plain, ensure_ascii=False) + "\n")
    started = time.process_time()
    assert set(apply(step, batch).kept["score"].to_pylist()) == {3}
    assert time.process_time() - started < 10
