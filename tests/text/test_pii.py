"""Masking: what is found, what only looks alike, and that masking twice changes nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.text.pii import KINDS, mask

# The examples of SWIFT's IBAN registry.
IBANS = """AD12 0001 2030 2003 5910 0100;AE07 0331 2345 6789 0123 456;AT61 1904 3002 3457 3201;
BE68 5390 0754 7034;BR18 0036 0305 0000 1000 9795 493C 1;CH93 0076 2011 6238 5295 7;DE89 3704 0044 0532 0130 00;
ES91 2100 0418 4502 0005 1332;FR14 2004 1010 0505 0001 3M02 606;GB29 NWBK 6016 1331 9268 19;
IT60 X054 2811 1010 0000 0123 456;LC55 HEMM 0001 0001 0012 0012 0002 3015;MT84 MALT 0110 0001 2345 MTLC AST0 01S;
NL91 ABNA 0417 1643 00;NO93 8601 1117 947;SE45 5000 0000 0583 9825 7466;XK05 1212 0123 4567 8906"""
# Google's own example numbers, and documented ones of national regulators.
PHONES = [
    ("+1 650-253-0000", ()),
    ("+356 2122 4567", ()),
    ("+82 2-312-3456", ()),
    ("(650) 253-0000", ("US",)),
    ("020 7946 0958", ("GB",)),
    ("02-312-3456", ("KR",)),
    ("2100 1234", ("MT",)),
    ("01942 432123", ("IN", "GB")),
]


def masked(text: str, *kinds: str, countries: tuple[str, ...] = ()) -> str:
    return mask(text, kinds or KINDS, countries)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail ann.lee+x@mail.example.co.uk.", "mail <email>."),
        ("<ann@example.com>,bob@example.org", "<<email>>,<email>"),
        ("http://x.org/?q=ann@example.com&p=1", "http://x.org/?q=<email>&p=1"),
        ("müller@bücher.example", "<email>"),
        ("a@xn--bcher-kva.example", "<email>"),
        ("a@b, @ann and me@home", "a@b, @ann and me@home"),
        ("x" * 65 + "@example.com", "x" * 65 + "@example.com"),
    ],
)
def test_email_addresses(text: str, expected: str) -> None:
    assert masked(text, "email") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 8.8.8.8:53.", "from <ip>:53."),
        ("[2001:4860:4860::8888]", "[<ip>]"),
        ("localhost 127.0.0.1, 10.0.0.1, ::1, fe80::1", None),
        ("v1.2.3.4, 1.2.3.4.5, 1.2.3, 300.1.1.1", None),
        ("at 12:30:45, C::D, 3:16", None),
    ],
)
def test_public_ip_addresses(text: str, expected: str | None) -> None:
    assert masked(text, "ip") == (text if expected is None else expected)


@pytest.mark.parametrize("iban", [code.strip() for code in IBANS.split(";")])
def test_the_registrys_examples_are_masked_and_none_with_a_wrong_digit(iban: str) -> None:
    compact = iban.replace(" ", "")
    assert masked(f"to {iban} or {compact}, AND", "iban") == "to <iban> or <iban>, AND"
    last = compact[-1]
    wrong = compact[:-1] + (str((int(last) + 1) % 10) if last.isdigit() else "B")
    assert masked(wrong, "iban") == wrong


def test_an_iban_is_found_behind_what_only_begins_like_one_and_before_capitals() -> None:
    text = "REF AB12 DE89370400440532013000 EUR GB29NWBK60161331926819"
    assert masked(text, "iban") == "REF AB12 <iban> EUR <iban>"


@pytest.mark.parametrize(("number", "countries"), PHONES)
def test_telephone_numbers_of_the_countries_named(number: str, countries: tuple[str, ...]) -> None:
    assert masked(f"call {number} now", "phone", countries=countries) == "call <phone> now"
    if countries:
        assert masked(f"call {number} now", "phone") == f"call {number} now"


def test_dates_amounts_and_short_codes_are_no_telephone_numbers() -> None:
    text = "on 2024-11-22 10:30, 1,234,567.89 EUR, dial 112, pages 100-200, ISBN 978-3-16-148410-0"
    assert masked(text, "phone", countries=("MT", "KR", "US")) == text


def test_every_kind_is_counted_and_only_those_asked_for() -> None:
    text = "ann@example.com 8.8.8.8 DE89370400440532013000 +356 2122 4567 bob@example.com"
    assert mask(text, KINDS)[1] == {"email": 2, "iban": 1, "ip": 1, "phone": 1}
    assert mask(text, ["ip"])[1] == {"ip": 1}


PIECES = ["a@b.com", "@", ".", "8.8.8.8", "::", "2001:4860::1", "DE89370400440532013000", "+356 2122 4567",
          "+16502530000", "AB12", " ", "-", "x", "7", ":", "<email>", "٣", "é"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_masking_again_changes_nothing(text: str) -> None:
    once, _ = mask(text, KINDS, ("MT", "US"))
    assert mask(once, KINDS, ("MT", "US")) == (once, dict.fromkeys(KINDS, 0))


@pytest.mark.parametrize(
    "unit", ["a", "a.", "a@", "@a.", "1", "1.", "1 ", "A1", "AB12", ":", "a:", "+1", "(1"]
)
def test_long_monotonous_text_takes_time_in_proportion(unit: str) -> None:
    def seconds(repeats: int) -> float:
        start = time.process_time()
        mask(unit * repeats, KINDS)
        return time.process_time() - start

    assert seconds(80_000) < 40 * max(seconds(8_000), 0.01)
