"""Read fastText's ``.bin`` and ``.ftz`` files: every supervised model of versions up to 12.

Layout after facebookresearch/fastText 0.9.3: arguments, dictionary, pruned buckets, input and
output matrix, each of them dense or product-quantised (Joulin et al. 2016, "FastText.zip").
Whatever a file says is checked against its size before memory is asked for: a damaged or lying
file gives one ``SourceError`` that names the place.
"""

from __future__ import annotations

import dataclasses as dc
import mmap
import struct
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.errors import SourceError
from curate.langid.kernels import LONGEST_GRAM, list_subwords
from curate.langid.layout import HEADS, Arguments, Dictionary, Matrix, lay_out
from curate.langid.memo import Workspace
from curate.langid.tables import Tables, pointers
from curate.langid.unpacking import decode_rows, read_entries
from curate.langid.vectors import LANES

MAGIC = 793712314
NEWEST = 12
SUPERVISED = 3
SWOLLEN = 64
"""How many times its size a file may take in memory; real quantised models take 8 to 16."""
SMALL = 1 << 26
"""Bytes that any file may take: a tiny model may still have two million buckets."""
LARGEST_WEIGHT = 1e12
"""Keeps sums and products finite; weights of trained models are below 100."""
Floats = npt.NDArray[np.float32]


@dc.dataclass(frozen=True)
class Model:
    """A supervised fastText model, ready for ``predict``.

    Attributes:
        path: The file.
        labels: Its labels as they stand in the file, with ``__label__``.
        label_array: The same, for Arrow.
        tables: What the kernels read.
        device: Where ``predict`` runs it, ``cpu`` or ``cuda``.
        workspace: Addresses, and what its threads remember of the words they met.
    """

    path: Path
    labels: tuple[str, ...]
    label_array: pa.StringArray
    tables: Tables
    device: str = "cpu"
    workspace: Workspace = dc.field(
        default_factory=Workspace, init=False, repr=False, compare=False
    )


class _File:
    """A file that is read from front to back and never past its end."""

    def __init__(self, path: Path, data: npt.NDArray[np.uint8]) -> None:
        self.path, self.data, self.at = path, data, 0

    def refuse(self, what: str) -> NoReturn:
        raise SourceError(
            f"{self.path}: byte {self.at}: {what}; is it a whole fastText model (.bin or .ftz)?"
        )

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            self.refuse(what)

    def take(self, size: int, what: str) -> npt.NDArray[np.uint8]:
        left = self.data.size - self.at
        self.check(0 <= size <= left, f"{what} would take {size} bytes, {left} are left")
        self.at += size
        return self.data[self.at - size : self.at]

    def numbers(self, form: str, what: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form), what).tobytes())

    def flag(self, what: str) -> bool:
        (value,) = self.numbers("B", what)
        self.check(value <= 1, f"{what} is {value}, neither 0 nor 1")
        return bool(value)

    def floats(self, count: int, what: str) -> Floats:
        """Numbers, aligned; gigabytes are read several times faster than they are mapped."""
        start = self.at
        self.take(4 * count, what)
        values = np.fromfile(self.path, np.float32, count, offset=start)
        self.check(values.size == count, f"{what} was cut off while it was read")
        self.check_moderate(values, what)
        return values

    def check_moderate(self, values: Floats, what: str) -> None:
        if values.size and not (
            values.min() >= -LARGEST_WEIGHT and values.max() <= LARGEST_WEIGHT
        ):  # NaN fails both
            self.refuse(f"{what} holds a weight that is not finite, or beyond {LARGEST_WEIGHT:g}")

    def check_fits(self, size: int, what: str) -> None:
        most = max(SMALL, SWOLLEN * self.data.size)
        self.check(size <= most, f"{what} would take {size} bytes, too much for so small a file")


def read_model(path: Path) -> Model:
    """Read and lay out a model.

    Raises:
        SourceError: It cannot be read, is no supervised fastText model, or is damaged.
    """
    return _read(_open(path))


def _open(path: Path) -> _File:
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise SourceError(f"{path}: the file is empty; is the download complete?")
            # closed when the last array on it goes
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return _File(path, np.frombuffer(mapped, np.uint8))
    except OSError as error:
        raise SourceError(f"cannot read the language model {path}: {error.strerror}") from error


def read_labels(path: Path) -> tuple[str, ...]:
    """The labels of a model, without reading its matrices.

    Raises:
        SourceError: As ``read_model``.
    """
    file = _open(path)
    return _read_dictionary(file, _read_arguments(file)).labels


def _read(file: _File) -> Model:
    arguments = _read_arguments(file)
    dictionary = _read_dictionary(file, arguments)
    quantised = file.flag("the flag of the quantised input matrix")
    file.check(quantised or dictionary.pruned is None, "it is pruned but not quantised")
    rows = _read_matrix(file, quantised, arguments.dim, "the input matrix")
    _check_rows(file, arguments, dictionary, len(rows.values))
    quantised = file.flag("the flag of the quantised output matrix") and quantised
    output = _read_matrix(file, quantised, arguments.dim, "the output matrix", fused=False)
    file.check(
        len(output.values) == dictionary.nlabels,
        f"the output matrix has {len(output.values)} rows for {dictionary.nlabels} labels",
    )
    tables = lay_out(arguments, dictionary, rows.values, output)
    ends = np.zeros(tables.nwords + 1, np.int64)
    found = pointers(tables)
    subwords = np.zeros(list_subwords(found, ends, tables.subwords), np.int32)
    list_subwords(found, ends, subwords)
    return Model(
        file.path,
        dictionary.labels,
        pa.array(dictionary.labels, pa.string()),
        tables._replace(subword_ends=ends, subwords=subwords),
    )


def _read_arguments(file: _File) -> Arguments:
    magic, version = file.numbers("2i", "the header")
    file.check(magic == MAGIC, "it does not begin like one")
    file.check(version <= NEWEST, f"version {version} is newer than {NEWEST}")
    arguments = Arguments(*file.numbers("12i", "the arguments"))
    file.numbers("d", "the arguments")
    file.check(
        arguments.model == SUPERVISED,
        "it holds word vectors, not a classifier (its model is not 'supervised')",
    )
    file.check(arguments.loss in HEADS, f"there is no loss {arguments.loss}")
    file.check(arguments.dim >= 1, f"vectors of {arguments.dim} numbers")
    for name in ("maxn", "word_ngrams"):
        value = getattr(arguments, name)
        file.check(value <= LONGEST_GRAM, f"{name} is {value}, more than {LONGEST_GRAM}")
    if version == 11:  # as the library does: models of that version have no subwords
        arguments = arguments._replace(maxn=0)
    file.check(arguments.bucket >= 1 or not arguments.hashes(), f"{arguments.bucket} hash buckets")
    return arguments


def _read_dictionary(file: _File, arguments: Arguments) -> Dictionary:
    size, nwords, nlabels, _, kept = file.numbers("3i2q", "the sizes of the dictionary")
    fits = nwords >= 0 and nlabels >= 1 and size == nwords + nlabels
    file.check(fits, f"a dictionary of {size} with {nwords} words and {nlabels} labels")
    left = file.data.size - file.at
    file.check(10 * size <= left, f"a dictionary of {size} entries in {left} bytes")
    starts, lengths, counts = (np.zeros(size, np.int64) for _ in range(3))
    kinds = np.zeros(size, np.uint8)
    end = read_entries(file.data, file.at, starts, lengths, counts, kinds)
    file.check(end >= 0, f"the dictionary breaks off at entry {-end - 1} of {size}")
    words = file.take(end - file.at, "the dictionary").copy()
    starts -= end - words.size
    file.check(
        not kinds[:nwords].any() and bool((kinds[nwords:] == 1).all()),
        "labels and words of the dictionary are mixed up",
    )
    label_counts = counts[nwords:]
    sane = label_counts.min() >= 0 and label_counts.max() < 10**15
    file.check(bool(sane), "a label's count is negative or beyond 10**15")
    labels = tuple(
        words[start : start + length].tobytes().decode("utf-8", "replace")
        for start, length in zip(starts[nwords:], lengths[nwords:], strict=True)
    )
    pruned = _read_pruned(file, kept, arguments) if kept >= 0 else None
    return Dictionary(nwords, nlabels, labels, words, starts, lengths, label_counts, pruned)


def _read_pruned(file: _File, kept: int, arguments: Arguments) -> npt.NDArray[np.int32]:
    pairs = file.take(8 * kept, "the kept buckets").copy().view(np.int32).reshape(-1, 2)
    inside = not kept or (pairs[:, 0].min() >= 0 and pairs[:, 0].max() < arguments.bucket)
    file.check(bool(inside), f"a kept bucket is not among the {arguments.bucket}")
    if kept:
        file.check_fits(arguments.bucket // 2, f"a map of {arguments.bucket} buckets")
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    last = np.append(pairs[1:, 0] != pairs[:-1, 0], True)[: len(pairs)]
    return np.ascontiguousarray(pairs[last])


def _check_rows(file: _File, arguments: Arguments, dictionary: Dictionary, rows: int) -> None:
    """No word or bucket may point behind the input matrix."""
    beyond = dictionary.nwords
    if dictionary.pruned is None:
        beyond += arguments.bucket if arguments.hashes() else 0
    elif dictionary.pruned.size:
        least = int(dictionary.pruned[:, 1].min())
        file.check(least >= 0, f"a kept bucket has the row {least}")
        beyond += int(dictionary.pruned[:, 1].max()) + 1
    what = f"the input matrix has {rows} rows, {beyond} are referred to"
    file.check(rows >= max(beyond, 1), what)


def _read_matrix(file: _File, quantised: bool, dim: int, what: str, fused: bool = True) -> Matrix:
    """Read a matrix; ``fused`` multiplies quantised rows with their norms."""
    none = np.zeros(0, np.float32)
    normed = quantised and file.flag(f"the flag of the norms of {what}")
    count, columns = file.numbers("2q", f"the shape of {what}")
    file.check(count >= 0 and columns == dim, f"{what} is {count} x {columns}, vectors are {dim}")
    if not quantised:
        return Matrix(_copy_dense(file, count, dim, what), none)
    (size,) = file.numbers("i", f"the codes of {what}")
    file.check(size >= 0, f"{what} has {size} codes")
    codes = file.take(size, f"the codes of {what}")
    centroids, parts, sub = _read_quantiser(file, dim, what)
    file.check(size == count * parts, f"{what} has {size} codes for {count} rows of {parts}")
    file.check_fits(4 * count * _padded(dim), what)
    norms = none
    if normed:
        norm_codes = file.take(count, f"the norms of {what}")
        norms = _read_quantiser(file, 1, f"the norms of {what}")[0][norm_codes]
    values = _empty(count, dim)
    factors = norms if fused else none
    decode_rows(codes.reshape(count, parts).copy(), centroids, sub, factors, values)
    return Matrix(values, none if fused else norms)


def _read_quantiser(file: _File, dim: int, what: str) -> tuple[Floats, int, int]:
    """Centroids, parts of a row, and numbers in a part (but the last)."""
    columns, parts, sub, last = file.numbers("4i", f"the quantiser of {what}")
    sane = columns == dim and sub >= 1 and parts == -(-dim // sub)
    sane = sane and last == dim - (parts - 1) * sub
    file.check(sane, f"the quantiser of {what} cuts {columns} numbers into {parts} x {sub}, {last}")
    return file.floats(256 * dim, f"the quantiser of {what}"), parts, sub


def _padded(dim: int) -> int:
    return -(-dim // LANES) * LANES


def _empty(rows: int, dim: int) -> Floats:
    """Rows that begin at cache lines, with zeros behind the columns that are to be filled."""
    width = _padded(dim)
    room = np.empty(rows * width + LANES, np.float32)
    skip = -(room.ctypes.data // 4) % LANES
    values = room[skip : skip + rows * width].reshape(rows, width)
    values[:, dim:] = 0
    return values


def _copy_dense(file: _File, rows: int, dim: int, what: str) -> Floats:
    """A private copy: rows at cache lines, in huge pages, are gathered faster than mapped ones."""
    size = 4 * rows * dim
    left = file.data.size - file.at
    file.check(size <= left, f"{what} of {rows} x {dim} would take {size} bytes, {left} are left")
    file.check_fits(4 * rows * _padded(dim), what)
    values = _empty(rows, dim)
    some = max(1, (1 << 22) // (4 * dim))
    for first in range(0, rows, some):
        many = min(some, rows - first)
        values[first : first + many, :dim] = file.floats(many * dim, what).reshape(many, dim)
    return values
