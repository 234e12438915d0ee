"""Keep programs that are written in the language they are said to be in.

A fastText classifier (Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification") of the
text's tokens, see ``curate.langid.code_tokens``: names that are no common ones, numbers, strings
and comments are taken away first, so that neither a licence nor a comment decides. Only the first
32,768 bytes are looked at, to the end of a line. It misleads on what is in two languages (HTML
with scripts, documents with listings), on a few lines, and between languages that share most of
their programs: C as the beginner's part of C++, Ruby and Crystal. ``docs/code_language.md`` has
figures by language.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.contract import Column, Filter, Limit, ModelPath, Verdict
from curate.errors import EnvironmentError_


@dc.dataclass(frozen=True)
class ProgrammingLanguage(Filter):
    r"""Keep programs in their claimed language, or in one of ``languages``.

    Args:
        language_column: Column with the claimed language by any usual name (``C++``, ``cpp``,
            ``golang``); empty takes ``languages`` for every row.
        languages: Wanted languages where no ``language_column`` is given.
        text: Column with the program.
        model: The ``.ftz`` file of a model of ``curate.langid.code_train``, its ``.json`` beside
            it, or ``hub:org/name@revision/file``; empty for the bundled one.
        least_prob: Least probability, 0 to 1, that decides for or against a language.
        supersets: Whether C counts as C++ and Objective-C, JavaScript as TypeScript, JSON as YAML
            and prose as Markdown, as their programs are of both, as a rule. Not the other way.
        short: Programs of fewer tokens than this, without comments, are not judged.
        unjudged: What becomes of these, and of rows whose claimed language is empty or none of the
            model's: kept with null evidence (``keep``) or rejected as uncertain (``reject``).

    Reads:
        text: string.

    Adds:
        code_language: string, the most probable language, such as ``cpp``, ``objc``, ``csharp``.
        code_language_prob: float32, its share, 0 to 1, of the probabilities of the five most
            probable languages, rounded to 4 decimals.
        claimed_language_prob: float32, the shares of the languages that would do, added up. All
            null if the program was not judged.

    Rejects:
        wrong programming language: Another language has the least probability.
        uncertain programming language: Neither the wanted ones nor another has it.
        no code: Null, or comments at most.

    Raises:
        EnvironmentError_: The model is not there, or does not know one of ``languages``.
        SourceError: The model is damaged.

    Example:
        >>> code = "def odd(numbers):\n    return [one for one in numbers if one % 2 == 1]\n"
        >>> rows = pa.table({"text": [code, code], "lang": ["Python", "Go"]})
        >>> verdict = ProgrammingLanguage(language_column="lang")(rows)
        >>> verdict.keep.to_pylist(), verdict.reason[1].as_py()
        ([True, False], 'wrong programming language')
    """

    language_column: Column = ""
    languages: tuple[str, ...] = (
        "c", "cpp", "crystal", "d", "fortran", "go", "haskell", "nim", "objc", "python", "rust",
        "swift",
    )  # fmt: skip
    text: Column = "text"
    model: ModelPath = ""
    least_prob: Annotated[float, Ge(0), Le(1)] = 0.3
    supersets: bool = True
    short: Annotated[int, Ge(0)] = 20
    unjudged: Literal["keep", "reject"] = "keep"

    adds: ClassVar = {
        "code_language": pa.string(),
        "code_language_prob": pa.float32(),
        "claimed_language_prob": pa.float32(),
    }
    reasons: ClassVar = ("wrong programming language", "uncertain programming language", "no code")
    limits: ClassVar = {"least_prob": Limit("claimed_language_prob", "least", reasons[:2])}

    def prepare(self) -> dict[str, str]:
        """Find or fetch the model; check the languages."""
        from curate.langid import code_model
        from curate.langid.code_labels import check_known

        found = code_model.prepare(self.model, owner=self.step_name())
        labels = code_model.open_model(self.model, owner=self.step_name()).labels
        try:
            check_known(() if self.language_column else self.languages, labels)
        except ValueError as error:
            raise EnvironmentError_(f"{self.step_name()}: {error}") from error
        return found

    def __call__(self, batch: pa.Table) -> Verdict:
        """Judge the column."""
        from curate.langid.code_columns import claims, judged_columns
        from curate.langid.code_model import open_model

        model = open_model(self.model, owner=self.step_name())
        said = batch[self.language_column] if self.language_column else None
        claimed = claims(said, self.languages, batch.num_rows)
        measured, code = judged_columns(
            model, batch[self.text], claimed, supersets=self.supersets, short=self.short
        )
        # half a unit of the last decimal, so that 0.9 as float32 reaches 0.9
        least = self.least_prob - 5e-5
        judged = measured["code_language_prob"].is_valid()
        right = pc.fill_null(pc.greater_equal(measured["claimed_language_prob"], least), False)
        told = pc.fill_null(pc.greater_equal(measured["code_language_prob"], least), False)
        wrong = pc.if_else(told, *self.reasons[:2])
        keep = pc.or_(right, pc.and_(pc.invert(judged), self.unjudged == "keep"))
        reason = pc.if_else(pa.array(code), wrong, "no code")
        return Verdict(pc.and_(keep, pa.array(np.asarray(code))), reason, measured)
