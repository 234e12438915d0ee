"""Where a step that labels languages runs, and that torch stays out of the CPU path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from curate.errors import EnvironmentError_
from curate.filters.language import Language
from curate.langid.catalog import WORTH_A_GPU, open_model
from curate.transforms.label_language import LabelLanguage


@pytest.fixture
def large(tmp_path: Path) -> str:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(WORTH_A_GPU)
    return str(path)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)


@pytest.fixture
def no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


@pytest.mark.usefixtures("card")
def test_a_large_model_runs_on_a_gpu_that_is_there_and_a_small_one_if_asked_to(large: str) -> None:
    assert LabelLanguage(model=large).runs_on() == "cuda"
    assert Language(model=large, device="cpu").runs_on() == "cpu"
    assert LabelLanguage().runs_on() == Language().runs_on() == "cpu"
    assert LabelLanguage(device="cuda").runs_on() == Language(device="cuda").runs_on() == "cuda"


@pytest.mark.usefixtures("no_card")
def test_without_a_gpu_auto_is_the_cpu_and_cuda_stops_before_any_work(large: str) -> None:
    assert LabelLanguage(model=large).runs_on() == "cpu"
    with pytest.raises(EnvironmentError_, match="device: cuda, but torch sees no GPU"):
        Language(device="cuda").runs_on()


@pytest.mark.usefixtures("card")
def test_a_model_that_is_missing_runs_nowhere(tmp_path: Path) -> None:
    step = LabelLanguage(model=str(tmp_path / "none.bin"), missing="skip", device="cuda")
    assert step.runs_on() == "cpu"


def test_the_model_is_read_once_for_both_devices(data_dir: Path) -> None:
    path = str(data_dir / "lid" / "lid.176.ftz")
    cpu, gpu = (open_model(path, owner="here", device=device) for device in ("cpu", "cuda"))
    assert (cpu.device, gpu.device) == ("cpu", "cuda")
    assert gpu.tables is cpu.tables


def test_labelling_on_the_cpu_imports_no_torch() -> None:
    code = """
import sys, pyarrow as pa
from curate.filters.language import Language
from curate.transforms.label_language import LabelLanguage
batch = pa.table({"text": ["one line", "eine Zeile"]})
for device in ("auto", "cpu"):
    step = LabelLanguage(device=device)
    step.prepare(), step.runs_on(), step(batch)
    Language(device=device)(batch)
print(sorted({"torch", "triton"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
