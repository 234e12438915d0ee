"""Label texts on a device, and on the CPU those that are too close to call there.

Rows, products and exponentials are added up in float32 in the order of the CPU path, which is that
of the C++ library; there is no matrix product, so none in TF32. A text is labelled on the CPU if
it holds ``</s>`` or ``__label__``, a word of more than 4 kB or broken UTF-8, or if its best labels
lie within the margins of ``heads``. So labels are the CPU's, and probabilities, but for a last bit.
"""

from __future__ import annotations

import dataclasses as dc
import functools
import importlib.util
import math
import subprocess
from types import ModuleType
from typing import Any, Literal, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate import models
from curate.errors import EnvironmentError_
from curate.langid.gpu import bags, eager
from curate.langid.gpu.blocks import Sender, chunks, in_blocks
from curate.langid.gpu.heads import best_labels
from curate.langid.gpu.tables import DeviceTables, fits, tables_on
from curate.langid.gpu.tokens import Block, find_words
from curate.langid.model import Model
from curate.langid.predict import Numbers, buffers, predict_numbers, side_by_side

Kernels = Literal["triton", "eager"]
BLOCK = {"triton": 1 << 26, "eager": 1 << 24}
"""Bytes of text sent at once; plain torch needs some hundred bytes of memory for each."""
ON_CPU = 1 << 21
"""The same where the device is a CPU, so that a block stays near its caches."""
ROOM = {"cuda": 1 << 26, "cpu": 1 << 21}
"""Logits of texts that are judged together."""
MOST_LABELS = 16
"""With more of them asked for, the CPU labels all: neighbours further down are hardly apart."""


class Found(NamedTuple):
    """What the device says, before the CPU is asked.

    Attributes:
        labels: int32, shape (texts, k).
        probs: float32, shape (texts, k).
        counts: int32, shape (texts,).
        doubt: bool, shape (texts,): which the CPU has to label.
    """

    labels: npt.NDArray[np.int32]
    probs: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int32]
    doubt: npt.NDArray[np.bool_]


def predict_on(
    model: Model,
    texts: pa.Array,
    k: int,
    threshold: float,
    threads: int,
    device: str = "cuda",
    kernels: Kernels | None = None,
) -> Numbers:
    """``predict_numbers`` by a device.

    Args:
        model: From ``load``.
        texts: An array, not chunked.
        k: Most labels of a text, at most the model's.
        threshold: Least probability.
        threads: Threads for the texts that the CPU labels.
        device: ``cuda``, or ``cpu`` to try the same code without a card.
        kernels: ``triton`` or ``eager``; None for the first that is there.

    Raises:
        EnvironmentError_: The model, or a small block of texts, has no room on the device.
    """
    model = dc.replace(model, device="cpu")
    if k > MOST_LABELS or not fits(model):
        return predict_numbers(model, texts, k, threshold, threads)
    texts = side_by_side(texts)
    found = first_look(model, texts, k, threshold, device, kernels)
    null = np.asarray(texts.is_null().to_numpy(zero_copy_only=False), np.bool_)
    answer = Numbers(found.labels, found.probs, found.counts, null)
    return settle(model, texts, answer, found.doubt, k, threshold, threads)


def settle(
    model: Model,
    texts: pa.Array,
    found: Numbers,
    doubt: npt.NDArray[np.bool_],
    k: int,
    threshold: float,
    threads: int,
) -> Numbers:
    """Replace what is in doubt by the CPU's answer."""
    rows = np.flatnonzero(doubt)
    if rows.size:
        again = predict_numbers(model, texts.take(pa.array(rows)), k, threshold, threads)
        found.labels[rows], found.probs[rows] = again.labels, again.probs
        found.counts[rows] = again.counts
    return found


def first_look(
    model: Model,
    texts: pa.Array,
    k: int,
    threshold: float,
    device: str,
    kernels: Kernels | None = None,
) -> Found:
    """What the device says of all texts; see ``predict_on``."""
    import torch

    kernels = kernels or best_kernels(device)
    letters, offsets, null = buffers(texts)
    many = len(texts)
    found = Found(
        np.zeros((many, k), np.int32),
        np.zeros((many, k), np.float32),
        np.zeros(many, np.int32),
        np.zeros(many, np.bool_),
    )
    with torch.inference_mode():
        tables = device_tables(model, device)
        sender = Sender(letters, offsets, null, device)

        def work(start: int, end: int, sent: Any) -> None:
            block = sender.receive(sent)
            for goal, part in zip(
                found, label_block(tables, block, k, threshold, kernels), strict=True
            ):
                goal[start:end] = part.cpu().numpy()

        size = BLOCK[kernels] if device.startswith("cuda") else ON_CPU
        in_blocks(offsets, size, sender.send, work)
    _exponentiate(found.probs)
    return found


@nb.njit(nogil=True, cache=True)
def _exponentiate(scores):  # type: ignore[no-untyped-def]
    """In place, by the function of the C library that the CPU path calls too."""
    for row in range(scores.shape[0]):
        for column in range(scores.shape[1]):
            scores[row, column] = np.float32(math.exp(scores[row, column]))


def label_block(
    tables: DeviceTables, block: Block, k: int, threshold: float, kernels: Kernels
) -> tuple[Any, ...]:
    """Labels, scores, counts and doubts of a block, on the device."""
    import torch

    plain = tables.model.tables
    by = _module(kernels)
    words = find_words(block)
    numbers, hashes = by.find_numbers(tables, block, words)
    live = words.live & (numbers < plain.nwords)  # a label is passed over
    parts = [by.find_rows(tables, block, words._replace(live=live), numbers)]
    if plain.eos >= 0:
        ends = (~words.dead).long()
        eos = torch.full((int(ends.sum()),), plain.eos, dtype=torch.int32, device=ends.device)
        parts.append((eos, ends))
    if plain.word_ngrams > 1 and not plain.all_pruned:
        parts.append(bags.word_grams(tables, words, live, hashes[live]))
    ids, counts = bags.join(parts)
    means = bags.means(tables, ids, counts)
    found = []
    for start, end in chunks(len(means), plain.nlabels, ROOM[means.device.type]):
        logits = by.products(tables, means[start:end])
        if tables.norms is not None:
            logits = logits * tables.norms
        found.append(best_labels(tables, logits, counts[start:end], k, threshold, by.add_up))
    labels, scores, many, doubt = (torch.cat(part) for part in zip(*found, strict=True))
    return labels, scores, many, doubt | words.odd


def _module(kernels: Kernels) -> ModuleType:
    """Both have ``find_numbers``, ``find_rows``, ``products`` and ``add_up``."""
    if kernels == "eager":
        return eager
    from curate.langid.gpu import triton_kernels

    return triton_kernels


def device_tables(model: Model, device: str) -> DeviceTables:
    """A model's tables on a device, laid out once; they keep the model, and so its id, alive."""
    import torch

    key = ("language tables", str(model.path), device, id(model.tables))
    try:
        return models.load_once(key, lambda: tables_on(model, device))
    except torch.OutOfMemoryError as error:
        size = model.tables.rows.nbytes / 1e9
        raise EnvironmentError_(
            f"the GPU has no room for {model.path} ({size:.1f} GB); close what else uses it, "
            "or set device: cpu"
        ) from error


@functools.cache
def best_kernels(device: str) -> Kernels:
    """Triton on a card where it is installed and works: it needs a C compiler for its launcher."""
    if not device.startswith("cuda") or importlib.util.find_spec("triton") is None:
        return "eager"
    import torch

    try:
        _module("triton").add_up(torch.ones(1, 1, device=device))
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError):
        return "eager"
    return "triton"
