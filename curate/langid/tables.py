"""A fastText model as the arrays that the kernels read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SOFTMAX, SIGMOID, TREE = 0, 1, 2
"""How logits become probabilities: softmax, one against all (also negative sampling), a tree."""


class Tables(NamedTuple):
    """A model, laid out for reading: words, subwords, rows, weights.

    Attributes:
        nwords: Words of the dictionary; they come first.
        nlabels: Labels; they come after the words.
        dim: Length of a row.
        minn: Fewest characters of a subword.
        maxn: Most characters of a subword.
        word_ngrams: Most words of a word n-gram.
        bucket: Hash buckets of subwords and word n-grams.
        inverse: ``ceil(2**64 / bucket)``, for remainders without a division.
        grams: Whether words have subwords.
        pruned: Whether buckets go through ``bits``, ``ranks`` and ``kept``.
        all_pruned: Whether no bucket is left.
        eos: Number of the word ``</s>``, or -2.
        eos_hash: Its hash.
        head: ``SOFTMAX``, ``SIGMOID`` or ``TREE``.
        words: Bytes in which the dictionary's words lie.
        starts: Where each word or label begins, shape (nwords + nlabels,).
        lengths: Its bytes.
        hashes: Its hash.
        slots: Hash table of word numbers, -1 where empty; a power of two of them.
        bits: One bit a bucket, set if it was kept.
        ranks: For each 64 buckets, how many before them were kept.
        kept: Row (after the words) of each kept bucket, by rank.
        subword_ends: Where each word's rows end in ``subwords``, shape (nwords + 1,).
        subwords: Rows of each short word of the dictionary.
        rows: The input matrix, columns padded to whole vectors.
        weights: The output matrix in blocks of labels, shape (blocks, dim, BLOCK).
        norms: Factor of each logit, shape (nlabels,), or empty.
        left: Left child of each node of the tree, -1 for a label.
        right: Its right child.
        sigmoid: The library's table of the sigmoid from -8 to 8, shape (513,).
    """

    nwords: int
    nlabels: int
    dim: int
    minn: int
    maxn: int
    word_ngrams: int
    bucket: int
    inverse: np.uint64
    grams: bool
    pruned: bool
    all_pruned: bool
    eos: int
    eos_hash: np.uint32
    head: int
    words: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint32]
    slots: npt.NDArray[np.int32]
    bits: npt.NDArray[np.uint64]
    ranks: npt.NDArray[np.int64]
    kept: npt.NDArray[np.int32]
    subword_ends: npt.NDArray[np.int64]
    subwords: npt.NDArray[np.int32]
    rows: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    norms: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    sigmoid: npt.NDArray[np.float32]


SPARSE = 16
"""A model is sparse if it keeps fewer than one in so many buckets; lid.176.ftz keeps one in 47."""


def is_sparse(tables: Tables) -> bool:
    """Whether words have so few rows that finding them takes longer than adding them up."""
    hashes_words = tables.grams and tables.word_ngrams <= 1
    return hashes_words and tables.pruned and SPARSE * tables.kept.size < tables.bucket


class Pointers(NamedTuple):
    """The same for the kernels: numbers, and addresses (``_at``) in place of arrays."""

    nwords: int
    nlabels: int
    dim: int
    width: int
    minn: int
    maxn: int
    word_ngrams: int
    bucket: int
    inverse: np.uint64
    grams: bool
    pruned: bool
    all_pruned: bool
    eos: int
    eos_hash: np.uint32
    head: int
    mask: np.uint32
    words_at: int
    starts_at: int
    lengths_at: int
    hashes_at: int
    slots_at: int
    bits_at: int
    ranks_at: int
    kept_at: int
    subword_ends_at: int
    subwords_at: int
    rows_at: int
    weights_at: int


def pointers(tables: Tables) -> Pointers:
    """Addresses of the arrays of ``tables``; valid as long as that lives."""
    values = tables._asdict()
    known = {name: value for name, value in values.items() if name in Pointers._fields}
    addresses = {
        name: values[name.removesuffix("_at")].ctypes.data
        for name in Pointers._fields
        if name.endswith("_at")
    }
    mask = np.uint32(tables.slots.size - 1)
    return Pointers(**known, **addresses, mask=mask, width=tables.rows.shape[1])
