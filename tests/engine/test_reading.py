"""Shards as they are read: small pieces together, and fractions of the rows."""

from __future__ import annotations

import dataclasses as dc
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from row_corpus import ids, write_corpus, write_recipe

from curate.contract import ShardRef, Source
from curate.engine.outcome import Outcome
from curate.engine.plan import make_plan
from curate.engine.reading import MANY_PIECES, SMALL_CLIPS, SMALL_ROWS, Shard
from curate.errors import CurateError, StepError
from curate.pipeline import run_recipe
from curate.recipe import load_recipe
from curate.transforms.assign_split import AssignSplit


@dc.dataclass(frozen=True)
class Pieces(Source):
    """Many pieces of a few rows; one of them may be short of what it announces."""

    count: int = MANY_PIECES + 500
    rows: int = 4
    short: int = -1
    media: bool = False

    def schema(self) -> pa.Schema:
        names = [("id", pa.string()), ("source", pa.string())]
        return pa.schema([*names, *([("clip", pa.binary())] if self.media else [])])

    def shards(self) -> Sequence[ShardRef]:
        return [ShardRef(f"{at:06d}", self.rows, f"{at}", (at,)) for at in range(self.count)]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        (at,) = ref.where
        rows = self.rows - (at == self.short)
        names = [f"{at}:{row}" for row in range(rows)]
        table = pa.table({"id": names, "source": ["s"] * rows})
        if at % 3 == 0:
            table = table.append_column("defect", pa.nulls(rows, pa.string()))
        yield table


def shards(source: Pieces, limit: int | None = None) -> tuple[Shard, ...]:
    return make_plan([source], [], limit=limit).shards


def test_few_pieces_stay_as_the_source_cuts_them() -> None:
    assert [len(one.refs) for one in shards(Pieces(MANY_PIECES))] == [1] * MANY_PIECES


def test_small_pieces_of_very_many_are_put_together() -> None:
    made = shards(Pieces())
    assert [one.rows() for one in made] == [SMALL_ROWS] * 6
    assert [one.name for one in made[:2]] == ["00-000000+249", "00-000250+249"]
    assert [ref.name for one in made for ref in one.refs] == [ref.name for ref in Pieces().shards()]


def test_few_clips_are_put_together() -> None:
    assert {one.rows() for one in shards(Pieces(media=True))} <= {SMALL_CLIPS, 16}


def test_large_pieces_stay_alone_however_many_they_are() -> None:
    assert {len(one.refs) for one in shards(Pieces(rows=SMALL_ROWS))} == {1}


def test_pieces_added_at_the_end_change_the_last_shard_only() -> None:
    assert shards(Pieces(2100))[:8] == tuple(
        dc.replace(one, source=Pieces(2100)) for one in shards(Pieces(2000))[:8]
    )


def test_limit_ends_within_what_is_put_together() -> None:
    made = shards(Pieces(), limit=4501)
    assert [one.rows() for one in made] == [1000] * 4 + [501]


def test_rows_of_pieces_put_together_come_in_order_and_in_few_batches() -> None:
    last = shards(Pieces(count=1003))[-1]
    tables = list(last.read())
    found = [name for table in tables for name in table["id"].to_pylist()]
    assert found == [f"{at}:{row}" for at in (1000, 1001, 1002) for row in range(4)]


def test_batches_of_one_schema_are_joined() -> None:
    @dc.dataclass(frozen=True)
    class Alike(Pieces):
        def read(self, ref: ShardRef) -> Iterator[pa.Table]:
            yield pa.table({"id": [ref.name], "source": ["s"]})

    first = make_plan([Alike(rows=1)], []).shards[0]
    assert [table.num_rows for table in first.read()] == [SMALL_ROWS]


def test_a_piece_short_of_what_it_announces_is_an_error() -> None:
    first = shards(Pieces(short=3))[0]
    with pytest.raises(StepError, match="announced 4 rows but read 3"):
        list(first.read())


def run(folder: Path, source: Path, fraction: float | None, workers: int = 1) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    recipe = load_recipe(write_recipe(folder, source))
    return run_recipe(recipe, folder / "out", fraction=fraction, workers=workers)


def taken(folder: Path, source: Path, fraction: float) -> set[str]:
    run(folder, source, fraction)
    return set(ids(folder / "out"))


def test_a_fraction_is_about_that_share_and_each_of_its_rows_is_accounted_for(
    tmp_path: Path, corpus: Path
) -> None:
    outcome = run(tmp_path, corpus, 0.2)
    assert outcome.conserved()
    assert 90 < outcome.rows_read() < 150  # of 600; three standard deviations are 29
    assert len(ids(tmp_path / "out")) == outcome.rows_read()
    record = json.loads((tmp_path / "out/run.json").read_text())
    assert record["fraction"] == {"share": 0.2, "of_rows": 600}
    assert "a sample of 0.2 of 600 by their ids," in (tmp_path / "out/README.md").read_text()


def test_a_smaller_fraction_lies_within_a_larger_one(tmp_path: Path, corpus: Path) -> None:
    assert taken(tmp_path / "a", corpus, 0.1) < taken(tmp_path / "b", corpus, 0.3)


def test_a_fraction_is_the_same_after_the_input_grew_and_was_cut_anew(tmp_path: Path) -> None:
    small = write_corpus(tmp_path / "small", shards=6, rows=50)
    large = write_corpus(tmp_path / "large", shards=4, rows=100)
    before, after = taken(tmp_path / "a", small, 0.3), taken(tmp_path / "b", large, 0.3)
    assert before == {name for name in after if name < "row-000300"}


def test_a_fraction_of_one_is_everything(tmp_path: Path, corpus: Path) -> None:
    assert run(tmp_path, corpus, 1.0).rows_read() == 600


def test_a_run_of_everything_does_not_take_a_fraction_for_done(
    tmp_path: Path, corpus: Path
) -> None:
    run(tmp_path, corpus, 0.2)
    assert run(tmp_path, corpus, None).rows_read() == 600


def test_splits_of_a_fraction_have_their_shares() -> None:
    source = Pieces(count=1, rows=4000)
    (shard,) = make_plan([source], [], fraction=0.25).shards
    (table,) = shard.read()
    split = AssignSplit(group="id", shares={"train": 0.5, "test": 0.5})(table)["split"].to_pylist()
    assert 0.42 < split.count("test") / len(split) < 0.58


@pytest.mark.parametrize("fraction", [0.0, -0.5, 1.01, float("nan")])
def test_what_is_no_fraction_is_refused(fraction: float) -> None:
    with pytest.raises(CurateError, match="a fraction is above 0 and at most 1"):
        make_plan([Pieces()], [], fraction=fraction)


def test_a_corpus_of_very_many_small_files_is_whole_and_in_order(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "rows", shards=MANY_PIECES + 1, rows=2)
    outcome = run(tmp_path, source, None)
    assert (outcome.rows_read(), len(outcome.plan.shards)) == (2 * MANY_PIECES + 2, 3)
    kept = pq.read_table(tmp_path / "out/data/train-00000-of-00001.parquet")["id"].to_pylist()
    assert kept == sorted(kept)
