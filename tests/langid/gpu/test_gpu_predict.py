"""The GPU path by plain torch on the CPU: against the library's golden answers and our CPU path."""

from __future__ import annotations

import dataclasses as dc
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lid_models import MODELS

from curate.langid.gpu.predict import first_look, predict_on
from curate.langid.model import Model
from curate.langid.predict import load, predict_numbers

PIECES = (
    *("a", "b", " ", "\0", "\t", "\n", "\v", "\f", "</s>", "</s", "__label__", "__label__en", "<"),
    *(
        ">",
        "é",
        "क",
        "한",
        "語",
        "😀",
        "\u00a0",
        "\u200b",
        "ا",
        "the",
        "und",
        "́",
        "x" * 600,
        "語" * 2000,
    ),
)


@cache
def model_of(data_dir: Path, name: str) -> Model:
    path = data_dir / "lid" / name
    return load(path if path.exists() else path.parent / "fixtures" / name)


@pytest.fixture(scope="module")
def golden(data_dir: Path) -> list[dict[str, Any]]:
    with gzip.open(data_dir / "lid" / "fixtures" / "golden.jsonl.gz", "rt", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def same_as_the_cpu(model: Model, texts: pa.Array, k: int, threshold: float = 0.0) -> None:
    ours = predict_on(model, texts, k, threshold, 1, "cpu", "eager")
    theirs = predict_numbers(model, texts, k, threshold)
    taken = np.arange(k) < theirs.counts[:, None]
    assert ours.counts.tolist() == theirs.counts.tolist()
    assert ours.labels[taken].tolist() == theirs.labels[taken].tolist()
    np.testing.assert_allclose(ours.probs[taken], theirs.probs[taken], rtol=0, atol=1e-6)
    assert ours.null.tolist() == theirs.null.tolist()


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("name", MODELS)
def test_golden_answers_of_the_library_are_met(
    name: str, k: int, golden: list[dict[str, Any]], data_dir: Path
) -> None:
    model = model_of(data_dir, name)
    texts = pa.array([line["text"] for line in golden])
    ours = predict_on(model, texts, k, 0.0, 1, "cpu", "eager")
    answers = [line[name][f"k{k}"] for line in golden]
    taken = np.arange(k) < ours.counts[:, None]
    labels = [[label for label, _ in answer] for answer in answers]
    assert [
        [model.labels[at] for at in row[:many]]
        for row, many in zip(ours.labels, ours.counts, strict=True)
    ] == labels
    expected = np.array([prob for answer in answers for _, prob in answer], np.float32)
    np.testing.assert_allclose(ours.probs[taken], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_few_lines_are_left_to_the_cpu(
    name: str, golden: list[dict[str, Any]], data_dir: Path
) -> None:
    texts = pa.array([line["text"] for line in golden])
    found = first_look(model_of(data_dir, name), texts, 1, 0.0, "cpu", "eager")
    assert found.doubt.mean() < 0.02


def test_the_sums_have_the_bits_of_the_cpu(golden: list[dict[str, Any]], data_dir: Path) -> None:
    model = model_of(data_dir, "softmax.bin")
    texts = pa.array([line["text"] for line in golden])
    found = first_look(model, texts, 1, 0.0, "cpu", "eager")
    exact = predict_numbers(model, texts).probs[~found.doubt]
    assert (found.probs[~found.doubt] == exact).mean() > 0.99


@pytest.mark.parametrize("name", ["lid.176.ftz", "softmax.ftz", "ova_w2.bin", "words_w2.bin"])
@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(
        st.none()
        | st.lists(st.sampled_from(PIECES), max_size=12).map(lambda parts: "".join(parts).encode())
        | st.binary(max_size=20),
        max_size=8,
    ),
    k=st.sampled_from((1, 2, 5)),
    threshold=st.sampled_from((0.0, 0.1, 0.5)),
)
def test_any_bytes_get_the_answer_of_the_cpu(
    name: str, texts: list[bytes | None], k: int, threshold: float, data_dir: Path
) -> None:
    same_as_the_cpu(model_of(data_dir, name), pa.array(texts, pa.binary()), k, threshold)


@pytest.mark.parametrize(
    "changes",
    [
        {"minn": 1, "maxn": 1},
        {"minn": 0, "maxn": 3},
        {"minn": 3, "maxn": 3},
        {"minn": 3, "maxn": 6},
        {"minn": 4, "maxn": 2},
        {"maxn": 0, "grams": False},
        {"word_ngrams": 2},
        {"word_ngrams": 5, "maxn": 0, "grams": False},
        {"eos": -2},
        {"minn": 2, "maxn": 40},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["softmax.ftz", "hs.bin"])
def test_every_choice_of_subwords_and_word_n_grams_is_followed(
    name: str, changes: dict[str, Any], golden: list[dict[str, Any]], data_dir: Path
) -> None:
    model = model_of(data_dir, name)
    # without stored subwords, those of known words are made from the text as well
    plain = model.tables._replace(
        subword_ends=np.zeros_like(model.tables.subword_ends),
        subwords=np.zeros(0, np.int32),
        **changes,
    )
    texts = pa.array([line["text"] for line in golden[:120]])
    same_as_the_cpu(dc.replace(model, tables=plain), texts, 2)


def test_a_model_whose_buckets_were_all_pruned_has_words_alone(
    golden: list[dict[str, Any]], data_dir: Path
) -> None:
    model = model_of(data_dir, "ova_w2.ftz")
    nothing = np.zeros(1, np.uint64), np.zeros(1, np.int64), np.zeros(1, np.int32)
    bits, ranks, kept = nothing
    plain = model.tables._replace(
        pruned=True,
        all_pruned=True,
        grams=False,
        bits=bits,
        ranks=ranks,
        kept=kept,
        subword_ends=np.zeros_like(model.tables.subword_ends),
    )
    texts = pa.array([line["text"] for line in golden[:120]])
    same_as_the_cpu(dc.replace(model, tables=plain), texts, 1)


@pytest.mark.parametrize("text", ["x" * 10_000_000, "क" * 200_000, "a b " * 100_000, "\0" * 1000])
def test_a_huge_text_among_others_gets_the_answer_of_the_cpu(text: str, data_dir: Path) -> None:
    texts = pa.array(["before it", text, "after it"])
    same_as_the_cpu(model_of(data_dir, "lid.176.ftz"), texts, 3)


def test_many_blocks_give_what_one_gives(golden: list[dict[str, Any]], data_dir: Path) -> None:
    model = model_of(data_dir, "words_w2.bin")
    texts = [line["text"] for line in golden]
    alone = first_look(model, pa.array(texts), 2, 0.0, "cpu", "eager")
    several = first_look(model, pa.array(texts * 15), 2, 0.0, "cpu", "eager")  # over 2 MB
    for one, more in zip(alone, several, strict=True):
        assert np.array_equal(np.concatenate([one] * 15), more)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_binary(), pa.string_view()])
def test_every_kind_of_column_and_slice_gives_the_same(kind: pa.DataType, data_dir: Path) -> None:
    texts = ["drop me", "one line", None, "", "eine Zeile", "ایک سطر"]
    same_as_the_cpu(model_of(data_dir, "lid_small_ref.ftz"), pa.array(texts).cast(kind).slice(1), 2)


@pytest.mark.parametrize("texts", [[], [None], ["", ""], [None, " "]])
def test_nothing_to_read_is_no_error(texts: list[str | None], data_dir: Path) -> None:
    for name in ("lid.176.ftz", "ova_w2.bin"):
        same_as_the_cpu(model_of(data_dir, name), pa.array(texts, pa.string()), 2)


def test_as_many_labels_as_there_are_come_from_the_cpu(data_dir: Path) -> None:
    model = model_of(data_dir, "softmax.bin")
    same_as_the_cpu(model, pa.array(["one line", "eine Zeile"]), len(model.labels))
