"""The encoding step: an audio column that the Hub plays."""

import numpy as np
import pyarrow as pa
import pytest

from curate.arrow import feature_of, hub_schema
from curate.audio.batch import SAMPLES, samples_array
from curate.contract import apply
from curate.transforms.decode_audio import DecodeAudio
from curate.transforms.encode_audio import EncodeAudio


def batch_of(clips, rate_hz=22_050, noted=True):
    samples = SAMPLES.with_metadata({b"rate_hz": str(rate_hz).encode()} if noted else None)
    schema = pa.schema([("id", pa.string()), samples, ("rate_hz", pa.int32())])
    ids = pa.array(list(clips), pa.string())
    rates = pa.array([rate_hz] * len(clips), pa.int32())
    arrays = [np.asarray(clip, np.float32) for clip in clips.values()]
    return pa.table([ids, samples_array(arrays), rates], schema=schema)


CLIP = np.random.default_rng(0).normal(0, 0.1, 4000)


@pytest.mark.parametrize("form", ["flac", "wav"])
def test_audio_takes_the_place_of_samples_and_rate(form):
    out = apply(EncodeAudio(format=form), batch_of({"a": CLIP})).kept
    assert out.column_names == ["id", "audio"]
    assert out["audio"][0]["path"].as_py() == f"a.{form}"


@pytest.mark.parametrize("form", ["flac", "wav"])
def test_decoding_gives_the_samples_back_within_half_a_step(form):
    encoded = apply(EncodeAudio(format=form), batch_of({"a": CLIP})).kept
    decoded = apply(DecodeAudio(), encoded).kept
    assert np.abs(np.array(decoded["samples"][0].as_py()) - CLIP).max() <= 0.51 / 32768


def test_the_hub_is_told_the_one_rate():
    out = apply(EncodeAudio(), batch_of({"a": CLIP})).kept
    assert feature_of(out.schema.field("audio")) == {"_type": "Audio", "sampling_rate": 22_050}
    assert b"Audio" in hub_schema(out.schema).metadata[b"huggingface"]


def test_the_hub_is_told_no_rate_where_clips_differ():
    out = apply(EncodeAudio(), batch_of({"a": CLIP}, noted=False)).kept
    assert feature_of(out.schema.field("audio")) == {"_type": "Audio"}


def test_a_clip_with_nothing_left_is_rejected():
    kept, rejected = apply(EncodeAudio(), batch_of({"a": [], "b": CLIP}))
    assert kept["id"].to_pylist() == ["b"]
    assert rejected["reason"].to_pylist() == ["no samples"]


def test_paths_are_bare_names():
    out = EncodeAudio()(batch_of({"../up": CLIP, "a/b": CLIP}))
    for cell in out["audio"].to_pylist():
        assert "/" not in cell["path"]
        assert not cell["path"].startswith(".")


@pytest.mark.parametrize("rate_hz", [4_000, 11_025, 44_100, 96_000, 192_000, 384_000])
def test_every_rate_that_decodes_can_be_encoded(rate_hz):
    batch = batch_of({"a": CLIP}, rate_hz)
    for form in ("flac", "wav"):
        encoded = apply(EncodeAudio(format=form), batch).kept
        assert apply(DecodeAudio(rate_hz=0), encoded).kept["rate_hz"].to_pylist() == [rate_hz]
