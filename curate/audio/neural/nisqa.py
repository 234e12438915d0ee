"""NISQA 2.0: predicted MOS, and noisiness, discontinuity, coloration and loudness as its reasons.

Mittag et al. 2021, "NISQA: A deep CNN-self-attention model for multidimensional speech quality
prediction with crowdsourced datasets", as ported by torchmetrics. The code is MIT, **the weights
are CC BY-NC-SA 4.0: not for commercial use**. torchmetrics reads them with ``weights_only=True``
and downloads them if they are not where it looks, so it is told where they are. CPU only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curate.audio.batch import Samples

MEASURES = (
    "nisqa_mos",
    "nisqa_noisiness",
    "nisqa_discontinuity",
    "nisqa_coloration",
    "nisqa_loudness",
)
MODULES = ("torch", "torchmetrics", "requests", "librosa")
INSTALL = "pip install 'curate[speech]' requests"
FILES = ("nisqa.tar",)
HINT = "put weights/nisqa.tar of the repository gabrielmittag/NISQA there (CC BY-NC-SA 4.0)"

SHORTEST_S = 0.15
"""The network sees 15 frames of 10 ms at once."""
_UNFIT = ("Input signal is too short", "Maximum number of mel spectrogram windows")
"""What torchmetrics says of clips too short, and of those over 52 s."""


def score(samples: Samples, rate_hz: int, path: Path, device: str) -> tuple[float, ...]:
    """MOS, noisiness, discontinuity, coloration, loudness; nothing for a clip of unfit length."""
    import torch
    from torchmetrics.functional.audio.nisqa import non_intrusive_speech_quality_assessment

    if samples.size < SHORTEST_S * rate_hz:
        return (np.nan,) * 5
    _point_to(path)
    try:
        values = non_intrusive_speech_quality_assessment(torch.tensor(samples), rate_hz)
    except RuntimeError as error:
        if str(error).startswith(_UNFIT):
            return (np.nan,) * 5
        raise
    return tuple(float(value) for value in values)


def _point_to(folder: Path) -> None:
    """Tell torchmetrics where the weights are: it has no argument for it, and caches them."""
    from torchmetrics.functional.audio import nisqa

    where = str(folder.resolve())
    if where != nisqa.NISQA_DIR:
        nisqa.NISQA_DIR = where
        nisqa._load_nisqa_model.cache_clear()
