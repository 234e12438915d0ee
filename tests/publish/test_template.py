"""Templates of cards that came with somebody's input."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import PublishError
from curate.pipeline import run_recipe
from curate.publish import template
from curate.publish.template import fill, fill_apart
from curate.recipe import load_recipe

SLOTS = {"rows": {"total": 1234}, "name": "x", "columns": ["a", "b"]}
GOOD = "{{ '{:,}'.format(rows.total) }} rows: {% for one in columns %}{{ one }} {% endfor %}é\ud800"
BAD = {
    "{{ nothing }}": "card.md: 'nothing' is undefined; slots are rows, name, columns",
    "{{ rows.__class__.mro() }}": "card.md: access to attribute",
    "{% for a in range(10 ** 12) %}{% endfor %}": "card.md: Range too big",
}
# A second of CPU and 200 MB are as good a limit as ten and a thousand.
BOMBS = {
    "long": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "power": "{{ 9 ** (9 ** 9) }}",
    "macros": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}"
    "{{ f(60) }}",
}
LARGE = {
    "times": "{{ 'x' * 10 ** 12 }}",
    "center": "{{ 'x' | center(10 ** 12) }}",
    "doubled": "{% set ns = namespace(a='x') %}{% for b in range(50) %}{% set ns.a = ns.a ~ ns.a %}"
    "{% endfor %}",
}


def test_a_template_gives_the_same_text_in_its_own_process() -> None:
    assert fill_apart(GOOD, SLOTS) == fill(GOOD, SLOTS) == "1,234 rows: a b é\ud800"


@pytest.mark.parametrize("text", BAD)
def test_what_is_wrong_is_told_alike(text: str) -> None:
    for way in (fill, fill_apart):
        with pytest.raises(PublishError) as caught:
            way(text, SLOTS)
        assert str(caught.value).startswith(BAD[text])


@pytest.mark.parametrize("text", [*BOMBS.values(), *LARGE.values()], ids=[*BOMBS, *LARGE])
def test_bombs_end_with_one_line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "SECONDS", 1)
    with pytest.raises(PublishError, match=r"^card\.md: .*(takes over|MemoryError)"):
        fill_apart(text, SLOTS)


def test_the_card_beside_an_input_cannot_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template, "SECONDS", 1)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/rows.jsonl").write_text('{"text": "il-kelb"}\n')
    (tmp_path / "in/card.yaml").write_text("license: cc0-1.0\n")
    (tmp_path / "in/card.md").write_text(BOMBS["long"])
    (tmp_path / "rows.yaml").write_text(
        "name: rows\nsource:\n  sources.jsonl: {path: ''}\n"
        "steps:\n  - transforms.select_columns: {names: [text]}\n"
    )
    recipe = load_recipe(tmp_path / "rows.yaml", (f"source.path={tmp_path / 'in'}",))
    with pytest.raises(PublishError, match=r"^card\.md: filling it takes over"):
        run_recipe(recipe, tmp_path / "out", workers=1)
    (tmp_path / "in/card.md").write_text("# {{ title }}\n")
    run_recipe(recipe, tmp_path / "out", workers=1)
    assert "# rows: own input" in (tmp_path / "out/README.md").read_text()
