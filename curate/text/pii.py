"""Find e-mail addresses, IP addresses, IBANs and telephone numbers in text, and mask them.

Each kind is looked for by its form and then checked, so that what looks alike stays:

- ``email``: ``local@domain.tld`` in letters of any script; local part up to 64 characters.
- ``ip``: IPv4 and IPv6 as ``ipaddress`` reads them, public ones only: ``192.168.0.1`` is nobody's,
  nor is IPv6 outside ``2000::/3``, so that ``C::D`` stays. A version such as ``1.2.3.4`` cannot be
  told apart, ``v1.2.3.4`` can.
- ``iban``: capital letters and digits, in one piece or in groups; the length must be that of its
  country (SWIFT's registry) and the checksum 1 modulo 97 (ISO 13616, ISO 7064), which
  one in 97 random ones passes.
- ``phone``: by ``phonenumbers``, Google's library: numbers with ``+`` and country code, and those
  in the national form of given countries; a number must be valid there, so one in a thousand
  order numbers may be taken for one and short codes such as 112 are left.

What is not found: names, street addresses, identity and card numbers, ``name (at) host``, account
numbers without an IBAN, addresses broken over two lines.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

from curate.errors import EnvironmentError_

KINDS = ("email", "iban", "ip", "phone")
"""In the order in which they are masked; each becomes its name in angle brackets."""

_LOCAL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}\Z")
_DOMAIN = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,10}(?:xn--[a-z0-9-]{1,59}|[^\W\d_]{2,24})"
)
_IP = re.compile(
    r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?!\w|\.\d)"
    r"|(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])"
)
# a look-ahead: an IBAN may begin inside what only looks like one
_IBAN = re.compile(r"(?<![A-Za-z0-9])(?=([A-Z]{2}[0-9]{2}(?:[ \u00a0-]?[A-Z0-9]){11,30}))")
_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,4}\d){6}")
_SUSPECT = re.compile(r"[@:\d]")

_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27,
    "FO": 18,  # codespell:ignore
    "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses given out so far (RFC 4291, IANA)."""

Span = tuple[int, int]


def mask(
    text: str, kinds: Sequence[str], countries: Sequence[str] = ()
) -> tuple[str, dict[str, int]]:
    """Mask everything of some kinds.

    Args:
        text: Any text.
        kinds: Which of ``KINDS``.
        countries: ISO 3166 codes of countries whose national telephone numbers count.

    Returns:
        The text with ``<email>``, ``<phone>`` and the like in place of what was found, and how
        often each kind was. Masking the result again changes nothing.
    """
    found = dict.fromkeys(kinds, 0)
    masked = -1
    # What stood beside a masked piece may now stand free: again, until nothing is found.
    while masked and _SUSPECT.search(text):
        masked = 0
        for kind in KINDS:
            if kind not in found:
                continue
            spans = _FINDERS[kind](text, countries)
            text = _replace(text, spans, f"<{kind}>")
            found[kind] += len(spans)
            masked += len(spans)
    return text, found


def phone_library() -> Any:
    """The library ``phonenumbers``.

    Raises:
        EnvironmentError_: It is not installed.
    """
    try:
        import phonenumbers
    except ImportError:
        hint = "install it: pip install 'curate[pii]'"
        raise EnvironmentError_(f"masking telephone numbers needs phonenumbers; {hint}") from None
    return phonenumbers


def _replace(text: str, spans: Sequence[Span], mark: str) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], mark]
        at = end
    return "".join([*pieces, text[at:]])


def _emails(text: str, countries: Sequence[str]) -> list[Span]:
    """From each at sign outwards, as one pattern would try every word of the text."""
    spans: list[Span] = []
    done, at = 0, text.find("@")
    while at >= 0:
        first = max(done, at - 65)
        local, domain = _LOCAL.search(text[first:at]), _DOMAIN.match(text, at + 1)
        if local and domain:
            done = domain.end()
            spans.append((first + local.start(), done))
        at = text.find("@", max(at + 1, done))
    return spans


def _ips(text: str, countries: Sequence[str]) -> list[Span]:
    return [match.span() for match in _IP.finditer(text) if _is_public(match[0])]


def _is_public(address: str) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return known.is_global and (known.version == 4 or known in _GLOBAL_UNICAST)


def _ibans(text: str, countries: Sequence[str]) -> list[Span]:
    spans: list[Span] = []
    for match in _IBAN.finditer(text):
        length = _iban_length(match[1])
        end = match.start() + length
        free = not text[end : end + 1].isalnum()
        if length and free and (not spans or match.start() >= spans[-1][1]):
            spans.append((match.start(), end))
    return spans


def _iban_length(candidate: str) -> int:
    """How many characters, separators included, are an IBAN; 0 for none."""
    wanted = _IBAN_LENGTHS.get(candidate[:2], 0)
    at = [index for index, character in enumerate(candidate) if character.isalnum()][:wanted]
    if not wanted or len(at) < wanted:
        return 0
    code = "".join(candidate[index] for index in at)
    number = int("".join(str(int(character, 36)) for character in code[4:] + code[:4]))
    return at[-1] + 1 if number % 97 == 1 else 0


def _phones(text: str, countries: Sequence[str]) -> list[Span]:
    library = phone_library()
    if _SEVEN_DIGITS.search(text) is None:
        return []
    for country in countries or (None,):
        if spans := [(at.start, at.end) for at in library.PhoneNumberMatcher(text, country)]:
            return spans  # those of the next country in the next round
    return []


_FINDERS = {"email": _emails, "iban": _ibans, "ip": _ips, "phone": _phones}
