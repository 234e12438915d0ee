"""What steps write of a text's language: columns of names, scripts and probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.langid.identify import Identifier, identify
from curate.langid.labels import languages_of, matching, names_of
from curate.langid.predict import Numbers, Text

WEIGHED = 5
"""Labels whose probabilities are added up for the wanted languages: two scripts, neighbours."""


def said(texts: Text) -> pa.Array:
    """The texts, with null for those without a letter, in which there is no language to tell.

    A model answers them too: the reference model takes a lone full stop for Esperanto.

    >>> said(pa.array(["a", " ", None, "2 + 2 😀"])).to_pylist()
    ['a', None, None, None]
    """
    flat = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    flat = flat.cast(pa.large_string())
    letters = pc.match_substring_regex(flat, r"\p{L}")
    if not letters.false_count:  # nearly always, and the texts are not copied
        return flat
    return pc.if_else(letters, flat, pa.scalar(None, pa.large_string()))


def label_columns(model: Identifier | None, texts: Text, k: int, style: str) -> dict[str, pa.Array]:
    """``language``, ``language_prob``, ``script``, and the lists of the ``k`` best.

    Without a model they are null.
    """
    if model is None:
        return _nulls(len(texts))
    found = identify(model, said(texts), k)
    columns = best_columns(model, found, style)
    ends = np.concatenate([[0], np.cumsum(found.counts)]).astype(np.int32)
    taken = np.arange(found.labels.shape[1]) < found.counts[:, None]
    mask = pa.array(found.null) if found.null.any() else None
    names = pc.take(pa.array(names_of(model.labels, style)), pa.array(found.labels[taken]))
    probs = _rounded(found.probs[taken])
    columns["languages"] = pa.ListArray.from_arrays(pa.array(ends), names, mask=mask)
    columns["language_probs"] = pa.ListArray.from_arrays(pa.array(ends), probs, mask=mask)
    return columns


def best_columns(model: Identifier, found: Numbers, style: str) -> dict[str, pa.Array]:
    """``language``, ``language_prob`` and ``script`` of the best label."""
    none = found.counts == 0
    best = pa.array(found.labels[:, 0], mask=none)
    scripts = [one.script or None for one in languages_of(model.labels)]
    probs = pc.if_else(pa.array(none), pa.scalar(None, pa.float32()), _rounded(found.probs[:, 0]))
    return {
        "language": pc.take(pa.array(names_of(model.labels, style), pa.string()), best),
        "language_prob": probs,
        "script": pc.take(pa.array(scripts, pa.string()), best),
    }


def wanted_columns(
    model: Identifier | None, texts: Text, languages: Sequence[str], style: str
) -> dict[str, pa.Array]:
    """``language``, ``language_prob``, ``script``; whether ``wanted``, and the ``wanted_prob``.

    The probabilities of all wanted labels among the five best are added up, so that a language
    which the model knows in two scripts is not thought doubtful.

    Raises:
        ValueError: The model does not know one of the languages.
    """
    if model is None:
        return _nulls(len(texts))
    hit = np.array(matching(languages, model.labels), np.bool_)
    found = identify(model, said(texts), WEIGHED)
    columns = best_columns(model, found, style)
    taken = np.arange(found.labels.shape[1]) < found.counts[:, None]
    wanted = np.where(taken & hit[found.labels], found.probs, np.float32(0)).sum(axis=1)
    none = pa.array(found.counts == 0)
    columns["wanted"] = pa.array(hit[found.labels[:, 0]], mask=found.counts == 0)
    columns["wanted_prob"] = pc.if_else(none, pa.scalar(None, pa.float32()), _rounded(wanted))
    return columns


def _rounded(probs: np.typing.NDArray[np.float32]) -> pa.Array:
    """To 4 decimals, so that no processor's last bit decides; fastText reports up to 1.00001."""
    return pc.round(pa.array(np.minimum(probs, 1).astype(np.float64)), 4).cast(pa.float32())


def _nulls(rows: int) -> dict[str, pa.Array]:
    kinds = {
        "language": pa.string(),
        "language_prob": pa.float32(),
        "script": pa.string(),
        "wanted": pa.bool_(),
        "wanted_prob": pa.float32(),
        "languages": pa.list_(pa.string()),
        "language_probs": pa.list_(pa.float32()),
    }
    return {name: pa.nulls(rows, kind) for name, kind in kinds.items()}
