"""The report as a reader sees it: in Chromium, on a desk and on a phone, by day and by night."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.headless_browser import Browser

from curate.pipeline import run_recipe
from curate.publish.report.figures import sound
from curate.publish.report_html import rebuild_report, write_comparison
from curate.recipe import load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
VIEWS = [(1280, False), (1280, True), (390, False), (390, True)]
NASTY = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\u202e"
OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
# Each text and what lies behind it, as colours with the size of the text.
CONTRASTS = """(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((x) => (x /= 255) <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || node.closest('script, title, desc, option')) continue;
    const style = getComputedStyle(node);
    const colour = rgb(node.closest('svg') ? style.fill : style.color).slice(0, 3);
    found.push([ratio(colour, behind(node)), node.tagName, node.textContent.slice(0, 30)]);
  }
  for (const node of document.querySelectorAll('svg path, svg use')) {
    const style = getComputedStyle(node);
    for (const [name, least] of [['stroke', 3], ['fill', 3]]) {
      const colour = rgb(style[name]);
      if (!style[name].startsWith('rgb') || node.closest('pattern, defs, clipPath')) continue;
      found.push([ratio(colour.slice(0, 3), behind(node)) * 4.5 / least, 'figure', name]);
    }
  }
  return found;
})()"""
TOO_WIDE = """[...document.querySelectorAll('body *')]
  .filter((one) => !one.closest('svg') && !one.closest('.scroll > *') && !one.closest('.skip'))
  .filter((one) => { const box = one.getBoundingClientRect();
    return box.width && (box.right > innerWidth + 1 || box.left < -1); })
  .map((one) => `${one.tagName}.${one.className}`)"""
SCROLLED = """[...document.querySelectorAll('.scroll')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.ariaLabel)"""
# How bright each line of a spectrogram is, the highest pitch first: red, green and blue together.
PICTURE = """(async () => {
  const picture = new Image();
  picture.src = document.querySelector('image').href.baseVal;
  await picture.decode();
  const [width, height] = [picture.naturalWidth, picture.naturalHeight];
  const board = new OffscreenCanvas(width, height).getContext('2d');
  board.drawImage(picture, 0, 0);
  return [...Array(height).keys()].map((line) => {
    const [red, green, blue] = board.getImageData(width >> 1, line, 1, 1).data;
    return red + green + blue;
  });
})()"""
CUT_OFF = """[...document.querySelectorAll('main svg')].flatMap((figure) => {
  const box = figure.getBoundingClientRect();
  return [...figure.querySelectorAll('text')].filter((text) => {
    const own = text.getBoundingClientRect();
    return own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > box.bottom + 1;
  }).map((text) => text.textContent);
})"""


@pytest.fixture(scope="module")
def reports(
    tmp_path_factory: pytest.TempPathFactory, sample_folder: Callable[[str], Path]
) -> dict[str, Path]:
    """The reports of a speech and a text recipe, both laid over each other, and a hostile one."""
    folder = tmp_path_factory.mktemp("reports")
    outs = {}
    for name in ("kashmiri_speech", "text_corpus", "maltese_etymology"):
        outs[name] = shutil.copytree(sample_folder(name), folder / name)
    pages = {name: rebuild_report(out) for name, out in outs.items()}
    pages["both"] = folder / "both.html"
    write_comparison(outs["kashmiri_speech"], outs["text_corpus"], pages["both"])
    rows = [{"id": f"{n}{NASTY}", "text": NASTY * 3, "language": NASTY} for n in range(3)]
    (folder / "nasty.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "nasty.yaml").write_text(
        "name: nasty\nsource:\n  sources.jsonl: {path: nasty.jsonl}\n"
        "steps:\n  - filters.quality_rules\n"
    )
    run_recipe(load_recipe(folder / "nasty.yaml"), folder / "nasty", workers=1)
    pages["nasty"] = rebuild_report(folder / "nasty")
    return pages


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


CASES = [(name, *view) for name in ("kashmiri_speech", "text_corpus") for view in VIEWS]
CASES += [
    (name, *view)
    for name in ("both", "nasty", "maltese_etymology")
    for view in (VIEWS[0], VIEWS[3])
]


@pytest.mark.parametrize(("name", "width", "dark"), CASES)
def test_nothing_is_cut_off_unreadable_or_wrong(
    browser: Browser, reports: dict[str, Path], name: str, width: int, dark: bool
) -> None:
    browser.open(reports[name], width, dark=dark)
    browser.run(OPEN)
    assert browser.errors == []
    assert [one for one in browser.requests if not one.startswith(("file:", "data:"))] == []
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(TOO_WIDE) == []
    assert browser.run(CUT_OFF) == []
    if name != "nasty":
        assert browser.run(SCROLLED) == []
    boxes = browser.run(
        "[...document.querySelectorAll('main svg, audio')].map((one) => "
        "{ const box = one.getBoundingClientRect(); return [box.width, box.height, box.left, box.right]; })"
    )
    assert boxes
    assert all(w > 100 and h > 20 and left >= 0 and right <= width for w, h, left, right in boxes)
    contrasts = browser.run(CONTRASTS)
    assert len(contrasts) > 100
    assert [one for one in contrasts if one[0] < 4.5] == []
    assert browser.run("window.hacked === undefined")


def test_night_is_dark(browser: Browser, reports: dict[str, Path]) -> None:
    shades = []
    for dark in (False, True):
        browser.open(reports["text_corpus"], 1280, dark=dark)
        shades.append(browser.run("getComputedStyle(document.body).backgroundColor"))
    assert shades == ["rgb(255, 255, 255)", "rgb(18, 22, 26)"]


def test_heads_of_columns_sort(browser: Browser, reports: dict[str, Path]) -> None:
    browser.open(reports["both"], 1280)
    rows = "[...document.querySelectorAll('#rejections tbody tr')].map((row) => row.cells[{}].{})"
    click = "document.querySelectorAll('#rejections thead button')[{}].click()"
    browser.run(click.format(1))
    reasons = browser.run(rows.format(1, "textContent"))
    assert reasons == sorted(reasons, key=str.casefold)
    browser.run(click.format(2))
    counts = [int(one) for one in browser.run(rows.format(2, "dataset.value"))]
    assert counts == sorted(counts, reverse=True)
    browser.run(click.format(2))
    counts = [int(one) for one in browser.run(rows.format(2, "dataset.value"))]
    assert counts == sorted(counts)
    heads = "[...document.querySelectorAll('#rejections th[aria-sort]')].map((one) => one.ariaSort)"
    assert browser.run(heads) == ["ascending"]


def test_reasons_are_filtered_by_words_and_by_step(
    browser: Browser, reports: dict[str, Path]
) -> None:
    browser.open(reports["kashmiri_speech"], 390)
    shown = "[...document.querySelectorAll('#rejections tbody tr')].filter((row) => !row.hidden).map((row) => row.cells[1].textContent)"
    cards = (
        "[...document.querySelectorAll('#examples > .card')].filter((one) => !one.hidden).length"
    )
    enter = "(() => {{ const one = document.querySelector('{}'); one.value = '{}'; one.dispatchEvent(new Event('{}')); }})()"
    browser.run(enter.format("#find", "SHORT", "input"))
    assert browser.run(shown) == ["too short"]
    assert browser.run(cards) == 1
    assert browser.run("document.getElementById('found').textContent") == "1 reason"
    browser.run(enter.format("#find", "", "input"))
    browser.run(enter.format("#step", "transforms.decode_audio", "change"))
    assert browser.run(shown) == ["file missing", "file truncated", "not audio"]


def test_arrow_keys_move_a_threshold_and_the_count_follows(
    browser: Browser, reports: dict[str, Path]
) -> None:
    browser.open(reports["kashmiri_speech"], 390)
    pick = "document.querySelector('.move input[type=range][aria-label*=\"least of filters.duration\"]')"
    said = f"{pick}.closest('.move').querySelector('output').textContent"
    assert "as it did" in browser.run(said)
    browser.run(f"{pick}.focus()")
    for _ in range(40):
        browser.press("ArrowRight", 39)
    assert "The dataset loses" in browser.run(said)
    browser.press("Home", 36)
    assert "The dataset gains at most 1." in browser.run(said)
    field = f"{pick}.closest('.move').querySelector('input[type=number]')"
    browser.run(f"{field}.value = '0.4'; {field}.dispatchEvent(new Event('change'))")
    assert browser.run(said).startswith("At 0.4 this step keeps 11 of 12 rows, as it did.")


def test_players_hold_sound(browser: Browser, reports: dict[str, Path]) -> None:
    browser.open(reports["kashmiri_speech"], 1280)
    seconds = browser.run(
        "Promise.all([...document.querySelectorAll('audio')].map(async (one) => {"
        " if (!(one.duration > 0)) await new Promise((done) => one.addEventListener('loadedmetadata', done));"
        " return one.duration; }))"
    )
    assert len(seconds) >= 10
    assert all(0.05 < one <= 6.2 for one in seconds)


def test_a_tone_is_a_bright_line_at_its_pitch(browser: Browser, tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 3000 * np.arange(24000) / 24000).astype(np.float32)
    (tmp_path / "tone.html").write_text(f"<!doctype html>{sound(tone, 24000, '', '')}")
    browser.open(tmp_path / "tone.html", 390)
    brightness = browser.run(PICTURE)
    assert len(brightness) == 128
    assert np.argmax(brightness) == pytest.approx(128 * (1 - 3000 / 12000), abs=1)
    assert np.median(brightness) < 60 < 400 < max(brightness)


def test_the_page_is_built_for_ears_and_keyboards(
    browser: Browser, reports: dict[str, Path]
) -> None:
    browser.open(reports["kashmiri_speech"], 1280)
    levels = browser.run(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => +one.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for landmark in ("body > header", "body > main", "header > nav", "body > footer"):
        assert browser.run(f"document.querySelectorAll('{landmark}').length") == 1
    unnamed = {
        "main svg": "!one.querySelector('title').textContent || one.getAttribute('role') !== 'img'",
        "input, select": "!one.labels.length && !one.ariaLabel",
        "audio, .scroll": "!one.ariaLabel",
        "table": "!one.caption || [...one.tHead.rows[0].cells].some((head) => head.scope !== 'col')",
        "tbody tr": "!one.querySelector('th[scope=row]')",
    }
    for what, lacking in unnamed.items():
        found = f"[...document.querySelectorAll('{what}')].filter((one) => {lacking}).length"
        assert browser.run(found) == 0, what
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.className") == "skip"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_kashmiri_stands_from_right_to_left(browser: Browser, reports: dict[str, Path]) -> None:
    browser.open(reports["kashmiri_speech"], 390)
    one = "document.querySelector('.text:lang(ks)')"
    assert browser.run(f"getComputedStyle({one}).direction") == "rtl"
    assert browser.run(f"{one}.lang") == "ks-Arab"


def test_who_wants_no_motion_gets_none(browser: Browser, reports: dict[str, Path]) -> None:
    browser.open(reports["text_corpus"], 390)
    reduce: list[dict[str, Any]] = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    scroll = "getComputedStyle(document.documentElement).scrollBehavior"
    assert browser.run(scroll) == "smooth"
    browser.call("Emulation.setEmulatedMedia", features=reduce)
    assert browser.run(scroll) == "auto"
