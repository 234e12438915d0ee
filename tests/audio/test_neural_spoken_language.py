"""Spoken language on a tiny wav2vec 2.0 with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_models import write_wav2vec2
from transformers import pipeline

from curate.audio.neural import spoken_language
from curate.errors import EnvironmentError_

LABELS = ["eng", "kas", "kan", "urd"]
CLIP = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav2vec2(tmp_path_factory.mktemp("lid"), LABELS)


def test_answer_is_that_of_the_transformers_pipeline(weights: Path) -> None:
    classify = pipeline("audio-classification", model=str(weights), device="cpu")
    (expected,) = classify({"raw": CLIP, "sampling_rate": 16_000}, top_k=1)
    label, prob = spoken_language.identify(CLIP, 16_000, weights, "cpu")
    assert label == expected["label"]
    assert prob == pytest.approx(expected["score"], abs=1e-6)


def test_answer_does_not_depend_on_the_level_of_the_clip(weights: Path) -> None:
    _, prob = spoken_language.identify(CLIP, 16_000, weights, "cpu")
    _, quiet = spoken_language.identify(CLIP * np.float32(0.25), 16_000, weights, "cpu")
    assert quiet == pytest.approx(prob, abs=1e-4)


@pytest.mark.parametrize("samples", [0, 1, 1_599])
def test_clip_under_a_tenth_of_a_second_has_no_answer(samples: int, weights: Path) -> None:
    assert spoken_language.identify(CLIP[:samples], 16_000, weights, "cpu") is None


def test_clip_of_a_tenth_of_a_second_has_one(weights: Path) -> None:
    assert spoken_language.identify(CLIP[:1_600], 16_000, weights, "cpu") is not None


def test_known_language_passes(weights: Path) -> None:
    spoken_language.check_language(weights, "kas")


def test_unknown_language_is_reported_with_the_nearest_labels(weights: Path) -> None:
    with pytest.raises(EnvironmentError_) as caught:
        spoken_language.check_language(weights, "kann")
    assert str(caught.value) == (
        f"spoken_language: the model in {weights} knows 4 languages but not 'kann'; "
        "nearest labels: kan, kas; change language, or take a larger model"
    )
