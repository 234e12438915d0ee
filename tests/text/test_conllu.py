"""CoNLL-U by the examples of its specification, and nothing lost between writing and reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.text.conllu import Fault, Sentence, read_sentence, write_sentence

GAPS = st.text(st.sampled_from(" \t\n\r|\\s=_\u00a0\u200b\u2028ħ🍋"), max_size=3)
FORMS = st.text(st.sampled_from("aħ#_|=\\1\u0301🍋 \u00a0\u2028"), min_size=1, max_size=3)


def rows(*words: str) -> str:
    """Lines of words such as ``1 Il- lemma=il SpaceAfter=No`` with the other columns blank."""
    lines = []
    for word in words:
        number, form, *more = word.split(" ")
        misc = next((one for one in more if "Space" in one), "_")
        lemma = next((one.removeprefix("lemma=") for one in more if "lemma=" in one), "_")
        lines.append("\t".join([number, form, lemma, *"______", misc]))
    return "\n".join(lines)


def read(block: str) -> Sentence:
    found = read_sentence(block)
    assert isinstance(found, Sentence), found
    return found


def test_multiword_tokens_of_the_specification_are_tokens_of_the_text() -> None:
    found = read(
        "# text = vámonos al mar\n"
        + rows("1-2 vámonos", "1 vamos lemma=ir", "2 nos lemma=nosotros", "3-4 al",
               "3 a lemma=a", "4 el lemma=el", "5 mar lemma=mar")
    )  # fmt: skip
    assert found.tokens == ["vámonos", "al", "mar"]
    assert found.starts == [0, 8, 11]
    assert found.values["lemma"] == ["ir+nosotros", "a+el", "mar"]


def test_empty_nodes_of_the_specification_are_not_in_the_text() -> None:
    words = ("1 Sue", "2 likes", "3 coffee", "4 and", "5 Bill", "5.1 likes", "6 tea")
    assert read(rows(*words)).text == "Sue likes coffee and Bill tea"


def test_a_text_without_its_comment_is_put_together_by_the_spaces_said() -> None:
    found = read(rows("1 Il- SpaceAfter=No", "2 kelb", "3 kiel SpaceAfter=No", "4 . SpaceAfter=No"))
    assert found.text == "Il-kelb kiel."
    assert list(zip(found.starts, found.ends, strict=True)) == [(0, 3), (3, 7), (8, 12), (12, 13)]


def test_the_text_given_wins_where_spaces_are_not_said() -> None:
    found = read("# text = Il-kelb  kiel.\n" + rows("1 Il-", "2 kelb", "3 kiel", "4 ."))
    assert found.text == "Il-kelb  kiel."
    assert found.starts == [0, 3, 9, 13]


def test_line_breaks_behind_a_sentence_are_not_its_text() -> None:
    block = "# text = Iva .\n" + rows("1 Iva", "2 . SpacesAfter=\\n\\n")
    assert read(block).text == "Iva ."


def test_keys_of_comments_are_read_with_and_without_a_value() -> None:
    block = "# newdoc\n# newpar id = p1\n# sent_id=s 1\n# free words\n" + rows("1 a")
    assert read(block).comments == {"newdoc": "", "newpar id": "p1", "sent_id": "s 1"}


@pytest.mark.parametrize(
    ("block", "reason", "line"),
    [
        ("# text = a\n1\ta", "wrong number of columns", 1),
        (rows("1 a").replace("\ta\t", "\t\t"), "empty column", 0),
        (rows("1 a", "3 b"), "bad token number", 1),
        (rows("1 a", "x b"), "bad token number", 1),
        (rows("1 a", "2-3 bc", "2 b"), "bad token number", 2),
        (rows("1-2 ab", "1 a", "2-3 bc"), "bad token number", 2),
        (rows("1 a", "1.2 b"), "bad token number", 1),
        (rows("0.1 b"), "no tokens", 0),
        (rows("1 a") + "\n# late", "comment inside sentence", 1),
        ("# only", "no tokens", 0),
        ("# text = a c\n" + rows("1 a", "2 b"), "text does not match tokens", 0),
        ("# text = a b c\n" + rows("1 a", "2 b"), "text does not match tokens", 0),
    ],
)
def test_a_broken_sentence_says_how_and_where(block: str, reason: str, line: int) -> None:
    found = read_sentence(block)
    assert isinstance(found, Fault)
    assert (found.reason, found.line) == (reason, line)


@given(st.lists(st.tuples(GAPS, FORMS), min_size=1, max_size=6), GAPS)
def test_whatever_stands_between_tokens_is_read_again(
    pieces: list[tuple[str, str]], tail: str
) -> None:
    text, spans = "", []
    for gap, form in pieces:
        text += gap
        spans.append((len(text), len(text) + len(form)))
        text += form
    text += tail
    block = write_sentence(
        text, spans, {"misc": ["Etymology=Arabic|SpaceAfter=No"] * len(spans)}, {}
    )
    assert block.endswith("\n\n")
    assert "\n\n" not in block[:-2]
    found = read(block[:-2])
    assert (found.text, list(zip(found.starts, found.ends, strict=True))) == (text, spans)
    assert all(misc.startswith("Etymology=Arabic") for misc in found.values["misc"])


@pytest.mark.parametrize("token", ["a\tb", "a\nb", "a\n2\tb"])
def test_a_token_that_the_format_cannot_hold_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="CoNLL-U cannot hold it"):
        write_sentence(token, [(0, len(token))], {}, {})


def test_a_sentence_without_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match="no token"):
        write_sentence("…", [], {}, {})


@given(st.text(st.sampled_from("#_ \t\n1234-.a=textSpaceAfter\\"), max_size=60))
def test_any_lines_are_a_sentence_or_a_fault(block: str) -> None:
    found = read_sentence(block)
    if isinstance(found, Sentence):
        spans = zip(found.starts, found.ends, strict=True)
        assert [found.text[start:end] for start, end in spans] == found.tokens
        assert all(len(column) == len(found.tokens) for column in found.values.values())
