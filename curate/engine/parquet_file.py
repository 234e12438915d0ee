"""A Parquet file as the Hub likes it: written whole or not at all, hashed on the way."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from curate.arrow import hub_schema
from curate.contract import is_heavy
from curate.engine.store import FileMark, mark_of, replacing

# What `datasets` itself writes, so that the Hub's deduplication and viewer work on our shards too.
CHUNKING = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}
ROW_GROUP_BYTES = 100 * 2**20  # the Hub's viewer refuses row groups above 286 MiB


class _Sink(io.RawIOBase):
    """Hashes what it writes, and keeps a failure to itself until ``check``.

    With content-defined chunking, pyarrow aborts the whole process when a write fails (a full disk
    would take the run down without a word); so a write never fails from its point of view.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("wb")
        self._hash, self._size = hashlib.sha256(), 0
        self._error: OSError | None = None

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self._size += view.nbytes
        if self._error is None:
            try:
                self._file.write(view)
                self._hash.update(view)
            except OSError as error:
                self._error = error
        return view.nbytes

    def check(self) -> None:
        """Raise what went wrong so far."""
        if self._error is not None:
            raise self._error

    def finish(self) -> str:
        """Close the file; gives its sha256."""
        try:
            self._file.close()
        except OSError as error:
            self._error = self._error or error
        self.check()
        return self._hash.hexdigest()


class ParquetFile:
    """A Parquet file in the making; appears only when complete.

    Media columns are stored as they are, since they are compressed already. Published files are in
    the form the Hub likes: snappy, dictionaries, page index and content-defined chunking as
    ``datasets`` writes them. Files between two passes are written and read in half the time: lz4.
    """

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        *,
        even_if_empty: bool = True,
        is_published: bool = False,
    ) -> None:
        """Take the final path and the schema.

        Args:
            path: Where it appears.
            schema: Of the rows.
            even_if_empty: Whether a file without rows is wanted.
            is_published: Whether it is part of the dataset.
        """
        self.path, self.rows, self.sha256 = path, 0, ""
        self._schema = hub_schema(schema)
        self._writer: pq.ParquetWriter | None = None
        self._even_if_empty, self._is_published = even_if_empty, is_published
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        if self._even_if_empty:
            self._writer = self._open()
        return self

    def _open(self) -> pq.ParquetWriter:
        temporary = self._stack.enter_context(replacing(self.path))
        self._sink = _Sink(temporary)
        media = {field.name for field in self._schema if is_heavy(field.type)}
        leaves = [(field.name, leaf) for field in self._schema for leaf in _leaves(field)]
        packed = "snappy" if self._is_published else "lz4"
        options: dict[str, Any] = {"use_dictionary": False, "write_statistics": False}
        if self._is_published:
            options = {
                "use_dictionary": [leaf for name, leaf in leaves if name not in media],
                "use_content_defined_chunking": CHUNKING,
                "write_page_index": True,
            }
        return pq.ParquetWriter(
            self._sink,
            self._schema,
            compression={leaf: "none" if name in media else packed for name, leaf in leaves},
            column_encoding={leaf: "PLAIN" for name, leaf in leaves if name in media},
            **options,
        )

    def write(self, table: pa.Table) -> None:
        """Append rows as one row group (or more, if they are too heavy for one)."""
        if table.num_rows:
            if self._writer is None:
                self._writer = self._open()
            rows = max(1, table.num_rows * ROW_GROUP_BYTES // max(1, table.nbytes))
            self._writer.write_table(table.cast(self._schema), row_group_size=rows)
            self._sink.check()
            self.rows += table.num_rows

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            if self._writer is not None:
                self._writer.close()
                if kind is None:
                    self.sha256 = self._sink.finish()
            if error is not None:
                raise error

    def mark(self) -> FileMark:
        """The mark of the finished file."""
        return mark_of(self.path, self.sha256)


def _leaves(field: pa.Field, path: str = "") -> Iterator[str]:
    path, kind = path or field.name, field.type
    if pa.types.is_struct(kind):
        for child in kind:
            yield from _leaves(child, f"{path}.{child.name}")
    elif pa.types.is_map(kind):
        yield from _leaves(kind.key_field, f"{path}.key_value.key")
        yield from _leaves(kind.item_field, f"{path}.key_value.value")
    elif (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        yield from _leaves(kind.value_field, f"{path}.list.element")
    else:
        yield path
