"""Recipes and cards that come with the package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def bundled(folder: str) -> Path:
    """``recipes`` or ``cards``: inside an installed package, beside it in a checkout."""
    installed = PACKAGE / "bundled" / folder
    return installed if installed.is_dir() else PACKAGE.parent / folder
