"""Cassettes: recorded answers in a text file that lies beside the recipe, for tests and samples.

One JSON object a line, sorted by key: ``key``, ``request`` (the body as it was sent) and
``answer``. The same answers give the same bytes.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

from curate.errors import SourceError
from curate.llm.answer import Answer
from curate.llm.cache import Cache
from curate.llm.request import Request


def write_cassette(cache: Path, to: Path) -> int:
    """Record every answer of a cache; how many there are."""
    lines = []
    with Cache(cache) as known:
        for key, request, answer in known.recorded():
            plain = {"key": key, "request": json.loads(request), "answer": json.loads(answer)}
            lines.append(_line(plain))
    write_whole(to, "".join(lines))
    return len(lines)


def _line(plain: dict[str, Any]) -> str:
    text = json.dumps(plain, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a model wrote half a surrogate pair
        text = json.dumps(plain)
    return f"{text}\n"


def write_whole(path: Path, text: str) -> None:
    """Write a text file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_cassette(path: Path) -> dict[str, Answer]:
    """Recorded answers by key.

    Raises:
        SourceError: It cannot be read, or a key is not that of its request.
    """
    try:
        status = path.stat()
        return _read(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        hint = "check cassette:, or record one from a cache"
        raise SourceError(f"{path}: no cassette there ({error.strerror}); {hint}") from None


@functools.lru_cache(maxsize=8)
def _read(path: Path, size: int, changed_ns: int) -> dict[str, Answer]:
    answers = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                plain = json.loads(line)
                answers[plain["key"]] = Answer.from_plain(plain["answer"])
                found = Request.of_body(plain["request"]).key
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise SourceError(f"{path}:{number}: no recorded answer ({error!r})") from None
            if found != plain["key"]:
                hint = "record it again instead of editing it"
                raise SourceError(f"{path}:{number}: the key is not of this request; {hint}")
    return answers
