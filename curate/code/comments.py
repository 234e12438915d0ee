"""What the comments of a program say, and how much of it they are."""

from __future__ import annotations

import re
from typing import NamedTuple

from curate.code.scan import spans

MOST_BYTES = 16_384
"""Bytes of comments that are read for their language and for personal data."""
_MARKS = re.compile(
    rb"^[ \t]*(?:/[/*]+!?|\*+/?|#+[!\[]?|--+(?:[ ]?[|^])?|\{-(?:[ ]?[|^])?|!+[<>]?|/\++)"
    rb"|[*+#=_~-]{3,}|(?:\*+/|-\}|\++/|\]#+)[ \t]*$",
    re.MULTILINE,
)
_WHITE = re.compile(rb"\s+")


class Comments(NamedTuple):
    """The comments of a program.

    Attributes:
        text: Without their marks, a line for each of theirs, at most ``MOST_BYTES`` bytes.
        share: Their part of all bytes that are not white, 0 to 1; 0 for an empty program.
    """

    text: str
    share: float


def comments_of(text: bytes, language: str) -> Comments:
    r"""The comments of a program; Python's strings for documentation are none.

    Example:
        >>> comments_of(b"/* Adds.\n * Twice. */ a+b; // end", "c").text
        'Adds.\n Twice. \n end'
    """
    found = [text[one.start : one.end] for one in spans(text, language) if one.is_comment]
    whole = len(_WHITE.sub(b"", text))
    if not found or not whole:
        return Comments("", 0.0)
    share = len(_WHITE.sub(b"", b"".join(found))) / whole
    said = b"\n".join(found)[:MOST_BYTES]
    return Comments(_MARKS.sub(b"", said).strip().decode("utf-8", "replace"), share)
