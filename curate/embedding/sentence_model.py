"""Vectors of texts by a sentence-transformers model.

Batches have one shape (``text/padded_batches.py``), so that a vector does not depend on the texts
beside it. No code of the repository is run.
"""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from curate import models
from curate.errors import EnvironmentError_
from curate.text.padded_batches import padded_batches

KNOWN = {"bge-m3": "hub:BAAI/bge-m3@5617a9f61b028005a4858fdac845db406aefb181"}
"""Models that go by a name: of bge-m3 the dense vectors, 1024 numbers, MIT licence."""
INSTALL = "pip install 'curate[embed]'"
STEP = 64
"""Tokens that lengths are rounded up to."""
ROWS = {"cpu": 8, "cuda": 64}
"""Texts in a batch."""
_FILES = ("modules.json", "config.json", "tokenizer.json", "tokenizer_config.json")
_MAYBE = ("sentence_bert_config.json", "config_sentence_transformers.json")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_HINT = "give a folder that SentenceTransformer.save wrote, or hub:org/name@revision"


class _Loaded(NamedTuple):
    """A model that is ready.

    Attributes:
        network: The ``SentenceTransformer``.
        most_tokens: The longest text it takes.
    """

    network: Any
    most_tokens: int


def prepare(model: str, *, owner: str) -> dict[str, str]:
    """Make sure that package and model are on this machine; file name → sha256.

    Raises:
        EnvironmentError_: Something is missing; the message says how to get it.
    """
    models.need("sentence_transformers", "torch", owner=owner, install=INSTALL)
    reference = KNOWN.get(model, model)
    found = models.prepare(reference, _FILES, owner=owner, hint=_HINT)
    parts = _parts(models.locate(reference, _FILES, owner=owner, hint=_HINT))
    for name in (*_MAYBE, *(f"{part}/config.json" for part in parts)):
        with contextlib.suppress(EnvironmentError_):  # Normalize and older models have none
            found |= models.prepare(reference, (name,), owner=owner, hint=_HINT)
    for folder in ("", *(f"{part}/" for part in parts)):
        for name in _WEIGHTS:  # the second is read without unpickling code
            try:
                found |= models.prepare(reference, (folder + name,), owner=owner, hint=_HINT)
                break
            except EnvironmentError_:
                if not folder and name == _WEIGHTS[-1]:
                    raise
    return found


def locate(model: str, *, owner: str) -> Path:
    """Its folder on this machine; never downloads."""
    return models.locate(KNOWN.get(model, model), _FILES, owner=owner, hint=_HINT)


def dims(folder: Path) -> int:
    """Length of the model's vectors, from its configuration alone."""
    size = json.loads((folder / "config.json").read_text("utf-8")).get("hidden_size", 0)
    for part in _parts(folder):
        path = folder / part / "config.json"
        told = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        for name in ("embedding_dimension", "word_embedding_dimension", "out_features"):
            size = told.get(name, size)
    return int(size)


def embed(
    folder: Path, texts: Sequence[str | None], *, device: str, max_tokens: int, prompt: str = ""
) -> npt.NDArray[np.float32]:
    """Vectors of length 1, shape (texts, dims); NaN for a text that is null or blank.

    Args:
        folder: From ``locate``.
        texts: Cut behind ``max_tokens`` tokens.
        device: ``"cpu"``, in float32, or ``"cuda"``, in float16.
        max_tokens: Most tokens of a text, the special ones included.
        prompt: Put before every text.
    """
    loaded = models.load_once(("sentences", folder, device), lambda: _load(folder, device))
    out = np.full((len(texts), dims(folder)), np.nan, np.float32)
    said = [prompt + text if text and text.strip() else None for text in texts]
    for rows, vectors in _vectors(loaded, said, min(max_tokens, loaded.most_tokens), device):
        sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
        out[rows] = vectors / np.maximum(sizes, 1e-12)
    return out


def _parts(folder: Path) -> list[str]:
    """Folders of the model's further modules: pooling, dense layers."""
    modules = json.loads((folder / "modules.json").read_text("utf-8"))
    return [module["path"] for module in modules if module["path"]]


def _vectors(
    loaded: _Loaded, texts: Sequence[str | None], most: int, device: str
) -> Iterator[tuple[Any, Any]]:
    """Rows and their vectors, from the shortest texts to the longest."""
    import torch

    there = [row for row, text in enumerate(texts) if text is not None]
    if not there:
        return
    tokenizer = loaded.network.tokenizer
    said = tokenizer([texts[row] for row in there], truncation=True, max_length=most)
    said = {name: said[name] for name in ("input_ids", "attention_mask")}
    shape = {"step": STEP, "rows": ROWS[device], "most": most}
    for chosen, inputs in padded_batches(tokenizer, said, **shape):
        with torch.inference_mode():
            vectors = loaded.network(dict(inputs.to(device)))["sentence_embedding"].float()
        yield np.array(there)[chosen], vectors[: len(chosen)].cpu().numpy()


def _load(folder: Path, device: str) -> _Loaded:
    library: Any = importlib.import_module("sentence_transformers")
    transformers: Any = importlib.import_module("transformers")
    transformers.utils.logging.disable_progress_bar()  # a run has its own
    safe = (folder / _WEIGHTS[0]).is_file()
    network = library.SentenceTransformer(
        str(folder), device=device, local_files_only=True, model_kwargs={"use_safetensors": safe}
    ).eval()
    most = int(network.max_seq_length or network.tokenizer.model_max_length)
    return _Loaded(network.half() if device == "cuda" else network.float(), most)
