"""A token is nowhere but in the requests: not in output, errors, files, or what the Hub shows."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from support.dataset_folder import make_folder
from support.hub_legs import LEGS, hub_of, other_process
from support.loopback_hub import Fault, LoopbackHub

from curate.errors import PublishError
from curate.publish.hub import publish_folder
from curate.publish.hub_errors import cleaned
from curate.publish.retry import Patience

CANARY = "hf_CanaryCanaryCanaryCanaryCanary0"
ECHO = f"you sent Bearer {CANARY}, sign with https://store.example/x?X-Amz-Signature=abc {CANARY}"
FAULTS = {
    "passing": [
        Fault("preupload", 429, headers={"Retry-After": "0"}, message=ECHO),
        Fault("PUT /lfs|xet-write", 500, message=ECHO),
        Fault("/commit/", 503, message=ECHO),
        Fault("/tag/", effect="lose"),
    ],
    "looking": [Fault("GET /api/datasets", 403, 99, message=ECHO)],
    "creating": [Fault("repos/create", 403, 99, message=ECHO)],
    "sending": [Fault("PUT /lfs|xet-write", 403, 99, message=ECHO)],
    "committing": [Fault("/commit/", 400, 99, message=ECHO)],
    "busy": [Fault("/commit/", 503, 99, message=ECHO)],
    "tagging": [Fault("/tag/", 401, 99, message=ECHO)],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_token_is_in_nothing_that_is_said_or_left_behind(
    leg: str,
    fault: str,
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    folder, said = Path(shutil.copytree(made, tmp_path / "out")), []
    monkeypatch.setattr(LoopbackHub, "TOKEN", CANARY)
    patience = Patience(attempts=3, wait=0.01, say=said.append)
    with hub_of(leg, tmp_path, monkeypatch) as hub:
        hub.faults[:] = [Fault(**vars(one)) for one in FAULTS[fault]]
        try:
            publish_folder(folder, patience=patience)
        except PublishError as error:
            said.append("".join(traceback.format_exception(error)))
        assert (fault == "passing") == (not [line for line in said if "PublishError" in line])
        assert (fault == "passing") == any(one.tags for one in hub.repositories.values())
        shown = [repr(one) for one in hub.repositories.values()]
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert CANARY.encode() not in b"".join(files)
    heard = "".join([*said, *shown, *capfd.readouterr(), caplog.text])
    assert CANARY not in heard
    assert "X-Amz-Signature" not in "".join(said)


def test_the_command_says_one_line_and_no_token(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LoopbackHub, "TOKEN", CANARY)
    with LoopbackHub() as hub:
        hub.faults.append(Fault("repos/create", 403, message=ECHO))
        done = subprocess.run(
            [sys.executable, "-m", "curate.cli", "publish", str(made), "--debug"],
            env={**other_process(hub, "lfs", tmp_path), "HF_DEBUG": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode != 0
    assert "your token may not do this to org/rows" in done.stderr
    assert CANARY not in done.stdout + done.stderr


def test_what_looks_like_a_token_or_a_signed_address_is_cut() -> None:
    text = "a hf_abcdefghijklmnopqrstuvwxyz\nfrom https://x.org/y?sig=1 b"
    assert cleaned(text, "") == "a hf_*** from https://x.org/y b"
