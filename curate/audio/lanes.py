"""Vectors of float64 numbers inside numba kernels: SIMD that does not hang on the optimiser.

numba leaves vectorising to LLVM's loop pass, which gives up on kernels with many streams (an FFT
butterfly reads eight and writes eight). Here a vector is a value of its own: ``load`` it, use
``+ - * /``, ``store`` it. It holds eight numbers with AVX-512 and four without, as a register does:
with eight on AVX2 the sums spill, which costs up to a fifth of the speed of WPE.
Products and sums may fuse into one rounding (``contract``) but are never reordered, so a result
does not depend on how a loop was unrolled. numba caches a kernel by its own file: after an edit
here, delete ``__pycache__``.
"""

from __future__ import annotations

import operator
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
from llvmlite import binding as llvm  # type: ignore[import-untyped]
from llvmlite import ir
from numba import extending
from numba.core import cgutils, imputils, types
from numba.core.typing import templates
from numba.np import arrayobj

_CONFIG: Any = nb.config
_FEATURES = _CONFIG.CPU_FEATURES or llvm.get_host_cpu_features().flatten()
LANES = 8 if "+avx512f" in _FEATURES else 4
"""Numbers in a vector: what one register holds (AVX-512, AVX)."""
Floats = npt.NDArray[np.float64]
_LLVM = ir.VectorType(ir.DoubleType(), LANES)
_FLAGS = ("contract",)
# numba's own annotations do not follow what these decorators return
intrinsic: Any = extending.intrinsic
models: Any = extending.models
signature: Any = templates.signature
make_array: Any = arrayobj.make_array
declare: Any = cgutils.get_or_insert_function
register_model: Any = extending.register_model
infer_global: Any = templates.infer_global
lower_builtin: Any = imputils.lower_builtin
ConcreteTemplate: Any = templates.ConcreteTemplate


class Vector(types.Type):
    """numba's name for ``LANES`` float64 numbers side by side."""

    def __init__(self) -> None:
        super().__init__(name=f"float64x{LANES}")


vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _LLVM)


def _operator(symbol: Any, instruction: str) -> None:
    @infer_global(symbol)
    class _Typing(ConcreteTemplate):  # type: ignore[misc]
        cases = (signature(vector, vector, vector),)

    @lower_builtin(symbol, Vector, Vector)
    def _lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args, flags=_FLAGS)


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _operator(_symbol, _instruction)


def _element(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    return builder.gep(make_array(kind)(context, builder, array).data, [index])


def _lane(lane: int) -> Any:
    return ir.Constant(ir.IntType(32), lane)


@intrinsic
def load(typing: Any, array: Any, index: Any) -> Any:
    """``array[index : index + LANES]`` as a vector; flat, contiguous, float64; unchecked."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        at = _element(context, builder, sig.args[0], *args)
        return builder.load(builder.bitcast(at, _LLVM.as_pointer()), align=8)

    return vector(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """``array[index : index + LANES] = value``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        at = _element(context, builder, sig.args[0], *args[:2])
        builder.store(args[2], builder.bitcast(at, _LLVM.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@intrinsic
def gather(typing: Any, array: Any, index: Any, step: Any) -> Any:
    """``array[index : index + LANES * step : step]`` as a vector."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        at = _element(context, builder, sig.args[0], *args[:2])
        result = ir.Constant(_LLVM, ir.Undefined)
        for lane in range(LANES):
            result = builder.insert_element(result, builder.load(at), _lane(lane))
            at = builder.gep(at, [args[2]])
        return result

    return vector(array, types.intp, types.intp), generate


@intrinsic
def scatter_add(typing: Any, array: Any, index: Any, step: Any, value: Any) -> Any:
    """``array[index : index + LANES * step : step] += value``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        at = _element(context, builder, sig.args[0], *args[:2])
        for lane in range(LANES):
            part = builder.extract_element(args[3], _lane(lane))
            builder.store(builder.fadd(builder.load(at), part), at)
            at = builder.gep(at, [args[2]])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vector), generate


@intrinsic
def scatter(typing: Any, array: Any, index: Any, step: Any, value: Any) -> Any:
    """``array[index : index + LANES * step : step] = value``."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        at = _element(context, builder, sig.args[0], *args[:2])
        for lane in range(LANES):
            builder.store(builder.extract_element(args[3], _lane(lane)), at)
            at = builder.gep(at, [args[2]])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vector), generate


@intrinsic
def interpolate(typing: Any, table: Any, position: Any) -> Any:
    """``table`` at fractional positions between 0 and its length - 1, linearly."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        whole = builder.fptosi(args[1], ir.VectorType(ir.IntType(64), LANES))
        low = high = ir.Constant(_LLVM, ir.Undefined)
        for lane in range(LANES):
            index = builder.extract_element(whole, _lane(lane))
            at = _element(context, builder, sig.args[0], args[0], index)
            low = builder.insert_element(low, builder.load(at), _lane(lane))
            at = builder.gep(at, [ir.Constant(ir.IntType(64), 1)])
            high = builder.insert_element(high, builder.load(at), _lane(lane))
        part = builder.fsub(args[1], builder.sitofp(whole, _LLVM), flags=_FLAGS)
        rise = builder.fsub(high, low, flags=_FLAGS)
        return builder.fadd(low, builder.fmul(part, rise, flags=_FLAGS), flags=_FLAGS)

    return vector(table, vector), generate


@intrinsic
def root(typing: Any, value: Any) -> Any:
    """Square root, lane by lane."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(_LLVM, [_LLVM])
        sqrt = declare(builder.module, kind, f"llvm.sqrt.v{LANES}f64")
        return builder.call(sqrt, args)

    return vector(vector), generate


@intrinsic
def spread(typing: Any, value: Any) -> Any:
    """The same number in all lanes."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        one = builder.insert_element(ir.Constant(_LLVM, ir.Undefined), args[0], _lane(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(one, one, zeros)

    return vector(types.float64), generate


@intrinsic
def smaller(typing: Any, left: Any, right: Any) -> Any:
    """The smaller number, lane by lane."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *args), *args)

    return vector(vector, vector), generate


@intrinsic
def larger(typing: Any, left: Any, right: Any) -> Any:
    """The larger number, lane by lane."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *args), *args)

    return vector(vector, vector), generate


def _fold(builder: Any, value: Any, join: Any) -> Any:
    """Join the halves until one number is left, always in the same order."""
    width = LANES
    while width > 1:
        width //= 2
        index = ir.VectorType(ir.IntType(32), width)
        low = builder.shuffle_vector(value, value, ir.Constant(index, list(range(width))))
        high = builder.shuffle_vector(
            value, value, ir.Constant(index, list(range(width, 2 * width)))
        )
        value = join(low, high)
    return builder.extract_element(value, _lane(0))


@intrinsic
def total(typing: Any, value: Any) -> Any:
    """Sum of the lanes."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _fold(builder, args[0], builder.fadd)

    return types.float64(vector), generate


@intrinsic
def largest(typing: Any, value: Any) -> Any:
    """The largest of the lanes."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        def join(low: Any, high: Any) -> Any:
            return builder.select(builder.fcmp_ordered(">", low, high), low, high)

        return _fold(builder, args[0], join)

    return types.float64(vector), generate


def aligned_zeros(*shape: int) -> Floats:
    """Zeros of this shape that start a cache line: a vector that straddles two loads twice."""
    count = int(np.prod(shape))
    room = np.zeros(count + LANES)
    skip = (-room.ctypes.data // 8) % LANES
    return room[skip : skip + count].reshape(shape)
