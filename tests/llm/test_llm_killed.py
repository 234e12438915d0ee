"""A run that is killed at any point pays for nothing twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.completions_server import CompletionsServer, Reply, completion

from curate.errors import EnvironmentError_
from curate.llm.answer import Answer
from curate.llm.budget import Budget
from curate.llm.cache import Cache
from curate.llm.client import _CONNECTIONS, Client, close_all
from curate.llm.courier import Settings
from curate.llm.request import Request, build_request

REQUESTS = 600
KILLS, AT_ONCE = 20, 4
ASK = """
import json, random, sys
from curate.llm.client import Client
from curate.llm.courier import Settings
from curate.llm.request import build_request
cache, url, count, seed = json.loads(sys.argv[1])
requests = [build_request("m", [{"role": "user", "content": str(n)}], {}) for n in range(count)]
random.Random(seed).shuffle(requests)
sys.stdout.write("begins\\n")
sys.stdout.flush()
for start in range(0, count, 50):
    Client(Settings(cache, url)).ask(requests[start : start + 50])
"""


def victim(cache: Path, url: str, seed: int) -> subprocess.Popen[str]:
    options = json.dumps([str(cache), url, REQUESTS, seed])
    command = [sys.executable, "-c", ASK, options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_twenty_kills_at_random_points_repeat_no_call(tmp_path: Path) -> None:
    cache, chance = tmp_path / "answers", random.Random(3)
    with CompletionsServer(delay=0.08) as server:
        for start in range(0, KILLS, AT_ONCE):
            done = sum(server.seen.values())
            victims = [victim(cache, server.url, start + n) for n in range(AT_ONCE)]
            while sum(server.seen.values()) == done:
                time.sleep(0.01)
            for process in victims:  # each a little later than the one before
                time.sleep(chance.uniform(0, 0.15))
                assert process.poll() is None, "it had finished before it was killed"
                process.send_signal(signal.SIGKILL)
                process.communicate()
        assert server.most_at_once <= 8  # of all processes, those that outlive their parent too
        requests = [
            build_request("m", [{"role": "user", "content": str(n)}], {}) for n in range(REQUESTS)
        ]
        found = Client(Settings(str(cache), server.url, concurrency=64)).ask(requests)
        close_all()
    assert {one.text for one in found.values() if isinstance(one, Answer)} == {
        f"said {n}" for n in range(REQUESTS)
    }
    assert set(server.billed.values()) == {1}
    assert len(server.billed) == REQUESTS
    with Cache(cache) as known:
        assert known.spent() == (REQUESTS, 10 * REQUESTS, 5 * REQUESTS, 0, 0, 0, 0)


def test_a_courier_that_is_killed_is_told_and_replaced(tmp_path: Path) -> None:
    def late(prompt: str, times: int) -> Reply:
        return Reply(completion("yes"), delay=30.0 if times == 1 else 0.0)

    with CompletionsServer(late) as server:
        client = Client(Settings(str(tmp_path / "answers"), server.url))
        killer = threading.Thread(target=kill_courier, args=(server, client.settings))
        killer.start()
        with pytest.raises(EnvironmentError_, match=r"died.*run it again"):
            client.ask([request("a")])
        killer.join()
        (found,) = client.ask([request("a")]).values()
        close_all()
    assert isinstance(found, Answer)
    with Cache(tmp_path / "answers") as cache:
        assert (cache.spent().calls, cache.spent().doubtful_calls) == (1, 1)


def kill_courier(server: CompletionsServer, settings: Settings) -> None:
    while not server.seen:
        time.sleep(0.01)
    _CONNECTIONS[settings][1]._process.kill()


def request(prompt: str) -> Request:
    return build_request("m", [{"role": "user", "content": prompt}], {"max_tokens": 1000})


def claim_and_die(path: Path) -> None:
    cache = Cache(path)
    cache.hold()
    cache.claim(request("a"), Budget(0, 0, 1, 1), 8)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_died_with_the_machine_is_booked_at_its_worst_and_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    process = multiprocessing.get_context("spawn").Process(target=claim_and_die, args=(path,))
    process.start()
    process.join()
    with Cache(path) as cache:
        cache.hold()
        assert cache.claim(request("a"), Budget(), 8).state == "wait"
        assert cache.write_off_the_dead() == 1
        worst = Budget(0, 0, 1, 1).worst(request("a"))
        assert cache.spent() == (0, 0, 0, 0, 1, worst.tokens, worst.usd)
        assert cache.claim(request("a"), Budget(), 8).state == "send"


def open_at_once(job: tuple[Path, int]) -> str:
    path, number = job
    with Cache(path) as cache:
        cache.hold()
        return cache.claim(request(str(number)), Budget(), 99).state


def test_many_processes_may_open_a_new_cache_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        states = pool.map(open_at_once, [(tmp_path / "answers", n) for n in range(12)], chunksize=1)
    assert states == ["send"] * 12
