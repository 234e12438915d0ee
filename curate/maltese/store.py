"""A classifier of etymology as a folder, written and read without running any of it.

``model.json`` says what it is; ``merged.npz`` and ``fine.npz`` hold weights and memory for five and
seven labels, each as plain arrays. CRFsuite's own file is not kept, because reading a damaged one
crashes the interpreter. What is read here is checked before it is used: digests, sizes, types,
shapes, finite numbers, known labels.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from curate.arrow import digest_of
from curate.errors import EnvironmentError_, SourceError
from curate.maltese.annotations import LABELS
from curate.maltese.classify import Array, Learnt, Weights
from curate.maltese.extract import extract
from curate.maltese.memory import Memory

FORMAT = "curate maltese etymology 1"
BUNDLED = Path(__file__).parent / "data"
WITHOUT_TABLES, WITH_TABLES = "letters", "tables"
"""Folders of the bundled classifiers."""
PROBES = ("Il-", "għall-", "kitbu", "karozzi", "Għawdex", "THE", "meeting", "2015", "&amp;", "‘")
"""Words whose features tell whether a model was learnt with those of this version."""
MOST_BYTES = 64_000_000
"""Of a file when unpacked; the bundled ones have 1 MB."""
LARGEST_WEIGHT = 1e4


class About(NamedTuple):
    """What ``model.json`` says that is needed to use the model.

    Attributes:
        folder: Where it lies.
        needs_tables: Whether it was learnt with translation tables.
        licence: SPDX name.
        digests: File → sha256, for each set of labels that there is.
    """

    folder: Path
    needs_tables: bool
    licence: str
    digests: Mapping[str, str]


def save(folder: Path, learnt: Mapping[str, Learnt], about: Mapping[str, Any]) -> None:
    """Write a model; the same weights give the same bytes.

    Args:
        folder: Made if it is not there.
        learnt: For ``merged`` and, where known, ``fine``.
        about: What else ``model.json`` says: ``tables``, ``licence``, figures …
    """
    folder.mkdir(parents=True, exist_ok=True)
    digests = {}
    for kind, one in sorted(learnt.items()):
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **_arrays(one))
        (folder / f"{kind}.npz").write_bytes(buffer.getvalue())
        digests[f"{kind}.npz"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    told = {"format": FORMAT, "files": digests, "features": _features(), **about}
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")


def _features() -> str:
    return digest_of(extract(PROBES))


def _arrays(one: Learnt) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for part, weights in (("sentence", one.sentence), ("alone", one.alone)):
        found[f"{part}_names"] = _text([*weights.names])
        found[f"{part}_labels"] = _text([*weights.labels])
        found[f"{part}_states"] = weights.states.astype("<f4")
        found[f"{part}_transitions"] = weights.transitions.astype("<f4")
    words = sorted(one.memory.words)
    labels = one.sentence.labels
    known = [one.memory.words[word] for word in words]
    found["words"] = _text(words)
    found["word_labels"] = np.array([labels.index(label) for label, _ in known], "<i4")
    found["word_counts"] = np.array([count for _, count in known], "<i4")
    found["trust"] = np.array(one.memory.trust, "<f8")
    return found


def _text(strings: list[str]) -> Array:
    return np.frombuffer(json.dumps(strings, ensure_ascii=False).encode(), np.uint8)


def describe(folder: Path) -> About:
    """Read ``model.json``.

    Raises:
        EnvironmentError_: There is none, or it was learnt with other features.
        SourceError: It is damaged, or of another format.
    """
    path = folder / "model.json"
    if not path.is_file():
        hint = "give a folder that python -m curate.maltese.train has written"
        raise EnvironmentError_(f"there is no etymology model in {folder}; {hint}")
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(MOST_BYTES))
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']!r:.60}, not {FORMAT!r}")
        digests = {str(name): str(digest) for name, digest in told["files"].items()}
        if not digests or not set(digests) <= {f"{kind}.npz" for kind in LABELS}:
            raise ValueError("files are not merged.npz and fine.npz")
        about = About(folder, bool(told["tables"]), str(told["licence"]), digests)
        features = told["features"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from None
    if features != _features():
        raise EnvironmentError_(
            f"{folder} was learnt with other features, or beside another language model, than this "
            "version has; learn it again with python -m curate.maltese.train"
        )
    return about


def load(about: About, kind: str) -> Learnt:
    """Read weights and memory for ``merged`` or ``fine`` labels.

    Raises:
        EnvironmentError_: The model has no such labels.
        SourceError: The file is not the one that ``model.json`` names, or damaged.
    """
    name = f"{kind}.npz"
    path = about.folder / name
    if name not in about.digests:
        has = ", ".join(sorted(one.removesuffix(".npz") for one in about.digests))
        raise EnvironmentError_(f"{about.folder} has no {kind} labels; set labels: {has}")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest != about.digests[name]:
            raise ValueError(f"its sha256 {digest} is not the one in model.json")
        return _learnt(_unpacked(content), set(LABELS[kind]))
    except (OSError, ValueError, KeyError, TypeError, IndexError, RuntimeError, EOFError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RecursionError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from None


def _damaged(path: Path, why: str) -> SourceError:
    return SourceError(f"{path} is no etymology model or damaged ({why:.200}); fetch it again")


def _unpacked(content: bytes) -> dict[str, Array]:
    """Arrays of a ``.npz``; nothing is unpickled, and nothing larger than its file says."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
            raise ValueError("too large when unpacked")
        for one in archive.infolist():
            file = io.BytesIO(archive.read(one))
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError(f"{one.filename} is no array of format 1.0")
            shape, by_columns, kind = np.lib.format.read_array_header_1_0(file)
            values = file.read()
            if by_columns or kind.hasobject or kind.str not in {"|u1", "<f4", "<f8", "<i4"}:
                raise ValueError(f"{one.filename} holds {kind}")
            flat = np.frombuffer(values, kind)
            found[one.filename.removesuffix(".npy")] = flat.reshape(shape)
    return found


def _learnt(arrays: Mapping[str, Array], known: set[str]) -> Learnt:
    sentence, alone = (_weights(arrays, part) for part in ("sentence", "alone"))
    for told in (sentence.labels, alone.labels):
        if not told or not set(told) <= known or len(set(told)) != len(told):
            raise ValueError("other labels than the known ones")
    words = _strings(arrays["words"])
    labels, counts = (_whole(arrays[name], len(words)) for name in ("word_labels", "word_counts"))
    if words and not (labels.min() >= 0 and labels.max() < len(sentence.labels)):
        raise ValueError("a word with a label that is none")
    named = [sentence.labels[place] for place in labels.tolist()]
    if not set(named) <= set(alone.labels) or (words and counts.min() < 1):
        raise ValueError("words and labels do not agree")
    trust = arrays["trust"]
    if trust.ndim != 1 or not trust.size or not np.all((trust >= 0) & (trust <= 1)):
        raise ValueError("trust is no probability")
    pairs = zip(named, counts.tolist(), strict=True)
    memory = Memory(dict(zip(words, pairs, strict=True)), tuple(trust.tolist()))
    return Learnt(sentence, alone, memory)


def _whole(values: Array, size: int) -> Array:
    if values.shape != (size,) or values.dtype.kind != "i":
        raise ValueError("as many numbers as words are needed")
    return values


def _weights(arrays: Mapping[str, Array], part: str) -> Weights:
    names, labels = _strings(arrays[f"{part}_names"]), _strings(arrays[f"{part}_labels"])
    states, transitions = arrays[f"{part}_states"], arrays[f"{part}_transitions"]
    if states.shape != (len(names), len(labels)) or transitions.shape != (len(labels),) * 2:
        raise ValueError(f"the shapes of {part} do not fit")
    for values in (states, transitions):
        if values.dtype != np.float32 or not np.all(np.abs(values) <= LARGEST_WEIGHT):
            raise ValueError(f"{part} holds a weight that is not finite, or too large")
    return Weights(tuple(labels), tuple(names), states, transitions)


def _strings(values: Array) -> list[str]:
    found = json.loads(values.tobytes())
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("no list of names")
    return found
