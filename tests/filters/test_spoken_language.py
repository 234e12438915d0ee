"""The spoken-language filter, on a tiny wav2vec 2.0 that always hears Kashmiri."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tiny_models import write_wav2vec2

from curate.audio.batch import samples_array
from curate.contract import apply
from curate.errors import EnvironmentError_
from curate.filters.language import Language
from curate.filters.spoken_language import SpokenLanguage

LABELS = ["kas", "kan", "urd"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """For every clip ``kas`` has the probability e / (e + 2) = 0.5761."""
    return str(write_wav2vec2(tmp_path_factory.mktemp("lid"), LABELS, [1.0, 0.0, 0.0]))


def batch_of(*lengths: int) -> pa.Table:
    generator = np.random.default_rng(0)
    clips = [generator.normal(0, 0.1, length).astype(np.float32) for length in lengths]
    return pa.table(
        {
            "id": [f"{row}" for row in range(len(lengths))],
            "source": ["test"] * len(lengths),
            "samples": samples_array(clips),
            "rate_hz": pa.array([22_050] * len(lengths), pa.int32()),
        }
    )


def evidence(step: SpokenLanguage, *lengths: int) -> dict[str, list[object]]:
    return {name: found.to_pylist() for name, found in step(batch_of(*lengths)).measured.items()}


def test_clip_in_the_wanted_language_is_kept_with_its_probability(weights: str) -> None:
    step = SpokenLanguage(weights=weights)
    assert step(batch_of(22_050)).keep.to_pylist() == [True]
    assert evidence(step, 22_050) == {
        "spoken_language": ["kas"],
        "spoken_language_prob": [pytest.approx(0.5761)],
        "spoken_wanted_prob": [pytest.approx(0.5761)],
        "spoken_language_judged": [True],
    }


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"languages": ("urd",)}, "wrong spoken language"),
        ({"languages": ("urd",), "least_prob": 0.58}, "uncertain spoken language"),
        ({"least_prob": 0.6}, "uncertain spoken language"),
    ],
)
def test_clip_in_another_language_is_wrong_and_an_unsure_one_uncertain(
    weights: str, options: dict, reason: str
) -> None:
    rejected = apply(SpokenLanguage(weights=weights, **options), batch_of(22_050)).rejected
    assert rejected["reason"].to_pylist() == [reason]
    assert rejected["spoken_language"].to_pylist() == ["kas"]


def test_probabilities_of_the_wanted_languages_add_up(weights: str) -> None:
    step = SpokenLanguage(weights=weights, languages=("ks", "ur"), least_prob=0.78)
    # e / (e + 2) and 1 / (e + 2)
    assert evidence(step, 22_050)["spoken_wanted_prob"] == [
        pytest.approx(0.5761 + 0.2119, abs=2e-4)
    ]
    assert step(batch_of(22_050)).keep.to_pylist() == [True]


def test_the_text_step_has_the_same_columns_types_and_reasons() -> None:
    spoken = {name.removeprefix("spoken_"): kind for name, kind in SpokenLanguage.adds.items()}
    assert spoken == {name: kind for name, kind in Language.adds.items() if name != "script"}
    heard = [reason.replace("spoken ", "") for reason in SpokenLanguage.reasons]
    assert heard == [reason for reason in Language.reasons if reason != "no text"]


def test_a_label_of_another_standard_is_written_as_iso_639_3(tmp_path: Path) -> None:
    weights = str(write_wav2vec2(tmp_path, ["ks", "ur"], [3.0, 0.0]))
    assert evidence(SpokenLanguage(weights=weights), 22_050)["spoken_language"] == ["kas"]


def test_clip_too_short_to_judge_is_kept_without_an_answer(weights: str) -> None:
    verdict = SpokenLanguage(weights=weights)(batch_of(0, 1, 2_000))
    assert verdict.keep.to_pylist() == [True] * 3
    assert verdict.measured["spoken_language"].to_pylist() == [None] * 3
    assert verdict.measured["spoken_language_judged"].to_pylist() == [False] * 3


def test_empty_batch_keeps_the_declared_schema(weights: str) -> None:
    step, batch = SpokenLanguage(weights=weights), batch_of()
    assert apply(step, batch).kept.schema == step.output_schema(batch.schema)


def test_preparing_gives_a_digest_for_each_file(weights: str) -> None:
    found = SpokenLanguage(weights=weights).prepare()
    assert sorted(found) == ["config.json", "model.safetensors", "preprocessor_config.json"]
    assert {len(digest) for digest in found.values()} == {64}


@pytest.mark.parametrize("missing", ["error", "skip"])
def test_language_that_the_model_does_not_know_stops_before_work(
    weights: str, missing: str
) -> None:
    says = r"filters.spoken_language: the model has no label for 'kass'; the nearest are kas_Arab"
    with pytest.raises(EnvironmentError_, match=says):
        SpokenLanguage(weights=weights, languages=("kass",), missing=missing).prepare()


def test_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EnvironmentError_, match=r"missing preprocessor_config.json, model.safet"):
        SpokenLanguage(weights=str(tmp_path)).prepare()


def test_missing_files_may_be_skipped(tmp_path: Path) -> None:
    step = SpokenLanguage(weights=str(tmp_path), missing="skip")
    assert step.prepare() == {"spoken_language": "skipped: weights missing"}
    verdict = step(batch_of(22_050))
    assert verdict.keep.to_pylist() == [True]
    assert verdict.measured["spoken_language_prob"].to_pylist() == [None]
