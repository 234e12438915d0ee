"""The model of programming languages that comes with the package does what its JSON says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pytest

from curate.errors import SourceError
from curate.langid.code_files import CodeFile, read_code
from curate.langid.code_labels import ENDINGS
from curate.langid.code_model import DEFAULT_MODEL, judge, open_model, read_code_model
from curate.langid.code_train import figures

ABOUT = json.loads(DEFAULT_MODEL.with_suffix(".json").read_text(encoding="utf-8"))
TWELVE = {
    "c", "cpp", "crystal", "d", "fortran", "go", "haskell", "nim", "objc", "python", "rust", "swift",
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(data_dir: Path) -> list[CodeFile]:
    return read_code(data_dir / "sltrans_sources" / "programs.parquet")


def test_the_file_is_the_one_described_and_small() -> None:
    assert hashlib.sha256(DEFAULT_MODEL.read_bytes()).hexdigest() == ABOUT["sha256"]
    assert DEFAULT_MODEL.stat().st_size == ABOUT["bytes"] <= 600_000


def test_it_knows_the_twelve_languages_and_what_lies_among_them() -> None:
    model = open_model("", owner="here")
    assert sorted(model.labels) == ABOUT["labels"]
    assert set(model.labels) >= TWELVE
    assert set(model.labels) <= set(ENDINGS)


def test_the_stated_figures_are_measured_again_on_programs_it_never_saw(
    shared: list[CodeFile],
) -> None:
    found, stated = figures(DEFAULT_MODEL, shared), ABOUT["figures"]["apart"]
    assert found["files"] == stated["files"] == 1494
    for name in ("accuracy", "macro_recall", "accuracy_5_lines", "accuracy_10_lines"):
        assert found[name] == pytest.approx(stated[name], abs=0.003), name
    assert found["accuracy"] >= 0.97
    assert all(one["recall"] >= 0.9 for one in found["labels"].values())


def test_no_shared_repository_is_among_the_projects(shared: list[CodeFile]) -> None:
    assert not {file.project for file in shared} & set(ABOUT["projects"])


def test_no_project_is_both_trained_on_and_held_out() -> None:
    assert not set(ABOUT["projects"]) & set(ABOUT["held_out_projects"])


def test_every_project_has_a_version_and_a_licence_that_asks_for_no_more_than_a_notice() -> None:
    allowed = ("MIT", "BSD", "ISC", "Zlib", "apache", "BSL", "public", "CC0", "0BSD", "curl")
    allowed += ("Artistic", "PostgreSQL", "NetCDF", "OFL")
    for name, one in (ABOUT["projects"] | ABOUT["held_out_projects"]).items():
        licence = one["licence"].lower().lstrip("(")
        assert licence.startswith(tuple(start.lower() for start in allowed)), name
        assert one["version"] or name.startswith("prose-"), name


def test_text_in_no_programming_language_is_prose() -> None:
    model = open_model("", owner="here")
    text = "The quick brown fox jumps over the lazy dog, and then it sleeps for a while.\n" * 2
    text += "In the morning the dog wakes up and looks for something that it could eat.\n"
    assert model.labels[judge(model, pa.array([text])).labels[0, 0]] == "prose"


@pytest.mark.parametrize("text", ["{}", '{"words": 3}', "[", '{"words": ["a"]}'])
def test_a_vocabulary_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    beside = tmp_path / "mine.json"
    beside.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"mine\.json: no vocabulary"):
        read_code_model(DEFAULT_MODEL, beside)


def test_a_batch_and_its_rows_get_the_same_labels(shared: list[CodeFile]) -> None:
    model = open_model("", owner="here")
    texts = pa.array([file.text for file in shared[:40]])
    whole = judge(model, texts)
    for at in range(0, 40, 7):
        alone = judge(model, texts.slice(at, 1))
        assert alone.labels.tolist() == [whole.labels[at].tolist()]
        assert alone.probs.tolist() == [whole.probs[at].tolist()]
