"""croissant.json: what a dataset holds and where it comes from, for machines.

Croissant 1.1 (MLCommons, 2026-01-29) with the vocabulary for responsible AI and W3C provenance, as
plain JSON. One FileSet and one RecordSet a config; the split of a record is read off the name of
its file, as in the Hub's own files. Values that Croissant has no type for stay out of the record
set, and its description names them.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from curate.engine.store import write_text
from curate.publish.card import Prose
from curate.publish.checks.licences import spdx_id
from curate.publish.record_sets import PARQUET, files_id, record_set
from curate.publish.responsible import responsible
from curate.publish.splits import config_folder, config_folders, configs_of
from curate.yaml_lines import load_yaml

FILE = "croissant.json"
CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
REPO = "repo"
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(out: Path, record: Mapping[str, Any], prose: Prose) -> None:
    """Write ``croissant.json`` beside README.md and CITATION.cff, which it draws on.

    Args:
        out: A dataset folder with its Parquet, README.md and CITATION.cff.
        record: What ``run.json`` holds.
        prose: What people wrote; ``card.yaml`` may have ``rai``, ``url`` and ``version``.
    """
    text = json.dumps(croissant_of(out, record, prose), indent=1, ensure_ascii=False) + "\n"
    path = out / FILE
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def croissant_of(out: Path, record: Mapping[str, Any], prose: Prose) -> dict[str, Any]:
    """The Croissant of a dataset folder; depends on nothing but its arguments and that folder."""
    about, citation = prose.about, read_citation(out / "CITATION.cff")
    title = str(about.get("pretty_name", record["name"]))
    url = about.get("url") or citation.get("url") or citation.get("repository-code")
    described: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": title,
        "alternateName": record["name"],
        "description": _description(about, citation, record),
        "conformsTo": CONFORMS_TO,
        "url": url,
        "license": licence_url(about),
        "creator": _people(about, citation),
        "keywords": about.get("tags"),
        "inLanguage": _listed(about.get("language")),
        "version": _text(citation.get("version") or about.get("version")),
        "datePublished": _text(citation.get("date-released") or about.get("date")),
        "citeAs": _cite_as(out),
        **responsible(out, record, prose),
        **_provenance(record, about),
        "distribution": list(_distribution(out, record)),
        "recordSet": [record_set(out, record, config) for config in configs_of(record)],
    }
    return {key: value for key, value in described.items() if value}


def for_hub(croissant: Mapping[str, Any], repo: str, tag: str) -> dict[str, Any]:
    """The copy to publish: the files lie in a repository, and the dataset has an address.

    Args:
        croissant: What ``croissant.json`` holds.
        repo: ``org/name``.
        tag: The tag it will be found under; empty for none.
    """
    published = copy.deepcopy(dict(croissant))
    page = f"https://huggingface.co/datasets/{repo}"
    published["url"] = page
    where = {"@id": REPO}
    container = {
        "@type": "cr:FileObject",
        "@id": REPO,
        "name": REPO,
        "description": f"The Git repository of the dataset{f', at the tag {tag}' if tag else ''}.",
        "contentUrl": f"{page}/tree/refs%2Ftags%2F{quote(tag, safe='')}" if tag else page,
        "encodingFormat": "git+https",
        "sha256": "https://github.com/mlcommons/croissant/issues/80",  # a repository has no digest
    }
    within = [{**each, "containedIn": where} for each in published.get("distribution", [])]
    published["distribution"] = [container, *within]
    return published


def licence_url(about: Mapping[str, Any]) -> str:
    """Where a licence is written down: SPDX's page, or the link that the card gives."""
    name = str(about.get("license", ""))
    if spdx := spdx_id(name):
        return f"https://spdx.org/licenses/{spdx}.html"
    return str(about.get("license_link") or about.get("license_name") or name)


def read_citation(path: Path) -> dict[str, Any]:
    """CITATION.cff as plain values; nothing if there is none that can be read."""
    try:
        citation = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return citation if isinstance(citation, dict) else {}


def _description(
    about: Mapping[str, Any], citation: Mapping[str, Any], record: Mapping[str, Any]
) -> str:
    said = about.get("summary") or about.get("description") or citation.get("abstract")
    plain = f"{record['rows']['kept']:,} rows, made by the recipe {record['recipe']['file']}."
    return " ".join(str(said or plain).split())


def _people(about: Mapping[str, Any], citation: Mapping[str, Any]) -> list[dict[str, str]]:
    found = []
    for person in citation.get("authors") or about.get("people") or []:
        names = (person.get("given-names"), person.get("family-names"))
        full = " ".join(str(name) for name in names if name)
        kind = "sc:Person" if full else "sc:Organization"
        each = {
            "@type": kind,
            "name": full or str(person.get("name", "")),
            "url": person.get("orcid"),
        }
        found.append({key: value for key, value in each.items() if value})
    return found


def _cite_as(out: Path) -> str:
    """The BibTeX that the card shows, so that there is one and the same."""
    try:
        readme = (out / "README.md").read_text(encoding="utf-8")
    except OSError:
        return ""
    block = re.search(r"```bibtex\n(.*?)\n```", readme, re.DOTALL)
    return block[1] if block else ""


def _provenance(record: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """Sources as people name them, else as the recipe does, and the run that made the rows."""
    entities = []
    for source in about.get("sources") or []:
        entity = {
            "@type": "prov:Entity",
            "@id": source.get("url"),
            "prov:label": source.get("name"),
            "license": _text(source.get("license")),
            "version": _text(source.get("revision")),
            "creditText": source.get("attribution"),
        }
        entities.append({key: value for key, value in entity.items() if value})
    recipe = record["recipe"]
    read = [f"urn:curate:source:{source['fingerprint']}" for source in record.get("sources", [])]
    maker = f"curate {record['versions']['curate']}"
    activity = {
        "@type": "prov:Activity",
        "@id": f"urn:curate:recipe:{recipe['sha256']}",
        "prov:label": f"{recipe['file']}, run by {maker}",
        "prov:used": [{"@id": name} for name in read],
        "prov:wasAssociatedWith": {"@type": "prov:SoftwareAgent", "prov:label": maker},
    }
    return {"prov:wasDerivedFrom": entities, "prov:wasGeneratedBy": activity}


def _distribution(out: Path, record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for config, splits in configs_of(record).items():
        folders = config_folders(record, config)
        yield {
            "@type": "cr:FileSet",
            "@id": files_id(config),
            "name": files_id(config),
            "description": f"Parquet files of the config {config}.",
            "encodingFormat": PARQUET,
            "includes": [f"{one}/{split}-*.parquet" for one in folders for split in splits],
        }
    for path, mark in record["files"].items():
        if path.split("/")[0] in {config_folder(config) for config in record["configs"]}:
            yield {
                "@type": "cr:FileObject",
                "@id": path,
                "name": path,
                "contentUrl": path,
                "contentSize": f"{(out / path).stat().st_size} B",
                "encodingFormat": PARQUET,
                "sha256": mark["sha256"],
            }


def _listed(value: Any) -> list[str]:
    return (
        []
        if value is None
        else [str(each) for each in (value if isinstance(value, list) else [value])]
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)
