"""Keep rows whose texts have a number of tokens within bounds, such as a program and its IR.

Tokens are lexical ones (``curate.code.tokens``), or those of a language model's vocabulary where
``bpe-openai`` is installed. The presets are the two lengths at which the training of IRCoder cut
its inputs (Paul, Glavaš and Gurevych 2024, "IRCoder: Intermediate Representations Make Language
Models Robust Multilingual Code Generators"), where a cut text would end in the middle.

It misleads where another tokenizer is used in the end: counts differ by a tenth between
vocabularies of one size, by more for IR and for languages other than English.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
from annotated_types import Ge, MinLen

from curate.arrow import digest_of
from curate.contract import Adds, Filter, Limit, Verdict

_MOST = {"none": None, "sltrans_2048": 2048, "sltrans_4096": 4096}


@dc.dataclass(frozen=True)
class TokenCount(Filter):
    """Keep rows with ``least`` to ``most`` tokens in each of some columns, or in all together.

    Args:
        columns: Columns with texts, such as ``[text, ir]``.
        together: Whether the sum over all columns counts, as for texts that follow each other in
            one training example; else the longest of them has to reach ``least`` and none may be
            above ``most``.
        tokens: ``lexical``, or a vocabulary of ``bpe-openai``: ``cl100k_base``, ``o200k_base``.
        preset: ``sltrans_2048`` or ``sltrans_4096`` sets ``most``.
        least: Fewest tokens kept.
        most: Most tokens kept; null for the preset's.

    Adds:
        <column>_tokens: int32 for each of ``columns``, 0 for a null.
        token_count: int32, the largest of them, or with ``together`` their sum.

    Rejects:
        too few tokens: ``token_count`` is below ``least``.
        too many tokens: It is above ``most``.

    Raises:
        EnvironmentError_: Before any work: ``tokens`` needs ``bpe-openai``, which is not there.

    Example:
        >>> rows = pa.table({"text": ["int main() { return 0; }", ""]})
        >>> verdict = TokenCount(preset="sltrans_2048")(rows)
        >>> verdict.keep.to_pylist(), verdict.measured["text_tokens"].to_pylist()
        ([True, False], [9, 0])
    """

    columns: Annotated[tuple[str, ...], MinLen(1)] = ("text",)
    together: bool = False
    tokens: Literal["lexical", "cl100k_base", "o200k_base"] = "lexical"
    preset: Literal["none", "sltrans_2048", "sltrans_4096"] = "none"
    least: Annotated[int, Ge(0)] = 1
    most: Annotated[int, Ge(1)] | None = None

    adds: ClassVar[Adds] = {"token_count": pa.int32()}
    reasons: ClassVar = ("too few tokens", "too many tokens")
    limits: ClassVar = {
        "least": Limit("token_count", "least", reasons[:1]),
        "most": Limit("token_count", "most", reasons[1:]),
    }

    def columns_read(self) -> tuple[str, ...]:
        """The columns counted."""
        return tuple(dict.fromkeys(self.columns))

    def added(self, schema: pa.Schema) -> Adds:
        """A count for each column, and the one that is judged."""
        return {**{f"{name}_tokens": pa.int32() for name in self.columns}, **self.adds}

    def thresholds(self) -> dict[str, float]:
        """The bounds in force, the preset's included."""
        most = self._most()
        return {"least": float(self.least), **({} if most is None else {"most": float(most)})}

    def prepare(self) -> dict[str, str]:
        """Read the vocabulary, if there is one."""
        if self.tokens == "lexical":
            return {}
        from importlib.metadata import version

        from curate.code.tokens import encoding

        encoding(self.tokens)
        return {self.tokens: digest_of("bpe-openai", version("bpe-openai"), self.tokens)}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Count text by text."""
        from curate.code.columns import programs
        from curate.code.tokens import count_tokens

        counts = {
            name: np.array(
                [count_tokens(text or b"", self.tokens) for text in programs(batch[name])], np.int32
            )
            for name in self.columns_read()
        }
        parts = np.stack(list(counts.values()))
        total = parts.sum(axis=0, dtype=np.int32) if self.together else parts.max(axis=0)
        most = self._most()
        few = total < self.least
        many = total > most if most is not None else np.zeros_like(few)
        reason = np.where(few, *self.reasons).tolist()
        measured = {f"{name}_tokens": pa.array(count) for name, count in counts.items()}
        measured["token_count"] = pa.array(total)
        return Verdict(pa.array(~(few | many)), pa.array(reason, pa.string()), measured)

    def _most(self) -> int | None:
        return _MOST[self.preset] if self.most is None else self.most
