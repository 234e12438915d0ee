"""DeepFilterNet 3: real-time suppression of noise, and of some late reverberation, at 48 kHz.

Schröter et al. 2023, "DeepFilterNet: Perceptually motivated real-time speech enhancement" (code
and weights MIT or Apache 2.0). It takes away noise more than reverberation, and it is no
generator: the same clip always gives the same result, whatever the seed.

The package downloads its weights unless it is given an absolute folder, ends the whole process if
that holds no checkpoint, and needs torchaudio below 2.9: hence the checks and the install line.
It unpickles the checkpoint itself (``torch.load``; without code execution from torch 2.6 on).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from curate.audio.batch import Samples
from curate.models import load_once

RATE_HZ = 48_000
MODULES = ("df", "libdf", "torchaudio")
INSTALL = (
    "pip install 'torchaudio<2.9' deepfilterlib loguru appdirs requests && "
    "pip install --no-deps deepfilternet"
)
FILES = ("config.ini", "checkpoints/model_120.ckpt.best")
HINT = "unzip models/DeepFilterNet3.zip of the repository Rikorose/DeepFilterNet there"


def enhance(
    samples: Samples, rate_hz: int, path: Path, device: str, seed: int
) -> tuple[Samples, int]:
    """Suppress the noise of one clip; the result is as long as the clip."""
    import soxr
    import torch
    from df.enhance import enhance as suppress

    model, state = load_once(("deepfilternet", path, device), lambda: _load(path, device))
    wide = soxr.resample(samples, rate_hz, RATE_HZ, quality="HQ")
    clean = suppress(model, state, torch.tensor(wide)[None])
    return clean[0].cpu().numpy().astype(np.float32), RATE_HZ


def _load(path: Path, device: str) -> tuple[Any, Any]:
    from df.config import config
    from df.enhance import init_df

    folder = str(path.resolve())  # a bare "DeepFilterNet3" would be taken for a name to download
    config.load(f"{folder}/config.ini", config_must_exist=True, allow_defaults=True)
    config.set("DEVICE", device, str, section="train")
    model, state, _ = init_df(folder, log_level="ERROR", log_file=None)
    return model.to(device), state
