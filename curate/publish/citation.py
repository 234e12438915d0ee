"""How a dataset wants to be cited: CITATION.cff, its faults, and BibTeX made from it.

Citation File Format 1.2.0 names licences as SPDX does (``CC-BY-4.0``), the Hub by ids of its own
(``cc-by-4.0``, ``odc-by``): they are mapped (``checks/licences.py``), never shared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from curate.errors import PublishError
from curate.publish.checks.licences import hub_id, spdx_id
from curate.yaml_lines import load_yaml

SOURCE = "source"  # the scope of references that a run on other input has no debt to
KINDS = {
    "article": "article",
    "book": "book",
    "conference-paper": "inproceedings",
    "thesis": "phdthesis",
    "report": "techreport",
}
OTHERS = "others"  # BibTeX's own word for authors that are not named
NEEDED = ("cff-version", "message", "title", "authors")
KEYS = {"abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "type"}
KEYS |= {"license", "license-url", "preferred-citation", "references", "repository", "url"}
KEYS |= {"repository-artifact", "repository-code", "version", *NEEDED}
ANYBODY = {"address", "alias", "city", "country", "email", "fax", "orcid", "post-code", "region"}
ANYBODY |= {"tel", "website"}
PERSON = {"given-names", "family-names", "name-particle", "name-suffix", "affiliation", *ANYBODY}
ENTITY = {"name", "date-start", "date-end", "location", *ANYBODY}
DATE = re.compile(r"\d{4}-(0[1-9]|1[012])-(0[1-9]|[12]\d|3[01])")
DOI = re.compile(r"10\.\d{4,9}(\.\d+)?/\S+")
EMPTY = {"a", "an", "the", "of"}
TEX = str.maketrans({mark: f"\\{mark}" for mark in "&%$#_{}"} | {"\\": r"\textbackslash{}"})


def read_citation(path: Path) -> dict[str, Any]:
    """The mapping in a CITATION.cff.

    Raises:
        PublishError: It is not readable, no YAML or no mapping.
    """
    try:
        found = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PublishError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise PublishError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise PublishError(f"{path}: must be a mapping of the Citation File Format 1.2.0")
    return found


def valid_citation(path: Path) -> dict[str, Any]:
    """The mapping in a CITATION.cff that the format allows.

    Raises:
        PublishError: It is not readable, or not what Citation File Format 1.2.0 allows.
    """
    found = read_citation(path)
    if problems := citation_problems(found):
        raise PublishError(f"{path}: {'; '.join(problems)}")
    return found


def citation_problems(cff: Mapping[str, Any]) -> list[str]:
    """What Citation File Format 1.2.0 does not allow, one line each; none if it is valid."""
    problems = [f"has no {key!r}" for key in NEEDED if not cff.get(key)]
    if cff.get("cff-version") not in (None, "1.2.0"):
        problems.append("'cff-version' must be 1.2.0")
    if cff.get("type", "software") not in ("software", "dataset"):
        problems.append("'type' must be dataset or software")
    problems += [f"has a key {key!r}, which the format does not know" for key in {*cff} - KEYS]
    licences = cff.get("license", [])
    for licence in map(str, licences if isinstance(licences, list) else [licences]):
        if not _is_spdx(licence):
            hint = spdx_id(licence) or "an SPDX identifier such as CC-BY-4.0"
            problems.append(f"'license' is {licence!r}; write {hint}")
    if not DATE.fullmatch(str(cff.get("date-released", "2026-01-01"))):
        problems.append("'date-released' must be a date, YYYY-MM-DD")
    if not isinstance(cff.get("version", ""), str | int | float):
        problems.append("'version' must be a text")
    problems += _of_work(cff, "")
    for number, reference in enumerate(cff.get("references") or [], 1):
        where = f"reference {number}"
        if not isinstance(reference, dict):
            problems.append(f"{where} must be a mapping")
            continue
        needed = ("type", "title", "authors")
        problems += [f"{where} has no {key!r}" for key in needed if not reference.get(key)]
        problems += _of_work(reference, f"{where}: ")
    return problems


def _is_spdx(licence: str) -> bool:
    """A licence as SPDX spells it, of those that the Hub knows."""
    known, spelled = hub_id(licence), spdx_id(licence)
    other = licence.lower() not in (known, spelled.lower()) and " " not in licence
    return bool(known) and (licence == spelled or other)  # GPL-3.0-or-later is neither


def _of_work(work: Mapping[str, Any], where: str) -> Iterator[str]:
    authors = work.get("authors")
    for author in authors if isinstance(authors, list) else []:
        keys = set(author) if isinstance(author, dict) else {"?"}
        if not (keys and (keys <= PERSON or ("name" in keys and keys <= ENTITY))):
            yield f"{where}an author is a person (family-names, given-names) or has a 'name'"
    for identifier in work.get("identifiers") or []:
        kind = identifier.get("type") if isinstance(identifier, dict) else None
        if kind not in ("doi", "url", "swh", "other") or not identifier.get("value"):
            yield f"{where}an identifier has a 'type' (doi, url, swh, other) and a 'value'"
    ids = [one for one in work.get("identifiers") or [] if isinstance(one, dict)]
    dois = [one.get("value") for one in ids if one.get("type") == "doi"] + [work.get("doi")]
    for doi in filter(None, dois):
        if not DOI.fullmatch(str(doi)):
            yield f"{where}{doi!r} is no DOI; write it without its address, 10.1000/182"
    if not str(work.get("year", 0)).isdigit():
        yield f"{where}'year' must be a number"


def bibtex(cff: Mapping[str, Any]) -> str:
    """The entry of a dataset, then those of the works it refers to.

    Example:
        >>> print(bibtex({"title": "A corpus", "authors": [{"name": "The team"}], "version": "1"}))
        @misc{team_corpus,
          title = {{A corpus}},
          author = {{The team}},
          version = {1},
        }
    """
    taken: set[str] = set()
    works = [{**cff, "type": "dataset"}, *(cff.get("references") or [])]
    return "\n\n".join(_entry(work, taken) for work in works)


def _entry(work: Mapping[str, Any], taken: set[str]) -> str:
    date = work.get("date-released")
    ids = {entry["type"]: str(entry["value"]) for entry in work.get("identifiers") or []}
    venue = (work.get("conference") or {}).get("name")
    kind = KINDS.get(str(work["type"]), "misc")
    fields = {
        "title": f"{{{_tex(work['title'])}}}",
        "author": " and ".join(map(_author, work["authors"])),
        "year": str(date)[:4] if date else str(work.get("year") or ""),
        "booktitle" if kind == "inproceedings" else "howpublished": _tex(venue or ""),
        "journal": _tex(work.get("journal") or ""),
        "version": str(work.get("version") or ""),
        "doi": str(work.get("doi") or ids.get("doi", "")),
        "url": str(work.get("url") or ids.get("url") or work.get("repository-code") or ""),
        "note": _tex(ids.get("other", "")),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{_key(work, fields['year'], taken)},", *lines, "}"])


def _author(author: Mapping[str, Any]) -> str:
    if author.get("name") == OTHERS:
        return OTHERS
    if "name" in author:
        return f"{{{_tex(author['name'])}}}"
    family = " ".join(filter(None, [author.get("name-particle"), author.get("family-names")]))
    return _tex(", ".join(filter(None, [family, author.get("given-names")])) or author["alias"])


def _key(work: Mapping[str, Any], year: str, taken: set[str]) -> str:
    first = work["authors"][0]
    name = first.get("family-names") or first.get("name") or first.get("alias")
    key = "_".join(filter(None, [_word(name), year, _word(work["title"])])) or "dataset"
    while key in taken:
        key += "_"
    taken.add(key)
    return key


def _word(text: object) -> str:
    """The first word that says something, in plain letters."""
    plain = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode().lower()
    return next((word for word in re.findall("[a-z0-9]+", plain) if word not in EMPTY), "")


def _tex(text: object) -> str:
    return str(text).translate(TEX)
