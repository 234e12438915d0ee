"""``report.html``: one file to look at a run, from disk, without network, on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from curate.arrow import digest_of, sha256_of
from curate.engine.store import WORK, write_text
from curate.publish.card import Prose
from curate.publish.record import finished_record, plain, told_of_damage
from curate.publish.samples import FILE
from curate.yaml_lines import load_yaml

REPORT = "report.html"


def write_report(out: Path, record: Mapping[str, Any], prose: Prose) -> None:
    """Write ``report.html`` into a dataset folder, unless it was made of the same already.

    Args:
        out: The folder; its Parquet files are there.
        record: What its ``run.json`` holds.
        prose: What people wrote about the corpus.
    """
    key = _key(out, record, prose)
    try:
        if f'content="{key}"' in (out / REPORT).read_text(encoding="utf-8")[:2000]:
            return
    except (OSError, ValueError):
        pass
    _write(out, record, prose, key)


def _write(out: Path, record: Mapping[str, Any], prose: Prose, key: str) -> None:
    from curate.publish.report.page import render

    write_text(out / REPORT, render(out, record, prose, key=key))


def _key(out: Path, record: Mapping[str, Any], prose: Prose) -> str:
    """Digest of all that a report is made of: it takes seconds, a run without work does not."""
    samples = out / WORK / FILE
    pieces = sorted(path for path in (Path(__file__).parent / "report").iterdir() if path.is_file())
    return digest_of(
        plain(record),
        dict(prose.about),
        sha256_of(samples) if samples.is_file() else "",
        [sha256_of(piece) for piece in pieces],
    )


def write_comparison(out: Path, other: Path | None, to: Path) -> None:
    """Write a report of one folder elsewhere, with another run laid over it if there is one.

    Raises:
        PublishError: One of them is no finished dataset folder.
    """
    from curate.publish.report.page import render

    beside = None if other is None else finished_record(other)
    record = finished_record(out)
    with told_of_damage(out):
        page = render(out, record, prose_in(out), other=other, other_record=beside)
    write_text(to, page)


def rebuild_report(out: Path) -> Path:
    """Write the report of a finished folder again, even if it was made of the same.

    Raises:
        PublishError: It is no finished dataset folder.
    """
    record, prose = finished_record(out), prose_in(out)
    with told_of_damage(out):
        _write(out, record, prose, _key(out, record, prose))
    return out / REPORT


def prose_in(out: Path) -> Prose:
    """The head of the card in the folder: title, licence, languages."""
    about: Any = None
    try:
        text = (out / "README.md").read_text(encoding="utf-8")
        if text.startswith("---\n"):
            about = load_yaml(text[4:].partition("\n---")[0])
    except (OSError, ValueError, yaml.YAMLError):
        pass
    return Prose(about if isinstance(about, dict) else {}, "", None)
