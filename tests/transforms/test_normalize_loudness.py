"""The loudness step: on target, no sample cut, and the published chain's files on request."""

import io
import warnings

import librosa
import numpy as np
import pyarrow as pa
import pyloudnorm
import pytest
import soundfile as sf

from curate.arrow import AUDIO
from curate.audio.batch import DURATION, RATE, SAMPLES, samples_array
from curate.audio.loudness import integrated_lufs
from curate.contract import apply
from curate.filters.duration import Duration
from curate.transforms.decode_audio import DecodeAudio
from curate.transforms.encode_audio import EncodeAudio
from curate.transforms.normalize_loudness import NormalizeLoudness
from curate.transforms.trim_silence import TrimSilence

RATE_HZ = 22_050


def batch_of(*clips):
    arrays = [np.asarray(clip, np.float32) for clip in clips]
    ids = [str(at) for at in range(len(clips))]
    rates = pa.array([RATE_HZ] * len(clips), pa.int32())
    duration = pa.array([len(clip) / RATE_HZ for clip in clips], pa.float64())
    schema = pa.schema([("id", pa.string()), SAMPLES, RATE, DURATION])
    return pa.table([pa.array(ids), samples_array(arrays), rates, duration], schema=schema)


@pytest.fixture(scope="module")
def recordings(kashmiri_dir):
    paths = sorted((kashmiri_dir / "wavs").glob("*.wav"))
    cells = [{"bytes": None, "path": str(path)} for path in paths]
    ids = [path.stem for path in paths]
    return pa.table({"id": ids, "audio": pa.array(cells, AUDIO)})


def run(batch, *steps):
    for step in steps:
        batch = apply(step, batch).kept
    return batch


def published_chain(path):
    """The published script's stages 2 and 3; None where it drops the clip."""
    samples, _ = librosa.load(path, sr=RATE_HZ, mono=True)
    samples, _ = librosa.effects.trim(samples, top_db=40, frame_length=1024, hop_length=256)
    if len(samples) < 0.2 * RATE_HZ:
        return None
    try:
        lufs = pyloudnorm.Meter(RATE_HZ).integrated_loudness(samples)
    except ValueError:
        return None
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        louder = pyloudnorm.normalize.loudness(samples, lufs, -23.0)
    sf.write(out, louder, RATE_HZ, format="WAV")
    return sf.read(io.BytesIO(out.getvalue()), dtype="int16")[0].astype(int)


def test_without_a_peak_limit_files_equal_the_published_chains(recordings, kashmiri_dir):
    out = run(
        recordings,
        DecodeAudio(),
        TrimSilence(),
        Duration(least=0.4, most=3600),
        NormalizeLoudness(peak_dbfs=None),
        EncodeAudio(format="wav"),
    )
    ours = dict(zip(out["id"].to_pylist(), out["audio"].to_pylist(), strict=True))
    dropped = cut = 0
    for row_id in recordings["id"].to_pylist():
        theirs = published_chain(kashmiri_dir / "wavs" / f"{row_id}.wav")
        if theirs is None:
            assert row_id not in ours
            dropped += 1
            continue
        samples = sf.read(io.BytesIO(ours[row_id]["bytes"]), dtype="int16")[0].astype(int)
        assert samples.size == theirs.size
        assert np.abs(samples - theirs).max() <= 1
        cut += np.abs(theirs).max() >= 32767
    assert dropped == 2
    assert cut >= 3  # clips that pass full scale are among them


@pytest.mark.parametrize("form", ["wav", "flac"])
@pytest.mark.parametrize("weighting", ["pyloudnorm", "bs1770"])
def test_encoded_files_are_on_target_and_uncut(recordings, form, weighting):
    steps = (DecodeAudio(), TrimSilence(), NormalizeLoudness(weighting=weighting))
    out = run(recordings, *steps, EncodeAudio(format=form))
    assert out.num_rows == 80
    limited = 0
    for row in out.select(["audio", "gain_limited", "loudness_short"]).to_pylist():
        samples, rate_hz = sf.read(io.BytesIO(row["audio"]["bytes"]), dtype="float32")
        peak = np.abs(samples).max()
        off = integrated_lufs(samples, rate_hz, weighting) + 23.0
        assert peak <= 10 ** (-1 / 20) + 1 / 32768
        assert row["gain_limited"] or abs(off) <= 0.01
        assert not row["gain_limited"] or (
            off < 0 and peak == pytest.approx(10 ** (-1 / 20), abs=1e-4)
        )
        assert row["loudness_short"] == (samples.size < 0.4 * rate_hz)
        limited += row["gain_limited"]
    assert limited >= 3


def test_the_record_adds_up():
    clip = 0.05 * np.sin(np.arange(30_000) * 0.1)
    row = NormalizeLoudness(target_lufs=-30)(batch_of(clip)).to_pylist()[0]
    assert row["loudness_lufs_before"] + row["gain_db"] == pytest.approx(-30)
    gained = clip.astype(np.float32) * 10 ** (row["gain_db"] / 20)
    np.testing.assert_allclose(row["samples"], gained, rtol=1e-6)
    assert (row["gain_limited"], row["loudness_short"], row["defect"]) == (False, False, None)


def test_a_gain_that_would_pass_the_peak_is_held_back():
    clip = np.zeros(30_000)
    clip[::500] = 0.5
    row = NormalizeLoudness(target_lufs=-5, peak_dbfs=-3)(batch_of(clip)).to_pylist()[0]
    assert row["gain_limited"]
    assert max(row["samples"]) == pytest.approx(10 ** (-3 / 20), rel=1e-6)


def test_a_peak_of_zero_db_cuts_no_sample_of_a_16_bit_file():
    clip = np.zeros(30_000)
    clip[::500] = 0.5
    out = NormalizeLoudness(target_lufs=-5, peak_dbfs=0)(batch_of(clip))
    assert max(out["samples"][0].as_py()) * 32768 == pytest.approx(32767, abs=0.01)


@pytest.mark.parametrize("clip", [[], [0.0], np.zeros(30_000), np.full(30_000, 1e-6)])
def test_silence_is_rejected_as_silent(clip):
    kept, rejected = apply(NormalizeLoudness(), batch_of(clip))
    assert kept.num_rows == 0
    assert rejected["reason"].to_pylist() == ["silent"]


def test_a_clip_under_one_block_is_kept_and_flagged():
    clip = 0.1 * np.sin(np.arange(5000) * 0.1)
    row = apply(NormalizeLoudness(), batch_of(clip)).kept.to_pylist()[0]
    assert row["loudness_short"]
    samples = np.array(row["samples"], np.float32)
    assert integrated_lufs(samples, RATE_HZ) == pytest.approx(-23, abs=1e-3)
