from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import lid


def test_the_gpu_benchmark_says_where_it_runs_and_that_labels_are_equal(
    data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    lid.main(["--data", str(data_dir / "lid"), "--small", "--lines", "300", "--device", "cuda"])
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("# no GPU here")
    assert len(said) == 8
    assert all(": 0 other labels in 300, |Δp| " in line for line in said[1:])
