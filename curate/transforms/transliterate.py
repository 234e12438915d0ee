"""Write Maltese in Arabic letters, by the origin of its words or all of it.

The versions of Micallef et al. 2024, "Cross-Lingual Transfer from Related Languages: Treating
Low-Resource Maltese as Multilingual Code-Switching": ``X_ara`` writes every word in Arabic letters,
``T_…`` translates every word by a table, ``X/P`` writes the words of Arabic origin and passes the
others, ``X/T_…`` translates those. The certain spelling drops short vowels; the ranked one chooses
among all spellings that the Maltese letters may stand for. It misleads on words from Italian and
English in ``X_ara``, which nobody writes so, and a ranked choice is right in about three of four
words (docs/maltese_transliteration.md).
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from curate.contract import DEFECT, Adds, Column, InputPath, Transform, put
from curate.errors import RecipeError

if TYPE_CHECKING:
    from curate.maltese.views import Resources

STRINGS = pa.list_(pa.string())
KENLM = ("word_model", "character_model")
_View = Literal["X_ara", "T_ara", "T_eng", "T_ita", "X/P", "X/T_ara", "X/T_eng", "X/T_ita"]
_Label = Literal[
    "Arabic",
    "Non-Arabic",
    "Name",
    "Code-Switching",
    "Symbol",
    "Mixed",
    "Name (Arabic)",
    "Name (Non-Arabic)",
]
_Mode = Literal[
    "transliterate",
    "translate:mt-ar",
    "translate:mt-en",
    "translate:mt-it",
    "translate:en-ar",
    "pass",
    "drop",
]


@dc.dataclass(frozen=True)
class Transliterate(Transform):
    """Write Maltese in Arabic letters, by the origin of its words or all of it.

    Words are parted by a space, but where one joins the next in Arabic script, as the article does.
    A word that is not in a table is looked up in lower case, then passed as it is.

    Args:
        views: Versions to write. By default all that are possible: ``X_ara``; ``T_ara``, ``T_eng``
            and ``T_ita`` with ``tables``; ``X/P`` with ``etymology``; with both also ``X/T_ara``,
            ``X/T_eng`` and ``X/T_ita``.
        modes: A version of your own, ``custom``: for each label ``transliterate``,
            ``translate:TABLE``, ``pass`` or ``drop``; labels not named pass, fine ones do as the
            merged ones.
        spelling: ``certain`` follows the rules alone; ``ranked`` chooses among all possible
            spellings, by KenLM models, else by ``words``, else by which letters are most usual.
        words: List of Arabic words in order of first use, one a line or ``word TAB position``.
        word_model: KenLM model of Arabic words: path, or ``hub:org/name@revision/file``.
        character_model: KenLM model of their letters; decides where words are equally likely.
        tables: Folder with ``mt-ar.tsv``, ``mt-en.tsv``, ``mt-it.tsv``, ``en-ar.tsv``.
        closed_class: Folder ``token_mappings`` of MLRS/malti, tag 2024.eacl, with more small words
            than the list of this package.
        as_tokens: Also write each version as a list of words.
        text: Column with the text; only read where there are no ``tokens``. Empty if there always
            are.

    Reads:
        tokens: list<string>, from ``transforms.tokenize_maltese`` or a source; without the column
            the text is cut as that step does.
        etymology: list<string>, label of each token, if there; needed by ``X/…`` and ``custom``.

    Adds:
        x_ara: string, null where ``tokens`` are; so ``t_ara``, ``t_eng``, ``t_ita``, ``x_p``,
            ``x_t_ara``, ``x_t_eng``, ``x_t_ita`` and ``custom``.
        x_ara_tokens: list<string>, null for a dropped word, with ``as_tokens``; so the others.

    Rejects:
        labels do not fit tokens: A view depends on labels, and the row has none, another number of
            them than tokens, or one that is no label.

    Raises:
        EnvironmentError_: A list, table or model is missing; the message says how to get it.
        RecipeError: Before any work: options that would count for nothing.

    Example:
        >>> rows = pa.table({"tokens": [["Il-", "karozza", "."]]}).append_column(
        ...     "etymology", [[["Arabic", "Non-Arabic", "Symbol"]]])
        >>> done = Transliterate()(rows)
        >>> done["x_ara"][0].as_py(), done["x_p"][0].as_py()
        ('الكردز .', 'ال karozza .')
    """

    views: tuple[_View, ...] = ()
    modes: Mapping[_Label, _Mode] = dc.field(default_factory=dict)
    spelling: Literal["certain", "ranked"] = "certain"
    words: InputPath = ""
    word_model: str = ""
    character_model: str = ""
    tables: InputPath = ""
    closed_class: InputPath = ""
    as_tokens: bool = False
    text: Column = "text"

    reads_if_there: ClassVar[tuple[str, ...]] = ("tokens", "etymology")
    reasons: ClassVar[tuple[str, ...]] = ("labels do not fit tokens",)

    def columns_read(self) -> tuple[str, ...]:
        """The text, and the labels if a view that was asked for depends on them."""
        from curate.maltese.views import is_conditional

        asked = self.views or self.modes
        labelled = asked and any(map(is_conditional, self._views().values()))
        return (*super().columns_read(), *(("etymology",) if labelled else ()))

    def added(self, schema: pa.Schema) -> Adds:
        """The views, which by default depend on the columns that are there."""
        from curate.maltese.views import column_of

        columns: dict[str, pa.DataType] = {}
        for name in map(column_of, self._views("etymology" in schema.names)):
            columns[name] = pa.string()
            if self.as_tokens:
                columns[f"{name}_tokens"] = STRINGS
        return columns

    def prepare(self) -> dict[str, str]:
        """Find what words are written by, and read it once."""
        from curate.maltese.views import digests
        from curate.text import perplexity

        ranks = [name for name in ("words", *KENLM) if getattr(self, name)]
        if ranks and self.spelling == "certain":
            raise RecipeError(f"{self.step_name()}: {ranks[0]} counts only with spelling: ranked")
        found: dict[str, str] = {}
        for name in KENLM:
            if model := getattr(self, name):
                found |= perplexity.prepare(model, "", owner=f"{self.step_name()}: {name}")
        tables = self._resources().tables
        return found | digests(self.closed_class, self.words, self.tables, tables)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Write each distinct word of the batch once."""
        from curate.maltese.views import Writer, column_of, is_conditional, misfits, rows_of

        views = self._views("etymology" in batch.column_names)
        tokens = self._tokens(batch)
        labels, wrong = None, None
        if any(map(is_conditional, views.values())):
            labels = batch["etymology"].cast(STRINGS).combine_chunks()
            wrong = misfits(tokens, labels)
            tokens = pc.if_else(wrong, pa.scalar(None, STRINGS), tokens)
            labels = pc.if_else(pc.is_null(tokens), pa.scalar(None, STRINGS), labels)
        writer = Writer(rows_of(tokens, labels), self._resources())
        for name, modes in views.items():
            written, column = writer.write(modes), column_of(name)
            batch = put(batch, pa.field(column, pa.string()), written.text)
            if self.as_tokens:
                batch = put(batch, pa.field(f"{column}_tokens", STRINGS), written.tokens)
        if wrong is None or not wrong.true_count:
            return batch
        return put(batch, DEFECT, pc.if_else(wrong, self.reasons[0], pa.scalar(None, pa.string())))

    def _views(self, labelled: bool = True) -> dict[str, Mapping[str, str]]:
        from curate.maltese.views import chosen

        own = {str(label): str(mode) for label, mode in self.modes.items()}
        return chosen(self.views, own, labelled=labelled, translated=bool(self.tables))

    def _tokens(self, batch: pa.Table) -> pa.Array:
        if "tokens" in batch.column_names:
            return batch["tokens"].cast(STRINGS).combine_chunks()
        from curate.maltese.token_columns import token_columns

        return token_columns(batch[self.text]).columns["tokens"]

    def _resources(self) -> Resources:
        from curate.maltese.views import open_resources, tables_needed
        from curate.text import perplexity

        owner = self.step_name()
        tables = tables_needed(self._views(), self.tables, owner=owner)
        kenlm = [
            perplexity.open_models(model, "", owner=f"{owner}: {name}")[0] if model else None
            for name, model in ((name, getattr(self, name)) for name in KENLM)
        ]
        return open_resources(
            self.closed_class, self.spelling, self.words, kenlm, self.tables, tables
        )
