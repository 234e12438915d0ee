"""A program in, its IR at each mode out: adapter, sandbox, cleaning, verification and memo."""

from __future__ import annotations

import dataclasses as dc
import functools
import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate.errors import EnvironmentError_, RowError
from curate.llvm import failures, fingerprint, precompiled
from curate.llvm.adapter import Adapter, Command, Mode, Stage, Toolchain
from curate.llvm.failures import Failure, failure_of
from curate.llvm.ir import count, normalise, verifier_version, verify
from curate.llvm.memo import Memo
from curate.llvm.sandbox import LEVELS, KilledError, Level, Limits, Ran, Sandbox


class Cleaning(NamedTuple):
    """Options of ``curate.llvm.ir.normalise``."""

    metadata: bool = False
    target: bool = True
    names: bool = True


class Compiled(NamedTuple):
    """What a mode gave: IR and what was counted in it, or why there is none.

    Attributes:
        reason: A phrase of ``curate.llvm.failures.REASONS``; empty if there is IR.
        diagnostic: The compiler's first complaint.
        ir: The cleaned module.
        functions: Defined.
        instructions: In these.
        tokens: Lexical ones, of the whole module.
        sha256: Of the cleaned text.
        shape: Equal for copies that differ in names.
        verified_by: The LLVM that assembled and verified it.
    """

    reason: str
    diagnostic: str = ""
    ir: str = ""
    functions: int = 0
    instructions: int = 0
    tokens: int = 0
    sha256: str = ""
    shape: str = ""
    verified_by: str = ""


@dc.dataclass(frozen=True)
class Compiler:
    """One language's compiler in a sandbox.

    Attributes:
        adapter: The language.
        toolchain: The compiler.
        sandbox: Where it runs.
        limits: For each command.
        cleaning: What is taken out of the IR.
        memo: What earlier runs gave, if that is kept.
    """

    adapter: Adapter
    toolchain: Toolchain
    sandbox: Sandbox
    limits: Limits
    cleaning: Cleaning
    memo: Memo | None = None

    def compile(self, source: str, modes: Sequence[Mode]) -> dict[Mode, Compiled]:
        """IR of a program at each mode, or why there is none."""
        if not source.strip():
            return {mode: Compiled(failures.NO_CODE) for mode in modes}
        if self.memo is None:
            return self._compile_again(source, modes)
        keys: dict[Mode, str] = {mode: self._key(source, mode) for mode in modes}
        found: dict[Mode, Compiled] = {}
        for mode, key in keys.items():
            if (entry := self.memo.get(key)) is not None:
                found[mode] = Compiled(*entry)
        if fresh := self._compile_again(source, [mode for mode in modes if mode not in found]):
            # A sandbox that broke says nothing of the program.
            kept = [(keys[m], one) for m, one in fresh.items() if one.reason != failures.SANDBOX]
            self.memo.put(kept)
        return {mode: found.get(mode) or fresh[mode] for mode in modes}

    def _key(self, source: str, mode: Mode) -> str:
        # Where a compiler lies is no part of what it does; its digest is.
        stages = self.adapter.stages(self.toolchain, source, [mode])
        commands = [list(command.argv[1:]) for command in next(stages).commands]
        stages.close()
        parts: list[Any] = [
            _own_code(),
            self.adapter.language,
            mode,
            commands,
            self.toolchain.digest,
        ]
        parts += [self.limits, self.cleaning, verifier_version()]
        known = hashlib.sha256(json.dumps(parts).encode())
        known.update(source.encode("utf-8", "surrogatepass"))
        return known.hexdigest()

    def _compile_again(self, source: str, modes: Sequence[Mode]) -> dict[Mode, Compiled]:
        """What was killed from outside is compiled once more, from the start."""
        found = self._compile(source, modes)
        if any(one.reason == failures.SANDBOX for one in found.values()):
            return self._compile(source, modes)
        return found

    def _compile(self, source: str, modes: Sequence[Mode]) -> dict[Mode, Compiled]:
        found: dict[Mode, Compiled] = {}
        if not modes:
            return found
        stages = self.adapter.stages(self.toolchain, source, modes)
        try:
            stage = next(stages)
            while True:
                ran, failure = self._run(stage, source)
                concerned: list[Mode] = [m for m in modes if stage.mode in ("", m)]
                if failure or stage.mode:
                    one = self._finish(ran, failure, source)
                    found |= dict.fromkeys(concerned, one)
                if failure and not stage.mode:
                    return found
                stage = stages.send(ran.output if ran else b"")
        except StopIteration:
            return found

    def _run(self, stage: Stage, source: str) -> tuple[Ran | None, Failure | None]:
        source = source.replace("\r\n", "\n")
        text = source.encode("utf-8", "replace")
        header = None
        if stage.fresh and stage.mode and precompiled.fits(self.adapter, source):
            mode: Mode = "O3" if stage.mode == "O3" else "Oz"
            header = precompiled.ready(self.adapter, self.toolchain, self.sandbox.level, mode)
        if header is None:
            return self._in(self.sandbox, stage, text)
        fast = self._in(header.box, stage._replace(commands=header.commands(stage.commands)), text)
        if fast[1] is None and not precompiled.is_sampled(text):
            return fast
        if fast[1] and fast[1].reason == failures.TIME:  # the ordinary way takes longer
            return fast
        plain = self._in(self.sandbox, stage, text)
        if fast[0] and plain[0] and not (fast[1] or plain[1] or fast[0].output == plain[0].output):
            header.refuse()
        return plain

    def _in(self, box: Sandbox, stage: Stage, text: bytes) -> tuple[Ran | None, Failure | None]:
        given = (self.adapter.file_name, text) if stage.fresh else None
        try:
            ran = box.run(stage.commands, stage.output, self.limits, given)
        except RowError as error:
            return None, Failure(failures.SANDBOX, error.detail)
        return ran, failure_of(self.adapter, ran, self.limits, stage.output)

    def _finish(self, ran: Ran | None, failure: Failure | None, source: str) -> Compiled:
        if failure or ran is None:
            return Compiled(*(failure or (failures.SANDBOX, "")))
        try:
            text = ran.output.decode("utf-8")
        except UnicodeDecodeError as error:
            return Compiled(failures.BROKEN_IR, str(error))
        if self.adapter.folders:
            text = self.adapter.folders.sub(r"\g<kept>", text)
        ir = normalise(text, **self.cleaning._asdict())
        counts = count(ir)
        if not counts.functions:
            return Compiled(failures.NO_CODE, "the IR defines no function")
        try:
            verified_by, wrong = self._verify(ir)
        except RowError as error:
            return Compiled(error.reason, error.detail)
        if wrong:
            return Compiled(failures.BROKEN_IR, wrong[:200])
        known = hashlib.sha256(ir.encode()).hexdigest()
        return Compiled("", "", ir, *counts, known, fingerprint.shape_of(ir), f"LLVM {verified_by}")

    def _verify(self, ir: str) -> tuple[str, str]:
        """The LLVM that verified a module, and what is wrong with it.

        Newer parsers do not know some old constant expressions (24 of 254 Haskell files): there
        the ``opt`` of the compiler's own LLVM decides.
        """
        wrong = verify(ir)
        opt = self.toolchain.commands.get("opt")
        if not wrong or opt is None:
            return verifier_version(), wrong
        call = Command((*opt, "-passes=verify", "-disable-output", "checked.ll"))
        ran = self.sandbox.run([call], "", self.limits, ("checked.ll", ir.encode()))
        if failures.was_killed(ran, self.limits):
            raise RowError(failures.SANDBOX, "the verifier was killed")
        return self.toolchain.llvm_version, wrong if ran.exit or ran.ended_by else ""


@functools.cache
def _own_code() -> str:
    """Digest of the code that makes a record out of a program: another may make another."""
    known = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        known.update(path.read_bytes())
    return known.hexdigest()


_OPEN: dict[tuple[str, Toolchain | str], Sandbox] = {}
_OPENING = threading.Lock()


def open_sandbox(level: str, toolchain: Toolchain) -> Sandbox:
    """A sandbox for a compiler, one in this process for each.

    Args:
        level: A level of ``curate.llvm.sandbox``, or ``auto`` for the strongest there is.
        toolchain: What has to be seen and run in it.

    Raises:
        EnvironmentError_: The machine allows none; says why, and what to do.
    """
    key = (level, toolchain.digest)
    with _OPENING:
        if key not in _OPEN:
            _OPEN[key] = _open(level, toolchain)
        return _OPEN[key]


def close_sandboxes() -> None:
    """End the sandboxes of this process; they end with it in any case."""
    with _OPENING:
        while _OPEN:
            _OPEN.popitem()[1].close()
    precompiled.close()


def _open(level: str, toolchain: Toolchain) -> Sandbox:
    tried: tuple[Level, ...] = LEVELS if level == "auto" else (level,)  # type: ignore[assignment]
    problems = []
    for one in tried:
        try:
            return Sandbox(one, toolchain.reads, toolchain.programs())
        except KilledError:
            raise
        except EnvironmentError_ as error:
            problems.append(str(error))
    raise EnvironmentError_(
        f"programs of unknown origin cannot be compiled safely here ({'; '.join(problems)}); "
        "allow user namespaces or install bubblewrap, or set sandbox: off for sources you trust"
    )
