"""From words to rows, and from means to logits, by plain torch operations on any device."""

from __future__ import annotations

from curate.langid.gpu.tables import DeviceTables, Tensor
from curate.langid.gpu.tokens import Block, Words

BASIS = 2166136261 - (1 << 32)
"""FNV-1a's, as int32: torch multiplies and wraps signed numbers only."""
PRIME = 16777619
_LESS, _MORE = 60, 62


def _signed(multiplier: int) -> int:
    multiplier %= 1 << 64
    return multiplier - (1 << 64) if multiplier >> 63 else multiplier


def _powers(multiplier: int, many: int, like: Tensor) -> Tensor:
    """``multiplier ** 0, 1, 2, …`` mod 2**64."""
    import torch

    steps = torch.full((many,), _signed(multiplier), dtype=torch.int64, device=like.device)
    steps[:1] = 1
    return torch.cumprod(steps, 0)


def _keys(text: Tensor, words: Words, multiplier: int) -> Tensor:
    """A key of each word; see ``tables``."""
    import torch

    weighed = torch.zeros(text.numel() + 1, dtype=torch.int64, device=text.device)
    weighed[1:] = (text.long() + 1) * _powers(multiplier, text.numel(), text)
    sums = torch.cumsum(weighed, 0)
    undo = _powers(pow(multiplier, -1, 1 << 64), text.numel(), text)
    return (sums[words.ends] - sums[words.starts]) * undo[words.starts]


def find_numbers(tables: DeviceTables, block: Block, words: Words) -> tuple[Tensor, Tensor]:
    """Number of each word or label in the dictionary, or -1, int64; and its hash, int32.

    Hashes are made if the model has word n-grams, of live words.
    """
    import torch

    hashes = torch.zeros_like(words.starts, dtype=torch.int32)
    if not words.starts.numel():
        return words.starts, hashes
    if tables.model.tables.word_ngrams > 1:
        live = words.live
        hashes[live] = word_hashes(block, words.starts[live], words.ends[live])
    first, second = (_keys(block.text, words, one) for one in tables.multipliers)
    at = torch.searchsorted(tables.keys, first).clamp_(max=tables.keys.numel() - 1)
    same = (tables.keys[at] == first) & (tables.second_keys[at] == second)
    same &= tables.lengths_by_key[at] == words.ends - words.starts
    return torch.where(same, tables.words_by_key[at], -1), hashes


def word_hashes(block: Block, starts: Tensor, ends: Tensor) -> Tensor:
    """FNV-1a of each word, int32; a step for each byte of the longest, over ever fewer words."""
    import torch

    lengths, order = torch.sort(ends - starts, descending=True)
    begins = starts[order]
    hashes = torch.full_like(lengths, BASIS, dtype=torch.int32)
    longest = int(lengths[0]) if lengths.numel() else 0
    many = torch.searchsorted(-lengths, -torch.arange(longest, device=lengths.device))
    for at, alive in enumerate(many.tolist()):
        hashes[:alive] = _step(hashes[:alive], block.text[begins[:alive] + at])
    out = torch.empty_like(hashes)
    out[order] = hashes
    return out


def _step(hashes: Tensor, bytes_: Tensor) -> Tensor:
    """One byte of FNV-1a, sign-extended."""
    import torch

    return (hashes ^ bytes_.view(torch.int8).int()) * PRIME


def find_rows(
    tables: DeviceTables, block: Block, words: Words, numbers: Tensor
) -> tuple[Tensor, Tensor]:
    """Rows of the words and their subwords, in the library's order.

    Args:
        tables: The model.
        block: The texts.
        words: Their words.
        numbers: Number of each word, -1 if unknown, for those that are live.

    Returns:
        The rows of all texts, int32, and how many each has, int64, shape (texts,).
    """
    import torch

    texts = block.offsets.numel() - 1
    device = block.text.device
    live = words.live
    starts, docs, numbers = words.starts[live], words.docs[live], numbers[live]
    lengths = words.ends[live] - starts
    plain = tables.model.tables
    if not plain.grams or not starts.numel():
        known = numbers >= 0
        counts = torch.bincount(docs[known], minlength=texts)
        return numbers[known].int(), counts
    bytes_, word_of = _bracketed(block.text, starts, lengths)
    begins = torch.nonzero((bytes_ & 0xC0) != 0x80).flatten()
    word = word_of[begins]
    ids = _subword_rows(tables, bytes_, begins, word, numbers)
    good = ids >= 0
    counts = torch.zeros(texts, dtype=torch.int64, device=device)
    counts.index_add_(0, docs[word], good.sum(1))
    return ids[good], counts


def _bracketed(text: Tensor, starts: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """The bytes of ``<word>`` for each word, and the number of the word each is from."""
    import torch

    device = text.device
    numbers = torch.arange(lengths.numel(), device=device)
    total = int(lengths.sum())
    inside = torch.repeat_interleave(numbers, lengths, output_size=total)
    shift = starts - (torch.cumsum(lengths, 0) - lengths)
    place = torch.arange(total, device=device)
    long = lengths + 2
    base = torch.cumsum(long, 0) - long
    bytes_ = torch.empty(total + 2 * lengths.numel(), dtype=torch.uint8, device=device)
    bytes_[base] = _LESS
    bytes_[base + long - 1] = _MORE
    bytes_[place + 2 * inside + 1] = text[place + shift[inside]]
    return bytes_, torch.repeat_interleave(numbers, long, output_size=bytes_.numel())


def _subword_rows(
    tables: DeviceTables, bytes_: Tensor, begins: Tensor, word: Tensor, numbers: Tensor
) -> Tensor:
    """A line for each character of ``<word>``: at ``<`` the word, then what begins there.

    Returns:
        int32, shape (characters, orders + 1), -1 where there is nothing.
    """
    import torch

    plain = tables.model.tables
    many = begins.numel()
    ends = torch.cat([begins[1:], begins.new_tensor([bytes_.numel()])])
    size = ends - begins
    lines = torch.cumsum(torch.bincount(word, minlength=numbers.numel()), 0)
    left = lines[word] - torch.arange(many, device=begins.device)  # characters, this one included
    opens = torch.ones_like(word, dtype=torch.bool)
    opens[1:] = word[1:] != word[:-1]
    padded = torch.cat([bytes_, bytes_.new_zeros(3)])
    hashes = torch.full((many,), BASIS, dtype=torch.int32, device=begins.device)
    columns = [torch.where(opens, numbers[word], -1).int()]
    for order in range(1, plain.maxn + 1):
        alive = max(0, many - order + 1)  # characters that have order - 1 after them
        at, long = begins[order - 1 :], size[order - 1 :]
        hashed = hashes[:alive]
        for byte in range(4):
            stepped = _step(hashed, padded[at + byte])
            hashed = stepped if byte == 0 else torch.where(long > byte, stepped, hashed)
        hashes[:alive] = hashed
        if order < plain.minn:
            continue
        there = left >= order
        if order == 1:
            there = ~opens & (left > 1)
        columns.append(torch.where(there, bucket_rows(tables, hashes.long() & 0xFFFFFFFF), -1))
    return torch.stack(columns, 1)


def bucket_rows(tables: DeviceTables, hashes: Tensor) -> Tensor:
    """Row of each bucket, int32, or -1, from hashes taken as unsigned."""
    import torch

    plain = tables.model.tables
    buckets = torch.remainder(hashes, plain.bucket)
    wrapped = (buckets + (1 << 64) % plain.bucket) % plain.bucket
    buckets = torch.where(hashes < 0, wrapped, buckets)
    if tables.buckets is None:
        return (buckets + plain.nwords).int()
    found: Tensor = tables.buckets[buckets]
    return found


def products(tables: DeviceTables, means: Tensor) -> Tensor:
    """Logits: products added one by one, from the first on, as the CPU does."""
    logits: Tensor = means[:, :1] * tables.weights[0]
    for at in range(1, means.shape[1]):
        logits += means[:, at : at + 1] * tables.weights[at]
    return logits


def add_up(powers: Tensor) -> Tensor:
    """The sum over the labels of each text, added one by one; shape (texts,)."""
    columns = powers.T.contiguous()
    total: Tensor = columns[0].clone()
    for column in columns[1:]:
        total += column
    return total
