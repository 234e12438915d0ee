"""What steps write of a program's language, next to the language it is said to be in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.langid.code_labels import accepted, label_of
from curate.langid.code_model import CodeModel, judge
from curate.text.utf8 import readable

Claims = list[tuple[str, ...]]
"""For each row the labels of which one is claimed; empty if nothing is."""


def claims(
    column: pa.Array | pa.ChunkedArray | None, languages: Sequence[str], rows: int
) -> Claims:
    """The labels of a column of names, or the same languages for all rows.

    >>> claims(pa.array(["C++", None, "Klingon"]), (), 3)
    [('cpp',), (), ('klingon',)]
    """
    if column is None:
        return [tuple(label_of(name) for name in languages)] * rows
    names = readable(column).to_pylist()
    known = {name: (label_of(name),) for name in set(names) if name}
    return [known.get(name, ()) for name in names]


def judged_columns(
    model: CodeModel,
    texts: pa.Array | pa.ChunkedArray,
    claimed: Claims,
    *,
    supersets: bool,
    short: int,
) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    """``code_language``, ``code_language_prob``, ``claimed_language_prob``; and which have code.

    Args:
        model: From ``open_model``.
        texts: Programs.
        claimed: From ``claims``, as many.
        supersets: Whether C does for C++, and so on.
        short: Programs of fewer tokens get nulls; so do those whose claim the model does not know.
    """
    judged = judge(model, texts)
    places = {label: place for place, label in enumerate(model.labels)}
    fits = {
        claim: np.isin(
            np.arange(len(model.labels)),
            [places[one] for name in claim for one in _does(name, supersets) if one in places],
        )
        for claim in set(claimed)
    }
    known = np.array([any(name in places for name in claim) for claim in claimed], np.bool_)
    hit = np.array([fits[claim] for claim in claimed], np.bool_).reshape(-1, len(model.labels))
    found = np.take_along_axis(hit, judged.labels, axis=1)
    wanted = np.minimum(np.where(found, judged.probs, 0).sum(axis=1), 1).astype(np.float32)
    code = judged.counts > 0
    null = ~(known & code) | (judged.counts < short)
    names = np.array(model.labels, object)[judged.labels[:, 0]]
    columns = {
        "code_language": pa.array(names, pa.string(), mask=null),
        "code_language_prob": pa.array(judged.probs[:, 0], pa.float32(), mask=null),
        "claimed_language_prob": pa.array(wanted, pa.float32(), mask=null),
    }
    return columns, code


def _does(name: str, supersets: bool) -> tuple[str, ...]:
    return accepted(name) if supersets else (name,)
