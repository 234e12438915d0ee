"""What a card says about responsible use, under the names of the Croissant RAI vocabulary.

``card.yaml`` may state any of them under ``rai``. What it does not state is taken from the section
of the card that says it, with its numbers filled in, and from the run: steps and models.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate.publish.card import Prose

SECTIONS = {
    "dataCollection": ("source data: collection and processing", "source data"),
    "dataAnnotationProtocol": ("annotations", "annotation process"),
    "annotatorDemographics": ("annotator demographics",),
    "dataBiases": ("bias, risks and limitations", "bias, risks, and limitations"),
    "dataLimitations": ("out-of-scope use", "recommendations"),
    "dataUseCases": ("direct use",),
    "dataSocialImpact": ("social impact",),
    "personalSensitiveInformation": ("personal and sensitive information",),
    "dataReleaseMaintenancePlan": ("distribution and maintenance", "maintenance"),
}
MANY = {
    "dataAnnotationProtocol",
    "annotatorDemographics",
    "dataBiases",
    "dataLimitations",
    "dataUseCases",
    "personalSensitiveInformation",
}
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
BULLET = re.compile(r"\n[-*] ")
FENCED = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)


def responsible(out: Path, record: Mapping[str, Any], prose: Prose) -> dict[str, Any]:
    """``rai:`` keys and their texts; those of which nothing is known are absent.

    Args:
        out: The dataset folder, whose README.md has the card with its numbers.
        record: What ``run.json`` holds.
        prose: What people wrote.
    """
    try:
        card = (out / "README.md").read_text(encoding="utf-8")
    except OSError:
        card = prose.text
    told = sections(card)
    stated = prose.about.get("rai") or {}
    found: dict[str, Any] = {
        "dataPreprocessingProtocol": [_step(step) for step in record.get("steps", [])],
        "machineAnnotationTools": _tools(record),
    }
    for key, names in SECTIONS.items():
        texts = [told[name] for name in names if told.get(name)]
        items = [item for text in texts for item in BULLET.split(f"\n{text}") if item.strip()]
        found[key] = [_line(item) for item in items] if key in MANY else _line(" ".join(texts[:1]))
    return {f"rai:{key}": value for key, value in {**found, **stated}.items() if value}


def sections(markdown: str) -> dict[str, str]:
    """Heading in lower case → the text up to the next heading."""
    blank = FENCED.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), markdown)
    heads = list(HEADING.finditer(blank))
    ends = [*(head.start() for head in heads[1:]), len(blank)]
    return {
        head[1].lower(): markdown[head.end() : end].strip()
        for head, end in zip(heads, ends, strict=True)
    }


def _step(step: Mapping[str, Any]) -> str:
    """A step with the options that differ from nothing, as a methods section would name it."""
    options = {name: value for name, value in step["options"].items() if value not in (None, "")}
    told = ", ".join(f"{name}: {_value(value)}" for name, value in options.items())
    return f"{step['step']} {{{told}}}" if told else str(step["step"])


def _value(value: Any) -> str:
    """A value as YAML would have it; of a path of this machine only the name."""
    if isinstance(value, str):
        return Path(value).name if Path(value).is_absolute() else value
    return json.dumps(value, ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(text.split())


def _tools(record: Mapping[str, Any]) -> list[str]:
    models = record.get("models") or {}
    return [
        f"{name} of {step} (sha256 {digest})"
        for step, found in models.items()
        for name, digest in found.items()
    ]
