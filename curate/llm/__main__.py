"""Look after a cache of answers: ``python -m curate.llm ledger|requests|results|drop|cassette``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from curate.errors import CurateError
from curate.llm.batch import read_results, write_requests
from curate.llm.cache import Cache
from curate.llm.cassette import write_cassette

COMMANDS = {
    "ledger": "what the calls cost, by model",
    "requests": "write requests that wait into FILE, a batch file",
    "results": "read FILE, the results or errors of a batch, into the cache",
    "drop": "forget requests that wait for or stand in batch files",
    "cassette": "record all answers into FILE, for --sample and tests",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser("python -m curate.llm", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("cache", type=Path, metavar="CACHE")
        if name not in {"ledger", "drop"}:
            command.add_argument("file", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    try:
        if not given.cache.is_file():
            raise CurateError(f"{given.cache}: no cache there; see the recipe's option cache")
        text = _run(given.command, given.cache, getattr(given, "file", Path()))
    except CurateError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{text}\n")
    return 0


def _run(command: str, cache: Path, file: Path) -> str:
    if command == "ledger":
        return _ledger(cache)
    if command == "requests":
        return f"{file}: {write_requests(cache, file):,} requests"
    if command == "results":
        read = read_results(cache, file)
        others = f"{read.failed:,} failed, {read.unknown:,} of other requests"
        return f"{read.answers:,} answers, {others}"
    if command == "cassette":
        return f"{file}: {write_cassette(cache, file):,} answers"
    with Cache(cache) as known:
        return f"{known.drop_batches():,} requests forgotten"


def _ledger(path: Path) -> str:
    lines = []
    with Cache(path) as cache:
        for model, spent in cache.ledger().items():
            tokens = f"{spent.input_tokens:,} + {spent.output_tokens:,} tokens"
            lines.append(f"{model}: {spent.calls:,} calls, {tokens}, {spent.usd:.4f} USD")
            if spent.doubtful_calls:
                most = f"{spent.doubtful_tokens:,} tokens, {spent.doubtful_usd:.4f} USD"
                lines.append(f"  perhaps billed: {spent.doubtful_calls:,} calls, at most {most}")
    return "\n".join(lines) or "no calls yet"


if __name__ == "__main__":
    sys.exit(main())
