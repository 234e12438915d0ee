"""Language identification: right answers of the bundled model beside other offline libraries.

    python -m benchmarks lid_peers --data DIR      # DIR holds test.jsonl.gz, lid.176.ftz

Recall on the sentences of DIR, averaged over the 36 languages of CLaS-Bench, and of Kashmiri,
Maltese and Korean; sentences per CPU second. Every library answers by ISO 639-1 where there is one;
written forms of one language (Norwegian, Chinese, Arabic, Persian) count as one. Peers that are not
installed are left out: ``pip install pycld2 py3langid heliport lingua-language-detector``. A peer
that does not know a language gets 0 for it, as it would in use.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import importlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import langcodes
import pyarrow as pa

from curate.langid.catalog import DEFAULT_MODEL
from curate.langid.evaluate import macro_recall, scores
from curate.langid.labels import parse
from curate.langid.predict import load, predict_numbers

SAME = {"nb": "no", "nn": "no", "arz": "ar", "ary": "ar", "prs": "fa", "zh-Hant": "zh"}
SHOWN = {"kas_Arab": "ks", "mlt_Latn": "mt", "kor_Hang": "ko"}
Identify = Callable[[Sequence[str]], list[str]]


@functools.cache
def code(label: str) -> str:
    """``nob_Latn``, ``no``, ``zho_Hant``: one short code for one language."""
    try:
        tag = langcodes.Language.get(parse(label).code).prefer_macrolanguage()
        found = tag.language or label
    except (ValueError, LookupError):
        found = label
    return SAME.get(found, found)


def by_model(path: Path) -> Identify:
    """A fastText model, by this package."""
    model = load(path)

    def identify(texts: Sequence[str]) -> list[str]:
        best = predict_numbers(model, pa.array(texts), 1, 0.0, 1).labels[:, 0]
        return [model.labels[at] for at in best]

    return identify


def by_cld2() -> Identify:
    detect = importlib.import_module("pycld2").detect

    def one(text: str) -> str:
        clean = "".join(letter for letter in text if letter.isprintable() or letter == " ")
        return str(detect(clean, bestEffort=True)[2][0][1])

    return lambda texts: [one(text) for text in texts]


def by_langid() -> Identify:
    classify = importlib.import_module("py3langid").classify
    return lambda texts: [str(classify(text)[0]) for text in texts]


def by_heliport() -> Identify:
    identifier = importlib.import_module("heliport").Identifier()
    return lambda texts: [str(identifier.identify(text)) for text in texts]


def by_lingua() -> Identify:
    builder = importlib.import_module("lingua").LanguageDetectorBuilder
    detector = builder.from_all_languages().build()

    def one(text: str) -> str:
        found = detector.detect_language_of(text)
        return str(found.iso_code_639_1.name).lower() if found else ""

    return lambda texts: [one(text) for text in texts]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="lid_peers", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args(argv).data
    plan = json.loads(DEFAULT_MODEL.with_suffix(".json").read_text(encoding="utf-8"))["plan"]
    macro = sorted({code(label) for label in plan["evaluation"]["macro"]})
    shown = [code(label) for label in SHOWN]
    with gzip.open(folder / "test.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    words = set(plan["evaluation"]["word_sources"])
    rows = [row for row in rows if row["source"] not in words]
    rows = [row for row in rows if code(row["lang"]) in {*macro, *shown}]
    texts = [row["text"].replace("\n", " ") for row in rows]
    truth = [code(row["lang"]) for row in rows]
    print(f"{len(texts)} sentences, {len(macro)} languages")
    print(f"{'':28}{'macro':>7}" + "".join(f"{name:>7}" for name in shown) + "  sentences/s")
    peers: dict[str, Callable[[], Identify]] = {
        "curate, bundled": lambda: by_model(DEFAULT_MODEL),
        "lid.176.ftz (by curate)": lambda: by_model(folder / "lid.176.ftz"),
        "pycld2": by_cld2,
        "heliport": by_heliport,
        "py3langid": by_langid,
        "lingua": by_lingua,
    }
    for name, make in peers.items():
        try:
            identify = make()
        except ImportError:
            print(f"{name:28} is not installed")
            continue
        identify(texts[:100])
        started = time.process_time()
        found = [code(label) for label in identify(texts)]
        speed = len(texts) / (time.process_time() - started)
        table = scores(truth, found)
        ours = "".join(f"{table[one].recall:7.3f}" for one in shown)
        print(f"{name:28}{macro_recall(table, macro):7.3f}{ours}  {speed:11,.0f}", flush=True)


if __name__ == "__main__":
    main()
