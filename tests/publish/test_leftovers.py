"""What was meant to be filled in is found; what only looks so is not."""

from __future__ import annotations

import pytest

from curate.publish.leftovers import from_data, leftovers


@pytest.mark.parametrize(
    "text",
    [
        "[More Information Needed]",
        "[more information needed]",
        "TODO",
        "FIXME",
        "TBD",
        "[TBD]",
        "[insert name]",
        "Lorem ipsum",
        "{{ rows.total }}",
        "{% if x %}",
        "<your name>",
        "[…]",
    ],
)
def test_a_placeholder_is_found_with_its_line(text: str) -> None:
    assert leftovers(f"# A\n\nBy {text} and others.\n") == [(3, text)]


@pytest.mark.parametrize(
    "text",
    [
        "todo el mundo",
        "a [link](https://example.org)",
        "see https://x.org/TODOs",
        "{braces} and <b>",
        "one of {2, 3}",
    ],
)
def test_words_and_links_are_no_placeholders(text: str) -> None:
    assert leftovers(text) == []


def test_what_the_data_say_is_passed_over_and_the_rest_is_not() -> None:
    text = f"{from_data('samples', '| TODO |')}\n\nTODO"
    assert leftovers(text) == [(7, "TODO")]
