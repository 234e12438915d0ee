"""Letters per second against like clips."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import median_abs_deviation

from curate.barriers.speaking_rate import SpeakingRate
from curate.contract import Verdict, settle
from curate.engine.plan import check_columns
from curate.errors import RecipeError
from curate.kashmiri.normalize import count_letters, normalize

ALONE = SpeakingRate(group=())


def clips(
    letters: list[int | None], seconds: list[float | None] | float = 1.0, **more: list
) -> pa.Table:
    if isinstance(seconds, float):
        seconds = [seconds] * len(letters)
    ids = [f"c{i}" for i in range(len(letters))]
    columns = {"id": ids, "letters": pa.array(letters, pa.int32())}
    return pa.table({**columns, "duration": pa.array(seconds, pa.float64()), **more})


def judge(step: SpeakingRate, batch: pa.Table) -> Verdict:
    return step.decide(step.keys(batch))


def test_z_is_the_one_of_scipy() -> None:
    letters = np.random.default_rng(1).integers(20, 90, 101)
    seconds = np.random.default_rng(2).uniform(2, 9, 101)
    rate = letters / seconds
    expected = (rate - np.median(rate)) / median_abs_deviation(rate, scale="normal")
    got = judge(ALONE, clips(letters.tolist(), seconds.tolist())).measured
    np.testing.assert_allclose(got["letters_per_s"].to_numpy(), rate, rtol=1e-6)
    # 0.6745 is the published constant, rounded.
    np.testing.assert_allclose(got["rate_z"].to_numpy(), expected, rtol=1e-4, atol=1e-5)


def test_each_side_has_its_reason() -> None:
    verdict = judge(ALONE, clips([50, 51, 52, 53, 54, 55, 500, 1]))
    assert verdict.keep.to_pylist() == [True] * 6 + [False] * 2
    assert verdict.reason.to_pylist()[6:] == [
        "text too long for the audio",
        "text too short for the audio",
    ]


def test_groups_are_measured_by_themselves_and_rows_keep_their_order() -> None:
    slow, fast = [10, 11, 12, 13, 14, 15, 16, 17], [100, 101, 102, 103, 104, 105, 106, 107]
    mixed = [rate for pair in zip(slow, fast, strict=True) for rate in pair]
    batch = clips(mixed, speaker_id=["s", "f"] * 8, style=["news"] * 16)
    z = judge(SpeakingRate(), batch).measured["rate_z"].to_pylist()
    assert z[0::2] == z[1::2] == sorted(z[0::2])


def test_null_group_values_are_a_group() -> None:
    batch = clips([*range(10, 18), *range(100, 108)], speaker_id=["s"] * 8 + [None] * 8)
    z = judge(SpeakingRate(group=("speaker_id",)), batch).measured["rate_z"].to_pylist()
    assert z[:8] == z[8:]


def test_small_group_is_measured_against_all_rows() -> None:
    letters = [*range(10, 22), 40]
    one = SpeakingRate(group=("speaker_id",))
    batch = clips(letters, speaker_id=["s"] * 12 + ["other"])
    z = judge(one, batch).measured["rate_z"].to_pylist()
    assert z[12] == judge(ALONE, batch).measured["rate_z"].to_pylist()[12]


def test_small_group_is_measured_by_its_last_column_before_all_rows() -> None:
    letters = [*range(100, 108), *range(10, 18)]
    batch = clips(letters, speaker_id=["s", "t"] * 8, style=["news"] * 8 + ["names"] * 8)
    z = judge(SpeakingRate(), batch).measured["rate_z"].to_pylist()
    assert z[:8] == z[8:] == sorted(z[8:])


def test_too_few_rows_are_not_judged() -> None:
    verdict = judge(ALONE, clips([10, 11, 12, 500]))
    assert verdict.keep.to_pylist() == [True] * 4
    assert verdict.measured["rate_z"].to_pylist() == [None] * 4


def test_options_say_how_many_rows_make_a_group_and_how_far_is_too_far() -> None:
    # Median 12 and MAD 2, so that 20 lies at 0.6745 * 8 / 2 = 2.698.
    batch = clips([10, 11, 12, 14, 20])
    assert judge(SpeakingRate((), most_z=2.69, least_rows=5), batch).keep.to_pylist()[4] is False
    assert judge(SpeakingRate((), most_z=2.70, least_rows=5), batch).keep.to_pylist()[4] is True
    assert judge(SpeakingRate((), most_z=2.69, least_rows=6), batch).keep.to_pylist()[4] is True


def test_equal_rates_are_all_kept() -> None:
    verdict = judge(ALONE, clips([30] * 9))
    assert verdict.measured["rate_z"].to_pylist() == [0.0] * 9


def test_outlier_among_equal_rates_is_found_though_the_mad_is_zero() -> None:
    assert judge(ALONE, clips([30] * 9 + [90])).keep.to_pylist() == [True] * 9 + [False]


def test_row_that_cannot_be_measured_is_kept_with_null_evidence() -> None:
    batch = clips([30, 31, 32, 33, 34, 35, 36, 37, None, 38], [1.0] * 9 + [0.0])
    verdict = judge(ALONE, batch)
    assert verdict.keep.to_pylist()[8:] == [True, True]
    assert verdict.measured["letters_per_s"].to_pylist()[8:] == [None, None]


def test_silence_is_no_speech() -> None:
    batch = clips([30] * 9, 2.0, silence_share=[0.5] * 8 + [None])
    rates = judge(ALONE, batch).measured["letters_per_s"].to_pylist()
    assert rates == [30.0] * 8 + [15.0]


def test_a_group_column_with_a_question_mark_counts_where_there_is_one() -> None:
    rates = [10] * 8 + [30] * 8
    styles = {"speaker_id": ["s"] * 16, "style": ["slow"] * 8 + ["fast"] * 8}
    step = SpeakingRate(group=("speaker_id", "style?"))
    by_style, by_voice = clips(rates, **styles), clips(rates, speaker_id=["s"] * 16)
    assert judge(step, by_style).measured["rate_z"].to_pylist() == [0.0] * 16
    assert judge(step, by_voice).measured["rate_z"].to_pylist() != [0.0] * 16
    assert check_columns(by_voice.schema, [step])


def test_a_missing_group_column_is_found_before_any_work() -> None:
    with pytest.raises(RecipeError, match="speaking_rate needs the column 'style'"):
        check_columns(clips([1], speaker_id=["s"]).schema, [SpeakingRate()])


def test_no_rows_give_an_empty_verdict_of_the_declared_types() -> None:
    batch = clips([]).append_column("source", pa.array([], pa.string()))
    applied = settle(ALONE, batch, judge(ALONE, batch))
    assert applied.kept.schema == ALONE.output_schema(batch.schema)


def test_order_of_the_shards_changes_no_verdict() -> None:
    letters = np.random.default_rng(3).integers(5, 90, 60)
    batch = clips(letters.tolist(), speaker_id=["a", "b", "c"] * 20)
    step = SpeakingRate(group=("speaker_id",))
    turned = batch.take(list(range(59, -1, -1)))
    assert judge(step, turned).keep.to_pylist()[::-1] == judge(step, batch).keep.to_pylist()


def test_swapped_texts_of_real_clips_are_told_from_right_ones(kashmiri_dir: Path) -> None:
    with (kashmiri_dir / "metadata.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["style"] != "NAMES"]
    letters = [count_letters(normalize(row["text"]).text) for row in rows]
    seconds = [float(row["duration_s"]) for row in rows]
    order = np.random.default_rng(0).permutation(len(rows))
    both = clips(letters + [letters[i] for i in order], seconds * 2)
    z = np.abs(judge(ALONE, both).measured["rate_z"].to_numpy())
    right, swapped = z[: len(rows)], z[len(rows) :]
    auc = np.mean(right[:, None] < swapped[None, :])
    # .91 within speaker and style on 2,272 clips (docstring); 65 clips in one group do a bit worse.
    assert auc > 0.75
