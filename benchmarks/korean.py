"""How much faster the Korean domain filter is than NMIXX's, and how many negatives rules make.

    python -m benchmarks.korean --data DIR   # DIR holds korfin/*.csv; pip install langdetect

``base_filter`` is NMIXX's ``data_filter.py`` restated: pandas row by row, langdetect for the
language. Ours is ``filters.language`` and ``filters.finance_domain``, profile ``legacy``. Both get
the news and law rows of the folder in one frame; CPU seconds of one process, models loaded before,
the run with the median ratio of ``--runs``. Rows on which they disagree are counted, language aside
and with it.

Then the rules of ``transforms.shift_meaning`` and ``transforms.paraphrase``: rows a CPU second,
rows with as many as the step makes, rows that each rule can change, and, for ``--sample N``, N
edits of each rule to read. Every edited sentence is analysed again: it parses if no word of it is
unknown and joining the morphemes of the words touched gives them back; the same of the words before
the edit is the yardstick, since joining misses spaces and numerals of real text too.

Last the published files themselves: what ``barriers.check_labels`` says of their labels, what
``filters.artifacts`` finds in them, and how many planted leaks ``barriers.leakage`` finds where
every second text is the benchmark.
"""

from __future__ import annotations

import argparse
import collections
import functools
import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from curate.barriers.check_labels import CheckLabels
from curate.barriers.leakage import Leakage
from curate.contract import apply
from curate.filters.finance_domain import FinanceDomain
from curate.filters.language import Language
from curate.korean import paraphrases, shifts
from curate.korean.analysis import Piece, join, kiwi
from curate.korean.artifacts import is_cut_off
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
    if not text:  # a rule of theirs without a reason of ours: the next that fails is told
        return {"news": "no finance word", "law": "too few legal words"}[domain]
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
    pairs = []
    for _ in range(runs):  # as long for both, side by side: the machine may be busy
        slow = timed(lambda: base_filter(frame))
        pairs.append((slow, timed(lambda: [ours(batch) for _ in range(10)]) / 10))
    slow, fast = sorted(pairs, key=lambda pair: pair[0] / pair[1])[runs // 2]
    chain = [not restated(one.text, one.domain) for one in frame.itertuples()]
    step = FinanceDomain(domain_column="domain", profile="legacy")
    other = sum(a != b for a, b in zip(step(batch).keep.to_pylist(), chain, strict=True))
    print(f"rows {rows}, rules disagree on {other}, with language {len(theirs ^ mine)}")
    print(f"base_filter {rows / slow:.0f} rows/s, ours {rows / fast:.0f}: {slow / fast:.1f} times")


def parses(one: shifts.Candidate) -> bool:
    """Whether the words of the first edit are Korean to another analysis, sentence and all."""
    text, span = one.text, one.spans[0]
    start = max(text.rfind(mark, 0, span.start) + 1 for mark in ".\n")
    ends = [text.find(mark, span.start + len(span.after)) for mark in (".", "\n")]
    piece = Piece(text, start, min([end + 1 for end in ends if end >= 0], default=len(text)))
    if any(part.tag.startswith(("UN", "W_")) for part in piece.morphemes):
        return False
    stop = span.start + len(span.after)
    touched = [at for at, part in enumerate(piece.morphemes) if span.start <= part.start < stop]
    words = {piece.word_of(at) for at in touched}
    return bool(words) and all(_joined(piece, word) for word in words)


def _joined(piece: Piece, word: range) -> bool:
    start, end = piece.span(word)
    said = piece.text[start:end].replace("하였", "했").replace("하여", "해")
    own = join([piece.morphemes[at].pair for at in word])
    return own.replace("하였", "했").replace("하여", "해") == said


def rules(
    make: Callable[..., list[shifts.Candidate]], names: Sequence[str], count: int, texts: list[str]
) -> list[shifts.Candidate]:
    """Speed and coverage; returns all that the rules can make."""
    made: list[list[shifts.Candidate]] = []

    def run(most: int) -> None:
        made[:] = [make(text, most) for text in texts]

    plain = min(timed(lambda: [kiwi().tokenize(text) for text in texts]) for _ in range(3))
    seconds = min(timed(functools.partial(run, count)) for _ in range(3))
    rows = len(texts)
    enough = sum(len(row) >= count for row in made) / rows
    first = [[one.text for one in row] for row in made]
    run(count)
    again = first == [[one.text for one in row] for row in made]
    print(f"  {rows / seconds:.0f} rows/s (analysis of the whole text alone {rows / plain:.0f}),")
    print(f"  {enough:.1%} have {count}, the same again: {again}")
    run(len(names))
    flat = [one for row in made for one in row]
    found = collections.Counter(one.rule for one in flat)
    print("  " + ", ".join(f"{name} {found[name] / rows:.1%}" for name in names))
    before = [unedited(text, one) for text, row in zip(texts, made, strict=True) for one in row]
    share, yardstick = (sum(map(parses, some)) / max(len(flat), 1) for some in (flat, before))
    print(f"  of {len(flat)}, {share:.1%} parse, before the edit {yardstick:.1%}")
    return flat


def unedited(text: str, one: shifts.Candidate) -> shifts.Candidate:
    """The text itself as if it were what the rule had made."""
    return one._replace(text=text, spans=(one.spans[0]._replace(after=one.spans[0].before),))


def show(domain: str, made: Sequence[shifts.Candidate], size: int) -> None:
    """Some edits of each rule, with what stands around them."""
    by_rule: dict[str, list[shifts.Candidate]] = collections.defaultdict(list)
    for one in made:
        by_rule[one.rule].append(one)
    for name, found in sorted(by_rule.items()):
        for one in random.Random(size).sample(found, min(size, len(found))):
            span = one.spans[0]
            end = span.start + len(span.after)
            before, after = one.text[max(0, span.start - 40) : span.start], one.text[end : end + 20]
            print(
                f"{domain} {name}: {before}[{span.before}→{span.after}]{after}".replace("\n", "/")
            )


def labels(folder: Path) -> None:
    """What is wrong with the labels of the published files, and what was left in their texts."""
    law = pd.read_csv(folder / "korfin" / FILES["law"][0])
    news = pd.read_csv(folder / "korfin" / FILES["news"][0])
    answers = [[_MARK.sub("", one) for one in text.split("<<<TEXT2>>>")] for text in law[_ANSWER]]
    files = {
        "news": (news["sentence1"], news["sentence2"], news["score"]),
        "law": (*zip(*answers, strict=True), law["pos_or_neg"] == "pos"),
    }
    for name, (first, second, score) in files.items():
        columns = {"text1": list(first), "text2": list(second), "score": [float(x) for x in score]}
        step = CheckLabels(reject="nothing")
        batch = pa.table({"id": [str(at) for at in range(len(columns["score"]))], **columns})
        found = step.decide(step.keys(batch)).measured
        said = {one: found[one][0].as_py() for one in ("label_problems", "overlap_auc")}
        print(f"{name}: {said}, length AUC {found['length_auc'][0].as_py():.3f}")
    cut = ~law[_ANSWER].str.contains("<<<END TEXT2>>>").to_numpy()
    for what, texts in (("answers", law[_ANSWER]), ("bare", [second for _, second in answers])):
        found = [is_cut_off(text) for text in texts]
        hits = sum(a and b for a, b in zip(found, cut, strict=True))
        print(f"law {what}: {hits} of {cut.sum()} cut off found, {sum(found) - hits} false")
    whole = [*law["text"], *news["sentence1"], *news["sentence2"]]
    print(f"whole texts taken for cut off: {sum(map(is_cut_off, whole))} of {len(whole)}")


_ANSWER = "generated_texts"
_MARK = re.compile(r"<<<[^>]*>>>")


def planted(texts: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    """Leaks of each text: a copy, parts of it beside others, its words thinned, reworded."""
    chance, leaks = random.Random(5), []
    for text in texts:
        part, margin = int(len(text) * 0.7), int(len(text) * 0.15)
        words = text.split(" ")
        kept = sorted(chance.sample(range(len(words)), int(len(words) * 0.7)))
        other = chance.choice(others)
        leaks += [
            ("copy", f"{text}\n"),
            ("70 %, start", text[:part] + other[: len(text) - part]),
            ("70 %, middle", other[:margin] + text[margin : margin + part] + other[-margin:]),
            ("70 % of the words", " ".join(words[at] for at in kept)),
        ]
        for one in paraphrases.paraphrase(text, 4):
            leaks.append(("register" if one.rule == "register" else "reworded", one.text))
    return leaks


def leakage(frame: pd.DataFrame) -> None:
    """How many planted leaks are found, and what is found in other texts."""
    texts = [text for text in frame["text"] if len(text) > 99]
    benchmark, others = texts[::2], texts[1::2]
    leaks = planted(benchmark, others)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.parquet"
        pq.write_table(pa.table({"text": benchmark}), path)
        step = Leakage(benchmark=str(path))

        def found(some: Sequence[str]) -> list[bool]:
            batch = pa.table({"id": [str(at) for at in range(len(some))], "text": list(some)})
            return [not kept for kept in step.decide(step.keys(batch)).keep.to_pylist()]

        hits = collections.Counter[str]()
        for (kind, _), hit in zip(leaks, found([text for _, text in leaks]), strict=True):
            hits[kind] += hit
        of = collections.Counter(kind for kind, _ in leaks)
        print("leaks: " + ", ".join(f"{kind} {hits[kind]} of {of[kind]}" for kind in of))
        print(f"in other texts {sum(found(others))} of {len(others)}")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=0)
    options = parser.parse_args(argv)
    frame = corpus(options.data)
    labels(options.data)
    leakage(frame)
    filters(frame, options.runs)
    for domain in FILES:
        texts = frame["text"][frame["domain"] == domain].tolist()
        shifts.shift(texts[0])
        print(f"{domain}, negatives")
        made = rules(shifts.shift, tuple(shifts.RULES), 3, texts)
        show(domain, made, options.sample)
        print(f"{domain}, positives")
        made = rules(paraphrases.paraphrase, paraphrases.RULES, 1, texts)
        show(domain, made, options.sample)


if __name__ == "__main__":
    main()
