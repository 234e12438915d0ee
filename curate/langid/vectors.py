"""Sums of rows and products of vectors in the C++ library's float order, many lanes at a time.

Each output number is one chain of float32 additions in a fixed order, never fused with a product
and never reordered, so it has the bits that the scalar C++ loop gives; what is parallel is the
numbers themselves (columns of a row, labels of a document). numba's loop vectoriser gives up on
both loops because it cannot prove that rows and sums do not overlap; hence the IR. numba caches a
kernel by its own file: after an edit here, delete ``__pycache__``.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import extending
from numba.core import cgutils, types

LANES = 16
"""float32 numbers in a vector; the compiler splits it where registers are narrower."""
TILE = 4
"""Documents whose logits are computed together, so that a weight is loaded once for four."""
BLOCK = 32
"""Labels whose logits are computed together: two vectors a document, eight sums in registers."""
AHEAD = 12
"""Rows that are fetched ahead; ids must be readable (not meaningful) this far past the last."""
LINE = 16
"""float32 numbers in a cache line."""

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_INT = ir.IntType(32)
_BYTE = ir.IntType(8)
# numba's own annotations do not follow what these return
intrinsic: Any = extending.intrinsic
alloca: Any = cgutils.alloca_once
declare: Any = cgutils.get_or_insert_function


def _reader(kind: Any, size: int) -> Any:
    """An intrinsic that reads number ``index`` of those that lie at an address."""

    @intrinsic
    def read(typing: Any, address: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            value = context.get_data_type(kind)
            at = builder.add(args[0], builder.mul(args[1], ir.Constant(args[1].type, size)))
            return builder.load(builder.inttoptr(at, value.as_pointer()), align=size)

        return kind(types.int64, types.int64), generate

    return read


# Arrays in kernels are counted references, and counting, an atomic instruction each time, took
# two thirds of the time and all the gain from threads. So the kernels get plain addresses.
read_u8 = _reader(types.uint8, 1)
read_i32 = _reader(types.int32, 4)
read_u32 = _reader(types.uint32, 4)
read_i64 = _reader(types.int64, 8)
read_u64 = _reader(types.uint64, 8)


def _writer(kind: Any, size: int) -> Any:
    """An intrinsic that puts a number at place ``index`` of those that lie at an address."""

    @intrinsic
    def write(typing: Any, address: Any, index: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            at = builder.add(args[0], builder.mul(args[1], ir.Constant(args[1].type, size)))
            builder.store(args[2], builder.inttoptr(at, args[2].type.as_pointer()), align=size)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, kind), generate

    return write


write_u8 = _writer(types.uint8, 1)
write_i32 = _writer(types.int32, 4)
write_i64 = _writer(types.int64, 8)
write_u64 = _writer(types.uint64, 8)


@intrinsic
def separators(typing: Any, address: Any) -> Any:
    """Which of 64 bytes separate words: space, NUL, and 9 to 13."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.VectorType(_BYTE, 64)
        letters = builder.load(builder.inttoptr(args[0], kind.as_pointer()), align=1)
        nine, four, zero, space = (ir.Constant(kind, [value] * 64) for value in (9, 4, 0, 32))
        found = builder.icmp_unsigned("<=", builder.sub(letters, nine), four)
        for other in (zero, space):
            found = builder.or_(found, builder.icmp_unsigned("==", letters, other))
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(types.int64), generate


@intrinsic
def lowest(typing: Any, bits: Any) -> Any:
    """Place of the lowest bit that is set, 64 if none is."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


def _at(builder: Any, address: Any, floats: Any) -> Any:
    """The pointer to a vector that begins ``floats`` numbers after an address."""
    four = ir.Constant(address.type, 4)
    byte = builder.add(address, builder.mul(floats, four))
    return builder.inttoptr(byte, _VECTOR.as_pointer())


def _constant(like: Any, value: int) -> Any:
    return ir.Constant(like.type, value)


def _sums(builder: Any, many: int) -> list[Any]:
    """Sums that start at zero and that the compiler keeps in registers."""
    zero = ir.Constant(_VECTOR, [0.0] * LANES)
    slots = [alloca(builder, _VECTOR) for _ in range(many)]
    for slot in slots:
        builder.store(zero, slot)
    return slots


def _fetch(builder: Any, pointer: Any) -> None:
    """Ask for a cache line before it is needed; harmless wherever it points."""
    byte = builder.bitcast(pointer, _BYTE.as_pointer())
    kind = ir.FunctionType(ir.VoidType(), [byte.type, _INT, _INT, _INT])
    fetch = declare(builder.module, kind, "llvm.prefetch.p0")
    builder.call(fetch, [byte, *(ir.Constant(_INT, value) for value in (0, 3, 1))])


@intrinsic
def fetch(typing: Any, address: Any) -> Any:
    """Ask for a cache line."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _fetch(builder, builder.inttoptr(args[0], _BYTE.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64), generate


def _adder(many: int) -> Any:
    """An intrinsic that adds rows to ``many`` vectors of a sum."""

    @intrinsic
    def add(typing: Any, total: Any, rows: Any, ids: Any, count: Any, width: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            total, rows, ids, count, width = args
            ids = builder.inttoptr(ids, _INT.as_pointer())
            lanes = [_constant(width, at * LANES) for at in range(many)]
            slots = _sums(builder, many)
            for slot, lane in zip(slots, lanes, strict=True):
                builder.store(builder.load(_at(builder, total, lane), align=4), slot)
            with cgutils.for_range(builder, count, intp=count.type) as loop:
                ahead = builder.add(loop.index, _constant(count, AHEAD))
                row = builder.sext(builder.load(builder.gep(ids, [ahead])), width.type)
                for lane in lanes:
                    at = builder.add(builder.mul(row, width), lane)
                    _fetch(builder, _at(builder, rows, at))
                row = builder.sext(builder.load(builder.gep(ids, [loop.index])), width.type)
                for slot, lane in zip(slots, lanes, strict=True):
                    at = builder.add(builder.mul(row, width), lane)
                    value = builder.load(_at(builder, rows, at), align=4)
                    builder.store(builder.fadd(builder.load(slot), value), slot)
            for slot, lane in zip(slots, lanes, strict=True):
                builder.store(builder.load(slot), _at(builder, total, lane), align=4)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64, types.int64, types.int64), generate

    return add


add_1 = _adder(1)
add_4 = _adder(4)
add_16 = _adder(16)


@intrinsic
def logits(
    typing: Any, hidden: Any, weights: Any, dim: Any, width: Any, out: Any, wide: Any
) -> Any:
    """Logits of ``TILE`` documents for one block of labels.

    Addresses of: hidden vectors, shape (TILE, width); the block's weights, shape (dim, BLOCK);
    where the logits go, rows ``wide`` apart. Sums run over ``dim`` in order, from zero.
    """

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        hidden, weights, dim, width, out, wide = args
        halves = range(BLOCK // LANES)
        slots = _sums(builder, TILE * len(halves))
        with cgutils.for_range(builder, dim, intp=dim.type) as loop:
            first = builder.mul(loop.index, _constant(dim, BLOCK))
            block = [
                builder.load(
                    _at(builder, weights, builder.add(first, _constant(dim, half * LANES))), align=4
                )
                for half in halves
            ]
            for row in range(TILE):
                at = builder.add(builder.mul(width, _constant(width, row)), loop.index)
                one = builder.bitcast(_at(builder, hidden, at), ir.FloatType().as_pointer())
                lane = ir.Constant(_VECTOR, ir.Undefined)
                lane = builder.insert_element(lane, builder.load(one, align=4), _INT(0))
                same = ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
                value = builder.shuffle_vector(lane, lane, same)
                for half in halves:
                    slot = slots[row * len(halves) + half]
                    product = builder.fmul(value, block[half])
                    builder.store(builder.fadd(builder.load(slot), product), slot)
        for row in range(TILE):
            for half in halves:
                at = builder.mul(wide, _constant(wide, row))
                at = builder.add(at, _constant(wide, half * LANES))
                total = builder.load(slots[row * len(halves) + half])
                builder.store(total, _at(builder, out, at), align=4)
        return context.get_dummy_value()

    six = (types.int64,) * 6
    return types.void(*six), generate
