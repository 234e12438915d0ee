"""Neural models for speech, all optional: used when their package and weights are present.

Restorers (``enhance``) and quality models (``scores``) each share one interface; ``resolve`` is
for all of them. Nothing here downloads while it works: weights come from a local path or the Hub
cache.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
import pyarrow as pa

from curate import models
from curate.audio.batch import Samples
from curate.errors import EnvironmentError_

from . import brouhaha, deepfilternet, dnsmos, nisqa, resemble, sgmse, spoken_language, squim

Missing = Literal["error", "skip"]
"""What to do without the package or the weights: stop before work, or measure nothing."""

RESTORERS: dict[str, ModuleType] = {
    "resemble": resemble,
    "deepfilternet": deepfilternet,
    "sgmse": sgmse,
}
JUDGES: dict[str, ModuleType] = {
    "dnsmos": dnsmos,
    "nisqa": nisqa,
    "squim": squim,
    "brouhaha": brouhaha,
    "spoken_language": spoken_language,
}
SKIPPED = "skipped: weights missing"


def resolve(backend: str, weights: str) -> dict[str, str]:
    """Check that a backend's package and weights are here; fetch the weights if on the Hub.

    Args:
        backend: A name in ``RESTORERS`` or ``JUDGES``.
        weights: Local path, or ``hub:org/name@revision/path``.

    Returns:
        File name → sha256.

    Raises:
        EnvironmentError_: Names exactly the missing files, or the install line of the package.
    """
    module = _module(backend)
    models.need(*module.MODULES, owner=backend, install=module.INSTALL)
    return models.prepare(weights, module.FILES, owner=backend, hint=module.HINT)


def resolve_or_skip(backend: str, weights: str, missing: Missing) -> dict[str, str]:
    """The same, but with ``missing="skip"`` say so in the result rather than raise."""
    try:
        return resolve(backend, weights)
    except EnvironmentError_:
        if missing == "error":
            raise
        return {backend: SKIPPED}


def locate(backend: str, weights: Path | str) -> Path:
    """Path of a backend's weights on this machine, its package checked; never downloads.

    Raises:
        EnvironmentError_: The package or a file is missing.
    """
    module = _module(backend)
    models.need(*module.MODULES, owner=backend, install=module.INSTALL)
    return models.locate(str(weights), module.FILES, owner=backend, hint=module.HINT)


def locate_or_skip(backend: str, weights: Path | str, missing: Missing) -> Path | None:
    """The same, but None if something is missing and ``missing`` is ``"skip"``."""
    try:
        return locate(backend, weights)
    except EnvironmentError_:
        if missing == "error":
            raise
        return None


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
        backend: A name in ``RESTORERS``.
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
    path = locate(backend, weights)
    if samples.size == 0:
        return samples, rate_hz
    restored: tuple[Samples, int] = RESTORERS[backend].enhance(samples, rate_hz, path, device, seed)
    return restored


def scores(
    backend: str,
    clips: Iterable[tuple[Samples, int]],
    *,
    weights: str,
    device: str = "cpu",
    missing: Missing = "error",
) -> dict[str, pa.FloatArray]:
    """Measure clips one by one, so that a score never depends on its neighbours.

    Args:
        backend: A name in ``JUDGES`` other than ``spoken_language``.
        clips: Mono float32 samples of shape (samples,), and their rate in Hz.
        weights: What ``resolve`` was given; must be on this machine by now.
        device: ``"cpu"`` or ``"cuda"``.
        missing: With ``"skip"``, a missing package or file gives null everywhere.

    Returns:
        Measure → float32 of shape (clips,), rounded to 4 decimals so that CPU and GPU decide alike;
        null where a clip cannot be measured.

    Raises:
        EnvironmentError_: The package or a file is missing.
    """
    path = locate_or_skip(backend, weights, missing)
    module = JUDGES[backend]
    unknown = (np.nan,) * len(module.MEASURES)
    rows = [
        unknown if path is None else module.score(samples, rate_hz, path, device)
        for samples, rate_hz in clips
    ]
    table = np.array(rows, np.float64).reshape(-1, len(unknown))
    columns = np.round(table, 4).astype(np.float32).T
    return {
        name: pa.array(column, pa.float32(), from_pandas=True)
        for name, column in zip(module.MEASURES, columns, strict=True)
    }


def languages(
    clips: Iterable[tuple[Samples, int]],
    *,
    weights: str,
    device: str = "cpu",
    missing: Missing = "error",
) -> list[list[tuple[str, float]]]:
    """The most probable spoken languages of each clip and their probabilities; see ``scores``.

    Empty for a clip that is too short, and without the model.
    """
    path = locate_or_skip("spoken_language", weights, missing)
    return [
        [] if path is None else spoken_language.identify(samples, rate_hz, path, device)
        for samples, rate_hz in clips
    ]


def device(backend: str, choice: str) -> str:
    """Where a backend will run: ``"cuda"`` or ``"cpu"``, for ``auto``, ``cpu`` or ``cuda``.

    Raises:
        EnvironmentError_: ``cuda`` was asked for and there is none.
    """
    return dnsmos.device(choice) if backend == "dnsmos" else models.torch_device(choice)


def _module(backend: str) -> ModuleType:
    known = RESTORERS | JUDGES
    if backend not in known:
        raise EnvironmentError_(f"no backend {backend!r}; there are {', '.join(known)}")
    return known[backend]
