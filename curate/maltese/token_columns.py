"""The words of a column of texts as Arrow lists."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from curate.maltese.tokenize import Found, locate, tokenizer

LOST = "tokens not in text"


class TokenColumns(NamedTuple):
    """What ``token_columns`` finds.

    Attributes:
        columns: ``tokens``, ``token_starts`` and ``token_ends``; null where the text is.
        lost: For each row null, or why it cannot be used; None if all can.
    """

    columns: dict[str, pa.Array]
    lost: pa.Array | None


def token_columns(
    texts: pa.ChunkedArray,
    given: pa.ChunkedArray | None = None,
    *,
    entities: bool = True,
    addresses: bool = True,
) -> TokenColumns:
    """Words and offsets of each text; words that are given are located in it.

    Args:
        texts: string.
        given: list<string>, words of some texts; null where they are to be cut.
        entities: Keep HTML entities whole.
        addresses: Keep URLs and mail addresses whole.
    """
    cut = tokenizer(entities=entities, addresses=addresses)
    rows = len(texts)
    words = given.cast(pa.list_(pa.string())).to_pylist() if given is not None else [None] * rows
    found: list[Found | None] = []
    lost: list[str | None] = [None] * rows
    listed = texts.cast(pa.string()).to_pylist()
    for row, (text, have) in enumerate(zip(listed, words, strict=True)):
        if text is None:
            found.append(None)
        elif have is None:
            found.append(cut(text))
        else:
            found.append(locate(have, text) if None not in have else None)
            lost[row] = LOST if found[-1] is None else None
    any_lost = any(why is not None for why in lost)
    return TokenColumns(_columns(found), pa.array(lost, pa.string()) if any_lost else None)


def _columns(found: list[Found | None]) -> dict[str, pa.Array]:
    counts = [0 if one is None else len(one.tokens) for one in found]
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    null = [one is None for one in found]
    mask = pa.array(null, pa.bool_()) if any(null) else None
    there = [one for one in found if one is not None]
    flat = {
        "tokens": pa.array([word for one in there for word in one.tokens], pa.string()),
        "token_starts": pa.array([at for one in there for at in one.starts], pa.int32()),
        "token_ends": pa.array([at for one in there for at in one.ends], pa.int32()),
    }
    return {
        name: pa.ListArray.from_arrays(offsets, values, mask=mask) for name, values in flat.items()
    }
