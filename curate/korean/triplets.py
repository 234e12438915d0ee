"""Texts made of a text, put together: triplets, and pairs with a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from curate.korean.analysis import seed_of
from curate.korean.endings import compared


class Made(NamedTuple):
    """A text made from another one.

    Attributes:
        text: The new text.
        rule: What made it: a rule, or the column that it stood in.
        lang: Its language, ISO 639-3.
        spans: What was changed, as mappings with ``start``, ``before`` and ``after``; None where
            nobody says.
        seed: What the choice was seeded with; None where there was none.
        worded_as: Rule of the positive whose other wording it has, too.
    """

    text: str
    rule: str
    lang: str
    spans: Sequence[Mapping[str, Any]] | None
    seed: int | None

    worded_as: str | None = None

    @property
    def origin(self) -> str:
        """Whether a rule made it or a column gave it."""
        return "column" if self.seed is None else "rule"


def companions(column: str) -> dict[str, str]:
    """Names of the columns that say how the texts of a column of lists were made.

    Example:
        >>> companions("negatives")["rules"]
        'negative_rules'
    """
    stem = column.removesuffix("s")
    return {name: f"{stem}_{name}" for name in ("rules", "spans", "seeds")}


def made(row: Mapping[str, Any], columns: Sequence[str], langs: Mapping[str, str]) -> list[Made]:
    """All texts of these columns of a row: lists of texts with their evidence, or one text.

    Args:
        row: Column → value.
        columns: Where to look, in order.
        langs: Column → language; "" is that of all others.
    """
    found = []
    for column in columns:
        value = row.get(column)
        texts = value if isinstance(value, list) else [value]
        beside = {key: row.get(name) for key, name in companions(column).items()}
        for at, text in enumerate(texts):
            if text is None or not text.strip():
                continue
            rule, spans, seed = (_item(beside[key], at) for key in ("rules", "spans", "seeds"))
            lang = langs.get(column, langs[""])
            found.append(Made(text, column if rule is None else rule, lang, spans, seed))
    return found


def _item(values: Any, at: int) -> Any:
    return values[at] if isinstance(values, list) and at < len(values) else None


def distinct(anchor: str, positives: Sequence[Made], negatives: Sequence[Made]) -> list[list[Made]]:
    """Positives and negatives without copies: of the anchor, of each other, of the other side.

    A negative that says what a positive says, register and spaces aside, is none.

    Example:
        >>> one, two = (Made(text, "r", "kor", None, None) for text in ("올랐다", "올랐습니다"))
        >>> [len(side) for side in distinct("내렸다", [one], [two])]
        [1, 0]
    """
    seen, kept = {anchor}, []
    known: set[str] = {compared(anchor)}
    for side in (positives, negatives):
        same = set(known)
        mine = []
        for one in side:
            key = compared(one.text)
            if one.text in seen or (side is negatives and key in known):
                continue
            seen.add(one.text)
            same.add(key)
            mine.append(one)
        known = same
        kept.append(mine)
    return kept


def reworded(anchor: str, positive: Made, negative: Made) -> Made | None:
    """The negative in the other wording of the positive; None where their spans meet.

    Example:
        >>> up = {"start": 4, "before": "올랐다", "after": "올랐습니다"}
        >>> rate = {"start": 0, "before": "금리", "after": "주가"}
        >>> one = Made("금리가 올랐습니다.", "register", "kor", [up], 1)
        >>> reworded("금리가 올랐다.", one, Made("주가가 올랐다.", "entity", "kor", [rate], 2)).text
        '주가가 올랐습니다.'
    """
    if not positive.spans or not negative.spans or positive.lang != negative.lang:
        return None
    edits = sorted([*positive.spans, *negative.spans], key=lambda one: int(one["start"]))
    parts, last = [], -1
    for one in edits:
        start, end = one["start"], one["start"] + len(one["before"])
        # touching edits might no longer agree: a particle with the word before it
        if start <= last:
            return None
        parts += [anchor[max(last, 0) : start], one["after"]]
        last = end
    text = "".join([*parts, anchor[max(last, 0) :]])
    return negative._replace(text=text, spans=edits, worded_as=positive.rule)


def chosen(share: float, anchor: str, negative: Made) -> bool:
    """Whether this negative is among a share of them, drawn by the hash of both texts."""
    return seed_of(0, f"reworded {negative.text}", anchor) < share * 2.0**63


def triplets(
    anchor: str,
    positives: Sequence[Made],
    negatives: Sequence[Made],
    shares: Mapping[str, float],
) -> list[tuple[Made, Made]]:
    """Each text of the longer side once, with those of the shorter in turn.

    Args:
        anchor: The text of all of them.
        positives: What means the same.
        negatives: What does not.
        shares: Rule of a positive → how many of its negatives are to have its wording, 0 to 1.
    """
    if not positives or not negatives:
        return []
    found = []
    for at in range(max(len(positives), len(negatives))):
        positive, negative = positives[at % len(positives)], negatives[at % len(negatives)]
        if chosen(shares.get(positive.rule, 0.0), anchor, negative):
            negative = reworded(anchor, positive, negative) or negative
        found.append((positive, negative))
    return found
