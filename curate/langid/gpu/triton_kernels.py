"""Triton kernels: the dictionary is probed, subwords are hashed, logits are added up in order.

They do what ``eager`` does, in one pass over the bytes each instead of some dozens. Import this
module inside functions only: it needs triton. With ``TRITON_INTERPRET=1`` in the environment before
that, the kernels run on CPU tensors.
"""

from __future__ import annotations

import os

import triton  # type: ignore[import-untyped,import-not-found,unused-ignore]
import triton.language as tl  # type: ignore[import-untyped,import-not-found,unused-ignore]

from curate.langid.gpu.tables import DeviceTables, Tensor
from curate.langid.gpu.tokens import Block, Words

WORDS, BYTES = 128, 256
"""Words and bytes of one program on a card."""
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
"""Whether the kernels run on the CPU: a NumPy call an operation, so with more lanes."""
LANES = 1 << 12


@triton.jit
def _step(hashed, byte):  # type: ignore[no-untyped-def]
    """FNV-1a with the byte sign-extended."""
    signed = byte.to(tl.uint32)
    signed = tl.where(signed >= 128, signed | 0xFFFFFF00, signed)
    return ((hashed ^ signed) * 16777619).to(tl.uint32)


@triton.jit
def probe(  # type: ignore[no-untyped-def]
    text,
    starts,
    ends,
    count,
    slots,
    hashes,
    word_starts,
    word_lengths,
    letters,
    numbers,
    hashed_words,
    mask,
    BLOCK: tl.constexpr,
):
    """Number of each word in the dictionary, or -1, and its hash: one lane a word."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    lane = at < count
    start = tl.load(starts + at, mask=lane, other=0)
    length = (tl.load(ends + at, mask=lane, other=0) - start).to(tl.int32)
    longest = tl.max(length)
    hashed = tl.full((BLOCK,), 2166136261, tl.uint32)
    place = 0
    while place < longest:
        byte = tl.load(text + start + place, mask=place < length, other=0)
        hashed = tl.where(place < length, _step(hashed, byte), hashed)
        place += 1
    slot = ((hashed * 2654435761).to(tl.uint32) & mask.to(tl.uint32)).to(tl.int32)
    found = tl.full((BLOCK,), -1, tl.int32)
    look = lane
    while tl.max(look.to(tl.int32)) > 0:
        word = tl.load(slots + slot, mask=look, other=-1)
        taken = look & (word >= 0)
        other = tl.load(hashes + word, mask=taken, other=0)
        same = taken & (other == hashed.to(tl.int32, bitcast=True))
        same = same & (tl.load(word_lengths + word, mask=taken, other=0) == length)
        first = tl.load(word_starts + word, mask=same, other=0)
        longest_same = tl.max(tl.where(same, length, 0))
        place = 0
        while place < longest_same:
            on = same & (place < length)
            ours = tl.load(text + start + place, mask=on, other=0)
            theirs = tl.load(letters + first + place, mask=on, other=0)
            same = same & (ours == theirs)
            place += 1
        found = tl.where(same, word, found)
        look = taken & (same == 0)
        slot = (slot + 1) & mask
    tl.store(numbers + at, found.to(tl.int64), mask=lane)
    tl.store(hashed_words + at, hashed.to(tl.int32, bitcast=True), mask=lane)


@triton.jit
def _grams(  # type: ignore[no-untyped-def]
    text,
    at,
    end,
    on,
    hashed,
    buckets,
    goal,
    nwords,
    FIRST: tl.constexpr,
    SLOT: tl.constexpr,
    MINN: tl.constexpr,
    MAXN: tl.constexpr,
    BUCKET: tl.constexpr,
    PRUNED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Rows of the subwords that go on from ``at``, from ``FIRST`` to ``MAXN`` characters."""
    for order in tl.static_range(FIRST, MAXN + 1):
        closes = on & (at >= end)  # the next character is ">"
        byte = tl.load(text + at, mask=on & (at < end), other=62)
        hashed = tl.where(on, _step(hashed, byte), hashed)
        at = tl.where(on, at + 1, at)
        for _ in tl.static_range(3):
            byte = tl.load(text + at, mask=on & (at < end), other=0)
            inner = on & (at < end) & ((byte & 0xC0) == 0x80)
            hashed = tl.where(inner, _step(hashed, byte), hashed)
            at = tl.where(inner, at + 1, at)
        if order >= MINN:
            row = (hashed % tl.full((BLOCK,), BUCKET, tl.uint32)).to(tl.int32)
            if PRUNED:  # noqa: SIM108  (a constant: one branch is compiled)
                row = tl.load(buckets + row, mask=on, other=-1)
            else:
                row = row + nwords
            tl.store(goal + (SLOT + order - (FIRST if FIRST > MINN else MINN)), row, mask=on)
        on = on & (closes == 0)


@triton.jit
def subwords(  # type: ignore[no-untyped-def]
    text,
    word_of,
    starts,
    ends,
    numbers,
    buckets,
    out,
    count,
    nwords,
    MINN: tl.constexpr,
    MAXN: tl.constexpr,
    BUCKET: tl.constexpr,
    PRUNED: tl.constexpr,
    LEFT: tl.constexpr,
    SLOTS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Rows of what begins at each byte: the word, subwords from ``<``, subwords from here.

    One lane a byte. ``out`` has ``SLOTS`` places for each, filled with -1; of them the first is
    for the word and the next ``LEFT`` for the subwords that begin with ``<``.
    """
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    lane = at < count
    word = tl.load(word_of + at, mask=lane, other=-1)
    live = word >= 0
    start = tl.load(starts + word, mask=live, other=0)
    end = tl.load(ends + word, mask=live, other=0)
    opens = live & (at == start)
    goal = out + at * SLOTS
    number = tl.load(numbers + word, mask=opens, other=-1)
    tl.store(goal, number.to(tl.int32), mask=opens)
    if MAXN > 0:
        byte = tl.load(text + at, mask=live, other=0)
        basis = tl.full((BLOCK,), 2166136261, tl.uint32)
        begins = live & ((byte & 0xC0) != 0x80)
        SLOT: tl.constexpr = 1 + LEFT
        _grams(
            text, at, end, begins, basis, buckets, goal, nwords, 1, SLOT, MINN, MAXN, BUCKET,
            PRUNED, BLOCK,
        )  # fmt: skip
        hashed = _step(basis, tl.full((BLOCK,), 60, tl.uint32))
        after = at
        for _ in tl.static_range(3):  # stray continuation bytes count to "<"
            byte = tl.load(text + after, mask=opens & (after < end), other=0)
            inner = opens & (after < end) & ((byte & 0xC0) == 0x80)
            hashed = tl.where(inner, _step(hashed, byte), hashed)
            after = tl.where(inner, after + 1, after)
        _grams(
            text, after, end, opens, hashed, buckets, goal, nwords, 2, 1, MINN, MAXN, BUCKET,
            PRUNED, BLOCK,
        )  # fmt: skip


@triton.jit
def multiply(  # type: ignore[no-untyped-def]
    means,
    weights,
    out,
    texts,
    labels,
    DIM: tl.constexpr,
    TEXTS: tl.constexpr,
    LABELS: tl.constexpr,
):
    """Logits: products added one by one, from the first on.

    ``means`` has shape (DIM, texts), ``weights`` (DIM, labels), ``out`` (texts, labels).
    """
    row = tl.program_id(0).to(tl.int64) * TEXTS + tl.arange(0, TEXTS)
    column = tl.program_id(1) * LABELS + tl.arange(0, LABELS)
    total = tl.zeros((TEXTS, LABELS), tl.float32)
    for at in range(DIM):
        left = tl.load(means + at * texts + row, mask=row < texts, other=0)
        right = tl.load(weights + at * labels + column, mask=column < labels, other=0)
        total += left[:, None] * right[None, :]
    inside = (row < texts)[:, None] & (column < labels)[None, :]
    tl.store(out + row[:, None] * labels + column[None, :], total, mask=inside)


@triton.jit
def add_columns(powers, out, texts, LABELS: tl.constexpr, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """Sums of the lines of ``powers``, shape (texts, LABELS), from the first column on."""
    row = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float32)
    for at in range(LABELS):
        total += tl.load(powers + row * LABELS + at, mask=row < texts, other=0)
    tl.store(out + row, total, mask=row < texts)


def products(tables: DeviceTables, means: Tensor) -> Tensor:
    """Logits: products added one by one, from the first on, as the CPU does."""
    texts, dim = means.shape
    labels = tables.weights.shape[1]
    out: Tensor = means.new_empty(texts, labels)
    tile = (1024, 256) if INTERPRETED else (64, 64)
    # a product and a sum fused into one instruction would round once, where the CPU rounds twice
    multiply[(triton.cdiv(texts, tile[0]), triton.cdiv(labels, tile[1]))](
        means.T.contiguous(),
        tables.weights,
        out,
        texts,
        labels,
        DIM=dim,
        TEXTS=tile[0],
        LABELS=tile[1],
        enable_fp_fusion=False,
    )
    return out


def add_up(powers: Tensor) -> Tensor:
    """The sum over the labels of each text, added one by one; shape (texts,)."""
    texts, labels = powers.shape
    out: Tensor = powers.new_empty(texts)
    size = _size(WORDS)
    add_columns[(triton.cdiv(texts, size),)](powers, out, texts, LABELS=labels, BLOCK=size)
    return out


def find_numbers(tables: DeviceTables, block: Block, words: Words) -> tuple[Tensor, Tensor]:
    """Number of each word in the dictionary, or -1, int64; and its hash, int32."""
    import torch

    numbers = torch.empty_like(words.starts)
    hashes = torch.empty_like(words.starts, dtype=torch.int32)
    count = numbers.numel()
    size = _size(WORDS)
    if count:
        probe[(triton.cdiv(count, size),)](
            block.text,
            words.starts,
            # a word of an odd text may be megabytes long, and is not asked for
            torch.where(words.live, words.ends, words.starts),
            count,
            *tables.dictionary,
            numbers,
            hashes,
            tables.dictionary[0].numel() - 1,
            BLOCK=size,
        )
    return numbers, hashes


def find_rows(
    tables: DeviceTables, block: Block, words: Words, numbers: Tensor
) -> tuple[Tensor, Tensor]:
    """Rows of the words and their subwords; see ``eager.find_rows``."""
    import torch

    plain = tables.model.tables
    maxn = plain.maxn if plain.grams else 0
    least = max(plain.minn, 1)
    left = max(0, maxn - max(least, 2) + 1)
    slots = 1 + left + max(0, maxn - least + 1)
    count, device = block.text.numel(), block.text.device
    texts = block.offsets.numel() - 1
    ids = torch.full((count, slots), -1, dtype=torch.int32, device=device)
    if words.starts.numel():
        clean = words.live[words.of_byte.clamp(min=0)] & ~words.separates
        word_of = torch.where(clean, words.of_byte, -1)
        size = _size(BYTES)
        subwords[(triton.cdiv(count, size),)](
            block.text,
            word_of,
            words.starts,
            words.ends,
            numbers,
            numbers if tables.buckets is None else tables.buckets,
            ids,
            count,
            plain.nwords,
            MINN=least,
            MAXN=maxn,
            BUCKET=plain.bucket,
            PRUNED=tables.buckets is not None,
            LEFT=left,
            SLOTS=slots,
            BLOCK=size,
        )
    good = ids >= 0
    sums = torch.zeros(count + 1, dtype=torch.int64, device=device)
    torch.cumsum(good.sum(1), 0, out=sums[1:])
    ends = sums[block.offsets]
    assert ends.numel() == texts + 1
    return ids[good], ends[1:] - ends[:-1]


def _size(on_a_card: int) -> int:
    """Lanes of a program."""
    return LANES if INTERPRETED else on_a_card
