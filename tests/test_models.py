"""Model references: local paths, the Hub cache, one copy in a process."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from curate import models
from curate.errors import EnvironmentError_

COMMIT = "5" * 40
CONTENT = b"weights of a very small model"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class LoopbackHub(http.server.BaseHTTPRequestHandler):
    """Answers for one file of one repository as the Hub does."""

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        if not self.path.startswith("/org/name/resolve/v1/onnx/model.onnx"):
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{SHA256}"')
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if body:
            self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LoopbackHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def in_a_process(code: str, cache: Path, **environment: str) -> str:
    """Last line printed; the Hub client reads its environment when it is imported."""
    code = f"from curate import models\nfrom curate.errors import EnvironmentError_\n{code}"
    env = {**os.environ, "HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1", **environment}
    env.pop("HF_HUB_CACHE", None)
    run = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip().splitlines()[-1]


def test_local_file_is_resolved_to_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(CONTENT)
    found = models.prepare(str(tmp_path / "model.onnx"), owner="step", hint="get it")
    assert found == {"model.onnx": SHA256}


def test_digest_is_taken_again_when_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"first")
    models.prepare(str(file), owner="step", hint="")
    file.write_bytes(CONTENT)
    assert models.prepare(str(file), owner="step", hint="") == {"model.onnx": SHA256}


def test_missing_files_of_a_folder_are_named_exactly(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(EnvironmentError_) as caught:
        models.prepare(str(tmp_path), ("a.json", "b/c.pt"), owner="step", hint="get it there")
    assert str(caught.value) == f"step: missing b/c.pt in {tmp_path}; get it there"


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"there is no file .*model.onnx; get it"):
        models.locate(str(tmp_path / "model.onnx"), owner="step", hint="get it")


def test_empty_reference_says_which_option_is_empty() -> None:
    with pytest.raises(EnvironmentError_, match="step: the option weights is empty; get it"):
        models.locate("", owner="step", hint="get it")


def test_hub_reference_is_split_into_repository_revision_and_path() -> None:
    found = models.HubReference.parse("hub:org/name@v1/onnx/model.onnx")
    assert found == ("org/name", "v1", "onnx/model.onnx")


@pytest.mark.parametrize("text", ["hub:name@v1/file", "hub:org/name/file", "hub:org/name@/file"])
def test_hub_reference_without_owner_or_revision_is_refused(text: str) -> None:
    with pytest.raises(EnvironmentError_, match="write hub:org/name@revision/file"):
        models.HubReference.parse(text)


def test_hub_file_is_fetched_once_and_then_found_offline(hub: str, tmp_path: Path) -> None:
    call = "('hub:org/name@v1/onnx/model.onnx', owner='step', hint='')"
    fetched = in_a_process(f"print(models.prepare{call})", tmp_path, HF_ENDPOINT=hub)
    assert fetched == str({"model.onnx": SHA256})
    found = in_a_process(f"print(models.locate{call})", tmp_path, HF_HUB_OFFLINE="1")
    assert Path(found).read_bytes() == CONTENT


def test_hub_folder_is_found_by_the_files_it_must_hold(hub: str, tmp_path: Path) -> None:
    call = "('hub:org/name@v1/onnx', ('model.onnx',), owner='step', hint='')"
    code = f"models.prepare{call}\nprint(models.locate{call})"
    assert (Path(in_a_process(code, tmp_path, HF_ENDPOINT=hub)) / "model.onnx").is_file()


def test_hub_file_that_is_missing_offline_gives_one_line_that_says_what_to_do(
    tmp_path: Path,
) -> None:
    call = "('hub:org/name@v1/model.onnx', owner='step', hint='')"
    code = f"try:\n  models.prepare{call}\nexcept EnvironmentError_ as error: print(error)"
    assert in_a_process(code, tmp_path, HF_HUB_OFFLINE="1") == (
        "step: cannot get model.onnx of org/name@v1 (no connection, and not in the cache); "
        "connect once, log in with `hf auth login` if it is gated, or give a local path"
    )


def test_file_that_the_repository_does_not_have_is_reported(hub: str, tmp_path: Path) -> None:
    call = "('hub:org/name@v1/other.onnx', owner='step', hint='')"
    code = f"try:\n  models.prepare{call}\nexcept EnvironmentError_ as error: print(error)"
    message = in_a_process(code, tmp_path, HF_ENDPOINT=hub)
    assert message.startswith("step: cannot get other.onnx of org/name@v1 (")


def test_locate_does_not_download_what_the_hub_has(hub: str, tmp_path: Path) -> None:
    call = "('hub:org/name@v1/onnx/model.onnx', owner='step', hint='')"
    code = f"try:\n  models.locate{call}\nexcept EnvironmentError_ as error: print(error)"
    message = in_a_process(code, tmp_path, HF_ENDPOINT=hub)
    assert "is not in the Hub cache of this machine; run the recipe once" in message


def test_model_is_loaded_once_by_threads_that_ask_together() -> None:
    calls = []
    with ThreadPoolExecutor(8) as pool:
        loaded = list(
            pool.map(lambda _: models.load_once("key", lambda: calls.append(1)), range(64))
        )
    assert calls == [1]
    assert len(loaded) == 64


def test_model_that_failed_to_load_is_tried_again() -> None:
    def fail() -> str:
        raise OSError("truncated")

    with pytest.raises(OSError):
        models.load_once("again", fail)
    assert models.load_once("again", lambda: "loaded") == "loaded"


def test_absent_module_is_named_with_its_install_line() -> None:
    with pytest.raises(EnvironmentError_) as caught:
        models.need("json", "no_such_one", "no_such.two", owner="step", install="pip install it")
    assert str(caught.value) == (
        "step needs no_such_one, no_such.two, not installed here; run: pip install it"
    )


@pytest.mark.parametrize(("gpu", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_the_gpu_that_torch_sees(
    gpu: bool, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: gpu)
    assert models.torch_device("auto") == device


def test_cuda_without_a_gpu_stops_before_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(EnvironmentError_, match="torch sees no GPU"):
        models.torch_device("cuda")
