"""Textual LLVM IR: clean it, count it, and have LLVM read it.

Cleaning works on the text, so that every compiler's own version of the language stays as it is:
reading and printing by one LLVM would rewrite it. What depends on the machine or the call goes
(module id, source file name, ident, command line, comments), debug information goes, and so does
metadata unless it is wanted; what instructions themselves refer to always stays.
"""

from __future__ import annotations

import functools
import importlib
import re
from typing import Any, NamedTuple

# One walk over the text: a string (kept as it is), a comment, or an attachment of metadata.
# Programs choose what stands here, so no pattern may look at a run of spaces more than once: a
# string of a million took an hour.
_PIECES = re.compile(
    r'"[^"\n]*"|(?<![ \t])[ \t]*+;[^\n]*|,? !(?P<kind>[A-Za-z_][\w.]*) !(?:\d+|\{\})'
)
_HEAD = re.compile(r"(?m)^(?:source_filename = [^\n]*|\^\d+ = [^\n]*)\n")
_TARGET = re.compile(r"(?m)^target (?:datalayout|triple) = [^\n]*\n")
_PROCESSOR = re.compile(r' ?"(?:target-cpu|target-features|tune-cpu)"="[^"]*"')
_DEBUG = re.compile(
    r"(?m)^[ \t]*(?:#dbg_\w+\(|(?:tail )?call void @llvm\.dbg\.|declare void @llvm\.dbg\.)[^\n]*\n"
)
_NAMED = re.compile(r"(?m)^!(?P<name>[A-Za-z_][\w.]*) = !\{(?P<nodes>[^\n]*)\}\n")
_NODE = re.compile(r"(?m)^!(?P<number>\d+) = (?P<node>[^\n]*)\n")
_REFERENCE = re.compile(r"!(\d+)\b")
_GONE = ("llvm.ident", "llvm.commandline", "llvm.dbg.cu", "llvm.gcov", "llvm.stats")
_DEBUG_FLAG = re.compile(r'!"(?:Debug Info Version|Dwarf Version)"')
_BLANK = re.compile(r"\n{3,}")
_SPACE = re.compile(r"(?m)(?<![ \t])[ \t]++$")

_DEFINE = re.compile(r"(?m)^define ")
_BODY = re.compile(r"(?m)^define [^\n]*\{\n((?:(?!define |\}).*\n)*+)\}")
_INSTRUCTION = re.compile(r"(?m)^  [%\w]")
_TOKEN = re.compile(r'"[^"\n]*"|[\w.$-]+|[^\s\w]')


class Counts(NamedTuple):
    """Functions defined, instructions in them, and lexical tokens of the whole module."""

    functions: int
    instructions: int
    tokens: int


def normalise(ir: str, *, metadata: bool = False, target: bool = True, names: bool = True) -> str:
    r"""The same module without what depends on the machine, the call, or debugging.

    Args:
        ir: Textual IR of any LLVM.
        metadata: Keep metadata that is not debug information (aliasing, loops, ranges).
        target: Keep data layout, triple and processor.
        names: Keep the names of values and blocks; else they are numbered in order.

    Example:
        >>> print(normalise('source_filename = "a"\n@x = global i32 7 ; seven\n'), end="")
        @x = global i32 7
    """
    ir = ir.replace("\r\n", "\n")
    ir = _PIECES.sub(functools.partial(_piece, metadata=metadata), ir)
    ir = _DEBUG.sub("", _HEAD.sub("", ir))
    ir = _needed_metadata(ir, metadata)
    if not target:
        ir = _PROCESSOR.sub("", _TARGET.sub("", ir))
    if not names:
        from curate.llvm.fingerprint import numbered_locals

        ir = numbered_locals(ir)
    return _BLANK.sub("\n\n", _SPACE.sub("", ir)).strip() + "\n"


def _piece(match: re.Match[str], metadata: bool) -> str:
    text = match[0]
    if text[0] == '"':
        return text
    kind = match["kind"]
    return text if kind and metadata and kind != "dbg" else ""


def _needed_metadata(ir: str, metadata: bool) -> str:
    """Without nodes that nothing refers to any more."""
    nodes = {match["number"]: match["node"] for match in _NODE.finditer(ir)}
    if not nodes and not _NAMED.search(ir):
        return ir
    body = _NODE.sub("", ir)

    def named(match: re.Match[str]) -> str:
        if not metadata or match["name"] in _GONE:
            return ""
        kept = [n for n in _REFERENCE.findall(match["nodes"]) if not _DEBUG_FLAG.search(nodes[n])]
        return f"!{match['name']} = !{{{', '.join(f'!{n}' for n in kept)}}}\n" if kept else ""

    body = _NAMED.sub(named, body)
    needed: set[str] = set()
    fresh = _REFERENCE.findall(_without_strings(body))
    while fresh:
        number = fresh.pop()
        if number in nodes and number not in needed:
            needed.add(number)
            fresh += _REFERENCE.findall(_without_strings(nodes[number]))
    kept = [f"!{number} = {node}\n" for number, node in nodes.items() if number in needed]
    return body.rstrip("\n") + "\n" + ("\n" + "".join(kept) if kept else "")


def _without_strings(text: str) -> str:
    return re.sub(r'"[^"\n]*"', '""', text) if '"' in text else text


def count(ir: str) -> Counts:
    r"""Count a module of cleaned text.

    Example:
        >>> count("define i32 @one() {\n  ret i32 1\n}\n")
        Counts(functions=1, instructions=1, tokens=11)
    """
    instructions = sum(len(_INSTRUCTION.findall(body)) for body in _BODY.findall(ir))
    return Counts(len(_DEFINE.findall(ir)), instructions, len(_TOKEN.findall(ir)))


def verify(ir: str) -> str:
    """Have LLVM assemble and verify a module.

    Returns:
        What is wrong, in LLVM's words; empty if nothing is.
    """
    binding = _binding()
    try:
        with binding.parse_assembly(ir) as module:
            module.verify()
    except RuntimeError as error:
        return " ".join(str(error).split())
    return ""


def verifier_version() -> str:
    """Version of the LLVM that verifies."""
    return ".".join(map(str, _binding().llvm_version_info))


@functools.cache
def _binding() -> Any:
    return importlib.import_module("llvmlite.binding")
