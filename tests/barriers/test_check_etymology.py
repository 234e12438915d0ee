"""Annotated etymologies: faults by word, and labels that the other sentences do not support."""

from __future__ import annotations

import pyarrow as pa
import pytest

from curate.barriers.check_etymology import CheckEtymology
from curate.contract import Verdict
from curate.errors import EnvironmentError_
from curate.maltese import agreement

SENTENCES = [
    ("Il- karozza ġdida .", "AANS"),
    ("Il- karozza qadima .", "ANAS"),
    ("Il- ktieb ġdid .", "AAAS"),
    ("Xtrajt karozza f' Malta .", "ANAXS"),
    ("Il- kuntratt tal- karozza .", "ANANS"),
    ("Il- kelb raqad fuq is- siġġu .", "AAAAANS"),
    ("Il- ktieb ġdid .", "AAAS"),
]
LABELS = {"A": "Arabic", "N": "Non-Arabic", "S": "Symbol", "X": "Name"}


def rows() -> dict[str, list[object]]:
    """Sentences with merged labels; *karozza* is wrong in the first one, and so is *ġdida*."""
    return {
        "id": [str(number) for number in range(len(SENTENCES))],
        "tokens": [text.split() for text, _ in SENTENCES],
        "category_merged": [[LABELS[one] for one in codes] for _, codes in SENTENCES],
    }


def checked(columns: dict[str, list[object]], **options: object) -> Verdict:
    step = CheckEtymology(**options)  # type: ignore[arg-type]
    return step.decide(step.keys(pa.table(columns)))


def test_a_label_that_the_other_sentences_contradict_is_disputed() -> None:
    found = {name: values.to_pylist() for name, values in checked(rows()).measured.items()}
    assert found["expected"][0][1] == "Non-Arabic"
    assert found["etymology_prob"][0][1] < 0.2 < 0.8 < found["expected_prob"][0][1]
    assert found["disputed"][0] >= 1
    assert found["disputed"][1:] == [
        sum(own != other for own, other in zip(*pair, strict=True))
        for pair in zip(found["etymology"][1:], found["expected"][1:], strict=True)
    ]
    assert found["etymology"] == rows()["category_merged"]


def test_repeats_share_a_fold_and_name_the_first_of_them() -> None:
    found = checked(rows(), folds=6).measured
    assert found["repeat_of"].to_pylist() == [None] * 6 + ["2"]
    fold = found["fold"].to_pylist()
    assert (len(set(fold)), fold[2]) == (6, fold[6])


@pytest.mark.parametrize(
    ("tokens", "labels", "reason", "fault"),
    [
        ([], [], "no tokens", ""),
        (None, None, "no tokens", ""),
        (["Il-"], None, "labels do not fit tokens", "1 words, 0 labels"),
        (["Il-", "kelb"], ["Arabic"], "labels do not fit tokens", "2 words, 1 labels"),
        (["Il-", "kelb"], ["Arabic", "Arab"], "unknown label", "word 2, 'kelb': 'Arab'"),
        (["kelb"], [None], "unknown label", "word 1, 'kelb': None"),
        (["Rita"], ["Name"], "merged label among fine ones", "word 1, 'Rita': 'Name'"),
    ],
)
def test_a_fault_is_named_with_its_word(
    tokens: object, labels: object, reason: str, fault: str
) -> None:
    fine = (["Malta"], ["Name (Arabic)"])
    columns = {"id": ["a", "b"], "tokens": [tokens, fine[0]], "category": [labels, fine[1]]}
    found = checked(columns)
    assert found.keep.to_pylist() == [False, True]
    assert found.reason[0].as_py() == reason  # type: ignore[union-attr]
    assert found.measured["fault"].to_pylist() == [fault, None]


def test_rows_with_a_fault_teach_nothing() -> None:
    columns = rows()
    for name, value in (("id", "x"), ("tokens", ["karozza"]), ("category_merged", ["Arab"])):
        columns[name] = [value, *columns[name]]
    found, without = checked(columns).measured, checked(rows()).measured
    for name in ("expected", "etymology_prob", "fold", "repeat_of"):
        assert found[name].to_pylist() == [None, *without[name].to_pylist()]


def test_labels_are_found_in_misc_of_conllu() -> None:
    columns = {
        "id": ["a", "b"],
        "tokens": [["Il-", "kelb"], ["."]],
        "misc": [["SpaceAfter=No|Etymology=Arabic", "Etymology=Arabic"], ["Etymology=Symbol|x"]],
    }
    found = checked(columns)
    assert found.keep.to_pylist() == [True, True]
    assert found.measured["etymology"].to_pylist() == [["Arabic"] * 2, ["Symbol"]]


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_sentences_have_no_opinion(count: int) -> None:
    columns = {name: values[:count] for name, values in rows().items()}
    step = CheckEtymology()
    table = pa.table(columns, pa.schema([(n, t) for n, t in zip(
        columns, [pa.string(), pa.list_(pa.string()), pa.list_(pa.string())], strict=True)]))  # fmt: skip
    found = step.decide(step.keys(table))
    assert found.keep.to_pylist() == [True] * count
    assert found.measured["expected"].to_pylist() == [None] * count


def test_decomposed_words_are_the_same_words() -> None:
    columns = rows()
    columns["tokens"][2] = ["Il-", "ktieb", "g\u0307did", "."]
    assert checked(columns).measured["repeat_of"].to_pylist()[6] == "2"


def test_the_reasons_are_those_of_the_step() -> None:
    told = {agreement.NO_TOKENS, agreement.OTHER_COUNT, agreement.UNKNOWN, agreement.MIXED}
    assert told == set(CheckEtymology.reasons)


def test_a_missing_table_is_told_before_anything_runs(tmp_path: object) -> None:
    with pytest.raises(EnvironmentError_, match=r"there is no .*mt-en\.tsv; set tables"):
        CheckEtymology(tables=str(tmp_path)).prepare()
