"""Tables of translated words, such as ``mt-en.tsv``, ``mt-ar.tsv`` of MLRS/malti."""

from __future__ import annotations

from pathlib import Path

from curate.errors import EnvironmentError_


def read_table(path: Path) -> dict[str, str]:
    """Translations of words: lines ``word TAB translation``, no header, no quoting.

    Raises:
        EnvironmentError_: It is not there, or no line is of that form.
    """
    hint = "set tables to the folder translations of MLRS/malti, tag 2024.eacl"
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentError_(f"cannot read the table {path} ({error}); {hint}") from None
    pairs = (line.rstrip("\r").split("\t") for line in lines)
    found = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    if not found:
        raise EnvironmentError_(f"{path}: no line is 'word TAB translation'; {hint}")
    return found
