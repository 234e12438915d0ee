"""Benchmark texts found in rows, compared with n-grams in plain Python."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import EnvironmentError_, SourceError
from curate.filters.decontaminate import Decontaminate

QUESTION = "which of the following planets has the largest number of known moons in total today"


def benchmark(folder: Path, *texts: str) -> str:
    file = folder / "benchmark.txt"
    file.write_text("\n".join(texts), encoding="utf-8")
    return str(file)


def found(step: Decontaminate, *texts: str | None) -> list[tuple[bool, int, float]]:
    batch = pa.table(
        {"id": [str(n) for n in range(len(texts))], "text": pa.array(texts, pa.string())}
    )
    verdict = step(batch)
    columns = [verdict.keep, *verdict.measured.values()]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def test_thirteen_words_in_a_row_are_a_leak_and_twelve_are_not(tmp_path: Path) -> None:
    step = Decontaminate(path=benchmark(tmp_path, QUESTION))
    words = QUESTION.split()
    leaked, clean = (f"so {' '.join(words[:count])} or not" for count in (13, 12))
    assert found(step, leaked, clean) == [
        (False, 1, pytest.approx(13 / 16)),
        (True, 0, 0.0),
    ]


def test_case_punctuation_and_line_breaks_hide_nothing(tmp_path: Path) -> None:
    step = Decontaminate(path=benchmark(tmp_path, QUESTION))
    hidden = QUESTION.upper().replace(" ", ",\n") + "?"
    assert found(step, hidden)[0] == (False, 3, 1.0)


def test_counts_are_those_of_plain_python(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    texts = [
        " ".join(f"w{n}" for n in rng.integers(0, 3, size)) for size in rng.integers(0, 60, 200)
    ]
    known = [" ".join(f"w{n}" for n in rng.integers(0, 3, 12)) for _ in range(15)]
    grams = {tuple(text.split()[at : at + 8]) for text in known for at in range(5)}
    expected = []
    for text in texts:
        words = text.split()
        hits = [at for at in range(len(words) - 7) if tuple(words[at : at + 8]) in grams]
        covered = {word for at in hits for word in range(at, at + 8)}
        share = len(covered) / max(1, len(words))
        expected.append((share <= 0.5, len(hits), np.float32(share)))
    step = Decontaminate(path=benchmark(tmp_path, *known), ngram=8, most_share=0.5)
    assert found(step, *texts) == expected
    assert {keep for keep, hits, _ in expected if hits} == {True, False}


def test_short_benchmark_texts_are_looked_for_as_a_whole(tmp_path: Path) -> None:
    nine, seven = " ".join(QUESTION.split()[:9]), "what is the capital city of france"
    step = Decontaminate(path=benchmark(tmp_path, nine, seven))
    assert found(step, f"i ask {nine} now", " ".join(nine.split()[:8]), seven) == [
        (False, 1, 0.75),
        (True, 0, 0.0),
        (True, 0, 0.0),
    ]


def test_null_and_empty_texts_are_kept(tmp_path: Path) -> None:
    step = Decontaminate(path=benchmark(tmp_path, QUESTION))
    assert found(step, None, "", "...") == [(True, 0, 0.0)] * 3


def test_a_benchmark_of_nothing_rejects_nothing(tmp_path: Path) -> None:
    assert found(Decontaminate(path=benchmark(tmp_path, "")), QUESTION) == [(True, 0, 0.0)]


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "txt.gz", "parquet"])
def test_other_kinds_of_file_are_read(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"benchmark.{kind}"
    rows = [{"question": "why", "choices": ["no", QUESTION]}, {"question": "x", "choices": []}]
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    else:
        lines = [QUESTION] if "txt" in kind else [json.dumps(row) for row in rows]
        raw = "\n".join(lines).encode()
        file.write_bytes(gzip.compress(raw) if kind.endswith("gz") else raw)
    step = Decontaminate(path=str(file), fields=("question", "choices"))
    assert found(step, QUESTION)[0][0] is False


def test_half_a_surrogate_pair_in_the_benchmark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "b.jsonl"
    file.write_text(json.dumps({"text": f"\ud800 {QUESTION}"}))
    assert found(Decontaminate(path=str(file)), QUESTION)[0][0] is False


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("b.jsonl", b'{"question": "x"}', "no field 'text'; it has question"),
        ("b.jsonl", b'{"texts": "x"}', "did you mean 'texts'"),
        ("b.jsonl", b"{", "b.jsonl:1: not JSON"),
        ("b.jsonl", b"[1]", "b.jsonl:1: not a JSON object"),
        ("b.parquet", b"none", "cannot read .*b.parquet as Parquet"),
        ("b.csv", b"text", "no benchmark file"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_before_any_work(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        Decontaminate(path=str(tmp_path / name)).prepare()


@pytest.mark.parametrize("path", ["", "nowhere.txt"])
def test_a_missing_file_stops_unless_it_may_be_skipped(path: str) -> None:
    with pytest.raises(EnvironmentError_, match="missing: skip"):
        Decontaminate(path=path).prepare()
    assert found(Decontaminate(path=path, missing="skip"), QUESTION) == [(True, None, None)]


def test_fingerprint_follows_the_content_of_the_file_not_its_place(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first = Decontaminate(path=benchmark(tmp_path, QUESTION)).fingerprint()
    assert Decontaminate(path=benchmark(tmp_path / "b", QUESTION)).fingerprint() == first
    assert Decontaminate(path=benchmark(tmp_path, "another")).fingerprint() != first


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    step = Decontaminate(path=benchmark(tmp_path, "nothing of the kind"))
    assert found(step, QUESTION)[0][0] is True
    benchmark(tmp_path, QUESTION)
    assert found(step, QUESTION)[0][0] is False
