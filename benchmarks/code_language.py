"""Programming languages: recall and precision by language, short crops, headers, speed, and peers.

DIR holds ``sltrans_sources/programs.parquet`` (``lang``, ``source``, ``repo``), programs in twelve
languages that no model here was trained on. ``--programs FOLDER`` adds the projects that were held
out from the training, as ``docs/code_language.md`` unpacks them. The peers are taken where they are
installed: ``pip install magika pygments``. A second line compares them on the languages
that the peer has.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from curate.langid.code_drawing import crop_lines, few_of_each
from curate.langid.code_files import CodeFile, read_code, read_project
from curate.langid.code_labels import label_of
from curate.langid.code_model import DEFAULT_MODEL, judge, open_model, read_code_model
from curate.langid.code_tokens import tokenize
from curate.langid.evaluate import accuracy, macro_recall, most_confused, scores

Guess = Callable[[Sequence[str]], list[str]]
MAGIKA = {"objectivec": "objc", "cs": "csharp", "asm": "assembly", "txt": "prose"}
UNKNOWN_TO = {"magika": {"crystal", "d", "llvm", "nim"}, "pygments": set()}
"""Our languages that a peer has no name for: Magika 1.0's list, Pygments has them all."""
C_FAMILY = ("c", "cpp", "objc")
COMMENT = "// This line is about Rust, Python and Go, and says nothing.\n"


def ours(path: Path) -> Guess:
    model = read_code_model(path, path.with_suffix(".json"))

    def guess(texts: Sequence[str]) -> list[str]:
        judged = judge(model, pa.array(texts, pa.large_string()))
        return [model.labels[place] for place in judged.labels[:, 0]]

    return guess


def pygments_guess() -> Guess:
    from pygments.lexers import guess_lexer
    from pygments.util import ClassNotFound

    def one(text: str) -> str:
        try:
            return label_of(guess_lexer(text).name)
        except ClassNotFound:
            return ""

    return lambda texts: [one(text) for text in texts]


def magika_guess() -> Guess:
    from magika import Magika

    peer = Magika()

    def one(text: str) -> str:
        label = str(peer.identify_bytes(text.encode()).output.label)
        return MAGIKA.get(label, label_of(label))

    return lambda texts: [one(text) for text in texts]


def peers() -> dict[str, Guess]:
    made = {"pygments": pygments_guess, "magika": magika_guess}
    return {name: make() for name, make in made.items() if importlib.util.find_spec(name)}


def shorter(files: Sequence[CodeFile], lines: int) -> list[CodeFile]:
    rng = random.Random(f"snippets {lines}")
    return [file._replace(text=crop_lines(file.text, lines, rng)) for file in files]


def compare(name: str, files: Sequence[CodeFile], guesses: dict[str, Guess]) -> None:
    truth = [file.language for file in files]
    texts = [file.text for file in files]
    print(f"\n### {name}: {len(files)} files, {len(set(truth))} languages")
    answers = {}
    for who, guess in guesses.items():
        start = time.process_time()
        given = answers[who] = guess(texts)
        rate = len(texts) / (time.process_time() - start)
        mean = macro_recall(scores(truth, given))
        share = accuracy(truth, given)
        print(f"{who:9} accuracy {share:.4f}, macro recall {mean:.4f}, {rate:,.0f} files/CPU-s")
        if who != "ours":
            both = [at for at, one in enumerate(truth) if one not in UNKNOWN_TO[who]]
            theirs, own = (
                sum(one[at] == truth[at] for at in both) / len(both)
                for one in (given, answers["ours"])
            )
            many = len({truth[at] for at in both})
            print(f"    on the {many} languages it has: {theirs:.4f}, ours {own:.4f}", flush=True)


def table(files: Sequence[CodeFile], guess: Guess) -> None:
    truth, given = [file.language for file in files], guess([file.text for file in files])
    for label, one in scores(truth, given).items():
        print(f"{label:12}{one.lines:6}  recall {one.recall:.3f}  precision {one.precision:.3f}")
    print("; ".join(f"{a} as {b}: {n}" for a, b, n in most_confused(truth, given)[:12]))


def headers(files: Sequence[CodeFile], guess: Guess) -> None:
    """How often headers of C, C++ and Objective-C are taken for each other."""
    found = [one for one in files if one.path.endswith(".h") and one.language in C_FAMILY]
    given = guess([one.text for one in found]) if found else []
    print("\nheaders     as c  as cpp  as objc  as others")
    for language in C_FAMILY:
        row = [b for one, b in zip(found, given, strict=True) if one.language == language]
        counts = [row.count(other) for other in C_FAMILY]
        print(f"{language:9}{counts[0]:7}{counts[1]:8}{counts[2]:9}{len(row) - sum(counts):11}")


def commented(files: Sequence[CodeFile], guess: Guess) -> None:
    """How many answers 40 lines of comment before a program change."""
    some = [one for one in files if one.language in ("c", "cpp", "go", "rust", "swift", "d")]
    before = guess([one.text for one in some])
    after = guess([COMMENT * 40 + one.text for one in some])
    changed = sum(a != b for a, b in zip(before, after, strict=True))
    print(f"\n40 lines of comment before it change {changed} of {len(some)} answers")


def sureness(files: Sequence[CodeFile], path: Path) -> None:
    """Share decided, and share of those right, by least probability."""
    model = read_code_model(path, path.with_suffix(".json"))
    for lines in (0, 10, 5):
        part = shorter(files, lines) if lines else files
        judged = judge(model, pa.array([one.text for one in part], pa.large_string()))
        best, probs = judged.labels[:, 0], judged.probs[:, 0]
        right = [model.labels[at] == one.language for at, one in zip(best, part, strict=True)]
        told = []
        for least in (0.3, 0.5, 0.7, 0.9):
            over = [ok for ok, prob in zip(right, probs, strict=True) if prob >= least]
            told.append(f"≥ {least}: {len(over) / len(part):.3f} told, {sum(over) / len(over):.3f}")
        print(f"{'whole' if not lines else f'{lines} lines':9} {'; '.join(told)} right")


def speed(files: Sequence[CodeFile]) -> None:
    model = open_model("", owner="the benchmark")
    texts = pa.array([file.text for file in files], pa.large_string())
    size = texts.nbytes / 1e6
    for name, call in (
        ("tokens", lambda: tokenize(texts, model.words)),
        ("tokens and labels", lambda: judge(model, texts)),
    ):
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            call()
            best = min(best, time.process_time() - start)
        print(f"{name}: {size / best:.1f} MB/s, {len(texts) / best:,.0f} files/CPU-s")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--programs", type=Path, help="folder of unpacked projects")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    options = parser.parse_args(argv)
    guesses = {"ours": ours(options.model)} | peers()
    shared = read_code(options.data / "sltrans_sources" / "programs.parquet")
    compare("shared programs", shared, guesses)
    table(shared, guesses["ours"])
    for lines in (10, 5):
        compare(f"{lines} lines of each", shorter(shared, lines), guesses)
    print()
    sureness(shared, options.model)
    commented(shared, guesses["ours"])
    speed(shared)
    if options.programs:
        about = json.loads(options.model.with_suffix(".json").read_text(encoding="utf-8"))
        names = [name for name in about["held_out_projects"] if (options.programs / name).is_dir()]
        every = [file for name in names for file in read_project(options.programs / name)]
        known = [file for file in every if file.language in about["labels"]]
        held_out = few_of_each(known, 20)
        compare("held-out projects", held_out, guesses)
        table(held_out, guesses["ours"])
        headers(few_of_each(known, 400), guesses["ours"])
        for lines in (10, 5):
            compare(f"{lines} lines of each", shorter(held_out, lines), guesses)


if __name__ == "__main__":
    main()
