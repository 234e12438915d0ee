"""Words by their label, and those that the labels are least certain of, in their sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
from markupsafe import Markup, escape

from curate.publish.report.marked import language_tag
from curate.publish.report.words import visible
from curate.publish.token_labels import (
    CERTAIN,
    LOW,
    NEEDED,
    LabelCount,
    Least,
    TokenLabels,
    context,
    reasons,
    rows_at,
)

MOST_WORDS, MOST_SENTENCES, MOST_TOKENS = 40, 8, 60
STYLES = 7
"""How many labels have a style of their own: the seven etymologies; further ones share the last."""
_SPACE = 3  # characters of what stands between two words that are shown


class ShownWord(NamedTuple):
    """One of the least certain words.

    Attributes:
        word: As it stands there.
        label: Its label.
        percent: Its probability.
        why: Why it is uncertain.
        times: How often the word has this label.
        before, after: The sentence around it.
        lang: BCP 47 tag of the sentence, or nothing.
    """

    word: str
    label: str
    percent: str
    why: str
    times: int
    before: str
    after: str
    lang: str


class ShownSentence(NamedTuple):
    """A sentence with its words marked by label."""

    id: str
    lang: str
    text: Markup


class ShownLabels(NamedTuple):
    """What the section holds.

    Attributes:
        counts: Tokens of each label.
        styles: Label → number of its style.
        words: The least certain ones.
        sentences: Those in which they stand.
        low: Per cent under which a word is marked as uncertain.
        certain: Per cent from which on a word is not listed.
    """

    counts: list[LabelCount]
    styles: Mapping[str, int]
    words: list[ShownWord]
    sentences: list[ShownSentence]
    low: int
    certain: int


def shown_labels(files: Sequence[Path]) -> ShownLabels | None:
    """The labelled words of the kept rows; none if the dataset has no labelled tokens."""
    if not files or not all(set(NEEDED) <= set(pq.read_schema(path).names) for path in files):
        return None
    labels = TokenLabels(files)
    counts = labels.counts()
    if not counts:
        return None
    styles = {one.label: min(at, STYLES - 1) for at, one in enumerate(counts)}
    least = labels.least_certain(MOST_WORDS)
    rows = rows_at(files, {one.row for one in least})
    elsewhere = labels.labels_of([one.word for one in least])
    words = [_word(rows[one.row], one, elsewhere[one.word]) for one in least]
    chosen = list(dict.fromkeys(one.row for one in least))[:MOST_SENTENCES]
    sentences = [_sentence(rows[row], styles) for row in chosen]
    return ShownLabels(counts, styles, words, sentences, round(100 * LOW), round(100 * CERTAIN))


def _word(row: Mapping[str, Any], one: Least, labels: Mapping[str, int]) -> ShownWord:
    around = context(row, one.token)
    return ShownWord(
        visible(around.token),
        one.label,
        _percent(one.prob),
        "; ".join(map(visible, reasons(row, one.token, labels))),
        one.times,
        visible(around.before),
        visible(around.after),
        language_tag(row),
    )


def _sentence(row: Mapping[str, Any], styles: Mapping[str, int]) -> ShownSentence:
    """The text, each word under a mark with its label, uncertain ones with the probability."""
    out, position = Markup(), 0
    text, probs = row["text"], row["etymology_prob"]
    spans = list(zip(row["token_starts"], row["token_ends"], strict=True))
    for at, (start, end) in enumerate(spans[:MOST_TOKENS]):
        out += escape(_between(text[position:start]))
        label, prob = row["etymology"][at], 1.0 if probs[at] is None else probs[at]
        why = "; ".join(reasons(row, at, {})) if prob < LOW else ""
        said = f"{label}, {_percent(prob)}" + (f": {why}" if why else "")
        sure = Markup("<sub>{}</sub>").format(_percent(prob)) if prob < LOW else Markup()
        out += Markup('<span class="label l{}{}" title="{}">{}{}</span>').format(
            styles[label],
            " unsure" if prob < LOW else "",
            visible(said),
            visible(text[start:end]),
            sure,
        )
        position = end
    rest = "…" if len(spans) > MOST_TOKENS else _between(text[position:])
    return ShownSentence(visible(row["id"])[:100], language_tag(row), out + escape(rest))


def _between(gap: str) -> str:
    """What stands between two words, white space as one space."""
    return " " if gap.isspace() else visible(gap[:_SPACE])


def _percent(prob: float) -> str:
    return f"{100 * prob:.0f} %"
