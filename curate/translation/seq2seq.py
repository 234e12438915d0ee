"""Translate by a transformers encoder-decoder: mBART, NLLB, M2M, MADLAD and other T5.

A text is cut at line ends and behind full stops, because such models know sentences; what stands
between is put back. Batches have one shape (``text/padded_batches.py``), so that a translation does
not depend on its neighbours. Beam search without sampling.
Safetensors only, no code of the repository is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate import models
from curate.errors import EnvironmentError_
from curate.text.padded_batches import padded_batches

FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
INSTALL = "pip install 'curate[quality]'"
_STEP = 32
"""Tokens that lengths are rounded up to."""
_ROWS = {"cpu": 4, "cuda": 32}
"""Sentences in a batch."""
_HINT = "give a folder with these files, as save_pretrained writes it, or hub:org/name@revision"
_END = re.compile(r"(\s*\n\s*|(?<=[.!?。！？…])\s+)")


class Direction(NamedTuple):
    """From which language into which, by the model's own names for them."""

    source: str
    target: str


class _Loaded(NamedTuple):
    tokenizer: Any
    model: Any
    most_tokens: int


def prepare(reference: str, *, owner: str) -> dict[str, str]:
    """Make sure that package and model are on this machine; file name → sha256.

    Raises:
        EnvironmentError_: Something is missing; the message says how to get it.
    """
    models.need("torch", "transformers", owner=owner, install=INSTALL)
    return models.prepare(reference, FILES, owner=owner, hint=_HINT)


def locate(reference: str, *, owner: str) -> Path:
    """Its folder on this machine; never downloads."""
    return models.locate(reference, FILES, owner=owner, hint=_HINT)


def translate(
    folder: Path,
    texts: Sequence[str],
    directions: Sequence[Direction],
    *,
    owner: str,
    device: str,
    prefix: str = "",
    beams: int = 4,
    max_tokens: int = 256,
) -> list[str | None]:
    """Translations in the order of the texts; None where a sentence was too long or did not end.

    Args:
        folder: From ``locate``.
        texts: What to translate.
        directions: For each of them.
        owner: Who asks, for messages.
        device: ``"cpu"`` or ``"cuda"``.
        prefix: Put before every sentence, with ``{source}`` and ``{target}`` for the languages.
        beams: Width of the search.
        max_tokens: Most tokens of a sentence, and of its translation.
    """
    loaded = models.load_once(("seq2seq", folder, device), lambda: _load(folder, device))
    cut = [_END.split(text.strip()) for text in texts]  # sentence, gap, sentence, …
    asked: dict[Direction, dict[str, str | None]] = {}
    for direction, pieces in zip(directions, cut, strict=True):
        asked.setdefault(direction, {}).update(dict.fromkeys(filter(None, pieces[::2])))
    for direction, known in asked.items():
        _check(loaded, direction, prefix, owner)
        head = prefix.format(**direction._asdict())
        told = _sentences(loaded, [*known], direction, head, device, beams, max_tokens)
        known.update(told)
    out: list[str | None] = []
    for direction, pieces in zip(directions, cut, strict=True):
        known = asked[direction]
        said = [known[one] if one and not at % 2 else one for at, one in enumerate(pieces)]
        out.append(None if None in said else "".join(one or "" for one in said))
    return out


def _check(loaded: _Loaded, direction: Direction, prefix: str, owner: str) -> None:
    """Whether a model that chooses its language by a token has that of this language."""
    if not hasattr(loaded.tokenizer, "src_lang") or "{target}" in prefix:
        return
    vocabulary = loaded.tokenizer.get_vocab()
    absent = [code for code in direction if code not in vocabulary]
    if absent:
        hint = "write its name into codes, such as {ko: kor_Hang, en: eng_Latn}"
        raise EnvironmentError_(f"{owner}: the model has no language {absent[0]!r}; {hint}")


def _sentences(
    loaded: _Loaded,
    sentences: list[str],
    direction: Direction,
    head: str,
    device: str,
    beams: int,
    max_tokens: int,
) -> Mapping[str, str | None]:
    """Translation of each, None for one that does not fit, from the shortest to the longest."""
    import torch

    tokenizer, model, most = loaded
    most = min(most, max_tokens)
    begin = {}
    if hasattr(tokenizer, "src_lang") and direction.target in tokenizer.get_vocab():
        tokenizer.src_lang = direction.source
        begin = {"forced_bos_token_id": tokenizer.convert_tokens_to_ids(direction.target)}
    ids = [tokenizer(head + one)["input_ids"] for one in sentences]
    fitting = [at for at, one in enumerate(ids) if len(one) <= most]
    told: dict[str, str | None] = dict.fromkeys(sentences)
    said = {"input_ids": [ids[at] for at in fitting]}
    shape = {"step": _STEP, "rows": _ROWS[device], "most": most}
    for chosen, inputs in padded_batches(tokenizer, said, **shape):
        with torch.inference_mode():
            made = model.generate(
                **inputs.to(device), num_beams=beams, do_sample=False, max_new_tokens=most, **begin
            )
        for at, one in zip(chosen, made.cpu().tolist(), strict=False):
            ended = model.generation_config.eos_token_id in one[1:]
            text = tokenizer.decode(one, skip_special_tokens=True).strip()
            told[sentences[fitting[at]]] = text if ended else None
    return told


def _load(folder: Path, device: str) -> _Loaded:
    import transformers

    library: Any = transformers
    library.utils.logging.disable_progress_bar()  # a run has its own
    tokenizer = library.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = library.AutoModelForSeq2SeqLM.from_pretrained(
        folder, local_files_only=True, use_safetensors=True
    )
    # generate() warns of a length of the model's own beside ours
    model.generation_config.max_length = None
    places = getattr(model.config, "max_position_embeddings", None) or tokenizer.model_max_length
    most = min(tokenizer.model_max_length, places)
    return _Loaded(tokenizer, model.float().eval().to(device), most)
