"""Words that a sparse model met before: nothing that is found may depend on them."""

from __future__ import annotations

import dataclasses as dc
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lid_models import MODELS

from curate.langid.memo import LONGEST_WORD, RECORDS_BITS, TRIAL
from curate.langid.model import Model
from curate.langid.predict import load, predict
from curate.langid.tables import is_sparse

NAME = "lid.176.ftz"
fasttext.FastText.eprint = lambda *_: None


@cache
def model_in(folder: Path) -> Model:
    """One model for all tests, so that each finds what the ones before it left."""
    return load(folder / "lid" / NAME)


@cache
def peer_in(folder: Path) -> Any:
    return fasttext.load_model(str(folder / "lid" / NAME))


def same_as_library(folder: Path, texts: list[str], model: Model | None = None) -> None:
    labels, probs = peer_in(folder).predict(texts, k=3)
    ours = predict(model or model_in(folder), pa.array(texts, pa.string()), 3)
    assert ours.labels.to_pylist() == [list(found) for found in labels]
    assert ours.probs.flatten().to_pylist() == [float(prob) for found in probs for prob in found]


def made_up(many: int, seed: int) -> list[str]:
    """Words of 3 to 9 letters, nearly all of them different."""
    rng = np.random.default_rng(seed)
    letters = rng.integers(97, 123, (many, 9), np.uint8)
    ends = rng.integers(3, 10, many)
    return [word[:end].tobytes().decode() for word, end in zip(letters, ends.tolist(), strict=True)]


def test_one_of_the_models_is_sparse(data_dir: Path) -> None:
    folder = data_dir / "lid"
    paths = [folder / name for name in MODELS]
    paths = [path if path.exists() else folder / "fixtures" / path.name for path in paths]
    assert [path.name for path in paths if is_sparse(load(path).tables)] == [NAME]


@pytest.mark.parametrize(
    ("before", "after"), [("", "qzjxkvqw" * 2), ("qzjxkvqw", ""), ("qzjxkvqw" * 2, "")]
)
def test_words_that_share_a_record_keep_their_own_rows(
    before: str, after: str, data_dir: Path
) -> None:
    # more words than records; with parts in common, of the eight bytes that are compared at once
    words = [before + word[:8] + after for word in made_up((5 << RECORDS_BITS) // 4, 1)]
    texts = [" ".join(words[at : at + 20]) for at in range(0, len(words), 20)]
    model = load(data_dir / "lid" / NAME)
    same_as_library(data_dir, [text for text in texts for _ in range(2)], model)


def test_words_that_begin_like_the_longest_that_is_kept_are_others(data_dir: Path) -> None:
    longest = "qzjxkvqw" * 3
    assert len(longest) == LONGEST_WORD
    words = [longest, *(longest + end for end in ("a", "ing", "und", "ich", "ция"))]
    same_as_library(data_dir, [*words, *reversed(words)])


@pytest.mark.parametrize("letter", ["n", "é", "ш", "क", "語", "😀"])
def test_words_of_every_length_are_met_again_as_they_were(letter: str, data_dir: Path) -> None:
    words = [letter * many for many in range(1, 140)]
    words += ["a" + word for word in words]
    assert max(len(word.encode()) for word in words) > LONGEST_WORD
    same_as_library(data_dir, [*words, " ".join(words), *words])


def test_words_with_more_rows_than_a_record_has_keep_all(data_dir: Path) -> None:
    words = ["undderdieundvonden", "thetheandtheofand", "enlosdelasquelosco", "иконекамипосто"]
    same_as_library(data_dir, [*words, " ".join(words * 3), *words])


@pytest.mark.parametrize("blank", [" ", "\t", "\0", " \v"])
def test_words_are_split_wherever_they_lie(blank: str, data_dir: Path) -> None:
    texts = [blank * many + "ein Wort" + blank * (140 - many) + "noch" for many in range(140)]
    texts += [f"{'x' * many} ein Wort {'y' * (130 - many)}" for many in range(130)]
    same_as_library(data_dir, texts)


def test_the_end_of_the_text_and_labels_are_no_words_to_remember(data_dir: Path) -> None:
    texts = ["hier </s> there", "__label__en hier", "__label__zz hier", "</s>", "hier", "</s> x"]
    same_as_library(data_dir, texts * 3)


def test_a_memo_that_does_not_pay_rests_and_changes_nothing(data_dir: Path) -> None:
    model = load(data_dir / "lid" / NAME)
    fresh = [" ".join(made_up(50, seed)) for seed in range(2 * TRIAL // 50)]
    same_as_library(data_dir, [*fresh, *["the same old words again"] * 3000, *fresh], model)


@settings(max_examples=50, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(("the", "und", "क", "한국어", "naïve", "x" * 30, " ")) | st.text())
        .map(" ".join)
        .filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text))
    ),
    size=st.integers(1, 4),
)
def test_any_split_of_a_column_gives_the_same(texts: list[str], size: int, data_dir: Path) -> None:
    model = model_in(data_dir)
    whole = predict(dc.replace(model), pa.array(texts, pa.string()), 2)
    parts = [
        predict(model, pa.array(texts[at : at + size], pa.string()), 2)
        for at in range(0, len(texts), size)
    ]
    assert whole.labels.to_pylist() == [row for part in parts for row in part.labels.to_pylist()]
    assert whole.probs.to_pylist() == [row for part in parts for row in part.probs.to_pylist()]


def test_threads_have_memos_of_their_own(data_dir: Path) -> None:
    texts = pa.array([" ".join(made_up(100, seed % 50)) for seed in range(1000)])
    model = load(data_dir / "lid" / NAME)
    alone = predict(dc.replace(model), texts, 2)
    shared = predict(model, texts, 2, threads=4)
    assert alone.labels.equals(shared.labels)
    assert alone.probs.equals(shared.probs)


def test_a_copy_of_a_model_begins_with_addresses_of_its_own(data_dir: Path) -> None:
    model = model_in(data_dir)
    predict(model, pa.array(["guten Tag"]))
    copy = pickle.loads(pickle.dumps(model))
    assert copy.workspace.pointers is None
    same_as_library(data_dir, ["guten Tag", "good day"], copy)
