from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.sources.jsonl import Jsonl
from curate.text import json_lines, json_rows, json_survey

CELLS = st.sampled_from(["a", "b", "c", "", 1, 2.5, True, None, {"x": 1}, "é\n"])
LINES = st.dictionaries(st.sampled_from(["id", "text", "n"]), CELLS).map(json.dumps)
FILES = st.lists(st.lists(LINES | st.sampled_from(["", "null", "{"]), max_size=6), min_size=1)


def planned(
    folder: Path, few_bytes: int, columns: dict[str, str], part_bytes: int = 2**60
) -> tuple[Any, Any]:
    """Schema and shards, with all rows by Python or as many as can be by the kernel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "FEW_BYTES", few_bytes)
        patch.setattr(json_lines, "BLOCK_BYTES", 60)
        patch.setattr(json_survey, "BLOCK_BYTES", 60)
        patch.setattr(json_survey, "PART_BYTES", part_bytes)
        json_survey._survey.cache_clear()
        source = Jsonl(str(folder), columns=columns, shard_rows=2)
        return source.schema(), source.shards()


@settings(max_examples=200)
@given(FILES, st.sampled_from([{}, {"id": "n"}, {"other": "id"}]))
def test_one_pass_plans_what_two_plan(files: list[list[str]], columns: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = json.dumps({"id": "z", "text": "t", "n": "m"})
        for at, lines in enumerate(files):
            text = "\n".join([first, *lines]).encode()
            if at == 1:
                (folder / f"{at}.jsonl.gz").write_bytes(gzip.compress(text, mtime=0))
            else:
                (folder / f"{at}.jsonl").write_bytes(text)
        expected = planned(folder, 2**60, columns)
        for few_bytes in (0, 100, 2**60):
            for part_bytes in (1, 2**60):
                assert planned(folder, few_bytes, columns, part_bytes) == expected


def test_a_type_that_clashes_in_a_later_file_is_that_of_all_rows_before(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n')
    (tmp_path / "b.jsonl").write_text('{"n": "text"}\n{"n": 0.5}\n')
    for part_bytes in (1, 2**60):
        schema, shards = planned(tmp_path, 2**60, {}, part_bytes)
        assert schema.field("n").type == pa.float64()
        assert [one.rows for one in shards] == [1, 2]


def test_the_file_with_data_as_keys_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n')
    (tmp_path / "b.jsonl").write_text(json.dumps({f"k{at}": 1 for at in range(1001)}))
    for part_bytes in (1, 2**60):
        with pytest.raises(SourceError, match=r"b\.jsonl: over 1000 different keys"):
            planned(tmp_path, 2**60, {}, part_bytes)


def test_keys_that_are_too_many_in_all_files_together_are_refused(tmp_path: Path) -> None:
    for name in "ab":
        row = {f"{name}{at}": 1 for at in range(600)}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row))
    for part_bytes in (1, 2**60):
        with pytest.raises(SourceError, match="over 1000 different keys"):
            planned(tmp_path, 2**60, {}, part_bytes)


def test_flat_rows_of_one_type_a_column_are_read_once(tmp_path: Path) -> None:
    rows = [{"id": f"{at % 7}", "text": "x"} for at in range(20)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "FEW_BYTES", 0)
        source = Jsonl(str(tmp_path))
        found = json_survey._survey(
            json_survey.states_of(source._inputs()), "id", source.shard_rows
        )
    assert found.repeats is not None
    assert found.repeats.rows().tolist() == list(range(7, 20))
