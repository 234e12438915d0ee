r"""What programs include, import, use or require, language by language, as they write it.

Each function gets a program and its ``masked`` form, equally long, in which comments and the
insides of strings are blank, and yields (name, whether it is the program's own file or part).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Wanted(NamedTuple):
    """A module that a program asks for.

    Attributes:
        name: As it is written.
        is_local: It is a file beside the program, whatever its name.
    """

    name: bytes
    is_local: bool = False


_LINE = re.MULTILINE
_DIRECTIVE = re.compile(
    rb"^[ \t]*+#[ \t]*+(if|endif|include|embed|import|define)[ \t]*+([^\n]*+)"
    rb"|^[ \t]*+(?:@(?!import)\w++[ \t]++)*+@?+(import)\b[ \t]*+([^\n]*+)",
    _LINE,
)
_HEADER = re.compile(rb'_?(?:next)?[ \t]*<[ \t]*([^>\n]+?)[ \t]*>|[ \t]*"([^"\n]+)"|[ \t]*(\w+)')
_MODULE = re.compile(
    rb"(?:(?:struct|class|enum|protocol|func|var|let|typealias)[ \t]+)?([\w:]+(?:\.\w+)*)"
)


def _unconditional(code: bytes, kind: int) -> Iterator[int]:
    """Where the names begin that are asked for whatever the preprocessor decides.

    Args:
        code: A masked program.
        kind: Group of the statement in ``_DIRECTIVE``: 1 for ``#include``, 3 for ``import``.
    """
    depth, free, guard, fresh = 0, 0, b"", True
    for match in _DIRECTIVE.finditer(code):
        word, rest = match[1], match[2]
        if word == b"if":
            depth += 1
            # the first directive of a file guards it, if the next defines its name
            guard = rest if fresh else guard
        elif word == b"endif":
            depth = max(0, depth - 1)
            free = min(free, depth)
        elif word == b"define":
            if guard and depth == 1 and rest.split()[:1] == guard.split()[-1:]:
                free = 1
            guard = b""
        elif match[kind] is not None and depth <= free:
            yield match.start(kind + 1)
        fresh = False


def headers(text: bytes, code: bytes) -> Iterator[Wanted]:
    """C, C++, Objective-C: files included and embedded, and modules by ``@import``, ``import``."""
    for at in _unconditional(code, 1):
        if match := _HEADER.match(text, at):
            yield Wanted(match[1] or match[2] or match[3])
    for at in _unconditional(code, 3):
        if match := re.compile(rb"([\w.:]+)[ \t]*;").match(code, at):
            yield Wanted(match[1])


def swift(text: bytes, code: bytes) -> Iterator[Wanted]:
    """Swift: the module of each import."""
    for at in _unconditional(code, 3):
        if match := _MODULE.match(code, at):
            yield Wanted(match[1].partition(b".")[0])


_RUST_USE = re.compile(rb"\buse\s+([^;]{1,4000}+);")
_RUST_WORD = re.compile(rb"\w+")
_RUST_DECLARED = re.compile(
    rb"\b(?:mod|enum|struct|trait|type|fn|union|const|static)\s+(\w+)|\bmacro_rules!\s*(\w+)"
    rb"|\bas\s+(\w+)|\b(?:extern\s+crate)\s+(\w+)"
)
_RUST_ASKED = re.compile(
    rb"((?:#\[cfg[^\n]*\]\s*)?)(?:\bextern\s+crate\s+(\w+)|\bmod\s+(\w+)\s*;"
    rb"|\b(include(?:_str|_bytes)?!))"
)
_RUST_PATH = re.compile(rb"(?<![\w:.$'#>])([a-z_]\w*)::(?![<(])")
_RUST_TESTS = re.compile(rb"#\[cfg\(test\)\]\s*(?:#\[[^\n]*\]\s*)*(?:pub\s+)?mod\s+\w+\s*\{")
_RUST_INNER = re.compile(rb"\s*crate::(\w+)")
_BRACE = re.compile(rb"[{}]")
_RUST_OWN = frozenset(
    b"crate self super Self clippy rustfmt rustdoc miri bool char str u8 u16 u32 u64 u128 usize i8"
    b" i16 i32 i64 i128 isize f32 f64".split()
)


def rust(text: bytes, code: bytes) -> Iterator[Wanted]:
    """Rust: crates, and files of modules; not what only its tests need."""
    code = _without_tests(code)
    declared = {name for match in _RUST_DECLARED.findall(code) for name in match if name}
    uses = [match[1] for match in _RUST_USE.finditer(code)]
    for match in _RUST_ASKED.finditer(code):
        if not match[1]:
            name = match[2] or match[3] or match[4]
            yield Wanted(name, is_local=match[2] is None)
            declared.discard(name)
    roots = [root for use in uses for root in _roots(use)]
    brought = {name for use in uses for name in _RUST_WORD.findall(use)} - set(roots)
    own = declared | brought | _RUST_OWN
    for inner in filter(None, map(_RUST_INNER.match, uses)):
        if inner[1] not in declared:
            yield Wanted(b"crate::" + inner[1], is_local=True)
    for name in (*roots, *_RUST_PATH.findall(_RUST_USE.sub(b"", code))):
        if name not in own:
            yield Wanted(name)


def _roots(use: bytes) -> list[bytes]:
    """First parts of the paths of one use: ``{a::b, c}`` has a and c."""
    use = use.strip().removeprefix(b"::")
    if not use.startswith(b"{"):
        return _RUST_WORD.findall(use)[:1]
    roots, depth, fresh = [], 0, False
    for part in re.findall(rb"[{},]|\w+", use):
        depth += (part == b"{") - (part == b"}")
        if part in (b"{", b","):
            fresh = depth == 1
        elif fresh and depth == 1:
            roots.append(part)
            fresh = False
    return roots


def _without_tests(code: bytes) -> bytes:
    pieces, at = [], 0
    while match := _RUST_TESTS.search(code, at):
        pieces.append(code[at : match.start()])
        depth, at = 1, len(code)
        for brace in _BRACE.finditer(code, match.end()):
            depth += 1 if brace[0] == b"{" else -1
            if depth == 0:
                at = brace.end()
                break
    return b"".join([*pieces, code[at:]])


_D_IMPORT = re.compile(rb"\bimport\b\s*(\(|[\w.\s=,:]{1,1000}+;)")
_D_MODULE = re.compile(rb"(?:\w+\s*=\s*)?([\w.]+)")


def d(text: bytes, code: bytes) -> Iterator[Wanted]:
    """D: modules, and files by ``import("…")``."""
    for match in _D_IMPORT.finditer(code):
        if match[1] == b"(":
            yield Wanted(b"import()", is_local=True)
            continue
        for part in match[1].partition(b":")[0].split(b","):
            if name := _D_MODULE.match(part.strip()):
                yield Wanted(name[1])


_FORTRAN = re.compile(
    rb"(?:^|;)[ \t]*(?:use\b(?:[ \t]*,[ \t]*(?:non_)?intrinsic)?[ \t]*(?:::)?[ \t]*(\w+)"
    rb"|submodule[ \t]*\([ \t]*(\w+)|(#?[ \t]*include)[ \t]*['\"])",
    _LINE | re.IGNORECASE,
)
_FORTRAN_NAME = re.compile(rb"[^'\"\n]*+")
_FORTRAN_OWN = re.compile(
    rb"^[ \t]*module[ \t]+(?!procedure\b|function\b|subroutine\b)(\w+)", _LINE | re.IGNORECASE
)


def fortran(text: bytes, code: bytes) -> Iterator[Wanted]:
    """Fortran: modules that are not in the file, and included files."""
    own = {name.lower() for name in _FORTRAN_OWN.findall(code)}
    for match in _FORTRAN.finditer(code):
        if match[3]:
            name = _FORTRAN_NAME.match(text, match.end())
            yield Wanted(name[0] if name else b"include", is_local=True)
        elif (module := (match[1] or match[2]).lower()) not in own:
            yield Wanted(module)


_HASKELL = re.compile(
    rb"^[ \t]*import\b(?:[ \t\n]+safe\b)?(?:[ \t\n]+qualified\b)?(?:[ \t\n]*\"[^\"\n]*\")?"
    rb"[ \t\n]+([A-Z][\w.']*)",
    _LINE,
)


def haskell(text: bytes, code: bytes) -> Iterator[Wanted]:
    """Haskell: the modules imported."""
    return (Wanted(name) for name in _HASKELL.findall(code))


_NIM = re.compile(
    rb"^(?:(from)[ \t]+([^\n]*?)[ \t]+import\b|(import|include)\b"
    rb"((?:[ \t]*\n[ \t]+)?(?:[^\n]*[,\[][ \t]*\n)*[^\n]*))",
    _LINE,
)
_NIM_PART = re.compile(rb"\s*([\w./]*/)?[ \t]*\[([^\[\]]*+)\]|([^,\[\]]++)")


def nim(text: bytes, code: bytes) -> Iterator[Wanted]:
    """Nim: modules at the left margin; further in stand those of a ``when``."""
    for match in _NIM.finditer(code):
        listed = match[2] or text[match.start(4) : match.end(4)]
        listed = re.split(rb"\bexcept\b|#", listed)[0]
        for folder, several, one in _NIM_PART.findall(listed):
            for name in several.split(b",") if several else [one]:
                name = re.split(rb"\bas\b", folder + name.strip())[0].strip(b" \t\n\"'")
                if name and not name.startswith((b"std/", b"system/")):
                    yield Wanted(name)


_CRYSTAL = re.compile(rb"^[ \t]*require[ \t]+\"", _LINE)


def crystal(text: bytes, code: bytes) -> Iterator[Wanted]:
    """Crystal: what is required."""
    for match in _CRYSTAL.finditer(code):
        name = text[match.end() : text.find(b'"', match.end())]
        yield Wanted(name, name.startswith(b"."))


_PYTHON = re.compile(
    rb"^([ \t]*+)(?:from[ \t]++(\.*+)[ \t]*+((?!import\b)[\w.]++|)[ \t]*+import\b"
    rb"|import[ \t]++([^\n;]++))",
    _LINE,
)


def python(text: bytes, code: bytes) -> Iterator[Wanted]:
    """Python: first parts of module names; not what a ``try`` may do without."""
    for match in _PYTHON.finditer(code):
        if match[1] and _is_tried(code, match.start(), len(match[1])):
            continue
        if match[2]:
            yield Wanted(match[2] + match[3], is_local=True)
            continue
        for name in (match[3] or match[4]).split(b","):
            if words := name.split():
                yield Wanted(words[0].partition(b".")[0])


def _is_tried(code: bytes, at: int, indent: int) -> bool:
    """Whether the nearest line before that stands further out begins ``try`` or ``except``."""
    end = at
    for _ in range(100):
        begin = code.rfind(b"\n", 0, max(0, end - 1)) + 1
        line = code[begin:end]
        bare = line.strip()
        if bare and len(line) - len(line.lstrip()) < indent:
            return bare.startswith((b"try", b"except"))
        if begin == 0:
            break
        end = begin
    return False


_GO = re.compile(rb"^[ \t]*import\b[ \t]*(?:\([^)]*+\)?+|(?:[\w.]+[ \t]+)?[\"`][^\n]*)", _LINE)
_GO_PATH = re.compile(rb"\"([^\"\n]*)\"|`([^`]*)`")


def go(text: bytes, code: bytes) -> Iterator[Wanted]:
    """Go: paths of packages."""
    for match in _GO.finditer(code):
        for path in _GO_PATH.finditer(code, match.start(), match.end()):
            yield Wanted(text[path.start() + 1 : path.end() - 1])
