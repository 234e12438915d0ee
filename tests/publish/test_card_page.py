"""What docs/card.md says of cards is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from curate.publish.card import SLOTS, slots_of
from curate.publish.card_blocks import BLOCKS
from curate.publish.prose import Prose

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "card.md").read_text(encoding="utf-8")
RECORD = {
    "name": "x",
    "configs": {},
    "statistics": {},
    "rows": {"read": 0, "kept": 0, "rejected": 0, "failed": 0},
}


def first_column(head: str) -> list[str]:
    table = PAGE.split(f"| {head} |")[1].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


def test_every_slot_is_named_and_no_other() -> None:
    slots = {*slots_of(RECORD, Prose({}, "", None)), "columns", "blocks"}
    assert first_column("slot") == list(SLOTS)
    assert set(SLOTS) == slots


def test_every_block_is_named_in_the_order_in_which_it_is_appended() -> None:
    assert first_column("block") == list(BLOCKS)


def test_the_card_for_own_input_has_what_a_check_asks_for() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    about = yaml.safe_load(text)
    assert {"license", "language", "people", "sources"} <= about.keys()
    assert {"name", "license", "attribution"} <= about["sources"][0].keys()
