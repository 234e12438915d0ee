"""The step of stage 1: which clips it touches and what it writes down."""

import numpy as np
import pyarrow as pa
import pytest
from nara_wpe import utils as nara_utils
from nara_wpe.wpe import wpe_v8
from scipy import signal

from curate.audio.batch import RATE, SAMPLES, samples_array
from curate.audio.decode import decode
from curate.contract import apply
from curate.errors import EnvironmentError_
from curate.transforms.dereverberate import Dereverberate

RATE_HZ = 22050
RECORD = ["dereverb_method", "dereverb_applied", "dereverb_decay", "dereverb_t60"]


def batch_of(*clips):
    names = [str(row) for row in range(len(clips))]
    columns = [pa.array(names, pa.string()), samples_array(clips)]
    columns.append(pa.array([RATE_HZ] * len(clips), pa.int32()))
    return pa.table(columns, pa.schema([pa.field("id", pa.string()), SAMPLES, RATE]))


@pytest.fixture(scope="module")
def dry(kashmiri_dir):
    return decode(sorted((kashmiri_dir / "wavs").glob("*.wav"))[3]).samples


@pytest.fixture(scope="module")
def wet(dry):
    at = np.arange(int(0.6 * RATE_HZ)) / RATE_HZ
    response = 0.05 * np.random.default_rng(0).standard_normal(at.size) * 10 ** (-3 * at / 0.5)
    response[0] = 1
    return (0.5 * signal.fftconvolve(dry, response)[: dry.size]).astype(np.float32)


def test_a_dry_clip_is_left_alone_and_its_decay_noted(dry):
    out = apply(Dereverberate(), batch_of(dry)).kept
    row = out.select(RECORD).to_pylist()[0]
    np.testing.assert_array_equal(out["samples"][0].values, dry)
    assert (row["dereverb_method"], row["dereverb_applied"]) == ("none", False)
    assert 0.05 < row["dereverb_decay"] < 0.22


def test_a_reverberant_clip_is_processed_and_its_reverberation_time_noted(wet):
    out = apply(Dereverberate(), batch_of(wet)).kept
    row = out.select(RECORD).to_pylist()[0]
    assert len(out["samples"][0]) == wet.size
    assert not np.array_equal(out["samples"][0].values, wet)
    assert (row["dereverb_method"], row["dereverb_applied"]) == ("wpe", True)
    assert row["dereverb_t60"] == pytest.approx(0.5, rel=0.3)


def test_a_clip_without_an_estimate_has_null_decay():
    row = apply(Dereverberate(), batch_of(np.zeros(RATE_HZ))).kept.select(RECORD).to_pylist()[0]
    assert list(row.values()) == ["none", False, None, None]


def test_a_gate_of_zero_processes_dry_clips(dry):
    row = apply(Dereverberate(gate_decay=0), batch_of(dry)).kept.select(RECORD).to_pylist()[0]
    assert (row["dereverb_method"], row["dereverb_applied"]) == ("wpe", True)


def test_options_reach_the_filter_as_nara_wpe_names_them(wet):
    options = {"taps": 12, "delay": 2, "iterations": 2, "size": 1024, "shift": 256}
    step = Dereverberate(gate_decay=0, floor_db=-100, suppress_late=False, **options)
    ours = apply(step, batch_of(wet)).kept["samples"][0].values.to_numpy()
    seen = nara_utils.stft(wet.astype(float), size=1024, shift=256).T[:, None]
    clean = wpe_v8(seen, taps=12, delay=2, iterations=2)[:, 0].T
    theirs = nara_utils.istft(clean, size=1024, shift=256)[: wet.size]
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_clip_under_one_second_is_never_processed(wet):
    short = batch_of(wet[RATE_HZ : 2 * RATE_HZ - 1])
    row = apply(Dereverberate(gate_decay=0), short).kept.select(RECORD).to_pylist()[0]
    assert (row["dereverb_method"], row["dereverb_applied"]) == ("none", False)


def test_rows_do_not_depend_on_their_neighbours(dry, wet):
    whole = apply(Dereverberate(), batch_of(wet, dry)).kept
    parts = [apply(Dereverberate(), batch_of(wet, dry).slice(row, 1)).kept for row in range(2)]
    assert whole.equals(pa.concat_tables(parts))


def test_noted_rate_of_the_samples_field_stays(wet):
    field = SAMPLES.with_metadata({b"rate_hz": b"22050"})
    schema = pa.schema([pa.field("id", pa.string()), field, RATE])
    out = apply(Dereverberate(), batch_of(wet).cast(schema)).kept
    assert out.schema.field("samples").equals(field, check_metadata=True)


def test_an_empty_batch_has_the_declared_columns():
    out = apply(Dereverberate(), batch_of().slice(0, 0)).kept
    assert out.num_rows == 0
    assert out.column_names == ["id", "samples", "rate_hz", *RECORD]


def test_missing_weights_stop_the_run_before_any_work():
    with pytest.raises(EnvironmentError_):
        Dereverberate(backend="resemble", weights="nowhere").prepare()


def test_missing_weights_fall_back_to_wpe_where_allowed(wet):
    step = Dereverberate(backend="resemble", weights="nowhere", fallback="wpe", device="cpu")
    assert step.prepare() == {}
    plain = apply(Dereverberate(), batch_of(wet)).kept
    assert apply(step, batch_of(wet)).kept.equals(plain)


def test_wpe_needs_nothing():
    assert Dereverberate().prepare() == {}
    assert Dereverberate().runs_on() == "cpu"
