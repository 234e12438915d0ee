"""Programs that attack through their compiler: nothing gets out, and each has its true class."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.llvm.adapter import Toolchain
from curate.llvm.compiler import Cleaning, Compiler, open_sandbox
from curate.llvm.sandbox import Limits
from curate.llvm.toolchains import adapter_of, toolchain_of
from tests.llvm.hostile_programs import PROGRAMS, Hostile

SECRET = "the secret of the canary"
LIMITS = Limits(cpu_seconds=1, wall_seconds=60, memory_mb=1024, file_mb=8, processes=32)
# A whole Crystal program is 8 MB of IR and takes 2 s; GHC reserves 2 GB of address space.
ROOMY = LIMITS._replace(cpu_seconds=5, memory_mb=4096, file_mb=64)
BOMB = ROOMY._replace(cpu_seconds=2)


@pytest.mark.parametrize(
    "program",
    [one for one in PROGRAMS if isinstance(toolchain_of(one.language), Toolchain)],
    ids=lambda one: f"{one.language}-{one.name}",
)
def test_a_hostile_program_learns_nothing_and_is_told_from_others(
    program: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATE_CANARY", SECRET)
    canary = tmp_path / "canary.txt"
    canary.write_text(SECRET)
    adapter, toolchain = adapter_of(program.language), toolchain_of(program.language)
    assert adapter is not None
    assert isinstance(toolchain, Toolchain)
    limits = LIMITS
    if program.language in ("crystal", "haskell", "python"):
        limits = BOMB if "time limit" in program.reasons else ROOMY
    if program.name.startswith("contest"):  # the header alone takes 2 s
        limits = ROOMY
    compiler = Compiler(adapter, toolchain, open_sandbox("auto", toolchain), limits, Cleaning())
    found = compiler.compile(program.source.replace("CANARY", str(canary)), ["O3"])["O3"]
    assert found.reason in program.reasons, found.diagnostic
    assert SECRET not in found.ir + found.diagnostic
    assert [path.name for path in tmp_path.iterdir()] == ["canary.txt"]


def test_a_header_that_copies_the_secret_shows_what_the_sandbox_prevents(tmp_path: Path) -> None:
    """Without confinement the same program does learn it: the canary works."""
    (tmp_path / "canary.txt").write_text(f'"{SECRET}"')
    adapter, toolchain = adapter_of("c"), toolchain_of("c")
    assert adapter is not None
    assert isinstance(toolchain, Toolchain)
    source = f'const char *f(void) {{ return\n#include "{tmp_path}/canary.txt"\n; }}'
    found = {
        level: Compiler(
            adapter, toolchain, open_sandbox(level, toolchain), LIMITS, Cleaning()
        ).compile(source, ["O3"])["O3"]
        for level in ("off", "auto")
    }
    assert SECRET in found["off"].ir
    assert found["auto"].reason == "forbidden access"
