"""How the client of language models fares with a real server: failures, kills, caps, replay.

    python -m benchmarks.llm_client [--kills 20] [--requests 600] [--rows 10000]

The server has OpenAI's chat API, runs on this machine, and counts what it is asked and what it
bills (``tests/support/completions_server.py``). Each class of failure: how often it was sent, and
what became of it. Kills: processes that ask for the same requests are killed with SIGKILL at random
points, four at a time, then one finishes; how many requests were billed more than once. Caps: what
was billed beside the cap. Replay: seconds for rows whose answers are in the cache, through
``transforms.ask_llm`` with a schema, texts of 240 characters.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from curate.llm.answer import Answer, judge
from curate.llm.budget import Budget
from curate.llm.cache import Cache
from curate.llm.client import Client, close_all
from curate.llm.courier import Settings
from curate.llm.request import Request, build_request
from curate.llm.schema import parse_schema
from curate.transforms.ask_llm import AskLlm

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from support.completions_server import CompletionsServer, Reply, completion, refused

SCHEMA = {
    "type": "object",
    "properties": {"stance": {"type": "string"}},
    "required": ["stance"],
    "additionalProperties": False,
}
GOOD = completion('{"stance": "positive"}')
FAILURES = {
    "429 once": [refused(429, "slow down", Retry_After="1"), Reply(GOOD)],
    "500 once": [refused(500, "oops"), Reply(GOOD)],
    "timeout once": [Reply(GOOD, delay=2.5), Reply(GOOD)],
    "503 for ever": [refused(503, "down")],
    "400": [refused(400, "too long")],
    "truncated": [Reply(completion('{"stance": "pos', "length"))],
    "bad JSON": [Reply(completion("It is positive."))],
    "against the schema": [Reply(completion('{"stance": 3}'))],
    "refusal": [Reply(completion(None, refusal="I cannot"))],
    "content filter": [Reply(completion("", "content_filter"))],
}
ASK = """
import json, random, sys
from curate.llm.client import Client
from curate.llm.courier import Settings
from curate.llm.request import build_request
cache, url, count, seed = json.loads(sys.argv[1])
requests = [build_request("m", [{"role": "user", "content": str(n)}], {}) for n in range(count)]
random.Random(seed).shuffle(requests)
for start in range(0, count, 50):
    Client(Settings(cache, url)).ask(requests[start : start + 50])
"""


def request(prompt: str) -> Request:
    return build_request("m", [{"role": "user", "content": prompt}], {"max_tokens": 20})


def failures(folder: Path) -> None:
    def reply(prompt: str, times: int) -> Reply:
        return FAILURES[prompt][min(times, len(FAILURES[prompt])) - 1]

    schema = parse_schema(json.dumps(SCHEMA))
    with CompletionsServer(reply) as server:
        client = Client(Settings(str(folder / "failures"), server.url, timeout=1.5, retries=1))
        for name in FAILURES:
            for _ in range(2):  # the second time: is it asked again?
                (found,) = client.ask([request(name)]).values()
            told = judge(found, schema) if isinstance(found, Answer) else None
            what = (told.name, told.detail or "-") if told else ("error", found.detail)
            print(f"{name:18} sent {server.seen[name]}, {what[0]}: {what[1]}")
        close_all()


def kills(folder: Path, count: int, requests: int) -> None:
    cache, chance = folder / "kills", random.Random()
    killed = 0
    with CompletionsServer(delay=0.08) as server:
        while killed < count:
            done = sum(server.seen.values())
            options = [json.dumps([str(cache), server.url, requests, killed + n]) for n in range(4)]
            victims = [subprocess.Popen([sys.executable, "-c", ASK, one]) for one in options]
            while sum(server.seen.values()) == done and any(one.poll() is None for one in victims):
                time.sleep(0.01)
            for process in victims:
                time.sleep(chance.uniform(0, 0.3))
                killed += process.poll() is None
                process.send_signal(signal.SIGKILL)
                process.wait()
            if len(server.billed) == requests:
                break
        before = len(server.billed)
        asked = [
            build_request("m", [{"role": "user", "content": str(n)}], {}) for n in range(requests)
        ]
        found = Client(Settings(str(cache), server.url, concurrency=64)).ask(asked)
        close_all()
    twice = sum(times > 1 for times in server.billed.values())
    answered = sum(isinstance(one, Answer) for one in found.values())
    print(f"{killed} kills after which {before} of {requests} were billed; at the end {answered}")
    print(f"answered, {sum(server.billed.values())} billed, {twice} of them more than once")


def cap(folder: Path) -> None:
    with CompletionsServer() as server:
        budget = Budget(0, 3000, 0, 0)
        client = Client(Settings(str(folder / "cap"), server.url, budget=budget, concurrency=4))
        found = client.ask([request(str(at)) for at in range(400)])
        close_all()
    with Cache(folder / "cap") as cache:
        spent = cache.spent()
    errors = collections.Counter(
        one.detail for one in found.values() if not isinstance(one, Answer)
    )
    total = spent.input_tokens + spent.output_tokens
    print(f"cap of 3,000 tokens: {spent.calls} calls, {total} tokens; not sent {errors.total()}:")
    print(f"  {errors.most_common(1)[0][0]}")


def replay(folder: Path, rows: int) -> None:
    (folder / "prompt.txt").write_text("system:\nJudge it.\nuser:\n{{ text }}", "utf-8")
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    texts = [f"{at} {'코스피가 올랐다. ' * 24}" for at in range(rows)]
    batch = pa.table({"id": [str(at) for at in range(rows)], "text": texts})
    with CompletionsServer(lambda *_: Reply(GOOD)) as server:
        step = AskLlm(
            endpoint=server.url,
            model="m",
            prompt=str(folder / "prompt.txt"),
            schema=str(folder / "schema.json"),
            cache=str(folder / "replay"),
            concurrency=32,
        )
        started = time.perf_counter()
        step(batch)
        first, sent = time.perf_counter() - started, sum(server.seen.values())
        close_all()
        wall, cpu = time.perf_counter(), time.process_time()
        told = step(batch)["llm_outcome"].to_pylist()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        again = sum(server.seen.values()) - sent
    print(f"{rows} rows asked in {first:.1f} s, {sent} calls")
    print(f"again {wall:.2f} s, {cpu:.2f} s of CPU, {again} calls; {told.count('ok')} ok")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--rows", type=int, default=10_000)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        failures(Path(folder))
        kills(Path(folder), options.kills, options.requests)
        cap(Path(folder))
        replay(Path(folder), options.rows)


if __name__ == "__main__":
    main()
