"""A fastText model as tensors of one device."""

from __future__ import annotations

import dataclasses as dc
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from curate.langid.model import Model
from curate.langid.tables import TREE, Tables

Tensor: TypeAlias = Any
"""A ``torch.Tensor``; torch is not imported where it may be missing."""
MOST_CHARACTERS = 12
"""Subwords of more characters are left to the CPU; published models have up to 6."""
MOST_WORDS = 8
"""Word n-grams of more words are left to the CPU; published models have up to 2."""
LONGEST_WORD = 4096
"""Bytes; a text with a longer word is left to the CPU, so that no lane runs for long. Scripts
without spaces have words of a paragraph: this is 1,365 Chinese characters."""
_MULTIPLIERS = tuple(range(0x9E3779B97F4A7C15, 0x9E3779B97F4A7C15 + 64, 2))
_SECOND = 0xC2B2AE3D27D4EB4F
_WRAP = 1 << 64


@dc.dataclass(frozen=True)
class DeviceTables:
    """What the device needs of a model.

    Attributes:
        model: The model, which keeps shared memory alive.
        rows: The input matrix, float32, shape (rows, width).
        weights: The output matrix, float32, shape (dim, labels).
        norms: Factor of each logit, shape (labels,), or None.
        buckets: Row of each bucket, -1 if pruned away, int32, shape (bucket,); or None if no
            bucket was pruned: then it is the number of the bucket after the words.
        multipliers: Two odd numbers whose powers, mod 2**64, weigh the bytes of a word's two keys.
        keys: The first keys of words and labels, sorted, int64.
        second_keys: The second, in the same order.
        lengths_by_key: Bytes of the words, in the same order.
        words_by_key: Their numbers, in the same order.
        dictionary: ``slots``, ``hashes``, ``starts``, ``lengths`` and ``words`` of the tables, for
            kernels that look words up as the CPU does.
        levels: The tree's inner nodes by depth, root first: (nodes, their left, their right).
        sigmoid: The library's table of the sigmoid, shape (513,).
    """

    model: Model
    rows: Tensor
    weights: Tensor
    norms: Tensor | None
    buckets: Tensor | None
    multipliers: tuple[int, int]
    keys: Tensor
    second_keys: Tensor
    lengths_by_key: Tensor
    words_by_key: Tensor
    dictionary: tuple[Tensor, ...]
    levels: tuple[tuple[Tensor, Tensor, Tensor], ...]
    sigmoid: Tensor


def fits(model: Model) -> bool:
    """Whether the device path runs this model; the CPU runs every one."""
    tables = model.tables
    grams = not tables.grams or tables.maxn <= MOST_CHARACTERS
    return grams and tables.word_ngrams <= MOST_WORDS


def tables_on(model: Model, device: str) -> DeviceTables:
    """Lay a model out on a device: ``"cuda"``, or ``"cpu"`` to try the same code without a card."""
    import torch

    def put(values: npt.NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(device)

    tables = model.tables
    multipliers, keys, second, order = _word_keys(tables)
    weights = tables.weights.transpose(0, 2, 1).reshape(-1, tables.dim)[: tables.nlabels]
    dictionary = (
        tables.slots,
        tables.hashes.view(np.int32),
        tables.starts,
        tables.lengths.astype(np.int32),
        tables.words,
    )
    return DeviceTables(
        model=model,
        rows=put(tables.rows),
        weights=put(weights.T),
        norms=put(tables.norms) if tables.norms.size else None,
        buckets=put(_bucket_rows(tables)) if tables.pruned and not tables.all_pruned else None,
        multipliers=multipliers,
        keys=put(keys),
        second_keys=put(second),
        lengths_by_key=put(tables.lengths[order]),
        words_by_key=put(order),
        dictionary=tuple(put(part) for part in dictionary),
        levels=tuple((put(node), put(left), put(right)) for node, left, right in _levels(tables)),
        sigmoid=put(tables.sigmoid),
    )


def _bucket_rows(tables: Tables) -> npt.NDArray[np.int32]:
    """Row of each bucket, or -1."""
    kept = np.unpackbits(tables.bits.view(np.uint8), bitorder="little")[: tables.bucket]
    rows = np.full(tables.bucket, -1, np.int32)
    rows[np.flatnonzero(kept)] = tables.nwords + tables.kept
    return rows


def _word_keys(
    tables: Tables,
) -> tuple[tuple[int, int], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Two keys of 64 bits for each word, sorted by the first, and which words they are.

    The sum of byte + 1 times a power of an odd number: of a whole text's running sum, the part
    between two places, divided by the power at the first. Of equal words the last counts, as in
    the tables.
    """
    usable = np.flatnonzero(tables.lengths <= LONGEST_WORD)
    second = _sums(tables, _SECOND)[usable]
    for multiplier in _MULTIPLIERS:
        first = _sums(tables, multiplier)[usable]
        # unique keeps the first of equals: look from the end
        keys, at = np.unique(first[::-1], return_index=True)
        last = len(first) - 1 - at
        if np.array_equal(second[last][np.searchsorted(keys, first)], second):
            return (multiplier, _SECOND), keys, second[last], usable[last]
    raise AssertionError("32 multipliers let words collide")  # 1 in 10**200


def _sums(tables: Tables, multiplier: int) -> npt.NDArray[np.int64]:
    """One key of each word and label."""
    keys = np.zeros(len(tables.starts), np.uint64)
    power = 1
    alive = np.flatnonzero(tables.lengths > 0)
    at = 0
    while alive.size and at < LONGEST_WORD:
        byte = tables.words[tables.starts[alive] + at].astype(np.uint64)
        keys[alive] += (byte + np.uint64(1)) * np.uint64(power)
        power = power * multiplier % _WRAP
        at += 1
        alive = alive[tables.lengths[alive] > at]
    return keys.view(np.int64)


def _levels(tables: Tables) -> list[tuple[npt.NDArray[np.int64], ...]]:
    """Inner nodes by depth, with their children."""
    if tables.head != TREE:
        return []
    found: list[tuple[npt.NDArray[np.int64], ...]] = []
    nodes = np.array([tables.left.size - 1], np.int64)
    nodes = nodes[tables.left[nodes] >= 0]
    while nodes.size:
        left, right = tables.left[nodes].astype(np.int64), tables.right[nodes].astype(np.int64)
        found.append((nodes, left, right))
        nodes = np.concatenate([left, right])
        nodes = nodes[tables.left[nodes] >= 0]
    return found
