"""SGMSE+: dereverberation by a score-based diffusion model, slow and thorough.

Richter et al. 2023, "Speech enhancement and dereverberation with diffusion-based generative
models" (code MIT). The checkpoints for reverberation are WSJ0-REVERB (16 kHz) and EARS-Reverb
(48 kHz); the rate follows from the checkpoint's network. Sampler as its authors advise for
reverberation: 50 steps, SNR 0.33. Generative: it draws noise, so a clip depends on its seed.

The package asks for numpy 1, which its inference does not need: hence ``--no-deps``. The
checkpoint is read with ``weights_only=True``: the one class that its training writes is let in,
so a manipulated file is refused and not run.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from curate.audio.batch import Samples
from curate.errors import EnvironmentError_
from curate.models import load_once

MODULES = ("sgmse", "pytorch_lightning", "torch_ema")
INSTALL = (
    "pip install 'torchaudio<2.9' pytorch-lightning torch-ema 'typeguard<3' pesq pystoi && "
    "pip install --no-deps sgmse torch-pesq torchtyping"
)
FILES: tuple[str, ...] = ()
HINT = "set weights to the .ckpt file of WSJ0-REVERB or EARS-Reverb that the project's README names"

STEPS = 50
SNR = 0.33
PADDING = {"ncsnpp_48k": "reflection", "ncsnpp_v2": "reflection"}


def enhance(
    samples: Samples, rate_hz: int, path: Path, device: str, seed: int
) -> tuple[Samples, int]:
    """Sample one dry clip given the reverberant one, as the project's ``enhancement.py`` does."""
    import soxr
    import torch
    from sgmse.util.other import pad_spec

    model = load_once(("sgmse", path, device), lambda: _load(path, device))
    network = getattr(model, "backbone", "ncsnpp")
    own_rate = 48_000 if network == "ncsnpp_48k" else 16_000
    wet = torch.tensor(soxr.resample(samples, rate_hz, own_rate, quality="HQ"))[None]
    peak = float(wet.abs().max())
    if peak == 0:
        return wet[0].numpy(), own_rate
    cuda = [torch.cuda.current_device()] if device == "cuda" else []
    with torch.random.fork_rng(devices=cuda), torch.no_grad():
        torch.manual_seed(seed)
        spectrum = model._forward_transform(model._stft((wet / peak).to(device)))[None]
        spectrum = pad_spec(spectrum, mode=PADDING.get(network, "zero_pad"))
        sampler = model.get_pc_sampler(
            "reverse_diffusion", "ald", spectrum, N=STEPS, corrector_steps=1, snr=SNR
        )
        sample, _ = sampler()
        dry = model.to_audio(sample.squeeze(), wet.shape[1]) * peak
    return dry.squeeze().cpu().numpy().astype(np.float32), own_rate


def _load(path: Path, device: str) -> Any:
    import torch
    from sgmse.data_module import SpecsDataModule
    from sgmse.model import ScoreModel

    try:
        with torch.serialization.safe_globals([SpecsDataModule]):
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        why = str(error).splitlines()[0]
        raise EnvironmentError_(f"sgmse: {path} is not a checkpoint of SGMSE+: {why}") from error
    model = ScoreModel(**checkpoint["hyper_parameters"])
    model.on_load_checkpoint(checkpoint)
    model.load_state_dict(checkpoint["state_dict"])
    model.to(device)
    model.eval()
    return model
