"""What every step must hold, found by walking the tree: a new step is tested before its author writes a test."""

from __future__ import annotations

import dataclasses as dc
import doctest
import importlib
import pickle

import numpy as np
import pyarrow as pa
import pytest

from curate.arrow import AUDIO, fit_schema
from curate.audio.batch import RATE, SAMPLES, samples_array
from curate.audio.encode import encode
from curate.catalog import adapter, find_step, known_steps
from curate.contract import (
    REJECTION,
    Applied,
    Barrier,
    Filter,
    Step,
    Transform,
    apply,
    light,
    settle,
)
from curate.engine.plan import check_columns

ROW_STEPS = known_steps(["transforms", "filters"])
BARRIERS = known_steps(["barriers"])
# Steps that cannot run without weights take the way out that a user has.
OPTIONS: dict[str, dict[str, object]] = {
    name: {"missing": "skip"}
    for name in ROW_STEPS
    if "missing" in find_step(name).__dataclass_fields__
}


def make(name: str) -> Step:
    return find_step(name)(**OPTIONS.get(name, {}))


def corpus() -> pa.Table:
    """Twelve clips with everything that any step reads: speech-like, silent, tiny, loud, noisy."""
    rng = np.random.default_rng(7)
    clips = []
    for row in range(12):
        seconds = (2.0, 0.05, 1.2, 0.0, 3.0, 1.5)[row % 6]
        time = np.arange(int(seconds * 22050)) / 22050
        tone = np.sin(2 * np.pi * (120 + 15 * row) * time) * (1 + np.sin(2 * np.pi * 4 * time))
        noise = rng.normal(0, (0.001, 0.05)[row % 2], time.size)
        clip = (0.2 * tone + noise) * (row != 4)
        clips.append(np.clip(clip * (8 if row == 8 else 1), -1, 1).astype(np.float32))
    count = len(clips)
    audio = [
        {"bytes": encode(clip, 22050, "flac") if clip.size else b"no", "path": None}
        for clip in clips
    ]
    return pa.table(
        {
            "id": [f"clip/{row}.wav" for row in range(count)],
            "source": ["made"] * count,
            "speaker_id": ["422", "423", None] * 4,
            "style": ["NEWS", "BOOK"] * 6,
            "text": ["یہِ چھُ  71 گَر", "", "کٲشُر", None] * 3,
            "etymology": [["Arabic", "Code-Switching"], [], ["Symbol"], None] * 3,
            "anchor": ["금리가 올랐다.", "", None] * 4,
            "positive": ["금리가 상승했다.", "", "금리"] * 4,
            "negative": ["금리가 내렸다.", None, "금리"] * 4,
            "positives": [["ٹھیٖک"], [], None] * 4,
            "negatives": [["نہ", None, ""], ["نہ"], None] * 4,
            "letters": pa.array(range(3, 3 + count), pa.int32()),
            "duration": pa.array([clip.size / 22050 for clip in clips], pa.float64()),
            "audio": pa.array(audio, AUDIO),
            SAMPLES.name: samples_array(clips),
            RATE.name: pa.array([22050] * count, RATE.type),
        }
    )


@pytest.fixture(scope="module")
def batch() -> pa.Table:
    return corpus()


def run(step: Transform | Filter, batch: pa.Table) -> Applied:
    return apply(step, batch, "shard")


def parents(step: Step, kept: pa.Table) -> list[str]:
    """Ids of the rows that went in; a step that splits rows calls them ``<id>#1``, ``<id>#2``."""
    ids = kept["id"].to_pylist()
    if not getattr(step, "splits", False):
        return ids
    return list(dict.fromkeys(i.rpartition("#")[0] or i for i in ids))


def test_there_are_steps_of_every_kind() -> None:
    kinds = {name.split(".")[0] for name in known_steps()}
    assert kinds == {"sources", "transforms", "filters", "barriers"}


@pytest.mark.parametrize("name", ROW_STEPS)
def test_rows_in_are_rows_kept_and_rejected(name: str, batch: pa.Table) -> None:
    step = make(name)
    kept, rejected = run(step, batch)
    found = parents(step, kept)
    assert sorted([*found, *rejected["id"].to_pylist()]) == sorted(batch["id"].to_pylist())
    assert found == [i for i in batch["id"].to_pylist() if i not in set(rejected["id"].to_pylist())]


@pytest.mark.parametrize("name", ROW_STEPS)
def test_a_batch_in_pieces_gives_the_same_rows(name: str, batch: pa.Table) -> None:
    step = make(name)
    whole = run(step, batch)
    pieces = [run(step, piece) for piece in (batch.slice(0, 5), batch.slice(5, 1), batch.slice(6))]
    assert pa.concat_tables([piece.kept for piece in pieces]).equals(whole.kept)
    assert pa.concat_tables([piece.rejected for piece in pieces]).equals(whole.rejected)


@pytest.mark.parametrize("name", ROW_STEPS)
def test_an_empty_batch_has_the_declared_schema(name: str, batch: pa.Table) -> None:
    step = make(name)
    kept, rejected = run(step, batch.slice(0, 0))
    assert kept.schema.equals(step.output_schema(batch.schema), check_metadata=True)
    assert (kept.num_rows, rejected.num_rows) == (0, 0)
    assert kept.schema.equals(run(step, batch).kept.schema, check_metadata=True)


@pytest.mark.parametrize("name", ROW_STEPS)
def test_only_declared_columns_change(name: str, batch: pa.Table) -> None:
    step = make(name)
    kept, _ = run(step, batch)
    declared = step.output_schema(batch.schema).names
    untouched = [
        c for c in batch.column_names if c in declared and c not in step.added(batch.schema)
    ]
    splits = getattr(step, "splits", False)
    ids = [(splits and i.rpartition("#")[0]) or i for i in kept["id"].to_pylist()]
    before = batch.take(pa.compute.index_in(pa.array(ids, pa.string()), batch["id"]))
    untouched = [c for c in untouched if not (splits and c == "id")]
    assert kept.select(untouched).equals(before.select(untouched))


@pytest.mark.parametrize("name", ROW_STEPS)
def test_reasons_come_from_the_closed_set(name: str, batch: pa.Table) -> None:
    step = make(name)
    _, rejected = run(step, batch)
    assert set(rejected["reason"].to_pylist()) <= set(step.reasons)
    assert set(rejected["rejected_by"].to_pylist()) <= {name}


@pytest.mark.parametrize("name", ROW_STEPS)
def test_the_same_step_gives_the_same_rows_again_after_pickling(name: str, batch: pa.Table) -> None:
    step = make(name)
    twin = pickle.loads(pickle.dumps(step))
    assert twin.fingerprint() == step.fingerprint()
    assert run(twin, batch).kept.equals(run(step, batch).kept)


@pytest.mark.parametrize("name", ROW_STEPS)
def test_a_step_does_not_touch_its_input(name: str, batch: pa.Table) -> None:
    run(make(name), batch)
    assert batch.equals(corpus())


@pytest.mark.parametrize("name", BARRIERS)
def test_a_barrier_judges_every_row_the_same_however_sharded(name: str, batch: pa.Table) -> None:
    step = make(name)
    assert isinstance(step, Barrier)
    whole = step.decide(step.keys(batch))
    pieces = [step.keys(piece) for piece in (batch.slice(0, 5), batch.slice(5))]
    parts = step.decide(pa.concat_tables(pieces))
    assert whole.keep.equals(parts.keep)
    kept, rejected = settle(step, batch, whole)
    assert kept.num_rows + rejected.num_rows == batch.num_rows
    assert kept.schema.equals(step.output_schema(batch.schema))


@pytest.mark.parametrize("name", BARRIERS)
def test_a_barrier_without_rows_decides_nothing(name: str, batch: pa.Table) -> None:
    step = make(name)
    assert isinstance(step, Barrier)
    assert len(step.decide(step.keys(batch.slice(0, 0))).keep) == 0


@pytest.mark.parametrize("name", known_steps())
def test_the_docstring_stands_alone_and_its_example_runs(name: str) -> None:
    cls = find_step(name)
    doc = cls.__doc__ or ""
    module = importlib.import_module(cls.__module__)
    assert module.__doc__
    assert doc.split("\n")[0].endswith("."), (
        "the first line is a sentence that `curate steps` shows"
    )
    for field in dc.fields(cls):
        assert f"{field.name}:" in doc, f"option {field.name} is not documented"
    for reason in cls.reasons:
        assert f"{reason}:" in doc or f"{reason}:" in (module.__doc__ or ""), (
            f"{reason!r} is not documented"
        )
    tests = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert tests, "no example"
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for test in tests:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("name", [*ROW_STEPS, *BARRIERS])
def test_a_threshold_names_an_option_a_numeric_column_and_reasons(
    name: str, batch: pa.Table
) -> None:
    step = make(name)
    schema = step.output_schema(batch.schema)
    for option, limit in step.limits.items():
        assert option in step.__dataclass_fields__
        assert limit.column in {*step.added(batch.schema), *step.columns_read()}
        kind = schema.field(limit.column).type
        assert pa.types.is_floating(kind) or pa.types.is_integer(kind)
        assert set(limit.reasons) <= set(step.reasons)
    assert step.thresholds().keys() <= step.limits.keys()


def test_no_threshold_is_forgotten() -> None:
    lacking = {
        f"{name}.{field.name}"
        for name in [*ROW_STEPS, *BARRIERS]
        if name.startswith(("filters.", "barriers."))
        for field in dc.fields(find_step(name))
        if field.name.startswith(("least", "most")) and field.name not in find_step(name).limits
    }
    assert lacking == {  # whom another threshold judges, and by how many rows
        "filters.language.least_letters",
        "filters.language.least_prob_short",
        "barriers.speaking_rate.least_rows",
    }


@pytest.mark.parametrize("name", ROW_STEPS)
def test_a_row_rejected_for_a_threshold_lies_beyond_it(name: str, batch: pa.Table) -> None:
    step = make(name)
    _, rejected = run(step, batch)
    bounds = step.thresholds()
    for option, limit in step.limits.items():
        mine = rejected.filter(pa.compute.is_in(rejected["reason"], pa.array(limit.reasons)))
        for value in mine[limit.column].to_pylist():
            size = abs(value) if limit.keeps == "most in size" else value
            assert size < bounds[option] if limit.keeps == "least" else size > bounds[option]


@pytest.mark.parametrize("name", known_steps())
def test_unknown_options_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        adapter(find_step(name)).validate_python({"nonsense": 1})


@pytest.mark.parametrize("name", known_steps())
def test_file_and_class_are_named_alike(name: str) -> None:
    cls = find_step(name)
    assert cls.step_name() == name
    module = importlib.import_module(cls.__module__)
    public = [
        n
        for n, o in vars(module).items()
        if isinstance(o, type) and o.__module__ == module.__name__ and n[0] != "_"
    ]
    assert public == [cls.__name__]


def test_rejected_rows_carry_no_media(batch: pa.Table) -> None:
    names = light(batch).column_names
    assert "audio" not in names
    assert SAMPLES.name not in names
    _, rejected = run(make("filters.duration"), batch)
    assert rejected.column_names == [*names, *(field.name for field in REJECTION)]


def test_columns_are_followed_through_a_chain(batch: pa.Table) -> None:
    steps = [make("transforms.trim_silence"), make("filters.duration")]
    schemas = check_columns(batch.schema, steps)
    assert fit_schema(batch, schemas[0]).equals(batch)
    assert "trim_start" in schemas[-1].names
