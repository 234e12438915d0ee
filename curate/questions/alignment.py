"""Which row of the table each cell of a column belongs to: lost, extra and swapped lines.

Cells and rows are scored by the signs of ``similarity`` against the average of the columns that
are trusted. Each sign is weighed by how well it tells, in this very column, a cell's own row from
the others (the log likelihood ratio of two normal distributions of one variance). Dynamic
programming then finds the best order-keeping alignment with gaps, as for sentences of documents
(Gale and Church 1993). Relations are counted by that alignment, so it is repeated until it stays.
Cosines of an encoder's vectors, where there are any, are one more sign and weighed like the others.

It misleads in tables of fewer than ``LEAST_ROWS`` rows, which are not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from curate.questions.similarity import Matrix, Signs, Vectors

LEAST_ROWS = 12
"""Rows below which relations say little: each cell is then known by fewer than 11 others."""
LEAST_CELLS = LEAST_ROWS - 2
"""Cells below which a column is not aligned: one of a small table that lost a line or two is."""
CLIP = 6.0
"""Most that one cell counts for or against a row: a lost head of one question moves no line."""
GAP = 10.0
"""What a line lost or extra costs, more than half of what a wrong cell can: two swapped cells are
not taken for two lost and two extra ones."""
MOVED = 1.0
"""How much better (as the relations of one cell more) another start than the cells' own must do."""
ROUNDS = 6
Places = npt.NDArray[np.int64]


class Alignment(NamedTuple):
    """One column set against the others.

    Attributes:
        row_of: Row each cell belongs to, shape (rows,); -1 for extra cells and those without text.
        scores: Evidence for cell i being row j, shape (rows, rows); positive speaks for it.
        swap_gains: Evidence won if cells i and j change places, shape (rows, rows).
        meant: Evidence of vectors alone for cell i being row j, shape (rows, rows), if there are.
    """

    row_of: Places
    scores: Matrix
    swap_gains: Matrix
    meant: Matrix | None = None


class Reference(NamedTuple):
    """The average of the trusted columns.

    Attributes:
        shared: Sum of their n-grams, shape (rows, n-grams).
        inside: Mean likeness of rows, shape (rows, rows).
        lengths: Mean log length of each row, each column's median taken off; NaN if none has it.
        there: Rows that at least half of the columns have.
        meanings: Sum of their vectors, shape (rows, dims), if there are.
    """

    shared: Any
    inside: Matrix
    lengths: Matrix
    there: npt.NDArray[np.bool_]
    meanings: Vectors | None = None


class Totals(NamedTuple):
    """Sums over the trusted columns, from which one of them can be left out.

    Attributes:
        columns: Which they are.
        shared: Sum of their n-grams.
        inside: Sum of the likeness of their rows.
        lengths: Sum of their log lengths, each column's median taken off.
        many: How many of them have each row.
        meanings: Sum of their vectors, if there are.
    """

    columns: frozenset[int]
    shared: Any
    inside: Matrix
    lengths: Matrix
    many: npt.NDArray[np.int64]
    meanings: Vectors | None = None


class _Cosines(NamedTuple):
    """Of cells with rows; which cells and rows have vectors."""

    values: Matrix
    cells: npt.NDArray[np.bool_]
    rows: npt.NDArray[np.bool_]


class _Fixed(NamedTuple):
    """Signs that do not depend on an alignment."""

    shared: Matrix
    lengths: Matrix
    meanings: _Cosines | None


def totals_of(signs: Signs, trusted: Sequence[int]) -> Totals:
    """Sums over the trusted columns."""
    columns = list(trusted)
    return Totals(
        frozenset(columns),
        sum(signs.shared[at] for at in columns),
        np.sum([signs.inside[at] for at in columns], axis=0),
        np.sum([_levels(signs, at) for at in columns], axis=0),
        signs.filled[columns].sum(axis=0),
        None if signs.meanings is None else signs.meanings[columns].sum(axis=0),
    )


def reference_of(signs: Signs, totals: Totals, column: int) -> Reference:
    """What the trusted columns but this one say of each row."""
    shared, inside, lengths, many, meanings = totals[1:]
    count = len(totals.columns)
    if column in totals.columns:
        count -= 1
        shared = shared - signs.shared[column]
        inside = inside - signs.inside[column]
        lengths = lengths - _levels(signs, column)
        many = many - signs.filled[column]
        if meanings is not None and signs.meanings is not None:
            meanings = meanings - signs.meanings[column]
    known = np.where(many > 0, lengths / np.maximum(many, 1), np.nan)
    there = many * 2 >= max(count, 1)
    return Reference(shared, inside / max(count, 1), known, there, meanings)


def _levels(signs: Signs, column: int) -> Matrix:
    """Log lengths of a column about their median; 0 where there is no text."""
    lengths = signs.lengths[column]
    return np.where(signs.filled[column], lengths - _median(lengths), 0)


def align(signs: Signs, column: int, reference: Reference) -> Alignment:
    """Align one column with the trusted ones."""
    cells = np.flatnonzero(signs.filled[column])
    rows = len(signs.filled[column])
    nominal = np.where(signs.filled[column], np.arange(rows), -1)
    if len(cells) < LEAST_CELLS or reference.there.sum() < LEAST_ROWS:
        nothing = np.zeros((rows, rows))
        return Alignment(nominal, nothing, nothing - np.inf)
    fixed = _Fixed(
        _shared(signs, column, reference),
        _lengths(signs, column, reference),
        _cosines(signs, column, reference),
    )
    found = [_settle(start, cells, signs.inside[column], reference, fixed) for start in
             _starts(nominal, cells, reference, fixed)]  # fmt: skip
    best = max(found, key=lambda one: one[0])
    return best[1] if best[0] > found[0][0] + MOVED else found[0][1]


def _starts(nominal: Places, cells: Places, reference: Reference, fixed: _Fixed) -> list[Places]:
    """Alignments to begin with: as it stands, moved by lines, by what no alignment changes."""
    rows = len(nominal)
    starts = [nominal]
    for by in (1, -1, int(reference.there.sum()) - len(cells)):
        moved = np.where(nominal < 0, -1, nominal + by)
        moved = np.where((moved >= rows) | (moved < 0), -1, moved)
        if by and not any(np.array_equal(moved, one) for one in starts):
            starts.append(moved)
    rough = fixed.shared / max(float(fixed.shared.std()), 1e-9) + fixed.lengths
    if fixed.meanings is not None:
        rough = rough + fixed.meanings.values / max(float(fixed.meanings.values.std()), 1e-9)
    return [*starts, _best_path(np.clip(rough - 1, -CLIP, CLIP), cells, reference.there)]


def _settle(
    start: Places,
    cells: Places,
    inside: Matrix,
    reference: Reference,
    fixed: _Fixed,
) -> tuple[float, Alignment]:
    """Repeat from one start until the alignment stays; with how good it is."""
    row_of = start
    for _ in range(ROUNDS):
        relations = _relations(inside, reference.inside, row_of)
        signs = (fixed.shared, fixed.lengths, relations)
        weights = [_weight(sign, row_of, cells, reference.there) for sign in signs]
        scores = sum(
            (sign - one.middle) * one.slope for sign, one in zip(signs, weights, strict=True)
        )
        meant = _meant(fixed.meanings, row_of, cells, reference.there)
        if meant is not None:
            scores = scores + meant
        clipped = np.clip(np.asarray(scores), -CLIP, CLIP)
        found = _best_path(clipped, cells, reference.there)
        if np.array_equal(found, row_of):
            break
        row_of = found
    matched = np.flatnonzero(row_of >= 0)
    goal = row_of[matched]
    good = float(relations[matched, goal].sum() + fixed.shared[matched, goal].sum())
    if fixed.meanings is not None:
        good += float(fixed.meanings.values[matched, goal].sum())
    gains = _swap_gains(np.asarray(scores), weights[2].slope, inside, reference.inside, row_of)
    return good, Alignment(row_of, np.asarray(scores), gains, meant)


def _cosines(signs: Signs, column: int, reference: Reference) -> _Cosines | None:
    """Of each cell's vector with what the other columns' vectors of a row have in common."""
    if signs.meanings is None or reference.meanings is None:
        return None
    mine, others = signs.meanings[column], reference.meanings
    size = np.linalg.norm(others, axis=1)
    # a column that has the row alone leaves rounding errors of the sum it was taken from
    rows = size > 1e-3
    values = (mine @ others.T).astype(np.float64) / np.where(rows, size, 1)
    values[:, ~rows] = 0
    return _Cosines(values, np.asarray(mine.any(axis=1)), rows)


def _meant(
    cosines: _Cosines | None, row_of: Places, cells: Places, there: npt.NDArray[np.bool_]
) -> Matrix | None:
    """Evidence of vectors, 0 where one is lacking; none of them counts for more than all may."""
    if cosines is None:
        return None
    known = np.where(cosines.cells & (row_of >= 0) & cosines.rows[row_of], row_of, -1)
    there = there & cosines.rows
    cells = cells[cosines.cells[cells]]
    if not len(cells) or not there.any():
        return np.zeros(cosines.values.shape)
    one = _weight(cosines.values, known, cells, there)
    evidence = np.clip((cosines.values - one.middle) * one.slope, -CLIP, CLIP)
    return np.where(cosines.cells[:, None] & cosines.rows[None, :], evidence, 0)


class _Weight(NamedTuple):
    """Evidence of a sign: its value above ``middle``, times ``slope``."""

    middle: float
    slope: float


def _weight(sign: Matrix, row_of: Places, cells: Places, there: npt.NDArray[np.bool_]) -> _Weight:
    """How well a sign tells matched pairs from others."""
    matched = np.flatnonzero(row_of >= 0)
    same, every = sign[matched, row_of[matched]], sign[np.ix_(cells, np.flatnonzero(there))]
    if not len(same):
        return _Weight(0.0, 0.0)
    # medians: a few swapped or broken cells must not say how the others are
    yes, no = float(np.median(same)), float(every.mean())
    spread = float(np.median(np.abs(same - yes)) * 1.4826) ** 2 + float(every.var())
    return _Weight((yes + no) / 2, max(yes - no, 0) / max(spread, 1e-6))


def _swap_gains(
    scores: Matrix, slope: float, inside: Matrix, reference: Matrix, row_of: Places
) -> Matrix:
    """Evidence won if two matched cells change places, shape (rows, rows); -inf elsewhere.

    How alike the two are says nothing here, and would speak against it: it is left out.
    """
    cells = np.flatnonzero(row_of >= 0)
    rows = row_of[cells]
    mine = _centred(inside[np.ix_(cells, cells)])
    others = _centred(reference[np.ix_(rows, rows)])
    known = scores[np.ix_(cells, rows)]
    here = np.diag(known)
    gain = known + known.T - here[:, None] - here[None, :]
    ones, twos = np.diag(mine), np.diag(others)
    apart = ones[:, None] * others.T + mine * twos[None, :]
    apart = apart + apart.T
    together = (ones * twos)[:, None] + mine * others
    together = together + together.T
    found = np.full(scores.shape, -np.inf)
    found[np.ix_(cells, cells)] = gain - slope * (apart - together)
    np.fill_diagonal(found, -np.inf)
    return found


def _relations(inside: Matrix, reference: Matrix, row_of: Places) -> Matrix:
    """Correlation of what a cell is like in its column with what a row is like elsewhere."""
    matched = np.flatnonzero(row_of >= 0)
    mine = inside[:, matched]
    others = reference[:, row_of[matched]]
    return np.asarray(_centred(mine) @ _centred(others).T, np.float64)


def _centred(near: Matrix) -> Matrix:
    flat = near - near.mean(axis=0, keepdims=True)
    flat = flat - flat.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(norm, 1e-9), np.float64)


def _shared(signs: Signs, column: int, reference: Reference) -> Matrix:
    """N-grams a cell shares with a row of the other columns, above what any cell and row do."""
    near = np.asarray((signs.shared[column] @ reference.shared.T).toarray(), np.float64)
    return near / max(float(near.max()), 1e-9)


def _lengths(signs: Signs, column: int, reference: Reference) -> Matrix:
    """Negative squared difference of lengths in units of its spread; 0 where one is not known."""
    mine = signs.lengths[column] - _median(signs.lengths[column])
    away = mine[:, None] - reference.lengths[None, :]
    usual = np.abs(np.diag(away))
    spread = 1.4826 * _median(usual)
    score = -((away / max(spread, 0.08)) ** 2) / 2
    return np.where(np.isfinite(score), np.maximum(score, -CLIP), 0)


def _median(values: Matrix) -> float:
    """Of what is a number; 0 for nothing."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else 0.0


def _best_path(scores: Matrix, cells: Places, there: npt.NDArray[np.bool_]) -> Places:
    rows = np.flatnonzero(there)
    found = np.full(len(scores), -1, np.int64)
    pairs = _trace(np.ascontiguousarray(scores[np.ix_(cells, rows)]), GAP)
    for cell, row in pairs:
        found[cells[cell]] = rows[row]
    return found


@nb.njit(cache=True)
def _trace(scores, gap):  # type: ignore[no-untyped-def]
    """Pairs (cell, row) of the best alignment that keeps the order."""
    cells, rows = scores.shape
    best = np.zeros((cells + 1, rows + 1))
    for cell in range(1, cells + 1):
        best[cell, 0] = -gap * cell
    for row in range(1, rows + 1):
        best[0, row] = -gap * row
    for cell in range(1, cells + 1):
        for row in range(1, rows + 1):
            pair = best[cell - 1, row - 1] + scores[cell - 1, row - 1]
            best[cell, row] = max(pair, best[cell - 1, row] - gap, best[cell, row - 1] - gap)
    pairs = np.zeros((min(cells, rows), 2), np.int64)
    count, cell, row = 0, cells, rows
    while cell > 0 and row > 0:
        if best[cell, row] == best[cell - 1, row - 1] + scores[cell - 1, row - 1]:
            cell -= 1
            row -= 1
            pairs[count, 0], pairs[count, 1] = cell, row
            count += 1
        elif best[cell, row] == best[cell, row - 1] - gap:
            row -= 1
        else:
            cell -= 1
    return pairs[:count][::-1]
