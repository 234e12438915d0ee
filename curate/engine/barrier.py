"""Decisions over all rows: keys from every shard, one verdict, a decision file for each shard.

Keys are small (an id and a few numbers a row). Few are judged in the driver at once; many, where
the barrier's decision is separable, bucket by bucket on the workers (``engine/buckets.py``), with
the same bytes. A decision is itself Parquet, vouched for by a receipt whose fingerprint covers the
keys of every shard.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from curate.arrow import digest_of
from curate.contract import Barrier
from curate.engine.buckets import BUCKET_ROWS, clear, decide_in_buckets
from curate.engine.decision import decision_table, read_keys, write_decisions
from curate.engine.shard import KEYS
from curate.engine.store import FileMark, Receipt, commit, find_receipt

if TYPE_CHECKING:
    from curate.engine.run import Runner


def decide(
    barrier: Barrier,
    folder: Path,
    keys: Sequence[Receipt],
    runner: Runner,
    bucket_rows: int = BUCKET_ROWS,
) -> Receipt:
    """Judge the keys of all shards together, unless that verdict is there.

    Args:
        barrier: Who decides.
        folder: Where the key files are, and where the decisions go.
        keys: A receipt for each shard's keys, in shard order.
        runner: Who does the work where it is done in buckets.
        bucket_rows: More rows than this are, if they can be.

    Raises:
        StepError: The barrier failed, or did not judge every row.
    """
    digests = [(key.name, key.sha256(KEYS)) for key in keys]
    fingerprint = digest_of("decide", barrier.fingerprint(), digests)
    if receipt := find_receipt(folder, "decision", fingerprint):
        clear(folder)
        return receipt
    started = time.perf_counter()
    rows = sum(key.rows_out for key in keys)
    if barrier.separable_by() and rows > bucket_rows:
        files = decide_in_buckets(barrier, folder, keys, fingerprint, runner, bucket_rows)
    else:
        files = _at_once(barrier, folder, keys)
    seconds = round(time.perf_counter() - started, 4)
    done = commit(folder, Receipt("decision", fingerprint, rows, rows, [], files, {}, seconds))
    clear(folder)
    return done


def _at_once(barrier: Barrier, folder: Path, keys: Sequence[Receipt]) -> dict[str, FileMark]:
    decision = decision_table(barrier, read_keys(folder, [key.name for key in keys]))
    return write_decisions(folder, [(key.name, key.rows_out) for key in keys], decision)
