from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from curate.errors import EnvironmentError_, SourceError
from curate.transforms.label_language import LabelLanguage

TEXTS = [
    "यह हिन्दी में लिखा हुआ एक वाक्य है",
    "Questa è una frase scritta in italiano.",
    None,
    " ",
]


@pytest.fixture(scope="module")
def model(data_dir: Path) -> str:
    return str(data_dir / "lid" / "lid_small_ref.ftz")


@pytest.fixture
def batch() -> pa.Table:
    return pa.table({"id": list("abcd"), "source": ["s"] * 4, "text": TEXTS})


def test_language_script_and_probability_stand_beside_each_text(
    model: str, batch: pa.Table
) -> None:
    rows = LabelLanguage(model=model)(batch).select(["language", "script"]).to_pylist()
    nothing = {"language": None, "script": None}
    assert rows == [
        {"language": "hin", "script": "Deva"},
        {"language": "ita", "script": "Latn"},
        nothing,
        nothing,
    ]


def test_the_best_few_come_as_lists(model: str, batch: pa.Table) -> None:
    step = LabelLanguage(model=model, k=3, names="flores")
    labelled = step(batch)
    assert labelled.schema.equals(step.output_schema(batch.schema))
    lists = labelled["languages"].to_pylist()
    assert [found and found[0] for found in lists] == ["hin_Deva", "ita_Latn", None, None]
    assert [found and len(found) for found in lists] == [3, 3, None, None]
    probs = labelled["language_probs"].to_pylist()[1]
    assert probs == sorted(probs, reverse=True)
    assert probs[0] == labelled["language_prob"].to_pylist()[1] <= 1


def test_a_model_that_names_no_script_gives_the_usual_one(data_dir: Path, batch: pa.Table) -> None:
    step = LabelLanguage(model=str(data_dir / "lid" / "lid.176.ftz"), names="model")
    labelled = step(batch).slice(0, 2)
    assert labelled["language"].to_pylist() == ["hi", "it"]
    assert labelled["script"].to_pylist() == ["Deva", "Latn"]


def test_without_a_model_the_columns_are_null_if_that_was_allowed(
    tmp_path: Path, batch: pa.Table
) -> None:
    step = LabelLanguage(model=str(tmp_path / "none.bin"), missing="skip", k=2)
    labelled = step(batch)
    assert labelled.schema.equals(step.output_schema(batch.schema))
    assert labelled["language"].null_count == labelled["languages"].null_count == 4


def test_without_a_model_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match="there is no file"):
        LabelLanguage(model=str(tmp_path / "none.bin")).prepare()


def test_a_file_that_is_no_model_is_named(tmp_path: Path, batch: pa.Table) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"hello")
    with pytest.raises(SourceError, match=r"model\.bin: byte"):
        LabelLanguage(model=str(path))(batch)


def shares_of(model: str, *texts: str | None) -> list[dict[str, float] | None]:
    rows = range(len(texts))
    batch = pa.table({"id": list(map(str, rows)), "text": pa.array(texts, pa.string())})
    step = LabelLanguage(model=model, shares=True)
    labelled = step(batch)
    assert labelled.schema.equals(step.output_schema(batch.schema))
    found = labelled["language_shares"].to_pylist()
    return [each and {pair["language"]: round(pair["share"], 3) for pair in each} for each in found]


def test_shares_count_the_characters_of_each_languages_sentences(model: str) -> None:
    english = "This sentence is in English, said she"
    hindi = "यह हिन्दी में लिखा हुआ एक वाक्य है और यह"
    total = len(english) * 2 + len(hindi)
    assert shares_of(model, f"{english}. {hindi}।\n{english}! No.") == [
        {"eng": round(2 * len(english) / total, 3), "hin": round(len(hindi) / total, 3)}
    ]


def test_a_text_of_short_sentences_is_labelled_whole_and_a_blank_one_not_at_all(
    model: str,
) -> None:
    short = "C'est bon. Oui, merci. Très bien. À demain. Au revoir."
    assert shares_of(model, short, None, " \n. ", "") == [{"fra": 1.0}, None, None, None]


def test_sentences_that_are_not_told_are_undetermined(data_dir: Path) -> None:
    english, noise = "This sentence is in English, said she", "qxzj vkwq zzxq jjqk wvxq kqzx"
    model = str(data_dir / "lid" / "fixtures" / "ova_w2.bin")  # one against all: may know nothing
    total = len(english) + len(noise)
    shares = {"eng": round(len(english) / total, 3), "und": round(len(noise) / total, 3)}
    assert shares_of(model, f"{english}. {noise}.") == [shares]


def test_shares_do_not_depend_on_the_other_rows(model: str, batch: pa.Table) -> None:
    step = LabelLanguage(model=model, shares=True)
    whole = step(batch)
    assert pa.concat_tables([step(batch.slice(0, 1)), step(batch.slice(1))]).equals(whole)
    assert step(batch.slice(0, 0)).schema.equals(whole.schema)
