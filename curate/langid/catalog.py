"""Which language models there are, under which licence, and where this machine has them.

A model is named in a recipe by its name here, by a path, or by ``hub:org/name@revision/file``;
IndicLID, which is two files, by the folder that holds both.
Known ones are pinned: another digest than the one noted here stops the run. ``prepare`` fetches
before any work starts; ``open_model`` never does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from curate import models
from curate.errors import EnvironmentError_
from curate.langid import indiclid
from curate.langid.identify import Cleaned, Identifier, on_device
from curate.langid.model import read_labels, read_model

DEFAULT_MODEL = Path(__file__).parent / "data" / "default.ftz"
"""The bundled model, for an empty ``model`` option."""
SKIPPED = "skipped: model missing"
WORTH_A_GPU = 100_000_000
"""Bytes of a model from which ``device: auto`` takes a GPU. Smaller ones label 270,000 lines a
second on one core, about as fast as rows are read; those of 1 GB and more, 19,000 to 47,000."""
Missing = Literal["error", "skip"]


class Known(NamedTuple):
    """A published model.

    Attributes:
        reference: Where it is on the Hub; empty if it is to be had elsewhere.
        digest: sha256 of the file.
        licence: SPDX name.
        commercial: Whether its licence allows commercial use.
        about: What it is, in a few words.
        cleaned: Whether it was trained on cleaned text and is to be asked about cleaned text.
        where: Where it is to be had if not on the Hub, and what to do with it.
    """

    reference: str
    digest: str
    licence: str
    commercial: bool
    about: str
    cleaned: bool = False
    where: str = ""


KNOWN = {
    "glotlid": Known(
        "hub:cis-lmu/glotlid@85cd6716494360367b75f642b5bc78667605d0b4/model_v3.bin",
        "a818b6bd42a628ab47d3dfc1578c7ea615c45381f3494c42535e31e8c4cafc9e",
        "Apache-2.0",
        True,
        "GlotLID v3, 2,102 labels, 1.7 GB",
    ),
    "lid218e": Known(
        "hub:facebook/fasttext-language-identification"
        "@3af127d4124fc58b75666f3594bb5143b9757e78/model.bin",
        "8ded5749a2ad79ae9ab7c9190c7c8b97ff20d54ad8b9527ffa50107238fc7f6a",
        "CC-BY-NC-4.0",
        False,
        "NLLB's lid218e, 218 labels, 1.2 GB, not for commercial use",
    ),
    "openlid_v2": Known(
        "hub:laurievb/OpenLID-v2@10b538ebcc452255917c8bdfc38faa49af134cd2/model.bin",
        "f01b47c6182909291a3394f77f682031aaeade346e443c4e496e94bd2a9fa703",
        "GPL-3.0",
        True,
        "OpenLID v2, 200 labels, 1.2 GB, asked about cleaned text",
        cleaned=True,
    ),
    "lid.176": Known(
        "",
        "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83",
        "CC-BY-SA-3.0",
        True,
        "fastText's lid.176.ftz, 176 labels, 0.9 MB",
        where="get it from the fastText site and set model to its path",
    ),
    # The authors pin neither a digest nor a commit, and this project has not downloaded the
    # archives: what is there is hashed and recorded, but cannot be told to be the authors' own.
    "indiclid": Known(
        "",
        "",
        "MIT",
        True,
        "IndicLID without its BERT, 47 labels, 0.7 GB",
        where="get indiclid-ftn.zip and indiclid-ftr.zip of release v1.0 of AI4Bharat/IndicLID on "
        "GitHub, unpack both into one folder, and set model to that folder",
    ),
}


def prepare(
    model: str, *, owner: str, accept_non_commercial: bool = False, missing: Missing = "error"
) -> dict[str, str]:
    """Make sure that a model is on this machine, is the one it says, and may be used.

    Args:
        model: A name in ``KNOWN``, a path, a ``hub:`` reference, or empty for the bundled one; the
            folder of its two files for IndicLID.
        owner: Who needs it, for messages: ``"filters.language"``.
        accept_non_commercial: Whether a model that is not for commercial use is welcome.
        missing: ``"skip"`` says in the result that there is none, rather than raise.

    Returns:
        What it is and under which licence → sha256.

    Raises:
        EnvironmentError_: Not to be had, of another digest, or not for commercial use; says what
            to do.
    """
    known = KNOWN.get(model)
    if known and not known.commercial and not accept_non_commercial:
        raise _not_commercial(known, owner)
    try:
        reference = _reference(model, owner)
        if _is_pair(reference):
            found = models.prepare(reference, indiclid.FILES, owner=owner, hint=_HINT)
            about = f"{KNOWN['indiclid'].about}; {KNOWN['indiclid'].licence}"
            return {f"{name} ({about})": digest for name, digest in found.items()}
        found = models.prepare(reference, owner=owner, hint=_HINT)
    except EnvironmentError_:
        if missing == "error":
            raise
        return {"language model": SKIPPED}
    ((name, digest),) = found.items()
    if known and digest != known.digest:
        raise EnvironmentError_(
            f"{owner}: {model} has the sha256 {digest}, not {known.digest}; delete the file "
            "from the Hub cache and run again, or name the file itself if you trust it"
        )
    known = _known_by(digest)
    if known and not known.commercial and not accept_non_commercial:
        raise _not_commercial(known, owner)
    return {f"{name} ({known.about}; {known.licence})" if known else name: digest}


def open_model(
    model: str, *, owner: str, missing: Missing = "error", device: str = "cpu"
) -> Identifier | None:
    """A model that is on this machine, read once in a process; never downloads.

    Args:
        model: As for ``prepare``.
        owner: As for ``prepare``.
        missing: As for ``prepare``.
        device: Where it runs, from ``device_of``.

    Returns:
        The model, or None if it is not here and ``missing`` is ``"skip"``.

    Raises:
        EnvironmentError_: It is not here.
        SourceError: It is no fastText model, or damaged.
    """
    paths = _locate(model, owner, missing)
    if paths is None:
        return None
    return on_device(models.load_once(_key("model", paths), lambda: _read(model, paths)), device)


def device_of(model: str, choice: str, *, owner: str) -> str:
    """Where a model runs, ``cuda`` or ``cpu``: the choice, or for ``auto`` what is worth it.

    A small model runs on the CPU unless ``cuda`` is asked for, and torch is not even looked at;
    so does, in name, one that is missing.

    Raises:
        EnvironmentError_: ``cuda`` was asked for, and torch or a GPU is missing.
    """
    paths = _locate(model, owner, "skip")
    if choice == "cpu" or paths is None:
        return "cpu"
    small = sum(path.stat().st_size for path in paths) < WORTH_A_GPU
    return "cpu" if choice == "auto" and small else models.torch_device(choice)


def labels_of(model: str, *, owner: str, missing: Missing = "error") -> tuple[str, ...] | None:
    """The labels of a model that is on this machine, without reading it whole; else as above."""
    paths = _locate(model, owner, missing)
    if paths is None:
        return None
    return models.load_once(_key("labels", paths), lambda: _read_labels(paths))


def _read(model: str, paths: tuple[Path, ...]) -> Identifier:
    if len(paths) == 2:
        return indiclid.join(*map(read_model, paths))
    path = paths[0]
    known = KNOWN.get(model) if not Path(model).is_file() else None
    if known is None:  # it may be the file of a known one under a name of its own
        (digest,) = models.prepare(str(path), owner="langid", hint=_HINT).values()
        known = _known_by(digest)
    return Cleaned(read_model(path)) if known and known.cleaned else read_model(path)


def _read_labels(paths: tuple[Path, ...]) -> tuple[str, ...]:
    labels = [read_labels(path) for path in paths]
    return indiclid.join_labels(*labels) if len(labels) == 2 else labels[0]


def _known_by(digest: str) -> Known | None:
    return next((one for one in KNOWN.values() if one.digest == digest), None)


def _locate(model: str, owner: str, missing: Missing) -> tuple[Path, ...] | None:
    """Its file, or the two of IndicLID."""
    try:
        reference = _reference(model, owner)
        if _is_pair(reference):
            folder = models.locate(reference, indiclid.FILES, owner=owner, hint=_HINT)
            return tuple(folder / name for name in indiclid.FILES)
        return (models.locate(reference, owner=owner, hint=_HINT),)
    except EnvironmentError_:
        if missing == "error":
            raise
        return None


def _is_pair(reference: str) -> bool:
    return not reference.startswith("hub:") and Path(reference).expanduser().is_dir()


def _key(what: str, paths: tuple[Path, ...]) -> tuple[object, ...]:
    """A file that was replaced is another file."""
    status = [path.stat() for path in paths]
    return f"language {what}", *paths, *((one.st_size, one.st_mtime_ns) for one in status)


_HINT = "give the path of a fastText .bin or .ftz file, or one of: " + ", ".join(KNOWN)


def _reference(model: str, owner: str) -> str:
    if not model:
        if not DEFAULT_MODEL.is_file():
            raise EnvironmentError_(f"{owner}: no model is bundled, set the option model; {_HINT}")
        return str(DEFAULT_MODEL)
    known = KNOWN.get(model)
    if known is None or Path(model).exists():
        return model
    if not known.reference:
        raise EnvironmentError_(
            f"{owner}: {known.about} ({known.licence}), is not on the Hub; {known.where}"
        )
    return known.reference


def _not_commercial(known: Known, owner: str) -> EnvironmentError_:
    return EnvironmentError_(
        f"{owner}: {known.about} ({known.licence}); set accept_non_commercial: true if your use "
        "is none, or take another model"
    )
