"""What this machine can do: extras, compilers, programs, models, and which bundled recipes run.

Looks only: nothing is downloaded, installed or written. A recipe is ready if every step of it finds
its package, its model and its tools, by the same ``prepare`` that runs before work starts.
"""

from __future__ import annotations

import dataclasses as dc
import importlib.util
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import CurateError, EnvironmentError_

if TYPE_CHECKING:
    from rich.console import RenderableType

    from curate.recipe import Recipe

_FOR_DEVELOPERS = ("test", "check")
_PROGRAMS = {
    "ffmpeg": ("torchcodec reads audio through it", "apt-get install ffmpeg"),
    "git": ("git checkouts as a source", "apt-get install git"),
    "bwrap": ("a sandbox where user namespaces are closed", "apt-get install bubblewrap"),
    "chromium": ("pictures of report.html, and its tests", "apt-get install chromium"),
}
_OTHER_NAMES = {"chromium": ("chromium-browser", "google-chrome", "google-chrome-stable")}


@dc.dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Attributes:
        name: What.
        here: What was found of it, with versions; empty if nothing.
        lacks: What is missing; empty if all is there.
        run: The command that installs what is missing, or for a recipe the one to run next.
        ready: Whether it can be used.
    """

    name: str
    here: str = ""
    lacks: str = ""
    run: str = ""
    ready: bool = True


Findings = dict[str, list[Finding]]


def examine(recipe: str = "") -> Findings:
    """Look at this machine.

    Args:
        recipe: Name of a bundled recipe: then only what it needs is looked for.

    Returns:
        Section → what was found: ``machine``, ``extras``, ``compilers``, ``models``, ``recipes``;
        for one recipe ``recipes`` alone.

    Raises:
        EnvironmentError_: There is no bundled recipe of that name.
    """
    # Read when huggingface_hub is imported: steps that would fetch a model say that it is missing.
    os.environ["HF_HUB_OFFLINE"] = "1"
    if recipe:
        return {"recipes": [_recipe(_named(recipe))]}
    with ThreadPoolExecutor(2) as pool:  # asking compilers for versions is waiting, imports are not
        compilers, gpus = pool.submit(_compilers), pool.submit(_gpus)
        recipes = [_recipe(file) for file in _bundled_recipes()]
        return {
            "machine": [_machine(), gpus.result(), _hub_token(), *_programs()],
            "extras": list(_extras()),
            "compilers": compilers.result(),
            "models": list(_models()),
            "recipes": recipes,
        }


def as_json(findings: Findings) -> dict[str, list[dict[str, Any]]]:
    """The same as plain values."""
    return {name: [dc.asdict(one) for one in section] for name, section in findings.items()}


def tables(findings: Findings) -> Iterator[RenderableType]:
    """The same to be read: a table a section, whole at 80 columns."""
    from rich.table import Table
    from rich.text import Text

    for name, section in findings.items():
        last = "next" if name == "recipes" else "missing, and how to get it"
        table = Table(
            title=name, title_justify="left", title_style="bold", box=None, pad_edge=False
        )
        table.add_column("", no_wrap=True)
        table.add_column("here", ratio=2, overflow="fold")  # else a long address is cut off
        table.add_column(last, ratio=3, overflow="fold")
        for one in section:
            mark = Text("✓ ", "green") if one.ready else Text("– ", "yellow")
            do = "; ".join(part for part in (one.lacks, one.run) if part)
            table.add_row(mark + Text(one.name), Text(one.here), Text(do))
        yield table
        yield ""


def _machine() -> Finding:
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    version = metadata.version("curate")
    return Finding("curate", f"{version} on Python {platform.python_version()}, {system}")


def _gpus() -> Finding:
    program = shutil.which("nvidia-smi")
    names: list[str] = []
    if program:
        call = [program, "--query-gpu=name", "--format=csv,noheader"]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        names = done.stdout.strip().splitlines() if done.returncode == 0 else []
    torch = _torch()
    here = ", ".join([*names, torch] if torch else names)
    if not names:
        return Finding("GPU", here, "no NVIDIA GPU; every step runs on the processor", "", False)
    if not torch:
        return Finding("GPU", here, "torch", "pip install 'curate[gpu]'", False)
    if "CUDA" not in torch:
        return Finding("GPU", here, "a torch that knows CUDA", "pip install torch", False)
    return Finding("GPU", here)


def _torch() -> str:
    """Version of torch and of its CUDA, without the two seconds of importing it."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return ""
    said: dict[str, Any] = {}
    file = Path(spec.origin).with_name("version.py")
    if file.is_file():
        exec(compile(file.read_text(), str(file), "exec"), {"__name__": "version"}, said)
    cuda = said.get("cuda")
    return f"torch {metadata.version('torch')}" + (f" with CUDA {cuda}" if cuda else "")


def _hub_token() -> Finding:
    """Whether there is one, never which."""
    from curate.models import has_hub_token

    name, use = "Hub token", "gated models and datasets ask for one"
    if has_hub_token():
        return Finding(name, "there is one; a gated repository also wants its terms accepted")
    return Finding(name, "", use, "hf auth login", False)


def _programs() -> Iterator[Finding]:
    for name, (use, install) in _PROGRAMS.items():
        names = (name, *_OTHER_NAMES.get(name, ()))
        found = next(filter(None, map(shutil.which, names)), "")
        yield Finding(name, found, "" if found else use, "" if found else install, bool(found))


def _extras() -> Iterator[Finding]:
    """Each extra of this package with the versions of what it names."""
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in metadata.requires("curate") or ()]
    for extra in metadata.metadata("curate").get_all("Provides-Extra") or ():
        if extra in _FOR_DEVELOPERS:
            continue
        here: list[str] = []
        lacks: list[str] = []
        for one in wanted:
            if one.marker is None or not one.marker.evaluate({"extra": extra}):
                continue
            try:
                version = metadata.version(one.name)
            except metadata.PackageNotFoundError:
                lacks.append(one.name)
                continue
            good = one.specifier.contains(version, prereleases=True)
            (here if good else lacks).append(f"{one.name} {version}")
        install = f"pip install 'curate[{extra}]'" if lacks else ""
        yield Finding(extra, ", ".join(here), ", ".join(lacks), install, not lacks)


def _compilers() -> list[Finding]:
    from curate.llvm.toolchains import report, sandbox_level

    found = []
    for title, compiler, version, llvm, missing in report():
        here = f"{compiler} {version}, LLVM {llvm}" if version and version not in compiler else ""
        here = here or (f"{compiler}, LLVM {llvm}" if compiler else "")
        found.append(Finding(title, here, missing.reason, missing.install, not missing.reason))
    try:
        found.append(Finding("sandbox", sandbox_level()))
    except EnvironmentError_ as error:
        found.append(Finding("sandbox", "", str(error), "", False))
    return found


def _models() -> Iterator[Finding]:
    """The models that recipes may name without a path, and the packages of the neural ones."""
    from curate import models
    from curate.audio import neural
    from curate.langid import catalog

    yield Finding("language (bundled)", catalog.DEFAULT_MODEL.name)
    for name, known in catalog.KNOWN.items():
        about = f"{known.about}; {known.licence}"
        try:
            models.locate(known.reference, owner=name, hint="")
            yield Finding(name, f"in the Hub cache: {about}")
        except EnvironmentError_:
            way = known.where or "fetched by the first run that names it"
            yield Finding(name, "", f"{about}; {way}", "", False)
    for name, module in {**neural.RESTORERS, **neural.JUDGES}.items():
        try:
            models.need(*module.MODULES, owner=name, install=module.INSTALL)
            yield Finding(name, "package; weights by the step's option")
        except EnvironmentError_:
            yield Finding(name, "", "its package", module.INSTALL, False)


def _bundled_recipes() -> list[Path]:
    from curate.publish.bundled import bundled

    return sorted(bundled("recipes").glob("*.yaml"))


def _named(name: str) -> Path:
    from curate.catalog import suggest

    known = {file.stem: file for file in _bundled_recipes()}
    stem = Path(name).stem
    if stem not in known:
        raise EnvironmentError_(f"no bundled recipe {name!r}{suggest(stem, tuple(known))}")
    return known[stem]


def _recipe(file: Path) -> Finding:
    from curate.recipe import load_recipe

    try:
        recipe = load_recipe(file)
    except CurateError as error:
        return Finding(file.stem, "", " ".join(str(error).split()), "", False)
    lacks: list[str] = []
    notes: list[str] = []
    for step in recipe.steps:
        try:
            told = step.prepare()
        except CurateError as error:
            lacks.append(" ".join(str(error).split()))
            continue
        notes += _partly(step.step_name(), told)
    if lacks:
        return Finding(
            file.stem, "", "; ".join(lacks), f"curate doctor --recipe {file.stem}", False
        )
    here, run = _input_and_command(recipe, file)
    return Finding(file.stem, "; ".join(["ready", here, *notes]), "", run)


def _partly(step: str, told: dict[str, str]) -> Iterator[str]:
    """What a step does without, as it says itself."""
    without = [name for name, value in told.items() if value.startswith("not available")]
    if without:
        yield f"{step} without {', '.join(without)}"
    skipped = [name for name, value in told.items() if value.startswith("skipped")]
    if skipped:
        yield f"{step} skipped: no {', '.join(skipped)}"


def _input_and_command(recipe: Recipe, file: Path) -> tuple[str, str]:
    """What the recipe reads, and the command to run next."""
    run = f"curate run {file.stem}"
    repos = [repo for one in recipe.sources if (repo := getattr(one, "repo", ""))]
    paths = [path for one in recipe.sources if (path := getattr(one, "path", ""))]
    if repos:
        return f"reads {', '.join(repos)} of the Hub", f"{run} --sample, or {run}"
    from curate.publish.bundled import bundled

    samples = bundled("recipes") / "samples"
    own = [path for path in paths if samples not in Path(path).resolve().parents]
    if own and all(Path(path).exists() for path in own):
        return f"reads {', '.join(own)}", run
    return "needs your input", f"{run} --sample, or {run} --set source.path=PATH"
