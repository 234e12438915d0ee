"""Encoding: nearest 16-bit step, no wrap, the same bytes each time, safe names."""

import io
import os

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from curate.audio.decode import decode
from curate.audio.encode import encode, file_name, to_int16

VOICE = np.random.default_rng(0).normal(0, 0.2, 5000).astype(np.float32).clip(-1, 1)


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_samples_come_back_within_half_a_step(form):
    back, rate = sf.read(io.BytesIO(encode(VOICE, 22_050, form)), dtype="float32")
    limit = np.minimum(VOICE, 32767 / 32768)
    assert rate == 22_050
    assert np.abs(back - limit).max() <= 0.5 / 32768


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_sixteen_bit_audio_comes_back_exactly(form):
    steps = np.arange(-32768, 32768, dtype=np.int32)
    samples = (steps / 32768).astype(np.float32)
    np.testing.assert_array_equal(decode(encode(samples, 48_000, form)).samples, samples)


def test_samples_over_full_scale_are_held_there_not_wrapped():
    over = np.array([1.0, 1.5, 9e9, -1.0, -1.5, -9e9], np.float32)
    assert to_int16(over).tolist() == [32767, 32767, 32767, -32768, -32768, -32768]


def test_halves_go_to_the_even_step():
    halves = np.array([0.5, 1.5, 2.5, -0.5, -1.5], np.float32) / 32768
    assert to_int16(halves).tolist() == [0, 2, 2, 0, -2]


@given(hnp.arrays(np.float32, st.integers(1, 200), elements=st.floats(-1, 1, width=32)))
def test_no_sample_is_farther_than_one_step_from_soundfiles(samples):
    out = io.BytesIO()
    sf.write(out, samples, 22_050, format="WAV", subtype="PCM_16")
    theirs, _ = sf.read(io.BytesIO(out.getvalue()), dtype="int16")
    assert np.abs(theirs.astype(int) - to_int16(samples)).max() <= 1


def test_wav_bytes_are_those_soundfile_writes():
    out = io.BytesIO()
    sf.write(out, to_int16(VOICE), 22_050, format="WAV", subtype="PCM_16")
    assert encode(VOICE, 22_050, "wav") == out.getvalue()


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_the_same_samples_give_the_same_bytes(form):
    assert encode(VOICE, 22_050, form) == encode(VOICE.copy(), 22_050, form)


def test_the_samples_given_are_left_alone():
    before = VOICE.copy()
    encode(VOICE, 22_050)
    np.testing.assert_array_equal(VOICE, before)


def test_flac_takes_less_room_than_wav(kashmiri_dir):
    samples = decode(kashmiri_dir / "wavs" / "KAS_M_SAD_00025.wav").samples
    assert len(encode(samples, 22_050, "flac")) < 0.6 * len(encode(samples, 22_050, "wav"))


def test_a_plain_id_is_the_name():
    assert file_name("KAS_F_WIKI_00205", "flac") == "KAS_F_WIKI_00205.flac"
    assert file_name("کٲشُر", "wav") == "کٲشُر.wav"


def test_the_sources_extension_and_folders_leave_a_readable_name():
    assert file_name("wavs/KAS_F_WIKI_00205.wav", "flac") == "wavs_KAS_F_WIKI_00205.flac"


def test_ids_that_clean_to_the_same_name_stay_apart():
    ids = ["a_b", "a b", "a\\b", "a\0b", ".a_b", "../a_b"]
    assert len({file_name(row_id, "flac") for row_id in ids}) == len(ids)


@given(st.text(max_size=400), st.sampled_from(["flac", "wav"]))
def test_any_id_gives_a_bare_file_name(row_id, extension):
    name = file_name(row_id, extension)
    assert os.path.basename(name) == name
    assert name not in (".", "..")
    assert not set(name) & set('/\\\0:*?"<>|')
    assert len(name.encode()) <= 255
    assert name.endswith(f".{extension}")
