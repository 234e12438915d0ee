"""`curate publish`: to the Hub or to a folder, and what to tell about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from curate.errors import PublishError
from curate.publish.hub import publish_folder
from curate.publish.payload import Changes
from curate.publish.retry import Patience
from curate.publish.sink import Placed, publish_to


def announce(
    folder: Path,
    *,
    repo: str,
    to: str,
    tag: str,
    public: bool,
    message: str,
    onto: str,
    dry_run: bool,
    progress: bool,
    say: Callable[[str], None],
) -> list[str]:
    """Publish a folder; lines that say what was done, or would be.

    Args:
        folder: A finished dataset folder.
        repo: ``org/name`` on the Hub.
        to: A folder or address instead.
        tag: The version.
        public: Whether everybody may read it.
        message: Title of the commit.
        onto: Somebody else's commit that may be built upon.
        dry_run: Only look.
        progress: Show bars.
        say: Told at once of what should be known before the end.

    Raises:
        PublishError: It cannot be published; nothing half-done is to be seen.
    """
    patience = Patience(say=say)
    if to:
        if given := [name for name, one in _hub_only(repo, public, message, onto) if one]:
            raise PublishError(f"--to {to}: {given[0]} is for the Hub; leave one of them out")
        return _placed(publish_to(folder, to, tag=tag, dry_run=dry_run, patience=patience), dry_run)
    if public:
        say("--public: everybody will be able to read it")
    done = publish_folder(
        folder,
        repo,
        private=not public,
        tag=tag,
        message=message,
        onto=onto,
        dry_run=dry_run,
        progress=progress,
        patience=patience,
    )
    name = f"{done.repo}@{done.tag}" if done.tag else done.repo
    lines = _listed(done.changes, done.left_out, dry_run)
    if dry_run:
        return [*lines, f"would publish {name}: {done.changes.summary()}"]
    if not done.committed:
        return [*lines, f"nothing to send: {name} holds this folder; {done.url}"]
    where = f"commit {done.commit[:12]}; {done.url}"
    return [*lines, f"published {name}: {done.changes.summary()}; {where}"]


def _hub_only(repo: str, public: bool, message: str, onto: str) -> list[tuple[str, object]]:
    return [("--repo", repo), ("--public", public), ("--message", message), ("--onto", onto)]


def _placed(done: Placed, dry_run: bool) -> list[str]:
    lines = _listed(done.changes, done.left_out, dry_run)
    if dry_run:
        return [*lines, f"would publish {done.where}: {done.changes.summary()}"]
    if not done.written:
        return [*lines, f"nothing to send: {done.where} holds this folder"]
    return [*lines, f"published {done.where}: {done.changes.summary()}"]


def _listed(changes: Changes, left_out: tuple[str, ...], dry_run: bool) -> list[str]:
    kinds = ("new", "changed", "deleted", "unchanged") if dry_run else ()
    lines = [f"{kind:9} {name}" for kind in kinds for name in getattr(changes, kind)]
    return lines + [f"left out, no part of the dataset: {one}" for one in left_out]
