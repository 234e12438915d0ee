"""Writes ``text_corpus/documents.jsonl``: reports made from sentences written for this project.

Sound documents, and one of every kind that the recipe rejects: a copy, a near copy, another
language, too few words, one sentence over and over, and words without letters. CC0.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

PLACES = (
    "Salt Quay",
    "the upper valley",
    "Fern Street",
    "the old mill",
    "North Ferry",
    "the hill farms",
)
THINGS = (
    "the bridge",
    "the market",
    "the school garden",
    "the bus line",
    "the library",
    "the well",
)
OPENINGS = (
    "Last week the council of {place} talked about {thing} for almost three hours.",
    "People who live near {place} have asked for news of {thing} since the spring.",
    "When the rain stopped, the neighbours of {place} went out to look at {thing}.",
    "A letter about {thing} was read aloud at the meeting in {place} on Monday.",
)
MIDDLES = (
    "Nobody could say what the repairs would cost, but all agreed that waiting costs more.",
    "The oldest member of the group remembered how it was built with borrowed tools.",
    "Children from two classes drew a plan and hung it on the door of the town hall.",
    "An engineer measured the walls twice and wrote the figures in a small green book.",
    "Some wanted to begin at once, and others asked for one more winter to think.",
    "The baker offered bread for everyone who would come and help on a Saturday.",
    "It turned out that the map in the archive showed a path that is not there any more.",
    "With the money from the summer fair they can pay for wood, nails and paint.",
    "The work will be done by hand, because no machine fits through the narrow lane.",
    "A photographer from the city took pictures of the place before anything was changed.",
    "The minutes of the meeting were copied and put in every letter box by evening.",
    "Two sisters who moved away long ago sent a parcel with seeds and a short note.",
)
ENDINGS = (
    "The next meeting will be held in two weeks, and it is open to all of them.",
    "If the weather stays dry, the first part should be ready before the holidays.",
    "For now there is a rope across the way, and a sign that asks for patience.",
)
GERMAN = (
    "Am Montag hat der Rat lange über die alte Brücke gesprochen und am Ende nichts entschieden. "
    "Viele Leute waren gekommen, weil sie wissen wollten, wann die Arbeiten endlich beginnen. "
    "Der Bäcker versprach Brot für alle, die an einem Samstag helfen wollen, und die Kinder malten "
    "einen Plan, der jetzt an der Tür des Rathauses hängt. Niemand weiß, was es kosten wird."
)


def document(seed: int) -> str:
    """Seven sentences on one place and one thing."""
    rng = random.Random(seed)
    names = {"place": rng.choice(PLACES), "thing": rng.choice(THINGS)}
    body = [rng.choice(OPENINGS).format(**names), *rng.sample(MIDDLES, 5), rng.choice(ENDINGS)]
    return " ".join(body)


def rows() -> list[dict[str, str]]:
    """Sound documents first, then one of each fault."""
    sound = [document(seed) for seed in range(24)]
    faults = {
        "copy": sound[3],
        "near-copy": f"{sound[7]} It was a long day.",
        "german": GERMAN,
        "short": "A short note about the well, and nothing more.",
        "refrain": " ".join(["The rope is across the way and the sign is on the door."] * 12),
        "numbers": " ".join(f"{number} + {number} = {2 * number} ;" for number in range(40)),
        "address": f"{document(100)} Write to council@example.org, please.",
    }
    texts = {f"report-{number:02d}": text for number, text in enumerate(sound)} | faults
    return [{"id": name, "text": text} for name, text in texts.items()]


if __name__ == "__main__":
    lines = [json.dumps(row, ensure_ascii=False) for row in rows()]
    folder = Path(__file__).parent / "text_corpus"
    folder.mkdir(exist_ok=True)
    (folder / "documents.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
