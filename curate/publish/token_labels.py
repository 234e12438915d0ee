"""Labelled tokens of a dataset: how many of each label, and which words are least certain.

Counted in Arrow, a row group in memory at a time; what grows with the corpus is one entry for each
word and label. Used by the report and by the export for review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

NEEDED = ("id", "text", "tokens", "token_starts", "token_ends", "etymology", "etymology_prob")
ORIGIN = "etymology_from"
WANTED = (ORIGIN, "language", "script")
MEMORY, UNSEEN = "memory", "unseen word"
LOW = 0.9
"""A label with less is uncertain. In ten-fold cross-validation (351 sentences, 3 seeds, no tables)
4 % of the words have less, 26 % of those are wrong, and they are 76 % of all errors; of the others
0.4 % are wrong."""
CERTAIN = 0.99
"""A label with as much need not be looked at: of 20,807 such words there 0.1 % were wrong."""
TOKENS_AROUND = 8
_TOKEN_BITS = 24
_MERGE_AT = 2_000_000
_WORDS = pa.schema(
    [("word", pa.string()), ("label", pa.string()), ("prob", pa.float32()),
     ("position", pa.int64()), ("times", pa.int64())]
)  # fmt: skip


class Least(NamedTuple):
    """A word with one of its labels, where that is least certain.

    Attributes:
        word: In lower case.
        label: Its label there.
        prob: Of that label.
        row: Which row of all files, from 0.
        token: Which token of the row, from 0.
        times: How often the word has this label.
    """

    word: str
    label: str
    prob: float
    row: int
    token: int
    times: int


class LabelCount(NamedTuple):
    """How many tokens have a label, how many of them were remembered, how many are uncertain."""

    label: str
    tokens: int
    remembered: int
    uncertain: int


class TokenLabels:
    """Counts over all tokens of some Parquet files.

    Args:
        paths: Files with the columns of ``NEEDED``.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        words, labels, rows = [_WORDS.empty_table()], [], 0
        for table, first in _groups(paths):
            flat = _flat(table, first)
            words.append(_grouped(flat))
            labels.append(_counted(flat))
            rows = first + table.num_rows
            if sum(one.num_rows for one in words) > _MERGE_AT:
                words = [_grouped(pa.concat_tables(words))]
        self.rows = rows
        self._words = _grouped(pa.concat_tables(words))
        self._labels = labels

    def counts(self) -> list[LabelCount]:
        """Labels, the most frequent first."""
        if not self._labels:
            return []
        kinds = [(name, "sum") for name in ("tokens", "remembered", "uncertain")]
        whole = pa.concat_tables(self._labels).group_by("label").aggregate(kinds)
        rows = whole.select(["label", *(f"{name}_sum" for name, _ in kinds)]).to_pylist()
        found = [LabelCount(*row.values()) for row in rows if row["label"] is not None]
        return sorted(found, key=lambda one: (-one.tokens, one.label))

    def least_certain(self, most: int) -> list[Least]:
        """Words with a label, the least certain first; none that is as good as certain."""
        return [
            Least(
                row["word"],
                row["label"],
                row["prob"],
                row["position"] >> _TOKEN_BITS,
                row["position"] % 2**_TOKEN_BITS,
                row["times"],
            )
            for row in self._words.slice(0, most).to_pylist()
            if row["prob"] < CERTAIN
        ]

    def labels_of(self, words: Sequence[str]) -> dict[str, dict[str, int]]:
        """How often each of these words has which label."""
        wanted = pa.array(sorted(set(words)), pa.string())
        found: dict[str, dict[str, int]] = {word: {} for word in words}
        for row in self._words.filter(pc.is_in(self._words["word"], wanted)).to_pylist():
            found[row["word"]][row["label"]] = row["times"]
        return found


def _groups(paths: Sequence[Path]) -> Iterator[tuple[pa.Table, int]]:
    """Row groups, and the number of the first row of each."""
    first = 0
    for path in paths:
        with pq.ParquetFile(path) as file:
            there = file.schema_arrow.names
            columns = [name for name in (*NEEDED[2:3], *NEEDED[5:], ORIGIN) if name in there]
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=columns)
                yield table, first
                first += table.num_rows


def _flat(table: pa.Table, first: int) -> pa.Table:
    """One row for each token."""
    table = _fitting(table)
    tokens = table["tokens"].combine_chunks()
    parents = pc.list_parent_indices(tokens).to_numpy(zero_copy_only=False).astype(np.int64)
    inside = np.arange(len(parents)) - np.searchsorted(parents, parents)
    probs = pc.fill_null(pc.list_flatten(table["etymology_prob"]).cast(pa.float32()), 1.0)
    columns = {
        "word": pc.utf8_lower(pc.list_flatten(tokens)),
        "label": pc.list_flatten(table["etymology"]),
        "prob": probs,
        "position": pa.array(((parents + first) << _TOKEN_BITS) + inside),
        "times": pa.array(np.ones(len(parents), np.int64)),
    }
    if ORIGIN in table.column_names:
        columns["origin"] = pc.list_flatten(table[ORIGIN])
    return pa.table(columns)


def _fitting(table: pa.Table) -> pa.Table:
    """The lists, null in rows where they are of several lengths: columns of another make."""
    lengths = [pc.list_value_length(column) for column in table.columns]
    fits = lengths[0]
    for one in lengths[1:]:
        fits = pc.if_else(pc.equal(lengths[0], one), fits, pa.scalar(None, fits.type))
    columns = [
        pc.if_else(pc.is_valid(fits), column, pa.scalar(None, column.type))
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _grouped(flat: pa.Table) -> pa.Table:
    """One row for each word and label, the least certain first."""
    flat = flat.select(_WORDS.names).sort_by([("prob", "ascending"), ("position", "ascending")])
    whole = flat.group_by(["word", "label"], use_threads=False).aggregate(
        [("prob", "first"), ("position", "first"), ("times", "sum")]
    )
    names = ["word", "label", "prob_first", "position_first", "times_sum"]
    found = whole.select(names).rename_columns(_WORDS.names).cast(_WORDS)
    return found.sort_by([("prob", "ascending"), ("position", "ascending")])


def _counted(flat: pa.Table) -> pa.Table:
    names = flat.column_names
    remembered = pc.equal(flat["origin"], MEMORY) if "origin" in names else pc.less(flat["prob"], 0)
    counts = pa.table(
        {
            "label": flat["label"],
            "tokens": flat["times"],
            "remembered": pc.fill_null(remembered, False).cast(pa.int64()),
            "uncertain": pc.less(flat["prob"], pa.scalar(LOW, pa.float32())).cast(pa.int64()),
        }
    )
    kinds = [(name, "sum") for name in ("tokens", "remembered", "uncertain")]
    whole = counts.group_by("label").aggregate(kinds)
    return whole.select(["label", *(f"{name}_sum" for name, _ in kinds)]).rename_columns(
        counts.column_names
    )


def rows_at(paths: Sequence[Path], wanted: set[int]) -> dict[int, dict[str, Any]]:
    """Rows by their number over all files, with the columns of ``NEEDED`` and ``WANTED``."""
    found: dict[int, dict[str, Any]] = {}
    first = 0
    for path in paths:
        with pq.ParquetFile(path) as file:
            columns = [name for name in (*NEEDED, *WANTED) if name in file.schema_arrow.names]
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                here = sorted(row for row in wanted if first <= row < first + rows)
                if here:
                    table = file.read_row_group(group, columns=columns)
                    some = table.take([row - first for row in here]).to_pylist()
                    found.update(zip(here, some, strict=True))
                first += rows
    return found


def reasons(row: Mapping[str, Any], at: int, labels: Mapping[str, int]) -> list[str]:
    """Why the label of a token may be wrong.

    Args:
        row: With ``tokens``, ``etymology``, and ``etymology_from`` if there.
        at: Which token.
        labels: How often its word has which label in the dataset.
    """
    token, label = row["tokens"][at], row["etymology"][at]
    origin = row.get(ORIGIN)
    found = []
    if origin and origin[at] not in (MEMORY, None, ""):
        found.append(UNSEEN)
    found += [f"{other} {times}× elsewhere" for other, times in labels.items() if other != label]
    if at == 0 and token[:1].isupper():
        found.append("capital letter of the sentence")
    elif token[:1].isupper() and _at_edge_of_name(row, at):
        found.append("a name may begin or end here")
    return found


def _at_edge_of_name(row: Mapping[str, Any], at: int) -> bool:
    """Whether one of two capitalised words beside each other is a name and the other is not."""
    is_name = [label.startswith("Name") for label in row["etymology"]]
    beside = [one for one in (at - 1, at + 1) if 0 <= one < len(is_name)]
    return any(row["tokens"][one][:1].isupper() and is_name[one] != is_name[at] for one in beside)


class Context(NamedTuple):
    """A token between the text before and after it, each on one line and cut at a token."""

    before: str
    token: str
    after: str


def context(row: Mapping[str, Any], at: int) -> Context:
    """A token among those around it."""
    starts: Sequence[int] = row["token_starts"]
    ends: Sequence[int] = row["token_ends"]
    first, last = max(0, at - TOKENS_AROUND), min(len(starts) - 1, at + TOKENS_AROUND)
    text = row["text"]
    before = " ".join(text[starts[first] : starts[at]].split(None))
    after = " ".join(text[ends[at] : ends[last]].split(None))
    space_before = " " if before and text[starts[at] - 1 : starts[at]].isspace() else ""
    space_after = " " if after and text[ends[at] : ends[at] + 1].isspace() else ""
    dots = ("… " if first else "", " …" if last + 1 < len(starts) else "")
    return Context(
        f"{dots[0]}{before}{space_before}", row["tokens"][at], f"{space_after}{after}{dots[1]}"
    )
