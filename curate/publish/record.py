"""``run.json``: what was run on what, with which versions, and what came out."""

from __future__ import annotations

import dataclasses as dc
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate.contract import Step

LIBRARIES = ("datasets", "dask", "librosa", "numba", "numpy", "pyarrow", "soundfile", "soxr")
NEEDED = {"name", "complete", "rows", "configs", "files"}


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of the libraries that touch rows."""
    found = {"python": platform.python_version(), "curate": importlib.metadata.version("curate")}
    for name in LIBRARIES:
        found[name] = importlib.metadata.version(name)
    return found


def describe_step(step: Step) -> dict[str, Any]:
    """A step's name, version, options, device and thresholds as plain values."""
    options = {field.name: getattr(step, field.name) for field in dc.fields(step)}
    return {
        "step": step.step_name(),
        "version": step.version,
        "device": step.runs_on(),
        "options": options,
        "adds": sorted(step.adds),
        "limits": {
            option: {**step.limits[option]._asdict(), "value": value}
            for option, value in step.thresholds().items()
        },
        "fingerprint": step.fingerprint(),
    }


def read_record(folder: Path) -> dict[str, Any]:
    """The ``run.json`` of a dataset folder.

    Raises:
        FileNotFoundError: There is none: no run was ever finished here.
        ValueError: It is damaged.
    """
    record: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if not (isinstance(record, dict) and record.keys() >= NEEDED):
        raise ValueError(f"{folder / 'run.json'} is no record of a run")
    return record


def plain(record: Mapping[str, Any]) -> str:
    """The record as the text of ``run.json``."""
    return json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n"
