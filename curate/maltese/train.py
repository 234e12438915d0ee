"""Learn, judge and write a model: ``python -m curate.maltese.train ANNOTATIONS --out FOLDER``.

The folder gets the model (``model.json``, ``merged.npz``, and ``fine.npz`` where the annotations
have the seven fine labels), its figures (``evaluation.json``), every error of cross-validation with
its place (``errors.tsv``) and a model card (``README.md``). The same annotations, plan and versions
give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses as dc
import importlib.metadata
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate.arrow import digest_of, sha256_of
from curate.errors import CurateError, SourceError
from curate.maltese import evaluate
from curate.maltese.annotations import Sentence, is_fine, merged, read_annotations
from curate.maltese.card import model_card
from curate.maltese.classify import Learnt
from curate.maltese.extract import SentenceFeatures
from curate.maltese.fit import Plan, fit
from curate.maltese.store import save
from curate.maltese.tables import NAMES, Tables


class Judging(NamedTuple):
    """How much is cross-validated.

    Attributes:
        seeds: Ways of shuffling the sentences for five labels, of which the mean is told; seven
            labels get one. 0 for no cross-validation.
        folds: Parts of each.
        nested: Choose the plan inside each fold, rather than take the one given.
    """

    seeds: int = 3
    folds: int = 10
    nested: bool = True


def train(
    sentences: Sequence[Sentence],
    test: Sequence[Sentence],
    out: Path,
    *,
    tables: Tables | None = None,
    plan: Plan | None = None,
    judging: Judging = Judging(),  # noqa: B008 - immutable
    about: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Learn from all sentences, write the model, and say how good it is.

    Args:
        sentences: With fine labels (five and seven are learnt) or merged ones (five).
        test: Held out, never learnt from; may be empty.
        out: The folder to write.
        tables: Translations, if the model is to use them.
        plan: How to learn; None chooses one of ``evaluate.PLANS``.
        judging: How much cross-validation.
        about: What else ``model.json`` says, such as ``licence``.

    Returns:
        What ``evaluation.json`` holds.

    Raises:
        SourceError: Fewer than two sentences or labels.
        EnvironmentError_: CRFsuite is not installed.
    """
    kinds = {"merged": merged(sentences)}
    tests = {"merged": merged(test)}
    if is_fine(sentences):
        kinds["fine"], tests["fine"] = list(sentences), list(test)
    _check(sentences)
    learnt: dict[str, Learnt] = {}
    found: dict[str, Any] = {"sentences": len(sentences), "words": _words(sentences)}
    wrong: list[dict[str, Any]] = []
    plans = {}
    for kind, rows in kinds.items():
        setting = evaluate.Setting([plan] if plan else evaluate.PLANS, tables)
        features = SentenceFeatures([word for one in rows for word in one.words], tables)
        plans[kind] = evaluate.choose(rows, setting, features)
        learnt[kind] = fit(rows, plans[kind], features)
        if not judging.nested:
            setting = dc.replace(setting, plans=[plans[kind]])
        some = judging if kind == "merged" else judging._replace(seeds=min(judging.seeds, 1))
        found[kind], errors = _judged(rows, tests[kind], plans[kind], setting, some)
        wrong += [{"labels": kind, **one} for one in errors]
    found["repeats"] = _repeats(sentences)
    told = {
        "tables": tables is not None,
        "licence": "unknown",
        "plans": {kind: dc.asdict(one) for kind, one in plans.items()},
        "versions": {"python-crfsuite": importlib.metadata.version("python-crfsuite")},
        "annotations": {"sentences": len(sentences), "sha256": digest_of(sentences)},
        **(about or {}),
    }
    save(out, learnt, told)
    _write(out, found, wrong, told)
    return found


def _check(sentences: Sequence[Sentence]) -> None:
    labels = {label for one in sentences for label in one.labels}
    if len(sentences) < 2 or len(labels) < 2:
        raise SourceError(
            f"{len(sentences)} sentences with {len(labels)} labels; a model needs two of each, "
            "better some hundreds of sentences"
        )


def _words(sentences: Sequence[Sentence]) -> int:
    return sum(len(one.words) for one in sentences)


def _repeats(sentences: Sequence[Sentence]) -> dict[str, int]:
    times = Counter(one.words for one in sentences)
    return {
        "groups": sum(1 for count in times.values() if count > 1),
        "sentences": sum(count for count in times.values() if count > 1),
    }


def _judged(
    rows: Sequence[Sentence],
    test: Sequence[Sentence],
    plan: Plan,
    setting: evaluate.Setting,
    judging: Judging,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(figures by kind of evaluation, errors of cross-validation)."""
    found: dict[str, Any] = {"nested": len(setting.plans) > 1}
    parts = min(judging.folds, len(rows))
    runs = [
        evaluate.cross_validate(rows, evaluate.shuffled_folds(len(rows), parts, seed), setting)
        for seed in range(judging.seeds)
    ]
    if runs:
        found["cross_validation"] = evaluate.mean_figures([evaluate.figures(run) for run in runs])
        groups = [one.words for one in rows]
        folds = evaluate.folds_of_groups(groups, parts, seed=0)
        found["repeats_together"] = evaluate.figures(evaluate.cross_validate(rows, folds, setting))
        alone = dc.replace(setting, context="none", plans=setting.plans[:1])
        folds = evaluate.shuffled_folds(len(rows), parts, seed=0)
        found["without_context"] = evaluate.figures(evaluate.cross_validate(rows, folds, alone))
        if len({one.block for one in rows}) > 1:
            folds = evaluate.block_folds(rows)
            found["blocks"] = evaluate.figures(evaluate.cross_validate(rows, folds, setting))
    if test:
        words = [word for one in (*rows, *test) for word in one.words]
        features = SentenceFeatures(words, setting.tables)
        found["held_out"] = evaluate.figures([evaluate.judge(rows, test, plan, setting, features)])
    return found, evaluate.errors(runs)


def _write(
    out: Path, found: Mapping[str, Any], wrong: Sequence[Mapping[str, Any]], told: Mapping[str, Any]
) -> None:
    text = json.dumps(_rounded(found), ensure_ascii=False, indent=1)
    (out / "evaluation.json").write_text(text + "\n", encoding="utf-8")
    (out / "README.md").write_text(model_card(found, told), encoding="utf-8")
    with (out / "errors.tsv").open("w", encoding="utf-8", newline="") as file:
        names = ["labels", "times", "word", "truth", "given", "seen", "where"]
        rows = csv.DictWriter(
            file, names, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
        )
        rows.writeheader()
        rows.writerows(wrong)


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 6) if isinstance(value, float) else value


def read_inputs(path: Path, test: Path | None) -> tuple[list[Sentence], list[Sentence]]:
    """(sentences to learn from, sentences held out).

    Args:
        path: Annotations; of a dataset folder with a split ``test``, that is held out.
        test: More annotations, held out.
    """
    if path.is_dir() and list(path.glob("data/test-*.parquet")):
        held_out = read_annotations(path, "test")
        learn = read_annotations(path, "train")
    else:
        held_out, learn = [], read_annotations(path)
    return learn, held_out + (read_annotations(test) if test else [])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m curate.maltese.train", description="Learn the etymology of Maltese words."
    )
    parser.add_argument("annotations", type=Path, help="a TSV, a CoNLL-U file or a dataset folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for model and figures")
    parser.add_argument("--test", type=Path, help="annotations that are held out")
    parser.add_argument("--tables", type=Path, help="folder with the translation tables")
    parser.add_argument("--licence", default="unknown", help="of the annotations, as SPDX name")
    parser.add_argument("--seeds", type=int, default=3, help="cross-validations; 0 for none [3]")
    parser.add_argument("--folds", type=int, default=10, help="parts of each [10]")
    options = parser.parse_args(arguments)
    try:
        learn, test = read_inputs(options.annotations, options.test)
        tables = Tables(options.tables) if options.tables else None
        about: dict[str, Any] = {"licence": options.licence}
        if tables:
            about["table_digests"] = {
                name: sha256_of(options.tables / f"{name}.tsv") for name in NAMES
            }
        judging = Judging(max(options.seeds, 0), max(options.folds, 2))
        train(learn, test, options.out, tables=tables, judging=judging, about=about)
    except CurateError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write((options.out / "README.md").read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
