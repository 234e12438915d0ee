"""Neural models for speech, all optional: used when their package and weights are present.

Speech restorers share one interface, ``resolve`` and ``enhance``; each quality model has its own
module. Nothing here downloads while it works: weights come from a local path or the Hub cache.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from curate import models
from curate.audio.batch import Samples
from curate.errors import EnvironmentError_

from . import deepfilternet, resemble, sgmse

BACKENDS: dict[str, ModuleType] = {
    "resemble": resemble,
    "deepfilternet": deepfilternet,
    "sgmse": sgmse,
}


def resolve(backend: str, weights: str) -> dict[str, str]:
    """Check that a backend's package and weights are here; fetch the weights if on the Hub.

    Args:
        backend: A name in ``BACKENDS``.
        weights: Local path, or ``hub:org/name@revision/path``.

    Returns:
        File name → sha256.

    Raises:
        EnvironmentError_: Names exactly the missing files, or the install line of the package.
    """
    module = _module(backend)
    models.need(*module.MODULES, owner=backend, install=module.INSTALL)
    return models.prepare(weights, module.FILES, owner=backend, hint=module.HINT)


def enhance(
    backend: str,
    samples: Samples,
    rate_hz: int,
    *,
    weights: Path | str,
    device: str = "cpu",
    seed: int = 0,
) -> tuple[Samples, int]:
    """Restore one clip: less reverberation and noise.

    Args:
        backend: A name in ``BACKENDS``.
        samples: Mono float32, shape (samples,).
        rate_hz: Rate of the samples.
        weights: What ``resolve`` was given; must be on this machine by now.
        device: ``"cpu"`` or ``"cuda"``.
        seed: Start of the random numbers of generative backends; derive it from the clip's id.

    Returns:
        The restored clip, shape (samples at the new rate,), and the rate of the backend in Hz.

    Raises:
        EnvironmentError_: The package or a file is missing.
    """
    module = _module(backend)
    models.need(*module.MODULES, owner=backend, install=module.INSTALL)
    path = models.locate(str(weights), module.FILES, owner=backend, hint=module.HINT)
    if samples.size == 0:
        return samples, rate_hz
    restored: tuple[Samples, int] = module.enhance(samples, rate_hz, path, device, seed)
    return restored


def _module(backend: str) -> ModuleType:
    if backend not in BACKENDS:
        raise EnvironmentError_(f"no backend {backend!r}; there are {', '.join(BACKENDS)}")
    return BACKENDS[backend]
