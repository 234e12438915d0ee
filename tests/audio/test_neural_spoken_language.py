"""Spoken language on a tiny wav2vec 2.0 with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_models import write_wav2vec2

from curate.audio.neural import spoken_language

LABELS = ["eng", "kas", "kan", "urd"]
CLIP = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav2vec2(tmp_path_factory.mktemp("lid"), LABELS)


def test_answer_is_that_of_the_transformers_pipeline(weights: Path) -> None:
    from transformers import pipeline

    classify = pipeline("audio-classification", model=str(weights), device="cpu")
    expected = classify({"raw": CLIP, "sampling_rate": 16_000}, top_k=4)
    found = spoken_language.identify(CLIP, 16_000, weights, "cpu")
    assert [label for label, _ in found] == [one["label"] for one in expected]
    assert [prob for _, prob in found] == pytest.approx(
        [one["score"] for one in expected], abs=1e-6
    )


def test_answer_does_not_depend_on_the_level_of_the_clip(weights: Path) -> None:
    loud = spoken_language.identify(CLIP, 16_000, weights, "cpu")
    quiet = spoken_language.identify(CLIP * np.float32(0.25), 16_000, weights, "cpu")
    assert dict(quiet) == pytest.approx(dict(loud), abs=1e-4)


@pytest.mark.parametrize("samples", [0, 1, 1_599])
def test_clip_under_a_tenth_of_a_second_has_no_answer(samples: int, weights: Path) -> None:
    assert spoken_language.identify(CLIP[:samples], 16_000, weights, "cpu") == []


def test_clip_of_a_tenth_of_a_second_has_one(weights: Path) -> None:
    assert spoken_language.identify(CLIP[:1_600], 16_000, weights, "cpu")


def test_labels_come_from_the_configuration(weights: Path) -> None:
    assert spoken_language.languages(weights) == LABELS
