"""The house rules that a reader relies on, checked on the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "curate"
FILES = sorted(PACKAGE.rglob("*.py"))
STEPS = {"sources", "transforms", "filters", "barriers"}
ORCHESTRATION = {"cli", "pipeline", "recipe", "local_source", "catalog", "engine", "publish"}
LIBRARIES = (
    {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    - STEPS
    - ORCHESTRATION
    - {"__pycache__", "bundled"}
)
ONLY_IN = {
    "dask": {"engine/cluster.py"},
    "distributed": {"engine/cluster.py"},
    "huggingface_hub": {"models.py", "publish/hub.py", "text/hub_files.py"},
}


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def ours(path: Path) -> set[str]:
    """First parts of what a file imports from this package: ``audio``, ``contract``, …"""
    return {name.split(".")[1] for name in imports(path) if name.startswith("curate.")}


def layer(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", [p for p in FILES if layer(p) in STEPS], ids=lambda p: p.stem)
def test_a_step_imports_the_contract_and_libraries_only(path: Path) -> None:
    assert ours(path) <= {"contract", "arrow", "errors", "models"} | LIBRARIES


@pytest.mark.parametrize("path", [p for p in FILES if layer(p) in LIBRARIES], ids=lambda p: p.stem)
def test_a_library_knows_no_step_recipe_or_engine(path: Path) -> None:
    assert not ours(path) & (STEPS | ORCHESTRATION)


@pytest.mark.parametrize("path", [p for p in FILES if layer(p) == "engine"], ids=lambda p: p.stem)
def test_the_engine_knows_no_recipe_and_no_library(path: Path) -> None:
    assert ours(path) <= {"contract", "arrow", "errors", "engine"}


@pytest.mark.parametrize("name", sorted(ONLY_IN))
def test_a_heavy_library_is_imported_in_one_place_only(name: str) -> None:
    users = {
        p.relative_to(PACKAGE).as_posix()
        for p in FILES
        if name in {i.split(".")[0] for i in imports(p)}
    }
    assert users == ONLY_IN[name]


def test_torch_is_never_imported_at_the_top_of_a_module() -> None:
    for path in FILES:
        top = [
            n
            for n in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(n, ast.Import | ast.ImportFrom)
        ]
        names = {
            (n.module if isinstance(n, ast.ImportFrom) else n.names[0].name) or "" for n in top
        }
        assert not {n.split(".")[0] for n in names} & {
            "torch",
            "transformers",
            "onnxruntime",
            "datasets",
        }, path


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_is_a_page_and_a_function_a_screen(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            doc = ast.get_docstring(node, clean=False)
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno - (doc or "").count("\n") <= 60, node.name


def test_importing_the_package_is_fast_and_pulls_nothing_heavy() -> None:
    code = (
        "import sys, time; start = time.process_time(); import curate; seconds = time.process_time() - start;"
        "heavy = {'torch', 'librosa', 'datasets', 'dask', 'numba', 'scipy'} & set(sys.modules);"
        "assert not heavy, heavy; print(seconds)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.3


def test_only_the_command_line_and_the_report_print() -> None:
    for path in FILES:
        names = {
            n.func.id
            for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        assert "print" not in names or path.name in {"cli.py"}, path
