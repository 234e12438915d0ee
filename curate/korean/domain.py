"""Whether a Korean text is finance news, law, a research report or a disclosure: rules by column.

The rules are those of NMIXX's ``data_filter.py``, restated for whole columns: patterns by RE2 in
Arrow, words by polars (24 times as fast as Arrow's search), and NumPy on code points for the one
rule that RE2 cannot say (a symbol three times in a row). Two profiles: ``legacy`` keeps exactly the
rows that the authors keep, ``default`` mends what is wrong there:

- ``A.`` ends any sentence in "a.": a mark of questions and answers now begins a line.
- ETF, FX and S&P were looked for in lower-cased text and never found.
- Cleaning joined all lines, so that paragraphs were lost: now only blanks and empty lines go.
- The bare word for copyright rejected copyright law: now a notice has to be one.
- Legal words counted by length fail long texts: three different ones are enough.
- A word for "reason" made nearly anything a ruling: it now has to be a heading.
- Lengths are judged once, after cleaning.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

Profile = Literal["default", "legacy"]
Mask = npt.NDArray[np.bool_]
DOMAINS = ("news", "law", "report", "disclosure")
NAMES = {"뉴스": "news", "법률": "law", "리포트": "report", "공시": "disclosure"}
LEAST_CHARACTERS = {"news": 50, "law": 100, "report": 100, "disclosure": 200}
LEAST_TRAITS = {"law": 1, "report": 2, "disclosure": 3}
ALWAYS_LEAST, ALWAYS_BELOW = 30, 2000
REASONS = (
    "no text",
    "unknown domain",
    "other language",
    "too short",
    "copyright notice",
    "repeated symbol",
    "questions and answers",
    "advertisement",
    "too many line breaks",
    "no finance word",
    "too few legal words",
    "no legal structure",
    "program code",
    "too few report traits",
    "too few disclosure traits",
    "too short once cleaned",
    "too long",
)
"""Why a row goes, in the order in which rules are applied."""

# RE2's \s and \d are ASCII; these are Python's.
_RARE = (
    r"\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
)
_S, _NOT_S, _BLANK = rf"[\t-\r{_RARE}]", rf"[^\t-\r{_RARE}]", rf"[\t\x{{0b}}-\r{_RARE}]"
_D = r"\p{Nd}"
_STRIPPED = "".join(chr(point) for point in range(0x3001) if chr(point).isspace())

_COPYRIGHT = {
    "legacy": r"(?i)저작권|Copyright|©|All rights reserved",
    "default": r"(?i)저작권자\s*[(ⓒ©:<]|무단\s*(?:전재|복제)|재배포\s*금지|ⓒ|©"
    r"|Copyright\s*(?:\(c\)|by\b|\d{4})|All rights reserved",
}
_QUESTIONS = {
    "legacy": r"(?i)[QA][.:]|(?:질문|답변)[.:]",
    "default": rf"(?:^|\n){_S}*[QA]\d*[.:]|(?:^|[^\p{{L}}])(?:질문|답변)[.:]",
}
_ADVERTISEMENT = r"(?i)광고|click here|지금 가입|무료 체험|[0-9]{2,3}%-[0-9]{2,3}%"
_CODE = rf"```|def |function |class |import |if{_S}*\(|for{_S}*\("
_HEADINGS = rf"주{_S}*문|이{_S}*유|판단|결론"
_LAW = (rf"제{_D}+조", rf"제{_D}+항", rf"제{_D}+호", rf"대법원.*{_D}{{4}}[가-힣]{{1,4}}{_D}+",
        "「.*」", "『.*』")  # fmt: skip
_REPORT = (
    rf"(?i)표{_S}*{_D}+|그림{_S}*{_D}+|차트|그래프|Figure|Table|출처|통계",
    rf"(?i)\({_D}{{4}}\)|et al\.|참고문헌|References|인용|출처:",
    rf"(?i){_D}+\.{_D}+%|{_D}+,{_D}+|\(p{_S}*<{_S}*0\.{_D}+\)|평균|표준편차|증가율",
    "(?i)분석|비교|검토|조사|평가|측정|연구 방법|분석 방법",
    rf"(?i){_D}{{4}}년|{_D}{{1,2}}월|분기|전년 대비|전월 대비",
)
_DISCLOSURE = (
    rf"^[\[(【].*공시[\])】]|제{_D}+기|기업공시|분기보고서|감사보고서",
    rf"{_D}{{1,3}}(?:,{_D}{{3}})+|{_D}+\.{_D}+%|매출액|영업이익|당기순이익|ROE|ROA",
    "회사명|대표이사|본점소재지|IR담당자|상장주식수|종목코드",
    "유상증자|무상증자|배당|주당|액면가|자기주식|전환사채",
    "이사회|결의사항|주주총회|감사위원회|사외이사|대표이사",
)
_LINE = rf"(?:^|\n){_BLANK}*(?:{_HEADINGS}){_BLANK}*(?:\n|$)"
_TRAITS = {
    ("law", "legacy"): (*_LAW, _HEADINGS),
    ("law", "default"): (*_LAW, rf"[【\[<]{_S}*(?:{_HEADINGS}){_S}*[】\]>]|{_LINE}"),
    ("report", "legacy"): _REPORT,
    ("report", "default"): _REPORT,
    ("disclosure", "legacy"): _DISCLOSURE,
    ("disclosure", "default"): _DISCLOSURE,
}


class Judged(NamedTuple):
    """What the rules say of a column of texts.

    Attributes:
        failed: Which rule each row breaks, bool, shape (len(REASONS), rows).
        characters: Characters of the cleaned text, int64, shape (rows,).
        words: Different finance words (news) or legal words (law) in it; -1 elsewhere.
        traits: How many kinds of structure it shows (law, report, disclosure); -1 elsewhere.
    """

    failed: npt.NDArray[np.bool_]
    characters: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]
    traits: npt.NDArray[np.int64]


def judge(
    texts: pa.Array, domains: pa.Array, languages: pa.Array | None = None, *, profile: Profile
) -> Judged:
    """Apply every rule to every text of its domain.

    Args:
        texts: string.
        domains: string, one of ``DOMAINS`` or ``NAMES``; anything else is unknown.
        languages: string, ``ko``, ``kor``, ``en``, …; ``legacy`` judges English by length alone,
            as the authors do, ``default`` rejects all but Korean.
        profile: Whose rules.

    Example:
        >>> text = "코스피가 외국인의 순매수에 힘입어 상승 마감했다. " * 3
        >>> found = judge(pa.array([text, "짧다"]), pa.array(["news", "뉴스"]), profile="default")
        >>> [[REASONS[rule] for rule in row.nonzero()[0]] for row in found.failed.T]
        [[], ['too short', 'no finance word', 'too short once cleaned']]
    """
    rows = len(texts)
    domain = canonical(domains).to_numpy(zero_copy_only=False)
    null = texts.is_null().to_numpy(zero_copy_only=False)
    texts = texts.fill_null("")
    found = Judged(
        np.zeros((len(REASONS), rows), np.bool_),
        np.zeros(rows, np.int64),
        np.full(rows, -1, np.int64),
        np.full(rows, -1, np.int64),
    )
    unruled = np.zeros(rows, np.bool_)
    if languages is not None:
        korean = _mask(pc.is_in(languages, pa.array(["ko", "kor"])))
        english = _mask(pc.is_in(languages, pa.array(["en", "eng"])))
        unruled = ~korean
        passes = korean | english if profile == "legacy" else korean
        found.failed[REASONS.index("other language")] = ~passes
    for name in DOMAINS:
        at = np.flatnonzero(domain == name)
        if at.size:
            _judge_one(texts.take(pa.array(at)), name, profile, at, found)
    length_rule = REASONS.index("too short once cleaned")
    domain_rules = slice(REASONS.index("too short"), length_rule)
    found.failed[domain_rules, unruled] = False
    found.failed[REASONS.index("unknown domain")] = ~np.isin(domain, DOMAINS)
    found.failed[:, null] = False
    found.failed[REASONS.index("no text")] = null
    return found


def canonical(domains: pa.Array) -> pa.Array:
    """English names of domains; null where it is none."""
    names = pa.array([*DOMAINS, *NAMES])
    english = pa.array([*DOMAINS, *NAMES.values()])
    return english.take(pc.index_in(domains, names))


def _judge_one(
    texts: pa.Array, domain: str, profile: Profile, at: npt.NDArray[np.int64], found: Judged
) -> None:
    """Judge texts of one domain and put what is found at their rows."""
    legacy = profile == "legacy"
    cleaned = clean(texts, profile)
    size = pc.utf8_length(cleaned).to_numpy().astype(np.int64)
    found.characters[at] = size
    judged_size = pc.utf8_length(texts).to_numpy() if legacy else size
    fails: dict[str, Mask] = {
        "too short": judged_size < LEAST_CHARACTERS[domain],
        "copyright notice": _matches(texts, _COPYRIGHT[profile]),
        "repeated symbol": has_repeated_symbol(texts),
        "questions and answers": _matches(texts, _QUESTIONS[profile]),
        "too short once cleaned": size < ALWAYS_LEAST,
        "too long": size >= ALWAYS_BELOW,
    }
    if domain == "news":
        words = found.words[at] = _finance_words(cleaned, profile)
        breaks = pc.count_substring(cleaned, "\n").to_numpy()
        fails["advertisement"] = _matches(cleaned, _ADVERTISEMENT)
        fails["too many line breaks"] = (breaks > 5) & (breaks / np.maximum(size, 1) > 0.05)
        fails["no finance word"] = words == 0
    else:
        patterns = _TRAITS[domain, profile]
        traits = found.traits[at] = _different(cleaned, patterns)
        reason = {"law": "no legal structure"}.get(domain, f"too few {domain} traits")
        fails[reason] = traits < LEAST_TRAITS[domain]
    if domain == "law":
        words = found.words[at] = _legal_words(cleaned, profile)
        enough = words / np.maximum(size, 1) * 100 >= 0.3
        if legacy:  # the same floats as the authors' len(text) / 100
            with np.errstate(divide="ignore", invalid="ignore"):
                enough = words / (size / 100) >= 0.3
        fails["too few legal words"] = ~(enough | (not legacy) & (words >= 3))
    if domain == "report":
        fails["program code"] = _matches(cleaned, _CODE)
    for reason, failed in fails.items():
        found.failed[REASONS.index(reason), at] = failed


def clean(texts: pa.Array, profile: Profile = "default") -> pa.Array:
    r"""The texts without tags, addresses and surplus space.

    Args:
        texts: string, without nulls.
        profile: ``legacy`` makes one line of a text, ``default`` keeps its paragraphs.

    Example:
        >>> clean(pa.array(["<b>금리</b>  인상<br>", "a\n\n\n\nb"])).to_pylist()
        ['금리 인상', 'a\n\nb']
    """
    steps = [(rf"<br{_S}*/?>", "\n"), ("<[^>]*>", ""), (rf"https?://{_NOT_S}+|www\.{_NOT_S}+", "")]
    steps += [(f"{_NOT_S}+@{_NOT_S}+", "")]
    if profile == "legacy":
        steps += [(f"{_S}{{2,}}", " ")]
    else:
        steps += [(f"{_BLANK}{{2,}}", " "), (f"{_BLANK}*\n{_BLANK}*", "\n"), ("\n{3,}", "\n\n")]
    for pattern, into in steps:
        texts = pc.replace_substring_regex(texts, pattern, into)
    return pc.utf8_trim(texts, _STRIPPED)


def has_repeated_symbol(texts: pa.Array) -> Mask:
    """Which texts have one symbol three times or more in a row; letters, digits, ``_`` are none.

    Args:
        texts: string, without nulls.

    Example:
        >>> has_repeated_symbol(pa.array(["...", ". . .", "aaa", ".,."])).tolist()
        [True, False, False, False]
    """
    if not len(texts):
        return np.zeros(0, np.bool_)
    # a line feed between texts is no symbol, so that no run goes over a border
    points = np.frombuffer("\n".join(texts.to_pylist()).encode("utf-32-le"), np.uint32)
    begins = np.flatnonzero((points[:-2] == points[1:-1]) & (points[1:-1] == points[2:]))
    kinds = np.unique(points[begins])
    symbols = [one for one in kinds.tolist() if _is_symbol(chr(one))]
    begins = begins[np.isin(points[begins], symbols)]
    ends = np.cumsum(pc.utf8_length(texts).to_numpy() + 1)
    has = np.zeros(len(texts), np.bool_)
    has[np.searchsorted(ends, begins, side="right")] = True
    return has


def _is_symbol(letter: str) -> bool:
    return not (letter.isalnum() or letter == "_" or letter.isspace())


def _matches(texts: pa.Array, pattern: str) -> Mask:
    return _mask(pc.match_substring_regex(texts, pattern))


def _mask(found: pa.Array) -> Mask:
    mask: Mask = found.fill_null(False).to_numpy(zero_copy_only=False)
    return mask


def _different(texts: pa.Array, patterns: Sequence[str]) -> npt.NDArray[np.int64]:
    """How many of the patterns each text matches, shape (rows,)."""
    found = np.zeros(len(texts), np.int64)
    for pattern in patterns:
        found += _matches(texts, pattern)
    return found


def _different_words(texts: pa.Array, words: Sequence[str]) -> npt.NDArray[np.int64]:
    """How many of the words stand anywhere in each text, shape (rows,)."""
    found = np.zeros(len(texts), np.int64)
    column = pl.Series(texts)
    for word in words:
        found += column.str.contains(word, literal=True).to_numpy()
    return found


@functools.cache
def _words(name: str) -> tuple[str, ...]:
    path = Path(__file__).parent / "data" / "domain_words.tsv"
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(dict(lines)[name].split())


def _finance_words(texts: pa.Array, profile: Profile) -> npt.NDArray[np.int64]:
    found = _different_words(texts, _words("finance"))
    if profile == "legacy":
        return found
    # by RE2, whose \b is ASCII: a particle may follow at once
    return found + _different(texts, [rf"(?i)\b{word}\b" for word in _words("finance_latin")])


def _legal_words(texts: pa.Array, profile: Profile) -> npt.NDArray[np.int64]:
    found = _different_words(texts, _words("law"))
    # the authors list one word twice
    return found + _different_words(texts, _words("law_twice")) if profile == "legacy" else found
