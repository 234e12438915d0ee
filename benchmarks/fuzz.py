"""Hostile input: readers are fed damaged files until they crash, hang or lose a row.

    python -m benchmarks.fuzz [--targets NAME...] [--seconds N] [--processes N] [--json FILE]

Each target runs in a process of its own with limited memory. Where ``atheris`` is installed, its
coverage decides which inputs are changed further; elsewhere, and with ``--plain``, they are changed
at random. What breaks a reader is kept under ``--keep`` and named in the table: an exception that
no user may see, a process that died (segmentation faults included), or 60 s on one input.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fuzz_targets import TARGETS, seeds

PACKAGE = Path(__file__).resolve().parent.parent / "curate"
SLOWEST = 60.0  # seconds for one input
MEMORY = 6 * 2**30  # address space of a process: Arrow and numba reserve one or two of them
LONGEST = 1 << 16  # bytes of an input
TOKENS = (
    *(b"\0", b"\n", b"\r\n", b"\n\n", b"\t", b"|", b'"', b"'", b"\\", b"{", b"}", b"[", b"]"),
    *(b"&a ", b"*a", b"<<: ", b"!!", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800"),
    *(b"null", b"NaN", b"1e999", b"-1", b"9" * 20, b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"),
    *(b"\0\0\0\x80", b"../", b"PAR1", b"RIFF", b"OggS", b"\x1f\x8b\x08", b"# newdoc\n", b"\x85"),
)


class Child:
    """Feeds one target in this process, and notes what went wrong."""

    def __init__(self, name: str, folder: Path) -> None:
        self.target, self.folder = TARGETS[name], folder
        self.fed = 0
        self.found: dict[str, str] = {}
        self.current = folder / "current"

    def feed(self, content: bytes) -> None:
        """One input: written down first, so that it is there if the process dies of it."""
        self.current.write_bytes(content)
        self.fed += 1
        path = self.folder / f"input-{self.fed}{self.target.suffix}"
        path.write_bytes(content)
        try:
            self.target.feed(path, content)
        except Exception as error:  # whatever it is, it is a finding
            self.note(error, content)
        finally:
            path.unlink()
        if self.fed % 20 == 0:  # libFuzzer ends the process without a word
            (self.folder / "fed").write_text(str(self.fed))

    def note(self, error: Exception, content: bytes) -> None:
        """Keep the first input of each place and kind."""
        frames = traceback.extract_tb(error.__traceback__)
        place = "/".join(f"{Path(one.filename).name}:{one.lineno}" for one in frames[-3:])
        key = f"{type(error).__name__} {place}"
        if key not in self.found:
            self.found[key] = " ".join(str(error).split())[:300]
            name = hashlib.sha256(content).hexdigest()[:12]
            (self.folder / f"finding-{name}").write_bytes(content)
            trace = "".join(traceback.format_exception(error))
            (self.folder / f"finding-{name}.txt").write_text(trace)
            (self.folder / "found.json").write_text(json.dumps(self.found))


def changed(content: bytes, others: list[bytes], random: np.random.Generator) -> bytes:
    """A file with one to eight changes."""
    raw = bytearray(content)
    for _ in range(int(random.integers(1, 9))):
        at = int(random.integers(0, len(raw) + 1))
        size = min(len(raw) - at, int(random.integers(1, 1 + int(2 ** random.uniform(0, 8)))))
        match int(random.integers(0, 8)):
            case 0 if raw:
                raw[min(at, len(raw) - 1)] ^= 1 << int(random.integers(8))
            case 1:
                raw[at : at + size] = random.integers(0, 256, size, np.uint8).tobytes()
            case 2:
                del raw[at : at + size]
            case 3:
                token = TOKENS[int(random.integers(len(TOKENS)))]
                raw[at : at + int(random.integers(0, 1 + len(token)))] = token
            case 4:
                raw[at:at] = raw[at : at + size] * int(random.integers(1, 9))
            case 5:
                number = int(random.choice([0, 1, -1, 2**31 - 1, -(2**31), len(raw), 255]))
                raw[at : at + 4] = number.to_bytes(4, "little", signed=True)
            case 6:
                other = others[int(random.integers(len(others)))]
                start = int(random.integers(0, len(other) + 1))
                raw[at : at + size] = other[start : start + size]
            case _:
                del raw[at:]
        if not raw:
            break
    return bytes(raw[:LONGEST])


def feed_at_random(child: Child, name: str, seconds: float, seed: int) -> None:
    """Seeds first, then changes of them and of what came of them."""
    random = np.random.default_rng(seed)
    good = list(seeds(name))
    for content in good:
        child.feed(content)
    pool, end = list(good), time.monotonic() + seconds
    while time.monotonic() < end:
        at = int(random.integers(len(pool)))
        content = changed(pool[at], good, random)
        child.feed(content)
        if len(pool) < 200:
            pool.append(content)
        elif at >= len(good):  # walks away from the good files, but never leaves them
            pool[at] = content if random.random() < 0.7 else good[at % len(good)]


def feed_by_coverage(child: Child, name: str, seconds: float, seed: int) -> None:
    """By libFuzzer: what reaches a new line is changed further. Ends the process."""
    import atheris  # type: ignore[import-not-found]

    corpus = child.folder / "corpus"
    corpus.mkdir()
    for number, content in enumerate(seeds(name)):
        child.feed(content)
        (corpus / str(number)).write_bytes(content)
    words = child.folder / "words"
    words.write_text(
        "".join(f'"{"".join(f"{chr(92)}x{byte:02x}" for byte in token)}"\n' for token in TOKENS)
    )
    flags = (
        f"-max_total_time={max(1, int(seconds))}",
        f"-seed={seed + 1}",
        f"-max_len={LONGEST}",
        "-len_control=0",
        f"-timeout={int(SLOWEST)}",
        "-rss_limit_mb=0",
        f"-dict={words}",
        f"-artifact_prefix={child.folder}/died-",
        "-print_final_stats=0",
    )
    atheris.Setup([sys.argv[0], *flags, str(corpus)], child.feed)
    atheris.Fuzz()


def be_child(options: argparse.Namespace) -> None:
    """Feed one target until the time is over."""
    (name,) = options.targets
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    child = Child(name, options.child)
    if not options.plain:
        import atheris

        compiled = [_module(path) for path in PACKAGE.rglob("*.py") if b"njit" in path.read_bytes()]
        with atheris.instrument_imports(include=["curate"], exclude=compiled):
            child.feed(b"")
            for content in seeds(name):
                child.feed(content)
    feed = feed_at_random if options.plain else feed_by_coverage
    feed(child, name, options.seconds, options.seed)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def _has_atheris() -> bool:
    import importlib.util

    return importlib.util.find_spec("atheris") is not None


def attack(name: str, options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """Feed one target for so many seconds, in new processes where one died."""
    end, fed, found = time.monotonic() + options.seconds, 0, {}
    round_ = 0
    while (left := end - time.monotonic()) > 0 and round_ < 50:
        folder = scratch / f"{name}-{round_}"
        folder.mkdir()
        seed = options.seed + 1000 * round_
        command = [sys.executable, "-m", "benchmarks.fuzz", "--child", str(folder)]
        command += ["--targets", name, "--seconds", str(left), "--seed", str(seed)]
        command += ["--plain"] if options.plain or not _has_atheris() else []
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            died = _watch(process, folder)
        if (folder / "found.json").exists():
            found |= json.loads((folder / "found.json").read_text())
        fed += int((folder / "fed").read_text()) if (folder / "fed").exists() else 0
        if died:
            content = (folder / "current").read_bytes()
            label = hashlib.sha256(content).hexdigest()[:12]
            (folder / f"finding-{label}").write_bytes(content)
            tail = (folder / "log").read_bytes()[-300:].decode("utf-8", "replace")
            found[f"{died} {label}"] = " ".join(tail.split())
        _keep(folder, options.keep, name)
        round_ += 1
    return {"target": name, "inputs": fed, "found": found}


def _watch(process: subprocess.Popen[bytes], folder: Path) -> str:
    """How it ended, if not of itself: of a signal, or because one input took too long."""
    current = folder / "current"
    started = time.time()
    while process.poll() is None:
        time.sleep(0.2)
        fresh = current.stat().st_mtime if current.exists() else started
        if time.time() - fresh > SLOWEST + 30:
            process.kill()
            process.wait()
            return "hang"
    return f"exit {process.returncode}" if process.returncode else ""


def _keep(folder: Path, keep: Path | None, name: str) -> None:
    for path in folder.glob("finding-*") if keep else ():
        assert keep is not None
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{name}-{path.name}").write_bytes(path.read_bytes())


def table(done: list[dict[str, Any]], options: argparse.Namespace) -> str:
    """A line for each target, and one for each finding."""
    how = "at random" if options.plain or not _has_atheris() else "by coverage"
    lines = [f"{'target':10} {'seconds':>8} {'inputs':>10} {'findings':>9}   ({how})"]
    for one in done:
        count = len(one["found"])
        lines.append(f"{one['target']:10} {options.seconds:8.0f} {one['inputs']:10,} {count:9}")
        lines += [f"    {key}: {text}" for key, text in one["found"].items()]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    """Feed the targets; exit code 1 if anything was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--targets", nargs="+", default=[*TARGETS], choices=[*TARGETS])
    parser.add_argument("--seconds", type=float, default=600, help="for each target [600]")
    parser.add_argument("--processes", type=int, default=1, help="targets at a time [1]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="at random, without atheris")
    parser.add_argument("--keep", type=Path, help="folder for what broke a reader")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.child:
        be_child(options)
        return
    with (
        tempfile.TemporaryDirectory() as scratch,
        ThreadPoolExecutor(options.processes) as pool,
    ):
        done = list(pool.map(lambda one: attack(one, options, Path(scratch)), options.targets))
    print(table(done, options))
    if options.json:
        options.json.write_text(json.dumps(done, indent=1))
    if any(one["found"] for one in done):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
