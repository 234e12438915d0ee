"""Programming languages: what a model calls them, what people do, and what their files end in.

Labels are short names without signs (``cpp``, ``objc``, ``csharp``), which are also what a model of
``code_train`` knows. Beside programming languages there are the formats that lie among programs.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import PurePosixPath

ENDINGS = {
    "assembly": "s S asm nasm",
    "c": "c",
    "cmake": "cmake",
    "cpp": "cpp cc cxx C c++ hpp hh hxx ipp tcc",
    "crystal": "cr",
    "csharp": "cs",
    "css": "css",
    "d": "d di",
    "fortran": "f for f77 F f90 f95 f03 f08 F90 F95 F03 F08",
    "go": "go",
    "haskell": "hs",
    "html": "html htm xhtml",
    "java": "java",
    "javascript": "js mjs cjs jsx",
    "json": "json",
    "julia": "jl",
    "kotlin": "kt kts",
    "llvm": "ll",
    "lua": "lua",
    "makefile": "mk mak",
    "markdown": "md markdown",
    "nim": "nim nims",
    "objc": "m",
    "ocaml": "ml mli",
    "perl": "pl pm",
    "php": "php",
    "prose": "txt",
    "python": "py pyi",
    "r": "R r",
    "ruby": "rb rake gemspec",
    "rust": "rs",
    "scala": "scala sbt",
    "shell": "sh bash zsh",
    "sql": "sql",
    "swift": "swift",
    "toml": "toml",
    "typescript": "ts tsx mts cts",
    "xml": "xml xsd xsl",
    "yaml": "yml yaml",
    "zig": "zig",
}
"""Label → endings of its files, as they are written: ``.S`` is assembly, ``.C`` is C++."""

HEADER = "h"
"""The ending that C, C++ and Objective-C share."""

NAMES = {
    "makefile": ("Makefile", "makefile", "GNUmakefile", "Makefile.am"),
    "cmake": ("CMakeLists.txt",),
    "ruby": ("Rakefile", "Gemfile"),
}
"""Label → whole names of files."""

ALIASES = {
    "c++": "cpp", "cplusplus": "cpp", "objective-c": "objc", "objectivec": "objc", "obj-c": "objc",
    "c#": "csharp", "golang": "go", "dlang": "d", "rlang": "r", "bash": "shell", "zsh": "shell",
    "shell script": "shell", "shellscript": "shell", "ecmascript": "javascript",
    "llvm ir": "llvm", "llvm-ir": "llvm", "asm": "assembly", "gas": "assembly",
    "unix assembly": "assembly", "make": "makefile", "perl5": "perl", "python3": "python",
    "plain text": "prose", "text": "prose", "free pascal": "pascal", "nimrod": "nim",
    "fortran free form": "fortran", "fortran77": "fortran", "fortran90": "fortran",
    "crystal-lang": "crystal", "plpgsql": "sql", "plsql": "sql", "tsql": "sql",
}  # fmt: skip
"""Other names, in lowercase, as GitHub, The Stack and people have them → label."""

SUPERSETS = {
    "cpp": ("c",),
    "objc": ("c",),
    "typescript": ("javascript",),
    "yaml": ("json",),
    "markdown": ("prose",),
}
"""Label → the languages whose texts are, as a rule, texts of it too."""

_LABELS = {ending: label for label, endings in ENDINGS.items() for ending in endings.split()}
_WHOLE = {name: label for label, names in NAMES.items() for name in names}


def label_of(name: str) -> str:
    """The label that a name of a language stands for; the name in lowercase if it is none.

    Example:
        >>> [label_of(name) for name in ("C++", "Objective-C", " golang ", "py", "COBOL")]
        ['cpp', 'objc', 'go', 'python', 'cobol']
    """
    low = name.strip().lower()
    label = ALIASES.get(low, low)
    if label in ENDINGS:
        return label
    return _LABELS.get(low.removeprefix("."), label)


def label_of_path(path: str) -> str | None:
    """The label of a file by its name; ``"h"`` for a header; None if it tells nothing.

    Example:
        >>> [label_of_path(path) for path in ("a/Makefile", "a/b.S", "b.h", "b.bin")]
        ['makefile', 'assembly', 'h', None]
    """
    name = PurePosixPath(path).name
    if name in _WHOLE:
        return _WHOLE[name]
    ending = PurePosixPath(name).suffix[1:]
    return HEADER if ending in (HEADER, "H") else _LABELS.get(ending)


def accepted(label: str) -> tuple[str, ...]:
    """A label and those whose texts it includes: C for C++."""
    return (label, *SUPERSETS.get(label, ()))


def check_known(names: Sequence[str], labels: Sequence[str]) -> None:
    """Make sure that a model knows all these languages.

    Raises:
        ValueError: It lacks one; suggests the nearest.
    """
    for name in names:
        if label_of(name) not in labels:
            near = difflib.get_close_matches(label_of(name), labels, 3, 0.5)
            hint = f"the nearest are {', '.join(near)}" if near else f"it has {', '.join(labels)}"
            raise ValueError(f"the model has no label for {name!r}; {hint}")
