"""N-grams of words and characters, compared with plain Python."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.text.minhash import signatures
from curate.text.shingles import Shingling, shingles_of, spans_of


def hashes_of(text: str, how: Shingling) -> np.ndarray:
    (one,) = shingles_of(pa.array([text]), how)
    return one.values


def plain_words(text: str, how: Shingling) -> list[str]:
    """Words by the letter: folded one by one, all but letters, marks and digits a gap."""
    out = []
    for letter in text:
        folded = letter.casefold() if "case" in how.ignore else letter
        counts = unicodedata.category(letter)[0] in "LMN" or "punctuation" not in how.ignore
        is_gap = letter.isspace() or letter == "\0" or not counts
        out.append(" " if is_gap else folded if len(folded) == 1 else letter)
    return [word for word in "".join(out).split(" ") if word]


def plain_ngrams(units: list[str], size: int) -> list[tuple[str, ...]]:
    if not units:
        return []
    size = min(size, len(units))
    return [tuple(units[at : at + size]) for at in range(len(units) - size + 1)]


def assert_same_shingles(text: str, ngrams: list[tuple[str, ...]], how: Shingling) -> None:
    """As many, and equal exactly where the n-grams are."""
    hashes = hashes_of(text, how).tolist()
    assert len(hashes) == len(ngrams)
    assert len(set(zip(ngrams, hashes, strict=True))) == len(set(ngrams)) == len(set(hashes))


TEXTS = st.text(st.sampled_from("abAB ,.\n\u00a0\u3000éÉßیہِ中文😀\u0301\0"), max_size=60)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(1, 6), st.sampled_from([(), ("case",), ("case", "punctuation")]))
def test_word_shingles_are_those_of_plain_python(text: str, size: int, ignore: tuple) -> None:
    how = Shingling(size, "word", ignore)
    assert_same_shingles(text, plain_ngrams(plain_words(text, how), size), how)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(1, 6))
def test_character_shingles_have_one_space_between_words(text: str, size: int) -> None:
    how = Shingling(size, "character")
    assert_same_shingles(text, plain_ngrams(list(" ".join(plain_words(text, how))), size), how)


@pytest.mark.parametrize("unit", ["word", "character"])
@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=40))
def test_broken_utf8_is_read_without_leaving_the_row(unit: str, raw: bytes) -> None:
    def alone(after: bytes) -> np.ndarray:
        offsets = pa.py_buffer(np.array([0, len(raw)], np.int32))
        column = pa.StringArray.from_buffers(1, offsets, pa.py_buffer(raw + after))
        return signatures(column, Shingling(2, unit), 4)

    assert (alone(b"") == alone(b"\x80\x80\x80 more")).all()


def test_case_and_punctuation_count_unless_ignored() -> None:
    one, other = "The cat, the Dog!", "the cat the dog"
    assert np.array_equal(*(hashes_of(text, Shingling(2)) for text in (one, other)))
    for ignore in (("case",), ("punctuation",), ()):
        how = Shingling(2, "word", ignore)
        assert not np.array_equal(hashes_of(one, how), hashes_of(other, how))


def test_vowel_marks_belong_to_their_word() -> None:
    assert hashes_of("کٲشُر زَبان", Shingling(1)).size == 2
    assert hashes_of("हिन्दी भाषा", Shingling(1)).size == 2


def test_a_run_of_words_has_one_hash_wherever_it_stands() -> None:
    long = hashes_of("x y one two three z", Shingling(3))
    assert hashes_of("one two three", Shingling(3))[0] == long[2]


def test_a_short_text_is_one_shingle_that_no_longer_text_has() -> None:
    short, long = (hashes_of(text, Shingling(5)) for text in ("a b c", "a b c d e f"))
    assert (short.size, long.size) == (1, 2)
    assert short[0] not in long


@pytest.mark.parametrize("text", ["", " \n\u3000", "!?… —", "😀"])
def test_a_text_without_words_has_no_shingle(text: str) -> None:
    assert hashes_of(text, Shingling(5)).size == 0


def test_a_word_of_ten_megabytes_is_one_shingle() -> None:
    assert hashes_of("x" * 10_000_000, Shingling(5)).size == 1


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_spans_follow_slices_chunks_and_nulls(kind: pa.DataType) -> None:
    rows = ["zero", None, "", "dreiß", "four"]
    one = pa.array(rows, pa.string()).cast(kind)
    for column in (one.slice(1, 3), pa.chunked_array([one.slice(1, 1), one.slice(2, 2)])):
        data, starts, stops = spans_of(column)
        found = [bytes(data[a:b]).decode() for a, b in zip(starts, stops, strict=True)]
        assert found == ["", "", "dreiß"]


def test_no_rows_and_only_nulls_have_spans() -> None:
    assert spans_of(pa.array([], pa.string())).stops.size == 0
    assert list(shingles_of(pa.chunked_array([], pa.string()), Shingling())) == []
    assert spans_of(pa.nulls(3, pa.string())).stops.tolist() == [0, 0, 0]


def test_many_rows_come_in_blocks_and_lose_none() -> None:
    texts = [f"row {n} " + "word " * (n % 7 * 5000) for n in range(100)]
    blocks = list(shingles_of(pa.array(texts), Shingling(3)))
    assert len(blocks) > 3
    assert [block.begin for block in blocks[1:]] == [block.end() for block in blocks[:-1]]
    units = np.concatenate([block.units for block in blocks])
    assert units.tolist() == [len(text.split()) for text in texts]
    alone = [hashes_of(text, Shingling(3)) for text in texts]
    whole = np.concatenate([block.values for block in blocks])
    assert np.array_equal(whole, np.concatenate(alone))
