"""Publishing under kill -9 and faults: what a loopback Hub shows afterwards, on both legs.

    python -m benchmarks.publish_killed [--kills N] [--seed N]

A publisher is killed at a random moment between its first request and its end, while one of four
faults may be at work too, and then run again; some are killed several times. Afterwards there must
be one commit that holds every file, its tag, and before that nothing at all. Each line: leg, fault,
requests heard when it was killed, and what was to be seen then. The Hub is the one of the tests.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.dataset_folder import make_folder
from support.hub_legs import LEGS
from support.killed_publisher import finish, kill_after, start
from support.loopback_hub import Fault, LoopbackHub

REPO = "org/rows"
CALLS = {"lfs": 21, "xet": 13}
FAULTS = (
    None,
    Fault("preupload", 429, headers={"Retry-After": "0"}),
    Fault("PUT /lfs|xet-write", 500),
    Fault("/commit/", 503),
    Fault("PUT /lfs|xet-write", effect="drop"),
)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20, help="publications, each killed [20]")
    parser.add_argument("--seed", type=int, default=0, help="of the moments [0]")
    options = parser.parse_args(argv)
    random = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as work:
        made = make_folder(Path(work, "made"), rows=4000)
        for number in range(options.kills):
            place = Path(work, str(number))
            folder = Path(shutil.copytree(made, place / "out"))
            fault = FAULTS[int(random.integers(len(FAULTS)))]
            once(folder, place, LEGS[number % 2], fault, random)
    print(f"{options.kills} publications killed: each is one whole commit with its tag")


def once(
    folder: Path, place: Path, leg: str, fault: Fault | None, random: np.random.Generator
) -> None:
    """One publication; raises if anything but nothing or everything is to be seen."""
    with LoopbackHub(place / "cas" if leg == "xet" else None) as hub:
        hub.faults += [Fault(**vars(fault))] if fault else []
        killed = []
        for _ in range(int(random.integers(1, 3))):
            calls = int(random.integers(1, CALLS[leg]))
            already = len(hub.log)
            if kill_after(
                start(folder, hub, leg, place), hub, already + calls, random.uniform(0, 0.05)
            ):
                killed.append(len(hub.log) - already)
        seen = visible(hub)
        commit = finish(folder, hub, leg, place)
        whole = visible(hub)
        there = hub.repositories[REPO]
        assert seen in (set(), whole), seen
        assert there.tags == {"v1.0": commit}, there.tags
        assert len(there.commits) == 2, len(there.commits)
        for path in [*folder.glob("data/*"), folder / "run.json", folder / "README.md"]:
            name = path.relative_to(folder).as_posix()
            assert hub.head(REPO)[name] == path.read_bytes(), name
        what = f"{fault.pattern} {fault.status or fault.effect}" if fault else "none"
        state = "everything" if seen else "nothing"
        print(f"{leg}  fault {what:28} killed after {killed!s:10} {state} to be seen", flush=True)


def visible(hub: LoopbackHub) -> set[str]:
    """Files that a reader of ``main`` sees."""
    if REPO not in hub.repositories:
        return set()
    return {name for name in hub.head(REPO) if not name.startswith(".")}


if __name__ == "__main__":
    main()
