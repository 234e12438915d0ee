"""Servers that answer with more than anybody can hold, or never end."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable

import pytest
from support.completions_server import CompletionsServer, Reply, completion

from curate.llm import bounded
from curate.llm.answer import Answer
from curate.llm.request import build_request
from curate.llm.wire import Failure, Wire

REQUEST = build_request("m", [{"role": "user", "content": "a"}], {})


def answered(reply: Callable[[str, int], Reply]) -> Answer | Failure:
    with CompletionsServer(reply) as server:
        return Wire(server.url, "", 20).send(REQUEST)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_of_gigabytes_is_not_read(status: int) -> None:
    body = json.dumps(completion("x" * 40_000_000)).encode()
    found = answered(lambda *_: Reply(body, status))
    assert isinstance(found, Failure)
    assert "more than 16 MB" in found.detail


def test_a_compressed_answer_that_nobody_asked_for_is_not_unpacked() -> None:
    body = gzip.compress(json.dumps(completion("x" * 400_000_000)).encode(), 1)
    assert len(body) < bounded.MOST_BYTES
    found = answered(lambda *_: Reply(body, headers={"Content_Encoding": "gzip"}))
    assert isinstance(found, Failure)
    assert "more than 16 MB" in found.detail


def test_a_compressed_answer_of_usual_size_is_read_all_the_same() -> None:
    body = gzip.compress(json.dumps(completion("yes")).encode())
    found = answered(lambda *_: Reply(body, headers={"Content_Encoding": "gzip"}))
    assert isinstance(found, Answer)
    assert found.text == "yes"


def test_an_answer_nested_without_end_is_no_completion() -> None:
    found = answered(lambda *_: Reply(b"[" * 200_000))
    assert isinstance(found, Failure)
    assert "no chat completion" in found.detail


def test_a_server_that_says_a_letter_a_second_for_ever_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded, "LONGEST_CALL", 1.0)

    def drip(listener: socket.socket) -> None:
        talk, _ = listener.accept()
        talk.recv(1 << 16)
        talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        try:
            while True:
                talk.sendall(b" ")
                time.sleep(0.1)
        except OSError:
            talk.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=[listener], daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        started = time.monotonic()
        found = Wire(f"http://127.0.0.1:{port}/v1", "", 20).send(REQUEST)
    assert isinstance(found, Failure)
    assert found.doubtful
    assert time.monotonic() - started < 10
