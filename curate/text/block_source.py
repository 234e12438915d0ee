"""Sources whose rows are lines, paragraphs or sentences of files: shards, and reading one.

Used by ``sources.text_lines``, ``sources.conllu`` and ``sources.token_table``, which say how a file
falls into records. What a shard needs (offsets, repeated keys, the document that is open where it
begins) travels with it, so that no reader looks at another shard.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from curate.errors import SourceError
from curate.text.blocks import Read
from curate.text.columns import Repeats
from curate.text.compressed import is_compressed, or_compressed
from curate.text.line_source import is_damaged
from curate.text.lines import Record, Span, opened, spans
from curate.text.paths import input_files
from curate.text.shard_rows import Cut, repeated_rows, within

Keys = Callable[[Sequence[Record]], list[str | None]]
"""The own id of each record, none where it has none."""
Carry = Callable[[Sequence[Record], str], str]
"""What is in force after these records, given what was before them."""


class BlockFile(NamedTuple):
    """One file.

    Attributes:
        path: Where it is.
        label: What rows call it.
        is_readable: False for a compressed file that breaks off.
        read: The function that takes it apart.
        facts: What else decides on its rows, such as its column names.
    """

    path: Path
    label: str
    is_readable: bool
    read: Read
    facts: tuple[str, ...] = ()


class Where(NamedTuple):
    """What reading a shard takes; plain values.

    Attributes:
        file: Path.
        label: The file's name in ids.
        start, stop, line: The span.
        is_readable: False for a compressed file that breaks off.
        repeated: Rows, counted from the shard's first, whose key occurred before.
        carried: What was in force before its first row.
    """

    file: str
    label: str
    start: int
    stop: int
    line: int
    is_readable: bool
    repeated: tuple[int, ...]
    carried: str


class Block(NamedTuple):
    """Some consecutive records of a shard.

    Attributes:
        records: The records; none stands for the one row of a file that cannot be read.
        repeated: Those whose key occurred before, counted from 0 here.
        carried: What was in force before the first.
    """

    records: list[Record]
    repeated: list[int]
    carried: str


def block_files(path: str, endings: Sequence[str], read: Callable[[Path], Read]) -> list[BlockFile]:
    """The files that a path, folder or glob stands for.

    Args:
        path: A file of any name, a folder or a glob.
        endings: What names in a folder end in.
        read: Gives for each file the function that takes it apart.

    Raises:
        SourceError: There is none, or none that can be read.
    """
    base, files = input_files(path, or_compressed(endings))
    found = []
    for file in files:
        readable = not is_damaged(file)
        label = file.relative_to(base).as_posix()
        found.append(BlockFile(file, label, readable, read(file) if readable else _nothing))
    if not any(one.is_readable for one in found):
        raise SourceError(f"{files[0]} is compressed and damaged; get it again")
    return found


def _nothing(*_: object) -> Iterator[Record]:
    return iter(())


def block_cuts(
    files: Sequence[BlockFile], rows: int, keys: Keys | None = None, carry: Carry | None = None
) -> list[Cut]:
    """All shards of the files, in order; a compressed file is one.

    Args:
        files: From ``block_files``.
        rows: Rows in a shard.
        keys: Gives rows their own ids; rows whose id came before are told to the reader.
        carry: Follows what is in force from row to row; it begins anew in every file.
    """
    repeats = Repeats()
    found: list[tuple[str, Span, Where, tuple[str, ...]]] = []
    begin = 0
    for at, one in enumerate(files):
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(one.label).name.split(".")[0])[:40]
        before, carried = "", ""
        some: list[Span] = []
        for span, held in _spans_of(one, rows):
            if keys:
                repeats.add(keys(held), begin)
            begin += span.rows
            carried = carry(held, carried) if carry else ""
            some.append(span)
            if not is_compressed(one.path):
                found.append(
                    (
                        f"{at:05d}-{stem}-{len(some) - 1:06d}",
                        span,
                        _where(one, span, before),
                        one.facts,
                    )
                )
                before = carried
        if some and is_compressed(one.path):
            span = _joined(some)
            found.append((f"{at:05d}-{stem}-000000", span, _where(one, span, ""), one.facts))
    again = repeated_rows([repeats], [span.rows for _, span, *_ in found])
    cuts = []
    for (name, span, where, columns), (repeated,) in zip(found, again, strict=True):
        facts = (span.sha256, where.label, repeated, where.carried, columns)
        digest = hashlib.sha256(repr(facts).encode()).hexdigest()
        cuts.append(Cut(name, span.rows, digest, tuple(where._replace(repeated=repeated))))
    return cuts


def _spans_of(one: BlockFile, rows: int) -> Iterator[tuple[Span, Sequence[Record]]]:
    if one.is_readable:
        with opened(one.path) as file:
            yield from spans(one.read(file, 0, 1, None), rows)
        return
    state = one.path.stat()
    yield Span(0, 0, 0, 1, f"{state.st_size}:{state.st_mtime_ns}"), [Record(0, 0, 0, b"")]


def _joined(some: Sequence[Span]) -> Span:
    """A compressed file is one span, since it cannot be entered in the middle."""
    digest = hashlib.sha256("".join(span.sha256 for span in some).encode()).hexdigest()
    total = sum(span.rows for span in some)
    return Span(some[0].start, some[-1].stop, some[0].line, total, digest)


def _where(one: BlockFile, span: Span, carried: str) -> Where:
    place = (str(one.path), one.label, span.start, span.stop, span.line)
    return Where(*place, one.is_readable, (), carried)


def read_blocks(where: Where, read: Read, batch_rows: int, limit: int | None) -> Iterator[Block]:
    """The records of a shard, in blocks of ``batch_rows``.

    The caller carries on what is in force from block to block; each has that of the shard's start.
    """
    if not where.is_readable:
        yield Block([], [], "")
        return
    again = np.array(where.repeated, np.int64)
    with opened(Path(where.file)) as file:
        held = itertools.islice(read(file, where.start, where.line, where.stop), limit)
        begin = 0
        while batch := list(itertools.islice(held, batch_rows)):
            yield Block(batch, within(again, begin, len(batch)), where.carried)
            begin += len(batch)
