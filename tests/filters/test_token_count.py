"""Tokens of programs and of IR, lexical and by vocabulary."""

from __future__ import annotations

import importlib.util
import io
import sys
import tokenize
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.code.tokens import count_tokens
from curate.errors import EnvironmentError_
from curate.filters.token_count import TokenCount

PAIR = pa.table({"source": ["a b c", "a", None], "ir": ["1 2", "1 2 3 4 5", "1"]})


def test_lexical_tokens_are_those_of_pythons_own_tokenizer() -> None:
    text = "total = first + 2.5 * (x[10] - rest)\n"
    theirs = list(tokenize.generate_tokens(io.StringIO(text).readline))
    assert count_tokens(text.encode(), "lexical") == len([one for one in theirs if one[1].strip()])


def test_any_column_may_be_too_long_or_all_together() -> None:
    each = TokenCount(columns=("source", "ir"), least=3, most=4)(PAIR)
    assert each.measured["token_count"].to_pylist() == [3, 5, 1]
    assert each.keep.to_pylist() == [True, False, False]
    assert each.reason.to_pylist()[1:] == ["too many tokens", "too few tokens"]
    whole = TokenCount(columns=("source", "ir"), together=True, most=5)(PAIR)
    assert whole.measured["token_count"].to_pylist() == [5, 6, 1]
    assert whole.measured["ir_tokens"].to_pylist() == [2, 5, 1]


def test_presets_are_the_papers_lengths_and_most_overrides_them() -> None:
    texts = pa.table({"text": ["a " * many for many in (2048, 2049, 4096, 4097)]})
    kept = {
        preset: TokenCount(preset=preset)(texts).keep.to_pylist()  # type: ignore[arg-type]
        for preset in ("none", "sltrans_2048", "sltrans_4096")
    }
    assert [sum(one) for one in kept.values()] == [4, 1, 3]
    assert TokenCount(preset="sltrans_2048", most=5000).thresholds()["most"] == 5000


def test_a_vocabulary_that_is_not_installed_stops_before_work_with_its_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "bpe_openai", None)
    with pytest.raises(EnvironmentError_, match=r"need bpe-openai.* run: pip install bpe-openai"):
        TokenCount(tokens="o200k_base").prepare()


def test_lexical_counts_are_near_those_of_a_vocabulary(data_dir: Path) -> None:
    path = data_dir / "sltrans_sources/programs.parquet"
    texts = pq.read_table(path, columns=["source"])
    total = sum(TokenCount(columns=("source",))(texts).measured["token_count"].to_pylist())
    assert total == pytest.approx(871_372, rel=0.1)  # cl100k_base, by bpe-openai 0.1.4
    if importlib.util.find_spec("bpe_openai"):
        step = TokenCount(columns=("source",), tokens="cl100k_base")
        assert sum(step(texts).measured["token_count"].to_pylist()) == 871_372
