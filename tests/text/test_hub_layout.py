from __future__ import annotations

import pytest

from curate.errors import SourceError
from curate.text.hub_layout import data_files


def found(
    files: list[str], card: str = "", config: str = "", split: str = "", converted: bool = False
):
    return [tuple(one) for one in data_files("org/corpus", card, files, config, split, converted)]


CARD = """---
license: cc-by-4.0
configs:
- config_name: kashmiri
  data_files:
  - split: train
    path: "kashmiri/train-*"
  - split: test
    path: ["kashmiri/test-*"]
- config_name: urdu
  data_files: "urdu/**/*.parquet"
---
Text.
"""
FILES = [
    "README.md",
    "kashmiri/test-00000-of-00001.parquet",
    "kashmiri/train-00000-of-00002.parquet",
    "kashmiri/train-00001-of-00002.parquet",
    "urdu/x/y/z.parquet",
    "rejected/duration.parquet",
]


def test_card_decides_on_files_and_order_of_splits() -> None:
    assert found(FILES, CARD, "kashmiri") == [
        ("kashmiri/train-00000-of-00002.parquet", "train"),
        ("kashmiri/train-00001-of-00002.parquet", "train"),
        ("kashmiri/test-00000-of-00001.parquet", "test"),
    ]


def test_pattern_with_two_stars_enters_folders() -> None:
    assert found(FILES, CARD, "urdu") == [("urdu/x/y/z.parquet", "train")]


def test_one_split_is_read_alone() -> None:
    assert found(FILES, CARD, "kashmiri", "test") == [
        ("kashmiri/test-00000-of-00001.parquet", "test")
    ]


def test_split_names_come_from_file_names_without_a_card() -> None:
    files = ["data/dev.parquet", "data/train-00000-of-00001.parquet", "test/0.parquet"]
    assert found(files) == [
        ("data/train-00000-of-00001.parquet", "train"),
        ("data/dev.parquet", "validation"),
        ("test/0.parquet", "test"),
    ]


def test_converted_branch_has_configurations_and_splits_as_folders() -> None:
    files = ["default/train/0000.parquet", "default/my_split/0000.parquet"]
    assert found(files, converted=True) == [
        ("default/train/0000.parquet", "train"),
        ("default/my_split/0000.parquet", "my_split"),
    ]


@pytest.mark.parametrize(
    ("files", "card", "config", "split", "message"),
    [
        (FILES, CARD, "", "", "choose with config: one of kashmiri, urdu"),
        (FILES, CARD, "kashmir", "", "did you mean 'kashmiri'"),
        (FILES, CARD, "kashmiri", "tests", "did you mean 'test'"),
        (["a.jsonl", "README.md"], "", "", "", "holds .jsonl.*refs/convert/parquet"),
        (
            ["a.parquet"],
            "---\nconfigs:\n- data_files: none/*\n---",
            "",
            "",
            "no Parquet file belongs",
        ),
    ],
)
def test_what_is_not_there_is_one_clear_error(
    files: list[str], card: str, config: str, split: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        found(files, card, config, split)


def test_card_that_is_not_yaml_is_passed_over() -> None:
    assert found(["train.parquet"], "---\n: [\n---\n") == [("train.parquet", "train")]
