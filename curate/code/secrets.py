r"""Keys, tokens and passwords in the text of programs.

Two ways, as in Meli, McNiece and Reaves 2019 ("How Bad Can It Git? Characterizing Secret Leakage in
Public GitHub Repositories"): formats that providers give their keys, where a match is nearly
certain; and strings that are assigned to a name like ``password`` or ``api_key`` or look random.
Formats are those of providers' documentation; where ``detect-secrets`` 1.5 has one too, the two
agree on the programs of ``sltrans_sources`` (``docs/code_filters.md``).

What is told of a find is its kind and its line, never itself.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from typing import NamedTuple


class Find(NamedTuple):
    """Where a secret stands.

    Attributes:
        kind: A name of ``KINDS``.
        line: From 1.
        start: First byte of the secret itself.
        end: The byte after it.
    """

    kind: str
    line: int
    start: int
    end: int


_FORMATS: dict[str, bytes] = {
    "private key": rb"-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
    rb"|PuTTY-User-Key-File-\d",
    "AWS key": rb"\b(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{82})",
    "GitLab token": rb"\b(?:glpat|gldt|glft|glsoat|glrt|glptt|gloas|glimt|glagent)-[\w-]{20,64}",
    "Slack token": rb"\bxox[abposer]-(?:\d+-)*[A-Za-z0-9-]{10,80}"
    rb"|hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,}",
    "Google key": rb"\bAIza[\w-]{35}|\bya29\.[\w-]{20,200}|\bGOCSPX-[\w-]{28}",
    "Stripe key": rb"\b(?:sk|rk|whsec)_(?:live_)?[0-9a-zA-Z]{24,99}\b",
    "npm token": rb"\bnpm_[A-Za-z0-9]{36}\b|:_authToken=[\w-]{36,}",
    "PyPI token": rb"\bpypi-AgE[\w-]{70,}",
    "SendGrid key": rb"\bSG\.[\w-]{22}\.[\w-]{43}\b",
    "OpenAI key": rb"\bsk-(?:proj-|svcacct-|admin-)?[\w-]{20,200}T3BlbkFJ[\w-]{20,200}",
    "Anthropic key": rb"\bsk-ant-[\w-]{32,}",
    "Hugging Face token": rb"\bhf_[A-Za-z]{34}\b",
    "JSON web token": rb"\beyJ[\w-]{10,2000}+\.eyJ[\w-]{10,4000}+\.[\w-]{10,}",
    "Telegram token": rb"\b\d{8,10}:AA[\w-]{33}\b",
    "Discord token": rb"\b[MNO][A-Za-z\d_-]{23,25}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,38}\b",
    "Twilio key": rb"\b(?:AC|SK)[a-f0-9]{32}\b",
    "Mailchimp key": rb"\b[0-9a-f]{32}-us[0-9]{1,2}\b",
    "Azure key": rb"\bAccountKey=[A-Za-z0-9+/=]{88}",
    "DigitalOcean token": rb"\bdo[opr]_v1_[a-f0-9]{64}\b",
    "password in address": rb"[a-z]://[\w.%+-]{1,64}:[^\s/:?#\[\]@!$&'\"()*,;=<>{}\\%]{3,100}@[\w.-]",
}
KINDS = (*_FORMATS, "assigned secret", "random string")

# what each format cannot do without: few texts hold any, and then only these are searched
_NEEDED = {
    "private key": (b"PRIVATE KEY", b"PuTTY-"),
    "AWS key": (b"A3T", b"ABIA", b"ACCA", b"AKIA", b"ASIA"),
    "GitHub token": (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
    "GitLab token": (b"gl",), "Slack token": (b"xox", b"hooks.slack"),
    "Google key": (b"AIza", b"ya29.", b"GOCSPX"), "Stripe key": (b"sk_", b"rk_", b"whsec_"),
    "npm token": (b"npm_", b"_authToken"), "PyPI token": (b"pypi-AgE",), "SendGrid key": (b"SG.",),
    "OpenAI key": (b"T3BlbkFJ",), "Anthropic key": (b"sk-ant-",), "Hugging Face token": (b"hf_",),
    "JSON web token": (b"eyJ",), "Telegram token": (b":AA",), "Discord token": (b".",),
    "Twilio key": (b"AC", b"SK"), "Mailchimp key": (b"-us",), "Azure key": (b"AccountKey=",),
    "DigitalOcean token": (b"_v1_",), "password in address": (b"://",),
}  # fmt: skip
_SEARCHES = {kind: re.compile(pattern) for kind, pattern in _FORMATS.items()}
_ASSIGNED = re.compile(
    rb"(?i:passw(?:or)?d|passphrase|pwd|secret|token|api_?key|access_?key|auth_?key|private_?key"
    rb"|credential)\w{0,20}[\"'\]]{0,2}\s{0,4}(?::\s{0,4}[\w&<>:\[\]*]{1,30}\s{0,4})?(?::?=|=>|:|,)"
    rb"\s{0,4}@?[a-z]{0,2}([\"'])([^\"'\s\\]{8,200})\1"
)
_QUOTED = re.compile(rb"([\"'`])([A-Za-z0-9+/_=-]{32,200})\1")
_PLAIN = re.compile(
    rb"(?i)(?:pass|secret|token|key|example|sample|dummy|test|your|my|change|foo|x{4}|\*{4}|1234"
    rb"|abc|hello|world|\$\{|%[sd]|<.*>|\{.*\}|://)"
)
_HAS = re.compile(rb"(?=.*[a-z])(?=.*[A-Z])(?=.*\d.*\d)", re.DOTALL)
_LONGEST_KEY = 16_000
ASSIGNED_BITS = 3.0
"""Least entropy of an assigned secret: of words 2.5 to 3.3 bits a letter, of 12 random ones 3.4."""
RANDOM_BITS = 4.5
"""Least entropy of a random string, as in detect-secrets and truffleHog."""


def find_secrets(text: bytes, random_strings: bool = False) -> list[Find]:
    r"""Secrets of a text, in order.

    Args:
        text: Any bytes.
        random_strings: Whether strings that only look random count.

    Example:
        >>> key = b"ghp_" + b"a1B2" * 9
        >>> [(one.kind, one.line) for one in find_secrets(b"x = 1\nt = '" + key + b"'")]
        [('GitHub token', 2)]
    """
    found = [
        (match.start(), _end(text, match.end(), kind), kind)
        for kind, needed in _NEEDED.items()
        if any(one in text for one in needed)
        for match in _SEARCHES[kind].finditer(text)
    ]
    for match in _ASSIGNED.finditer(text):
        if _looks_made(match[2], ASSIGNED_BITS) and not _PLAIN.search(match[2]):
            found.append((match.start(2), match.end(2), "assigned secret"))
    for match in _QUOTED.finditer(text) if random_strings else ():
        if _HAS.match(match[2]) and _looks_made(match[2], RANDOM_BITS):
            found.append((match.start(2), match.end(2), "random string"))
    finds: list[Find] = []
    line, at = 1, 0
    for start, end, kind in sorted(found):
        if finds and start < finds[-1].end:
            continue
        line += text.count(b"\n", at, start)
        at = start
        finds.append(Find(kind, line, start, end))
    return finds


def _end(text: bytes, at: int, kind: str) -> int:
    """The end of a find; of a private key that of its last line, if that is near."""
    if kind != "private key":
        return at
    last = text.find(b"-----END", at, at + _LONGEST_KEY)
    if last < 0:
        return at
    end = text.find(b"\n", last, last + 80)
    return last + len(b"-----END") if end < 0 else end


def _looks_made(value: bytes, bits: float) -> bool:
    """Whether no word and no row of the alphabet: digits and letters, of high entropy."""
    if not (re.search(rb"\d", value) and re.search(rb"[A-Za-z]", value)):
        return False
    steps = sum(after - before == 1 for before, after in itertools.pairwise(value))
    return entropy_bits(value) >= bits and steps < len(value) / 2


def entropy_bits(value: bytes) -> float:
    """Shannon entropy of a string's bytes, in bits a byte.

    Example:
        >>> entropy_bits(b"aabb"), entropy_bits(b"abcd")
        (1.0, 2.0)
    """
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def masked(text: bytes, finds: list[Find]) -> bytes:
    """The text with the kind of each secret in its place."""
    pieces, at = [], 0
    for kind, _, start, end in finds:
        pieces += [text[at:start], f"<{kind}>".encode()]
        at = end
    return b"".join([*pieces, text[at:]])
