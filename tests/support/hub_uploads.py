"""The half of the loopback Hub that is written to; see ``loopback_hub.py``.

Both ways in which the client sends content are here: Git LFS (``batch``, PUT, ``verify``), and Xet,
where the client gets the address of a store, here a folder, and sends it chunks by itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.loopback_hub import Asked

LFS_ENDINGS = (".parquet", ".arrow", ".wav", ".flac", ".mp3", ".gz")
LFS_SIZE = 10 * 2**20
"""Larger files are kept out of git whatever they are called."""


def is_lfs(path: str, size: int) -> bool:
    return path.endswith(LFS_ENDINGS) or size > LFS_SIZE


def git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Uploads:
    """Answers of requests that change something; mixed into the request handler."""

    server: Any
    command: str
    path: str
    headers: Any

    def create(self, body: bytes) -> None:
        wanted = json.loads(body)
        repo = f"{wanted.get('organization') or 'tester'}/{wanted['name']}"
        private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
        with self.server.lock:
            known = repo in self.server.repositories
            if not known:
                start = {".gitattributes": b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"}
                self.server.commit(repo, start, private=private, title="initial commit")
        answer = {"url": f"{self.server.url}/datasets/{repo}", "name": repo}
        if known:
            self._reply(409, answer | {"error": "You already created this dataset repo"})
        else:
            self._reply(200, answer)

    def validate_yaml(self, body: bytes) -> None:
        """Refuses a card without a head; the Hub looks closer."""
        found = re.match(r"---\n.*?\n---\n", json.loads(body)["content"], re.S)
        errors = [] if found else [{"message": "no YAML head"}]
        self._reply(400 if errors else 200, {"errors": errors, "warnings": []})

    def preupload(self, asked: Asked) -> None:
        files = []
        for one in json.loads(asked.body)["files"]:
            path, size = one["path"], one["size"]
            old = asked.tree.get(path)
            oid = None
            if old is not None:
                lfs = is_lfs(path, len(old))
                oid = hashlib.sha256(old).hexdigest() if lfs else git_sha1(old)
            mode = "lfs" if is_lfs(path, size) else "regular"
            files.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._reply(200, {"files": files})

    def lfs_batch(self, asked: Asked) -> None:
        """Where to PUT each object; nowhere if it is known."""
        objects = []
        for one in json.loads(asked.body)["objects"]:
            entry = {"oid": one["oid"], "size": one["size"]}
            if one["oid"] not in self.server.objects:
                href = f"{self.server.url}/lfs/{one['oid']}"
                verify = {"href": f"{href}/verify", "header": {}}
                entry["actions"] = {"upload": {"href": href, "header": {}}, "verify": verify}
            objects.append(entry)
        self._reply(200, {"transfer": "basic", "objects": objects})

    def lfs_put(self, oid: str, body: bytes) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            self._error(400, "", "the content has another sha256")
            return
        self.server.objects[oid] = body
        self._reply(200, b"")

    def lfs_verify(self, oid: str, body: bytes) -> None:
        size = json.loads(body)["size"]
        known = self.server.objects.get(oid)
        self._reply(200 if known is not None and len(known) == size else 404, {})

    def xet_token(self, asked: Asked) -> None:
        if self.server.cas is None:
            self._error(404, "EntryNotFound", "this Hub has no Xet storage")
            return
        url, expires = f"local://{self.server.cas}", int(time.time()) + 3600
        facts = {"casUrl": url, "accessToken": "xet", "exp": expires}
        headers = {"X-Xet-Cas-Url": url, "X-Xet-Access-Token": "xet"}
        self._reply(200, facts, headers | {"X-Xet-Token-Expiration": str(expires)})

    def new_commit(self, asked: Asked) -> None:
        head, files, gone = {}, {}, set()
        for line in asked.body.splitlines():
            item = json.loads(line)
            key, value = item["key"], item["value"]
            if key == "header":
                head = value
            elif key == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                content = self.server.content(value["oid"])
                if content is None:
                    self._error(400, "", f"{value['path']}: {value['oid']} was never uploaded")
                    return
                files[value["path"]] = content
            elif key == "deletedFile":
                gone.add(value["path"])
            else:
                self._error(400, "", f"no operation {key}")
                return
        repo, branch = asked.parts["repo"], asked.parts["rev"]
        with self.server.lock:
            if head.get("parentCommit", asked.there.refs[branch]) != asked.there.refs[branch]:
                message = "A commit has happened since. Please refresh and try again."
                self._error(412, "", message)
                return
            oid = self.server.commit(
                repo,
                files,
                branch,
                gone=gone,
                title=head["summary"],
                message=head.get("description", ""),
                author=self.server.member,
                keep_settings=True,
            )
        url = f"{self.server.url}/datasets/{repo}/commit/{oid}"
        self._reply(200, {"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""})

    def new_tag(self, asked: Asked) -> None:
        name = json.loads(asked.body)["tag"]
        with self.server.lock:
            known = name in asked.there.tags
            asked.there.tags.setdefault(name, asked.commit)
        if known:
            self._error(409, "", f"Tag {name} exists already")
        else:
            self._reply(200, {})

    def settings(self, asked: Asked) -> None:
        wanted = json.loads(asked.body)
        with self.server.lock:
            if "gated" in wanted:
                asked.there.gated = wanted["gated"]
            if "visibility" in wanted or "private" in wanted:
                private = wanted.get("visibility") == "private" or wanted.get("private") is True
                asked.there.private = private
        self._reply(200, wanted)

    def _error(self, status: int, code: str, message: str) -> None:
        raise NotImplementedError

    def _reply(
        self,
        status: int,
        body: object,
        headers: Mapping[str, str] | None = None,
        kind: str = "application/json",
    ) -> None:
        raise NotImplementedError
