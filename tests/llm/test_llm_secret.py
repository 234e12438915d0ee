"""A key is nowhere but in the requests, even if the server sends it back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.completions_server import CompletionsServer, Reply, completion, refused

CANARY = "sk-Canary0Canary0Canary0Canary0Canary0"
RECIPE = """name: asked
source:
  sources.jsonl: {{path: rows.jsonl, shard_rows: 1}}
steps:
  - transforms.ask_llm:
      {{endpoint: "{url}", model: m, cache: answers, api_key_env: CANARY_KEY, retries: 0}}
"""
COMMAND = "from curate.cli import main; main()"


def reply(prompt: str, times: int) -> Reply:
    if prompt == "refuse":
        return refused(400, f"{'.' * 180}you sent Bearer {CANARY} {CANARY}")
    if prompt == "break":
        return Reply(CANARY.encode())
    return Reply(completion(f"you sent {CANARY}", model=CANARY))


def test_a_key_is_in_nothing_that_is_said_or_left_behind(tmp_path: Path) -> None:
    prompts = ("answer", "refuse", "break")
    lines = "".join(f'{{"text": "{prompt}"}}\n' for prompt in prompts)
    (tmp_path / "rows.jsonl").write_text(lines)
    environment = {**os.environ, "CANARY_KEY": CANARY, "OPENAI_LOG": "debug"}
    with CompletionsServer(reply) as server:
        (tmp_path / "asked.yaml").write_text(RECIPE.format(url=server.url))
        tail = ["run", str(tmp_path / "asked.yaml"), "--workers", "1", "--debug"]
        command = [sys.executable, "-c", COMMAND, *tail, "--out", str(tmp_path / "out")]
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
        said = done.stdout + done.stderr
        tape = [sys.executable, "-m", "curate.llm", "cassette", "answers", "tape.jsonl"]
        subprocess.run(tape, cwd=tmp_path, check=True, capture_output=True)
    assert server.keys == {f"Bearer {CANARY}"}
    assert said.count(b"1 of 1 requests have no answer") == 2
    assert b"HTTP 400" in said
    assert b"no chat completion" in said
    assert (tmp_path / "tape.jsonl").read_text().count("you sent [key]") == 1
    assert (tmp_path / "out" / "run.json").is_file()
    for file in (path for path in tmp_path.rglob("*") if path.is_file()):
        said += file.read_bytes()
    assert b"Canary0" not in said


def test_a_key_of_another_service_is_not_sent(tmp_path: Path) -> None:
    ask = (
        "import sys\n"
        "from curate.llm.client import Client\n"
        "from curate.llm.courier import Settings\n"
        "from curate.llm.request import build_request\n"
        "Client(Settings(*sys.argv[1:])).ask([build_request('m', [{'role': 'user', 'content': 'a'}], {})])"
    )
    environment = {**os.environ, "OPENAI_API_KEY": CANARY}
    with CompletionsServer() as server:
        command = [sys.executable, "-c", ask, str(tmp_path / "answers"), server.url]
        subprocess.run(command, env=environment, check=True)
    assert server.keys == {"Bearer none"}
