"""A commented recipe to start from."""

from __future__ import annotations

from pathlib import Path

from curate.errors import RecipeError

SKELETON = """\
# {name}: what the corpus is, in two sentences.
# Every number that differs from a default gets a comment that says why.
# Steps and their options: `curate steps`, `curate steps filters.duration`.
name: {name}

source:                                  # licence and origin of the recordings go here
  sources.audio_folder: {{path: clips}}    # a folder with audio and metadata.csv beside this file

steps:
  - transforms.decode_audio: {{rate_hz: 22050}}
  - filters.duration: {{least: 0.4, most: 25}}
  - transforms.assign_split              # by speaker, none in two splits; without: {{group: id}}
  - transforms.encode_audio

# publish: {{card: {name}, repo: org/{name}}}
"""


def write_skeleton(name: str, folder: Path) -> Path:
    """Write ``<name>.yaml``.

    Raises:
        RecipeError: The name is not a word, or the file is there already.
    """
    if not name.isidentifier():
        raise RecipeError(f"{name!r} cannot name a recipe: use letters, digits and _")
    path = folder / f"{name}.yaml"
    if path.exists():
        raise RecipeError(f"{path} is there already; choose another name")
    path.write_text(SKELETON.format(name=name), encoding="utf-8")
    return path
