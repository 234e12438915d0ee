"""What is written about the code must be true of it: pages, help, trees, recipes, citations."""

from __future__ import annotations

import dataclasses as dc
import doctest
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
import typer
import yaml
from rich.text import Text

from curate.audio.batch import samples_array
from curate.catalog import KINDS, find_step, known_steps
from curate.cli import app
from curate.contract import apply
from curate.recipe import load_recipe

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))
COMMANDS = typer.main.get_command(app).commands
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# The examples of steps are run by tests/contract/test_every_step.py.
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "curate").rglob("*.py"))
    if path.parent.name not in KINDS and ">>>" in path.read_text(encoding="utf-8")
]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def tree() -> Iterator[tuple[str, str]]:
    """(path, description) of each line of the README's tree; two spaces lead one level deeper."""
    (lines,) = blocks(ROOT / "README.md", "tree")
    above: list[str] = []
    for line in lines.splitlines():
        name, _, about = line.strip().partition(" ")
        depth = (len(line) - len(line.lstrip())) // 2
        above[depth:] = [name]
        yield "".join(above), about.strip()


def test_docs_steps_is_what_make_docs_writes(generate: ModuleType) -> None:
    assert written("docs/steps.md") == generate.steps_page(), "run: make docs"


def test_docs_cli_is_what_make_docs_writes(generate: ModuleType) -> None:
    assert written("docs/cli.md") == generate.cli_page(), "run: make docs"


def test_the_readme_shows_what_the_sample_gives(generate: ModuleType) -> None:
    readme = written("README.md")
    assert readme == generate.with_funnel(readme, generate.funnel()), "run: make docs"


def test_docs_steps_has_each_step_with_each_option_and_reason(generate: ModuleType) -> None:
    sections = re.split(r"^## ", generate.steps_page(), flags=re.M)
    page = {section.partition("\n")[0]: section for section in sections}
    for name in known_steps():
        cls = find_step(name)
        assert all(f"| `{option.name}` |" in page[name] for option in dc.fields(cls)), name
        assert all(reason in page[name] for reason in cls.reasons), name


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_and_each_of_its_flags_has_help(name: str) -> None:
    assert COMMANDS[name].help
    assert [flag.name for flag in COMMANDS[name].params if not flag.help] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_shown_as_it_was_written(name: str) -> None:
    # what stands in square brackets would be taken for markup, and left out
    shown = [getattr(flag, "help", "") or "" for flag in COMMANDS[name].params]
    assert [Text.from_markup(one).plain for one in shown] == shown


def test_every_command_is_in_the_readme_or_the_changelog() -> None:
    text = written("README.md") + written("CHANGELOG.md")
    assert [name for name in COMMANDS if not re.search(rf"\b{name}\b", text)] == []


def test_everything_in_the_readme_tree_is_there_and_described() -> None:
    for path, about in tree():
        assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file(), path
        assert about, path


def test_every_recipe_and_the_top_of_the_package_are_in_the_readme_tree() -> None:
    listed = {path.rstrip("/") for path, _ in tree()}
    hidden = {"__init__.py", "__pycache__", "py.typed"}
    there = [path for path in (ROOT / "curate").iterdir() if path.name not in hidden]
    assert {path.relative_to(ROOT).as_posix() for path in [*there, *RECIPES]} <= listed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_of_our_own_files_are_true(page: Path) -> None:
    text = re.sub(r"^```python.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    named = re.findall(r"`((?:curate|tests|docs|recipes|cards)/[\w/.]+\.\w+)`", text)
    made_up = {"curate/filters/peak.py", "tests/filters/test_peak.py"}
    assert [path for path in named if path not in made_up and not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)
@pytest.mark.parametrize("sample", [False, True], ids=["sources", "sample"])
def test_a_recipe_loads(file: Path, sample: bool) -> None:
    recipe = load_recipe(file, sample=sample)
    assert recipe.name == file.stem
    assert not recipe.publish.card or (ROOT / "cards" / recipe.publish.card).is_dir()


def test_the_recipe_in_the_docs_loads(tmp_path: Path) -> None:
    whole, part = blocks(ROOT / "docs" / "recipe.md", "yaml")
    (tmp_path / "clips.yaml").write_text(whole, encoding="utf-8")
    assert len(load_recipe(tmp_path / "clips.yaml").steps) == 4
    assert yaml.safe_load(part) == {"steps": [{"my_lab.steps:HasVoice": {"least": 0.2}}]}


def test_the_filter_in_contributing_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = blocks(ROOT / "CONTRIBUTING.md", "python")
    (tmp_path / "peak_of_docs.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    samples = samples_array([np.array(clip, np.float32) for clip in ([0.5, -0.75], [0.001], [])])
    batch = pa.table({"id": ["a", "b", "c"], "samples": samples, "rate_hz": [8000] * 3})
    kept, rejected = apply(find_step("peak_of_docs:Peak")(), batch)
    assert kept["peak"].to_pylist() == [0.75]
    assert rejected["reason"].to_pylist() == ["too soft", "too soft"]


def test_the_filter_in_contributing_is_documented_as_the_contract_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generate: ModuleType
) -> None:
    (text,) = blocks(ROOT / "CONTRIBUTING.md", "python")
    (tmp_path / "peak_documented.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    cls = find_step("peak_documented:Peak")
    doc = generate.Docstring.of(cls)
    assert [name for name, _ in doc.items("Args")] == [field.name for field in dc.fields(cls)]
    assert [name for name, _ in doc.items("Adds")] == list(cls.adds)
    assert [name for name, _ in doc.items("Rejects")] == list(cls.reasons)
    results = doctest.testmod(sys.modules["peak_documented"])
    assert (results.attempted, results.failed) == (2, 0)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_in_a_module_run(name: str) -> None:
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(module, optionflags=flags).failed == 0


def test_the_citation_names_the_released_version_and_licence() -> None:
    citation = yaml.safe_load(written("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert {"message", "title", "authors"} <= set(citation)


def test_the_changelog_begins_with_the_released_version() -> None:
    headings = re.findall(r"^## (\S+)", written("CHANGELOG.md"), re.M)
    assert headings[0] == PROJECT["version"]


def test_every_message_that_errors_md_explains_is_still_said() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "curate").rglob("*.py"))
    rows = [line for line in written("docs/errors.md").splitlines() if line.startswith("| `")]
    messages = [part for row in rows for part in re.findall(r"`([^`]+)`", row.split(" | ")[0])]
    assert len(messages) >= 14
    assert [message for message in messages if message not in code] == []


def test_the_slurm_script_writes_a_job_with_a_worker_for_each_core() -> None:
    script = ROOT / "docs" / "cluster" / "slurm.py"
    command = [sys.executable, str(script), "--script", "--cores", "8", "--hours", "2", "--gpu"]
    job = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "#SBATCH --cpus-per-task=8" in job
    assert "#SBATCH -t 02:00:00" in job
    assert "#SBATCH --gres=gpu:1" in job
    assert "--lifetime 105m" in job
    assert "--resources GPU=1" in job
    without = subprocess.run(command[:-1], capture_output=True, text=True, check=True).stdout
    assert "--nworkers 8" in without
    assert "--nthreads 1" in without
