"""A judge behind a real server, its ledger, and what becomes of answers that it does not give."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.completions_server import CompletionsServer, Reply, completion, refused
from typer.testing import CliRunner

from curate.cli import app
from curate.errors import SourceError
from curate.llm.client import close_all
from curate.questions.judge import MOST_CHARACTERS, RUBRIC, prompts_of, rating_request

ROWS = [
    ("en", "de", "1", "Das hat mit der Frage zu tun, und das ganz gut so.", "Why? Antworte auf Deutsch."),
    ("en", "de", "2", "This is an answer to the question, and it is not bad.", "Who? Antworte auf Deutsch."),
    ("en", "fr", "1", "Ceci est une réponse à la question que l'on a posée.", "Why? Réponds en français."),
    ("en", "fr", "2", " ", "Who? Réponds en français."),
]  # fmt: skip
NAMES = ("source", "target", "question_id", "output", "prompt")


def by_language(prompt: str, times: int) -> Reply:
    """Two for German, one for English, a sentence without a rating for French."""
    said = {"Das": "Good.\nRating: [[2]]", "This": "Rating: [[1]]", "Ceci": "I like it."}
    return Reply(completion(next(text for word, text in said.items() if word in prompt)))


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    path = tmp_path / "outputs.jsonl"
    path.write_text("".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in ROWS))
    return path


def score(outputs: Path, *more: str) -> tuple[int, str]:
    try:
        found = CliRunner().invoke(
            app, ["steering-score", str(outputs), "--to", str(outputs.parent / "scores"), *more]
        )
    finally:
        close_all()
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code, found.output


def test_ratings_come_from_the_judge_and_are_paid_for_once(outputs: Path) -> None:
    with CompletionsServer(by_language) as server:
        for _ in range(2):
            code, said = score(outputs, "--judge", server.url, "--judge-model", "m")
            assert code == 0, said
        assert server.billed.total() == 3  # not for the empty output, and not for the second run
        assert {body["temperature"] for body in server.bodies} == {0}
    found = json.loads((outputs.parent / "scores/scores.json").read_text())
    pooled = found["with_diagonal"]["pooled"]
    assert (pooled["forcing"], pooled["relevance"]) == (50, 50)  # ratings 2, 1, none and 0
    assert found["unparsed_ratings"] == 1
    kept = pq.read_table(outputs.parent / "scores/judged.parquet")["judge"].to_pylist()
    assert kept == ["Good.\nRating: [[2]]", "Rating: [[1]]", "I like it.", "Rating: [[0]]"]


def test_what_the_judge_did_not_answer_is_said_and_asked_again(outputs: Path) -> None:
    def once(prompt: str, times: int) -> Reply:
        return refused(400) if times == 1 and "This" in prompt else by_language(prompt, times)

    with CompletionsServer(once) as server:
        code, said = score(outputs, "--judge", server.url, "--judge-model", "m")
        assert code == 1
        assert "the judge did not answer 1 of 4" in said
        code, said = score(outputs, "--judge", server.url, "--judge-model", "m")
        assert code == 0
        assert server.billed.total() == 3


def test_a_cap_stops_before_the_next_call(outputs: Path) -> None:
    with CompletionsServer(by_language) as server:
        code, said = score(
            outputs, "--judge", server.url, "--judge-model", "m", "--most-tokens", "10"
        )
        assert (code, server.billed.total()) == (1, 0)
        assert "did not answer 3 of 4" in said


def test_a_cap_of_money_stops_before_the_next_call(outputs: Path) -> None:
    prices = ("--usd-per-million-input-tokens", "1000000", "--usd-per-million-output-tokens", "0")
    with CompletionsServer(by_language) as server:
        judge = ("--judge", server.url, "--judge-model", "m", "--concurrency", "1")
        code, said = score(outputs, *judge, *prices, "--most-usd", "10")  # 10 tokens: not one call
        assert (code, server.billed.total()) == (1, 0)
        assert "most_usd: 10 would be passed" in said
        code, said = score(outputs, *judge, *prices, "--most-usd", "1000000")
        assert (code, server.billed.total()) == (0, 3)


def test_a_cap_of_money_without_prices_is_one_line(outputs: Path) -> None:
    with pytest.raises(SourceError, match="--most-usd needs the provider's prices"):
        score(outputs, "--judge", "http://localhost:9/v1", "--judge-model", "m", "--most-usd", "1")


def test_the_judge_sees_rubric_prompt_and_response() -> None:
    body = json.loads(rating_request("m", "Why?", "x" * 20_000).body)
    assert body["messages"][0] == {"role": "system", "content": RUBRIC}
    asked = body["messages"][1]["content"]
    assert asked.startswith("<prompt>\nWhy?\n</prompt>")
    assert asked.count("x") == MOST_CHARACTERS


def test_a_judge_without_a_name_or_prompts_is_one_line(outputs: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="--judge-model is missing"):
        score(outputs, "--judge", "http://localhost:9/v1")
    bare = tmp_path / "bare.jsonl"
    bare.write_text(json.dumps(dict(zip(NAMES[:4], ROWS[0], strict=False))) + "\n")
    with pytest.raises(SourceError, match="give --questions"):
        score(bare, "--judge", "http://localhost:9/v1", "--judge-model", "m")


def test_prompts_are_found_in_a_table_or_in_text_files(tmp_path: Path) -> None:
    outputs = pa.table({"source": ["en", "de"], "question_id": ["2", "1"]})
    (tmp_path / "en.txt").write_text("Who?\nWhy?\n")
    (tmp_path / "de.txt").write_text("Wer?\nWarum?\n")
    assert prompts_of(outputs, tmp_path) == ["Why?", "Wer?"]
    rows = {"lang": ["en", "de"], "question_id": ["2", "1"], "text": ["Why?", "Wer?"]}
    pq.write_table(pa.table(rows), tmp_path / "a.parquet")
    assert prompts_of(outputs, tmp_path / "a.parquet") == ["Why?", "Wer?"]
    pq.write_table(pa.table(rows).slice(0, 1), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="no question '1' in 'de'"):
        prompts_of(outputs, tmp_path / "a.parquet")
