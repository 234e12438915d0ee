"""The clang that C, C++, Objective-C, Nim and Cython are compiled with.

Debian's ``clang-19`` first, since it reads the system's headers and libstdc++; then any other;
then the one inside ``ziglang`` from PyPI, which brings glibc's headers and libc++ and so needs
nothing of the system. That one is called as plain ``zig clang``: ``zig cc`` turns ``-O3`` into
``-O2``, adds sanitizers, the host's processor and a cache folder.
"""

from __future__ import annotations

import functools
import glob
import importlib.util
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from curate.llvm.adapter import Command, Missing, Mode, Toolchain
from curate.llvm.programs import digest, folder_of, version_text

FLAGS = ("-w", "-fno-crash-diagnostics", "-ferror-limit=5", "-fno-discard-value-names")
INSTALL = "apt-get install clang-19 libstdc++-12-dev, or pip install 'curate[llvm]'"
_NAMES = ("clang-19", "clang-20", "clang-21", "clang-18", "clang-17", "clang-16", "clang")
_C_HEADER = "/usr/include/stdio.h"
_CXX_HEADERS = "/usr/include/c++/*/vector"
_LIBCXX = (
    "ABI_VERSION=1", "ABI_NAMESPACE=__1", "HAS_THREADS=1", "HAS_MONOTONIC_CLOCK", "HAS_TERMINAL",
    "HAS_MUSL_LIBC=0", "DISABLE_VISIBILITY_ANNOTATIONS", "HAS_VENDOR_AVAILABILITY_ANNOTATIONS=0",
    "HAS_FILESYSTEM=1", "HAS_RANDOM_DEVICE", "HAS_LOCALIZATION", "HAS_UNICODE",
    "HAS_WIDE_CHARACTERS", "HAS_NO_STD_MODULES", "HAS_TIME_ZONE_DATABASE",
    "PSTL_BACKEND_SERIAL", "HARDENING_MODE=_LIBCPP_HARDENING_MODE_NONE",
    "ASSERTION_SEMANTIC_DEFAULT=_LIBCPP_ASSERTION_SEMANTIC_IGNORE",
)  # fmt: skip

ABSENT = re.compile(r"'[^']*' file not found|no such file or directory|module '[^']*' not found")
NEWER = re.compile(
    r"requires target feature|is not supported|not supported (?:on|by|for)|unsupported"
    r"|needs target feature|only available (?:in|with)|is a C\+\+\d\d extension"
    r"|ISO C(?:\+\+|\d\d)? (?:does not|requires)|module import"
)
GRAMMAR = re.compile(
    r"error: (?:expected|extraneous|unterminated|missing terminating|stray|unexpected|invalid "
    r"(?:token|suffix|preprocessing|digit|character)|non-ASCII|source file is "
    r"not valid|character <|type specifier missing|a type specifier|embedding|null character"
    r"|unbalanced|#e|invalid preprocessing|missing '[^']*'|bracket nesting)"
)
COMPLAINT = re.compile(r"(?m)^[^\n]*?(?:fatal )?error: (?P<text>[^\n]*)")


def find(language: str) -> Toolchain | Missing:
    """The toolchain for ``c`` or ``cpp``."""
    headers = _CXX_HEADERS if language == "cpp" else _C_HEADER
    if glob.glob(headers) and (found := _system()):
        return found
    return _ziglang() or Missing(
        "no clang with the headers it needs, and no ziglang for this Python", INSTALL
    )


@functools.cache
def _system() -> Toolchain | None:
    for name in _NAMES:
        path = shutil.which(name)
        version = path and re.search(r"clang version (\d[\d.]*)", version_text(path, "--version"))
        if not path or not version:
            continue
        commands = {"clang": (path,), "clang++": (path, "--driver-mode=g++")}
        headers = ["/usr/include/features.h", *sorted(glob.glob("/usr/include/c++/*/cstddef"))]
        known = digest(path, "--version", files=headers)
        reads = folder_of(path)
        return Toolchain("clang", version[1], version[1], commands, reads, (), known)
    return None


@functools.cache
def _ziglang() -> Toolchain | None:
    package = importlib.util.find_spec("ziglang")
    if package is None or not package.submodule_search_locations:
        return None
    home = Path(next(iter(package.submodule_search_locations)))
    path, lib = str(home / "zig"), home / "lib"
    version = re.search(r"clang version (\d[\d.]*)", version_text(path, "clang", "--version"))
    if version is None:
        return None
    below = [lib / "include", *(lib / "libc" / "include" / name for name in _ZIG_LIBC)]
    headers = [word for folder in below for word in ("-isystem", str(folder))]
    cxx = [lib / "libcxx" / "include", lib / "libcxxabi" / "include"]
    cxx_headers = [word for folder in cxx for word in ("-isystem", str(folder))]
    start = (path, "clang", "--target=x86_64-linux-gnu", "-march=x86-64", "-nostdinc")
    defines = [f"-D_LIBCPP_{name}" for name in _LIBCXX]
    defines += ["-D_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS", f"-D__GLIBC_MINOR__={_GLIBC_MINOR}"]
    commands = {
        "clang": (*start, f"-D__GLIBC_MINOR__={_GLIBC_MINOR}", *headers),
        "clang++": (*start, "--driver-mode=g++", *defines, *cxx_headers, *headers),
    }
    known = digest(path, "clang", "--version")
    return Toolchain("zig clang", version[1], version[1], commands, (str(home),), (), known)


_ZIG_LIBC = ("x86-linux-gnu", "generic-glibc", "x86-linux-any", "any-linux-any")
_GLIBC_MINOR = 36  # Debian 12's


def compile_command(
    start: Sequence[str], mode: Mode, flags: Sequence[str], file_name: str, output: str = "out.ll"
) -> Command:
    """One call of clang that writes IR."""
    return Command(
        (*start, "-S", "-emit-llvm", f"-{mode}", *flags, *FLAGS, file_name, "-o", output)
    )
