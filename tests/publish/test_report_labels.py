"""Which words a model is unsure of, and why: the part of the report on labelled tokens."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.publish.report.token_labels import shown_labels
from curate.publish.token_labels import TokenLabels

NASTY = "<script>alert(1)</script>\u202e"


def written(folder: Path, *rows: dict[str, object], name: str = "rows") -> Path:
    kinds = [("id", pa.string()), ("text", pa.string()), ("language", pa.string()),
             ("tokens", pa.list_(pa.string())), ("token_starts", pa.list_(pa.int32())),
             ("token_ends", pa.list_(pa.int32())), ("etymology", pa.list_(pa.string())),
             ("etymology_prob", pa.list_(pa.float32())),
             ("etymology_from", pa.list_(pa.string()))]  # fmt: skip
    table = pa.Table.from_pylist(list(rows), pa.schema(kinds))
    pq.write_table(table, folder / f"{name}.parquet", row_group_size=1)
    return folder / f"{name}.parquet"


def row(text: str, *labels: tuple[str, float, str]) -> dict[str, object]:
    """A sentence of words parted by one space, with (label, probability, origin) of each."""
    words = text.split(" ")
    starts = [sum(len(one) + 1 for one in words[:at]) for at in range(len(words))]
    return {
        "id": f"r{text[:3]}",
        "text": text,
        "language": "mlt",
        "tokens": words,
        "token_starts": starts,
        "token_ends": [start + len(word) for start, word in zip(starts, words, strict=True)],
        "etymology": [label for label, _, _ in labels],
        "etymology_prob": [prob for _, prob, _ in labels],
        "etymology_from": [origin for _, _, origin in labels],
    }


def test_uncertain_words_stand_in_their_sentence_with_the_reason(tmp_path: Path) -> None:
    one = row("il- laptop twil", ("Arabic", 1, "memory"), ("Non-Arabic", 0.37, "model"),
              ("Arabic", 0.999, "model"))  # fmt: skip
    two = row("Laptop .", ("Code-Switching", 0.6, "model"), ("Symbol", 1, "memory"))
    found = shown_labels([written(tmp_path, one, two)])
    assert found is not None
    assert [(word.word, word.label, word.percent, word.why) for word in found.words] == [
        ("laptop", "Non-Arabic", "37 %", "unseen word; Code-Switching 1× elsewhere"),
        ("Laptop", "Code-Switching", "60 %",
         "unseen word; Non-Arabic 1× elsewhere; capital letter of the sentence"),
    ]  # fmt: skip
    assert [(count.label, count.tokens) for count in found.counts] == [
        ("Arabic", 2), ("Code-Switching", 1), ("Non-Arabic", 1), ("Symbol", 1)
    ]  # fmt: skip
    assert str(found.sentences[0].text) == (
        '<span class="label l0" title="Arabic, 100 %">il-</span> '
        '<span class="label l2 unsure" title="Non-Arabic, 37 %: unseen word">laptop'
        "<sub>37 %</sub></span> "
        '<span class="label l0" title="Arabic, 100 %">twil</span>'
    )
    assert found.sentences[0].lang == "mt"


def test_words_of_rows_become_no_markup(tmp_path: Path) -> None:
    found = shown_labels([written(tmp_path, row(NASTY, (NASTY, 0.1, "model")))])
    assert found is not None
    assert "<script" not in str(found.sentences[0].text)
    assert "⟨U+202E⟩" in found.words[0].word


def test_a_dataset_without_labelled_tokens_has_no_such_part(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "text": ["b"]}), tmp_path / "a.parquet")
    assert shown_labels([tmp_path / "a.parquet"]) is None
    assert shown_labels([written(tmp_path, name="none")]) is None


def test_lists_of_other_lengths_are_passed_over(tmp_path: Path) -> None:
    short = {**row("a b", ("Arabic", 1, "memory"), ("Name", 0.5, "model")), "etymology": ["Arabic"]}
    null = dict.fromkeys(short) | {"id": "n"}
    good = row("c", ("Name", 0.5, "model"))
    labels = TokenLabels([written(tmp_path, short, null, good)])
    assert [(one.word, one.row, one.token) for one in labels.least_certain(9)] == [("c", 2, 0)]


def test_the_least_certain_of_many_files_is_the_first(tmp_path: Path) -> None:
    files = [
        written(tmp_path, row("x y", ("A", prob, "model"), ("B", 1, "memory")), name=f"f{at}")
        for at, prob in enumerate((0.8, 0.3, 0.5))
    ]
    (one,) = TokenLabels(files).least_certain(9)
    assert (one.word, round(one.prob, 2), one.row, one.token, one.times) == ("x", 0.3, 1, 0, 3)
