from __future__ import annotations

import llvmlite.binding
import pytest

from curate.llvm.ir import count, normalise, verifier_version, verify

MODULE = """\
; ModuleID = 'source.c'
source_filename = "source.c"
target datalayout = "e-m:e-i64:64-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

@text = private constant [24 x i8] c"; no !dbg !5, !tbaa !6 \\00", align 1

; Function Attrs: nounwind
define i32 @sum(ptr %numbers, i32 %count) #0 !dbg !10 {
entry:
    #dbg_value(i32 %count, !12, !DIExpression(), !13)
  %none = icmp eq i32 %count, 0, !dbg !13
  br i1 %none, label %end, label %loop, !dbg !13, !llvm.loop !14

loop:                                             ; preds = %entry
  %first = load i32, ptr %numbers, align 4, !tbaa !6
  call void @llvm.experimental.noalias.scope.decl(metadata !15)
  br label %end

end:                                              ; preds = %loop, %entry
  %sum = phi i32 [ 0, %entry ], [ %first, %loop ]
  ret i32 %sum
}

declare void @llvm.experimental.noalias.scope.decl(metadata)

attributes #0 = { nounwind "target-cpu"="x86-64" "tune-cpu"="generic" }

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!3, !4}
!llvm.ident = !{!5}

!1 = distinct !DICompileUnit(language: DW_LANG_C11, file: !2, producer: "a", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!2 = !DIFile(filename: "source.c", directory: "/secret/place")
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = !{i32 1, !"wchar_size", i32 4}
!5 = !{!"Debian clang version 19.1.7"}
!6 = !{!7, !7, i64 0}
!7 = !{!"int", !8, i64 0}
!8 = !{!"omnipotent char", !9, i64 0}
!9 = !{!"Simple C/C++ TBAA"}
!10 = distinct !DISubprogram(name: "sum", scope: !2, file: !2, line: 1, type: !11, unit: !1)
!11 = !DISubroutineType(types: !16)
!12 = !DILocalVariable(name: "count", scope: !10, file: !2, type: !17)
!13 = !DILocation(line: 2, scope: !10)
!14 = distinct !{!14, !18}
!15 = !{!19}
!16 = !{!17}
!17 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
!18 = !{!"llvm.loop.mustprogress"}
!19 = distinct !{!19, !20, !"a: argument"}
!20 = distinct !{!20, !"a"}
"""


def lines(ir: str, *starts: str) -> list[str]:
    return [line for line in ir.splitlines() if line.startswith(starts)]


def test_the_module_is_one_that_llvm_takes() -> None:
    assert verify(MODULE) == ""


@pytest.mark.parametrize("metadata", [False, True])
@pytest.mark.parametrize("names", [False, True])
@pytest.mark.parametrize("target", [False, True])
def test_a_cleaned_module_verifies(metadata: bool, names: bool, target: bool) -> None:
    ir = normalise(MODULE, metadata=metadata, names=names, target=target)
    assert verify(ir) == ""
    assert count(ir)[:2] == (1, 7)


def test_what_depends_on_the_call_and_debugging_is_gone() -> None:
    ir = normalise(MODULE)
    for trace in (
        "ModuleID",
        "source_filename",
        "Debian",
        "/secret",
        "DI",
        "#dbg",
        "preds",
        "Attrs",
    ):
        assert trace not in ir


def test_a_string_keeps_what_looks_like_a_comment_or_metadata() -> None:
    assert 'c"; no !dbg !5, !tbaa !6 \\00"' in normalise(MODULE)


def test_without_metadata_only_what_instructions_refer_to_stays() -> None:
    assert lines(normalise(MODULE), "!") == [
        "!15 = !{!19}",
        '!19 = distinct !{!19, !20, !"a: argument"}',
        '!20 = distinct !{!20, !"a"}',
    ]


def test_metadata_that_is_no_debug_information_stays_if_wanted() -> None:
    ir = normalise(MODULE, metadata=True)
    assert "!tbaa !6" in ir
    assert "!llvm.loop !14" in ir
    assert lines(ir, "!llvm", "!3", "!4") == [
        "!llvm.module.flags = !{!4}",
        '!4 = !{i32 1, !"wchar_size", i32 4}',
    ]


def test_without_target_no_processor_is_named() -> None:
    ir = normalise(MODULE, target=False)
    assert "target" not in ir
    assert "tune-cpu" not in ir


def test_without_names_values_and_blocks_are_numbered() -> None:
    ir = normalise(MODULE, names=False)
    assert "define i32 @sum(ptr %v0, i32 %v1)" in ir
    assert "%count" not in ir
    assert "entry:" not in ir


def test_cleaning_again_changes_nothing() -> None:
    once = normalise(MODULE, metadata=True)
    assert normalise(once, metadata=True) == once


def test_instructions_are_counted_as_llvm_does() -> None:
    module = llvmlite.binding.parse_assembly(MODULE)
    there = sum(len(list(b.instructions)) for f in module.functions for b in f.blocks)
    assert count(normalise(MODULE)).instructions == there


SWITCH = """\
define i32 @pick(i32 %n) personality ptr @p {
  switch i32 %n, label %out [
    i32 0, label %out
    i32 1, label %more
  ]

more:
  %x = invoke i32 @pick(i32 %n)
          to label %out unwind label %bad

bad:
  %caught = landingpad { ptr, i32 }
          cleanup
  resume { ptr, i32 } %caught

out:
  %r = phi i32 [ 0, %0 ], [ 0, %0 ], [ %x, %more ]
  ret i32 %r
}

declare i32 @p(...)
"""


def test_an_instruction_of_several_lines_counts_once() -> None:
    assert verify(SWITCH) == ""
    assert count(SWITCH)[:2] == (1, 6)


@pytest.mark.parametrize(
    ("ir", "complaint"),
    [
        ("define i32 @f() {\n  ret i64 1\n}\n", "i64"),
        ("define i32 @f() {\n", "expecting"),
        (
            "define i32 @f() {\n  %a = add i32 %b, 1\n  %b = add i32 %a, 1\n  ret i32 %a\n}\n",
            "dominate",
        ),
    ],
)
def test_a_wrong_module_is_refused_in_llvms_words(ir: str, complaint: str) -> None:
    assert complaint in verify(ir)


def test_the_verifier_is_llvmlites() -> None:
    assert verifier_version() == ".".join(map(str, llvmlite.binding.llvm_version_info))
