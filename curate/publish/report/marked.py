"""Texts of rows as HTML: what was changed, masked or repeated is marked, everything is escaped."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from curate.publish.report.words import readable

MOST = 420  # characters of a text that are shown
LEAD = 120  # characters before the first mark, if that lies far in
SEARCHED = 20_000  # characters in which marks are looked for
MASK = re.compile(r"<(?:email|ip|iban|phone)>")
_NGRAM = re.compile(r"(\d+)-grams?\b")
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def language_tag(row: Mapping[str, Any]) -> str:
    """BCP 47 tag of a row's text, from its columns ``language`` and ``script``; or nothing."""
    import langcodes

    language, script = row.get("language"), row.get("script")
    if not isinstance(language, str) or not language:
        return ""
    named = f"{language}-{script}" if isinstance(script, str) and "_" not in language else language
    try:
        tag = langcodes.standardize_tag(named.replace("_", "-"))
    except (ValueError, LookupError):
        return ""
    return tag if _TAG.fullmatch(tag) else ""


def shown(before: str | None, after: str | None, reason: str | None) -> Markup:
    """A text as it came, with marks: repeated where that was the reason, changes, masks.

    Args:
        before: As the source gave it; None if that is not known.
        after: As it left.
        reason: Why its row was rejected; None if it was kept.
    """
    if reason and (found := _NGRAM.search(reason)):
        return _repeated(readable(after or before, SEARCHED), int(found[1]))
    if reason and ("duplicate lines" in reason or "duplicate paragraphs" in reason):
        return _repeated_lines(readable(after or before, SEARCHED))
    if before is not None and after is not None and before != after:
        return _changed(readable(before, SEARCHED), readable(after, SEARCHED))
    text = readable(after if after is not None else before or "", SEARCHED)
    mark = MASK.search(text)
    return _masked(_window(text, mark.start() if mark else 0))


def _window(text: str, at: int) -> str:
    """So much of a text as is shown, with the place ``at`` near its beginning."""
    start = _start(text, at)
    cut = text[start : start + MOST]
    return f"{'…' if start else ''}{cut}{'…' if start + MOST < len(text) else ''}"


def _start(text: str, at: int) -> int:
    """The beginning of a word, not far before the place ``at`` if that lies far in."""
    if at <= MOST - LEAD:
        return 0
    return text.find(" ", at - LEAD, at) + 1 or at


def _mark(kind: str, said: str, text: str | Markup) -> Markup:
    return Markup('<mark class="{}" title="{}">{}</mark>').format(kind, said, text)


def _masked(text: str) -> Markup:
    out, at = Markup(), 0
    for found in MASK.finditer(text):
        out += escape(text[at : found.start()]) + _mark("masked", "masked", found[0])
        at = found.end()
    return out + escape(text[at:])


def _repeated(text: str, length: int) -> Markup:
    """Words that lie in an n-gram of words seen more than once."""
    pieces = re.findall(r"\S+|\s+", text)
    places = [place for place, piece in enumerate(pieces) if not piece.isspace()]
    words = [pieces[place].casefold() for place in places]
    grams = [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]
    seen = Counter(grams)
    again = {
        places[start + more]
        for start, gram in enumerate(grams)
        if seen[gram] > 1
        for more in range(length)
    }
    return _runs(pieces, again, f"{length} words that stand more than once")


def _repeated_lines(text: str) -> Markup:
    lines = text.splitlines(keepends=True)
    seen = Counter(line.strip() for line in lines)
    again = {place for place, line in enumerate(lines) if line.strip() and seen[line.strip()] > 1}
    return _runs(lines, again, "a line that stands more than once")


def _runs(pieces: list[str], marked: set[int], said: str) -> Markup:
    """Neighbouring pieces under one mark, the spaces between them included; cut as a window."""
    start = _start("".join(pieces), sum(map(len, pieces[: min(marked, default=0)])))
    out, run, at = Markup("…" if start else ""), "", 0
    for place, piece in enumerate(pieces):
        begin, at = at, at + len(piece)
        if at <= start or begin >= start + MOST:
            continue
        inside = place in marked or (
            bool(run) and piece.isspace() and place + 1 in marked and place - 1 in marked
        )
        if not inside and run:
            out += _mark("repeated", said, run)
            run = ""
        cut = piece[max(0, start - begin) : start + MOST - begin]
        run, out = (run + cut, out) if inside else (run, out + escape(cut))
    out += _mark("repeated", said, run) if run else ""
    return out + ("…" if at > start + MOST else "")


def _changed(before: str, after: str) -> Markup:
    """Word by word, what went and what came."""
    pairs = enumerate(zip(before, after, strict=False))
    start = _start(before, next((at for at, (a, b) in pairs if a != b), len(before)))
    old, new = (re.findall(r"\S+|\s+", _cut(text[start:])) for text in (before, after))
    out = Markup("…" if start else "")
    for kind, a, b, c, d in _edits(old, new):
        if kind == "equal":
            out += escape("".join(old[a:b]))
            continue
        if gone := "".join(old[a:b]):
            out += Markup("<del>{}</del>").format(gone)
        if came := "".join(new[c:d]):
            out += Markup("<ins>{}</ins>").format(_masked(came))
    return out


def _cut(text: str) -> str:
    return text if len(text) <= MOST else f"{text[:MOST]}…"


def _edits(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    yield from difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
