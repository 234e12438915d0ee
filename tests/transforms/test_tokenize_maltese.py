from __future__ import annotations

import pyarrow as pa

from curate.contract import apply
from curate.transforms.tokenize_maltese import TokenizeMaltese


def table(texts: list[str | None], tokens: list[list[str] | None] | None = None) -> pa.Table:
    columns: dict[str, object] = {"id": [str(row) for row in range(len(texts))]}
    columns["text"] = pa.array(texts, pa.string())
    if tokens is not None:
        columns["tokens"] = pa.array(tokens, pa.list_(pa.string()))
    return pa.table(columns)


def test_words_come_with_their_offsets_in_code_points() -> None:
    rows = TokenizeMaltese()(table(["🇲🇹 f'Malta"])).to_pylist()
    assert (rows[0]["tokens"], rows[0]["token_starts"], rows[0]["token_ends"]) == (
        ["🇲🇹", "f'", "Malta"],
        [0, 3, 5],
        [2, 5, 10],
    )


def test_a_null_text_has_null_words_and_an_empty_one_none() -> None:
    rows = TokenizeMaltese()(table([None, ""])).to_pylist()
    assert [row["tokens"] for row in rows] == [None, []]
    assert [row["token_ends"] for row in rows] == [None, []]


def test_words_that_are_there_are_kept_and_located() -> None:
    batch = table(["l-għalliem Dr. Borg", "u jien"], [["l-", "għalliem", "Dr.", "Borg"], None])
    rows = TokenizeMaltese()(batch).to_pylist()
    assert rows[0]["tokens"] == ["l-", "għalliem", "Dr.", "Borg"]
    assert rows[0]["token_starts"] == [0, 2, 11, 15]
    assert rows[1]["tokens"] == ["u", "jien"]


def test_a_row_whose_words_are_not_in_its_text_is_rejected() -> None:
    batch = table(["tajjeb", "ħażin"], [["tajjeb"], ["tajjeb"]])
    kept, rejected = apply(TokenizeMaltese(), batch)
    assert kept["id"].to_pylist() == ["0"]
    assert rejected["reason"].to_pylist() == ["tokens not in text"]


def test_entities_and_addresses_are_split_on_demand() -> None:
    step = TokenizeMaltese(entities="split", addresses="split")
    assert step(table(["&amp; www.x.mt"]))["tokens"][0].as_py() == [
        "&", "amp", ";", "www", ".", "x", ".", "mt"
    ]  # fmt: skip


def test_the_version_of_malti_is_part_of_what_a_run_records() -> None:
    assert TokenizeMaltese().prepare().keys() == {"malti"}
