"""Find texts that stand in a benchmark, or in another split, and name the groups to be split.

Texts are compared by the containment of their character 5-grams, on whatever columns a row has:
the share of the shorter text that the other holds, .5 and more being a leak. Candidates come from
an inverted index and are verified on the whole sets (``curate/text/containment.py``); equal texts
are a special case. Spaces do not count, and predicates are brought to one form first, so that 한다
for 합니다 hides nothing. Rows that share a text are one group, named by its first row: give
``leak_group`` to ``transforms.assign_split`` and no group crosses splits.

It misleads on texts of one template, which make one large group, and is blind to translations and
to paraphrases that change most words. The driver holds 4 bytes for each shingle of a text.
"""

from __future__ import annotations

import dataclasses as dc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from annotated_types import Ge, Gt, Le, MinLen

from curate.arrow import sha256_of
from curate.contract import Adds, Barrier, Column, InputPath, Verdict
from curate.errors import EnvironmentError_

if TYPE_CHECKING:
    from curate.text.containment import Contained
    from curate.text.minhash import Sketches

_Rows = npt.NDArray[np.int64]
_MOST_SHINGLES = 65_536


@dc.dataclass(frozen=True)
class Leakage(Barrier):
    """Reject rows that leak from a benchmark or another split, and name the groups of the others.

    Args:
        columns: The texts of a row; a match in any of them counts.
        benchmark: The benchmark's texts: a file with one text a line (.txt), JSON lines
            (.jsonl), both also compressed, or Parquet; empty for none.
        fields: In JSON lines and Parquet, the keys or columns with texts or lists of texts.
        split: Column with the split that rows have already; a group in several of them keeps
            its rows of the one that comes last in ``splits``. Empty: rows have none yet.
        splits: Names of splits, the best protected last.
        group: Column whose equal values make one group too, such as the id of a document; empty
            for none.
        threshold: Least containment of a leak, 0 to 1.
        ngram: Characters in a shingle.

    Reads:
        id: string.

    Adds:
        leak_group: string, id of the first row of its group.
        leak_of: string, ``benchmark:<number>`` or the id of an earlier row that it shares most
            with; null if none reaches the threshold. Rows of one ``group`` are not compared.
        leak_containment: float32, how much of the shorter text that is; null if none.

    Rejects:
        in the benchmark: It shares ``threshold`` or more with one of its texts.
        in another split: Its group has rows in a better protected split.

    Raises:
        EnvironmentError_: There is no such file.
        SourceError: The file cannot be read or has no such field.

    Example:
        >>> texts = ["코스피가 외국인의 순매수에 힘입어 상승 마감했다.", "금리는 그대로 있다.",
        ...          "코스피가 외국인의 순매수에 힘입어 상승 마감했습니다."]
        >>> step = Leakage()
        >>> found = step.decide(step.keys(pa.table({"id": ["a", "b", "c"], "text": texts})))
        >>> found.measured["leak_group"].to_pylist()
        ['a', 'b', 'a']
    """

    columns: Annotated[tuple[str, ...], MinLen(1)] = ("text",)
    benchmark: InputPath = ""
    fields: tuple[str, ...] = ("text",)
    split: Column = ""
    splits: tuple[str, ...] = ("train", "validation", "test")
    group: Column = ""
    threshold: Annotated[float, Gt(0), Le(1)] = 0.5
    ngram: Annotated[int, Ge(2), Le(50)] = 5

    reads: ClassVar = ("id",)
    adds: ClassVar[Adds] = {
        "leak_group": pa.string(),
        "leak_of": pa.string(),
        "leak_containment": pa.float32(),
    }
    reasons: ClassVar = ("in the benchmark", "in another split")

    def columns_read(self) -> tuple[str, ...]:
        """The texts, and what says which rows go together."""
        return tuple(dict.fromkeys((*super().columns_read(), *self.columns)))

    def prepare(self) -> dict[str, str]:
        """Take the digest of the benchmark."""
        if not self.benchmark:
            return {}
        if not Path(self.benchmark).is_file():
            way_out = "name the benchmark's .txt, .jsonl or .parquet file, or leave it empty"
            what = f"there is no file {self.benchmark!r}"
            raise EnvironmentError_(f"{self.step_name()}: {what}; {way_out}")
        return {"benchmark": sha256_of(Path(self.benchmark))}

    def keys(self, batch: pa.Table) -> pa.Table:
        """The shingles of each text, and the columns that say which rows go together."""
        rows = batch.num_rows
        keys = {"id": batch["id"]}
        for name in ("split", "group"):
            column = getattr(self, name)
            there = batch[column].cast(pa.string()) if column else pa.nulls(rows, pa.string())
            keys[name] = there
        for number, name in enumerate(self.columns):
            known = self._sketches(batch[name])
            buffers = [None, pa.py_buffer(known.offsets * 4), pa.py_buffer(known.values)]
            keys[f"text{number}"] = pa.Array.from_buffers(pa.large_binary(), rows, buffers)
        return pa.table(keys)

    def decide(self, keys: pa.Table) -> Verdict:
        """Find what is shared, join groups, and reject what leaks."""
        from curate.text.benchmark_texts import read_texts
        from curate.text.containment import contained
        from curate.text.union_find import groups

        rows, texts = keys.num_rows, len(self.columns)
        listed = read_texts(Path(self.benchmark), self.fields) if self.benchmark else []
        reference = self._sketches(pa.chunked_array([listed], pa.string()))
        base = len(listed)
        known = _joined(reference, [keys[f"text{number}"] for number in range(texts)])
        owner = _numbered(keys["group"].to_pylist())
        owners = np.concatenate([-1 - np.arange(base), np.tile(owner, texts)])
        found = contained(known, self.threshold, owners, base)
        row_of = np.concatenate([np.full(base, -1), np.tile(np.arange(rows), texts)])
        ones = np.concatenate([np.arange(rows), row_of[base:]])
        others = np.concatenate([owner, row_of[found.cluster[base:]]])
        roots = groups(rows, ones, others)
        leaks, share, of = _worst(found, base, (texts, rows))
        elsewhere = self._elsewhere(keys["split"].to_pylist(), roots)
        ids = keys["id"].combine_chunks().cast(pa.string())
        told = [
            None if not much else f"benchmark:{text + 1}" if is_leak else ids[row_of[text]].as_py()
            for is_leak, much, text in zip(leaks, share, of, strict=True)
        ]
        measured = {
            "leak_group": ids.take(pa.array(roots)),
            "leak_of": pa.array(told, pa.string()),
            "leak_containment": pa.array(share, mask=share == 0),
        }
        reason = pa.array(np.where(leaks, *self.reasons), pa.string())
        return Verdict(pa.array(~(leaks | elsewhere)), reason, measured)

    def _sketches(self, texts: pa.ChunkedArray) -> Sketches:
        from curate.korean.endings import compared
        from curate.text.minhash import signatures_and_sketches
        from curate.text.shingles import Shingling
        from curate.text.utf8 import readable

        listed = readable(texts).cast(pa.string()).to_pylist()
        same = pa.array([None if one is None else compared(one) for one in listed], pa.string())
        how = Shingling(self.ngram, "character")
        return signatures_and_sketches(same, how, 4, _MOST_SHINGLES)[1]

    def _elsewhere(self, splits: list[str | None], roots: _Rows) -> npt.NDArray[np.bool_]:
        """Rows whose group has a row in a better protected split."""
        rank = {name: at for at, name in enumerate(self.splits)}
        of = np.array([rank.get(one or "", -1) for one in splits], np.int64)
        best = np.full(len(roots), -1)
        np.maximum.at(best, roots, of)
        found: npt.NDArray[np.bool_] = (of >= 0) & (of < best[roots])
        return found


def _joined(reference: Sketches, parts: list[pa.ChunkedArray]) -> Sketches:
    """The shingles of the benchmark and then of all rows, column after column."""
    from curate.text.minhash import Sketches

    values, sizes = [reference.values], [np.diff(reference.offsets)]
    for part in parts:
        for chunk in part.chunks:
            whole = chunk.take(pa.array(np.arange(len(chunk))))  # at offset 0
            bounds = np.frombuffer(whole.buffers()[1], np.int64, len(whole) + 1) // 4
            values.append(np.frombuffer(whole.buffers()[2] or b"", np.uint32)[: bounds[-1]])
            sizes.append(np.diff(bounds))
    count = np.concatenate(sizes)
    offsets = np.concatenate([[0], np.cumsum(count)])
    return Sketches(np.concatenate(values), offsets, count.astype(np.int32))


def _numbered(names: list[str | None]) -> _Rows:
    """The first row of the same name for each row; itself where it has none."""
    first: dict[str, int] = {}
    return np.array(
        [at if name is None else first.setdefault(name, at) for at, name in enumerate(names)],
        np.int64,
    )


def _worst(
    found: Contained, base: int, shape: tuple[int, int]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32], _Rows]:
    """Whether each row is in the benchmark, the most that it shares, and with which text."""
    rows = np.arange(shape[1])

    def most(of: _Rows, share: npt.NDArray[np.float32]) -> tuple[_Rows, npt.NDArray[np.float32]]:
        by_column = share[base:].reshape(shape)
        best = by_column.argmax(axis=0)
        return of[base:].reshape(shape)[best, rows], by_column[best, rows]

    near, near_share = most(found.nearest, found.containment)
    text, share = most(found.reference, found.reference_containment)
    leaks = text >= 0
    return leaks, np.where(leaks, share, near_share), np.where(leaks, text, near)
