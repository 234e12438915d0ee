"""What the columns of a table say themselves of a cell's language: n-grams of their other rows.

Naive Bayes over n-grams of characters, learnt from the table: neighbours such as Norwegian and
Danish are told apart by the words of 200 questions better than by a model that also knows a
hundred other languages. The row of the cell is left out in every column, so that a name in the
question, or the cell itself, proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from curate.questions.similarity import grams_as_written

LEAST_ROWS = 20
"""Rows below which a column says nothing of its language."""
PRIOR = 0.02
"""Added to each count: the usual one of language models for rare n-grams."""
SIZES = (1, 2, 3, 4)


def column_evidence(
    columns: Sequence[Sequence[str | None]],
) -> npt.NDArray[np.float64]:
    """Mean log likelihood of each cell under each column, a gram, shape (columns, rows, columns).

    All zero if the table has too few rows.
    """
    many, rows = len(columns), max(map(len, columns), default=0)
    found = np.zeros((many, rows, many))
    if rows < LEAST_ROWS:
        return found
    places: dict[str, int] = {}
    counts = [_counts(column, places) for column in columns]
    for one in counts:
        one.resize((rows, len(places)))
    totals = np.array([np.asarray(one.sum(axis=0)).ravel() for one in counts])
    sizes = totals.sum(axis=1)
    for row in range(rows):
        cells = [one[row] for one in counts]
        used = np.unique(np.concatenate([cell.indices for cell in cells]))
        own = np.zeros((many, len(used)))
        for at, cell in enumerate(cells):
            own[at, np.searchsorted(used, cell.indices)] = cell.data
        rest = totals[:, used] - own
        likely = np.log((rest + PRIOR) / (sizes - own.sum(axis=1) + PRIOR * len(places))[:, None])
        found[:, row] = own @ likely.T / np.maximum(own.sum(axis=1), 1)[:, None]
    return found


def _counts(column: Sequence[str | None], places: dict[str, int]) -> sparse.csr_matrix:
    where: list[int] = []
    ends = [0]
    for cell in column:
        found = grams_as_written(cell, SIZES) if cell else set()
        where += sorted(places.setdefault(gram, len(places)) for gram in sorted(found))
        ends.append(len(where))
    shape = (len(column), max(len(places), 1))
    return sparse.csr_matrix((np.ones(len(where)), where, ends), shape=shape)
