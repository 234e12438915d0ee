"""The masking step: options for each kind, counts, and nulls."""

from __future__ import annotations

import pyarrow as pa
import pytest

from curate.errors import RecipeError
from curate.transforms.mask_pii import MaskPii

TEXT = "ann@example.com 8.8.8.8 DE89370400440532013000 2122 4567"


def rows(**options: object) -> list[dict[str, object]]:
    batch = pa.table({"id": ["a", "b", "c"], "text": [TEXT, None, ""]})
    return MaskPii(**options)(batch).drop_columns(["id"]).to_pylist()  # type: ignore[arg-type]


def test_each_kind_is_counted_and_null_stays_null() -> None:
    names = ("masked_email", "masked_ip", "masked_iban", "masked_phone")
    assert rows() == [
        {"text": "<email> <ip> <iban> 2122 4567", **dict(zip(names, (1, 1, 1, 0), strict=True))},
        {"text": None, **dict.fromkeys(names)},
        {"text": "", **dict.fromkeys(names, 0)},
    ]


@pytest.mark.parametrize("kind", ["email", "ip", "iban"])
def test_a_kind_that_is_off_stays(kind: str) -> None:
    assert f"<{kind}>" not in str(rows(**{kind: False})[0]["text"])


def test_telephone_numbers_are_masked_by_country_when_asked() -> None:
    assert rows(phone=True)[0]["masked_phone"] == 0
    assert rows(phone=True, countries=("MT",))[0]["text"] == "<email> <ip> <iban> <phone>"


def test_an_unknown_country_stops_the_run_before_it_works() -> None:
    with pytest.raises(RecipeError, match="'XX' is no country"):
        MaskPii(phone=True, countries=("XX",)).prepare()
    assert MaskPii(countries=("XX",)).prepare() == {}
    assert set(MaskPii(phone=True).prepare()) == {"phonenumbers"}
