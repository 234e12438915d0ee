"""A real HTTP server with OpenAI's chat API on this machine, which answers as a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Reply(NamedTuple):
    """What the server sends back, and after how many seconds."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = {}
    delay: float = 0.0


def completion(
    text: str | None, finish: str | None = "stop", refusal: str | None = None, **more: Any
) -> dict[str, Any]:
    """A chat completion as OpenAI documents it: 10 tokens in, 5 out."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "served-model-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        **more,
    }


def refused(status: int, message: str = "no", code: str = "", **headers: str) -> Reply:
    return Reply({"error": {"message": message, "code": code}}, status, headers)


def echo(prompt: str, times: int) -> Reply:
    return Reply(completion(f"said {prompt}"))


class CompletionsServer:
    """Counts what it is asked: ``seen`` by prompt, ``billed`` by prompt where it gave an answer."""

    def __init__(self, reply: Callable[[str, int], Reply] = echo, delay: float = 0.0) -> None:
        """Take what to reply to a prompt that comes for the so-manieth time."""
        self.seen: Counter[str] = Counter()
        self.billed: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.times: list[float] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = body["messages"][-1]["content"]
                key = self.headers.get("Authorization", "")
                with owner._lock:
                    owner.seen[prompt] += 1
                    times = owner.seen[prompt]
                    owner.bodies.append(body)
                    owner.keys.add(key)
                    owner.times.append(time.monotonic())
                    owner._at_once += 1
                    owner.most_at_once = max(owner.most_at_once, owner._at_once)
                found = reply(prompt, times)
                with owner._lock:
                    # Billed when the work is done, whether or not anybody still listens.
                    owner.billed[prompt] += found.status == 200
                time.sleep(delay + found.delay)
                with owner._lock:
                    owner._at_once -= 1
                text = (
                    found.body if isinstance(found.body, bytes) else json.dumps(found.body).encode()
                )
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: Any) -> None:
                pass  # a client that was killed hangs up

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
