"""Labels and probabilities against the C++ library: its golden answers, and itself."""

from __future__ import annotations

import gzip
import json
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

from curate.langid.catalog import DEFAULT_MODEL
from curate.langid.model import Model
from curate.langid.predict import load, predict, predict_numbers

# What separates, ends, looks like a label, is cut by subwords, or is not known at all.
PIECES = (
    *("a", "b", " ", "\0", "\t", "\r", "\v", "\f", "</s>", "</s", "__label__", "__label__en", "<"),
    *(">", "é", "क", "한", "語", "😀", "\u00a0", "\u200b", "ا", "the", "und", "́", "x" * 40),
)
fasttext.FastText.eprint = lambda *_: None


def file_of(data_dir: Path, name: str) -> Path:
    if name == DEFAULT_MODEL.name:
        return DEFAULT_MODEL
    folder = data_dir / "lid"
    return folder / name if (folder / name).exists() else folder / "fixtures" / name


@cache
def model_of(path: Path) -> Model:
    return load(path)


@cache
def peer_of(path: Path) -> Any:
    return fasttext.load_model(str(path))


@pytest.fixture(scope="module")
def golden(data_dir: Path) -> list[dict[str, Any]]:
    with gzip.open(data_dir / "lid" / "fixtures" / "golden.jsonl.gz", "rt", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def same_as_library(path: Path, texts: list[str], k: int, threshold: float = 0.0) -> None:
    labels, probs = peer_of(path).predict(texts, k=k, threshold=threshold)
    ours = predict(model_of(path), pa.array(texts, pa.string()), k, threshold)
    assert ours.labels.to_pylist() == [list(found) for found in labels]
    flat = [float(prob) for found in probs for prob in found]
    assert ours.probs.flatten().to_pylist() == flat


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("name", MODELS)
def test_golden_answers_of_the_library_are_met_to_the_bit(
    name: str, k: int, golden: list[dict[str, Any]], data_dir: Path
) -> None:
    texts = pa.array([line["text"] for line in golden])
    ours = predict(model_of(file_of(data_dir, name)), texts, k)
    answers = [line[name][f"k{k}"] for line in golden]
    assert ours.labels.to_pylist() == [[label for label, _ in answer] for answer in answers]
    expected = np.array([prob for answer in answers for _, prob in answer], np.float32)
    assert np.array_equal(ours.probs.flatten().to_numpy(), expected)


@pytest.mark.parametrize("name", [*MODELS[:2], DEFAULT_MODEL.name])
def test_every_test_line_gets_the_label_and_probability_of_the_library(
    name: str, data_dir: Path
) -> None:
    with gzip.open(data_dir / "lid" / "test.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"].replace("\n", " ") for line in file]
    path = file_of(data_dir, name)
    labels, probs = peer_of(path).predict(texts, k=1)
    ours = predict_numbers(model_of(path), pa.array(texts, pa.large_string()), threads=2)
    known = model_of(path).labels
    assert [known[at] for at in ours.labels[:, 0]] == [found[0] for found in labels]
    assert np.array_equal(ours.probs[:, 0], np.concatenate(probs))


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=25, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
        | st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])),
        max_size=8,
    ),
    k=st.sampled_from((1, 2, 5, -1)),
    threshold=st.sampled_from((0.0, 0.1, 0.5)),
)
def test_any_text_gets_the_answer_of_the_library(
    name: str, texts: list[str], k: int, threshold: float, data_dir: Path
) -> None:
    same_as_library(file_of(data_dir, name), texts, k, threshold)


@pytest.mark.parametrize("name", ["lid.176.ftz", "ova_w2.ftz", "words_w2.bin"])
@pytest.mark.parametrize("text", ["x" * 10_000_000, "क" * 200_000, "a b " * 100_000])
def test_a_huge_text_gets_the_answer_of_the_library(name: str, text: str, data_dir: Path) -> None:
    same_as_library(file_of(data_dir, name), [text, "after it"], 3)


def test_invalid_utf8_is_read_as_bytes(data_dir: Path) -> None:
    path = file_of(data_dir, "lid_small_ref.ftz")
    texts = [b"\xff\xfe\x80", b"\x80\x80 ok", b"caf\xc3", b"\xed\xa0\x80 lone surrogate"]
    ours = predict(model_of(path), pa.array(texts, pa.binary()))
    theirs = [peer_of(path).f.predict(text + b"\n", 1, 0.0, "strict") for text in texts]
    assert ours.labels.to_pylist() == [[label for _, label in found] for found in theirs]
    assert ours.probs.to_pylist() == [[prob for prob, _ in found] for found in theirs]


def test_a_newline_separates_words_as_a_space_does(data_dir: Path) -> None:
    model = model_of(file_of(data_dir, "lid.176.ftz"))
    ours = predict(model, pa.array(["guten\nTag", "guten Tag"]), 3)
    assert ours.labels[0] == ours.labels[1]
    assert ours.probs[0] == ours.probs[1]


def test_null_gives_null_and_no_words_give_nothing(data_dir: Path) -> None:
    model = model_of(file_of(data_dir, "lid.176.ftz"))
    ours = predict(model, pa.array(["tea", None, "tea"]), threshold=2.0)
    assert ours.labels.to_pylist() == [[], None, []]
    assert ours.probs.to_pylist() == [[], None, []]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.string_view()]
)
def test_every_kind_of_column_and_slice_gives_the_same(kind: pa.DataType, data_dir: Path) -> None:
    model = model_of(file_of(data_dir, "lid_small_ref.ftz"))
    texts = ["drop me", "one line", None, "", "eine Zeile", "ایک سطر"]
    whole = predict(model, pa.array(texts), 2)
    column = pa.chunked_array([pa.array(texts[:2]), pa.array(texts[2:])]).cast(kind)
    for part in (column.slice(1), column.combine_chunks().slice(1)):
        ours = predict(model, part, 2)
        assert ours.labels.equals(whole.labels.slice(1))
        assert ours.probs.equals(whole.probs.slice(1))


@pytest.mark.parametrize("threads", [2, 3, 16])
def test_threads_do_not_change_the_answer(
    threads: int, golden: list[dict[str, Any]], data_dir: Path
) -> None:
    # 400 kB in pieces of 64 kB and more; the longest text is a piece of its own, and some are none
    lines = [line["text"] for line in golden]
    texts = pa.array([*lines, "a word " * 20_000, *lines, None, "", *[None] * 5])
    model = model_of(file_of(data_dir, "lid_small_ref.ftz"))
    alone, shared = predict(model, texts, 2), predict(model, texts, 2, threads=threads)
    assert alone.labels.equals(shared.labels)
    assert alone.probs.equals(shared.probs)


def test_no_texts_give_no_answers(data_dir: Path) -> None:
    model = model_of(file_of(data_dir, "lid.176.ftz"))
    for empty in (pa.array([], pa.string()), pa.chunked_array([], pa.string())):
        assert predict(model, empty, 2, threads=2).labels.to_pylist() == []


@pytest.mark.parametrize("k", [0, -2])
def test_k_is_positive_or_all(k: int, data_dir: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        predict(model_of(file_of(data_dir, "lid.176.ftz")), pa.array(["tea"]), k)
