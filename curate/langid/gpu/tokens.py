"""Where the words of a block of texts are, and which texts are left to the CPU."""

from __future__ import annotations

from typing import NamedTuple

from curate.langid.gpu.tables import LONGEST_WORD, Tensor

_EOS = b"</s>"
_LABEL = b"__label__"


class Block(NamedTuple):
    """Texts on a device.

    Attributes:
        text: Their bytes, uint8, shape (bytes,).
        offsets: Where each begins and the last ends, int64, shape (texts + 1,).
        null: Which are null, bool, shape (texts,).
    """

    text: Tensor
    offsets: Tensor
    null: Tensor


class Words(NamedTuple):
    """The words of a block, in order.

    Attributes:
        starts: Where each begins, int64, shape (words,).
        ends: Where it ends.
        docs: Number of its text.
        live: Whether it belongs to a text that the device labels.
        of_byte: Number of the word that each byte is in or after, int64, shape (bytes,).
        separates: Whether each byte separates words, shape (bytes,).
        odd: Texts left to the CPU, bool, shape (texts,).
        dead: Texts that are odd or null.
    """

    starts: Tensor
    ends: Tensor
    docs: Tensor
    live: Tensor
    of_byte: Tensor
    separates: Tensor
    odd: Tensor
    dead: Tensor


def find_words(block: Block) -> Words:
    """Cut texts at the seven bytes that separate words.

    Odd are texts that hold ``</s>`` or ``__label__`` (the first ends a text, the second is passed
    over, with rules for each), four continuation bytes of UTF-8 in a row (no character has them),
    or a word of more than ``LONGEST_WORD`` bytes.
    """
    import torch

    text, offsets, null = block
    separates = (text == 32) | (text == 0) | ((text >= 9) & (text <= 13))
    first = torch.zeros(text.numel() + 1, dtype=torch.bool, device=text.device)
    first[offsets] = True
    ours = ~separates
    after = torch.ones_like(separates)  # whether the byte before separates, or is another text's
    after[1:] = separates[:-1]
    after |= first[:-1]
    begins = ours & after
    before = torch.ones_like(separates)  # whether the byte after separates, or is another text's
    before[:-1] = separates[1:]
    before |= first[1:]
    starts = torch.nonzero(begins).flatten()
    ends = torch.nonzero(ours & before).flatten() + 1
    docs = _docs_of(starts, offsets)
    odd = torch.zeros_like(null)
    odd[docs[(ends - starts) > LONGEST_WORD]] = True
    odd[_docs_of(_places(text, _EOS), offsets)] = True
    odd[_docs_of(_places(text, _LABEL), offsets)] = True
    inner = (text & 0xC0) == 0x80
    if text.numel() > 3:
        four = inner[:-3] & inner[1:-2] & inner[2:-1] & inner[3:]
        odd[_docs_of(torch.nonzero(four).flatten(), offsets)] = True
    odd &= ~null
    dead = odd | null
    of_byte = torch.cumsum(begins, 0) - 1
    return Words(starts, ends, docs, ~dead[docs], of_byte, separates, odd, dead)


def _docs_of(places: Tensor, offsets: Tensor) -> Tensor:
    """The text that each byte belongs to; an empty one owns none."""
    import torch

    return torch.searchsorted(offsets, places, right=True) - 1


def _places(text: Tensor, wanted: bytes) -> Tensor:
    """Where these bytes stand: candidates by two of them, then by one at a time."""
    import torch

    many = text.numel() - len(wanted) + 1
    if many <= 0:
        return torch.zeros(0, dtype=torch.int64, device=text.device)
    last = len(wanted) - 1
    pair = (text[:many] == wanted[0]) & (text[last:] == wanted[last])
    places = torch.nonzero(pair).flatten()
    for at in range(1, last):
        places = places[text[places + at] == wanted[at]]
    return places
