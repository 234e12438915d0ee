"""What a compiler gave for a program, kept across runs in one SQLite file.

The key is a hash of the source, the commands, the compiler's digest, the limits and our own code,
so an entry is never wrong, only unused. SQLite's write-ahead log lets the workers of one machine
share the file and survives a kill; on a network file system give each machine its own folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import sqlite3
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from curate.errors import EnvironmentError_

_NAME = "compiled.sqlite"
_WAIT_SECONDS = 60


class Memo:
    """Key → plain values.

    Args:
        folder: Made if it is not there.

    Raises:
        EnvironmentError_: It cannot be made, or holds a damaged file.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        with self._errors():
            folder.mkdir(parents=True, exist_ok=True)
            # Tasks come from several threads of a worker, one at a time.
            self._file = sqlite3.connect(
                self._path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            # SQLite does not wait its turn to change the journal: two that begin at once clash.
            with self._path.with_suffix(".lock").open("w") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                self._file.execute("pragma journal_mode=wal")
                self._file.execute("pragma synchronous=normal")
                self._file.execute(
                    "create table if not exists compiled (key text primary key, value blob)"
                    " without rowid"
                )

    def get(self, key: str) -> Any:
        """The values of a key, or None."""
        with self._errors():
            rows = self._file.execute("select value from compiled where key = ?", (key,))
            found = rows.fetchone()
            return None if found is None else json.loads(zlib.decompress(found[0]))

    def put(self, entries: Iterable[tuple[str, Any]]) -> None:
        """Keep entries, all or none."""
        # Level 1: 5 ms/MB, a quarter of IR's size; level 6 takes four times that for a fifth.
        rows = [(key, zlib.compress(json.dumps(value).encode(), 1)) for key, value in entries]
        if not rows:
            return
        with self._errors():
            self._file.execute("begin immediate")
            self._file.executemany("insert or replace into compiled values (?, ?)", rows)
            self._file.execute("commit")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    @contextlib.contextmanager
    def _errors(self) -> Any:
        try:
            yield
        except (sqlite3.DatabaseError, zlib.error, OSError, ValueError) as error:
            raise EnvironmentError_(
                f"the memo {self._path} cannot be used ({error}); delete it, or name another folder"
            ) from error
