"""Words of a text: the words of malti, whole characters, and nothing lost between them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from malti.tokeniser import KMTokeniser

from curate.maltese.annotations import read_annotations
from curate.maltese.tokenize import between, locate, tokenizer

cut = tokenizer()
split = tokenizer(entities=False, addresses=False)
PIECES = [
    "il-",
    "ta'",
    "&amp;",
    "&",
    "https://a.mt/x?y=1",
    "👨‍👩‍👧",
    "🇲🇹",
    "z\u0307",
    "\u0307",
    "\u200d",
    "ħ",
    " ",
    "\n",
]
MIXED = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=30).map("".join)


@given(MIXED)
def test_words_and_what_is_between_them_give_the_text_back(text: str) -> None:
    for tokens, starts, ends in (cut(text), split(text)):
        assert tokens == [text[start:end] for start, end in zip(starts, ends, strict=True)]
        gaps = between(text, (found := cut(text)))
        woven = [part for pair in zip(gaps, found.tokens, strict=False) for part in pair]
        assert "".join([*woven, gaps[-1]]) == text


@given(MIXED)
def test_words_go_from_left_to_right_and_do_not_overlap(text: str) -> None:
    found = cut(text)
    edges = [edge for pair in zip(found.starts, found.ends, strict=True) for edge in pair]
    assert edges == sorted(edges)
    assert all(start < end for start, end in zip(found.starts, found.ends, strict=True))


@given(MIXED)
def test_only_white_space_and_invisible_signs_are_between_words(text: str) -> None:
    assert not any(sign.isalnum() for gap in between(text, cut(text)) for sign in gap)


@given(MIXED)
def test_words_are_found_again_in_their_text(text: str) -> None:
    tokens = cut(text).tokens
    found = locate(tokens, text)
    assert found is not None
    assert found.tokens == tokens


def test_real_sentences_are_cut_as_malti_does(data_dir: Path) -> None:
    malti = KMTokeniser()
    texts = [" ".join(one.words) for one in read_annotations(data_dir / "maltese")]
    assert [split(text).tokens for text in texts] == [
        [text[start:end] for start, end in malti.tokenise_indices(text)] for text in texts
    ]


def test_real_sentences_get_the_words_of_the_treebank(data_dir: Path) -> None:
    # The treebank's own text gives 96.6 % of whole sentences; here its words joined by spaces.
    sentences = read_annotations(data_dir / "maltese")
    same = sum(cut(" ".join(one.words)).tokens == [*one.words] for one in sentences)
    assert same / len(sentences) > 0.966


def test_decomposed_text_has_the_same_words() -> None:
    text = "Iż-Żebbuġ, fil-għaxija ta' Ħad-Dingli"
    plain = cut(text).tokens
    apart = cut(unicodedata.normalize("NFD", text)).tokens
    assert [unicodedata.normalize("NFC", word) for word in apart] == plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Tom &amp; Ġann", ["Tom", "&amp;", "Ġann"]),
        ("ara https://example.org/a?b=c.", ["ara", "https://example.org/a?b=c", "."]),
        ("ikteb lil x.y@um.edu.mt", ["ikteb", "lil", "x.y@um.edu.mt"]),
        ("prosit 👨‍👩‍👧🇲🇹!", ["prosit", "👨‍👩‍👧", "🇲🇹", "!"]),
        ("العربية 中文 Ħello", ["العربية", "中文", "Ħello"]),
        ("", []),
        (" \r\n\t", []),
    ],
)
def test_what_a_reader_sees_as_one_stays_one(text: str, words: list[str]) -> None:
    assert cut(text).tokens == words


def test_entities_and_addresses_can_be_split() -> None:
    assert split("A&amp;B").tokens == ["A", "&", "amp", ";", "B"]
    assert split("www.x.mt").tokens == ["www", ".", "x", ".", "mt"]


def test_a_word_that_is_not_there_is_told() -> None:
    assert locate(["u", "u"], "u") is None


def test_a_long_document_is_cut_in_linear_time() -> None:
    found = cut("Il-kelb z\u0307għir &amp; " * 50_000)
    assert len(found.tokens) == 200_000
