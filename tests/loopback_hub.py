"""A stand-in for the Hub on this machine: what the real client asks for when it reads a dataset.

Standard library only; state is in memory. A repository is a list of commits, a commit maps paths to
content. ``faults`` makes the next requests that match fail, ``log`` holds what was asked, so that a
test can tell what was fetched. The server lives in one thread of the test process and ends with it.

    with LoopbackHub() as hub:
        commit = hub.commit("org/corpus", {"README.md": b"…", "data/train-00000-of-00001.parquet": b"…"})
        os.environ["HF_ENDPOINT"] = hub.url
"""

from __future__ import annotations

import dataclasses as dc
import hashlib
import json
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

DATE = "2026-01-01T00:00:00.000Z"
LFS_ENDINGS = (".parquet", ".arrow", ".wav", ".flac", ".mp3", ".gz")
PAGE = 1000
"""Entries of a listing in one answer; the next ones are behind a link, as on the Hub."""


def git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dc.dataclass
class Repository:
    commits: dict[str, dict[str, bytes]] = dc.field(default_factory=dict)
    refs: dict[str, str] = dc.field(default_factory=dict)
    gated: bool = False
    private: bool = False


@dc.dataclass
class Fault:
    """The next ``times`` requests whose ``METHOD /path`` matches are answered with ``status``."""

    pattern: str
    status: int
    times: int = 1


@dc.dataclass
class Request:
    method: str
    path: str
    status: int
    sent: int
    range: str


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

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.repositories: dict[str, Repository] = {}
        self.faults: list[Fault] = []
        self.log: list[Request] = []
        self.lock = threading.RLock()
        self.page = PAGE

    def __enter__(self) -> LoopbackHub:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def commit(
        self,
        repo: str,
        files: Mapping[str, bytes],
        ref: str = "main",
        gated: bool = False,
        private: bool = False,
    ) -> str:
        """Add a commit with these files beside those of the branch's head; return its hash."""
        with self.lock:
            there = self.repositories.setdefault(repo, Repository())
            there.gated, there.private = gated, private
            tree = {**there.commits.get(there.refs.get(ref, ""), {}), **files}
            state = [ref, len(there.commits), sorted((k, git_sha1(v)) for k, v in tree.items())]
            oid = hashlib.sha1(json.dumps(state).encode()).hexdigest()
            there.commits[oid] = tree
            there.refs[ref] = oid
            return oid

    def tag(self, repo: str, name: str, commit: str) -> None:
        with self.lock:
            self.repositories[repo].refs[name] = commit

    def bytes_sent(self, pattern: str = "/resolve/") -> int:
        """Bytes of content sent in answer to GET requests whose path matches."""
        with self.lock:
            return sum(
                one.sent for one in self.log if one.method == "GET" and re.search(pattern, one.path)
            )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: LoopbackHub

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        url = urlsplit(self.path)
        path, query = unquote(url.path), parse_qs(url.query, keep_blank_values=True)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.entry = Request(self.command, path, 0, 0, self.headers.get("Range", ""))
        with self.server.lock:  # before the answer: who has it may look at the log at once
            self.server.log.append(self.entry)
        try:
            if fault := self._fault(path):
                self._error(fault, "Injected", "injected fault")
            else:
                self._route(path, query, body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _fault(self, path: str) -> int | None:
        with self.server.lock:
            for fault in self.server.faults:
                if fault.times > 0 and re.search(fault.pattern, f"{self.command} {path}"):
                    fault.times -= 1
                    return fault.status
        return None

    def _route(self, path: str, query: Mapping[str, list[str]], body: bytes) -> None:
        for methods, pattern, name in ROUTES:
            if self.command in methods and (found := re.fullmatch(pattern, path)):
                parts = found.groupdict()
                with self.server.lock:
                    there = self._repository(parts["repo"])
                    if there is None:
                        return
                    commit = there.refs.get(parts.get("rev") or "main") or parts.get("rev")
                    tree = there.commits.get(commit or "")
                if tree is None or commit is None:
                    self._error(404, "RevisionNotFound", f"Invalid rev id: {parts.get('rev')}")
                    return
                getattr(self, name)(Asked(there, commit, tree, parts, query, body))
                return
        self._error(404, "EntryNotFound", f"no route for {self.command} {path}")

    def _repository(self, repo: str) -> Repository | None:
        there = self.server.repositories.get(repo)
        is_member = self.headers.get("Authorization") == f"Bearer {self.server.TOKEN}"
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
        facts |= {"private": there.private, "gated": "auto" if there.gated else False, "tags": []}
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
        self._reply(200, {"branches": branches, "tags": [], "converts": converts})

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

    def _error(self, status: int, code: str, message: str) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": message}
        self._reply(status, {"error": message}, headers)

    def _reply(
        self,
        status: int,
        body: object,
        headers: Mapping[str, str] | None = None,
        kind: str = "application/json",
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
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
    if path.endswith(LFS_ENDINGS):
        sha256 = hashlib.sha256(content).hexdigest()
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\n"
        entry["oid"] = git_sha1(f"{pointer}size {len(content)}\n".encode())
        entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 134}
    return entry


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "oid": git_sha1(path.encode()), "size": 0}


REPO = r"(?P<repo>[\w.-]+/[\w.-]+)"
REV = r"(?P<rev>refs/[^/]+/[^/]+|[^/]+)"
API = f"/api/datasets/{REPO}"
ROUTES = (
    (("GET",), API, "info"),
    (("GET",), f"{API}/revision/{REV}", "info"),
    (("GET",), f"{API}/refs", "refs"),
    (("GET",), f"{API}/tree/{REV}(?P<path>/.*)?", "tree"),
    (("POST",), f"{API}/paths-info/{REV}", "paths_info"),
    (("GET", "HEAD"), f"/datasets/{REPO}/resolve/{REV}/(?P<path>.+)", "resolve"),
)
"""What the client asks of a Hub when it reads; one row per line of the API."""
