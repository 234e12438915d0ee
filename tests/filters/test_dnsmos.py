"""The DNSMOS filter, on a network whose overall raw value is four times the mean sample."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tiny_models import DNSMOS_WINDOW as WINDOW
from tiny_models import write_dnsmos

from curate.audio.batch import samples_array
from curate.contract import apply
from curate.errors import EnvironmentError_
from curate.filters.dnsmos import Dnsmos


def overall(raw: float) -> float:
    """Published polynomial of OVRL."""
    return -0.06766283 * raw**2 + 1.11546468 * raw + 0.04602535


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dnsmos(tmp_path_factory.mktemp("dnsmos"))


def batch_of(*levels: float, samples: int = WINDOW) -> pa.Table:
    clips = [np.full(samples, level, np.float32) for level in levels]
    return pa.table(
        {
            "id": [f"{level}" for level in levels],
            "source": ["test"] * len(levels),
            "samples": samples_array(clips),
            "rate_hz": pa.array([16_000] * len(levels), pa.int32()),
        }
    )


def test_clip_under_the_threshold_is_rejected_with_its_scores(weights: Path) -> None:
    kept, rejected = apply(Dnsmos(weights=str(weights)), batch_of(0.25, 0.75, 1.0))
    assert kept["id"].to_pylist() == ["1.0"]
    assert rejected["reason"].to_pylist() == ["low DNSMOS"] * 2
    expected = [round(overall(1), 4), round(overall(3), 4)]
    assert rejected["dnsmos_ovrl"].to_pylist() == pytest.approx(expected, abs=1e-6)


def test_score_that_equals_the_threshold_is_kept(weights: Path) -> None:
    # 3.7806 as float32 is less than 3.7806 as float64
    least = round(overall(4), 4)
    assert Dnsmos(weights=str(weights), least_ovrl=least)(batch_of(1.0)).keep.to_pylist() == [True]


def test_empty_clip_has_no_score_and_is_kept(weights: Path) -> None:
    verdict = Dnsmos(weights=str(weights))(batch_of(0.0, samples=0))
    assert verdict.keep.to_pylist() == [True]
    assert [column.to_pylist() for column in verdict.measured.values()] == [[None]] * 3


def test_empty_batch_keeps_the_declared_schema(weights: Path) -> None:
    step, batch = Dnsmos(weights=str(weights)), batch_of()
    assert apply(step, batch).kept.schema == step.output_schema(batch.schema)


def test_scores_do_not_depend_on_the_neighbours(weights: Path) -> None:
    step, batch = Dnsmos(weights=str(weights)), batch_of(0.5, 0.7, 0.9)
    alone = [step(batch.slice(row, 1)).measured["dnsmos_ovrl"][0] for row in range(3)]
    assert step(batch).measured["dnsmos_ovrl"].to_pylist() == [value.as_py() for value in alone]


def test_preparing_gives_the_digest_of_the_weights(weights: Path) -> None:
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert Dnsmos(weights=str(weights)).prepare() == {"sig_bak_ovr.onnx": digest}


def test_missing_weights_stop_before_work(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"no file .*none.onnx; set weights to DNSMOS/"):
        Dnsmos(weights=str(tmp_path / "none.onnx")).prepare()


def test_missing_weights_may_be_skipped(tmp_path: Path) -> None:
    step = Dnsmos(weights=str(tmp_path / "none.onnx"), missing="skip")
    assert step.prepare() == {"dnsmos": "skipped: weights missing"}
    verdict = step(batch_of(0.25, 1.0))
    assert verdict.keep.to_pylist() == [True, True]
    assert verdict.measured["dnsmos_ovrl"].to_pylist() == [None, None]
