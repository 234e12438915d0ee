"""Replace e-mail addresses, IP addresses, IBANs and telephone numbers by marks.

Found by form, then checked: addresses by ``ipaddress`` (public ones only), IBANs by length and
checksum (ISO 13616), telephone numbers by Google's ``phonenumbers``, whose national forms depend on
``countries``. Limits in ``curate.text.pii``: it finds no names, street addresses or card numbers
and nothing spelled around (``name at host``), a version like 1.2.3.4 counts as an address, and an
order number may count as a telephone number. It lowers the risk for people in a corpus and does
not make one anonymous.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import pyarrow as pa
from annotated_types import Len

from curate.arrow import digest_of
from curate.contract import DEFECT, Adds, Column, Transform, put
from curate.errors import RecipeError


@dc.dataclass(frozen=True)
class MaskPii(Transform):
    """Replace e-mail addresses, IP addresses, IBANs and telephone numbers by marks.

    A mark is ``<email>``, ``<ip>``, ``<iban>`` or ``<phone>``; masking twice changes nothing more.

    Args:
        text: Column with the texts; replaced by the masked ones, and the originals are not kept.
        email: Mask e-mail addresses.
        ip: Mask public IP addresses, versions 4 and 6.
        iban: Mask IBANs with a right checksum.
        phone: Mask telephone numbers; needs ``curate[pii]``. Off by default, as only whoever knows
            the texts can say which countries' numbers are in them.
        countries: ISO 3166 codes of countries whose national numbers are masked, such as ``[MT,
            KR]``; numbers that begin with ``+`` always are.

    Reads:
        text: string; null stays null.

    Adds:
        masked_email, masked_ip, masked_iban, masked_phone: int32, how many of each kind were
            masked, 0 where that is off; null for a null text.

    Rejects:
        not UTF-8: Bytes in another encoding, in which nothing can be found.

    Raises:
        EnvironmentError_: Before any work: ``phone`` is on and ``phonenumbers`` is missing.
        RecipeError: Before any work: ``phonenumbers`` does not know a country.

    Example:
        >>> mails = pa.table({"id": ["a"], "text": ["Write to ann@example.com, from 8.8.8.8."]})
        >>> MaskPii()(mails)["text"].to_pylist()
        ['Write to <email>, from <ip>.']
    """

    text: Column = "text"
    email: bool = True
    ip: bool = True
    iban: bool = True
    phone: bool = False
    countries: tuple[Annotated[str, Len(2, 2)], ...] = ()

    adds: ClassVar[Adds] = {
        f"masked_{kind}": pa.int32() for kind in ("email", "ip", "iban", "phone")
    }

    reasons: ClassVar = ("not UTF-8",)

    def added(self, schema: pa.Schema) -> Adds:
        """The masked text in place of the old one, and the counts."""
        return {self.text: pa.string(), **self.adds}

    def prepare(self) -> dict[str, str]:
        """See that the numbering plans are there; their version decides what is a number."""
        if not self.phone:
            return {}
        from curate.text.pii import phone_library

        library = phone_library()
        if unknown := sorted(set(self.countries) - set(library.SUPPORTED_REGIONS)):
            problem = f"{self.step_name()}: countries: {unknown[0]!r} is no country with a"
            raise RecipeError(f"{problem} numbering plan; give ISO 3166 codes such as MT or KR")
        return {"phonenumbers": digest_of("phonenumbers", library.__version__)}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Mask row by row; a row without a digit, a colon or an at sign costs one search."""
        from curate.text.pii import KINDS, mask
        from curate.text.utf8 import NOT_UTF8, broken_rows, readable

        kinds = [kind for kind in KINDS if getattr(self, kind)]
        column = batch[self.text].cast(pa.large_string())
        texts = readable(column).to_pylist()
        rows = [(None, {}) if text is None else mask(text, kinds, self.countries) for text in texts]
        columns: dict[str, list[object]] = {self.text: [text for text, _ in rows]}
        for kind in KINDS:
            columns[f"masked_{kind}"] = [
                None if text is None else found.get(kind, 0) for text, found in rows
            ]
        for name, type_ in self.added(batch.schema).items():
            batch = put(batch, pa.field(name, type_), columns[name])
        broken = [NOT_UTF8 if one else None for one in broken_rows(column)]
        return put(batch, DEFECT, broken) if any(broken) else batch
