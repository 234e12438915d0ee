"""A connection whose answers end: within bytes, unpacked or not, and within time.

Whoever answers at an endpoint may send a gigabyte, a kilobyte that unpacks to one, or a letter a
second for ever. Answers of language models are some kilobytes.
"""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Iterator
from typing import Any

MOST_BYTES = 16 << 20
LONGEST_CALL = 3600.0  # seconds from the answer's head to its end


def bounded_client() -> Any:
    """The client of HTTP that ``openai`` takes, with an end to every answer."""
    import openai

    kinds = openai.DefaultHttpxClient.__mro__
    # Versions of openai stand on different libraries of one interface.
    home = next(one.__module__ for one in kinds if one.__name__ == "Client")
    library: Any = sys.modules[home.partition(".")[0]]

    class Ending(library.SyncByteStream):  # type: ignore[misc]
        def __init__(self, inner: Any, is_packed: bool) -> None:
            self._inner, self._is_packed = inner, is_packed

        def __iter__(self) -> Iterator[bytes]:
            return _within_bounds(self._inner, self._is_packed, library)

        def close(self) -> None:
            self._inner.close()

    def bound(response: Any) -> None:
        packed = response.headers.pop("Content-Encoding", "").lower()
        if packed not in ("", "identity", "gzip", "x-gzip"):
            said = f"the answer is packed with {packed}, and gzip was asked for"
            raise library.DecodingError(said)
        response.stream = Ending(response.stream, packed.endswith("gzip"))

    return openai.DefaultHttpxClient(event_hooks={"response": [bound]})


def _within_bounds(pieces: Any, is_packed: bool, library: Any) -> Iterator[bytes]:
    left, until = MOST_BYTES, time.monotonic() + LONGEST_CALL
    unpacker = zlib.decompressobj(wbits=31)
    for piece in pieces:
        try:
            piece = unpacker.decompress(piece, left + 1) if is_packed else piece
        except zlib.error as error:
            raise library.DecodingError(f"the answer is damaged: {error}") from None
        left -= len(piece)
        if left < 0:
            raise library.ReadError(f"the answer has more than {MOST_BYTES >> 20} MB")
        if time.monotonic() > until:
            raise library.ReadTimeout(f"the answer takes over {LONGEST_CALL:g} s")
        yield piece
