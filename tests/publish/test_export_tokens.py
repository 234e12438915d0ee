"""Labelled tokens for trainers, other tools and reviewers, and the way back."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import PublishError
from curate.maltese.annotations import read_annotations
from curate.publish.export.formats import export
from curate.publish.export.splits import Options
from curate.publish.record import plain
from curate.publish.token_labels import LabelCount, TokenLabels, context, reasons
from curate.sources.conllu import Conllu
from curate.sources.token_table import TokenTable

SCHEMA = pa.schema(
    [("id", pa.string()), ("text", pa.string()), ("tokens", pa.list_(pa.string())),
     ("token_starts", pa.list_(pa.int32())), ("token_ends", pa.list_(pa.int32())),
     ("etymology", pa.list_(pa.string())), ("etymology_prob", pa.list_(pa.float32())),
     ("etymology_from", pa.list_(pa.string()))]
)  # fmt: skip


def dataset(folder: Path, table: pa.Table, split: str = "train") -> Path:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / f"data/{split}-00000-of-00001.parquet", row_group_size=2)
    rows_of_run = {"read": 0, "kept": 0, "rejected": 0}
    record = {"name": "rows", "complete": True, "rows": rows_of_run, "files": {}}
    record |= {"configs": {"default": {split: {"rows": table.num_rows}}}}
    (folder / "run.json").write_text(plain(record))
    return folder


def row(name: str, *tokens: str, text: str = "") -> dict[str, object]:
    """A sentence of tokens written ``word/Label/0.9/model``, joined by spaces."""
    parts = [token.split("/") for token in tokens]
    words = [part[0] for part in parts]
    text = text or " ".join(words)
    starts, at = [], 0
    for word in words:
        starts.append(text.index(word, at))
        at = starts[-1] + len(word)
    return {
        "id": name,
        "text": text,
        "tokens": words,
        "token_starts": starts,
        "token_ends": [start + len(word) for start, word in zip(starts, words, strict=True)],
        "etymology": [part[1] for part in parts],
        "etymology_prob": [float(part[2]) for part in parts],
        "etymology_from": [part[3] for part in parts],
    }


ROWS = [
    row("a", "Il-/Arabic/1/memory", "kelb/Arabic/0.99/memory", "Bonnici/Name/0.4/model",
        "mexa/Arabic/0.9/model", "./Symbol/1/memory", text="Il-kelb Bonnici  mexa."),
    row("b", "Bonnici/Non-Arabic/0.3/model", "bonnici/Name/0.6/model", '"/Symbol/1/memory'),
]  # fmt: skip


def small(folder: Path) -> Path:
    return dataset(folder, pa.Table.from_pylist(ROWS, SCHEMA))


def review(folder: Path, **corrections: str) -> Path:
    """The review of a dataset, with ``correction`` filled in for words."""
    export(folder, folder.parent, "review", Options())
    path = folder.parent / "review.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, dialect="excel-tab"))
    for line in lines:
        line["correction"] = corrections.get(f"{line['id']}{line['token_index']}", "")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), dialect="excel-tab")
        writer.writeheader()
        writer.writerows(lines)
    return path


def test_the_published_annotations_come_out_as_the_published_table(
    data_dir: Path, tmp_path: Path
) -> None:
    published = data_dir / "maltese/annotations.tsv"
    source = TokenTable(str(published))
    (table,) = [batch for ref in source.shards() for batch in source.read(ref)]
    names = ["etymology" if name == "category" else name for name in table.column_names]
    folder = dataset(tmp_path / "in", table.rename_columns(names))
    assert export(folder, tmp_path, "etymology-tsv", Options()) == {"train.tsv": 7734}
    assert (tmp_path / "train.tsv").read_bytes() == published.read_bytes()


def test_the_table_is_read_again_by_the_training(tmp_path: Path) -> None:
    export(small(tmp_path / "in"), tmp_path, "etymology-tsv", Options())
    found = read_annotations(tmp_path / "train.tsv")
    assert [(one.name, one.words) for one in found] == [
        (one["id"], tuple(one["tokens"]))
        for one in ROWS  # type: ignore[arg-type]
    ]


def test_a_token_that_a_table_cannot_hold_is_refused(tmp_path: Path) -> None:
    folder = dataset(
        tmp_path / "in", pa.Table.from_pylist([row("a", "x\ty/Arabic/1/model")], SCHEMA)
    )
    with pytest.raises(PublishError, match="row 'a': 'x\\\\ty' has a tab"):
        export(folder, tmp_path, "etymology-tsv", Options())
    assert not (tmp_path / "train.tsv").exists()


def test_conllu_says_labels_and_spaces(tmp_path: Path) -> None:
    assert export(small(tmp_path / "in"), tmp_path, "conllu", Options()) == {"train.conllu": 2}
    lines = (tmp_path / "train.conllu").read_text(encoding="utf-8").splitlines()
    blank = "\t_" * 7
    assert lines[:5] == [
        "# sent_id = a",
        "# text = Il-kelb Bonnici  mexa.",
        f"1\tIl-{blank}\tEtymology=Arabic|EtymologyProb=1.0000|EtymologyFrom=memory|SpaceAfter=No",
        f"2\tkelb{blank}\tEtymology=Arabic|EtymologyProb=0.9900|EtymologyFrom=memory",
        f"3\tBonnici{blank}\tEtymology=Name|EtymologyProb=0.4000|EtymologyFrom=model"
        r"|SpacesAfter=\s\s",
    ]


WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=4)
BETWEEN = st.text(st.sampled_from(" \t\n\r|\\s\u00a0\u200b\u2028ħ🍋"), max_size=3)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.tuples(BETWEEN, WORDS), min_size=1, max_size=4), min_size=1, max_size=4)
)
def test_conllu_read_again_is_the_same_tokens_in_the_same_text(
    sentences: list[list[tuple[str, str]]],
) -> None:
    rows = []
    for number, pieces in enumerate(sentences):
        text, starts = "", []
        for gap, word in pieces:
            starts.append(len(text + gap))
            text += gap + word
        words = [word for _, word in pieces]
        ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
        rows.append({"id": str(number), "text": text + pieces[0][0], "tokens": words,
                     "token_starts": starts, "token_ends": ends})  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        table = pa.Table.from_pylist(rows, pa.schema(list(SCHEMA)[:5]))
        export(dataset(Path(name) / "in", table), Path(name), "conllu", Options())
        source = Conllu(f"{name}/train.conllu")
        found = [batch for ref in source.shards() for batch in source.read(ref)]
    again = pa.concat_tables(found)
    assert again["defect"].null_count == len(rows)
    assert again.select(table.column_names).to_pylist() == table.to_pylist()


def test_a_row_without_tokens_is_refused_by_name(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "in", pa.Table.from_pylist([row("empty", text="?")], SCHEMA))
    with pytest.raises(PublishError, match="row 'empty': CoNLL-U cannot hold it: no token"):
        export(folder, tmp_path, "conllu", Options())


def test_a_row_that_would_not_be_read_again_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curate.publish.export.conllu.MOST_SENTENCE", 200)
    with pytest.raises(PublishError, match="over 200; cut it into sentences"):
        export(small(tmp_path / "in"), tmp_path, "conllu", Options())


def test_a_review_lists_each_word_and_label_once_the_least_certain_first(tmp_path: Path) -> None:
    folder = dataset(
        tmp_path / "in",
        pa.Table.from_pylist([*ROWS, row("c", "BONNICI/Name/0.5/model")], SCHEMA),
    )
    assert export(folder, tmp_path, "review", Options(most=3)) == {"review.tsv": 3}
    with (tmp_path / "review.tsv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, dialect="excel-tab"))
    assert [(one["id"], one["token_index"], one["label"], one["times"]) for one in found] == [
        ("b", "0", "Non-Arabic", "1"),
        ("a", "2", "Name", "3"),
        ("a", "3", "Arabic", "1"),
    ]
    assert found[0]["why"] == "unseen word; Name 3× elsewhere; capital letter of the sentence"
    assert found[1]["context"] == "Il-kelb [[Bonnici]] mexa."


def test_context_is_cut_to_some_tokens_and_one_line() -> None:
    words = [f"w{number}" for number in range(30)]
    long = row("a", *(f"{word}/Arabic/1/model" for word in words), text="\n".join(words))
    assert context(long, 15) == (
        "… w7 w8 w9 w10 w11 w12 w13 w14 ", "w15", " w16 w17 w18 w19 w20 w21 w22 w23 …"
    )  # fmt: skip


def test_labels_are_counted_over_all_row_groups(tmp_path: Path) -> None:
    small(tmp_path / "in")
    labels = TokenLabels(sorted((tmp_path / "in/data").iterdir()))
    assert labels.counts() == [
        LabelCount("Arabic", 3, 2, 0),
        LabelCount("Name", 2, 0, 2),
        LabelCount("Symbol", 2, 2, 0),
        LabelCount("Non-Arabic", 1, 0, 1),
    ]
    assert labels.labels_of(["bonnici"]) == {"bonnici": {"Name": 2, "Non-Arabic": 1}}


def test_two_capitalised_words_of_which_one_is_a_name_may_be_one_name() -> None:
    some = row("a", "il-/Arabic/1/memory", "Bank/Non-Arabic/0.5/model", "Malti/Name/1/memory")
    assert reasons(some, 1, {"Non-Arabic": 1}) == ["unseen word", "a name may begin or end here"]


def test_corrected_sentences_become_training_data_and_no_others(tmp_path: Path) -> None:
    folder = small(tmp_path / "in")
    options = Options(corrections=review(folder, b0="Name"))
    assert export(folder, tmp_path, "etymology-tsv", options) == {"train.tsv": 3}
    (found,) = read_annotations(tmp_path / "train.tsv")
    assert (found.name, found.labels) == ("b", ("Name", "Name", "Symbol"))
    export(folder, tmp_path, "conllu", options)
    assert "EtymologyFrom=human" in (tmp_path / "train.conllu").read_text().splitlines()[2]


def test_a_fine_label_is_merged_where_the_dataset_has_merged_ones(tmp_path: Path) -> None:
    folder = small(tmp_path / "in")
    options = Options(corrections=review(folder, b0="Name (Non-Arabic)"))
    export(folder, tmp_path, "etymology-tsv", options)
    assert "b\tBonnici\tName\tName\n" in (tmp_path / "train.tsv").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("\tName\r", "\tNmae\r"), "review.tsv:2: 'Nmae' is no label; did you mean 'Name'"),
        (("b\t0\tBonnici", "b\t0\tBonniċi"), "token 0 of 'b' is 'Bonnici', not 'Bonniċi'"),
        (("b\t0\t", "z\t0\t"), "'z' is no sentence of this dataset"),
        (("b\t0\t", "b\t0,0\t"), "the token_index is '0,0'"),
        (("\tName\r", "\t\r"), "no correction; write labels into the column"),
        (("\tcorrection", "\tright"), "there is no column 'correction'"),
    ],
)
def test_a_correction_that_cannot_be_used_is_named(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    folder = small(tmp_path / "in")
    path = review(folder, b0="Name")
    text = path.read_bytes().decode()
    assert change[0] in text
    path.write_bytes(text.replace(*change, 1).encode())
    with pytest.raises(PublishError, match=message.replace("(", r"\(")):
        export(folder, tmp_path, "etymology-tsv", Options(corrections=path))


def test_a_dataset_without_labels_says_what_the_form_needs(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "in", pa.table({"id": ["a"], "text": ["b"]}))
    with pytest.raises(PublishError, match="has no column 'tokens'; this form needs id, tokens, e"):
        export(folder, tmp_path, "etymology-tsv", Options())
