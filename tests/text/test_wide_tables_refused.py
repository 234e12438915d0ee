"""Tables of twenty thousand columns, which no step reads and no card can list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.contract import Source
from curate.errors import SourceError
from curate.sources.audio_folder import AudioFolder
from curate.sources.csv import Csv
from curate.sources.parquet import Parquet
from curate.sources.token_table import TokenTable

MANY = 20_000


def _csv(folder: Path) -> Source:
    (folder / "a.csv").write_text(",".join(f"c{at}" for at in range(MANY)) + "\n")
    return Csv(str(folder / "a.csv"))


def _tokens(folder: Path) -> Source:
    names = ["id", "token", *(f"c{at}" for at in range(MANY))]
    (folder / "a.tsv").write_text("\t".join(names) + "\n")
    return TokenTable(str(folder / "a.tsv"))


def _clips(folder: Path) -> Source:
    names = ["file_name", *(f"c{at}" for at in range(MANY))]
    (folder / "metadata.csv").write_text(",".join(names) + "\n")
    return AudioFolder(str(folder))


def _parquet(folder: Path) -> Source:
    pq.write_table(pa.table({f"c{at}": pa.nulls(0) for at in range(MANY)}), folder / "a.parquet")
    return Parquet(str(folder / "a.parquet"))


def _struct(folder: Path) -> Source:
    inner = pa.struct([(f"c{at}", pa.int8()) for at in range(MANY)])
    pq.write_table(pa.table({"one": pa.nulls(0, inner)}), folder / "a.parquet")
    return Parquet(str(folder / "a.parquet"))


@pytest.mark.parametrize("make", [_csv, _tokens, _clips, _parquet, _struct])
def test_a_table_too_wide_is_refused_in_one_line(
    make: Callable[[Path], Source], tmp_path: Path
) -> None:
    source = make(tmp_path)
    with pytest.raises(SourceError) as caught:
        source.schema()
    said = str(caught.value)
    assert said.startswith(str(tmp_path))
    assert ": 20,00" in said
    assert "columns, over 10,000; leave out those that nobody reads" in said
    assert len(said) < 300
