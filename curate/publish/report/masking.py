"""What a recipe masks in its dataset is masked in its report as well.

Rows that were rejected before ``transforms.mask_pii``, and rows as they came from the source, still
hold addresses and numbers. They stand in ``rejected/`` and in the source; a page that is looked at
and passed on should not repeat them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from curate.errors import EnvironmentError_

STEP = "transforms.mask_pii"
WITHHELD = "(not shown: telephone numbers cannot be masked here; pip install 'curate[pii]')"


def masker(steps: Sequence[Mapping[str, Any]]) -> Callable[[str], str]:
    """What masks a text as the steps of a recipe do; leaves it as it is if none of them does.

    Args:
        steps: Names as ``step`` and options as ``options``, as in ``run.json``.
    """
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
