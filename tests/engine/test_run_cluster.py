"""Runs on real Dask workers: one digest, whatever is killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from row_corpus import digest, ids, write_recipe

from curate.engine.cluster import Cluster
from curate.engine.outcome import Outcome
from curate.errors import EnvironmentError_
from curate.pipeline import run_recipe
from curate.recipe import load_recipe

pytestmark = pytest.mark.cluster
SLOW = "barrier_of_tests:Poison: {row: none, seconds: 0.15}"


def run(folder: Path, corpus: Path, *steps: str, workers: int = 2) -> Outcome:
    return run_recipe(
        load_recipe(write_recipe(folder, corpus, *steps)), folder / "out", workers=workers
    )


def workers_of(driver: int) -> list[int]:
    """The worker processes: they are forked from the fork server, which the driver started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        servers = psutil.Process(driver).children()
        forked = [server for server in servers if "forkserver" in " ".join(server.cmdline())]
        return [worker.pid for server in forked for worker in server.children()]
    return []


def test_workers_give_the_bytes_of_one_process(
    tmp_path: Path, corpus: Path, undisturbed: str
) -> None:
    assert not run(tmp_path, corpus, workers=4).failures
    assert digest(tmp_path / "out") == undisturbed


def test_killed_workers_cost_nothing(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "calm").mkdir()
    run_recipe(
        load_recipe(write_recipe(tmp_path / "calm", corpus, SLOW)), tmp_path / "calm/out", workers=1
    )
    rng = random.Random(3)
    stop, killed = threading.Event(), []

    def kill() -> None:
        wait_for_receipts(tmp_path, 1)  # workers that die as they start end the run
        for _ in range(3):
            if stop.wait(rng.uniform(0.4, 1.2)):
                return
            for pid in workers_of(os.getpid()):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        outcome = run(tmp_path, corpus, SLOW)
    finally:
        stop.set()
        killer.join()
    assert killed
    assert not outcome.failures
    assert digest(tmp_path / "out") == digest(tmp_path / "calm/out")


def test_a_shard_that_kills_its_worker_costs_only_itself(tmp_path: Path, corpus: Path) -> None:
    outcome = run(tmp_path, corpus, "barrier_of_tests:Poison: {how: kill}")
    (name,) = outcome.failures
    assert "part-005" in name
    assert "its worker died again and again" in str(outcome.failures[name])
    assert len(ids(tmp_path / "out")) == 550


def driver(folder: Path, corpus: Path) -> subprocess.Popen[str]:
    file = write_recipe(folder, corpus, SLOW)
    command = [
        sys.executable,
        "-m",
        "curate.cli",
        "run",
        str(file),
        "--out",
        str(folder / "out"),
        "--workers",
        "2",
    ]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for_receipts(folder: Path, least: int) -> None:
    deadline = time.monotonic() + 60
    while len(list(folder.glob("out/.curate/pass-00/*.json"))) < least:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_killed_driver_is_resumed_with_the_same_bytes(tmp_path: Path, corpus: Path) -> None:
    process = driver(tmp_path, corpus)
    wait_for_receipts(tmp_path, 4)
    process.kill()
    process.communicate()
    time.sleep(0.5)  # workers notice that their driver is gone
    outcome = run(tmp_path, corpus, SLOW)
    assert 0 < outcome.fresh < 12 + 12 + 12 + 4
    (tmp_path / "calm").mkdir()
    run_recipe(
        load_recipe(write_recipe(tmp_path / "calm", corpus, SLOW)), tmp_path / "calm/out", workers=1
    )
    assert digest(tmp_path / "out") == digest(tmp_path / "calm/out")


def test_ctrl_c_says_how_to_resume_and_leaves_no_worker(tmp_path: Path, corpus: Path) -> None:
    process = driver(tmp_path, corpus)
    wait_for_receipts(tmp_path, 2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(err.strip().splitlines()) == 1, err
    assert "resume with: curate run" in err
    deadline = time.monotonic() + 5
    while left := subprocess.run(["pgrep", "-s", str(process.pid)], capture_output=True).stdout:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


class Outside:
    """A scheduler and one worker, each a process of its own, as somebody else runs them."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.file = folder, folder / "scheduler.json"
        self.processes = [
            self.start("scheduler", "--host", "127.0.0.1", "--scheduler-file", str(self.file))
        ]
        deadline = time.monotonic() + 60
        while not self.file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        where = ["--scheduler-file", str(self.file), "--nthreads", "1"]
        self.processes.append(self.start("worker", *where, *options))

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        port = ["--port", "0"] if words[0] == "scheduler" else []
        command = [sys.executable, "-m", "dask", *words, *port, "--no-dashboard"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.folder, **quiet)  # type: ignore[call-overload]

    def __enter__(self) -> Outside:
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.wait(30)


def test_an_outside_scheduler_gives_the_same_bytes(
    tmp_path: Path, corpus: Path, undisturbed: str
) -> None:
    with Outside(tmp_path) as cluster:
        recipe = load_recipe(write_recipe(tmp_path, corpus))
        outcome = run_recipe(recipe, tmp_path / "out", scheduler=str(cluster.file))
    assert not outcome.failures
    assert digest(tmp_path / "out") == undisturbed


def test_a_scheduler_that_dies_ends_the_run_with_one_line(tmp_path: Path, corpus: Path) -> None:
    file = write_recipe(tmp_path, corpus, SLOW)
    with Outside(tmp_path) as cluster:
        command = [sys.executable, "-m", "curate.cli", "run", str(file)]
        command += ["--out", str(tmp_path / "out"), "--scheduler", str(cluster.file)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        wait_for_receipts(tmp_path, 2)
        cluster.processes[0].kill()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "the Dask scheduler is gone" in err.splitlines()[-1]
    assert "run the same command again" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert not list((tmp_path / "out").rglob("*.tmp"))
    assert 0 < run(tmp_path, corpus, SLOW, workers=1).fresh < 12 + 12 + 12 + 4


def test_a_shard_too_large_for_the_memory_of_its_worker_costs_only_itself(
    tmp_path: Path, corpus: Path
) -> None:
    with Outside(tmp_path, "--memory-limit", "700MB") as cluster:
        recipe = load_recipe(write_recipe(tmp_path, corpus, "barrier_of_tests:Glutton"))
        outcome = run_recipe(recipe, tmp_path / "out", scheduler=str(cluster.file))
    (name,) = outcome.failures
    assert "part-005" in name
    assert "its worker died again and again (out of memory" in str(outcome.failures[name])
    assert len(ids(tmp_path / "out")) == 550


def test_a_scheduler_that_is_not_there_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match="no such scheduler file"):
        Cluster(tmp_path, 1, scheduler=str(tmp_path / "none.json"))


def test_another_service_at_the_address_gives_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.accept()[0].sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9)

        threading.Thread(target=answer, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(EnvironmentError_, match=f"no Dask scheduler at {address}"):
            Cluster(tmp_path, 1, scheduler=address)


def test_workers_that_die_at_once_give_one_line(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, sys\nif any('forkserver' in word for word in sys.orig_argv):\n    os._exit(1)\n"
    )
    (tmp_path / "sitecustomize.py").write_text(code)
    others = filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(others))
    process = driver(tmp_path, corpus)  # of its own: here the server they are forked from may run
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "the workers did not start" in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_workers_have_the_environment_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    for value in ("one", "two"):  # the server they are forked from started with the first at most
        monkeypatch.setenv("CURATE_OF_THIS_TEST", value)
        cluster = Cluster(tmp_path, 1, gpus=1)
        found = list(cluster.run(os.getenv, ["CURATE_OF_THIS_TEST"], device))
        cluster.close()
        assert found == [("CURATE_OF_THIS_TEST", value)]


AHEAD = """
import os, signal
from multiprocessing import forkserver
from pathlib import Path
from curate.engine.cluster import Cluster, start_ahead

before = dict(os.environ)
start_ahead()
assert dict(os.environ) == before
server = forkserver._forkserver._forkserver_pid
os.kill(server, signal.SIGINT)
cluster = Cluster(Path("."), 1)
assert forkserver._forkserver._forkserver_pid == server
environ = Path(f"/proc/{server}/environ").read_bytes()
print(b"MALLOC_TRIM_THRESHOLD_=" in environ, *(one for _, one in cluster.run(abs, [-1, -2])))
cluster.close()
"""


def test_the_server_of_workers_starts_ahead_and_outlives_ctrl_c(tmp_path: Path) -> None:
    script = tmp_path / "ahead.py"
    script.write_text(AHEAD)
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, timeout=100)
    assert done.stderr == b""
    assert done.stdout.split() == [b"True", b"1", b"2"]
