"""Reject texts with keys, tokens and passwords, and mask them in what is kept of such a row.

Formats that providers give their keys, and strings that look random where a name like ``password``
is given one (``curate.code.secrets``; Meli, McNiece and Reaves 2019, "How Bad Can It Git?"). The
evidence is the kind and the line, and in the rejected row the text itself has ``<AWS key>`` and the
like in place of what was found: no output holds a secret that was found. This is the one filter
that changes a column, and only in rows that it rejects.

It misleads where it finds nothing: it knows no password of a few plain words, none that is put
together from pieces, and no key of a format it does not know that is given to an innocent name;
``random_strings`` finds more of these, and hashes and tables of programs with them. Names in
``secret_kinds`` are told of the text column only: look at other columns by a second step.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar

import pyarrow as pa

from curate.contract import Adds, Column, Filter, Limit, Verdict


@dc.dataclass(frozen=True)
class Secrets(Filter):
    """Keep texts without keys, tokens and passwords.

    Args:
        text: Column with the text; in rows that are rejected its secrets are masked.
        random_strings: Reject quoted strings of 32 characters and more that only look random, too.
        most: Secrets that are no reason to reject, for those who look at the evidence first.

    Adds:
        secret_count: int32, how many were found; 0 for a null text.
        secret_kinds: list of string, ``AWS key, line 12``, at most 20; never the secret.

    Rejects:
        holds a secret: ``secret_count`` is above ``most``.

    Example:
        >>> rows = pa.table({"text": ["n = 1", "key = 'ghp_" + "a1B2" * 9 + "'"]})
        >>> verdict = Secrets()(rows)
        >>> verdict.keep.to_pylist(), verdict.measured["secret_kinds"][1].as_py()
        ([True, False], ['GitHub token, line 1'])
        >>> verdict.measured["text"][1].as_py()
        "key = '<GitHub token>'"
    """

    text: Column = "text"
    random_strings: bool = False
    most: int = 0

    adds: ClassVar[Adds] = {"secret_count": pa.int32(), "secret_kinds": pa.list_(pa.string())}
    reasons: ClassVar = ("holds a secret",)
    limits: ClassVar = {"most": Limit("secret_count", "most", reasons)}

    def added(self, schema: pa.Schema) -> Adds:
        """The evidence, and the text, masked where it must be."""
        at = schema.get_field_index(self.text)
        return {**({self.text: schema.field(at)} if at >= 0 else {}), **self.adds}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Search text by text."""
        from curate.code.columns import as_text, programs
        from curate.code.secrets import find_secrets, masked

        texts = programs(batch[self.text])
        found = [find_secrets(text or b"", self.random_strings) for text in texts]
        keep = [len(finds) <= self.most for finds in found]
        column = batch[self.text]
        if not all(keep):
            safe = [
                text if kept or text is None else masked(text, finds)
                for text, kept, finds in zip(texts, keep, found, strict=True)
            ]
            column = as_text(safe, column.type)
        kinds = [[f"{one.kind}, line {one.line}" for one in finds[:20]] for finds in found]
        measured = {
            self.text: column,
            "secret_count": pa.array([len(finds) for finds in found], pa.int32()),
            "secret_kinds": pa.array(kinds, self.adds["secret_kinds"]),
        }
        return Verdict(pa.array(keep, pa.bool_()), self.reasons[0], measured)
