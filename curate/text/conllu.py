r"""CoNLL-U: sentences of annotated tokens, read and written without losing a character.

The format of Universal Dependencies (universaldependencies.org/format.html). Tokens here are those
of the surface: a multiword token is one, its words' values joined by ``+``; empty nodes are none.
Where ``# text`` and ``SpaceAfter=No`` cannot hold what lies between two tokens, ``SpacesAfter`` and
``SpacesBefore`` of UDPipe (Straka and Straková 2017) do, with ``\s \t \n \r \p \\`` escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

FIELDS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
VALUES = FIELDS[2:]
FAULTS = (
    "wrong number of columns",
    "empty column",
    "bad token number",
    "comment inside sentence",
    "no tokens",
    "text does not match tokens",
)
_COMMENT = re.compile(r"#\s*([^=\s]+(?:\s+id)?)\s*(?:= ?(.*))?\Z", re.DOTALL)
_NUMBER = re.compile(r"(\d+)(?:-(\d+)|\.(\d+))?\Z")
_ESCAPED = {" ": r"\s", "\t": r"\t", "\n": r"\n", "\r": r"\r", "|": r"\p", "\\": r"\\"}
_MEANT = {escape[1]: character for character, escape in _ESCAPED.items()}
_SPACING = ("SpaceAfter", "SpacesAfter", "SpacesBefore")


class Sentence(NamedTuple):
    """A sentence and its tokens.

    Attributes:
        text: As it was written.
        tokens: Forms; ``text[starts[i]:ends[i]] == tokens[i]``.
        starts, ends: Offsets of code points.
        values: lemma, upos, … misc, each with one value for each token, ``_`` for none.
        comments: Key → value of comments such as ``sent_id``; the value is empty without ``=``.
    """

    text: str
    tokens: list[str]
    starts: list[int]
    ends: list[int]
    values: dict[str, list[str]]
    comments: dict[str, str]


class Fault(NamedTuple):
    """Why a sentence cannot be used.

    Attributes:
        reason: One of ``FAULTS``.
        line: Which of its lines is at fault, counted from 0.
        shown: That line.
        comments: Those read before.
    """

    reason: str
    line: int
    shown: str
    comments: dict[str, str]


class _Surface(NamedTuple):
    form: str
    values: list[str]


def read_sentence(block: str) -> Sentence | Fault:
    r"""Read the lines of one sentence, without the blank one behind it.

    Example:
        >>> fields = "\t_" * 7
        >>> block = f"# text = Il-kelb.\n1\tIl-{fields}\tSpaceAfter=No\n2\tkelb{fields}\t_\n3\t.{fields}\t_"
        >>> read_sentence(block).starts
        [0, 3, 7]
    """  # noqa: E501
    lines = block.split("\n")
    comments: dict[str, str] = {}
    body = 0
    while body < len(lines) and lines[body].startswith("#"):
        found = _COMMENT.match(lines[body])
        if found:
            comments.setdefault(" ".join(found[1].split()), found[2] or "")
        body += 1
    if body == len(lines):
        return Fault("no tokens", 0, lines[0], comments)
    surface: list[_Surface] = []
    state = _State()
    for at, line in enumerate(lines[body:], body):
        reason = _take(line, surface, state)
        if reason:
            return Fault(reason, at, line, comments)
    if not surface or state.inside_until > state.words:
        reason = "bad token number" if surface else "no tokens"
        return Fault(reason, len(lines) - 1, lines[-1], comments)
    forms = [one.form for one in surface]
    values = {name: [one.values[at] for one in surface] for at, name in enumerate(VALUES)}
    placed = _place(forms, values["misc"], comments.get("text"))
    if placed is None:
        return Fault("text does not match tokens", 0, comments["text"], comments)
    text, starts, ends = placed
    return Sentence(text, forms, starts, ends, values, comments)


class _State:
    """Words so far, and the last word of the multiword token that is open."""

    words = 0
    inside_until = 0
    empty_nodes = 0


def _take(line: str, surface: list[_Surface], state: _State) -> str | None:
    """Take in one line; returns what is wrong with it."""
    if line.startswith("#"):
        return "comment inside sentence"
    fields = line.split("\t")
    if len(fields) != len(FIELDS):
        return "wrong number of columns"
    if "" in fields:
        return "empty column"
    number = _NUMBER.match(fields[0])
    if number is None:
        return "bad token number"
    first, last, node = (int(one) if one else None for one in number.groups())
    if node is not None:
        state.empty_nodes += 1
        fits = first == state.words and node == state.empty_nodes
        return None if fits else "bad token number"
    state.empty_nodes = 0
    if first != state.words + 1:
        return "bad token number"
    if last is not None:
        if last < first or first <= state.inside_until:
            return "bad token number"
        state.inside_until = last
        surface.append(_Surface(fields[1], fields[2:]))
        return None
    state.words = first
    if first > state.inside_until:
        surface.append(_Surface(fields[1], fields[2:]))
    else:
        _join(surface[-1].values, fields[2:])
    return None


def _join(whole: list[str], word: list[str]) -> None:
    """Give a multiword token the values of its words, but for its misc, which is its own."""
    for at, value in enumerate(word[:-1]):
        whole[at] = value if whole[at] == "_" else f"{whole[at]}+{value}"


def _place(
    forms: Sequence[str], miscs: Sequence[str], given: str | None
) -> tuple[str, list[int], list[int]] | None:
    """The text and the tokens' offsets; none if the text given is another."""
    gaps, tail = [], ""
    for at, misc in enumerate(miscs):
        before, after = _spacing(misc)
        gaps.append(before if at == 0 else tail + before)
        tail = " " if after is None and at < len(miscs) - 1 else after or ""
    rebuilt = "".join(gap + form for gap, form in zip(gaps, forms, strict=True))
    head = len(gaps[0])
    if given is None or flat(rebuilt + tail) != given:
        bare = rebuilt[head:]
        if given is not None and flat(bare) != given:
            return _align(forms, given)
        gaps[0], rebuilt, tail = "", bare, ""
    starts, ends = [], []
    position = 0
    for gap, form in zip(gaps, forms, strict=True):
        starts.append(position + len(gap))
        position += len(gap) + len(form)
        ends.append(position)
    return rebuilt + tail, starts, ends


def _align(forms: Sequence[str], text: str) -> tuple[str, list[int], list[int]] | None:
    starts, ends = [], []
    position = 0
    for form in forms:
        while position < len(text) and text[position].isspace() and not form[0].isspace():
            position += 1
        if not text.startswith(form, position):
            return None
        starts.append(position)
        position += len(form)
        ends.append(position)
    return None if text[position:].strip() else (text, starts, ends)


def _spacing(misc: str) -> tuple[str, str | None]:
    """What stands before and behind a token, as far as it is said."""
    if "Space" not in misc:
        return "", None
    found = parse_misc(misc)
    after = _unescape(found["SpacesAfter"]) if "SpacesAfter" in found else None
    if after is None and found.get("SpaceAfter") == "No":
        after = ""
    return _unescape(found.get("SpacesBefore", "")), after


def parse_misc(misc: str) -> dict[str, str]:
    """Key → value of a MISC column; a part without ``=`` has an empty value.

    Example:
        >>> parse_misc("SpaceAfter=No|Etymology=Arabic")
        {'SpaceAfter': 'No', 'Etymology': 'Arabic'}
    """
    if misc == "_":
        return {}
    parts = (part.partition("=") for part in misc.split("|"))
    return {key: value for key, _, value in parts if key}


def flat(text: str) -> str:
    """A text on one line, as ``# text`` holds it."""
    return text.translate({ord(mark): " " for mark in "\n\r\0"})


def _escape(gap: str) -> str:
    return "".join(_ESCAPED.get(character, character) for character in gap)


def _unescape(value: str) -> str:
    return re.sub(r"\\([stnrp\\])", lambda found: _MEANT[found[1]], value)


def write_sentence(
    text: str,
    spans: Sequence[tuple[int, int]],
    values: Mapping[str, Sequence[str]],
    comments: Mapping[str, str],
) -> str:
    r"""The lines of one sentence, ended by a blank one; ``read_sentence`` gives the same again.

    Args:
        text: The sentence.
        spans: Start and end of each token in it, ascending.
        values: lemma, upos, … misc of each token; ``_`` for those not given. What ``misc`` says of
            spaces is replaced by what the spans say.
        comments: Written first, in this order, ``# text`` after them.

    Raises:
        ValueError: The format cannot hold it: no token, a token with a tab or line break.

    Example:
        >>> print(write_sentence("Ħobż!", [(0, 4), (4, 5)], {}, {"sent_id": "1"}).split("\n")[2])
        1	Ħobż	_	_	_	_	_	_	_	SpaceAfter=No
    """
    lines = [f"# {key} = {flat(value)}" for key, value in {**comments, "text": text}.items()]
    miscs = values.get("misc") or ["_"] * len(spans)
    others = [values.get(name) or ["_"] * len(spans) for name in VALUES[:-1]]
    for at, (start, end) in enumerate(spans):
        following = spans[at + 1][0] if at + 1 < len(spans) else len(text)
        misc = {key: value for key, value in parse_misc(miscs[at]).items() if key not in _SPACING}
        if at == 0 and start > 0:
            misc["SpacesBefore"] = _escape(text[:start])
        misc.update(_after(text[end:following], is_last=at + 1 == len(spans)))
        column = "|".join(f"{key}={value}" if value else key for key, value in misc.items()) or "_"
        fields = [str(at + 1), text[start:end], *(one[at] or "_" for one in others), column]
        lines.append("\t".join(fields))
    block = "\n".join(lines)
    again = read_sentence(block)
    if isinstance(again, Fault) or (again.text, _spans(again)) != (text, list(spans)):
        raise ValueError("CoNLL-U cannot hold it: no token, or one with a tab or a line break")
    return block + "\n\n"


def _spans(sentence: Sentence) -> list[tuple[int, int]]:
    return list(zip(sentence.starts, sentence.ends, strict=True))


def _after(gap: str, is_last: bool) -> dict[str, str]:
    if gap == ("" if is_last else " "):
        return {}
    return {"SpacesAfter": _escape(gap)} if gap else {"SpaceAfter": "No"}
