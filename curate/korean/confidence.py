"""Whether a triplet is what it says: the checks of one, as evidence.

Six checks, each with what it saw: the positive keeps the anchor's facts, the negative shows a
change (the spans that its rule tells give it back from the anchor, or words differ as a rule would
have them), neither is a copy, both are about as long as the anchor, nothing foreign came in, and
both still belong to the anchor's domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from curate.korean.artifacts import artifacts
from curate.korean.domain import DOMAINS, REASONS, judge
from curate.korean.endings import compared
from curate.korean.evidence import changes, lost_facts, replays

CHECKS = ("copy", "facts lost", "no change shown", "lengths differ", "artifact", "outside domain")
"""In the order in which the first that fails is the reason."""


class Confidence(NamedTuple):
    """What was seen of a triplet.

    Attributes:
        lost: Facts of the anchor that the positive lacks, or figures that it made up.
        changes: What the negative changes, as words show it.
        replayed: Whether the spans that its rule tells give the negative; None without spans.
        length_ratio: Shorter over longer, of whichever of both is less like the anchor.
        artifacts: Kinds in the positive or negative that the anchor has not.
        outside: Rules of the anchor's domain that the positive or negative breaks.
        failed: Checks that failed, of ``CHECKS``.
    """

    lost: list[str]
    changes: list[str]
    replayed: bool | None
    length_ratio: float
    artifacts: list[str]
    outside: list[str]
    failed: list[str]

    @property
    def passed(self) -> float:
        """Share of the checks that were passed."""
        return 1 - len(self.failed) / len(CHECKS)


def confidence(
    row: Mapping[str, Any], outside: Sequence[str] = (), least_length_ratio: float = 0.5
) -> Confidence:
    """Check one triplet.

    Args:
        row: ``anchor``, ``positive``, ``negative``; ``lang_a``, ``lang_p``, ``lang_n`` and
            ``negative_changed`` if they are known.
        outside: What ``outside_domain`` says of it.
        least_length_ratio: Under it lengths differ; texts in two languages are not compared.

    Example:
        >>> row = {"anchor": "금리가 3% 올랐다.", "positive": "금리가 3% 상승했다.",
        ...        "negative": "금리가 3% 내렸다."}
        >>> found = confidence(row)
        >>> found.failed, found.changes, found.passed
        ([], ['polarity'], 1.0)
    """
    anchor, positive, negative = (row[name] or "" for name in ("anchor", "positive", "negative"))
    langs = [row.get(name) for name in ("lang_a", "lang_p", "lang_n")]
    abroad = [lang is not None and lang != langs[0] for lang in langs[1:]]
    lost = lost_facts(anchor, positive, translated=abroad[0])
    shown = sorted(changes(anchor, negative)) if not abroad[1] else []
    spans = row.get("negative_changed")
    replayed = None
    if spans is not None:
        told = [(one["start"], one["before"], one["after"]) for one in spans]
        replayed = replays(anchor, told, negative)
    made = [(positive, abroad[0]), (negative, abroad[1])]
    ratio = min([_ratio(anchor, text) for text, other in made if not other], default=1.0)
    slips = {one for text, other in made if not other for one in artifacts(text, anchor)}
    strange = [one for one in artifacts(anchor) if one in slips]
    kinds = sorted(slips.difference(strange))
    texts = [compared(one) for one in (anchor, positive, negative)]
    fails = {
        "copy": positive == anchor or texts[2] in texts[:2],
        "facts lost": bool(lost),
        "no change shown": replayed is False or (replayed is None and not shown and not abroad[1]),
        "lengths differ": ratio < least_length_ratio,
        "artifact": bool(kinds),
        "outside domain": bool(outside),
    }
    failed = [name for name in CHECKS if fails[name]]
    return Confidence(lost, shown, replayed, ratio, kinds, list(outside), failed)


def _ratio(one: str, other: str) -> float:
    return min(len(one), len(other)) / max(len(one), len(other), 1)


def outside_domain(
    anchors: Sequence[str], others: Sequence[Sequence[str]], domains: Sequence[str | None]
) -> list[list[str]]:
    """Domain rules that the anchor holds and one of the texts made of it breaks, for each row.

    Args:
        anchors: Text of each row.
        others: For each row those made of it, in the language of the anchor.
        domains: Domain of each row; one without is not judged.
    """
    known = [at for at, domain in enumerate(domains) if domain in DOMAINS]
    flat = [(at, text) for at in known for text in (anchors[at], *others[at])]
    found: list[list[str]] = [[] for _ in anchors]
    if not flat:
        return found
    texts = pa.array([text for _, text in flat], pa.string())
    names = pa.array([domains[at] for at, _ in flat], pa.string())
    broken = judge(texts, names, profile="default").failed
    place = 0
    for at in known:
        of_anchor = broken[:, place]
        of_others = broken[:, place + 1 : place + 1 + len(others[at])].any(axis=1)
        found[at] = [REASONS[rule] for rule in (of_others & ~of_anchor).nonzero()[0]]
        place += 1 + len(others[at])
    return found
