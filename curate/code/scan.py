r"""Where the comments and strings of a program are, for twelve languages.

One regular expression for each language, over bytes, so that any bytes do. Every alternative
begins with a letter that is given, which lets Python's ``re`` skip what is neither comment nor
string at 2 ns a byte, and takes what it can and never gives back (possessive), so that nothing is
read twice: 10 MB of quotes take as long as 10 MB of code. Comments that nest are followed by
counting. What is not closed reaches to the end of its line or of the text, as its kind would.

It reads tokens, not the language: a preprocessor's branches are all there, a string within an
interpolation of an interpolation ends early, and Fortran is taken for free form.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

LANGUAGES = (
    "c", "cpp", "objc", "rust", "d", "fortran", "haskell", "nim", "crystal", "swift", "python",
    "go",
)  # fmt: skip


class Span(NamedTuple):
    """A comment or a string: bytes from ``start`` up to ``end``, marks included."""

    start: int
    end: int
    is_comment: bool


class Grammar(NamedTuple):
    """How comments and strings of a language look.

    Attributes:
        pattern: Finds the next one; of a comment that nests only its opening.
        comments: What comments begin with.
        nests: Opening → what opens or closes once more within.
    """

    pattern: re.Pattern[bytes]
    comments: tuple[bytes, ...]
    nests: dict[bytes, re.Pattern[bytes]]


_LINE = rb"//(?:[^\n\\]++|\\.)*+"  # a backslash takes the next line along
_SLASHES = rb"//[^\n]*+"
_HASH = rb"#[^\n]*+"
_BLOCK = rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?"
_DOUBLE = rb'"(?:[^"\\\n]++|\\.)*+"?'
_OVER_LINES = rb'"(?:[^"\\]++|\\.)*+"?'
_BACKTICK = rb"`[^`]*+`?"
# one character, so that lifetimes and primes are none
_CHARACTER = rb"'(?:[^'\\\n\x80-\xff]|[\xc0-\xff][\x80-\xbf]{1,3}|\\[^\n][^'\n]{0,10}+)'"
_C_CHARACTER = rb"'(?<![0-9]')(?:[^'\\\n]++|\\.)*+'?"  # 1'000 is a number
_THRICE = rb'"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?'
_RAW = rb'"(?<=R")(?P<of>[^()\\\s]{0,16})\(.*?(?:\)(?P=of)"|\Z)'
_SIGNS = rb"!#$%&*+./<=>?@\\^|~:"
_INNER = rb'(?:[^(){}"]++|"(?:[^"\\\n]++|\\.)*+"|\([^()]*+\)|\{[^{}]*+\})*+'

_C = (_LINE, _BLOCK, _DOUBLE, _C_CHARACTER)
_PATTERNS: dict[str, tuple[bytes, ...]] = {
    "c": _C,
    "objc": _C,
    "cpp": (_LINE, _BLOCK, _RAW, _DOUBLE, _C_CHARACTER),
    "rust": (
        _SLASHES, rb"/\*", rb'"(?<=r")[^"]*+"?', rb'#(?<=r#)(?P<of>#*+)".*?(?:"#(?P=of)|\Z)',
        _OVER_LINES, _CHARACTER,
    ),
    "d": (
        _SLASHES, _BLOCK, rb"/\+", _BACKTICK, rb'"(?<=r")[^"]*+"?',
        rb'"(?<=q")(?:\(.*?(?:\)"|\Z)|\[.*?(?:\]"|\Z)|\{.*?(?:\}"|\Z)|<.*?(?:>"|\Z)'
        rb'|(?P<of>[A-Za-z_]\w*+)\n.*?(?:\n(?P=of)"|\Z))',
        _OVER_LINES, _CHARACTER,
    ),
    "fortran": (rb"![^\n]*+", rb"'[^'\n]*+'?", rb'"[^"\n]*+"?'),
    "haskell": (
        rb"-(?<![" + _SIGNS + rb"]-)-++(?![" + _SIGNS + rb"])[^\n]*+", rb"\{-",
        rb'"(?:[^"\\\n]++|\\\s++\\|\\.)*+"?', rb"'(?<![\w']')" + _CHARACTER[1:],
    ),
    "nim": (
        rb"##?\[", _HASH, rb'""".*?(?:"""(?!")|\Z)', rb'"(?<=\w")(?:[^"\n]++|"")*+"?', _DOUBLE,
        _CHARACTER,
    ),
    "crystal": (
        _HASH, rb'"(?:[^"\\#]++|\\.|#\{' + _INNER + rb'\}|#)*+"?', _CHARACTER, _BACKTICK,
        rb"%[wiqQr](?:\([^)]*+\)?|\[[^\]]*+\]?|\{[^}]*+\}?|<[^>]*+>?|\|[^|]*+\|?)",
        rb"<<-'?(?P<of>[A-Z_]\w*+)'?[^\n]*+\n.*?(?:(?<=\n)[ \t]*+(?P=of)\b|\Z)",
        rb"/(?<=[(,~= ]/)(?![\s=/])(?:[^/\\\n]++|\\.)++/",
    ),
    "swift": (
        _SLASHES, rb"/\*", _THRICE, rb'#(?P<of>#*+)".*?(?:"#(?P=of)|\Z)',
        rb'"(?:[^"\\\n]++|\\\(' + _INNER + rb'\)|\\.)*+"?',
    ),
    "python": (_HASH, _THRICE, _THRICE.replace(b'"', b"'"), _DOUBLE, _DOUBLE.replace(b'"', b"'")),
    "go": (_SLASHES, _BLOCK, _BACKTICK, _DOUBLE, _CHARACTER),
}  # fmt: skip
_COMMENTS: dict[str, tuple[bytes, ...]] = {
    "fortran": (b"!",),
    "haskell": (b"--", b"{-"),
    "d": (b"//", b"/*", b"/+"),
    "nim": (b"#",),
    "crystal": (b"#",),
    "python": (b"#",),
}
_NESTS = {
    "rust": {b"/*": rb"/\*|\*/"},
    "swift": {b"/*": rb"/\*|\*/"},
    "d": {b"/+": rb"/\+|\+/"},
    "haskell": {b"{-": rb"\{-|-\}"},
    "nim": {b"#[": rb"#\[|\]#", b"##[": rb"##\[|\]##"},
}
_CLOSING = (b"*/", b"+/", b"-}", b"]#", b"]##")


@functools.cache
def grammar_of(language: str) -> Grammar:
    """The grammar of one of ``LANGUAGES``; for another name C's, the most widely shared one."""
    name = language if language in _PATTERNS else "c"
    pattern = re.compile(b"|".join(_branches(_PATTERNS[name])), re.DOTALL)
    nests = {opening: re.compile(inner) for opening, inner in _NESTS.get(name, {}).items()}
    return Grammar(pattern, _COMMENTS.get(name, (b"//", b"/*")), nests)


def _branches(parts: Sequence[bytes]) -> list[bytes]:
    """Groups may bear one name only once in a pattern."""
    return [
        part.replace(b"<of>", b"<of%d>" % at).replace(b"=of)", b"=of%d)" % at)
        for at, part in enumerate(parts)
    ]


def spans(text: bytes, language: str) -> list[Span]:
    """Comments and strings of a program, in order.

    Example:
        >>> text = b'f("//"); /* no */ g'
        >>> [(text[one.start : one.end], one.is_comment) for one in spans(text, "c")]
        [(b'"//"', False), (b'/* no */', True)]
    """
    grammar = grammar_of(language)
    search, comments = grammar.pattern.search, grammar.comments
    found: list[Span] = []
    at = 0
    while match := search(text, at):
        start, at = match.span()
        is_comment = text.startswith(comments, start)
        if is_comment and (inner := grammar.nests.get(match[0])):
            at = _end_of_nest(text, at, inner)
        found.append(Span(start, at, is_comment))
    return found


def _end_of_nest(text: bytes, at: int, inner: re.Pattern[bytes]) -> int:
    depth = 1
    for match in inner.finditer(text, at):
        depth += -1 if match[0] in _CLOSING else 1
        if depth == 0:
            return match.end()
    return len(text)


def masked(text: bytes, found: Sequence[Span], *, strings: bool = True) -> bytes:
    """The text with spaces for comments and, but for their ends, strings, byte for byte.

    Example:
        >>> masked(b'a = "b"; // c', spans(b'a = "b"; // c', "c"))
        b'a = " ";     '
    """
    pieces, at = [], 0
    for start, end, is_comment in found:
        pieces.append(text[at:start])
        if is_comment:
            pieces.append(b" " * (end - start))
        elif strings and end - start > 2:
            pieces += [text[start : start + 1], b" " * (end - start - 2), text[end - 1 : end]]
        else:
            pieces.append(text[start:end])
        at = end
    return b"".join([*pieces, text[at:]])


def without_comments(text: bytes, found: Sequence[Span]) -> bytes:
    """The text with one space for each comment.

    Example:
        >>> without_comments(b"a/* b */c", spans(b"a/* b */c", "c"))
        b'a c'
    """
    pieces, at = [], 0
    for start, end, is_comment in found:
        if is_comment:
            pieces += [text[at:start], b" "]
            at = end
    return b"".join([*pieces, text[at:]])
