"""Labels and probabilities of text by a fastText model, those of the C++ library bit for bit.

The list form of the Python package ``fasttext`` 0.9.3 is what is equalled: a newline is appended
to each text. Newlines within, which that package refuses, separate words here as spaces do.
"""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.langid.heads import best_in_tree, best_many, best_one, sigmoids, softmax
from curate.langid.kernels import LONGEST_GRAM, ROWS, sum_rows
from curate.langid.memo import pays, place_of, rest
from curate.langid.model import Model, read_model
from curate.langid.sparse import BATCH, WORD, Rooms, sum_sparse_rows
from curate.langid.tables import SOFTMAX, TREE, is_sparse, pointers
from curate.langid.vectors import AHEAD, BLOCK, TILE, logits

SMALLEST_PIECE = 1 << 16
"""Bytes below which a column is not cut further: two milliseconds; a call takes 0.07 to start."""
Text: TypeAlias = pa.Array | pa.ChunkedArray


class Predictions(NamedTuple):
    """The best labels of each text.

    Attributes:
        labels: list<string>, best first, as the model spells them (with ``__label__``); empty if
            the text has no word or subword that the model knows; null for null.
        probs: list<float32>, their probabilities + 1e-5, so up to 1.00001.
    """

    labels: pa.ListArray
    probs: pa.ListArray


def load(path: Path | str) -> Model:
    """Read a supervised fastText model, ``.bin`` or ``.ftz``.

    Raises:
        SourceError: It is none, or is damaged; names the file and the place.
    """
    return read_model(Path(path))


def predict(
    model: Model, texts: Text, k: int = 1, threshold: float = 0.0, threads: int = 1
) -> Predictions:
    """Label texts.

    Args:
        model: From ``load``.
        texts: string, large_string, binary or large_binary; nulls and any bytes are welcome.
        k: Most labels of a text, at least 1, or -1 for all.
        threshold: Least probability.
        threads: Threads that share the texts; the answer does not depend on it.
    """
    found = predict_numbers(model, texts, k, threshold, threads)
    many, null = found.counts, found.null
    offsets = np.zeros(len(many) + 1, np.int32)
    np.cumsum(many, out=offsets[1:])
    taken = np.arange(found.labels.shape[1]) < many[:, None]
    mask = pa.array(null) if null.any() else None
    labels = pc.take(model.label_array, pa.array(found.labels[taken]))
    return Predictions(
        pa.ListArray.from_arrays(pa.array(offsets), labels, mask=mask),
        pa.ListArray.from_arrays(pa.array(offsets), pa.array(found.probs[taken]), mask=mask),
    )


class Numbers(NamedTuple):
    """What ``predict_numbers`` finds.

    Attributes:
        labels: int32, shape (texts, k): places in ``model.labels``, best first.
        probs: float32, shape (texts, k).
        counts: int32, shape (texts,): how many of the k are there.
        null: bool, shape (texts,): which texts are null.
    """

    labels: npt.NDArray[np.int32]
    probs: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int32]
    null: npt.NDArray[np.bool_]


def predict_numbers(
    model: Model, texts: Text, k: int = 1, threshold: float = 0.0, threads: int = 1
) -> Numbers:
    """The same as ``predict``, with numbers of labels in NumPy arrays.

    A model with ``device="cuda"`` runs on the GPU; see ``curate.langid.gpu``.
    """
    if k == 0 or k < -1:
        raise ValueError(f"k is {k}; it is at least 1, or -1 for all labels")
    most = len(model.labels) if k == -1 else min(k, len(model.labels))
    flat = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if model.device != "cpu":
        from curate.langid.gpu.predict import predict_on

        return predict_on(model, flat, most, threshold, threads)
    data, offsets, null = buffers(flat)
    rows = len(flat)
    labels = np.zeros((rows, most), np.int32)
    scores = np.zeros((rows, most), np.float32)
    counts = np.zeros(rows, np.int32)
    tables = model.tables
    head = _Head(tables.norms, tables.left, tables.right, tables.sigmoid)
    least = np.float32(threshold)
    space, letters = model.workspace, data.ctypes.data
    sparse = is_sparse(tables)
    if space.pointers is None:
        space.pointers = pointers(tables)
    pointed = space.pointers

    def part(start: int, end: int) -> None:
        out = (labels, scores, counts)
        memo = space.take_memo() if sparse else None
        _predict(pointed, head, letters, offsets, null, start, end, place_of(memo), least, *out)
        if memo is not None:
            space.give_back(memo)

    if threads == 1:
        part(0, rows)
    else:
        with ThreadPoolExecutor(threads) as pool:
            pieces = itertools.pairwise(_cuts(offsets, threads))
            for done in [pool.submit(part, *piece) for piece in pieces]:
                done.result()
    return Numbers(labels, scores, counts, null)


def _cuts(offsets: npt.NDArray[np.int64], threads: int) -> list[int]:
    """Rows at which a column is cut into pieces for threads, first and last included.

    Each piece is half of a thread's share of what is left, so that the last ones are small and a
    core which others use does not hold up the end (Polychronopoulos and Kuck 1987, "Guided
    self-scheduling").
    """
    cuts, rows = [0], len(offsets) - 1
    while (left := int(offsets[-1] - offsets[cuts[-1]])) > SMALLEST_PIECE:
        goal = offsets[cuts[-1]] + max(left // (2 * threads), SMALLEST_PIECE)
        row = int(np.searchsorted(offsets[:rows], goal))
        if row == rows:
            break
        cuts.append(row)
    return [*cuts, rows]


def side_by_side(texts: pa.Array) -> pa.Array:
    """The same texts in an array whose bytes lie side by side."""
    kind = texts.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind) or _is_large(kind):
        return texts
    return texts.cast(pa.large_binary() if _holds_bytes(kind) else pa.large_string())


def buffers(texts: pa.Array) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """The bytes of a text array, its offsets, and where it is null."""
    texts = side_by_side(texts)
    wide: Any = np.int64 if _is_large(texts.type) else np.int32
    _, offsets, data = texts.buffers()
    if len(texts) == 0 or offsets is None:
        places = np.zeros(1, np.int64)
    else:
        start = texts.offset
        places = np.frombuffer(offsets, wide)[start : start + len(texts) + 1].astype(np.int64)
    letters = np.frombuffer(data, np.uint8) if data is not None and data.size else _NOTHING
    null = np.asarray(texts.is_null().to_numpy(zero_copy_only=False), np.bool_)
    return letters, places, null


_NOTHING = np.zeros(1, np.uint8)


def _is_large(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _holds_bytes(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_fixed_size_binary(value) or pa.types.is_binary_view(value))


class _Head(NamedTuple):
    """What turns logits into labels."""

    norms: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    sigmoid: npt.NDArray[np.float32]


class _Room(NamedTuple):
    """Scratch memory of one thread."""

    probs: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]
    nodes: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float32]


@nb.njit(nogil=True, cache=True)
def _predict(  # type: ignore[no-untyped-def]
    model, head, text, offsets, null, start, end, memo, threshold, labels, scores, counts
):
    """Label the texts from ``start`` to ``end``, ``TILE`` at a time."""
    longest = 0
    for at in range(start, end):
        longest = max(longest, offsets[at + 1] - offsets[at])
    hashes = np.zeros(longest // 2 + 3 if model.word_ngrams > 1 else 1, np.int32)
    ids = np.zeros(ROWS + LONGEST_GRAM + AHEAD, np.int32)
    words = np.zeros(BATCH * WORD if memo != 0 else 1, np.uint8)
    width = model.width
    wide = -(-model.nlabels // BLOCK) * BLOCK
    hidden = np.zeros((TILE, width), np.float32)
    out = np.zeros((TILE, wide), np.float32)
    rows = np.zeros(TILE, np.int64)
    room = _Room(
        np.zeros(model.nlabels, np.float32),
        np.zeros(labels.shape[1] + 1, np.int32),
        np.zeros(labels.shape[1] + 1, np.float32),
        np.zeros(head.left.size + 2, np.int64),
        np.zeros(head.left.size + 2, np.float32),
    )
    # here, for to take an address in the loop counts references: atomic, and 14 % of a short text
    ids_at, hashes_at = np.int64(ids.ctypes.data), np.int64(hashes.ctypes.data)
    hidden_at, out_at = np.int64(hidden.ctypes.data), np.int64(out.ctypes.data)
    rooms = Rooms(ids_at, np.int64(words.ctypes.data), memo)
    for first in range(start, end, TILE):
        many = min(TILE, end - first)
        hidden[:] = np.float32(0)
        for row in range(many):
            at = first + row
            rows[row] = 0
            if not null[at]:
                place, last = offsets[at], offsets[at + 1]
                total = hidden_at + 4 * row * width
                if memo != 0 and pays(memo):
                    rows[row] = sum_sparse_rows(model, text, place, last, offsets[-1], rooms, total)
                else:
                    rows[row] = sum_rows(model, text, place, last, ids_at, hashes_at, total)
                    if memo != 0:
                        rest(memo, last - place)
                scale = np.float32(1.0 / max(rows[row], 1))
                for column in range(width):
                    hidden[row, column] *= scale
        for block in range(0, wide, BLOCK):
            weights = model.weights_at + 4 * block * model.dim
            logits(hidden_at, weights, model.dim, width, out_at + 4 * block, wide)
        for row in range(many):
            if rows[row] > 0:
                at = first + row
                counts[at] = _best(
                    model.head, head, out[row], threshold, room, labels[at], scores[at]
                )
    for numbers in (ids, hashes):  # numba frees an array after its last use, so this is that
        numbers[0] = 0
    words[0] = 0
    for numbers in (hidden, out):
        numbers[0, 0] = 0


@nb.njit(nogil=True, cache=True)
def _best(kind, head, values, threshold, room, labels, probs):  # type: ignore[no-untyped-def]
    """Best labels of one text from its logits; returns how many."""
    most = labels.size
    for at in range(head.norms.size):
        values[at] *= head.norms[at]
    if kind == TREE:
        found = best_in_tree(
            values,
            head.left,
            head.right,
            threshold,
            most,
            room.labels,
            room.scores,
            room.nodes,
            room.sums,
        )
    else:
        total = np.float32(1)
        if kind == SOFTMAX:
            total = softmax(values, room.probs)
        else:
            sigmoids(values, head.sigmoid, room.probs)
        if most == 1:
            found = best_one(room.probs, total, threshold, room.labels, room.scores)
        else:
            found = best_many(room.probs, total, threshold, most, room.labels, room.scores)
    for at in range(found):
        labels[at] = room.labels[at]
        probs[at] = np.float32(math.exp(room.scores[at]))
    return found
