"""The published files that checks are tried on."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

_OPEN = re.compile(r"<<<TEXT([12])>>>(.*?)(<<<END TEXT\1>>>|\Z)", re.S)


class Law(NamedTuple):
    """A row of the law file: its source, both texts made of it, and how the answer stands there."""

    source: str
    first: str
    second: str
    answer: str
    same: bool

    @property
    def is_closed(self) -> bool:
        return "<<<END TEXT2>>>" in self.answer


def law_rows(data_dir: Path) -> list[Law]:
    """237 rows of ``final_law_df``, both texts cut out of the answer."""
    found = []
    for row in _rows(data_dir / "korfin" / "final_law_df_shared.csv"):
        answer = row["generated_texts"]
        texts = {one[1]: one[2].strip() for one in _OPEN.finditer(answer)}
        first = texts["1"].partition("<<<TEXT2>>>")[0]
        found.append(Law(row["text"], first, texts["2"], answer, row["pos_or_neg"] == "pos"))
    return found


def news_rows(data_dir: Path) -> list[tuple[str, str, float]]:
    """250 rows of the news file: both texts and the score."""
    rows = _rows(data_dir / "korfin" / "NMIXX_kor_Fin_news_shared.csv")
    return [(row["sentence1"], row["sentence2"], float(row["score"])) for row in rows]


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10**7)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
