"""Which language models there are, under which licence, and where this machine has them.

A model is named in a recipe by its name here, by a path, or by ``hub:org/name@revision/file``.
Known ones are pinned: another digest than the one noted here stops the run. ``prepare`` fetches
before any work starts; ``open_model`` never does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from curate import models
from curate.errors import EnvironmentError_
from curate.langid.model import Model, read_labels, read_model

DEFAULT_MODEL = Path(__file__).parent / "data" / "default.ftz"
"""The bundled model, for an empty ``model`` option."""
SKIPPED = "skipped: model missing"
Missing = Literal["error", "skip"]


class Known(NamedTuple):
    """A published model.

    Attributes:
        reference: Where it is on the Hub; empty if it is to be had elsewhere.
        digest: sha256 of the file.
        licence: SPDX name.
        commercial: Whether its licence allows commercial use.
        about: What it is, in a few words.
    """

    reference: str
    digest: str
    licence: str
    commercial: bool
    about: str


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
        "OpenLID v2, 200 labels, 1.2 GB",
    ),
    "lid.176": Known(
        "",
        "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83",
        "CC-BY-SA-3.0",
        True,
        "fastText's lid.176.ftz, 176 labels, 0.9 MB",
    ),
}


def prepare(
    model: str, *, owner: str, accept_non_commercial: bool = False, missing: Missing = "error"
) -> dict[str, str]:
    """Make sure that a model is on this machine, is the one it says, and may be used.

    Args:
        model: A name in ``KNOWN``, a path, a ``hub:`` reference, or empty for the bundled one.
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
        found = models.prepare(_reference(model, owner), owner=owner, hint=_HINT)
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
    known = next((one for one in KNOWN.values() if one.digest == digest), None)
    if known and not known.commercial and not accept_non_commercial:
        raise _not_commercial(known, owner)
    return {f"{name} ({known.about}; {known.licence})" if known else name: digest}


def open_model(model: str, *, owner: str, missing: Missing = "error") -> Model | None:
    """A model that is on this machine, read once in a process; never downloads.

    Returns:
        The model, or None if it is not here and ``missing`` is ``"skip"``.

    Raises:
        EnvironmentError_: It is not here.
        SourceError: It is no fastText model, or damaged.
    """
    path = _locate(model, owner, missing)
    if path is None:
        return None
    return models.load_once(_key("model", path), lambda: read_model(path))


def labels_of(model: str, *, owner: str, missing: Missing = "error") -> tuple[str, ...] | None:
    """The labels of a model that is on this machine, without reading it whole; else as above."""
    path = _locate(model, owner, missing)
    if path is None:
        return None
    return models.load_once(_key("labels", path), lambda: read_labels(path))


def _locate(model: str, owner: str, missing: Missing) -> Path | None:
    try:
        return models.locate(_reference(model, owner), owner=owner, hint=_HINT)
    except EnvironmentError_:
        if missing == "error":
            raise
        return None


def _key(what: str, path: Path) -> tuple[str, str, int, int]:
    """A file that was replaced is another file."""
    status = path.stat()
    return f"language {what}", str(path), status.st_size, status.st_mtime_ns


_HINT = "give the path of a fastText .bin or .ftz file, or one of: " + ", ".join(KNOWN)


def _reference(model: str, owner: str) -> str:
    if not model:
        if not DEFAULT_MODEL.is_file():
            raise EnvironmentError_(f"{owner}: no model is bundled, set the option model; {_HINT}")
        return str(DEFAULT_MODEL)
    known = KNOWN.get(model)
    if known is None or Path(model).is_file():
        return model
    if not known.reference:
        raise EnvironmentError_(
            f"{owner}: {known.about}, is not on the Hub; get it from the fastText site "
            f"({known.licence}) and set model to its path"
        )
    return known.reference


def _not_commercial(known: Known, owner: str) -> EnvironmentError_:
    return EnvironmentError_(
        f"{owner}: {known.about} ({known.licence}); set accept_non_commercial: true if your use "
        "is none, or take another model"
    )
