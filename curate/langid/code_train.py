"""Train a model of programming languages: ``python -m curate.langid.code_train DIR --out m.ftz``.

DIR holds one subfolder of sources for each project (an unpacked package, a checkout); a table
with ``text``, ``language`` and ``project`` does as well. Whole projects are held out to judge by.
The names that many projects of a language share become the vocabulary, crops of the others train
one fastText classifier on the tokens of ``code_tokens``, by the same one-process training as for
languages (``fit.py``). Beside the model goes a JSON file with the same stem: the vocabulary, the
plan, the projects, and the figures. The same programs, plan and versions give the same bytes.
"""

from __future__ import annotations

import argparse
import dataclasses as dc
import hashlib
import importlib.metadata
import json
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate.errors import CurateError, SourceError
from curate.langid.code_drawing import (
    Drawing,
    choose_words,
    crop_lines,
    draw_crops,
    few_of_each,
    shape_digests,
    split_projects,
    without_copies,
)
from curate.langid.code_files import CodeFile, Origin, known_languages, read_code, read_origins
from curate.langid.code_model import judge, read_code_model
from curate.langid.code_tokens import tokenize, vocabulary
from curate.langid.evaluate import accuracy, macro_recall, most_confused, scores
from curate.langid.train import Shape, fit

LEAST_TOKENS = 3
SNIPPET_LINES = (5, 10)


CODE_SHAPE = Shape(
    shortest_gram=0,  # a name is known or it is not
    longest_gram=0,
    word_grams=2,
    buckets=200_000,
    least_count=5,
    epochs=6,
    rate=0.4,
    rows_kept=31_000,
    epochs_after=2,
)


@dc.dataclass(frozen=True)
class CodePlan:
    """Everything that decides a model but the programs.

    Args:
        labels: Languages to train; empty takes all with ``least_files`` or more.
        least_files: A language with fewer files is left out.
        held_out_share: Share of the projects of a language that are kept to judge by.
        drawing: How programs become training text.
        shape: The model, whose words are the tokens of programs.
    """

    labels: Sequence[str] = ()
    least_files: int = 20
    held_out_share: float = 0.2
    drawing: Drawing = dc.field(default_factory=Drawing)
    shape: Shape = CODE_SHAPE


def read_plan(path: Path) -> CodePlan:
    """A plan from JSON with these names; or from the JSON of a model, whose plan it is.

    Raises:
        SourceError: Not there, not JSON, or a name that no plan has.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found = found.get("plan", found)
        drawing = Drawing(**found.pop("drawing", {}))
        shape = dc.replace(CODE_SHAPE, **found.pop("shape", {}))
        return CodePlan(drawing=drawing, shape=shape, **found)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"cannot read the plan {path} ({error}); give a JSON file") from error


def train(
    files: Sequence[CodeFile],
    plan: CodePlan,
    out: Path,
    *,
    apart: Sequence[CodeFile] = (),
    origins: Mapping[str, Origin] | None = None,
) -> dict[str, Any]:
    """Train on some projects, judge on the others, write the model and its JSON.

    Args:
        files: As read; a program that is there twice, or in ``apart``, counts once or not at all.
        plan: Labels, drawing, shape.
        out: The model; its JSON gets the same name with ``.json``.
        apart: Programs that are never trained on, to judge by as well.
        origins: Where the projects come from, for the JSON.

    Returns:
        What the JSON holds.

    Raises:
        SourceError: Fewer than two languages are left, or fastText fails.
        EnvironmentError_: fastText is not installed.
    """
    drawing = plan.drawing
    known = set(shape_digests(apart))
    kept = without_copies(few_of_each(files, 2 * drawing.files, drawing.seed), known)
    counts = Counter(file.language for file in kept)
    labels = [
        label
        for label in known_languages(kept)
        if counts[label] >= plan.least_files and (not plan.labels or label in plan.labels)
    ]
    if len(labels) < 2:
        raise SourceError(
            f"{len(labels)} languages with at least {plan.least_files} programs each are left of "
            f"{len(files)} programs; a model needs two, so give more or lower least_files"
        )
    kept = [file for file in kept if file.language in labels]
    taught, held_out = split_projects(kept, plan.held_out_share, drawing.seed)
    words = choose_words(few_of_each(taught, drawing.files, drawing.seed), drawing)
    lines = training_lines(taught, words, drawing)
    fit(lines, plan.shape, out)
    beside = out.with_suffix(".json")
    about: dict[str, Any] = {
        "model": out.name,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "bytes": out.stat().st_size,
        "labels": labels,
        "versions": {"fasttext": importlib.metadata.version("fasttext")},
        "training_text": {"texts": len(lines), "sha256": _digest(lines)},
        "projects": _projects(taught, origins or {}),
        "held_out_projects": _projects(held_out, origins or {}),
        "plan": dc.asdict(plan),
        "words": " ".join(words),
    }
    _write(about, beside)
    sets = {"held_out": few_of_each(held_out, 60, drawing.seed), "apart": list(apart)}
    about["figures"] = {name: figures(out, part) for name, part in sets.items() if part}
    return _write(about, beside)


def _write(about: dict[str, Any], path: Path) -> dict[str, Any]:
    text = json.dumps(about, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    plain: dict[str, Any] = json.loads(text)
    return plain


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _projects(
    files: Sequence[CodeFile], origins: Mapping[str, Origin]
) -> dict[str, dict[str, Any]]:
    counts = Counter(file.project for file in files)
    known = {name: origins[name]._asdict() for name in counts if name in origins}
    return {name: {"files": counts[name]} | known.get(name, {}) for name in sorted(counts)}


def training_lines(files: Sequence[CodeFile], words: Sequence[str], drawing: Drawing) -> list[str]:
    """Tokens of drawn texts, each as ``__label__<label> <tokens>``."""
    crops = draw_crops(files, drawing)
    texts = pa.array([text for _, text in crops], pa.large_string())
    tokens = tokenize(texts, vocabulary(words))
    return [
        f"__label__{label} {text}"
        for (label, _), text, count in zip(
            crops, tokens.texts.to_pylist(), tokens.counts, strict=True
        )
        if count >= LEAST_TOKENS
    ]


def figures(out: Path, files: Sequence[CodeFile]) -> dict[str, Any]:
    """Accuracy, recall and precision on whole files, accuracy on some lines of each."""
    model = read_code_model(out, out.with_suffix(".json"))
    truth = [file.language for file in files]
    given = predicted(model, [file.text for file in files])
    table = scores(truth, given)
    found: dict[str, Any] = {
        "files": len(files),
        "accuracy": round(accuracy(truth, given), 4),
        "macro_recall": round(macro_recall(table), 4),
        "labels": {
            label: {
                "files": one.lines,
                "recall": round(one.recall, 4),
                "precision": round(one.precision, 4),
            }
            for label, one in table.items()
        },
        "most_confused": most_confused(truth, given),
    }
    for lines in SNIPPET_LINES:
        rng = random.Random(f"snippets {lines}")
        snippets = [crop_lines(file.text, lines, rng) for file in files]
        found[f"accuracy_{lines}_lines"] = round(accuracy(truth, predicted(model, snippets)), 4)
    return found


def predicted(model: Any, texts: Sequence[str]) -> list[str]:
    """The most probable language of each text."""
    judged = judge(model, pa.array(texts, pa.large_string()))
    return [model.labels[place] for place in judged.labels[:, 0]]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m curate.langid.code_train",
        description="Train a model of programming languages.",
    )
    parser.add_argument("programs", type=Path, help="a folder of projects, or a table")
    parser.add_argument("--out", type=Path, required=True, help="the model, such as mine.ftz")
    parser.add_argument("--apart", type=Path, help="programs to judge by, never trained on")
    parser.add_argument("--plan", type=Path, help="a JSON plan, or the JSON of a model")
    options = parser.parse_args(arguments)
    try:
        plan = read_plan(options.plan) if options.plan else CodePlan()
        apart = read_code(options.apart) if options.apart else []
        origins = read_origins(options.programs)
        files = read_code(options.programs)
        about = train(files, plan, options.out, apart=apart, origins=origins)
    except CurateError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{options.out}: {about['bytes']} bytes, {len(about['labels'])} languages\n")
    for name, found in about["figures"].items():
        sys.stdout.write(report(name, found))
    return 0


def report(name: str, found: dict[str, Any]) -> str:
    """Figures as text for a terminal."""
    short = ", ".join(f"{n} lines {found[f'accuracy_{n}_lines']:.3f}" for n in SNIPPET_LINES)
    lines = [
        f"\n{name}: {found['files']} files, accuracy {found['accuracy']:.3f}, "
        f"macro recall {found['macro_recall']:.3f}; {short}",
        "language     files  recall  precision",
    ]
    lines += [
        f"{label:<12}{one['files']:>6}  {one['recall']:>6.3f}   {one['precision']:>6.3f}"
        for label, one in found["labels"].items()
    ]
    lines += [f"{one} taken for {other}: {n}" for one, other, n in found["most_confused"][:10]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
