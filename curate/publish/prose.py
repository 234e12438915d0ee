"""What people wrote about a corpus, made to fit what was run.

``--sample`` and ``--set source.path=DIR`` put other input in the place of a recipe's sources. What
the card says of those (licence, sources, gates, whom to cite) is then not true of the dataset: it
is taken away, and what is known of the input instead stands in its place. Of a recipe's sample that
is the block ``sample`` of ``card.yaml``; of somebody's own data what they state in a ``card.yaml``
beside it or give to ``curate card --card FOLDER``. What nobody stated is left open, visibly.
"""

from __future__ import annotations

import dataclasses as dc
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from curate.errors import PublishError
from curate.options import input_paths
from curate.publish.checks.licences import spdx_id
from curate.publish.citation import SOURCE, valid_citation
from curate.publish.record import refuse_pipe
from curate.recipe import Recipe
from curate.yaml_lines import load_yaml

OPEN = "[More Information Needed]"
OF_SOURCES = (
    "license",
    "license_name",
    "license_link",
    "source_datasets",
    "sources",
    "people",
    "summary",
    "rai",
    "annotations_creators",
    "language_creators",
    "gated",
    "extra_gated_heading",
    "extra_gated_prompt",
    "extra_gated_fields",
    "extra_gated_button_content",
)


@dc.dataclass(frozen=True)
class Prose:
    """What people wrote about a corpus.

    Attributes:
        about: ``card.yaml``: title, licence, languages, sources.
        text: ``card.md``, with slots for numbers.
        citation: ``CITATION.cff``, if there is one.
        cff: What it says, made to fit the run; empty if there is none.
        is_given: Whether ``text`` came with the input, from nobody knows whom.
    """

    about: Mapping[str, Any]
    text: str
    citation: Path | None
    cff: Mapping[str, Any] = dc.field(default_factory=dict)
    is_given: bool = False

    def licence_text(self) -> str:
        """The licence of the dataset, and whom to name for each source."""
        lines = [
            f"This dataset is published under: {self.about.get('license', 'no licence stated')}"
        ]
        for source in self.about.get("sources", []):
            parts = [str(source[key]) for key in ("name", "url", "license") if source.get(key)]
            lines.append(f"Source: {', '.join(parts)}")
            if source.get("attribution"):
                lines.append(f"  Attribution: {source['attribution']}")
        return "\n".join(lines) + "\n"


def load_prose(folder: Path | None, name: str) -> Prose:
    """Read ``cards/<name>``; None gives a plain card.

    Raises:
        PublishError: The folder or one of its files is missing or not readable.
    """
    if folder is None:
        return Prose({"pretty_name": name}, "", None)
    about = _about(folder / "card.yaml")
    citation = folder / "CITATION.cff"
    cff = valid_citation(citation) if citation.is_file() else {}
    return Prose(about, _read(folder / "card.md"), citation, cff)


def load_given(folder: Path) -> dict[str, Any]:
    """A ``card.yaml``, and ``card.md`` and ``CITATION.cff`` if they are there, as plain values.

    Raises:
        PublishError: One of them is not readable.
    """
    text, citation = folder / "card.md", folder / "CITATION.cff"
    return {
        "about": _about(folder / "card.yaml"),
        "text": _read(text) if text.is_file() else "",
        "cff": valid_citation(citation) if citation.is_file() else {},
    }


def given_beside(recipe: Recipe) -> dict[str, Any]:
    """The card that lies beside somebody's own input, if there is one."""
    if recipe.reads != "own":
        return {}
    for source in recipe.sources:
        for option in input_paths(type(source)):
            path = Path(getattr(source, option) or "").expanduser()
            folder = path if path.is_dir() else path.parent
            if (folder / "card.yaml").is_file():
                for name in ("card.yaml", "card.md", "CITATION.cff"):
                    _refuse_link(folder / name, folder)
                return load_given(folder)
    return {}


def _refuse_link(path: Path, folder: Path) -> None:
    """An input from elsewhere must not publish what lies on this machine."""
    real = Path(os.path.realpath(path))  # resolve() fails on a link to itself
    if not real.is_relative_to(os.path.realpath(folder)):
        way_out = "copy the file to its place"
        raise PublishError(f"{path} is a link to {real}, outside of the folder; {way_out}")


def fit_prose(prose: Prose, record: Mapping[str, Any]) -> Prose:
    """The prose with nothing in it that is not true of the input that was read.

    Args:
        prose: From the card of the recipe.
        record: What ``run.json`` holds: ``input``, and ``given`` if somebody gave a card.
    """
    reads = record.get("input", "recipe")
    given = record.get("given") or {"about": {}, "text": "", "cff": {}}
    about = {**prose.about}
    of_sample = about.pop("sample", None) or {}
    title = about.setdefault("pretty_name", record["name"])
    if reads == "recipe":
        about = {**given["about"]} or about
        about.setdefault("pretty_name", title)
    else:
        what = "sample" if reads == "sample" else "own input"
        stated = {**(of_sample if reads == "sample" else {}), **given["about"]}
        about = {key: value for key, value in about.items() if key not in OF_SOURCES}
        about |= {"pretty_name": f"{title}: {what}", **stated}
    if not {**(of_sample if reads == "sample" else {}), **given["about"]}.get("language"):
        about |= _languages(record, reads == "own" or not about.get("language"))
    cff = {**(given["cff"] or _fit_citation(prose.cff, about, reads))}
    text = given["text"] or prose.text
    return Prose(about, text, prose.citation, cff, is_given=bool(given["text"]))


def _fit_citation(cff: Mapping[str, Any], about: Mapping[str, Any], reads: str) -> dict[str, Any]:
    if reads == "recipe" or not cff:
        return {**cff}
    dropped = {"abstract", "license", "references", "repository", "doi", "identifiers", "keywords"}
    if reads == "own":
        dropped |= {"version", "date-released"}
    fitted = {key: value for key, value in cff.items() if key not in dropped}
    fitted["title"] = about["pretty_name"]
    if reads == "own":
        people = [str(person["name"]) for person in about.get("people", [])]
        fitted["authors"] = [{"name": name} for name in people or [OPEN]]
    if licence := spdx_id(str(about.get("license", ""))):
        fitted["license"] = licence
    kept = [one for one in cff.get("references", []) if one.get("scope") != SOURCE]
    return {**fitted, **({"references": kept} if kept else {})}


def _languages(record: Mapping[str, Any], unknown: bool) -> dict[str, Any]:
    """What the recipe's filter says of the languages, or else a closed column ``lang``.

    Args:
        record: What ``run.json`` holds.
        unknown: Whether the card says nothing that is true of this input.
    """
    import langcodes

    labels = [
        label
        for step in record.get("steps", [])
        if step["step"] == "filters.language"
        for label in step["options"].get("languages") or []
    ]
    for splits in record.get("statistics", {}).values() if unknown and not labels else ():
        for split in splits.values():
            labels += split["columns"].get("lang", {}).get("counts", {})
    forms = [_tag(str(label)) for label in dict.fromkeys(labels)]
    if None in forms:  # haskell among them: a column of something else, and cpp no creole there
        forms = []
    tags = sorted({tag for tag in forms if tag and langcodes.tag_is_valid(tag)} - {"und"})
    if not tags:
        return {"language": [], "language_details": ""} if unknown else {}
    codes = sorted({langcodes.get(tag).language or tag for tag in tags})
    return {
        "language": codes,
        "language_details": ", ".join(tag for tag in tags if "-" in tag),
        "multilinguality": ["multilingual" if len(codes) > 1 else "monolingual"],
    }


def _tag(label: str) -> str | None:
    """A label as BCP-47 writes it; None for what has not the form of one."""
    import langcodes
    from langcodes.tag_parser import LanguageTagError

    try:
        tag = langcodes.standardize_tag(label)
    except LanguageTagError:
        return None
    return tag if len(tag.partition("-")[0]) <= 3 else None  # longer ones are reserved


def _about(path: Path) -> dict[str, Any]:
    try:
        about = load_yaml(_read(path))
    except yaml.YAMLError as error:
        raise PublishError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(about, dict):
        raise PublishError(f"{path}: must be a mapping")
    return about


def _read(path: Path) -> str:
    try:
        refuse_pipe(path)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        hint = "a card is card.yaml and card.md"
        raise PublishError(f"{error.filename}: {error.strerror}; {hint}") from None
    except ValueError as error:
        raise PublishError(f"{path}: not UTF-8: {error}") from None
