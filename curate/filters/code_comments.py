"""Keep programs by their comments: how much, in which natural language, about whom.

Comments are found by a lexical scan (``curate.code.scan``), their language told by the bundled
fastText model (Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification"), and personal
data by form and checksum (``curate.text.pii``: e-mail addresses, public IP addresses, IBANs).

It misleads on code that is commented out, which counts as comment and has no language; on licences
at the top of a file, which are English whoever wrote the rest; and in Python, whose strings for
documentation are strings. Only the first 16,384 bytes of comments are read.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.contract import Column, Filter, Limit, Verdict
from curate.errors import EnvironmentError_


@dc.dataclass(frozen=True)
class CodeComments(Filter):
    r"""Keep programs whose comments are of the wanted amount and language.

    Args:
        text: Column with the program.
        language: Programming language of all rows, by any usual name.
        language_column: Column with such a name for each row; ``language`` where it is null.
        least_share: Least share of comments in all characters that are not white, 0 to 1.
        most_share: Largest such share.
        languages: Wanted natural languages of comments, by any of their names; empty for any.
        least_prob: Least probability, 0 to 1, that decides for or against a language; what is less
            sure (paths, names, code that is commented out) is kept.
        short: Comments of fewer letters than this, together, are of no language.
        most_pii: Most e-mail addresses, IP addresses and IBANs in comments; null for any number.

    Reads:
        text: string.

    Adds:
        comment_share: float32, 0 to 1; null for a null text.
        comment_language: string, ISO 639-3; null where comments are ``short``.
        comment_language_prob: float32, its probability, 0 to 1.
        comment_wanted_prob: float32, that of ``languages``; null without any.
        comment_pii: int32, addresses and numbers found in comments; null for a null text.

    Rejects:
        too few comments: ``comment_share`` is below ``least_share``.
        too many comments: It is above ``most_share``.
        wrong comment language: Another language than the wanted has ``least_prob``, these not.
        personal data in comments: ``comment_pii`` is above ``most_pii``.
        no code: The text is null.

    Raises:
        EnvironmentError_: The bundled model does not know one of ``languages``.

    Example:
        >>> rows = pa.table({"text": ["int a; // ask ann@example.com", "/* only this */", "f();"]})
        >>> verdict = CodeComments(most_pii=0)(rows)
        >>> verdict.keep.to_pylist(), verdict.measured["comment_pii"].to_pylist()
        ([False, False, True], [1, 0, 0])
    """

    text: Column = "text"
    language: str = "c"
    language_column: Column = ""
    least_share: Annotated[float, Ge(0), Le(1)] = 0.0
    most_share: Annotated[float, Ge(0), Le(1)] = 0.8
    languages: tuple[str, ...] = ()
    least_prob: Annotated[float, Ge(0), Le(1)] = 0.3
    short: Annotated[int, Ge(1)] = 60
    most_pii: Annotated[int, Ge(0)] | None = None

    adds: ClassVar = {
        "comment_share": pa.float32(),
        "comment_language": pa.string(),
        "comment_language_prob": pa.float32(),
        "comment_wanted_prob": pa.float32(),
        "comment_pii": pa.int32(),
    }
    reasons: ClassVar = (
        "too few comments", "too many comments", "wrong comment language",
        "personal data in comments", "no code",
    )  # fmt: skip
    limits: ClassVar = {
        "least_share": Limit("comment_share", "least", reasons[:1]),
        "most_share": Limit("comment_share", "most", reasons[1:2]),
        "least_prob": Limit("comment_wanted_prob", "least", reasons[2:3]),
        "most_pii": Limit("comment_pii", "most", reasons[3:4]),
    }

    def prepare(self) -> dict[str, str]:
        """Read the bundled model; check the languages."""
        from curate.langid import catalog
        from curate.langid.labels import matching

        found = catalog.prepare("", owner=self.step_name())
        try:
            known = catalog.labels_of("", owner=self.step_name()) or self.languages
            matching(self.languages, known)
        except ValueError as error:
            raise EnvironmentError_(f"{self.step_name()}: {error}") from error
        return found

    def __call__(self, batch: pa.Table) -> Verdict:
        """Scan program by program, judge all comments together."""
        from curate.code.columns import languages, programs
        from curate.code.comments import comments_of
        from curate.text.pii import mask

        texts = programs(batch[self.text])
        labels = languages(batch, self.language_column, self.language)
        found = [comments_of(one or b"", label) for one, label in zip(texts, labels, strict=True)]
        is_null = np.array([text is None for text in texts], np.bool_)
        share = np.array([one.share for one in found], np.float32)
        pii = [sum(mask(one.text, ("email", "iban", "ip"))[1].values()) for one in found]
        told = self._languages([one.text for one in found])
        measured = {
            "comment_share": pa.array(share, mask=is_null),
            **told,
            "comment_pii": pa.array(np.array(pii, np.int32), mask=is_null),
        }
        # as float32, like the evidence; half a unit of a probability's last decimal
        lacks = pc.less(told["comment_wanted_prob"], self.least_prob - 5e-5)
        sure = pc.greater_equal(told["comment_language_prob"], self.least_prob - 5e-5)
        wrong = pc.fill_null(pc.and_(lacks, sure), False)
        tests = (
            share < np.float32(self.least_share),
            share > np.float32(self.most_share),
            np.asarray(wrong),
            np.array(pii) > self.most_pii if self.most_pii is not None else np.zeros_like(is_null),
            is_null,
        )
        reasons = np.select([is_null, *tests[:4]], [self.reasons[4], *self.reasons[:4]], "")
        keep = pa.array(~np.logical_or.reduce(tests).astype(np.bool_))
        return Verdict(keep, pa.array(reasons.tolist(), pa.string()), measured)

    def _languages(self, said: list[str]) -> dict[str, pa.Array]:
        from curate.langid import catalog
        from curate.langid.columns import label_columns, wanted_columns
        from curate.text.scripts import count_scripts

        texts = pa.array([one.replace("\n", " ") for one in said], pa.large_string())
        enough = pa.array(count_scripts(texts).sum(axis=1) >= self.short)
        texts = pc.if_else(enough, texts, pa.scalar(None, pa.large_string()))
        model = catalog.open_model("", owner=self.step_name())
        if self.languages:
            columns = wanted_columns(model, texts, self.languages, "iso639_3")
            wanted = columns["wanted_prob"]
        else:
            columns = label_columns(model, texts, 1, "iso639_3")
            wanted = pa.nulls(len(said), pa.float32())
        return {
            "comment_language": columns["language"],
            "comment_language_prob": columns["language_prob"],
            "comment_wanted_prob": wanted.cast(pa.float32()),
        }
