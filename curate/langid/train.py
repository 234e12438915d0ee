"""Train, compress and judge a language model: ``python -m curate.langid.train LINES --out m.ftz``.

Lines are drawn and varied (``training_lines``), one fastText training runs in a process of its
own (``fit.py`` says why), the result is pruned to the rows that matter, quantised and trained a
little more, and judged on lines that it has not seen (``evaluate``). Beside the model goes a JSON
file with the same stem: its digest, its labels, everything that decided it, where its lines come
from, and its figures. The same lines, plan and versions give the same bytes.
"""

from __future__ import annotations

import argparse
import dataclasses as dc
import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from curate.errors import CurateError, SourceError
from curate.langid.evaluate import Evaluation, figures, known_lines, predict_labels, report
from curate.langid.training_lines import (
    Line,
    Sampling,
    clean_lines,
    draw,
    held_out_part,
    letters_of,
    read_lines,
)
from curate.models import need

FREE = ("CC0", "public")
"""How the names of licences begin that ask for nothing."""

ZEROED_BYTES = 4096
"""Allocations from this size on are fresh pages of zeros; smaller ones hold leftovers."""

_Options = TypeVar("_Options")


@dc.dataclass(frozen=True)
class Shape:
    """What the model is and how long it learns; names of fastText's manual in brackets.

    Args:
        dim: Numbers for each row [dim].
        shortest_gram: Fewest characters of an n-gram [minn].
        longest_gram: Most characters of an n-gram [maxn].
        word_grams: Most words in a row that are a feature together [wordNgrams].
        buckets: Rows that n-grams are hashed to, before pruning [bucket].
        least_count: Rarer words have no row of their own [minCount].
        loss: ``ova`` (each label against all others) or ``softmax``.
        epochs: Rounds over the training text [epoch].
        rate: Learning rate at the start [lr].
        rows_kept: Rows left after pruning [cutoff]; 0 leaves the model as it is, 20 times larger.
        numbers_a_code: Numbers of a row that share one byte [dsub].
        epochs_after: Rounds after pruning [retrain, epoch].
        rate_after: Learning rate of those rounds.
    """

    dim: int = 16
    shortest_gram: int = 1
    longest_gram: int = 4
    word_grams: int = 1
    buckets: int = 150_000
    least_count: int = 4
    loss: str = "ova"
    epochs: int = 8
    rate: float = 0.35
    rows_kept: int = 64_000
    numbers_a_code: int = 2
    epochs_after: int = 3
    rate_after: float = 0.1


@dc.dataclass(frozen=True)
class Plan:
    """Everything that decides a model but the lines.

    Args:
        labels: Labels to train; empty takes all with ``least_lines`` or more.
        least_lines: A label with fewer lines is left out.
        merge: Label → the label it is trained and scored as.
        sampling: How lines are drawn and varied.
        shape: The model.
        evaluation: What is measured.
    """

    labels: Sequence[str] = ()
    least_lines: int = 5
    merge: Mapping[str, str] = dc.field(default_factory=dict)
    sampling: Sampling = dc.field(default_factory=Sampling)
    shape: Shape = dc.field(default_factory=Shape)
    evaluation: Evaluation = dc.field(default_factory=Evaluation)


def read_plan(path: Path) -> Plan:
    """A plan from JSON with these names; or from the JSON of a model, whose plan it is.

    Raises:
        SourceError: Not there, not JSON, or a name that no plan has.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read the plan {path} ({error}); give a JSON file") from error
    found = found.get("plan", found)
    inner = {"sampling": Sampling, "shape": Shape, "evaluation": Evaluation}
    parts: dict[str, Any] = {
        name: _made(cls, found.get(name, {}), path) for name, cls in inner.items()
    }
    return _made(Plan, {**found, **parts}, path)


def _made(cls: type[_Options], options: Mapping[str, Any], path: Path) -> _Options:
    names = [field.name for field in dc.fields(cls)]  # type: ignore[arg-type]
    if unknown := sorted(set(options) - set(names)):
        raise SourceError(
            f"{path}: {cls.__name__.lower()} has no {', '.join(unknown)}; it has {', '.join(names)}"
        )
    lists = {name: tuple(one) for name, one in options.items() if isinstance(one, list)}
    return cls(**{**options, **lists})


def fit(text: Sequence[str], shape: Shape, out: Path) -> None:
    """Train on lines that begin with ``__label__<label>`` and save the model.

    Args:
        text: From ``draw``; its order counts.
        shape: The model and its training.
        out: Where it is written, as ``.bin`` or, compressed, ``.ftz``.

    Raises:
        EnvironmentError_: fastText is not installed.
        SourceError: The lines cannot be trained on.
    """
    need("fasttext", owner="training a model", install="pip install 'curate[train]'")
    if shape.dim * shape.buckets * 4 < ZEROED_BYTES:
        raise SourceError(
            f"a model of {shape.buckets} buckets and dim {shape.dim} is too small to be trained "
            "repeatably (see fit.py); give it 1000 buckets or more"
        )
    # Only glibc can be told to give zeroed memory (see fit.py); elsewhere more than ten threads
    # fill the whole matrix, and two trainings differ in their last digits.
    threads = 1 if platform.libc_ver()[0] == "glibc" else 12
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "train.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
        spec = _fasttext_options(shape, threads)
        spec |= {"text": str(work / "train.txt"), "out": str(work / "model")}
        (work / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        done = subprocess.run(
            # -P: this folder's modules must not be found as top-level ones.
            [sys.executable, "-P", str(Path(__file__).with_name("fit.py")), work / "spec.json"],
            env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(ZEROED_BYTES)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise SourceError(
                f"fastText could not train on these {len(text)} lines: {last}; "
                "give more lines, or fewer rows_kept"
            )
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes((work / "model").read_bytes())


def _fasttext_options(shape: Shape, threads: int) -> dict[str, Any]:
    train = {
        "dim": shape.dim,
        "minn": shape.shortest_gram,
        "maxn": shape.longest_gram,
        "wordNgrams": shape.word_grams,
        "bucket": shape.buckets,
        "minCount": shape.least_count,
        "loss": shape.loss,
        "epoch": shape.epochs,
        "lr": shape.rate,
        "thread": threads,
        "seed": 0,
    }
    compress = {
        "cutoff": shape.rows_kept,
        "dsub": shape.numbers_a_code,
        "qnorm": True,
        "retrain": shape.epochs_after > 0,
        "epoch": shape.epochs_after,
        "lr": shape.rate_after,
        "thread": threads,
    }
    return {"train": train, "compress": compress if shape.rows_kept else None}


def train(lines: Sequence[Line], test: Sequence[Line], plan: Plan, out: Path) -> dict[str, Any]:
    """Train on lines, judge on others, write the model and its JSON.

    Args:
        lines: As read; a text that is also in ``test`` is left out.
        test: Lines to judge by; may be empty.
        plan: Labels, sampling, shape, figures.
        out: The model; its JSON gets the same name with ``.json``.

    Returns:
        What the JSON holds.

    Raises:
        SourceError: Fewer than two labels are left, or fastText fails.
        EnvironmentError_: fastText is not installed.
    """
    kept = clean_lines(
        lines,
        merge=plan.merge,
        labels=plan.labels,
        least=plan.least_lines,
        held_out={letters_of(line.text) for line in test},
    )
    labels = sorted({line.label for line in kept})
    if len(labels) < 2:
        raise SourceError(
            f"{len(labels)} labels with at least {plan.least_lines} lines each are left of "
            f"{len(lines)} lines; a model needs two, so give more lines or lower least_lines"
        )
    text = draw(kept, plan.sampling)
    fit(text, plan.shape, out)
    told = known_lines(test, labels, plan.evaluation)
    found = figures(told, predict_labels(out, [line.text for line in told]), plan.evaluation)
    about = {
        "model": out.name,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "bytes": out.stat().st_size,
        "labels": labels,
        "licence": licence_of({line.licence for line in kept}),
        "sources": _sources(kept),
        "versions": {"fasttext": importlib.metadata.version("fasttext")},
        "training_text": {"lines": len(text), "sha256": _digest(text)},
        "plan": dc.asdict(plan),
        "figures": found,
    }
    told_as = json.dumps(about, ensure_ascii=False, indent=1)
    out.with_suffix(".json").write_text(told_as + "\n", encoding="utf-8")
    plain: dict[str, Any] = json.loads(told_as)
    return plain


def licence_of(licences: set[str]) -> str:
    """The licence that a model of such lines can be passed on under.

    Non-commercial and share-alike terms pass on to the model; what is not known is said.

    Example:
        >>> licence_of({"CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"})
        'CC-BY-SA-4.0'
    """
    if any("NC" in licence.upper().replace("-", " ").split() for licence in licences):
        return "non-commercial: " + ", ".join(
            sorted(one for one in licences if "NC" in one.upper())
        )
    if not all(licences):
        return "unknown: some lines have no licence"
    if alike := sorted(one for one in licences if "-SA" in one.upper()):
        return alike[-1]
    free = all(licence.startswith(FREE) for licence in licences)
    return "CC0-1.0" if free else "CC-BY-4.0"


def _sources(lines: Sequence[Line]) -> list[dict[str, Any]]:
    counts = Counter((line.source, line.licence) for line in lines)
    return [
        {"source": source, "licence": licence, "lines": count}
        for (source, licence), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _digest(text: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(text).encode("utf-8", "surrogatepass")).hexdigest()


def read_inputs(path: Path, test: Path | None) -> tuple[list[Line], list[Line]]:
    """(lines to train on, lines to judge by).

    Args:
        path: A file of lines, or the folder of a finished run: its splits ``train`` and ``test``.
        test: A file of lines to judge by; without one a file gives a twentieth of its own.

    Raises:
        SourceError: Nothing there to read.
    """
    if path.is_dir():
        parts = {
            split: [
                line
                for file in sorted(path.glob(f"data/{split}-*.parquet"))
                for line in read_lines(file)
            ]
            for split in ("train", "test")
        }
        if not parts["train"]:
            raise SourceError(
                f"there is no data/train-….parquet in {path}; give the folder of a finished run "
                "or a file of JSON lines"
            )
        return parts["train"], read_lines(test) if test else parts["test"]
    lines = read_lines(path)
    return (lines, read_lines(test)) if test else held_out_part(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m curate.langid.train", description="Train a language model."
    )
    parser.add_argument("lines", type=Path, help="a file of lines, or the folder of a finished run")
    parser.add_argument("--out", type=Path, required=True, help="the model, such as mine.ftz")
    parser.add_argument("--test", type=Path, help="lines to judge by [a twentieth of the file]")
    parser.add_argument(
        "--plan", type=Path, help="a JSON plan, or the JSON of a model to train like"
    )
    options = parser.parse_args(arguments)
    try:
        plan = read_plan(options.plan) if options.plan else Plan()
        lines, test = read_inputs(options.lines, options.test)
        about = train(lines, test, plan, options.out)
    except CurateError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(
        f"{options.out}: {about['bytes']} bytes, {len(about['labels'])} labels, "
        f"licence {about['licence']}\nsha256 {about['sha256']}\n\n{report(about['figures'])}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
