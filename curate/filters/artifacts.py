"""Keep Korean texts without what a language model or a web page left in them.

Texts that were cut off, marks of an answer's form, letters of Chinese and Japanese grown into
Korean words, bylines and notices of news pages, blanks of form letters, prompts: by pattern
(``curate/korean/artifacts.py``), after what was found in the published KorFinSTS files. Of their
shared half all 30 answers that the token limit cut off are found, with or without their marks, and
2.1 % of 237 excerpts of law are flagged as cut off that end in a noun.

It misleads on texts that end in a noun behind full sentences, on letters and interviews, and on
Hanja written into a word without brackets, which law does now and then.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar, Literal

import pyarrow as pa

from curate.contract import Adds, Column, Filter, Verdict

_Kind = Literal["prompt", "form letter", "leftover", "foreign script", "cut off", "markup"]


@dc.dataclass(frozen=True)
class Artifacts(Filter):
    """Keep Korean texts without what a language model or a web page left in them.

    Args:
        text: Column with the text.
        made_from: Column with the text that it was made from: foreign letters which that has too
            are no slip. Empty if there is none.
        reject: Kinds for which a row goes; the others are found and kept.

    Reads:
        text: string.

    Adds:
        artifacts: list<string>, all kinds found, in the order of the reasons.

    Rejects:
        prompt: Questions and answers of an instruction.
        form letter: [이름] and other blanks.
        leftover: Byline, portal and subscription notices.
        foreign script: Kana or Chinese characters grown into a word, outside brackets.
        cut off: A mark ``<<<X>>>`` that is never closed, or an end within a sentence where other
            sentences have a full stop.
        markup: Marks ``<<<X>>>``.
        The first that holds, in this order, is the reason; a null text has none.

    Example:
        >>> texts = ["엔화 약세推动에도 주가가 올랐다.", "주가가 올랐다. 엔화는", "주가가 올랐다."]
        >>> verdict = Artifacts()(pa.table({"id": ["a", "b", "c"], "text": texts}))
        >>> verdict.reason.to_pylist()
        ['foreign script', 'cut off', '']
    """

    text: Column = "text"
    made_from: Column = ""
    reject: tuple[_Kind, ...] = (
        "prompt", "form letter", "leftover", "foreign script", "cut off", "markup",
    )  # fmt: skip

    adds: ClassVar[Adds] = {"artifacts": pa.list_(pa.string())}
    reasons: ClassVar[tuple[str, ...]] = (
        "prompt", "form letter", "leftover", "foreign script", "cut off", "markup",
    )  # fmt: skip

    def __call__(self, batch: pa.Table) -> Verdict:
        """Look at row after row."""
        from curate.korean.artifacts import artifacts
        from curate.text.utf8 import readable

        texts = readable(batch[self.text]).to_pylist()
        origins = [None] * len(texts)
        if self.made_from:
            origins = readable(batch[self.made_from]).to_pylist()
        found = [
            artifacts(text, origin) if text else []
            for text, origin in zip(texts, origins, strict=True)
        ]
        why = [next((kind for kind in kinds if kind in self.reject), "") for kinds in found]
        keep = pa.array([not one for one in why], pa.bool_())
        measured = {"artifacts": pa.array(found, self.adds["artifacts"])}
        return Verdict(keep, pa.array(why, pa.string()), measured)
