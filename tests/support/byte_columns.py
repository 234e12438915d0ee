"""Arrow columns of strings that hold any bytes, as a Parquet file may, which Arrow never checks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

HOSTILE: dict[str, bytes | None] = {
    "null": None,
    "empty": b"",
    "white space": b"\n\n\r\n\t ",
    "other white space": "\u2028\u2029\x85\u3000".encode(),
    "nul": b"\0",
    "nul inside": b"one\0two\0 three",
    "not utf-8": b"\xff\xfe\xfd",
    "not utf-8 inside": b"good \xff words and bad \xc3",
    "lone surrogates": b"\xed\xa0\x80 \xed\xb0\x80 one",
    "a surrogate pair": b"\xed\xa0\xbd\xed\xb8\x80",
    "cut off": "ไ".encode()[:2],
    "overlong": b"\xc0\x80",
    "beyond unicode": b"\xf4\x90\x80\x80",
    "end of sentence": b"</s>",
    "label": b"__label__x __label__eng_Latn",
    "emoji": "😀🎉👩‍👩‍👧".encode(),
    "one word of 10 MB": b"word" * 2_500_000,
    "sentence": b"This is a plain line of English text, with an end.",
}


def column_of(
    raw: Sequence[bytes | None], kind: pa.DataType | None = None
) -> pa.StringArray | pa.LargeStringArray:
    """Bytes as strings, without a check.

    Args:
        raw: What the rows hold.
        kind: ``pa.string()``, or ``pa.large_string()``.
    """
    kind = kind or pa.string()
    width = np.int32 if kind == pa.string() else np.int64
    ends = np.cumsum([0, *(len(one or b"") for one in raw)]).astype(width)
    valid = np.packbits(np.array([one is not None for one in raw], np.bool_), bitorder="little")
    buffers = [valid.tobytes(), ends.tobytes(), b"".join(one or b"" for one in raw)]
    return pa.Array.from_buffers(kind, len(raw), list(map(pa.py_buffer, buffers)))
