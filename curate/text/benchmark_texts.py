"""How much of a text stands in a benchmark, by shared n-grams of words.

Words and their hashes are those of ``curate.text.shingles``. Benchmark texts of fewer words than
the n-gram are looked for as a whole (Brown et al. 2020, "Language models are few-shot learners",
appendix C), down to 8 words, the least n used there; shorter ones, such as "what is the capital
of france", stand in many texts by chance and are not looked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from curate.errors import SourceError
from curate.text.columns import did_you_mean
from curate.text.compressed import plain_name
from curate.text.lines import lines, opened, skip_mark
from curate.text.shingles import Hashes, Shingling, shingles_of

LEAST_WORDS = 8
_MOST_BYTES = 2**26


class Benchmark(NamedTuple):
    """The n-grams of benchmark texts.

    Attributes:
        slots: Their hashes, in an open-addressing table of a power of two; 0 is an empty slot.
        lengths: Words in an n-gram, for each length there is, shape (lengths,).
    """

    slots: Hashes
    lengths: npt.NDArray[np.int64]


class Overlap(NamedTuple):
    """What each row shares with the benchmark.

    Attributes:
        ngrams: int32, n-grams of the row that stand in the benchmark, repeats counted.
        share: float32, words of the row in such n-grams, 0 to 1; 0 for a text without words.
    """

    ngrams: npt.NDArray[np.int32]
    share: npt.NDArray[np.float32]


def read_texts(path: Path, fields: Sequence[str]) -> list[str]:
    """The texts of a benchmark file.

    Args:
        path: One text a line, JSON lines (either may be compressed), or Parquet.
        fields: Keys or columns of texts or lists of texts; of no meaning for lines of text.

    Raises:
        SourceError: The file cannot be read, or a field is nowhere in it.
    """
    name = plain_name(path.name)
    if name.endswith(".parquet"):
        columns = _columns(path, fields)
        return [text for column in columns for value in column for text in _texts(value)]
    if name.endswith(".txt"):
        return [raw.decode("utf-8", "replace") for _, raw in _raw_lines(path)]
    if name.endswith((".jsonl", ".ndjson")):
        rows = [_parsed(raw, path, line) for line, raw in _raw_lines(path)]
        _require(fields, list(dict.fromkeys(key for row in rows for key in row)), path)
        return [text for row in rows for field in fields for text in _texts(row.get(field))]
    wanted = ".txt, .jsonl (also compressed) or .parquet"
    raise SourceError(f"{path} is no benchmark file: {wanted} is needed")


def _columns(path: Path, fields: Sequence[str]) -> list[list[object]]:
    try:
        _require(fields, pq.read_schema(path).names, path)
        table = pq.read_table(path, columns=list(fields))
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"cannot read {path} as Parquet: {error}; get it again") from error
    return [table[field].to_pylist() for field in fields]


def _raw_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with opened(path) as file:
        for record in lines(file, _MOST_BYTES, skip_mark(file)):
            yield record.line, record.raw


def _parsed(raw: bytes, path: Path, line: int) -> dict[str, Any]:
    try:
        row = json.loads(raw)
    except ValueError as error:
        raise SourceError(f"{path}:{line}: not JSON ({error}); one object a line") from error
    if not isinstance(row, dict):
        raise SourceError(f"{path}:{line}: not a JSON object; one object a line is needed")
    return row


def _require(fields: Sequence[str], there: Sequence[str], path: Path) -> None:
    for field in fields:
        if field not in there:
            guess = did_you_mean(field, there)
            raise SourceError(f"{path} has no field {field!r}{guess}; it has {', '.join(there)}")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def index(texts: Iterable[str], ngram: int) -> Benchmark:
    """The n-grams of these texts, ready to be looked up.

    Example:
        >>> index(["one two three four five six seven eight nine"], ngram=13).lengths
        array([9])
    """
    # JSON can hold half a surrogate pair, UTF-8 cannot.
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    found, lengths = [np.zeros(0, np.uint64)], np.zeros(ngram + 1, np.bool_)
    for part in shingles_of(pa.array(clean, pa.large_string()), Shingling(ngram)):
        is_long = part.units >= min(ngram, LEAST_WORDS)
        lengths[np.minimum(part.units[is_long], ngram)] = True
        found.append(part.values[np.repeat(is_long, np.diff(part.offsets))])
    hashes = np.unique(np.concatenate(found))
    slots = np.zeros(1 << max(4, int(2 * hashes.size).bit_length()), np.uint64)
    _fill(hashes, slots)
    return Benchmark(slots, np.flatnonzero(lengths))


def overlap(column: pa.Array | pa.ChunkedArray, benchmark: Benchmark) -> Overlap:
    """What each text shares with the benchmark.

    Example:
        >>> known = index(["The quick brown fox"], ngram=3)
        >>> overlap(pa.array(["see the quick brown dog run", None]), known).share.tolist()
        [0.5, 0.0]
    """
    found = Overlap(np.zeros(len(column), np.int32), np.zeros(len(column), np.float32))
    passes = [shingles_of(column, Shingling(int(length))) for length in benchmark.lengths]
    for parts in zip(*passes, strict=True):
        units = parts[0].units
        begins = np.concatenate([[0], np.cumsum(units)])
        is_in = np.zeros(begins[-1], np.bool_)
        of = slice(parts[0].begin, parts[0].end())
        for length, part in zip(benchmark.lengths, parts, strict=True):
            looked_up = (part.values, part.offsets, units, begins, length, benchmark.slots)
            _mark(*looked_up, found.ngrams[of], is_in)
        covered = np.concatenate([[0], np.cumsum(is_in)])
        found.share[of] = (covered[begins[1:]] - covered[begins[:-1]]) / np.maximum(units, 1)
    return found


@nb.njit(cache=True, nogil=True, inline="always")
def _place(slots, value):  # type: ignore[no-untyped-def]
    """The slot that holds a value, or the empty one where it belongs."""
    last = np.uint64(slots.size - 1)
    at = value & last
    while slots[at] != 0 and slots[at] != value:
        at = (at + np.uint64(1)) & last
    return at


@nb.njit(cache=True, nogil=True)
def _fill(hashes, slots):  # type: ignore[no-untyped-def]
    for value in hashes:
        slots[_place(slots, value)] = value


@nb.njit(cache=True, nogil=True)
def _mark(  # type: ignore[no-untyped-def]
    shingles, offsets, units, begins, length, slots, ngrams, is_in
):
    """Count the n-grams of one length that are in the table, and mark their words."""
    for row in range(units.size):
        if units[row] < length:
            continue
        end = 0
        for at in range(offsets[row + 1] - offsets[row]):
            if slots[_place(slots, shingles[offsets[row] + at])] != 0:
                ngrams[row] += 1
                for word in range(max(at, end), at + length):
                    is_in[begins[row] + word] = True
                end = at + length
