"""Which language is spoken, by a wav2vec 2.0 classifier such as those of MMS.

Pratap et al. 2024, "Scaling speech technology to 1,000+ languages". Weights
``facebook/mms-lid-126`` … ``mms-lid-4017`` (the number counts the languages): 1 billion
parameters, **CC BY-NC 4.0: not for commercial use**. Which languages a model knows stands in its
``config.json``; it is asked before any work. Read from safetensors only: nothing is unpickled.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from curate.audio.batch import Samples
from curate.models import load_once

MODULES = ("torch", "transformers")
INSTALL = "pip install 'curate[speech]'"
FILES = ("config.json", "preprocessor_config.json", "model.safetensors")
HINT = "get them with: hf download facebook/mms-lid-256 --local-dir DIR, and set weights to DIR"

BEST = 5
"""Labels of each clip, as many as the text step weighs."""
SHORTEST_S = 0.1
"""Five frames of 20 ms; the network's first layers need 25 ms."""


def languages(folder: Path) -> list[str]:
    """Labels that a model knows, in its own order."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    places: dict[str, int] = config.get("label2id", {})
    return sorted(places, key=lambda label: places[label])


def identify(samples: Samples, rate_hz: int, path: Path, device: str) -> list[tuple[str, float]]:
    """The ``BEST`` labels and their probabilities, best first; none for a clip under 0.1 s."""
    import soxr
    import torch

    if samples.size < SHORTEST_S * rate_hz:
        return []
    extractor, model = load_once(("lid", path, device), lambda: _load(path, device))
    own_rate = extractor.sampling_rate
    clip = soxr.resample(samples, rate_hz, own_rate, quality="HQ").astype(np.float32)
    inputs = extractor(clip, sampling_rate=own_rate, return_tensors="pt").to(device)
    with torch.inference_mode():
        chances = model(**inputs).logits[0].float().softmax(-1)
    best = chances.topk(min(BEST, chances.numel()))
    places, probs = best.indices.tolist(), best.values.tolist()
    return [(model.config.id2label[at], prob) for at, prob in zip(places, probs, strict=True)]


def _load(path: Path, device: str) -> tuple[Any, Any]:
    import transformers

    library: Any = transformers
    library.utils.logging.disable_progress_bar()  # a run has its own
    extractor = library.AutoFeatureExtractor.from_pretrained(path, local_files_only=True)
    model = library.Wav2Vec2ForSequenceClassification.from_pretrained(
        path, local_files_only=True, use_safetensors=True
    )
    return extractor, model.eval().to(device)
