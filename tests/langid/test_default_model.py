"""The language model that comes with the package does what its JSON says, on lines it never saw."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from curate.langid.evaluate import figures, known_lines, predict_labels
from curate.langid.train import Plan, read_plan
from curate.langid.training_lines import Line, read_lines

FOLDER = Path(__file__).resolve().parent.parent.parent / "curate" / "langid" / "data"
MODEL = FOLDER / "default.ftz"
ABOUT = json.loads((FOLDER / "default.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(FOLDER / "default.json")


@pytest.fixture(scope="module")
def told(data_dir: Path, plan: Plan) -> list[Line]:
    """The test lines whose label the model has: 44,467, none of them used in training."""
    return known_lines(
        read_lines(data_dir / "lid" / "test.jsonl.gz"), ABOUT["labels"], plan.evaluation
    )


@pytest.fixture(scope="module")
def found(told: list[Line], plan: Plan) -> dict[str, Any]:
    return figures(told, predict_labels(MODEL, [line.text for line in told]), plan.evaluation)


@pytest.fixture(scope="module")
def reference(told: list[Line], plan: Plan, data_dir: Path) -> dict[str, Any]:
    """The same figures for the reference model of the same size class."""
    given = predict_labels(data_dir / "lid" / "lid_small_ref.ftz", [line.text for line in told])
    return figures(told, given, plan.evaluation)


def test_the_file_is_the_one_described_and_small() -> None:
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() == ABOUT["sha256"]
    assert MODEL.stat().st_size == ABOUT["bytes"] <= 1_200_000


def test_the_model_has_the_labels_of_the_reference_model(data_dir: Path) -> None:
    import fasttext

    model = fasttext.load_model(str(data_dir / "lid" / "lid_small_ref.ftz"))
    assert (
        sorted(label.removeprefix("__label__") for label in model.get_labels()) == ABOUT["labels"]
    )
    assert len(ABOUT["labels"]) == 97


def test_the_stated_figures_are_measured_again(found: dict[str, Any]) -> None:
    stated = ABOUT["figures"]
    for name in ("accuracy", "macro_recall", "macro_recall_all", "word_accuracy"):
        assert found[name] == pytest.approx(stated[name], abs=0.001), name
    for label in ("kas_Arab", "kas_Deva", "mlt_Latn", "kor_Hang", "urd_Arab", "eng_Latn"):
        assert found["labels"][label] == pytest.approx(stated["labels"][label], abs=0.003), label


def test_what_the_project_asks_of_it_is_reached(found: dict[str, Any]) -> None:
    assert found["macro_recall"] >= 0.970
    assert found["word_accuracy"] >= 0.72
    assert found["labels"]["mlt_Latn"]["recall"] >= 0.985
    assert found["labels"]["kor_Hang"]["recall"] >= 0.985
    # 0.985 is wanted of the recall; docs/language_model.md says which names keep it below
    assert found["labels"]["kas_Arab"]["recall"] >= 0.98
    assert found["labels"]["kas_Arab"]["precision"] >= 0.99


def test_kashmiri_is_found_among_its_neighbours(told: list[Line], plan: Plan) -> None:
    # Of one word there is a name only, in most lines: 25 of 1043, 8 of them missed.
    spaced = [line for line in told if len(line.text.split()) > 1]
    given = predict_labels(MODEL, [line.text for line in spaced])
    kashmiri = figures(spaced, given, plan.evaluation)["labels"]["kas_Arab"]
    assert kashmiri["lines"] == 1018
    assert kashmiri["recall"] >= 0.985
    assert kashmiri["precision"] >= 0.99


def test_it_beats_the_reference_model_at_every_length(
    found: dict[str, Any], reference: dict[str, Any]
) -> None:
    for name in ("accuracy", "macro_recall", "macro_recall_all", "word_accuracy"):
        assert found[name] > reference[name], name
    for length, (_, share) in found["by_length"].items():
        assert share > reference["by_length"][length][1], length


def test_every_source_of_the_training_has_a_licence_that_lets_the_model_be_passed_on() -> None:
    licences = {source["licence"] for source in ABOUT["sources"]}
    assert licences == {
        "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "public-domain UN text", "repo MIT; Rasa CC-BY-4.0",
    }  # fmt: skip
    assert ABOUT["licence"] == "CC-BY-SA-4.0"
