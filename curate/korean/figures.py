"""Shifts of figures and of time: another amount, another period.

Counts and amounts only, never the number of an article: a figure is changed together with its unit,
wherever the text gives it again, and keeps its decimals and its trailing zeros.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from curate.korean.analysis import Edit, Piece, particle, shuffled

_UNIT = "|".join(
    (
        r"%포인트|%p|%|％|퍼센트|포인트|억|조(?= ?\d|원| 원|달러)|만(?! ?\d)|천(?=원|만|억|명)",
        r"원(?![가-힣]{2})|달러|엔(?![가-힣])|유로(?!존)|위안|톤|곳|년간|bp",
        r"배(?=[ 를로가에의,.]|까지|이상)|명(?![령단예칭시확백])|건(?=[ 을이의,.으에])",
        r"개(?=[ 를가의,.사국월소년])|회(?=[ 에를,])",
        r"년 (?:동안|이내|이상|이하)|세 (?:이상|이하|미만)",
    )
)
FIGURE = re.compile(
    rf"(?<![\d.,제A-Za-z:/~-])((?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)(\s?(?:{_UNIT}))"
)
_FUTURE = re.compile("내년|향후|앞으로|전망|예상|예정|계획|것으로 보|겠|할 것")
_PAST = re.compile(
    "[았었였했됐렸졌켰쳤났봤갔왔섰냈셨뒀줬웠꼈렀몄폈혔겼뤘썼컸빴](?:다|습니다|으|고|지만|음|던)"
)


# 1조 8,000억: what follows stays below the next larger unit
_PART = re.compile(r"\d[조억만] ?\Z")


def figure(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """Another amount, 20 to 60 % away."""
    found = list(FIGURE.finditer(piece.text, piece.start, piece.end))
    for at in shuffled(range(len(found)), chance):
        one = found[at]
        other = _other(one.group(1), one.group(2), chance)
        if other and not (_PART.search(piece.text[: one.start()][-4:]) and _size(other) >= 10_000):
            yield Edit(one.start(), one.end(), other + one.group(2))


def _size(said: str) -> float:
    return float(said.replace(",", ""))


def _other(said: str, unit: str, chance: random.Random) -> str | None:
    value = _size(said)
    whole, _, decimals = said.partition(".")
    if value == 0 or (value == 100 and "%" in unit):
        return None
    digits = whole.replace(",", "")
    step = 10.0 ** -len(decimals) if decimals else 10.0 ** (len(digits) - len(digits.rstrip("0")))
    for _ in range(8):
        moved = value * (1 + chance.choice((-1, 1)) * chance.uniform(0.2, 0.6))
        moved = max(step, round(moved / step) * step)
        if "%" in unit and value < 100:
            moved = min(moved, 100 - step)
        grouped = "," if "," in whole else ""
        other = f"{moved:{grouped}.{len(decimals)}f}"
        if other != said:
            return other
    return None


def everywhere(edit: Edit, text: str) -> list[Edit]:
    """The edit of a figure at every place where the text gives the same figure and unit."""
    said = text[edit.start : edit.end]
    places = [one for one in FIGURE.finditer(text) if one.group() == said]
    return [edit._replace(start=one.start(), end=one.end()) for one in places] or [edit]


Change = Callable[[re.Match[str], random.Random], str]


def _year(one: re.Match[str], chance: random.Random) -> str:
    return f"{int(one.group(1)) + chance.choice((-2, -1, 1, 2))}년"


def _quarter(one: re.Match[str], chance: random.Random) -> str:
    others = [quarter for quarter in "1234" if quarter != one.group(1)]
    return chance.choice(others) + one.group()[1:]


def _month(one: re.Match[str], chance: random.Random) -> str:
    return f"{(int(one.group(1)) + chance.choice((2, 3, 4)) - 1) % 12 + 1}월"


def _day(one: re.Match[str], chance: random.Random) -> str:
    return f"{(int(one.group(1)) + chance.choice((3, 5, 7)) - 1) % 28 + 1}일"


def _to(other: str) -> Change:
    return lambda one, chance: other


_PERIODS: tuple[tuple[str, Change], ...] = (
    (r"(?<!\d)((?:19|20)\d\d)년(?! ?대|도|간)", _year),
    (r"(?<![\d.])([1-4]) ?분기", _quarter),
    ("상반기", _to("하반기")),
    ("하반기", _to("상반기")),
    ("전년 동기", _to("전분기")),
    ("전년 대비", _to("전월 대비")),
    ("전월 대비", _to("전년 대비")),
    ("내년", _to("내후년")),
    ("지난해(?!부)", _to("재작년")),
    # no day after it, or one that every month has
    (r"(?<![\d.])(1[0-2]|[1-9])월(?=에|까지|부터|말|초|중|,|은|의| (?!\d))", _month),
    (r"(?<![\d.])(1[0-2]|[1-9])월(?= ?(?:1?\d|2[0-8])일)", _month),
    (r"(?<![\d.])([12]?\d|3[01])일(?= [^(]|에|까지|부터|,|자)(?! ?(?:이내|이상|전|후|동안))", _day),
)
_PATTERNS = tuple((re.compile(pattern), change) for pattern, change in _PERIODS)


def period(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """Another year, quarter, month or day."""
    found = [
        (one, change)
        for pattern, change in (*_PATTERNS, (re.compile("올해(?! 들어)"), None))
        for one in pattern.finditer(piece.text, piece.start, piece.end)
    ]
    for at in shuffled(range(len(found)), chance):
        one, change = found[at]
        after = change(one, chance) if change else _this_year(piece)
        if not after or after == one.group():
            continue
        following = piece.text[one.end() : one.end() + 2]
        agreeing = particle(after, following)
        changed = 0 if agreeing == following else len(following)
        yield Edit(one.start(), one.end() + changed, after + agreeing[:changed])


def _this_year(piece: Piece) -> str:
    """The year after if the piece looks ahead, the one before if it tells, else neither."""
    said = piece.text[piece.start : piece.end]
    if _FUTURE.search(said):
        return "내년"
    return "지난해" if _PAST.search(said) else ""


PERIOD_HINT = re.compile("[년월일기]|대비|올해|지난해")
