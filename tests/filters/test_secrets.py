"""Planted secrets of every kind are found, and stand in no output."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.code.secrets import KINDS, entropy_bits, find_secrets
from curate.contract import apply
from curate.filters.secrets import Secrets

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def made(size: int, of: str = LETTERS, seed: int = 7) -> str:
    return "".join(random.Random(seed).choices(of, k=size))


# put together, so that no scanner of repositories takes this file for a leak
PLANTED = [
    ("private key", f"-----BEGIN RSA PRIVATE{' '}KEY-----\n{made(64)}\n-----END RSA PRIVATE KEY-----"),
    ("private key", f"-----BEGIN OPENSSH PRIVATE{' '}KEY-----"),
    ("AWS key", "AKIA" + made(16, string.ascii_uppercase + string.digits)),
    ("GitHub token", "ghp_" + made(36)), ("GitHub token", "github_pat_" + made(82)),
    ("GitLab token", "glpat-" + made(20)), ("Slack token", "xoxb-" + "123456789012-" + made(24)),
    ("Slack token", "https://hooks.slack.com/services/T" + made(8) + "/B" + made(8) + "/" + made(24)),
    ("Google key", "AIza" + made(35)), ("Stripe key", "sk_live_" + made(24)),
    ("npm token", "npm_" + made(36)), ("PyPI token", "pypi-AgEIcHlwaS5vcmc" + made(80)),
    ("SendGrid key", "SG." + made(22) + "." + made(43)),
    ("OpenAI key", "sk-" + made(20) + "T3Blbk" + "FJ" + made(20)),
    ("Anthropic key", "sk-ant-api03-" + made(90)),
    ("Hugging Face token", "hf_" + made(34, string.ascii_letters)),
    ("JSON web token", "eyJ" + made(20) + ".eyJ" + made(40) + "." + made(43)),
    ("Telegram token", "123456789:AA" + made(33)),
    ("Discord token", "M" + made(23) + "." + made(6) + "." + made(27)),
    ("Twilio key", "AC" + made(32, HEX)), ("Mailchimp key", made(32, HEX) + "-us12"),
    ("Azure key", "AccountKey=" + made(86) + "=="),
    ("DigitalOcean token", "dop_v1_" + made(64, HEX)),
    ("password in address", "postgres://admin:" + made(12) + "@db.example.org/x"),
    ("assigned secret", 'PASSWORD = "' + made(14) + "7" + '"'),
    ("assigned secret", "'api_key': '" + made(32, HEX) + "',"),
    ("assigned secret", 'let secretToken: &str = "' + made(20) + '";'),
    ("assigned secret", 'auth_key := "' + made(24) + '"'),
    ("random string", 'x = "' + made(48) + '"'),
]  # fmt: skip

INNOCENT = [
    'password = "password"', 'token = "your-token-here"', 'password = input("Password: ")',
    'alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"', 'url = "https://user:pass"',
    'secret_santa = "nobody knows"', 'd = "GGCCGGGCGCAKIAGGTGGCTCACGCCTGTAATCCCAGCACTTTGGG"',
    'password = "${DB_PASSWORD}"', 'tokens = ["first1234", "second"]', 'sha = "' + "0" * 64 + '"',
    'key = "example-1234-key"', "token = tokens[3]; next = 'x'", 'api_key = "xxxxxxxxxxxx9"',
]  # fmt: skip


@pytest.mark.parametrize(("kind", "planted"), PLANTED)
def test_a_planted_secret_is_found_with_its_kind_and_line(kind: str, planted: str) -> None:
    text = f"# a program\nx = 1\n{planted}\ny = 2\n".encode()
    (found,) = find_secrets(text, random_strings=True)
    assert (found.kind, found.line) == (kind, 3)


def test_every_kind_is_planted() -> None:
    assert {kind for kind, _ in PLANTED} == set(KINDS)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert find_secrets(text.encode(), random_strings=True) == []


def test_no_output_holds_what_was_found() -> None:
    texts = [f"line\n{planted}\n" for _, planted in PLANTED]
    rows = pa.table({"id": [str(at) for at in range(len(texts))], "text": texts})
    kept, rejected = apply(Secrets(random_strings=True), rows)
    assert (kept.num_rows, rejected.num_rows) == (0, len(texts))
    out = str(rejected.to_pylist())
    for _, planted in PLANTED:
        bare = planted.split('"')[1] if '"' in planted else planted.split("\n")[0]
        assert bare not in out
        assert made(14) not in out


def test_rows_that_stay_keep_their_very_bytes() -> None:
    raw = pa.array([b"good \xff bytes", None, b"k = 'ghp_" + b"a1B2" * 9 + b"'"], pa.binary())
    rows = pa.table({"id": ["a", "b", "c"], "text": raw.view(pa.string())})
    kept, _ = apply(Secrets(), rows)
    assert kept["text"].cast(pa.binary()).to_pylist() == [b"good \xff bytes", None]


def test_real_programs_hold_none(data_dir: Path) -> None:
    path = data_dir / "sltrans_sources/programs.parquet"
    rows = pq.read_table(path, columns=["source"])
    assert Secrets(text="source")(rows).keep.false_count == 0


@given(st.binary(max_size=200))
def test_any_bytes_can_be_searched(text: bytes) -> None:
    for one in find_secrets(text, random_strings=True):
        assert 0 <= one.start < one.end <= len(text)


def test_entropy_is_that_of_a_fair_alphabet() -> None:
    assert entropy_bits(bytes(range(256))) == 8.0
