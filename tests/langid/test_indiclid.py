"""IndicLID's two stages, on two small models laid out as AI4Bharat publishes theirs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import fasttext
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import EnvironmentError_
from curate.filters.language import Language
from curate.langid import catalog
from curate.langid.identify import identify
from curate.langid.indiclid import FILES, LEAST_ROMAN_PROB, roman_shares
from curate.transforms.label_language import LabelLanguage

NATIVE = {
    "kas_Arab": "یہِ چھُ کٲشُر زَبان تہٕ",
    "kas_Deva": "यि छु कॉशुर ज़बान तॖ",
    "tam_Tamil": "இது ஒரு தமிழ் வாக்கியம்",
    "mni_Meti": "ꯃꯅꯤꯄꯨꯔꯤ ꯂꯣꯟ ꯑꯁꯤ",
}
ROMAN = {
    "kas_Latn": "yi chu kashur zaban te asi",
    "hin_Latn": "yeh ek hindi vakya hai mera",
    "other": "this quick brown fox jumps",
}


def train(path: Path, texts: dict[str, str]) -> None:
    path.parent.mkdir(parents=True)
    lines = [f"__label__{label} {text}" for label, text in texts.items()] * 20
    source = path.with_suffix(".txt")
    source.write_text("\n".join(lines), "utf-8")
    # fewer threads would train on memory that fastText 0.9.3 does not clear
    model = fasttext.train_supervised(
        str(source), dim=8, epoch=20, lr=0.8, minn=1, maxn=3, bucket=2000, loss="hs", thread=12
    )
    model.save_model(str(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("indiclid")
    for name, texts in zip(FILES, (NATIVE, ROMAN), strict=True):
        train(folder / name, texts)
    return folder


def share(text: str) -> float:
    """As the authors' inference code counts, for text without newlines."""
    left_out = len(re.findall(r"[@_!#$%^&*()<>?/\\|}{~:]", text)) + len(re.findall(r"\s", text))
    total = len(text) - left_out
    return len(re.findall("[a-zA-Z0-9]", text)) / total if total else 0.0


def by_the_authors(folder: Path, text: str) -> tuple[str, float] | None:
    """Label and score of the right fastText model; None where they would ask the BERT."""
    native, roman = (fasttext.load_model(str(folder / name)) for name in FILES)
    is_roman = share(text) > 0.5
    labels, scores = (roman if is_roman else native).predict([text])
    if is_roman and not scores[0][0] > 0.6:
        return None
    return labels[0][0].removeprefix("__label__"), float(scores[0][0])


TEXTS = [
    *NATIVE.values(),
    *ROMAN.values(),
    "yi hindi",
    "यि abcdefghi",
    "कॉशुर ज़बान abc",
    "12 345",
    "xq",
]


def test_labels_are_those_of_the_two_models_under_their_usual_names(folder: Path) -> None:
    usual = {"tam_Tamil": "tam_Taml", "mni_Meti": "mni_Mtei", "other": "und"}
    found = identify(catalog.open_model(str(folder), owner="o"), pa.array(TEXTS))
    labels = catalog.labels_of(str(folder), owner="o")
    unsure = 0
    for row, text in enumerate(TEXTS):
        label, prob = labels[found.labels[row, 0]].removeprefix("__label__"), found.probs[row, 0]
        expected = by_the_authors(folder, text)
        unsure += expected is None
        name, score = expected or ("und", 0.0)
        assert (label, prob) == (usual.get(name, name), pytest.approx(score, abs=1e-6)), text
    assert 0 < unsure < len(TEXTS)


@given(st.text(max_size=40).filter(lambda text: "\n" not in text))
def test_the_roman_share_is_counted_as_the_authors_count_it(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert roman_shares(pa.array([None, text, text]))[1:].tolist() == [share(text)] * 2


def test_every_character_that_python_calls_a_space_is_left_out() -> None:
    spaces = [chr(code) for code in range(sys.maxunicode) if chr(code).isspace()]
    beside = [
        "\u0084",
        "\u00a1",
        "\u1681",
        "\u180e",
        "\u200b",
        "\u2027",
        "\u202a",
        "\u2060",
        "\u3001",
    ]
    assert roman_shares(pa.array([space + "a" for space in spaces])).tolist() == [1.0] * len(spaces)
    assert roman_shares(pa.array([mark + "a" for mark in beside])).tolist() == [0.5] * len(beside)


def test_a_slice_of_a_column_is_judged_by_its_own_rows() -> None:
    assert roman_shares(pa.array(["ab", "کٲ", "c"]).slice(1)).tolist() == [0.0, 1.0]


def test_the_labels_have_one_und_and_kashmiri_in_three_scripts(folder: Path) -> None:
    labels = catalog.labels_of(str(folder), owner="o")
    assert sorted(one for one in labels if "kas" in one or "und" in one) == [
        "__label__kas_Arab",
        "__label__kas_Deva",
        "__label__kas_Latn",
        "__label__und",
    ]
    assert catalog.open_model(str(folder), owner="o").labels == labels


def test_romanised_text_of_which_the_model_is_not_sure_is_uncertain(folder: Path) -> None:
    assert LEAST_ROMAN_PROB == 0.6
    batch = pa.table({"text": ["zz qq ww vv bb", ROMAN["kas_Latn"], ROMAN["hin_Latn"], None]})
    verdict = Language(languages=("kas",), model=str(folder))(batch)
    assert verdict.keep.to_pylist() == [False, True, False, False]
    assert verdict.reason.to_pylist()[0] == "uncertain language"
    assert verdict.reason.to_pylist()[2:] == ["wrong language", "no text"]
    assert verdict.measured["language"].to_pylist() == ["und", "kas", "hin", None]
    assert verdict.measured["script"].to_pylist()[1:3] == ["Latn", "Latn"]


def test_the_k_best_labels_and_the_shares_of_both_models_can_be_written(folder: Path) -> None:
    texts = [NATIVE["kas_Arab"], ROMAN["kas_Latn"] + ". " + NATIVE["kas_Deva"], "", None]
    step = LabelLanguage(model=str(folder), k=9, names="flores", shares=True)
    labelled = step(pa.table({"text": texts})).to_pylist()
    assert labelled[0]["languages"][0] == "kas_Arab"
    assert set(labelled[0]["languages"]) <= {"kas_Arab", "kas_Deva", "tam_Taml", "mni_Mtei"}
    assert labelled[1]["language_shares"][0]["language"] == "kas_Latn"
    assert [row["languages"] for row in labelled[2:]] == [None, None]


def test_both_files_are_recorded_with_what_is_missing_and_the_licence(folder: Path) -> None:
    found = catalog.prepare(str(folder), owner="o")
    assert list(found) == [
        f"{name} (IndicLID without its BERT, 47 labels, 0.7 GB; MIT)" for name in FILES
    ]
    assert {len(digest) for digest in found.values()} == {64}


def test_the_name_alone_says_where_to_get_it() -> None:
    with pytest.raises(
        EnvironmentError_, match=r"indiclid-ftn.zip and indiclid-ftr.zip .* unpack both"
    ):
        catalog.prepare("indiclid", owner="filters.language")


def test_the_name_is_enough_where_a_folder_has_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "indiclid").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    assert len(catalog.prepare("indiclid", owner="o")) == 2


def test_a_folder_without_the_files_names_those_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(
        EnvironmentError_, match=r"missing indiclid-ftn/model_baseline_roman.bin, ind"
    ):
        catalog.prepare(str(tmp_path), owner="o")
    assert catalog.open_model(str(tmp_path), owner="o", missing="skip") is None


def test_text_that_is_not_unicode_is_labelled_too(folder: Path) -> None:
    broken = pa.array([b"\xff\xfe\xe2\x80 abc", b"\xc2"], pa.binary())
    found = identify(catalog.open_model(str(folder), owner="o"), broken)
    assert found.counts.shape == (2,)
