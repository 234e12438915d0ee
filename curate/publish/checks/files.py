"""The files of a dataset: whole, unchanged, and of a shape that the Hub and its viewer take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curate.arrow import AUDIO, HUB, sha256_of
from curate.engine.store import WORK
from curate.publish.checks.problem import Problem, error, warning

AGAIN = "run the recipe again"
VIEWER_REFUSES = 300_000_000  # bytes of a row group, uncompressed: "max=286.10 MiB"
ROW_GROUP = 105 * 2**20  # 100 MiB of rows, and what Parquet adds to them
SHARD = 2**30  # `datasets` cuts at 500 MB of rows, a run at 400 MiB of file
FILE_LIMIT = 200 * 10**9
FOLDER_LIMIT, REPOSITORY_LIMIT = 10_000, 100_000  # files
SHOWN = 100  # rows that the viewer shows first
CELL, ROW = 10**6, 2 * 10**6  # bytes; a row of over 2 MB ends in TooBigContentError


def file_problems(folder: Path, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Every file that the run wrote, and the number of files there are."""
    schemas: dict[Path, tuple[Path, pa.Schema]] = {}
    for name, mark in record["files"].items():
        path = folder / name
        if not path.is_file():
            yield error(path, "missing", AGAIN)
        elif sha256_of(path) != mark["sha256"]:
            yield error(path, "changed since the run", AGAIN)
        else:
            yield from parquet_problems(path, mark["rows"])
            yield from _same_columns(path, schemas)
    yield from count_problems(folder)


def account_problems(folder: Path, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Whether the sums of the account are those of the files; and no page lies elsewhere."""
    rows, kept, rejected = record["rows"], 0, Counter[str]()
    for name, mark in record["files"].items():
        if name.startswith("rejected/"):
            rejected[Path(name).name.rsplit("-", 3)[0]] += mark["rows"]
        else:
            kept += mark["rows"]
    listed = sum(one["rows"] for splits in record["configs"].values() for one in splits.values())
    told: Counter[str] = Counter()
    for line in record.get("funnel", []):
        step = str(line["step"]).replace(":", ".")
        told[step] += sum(amount["rows"] for amount in line["rejected"].values())
    sums = [
        ("kept", rows["kept"], kept),
        ("in splits", listed, kept),
        ("rejected", rows["rejected"], rejected.total()),
        (
            "read",
            rows["read"],
            kept + rejected.total() + rows.get("failed", 0) - rows.get("made", 0),
        ),
        *((f"rejected by {step}", told[step], rejected[step]) for step in {**told, **rejected}),
    ]
    for what, said, found in sums:
        if said != found:
            yield error(
                folder / "run.json", f"says {said:,} rows {what}, there are {found:,}", AGAIN
            )
    for path in folder.iterdir():
        if (
            path.is_file()
            and path.is_symlink()
            and not path.resolve().is_relative_to(folder.resolve())
        ):
            yield error(path, f"is a link to {path.resolve()}", "put the file itself here")


def _same_columns(path: Path, schemas: dict[Path, tuple[Path, pa.Schema]]) -> Iterator[Problem]:
    if path.parent.name == "rejected":
        return
    schema = pq.read_schema(path)
    first, known = schemas.setdefault(path.parent, (path, schema))
    if not schema.equals(known, check_metadata=True):
        yield error(path, f"has other columns or features than {first.name}", AGAIN)


def parquet_problems(path: Path, rows: int) -> Iterator[Problem]:
    """Whether a Parquet file of so many rows has the shape that the Hub and its viewer want."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as fault:
        yield error(path, f"is no Parquet file: {fault}", AGAIN)
        return
    if file.metadata.num_rows != rows:
        yield error(path, f"holds {file.metadata.num_rows} rows, the run wrote {rows}", AGAIN)
    if HUB not in (file.schema_arrow.metadata or {}):
        yield error(path, "carries no features for the Hub", AGAIN)
    if bare := without_sound(path):
        way_out = "add transforms.decode_audio and transforms.encode_audio"
        yield error(path, f"{bare!r} holds paths of one machine, no sound", way_out)
    yield from size_problems(path, path.stat().st_size)
    yield from _groups(path, file)
    if path.parent.name != "rejected" and "-00000-of-" in path.name:
        yield from _cells(path, file)  # the viewer begins with these


def size_problems(path: Path, size: int) -> Iterator[Problem]:
    """Whether a file of so many bytes can be kept on the Hub, and be loaded in parallel."""
    if size > FILE_LIMIT:
        way_out = "cut it into shards of 500 MB"
        yield error(path, f"has {size / 1e9:.0f} GB; the Hub takes 200 at most", way_out)
    elif size > SHARD:
        way_out = "cut the input into more shards, so that it loads in parallel"
        yield warning(path, f"has {size / 1e6:,.0f} MB, shards have 500", way_out)


def _groups(path: Path, file: pq.ParquetFile) -> Iterator[Problem]:
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    largest = max((group.total_byte_size for group in groups), default=0)
    way_out = f"write smaller row groups: {AGAIN}"
    if largest > VIEWER_REFUSES:
        what = f"has a row group of {largest / 1e6:,.0f} MB; the Hub's viewer takes 300"
        yield error(path, what, way_out)
    elif largest > ROW_GROUP:
        what = f"has a row group of {largest / 1e6:,.0f} MB; 100 keep the Hub's viewer quick"
        yield warning(path, what, way_out)
    if groups and groups[0].num_columns and not groups[0].column(0).has_offset_index:
        what = "has no page index, so that the viewer and streaming read whole row groups"
        yield warning(path, what, AGAIN)


def _cells(path: Path, file: pq.ParquetFile) -> Iterator[Problem]:
    batch = next(file.iter_batches(batch_size=SHOWN), None)
    if batch is None:
        return
    column_bytes = {}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if _may_be_large(field.type):
            column_bytes[field.name] = _sizes(column)
    for name, sizes in column_bytes.items():
        if max(sizes) > CELL:
            at = sizes.index(max(sizes))
            what = f"{name!r} of row {at} has {max(sizes) / 1e6:.1f} MB; the viewer cuts it"
            yield warning(path, what, "cut the clips or texts, or drop the column")
    rows = [sum(sizes) for sizes in zip(*column_bytes.values(), strict=True)]
    if rows and max(rows) > ROW:
        what = f"row {rows.index(max(rows))} has {max(rows) / 1e6:.1f} MB; the viewer shows 2"
        yield warning(path, what, "cut the clips or texts, or drop columns")


def _may_be_large(kind: pa.DataType) -> bool:
    tests = (pa.types.is_nested, pa.types.is_binary, pa.types.is_string, pa.types.is_large_string)
    return any(test(kind) for test in tests)


def _sizes(column: pa.Array) -> list[int]:
    return [column.slice(row, 1).nbytes for row in range(len(column))]


def count_problems(folder: Path) -> Iterator[Problem]:
    """Whether there are more files than the Hub takes."""
    inside = [path for path in _outside_work(folder) if path.is_file()]
    for parent, count in Counter(path.parent for path in inside).items():
        if count > FOLDER_LIMIT:
            what = f"holds {count:,} files; the Hub takes {FOLDER_LIMIT:,} in one folder"
            yield error(parent, what, "write larger shards")
    if len(inside) > REPOSITORY_LIMIT:
        what = f"holds {len(inside):,} files; the Hub takes {REPOSITORY_LIMIT:,}"
        yield error(folder, what, "write larger shards")


def _outside_work(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name != WORK:
            yield path
            yield from path.rglob("*")


def without_sound(path: Path) -> str:
    """An audio column of which some clip is a path only; told by the footer, nothing is read."""
    file = pq.ParquetFile(path)
    media = [field.name for field in file.schema_arrow if field.type == AUDIO]
    for group in range(file.metadata.num_row_groups):
        found = file.metadata.row_group(group)
        for at in range(found.num_columns):
            column = found.column(at)
            name, _, leaf = column.path_in_schema.rpartition(".")
            counts = column.statistics
            if name in media and leaf == "bytes" and counts and counts.null_count:
                return str(name)
    return ""
