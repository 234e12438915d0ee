from __future__ import annotations

import re

import pytest

from curate.llvm.fingerprint import numbered_locals, shape_of
from curate.llvm.ir import verify

MODULE = """\
%pair = type { i32, %pair* }

@table = global [2 x i32] [i32 1, i32 2]

define i32 @twice(i32 %number) #0 {
entry:
  %"a b" = shl i32 %number, 1
  br label %done

done:
  %other = call i32 @outside(i32 %"a b")
  ret i32 %other
}

define i32 @four(i32 %x) {
  %y = call i32 @twice(i32 %x)
  ret i32 %y
}

declare i32 @outside(i32)

attributes #0 = { nounwind }
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("%number", "%n"),
        ('%"a b"', "%c"),
        ("done", "bb7"),
        ("@twice", "@double"),
        ("%pair", "%list"),
        ("@table", '@"a table"'),
        (" #0", ""),
        ("nounwind", "nounwind cold"),
    ],
)
def test_another_name_or_attribute_is_the_same_shape(old: str, new: str) -> None:
    other = re.sub(rf"{re.escape(old)}(?![\w])", lambda _: new, MODULE).replace(
        "attributes =", "attributes #0 ="
    )
    assert other != MODULE
    assert shape_of(other) == shape_of(MODULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("shl", "lshr"),
        (", 1\n", ", 2\n"),
        ("i32 2]", "i32 3]"),
        ("@outside", "@puts"),
        ("call i32 @twice(i32 %x)", "call i32 @four(i32 %x)"),
        ('(i32 %"a b")', "(i32 %number)"),
    ],
)
def test_another_operation_constant_or_callee_is_another_shape(old: str, new: str) -> None:
    other = MODULE.replace(old, new)
    assert other != MODULE
    assert shape_of(other) != shape_of(MODULE)


def test_numbering_spares_types_and_numbers() -> None:
    ir = "%t = type { i32 }\n\ndefine %t @f(%t %t.1, i32 %0) {\n  ret %t %t.1\n}\n"
    assert numbered_locals(ir) == ir.replace("%t.1", "%v0")
    assert verify(numbered_locals(ir)) == ""
