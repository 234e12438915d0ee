"""Any fastText classifier as a judge: the probability of one of its labels for each text."""

from __future__ import annotations

import dataclasses as dc
import difflib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from curate import models
from curate.errors import EnvironmentError_
from curate.langid.labels import PREFIX
from curate.langid.model import read_labels, read_model
from curate.langid.predict import Text, predict_numbers

ENDINGS = (".bin", ".ftz")
"""What the name of a fastText model ends in."""
_HINT = "give the path of a fastText .bin or .ftz file, or hub:org/name@revision/file"


def prepare(reference: str, *, owner: str) -> dict[str, str]:
    """Make sure that a classifier is on this machine; file name → sha256.

    Raises:
        EnvironmentError_: It is not there and not to be had.
    """
    return models.prepare(reference, owner=owner, hint=_HINT)


def locate(reference: str, *, owner: str) -> Path:
    """Its file on this machine; raises as ``prepare``, but never downloads."""
    return models.locate(reference, owner=owner, hint=_HINT)


def check_label(path: Path, label: str, *, owner: str) -> None:
    """Make sure that a classifier has a label.

    Raises:
        EnvironmentError_: It does not: the message lists the nearest.
        SourceError: It is no supervised fastText model, or damaged.
    """
    _place(label, _names(read_labels(path)), owner)


def judge(
    path: Path, label: str, texts: Text, *, owner: str, device: str = "cpu"
) -> tuple[pa.DoubleArray, pa.StringArray]:
    """Probability of a label, and the most probable label, of each text.

    Newlines count as spaces. Both are null for null and where the model knows no word or subword.

    Args:
        path: From ``locate``.
        label: A label of the model, with or without ``__label__``.
        texts: string, large_string or bytes.
        owner: Who asks, for messages.
        device: ``cpu`` or ``cuda``, from ``catalog.device_of``.
    """
    model = dc.replace(models.load_once(_key(path), lambda: read_model(path)), device=device)
    names = _names(model.labels)
    place = _place(label, names, owner)
    found = predict_numbers(model, texts, -1)
    taken = np.arange(found.labels.shape[1]) < found.counts[:, None]
    # a tree answers without the labels on branches that are next to impossible
    prob = np.where(taken & (found.labels == place), found.probs, np.float32(0)).sum(axis=1)
    none = found.counts == 0
    best = pa.array(names, pa.string()).take(pa.array(found.labels[:, 0], mask=none))
    # fastText reports up to 1.00001
    return pa.array(np.minimum(prob.astype(np.float64), 1), mask=none), best


def _names(labels: Sequence[str]) -> list[str]:
    return [label.removeprefix(PREFIX) for label in labels]


def _place(label: str, names: list[str], owner: str) -> int:
    name = label.removeprefix(PREFIX)
    if name in names:
        return names.index(name)
    near = difflib.get_close_matches(name, names, 5, 0.5) or names[:5]
    raise EnvironmentError_(
        f"{owner}: the model has {len(names)} labels but not {label!r}; set label to the one of "
        f"good text, such as {', '.join(near)}"
    )


def _key(path: Path) -> tuple[object, ...]:
    """A file that was replaced is another file."""
    status = path.stat()
    return "fastText classifier", path, status.st_size, status.st_mtime_ns
