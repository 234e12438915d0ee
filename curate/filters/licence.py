"""Keep rows whose licence allows what the corpus is for.

The licence of each row is read as an SPDX expression (``curate.code.licences``), whatever its usual
spelling, and compared with a list of ids; in ``A OR B`` one of them is enough, ``A AND B`` needs
both. A licence that is missing or that nobody can name is set aside under a reason of its own, not
taken for allowed.

It misleads where the statement is wrong: most often a repository's licence is not that of a file
copied into it. It is no legal advice.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar, Literal

import pyarrow as pa

from curate.contract import Column, Filter, Verdict
from curate.errors import RecipeError


@dc.dataclass(frozen=True)
class Licence(Filter):
    """Keep rows under allowed licences.

    Args:
        licence_column: Column with the licence: an SPDX id or expression, or a usual spelling of
            one (``MIT License``, ``Apache 2``, ``GPL-3.0+``). A list holds licences that all apply.
        licence: Licence of rows whose column is empty, and of all without a ``licence_column``.
        preset: ``permissive`` allows licences that ask for a notice at most (MIT, BSD, Apache,
            ISC, public domain dedications, 43 in all); ``none`` only what ``allow`` names.
        allow: More licences that are allowed.
        deny: Licences that are not, of the preset's.

    Adds:
        licence_spdx: string, the licence as an SPDX expression; null if it is unknown.

    Rejects:
        licence not allowed: No choice that the expression leaves is in the list.
        unknown licence: Empty, or in no known spelling; such rows are kept aside for a look.

    Raises:
        RecipeError: Before any work: ``allow`` or ``deny`` names a licence that SPDX lacks.

    Example:
        >>> rows = pa.table({"by": ["MIT License", "GPL-3.0+ OR Apache 2", "GPL v2", "ask me"]})
        >>> verdict = Licence(licence_column="by")(rows)
        >>> verdict.keep.to_pylist(), verdict.measured["licence_spdx"][1].as_py()
        ([True, True, False, False], 'GPL-3.0-or-later OR Apache-2.0')
    """

    licence_column: Column = ""
    licence: str = ""
    preset: Literal["permissive", "none"] = "permissive"
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    version: ClassVar[int] = 2  # 2: a choice (OR) in a list of licences stays one choice
    adds: ClassVar = {"licence_spdx": pa.string()}
    reasons: ClassVar = ("licence not allowed", "unknown licence")

    def prepare(self) -> dict[str, str]:
        """Read the two lists."""
        self._allowed()
        return {}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Read each different spelling once."""
        from curate.code.licences import is_allowed, spdx_expression

        allowed = self._allowed()
        written = self._written(batch)
        names = {some: _together([spdx_expression(one) for one in some]) for some in set(written)}
        known = [names[some] or None for some in written]
        fits = {one: is_allowed(one, allowed) for one in set(known) if one}
        keep = pa.array([fits.get(one, False) if one else False for one in known], pa.bool_())
        reasons = [self.reasons[0] if one else self.reasons[1] for one in known]
        measured = {"licence_spdx": pa.array(known, pa.string())}
        return Verdict(keep, pa.array(reasons, pa.string()), measured)

    def _written(self, batch: pa.Table) -> list[tuple[str, ...]]:
        """The licences that apply to each row, as they are written."""
        if not self.licence_column:
            return [(self.licence,)] * batch.num_rows
        from curate.text.utf8 import mended

        values = mended(batch.select([self.licence_column]))[0].column(0).to_pylist()
        rows = []
        for value in values:
            several = value if isinstance(value, list) else [value]
            rows.append(tuple(f"{one}" for one in several if one) or (self.licence,))
        return rows

    def _allowed(self) -> frozenset[str]:
        from curate.code.licences import PERMISSIVE, spdx_expression

        named: dict[str, set[str]] = {}
        for option in ("allow", "deny"):
            for one in getattr(self, option):
                if not (name := spdx_expression(one)):
                    problem = f"{self.step_name()}: {option}: {one!r} is no licence of SPDX's list"
                    raise RecipeError(f"{problem}; write its id, such as MIT or GPL-3.0-or-later")
                named.setdefault(option, set()).add(name)
        preset = set(PERMISSIVE if self.preset == "permissive" else ())
        return frozenset((preset | named.get("allow", set())) - named.get("deny", set()))


def _together(expressions: list[str]) -> str:
    """One expression for licences that all apply; empty where one of them is unknown."""
    from curate.text.licence_files import joined

    return joined(expressions, " AND ") if all(expressions) else ""
