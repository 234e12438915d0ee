"""The recipes of Korean finance triplets and pairs, on their sample and on published rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.korfin_files import law_rows, news_rows

from curate.arrow import sha256_of
from curate.korean.evidence import replays
from curate.korean.shifts import RULES
from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.recipe import load_recipe

RECIPES = Path(__file__).resolve().parent.parent / "recipes"
TRIPLETS, PAIRS = (RECIPES / f"korfin_{name}.yaml" for name in ("triplets", "sts"))
PLANTED = {
    "law-2-copy": ("barriers.dedup_exact", "exact duplicate"),
    "bad-cut-off": ("filters.artifacts", "cut off"),
    "bad-foreign-script": ("filters.artifacts", "foreign script"),
    "bad-prompt": ("filters.artifacts", "prompt"),
    "bad-form-letter": ("filters.artifacts", "form letter"),
    "bad-byline": ("filters.artifacts", "leftover"),
    "bad-english": ("filters.language", "wrong language"),
    "bad-short": ("filters.language", "uncertain language"),
    "bad-no-finance": ("filters.finance_domain", "no finance word"),
    "bad-copyright": ("filters.finance_domain", "copyright notice"),
    "bad-domain": ("filters.finance_domain", "unknown domain"),
}


@pytest.fixture(scope="module")
def sample(sample_folder: Callable[[str], Path]) -> Path:
    """The triplets of the sample."""
    return sample_folder("korfin_triplets")


@pytest.fixture(scope="module")
def triplets(sample: Path) -> pa.Table:
    return pq.read_table(sample / "data")


def digests(folder: Path) -> dict[str, str]:
    files = [*(folder / "data").iterdir(), *(folder / "rejected").iterdir()]
    return {file.name: sha256_of(file) for file in files}


def test_each_planted_fault_of_the_sample_is_found_for_what_it_is(sample: Path) -> None:
    rejected = pq.read_table(sample / "rejected").to_pylist()
    documents = [row for row in rejected if "#" not in row["id"]]
    assert {row["id"]: (row["rejected_by"], row["reason"]) for row in documents} == PLANTED
    assert [str(problem) for problem in check_folder(sample)] == []


def test_every_good_document_gives_triplets_with_proof(triplets: pa.Table) -> None:
    rows = triplets.to_pylist()
    documents = Counter(row["document_id"] for row in rows)
    assert len(documents) == 29
    assert max(documents.values()) == 3
    assert {row["rule"] for row in rows} == set(RULES)
    assert {row["domain"] for row in rows} == {"news", "law", "report", "disclosure"}
    assert {row["confidence"] for row in rows} == {1.0}
    for row in rows:
        for side in ("positive", "negative"):
            spans = [(one["start"], one["before"], one["after"]) for one in row[f"{side}_changed"]]
            assert replays(row["anchor"], spans, row[side])


def test_copies_in_another_register_are_one_group_with_their_text(triplets: pa.Table) -> None:
    rows = triplets.to_pylist()
    groups = {row["document_id"]: row["leak_group"] for row in rows}
    assert groups["news-6"] == groups["news-6-polite"]
    assert groups["news-1"] == groups["news-1-copy"]
    assert len(set(groups.values())) == 27


def test_overlap_tells_little_of_what_is_positive(triplets: pa.Table) -> None:
    assert 0.40 <= triplets["overlap_auc"][0].as_py() <= 0.60
    assert 0.40 <= triplets["length_auc"][0].as_py() <= 0.60
    assert set(triplets["label_problems"].to_pylist()) == {"none"}


@pytest.mark.slow
@pytest.mark.cluster
def test_two_workers_give_the_files_of_one(sample: Path, tmp_path: Path) -> None:
    options = ["source.shard_rows=7"]
    run_recipe(load_recipe(TRIPLETS, options, sample=True), tmp_path / "1", workers=1)
    assert pq.read_table(tmp_path / "1" / "data").equals(pq.read_table(sample / "data"))
    run_recipe(load_recipe(TRIPLETS, options, sample=True), tmp_path / "2", workers=2)
    assert digests(tmp_path / "2") == digests(tmp_path / "1")


def test_the_sample_gives_pairs_of_both_scores(tmp_path: Path) -> None:
    run_recipe(load_recipe(PAIRS, sample=True), tmp_path / "out", workers=1)
    assert [str(problem) for problem in check_folder(tmp_path / "out")] == []
    rows = pq.read_table(tmp_path / "out" / "data").to_pylist()
    assert all((row["score"] == 0) == (row["rule"] in RULES) for row in rows)
    scores = Counter(row["score"] for row in rows)
    assert scores[1.0] == pytest.approx(scores[0.0], abs=10)
    assert {row["label_problems"] for row in rows} == {"none"}
    splits: dict[str, set[str]] = {}
    for file in sorted((tmp_path / "out" / "data").iterdir()):
        for group in pq.read_table(file)["leak_group"].to_pylist():
            splits.setdefault(group, set()).add(file.name.partition("-")[0])
    assert {split for of_group in splits.values() for split in of_group} == {"test", "validation"}
    assert max(map(len, splits.values())) == 1


def test_published_rows_run_end_to_end(data_dir: Path, tmp_path: Path) -> None:
    documents = [("뉴스", first) for first, *_ in news_rows(data_dir)[:80]]
    documents += [("법률", row.source) for row in law_rows(data_dir)[:80]]
    path = tmp_path / "documents.jsonl"
    lines = [json.dumps({"text": text, "category": one}) for one, text in documents]
    path.write_text("\n".join(lines), encoding="utf-8")
    for file, least in ((TRIPLETS, 180), (PAIRS, 200)):
        out = tmp_path / file.stem
        run_recipe(load_recipe(file, [f"source.path={path}"]), out, workers=1)
        rows = pq.read_table(out / "data").to_pylist()
        assert len(rows) > least
        assert {row["domain"] for row in rows} == {"news", "law"}
        assert {row["label_problems"] for row in rows} == {"none"}
        assert 0.40 <= rows[0]["overlap_auc"] <= 0.60


def test_sentence_transformers_trains_on_the_triplets_as_they_are(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import torch
    from datasets import load_dataset
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer import losses, modules
    from transformers import BertConfig, BertModel, BertTokenizerFast

    dataset = load_dataset(str(sample), cache_dir=str(tmp_path / "cache"))["train"]
    triplets = dataset.select_columns(["anchor", "positive", "negative"])
    letters = sorted({one for row in triplets for text in row.values() for one in text.split()})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(vocabulary), intermediate_size=64, **shape)
    BertModel(config).save_pretrained(tmp_path / "model")
    BertTokenizerFast(vocab=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "model")
    words = modules.Transformer(str(tmp_path / "model"), max_seq_length=128)
    pooling = modules.Pooling(words.get_embedding_dimension())
    model = SentenceTransformer(modules=[words, pooling], device="cpu")
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(tmp_path / "out"), num_train_epochs=1, per_device_train_batch_size=16,
        report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    trainer = SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=triplets, loss=losses.TripletLoss(model)
    )
    done = trainer.train()
    assert done.global_step == -(-len(triplets) // 16)
    assert 0 < done.training_loss < 10
