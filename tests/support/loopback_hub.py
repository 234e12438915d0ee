"""A stand-in for the Hub on this machine, for the real clients: reading, creating, uploading.

Standard library only (and ``hf_xet`` itself to look into a Xet store); state is in memory. A
repository is a list of commits, a commit maps paths to content. ``faults`` makes the next requests
that match fail, ``log`` holds what was asked, so that a test can tell what was fetched and sent.
The server lives in threads of the test process and ends with it.

    with LoopbackHub() as hub:
        commit = hub.commit("org/corpus", {"README.md": b"…", "data/train-00000-of-00001.parquet": b"…"})
        os.environ["HF_ENDPOINT"] = hub.url

Content comes in by LFS, or, if ``cas`` names a folder, by Xet; what is written is in
``hub_uploads.py``. Whoever writes must send ``TOKEN``; ``READER`` may only read.
"""

from __future__ import annotations

import contextlib
import dataclasses as dc
import hashlib
import json
import re
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from support.hub_uploads import Uploads, git_sha1, is_lfs
from support.xet_shards import files_in

DATE = "2026-01-01T00:00:00.000Z"
PAGE = 1000
"""Entries of a listing in one answer; the next ones are behind a link, as on the Hub."""


class Logged(NamedTuple):
    """A commit as the history shows it."""

    oid: str
    title: str
    message: str
    author: str


@dc.dataclass
class Repository:
    commits: dict[str, dict[str, bytes]] = dc.field(default_factory=dict)
    refs: dict[str, str] = dc.field(default_factory=dict)
    tags: dict[str, str] = dc.field(default_factory=dict)
    history: list[Logged] = dc.field(default_factory=list)
    gated: bool | str = False
    private: bool = False


@dc.dataclass
class Fault:
    """What happens to the next ``times`` requests whose ``METHOD /path`` matches.

    ``status``: they are answered with it, and with ``headers``. ``drop``: the connection is cut
    while their body arrives. ``lose``: what they ask is done, but the connection is cut instead of
    an answer. ``delay``: they are served after ``seconds``.
    """

    pattern: str
    status: int = 0
    times: int = 1
    effect: Literal["status", "drop", "lose", "delay"] = "status"
    headers: Mapping[str, str] = dc.field(default_factory=dict)
    seconds: float = 0.0
    message: str = "injected fault"


@dc.dataclass
class Request:
    method: str
    path: str
    status: int
    sent: int
    range: str
    received: int = 0


class Asked(NamedTuple):
    """A request for something of a repository that is there, at one commit."""

    there: Repository
    commit: str
    tree: dict[str, bytes]
    parts: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes


class LoopbackHub(ThreadingHTTPServer):
    """Serves until the ``with`` block ends; answers requests of ``TOKEN`` as a member's."""

    daemon_threads = True
    TOKEN = "hf_loopback"
    READER = "hf_loopback_reader"

    def __init__(self, cas: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.repositories: dict[str, Repository] = {}
        self.faults: list[Fault] = []
        self.log: list[Request] = []
        self.lock = threading.RLock()
        self.page = PAGE
        self.cas = cas
        self.token = self.TOKEN
        self.member = "tester"
        self.objects: dict[str, bytes] = {}

    def __enter__(self) -> LoopbackHub:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, killed perhaps, is nothing to print."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def commit(
        self,
        repo: str,
        files: Mapping[str, bytes],
        ref: str = "main",
        gated: bool | str = False,
        private: bool = False,
        *,
        gone: Collection[str] = (),
        title: str = "a commit",
        message: str = "",
        author: str = "someone",
        keep_settings: bool = False,
    ) -> str:
        """Add a commit with these files beside those of the branch's head; return its hash."""
        with self.lock:
            there = self.repositories.setdefault(repo, Repository())
            if not keep_settings:
                there.gated, there.private = gated, private
            tree = {**there.commits.get(there.refs.get(ref, ""), {}), **files}
            tree = {path: content for path, content in tree.items() if path not in gone}
            state = [ref, len(there.commits), sorted((k, git_sha1(v)) for k, v in tree.items())]
            oid = hashlib.sha1(json.dumps(state).encode()).hexdigest()
            there.commits[oid] = tree
            there.refs[ref] = oid
            there.history.insert(0, Logged(oid, title, message, author))
            return oid

    def tag(self, repo: str, name: str, commit: str) -> None:
        with self.lock:
            self.repositories[repo].tags[name] = commit

    def head(self, repo: str) -> dict[str, bytes]:
        """The files that ``main`` shows."""
        there = self.repositories[repo]
        return there.commits[there.refs["main"]]

    def content(self, sha256: str) -> bytes | None:
        """Content that was uploaded, by LFS or into the Xet store."""
        if sha256 in self.objects or self.cas is None:
            return self.objects.get(sha256)
        found = files_in(self.cas).get(sha256)
        if found is None:
            return None
        import hf_xet

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "content")
            wanted = hf_xet.PyXetDownloadInfo(str(path), found.xet_hash, found.size)
            hf_xet.download_files([wanted], f"local://{self.cas}", ("xet", 2**40), None, None)
            self.objects[sha256] = path.read_bytes()
        return self.objects[sha256]

    def bytes_sent(self, pattern: str = "/resolve/") -> int:
        """Bytes of content sent in answer to GET requests whose path matches."""
        with self.lock:
            return sum(
                one.sent for one in self.log if one.method == "GET" and re.search(pattern, one.path)
            )

    def asked(self, pattern: str = "") -> list[str]:
        """``METHOD /path`` of the requests so far that match."""
        with self.lock:
            calls = [f"{one.method} {one.path}" for one in self.log]
        return [call for call in calls if re.search(pattern, call)]


class Handler(Uploads, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: LoopbackHub

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

    def _answer(self) -> None:
        url = urlsplit(self.path)
        path, query = unquote(url.path), parse_qs(url.query, keep_blank_values=True)
        self.entry = Request(self.command, path, 0, 0, self.headers.get("Range", ""))
        with self.server.lock:  # before the answer: who has it may look at the log at once
            self.server.log.append(self.entry)
        self.fault = self._fault(path)
        effect = self.fault.effect if self.fault else ""
        try:
            if effect == "drop":
                self._cut(read=64_000)
                return
            body = self._body()
            self.entry.received = len(body)
            if effect == "status" and self.fault:
                code = "Injected"
                self._error(self.fault.status, code, self.fault.message, self.fault.headers)
                return
            if effect == "delay" and self.fault:
                time.sleep(self.fault.seconds)
            self._route(path, query, body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            if len(body) < size:
                raise ConnectionResetError("the sender is gone")
            return body
        parts = []
        while size := int(self.rfile.readline().strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _cut(self, read: int = 0) -> None:
        """End the connection at once, like a cable that is pulled."""
        with contextlib.suppress(OSError):
            self.entry.received = len(self.rfile.read1(read)) if read else self.entry.received
            hard = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _fault(self, path: str) -> Fault | None:
        with self.server.lock:
            for fault in self.server.faults:
                if fault.times > 0 and re.search(fault.pattern, f"{self.command} {path}"):
                    fault.times -= 1
                    return fault
        return None

    def _may_write(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {self.server.token}":
            return True
        if self.headers.get("Authorization") == f"Bearer {self.server.READER}":
            self._error(403, "", "you have read access only")
        else:
            self._error(401, "", "Invalid username or password.")
        return False

    def _route(self, path: str, query: Mapping[str, list[str]], body: bytes) -> None:
        found = LFS_OBJECT.fullmatch(path)  # addresses that were given out need no token
        if found:
            (self.lfs_put if self.command == "PUT" else self.lfs_verify)(found["oid"], body)
            return
        if path == "/api/validate-yaml":
            self.validate_yaml(body)
            return
        if path == "/api/repos/create":
            if self._may_write():
                self.create(body)
            return
        for methods, pattern, name in ROUTES:
            if self.command in methods and (found := re.fullmatch(pattern, path)):
                parts = found.groupdict()
                if name in WRITES and not self._may_write():
                    return
                with self.server.lock:
                    there = self._repository(parts["repo"])
                    if there is None:
                        return
                    rev = parts.get("rev") or "main"
                    commit = there.refs.get(rev) or there.tags.get(rev) or rev
                    tree = there.commits.get(commit)
                if tree is None:
                    self._error(404, "RevisionNotFound", f"Invalid rev id: {rev}")
                    return
                getattr(self, name)(Asked(there, commit, tree, parts, query, body))
                return
        self._error(404, "EntryNotFound", f"no route for {self.command} {path}")

    def _repository(self, repo: str) -> Repository | None:
        there = self.server.repositories.get(repo)
        members = (f"Bearer {self.server.token}", f"Bearer {self.server.READER}")
        is_member = self.headers.get("Authorization") in members
        if there is None or (there.private and not is_member):
            self._error(401, "RepoNotFound", "Repository not found")
            return None
        if there.gated and not is_member and "/resolve/" in self.path:
            self._error(401, "GatedRepo", f"Access to dataset {repo} is restricted.")
            return None
        return there

    def info(self, asked: Asked) -> None:
        repo, there = asked.parts["repo"], asked.there
        siblings = [{"rfilename": path} for path in sorted(asked.tree)]
        facts = {"id": repo, "author": repo.split("/")[0], "sha": asked.commit}
        facts |= {"siblings": siblings}
        gated = "auto" if there.gated is True else there.gated
        facts |= {"private": there.private, "gated": gated, "tags": []}
        facts |= {"_id": "0", "disabled": False, "downloads": 0, "likes": 0}
        self._reply(200, facts | {"lastModified": DATE, "createdAt": DATE})

    def refs(self, asked: Asked) -> None:
        branches = [
            {"name": name, "ref": f"refs/heads/{name}", "targetCommit": oid}
            for name, oid in asked.there.refs.items()
            if not name.startswith("refs/")
        ]
        converts = [
            {"name": name.removeprefix("refs/convert/"), "ref": name, "targetCommit": oid}
            for name, oid in asked.there.refs.items()
            if name.startswith("refs/convert/")
        ]
        tags = [
            {"name": name, "ref": f"refs/tags/{name}", "targetCommit": oid}
            for name, oid in asked.there.tags.items()
        ]
        self._reply(200, {"branches": branches, "tags": tags, "converts": converts})

    def commits(self, asked: Asked) -> None:
        """The history up to the commit, youngest first."""
        oids = [one.oid for one in asked.there.history]
        shown = asked.there.history[oids.index(asked.commit) :]
        self._reply(
            200,
            [
                {"id": oid, "title": title, "message": message, "authors": [{"user": author}]}
                | {"date": DATE}
                for oid, title, message, author in shown
            ],
        )

    def tree(self, asked: Asked) -> None:
        tree, folder = asked.tree, (asked.parts.get("path") or "").strip("/")
        prefix = f"{folder}/" if folder else ""
        recursive = asked.query.get("recursive", ["false"])[0].lower() in ("true", "1")
        inside = {path[len(prefix) :]: path for path in sorted(tree) if path.startswith(prefix)}
        if prefix and not inside:
            self._error(404, "EntryNotFound", f"{folder} does not exist on {asked.commit}")
            return
        folders = {
            "/".join(steps[:depth])
            for steps in (rest.split("/") for rest in inside)
            for depth in range(1, len(steps) if recursive else min(2, len(steps)))
        }
        entries = [_folder(prefix + one) for one in sorted(folders)]
        entries += [
            _entry(path, tree[path])
            for rest, path in inside.items()
            if recursive or "/" not in rest
        ]
        begin = int(asked.query.get("cursor", ["0"])[0])
        more = {}
        if begin + self.server.page < len(entries):
            word = "true" if recursive else "false"
            address = urlsplit(self.path).path
            after = f"{address}?recursive={word}&cursor={begin + self.server.page}"
            more = {"Link": f'<{self.server.url}{after}>; rel="next"'}
        self._reply(200, entries[begin : begin + self.server.page], more)

    def paths_info(self, asked: Asked) -> None:
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        body, tree = asked.body, asked.tree
        paths = json.loads(body)["paths"] if is_json else parse_qs(body.decode()).get("paths", [])
        found = []
        for path in [paths] if isinstance(paths, str) else paths:
            if path in tree:
                found.append(_entry(path, tree[path]))
            elif any(one.startswith(path.rstrip("/") + "/") for one in tree):
                found.append(_folder(path))
        self._reply(200, found)

    def resolve(self, asked: Asked) -> None:
        path, tree = asked.parts["path"], asked.tree
        if path not in tree:
            self._error(404, "EntryNotFound", f"{path} does not exist on {asked.commit}")
            return
        content, entry = tree[path], _entry(path, tree[path])
        etag = entry["lfs"]["oid"] if "lfs" in entry else entry["oid"]
        headers = {"X-Repo-Commit": asked.commit, "Accept-Ranges": "bytes", "ETag": f'"{etag}"'}
        if "lfs" in entry:
            headers |= {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{etag}"'}
            if self.server.cas is not None:
                headers |= self._xet_headers(etag, asked)
        status, size = 200, len(content)
        if part := re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", "")):
            low, high = part.groups()
            begin = int(low) if low else max(0, size - int(high))
            end = min(int(high) + 1, size) if low and high else size
            if begin >= size:
                self._reply(416, b"", {"Content-Range": f"bytes */{size}"})
                return
            status, content = 206, content[begin:end]
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        self._reply(status, content, headers, "application/octet-stream")

    def _xet_headers(self, sha256: str, asked: Asked) -> dict[str, str]:
        found = files_in(self.server.cas).get(sha256)
        if found is None:
            return {}
        api = f"{self.server.url}/api/datasets/{asked.parts['repo']}"
        route = f"{api}/xet-read-token/{asked.commit}"
        return {"X-Xet-Hash": found.xet_hash, "X-Xet-Refresh-Route": route}

    def _error(
        self, status: int, code: str, message: str, more: Mapping[str, str] | None = None
    ) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": message, **(more or {})}
        self._reply(status, {"error": message}, headers)

    def _reply(
        self,
        status: int,
        body: object,
        headers: Mapping[str, str] | None = None,
        kind: str = "application/json",
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if self.fault is not None and self.fault.effect == "lose":
            self._cut()
            return
        self.entry.status = status
        self.entry.sent = 0 if self.command == "HEAD" else len(content)
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _entry(path: str, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(content)}
    entry["oid"] = git_sha1(content)
    if is_lfs(path, len(content)):
        sha256 = hashlib.sha256(content).hexdigest()
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\n"
        entry["oid"] = git_sha1(f"{pointer}size {len(content)}\n".encode())
        entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 134}
    return entry


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "oid": git_sha1(path.encode()), "size": 0}


REPO = r"(?P<repo>[\w.-]+/[\w.-]+?)"
REV = r"(?P<rev>refs/[^/]+/[^/]+|[^/]+)"
API = f"/api/datasets/{REPO}"
ROUTES = (
    (("GET",), API, "info"),
    (("GET",), f"{API}/revision/{REV}", "info"),
    (("GET",), f"{API}/refs", "refs"),
    (("GET",), f"{API}/commits/{REV}", "commits"),
    (("GET",), f"{API}/tree/{REV}(?P<path>/.*)?", "tree"),
    (("POST",), f"{API}/paths-info/{REV}", "paths_info"),
    (("GET", "HEAD"), f"/datasets/{REPO}/resolve/{REV}/(?P<path>.+)", "resolve"),
    (("GET",), f"{API}/xet-(?:read|write)-token/{REV}", "xet_token"),
    (("POST",), f"{API}/preupload/{REV}", "preupload"),
    (("POST",), f"/datasets/{REPO}.git/info/lfs/objects/batch", "lfs_batch"),
    (("POST",), f"{API}/commit/{REV}", "new_commit"),
    (("POST",), f"{API}/tag/{REV}", "new_tag"),
    (("PUT",), f"{API}/settings", "settings"),
)
"""What the client asks of a Hub about one repository; one row per line of the API."""
WRITES = {"preupload", "lfs_batch", "new_commit", "new_tag", "settings"}
LFS_OBJECT = re.compile(r"/lfs/(?P<oid>[0-9a-f]{64})(?:/verify)?")
