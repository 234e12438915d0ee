"""Batch files: the second way to the same answers, for providers that sell them cheaper.

Requests that wait in a cache are written as a JSONL file in the form of OpenAI's Batch API; what
comes back is read into the cache, under the same keys.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from curate.errors import SourceError
from curate.llm.answer import read_response
from curate.llm.cache import Cache
from curate.llm.cassette import write_whole

URL = "/v1/chat/completions"
MOST_REQUESTS, MOST_BYTES = 50_000, 190_000_000
"""OpenAI takes 50,000 requests and 200 MB a file."""


class Read(NamedTuple):
    """What a result file held: answers kept, requests that failed, and lines of other requests."""

    answers: int
    failed: int
    unknown: int


def write_requests(cache: Path, to: Path) -> int:
    """Write requests that wait into a batch file, no more than a file may have; how many.

    Raises:
        SourceError: The file is there already, and may have been sent.
    """
    if to.exists():
        raise SourceError(f"{to}: is there already; it may have been sent, so name another file")
    with Cache(cache) as known:
        lines, keys, size = [], [], 0
        for key, body in known.queued(MOST_REQUESTS):
            plain = {"custom_id": key, "method": "POST", "url": URL, "body": json.loads(body)}
            line = json.dumps(plain, ensure_ascii=False) + "\n"
            size += len(line.encode())
            if size > MOST_BYTES:
                break
            lines.append(line)
            keys.append(key)
        if keys:
            write_whole(to, "".join(lines))
            known.mark_written(keys)
    return len(keys)


def read_results(cache: Path, file: Path) -> Read:
    """Read a result file, or an error file, into the cache; a request that failed is asked again.

    Raises:
        SourceError: It cannot be read, or is no such file.
    """
    counts = {"answers": 0, "failed": 0, "unknown": 0}
    try:
        with Cache(cache) as known, file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    counts[_take(known, _parse(line, f"{file}:{number}"))] += 1
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: no results can be read there ({error})") from None
    return Read(**counts)


def _parse(line: str, where: str) -> dict[str, Any]:
    try:
        plain = json.loads(line)
    except ValueError:
        plain = None
    if not isinstance(plain, dict) or not isinstance(plain.get("custom_id"), str):
        raise SourceError(f"{where}: no line of a batch's results; is the file whole?")
    return plain


def _take(cache: Cache, plain: dict[str, Any]) -> str:
    """Keep one result; what became of it."""
    key, response = plain["custom_id"], plain.get("response") or {}
    try:
        if plain.get("error") or response.get("status_code", 200) != 200:
            raise ValueError("the request failed")
        answer = read_response(response.get("body"))
    except ValueError:
        cache.release(key, doubtful=False)
        return "failed"
    return "answers" if cache.settle(key, answer) else "unknown"
