"""``run.json``: what was run on what, with which versions, and what came out."""

from __future__ import annotations

import contextlib
import dataclasses as dc
import importlib.metadata
import json
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from curate.contract import Step
from curate.errors import PublishError

LIBRARIES = ("datasets", "dask", "librosa", "numba", "numpy", "pyarrow", "soundfile", "soxr")


class _Rows(BaseModel):
    rows: int


class _File(_Rows):
    sha256: str


class _Line(BaseModel):
    step: str
    rejected: dict[str, _Rows]


class _Account(BaseModel):
    read: int
    kept: int
    rejected: int
    failed: int = 0


class _Record(BaseModel):
    """What readers count on; there is more."""

    name: str
    complete: bool
    rows: _Account
    configs: dict[str, dict[str, _Rows]]
    files: dict[str, _File]
    steps: list[dict[str, Any]] = []
    funnel: list[_Line] = []


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


def refuse_pipe(path: Path) -> None:
    """Opening a pipe waits for whoever is at its other end.

    Raises:
        PublishError: It is one, or else no file.
    """
    if path.exists() and not path.is_file():
        raise PublishError(f"{path} is a pipe, device or folder and no file; take it away")


def read_record(folder: Path) -> dict[str, Any]:
    """The ``run.json`` of a dataset folder.

    Raises:
        FileNotFoundError: There is none: no run was ever finished here.
        PublishError: It is no file.
        ValueError: It is damaged.
    """
    refuse_pipe(folder / "run.json")
    record: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    for name in _Record.model_validate(record).files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or path.suffix != ".parquet":
            raise ValueError(f"{folder / 'run.json'} names a file that no run wrote: {name}")
    return record


def finished_record(folder: Path) -> dict[str, Any]:
    """The ``run.json`` of a folder that a user names.

    Raises:
        PublishError: It is no finished dataset folder, or a pipe lies there.
    """
    try:
        record = read_record(folder)
        for path in folder.iterdir():
            if not path.is_dir():
                refuse_pipe(path)
        return record
    except ValueError:
        hint = "run the recipe again"
        raise PublishError(
            f"{folder / 'run.json'}: damaged, or no record of a run; {hint}"
        ) from None
    except OSError:
        found = "no run.json there" if folder.is_dir() else "no such folder"
        raise PublishError(f"{folder}: {found}; give a finished dataset folder") from None


@contextlib.contextmanager
def told_of_damage(folder: Path) -> Iterator[None]:
    """Say it in one line if a Parquet file of a folder cannot be read.

    Raises:
        PublishError: Such a file.
    """
    try:
        yield
    except pa.ArrowInvalid as error:
        what = f"a Parquet file is damaged ({' '.join(str(error).split())})"
        raise PublishError(f"{folder}: {what}; run the recipe again") from None


def plain(record: Mapping[str, Any]) -> str:
    """The record as the text of ``run.json``."""
    return json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n"
