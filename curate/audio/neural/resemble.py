"""resemble-enhance: neural dereverberation, denoising and bandwidth extension to 44.1 kHz.

The restorer of the published Kashmiri chain (package ``resemble-enhance``, MIT; weights
``ResembleAI/resemble-enhance``, folder ``enhancer_stage2``). It is generative: it draws noise, so
the same seed gives the same clip, another seed another one; and it can invent what was not said.

The package downloads whatever it does not find, so its files are checked before it is called. It
unpickles its checkpoint itself (``torch.load``; without code execution from torch 2.6 on): use
the published weights. It pins torch 2.1 and numpy 1 but runs with torch 2.8 and numpy 2.3, not
with numpy 2.4: hence ``--no-deps`` and the bound on numpy in the install line.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from curate.audio.batch import Samples

RATE_HZ = 44_100
MODULES = ("resemble_enhance", "deepspeed", "torchaudio", "omegaconf")
INSTALL = (
    "pip install 'numpy<2.4' 'torchaudio<2.9' omegaconf pandas tabulate matplotlib celluloid "
    "resampy setuptools && pip install --no-build-isolation deepspeed && "
    "pip install --no-deps resemble-enhance"
)
FILES = ("hparams.yaml", "ds/G/latest", "ds/G/default/mp_rank_00_model_states.pt")
HINT = (
    "get them with: hf download ResembleAI/resemble-enhance --include 'enhancer_stage2/*' "
    "--local-dir DIR, and set weights to DIR/enhancer_stage2"
)


def enhance(
    samples: Samples, rate_hz: int, path: Path, device: str, seed: int
) -> tuple[Samples, int]:
    """Restore one clip with the settings of the published chain; the package caches its model."""
    import torch
    from resemble_enhance.enhancer.inference import enhance as restore
    from resemble_enhance.enhancer.inference import load_enhancer

    load_enhancer(path, device)  # building it draws random numbers: not after the seed is set
    cuda = [torch.cuda.current_device()] if device == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        restored, new_rate = restore(
            torch.tensor(samples),
            rate_hz,
            device,
            nfe=32,
            solver="midpoint",
            lambd=0.5,
            tau=0.5,
            run_dir=path,
        )
    return restored.cpu().numpy().astype(np.float32), int(new_rate)
