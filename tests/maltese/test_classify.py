"""Labels of words: the bundled models, context, memory, and models read from hostile files."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import pickle
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import EnvironmentError_, SourceError
from curate.maltese.annotations import read_annotations
from curate.maltese.classify import Classifier, sentence_starts
from curate.maltese.crf import decode
from curate.maltese.evaluate import label_sentences
from curate.maltese.extract import SentenceFeatures, marks
from curate.maltese.features import word_features
from curate.maltese.likeness import likenesses
from curate.maltese.memory import remember
from curate.maltese.store import BUNDLED, describe, load


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load(describe(BUNDLED / "letters"), "merged"))


def labels(classifier: Classifier, words: list[str]) -> list[str]:
    found = classifier.label(words, np.arange(len(words)), np.array([0, len(words)]))
    return [classifier.labels[place] for place in found.label]


def test_words_of_an_unseen_sentence_get_their_labels(classifier: Classifier) -> None:
    words = [
        "Dalgħodu",
        "ħaddejt",
        "minn",
        "Birżebbuġa",
        "u",
        "konvinċejt",
        "lill-",
        "klijenti",
        ".",
    ]
    assert labels(classifier, words) == [
        *(
            "Arabic",
            "Arabic",
            "Arabic",
            "Name",
            "Arabic",
            "Non-Arabic",
            "Arabic",
            "Non-Arabic",
            "Symbol",
        )
    ]


def test_decomposed_words_are_the_same_words(classifier: Classifier) -> None:
    assert labels(classifier, ["z\u0307ebbug\u0307"]) == labels(classifier, ["żebbuġ"])


def test_weights_of_the_model_score_a_sentence_as_its_features_do(
    classifier: Classifier, data_dir: Path
) -> None:
    # The quick sums of the classifier against one look-up for each feature of each word.
    weights = load(describe(BUNDLED / "letters"), "merged").sentence
    rows = {name: row for row, name in enumerate(weights.names)}
    sentences = read_annotations(data_dir / "maltese")[:40]
    no_memory = Classifier(
        load(describe(BUNDLED / "letters"), "merged")._replace(memory=remember([]))
    )
    found = label_sentences(no_memory, sentences)
    features = SentenceFeatures([word for one in sentences for word in one.words])
    expected = []
    for one in sentences:
        bits = np.array([marks(word) for word in one.words], np.uint8)
        starts = sentence_starts(bits, np.array([0, len(bits)]))
        scores = [
            sum(weights.states[rows[name]].astype(float) for name in names if name in rows)
            for begin, end in itertools.pairwise(starts)
            for names in features(one.words[begin:end])
        ]
        expected += decode(np.array(scores), starts, weights.transitions.astype(float)).tolist()
    assert found.label.tolist() == expected


@given(st.lists(st.lists(st.text(min_size=1, max_size=6), max_size=5), max_size=5))
@settings(max_examples=30)
def test_a_text_has_the_labels_that_it_has_alone(texts: list[list[str]]) -> None:
    model = Classifier(load(describe(BUNDLED / "letters"), "merged"))
    words = [word for text in texts for word in text]
    ends = np.cumsum([0, *map(len, texts)])
    whole = model.label(words, np.arange(len(words)), ends)
    for place, text in enumerate(texts):
        part = model.label(text, np.arange(len(text)), np.array([0, len(text)]))
        assert part.label.tolist() == whole.label[ends[place] : ends[place + 1]].tolist()
        assert part.prob.tolist() == whole.prob[ends[place] : ends[place + 1]].tolist()


def test_the_store_of_words_is_bounded(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curate.maltese.classify.MOST_WORDS", 50)
    model = Classifier(load(describe(BUNDLED / "letters"), "merged"))
    words = [f"kelma{number}" for number in range(40)]
    first = labels(model, words)
    assert labels(model, [f"oħra{number}" for number in range(40)])
    assert len(model._known) == 40
    assert labels(model, words) == first


def test_a_document_decided_in_pieces_has_the_same_labels(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    sentences = read_annotations(data_dir / "maltese")[:60]
    whole = label_sentences(classifier, sentences)
    monkeypatch.setattr("curate.maltese.classify.AT_ONCE", 50)
    parts = label_sentences(classifier, sentences)
    assert all(np.array_equal(one, other) for one, other in zip(whole, parts, strict=True))


def test_a_document_is_cut_into_sentences_after_stops() -> None:
    words = ["Iva", ".", "”", "Le", "?", "Forsi"]
    bits = np.array([marks(word) for word in words], np.uint8)
    assert sentence_starts(bits, np.array([0, 5, 6])).tolist() == [0, 5, 6]
    assert sentence_starts(bits, np.array([0, 6])).tolist() == [0, 5, 6]


def test_a_word_with_two_labels_is_not_in_the_memory() -> None:
    memory = remember([("a", "x"), ("a", "y"), ("b", "x"), ("b", "x")])
    assert memory.words == {"b": ("x", 2)}


def test_a_word_seen_often_is_trusted_more() -> None:
    memory = load(describe(BUNDLED / "letters"), "merged").memory
    assert 0.9 < memory.prob(1) <= memory.prob(2) <= memory.prob(1000) < 1


def test_likeness_is_one_less_the_relative_edit_distance() -> None:
    # Levenshtein's textbook pair: three edits in seven letters.
    assert likenesses(["kitten"], ["sitting"]) == pytest.approx([1 - 3 / 7])
    assert likenesses(["", "", "għ"], ["", "ab", "għ"]) == [1, 0, 1]


@given(st.text(max_size=60))
def test_any_word_has_features(word: str) -> None:
    assert word_features(word or " ").own


def test_both_bundled_models_are_small_and_complete() -> None:
    size = sum(path.stat().st_size for path in BUNDLED.rglob("*.*"))
    assert size < 2_000_000
    for name in ("letters", "tables"):
        about = describe(BUNDLED / name)
        assert about.licence == "CC-BY-SA-4.0"
        assert len(load(about, "fine").sentence.labels) == 7
        assert len(load(about, "merged").sentence.labels) == 5


def test_the_model_that_needs_tables_holds_no_translation(data_dir: Path) -> None:
    # Features of the tables are counts, yes or no, and tenths.
    names = load(describe(BUNDLED / "tables"), "merged").sentence.names
    kinds = ("english", "italian", "arabic", "loan", "in ", "both", "one arabic")
    told = {name.partition("=")[2] for name in names if name.lstrip("-+1:").startswith(kinds)}
    allowed = {"True", "False", "case", "low", "no", "same", "latin", "arabic", "True,True"}
    assert {one for one in told if not one.lstrip("-").isdigit()} <= allowed | {
        "True,False", "False,True", "False,False"
    }  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED / "letters", tmp_path / "model"))


def rewrite(folder: Path, content: bytes) -> None:
    """Put a file in the place of the weights, with its digest, as an attacker would."""
    (folder / "merged.npz").write_bytes(content)
    told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    told["files"]["merged.npz"] = hashlib.sha256(content).hexdigest()
    (folder / "model.json").write_text(json.dumps(told), encoding="utf-8")


def test_a_changed_file_is_refused_by_its_digest(copy: Path) -> None:
    path = copy / "merged.npz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SourceError, match="sha256"):
        load(describe(copy), "merged")


def bomb(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sentence_states.npy", b"\0" * size)
    return buffer.getvalue()


def with_object() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, words=np.array([{"a": 1}], dtype=object))
    return buffer.getvalue()


def with_array(name: str, values: np.ndarray) -> bytes:
    arrays = dict(np.load(BUNDLED / "letters/merged.npz"))
    buffer = io.BytesIO()
    np.savez(buffer, **{**arrays, name: values})
    return buffer.getvalue()


HOSTILE = {
    "empty": b"",
    "no zip": b"PK\x03\x04" + b"\0" * 100,
    "bomb": bomb(70_000_000),
    "no array": bomb(10),
    "pickle": with_object(),
    "bare pickle": pickle.dumps({"a": 1}),
    "not finite": with_array("sentence_transitions", np.full((5, 5), np.nan, np.float32)),
    "huge weight": with_array("sentence_transitions", np.full((5, 5), 1e30, np.float32)),
    "shape": with_array("sentence_states", np.zeros((3, 5), np.float32)),
    "no such label": with_array("word_labels", np.full(1, 99, np.int32)),
    "trust": with_array("trust", np.array([2.0])),
    "names": with_array("alone_names", np.frombuffer(b"{}", np.uint8)),
    "nested": with_array("alone_names", np.frombuffer(b"[" * 100_000, np.uint8)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_one_clear_error(copy: Path, kind: str) -> None:
    rewrite(copy, HOSTILE[kind])
    with pytest.raises(SourceError, match=r"merged\.npz is no etymology model or damaged"):
        load(describe(copy), "merged")


@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=8))
@settings(max_examples=60)
def test_a_file_with_other_bytes_is_refused_or_read(at: int, noise: bytes) -> None:
    content = bytearray((BUNDLED / "letters/merged.npz").read_bytes())
    at %= len(content)
    content[at : at + len(noise)] = noise
    with tempfile.TemporaryDirectory() as folder:
        place = Path(shutil.copytree(BUNDLED / "letters", Path(folder) / "model"))
        rewrite(place, bytes(content))
        with contextlib.suppress(SourceError):
            Classifier(load(describe(place), "merged"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 3}', "[" * 100_000, '{"format"'])
def test_a_damaged_description_is_one_clear_error(copy: Path, text: str) -> None:
    (copy / "model.json").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"model\.json is no etymology model or damaged"):
        describe(copy)


def test_a_folder_without_model_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"python -m curate\.maltese\.train"):
        describe(tmp_path)


def test_other_features_ask_for_new_learning(copy: Path) -> None:
    told = json.loads((copy / "model.json").read_text(encoding="utf-8"))
    (copy / "model.json").write_text(json.dumps({**told, "features": "0" * 64}))
    with pytest.raises(EnvironmentError_, match="learn it again"):
        describe(copy)
