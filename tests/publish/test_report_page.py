"""The report as a file: nothing from outside, nothing unescaped, nothing secret, not too large."""

from __future__ import annotations

import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from curate.cli import app
from curate.errors import PublishError
from curate.pipeline import run_recipe
from curate.publish.card import Prose
from curate.publish.record import read_record
from curate.publish.report import figures
from curate.publish.report.account import differences
from curate.publish.report.marked import language_tag, shown
from curate.publish.report.words import number, option, tick, visible
from curate.publish.report_html import prose_in, rebuild_report, write_comparison, write_report
from curate.recipe import load_recipe

NASTY = (
    "</script><script>alert(1)</script></style>\"'><img src=x onerror=alert(2)>&amp;\u202e\u0007"
)
RECIPE = """\
name: texts
source:
  sources.jsonl: {path: texts.jsonl}
steps:
  - filters.quality_rules: {presets: [], least_word_count: 3}
"""


class Page(HTMLParser):
    """What an HTML parser makes of a page: its elements, attributes and ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def made(folder: Path, rows: list[dict[str, Any]], recipe: str = RECIPE) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "texts.yaml").write_text(recipe)
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "texts.jsonl").write_text(lines, encoding="utf-8")
    run_recipe(load_recipe(folder / "texts.yaml"), folder / "out", workers=1)
    return folder / "out"


def three(nasty: str = "") -> list[dict[str, Any]]:
    return [
        {"id": f"a{nasty}", "text": f"few {nasty}".strip(), "lang": f"x{nasty}"},
        {"id": f"b{nasty}", "text": f"{nasty} these words are enough for it", "lang": "eng"},
        {"id": "c", "text": "and these are too, nearly", "lang": "eng"},
    ]


def report_of(out: Path) -> str:
    return rebuild_report(out).read_text(encoding="utf-8")


def test_strings_of_rows_and_records_never_become_markup(tmp_path: Path) -> None:
    plain, nasty = made(tmp_path / "a", three()), made(tmp_path / "b", three(NASTY))
    record = read_record(nasty)
    for step in record["steps"]:
        step["options"]["label"] = NASTY
    record["models"] = {NASTY: {NASTY: NASTY}}
    record["workers"] = NASTY
    for line in record["funnel"]:
        line["rejected"] = {f"{reason}{NASTY}": n for reason, n in line["rejected"].items()}
    write_report(nasty, record, Prose({"pretty_name": NASTY, "license": NASTY}, "", None))
    page, harmless = Page((nasty / "report.html").read_text("utf-8")), Page(report_of(plain))
    assert len(page.of("script")) == len(harmless.of("script")) == 2
    assert not page.of("img", "iframe", "object", "link", "base")
    known = {name for _, attributes in harmless.tags for name in attributes}
    assert {name for _, attributes in page.tags for name in attributes} <= known | {"lang"}


def test_names_and_reasons_show_marks_that_turn_the_direction() -> None:
    assert visible("a\u202eb\u0000") == "a⟨U+202E⟩b⟨U+0000⟩"


def test_the_page_asks_for_nothing_from_outside(tmp_path: Path) -> None:
    text = report_of(made(tmp_path / "a", three()))
    for attributes in Page(text).of("script", "audio", "image", "a", "use"):
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert "default-src 'none'" in text
    assert "@import" not in text


def test_ids_are_unique_and_anchors_lead_somewhere(tmp_path: Path) -> None:
    page = Page(report_of(made(tmp_path / "a", three())))
    ids = [one["id"] for _, one in page.tags if "id" in one]
    assert len(ids) == len(set(ids))
    targets = [one["href"] for one in page.of("a") if one.get("href")]
    assert {str(target)[1:] for target in targets} <= set(ids)


def test_tokens_paths_and_secrets_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = "hf_CANARYcanaryCANARYcanary"
    monkeypatch.setenv("HF_TOKEN", canary)
    out = made(tmp_path / "a", three())
    record = read_record(out)
    record["sources"][0]["options"] |= {"url": f"https://x/?t={canary}", "api_key": "plain-secret"}
    write_report(out, record, prose_in(out))
    text = (out / "report.html").read_text("utf-8")
    assert canary not in text
    assert "plain-secret" not in text
    assert str(tmp_path) not in text


def test_what_the_recipe_masks_is_masked_on_the_page(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "ann@example.com"},
        {"id": "b", "text": "write to ben@example.com soon please"},
    ]
    recipe = f"{RECIPE}  - transforms.mask_pii\n"
    text = report_of(made(tmp_path / "a", rows, recipe))
    assert "@example.com" not in text
    assert text.count("&lt;email&gt;") == 3  # an example, and both samples


def test_a_run_with_failed_shards_says_so(tmp_path: Path) -> None:
    out = made(tmp_path / "a", three())
    record = read_record(out) | {"complete": False, "failures": {"x": "broken"}}
    record["rows"]["failed"] = 7
    write_report(out, record, prose_in(out))
    text = (out / "report.html").read_text("utf-8")
    assert "This run is not complete: 1 shard failed" in text
    assert "<b>7</b> in failed shards" in text


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    out = made(tmp_path / "a", three())
    assert report_of(out) == report_of(out)


def test_a_report_made_of_the_same_is_not_made_again(tmp_path: Path) -> None:
    out = made(tmp_path / "a", three())
    page = out / "report.html"
    before = page.stat().st_mtime_ns
    made(tmp_path / "a", three())
    assert page.stat().st_mtime_ns == before
    write_report(out, read_record(out), Prose({"pretty_name": "Another name"}, "", None))
    assert "Another name" in page.read_text("utf-8")


def test_every_reason_has_its_rows_and_an_example(tmp_path: Path) -> None:
    text = report_of(made(tmp_path / "a", three()))
    row = re.search(r'<tr data-step="filters.quality_rules".*?</tr>', text, re.DOTALL)
    assert row
    assert re.findall(r'data-value="([^"]*)"', row[0])[:1] == ["1"]
    assert "<b>3</b> rows read" in text
    assert "kept: at least 3" in text


def test_two_runs_are_laid_side_by_side(tmp_path: Path) -> None:
    one = made(tmp_path / "a", three())
    other = made(tmp_path / "b", three(), RECIPE.replace("word_count: 3", "word_count: 9"))
    write_comparison(one, other, tmp_path / "both.html")
    text = (tmp_path / "both.html").read_text("utf-8")
    found = [
        one for one in differences(read_record(one), read_record(other)) if one.step != "recipe"
    ]
    assert [(o.option, o.this, o.other) for o in found] == [("least_word_count", "3", "9")]
    assert "What differs between the runs" in text
    assert "var(--other)" in text


def test_the_command_writes_the_page_and_the_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = made(tmp_path / "a", three())
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["report", str(out)]).exit_code == 0
    assert (out / "report.html").is_file()
    done = CliRunner().invoke(app, ["report", str(out), "--compare", str(out)])
    assert done.output.strip() == "compare-out-out.html"
    assert Path("compare-out-out.html").is_file()


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"no run\.json there"):
        rebuild_report(tmp_path)


def test_a_million_rows_take_seconds_and_less_than_five_megabytes(tmp_path: Path) -> None:
    out = made(tmp_path / "a", three())
    count = 1_000_000
    kept = next((out / "data").glob("*.parquet"))
    rng = np.random.default_rng(0)
    schema = pq.read_schema(kept)
    columns = {
        field.name: rng.normal(100, 20, count).astype(np.int32)
        if pa.types.is_integer(field.type)
        else rng.normal(5, 1, count)
        if pa.types.is_floating(field.type)
        else pa.array(["five words stand in here"]).take(pa.array(np.zeros(count, np.int64)))
        for field in schema
    }
    pq.write_table(pa.table(columns), kept, row_group_size=100_000)
    started = time.process_time()
    text = report_of(out)
    assert time.process_time() - started < 15  # 3 s on a machine with nothing else to do
    assert len(text.encode()) < 5e6
    assert "1,000,001 measured, 1,000,000 kept" in text


def test_text_is_marked_where_it_repeats_changed_or_was_masked() -> None:
    assert str(shown(None, "a b c a b", "a 2-gram too frequent")) == (
        '<mark class="repeated" title="2 words that stand more than once">a b</mark> c '
        '<mark class="repeated" title="2 words that stand more than once">a b</mark>'
    )
    assert "<del>ann@x.org</del><ins>" in shown("to ann@x.org", "to <email>", None)
    assert 'class="masked" title="masked">&lt;email&gt;</mark>' in shown(None, "<email>", None)
    assert str(shown(None, "<b>&", None)) == "&lt;b&gt;&amp;"


def test_a_long_text_is_shown_where_something_was_marked() -> None:
    lead = "word " * 400
    for text in (
        shown(None, f"{lead}<email> after {lead}", None),
        shown(f"{lead}old {lead}", f"{lead}new {lead}", None),
        shown(None, " ".join(map(str, range(900))) + " x y x y", "a 2-gram too frequent"),
    ):
        assert text.startswith("…")
        assert re.search("<mark|<del", text)
        assert len(text) < 800
    assert shown(None, lead, None) == f"{lead[:420]}…"


@pytest.mark.parametrize(
    ("row", "tag"),
    [
        ({"language": "kas", "script": "Arab"}, "ks-Arab"),
        ({"language": "kas_Deva"}, "ks-Deva"),
        ({"language": '"><x'}, ""),
        ({}, ""),
    ],
)
def test_the_language_of_a_row_is_named_as_browsers_want_it(row: dict[str, str], tag: str) -> None:
    assert language_tag(row) == tag


def test_numbers_and_options_are_short() -> None:
    assert [number(n) for n in (0, 0.25, 12345.6, 0.00001, -3)] == ["0", "0.25", "12,346", "1.00e-5", "-3"]  # fmt: skip
    assert [number(n) for n in (1e15, -1.7e300)] == ["1.00e15", "-1.70e300"]
    assert [tick(n) for n in (12345678, -2.5e8, 1e300)] == ["12,345,678", "-2.5e8", "1e300"]
    assert option("path", "/home/someone/corpus") == "corpus"
    assert option("token", "abc") == "(not shown)"
    assert option("shares", {"train": 0.9}) == "train: 0.9"


def palettes() -> list[dict[str, str]]:
    """The colours of both themes."""
    css = (Path(figures.__file__).parent / "page.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    return [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in blocks]


def brightness(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_colours_reach_the_contrast_of_wcag_aa(theme: int) -> None:
    colours = palettes()[theme]
    for name in ("ink", "muted", "link", "yes", "no"):
        for behind in ("paper", "raised"):
            assert contrast(colours[name], colours[behind]) >= 4.5, (name, behind)
    for name in ("gone", "came", "noted"):
        assert contrast(colours["ink"], colours[name]) >= 4.5, name
    for name in ("kept", "rejected", "limit", "other", "muted"):
        assert contrast(colours[name], colours["paper"]) >= 3, name
