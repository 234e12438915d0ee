"""From rows to the mean of each text: word n-grams and ``</s>`` appended, all added in order."""

from __future__ import annotations

from curate.langid.gpu.eager import bucket_rows
from curate.langid.gpu.tables import DeviceTables, Tensor
from curate.langid.gpu.tokens import Words

_GRAM_STEP = 116049371


def word_grams(
    tables: DeviceTables, words: Words, live: Tensor, hashes: Tensor
) -> tuple[Tensor, Tensor]:
    """Rows of the word n-grams of each text, ``</s>`` at its end, in the library's order.

    Args:
        tables: The model.
        words: The words of the block.
        live: Which words count, shape (words,).
        hashes: Hashes of those, int32.

    Returns:
        The rows of all texts, int32, and how many each has, int64, shape (texts,).
    """
    import torch

    plain = tables.model.tables
    docs = words.docs[live]
    ends = (~words.dead).long()  # one </s> for each text that is labelled here
    counts = torch.bincount(docs, minlength=ends.numel())
    total = counts + ends
    base = torch.cumsum(total, 0) - total
    line = torch.empty(int(total.sum()), dtype=torch.int64, device=docs.device)
    shift = base - (torch.cumsum(counts, 0) - counts)
    line[torch.arange(docs.numel(), device=docs.device) + shift[docs]] = hashes.long()
    eos = int(plain.eos_hash)
    line[(base + counts)[ends > 0]] = eos - (1 << 32) if eos >> 31 else eos
    owner = torch.repeat_interleave(
        torch.arange(ends.numel(), device=docs.device), total, output_size=line.numel()
    )
    left = (base + total)[owner] - torch.arange(line.numel(), device=docs.device)
    hashed, columns = line.clone(), []
    for order in range(1, plain.word_ngrams):
        after = torch.zeros_like(line)
        after[: max(0, line.numel() - order)] = line[order:]
        hashed = hashed * _GRAM_STEP + after
        columns.append(torch.where(left > order, bucket_rows(tables, hashed), -1))
    ids = torch.stack(columns, 1)
    good = ids >= 0
    found = torch.zeros_like(total).index_add_(0, owner, good.sum(1))
    return ids[good], found


def join(parts: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Several lists of rows for each text, one behind the other."""
    import torch

    if len(parts) == 1:
        return parts[0]
    counts = torch.stack([count for _, count in parts])
    total = counts.sum(0)
    base = torch.cumsum(total, 0) - total
    out = parts[0][0].new_empty(int(total.sum()))
    for ids, count in parts:
        shift = base - (torch.cumsum(count, 0) - count)
        place = torch.arange(ids.numel(), device=ids.device)
        out[place + torch.repeat_interleave(shift, count, output_size=ids.numel())] = ids
        base = base + count
    return out, total


def means(tables: DeviceTables, ids: Tensor, counts: Tensor) -> Tensor:
    """The mean of each text's rows, shape (texts, dim).

    ``embedding_bag`` adds the rows of a bag one after the other in each column, on the CPU and on
    a card, so that these sums have the bits of the library's.
    """
    import torch

    dim = tables.model.tables.dim
    if not ids.numel():
        return tables.rows.new_zeros(counts.numel(), dim)
    starts = (torch.cumsum(counts, 0) - counts).int()
    sums = torch.nn.functional.embedding_bag(ids, tables.rows, starts, mode="sum")
    scale = (1.0 / counts.clamp(min=1).double()).float()
    return (sums * scale[:, None])[:, :dim]
