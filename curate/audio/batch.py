"""Decoded clips in an Arrow batch.

Between ``transforms.decode_audio`` and ``transforms.encode_audio`` a clip is one cell of the
column ``samples`` (mono float32 in [-1, 1], shape (samples,)) with its ``rate_hz`` and
``duration`` beside it: decoded once, encoded once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Samples = npt.NDArray[np.float32]
"""Mono samples in [-1, 1], shape (samples,)."""

SAMPLES = pa.field("samples", pa.list_(pa.float32()))
RATE = pa.field("rate_hz", pa.int32())
DURATION = pa.field("duration", pa.float64())
_NOTED = b"rate_hz"


def clips(batch: pa.Table) -> Iterator[tuple[Samples, int]]:
    """Each row's (samples, rate in Hz), without copying; the arrays are read-only."""
    for chunk in batch.select([SAMPLES.name, RATE.name]).to_batches():
        column = chunk.column(0)
        values = column.values.to_numpy(zero_copy_only=True)
        edges = column.offsets.to_numpy()
        for row, rate_hz in enumerate(chunk.column(1).to_pylist()):
            yield values[edges[row] : edges[row + 1]], rate_hz


def with_rate(rate_hz: int) -> pa.Field:
    """The field of samples that all have this rate: it is noted in the field's metadata."""
    return SAMPLES.with_metadata({_NOTED: str(rate_hz).encode()})


def noted_rate_hz(schema: pa.Schema) -> int | None:
    """The rate of all samples, if their field notes one."""
    noted = (samples_field(schema).metadata or {}).get(_NOTED)
    return int(noted) if noted else None


def samples_field(schema: pa.Schema) -> pa.Field:
    """The samples' field as it is, its noted rate included; the plain one if there is none."""
    at = schema.get_field_index(SAMPLES.name)
    return SAMPLES if at < 0 else schema.field(at)


def samples_array(arrays: Sequence[Samples]) -> pa.ListArray:
    """One ``samples`` cell for each array, shape (rows,).

    Raises:
        ValueError: More samples than the offsets of an Arrow list can count.
    """
    edges = np.zeros(len(arrays) + 1, np.int64)
    np.cumsum([len(array) for array in arrays], out=edges[1:])
    if edges[-1] > np.iinfo(np.int32).max:
        raise ValueError("over 2^31 samples in a batch; set a smaller batch_rows on the source")
    values = np.concatenate([np.zeros(0, np.float32), *arrays], dtype=np.float32)
    return pa.ListArray.from_arrays(pa.array(edges, pa.int32()), pa.array(values))
