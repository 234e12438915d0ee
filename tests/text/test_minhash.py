"""MinHash signatures against exact sets, theory and published probabilities."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest

from curate.text.minhash import (
    Bands,
    band_hashes,
    bands_for,
    signatures,
    signatures_and_sketches,
)
from curate.text.shingles import Shingling, shingles_of

WORDS = Shingling(1)


def hashes_of(text: str, how: Shingling) -> np.ndarray:
    (one,) = shingles_of(pa.array([text]), how)
    return one.values


def pairs_of_jaccard(shared: int, own: int, pairs: int) -> tuple[list[str], list[str]]:
    """Pairs of texts whose word sets have a similarity of shared / (shared + 2 own)."""
    rng = np.random.default_rng(5)
    one, other = [], []
    for _ in range(pairs):
        words = [f"w{n}" for n in rng.choice(10**9, shared + 2 * own, replace=False)]
        one.append(" ".join(words[: shared + own]))
        other.append(" ".join(words[:shared] + words[shared + own :]))
    return one, other


@pytest.mark.parametrize(("shared", "own"), [(150, 75), (160, 20), (30, 35)])
def test_share_of_equal_values_is_the_jaccard_similarity_within_theory(
    shared: int, own: int
) -> None:
    truth = shared / (shared + 2 * own)
    one, other = (
        signatures(pa.array(texts), WORDS) for texts in pairs_of_jaccard(shared, own, 1000)
    )
    error = (one == other).mean(axis=1) - truth
    theory = np.sqrt(truth * (1 - truth) / 112)
    assert abs(error.mean()) < 4 * theory / np.sqrt(1000)
    assert error.std() == pytest.approx(theory, rel=0.08)


def test_values_of_different_permutations_are_independent() -> None:
    one, other = (signatures(pa.array(texts), WORDS) for texts in pairs_of_jaccard(60, 20, 2000))
    correlation = np.corrcoef((one == other).T)
    # 6,216 pairs of permutations, each estimated from 2,000 texts: sd .022, largest about 4 sd.
    assert np.abs(correlation[np.triu_indices(112, 1)]).max() < 0.11


def test_signature_is_the_same_in_any_batch() -> None:
    texts = pa.array([f"text number {n} of all the texts" for n in range(9)] + [None, ""])
    whole = signatures(texts, WORDS)
    parts = [signatures(texts.slice(at, 4), WORDS) for at in (0, 4, 8)]
    assert np.array_equal(whole, np.concatenate(parts))


def test_fewer_permutations_are_the_first_of_more() -> None:
    texts = pa.array(["one two three four"])
    assert np.array_equal(signatures(texts, WORDS, 7), signatures(texts, WORDS, 112)[:, :7])


def test_signature_follows_its_definition() -> None:
    """Worked out in whole numbers, step by step: a change here calls for a new step version."""
    mask = 2**64 - 1
    shingles = [int(one) for one in hashes_of("one two three", WORDS)]

    def split_mix(step: int) -> int:
        value = step * 0x9E3779B97F4A7C15 & mask
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & mask
        value = (value ^ value >> 27) * 0x94D049BB133111EB & mask
        return value ^ value >> 31

    expected = [
        min((one * (split_mix(2 * at + 1) | 1) + split_mix(2 * at + 2) & mask) for one in shingles)
        >> 32
        for at in range(8)
    ]
    assert signatures(pa.array(["one two three"]), WORDS, 8)[0].tolist() == expected


def test_shingles_follow_their_definition() -> None:
    """FNV-1a over code points, a polynomial of the words, MurmurHash3's finalizer; in integers."""
    mask = 2**64 - 1

    def mixed(value: int) -> int:
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            value = (value ^ value >> 33) * factor & mask
        return value ^ value >> 33

    words = []
    for word in ("naïve", "کٲشُر", "words", "123"):
        value = 0xCBF29CE484222325
        for letter in word:
            value = (value ^ ord(letter)) * 0x9E3779B97F4A7C15 & mask
        words.append(mixed(value))
    salt = 2 * 0x9E3779B97F4A7C15 & mask
    expected = [
        mixed((one * 0xD6E8FEB86659FD93 + other & mask) ^ salt)
        for one, other in itertools.pairwise(words)
    ]
    assert hashes_of("Naïve کٲشُر words, 123", Shingling(2)).tolist() == expected
    # Written down too, so that no change of both goes by unnoticed.
    assert expected == [13180060500898571847, 10809738089477879442, 617601545274074439]


def test_text_without_shingles_is_marked() -> None:
    signature, known = signatures_and_sketches(pa.array(["", None, "a"]), WORDS, 8, 16)
    assert (signature[:2] == 2**32 - 1).all()
    assert known.shingles.tolist() == [0, 0, 1]
    assert known.offsets.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("most", [1, 16, 50, 1000])
def test_sketch_holds_the_smallest_hashes_in_order(most: int) -> None:
    rng = np.random.default_rng(2)
    texts = [" ".join(f"w{n}" for n in rng.integers(0, 60, size)) for size in (1, 7, 80, 400)]
    _, known = signatures_and_sketches(pa.array(texts), Shingling(2), 4, most)
    for row, text in enumerate(texts):
        every = sorted({int(one) >> 32 for one in hashes_of(text, Shingling(2))})
        values = known.values[known.offsets[row] : known.offsets[row + 1]]
        assert values.tolist() == every[:most]
        assert known.shingles[row] == len(every)


def test_sketches_come_with_the_same_signatures() -> None:
    texts = pa.array(["one two three four five", "x", None, "six seven eight"])
    signature, _ = signatures_and_sketches(texts, Shingling(2), 30, 8)
    assert np.array_equal(signature, signatures(texts, Shingling(2), 30))


@pytest.mark.parametrize(
    ("jaccard", "published"),
    [(0.2, 0.006), (0.3, 0.047), (0.4, 0.186), (0.5, 0.470), (0.6, 0.802), (0.7, 0.975)],
)
def test_bands_find_what_the_book_says(jaccard: float, published: float) -> None:
    """Leskovec, Rajaraman and Ullman 2014, figure 3.8: 20 bands of 5 rows."""
    assert Bands(20, 5).found(jaccard) == pytest.approx(published, abs=6e-4)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 0.99, 1.0])
def test_chosen_bands_find_the_pairs_at_the_threshold(threshold: float) -> None:
    bands = bands_for(112, threshold)
    assert bands.number * bands.size <= 112
    assert bands.found(threshold) >= 0.97
    assert bands_for(4, 0.01) == Bands(4, 1)


def test_equal_bands_have_equal_hashes_and_no_others() -> None:
    signature = np.array([[1, 2, 3, 4], [1, 2, 9, 9], [3, 4, 1, 2]], np.uint32)
    one, two, turned = band_hashes(signature, Bands(2, 2))
    assert one[0] == two[0]
    assert len({*one, *two, *turned}) == 5
