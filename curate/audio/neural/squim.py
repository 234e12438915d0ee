"""SQUIM: STOI, PESQ and SI-SDR as a network guesses them, without the clean reference they need.

Kumar et al. 2023, "TorchAudio-Squim: Reference-less speech quality and intelligibility measures
in TorchAudio". Weights CC BY 4.0, trained on the English DNS 2020 data: on other languages and
on rooms it has not heard, trust the order of clips more than the values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from curate.audio.batch import Samples
from curate.models import load_once

MEASURES = ("squim_stoi", "squim_pesq", "squim_si_sdr_db")
MODULES = ("torch", "torchaudio")
INSTALL = "pip install 'torchaudio<2.9'"
FILES: tuple[str, ...] = ()
HINT = "set weights to the file squim_objective_dns2020.pth that torchaudio publishes"

RATE_HZ = 16_000
SHORTEST = 64
"""Samples of the network's first filter; under it there is nothing to see."""


def score(samples: Samples, rate_hz: int, path: Path, device: str) -> tuple[float, ...]:
    """STOI, PESQ and SI-SDR in dB; nothing for digital silence or a clip under 4 ms."""
    import soxr
    import torch

    clip = soxr.resample(samples, rate_hz, RATE_HZ, quality="HQ").astype(np.float32)
    if clip.size < SHORTEST:
        return (np.nan,) * 3
    model = load_once(("squim", path, device), lambda: _load(path, device))
    with torch.inference_mode():
        values = model(torch.tensor(clip, device=device)[None])
    return tuple(float(value) for value in values)


def _load(path: Path, device: str) -> Any:
    """What ``torchaudio.pipelines.SQUIM_OBJECTIVE.get_model`` does, from a local file."""
    import torch
    from torchaudio.models import squim_objective_base

    model = squim_objective_base()
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return model.eval().to(device)
