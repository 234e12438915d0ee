"""Decoding: equal to librosa on what is whole, a true reason for what is not."""

import io
import os
import struct
import tracemalloc
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.audio.decode import REASONS, decode
from curate.errors import RowError

FORMATS = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("WAV", "MS_ADPCM"),
    ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]


def tone(seconds=0.6, channels=1, rate=24_000):
    phase = np.arange(int(seconds * rate))[:, None] * np.linspace(0.02, 0.3, channels)
    hiss = np.random.default_rng(0).normal(0, 0.01, phase.shape)
    return (0.4 * np.sin(phase) + hiss).astype(np.float32)


def encoded(container="WAV", subtype="PCM_16", samples=None, rate=24_000):
    out = io.BytesIO()
    sf.write(out, tone() if samples is None else samples, rate, format=container, subtype=subtype)
    return out.getvalue()


def reason_of(source, **options):
    with pytest.raises(RowError) as caught:
        decode(source, **options)
    assert caught.value.reason in REASONS
    return caught.value.reason


def outcome(source, **options):
    try:
        clip = decode(source, 22_050, **options)
    except RowError as error:
        return error.reason
    usable = clip.samples.size and np.isfinite(clip.samples).all() and clip.rate_hz == 22_050
    return "decoded" if usable else "unusable"


def patched(raw, at, value, layout="<I"):
    raw = bytearray(raw)
    struct.pack_into(layout, raw, at, value)
    return bytes(raw)


@pytest.mark.parametrize(("container", "subtype"), FORMATS)
@pytest.mark.parametrize("rate_hz", [None, 16_000])
def test_samples_equal_librosas(container, subtype, rate_hz):
    raw = encoded(container, subtype)
    clip = decode(raw, rate_hz)
    expected, rate = librosa.load(io.BytesIO(raw), sr=rate_hz)
    np.testing.assert_array_equal(clip.samples, expected)
    assert (clip.rate_hz, clip.source_rate_hz, clip.channels) == (rate, 24_000, 1)
    assert clip.samples.dtype == np.float32


@pytest.mark.parametrize("channels", [2, 3, 6])
@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_channels_are_averaged_and_resampled_as_librosa_does(channels, rate):
    raw = encoded(samples=tone(channels=channels, rate=rate), rate=rate)
    clip = decode(raw, 22_050)
    expected, _ = librosa.load(io.BytesIO(raw), sr=22_050)
    np.testing.assert_array_equal(clip.samples, expected)
    assert clip.channels == channels


def test_real_clips_equal_librosas(kashmiri_dir):
    for path in sorted((kashmiri_dir / "wavs").glob("*.wav")):
        expected, _ = librosa.load(path, sr=None)
        np.testing.assert_array_equal(decode(path, 22_050).samples, expected)


@pytest.mark.parametrize("name", ["clip.raw", "clip.mp3", "clip.txt", "clip", "ک.flac"])
def test_the_name_does_not_matter(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(encoded("OGG", "VORBIS"))
    np.testing.assert_array_equal(decode(path).samples, decode(path.read_bytes()).samples)


@pytest.mark.parametrize(("container", "subtype"), FORMATS)
def test_no_beginning_of_a_file_passes_for_the_whole(container, subtype):
    raw = encoded(container, subtype)
    cuts = {*range(0, 120), *range(120, len(raw), 331), *range(len(raw) - 60, len(raw))}
    reasons = {cut: reason_of(raw[:cut]) for cut in cuts}
    assert set(reasons.values()) <= {"file empty", "not audio", "file truncated"}
    assert all(reason == "file truncated" for cut, reason in reasons.items() if cut >= 120)


def test_mp3_cut_at_the_border_of_its_last_frame_is_the_one_cut_not_seen():
    raw = encoded("MP3", "MPEG_LAYER_III")
    passed = [cut for cut in range(len(raw) - 1000, len(raw)) if outcome(raw[:cut]) == "decoded"]
    assert len(passed) == 1


def test_mp3_of_constant_rate_without_a_frame_count_is_decoded():
    raw = encoded("MP3", "MPEG_LAYER_III")
    headless = raw.replace(b"Xing", b"None").replace(b"Info", b"None")
    assert abs(len(decode(headless).samples) - 14_400) < 3 * 1152
    assert reason_of(headless[:-10]) == "file truncated"
    assert outcome(headless + b"TAG" + bytes(125)) == "decoded"


def test_an_id3_tag_before_the_sound_is_passed_over():
    raw = encoded("MP3", "MPEG_LAYER_III")
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
    np.testing.assert_array_equal(decode(tag + raw).samples, decode(raw).samples)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF])
def test_wav_written_to_a_pipe_is_read_to_its_end(size):
    raw = encoded()
    piped = patched(patched(raw, 4, 0xFFFFFFFF), 40, size)
    np.testing.assert_array_equal(decode(piped).samples, decode(raw).samples)


@pytest.mark.parametrize("where", ["bytes", "path"])
def test_wav_whose_writer_was_never_closed_is_read_to_its_end(tmp_path, where):
    raw = encoded()
    unclosed = patched(patched(raw, 4, 36), 40, 0)
    (tmp_path / "a.wav").write_bytes(unclosed)
    clip = decode(unclosed if where == "bytes" else tmp_path / "a.wav")
    np.testing.assert_array_equal(clip.samples, decode(raw).samples)
    assert (tmp_path / "a.wav").read_bytes() == unclosed


def test_odd_data_without_its_padding_byte_is_whole():
    raw = encoded(subtype="PCM_U8", samples=tone()[:1001])
    assert raw[-1:] == b"\0"
    assert len(decode(raw[:-1]).samples) == 1001


def test_chunks_and_junk_around_the_samples_are_passed_over():
    raw = encoded()
    listed = raw[:36] + b"LIST" + struct.pack("<I", 5) + b"notes\0" + raw[36:]
    np.testing.assert_array_equal(decode(listed + b"junk").samples, decode(raw).samples)


def test_flac_that_does_not_know_its_length_is_decoded():
    raw = encoded("FLAC", "PCM_16")
    packed = struct.unpack_from(">Q", raw, 18)[0] & ~(2**36 - 1)
    np.testing.assert_array_equal(
        decode(patched(raw, 18, packed, ">Q")).samples, decode(raw).samples
    )


@pytest.mark.parametrize("other", ["text", "utf-16", "zip", "png", "zeros", "noise"])
def test_what_is_no_sound_file_is_not_audio(other):
    raw = {
        "text": b"hello, world " * 99,
        "utf-16": ("hello, world " * 99).encode("utf-16"),
        "zip": b"PK\x03\x04" + bytes(500),
        "png": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "zeros": bytes(5000),
        "noise": np.random.default_rng(0).bytes(100_000),
    }[other]
    assert reason_of(raw) == "not audio"


def test_files_that_cannot_be_opened_say_why(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.wav").touch()
    reasons = {
        tmp_path / "nowhere.wav": "file missing",
        tmp_path / "empty.wav" / "within.wav": "file missing",
        Path("null\0character"): "file missing",
        tmp_path: "file unreadable",
        tmp_path / "pipe": "file unreadable",
        Path("/dev/zero"): "file unreadable",
        tmp_path / ("long" * 99): "file unreadable",
        tmp_path / "empty.wav": "file empty",
    }
    assert {path: reason_of(path) for path in reasons} == reasons


def test_a_header_without_sound_has_no_samples():
    assert reason_of(encoded(samples=np.zeros(0, np.float32))) == "no samples"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30, -1e12])
@pytest.mark.parametrize("rate_hz", [None, 16_000])
def test_a_single_sample_that_is_not_finite_is_found(bad, rate_hz):
    samples = tone()
    samples[7] = bad
    assert reason_of(encoded(subtype="FLOAT", samples=samples), rate_hz=rate_hz) == "not finite"


def test_floats_that_overflow_when_resampled_are_not_finite():
    samples = np.where(np.arange(999) % 7 < 3, 3.4e38, -3.4e38).astype(np.float32)
    raw = encoded(subtype="FLOAT", samples=samples)
    assert reason_of(raw, rate_hz=16_000) == "not finite"


@pytest.mark.parametrize(("container", "subtype"), FORMATS)
def test_a_clip_over_the_limit_is_too_long(container, subtype):
    raw = encoded(container, subtype)
    assert reason_of(raw, most=0.5) == "too long to decode"
    assert 14_400 <= decode(raw, most=0.7).samples.size <= 0.7 * 24_000


def test_a_long_file_is_refused_without_being_read(tmp_path):
    path = tmp_path / "ten_hours.wav"
    seconds = 36_000
    header = patched(patched(encoded(), 4, 36 + 48_000 * seconds), 40, 48_000 * seconds)
    with path.open("wb") as file:
        file.write(header[:44])
        file.truncate(44 + 48_000 * seconds)  # a hole: takes no room on disk
    tracemalloc.start()
    assert reason_of(path) == "too long to decode"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def lying_headers():
    flac, wav = encoded("FLAC", "PCM_16"), encoded()
    most_samples = struct.unpack_from(">Q", flac, 18)[0] | (2**36 - 1)
    yield "flac of 2^36 samples", patched(flac, 18, most_samples, ">Q")
    yield "wav of 2^31 bytes", patched(wav, 40, 2**31 - 100)
    yield "wav of 65,535 channels", patched(wav, 22, 65_535, "<H")
    yield "wav of 1,024 channels", patched(wav, 22, 1_024, "<H")
    yield "wav at 4 GHz", patched(wav, 24, 2**32 - 1)
    yield "wav at 1 Hz", patched(wav, 24, 1)
    mp3 = encoded("MP3", "MPEG_LAYER_III")
    yield "mp3 of 2^32 frames", patched(mp3, mp3.find(b"Xing") + 8, 2**32 - 1, ">I")


@pytest.mark.parametrize(("lie", "raw"), lying_headers())
def test_a_header_that_lies_takes_no_memory(lie, raw):
    tracemalloc.start()
    reason = outcome(raw, most=1e12)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 1,024 channels of seven frames is odd, but whole
    assert reason in ("decoded" if "1,024" in lie else "", "not audio", "file truncated")
    assert peak < 20e6


WHOLE = {form: encoded(*form) for form in FORMATS}


@settings(max_examples=300, deadline=None)
@given(
    form=st.sampled_from(FORMATS),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=5),
    head=st.booleans(),
)
def test_a_damaged_file_is_a_clip_or_a_reason(form, edits, head):
    raw = bytearray(WHOLE[form])
    for place, value in edits:
        raw[int(place * ((80 if head else len(raw)) - 1))] = value
    assert outcome(bytes(raw)) in ("decoded", *REASONS)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([b"", b"RIFF", b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"FORM"]), st.binary())
def test_any_bytes_are_a_clip_or_a_reason(magic, rest):
    assert reason_of(magic + rest)
