"""``report.html``: one file to look at a run, from disk, without network, on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from curate.engine.store import write_text
from curate.errors import PublishError
from curate.publish.card import Prose
from curate.publish.record import read_record

REPORT = "report.html"


def write_report(out: Path, record: Mapping[str, Any], prose: Prose) -> None:
    """Write ``report.html`` into a dataset folder, unless it says the same already.

    Args:
        out: The folder; its Parquet files are there.
        record: What its ``run.json`` holds.
        prose: What people wrote about the corpus.
    """
    from curate.publish.report.page import render

    page = render(out, record, prose, None, None)
    path = out / REPORT
    if not (path.is_file() and path.read_text(encoding="utf-8") == page):
        write_text(path, page)


def write_comparison(out: Path, other: Path | None, to: Path) -> None:
    """Write a report of one folder elsewhere, with another run laid over it if there is one.

    Raises:
        PublishError: One of them is no finished dataset folder.
    """
    from curate.publish.report.page import render

    beside = None if other is None else _record(other)
    write_text(to, render(out, _record(out), prose_in(out), other, beside))


def rebuild_report(out: Path) -> Path:
    """Write the report of a finished folder again.

    Raises:
        PublishError: It is no finished dataset folder.
    """
    write_report(out, _record(out), prose_in(out))
    return out / REPORT


def prose_in(out: Path) -> Prose:
    """The head of the card in the folder: title, licence, languages."""
    about: Any = None
    try:
        text = (out / "README.md").read_text(encoding="utf-8")
        if text.startswith("---\n"):
            about = yaml.safe_load(text[4:].partition("\n---")[0])
    except (OSError, ValueError, yaml.YAMLError):
        pass
    return Prose(about if isinstance(about, dict) else {}, "", None)


def _record(folder: Path) -> dict[str, Any]:
    try:
        return read_record(folder)
    except (OSError, ValueError):
        raise PublishError(f"{folder}: no run.json there; give a finished dataset folder") from None
