"""The text corpus recipe on its sample and on real sentences."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.text_corpus import BUSINESS, planted, sentences
from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.recipe import load_recipe

RECIPES = Path(__file__).resolve().parent.parent / "recipes"
RECIPE = RECIPES / "text_corpus.yaml"


def test_each_planted_fault_of_the_sample_is_found_for_what_it_is(tmp_path: Path) -> None:
    outcome = run_recipe(load_recipe(RECIPE, sample=True), tmp_path / "out", workers=1)
    rejected = {row["id"]: row for row in pq.read_table(tmp_path / "out/rejected").to_pylist()}
    assert {name: row["rejected_by"] for name, row in rejected.items()} == {
        "copy": "barriers.dedup_exact",
        "german": "filters.language",
        "near-copy": "barriers.dedup_near",
        "numbers": "filters.language",
        "refrain": "filters.repetition",
        "short": "filters.quality_rules",
    }
    assert rejected["copy"]["duplicate_of"] == "report-03"
    assert outcome.rows_kept() == 25
    assert check_folder(tmp_path / "out") == []
    texts = {r["id"]: r["text"] for r in pq.read_table(tmp_path / "out/data").to_pylist()}
    assert "council@" not in texts["address"]


def test_faults_planted_in_documents_of_real_sentences_are_found(
    data_dir: Path, tmp_path: Path
) -> None:
    rows = planted(sentences(data_dir / "lid"), 600)
    path = tmp_path / "documents.jsonl"
    path.write_text("\n".join(json.dumps({"id": r["id"], "text": r["text"]}) for r in rows))
    run_recipe(load_recipe(RECIPE, [f"source.path={path}"]), tmp_path / "out", workers=1)
    rejected = pq.read_table(tmp_path / "out/rejected").to_pylist()
    gone = {row["id"]: row["rejected_by"] for row in rejected}
    for kind in ("sound", "addresses", "copy", "foreign", "too short", "hashes"):
        ends = {gone.get(row["id"]) for row in rows if row["kind"] == kind}
        assert ends == {BUSINESS.get(kind)}, kind
    assert all(row["id"] in gone for row in rows if row["kind"] == "refrain")


def test_real_sentences_of_other_languages_are_told_apart(data_dir: Path, tmp_path: Path) -> None:
    with gzip.open(data_dir / "lid" / "test.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    wanted = [r for r in rows if r["lang"] in {"mlt_Latn", "eng_Latn"} and len(r["text"]) > 60]
    (tmp_path / "rows.jsonl").write_text(
        "\n".join(json.dumps({"id": str(n), **r}) for n, r in enumerate(wanted))
    )
    (tmp_path / "maltese.yaml").write_text(
        "name: maltese\nsource:\n  sources.jsonl: {path: rows.jsonl}\n"
        "steps:\n  - filters.language: {languages: [mlt]}\n"
    )
    run_recipe(load_recipe(tmp_path / "maltese.yaml"), tmp_path / "out", workers=1)
    kept = [row["lang"] for row in pq.read_table(tmp_path / "out/data").to_pylist()]
    maltese = sum(row["lang"] == "mlt_Latn" for row in wanted)
    assert kept.count("mlt_Latn") / len(kept) > 0.99
    assert kept.count("mlt_Latn") / maltese > 0.97


def test_the_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", "import json, make_text_corpus as m; print(json.dumps(m.rows()))"],
        cwd=RECIPES / "samples",
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (
        (RECIPES / "samples/text_corpus/documents.jsonl").read_text(encoding="utf-8").splitlines()
    )
    assert json.loads(made.stdout) == [json.loads(line) for line in lines]
