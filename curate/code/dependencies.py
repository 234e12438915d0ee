r"""What a program asks for beyond its language's own standard library.

Includes, imports, uses and requires are looked for outside comments and strings
(``curate.code.scan``) and compared with ``standard_modules.tsv``: the names of C17 to C23, C++98
to C++26, GHC's own packages, Nim 1.6, Crystal 1.6, Go 1.24, Python 3.8 to 3.14 and so on, and for
C, C++ and Objective-C also the headers of POSIX and glibc and of the compiler (``immintrin.h``).
Any version counts: what only a newer library has is no foreign dependency.

What stands in a branch of a preprocessor (``#ifdef``, ``when``, ``try: import``) is a choice of
the program's and does not count. A module that the same file declares does not either.
"""

from __future__ import annotations

import functools
from pathlib import Path

from curate.code import imports
from curate.code.scan import masked, spans

MOST_NAMES = 20
"""Names of one program that are told."""
MOST_BYTES = 1 << 18
"""A program is read so far; imports stand at its beginning."""
_LONGEST_NAME = 100

_FINDERS = {
    "c": imports.headers,
    "cpp": imports.headers,
    "objc": imports.headers,
    "rust": imports.rust,
    "d": imports.d,
    "fortran": imports.fortran,
    "haskell": imports.haskell,
    "nim": imports.nim,
    "crystal": imports.crystal,
    "swift": imports.swift,
    "python": imports.python,
    "go": imports.go,
}
_C_FAMILY = ("c", "c.platform", "c.compiler")
_GROUPS = {
    "c": _C_FAMILY,
    "cpp": (*_C_FAMILY, "cpp"),
    "objc": (*_C_FAMILY, "objc"),
}
_BY_ROOT = {"objc": b"/", "d": b"."}
"""Where the first part of a name decides."""


def foreign_names(text: bytes, language: str) -> list[str] | None:
    r"""Names of what a program needs beyond its standard library, at most ``MOST_NAMES``.

    Args:
        text: The program.
        language: A label of ``curate.code.scan.LANGUAGES``.

    Returns:
        Names as they are written, each once, in order; None for any other language.

    Example:
        >>> foreign_names(b'#include <stdio.h>\n#include "list.h" // <vector>\n', "c")
        ['list.h']
    """
    if language not in _FINDERS:
        return None
    text = text[:MOST_BYTES]
    code = masked(text, spans(text, language))
    known, mark = standard(*_GROUPS.get(language, (language,))), _BY_ROOT.get(language)
    found: dict[bytes, None] = {}
    for wanted in _FINDERS[language](text, code):
        is_known = wanted.name in known or (mark and wanted.name.partition(mark)[0] in known)
        if wanted.is_local or not is_known:
            found[wanted.name] = None
    return [name.decode("utf-8", "replace")[:_LONGEST_NAME] for name in found][:MOST_NAMES]


@functools.cache
def standard(*groups: str) -> frozenset[bytes]:
    """Names in the standard libraries of some groups of the table."""
    table = Path(__file__).with_name("standard_modules.tsv").read_text(encoding="ascii")
    lines = (line.partition("\t") for line in table.splitlines())
    return frozenset(
        name.encode() for group, _, names in lines if group in groups for name in names.split()
    )
