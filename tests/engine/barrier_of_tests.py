"""Steps for tests of the engine: a barrier, and filters that fail in every way there is."""

from __future__ import annotations

import dataclasses as dc
import os
import signal
import time
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from curate.contract import Barrier, Filter, Transform, Verdict


@dc.dataclass(frozen=True)
class RareText(Barrier):
    """Reject texts that stand in fewer than ``least`` rows."""

    least: int = 6
    reads: ClassVar = ("id", "text")
    adds: ClassVar = {"count": pa.int64()}
    reasons: ClassVar = ("rare",)

    def decide(self, keys: pa.Table) -> Verdict:
        counts = (
            {
                row["values"]: row["counts"]
                for row in pc.value_counts(keys["text"].combine_chunks()).to_pylist()
            }
            if keys.num_rows
            else {}
        )
        count = pa.array([counts[text] for text in keys["text"].to_pylist()], pa.int64())
        return Verdict(pc.greater_equal(count, self.least), "rare", {"count": count})


@dc.dataclass(frozen=True)
class Poison(Filter):
    """Raise, exit or be killed on the shard that holds ``row``; sleep on every other."""

    row: str = "row-000275"
    how: str = "raise"
    seconds: float = 0.0
    once: str = ""
    reads: ClassVar = ("id",)

    def __call__(self, batch: pa.Table) -> Verdict:
        time.sleep(self.seconds)
        if self.row in batch["id"].to_pylist() and not self._was_here():
            if self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise {"raise": ValueError, "disk": OSError}[self.how]("made to fail")
        return Verdict(pa.array([True] * batch.num_rows, pa.bool_()), "")

    def _was_here(self) -> bool:
        if not self.once:
            return False
        mark = Path(self.once)
        if mark.exists():
            return True
        mark.touch()
        return False


@dc.dataclass(frozen=True)
class Glutton(Filter):
    """Ask for more memory than there is on the shard that holds ``row``."""

    row: str = "row-000275"
    reads: ClassVar = ("id",)

    def __call__(self, batch: pa.Table) -> Verdict:
        held = []
        while self.row in batch["id"].to_pylist() and len(held) < 100:
            held.append(b"\1" * 2**25)
            time.sleep(0.05)  # the nanny looks ten times a second
        return Verdict(pa.array([True] * batch.num_rows, pa.bool_()), "")


@dc.dataclass(frozen=True)
class Shuffler(Transform):
    """Break the contract: return rows in another order."""

    def __call__(self, batch: pa.Table) -> pa.Table:
        return batch.take(pa.array(range(batch.num_rows - 1, -1, -1)))


@dc.dataclass(frozen=True)
class Smuggler(Transform):
    """Break the contract: return a column that was not declared."""

    def __call__(self, batch: pa.Table) -> pa.Table:
        return batch.append_column("secret", pa.nulls(batch.num_rows))


@dc.dataclass(frozen=True)
class Quitter(Transform):
    """Break the contract: leave the process."""

    def __call__(self, batch: pa.Table) -> pa.Table:
        raise SystemExit(3)


@dc.dataclass(frozen=True)
class Editor(Filter):
    """Break the contract: edit rows instead of judging them."""

    def __call__(self, batch: pa.Table) -> Verdict:
        return batch.slice(0, batch.num_rows)  # type: ignore[return-value]


@dc.dataclass(frozen=True)
class Mute(Transform):
    """Break the contract: forget to return."""

    def __call__(self, batch: pa.Table) -> pa.Table:
        return None


@dc.dataclass(frozen=True)
class Undecided(Filter):
    """Break the contract: neither keep nor reject."""

    def __call__(self, batch: pa.Table) -> Verdict:
        return Verdict(pa.nulls(batch.num_rows, pa.bool_()), "perhaps")


@dc.dataclass(frozen=True)
class Brief(Filter):
    """Break the contract: judge some rows only."""

    def __call__(self, batch: pa.Table) -> Verdict:
        return Verdict(pa.array([True]), "")


@dc.dataclass(frozen=True)
class Silent(Filter):
    """Break the contract: reject and say nothing."""

    def __call__(self, batch: pa.Table) -> Verdict:
        return Verdict(pa.array([False] * batch.num_rows, pa.bool_()), "")


@dc.dataclass(frozen=True)
class Speechless(Filter):
    """Break the contract: reject for no reason at all."""

    def __call__(self, batch: pa.Table) -> Verdict:
        rows = batch.num_rows
        return Verdict(pa.array([False] * rows, pa.bool_()), pa.nulls(rows, pa.string()))
