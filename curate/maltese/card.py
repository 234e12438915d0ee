"""The card of a model of etymology: what it is, how good it is, and where it is weak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = {
    "cross_validation": "cross-validation",
    "repeats_together": "the same, repeated sentences in one fold",
    "without_context": "the same, words without their sentence (`mode: types`)",
    "blocks": "a kind of text left out",
    "held_out": "held-out sentences",
}


def model_card(found: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """The card as Markdown.

    Args:
        found: Figures, as ``evaluation.json`` has them.
        told: What ``model.json`` says.
    """
    tables = "with translation tables" if told["tables"] else "without translation tables"
    parts = [
        "---",
        "language: mt",
        f"license: {told['licence'].lower()}",
        "tags: [etymology, token-classification, maltese]",
        "---",
        "# Etymology of Maltese words",
        "",
        f"A memory of words and a conditional random field ({tables}), learnt from "
        f"{found['sentences']} sentences, {found['words']:,} words. Licence: {told['licence']}.",
        "",
        "Method and use: `docs/maltese.md` of curate.",
    ]
    for kind, title in (("merged", "Five labels"), ("fine", "Seven labels")):
        if found.get(kind):
            parts += ["", f"## {title}", "", *_summary(found[kind]), "", _chosen(found[kind])]
            parts += _labels(found[kind]) + _calibration(found[kind])
    parts += ["", *_notes(found)]
    return "\n".join(parts) + "\n"


def _summary(kinds: Mapping[str, Any]) -> list[str]:
    rows = [
        "| | accuracy | macro-F1 | unseen words | their accuracy | their macro-F1 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, title in NAMES.items():
        if name in kinds:
            one = kinds[name]
            unseen = one["unseen"]
            cells = [_percent(one["accuracy"]), _percent(one["macro_f1"]), f"{unseen['words']:.0f}"]
            cells += [_percent(unseen["accuracy"]), _percent(unseen["macro_f1"])]
            rows.append(f"| {title} | {' | '.join(cells)} |")
    return rows


def _chosen(kinds: Mapping[str, Any]) -> str:
    if kinds.get("nested"):
        return "The prices of weights were chosen inside the training part of each fold."
    return "The prices of weights were fixed beforehand, not chosen by these folds."


def _best(kinds: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("held_out", "cross_validation"):
        if name in kinds:
            found: Mapping[str, Any] = kinds[name]
            return found
    return {"labels": {}, "unseen_labels": {}, "calibration": []}


def _labels(kinds: Mapping[str, Any]) -> list[str]:
    best = _best(kinds)
    rows = [
        "",
        "| label | words | precision | recall | F1 | F1, unseen words |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for label, one in best["labels"].items():
        unseen = best["unseen_labels"].get(label)
        cells = [f"{one['words']:.0f}", *(_percent(one[name]) for name in ("precision", "recall"))]
        cells += [_percent(one["f1"]), _percent(unseen["f1"]) if unseen else "–"]
        rows.append(f"| {label} | {' | '.join(cells)} |")
    return rows


def _calibration(kinds: Mapping[str, Any]) -> list[str]:
    rows = ["", "| probability from | words | mean | right |", "| --- | --- | --- | --- |"]
    for one in _best(kinds)["calibration"]:
        if one["words"]:
            cells = f"{one['words']:.0f} | {_percent(one['prob'])} | {_percent(one['right'])}"
            rows.append(f"| {one['from']:.2f} | {cells} |")
    return rows


def _notes(found: Mapping[str, Any]) -> list[str]:
    repeats = found["repeats"]
    return [
        "Accuracy and macro-F1 are means over folds, and over seeds where there are several. "
        f"{repeats['sentences']:.0f} sentences are exact repeats, in {repeats['groups']:.0f} "
        "groups; words that a repeat has on both sides count as seen.",
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
