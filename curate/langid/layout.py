"""Lay out the parts of a model file as the kernels read them: tables, bitmaps, blocks, a tree."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curate.langid.hashing import hash_of
from curate.langid.tables import SIGMOID, SOFTMAX, TREE, Tables
from curate.langid.unpacking import fill_slots, sigmoid_table
from curate.langid.vectors import BLOCK

HEADS = {1: TREE, 2: SIGMOID, 3: SOFTMAX, 4: SIGMOID}
"""By the number of the loss: hs, ns, softmax, ova."""
Floats = npt.NDArray[np.float32]


class Arguments(NamedTuple):
    """The twelve integers at the beginning of a file."""

    dim: int
    ws: int
    epoch: int
    min_count: int
    neg: int
    word_ngrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lr_update_rate: int

    def hashes(self) -> bool:
        """Whether buckets are used at all."""
        return self.maxn > 0 or self.word_ngrams > 1


class Dictionary(NamedTuple):
    """Words and labels, and which hash buckets were kept.

    ``pruned`` holds pairs of bucket and row, sorted by bucket, or is None.
    """

    nwords: int
    nlabels: int
    labels: tuple[str, ...]
    words: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    label_counts: npt.NDArray[np.int64]
    pruned: npt.NDArray[np.int32] | None


class Matrix(NamedTuple):
    """A matrix with its columns padded to whole vectors; ``norms`` is empty where it has none."""

    values: Floats
    norms: Floats


def lay_out(arguments: Arguments, dictionary: Dictionary, rows: Floats, output: Matrix) -> Tables:
    """The tables of a model, all but the subwords of its words."""
    size, bucket, pruned = len(dictionary.starts), max(1, arguments.bucket), dictionary.pruned
    slots = np.full(1 << max(4, (2 * size).bit_length()), -1, np.int32)
    hashes = np.zeros(size, np.uint32)
    fill_slots(dictionary.words, dictionary.starts, dictionary.lengths, hashes, slots)
    bits, ranks, kept = _kept_buckets(pruned, bucket)
    head = HEADS[arguments.loss]
    left, right = _huffman(dictionary.label_counts) if head == TREE else (_NO_TREE, _NO_TREE)
    none_left = pruned is not None and not len(pruned)
    return Tables(
        nwords=dictionary.nwords,
        nlabels=dictionary.nlabels,
        dim=arguments.dim,
        minn=arguments.minn,
        maxn=arguments.maxn,
        word_ngrams=arguments.word_ngrams,
        bucket=bucket,
        inverse=np.uint64((2**64 - 1) // bucket + 1 if bucket > 1 else 0),
        grams=arguments.maxn > 0 and not none_left,
        pruned=pruned is not None,
        all_pruned=none_left,
        eos=_find_eos(dictionary),
        eos_hash=np.uint32(hash_of(_EOS, 0, _EOS.size)),
        head=head,
        words=dictionary.words,
        starts=dictionary.starts,
        lengths=dictionary.lengths,
        hashes=hashes,
        slots=slots,
        bits=bits,
        ranks=ranks,
        kept=kept,
        subword_ends=np.zeros(dictionary.nwords + 1, np.int64),
        subwords=np.zeros(0, np.int32),
        rows=rows,
        weights=_blocks(output.values, arguments.dim),
        norms=output.norms,
        left=left,
        right=right,
        sigmoid=sigmoid_table(),
    )


_EOS = np.frombuffer(b"</s>", np.uint8).copy()
_NO_TREE = np.zeros(0, np.int32)


def _find_eos(dictionary: Dictionary) -> int:
    """The last of the words that reads ``</s>``, or -2 (no word is -1)."""
    for word in np.flatnonzero(dictionary.lengths[: dictionary.nwords] == _EOS.size)[::-1]:
        start = dictionary.starts[word]
        if np.array_equal(dictionary.words[start : start + _EOS.size], _EOS):
            return int(word)
    return -2


def _kept_buckets(
    pruned: npt.NDArray[np.int32] | None, bucket: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """A bit for each bucket, how many bits are set before each word of 64, and the rows."""
    if pruned is None or not len(pruned):
        return np.zeros(1, np.uint64), np.zeros(1, np.int64), np.zeros(1, np.int32)
    size = -(-bucket // 64)
    bits = np.zeros(size, np.uint64)
    places = pruned[:, 0].astype(np.uint64)
    np.bitwise_or.at(bits, places >> np.uint64(6), np.uint64(1) << (places & np.uint64(63)))
    ranks = np.zeros(size, np.int64)
    ranks[1:] = np.cumsum(np.bincount(pruned[:, 0] >> 6, minlength=size))[:-1]
    return bits, ranks, np.ascontiguousarray(pruned[:, 1])


def _blocks(values: Floats, dim: int) -> Floats:
    """Weights by block of labels, then by column: shape (blocks, dim, BLOCK)."""
    blocks = math.ceil(len(values) / BLOCK)
    padded = np.zeros((blocks * BLOCK, dim), np.float32)
    padded[: len(values)] = values[:, :dim]
    return np.ascontiguousarray(padded.reshape(blocks, BLOCK, dim).transpose(0, 2, 1))


def _huffman(
    label_counts: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Left and right child of each node; labels first, the root last.

    Labels come by falling count, so the two least are the next label from the end and the next
    inner node from the front; an inner node that is not made yet counts 10**15.
    """
    labels = len(label_counts)
    counts = [int(count) for count in label_counts] + [10**15] * (labels - 1)
    left, right = np.full((2, 2 * labels - 1), -1, np.int32)
    leaf, node = labels - 1, labels
    for parent in range(labels, 2 * labels - 1):
        pair = []
        for _ in range(2):
            if leaf >= 0 and counts[leaf] < counts[node]:
                pair.append(leaf)
                leaf -= 1
            else:
                pair.append(node)
                node += 1
        left[parent], right[parent] = pair
        counts[parent] = counts[pair[0]] + counts[pair[1]]
    return left, right
