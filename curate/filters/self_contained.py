"""Keep programs that need nothing beyond their language's own standard library.

A lexical scan outside comments and strings (``curate.code.dependencies``) finds, before any
compiler runs, what includes a header of its project or imports a package: of the programs of
``sltrans_sources`` in nine languages that were compiled here it names 122 of 138 that lack a
dependency (the other 16 ask for what newer compilers bring: ``<format>``, OpenMP, Nim's
``std/assertions``), and rejects 3 of 917 that compile, whose GMP and OpenSSL that machine has.

It misleads where a name is built by a macro, where a module of the project is called like one of
the standard library, and on programs that call what another file of theirs defines without saying
so (Swift, Go). Versions are not told apart.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar

import pyarrow as pa

from curate.contract import Column, Filter, Verdict


@dc.dataclass(frozen=True)
class SelfContained(Filter):
    r"""Keep programs that include or import the standard library at most.

    Args:
        text: Column with the program.
        language: Language of all rows, by any usual name: C, C++, Objective-C, Rust, D, Fortran,
            Haskell, Nim, Crystal, Swift, Python or Go.
        language_column: Column with such a name for each row; ``language`` where it is null.

    Reads:
        text: string.

    Adds:
        foreign_names: list of string, what the program asks for beyond the standard library, at
            most 20 names; null for a null text and in any other language.

    Rejects:
        foreign dependency: There is such a name.
        unknown language: It is none of the twelve.
        no code: The text is null.

    Example:
        >>> rows = pa.table({"text": ["#include <math.h>\n", '#include "list.h"\n']})
        >>> verdict = SelfContained(language="c")(rows)
        >>> verdict.keep.to_pylist(), verdict.measured["foreign_names"].to_pylist()
        ([True, False], [[], ['list.h']])
    """

    text: Column = "text"
    language: str = "c"
    language_column: Column = ""

    adds: ClassVar = {"foreign_names": pa.list_(pa.string())}
    reasons: ClassVar = ("foreign dependency", "unknown language", "no code")

    def __call__(self, batch: pa.Table) -> Verdict:
        """Scan program by program."""
        from curate.code.columns import languages, programs
        from curate.code.dependencies import foreign_names

        texts = programs(batch[self.text])
        labels = languages(batch, self.language_column, self.language)
        found = [
            None if text is None else foreign_names(text, label)
            for text, label in zip(texts, labels, strict=True)
        ]
        keep = pa.array([names == [] for names in found], pa.bool_())
        reasons = [
            "no code" if text is None else "unknown language" if names is None else self.reasons[0]
            for text, names in zip(texts, found, strict=True)
        ]
        names = pa.array(found, self.adds["foreign_names"])
        return Verdict(keep, pa.array(reasons, pa.string()), {"foreign_names": names})
