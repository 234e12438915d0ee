"""Training a language model: lines, plan, one small training from end to end."""

from __future__ import annotations

import collections
import dataclasses as dc
import gzip
import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import SourceError
from curate.langid.evaluate import predict_labels
from curate.langid.train import Plan, Shape, fit, licence_of, main, read_inputs, read_plan, train
from curate.langid.training_lines import (
    Line,
    Sampling,
    bare,
    clean_lines,
    crop,
    draw,
    held_out_part,
    letters_of,
    read_lines,
    with_strays,
    without_marks,
)

AS_IS = Sampling(crop_share=0, case_share=0, bare_share=0, noise_share=0)
TINY = Shape(dim=8, buckets=5000, least_count=1, epochs=25, rows_kept=1500)
VOWELS = {"low_Latn": "aou", "high_Latn": "eiy"}


def made_up(lines_each: int, seed: int) -> list[Line]:
    """Two languages that share their consonants and no vowel."""
    rng = random.Random(seed)
    found = []
    for label, vowels in VOWELS.items():
        for _ in range(lines_each):
            words = (
                "".join(rng.choice("bdgklmnprst") + rng.choice(vowels) for _ in range(3))
                for _ in range(5)
            )
            found.append(Line(" ".join(words), label, "made up", "CC0-1.0"))
    return found


def test_json_lines_plain_and_compressed_and_parquet_give_the_same_lines(tmp_path: Path) -> None:
    rows = [
        {"text": "a", "lang": "x", "licence": "CC0-1.0"},
        {"text": "b", "lang": "y", "licence": None},
    ]
    text = "".join(json.dumps(row) + "\n\n" for row in rows)
    (tmp_path / "a.jsonl").write_text(text)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    expected = [Line("a", "x", "", "CC0-1.0"), Line("b", "y", "", "")]
    assert [read_lines(tmp_path / name) for name in ("a.jsonl", "a.jsonl.gz", "a.parquet")] == [
        expected
    ] * 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"text": "a"}', "no 'lang'"),
        ("[1]", "not an object"),
        ("{", "not JSON"),
        ('{"text": 1, "lang": "x"}', "no 'text'"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(SourceError, match=message):
        read_lines(tmp_path / "a.jsonl")


def test_a_text_is_kept_once_for_each_label_without_held_out_and_rare_ones() -> None:
    lines = [
        Line("two  words\n", "mt"), Line("two words", "mt"), Line("two words", "it"), Line("other", "it"),
        Line("123 !", "mt"), Line("Seen, before", "mt"), Line("dialect", "mt-x"), Line("rare", "xx"), Line("left", "out"),
    ]  # fmt: skip
    kept = clean_lines(
        lines,
        merge={"mt-x": "mt"},
        labels=["mt", "it", "xx"],
        least=2,
        held_out={letters_of("seen before")},
    )
    assert [(line.label, line.text) for line in kept] == [
        ("it", "two words"), ("it", "other"), ("mt", "two words"), ("mt", "dialect"),
    ]  # fmt: skip


def test_what_fasttext_would_read_as_a_label_or_an_end_is_no_text() -> None:
    (line,) = clean_lines([Line("one __label__mt two</s> \0three \ud800", "it")])
    assert line.text == "one mt two three ?"


def test_copies_of_a_text_fall_on_the_same_side() -> None:
    lines = [
        Line(f"{word} {end}", "x")
        for word in map(str.__mul__, "abcdefgh" * 30, range(1, 241))
        for end in ".!"
    ]
    trained, tested = held_out_part(lines, 0.2)
    assert len(trained) + len(tested) == len(lines)
    assert 0 < len(tested) < len(trained)
    assert not {letters_of(one.text) for one in trained} & {letters_of(one.text) for one in tested}


def test_shares_follow_temperature_weights_and_sources() -> None:
    lines = (
        [Line(f"{'x' * n} a", "big") for n in range(1, 101)]
        + [Line("y", "small", "s")]
        + [Line("z", "small")]
    )
    sampling = Sampling(
        0.5, {"small": 2}, {"s": 3}, crop_share=0, case_share=0, bare_share=0, noise_share=0
    )
    counts = collections.Counter(text for text in draw(lines, sampling))
    by_label = collections.Counter(text.split()[0] for text in counts.elements())
    # small: 3 + 1 lines against 100, so 100 · √.04 · 2 = 40, three quarters of them from source s
    assert by_label == {"__label__big": 100, "__label__small": 40}
    assert counts["__label__small y"] == 30
    assert max(counts[text] for text in counts if "big" in text) == 1


def test_the_same_lines_and_seed_draw_the_same_text_in_any_process() -> None:
    lines = made_up(20, seed=1)
    text = draw(lines, Sampling())
    assert text == draw(lines, Sampling())
    assert text != draw(lines, Sampling(seed=8))
    three = [Line("one", "x"), Line("two", "x"), Line("three", "y")]
    assert draw(three, AS_IS) == [
        "__label__x one",
        "__label__x two",
        "__label__y three",
        "__label__y three",
    ]


def test_a_crop_is_some_words_in_order_and_never_all() -> None:
    rng = random.Random(0)
    crops = {crop("a b c d", 3, rng) for _ in range(300)}
    assert crops == {"a", "b", "c", "d", "a b", "b c", "c d", "a b c", "b c d"}
    assert crop("short", 3, rng) == ""
    assert crop("长" * 9, 3, rng) in {"长" * n for n in range(2, 9)}


def test_strays_leave_every_word_in_place() -> None:
    rng = random.Random(0)
    for _ in range(200):
        assert bare(with_strays("سلام دنیا", (), rng)) == "سلام دنیا"


def test_latin_words_stray_into_other_scripts_only() -> None:
    rng = random.Random(0)
    noisy = [with_strays(text, ("latin",), rng) for text in ("мир", "mir") for _ in range(100)]
    assert any("latin" in text for text in noisy[:100])
    assert not any("latin" in text for text in noisy[100:])


def test_marks_go_and_letters_stay() -> None:
    assert without_marks("چُھ کٲشُر") == "چھ کٲشر"


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        ({"CC0-1.0", "public-domain UN text"}, "CC0-1.0"),
        ({"CC0-1.0", "CC-BY-4.0"}, "CC-BY-4.0"),
        ({"CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-4.0"}, "CC-BY-SA-4.0"),
        ({"CC-BY-SA-4.0", "CC-BY-NC-4.0"}, "non-commercial: CC-BY-NC-4.0"),
        ({"CC0-1.0", ""}, "unknown: some lines have no licence"),
    ],
)
def test_a_model_is_passed_on_under_the_strictest_licence(
    licences: set[str], expected: str
) -> None:
    assert licence_of(licences) == expected


def test_a_small_training_tells_two_languages_apart_and_says_what_it_did(tmp_path: Path) -> None:
    lines, test = made_up(150, seed=1), made_up(40, seed=2)
    about = train(lines, test, Plan(shape=TINY), tmp_path / "mine.ftz")
    assert about == json.loads((tmp_path / "mine.json").read_text())
    assert about["labels"] == ["high_Latn", "low_Latn"]
    assert about["licence"] == "CC0-1.0"
    assert about["sources"] == [{"source": "made up", "licence": "CC0-1.0", "lines": 300}]
    assert about["figures"]["accuracy"] == 1.0
    assert predict_labels(tmp_path / "mine.ftz", ["kalo muno", "keli\nminy"]) == [
        "low_Latn",
        "high_Latn",
    ]


def test_two_trainings_give_the_same_bytes(tmp_path: Path) -> None:
    text = draw(made_up(100, seed=1), Sampling())
    for name in ("a.ftz", "b.ftz"):
        fit(text, TINY, tmp_path / name)
    assert (tmp_path / "a.ftz").read_bytes() == (tmp_path / "b.ftz").read_bytes()


def test_a_training_that_cannot_be_says_so_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"could not train on these 1 lines: .*at least 256 rows"):
        fit(
            ["__label__x one"],
            dc.replace(TINY, dim=128, buckets=9, rows_kept=9),
            tmp_path / "a.ftz",
        )
    with pytest.raises(SourceError, match="too small to be trained repeatably"):
        fit(["__label__x one"], dc.replace(TINY, buckets=9), tmp_path / "a.ftz")
    with pytest.raises(SourceError, match="a model needs two"):
        train([Line("one", "x")], [], Plan(), tmp_path / "a.ftz")


def test_the_plan_of_a_model_is_a_plan(tmp_path: Path) -> None:
    about = train(made_up(60, seed=1), [], Plan(shape=TINY, least_lines=5), tmp_path / "mine.ftz")
    assert about["plan"]["least_lines"] == 5
    assert read_plan(tmp_path / "mine.json") == Plan(shape=TINY, least_lines=5)


def test_a_name_that_no_plan_has_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"shape": {"epoch": 3}}')
    with pytest.raises(SourceError, match="shape has no epoch; it has dim"):
        read_plan(tmp_path / "plan.json")


def test_the_folder_of_a_run_gives_its_splits(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for split, text in (("train", "one"), ("test", "two")):
        pq.write_table(
            pa.table({"text": [text], "lang": ["x"]}),
            tmp_path / "data" / f"{split}-00000-of-00001.parquet",
        )
    assert read_inputs(tmp_path, None) == ([Line("one", "x")], [Line("two", "x")])


def test_the_command_line_trains_and_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"text": line.text, "lang": line.label} for line in made_up(150, seed=1)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "plan.json").write_text(json.dumps({"shape": vars(TINY)}))
    assert (
        main(
            [
                str(tmp_path / "a.jsonl"),
                "--out",
                str(tmp_path / "m.ftz"),
                "--plan",
                str(tmp_path / "plan.json"),
            ]
        )
        == 0
    )
    assert "2 labels, licence unknown" in capsys.readouterr().out
    assert main([str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "m.ftz")]) == 2
    assert "there is no file" in capsys.readouterr().err
