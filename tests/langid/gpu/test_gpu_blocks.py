from __future__ import annotations

import numpy as np
import pytest

from curate.errors import EnvironmentError_
from curate.langid.gpu.blocks import LEAST_BLOCK, MOST_TEXTS, in_blocks, next_cut

MEGABYTE = 1 << 20


def run(sizes: list[int], block: int, room: int) -> list[tuple[int, int]]:
    """Blocks worked on where a block of more than ``room`` bytes has no room."""
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    done = []

    def work(start: int, end: int, sent: tuple[int, int]) -> None:
        assert sent == (start, end)
        if offsets[end] - offsets[start] > room:
            import torch

            raise torch.OutOfMemoryError("out of memory")
        done.append((start, end))

    in_blocks(offsets, block, lambda start, end: (start, end), work)
    return done


def test_blocks_hold_whole_texts_up_to_their_size() -> None:
    assert run([4, 4, 30, 1, 1], 10, 100) == [(0, 2), (2, 3), (3, 5)]


def test_empty_texts_are_in_some_block() -> None:
    assert run([0, 0, 5, 0], 10, 100) == [(0, 4)]
    assert run([0, 0], 10, 100) == [(0, 2)]


def test_a_block_has_no_more_than_so_many_texts() -> None:
    assert next_cut(np.zeros(MOST_TEXTS + 5, np.int64), 0, 10) == MOST_TEXTS


def test_blocks_are_halved_until_they_have_room_and_stay_so() -> None:
    done = run([MEGABYTE] * 8, 8 * MEGABYTE, 2 * MEGABYTE)
    assert done == [(0, 2), (2, 4), (4, 6), (6, 8)]


def test_a_device_without_room_for_the_least_block_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(EnvironmentError_, match=rf"label {LEAST_BLOCK} bytes.*set device: cpu"):
        run([LEAST_BLOCK // 4] * 16, 8 * MEGABYTE, 10)


def test_one_text_without_room_is_the_same_error() -> None:
    with pytest.raises(EnvironmentError_, match="no room to label"):
        run([4 * MEGABYTE, 1], 8 * MEGABYTE, 2 * MEGABYTE)
