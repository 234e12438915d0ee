r"""Two forms of a program that its copies share: the normal form and the skeleton.

The *normal form* is the program without comments, white space collapsed outside strings.

The *skeleton* survives renaming and reordering. The program is cut into statements: at ``;``,
``{`` and ``}``, around directives (``#include``), and at line ends where those end statements. In
each, names become their number of first occurrence there (Baker 1995, "On finding duplication and
near-duplication in large software systems", renames them for a whole file, which any moved line
upsets), strings their CRC-32; keywords, numbers and signs stay. So do names of methods that are
only ever called behind a dot, an arrow or ``::``: what a self-contained program declares it also
writes without one. The set of statements is then compared by ``curate.text.minhash``: a moved
statement or function changes nothing, a changed one counts as one.

It misleads on programs of one template with other constants only in strings or numbers of a few
statements, and is blind to ``for`` rewritten as ``while``.
"""

from __future__ import annotations

import functools
import hashlib
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from curate.code.scan import Span, spans

LEAST_TOKENS = 5
"""A program of fewer has no skeleton: it is like another only if equal."""
KEY_BYTES = 16
_BY_LINE = frozenset(("python", "nim", "haskell", "crystal", "fortran", "swift", "go"))
_TOKENS = (
    rb"[A-Za-z_\x80-\xff][\w%s\x80-\xff]*+"
    rb"|\d[\w']*+(?:\.(?:\d\w*+|[deDE][+-]?\d++\b|(?![\w.])))?"
    rb'|"[0-9a-f]{8}"|\n|[^\s\w]'
)
_TOKEN = re.compile(_TOKENS % b"")
_PRIMED = re.compile(_TOKENS % b"'")
"""Haskell's names have primes."""
_CALLED = re.compile(rb"(?:\.|->|::)\s*+([A-Za-z_]\w*+)(?=\s*+!?\()")
_FREE = re.compile(rb"(?<!\.)(?<!->)(?<!::)\b([A-Za-z_]\w*+)")
_HOLE = re.compile(rb"\{[^{}]*+\}|\\\([^()]*+\)")
_WHITE = re.compile(rb"\s++")


class Fingerprint(NamedTuple):
    """What a program is compared by.

    Attributes:
        exact: Hash of the bytes with line ends unified, and of the language.
        normal: Hash of the normal form and the language.
        skeleton: Statements, parted by spaces, each behind the language's name; empty if short.
    """

    exact: bytes
    normal: bytes
    skeleton: bytes


def fingerprint(text: bytes, language: str) -> Fingerprint:
    r"""The fingerprint of a program; a copy with other names and comments has the same skeleton.

    Example:
        >>> one = fingerprint(b"int twice(int n) { return 2 * n; }", "c")
        >>> other = fingerprint(b"int f(int x) // doubles\n{ return 2 * x; }", "c")
        >>> one.skeleton
        b'c:|int$0(|int$1) c:|return2*$0'
        >>> one.skeleton == other.skeleton, one.normal == other.normal
        (True, False)
    """
    text = text.replace(b"\r\n", b"\n")
    found = spans(text, language)
    return Fingerprint(
        _hash(language, text),
        _hash(language, normal_form(text, found)),
        _skeleton(text, found, language),
    )


def normal_form(text: bytes, found: Sequence[Span]) -> bytes:
    r"""A program without comments, white space collapsed outside strings.

    Example:
        >>> normal_form(b'a =  "b  c"; // d\n', spans(b'a =  "b  c"; // d\n', "c"))
        b'a = "b  c";'
    """
    pieces, code, at = [], [], 0
    for start, end, is_comment in found:
        code.append(text[at:start])
        if is_comment:
            code.append(b" ")
        else:
            pieces += [_WHITE.sub(b" ", b"".join(code)), text[start:end]]
            code = []
        at = end
    pieces.append(_WHITE.sub(b" ", b"".join([*code, text[at:]])))
    return b"".join(pieces).strip()


def _hash(language: str, text: bytes) -> bytes:
    digest = hashlib.blake2b(language.encode() + b"\0", digest_size=KEY_BYTES)
    digest.update(text)
    return digest.digest()


def _skeleton(text: bytes, found: Sequence[Span], language: str) -> bytes:
    pieces, at = [], 0
    for start, end, is_comment in found:
        pieces.append(text[at:start])
        pieces.append(b" " if is_comment else _string(text[start:end]))
        at = end
    code = b"".join([*pieces, text[at:]])
    if language == "fortran":
        code = code.lower()
    tokens = (_PRIMED if language == "haskell" else _TOKEN).findall(code)
    kept = keywords(language) | (set(_CALLED.findall(code)) - set(_FREE.findall(code)))
    mark = language.encode() + b":"
    statements = _statements(tokens, kept, language in _BY_LINE)
    return b" ".join([mark + one for one in statements]) if len(tokens) >= LEAST_TOKENS else b""


def _string(literal: bytes) -> bytes:
    r"""Its hash, without the names that it may hold: ``f"{x}"``, ``"\(x)"``, ``"#{x}"``."""
    if b"{" in literal or b"\\(" in literal:
        literal = _HOLE.sub(b"{}", literal)
    return b'"%08x"' % zlib.crc32(literal)


def _statements(tokens: Sequence[bytes], kept: frozenset[bytes], by_line: bool) -> list[bytes]:
    """Statements with names numbered; a line goes on within round and square brackets."""
    found: list[bytes] = []
    parts: list[bytes] = []
    numbers: dict[bytes, bytes] = {}
    depth, fresh, directive = 0, True, False
    for token in tokens:
        is_mark = fresh and token in _DIRECTIVES  # a line of its own in any language
        if token == b"\n":
            ends = directive or (by_line and depth <= 0)
        else:
            ends = is_mark or token in _ENDS or (token == b";" and depth <= 0)
        if ends:
            if parts:
                found.append(b"".join(parts))
            parts, numbers, depth, directive = [], {}, 0, is_mark
        fresh = token == b"\n"
        if fresh or (ends and not is_mark):
            continue
        if token in kept:
            parts.append(b"|" + token)
        elif token[0] >= 65 and token not in _SIGNS:
            parts.append(numbers.get(token) or numbers.setdefault(token, b"$%d" % len(numbers)))
        else:
            depth += (token in _OPEN) - (token in _CLOSE)
            parts.append(token)
    if parts:
        found.append(b"".join(parts))
    return found


_ENDS, _OPEN, _CLOSE = frozenset((b"{", b"}")), frozenset((b"(", b"[")), frozenset((b")", b"]"))
_DIRECTIVES = frozenset((b"#", b"@"))
_SIGNS = frozenset(b"[ \\ ] ^ ` { | } ~".split())


@functools.cache
def keywords(language: str) -> frozenset[bytes]:
    """Words of a language that no program can give another meaning, or hardly one does."""
    table = Path(__file__).with_name("keywords.tsv").read_text(encoding="ascii")
    words = dict(line.split("\t") for line in table.splitlines())
    also = ("c",) if language in ("cpp", "objc") else ()
    return frozenset(
        word.encode() for name in (language, *also) for word in words.get(name, "").split()
    )
