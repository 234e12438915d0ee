"""A header read once gives what reading it each time gives, and no program can change it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.llvm import precompiled
from curate.llvm.adapter import Command, Toolchain
from curate.llvm.compiler import Cleaning, Compiled, Compiler, close_sandboxes
from curate.llvm.languages.cpp import ADAPTER
from curate.llvm.sandbox import Limits, Sandbox
from curate.llvm.toolchains import toolchain_of

CONTEST = Path(__file__).parents[2] / "benchmarks" / "contest_programs.cpp"
PROGRAMS = [text.split("\n", 1)[1] for text in CONTEST.read_text().split("\n//// ")[1:]]
FOUND = toolchain_of("cpp")
# ziglang's libc++ has no bits/stdc++.h: there every program goes the ordinary way.
SYSTEM = isinstance(FOUND, Toolchain) and FOUND.compiler == "clang"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precompiled, "cache_folder", lambda: cache)


@pytest.fixture(scope="module")
def compiler() -> Iterator[Compiler]:
    assert isinstance(FOUND, Toolchain)
    box = Sandbox("process", FOUND.reads, FOUND.programs())
    yield Compiler(ADAPTER, FOUND, box, Limits(), Cleaning())
    box.close()
    close_sandboxes()


def plain(compiler: Compiler, source: str, monkeypatch: pytest.MonkeyPatch) -> Compiled:
    with monkeypatch.context() as patch:
        patch.setattr(precompiled, "fits", lambda adapter, source: False)
        return compiler.compile(source, ["O3"])["O3"]


def the_header(compiler: Compiler) -> precompiled.Ready | None:
    """None where there is none to be made: with ziglang."""
    ready = precompiled.ready(ADAPTER, compiler.toolchain, "process", "O3")
    assert ready is None or SYSTEM
    return ready


ATTACK = """
import os
path = {path!r}
print(len(open(path, "rb").read()))
for attempt in (lambda: open(path, "wb").close(), lambda: os.unlink(path), lambda: os.truncate(path, 0),
                lambda: open(path + ".x", "w"), lambda: os.rename("source.py", path),
                lambda: os.link(path, "mine"), lambda: os.symlink("source.py", path + ".x")):
    try:
        attempt()
        print("done")
    except OSError:
        pass
os.chmod(path, 0o777)
"""


@pytest.mark.parametrize(
    "before",
    ["", "\n\t ", "// one\n", "/* one\n * two */\n", "/**/" * 50, "// %:include <vector>\n"],
)
def test_what_begins_with_the_header_is_given_it(before: str) -> None:
    assert precompiled.fits(ADAPTER, f"{before}#include <bits/stdc++.h>\nint main() {{}}\n")
    assert precompiled.fits(ADAPTER, f"{before}# include\t<bits/stdc++.h> // all\n")


@pytest.mark.parametrize(
    "source",
    [
        "#define int long long\n#include <bits/stdc++.h>\n",
        "#pragma once\n#include <bits/stdc++.h>\n",
        "// a comment that goes on \\\n#include <bits/stdc++.h>\n",
        "// a comment that ends here \r#define vector list\n#include <bits/stdc++.h>\n",
        "/* one *\\\n/ #define vector list /* */\n#include <bits/stdc++.h>\n",
        "/* a comment without an end\n#include <bits/stdc++.h>\n",
        '"text"\n#include <bits/stdc++.h>\n',
        '#include "bits/stdc++.h"\n',
        "#include <bits/stdc++.h> \\\n",
        "#include <bits/stdc++.h> int x;\n",
        "\ufeff#include <bits/stdc++.h>\n",
        "int x;\n#include <bits/stdc++.h>\n",
    ],
)
def test_what_could_change_the_header_is_not(source: str) -> None:
    assert not precompiled.fits(ADAPTER, source)


def test_many_comments_are_looked_at_once() -> None:
    started = time.process_time()
    assert not precompiled.fits(ADAPTER, "/**/ " * 100_000 + "int x;")
    assert not precompiled.fits(ADAPTER, "/* " * 100_000)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("number", [5, 14])
def test_the_bytes_are_those_of_reading_the_header(
    number: int, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = PROGRAMS[number]
    fast = compiler.compile(source, ["O3"])["O3"]
    assert (the_header(compiler) is not None) == SYSTEM
    assert fast == plain(compiler, source, monkeypatch)
    assert fast.reason == ("" if SYSTEM else "missing dependency")


def test_a_failure_is_the_ordinary_one(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "#include <bits/stdc++.h>\nint main() { return std::vectr<int>(); }\n"
    found = compiler.compile(source, ["O3"])["O3"]
    assert found.reason == ("semantic error" if SYSTEM else "missing dependency")
    assert found == plain(compiler, source, monkeypatch)


def test_bytes_that_differ_end_its_use_and_the_ordinary_ones_count(
    compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made to differ by a macro that only the quick way defines."""

    def other(ready: precompiled.Ready, calls: tuple[Command, ...]) -> tuple[Command, ...]:
        return tuple(one._replace(argv=(*one.argv[:-3], "-DN=2", *one.argv[-3:])) for one in calls)

    source = "#include <bits/stdc++.h>\n#ifndef N\n#define N 1\n#endif\nint f() { return N; }\n"
    monkeypatch.setattr(precompiled.Ready, "commands", other)
    monkeypatch.setattr(precompiled, "is_sampled", lambda text: True)
    if (before := the_header(compiler)) is None:
        return
    assert "ret i32 1" in compiler.compile(source, ["O3"])["O3"].ir
    assert the_header(compiler) is None
    precompiled.close()  # another process finds it refused
    assert the_header(compiler) is None
    before.path.with_suffix(".refused").unlink()
    precompiled.close()


def test_a_program_can_neither_write_nor_replace_it(compiler: Compiler) -> None:
    """A program in Python, which can try anything, in the sandbox that reads the file."""
    if (ready := the_header(compiler)) is None:
        return
    before = ready.path.read_bytes(), ready.path.stat().st_mode
    python = os.path.realpath(sys.executable)
    box = Sandbox("process", (str(ready.path.parent), sys.base_prefix), [python])
    call = Command((python, "-I", "-S", "source.py"))
    program = ATTACK.format(path=str(ready.path)).encode()
    ran = box.run([call], "", Limits(), ("source.py", program))
    box.close()
    assert ran.heard == f"{len(before[0])}\n"
    assert (ready.path.read_bytes(), ready.path.stat().st_mode) == before


def test_a_file_that_others_may_write_or_of_other_headers_is_not_used(compiler: Compiler) -> None:
    if (ready := the_header(compiler)) is None:
        return
    assert precompiled._is_ours(ready.path)
    assert precompiled._is_current(ready.path)
    ready.path.chmod(0o666)
    assert not precompiled._is_ours(ready.path)
    ready.path.chmod(0o400)
    listed = ready.path.with_suffix(".json")
    listed.chmod(0o600)
    listed.write_text(listed.read_text().replace(", ", ", 1", 1))
    assert not precompiled._is_current(ready.path)
