"""Translations from a column, a language model and an encoder-decoder built here, and their checks."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from support.completions_server import CompletionsServer, Reply, completion
from support.tiny_translator import PAIRS, write_translator

from curate.contract import apply
from curate.errors import EnvironmentError_, SourceError
from curate.llm.client import close_all
from curate.transforms.ask_llm import AskLlm
from curate.transforms.translate import Translate

KOREAN, ENGLISH = (list(one) for one in zip(*PAIRS, strict=True))


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_translator(tmp_path_factory.mktemp("translator"))


def rows(**columns: list[str | None]) -> pa.Table:
    size = len(next(iter(columns.values())))
    return pa.table({"id": [str(at) for at in range(size)], "source": ["made"] * size, **columns})


def test_a_parallel_column_is_taken_where_it_passes() -> None:
    batch = rows(
        text=[
            "금리가 3%로 올랐다.",
            "금리가 3%로 올랐다.",
            None,
            "금리가 올랐다.",
            "금리가 올랐다.",
        ],
        en=["Rates rose to 3%.", "Rates rose to 2%.", "Rates.", None, "Rates rose " + "again " * 9],
    )
    kept, rejected = apply(Translate(parallel="en"), batch)
    assert kept["translation"].to_pylist() == ["Rates rose to 3%."]
    told = dict(zip(rejected["id"].to_pylist(), rejected["reason"].to_pylist(), strict=True))
    wanted = ("numbers differ", "no text", "no translation", "length off")
    assert told == dict(zip("1234", wanted, strict=True))
    assert rejected["translation_detail"].to_pylist()[0] == "lost 3; new 2"


def test_another_language_than_asked_for_is_told() -> None:
    text = "한국은행이 기준금리를 올렸다고 밝혔다. 시장은 크게 놀랐다."
    german = "Die Bank von Korea hat den Leitzins angehoben, der Markt war sehr erstaunt."
    english = "The Bank of Korea said it raised its policy rate. The market was very surprised."
    made = Translate(parallel="en", reject=False)(rows(text=[text] * 2, en=[german, english]))
    assert made["translation_fault"].to_pylist() == ["wrong language", None]


def test_each_row_may_have_languages_of_its_own() -> None:
    batch = rows(text=["매출 3만 원", "Sales of 30,000 won"], to=["Sales of 30,000 won", "매출 3만 원"],
                 a=["ko", "eng"], b=[None, "ko"])  # fmt: skip
    step = Translate(parallel="to", source_language_column="a", target_language_column="b")
    assert apply(step, batch).kept["translation_fault"].to_pylist() == [None, None]


def test_a_local_model_translates_sentence_by_sentence(translator: Path) -> None:
    text = f"{KOREAN[0]} {KOREAN[1]}\n\n{KOREAN[2]}"
    made = Translate(model=str(translator), into="english")(rows(text=[text, KOREAN[3]]))
    assert made["english"].to_pylist() == [
        f"{ENGLISH[0]} {ENGLISH[1]}\n\n{ENGLISH[2]}",
        ENGLISH[3],
    ]


def test_a_translation_does_not_depend_on_its_neighbours(translator: Path) -> None:
    step = Translate(model=str(translator), reject=False, judge_language=False)
    batch = rows(text=[*KOREAN, "금리가 매출이 수출이.", None, KOREAN[0] * 40])
    whole = step(batch)
    pieces = [step(batch.slice(at, 1)) for at in range(batch.num_rows)]
    assert pa.concat_tables(pieces).equals(whole)
    assert whole["translation_fault"].to_pylist()[-2:] == ["no text", "cut off"]


def test_a_language_model_is_asked_first_and_its_answer_checked(tmp_path: Path) -> None:
    answers = dict(PAIRS) | {KOREAN[1]: "Sales fell 9%."}

    def reply(prompt: str, times: int) -> Reply:
        return Reply(completion(json.dumps({"english": answers[prompt.rpartition("\n")[2]]})))

    (tmp_path / "translate.txt").write_text("user:\nTranslate into English.\n{{ text }}")
    form = {"type": "object", "properties": {"english": {"type": "string"}}}
    (tmp_path / "translate.json").write_text(json.dumps(form))
    with CompletionsServer(reply) as server:
        ask = AskLlm(
            endpoint=server.url,
            model="m",
            prompt=str(tmp_path / "translate.txt"),
            schema=str(tmp_path / "translate.json"),
            cache=str(tmp_path / "answers"),
        )
        asked = apply(ask, rows(text=KOREAN[:3])).kept
        close_all()
    kept, rejected = apply(Translate(parallel="english", into="exact"), asked)
    assert kept["exact"].to_pylist() == [ENGLISH[0], ENGLISH[2]]
    assert rejected["reason"].to_pylist() == ["numbers differ"]


def test_a_model_that_is_not_there_stops_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"missing config.json.*give a folder"):
        Translate(model=str(tmp_path)).prepare()
    with pytest.raises(EnvironmentError_, match="set parallel to a column"):
        Translate().prepare()
    with pytest.raises(SourceError, match="take one out"):
        Translate(model="m", parallel="en").prepare()


def test_other_weights_are_another_step(translator: Path, tmp_path: Path) -> None:
    step = Translate(model=str(translator))
    assert {"model.safetensors", "tokenizer.json"} <= step.prepare().keys()
    assert step.fingerprint() != Translate(parallel="en").fingerprint()
