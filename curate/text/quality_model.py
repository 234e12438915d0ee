"""A transformers encoder with a classification head as a judge of texts.

Batches have one shape (``padded_batches``), so that a text's score does not depend on the texts
beside it. Read from safetensors only: nothing is unpickled, and no code of the repository is run.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from curate import models
from curate.errors import EnvironmentError_
from curate.text.padded_batches import padded_batches

FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
INSTALL = "pip install 'curate[quality]'"
STEP = 64
"""Tokens that lengths are rounded up to; BERT pads an average web page of 512 by none of it."""
ROWS = {"cpu": 8, "cuda": 64}
"""Texts in a batch: enough for the matrix products, and few to fill the last one up with."""
_SQUASH = {"multi_label_classification": "sigmoid", "regression": ""}
"""What makes outputs probabilities, by the problem; softmax where labels exclude each other."""
_HINT = "give a folder with these files, or hub:org/name@revision"


class _Encoder(NamedTuple):
    """A loaded model.

    Attributes:
        tokenizer, model: From transformers.
        labels: Its labels; empty if it has one output, which is then the score itself.
        squash: Makes outputs probabilities.
        most_tokens: The longest text it takes.
    """

    tokenizer: Any
    model: Any
    labels: list[str]
    squash: str
    most_tokens: int


def prepare(reference: str, *, owner: str) -> dict[str, str]:
    """Make sure that package and model are on this machine; file name → sha256.

    Raises:
        EnvironmentError_: Something is missing; the message says how to get it.
    """
    _check_given(reference, owner)
    return models.prepare(reference, FILES, owner=owner, hint=_HINT)


def locate(reference: str, *, owner: str) -> Path:
    """Its folder on this machine; raises as ``prepare``, but never downloads."""
    _check_given(reference, owner)
    return models.locate(reference, FILES, owner=owner, hint=_HINT)


def check_label(folder: Path, label: str, *, owner: str) -> None:
    """Make sure that a model has a label, or one output if there is none.

    Raises:
        EnvironmentError_: It does not: the message lists the nearest.
    """
    _place(label, _labels(json.loads((folder / "config.json").read_text("utf-8"))), owner)


def judge(
    folder: Path, label: str, texts: pa.Array, *, owner: str, device: str, max_tokens: int
) -> tuple[pa.DoubleArray, pa.StringArray]:
    """Score and most probable label of each text, in the order of the texts; null for null.

    Args:
        folder: From ``locate``.
        label: The label whose probability is the score; empty for a model with one output.
        texts: string or large_string; cut behind ``max_tokens`` tokens.
        owner: Who asks, for messages.
        device: ``"cpu"`` or ``"cuda"``.
        max_tokens: Most tokens of a text, the special ones included.
    """
    encoder = models.load_once(("encoder", folder, device), lambda: _load(folder, device, owner))
    place = _place(label, encoder.labels, owner)
    scores = np.full(len(texts), math.nan)
    best = np.zeros(len(texts), np.int64)
    lines = [
        text and text.decode("utf-8", "replace")
        for text in texts.cast(pa.large_binary()).to_pylist()
    ]
    for rows, outputs in _outputs(encoder, lines, min(max_tokens, encoder.most_tokens), device):
        scores[rows] = outputs[:, place]
        best[rows] = outputs.argmax(axis=1)
    none = np.isnan(scores)
    if not encoder.labels:
        return pa.array(scores, mask=none), pa.nulls(len(texts), pa.string())
    names = pa.array(encoder.labels, pa.string())
    return pa.array(scores, mask=none), names.take(pa.array(best, mask=none))


def _check_given(reference: str, owner: str) -> None:
    if not reference:
        raise EnvironmentError_(
            f"{owner}: the option model is empty; give a fastText .bin or .ftz file, or a folder "
            f"with {', '.join(FILES)}"
        )
    models.need("torch", "transformers", owner=owner, install=INSTALL)


def _outputs(
    encoder: _Encoder, texts: Sequence[str | None], most: int, device: str
) -> Iterator[tuple[Any, Any]]:
    """Rows and their outputs, from the shortest texts to the longest."""
    import torch

    there = [row for row, text in enumerate(texts) if text is not None]
    if not there:
        return
    said = encoder.tokenizer([texts[row] for row in there], truncation=True, max_length=most)
    shape = {"step": STEP, "rows": ROWS[device], "most": most}
    for chosen, inputs in padded_batches(encoder.tokenizer, said, **shape):
        with torch.inference_mode():
            logits = encoder.model(**inputs.to(device)).logits.double()
        if encoder.squash:
            squash = torch.sigmoid if encoder.squash == "sigmoid" else _softmax
            logits = squash(logits)
        yield np.array(there)[chosen], logits[: len(chosen)].cpu().numpy()


def _softmax(logits: Any) -> Any:
    return logits.softmax(-1)


def _load(folder: Path, device: str, owner: str) -> _Encoder:
    import transformers

    library: Any = transformers
    library.utils.logging.disable_progress_bar()  # a run has its own
    tokenizer = library.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if tokenizer.pad_token is None:
        raise EnvironmentError_(
            f"{owner}: the tokenizer in {folder} has no padding token; set one in it"
        )
    model = library.AutoModelForSequenceClassification.from_pretrained(
        folder, local_files_only=True, use_safetensors=True
    )
    config = model.config
    labels = _labels(config.to_dict())
    squash = _SQUASH.get(config.problem_type or "", "softmax") if labels else ""
    places = getattr(config, "max_position_embeddings", None) or tokenizer.model_max_length
    most = min(tokenizer.model_max_length, places)
    return _Encoder(tokenizer, model.float().eval().to(device), labels, squash, most)


def _labels(config: dict[str, Any]) -> list[str]:
    """Labels in the order of the outputs; none if there is one output.

    >>> _labels({}), _labels({"id2label": {"1": "good", "0": "bad"}}), _labels({"num_labels": 1})
    (['LABEL_0', 'LABEL_1'], ['bad', 'good'], [])
    """
    names = {int(place): str(name) for place, name in config.get("id2label", {}).items()}
    # transformers writes neither names nor number where they are its defaults
    names = names or {place: f"LABEL_{place}" for place in range(config.get("num_labels", 2))}
    return [names[place] for place in sorted(names)] if len(names) > 1 else []


def _place(label: str, labels: list[str], owner: str) -> int:
    """Which output is the score."""
    if label in labels:
        return labels.index(label)
    if not labels and not label:
        return 0
    if not labels:
        raise EnvironmentError_(
            f"{owner}: the model has one output, its score; leave label empty, not {label!r}"
        )
    near = difflib.get_close_matches(label, labels, 5, 0.5) or labels[:5]
    raise EnvironmentError_(
        f"{owner}: the model has {len(labels)} labels but not {label!r}; set label to the one "
        f"of good text, such as {', '.join(near)}"
    )
