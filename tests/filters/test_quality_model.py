"""The quality filter with a small fastText classifier, trained here, and a tiny encoder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import fasttext
import pyarrow as pa
import pytest
from tiny_models import write_bert

from curate.arrow import sha256_of
from curate.contract import apply
from curate.errors import EnvironmentError_, SourceError
from curate.filters.quality_model import QualityModel

GOOD = [
    "the",
    "theorem",
    "follows",
    "from",
    "the",
    "lemma",
    "because",
    "every",
    "bounded",
    "sequence",
    "has",
    "a",
    "limit",
]
BAD = [
    "click",
    "here",
    "buy",
    "cheap",
    "pills",
    "now",
    "free",
    "shipping",
    "best",
    "price",
    "casino",
    "bonus",
]
TEXTS = [
    "the theorem has a limit",
    "buy pills now",
    "casino\nlemma\r\nhere",
    "every price",
    "limit",
]


def train(path: Path, loss: str, **options: object) -> Path:
    lines = [f"__label__hq {' '.join(GOOD[at:] + GOOD[:at])}" for at in range(len(GOOD))]
    lines += [f"__label__cc {' '.join(BAD[at:] + BAD[:at])}" for at in range(len(BAD))]
    lines += ["__label__meh lemma casino price limit"] * 5
    source = path.with_suffix(".txt")
    source.write_text("\n".join(lines * 5), "utf-8")
    # fewer threads would train on memory that fastText 0.9.3 does not clear
    model = fasttext.train_supervised(
        str(source), dim=8, epoch=10, lr=0.5, wordNgrams=2, bucket=1000, loss=loss, thread=12
    )
    model.save_model(str(path))
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(train(tmp_path_factory.mktemp("quality") / "model.bin", "softmax"))


def table(*texts: str | None) -> pa.Table:
    ids = [str(row) for row in range(len(texts))]
    return pa.table(
        {"id": ids, "source": ["test"] * len(ids), "text": pa.array(texts, pa.string())}
    )


@pytest.mark.parametrize("loss", ["softmax", "ova", "hs"])
@pytest.mark.parametrize("label", ["hq", "__label__cc"])
def test_the_score_is_the_librarys_probability_of_the_label(
    tmp_path: Path, loss: str, label: str
) -> None:
    path = train(tmp_path / "model.bin", loss)
    measured = QualityModel(model=str(path), label=label)(table(*TEXTS)).measured
    library = fasttext.load_model(str(path))
    labels, probs = library.predict([" ".join(text.splitlines()) for text in TEXTS], k=-1)
    name = label if label.startswith("__label__") else f"__label__{label}"
    for row, pair in enumerate(zip(labels, probs, strict=True)):
        found = dict(zip(*pair, strict=True))
        expected = round(min(float(found.get(name, 0.0)), 1.0), 4)
        assert measured["quality_score"][row].as_py() == pytest.approx(expected, abs=1.1e-4)
        assert f"__label__{measured['quality_label'][row].as_py()}" == pair[0][0]


def test_documents_under_the_least_score_are_rejected_with_their_evidence(model: str) -> None:
    kept, rejected = apply(QualityModel(model=model, label="hq"), table(*TEXTS[:2]))
    assert kept["text"].to_pylist() == TEXTS[:1]
    assert rejected["reason"].to_pylist() == ["low quality"]
    assert rejected["quality_label"].to_pylist() == ["cc"]
    assert kept["quality_score"][0].as_py() > 0.5 > rejected["quality_score"][0].as_py()


def test_a_score_that_equals_the_least_is_kept(model: str) -> None:
    (score,) = QualityModel(model=model, label="hq")(table(TEXTS[3])).measured["quality_score"]
    least = round(score.as_py(), 4)
    for above, keep in ((0.0, True), (1e-4, False)):
        step = QualityModel(model=model, label="hq", least=least + above)
        assert step(table(TEXTS[3])).keep.to_pylist() == [keep]


def test_no_text_has_no_score(model: str) -> None:
    verdict = QualityModel(model=model, label="hq", least=0)(
        table(None, "", " \n\t", "zzzz", "limit")
    )
    assert verdict.keep.to_pylist() == [False] * 3 + [True] * 2
    assert verdict.reason.to_pylist()[:3] == ["no text"] * 3
    assert verdict.measured["quality_score"].to_pylist()[:3] == [None] * 3


def test_bytes_that_are_no_unicode_have_a_score(model: str, tmp_path: Path) -> None:
    write_bert(tmp_path, GOOD, ["score"])
    broken = pa.array([b"limit \xff\xe2\x82", b"\xff the"], pa.binary())
    buffers = [None, *broken.buffers()[1:]]
    batch = pa.table({"text": pa.Array.from_buffers(pa.string(), 2, buffers)})
    for step in (
        QualityModel(model=model, label="hq"),
        QualityModel(model=str(tmp_path), device="cpu"),
    ):
        assert step(batch).measured["quality_score"].null_count == 0


def test_a_label_that_is_not_there_stops_before_any_work(model: str) -> None:
    for missing in ("error", "skip"):
        with pytest.raises(EnvironmentError_, match=r"3 labels but not 'hk'; .* such as hq"):
            QualityModel(model=model, label="hk", missing=missing).prepare()


def test_the_digest_of_the_file_is_recorded(model: str) -> None:
    found = QualityModel(model=model, label="hq").prepare()
    assert found == {"model.bin": sha256_of(Path(model))}


def test_a_model_that_is_replaced_is_read_again(model: str, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    shutil.copy(model, path)
    step = QualityModel(model=str(path), label="hq")
    first = step(table("limit")).measured["quality_score"].to_pylist()
    train(path, "ova")
    assert step(table("limit")).measured["quality_score"].to_pylist() != first


def test_a_file_that_is_no_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(SourceError, match="is it a whole fastText model"):
        QualityModel(model=str(tmp_path / "model.bin"), label="hq").prepare()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "the option model is empty; give a fastText"),
        ("none.bin", "there is no file .*none.bin; give the path of a fastText"),
        ("none", "missing config.json, model.safetensors, tokenizer.json, tokenizer_config.json"),
    ],
)
def test_a_missing_model_is_an_error_or_passed_over(name: str, says: str) -> None:
    with pytest.raises(EnvironmentError_, match=says):
        QualityModel(model=name).prepare()
    step = QualityModel(model=name, missing="skip")
    assert step.prepare() == {"quality model": "skipped: model missing"}
    verdict = step(table("a page", None))
    assert verdict.keep.to_pylist() == [True, True]
    assert [column.null_count for column in verdict.measured.values()] == [2, 2]


def test_a_missing_package_is_named_with_its_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(EnvironmentError_, match=r"needs transformers.*run: pip install 'curate\[q"):
        QualityModel(model=str(tmp_path)).prepare()


def test_an_encoder_with_one_output_scores_documents_in_row_order(tmp_path: Path) -> None:
    write_bert(tmp_path, GOOD + BAD, ["score"])
    step = QualityModel(model=str(tmp_path), least=0.0, device="cpu")
    assert sorted(step.prepare()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert step.runs_on() == "cpu"
    whole = step(table(None, *TEXTS, "")).measured["quality_score"].to_pylist()
    pieces = [step(table(text)).measured["quality_score"][0].as_py() for text in TEXTS]
    assert whole == [None, *pieces, None]
    assert step(table(*TEXTS)).measured["quality_label"].null_count == len(TEXTS)


def test_a_gpu_is_asked_for_only_where_it_is_worth_it_or_wanted(model: str, tmp_path: Path) -> None:
    import torch

    assert QualityModel(model=model, label="hq").runs_on() == "cpu"
    for path in (model, str(tmp_path)):
        if not torch.cuda.is_available():
            with pytest.raises(EnvironmentError_, match="torch sees no GPU"):
                QualityModel(model=path, label="hq", device="cuda").runs_on()
        assert QualityModel(model=path, label="hq", device="cpu").runs_on() == "cpu"
    assert QualityModel(missing="skip").runs_on() == "cpu"


def test_an_empty_batch_has_the_declared_schema(model: str, tmp_path: Path) -> None:
    write_bert(tmp_path, GOOD, ["bad", "good"])
    for step in (
        QualityModel(model=model, label="hq"),
        QualityModel(model=str(tmp_path), label="good", device="cpu"),
    ):
        assert apply(step, table()).kept.schema == step.output_schema(table().schema)
