"""DNSMOS P.835: how listeners would rate the speech, the background and the whole, 1 to 5.

Reddy et al. 2022, "DNSMOS P.835: A non-intrusive perceptual objective speech quality metric to
evaluate noise suppressors": one ONNX network of 1.2 MB on windows of 9.01 s at 16 kHz, then a
polynomial per scale. Windows, hop and polynomials are those of the authors' script, which
torchmetrics repeats, with its quirks: clips under 9.01 s are doubled until they are long enough,
and of longer ones no window is heard that begins between 7 and 23 s.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from curate.audio.batch import Samples
from curate.errors import EnvironmentError_
from curate.models import load_once

MEASURES = ("dnsmos_sig", "dnsmos_bak", "dnsmos_ovrl")
MODULES = ("onnxruntime",)
INSTALL = "pip install 'curate[speech]'"
FILES: tuple[str, ...] = ()
HINT = "set weights to DNSMOS/DNSMOS/sig_bak_ovr.onnx of the repository microsoft/DNS-Challenge"

RATE_HZ = 16_000
WINDOW_S = 9.01
WINDOW = 144_160
POLYNOMIALS = (
    (-0.08397278, 1.22083953, 0.0052439),
    (-0.13166888, 1.60915514, -0.39604546),
    (-0.06766283, 1.11546468, 0.04602535),
)
"""Raw value to MOS for SIG, BAK and OVRL, highest power first."""


def score(samples: Samples, rate_hz: int, path: Path, device: str) -> tuple[float, ...]:
    """SIG, BAK and OVRL of one clip: means over its windows; nothing for an empty clip."""
    import soxr

    if samples.size == 0:
        return (np.nan,) * 3
    session = load_once(("dnsmos", path, device), lambda: _load(path, device))
    clip = soxr.resample(samples, rate_hz, RATE_HZ, quality="HQ").astype(np.float32)
    if clip.size == 0:
        return (np.nan,) * 3
    raw = np.array([session.run(None, {"input_1": w[None]})[0][0] for w in windows(clip)])
    scales = zip(POLYNOMIALS, raw.astype(np.float64).T, strict=True)
    return tuple(float(np.polyval(terms, values).mean()) for terms, values in scales)


def device(choice: str) -> str:
    """``"cuda"`` or ``"cpu"``: the choice, or for ``"auto"`` whether onnxruntime sees a GPU.

    Raises:
        EnvironmentError_: ``"cuda"`` was asked for and there is none.
    """
    if choice == "cpu" or importlib.util.find_spec("onnxruntime") is None:
        return "cpu"
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        return "cuda"
    if choice == "cuda":
        raise EnvironmentError_("device: cuda needs: pip install onnxruntime-gpu; or take auto")
    return "cpu"


def windows(clip: Samples) -> Iterator[Samples]:
    """Windows of 9.01 s every second; a short clip is doubled until it fills one."""
    while clip.size < WINDOW:
        clip = np.concatenate([clip, clip])
    # int() takes a negative number to 0 in the authors' script, so 9.01 s makes one window
    count = int(clip.size // RATE_HZ - WINDOW_S) + 1
    for second in range(count):
        # In floating point the windows from second 7 to 23 end one sample early, and their script
        # drops those. So do we: a clip must get the score that other corpora report for it.
        window = clip[second * RATE_HZ : int((second + WINDOW_S) * RATE_HZ)]
        if window.size == WINDOW:
            yield window


def _load(path: Path, device: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # workers are processes, one for each core
    options.log_severity_level = 3
    providers = ["CUDAExecutionProvider"] if device == "cuda" else ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(str(path), options, providers=providers)
