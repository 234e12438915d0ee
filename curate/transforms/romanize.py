"""Write text of any script in Latin letters.

``uroman`` (Hermjakob, May and Knight 2018, "Out-of-the-box universal romanization tool uroman"),
with its exact answer, from ``curate.text.romanize``. It romanises what is written: Arabic script
keeps its missing vowels missing, Chinese has no tones, and the way back is not unique. A language
code matters to few languages (Bulgarian, Kashmiri in Devanagari, Persian, Ukrainian …) and is
harmless for others.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar

import pyarrow as pa

from curate.contract import Adds, Column, Transform, put


@dc.dataclass(frozen=True)
class Romanize(Transform):
    """Write text of any script in Latin letters.

    Args:
        text: Column with the text.
        language: Language of all rows, an ISO 639 code (``kas``, ``ks``) or a label that begins
            with one (``kas_Arab``, ``ks-Arab``); empty for the rules common to all languages.
        language_column: Column with such a label for each row; ``language`` where it is null.

    Reads:
        text: string.

    Adds:
        romanized: string, null where the text is; where ``uroman`` fails on a word (a Chinese
            fraction without numerator, say), that word is romanised letter by letter. Bytes that
            are no UTF-8 become U+FFFD.

    Raises:
        EnvironmentError_: ``uroman`` is not installed.

    Example:
        >>> lines = pa.table({"id": ["a", "b"], "text": ["کٲشُر زَبان", "नमस्ते"]})
        >>> Romanize(language="kas")(lines)["romanized"].to_pylist()
        ['kashur zaban', 'namaste']
    """

    text: Column = "text"
    language: str = ""
    language_column: Column = ""

    adds: ClassVar[Adds] = {"romanized": pa.string()}

    def prepare(self) -> dict[str, str]:
        """Find ``uroman``: another version of it may give other letters."""
        from curate.text.romanize_uroman import digest

        return {"uroman": digest()}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Romanise row by row."""
        from curate.text.romanize import romanize
        from curate.text.utf8 import readable

        texts = readable(batch[self.text].cast(pa.large_string())).to_pylist()
        labels = [None] * len(texts)
        if self.language_column:
            labels = readable(batch[self.language_column].cast(pa.string())).to_pylist()
        found = [
            None if text is None else romanize(text, self.language if label is None else label)
            for text, label in zip(texts, labels, strict=True)
        ]
        return put(batch, pa.field("romanized", pa.string()), found)
