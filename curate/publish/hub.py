"""A dataset folder on the Hugging Face Hub: one verified commit, then a tag; again is a no-op.

    look     the repository's head, its files, its tags; refuse what cannot be right
    settle   create it if it is not there (private), gate it if the card asks
    send     content in batches: what the Hub has is not sent again
    commit   every file at once, on the head that was looked at and on no other
    verify   sizes and digests of every file of that commit
    tag      the version

Killed anywhere, the same command again takes up where it stopped: before the commit nobody sees
anything, after it only the tag is missing. Content goes to Xet storage, or by Git LFS if
``HF_HUB_DISABLE_XET`` is set. The token is the client's: ``HF_TOKEN`` or ``hf auth login``.
"""

from __future__ import annotations

import contextlib
import dataclasses as dc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from curate.errors import PublishError
from curate.publish.hub_errors import cleaned, passing, status_of, unheard, way_out
from curate.publish.payload import (
    Changes,
    Payload,
    Stored,
    batches,
    compare,
    default_repo,
    gate_wanted,
    held,
    is_repo,
    load_payload,
)
from curate.publish.published import remember, remembered, said_in
from curate.publish.retry import Patience

T = TypeVar("T")


class Published(NamedTuple):
    """What was done.

    Attributes:
        repo: ``org/name``.
        url: Its page.
        tag: The version; empty for none.
        commit: What it names; empty after a dry run that found no repository.
        changes: Against what was there.
        committed: Whether there is a new commit.
        left_out: Files of the folder that are no part of the dataset.
    """

    repo: str
    url: str
    tag: str
    commit: str
    changes: Changes
    committed: bool
    left_out: tuple[str, ...]


class _There(NamedTuple):
    """A repository as it was found."""

    head: str
    private: bool
    gated: bool | str
    files: dict[str, Stored]
    tags: dict[str, str]


NOTHING = _There("", True, False, {}, {})


def publish_folder(
    folder: Path,
    repo: str = "",
    *,
    private: bool = True,
    tag: str = "",
    message: str = "",
    onto: str = "",
    dry_run: bool = False,
    progress: bool = False,
    patience: Patience | None = None,
) -> Published:
    """Make ``repo`` on the Hub equal to a dataset folder, file for file.

    Args:
        folder: A finished dataset folder.
        repo: ``org/name``; by default the one that the folder's recipe names.
        private: False makes the repository public, once everything is in it.
        tag: The version; by default ``v`` and the version that CITATION.cff states.
        message: Title of the commit.
        onto: The head, or its first characters, if somebody else's commit may be built upon.
        dry_run: Only look.
        progress: Show the client's progress bars.
        patience: How failures that pass are waited for, and who is told.

    Raises:
        PublishError: In one line: the folder is not fit, the tag names something else, the head
            was moved by others, no token, no permission, or a Hub that does not answer.
    """
    repo = repo or default_repo(folder)
    if not repo:
        raise PublishError("where to? give --repo org/name, or publish: {repo: …} in the recipe")
    if not is_repo(repo):
        raise PublishError(f"{repo!r} cannot name a repository; write --repo organisation/name")
    with held(folder):
        payload = load_payload(folder, tag, repo)
        hub = _Hub(repo, payload, folder, patience or Patience(), dry_run)
        with hub.quietly(progress):
            return hub.publish(private, message, onto)


@dc.dataclass
class _Hub:
    """One publication to one repository."""

    repo: str
    payload: Payload
    folder: Path
    patience: Patience
    dry_run: bool

    def __post_init__(self) -> None:
        from huggingface_hub import HfApi, errors, get_token

        # RuntimeError is what the client wraps a failed upload in; the base of what its HTTP
        # library raises has another name in each version, but always stands in errors.
        self.failures = (OSError, RuntimeError, ValueError, vars(errors)["HTTPError"])
        self.endpoint = os.environ.get("HF_ENDPOINT") or None  # the client looks when imported
        self.token = get_token() or ""
        if not self.token and not self.dry_run:
            hint = "run `hf auth login`, or set HF_TOKEN to a token that may write to it"
            raise PublishError(f"no token for {self.repo}: {hint}")
        self.api = HfApi(endpoint=self.endpoint, library_name="curate")
        self.where: dict[str, Any] = {"repo_id": self.repo, "repo_type": "dataset"}
        self.url = f"{self.api.endpoint}/datasets/{self.repo}"

    def publish(self, private: bool, message: str, onto: str) -> Published:
        there = self.look()
        changes = compare(self.payload.files, (there or NOTHING).files)
        commit = self.tagged(there, changes) if there else ""
        if commit:  # whatever main shows by now, this version is out
            changes = changes._replace(new=(), changed=(), deleted=(), sent=0)
        if there and changes.any():
            self.check_head(there, onto)
        if self.dry_run:
            return self.done(commit or (there.head if there else ""), changes, committed=False)
        there = there or self.create(private)
        self.gate(there, private)
        committed = not commit and changes.any()
        if committed:
            if private and not there.private:
                self.patience.say(f"{self.repo} is public: everybody will be able to read it")
            commit = self.commit(there, changes, message)
            self.verify(commit)
        commit = commit or there.head
        tag = self.payload.tag
        if tag and tag not in there.tags:
            self.tag(commit)
        self.open(there, private)
        return self.done(commit, changes, committed)

    def done(self, commit: str, changes: Changes, committed: bool) -> Published:
        tag, left_out = self.payload.tag, self.payload.left_out
        return Published(self.repo, self.url, tag, commit, changes, committed, left_out)

    def look(self) -> _There | None:
        """The repository, or None if there is none that the token may see."""
        from huggingface_hub.errors import RepositoryNotFoundError

        def info() -> Any:
            with contextlib.suppress(RepositoryNotFoundError):
                return self.api.dataset_info(self.repo)

        found = self.ask("looking at the repository", info)
        if found is None:
            return None
        tags = self.tags()
        files = self.files(str(found.sha))
        return _There(str(found.sha), bool(found.private), found.gated or False, files, tags)

    def tags(self) -> dict[str, str]:
        refs = self.ask("listing the tags", lambda: self.api.list_repo_refs(**self.where))
        return {one.name: str(one.target_commit) for one in refs.tags}

    def files(self, commit: str) -> dict[str, Stored]:
        from huggingface_hub import RepoFile

        def tree() -> list[Any]:
            return list(self.api.list_repo_tree(**self.where, revision=commit, recursive=True))

        return {
            one.path: Stored(one.size, one.lfs.sha256 if one.lfs else "", str(one.blob_id))
            for one in self.ask("listing the files", tree)
            if isinstance(one, RepoFile)
        }

    def tagged(self, there: _There, changes: Changes) -> str:
        """The commit that the tag names, if it holds just this; empty if there is no such tag."""
        tag = self.payload.tag
        commit = there.tags.get(tag, "")
        if commit and commit != there.head:
            changes = compare(self.payload.files, self.files(commit))
        if commit and changes.any():
            different = [*changes.changed, *changes.new, *changes.deleted]
            hint = "state a new version in CITATION.cff and run `curate card`, or give --tag"
            raise PublishError(
                f"{self.repo} has a tag {tag} already, and other files under it "
                f"({', '.join(different[:3])}{', …' if different[3:] else ''}): {hint}"
            )
        return commit

    def check_head(self, there: _There, onto: str) -> None:
        """Refuse to build upon what neither this folder nor this dataset put there."""
        if all(name.startswith(".") for name in there.files):
            return  # just created
        if onto:
            if there.head.startswith(onto):
                return
            raise PublishError(f"--onto {onto}: the head of {self.repo} is {there.head[:12]}")
        last = self.history(there.head)[0]
        known, said = remembered(self.folder, self.url), said_in(last.message)
        ours = said.get("curate-content") in known if known else True
        if not ours or said.get("curate-dataset") != self.payload.name:
            raise PublishError(self._moved(last))

    def _moved(self, last: Any) -> str:
        who, oid = " and ".join(last.authors) or "somebody", str(last.commit_id)[:12]
        look = f"look at {self.url}/commit/{oid}"
        again = f"then add --onto {oid} to publish on top of it"
        return f"{self.repo} was changed by {who}: {last.title!r} ({oid}); {look}, {again}"

    def history(self, revision: str) -> list[Any]:
        where = {**self.where, "revision": revision}
        return self.ask("reading the history", lambda: self.api.list_repo_commits(**where))

    def create(self, private: bool) -> _There:
        self.ask(
            "creating the repository",
            lambda: self.api.create_repo(**self.where, private=private, exist_ok=True),
        )
        there = self.look()
        if there is None:
            hint = "use another name, or a token that may read and write it"
            raise PublishError(f"{self.repo} is there, but closed to your token; {hint}")
        return there

    def gate(self, there: _There, private: bool) -> None:
        """Ask for access requests before anything is there to be read."""
        from huggingface_hub.errors import HfHubHTTPError

        wanted = gate_wanted(self.payload)
        if not wanted or wanted == there.gated:
            return
        settings, what = {**self.where, "gated": wanted}, "asking for a gate"
        try:
            self.ask(what, lambda: self.api.update_repo_settings(**settings), HfHubHTTPError)
        except HfHubHTTPError as error:
            # Only members read a private repository; the gate comes with its opening.
            if not there.private or status_of(error) != 400:
                raise self.explained(error, what) from None
            if private:
                self.patience.say("a private repository takes no gate; --public will set it")

    def open(self, there: _There, private: bool) -> None:
        """Make a private repository public: gate and opening in one request."""
        if there.private and not private:
            wanted = gate_wanted(self.payload)
            settings = {**self.where, "private": False, **({"gated": wanted} if wanted else {})}
            self.ask("making it public", lambda: self.api.update_repo_settings(**settings))

    def send(self, names: list[str]) -> list[Any]:
        """Contents that the Hub lacks; the operations that will put them in their places."""
        from huggingface_hub import CommitOperationAdd

        files = self.payload.files
        adds = [CommitOperationAdd(name, files[name].content) for name in names]
        self.ask(
            "sending files",
            lambda: self.api.preupload_lfs_files(**self.where, additions=adds, free_memory=False),
        )
        for one in adds:
            if one.upload_info.sha256.hex() != files[one.path_in_repo].sha256:
                hint = "nothing was published; run again when nobody works there"
                where = self.folder / one.path_in_repo
                raise PublishError(f"{where} changed while it was sent; {hint}")
        return adds

    def commit(self, there: _There, changes: Changes, message: str) -> str:
        """Everything in one commit on the head that was looked at."""
        from huggingface_hub import CommitOperationDelete

        names = (*changes.new, *changes.changed)
        adds = [add for some in batches(self.payload.files, names) for add in self.send(some)]
        drops = [CommitOperationDelete(name, is_folder=False) for name in changes.deleted]
        remember(self.folder, self.url, self.payload.digest)
        title = message or f"Publish {self.payload.name} {self.payload.tag}".rstrip()
        said = f"curate-dataset: {self.payload.name}\ncurate-content: {self.payload.digest}"

        def post() -> str:
            try:
                done = self.api.create_commit(
                    **self.where,
                    operations=[*adds, *drops],
                    commit_message=title,
                    commit_description=said,
                    parent_commit=there.head,
                )
            except self.failures as error:
                if passing(error) is None and status_of(error) != 412:
                    raise
                if landed := self.landed(there.head):
                    return landed
                raise
            return str(done.oid)

        return str(self.ask("committing", post))

    def landed(self, parent: str) -> str:
        """Our commit, if it was made though no answer came; empty if the head has not moved.

        Raises:
            PublishError: It was moved by others.
        """
        history = self.history("main")
        if str(history[0].commit_id) == parent:
            return ""
        for one in history:
            if str(one.commit_id) == parent:
                break
            if said_in(one.message).get("curate-content") == self.payload.digest:
                return str(one.commit_id)
        raise PublishError(f"{self._moved(history[0])}; nothing of this version is to be seen")

    def verify(self, commit: str) -> None:
        wrong = compare(self.payload.files, self.files(commit))
        if wrong.any():
            names = [*wrong.new, *wrong.changed, *wrong.deleted]
            few = f"{', '.join(names[:3])}{', …' if names[3:] else ''}"
            hint = "it was not tagged; run the same command again"
            where = f"{self.url}/commit/{commit}"
            raise PublishError(f"{where} differs from the folder in {few}; {hint}")

    def tag(self, commit: str) -> None:
        from huggingface_hub.errors import HfHubHTTPError

        where = {**self.where, "tag": self.payload.tag, "revision": commit}
        try:
            self.ask("tagging", lambda: self.api.create_tag(**where), HfHubHTTPError)
        except HfHubHTTPError as error:
            if status_of(error) != 409:
                raise self.explained(error, "tagging") from None
            if self.tags().get(self.payload.tag) != commit:
                others = f"{self.repo} got a tag {self.payload.tag} from others just now"
                raise PublishError(f"{others}; the files are in {commit}") from None

    def ask(self, what: str, act: Callable[[], T], *plain: type[Exception]) -> T:
        """Call the Hub, with patience.

        Raises:
            PublishError: In the place of everything but ``plain``.
        """
        try:
            return self.patience.call(what, act, passing)
        except self.failures as error:
            if isinstance(error, plain):
                raise
            raise self.explained(error, what) from None

    def explained(self, error: Exception, what: str) -> PublishError:
        """One line without a token; what it came from may hold one, so it is not passed on."""
        return PublishError(cleaned(way_out(error, self.repo, self.url, what), self.token))

    @contextlib.contextmanager
    def quietly(self, progress: bool) -> Iterator[None]:
        """No words of the client's own: they name signed addresses."""
        import huggingface_hub

        utils: Any = huggingface_hub.utils
        silent = utils.are_progress_bars_disabled()
        if not progress:
            utils.disable_progress_bars()
        try:
            with unheard():
                yield
        finally:
            if not silent:
                utils.enable_progress_bars()
