"""How much faster the Korean domain filter is than NMIXX's, and what the rule generator makes.

    python -m benchmarks.korean --data DIR   # DIR holds korfin/*.csv; pip install langdetect

``base_filter`` is NMIXX's ``data_filter.py`` restated: pandas row by row, langdetect for the
language. Ours is ``filters.language`` and ``filters.finance_domain``, profile ``legacy``. Both get
the news and law rows of the folder in one frame; CPU seconds of one process, models loaded before,
the best of ``--runs``. Rows on which they disagree are counted, language aside and with it.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa

from curate.contract import apply
from curate.filters.finance_domain import FinanceDomain
from curate.filters.language import Language
from curate.korean.domain import LEAST_CHARACTERS, _words

Rule = tuple[str, Callable[[str], bool]]
FILES = {"news": ("NMIXX_kor_Fin_news_shared.csv", "sentence1"),
         "law": ("final_law_df_shared.csv", "text")}  # fmt: skip
_COPYRIGHT = re.compile("저작권|Copyright|©|All rights reserved", re.I)
_REPEATED = re.compile(r"([^\w\s가-힣])\1{2,}")
_QUESTIONS = re.compile(r"\n\s*Q:|Q[.:]|질문[.:]|\n\s*A:|A[.:]|답변[.:]|^\s*Q:|^\s*A:", re.I)
_ADVERTISEMENT = re.compile("광고|click here|지금 가입|무료 체험|[0-9]{2,3}%-[0-9]{2,3}%", re.I)
_STRUCTURE = [re.compile(one) for one in (
    r"제\d+조", r"제\d+항", r"제\d+호", r"대법원.*\d{4}[가-힣]{1,4}\d+", "「.*」", "『.*』",
    r"주\s*문|이\s*유|판단|결론")]  # fmt: skip


def clean(text: str) -> str:
    """The authors' cleaning."""
    for pattern, into in (
        (r"<br\s*/?>", "\n"), ("<[^>]*>", ""), (r"https?://\S+|www\.\S+", ""), (r"\S+@\S+", ""),
        (r"\n{3,}", "\n\n"), (r"\s{2,}", " "),
    ):  # fmt: skip
        text = re.sub(pattern, into, text)
    return text.strip()


def before_cleaning(domain: str) -> list[Rule]:
    """The authors' rules on the raw text, in their order, by our reasons."""
    return [
        ("too short", lambda text: len(text) >= LEAST_CHARACTERS[domain]),
        ("copyright notice", lambda text: not _COPYRIGHT.search(text)),
        ("repeated symbol", lambda text: not _REPEATED.search(text)),
        ("questions and answers", lambda text: not _QUESTIONS.search(text)),
    ]


def after_cleaning(domain: str) -> list[Rule]:
    """The authors' rules on cleaned news or law, in their order."""
    finance = [*_words("finance"), *_words("finance_latin")]
    legal = [*_words("law"), *_words("law_twice")]
    if domain == "news":
        rules: list[Rule] = [
            ("advertisement", lambda text: not _ADVERTISEMENT.search(text)),
            ("too many line breaks",
             lambda text: not (text.count("\n") > 5 and text.count("\n") / len(text) > 0.05)),
            ("no finance word", lambda text: any(word in text.lower() for word in finance)),
        ]  # fmt: skip
    else:
        rules = [
            ("too few legal words",
             lambda text: sum(word in text.lower() for word in legal) / (len(text) / 100) >= 0.3),
            ("no legal structure", lambda text: any(one.search(text) for one in _STRUCTURE)),
        ]  # fmt: skip
    return [
        *rules,
        ("too short once cleaned", lambda text: len(text) >= 30),
        ("too long", lambda text: len(text) < 2000),
    ]


def restated(text: str, domain: str) -> str:
    """Why the authors drop a text, or nothing."""
    for reason, holds in before_cleaning(domain):
        if not holds(text):
            return reason
    text = clean(text)
    if not text:
        return "too short once cleaned"
    return next((reason for reason, holds in after_cleaning(domain) if not holds(text)), "")


def base_filter(frame: pd.DataFrame) -> pd.Series:
    """Which rows the authors keep: language by langdetect, then the rules of the category."""
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0

    def language(text: str) -> str:
        try:
            return str(detect(text)) if text.strip() else "und"
        except LangDetectException:
            return "und"

    languages = frame["text"].apply(language)
    kept = pd.Series(False, frame.index)
    for domain in FILES:
        rows = (languages == "ko") & (frame["domain"] == domain)
        left = frame.loc[rows, "text"]
        for _, holds in before_cleaning(domain):
            left = left[left.apply(holds)]
        left = left.apply(clean)
        left = left[left.apply(len) > 0]
        for _, holds in after_cleaning(domain):
            left = left[left.apply(holds)]
        kept[left.index] = True
    english = frame.loc[languages == "en", "text"].apply(clean).apply(len)
    kept[english.index[(english >= 30) & (english < 2000)]] = True
    return kept


def ours(batch: pa.Table) -> set[str]:
    """Ids of the rows that our two steps keep."""
    told = apply(Language(("kor", "eng"), least_prob=0, least_prob_short=0), batch).kept
    step = FinanceDomain(domain_column="domain", language="language", profile="legacy")
    return set(apply(step, told).kept["id"].to_pylist())


def corpus(folder: Path) -> pd.DataFrame:
    """News and law rows: id, text, domain."""
    frames = []
    for domain, (name, column) in FILES.items():
        texts = pd.read_csv(folder / "korfin" / name)[column].dropna().astype(str)
        frames.append(pd.DataFrame({"text": texts, "domain": domain}))
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(id=[f"{one.domain}:{at}" for at, one in enumerate(frame.itertuples())])


def timed(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def filters(frame: pd.DataFrame, runs: int) -> None:
    batch = pa.table({name: pa.array(frame[name].tolist()) for name in ("id", "text", "domain")})
    theirs = set(frame["id"][base_filter(frame)])  # both load their models here
    mine, rows = ours(batch), len(frame)
    slow = min(timed(lambda: base_filter(frame)) for _ in range(runs))
    fast = min(timed(lambda: ours(batch)) for _ in range(runs))
    chain = [not restated(one.text, one.domain) for one in frame.itertuples()]
    step = FinanceDomain(domain_column="domain", profile="legacy")
    other = sum(a != b for a, b in zip(step(batch).keep.to_pylist(), chain, strict=True))
    print(f"rows {rows}, rules disagree on {other}, with language {len(theirs ^ mine)}")
    print(f"base_filter {rows / slow:.0f} rows/s, ours {rows / fast:.0f}: {slow / fast:.1f} times")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(argv)
    filters(corpus(options.data), options.runs)


if __name__ == "__main__":
    main()
