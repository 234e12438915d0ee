"""Whether card, citation, Croissant, record and tag say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curate.errors import PublishError
from curate.publish.checks.head import Head
from curate.publish.checks.licences import hub_id, hub_licences, spdx_id
from curate.publish.checks.problem import Problem, error, warning
from curate.publish.citation import citation_problems, read_citation
from curate.publish.croissant import CONFORMS_TO, FILE, licence_url
from curate.publish.record_sets import record_set
from curate.publish.splits import configs_of

CITATION = "CITATION.cff"
REBUILD = "run `curate card` on the folder"


def citation_of(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """CITATION.cff of a dataset or card folder, and what is wrong with it by itself."""
    path = folder / CITATION
    if not path.is_file():
        what = "missing, so nobody can cite this version"
        return {}, [warning(path, what, "write one beside card.yaml and run again")]
    way_out = f"mend the one beside card.yaml, then {REBUILD}"
    try:
        citation = read_citation(path)
    except PublishError as fault:
        return {}, [error(path, str(fault).removeprefix(f"{path}: "), way_out)]
    return citation, [error(path, what, way_out) for what in citation_problems(citation)]


def agreement_problems(
    folder: Path, head: Head, citation: Mapping[str, Any], croissant: Mapping[str, Any], tag: str
) -> Iterator[Problem]:
    """One licence and one version, wherever they stand.

    Args:
        folder: A dataset folder.
        head: Of its README.md.
        citation: Its CITATION.cff; empty if there is none.
        croissant: Its croissant.json; empty if there is none.
        tag: The tag to publish it under; empty for none.
    """
    licence = head.licence if head.licence in hub_licences() else ""  # else it is said elsewhere
    cited, right = str(citation.get("license") or ""), spdx_id(licence)
    if licence and cited and hub_id(cited) != licence:
        what = f"says license: {cited}, README.md {licence}"
        way_out = f"write license: {right}" if right else "take it out, SPDX has no name for it,"
        yield error(folder / CITATION, what, f"{way_out} in the card's {CITATION}")
    if croissant and licence and croissant.get("license") != licence_url(head.values):
        what = f"states the licence {croissant.get('license')}, README.md {licence}"
        yield error(folder / FILE, what, REBUILD)
    version = str(citation.get("version") or "")
    for path, other in (
        (folder / FILE, croissant.get("version")),
        (folder / "README.md", head.values.get("version")),
    ):
        if version and other and str(other) != version:
            what = f"is version {other}, {CITATION} says {version}"
            yield error(path, what, REBUILD)
    if tag and version and tag.removeprefix("v") != version.removeprefix("v"):
        what = f"says version {version}, the tag is {tag}"
        way_out = f"publish as v{version.removeprefix('v')}, or raise the version in the card"
        yield error(folder / CITATION, what, way_out)


def read_croissant(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """croissant.json, and whether it can be read at all."""
    path = folder / FILE
    if not path.is_file():
        return {}, [warning(path, "missing", REBUILD)]
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        return {}, [error(path, f"is not JSON: {fault}", REBUILD)]
    if not isinstance(found, dict):
        return {}, [error(path, "is no mapping", REBUILD)]
    return found, []


def croissant_problems(
    folder: Path, croissant: Mapping[str, Any], record: Mapping[str, Any]
) -> list[Problem]:
    """Whether croissant.json describes these files and these columns."""
    try:
        return list(_croissant(folder / FILE, croissant, record)) if croissant else []
    except (AttributeError, KeyError, TypeError) as fault:
        return [error(folder / FILE, f"is not made as a Croissant is: {fault}", REBUILD)]


def _croissant(
    path: Path, croissant: Mapping[str, Any], record: Mapping[str, Any]
) -> Iterator[Problem]:
    if CONFORMS_TO[0] not in (croissant.get("conformsTo") or []):
        yield error(path, f"does not conform to {CONFORMS_TO[0]}", REBUILD)
    listed = croissant.get("distribution") or []
    digests = {each.get("@id"): each.get("sha256") for each in listed if "sha256" in each}
    for name, mark in record["files"].items():
        if name.startswith("rejected/"):
            continue
        if name not in digests:
            yield error(path, f"lacks the file {name}", REBUILD)
        elif digests[name] != mark["sha256"]:
            yield error(path, f"states another sha256 for {name} than run.json", REBUILD)
    for name in digests:
        if name not in record["files"] and name != "repo":
            yield error(path, f"lists {name}, which the run did not write", REBUILD)
    found = {each.get("@id"): each for each in croissant.get("recordSet") or []}
    for config in configs_of(record):
        if config not in found:
            yield error(path, f"lacks a record set for the config {config!r}", REBUILD)
        elif found[config] != record_set(path.parent, record, config):
            what = f"describes other columns or rows of {config!r} than the files hold"
            yield error(path, what, REBUILD)


def sources_of(croissant: Mapping[str, Any]) -> dict[str, str]:
    """Name of each source → its licence, as the card states it."""
    found = croissant.get("prov:wasDerivedFrom")
    return {
        str(source.get("prov:label") or source.get("@id")): str(source.get("license") or "")
        for source in (found if isinstance(found, list) else [])
        if isinstance(source, dict)
    }
