"""Vectors beside texts: the library's own, the same in any batch, in lists where the texts are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tiny_models import write_bert

from curate.catalog import adapter
from curate.contract import apply
from curate.engine.plan import check_columns
from curate.errors import EnvironmentError_
from curate.transforms.embed import Embed

WORDS = ["금리", "주가", "환율", "올랐다", "내렸다", "크게", "소폭", "은행", "정부"]
TEXTS = [" ".join(WORDS[at % 9 :][: 1 + at % 4] * (1 + at % 7 * 6)) for at in range(20)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sentence_transformers import SentenceTransformer, models

    bert = write_bert(tmp_path_factory.mktemp("bert"), WORDS, ["x", "y"])
    parts = [models.Transformer(str(bert)), models.Pooling(32, "mean"), models.Normalize()]
    where = tmp_path_factory.mktemp("sentences")
    SentenceTransformer(modules=parts, device="cpu").save(str(where), create_model_card=False)
    return where


def rows(*texts: Any) -> pa.Table:
    ids = [str(at) for at in range(len(texts))]
    return pa.table({"id": ids, "source": ["made"] * len(texts), "text": list(texts)})


def test_vectors_are_those_of_sentence_transformers(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(folder), device="cpu").encode(TEXTS)
    ours = np.array(Embed(model=str(folder))(rows(*TEXTS))["vector"].to_pylist())
    assert np.abs(theirs - ours).max() < 1e-5


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_vector_does_not_depend_on_its_neighbours(folder: Path, precision: str) -> None:
    options = {"model": str(folder), "precision": precision}
    step = adapter(Embed).validate_python(options)
    batch = rows(*TEXTS, None, " ")
    whole = apply(step, batch).kept
    pieces = [apply(step, batch.slice(at, 1)).kept for at in range(batch.num_rows)]
    assert pa.concat_tables(pieces).equals(whole)
    assert whole["vector"].null_count == 2
    assert whole.schema.field("vector").type == pa.list_(pa.type_for_alias(precision), 32)


def test_lists_of_texts_make_lists_of_vectors() -> None:
    texts = [["금리", "환율"], None, [], [" ", "주가"], ["금리"]]
    batch = rows(*texts)
    step = Embed(dims=16)
    made = step(batch)["vector"].to_pylist()
    alone = [None if one is None else step(rows(*one))["vector"].to_pylist() if one else []
             for one in texts]  # fmt: skip
    assert made == alone
    assert step(batch.slice(3))["vector"].to_pylist() == made[3:]
    assert (
        check_columns(batch.schema, [step])[-1].field("vector").type == step(batch)["vector"].type
    )


def test_a_model_that_is_not_there_stops_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"missing modules.json.*give a folder"):
        Embed(model=str(tmp_path)).prepare()


def test_digests_of_all_that_is_read_are_in_the_fingerprint(folder: Path) -> None:
    found = Embed(model=str(folder)).prepare()
    assert {"modules.json", "model.safetensors", "tokenizer.json", "1_Pooling/config.json"} <= set(
        found
    )
