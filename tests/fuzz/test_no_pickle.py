"""No pickle is ever loaded from input: it would run whatever code its author put there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent.parent / "curate"
LOADERS = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}


TRUSTED = {"doctor.py": {"exec"}}  # runs torch's own version.py, which is installed, not input


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            found.append((ast.unparse(node.func), node))
    return found


def option(call: ast.Call, name: str) -> object:
    values = [one.value for one in call.keywords if one.arg == name]
    return values[0].value if values and isinstance(values[0], ast.Constant) else None


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda one: one.relative_to(PACKAGE).as_posix()
)
def test_nothing_that_runs_code_is_called_on_data(path: Path) -> None:
    trusted = TRUSTED.get(path.relative_to(PACKAGE).as_posix(), set())
    for name, call in ((name, call) for name, call in calls(path) if name not in trusted):
        module, _, function = name.rpartition(".")
        assert not (module in LOADERS and function in ("load", "loads", "Unpickler", "open")), name
        assert name not in ("eval", "exec", "os.system", "yaml.load", "yaml.unsafe_load"), name
        if name == "torch.load":
            assert option(call, "weights_only") is True
        if name in ("np.load", "numpy.load"):
            assert option(call, "allow_pickle") in (None, False)  # numpy's own default is False
        if name.startswith("subprocess."):
            assert option(call, "shell") in (None, False)
