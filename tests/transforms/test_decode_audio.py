"""The decoding step: columns, reasons, rates."""

import io

import numpy as np
import pyarrow as pa
import pytest
import soundfile as sf

from curate.arrow import AUDIO
from curate.audio import decode
from curate.contract import apply
from curate.errors import StepError
from curate.transforms.decode_audio import DecodeAudio


def wav(rate=16_000, channels=2, seconds=0.5):
    out = io.BytesIO()
    samples = np.random.default_rng(rate).normal(0, 0.1, (int(rate * seconds), channels))
    sf.write(out, samples, rate, format="WAV")
    return out.getvalue()


def batch_of(*cells, column="audio"):
    ids = [str(at) for at in range(len(cells))]
    return pa.table({"id": ids, column: pa.array(cells, AUDIO), "text": ids})


def test_bytes_become_samples_at_one_rate():
    out = apply(DecodeAudio(), batch_of({"bytes": wav(), "path": "x.mp3"})).kept
    row = out.drop_columns(["samples"]).to_pylist()[0]
    assert row == {
        "id": "0",
        "text": "0",
        "rate_hz": 22_050,
        "duration": 0.5,
        "source_rate_hz": 16_000,
        "channels": 2,
    }
    assert len(out["samples"][0]) == 11_025
    assert out.schema.field("samples").metadata == {b"rate_hz": b"22050"}


def test_a_column_of_paths_or_of_bytes_will_do(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav())
    by_path = pa.table({"id": ["a"], "audio": [str(tmp_path / "a.wav")]})
    by_bytes = pa.table({"id": ["a"], "audio": [wav()]})
    assert apply(DecodeAudio(), by_path).kept.equals(apply(DecodeAudio(), by_bytes).kept)


def test_a_column_of_something_else_is_named():
    with pytest.raises(StepError, match="'audio' holds int64; it reads clips as"):
        apply(DecodeAudio(), pa.table({"id": ["a"], "audio": [1]}))


def test_rate_0_keeps_each_clips_own():
    cells = [{"bytes": wav(rate), "path": None} for rate in (8_000, 48_000)]
    out = apply(DecodeAudio(rate_hz=0), batch_of(*cells)).kept
    assert out["rate_hz"].to_pylist() == [8_000, 48_000]
    assert out["duration"].to_pylist() == [0.5, 0.5]
    assert out.schema.field("samples").metadata is None


def test_a_path_is_read_where_there_are_no_bytes(tmp_path):
    (tmp_path / "a").write_bytes(wav())
    out = DecodeAudio()(batch_of({"bytes": None, "path": str(tmp_path / "a")}))
    assert out["defect"].to_pylist() == [None]
    assert out["source_rate_hz"].to_pylist() == [16_000]


def test_each_unusable_row_has_its_own_reason(tmp_path):
    (tmp_path / "empty").touch()
    cells = {
        "file missing": {"bytes": None, "path": str(tmp_path / "nowhere")},
        "file empty": {"bytes": None, "path": str(tmp_path / "empty")},
        "file unreadable": {"bytes": None, "path": str(tmp_path)},
        "not audio": {"bytes": b"a text, not a sound", "path": None},
        "file truncated": {"bytes": wav()[:5000], "path": None},
        "too long to decode": {"bytes": wav(seconds=2.0), "path": None},
    }
    kept, rejected = apply(DecodeAudio(most=1.0), batch_of(*cells.values()))
    assert kept.num_rows == 0
    assert rejected["reason"].to_pylist() == list(cells)
    assert rejected["text"].to_pylist() == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize("cell", [None, {"bytes": None, "path": None}])
def test_a_row_without_bytes_and_path_is_missing(cell):
    assert DecodeAudio()(batch_of(cell))["defect"].to_pylist() == ["file missing"]


def test_empty_bytes_are_an_empty_file():
    cell = {"bytes": b"", "path": "/dev/zero"}
    assert DecodeAudio()(batch_of(cell))["defect"].to_pylist() == ["file empty"]


def test_an_audio_column_of_another_name_goes_too():
    batch = batch_of({"bytes": wav(), "path": None}, column="recording")
    out = apply(DecodeAudio(column="recording"), batch).kept
    assert "recording" not in out.column_names
    assert out.num_rows == 1


def test_the_reasons_are_those_of_the_decoder():
    assert set(DecodeAudio.reasons) == set(decode.REASONS)


def test_a_rate_too_low_for_speech_is_refused():
    with pytest.raises(ValueError, match="at least 4000"):
        DecodeAudio(rate_hz=100)
