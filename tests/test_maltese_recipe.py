"""The Maltese recipe on its sample and on real sentences, and what can be done with its labels."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.arrow import sha256_of
from curate.maltese.train import main as train
from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.publish.export.formats import export
from curate.publish.export.splits import Options
from curate.recipe import load_recipe
from curate.sources.conllu import Conllu
from curate.sources.token_table import TokenTable
from curate.transforms.annotate_etymology import AnnotateEtymology

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "maltese_etymology.yaml"
ANNOTATIONS = RECIPE.with_name("maltese_annotations.yaml")
ETYMOLOGIES = {"Arabic", "Non-Arabic", "Name", "Code-Switching", "Symbol"}


@pytest.fixture(scope="module")
def sample(sample_folder: Callable[[str], Path]) -> Path:
    """The dataset that the sample gives."""
    return sample_folder("maltese_etymology")


@pytest.fixture
def rows(sample: Path) -> dict[str, dict[str, object]]:
    """Its rows by id."""
    return {row["id"]: row for row in pq.read_table(sample / "data").to_pylist()}


def test_each_planted_fault_of_the_sample_is_found_for_what_it_is(sample: Path) -> None:
    rejected = pq.read_table(sample / "rejected").to_pylist()
    assert {row["id"]: (row["rejected_by"], row["reason"]) for row in rejected} == {
        "faults.txt:1": ("sources.text_lines", "blank line"),
        "faults.txt:2#1": ("filters.language", "wrong language"),
        "faults.txt:3#1": ("filters.language", "wrong language"),
        "faults.txt:8#1": ("barriers.dedup_exact", "exact duplicate"),
        "faults.txt:9#1": ("filters.script", "no letters"),
        "faults.txt:11#1": ("filters.script", "wrong script"),
        "faults.txt:12": ("sources.text_lines", "blank line"),
    }
    assert [str(problem) for problem in check_folder(sample)] == []


def test_what_is_only_odd_is_kept_and_labelled(rows: dict[str, dict[str, object]]) -> None:
    tokens = [rows[f"faults.txt:{line}#1"]["tokens"] for line in (5, 6, 7)]
    assert [one in words for one, words in zip(  # type: ignore[operator]
        ("&amp;", "https://example.org/kors", "🌊"), tokens, strict=True)] == [True] * 3  # fmt: skip
    decomposed = rows["faults.txt:4#1"]
    assert "z\u0307" in str(decomposed["text"]).lower()
    assert "everyday.txt:16#1" in rows  # "Iva, grazzi." is too short to be told by its letters


def test_every_token_is_its_place_in_the_text_and_has_a_label(
    rows: dict[str, dict[str, object]],
) -> None:
    for row in rows.values():
        places = zip(row["token_starts"], row["token_ends"], strict=True)  # type: ignore[call-overload]
        assert [row["text"][start:end] for start, end in places] == row["tokens"]  # type: ignore[index]
        assert set(row["etymology"]) <= ETYMOLOGIES  # type: ignore[call-overload]
        columns = ("tokens", "etymology", "etymology_prob", "etymology_from")
        assert len({len(row[name]) for name in columns}) == 1  # type: ignore[arg-type]


def test_two_workers_give_the_files_of_one(sample: Path, tmp_path: Path) -> None:
    def digests(folder: Path) -> dict[str, str]:
        files = [*(folder / "data").iterdir(), *(folder / "rejected").iterdir()]
        return {file.name: sha256_of(file) for file in files}

    run_recipe(load_recipe(RECIPE, sample=True), tmp_path / "two", workers=2)
    assert digests(tmp_path / "two") == digests(sample)


def test_the_sample_goes_to_conllu_and_back(sample: Path, tmp_path: Path) -> None:
    export(sample, tmp_path, "conllu", Options())
    source = Conllu(str(tmp_path), misc={"etymology": "Etymology"})
    again = pa.concat_tables(batch for ref in source.shards() for batch in source.read(ref))
    names = ["id", "text", "tokens", "token_starts", "token_ends", "etymology"]
    files = [tmp_path / f"{split}.conllu" for split in ("test", "train", "validation")]
    kept = pq.read_table(sample / "data", columns=names).to_pylist()
    assert sum(file.is_file() for file in files) == len(list(tmp_path.iterdir()))
    by_id = {row["id"]: row for row in again.select(names).to_pylist()}
    assert by_id == {row["id"]: row for row in kept}


def test_a_correction_of_a_human_is_in_the_training_data(sample: Path, tmp_path: Path) -> None:
    export(sample, tmp_path, "review", Options(most=20))
    path = tmp_path / "review.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, dialect="excel-tab"))
    assert len(lines) == 20
    assert all(line["why"].startswith("unseen word") for line in lines)
    lines[0]["correction"] = "Name"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), dialect="excel-tab")
        writer.writeheader()
        writer.writerows(lines)
    counts = export(sample, tmp_path / "tsv", "etymology-tsv", Options(corrections=path))
    (name,) = [name for name, tokens in counts.items() if tokens]
    source = TokenTable(str(tmp_path / "tsv" / name))
    (row,) = next(source.read(source.shards()[0])).to_pylist()
    assert row["category"][int(lines[0]["token_index"])] == "Name"


@pytest.fixture(scope="module")
def annotated(sample_folder: Callable[[str], Path]) -> Path:
    """The dataset that the sample of annotations gives."""
    return sample_folder("maltese_annotations")


def test_each_fault_of_the_annotated_sample_is_found_and_each_doubt_shown(annotated: Path) -> None:
    rejected = pq.read_table(annotated / "rejected").to_pylist()
    assert {row["id"]: (row["reason"], row["fault"]) for row in rejected} == {
        "misspelt": ("unknown label", "word 2, 'kelb': 'Arabc'"),
        "unlabelled": ("unknown label", "word 2, 'baħar': ''"),
        "merged": ("merged label among fine ones", "word 1, 'Rita': 'Name'"),
        "@faults.tsv:18": ("wrong number of fields", None),
    }
    rows = {row["id"]: row for row in pq.read_table(annotated / "data").to_pylist()}
    assert rows["s29"]["repeat_of"] == "repeat"
    doubtful = dict(
        zip(rows["doubtful"]["tokens"], rows["doubtful"]["etymology_prob"], strict=True)
    )
    assert set(sorted(doubtful, key=doubtful.__getitem__)[:2]) == {"qabel", "karozza"}
    assert max(doubtful["qabel"], doubtful["karozza"]) < 0.1 < doubtful["Il-"]


def test_the_annotated_dataset_trains_a_classifier_that_its_test_split_judges(
    annotated: Path, tmp_path: Path
) -> None:
    assert train([str(annotated), "--out", str(tmp_path / "mine"), "--seeds", "0"]) == 0
    found = json.loads((tmp_path / "mine/evaluation.json").read_text(encoding="utf-8"))
    held_out = pq.read_table(annotated / "data/test-00000-of-00001.parquet")["tokens"].to_pylist()
    judged = found["fine"]["held_out"]
    assert judged["seen"]["words"] + judged["unseen"]["words"] == sum(map(len, held_out))
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {
        "model.json", "merged.npz", "fine.npz", "evaluation.json", "errors.tsv", "README.md"
    }  # fmt: skip
    step = AnnotateEtymology(model=str(tmp_path / "mine"), labels="fine")
    labels = step(pa.table({"text": ["Il-karozza."]}))["etymology"][0].as_py()
    assert labels == ["Arabic", "Non-Arabic", "Symbol"]


def test_a_correction_goes_through_the_annotations_recipe_again(
    annotated: Path, tmp_path: Path
) -> None:
    export(annotated, tmp_path, "review", Options(most=40))
    path = tmp_path / "review.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, dialect="excel-tab"))
    (line,) = [one for one in lines if (one["id"], one["token"]) == ("doubtful", "qabel")]
    line["correction"] = "Arabic"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(line), dialect="excel-tab")
        writer.writeheader()
        writer.writerows(lines)
    export(annotated, tmp_path / "tsv", "etymology-tsv", Options(corrections=path))
    (corrected,) = [one for one in (tmp_path / "tsv").iterdir() if one.stat().st_size > 100]
    again = load_recipe(ANNOTATIONS, [f"source.path={corrected}"])
    run_recipe(again, tmp_path / "again", workers=1)
    (row,) = pq.read_table(tmp_path / "again/data").to_pylist()
    assert dict(zip(row["tokens"], row["etymology"], strict=True))["qabel"] == "Arabic"


def test_annotations_are_read_from_conllu_and_from_parquet(sample: Path, tmp_path: Path) -> None:
    export(sample, tmp_path / "conllu", "conllu", Options())
    found = []
    for name, path in (("a", tmp_path / "conllu"), ("b", sample / "data")):
        recipe = load_recipe(ANNOTATIONS, [f"source.path={path}"])
        run_recipe(recipe, tmp_path / name, workers=1)
        columns = ["id", "tokens", "etymology"]
        rows = pq.read_table(tmp_path / name / "data", columns=columns).to_pylist()
        found.append({row["id"]: row for row in rows})
    assert found[0] == found[1]
    kept = pq.read_table(sample / "data", columns=["id", "etymology"]).to_pylist()
    assert {name: row["etymology"] for name, row in found[0].items()} == {
        row["id"]: row["etymology"] for row in kept
    }


def test_annotations_have_the_same_files_with_two_workers(annotated: Path, tmp_path: Path) -> None:
    run_recipe(load_recipe(ANNOTATIONS, sample=True), tmp_path / "two", workers=2)
    for file in sorted((annotated / "data").iterdir()):
        assert sha256_of(file) == sha256_of(tmp_path / "two/data" / file.name)


def test_published_sentences_run_end_to_end_and_their_words_are_labelled_as_published(
    data_dir: Path, tmp_path: Path
) -> None:
    # The bundled model has seen annotations of these words; this tests the way, not the model.
    shutil.copy(data_dir / "maltese/annotations.tsv", tmp_path / "annotations.tsv")
    path = tmp_path / "annotations.tsv"
    run_recipe(load_recipe(RECIPE, [f"source.path={path}"]), tmp_path / "out", workers=1)
    source = TokenTable(str(path))
    batches = [batch for ref in source.shards() for batch in source.read(ref)]
    published = {row["id"]: row["category_merged"] for one in batches for row in one.to_pylist()}
    rows = pq.read_table(tmp_path / "out/data").to_pylist()
    assert len(rows) > 250
    right = Counter(
        label == gold
        for row in rows
        for label, gold in zip(row["etymology"], published[row["id"]], strict=True)
    )
    assert right[True] / right.total() > 0.98
    gone = pq.read_table(tmp_path / "out/rejected").to_pylist()
    assert len(rows) + len(gone) == 351
