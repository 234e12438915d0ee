"""What all neural backends share: what they say when something is missing, and their seeds."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from curate.audio import neural
from curate.errors import EnvironmentError_

ALL = neural.RESTORERS | neural.JUDGES
RESEMBLE_STAND_IN = """
from functools import cache
import torch

@cache
def load_enhancer(run_dir, device):
    return torch.rand(8)  # as building the real network does

def enhance(dwav, sr, device, nfe, solver, lambd, tau, run_dir):
    load_enhancer(run_dir, device)
    return dwav + torch.rand(len(dwav)), 44100
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of importable packages, empty ones for all backends to begin with."""
    folder = tmp_path / "packages"
    names = {name for module in ALL.values() for name in module.MODULES}
    for name in names - {"torch", "transformers", "onnxruntime", "requests", "librosa"}:
        path = folder / name.replace(".", "/")
        path.mkdir(parents=True)
        (path / "__init__.py").touch()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def make_files(backend: str, folder: Path) -> str:
    """Weights of the right names; the reference to them."""
    folder.mkdir()
    for name in ALL[backend].FILES or ("weights.bin",):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return str(folder if ALL[backend].FILES else folder / "weights.bin")


@pytest.mark.parametrize("backend", ALL)
def test_missing_package_is_named_with_its_install_line(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ALL[backend].MODULES[-1]
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EnvironmentError_) as caught:
        neural.resolve(backend, str(tmp_path))
    assert f"{backend} needs " in str(caught.value)
    assert package in str(caught.value)
    assert str(caught.value).endswith(f"not installed here; run: {ALL[backend].INSTALL}")


@pytest.mark.parametrize("backend", neural.RESTORERS)
def test_enhancing_without_the_package_gives_its_install_line(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, ALL[backend].MODULES[0], None)
    with pytest.raises(EnvironmentError_, match="not installed here; run: "):
        neural.enhance(backend, np.ones(100, np.float32), 16_000, weights=tmp_path)


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.usefixtures("packages")
def test_missing_weights_are_named_with_the_way_to_get_them(backend: str, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_) as caught:
        neural.resolve(backend, str(tmp_path / "nowhere"))
    assert all(name in str(caught.value) for name in ALL[backend].FILES)
    assert str(caught.value).endswith(ALL[backend].HINT)


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.usefixtures("packages")
def test_weights_that_are_there_are_resolved_to_their_sha256(backend: str, tmp_path: Path) -> None:
    reference = make_files(backend, tmp_path / "weights")
    names = ALL[backend].FILES or ("weights.bin",)
    expected = {name: hashlib.sha256(name.encode()).hexdigest() for name in names}
    assert neural.resolve(backend, reference) == expected


@pytest.mark.usefixtures("packages")
def test_only_the_file_that_is_missing_is_named(tmp_path: Path) -> None:
    reference = make_files("resemble", tmp_path / "weights")
    (tmp_path / "weights/ds/G/latest").unlink()
    with pytest.raises(EnvironmentError_, match="resemble: missing ds/G/latest in "):
        neural.resolve("resemble", reference)


@pytest.mark.usefixtures("packages")
def test_generative_backend_gives_the_same_clip_for_the_same_seed_from_the_first_call_on(
    tmp_path: Path, packages: Path
) -> None:
    (packages / "resemble_enhance/enhancer").mkdir()
    (packages / "resemble_enhance/enhancer/inference.py").write_text(RESEMBLE_STAND_IN)
    weights = make_files("resemble", tmp_path / "weights")
    clip = np.zeros(4, np.float32)
    first, again, other = (
        neural.enhance("resemble", clip, 44_100, weights=weights, seed=seed)[0]
        for seed in (2**64 - 1, 2**64 - 1, 7)
    )
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.usefixtures("packages")
def test_empty_clip_is_handed_back_as_it_is(tmp_path: Path) -> None:
    weights = make_files("sgmse", tmp_path / "weights")
    clip, rate_hz = neural.enhance("sgmse", np.zeros(0, np.float32), 8_000, weights=weights)
    assert (clip.size, rate_hz) == (0, 8_000)


def test_unknown_backend_is_refused_with_the_list_of_those_there_are() -> None:
    with pytest.raises(EnvironmentError_, match="no backend 'magic'; there are resemble, "):
        neural.resolve("magic", "")


@pytest.mark.parametrize("backend", neural.JUDGES)
def test_skipping_says_so_instead_of_a_digest(backend: str) -> None:
    assert neural.resolve_or_skip(backend, "", "skip") == {backend: "skipped: weights missing"}
