"""A small sentence-transformers model is trained on a recipe's triplets as they are published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import write_bert

from curate.pipeline import run_recipe
from curate.publish.bundled import bundled
from curate.recipe import load_recipe


@pytest.mark.slow
def test_a_model_learns_from_the_triplets_as_they_are(tmp_path: Path) -> None:
    import torch
    from datasets import load_dataset
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
        models,
    )
    from sentence_transformers.losses import TripletLoss

    recipe = load_recipe(bundled("recipes") / "korfin_triplets.yaml", sample=True)
    run_recipe(recipe, tmp_path / "out", workers=1)
    rows = load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    texts = rows.select_columns(["anchor", "positive", "negative"])
    words = sorted({word for row in texts for text in row.values() for word in text.split()})
    bert = write_bert(tmp_path, words, ["x", "y"])
    parts = [models.Transformer(str(bert), max_seq_length=32), models.Pooling(32, "mean")]
    torch.manual_seed(3)
    model = SentenceTransformer(modules=parts, device="cpu")
    options = SentenceTransformerTrainingArguments(
        str(tmp_path / "run"),
        num_train_epochs=1,
        per_device_train_batch_size=4,
        learning_rate=1e-3,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    loss = TripletLoss(model)
    before = mean_loss(model, texts)
    SentenceTransformerTrainer(model, options, train_dataset=texts, loss=loss).train()
    assert mean_loss(model, texts) < before


def mean_loss(model: Any, texts: Any) -> float:
    """How much nearer to the anchor negatives are than positives, and the margin of 5."""
    sides = [np.asarray(model.encode(list(texts[name]))) for name in texts.column_names]
    near, far = (np.linalg.norm(sides[0] - side, axis=1) for side in sides[1:])
    return float(np.maximum(near - far + 5, 0).mean())
