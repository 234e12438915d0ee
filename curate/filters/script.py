"""Keep texts that are written in the wanted script.

The share of letters that belong to given Unicode scripts (UAX 24), named by ISO 15924; digits,
marks, punctuation and symbols are of no script and do not count. Cheap and certain where a model is
neither: Kashmiri in Perso-Arabic letters never passes as Latin. It misleads where a script is taken
for a language: Urdu, Persian and Kashmiri are all ``Arab``. ``Hans`` and ``Hant`` are both Han
letters, and a name or a loanword in Latin letters weighs as much as any other word.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Gt, Le

from curate.contract import Adds, Column, Filter, Limit, Verdict

# curate.text.scripts holds the same names; a test compares them
_Script = Literal[
    "Beng",  # codespell:ignore
    "Arab", "Armn", "Bopo", "Cyrl", "Deva", "Ethi", "Geor", "Grek", "Gujr", "Guru", "Hang",
    "Hani", "Hebr", "Hira", "Kana", "Khmr", "Knda", "Laoo", "Latn", "Mlym", "Mymr", "Orya", "Sinh",
    "Taml", "Telu", "Thaa", "Thai", "Tibt",
    "Adlm", "Bali", "Bamu", "Batk", "Cakm", "Cans", "Cham", "Cher", "Hmnp", "Java", "Kali", "Lana",
    "Lepc", "Limb", "Lisu", "Mand", "Mong", "Mtei", "Newa", "Nkoo", "Olck", "Osge", "Plrd", "Rohg",
    "Saur", "Sund", "Sylo", "Syrc", "Tale", "Talu", "Tavt", "Tfng", "Vaii", "Wcho", "Yiii",
    "Jpan", "Kore", "Hans", "Hant",
]  # fmt: skip


@dc.dataclass(frozen=True)
class Script(Filter):
    """Keep texts whose letters are mostly of the wanted scripts.

    Args:
        text: Column with the texts.
        scripts: Wanted scripts by ISO 15924, such as ``[Arab]``; ``Jpan`` and ``Kore`` stand for
            all scripts of Japanese and Korean, ``Hans`` and ``Hant`` for Han. Empty for any single
            script.
        least_share: Smallest share of letters kept, over 0 to 1.

    Reads:
        text: string.

    Adds:
        script: string, the script of most letters by ISO 15924, ``Zzzz`` for one not in use today;
            null without letters.
        script_share: float64, 0 to 1, the letters of the wanted scripts together, or of ``script``
            if none is named; null without letters.

    Rejects:
        wrong script: ``script_share`` under ``least_share``.
        no letters: Null, or no letter of any script.

    Example:
        >>> lines = pa.table({"id": ["a", "b"], "text": ["کٲشُر زَبان", "Kashmiri (کٲشُر)"]})
        >>> verdict = Script(scripts=("Arab",))(lines)
        >>> verdict.keep.to_pylist(), verdict.measured["script"].to_pylist()
        ([True, False], ['Arab', 'Latn'])
    """

    text: Column = "text"
    scripts: tuple[_Script, ...] = ()
    # a Latin name of 8 letters in a line of 20 still passes
    least_share: Annotated[float, Gt(0), Le(1)] = 0.6

    adds: ClassVar[Adds] = {"script": pa.string(), "script_share": pa.float64()}
    reasons: ClassVar = ("wrong script", "no letters")
    limits: ClassVar = {"least_share": Limit("script_share", "least", ("wrong script",))}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Count letters by script."""
        from curate.text.scripts import OTHER, SCRIPTS, count_scripts, of_scripts

        counts = count_scripts(batch[self.text])
        letters = counts.sum(axis=1)
        most = counts.argmax(axis=1)
        wanted = counts[:, of_scripts(self.scripts)].sum(axis=1)
        inside = wanted if self.scripts else counts.max(axis=1)
        none = letters == 0
        share = pa.array(inside / np.maximum(letters, 1), mask=none)
        names = np.array([*SCRIPTS, OTHER], object)[most]
        script = pa.array(names, pa.string(), mask=none)
        keep = pc.fill_null(pc.greater_equal(share, self.least_share), False)
        reason = pc.if_else(pa.array(none), "no letters", "wrong script")
        return Verdict(keep, reason, {"script": script, "script_share": share})
