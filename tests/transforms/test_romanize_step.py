"""``transforms.romanize`` as a step: which language counts, and what null becomes."""

from __future__ import annotations

import pyarrow as pa

from curate.transforms.romanize import Romanize


def rows(**columns: list[str | None]) -> pa.Table:
    count = len(next(iter(columns.values())))
    return pa.table({"id": [str(n) for n in range(count)], **columns})


def test_null_stays_null_and_empty_stays_empty() -> None:
    out = Romanize()(rows(text=[None, "", "Привет"]))
    assert out["romanized"].to_pylist() == [None, "", "Privet"]


def test_the_language_of_a_row_decides_over_the_option() -> None:
    batch = rows(text=["щи", "щи", "щи"], lang=["ukr_Cyrl", "bg", None])
    out = Romanize(language="rus", language_column="lang")(batch)
    each = [
        Romanize(language=code)(batch)["romanized"][0].as_py() for code in ("ukr", "bul", "rus")
    ]
    assert out["romanized"].to_pylist() == each
    assert len(set(each)) > 1


def test_the_text_may_be_in_another_column() -> None:
    batch = rows(sentence=["한글"])
    assert Romanize(text="sentence")(batch)["romanized"].to_pylist() == ["hangeul"]


def test_the_version_of_uroman_is_part_of_the_fingerprint() -> None:
    assert len(Romanize().prepare()["uroman"]) == 64
    assert Romanize().fingerprint() != Romanize(language="kas").fingerprint()
