"""What a recipe masks in its dataset is masked in its report as well.

Rows that were rejected before ``transforms.mask_pii``, and rows as they came from the source, still
hold addresses and numbers, and those that ``filters.secrets`` rejected held keys. They
stand in the source; a page that is looked at and passed on should not repeat them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from curate.errors import EnvironmentError_

STEP = "transforms.mask_pii"
SECRETS = "filters.secrets"
WITHHELD = "(not shown: telephone numbers cannot be masked here; pip install 'curate[pii]')"


def masker(steps: Sequence[Mapping[str, Any]]) -> Callable[[str], str]:
    """What masks a text as the steps of a recipe do; leaves it as it is if none of them does.

    Args:
        steps: Names as ``step`` and options as ``options``, as in ``run.json``.
    """
    seeking = [step["options"] for step in steps if step["step"] == SECRETS]
    if not seeking:
        return _personal(steps)
    from curate.code.secrets import find_secrets, masked

    personal = _personal(steps)
    random_strings = any(options.get("random_strings") for options in seeking)

    def mask(text: str) -> str:
        raw = text.encode("utf-8", "replace")
        return personal(masked(raw, find_secrets(raw, random_strings)).decode("utf-8", "replace"))

    return mask


def _personal(steps: Sequence[Mapping[str, Any]]) -> Callable[[str], str]:
    masking = [step["options"] for step in steps if step["step"] == STEP]
    if not masking:
        return lambda text: text
    from curate.text.pii import KINDS, mask, phone_library

    kinds = [kind for kind in KINDS if any(options.get(kind) for options in masking)]
    countries = sorted({one for options in masking for one in options.get("countries", ())})
    if "phone" in kinds:
        try:
            phone_library()
        except EnvironmentError_:
            return lambda _: WITHHELD
    return lambda text: mask(text, kinds, countries)[0]
