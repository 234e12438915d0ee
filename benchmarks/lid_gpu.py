"""Language identification on a GPU: rate of its kernels, and from Parquet to labels.

    python -m benchmarks.lid --data DIR --device cuda [--rows 10000000] [--threads 16]

For each model: documents per second of the kernels alone, on a block of 64 MB that lies in the
GPU's memory; then of everything, from a Parquet file of ``--rows`` lines on disk (read by threads
beside) to labels and probabilities, the texts included that the CPU labels again with
``--threads``; and of reading the Parquet alone. Labels and probabilities are compared with the CPU
path's. Where there is no GPU it says so, and compares what plain torch gives on the CPU.
"""

from __future__ import annotations

import dataclasses as dc
import math
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curate.langid.gpu.blocks import Sender, next_cut
from curate.langid.gpu.predict import (
    BLOCK,
    best_kernels,
    device_tables,
    first_look,
    label_block,
)
from curate.langid.model import Model
from curate.langid.predict import Numbers, buffers, load, predict_numbers

BATCH = 1 << 20
"""Rows of a row group, about 120 MB of lines: two blocks."""
READERS = 4
"""Threads that read Parquet: one decodes some 10 million lines a second."""


def describe() -> str:
    """The GPU, torch and triton, or that there is none."""
    import torch

    if not torch.cuda.is_available():
        return f"# no GPU here; torch {torch.__version__}, on the CPU"
    card = torch.cuda.get_device_properties(0)
    kernels = best_kernels("cuda")
    return f"# {card.name}, {card.total_memory / 1e9:.0f} GB, torch {torch.__version__}, {kernels}"


def compare_devices(
    name: str,
    path: Path,
    texts: list[str],
    repeats: int,
    threads: int,
    rows: int,
    scratch: Path | None,
) -> None:
    import torch

    model = load(path)
    column = pa.array(texts, pa.large_string())
    device = "cuda" if torch.cuda.is_available() else "cpu"
    doubt, wrong, gap = differences(model, column, device)
    print(
        f"{name}: {wrong} other labels in {len(texts)}, |Δp| {gap:g}, "
        f"{doubt:.2%} labelled by the CPU",
        flush=True,
    )
    if device == "cpu":
        return
    many = max(1, -(-BLOCK["triton"] // max(1, column.nbytes)))
    block = pa.array(texts * many, pa.large_string())
    seconds, labelled = kernel_seconds(model, block, repeats)
    print(f"  kernels: {labelled / seconds / 1e6:,.1f} M documents/s")
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        file = Path(folder) / "lines.parquet"
        write_lines(file, texts, rows)
        moved = dc.replace(model, device="cuda")
        for what, work in (
            ("reading Parquet", len),
            ("Parquet to labels", lambda batch: predict_numbers(moved, batch, threads=threads)),
        ):
            best = min(whole_seconds(file, work) for _ in range(2))
            print(f"  {what}: {rows / best / 1e6:,.1f} M documents/s", flush=True)


def differences(model: Model, texts: pa.Array, device: str) -> tuple[float, int, float]:
    """Share left to the CPU; then lines whose label differs; largest difference, if it labels."""
    theirs = predict_numbers(model, texts)
    ours = first_look(model, texts, 1, 0.0, device)
    sure = ~ours.doubt
    wrong = (ours.labels[:, 0] != theirs.labels[:, 0]) | (ours.counts != theirs.counts)
    gaps = np.abs(ours.probs - theirs.probs)[sure]
    return float(ours.doubt.mean()), int((wrong & sure).sum()), float(gaps.max(initial=0))


def kernel_seconds(model: Model, texts: pa.Array, repeats: int) -> tuple[float, int]:
    """Least time of one block that lies on the card, and how many texts it has."""
    import torch

    kernels = best_kernels("cuda")
    letters, offsets, null = buffers(texts)
    end = next_cut(offsets, 0, BLOCK[kernels])
    best = math.inf
    with torch.inference_mode():
        tables = device_tables(model, "cuda")
        sender = Sender(letters, offsets, null, "cuda")
        block = sender.receive(sender.send(0, end))
        for _ in range(repeats + 2):  # the first compiles
            torch.cuda.synchronize()
            start = time.perf_counter()
            label_block(tables, block, 1, 0.0, kernels)
            torch.cuda.synchronize()
            best = min(best, time.perf_counter() - start)
    return best, end


def write_lines(file: Path, texts: list[str], rows: int) -> None:
    """Lines over and over, in row groups of one batch, as ``datasets`` would store them."""
    lines = pa.array(texts)
    kind = pa.schema([("text", pa.string())])
    with pq.ParquetWriter(file, kind, compression="snappy") as writer:
        for first in range(0, rows, BATCH):
            many = min(BATCH, rows - first)
            taken = pa.array(np.arange(first, first + many) % len(texts))
            writer.write_table(pa.table({"text": lines.take(taken)}), row_group_size=BATCH)


def whole_seconds(path: Path, work: Callable[[pa.Array], int | Numbers]) -> float:
    """From opening the file to the last answer.

    Threads read ahead, and two batches are in work at a time: while the CPU labels what is in
    doubt of one, the card has the other.
    """
    start = time.perf_counter()
    pending: deque[Future[int | Numbers]] = deque()
    with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(2) as workers:
        for group in range(pq.ParquetFile(path).num_row_groups):
            read = readers.submit(read_group, path, group)
            pending.append(workers.submit(lambda read: work(read.result()), read))
            if len(pending) > READERS + 2:
                pending.popleft().result()
        while pending:
            pending.popleft().result()
    return time.perf_counter() - start


def read_group(path: Path, group: int) -> pa.Array:
    return pq.ParquetFile(path).read_row_group(group, ["text"])["text"].combine_chunks()
