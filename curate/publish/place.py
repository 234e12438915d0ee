"""Whether a dataset may be written to a folder without harm to what lies there."""

from __future__ import annotations

import re
from pathlib import Path

from curate.engine.store import WORK
from curate.errors import PublishError
from curate.options import input_paths
from curate.publish.record import read_record, refuse_pipe
from curate.recipe import Recipe

REPLACED = ("data", "rejected")  # files there that are no part of a run are taken away


def check_place(recipe: Recipe, out: Path) -> None:
    """Refuse a folder in which a run would replace or read what is not its own.

    Raises:
        PublishError: The folder holds another dataset or other people's files, or a source lies
            where the run writes, or the other way round; or a pipe lies where a file should be.
    """
    refuse_pipe(out / WORK / "lock")
    try:
        name = read_record(out)["name"]
    except (OSError, ValueError):
        name = recipe.name
    if name != recipe.name:
        raise PublishError(f"{out} holds the dataset {name!r}; use another --out, or delete it")
    for source in recipe.sources:
        # Of what a run writes, this one alone takes Parquet for its own; clips may lie around it.
        reads_all = source.step_name() == "sources.parquet"
        for option in input_paths(type(source)):
            if path := getattr(source, option):
                _check_apart(Path(path), out, reads_all)
    if (out / WORK).exists() or (out / "run.json").exists():
        return
    for folder in (out / name for name in REPLACED):
        if folder.is_dir() and any(folder.iterdir()):
            raise PublishError(f"{folder}: holds files that no run of curate wrote; use --out")


def _check_apart(source: Path, out: Path, reads_all: bool) -> None:
    """A glob stands for the folder before its first wildcard."""
    source = source.expanduser()
    if not source.exists() and re.search(r"[*?\[]", str(source)):
        source = Path(re.split(r"[*?\[]", str(source), maxsplit=1)[0] + "x").parent
    source, out = source.resolve(), out.resolve()
    if any(source.is_relative_to(out / name) for name in (*REPLACED, WORK)):
        raise PublishError(f"{out}: a run here would replace its own source {source}; use --out")
    if reads_all and source.is_dir() and out.is_relative_to(source):
        raise PublishError(f"{out} lies inside the source {source}; use --out")
