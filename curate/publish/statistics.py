"""Exact figures of a dataset's columns, for each split of each config.

Columns are read one at a time and a row group after the other, so that memory depends on neither
rows nor columns: order statistics come from counts of leading bits, four times sixteen, and not
from sorting. Texts were tallied when they were written (``engine/texts.py``); they are read only
where no tally is left. Media and vectors are not read. What is found stands in ``run.json``, so
that every number of a card can be traced.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.contract import is_heavy
from curate.engine.texts import MOST_VALUES, Tally, is_text, read_tallies
from curate.publish.splits import config_folder

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
OPEN_FILES = 64  # whose footers are not parsed again for each column
HELD_ROWS = 2**21  # up to here numbers are read once and kept (16 MB), else once for each pass
BATCH_ROWS, TEXT_ROWS = 2**16, 2**12  # of numbers and flags, and of texts, which may be long
TEXT = "text"
LENGTHS = ("tokens", "characters")

Chunks = Callable[[], Iterator[pa.Array]]
Opened = Callable[[Path], pq.ParquetFile]


def dataset_statistics(
    out: Path, record: Mapping[str, Any], tallied: Mapping[str, Path] | None = None
) -> dict[str, dict[str, Any]]:
    """Figures of every split, from its Parquet files.

    Args:
        out: The dataset folder.
        record: What ``run.json`` holds, or will hold: ``configs`` and ``files`` are used.
        tallied: Path of a file in the folder → where its texts were tallied.

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
    tallies = {out / name: path for name, path in (tallied or {}).items()}
    return {
        config: _config(
            opened,
            tallies,
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
    opened: Opened,
    tallies: Mapping[Path, Path],
    files: Mapping[str, Sequence[Path]],
    rows: Mapping[str, int],
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
    texts = {split: _Texts(opened, tallies, paths) for split, paths in files.items()}
    for field in pq.read_schema(first) if first else ():
        if is_text(field.type):
            columns = _text_column(
                field.name,
                {split: one[field.name] for split, one in texts.items()},
                sum(rows.values()),
            )
        elif not is_heavy(field.type):
            columns = _column(opened, field, files, rows)
        else:
            continue
        for split, figures in columns.items():
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
    """Figures of one column in each split; none for kinds that have no order."""
    kind = field.type
    chunks = {split: _reader(opened, paths, field.name) for split, paths in files.items()}
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return {
            split: numbers(_once(read, rows[split] <= HELD_ROWS), kind)
            for split, read in chunks.items()
        }
    if pa.types.is_boolean(kind):
        return {split: _flags(read) for split, read in chunks.items()}
    return {}


def _flags(read: Chunks) -> dict[str, Any]:
    count: Counter[bool | None] = Counter()
    for chunk in read():
        count.update(
            {pair["values"]: pair["counts"] for pair in pc.value_counts(chunk).to_pylist()}
        )
    nulls = count.pop(None, 0)
    return _closed(nulls, {"true" if value else "false": rows for value, rows in count.items()})


class _Texts:
    """The tallies of the text columns of some files: those that are left, or made now."""

    def __init__(self, opened: Opened, tallies: Mapping[Path, Path], paths: Sequence[Path]) -> None:
        self._opened, self._unread = opened, []
        self._found: dict[str, Tally] = {}
        for path in paths:
            known = read_tallies(tallies[path]) if path in tallies else None
            if known is None:
                self._unread.append(path)
                continue
            for name, tally in known.items():
                self._found.setdefault(name, Tally()).merge(tally)

    def __getitem__(self, name: str) -> Tally:
        tally = self._found.pop(name, Tally())
        for chunk in _reader(self._opened, self._unread, name, TEXT_ROWS)():
            tally.add(pa.chunked_array([chunk]))
        return tally


def _text_column(name: str, tallies: Mapping[str, Tally], rows: int) -> dict[str, Any]:
    """Figures of a column of texts in each split: of its closed set, or of its lengths."""
    sets = {split: tally.values for split, tally in tallies.items()}
    values = {value for one in sets.values() for value in one or ()}
    few = len(values) <= min(MOST_VALUES, max(1, rows // 2))
    if name != TEXT and few and None not in sets.values():
        return {split: _closed(tally.nulls, tally.values or {}) for split, tally in tallies.items()}
    return {split: _lengths(tally) for split, tally in tallies.items()}


def _closed(nulls: int, counts: Mapping[str, int]) -> dict[str, Any]:
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {"nulls": nulls, "counts": dict(ranked)}


def _lengths(tally: Tally) -> dict[str, Any]:
    figures = zip(LENGTHS, map(_counted, tally.lengths()), strict=True)
    return {"nulls": tally.nulls, **dict(figures)}


def _counted(counts: Mapping[int, int]) -> dict[str, Any]:
    """Figures of whole numbers, value → rows."""
    values = sorted(counts)
    if not values:
        return {}
    upto = np.cumsum([counts[value] for value in values], dtype=np.int64)
    rows = int(upto[-1])
    places = np.searchsorted(upto, _ranks(rows), side="right")
    total = sum(value * counts[value] for value in values)
    mean = _short(total / rows)
    return _ordered([values[place] for place in places]) | {"mean": mean, "total": total}


def _ranks(rows: int) -> list[int]:
    """Where the least value, the quantiles and the largest stand in order."""
    return [0, *(max(0, math.ceil(share * rows - 1e-9) - 1) for share in SHARES), rows - 1]


def _ordered(chosen: Sequence[Any]) -> dict[str, Any]:
    quantiles = dict(zip(map(str, SHARES), chosen[1:-1], strict=True))
    return {"min": chosen[0], "quantiles": quantiles, "max": chosen[-1]}


def _reader(opened: Opened, paths: Sequence[Path], name: str, rows: int = 0) -> Chunks:
    def read() -> Iterator[pa.Array]:
        for path in paths:
            for batch in opened(path).iter_batches(rows or BATCH_ROWS, columns=[name]):
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
    found |= _ordered(_order_statistics(read, _ranks(finite), kind))
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
