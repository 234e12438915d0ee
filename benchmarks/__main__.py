"""Measure ``curate`` beside its peers: ``python -m benchmarks WHAT --data DIR [options]``.

WHAT is ``speech`` or one of the following by name. For speech, DIR holds ``wavs/`` of clean speech,
and ``metadata.csv`` or a list ``test.txt`` of ``path|speaker|text`` lines; the others take
folders and options of their own: ``python -m benchmarks WHAT --help`` tells which.
"""

from __future__ import annotations

import ast
import importlib
import os
import platform
import sys
from pathlib import Path

SUBJECTS = {"speech": ("wpe", "dereverberation", "speech_chain", "snr", "scale")}
TEXT = (
    "lid",
    "lid_peers",
    "romanize",
    "text_quality",
    "dedup",
    "text_corpus",
    "text_peers",
    "code_language",
    "maltese",
    "llvm",
    "code_duplicates",
    "korean",
    "mining",
    "llm_client",
    "questions",
)
PARTS = (*SUBJECTS["speech"], *TEXT, "scale_rows", "crash", "faults", "fuzz", "publish_killed")


def usage() -> str:
    """How to call, and what each benchmark measures: the first line of its docstring."""
    lines = [__doc__ or ""]
    for part in PARTS:
        tree = ast.parse((Path(__file__).parent / f"{part}.py").read_text(encoding="utf-8"))
        lines.append(f"{part:16} {(ast.get_docstring(tree) or '').partition(chr(10))[0]}")
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    """Run every part of a subject in this process, one after the other."""
    if not argv or argv[0] not in (*SUBJECTS, *PARTS):
        print(usage(), file=sys.stdout if argv in (["-h"], ["--help"]) else sys.stderr)
        return 0 if argv in (["-h"], ["--help"]) else 2
    machine = platform.processor() or platform.machine()
    print(f"# {machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for part in SUBJECTS.get(argv[0], (argv[0],)):
        print(f"\n## {part}", flush=True)
        importlib.import_module(f"benchmarks.{part}").main(argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
