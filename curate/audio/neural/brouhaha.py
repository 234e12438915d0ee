"""Brouhaha: speech-to-noise ratio and clarity C50 of the speech in a clip, both in dB.

Lavechin et al. 2023, "Brouhaha: Multi-task training for voice activity detection, speech-to-noise
ratio, and C50 room acoustics estimation"; the ``snr`` and ``c50`` of IndicVoices-R look like its
output. Frames of 17 ms are averaged where it hears speech, as dataspeech does. Its scales end at
-15 and 80 dB (SNR), -10 and 60 dB (C50).

pyannote **unpickles the checkpoint** (``weights_only=False``) and offers no other way: use only
the published file. It also reports its use to its makers; that is switched off here.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from curate.audio.batch import Samples
from curate.models import load_once

MEASURES = ("brouhaha_snr_db", "brouhaha_c50_db")
MODULES = ("pyannote.audio", "brouhaha")
INSTALL = "pip install pyannote.audio git+https://github.com/marianne-m/brouhaha-vad"
FILES: tuple[str, ...] = ()
HINT = "set weights to models/best/checkpoints/best.ckpt of the repository marianne-m/brouhaha-vad"

RATE_HZ = 16_000
FRAMES_PER_S = RATE_HZ / 270
THRESHOLDS = {"onset": 0.78, "offset": 0.78, "min_duration_on": 0.0, "min_duration_off": 0.0}
"""Speech detection as tuned by its authors."""


def score(samples: Samples, rate_hz: int, path: Path, device: str) -> tuple[float, ...]:
    """SNR and C50 in dB, means over speech frames; nothing where no speech was heard."""
    import soxr
    import torch

    clip = soxr.resample(samples, rate_hz, RATE_HZ, quality="HQ").astype(np.float32)
    if clip.size < RATE_HZ // 10:
        return (np.nan,) * 2
    pipeline = load_once(("brouhaha", path, device), lambda: _load(path, device))
    waveform = torch.tensor(clip)[None]
    found = pipeline({"waveform": waveform, "sample_rate": RATE_HZ, "uri": "clip"})
    spoken = np.zeros(len(found["snr"]), bool)
    for segment, _ in found["annotation"].itertracks():
        spoken[int(segment.start * FRAMES_PER_S) : int(segment.end * FRAMES_PER_S)] = True
    if not spoken.any():
        return (np.nan,) * 2
    return float(found["snr"][spoken].mean()), float(found["c50"][spoken].mean())


def _load(path: Path, device: str) -> Any:
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"  # read when pyannote.audio is imported
    import torch

    # by name: the project that holds this class is in no package index
    pipelines = importlib.import_module("brouhaha.pipeline")
    from pyannote.audio import Model

    model = Model.from_pretrained(path, strict=False).to(torch.device(device))
    pipeline = pipelines.RegressiveActivityDetectionPipeline(segmentation=model)
    pipeline.instantiate(THRESHOLDS)
    return pipeline.to(torch.device(device))
