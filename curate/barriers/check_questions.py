"""Check parallel questions: columns aligned and in their language, each cell sound.

All rows are laid out as a table, a row a question and a column a language. Columns are aligned with
each other without any model (``curate.questions.alignment``: shared n-grams, lengths, and which
questions of its column a cell is like), languages are judged within those of the table
(``curate.questions.languages``), and every cell is set against the same question in the others
(``curate.questions.cells``). What is found is a flag: check, value, text, ``hard`` for faults.

With ``vectors`` of a multilingual encoder columns are aligned by what cells mean, too: cosines of a
cell's vector with those of its own and of all other rows, each column's mean taken off.

It misleads in tables of fewer than 12 questions, whose alignment is not judged, of two languages,
where the pivot is taken to be the right one, and where most columns share one fault. A machine
translation that is fluent and wrong passes.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.arrow import fit_schema
from curate.contract import Adds, Barrier, Column, ModelPath, Verdict
from curate.errors import StepError

if TYPE_CHECKING:
    from curate.questions.sheet import Flag, Placed

_FLAG = pa.struct(
    [("check", pa.string()), ("value", pa.string()), ("text", pa.string()), ("hard", pa.bool_())]
)
_KEYS = pa.schema([(name, pa.string()) for name in ("question_id", "lang", "text")])


@dc.dataclass(frozen=True)
class CheckQuestions(Barrier):
    """Flag what is wrong with questions that stand in several languages.

    Args:
        pivot: The language that the others were translated from.
        reject: What goes besides being flagged: ``nothing``, each ``cell`` with a fault, or every
            ``question`` with one in any language, so that the rest stays parallel.
        judge_language: Whether languages are judged, which takes a model.
        model: As for ``filters.language``; empty for the bundled model.
        accept_non_commercial: Whether a model that is not for commercial use may be taken.
        vectors: Column that ``transforms.embed`` made of the texts with a multilingual model; one
            more sign by which columns are aligned. Empty for none.

    Reads:
        question_id: string.
        lang: string, ISO 639-1 or 639-3. A row without question or language is not judged.
        text: string.

    Adds:
        flags: list of ``check``, ``value``, ``text`` and ``hard``: what was found in the cell.
        verdict: string, ``good``, ``hint`` (flags, none of them hard) or ``fault``; null if the
            row has no place in the table or another row took it.

    Rejects:
        fault in the cell: It has a hard flag, with ``reject``.
        fault in another language: Another cell of the question has one, with ``question``.

    Raises:
        EnvironmentError_: The model is not there, or not for commercial use and not accepted.
        StepError: The column ``vectors`` holds something else.

    Example:
        >>> rows = [("1", "en", "Who comes?"), ("1", "de", "Wer kommt?"),
        ...         ("2", "en", "It weighs 120 kg."), ("2", "de", "Es wiegt 190 kg.")]
        >>> columns = dict(zip(("question_id", "lang", "text"), map(list, zip(*rows))))
        >>> step = CheckQuestions(judge_language=False)
        >>> found = step.decide(step.keys(pa.table(columns))).measured
        >>> found["verdict"].to_pylist(), found["flags"].to_pylist()[3][0]["check"]
        (['good', 'good', 'good', 'fault'], 'number')
    """

    pivot: str = "en"
    reject: Literal["nothing", "cell", "question"] = "nothing"
    judge_language: bool = True
    model: ModelPath = ""
    accept_non_commercial: bool = False
    vectors: Column = ""

    reads: ClassVar = ("question_id", "lang", "text")
    adds: ClassVar[Adds] = {"flags": pa.list_(_FLAG), "verdict": pa.string()}
    reasons: ClassVar = ("fault in the cell", "fault in another language")

    def prepare(self) -> dict[str, str]:
        """Find or fetch the model."""
        if not self.judge_language:
            return {}
        from curate.langid import catalog

        owner = self.step_name()
        return catalog.prepare(
            self.model, owner=owner, accept_non_commercial=self.accept_non_commercial
        )

    def keys(self, batch: pa.Table) -> pa.Table:
        """Question, language and text, null where a batch has no such column; and the vector."""
        keys = fit_schema(batch, _KEYS)
        if not self.vectors:
            return keys
        column = batch[self.vectors]
        if not _holds_vectors(column.type):
            hint = "make vectors with transforms.embed"
            what = f"vectors: {self.vectors} is {column.type}, no column of vectors; {hint}"
            raise StepError(self.step_name(), what)
        return keys.append_column("vector", column)

    def decide(self, keys: pa.Table) -> Verdict:
        """Check the whole table."""
        from curate.questions.check import check_sheet
        from curate.questions.sheet import sheet_of_rows

        questions = keys["question_id"].to_pylist()
        placed = sheet_of_rows(questions, keys["lang"].to_pylist(), _texts(keys["text"]))
        found: dict[tuple[str, int], list[Flag]] = {}
        identify = self.identify if self.judge_language else None
        vectors = self._laid_out(placed, keys)
        for flag in check_sheet(placed.sheet, self.pivot, identify, vectors):
            found.setdefault((flag.lang, flag.row), []).append(flag)
        flags = [found.get(place, []) if place else None for place in placed.places]
        verdicts = [_verdict(of_row) for of_row in flags]
        faults = np.array([one == "fault" for one in verdicts], np.bool_)
        ill = {one for one, fault in zip(questions, faults, strict=True) if fault}
        drop = faults if self.reject == "cell" else np.array([q in ill for q in questions], bool)
        keep = np.ones(len(faults), np.bool_) if self.reject == "nothing" else ~drop
        reason = [self.reasons[0 if fault else 1] for fault in faults]
        measured = {
            "flags": pa.array([_rows(of_row) for of_row in flags], self.adds["flags"]),
            "verdict": pa.array(verdicts, pa.string()),
        }
        return Verdict(pa.array(keep), pa.array(reason, pa.string()), measured)

    def _laid_out(
        self, placed: Placed, keys: pa.Table
    ) -> dict[str, npt.NDArray[np.float32]] | None:
        if not self.vectors:
            return None
        from curate.embedding import columns
        from curate.questions.sheet import vectors_of

        try:
            return vectors_of(placed, columns.vectors(columns.whole(keys["vector"])))
        except (pa.ArrowInvalid, ValueError) as error:
            hint = "embed all texts with one model"
            what = f"vectors: those of {self.vectors} differ in length; {hint}"
            raise StepError(self.step_name(), what) from error

    def identify(self, texts: Sequence[str], langs: Sequence[str]) -> npt.NDArray[np.float32]:
        """Probabilities of languages by the model; NaN for one that it has no label for."""
        from curate.langid import catalog
        from curate.langid.identify import identify
        from curate.langid.labels import matching

        model = catalog.open_model(self.model, owner=self.step_name())
        out = np.full((len(texts), len(langs)), np.nan, np.float32)
        if model is None or not texts:
            return out
        found = identify(model, pa.array(texts, pa.large_string()), len(model.labels))
        probs = np.zeros((len(texts), len(model.labels)), np.float32)
        taken = np.arange(found.labels.shape[1]) < found.counts[:, None]
        rows = np.nonzero(taken)[0]
        probs[rows, found.labels[taken]] = found.probs[taken]
        for at, lang in enumerate(langs):
            try:
                out[:, at] = probs[:, np.array(matching([lang], model.labels))].sum(axis=1)
            except ValueError:  # no label for this language: its script may still tell
                continue
        return out


def _holds_vectors(kind: pa.DataType) -> bool:
    listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    listed = listed or pa.types.is_fixed_size_list(kind)
    return bool(listed and pa.types.is_floating(kind.value_type))


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    """Texts of any bytes, as one can read them."""
    binary = column.cast(pa.large_binary()).to_pylist()
    return [None if one is None else one.decode("utf-8", "replace") for one in binary]


def _verdict(flags: list[Flag] | None) -> str | None:
    if flags is None:
        return None
    return "fault" if any(one.hard for one in flags) else "hint" if flags else "good"


def _rows(flags: list[Flag] | None) -> list[dict[str, object]] | None:
    if flags is None:
        return None
    names = ("check", "value", "text", "hard")
    return [{name: getattr(one, name) for name in names} for one in flags]
