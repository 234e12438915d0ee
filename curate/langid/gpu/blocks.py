"""Cut texts into blocks for a device, send them ahead of their turn, and shrink them if need be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.errors import EnvironmentError_
from curate.langid.gpu.tables import Tensor
from curate.langid.gpu.tokens import Block

LEAST_BLOCK = 1 << 20
"""Bytes of a block under which running out of memory is an error."""
MOST_TEXTS = 1 << 22
"""Texts of a block, however short they are."""
Numbers = npt.NDArray[np.int64]


def next_cut(offsets: Numbers, start: int, size: int) -> int:
    """Where the block that begins with text ``start`` ends: at ``size`` bytes, or after one text.

    >>> next_cut(np.array([0, 4, 8, 30, 31]), 0, 10), next_cut(np.array([0, 4, 8, 30, 31]), 2, 10)
    (2, 3)
    """
    end = int(np.searchsorted(offsets, offsets[start] + size, "right")) - 1
    return min(max(end, start + 1), start + MOST_TEXTS, len(offsets) - 1)


def in_blocks(
    offsets: Numbers,
    size: int,
    send: Callable[[int, int], Any],
    work: Callable[[int, int, Any], None],
) -> None:
    """Do ``work(start, end, sent)`` for all texts, block by block.

    The next block is sent by a thread of its own while this one is worked on, so that copies and
    kernels overlap. Where the device runs out of memory the block is halved, as are those after it.

    Args:
        offsets: Where each text begins and the last ends.
        size: Bytes of a block.
        send: Called with the first text of a block and the one after its last.
        work: Called with the same and what ``send`` returned.

    Raises:
        EnvironmentError_: Not even a block of ``LEAST_BLOCK`` bytes, or one text, has room.
    """
    import torch

    texts = len(offsets) - 1
    start = 0
    with ThreadPoolExecutor(1) as pool:
        ahead: Future[Any] | None = None
        while start < texts:
            end = next_cut(offsets, start, size)
            try:
                sent = (ahead or pool.submit(send, start, end)).result()
                after = next_cut(offsets, end, size) if end < texts else end
                ahead = pool.submit(send, end, after) if end < texts else None
                work(start, end, sent)
            except torch.OutOfMemoryError as error:
                wait([ahead] if ahead else [])
                ahead = sent = None
                if size // 2 < LEAST_BLOCK or end - start == 1:
                    long = int(offsets[end] - offsets[start])
                    raise EnvironmentError_(
                        f"the GPU has no room to label {long} bytes of text; close what else uses "
                        "it, or set device: cpu"
                    ) from error
                size //= 2
                torch.cuda.empty_cache()
                continue
            start = end


class Sender:
    """Copies blocks to a device: by pinned memory and a stream of its own where it is a card."""

    def __init__(
        self, letters: npt.NDArray[np.uint8], offsets: Numbers, null: Any, device: str
    ) -> None:
        import torch

        self._letters, self._offsets, self._null, self._device = letters, offsets, null, device
        self._stream: Any = None
        if device.startswith("cuda"):
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call,unused-ignore]

    def send(self, start: int, end: int) -> tuple[Block, Any]:
        """A block, and the event after which it is there."""
        import torch

        first, last = self._offsets[start], self._offsets[end]
        parts: tuple[Any, ...] = (
            self._letters[first:last],
            self._offsets[start : end + 1] - first,
            self._null[start:end],
        )
        if self._stream is None:
            text, offsets, null = (torch.from_numpy(np.array(part)) for part in parts)
            return Block(text, offsets, null), None
        with torch.cuda.stream(self._stream):
            text, offsets, null = (self._copy(part) for part in parts)
            event = torch.cuda.Event()  # type: ignore[no-untyped-call,unused-ignore]
            event.record(self._stream)
        return Block(text, offsets, null), event

    def _copy(self, values: npt.NDArray[Any]) -> Tensor:
        import torch

        kind = torch.from_numpy(np.empty(0, values.dtype)).dtype
        pinned = torch.empty(values.shape, dtype=kind, pin_memory=True)
        np.copyto(pinned.numpy(), values)
        return pinned.to(self._device, non_blocking=True)

    def receive(self, sent: tuple[Block, Any]) -> Block:
        """The block, once kernels of the current stream may read it."""
        import torch

        block, event = sent
        if event is not None:
            current = torch.cuda.current_stream(self._device)
            current.wait_event(event)
            for part in block:
                part.record_stream(current)
        return block


def chunks(rows: int, width: int, room: int) -> Iterator[tuple[int, int]]:
    """Stretches of rows of ``width`` numbers that take up to ``room`` numbers.

    >>> list(chunks(5, 10, 20))
    [(0, 2), (2, 4), (4, 5)]
    """
    many = max(1, room // max(1, width))
    for start in range(0, rows, many):
        yield start, min(rows, start + many)
