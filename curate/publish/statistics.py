"""Exact figures of a dataset's columns, for each split of each config.

Columns are read one at a time and a row group after the other, so that memory depends on neither
rows nor columns: order statistics come from counts of leading bits, four times sixteen, and not
from sorting. Media and vectors are not read. What is found stands in ``run.json``, so that every
number of a card can be traced.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.contract import is_heavy
from curate.publish.splits import config_folder

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_VALUES = 50  # distinct values up to which a text column is a closed set
LONGEST_VALUE = 100  # characters; a value that is longer is a text
OPEN_FILES = 64  # whose footers are not parsed again for each column
HELD_ROWS = 2**21  # up to here numbers are read once and kept (16 MB), else once for each pass
BATCH_ROWS, TEXT_ROWS = 2**16, 2**12  # of numbers, and of texts, which may be long
TEXT = "text"
LENGTHS = ("tokens", "characters")

_WIDE_SPACES = [chr(code).encode() for code in range(128, 0x3001) if chr(code).isspace()]
_LEADS = np.isin(np.arange(256), [space[0] for space in _WIDE_SPACES])
_WIDE = {
    size: [int.from_bytes(space, "big") for space in _WIDE_SPACES if len(space) == size]
    for size in (2, 3)
}

Chunks = Callable[[], Iterator[pa.Array]]
Opened = Callable[[Path], pq.ParquetFile]


def dataset_statistics(out: Path, record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Figures of every split, from its Parquet files.

    Args:
        out: The dataset folder.
        record: What ``run.json`` holds, or will hold: ``configs`` and ``files`` are used.

    Returns:
        Config → split → ``rows``, ``bytes`` (of files), ``uncompressed_bytes``; ``hours`` where
        there is a ``duration``; ``tokens`` (runs between white space) and ``characters`` (code
        points) where there is a ``text``; and ``columns``. Numbers have ``nulls``, ``not_finite``
        (if any), ``min``, ``quantiles``, ``max``, ``mean`` and ``total``. Texts have ``nulls`` and
        either ``counts`` of each value, where a config has at most 50 and half as many as rows, or
        ``tokens`` and ``characters``, each with the figures of a number. A quantile is the least
        value that this share of the rows does not exceed.
    """
    opened = functools.lru_cache(OPEN_FILES)(pq.ParquetFile)
    return {
        config: _config(
            opened,
            {split: _files(out, record, config, split) for split in splits},
            {name: split["rows"] for name, split in splits.items()},
        )
        for config, splits in record["configs"].items()
    }


def _files(out: Path, record: Mapping[str, Any], config: str, split: str) -> list[Path]:
    start = f"{config_folder(config)}/{split}-"
    return [out / name for name in record["files"] if name.startswith(start) and _plain(name)]


def _plain(name: str) -> bool:
    """Whether the split is all that stands before ``-00000-of-00001``: no split has a hyphen."""
    return name.rsplit("/", 1)[1].count("-") == 3


def _config(
    opened: Opened, files: Mapping[str, Sequence[Path]], rows: Mapping[str, int]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        split: {
            "rows": rows[split],
            "bytes": sum(path.stat().st_size for path in paths),
            "uncompressed_bytes": sum(map(_uncompressed, paths)),
            "columns": {},
        }
        for split, paths in files.items()
    }
    first = next((path for paths in files.values() for path in paths), None)
    for field in pq.read_schema(first) if first else ():
        if is_heavy(field.type):
            continue
        for split, figures in _column(opened, field, files, rows).items():
            found[split]["columns"][field.name] = figures
    for split in found.values():
        columns = split["columns"]
        if "total" in columns.get("duration", {}):
            split["hours"] = round(columns["duration"]["total"] / 3600, 6)
        if "tokens" in columns.get(TEXT, {}):
            split |= {name: columns[TEXT][name].get("total", 0) for name in LENGTHS}
    return found


def _uncompressed(path: Path) -> int:
    footer = pq.read_metadata(path)
    return sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))


def _column(
    opened: Opened, field: pa.Field, files: Mapping[str, Sequence[Path]], rows: Mapping[str, int]
) -> dict[str, Any]:
    """Figures of one column in each split; none for kinds that have no order and no closed set."""
    kind = field.type
    size = BATCH_ROWS if pa.types.is_primitive(kind) else TEXT_ROWS
    chunks = {split: _reader(opened, paths, field.name, size) for split, paths in files.items()}
    held = {split: rows[split] <= HELD_ROWS for split in files}
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return {split: numbers(_once(read, held[split]), kind) for split, read in chunks.items()}
    if pa.types.is_boolean(kind):
        return {split: _closed(_count(read, 2)) for split, read in chunks.items()}
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return {}
    if field.name != TEXT and (counts := _closed_set(chunks, sum(rows.values()))):
        return {split: _closed(count) for split, count in counts.items()}
    return {split: _lengths(read, held[split]) for split, read in chunks.items()}


def _closed_set(chunks: Mapping[str, Chunks], rows: int) -> dict[str, Counter[Any]]:
    """How often each value occurs in each split; empty if these are free texts."""
    most = min(MOST_VALUES, max(1, rows // 2))
    counts = {}
    values: set[Any] = set()
    for split, read in chunks.items():
        if (count := _count(read, most)) is None:
            return {}
        counts[split] = count
        values |= count.keys() - {None}
        if len(values) > most or any(len(value) > LONGEST_VALUE for value in values):
            return {}
    return counts


def _count(read: Chunks, most: int) -> Counter[Any] | None:
    total: Counter[Any] = Counter()
    for chunk in read():
        for pair in pc.value_counts(chunk).to_pylist():
            total[pair["values"]] += pair["counts"]
        if len(total.keys() - {None}) > most:
            return None
    return total


def _closed(count: Counter[Any] | None) -> dict[str, Any]:
    count = count or Counter()
    ranked = sorted(
        ((value, rows) for value, rows in count.items() if value is not None),
        key=lambda pair: (-pair[1], pair[0]),
    )
    names = {True: "true", False: "false"}
    return {
        "nulls": count[None],
        "counts": {names.get(value, value): rows for value, rows in ranked},
    }


def _lengths(read: Chunks, held: bool) -> dict[str, Any]:
    """Figures of both lengths; the texts themselves are never held."""

    def measured() -> Iterator[pa.Array]:
        for chunk in read():
            lengths = [pc.utf8_length(chunk).cast(pa.int64()), count_tokens(chunk).cast(pa.int64())]
            yield pa.StructArray.from_arrays(lengths, ["characters", "tokens"])

    both = _once(measured, held)
    characters = numbers(lambda: (chunk.field("characters") for chunk in both()), pa.int64())
    nulls = characters.pop("nulls")
    tokens = numbers(lambda: (chunk.field("tokens") for chunk in both()), pa.int64())
    del tokens["nulls"]
    return {"nulls": nulls, "tokens": tokens, "characters": characters}


def count_tokens(texts: pa.Array) -> pa.Array:
    """Runs of characters between Unicode white space, as ``len(text.split())``.

    Example:
        >>> count_tokens(pa.array(["one  two ", "", None])).to_pylist()
        [2, 0, None]
    """
    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    bounds = np.zeros(1, np.int64)
    if len(texts):
        bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    codes = np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]
    bounds = bounds - bounds[0]
    spaces = _spaces(codes)
    begins = ~spaces
    begins[1:] &= spaces[:-1]
    first = bounds[:-1][bounds[1:] > bounds[:-1]]  # a text begins anew after another's last word
    begins[first] = ~spaces[first]
    counts = np.diff(np.searchsorted(np.flatnonzero(begins), bounds))
    return pc.if_else(texts.is_valid(), pa.array(counts, pa.int32()), None)


def _spaces(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which bytes of some UTF-8 are white space, as ``str.isspace`` has it."""
    spaces: npt.NDArray[np.bool_] = (codes - np.uint8(9) < 5) | (codes - np.uint8(28) < 5)
    lead = np.flatnonzero(codes >= 0xC2)
    lead = lead[_LEADS[codes[lead]]]
    second, third = (codes[np.minimum(lead + more, len(codes) - 1)] for more in (1, 2))
    pairs = codes[lead].astype(np.uint32) << 8 | second
    for size, encoded in ((2, pairs), (3, pairs << 8 | third)):
        found = lead[np.isin(encoded, _WIDE[size])]
        for more in range(size):
            spaces[found + more] = True
    return spaces


def _reader(opened: Opened, paths: Sequence[Path], name: str, size: int) -> Chunks:
    def read() -> Iterator[pa.Array]:
        for path in paths:
            for batch in opened(path).iter_batches(size, columns=[name]):
                yield batch.column(0)

    return read


def _once(read: Chunks, hold: bool) -> Chunks:
    """The same arrays, read once and kept if ``hold`` is set."""
    if not hold:
        return read
    kept: list[pa.Array] = []

    def held() -> Iterator[pa.Array]:
        if not kept:
            kept.extend(read())
        return iter(kept)

    return held


def numbers(read: Chunks, kind: pa.DataType) -> dict[str, Any]:
    """Figures of a column of numbers.

    Args:
        read: Gives the column's arrays, as often as it is called.
        kind: Their type.

    Example:
        >>> numbers(lambda: iter([pa.array([3, 1, None]), pa.array([8])]), pa.int32())["quantiles"]
        {'0.05': 1, '0.25': 1, '0.5': 3, '0.75': 8, '0.95': 8}
    """
    nulls = rows = finite = 0
    sums: list[float] = []
    whole = 0
    exact = pa.types.is_integer(kind)
    for chunk in read():
        values = _finite(chunk)
        nulls += chunk.null_count
        rows += len(chunk)
        finite += len(values)
        if exact:
            whole += int(values.astype(object).sum()) if kind.bit_width == 64 else int(values.sum())
        else:
            with np.errstate(over="ignore"):
                sums.append(float(values.sum(dtype=np.float64)))
    found: dict[str, Any] = {"nulls": nulls}
    if rows - nulls - finite:
        found["not_finite"] = rows - nulls - finite
    if not finite:
        return found
    total = whole if exact else sum(sums)
    ranks = [0, *(max(0, math.ceil(share * finite - 1e-9) - 1) for share in SHARES), finite - 1]
    chosen = _order_statistics(read, ranks, kind)
    found["min"] = chosen[0]
    found["quantiles"] = dict(zip(map(str, SHARES), chosen[1:-1], strict=True))
    found["max"] = chosen[-1]
    if math.isfinite(total):
        found["mean"] = _short(total / finite)
        found["total"] = total if exact else _short(total)
    return found


def _short(value: float) -> float:
    """Twelve digits: sums differ in the last ones when row groups are cut elsewhere."""
    return float(f"{value:.12g}")


def _finite(chunk: pa.Array) -> np.ndarray:
    values: np.ndarray = chunk.drop_null().to_numpy(zero_copy_only=False)
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values


def _keys(values: np.ndarray) -> np.ndarray:
    """Unsigned numbers in the order of the values."""
    if values.dtype.kind == "u":
        return values.astype(np.uint64)
    top = np.uint64(1 << 63)
    if values.dtype.kind == "i":
        return values.astype(np.int64).view(np.uint64) ^ top
    bits = (values.astype(np.float64) + 0.0).view(np.uint64)  # + 0.0: there is one zero
    return np.where(bits & top, ~bits, bits | top)


def _value(key: int, kind: pa.DataType) -> int | float:
    top = 1 << 63
    if pa.types.is_unsigned_integer(kind):
        return key
    if pa.types.is_integer(kind):
        return key - top
    bits = key ^ top if key & top else key ^ (2**64 - 1)
    value = float(np.array(bits, np.uint64).view(np.float64))
    # The shortest text of a float32 is the number that people know: 0.1, not 0.10000000149.
    return float(str(np.float32(value))) if pa.types.is_float32(kind) else value


def _order_statistics(read: Chunks, ranks: Sequence[int], kind: pa.DataType) -> list[Any]:
    """The values at these places of the sorted column, exactly."""
    prefix = dict.fromkeys(range(len(ranks)), 0)
    left = dict(enumerate(ranks))
    for shift in (48, 32, 16, 0):
        counts = {key: np.zeros(2**16, np.int64) for key in set(prefix.values())}
        for chunk in read():
            keys = _keys(_finite(chunk))
            heads = keys >> np.uint64(shift)
            for head, count in counts.items():
                mine = heads >> np.uint64(16) == np.uint64(head)  # at first all: no bits are left
                low = (heads[mine] & np.uint64(0xFFFF)).astype(np.int64)
                count += np.bincount(low, minlength=2**16)
        below = {head: np.cumsum(count) for head, count in counts.items()}
        for at, head in list(prefix.items()):
            digit = int(np.searchsorted(below[head], left[at], side="right"))
            left[at] -= int(below[head][digit - 1]) if digit else 0
            prefix[at] = (head << 16) | digit
    return [_value(prefix[at], kind) for at in range(len(ranks))]
