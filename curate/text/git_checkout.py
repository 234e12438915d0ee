"""Which repository and commit a folder is a checkout of, read from its files.

``git`` is not run: a checkout of unknown origin may name programs in its configuration. The commit
is that of HEAD; what was changed since is not looked at.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REMOTE = re.compile(r'(?m)^\[remote "([^"]+)"\]((?:\n(?!\[).*)*)')
_URL = re.compile(r"(?m)^\s*url\s*=\s*(\S+)")
_MOST_READ = 1 << 24


class Checkout(NamedTuple):
    """Where files of a checkout are from.

    Attributes:
        repository: Address of the remote, without user, password and ``.git``; or None.
        commit: Digest of HEAD; or None.
    """

    repository: str | None = None
    commit: str | None = None


def checkout_at(folder: Path) -> Checkout | None:
    """What the checkout whose top is this folder is of; None if it is none."""
    git = folder / ".git"
    if git.is_file():  # a submodule or a worktree: "gitdir: PATH"
        place = _read(git).partition("gitdir:")[2].strip()
        git = folder / place if place else git
    if not (git / "HEAD").is_file():
        return None
    common = git / (_read(git / "commondir").strip() or ".")
    return Checkout(_remote(_read(common / "config")), _head(git, common))


def _head(git: Path, common: Path) -> str | None:
    head = _read(git / "HEAD").strip()
    name = head.removeprefix("ref:").strip()
    if name == head:
        return head if _COMMIT.fullmatch(head) else None
    if name.startswith("/") or ".." in name:
        return None
    for place in (git, common):
        if _COMMIT.fullmatch(commit := _read(place / name).strip()):
            return commit
    for line in _read(common / "packed-refs").splitlines():
        commit, _, packed = line.partition(" ")
        if packed == name and _COMMIT.fullmatch(commit):
            return commit
    return None


def _remote(config: str) -> str | None:
    """The address of ``origin``, or of the first remote."""
    urls = {name: _URL.search(lines) for name, lines in _REMOTE.findall(config)}
    found = urls.get("origin") or next(iter(urls.values()), None)
    return plain_address(found[1]) if found else None


def plain_address(url: str) -> str | None:
    """An address as a browser takes it: no user, no password, no ``.git``; None for a local path.

    Example:
        >>> plain_address("git@example.org:org/name.git")
        'https://example.org/org/name'
        >>> plain_address("https://user:token@example.org/org/name.git")
        'https://example.org/org/name'
    """
    over_ssh = re.fullmatch(r"(?:ssh://)?(?:[^@/]+@)([^:/]+)(?::\d+)?[:/]+(.+)", url)
    if over_ssh and not url.startswith(("http:", "https:")):
        url = f"https://{over_ssh[1]}/{over_ssh[2]}"
    found = re.fullmatch(r"(https?|git)://(?:[^@/]*@)?([^/]+)/(.+?)/?", url)
    return f"https://{found[2]}/{found[3].removesuffix('.git')}" if found else None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_READ).decode("utf-8", "replace")
    except OSError:
        return ""
