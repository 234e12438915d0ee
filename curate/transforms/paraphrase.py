"""Make positives of a Korean text: the same meaning, said otherwise, by rule.

Deterministic stand-ins for a paraphrase: the register of every sentence (한다, 합니다), a native
verb for a Sino-Korean one, another connective, sentences as bullets. Edits are confined to their
span and checked as those of ``transforms.shift_meaning`` are.

It misleads as a whole paraphrase would not: most words stay, so that a model that counts common
words does well on such pairs. Balance them with translations or paraphrases of a language model.
"""

from __future__ import annotations

import dataclasses as dc
import functools
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
from annotated_types import Ge, Le, MinLen

from curate.contract import DEFECT, Adds, Column, Transform, put

_Rule = Literal["register", "synonym", "connective", "bullets"]


@dc.dataclass(frozen=True)
class Paraphrase(Transform):
    """Make positives of a Korean text: the same meaning, said otherwise, by rule.

    Args:
        text: Column with the text.
        count: How many positives for each row, each by another rule, 1 to 4.
        rules: Rules to choose from: ``register`` (한다 or 합니다, in every sentence or none),
            ``synonym`` (another predicate), ``connective``, ``bullets`` (a line for a sentence).
            Which of them a row gets is drawn by the hash of its text.
        least: Rows with fewer positives are rejected, 0 to 4; 0 keeps all.
        seed: Another seed makes other choices.

    Reads:
        text: string.

    Adds:
        positives: list<string>.
        positive_rules: list<string>, the rule of each.
        positive_spans: list<list<struct>>, for each the spans changed: ``start`` (offset in the
            text, in code points), ``before``, ``after``.
        positive_seeds: list<int64>, what the choice was seeded with.
        positives_missing: int32, how many fewer than ``count``.

    Rejects:
        no text: Null.
        too few positives: Fewer than ``least``.

    Raises:
        EnvironmentError_: ``kiwipiepy`` is not installed.

    Example:
        >>> text = pa.array(["코스피가 크게 하락했다."])
        >>> made = Paraphrase(count=2)(pa.table({"text": text}))
        >>> sorted(made["positives"][0].as_py())
        ['코스피가 크게 내렸다.', '코스피가 크게 하락했습니다.']
    """

    text: Column = "text"
    count: Annotated[int, Ge(1), Le(4)] = 1
    rules: Annotated[tuple[_Rule, ...], MinLen(1)] = (
        "register", "synonym", "connective", "bullets",
    )  # fmt: skip
    least: Annotated[int, Ge(0), Le(4)] = 0
    seed: int = 0

    adds: ClassVar[Adds] = {
        "positives": pa.list_(pa.string()),
        "positive_rules": pa.list_(pa.string()),
        "positive_spans": pa.list_(
            pa.list_(
                pa.struct([("start", pa.int32()), ("before", pa.string()), ("after", pa.string())])
            )
        ),
        "positive_seeds": pa.list_(pa.int64()),
        "positives_missing": pa.int32(),
    }
    reasons: ClassVar[tuple[str, ...]] = ("no text", "too few positives")
    version: ClassVar[int] = 2  # 2: the name of a law is no place for another connective

    def prepare(self) -> dict[str, str]:
        """Find ``kiwipiepy``: another version of it may find other morphemes."""
        from curate.korean.analysis import version

        return {"kiwipiepy": version()}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Say row by row otherwise."""
        from curate.korean.columns import made_of
        from curate.korean.paraphrases import paraphrase

        make = functools.partial(paraphrase, count=self.count, rules=self.rules, seed=self.seed)
        text, few = batch[self.text], self.reasons[1]
        made = made_of(text, make, count=self.count, least=self.least, too_few=few)
        for (name, kind), values in zip(self.adds.items(), made, strict=False):
            batch = put(batch, pa.field(name, kind), values)
        return batch.append_column(DEFECT, made.defect)
