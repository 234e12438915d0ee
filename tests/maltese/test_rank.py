"""The choice among possible spellings, against trying them all, by the book, and the paper's own."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

import kenlm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import EnvironmentError_
from curate.maltese import character_model
from curate.maltese.character_model import CONTEXT, END, OTHER, SCALE, START, CharacterModel
from curate.maltese.lattice import AS_PART, AS_TWEET
from curate.maltese.rank import ByList, by_models, by_rule, count
from curate.maltese.spelling import normalise
from curate.maltese.transliterate import candidates, certain, transliterate
from curate.maltese.word_list import index, read_words

WORDS = [
    "كتاب",
    "كتب",
    "الكتاب",
    "دار",
    "دور",
    "دارهم",
    "بيت",
    "البيت",
    "بيتنا",
    "كبير",
    "صغير",
    "شمس",
    "طريق",
    "ضرب",
    "ترب",
    "كلب",
    "قلب",
]
LETTERS = "abċdefġgħijklmnopqrstuvwxżz'-"


@pytest.fixture(scope="module")
def by_list(data_dir: Path) -> ByList:
    return ByList.read(data_dir / "maltese/arabic_words_tn.tsv")


def recovered(data_dir: Path) -> list[dict[str, str]]:
    path = data_dir / "maltese/translit_ranked_recovered.tsv"
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def log(model: CharacterModel, word: str, start: int = START) -> int:
    history, total = start, 0
    for symbol in [*(model.codes.get(letter, OTHER) for letter in word), END]:
        total += character_model.step(
            history, symbol, model.keys, model.logs, model.backoffs, model.unseen
        )[0]
        history = ((history << character_model.BITS) | symbol) & CONTEXT
    return total


def tried_one_by_one(by_list: ByList, numbers: dict[str, int], word: str) -> str:
    """What ``ByList`` must find, from the candidates themselves."""
    model = by_list.words.letters
    texts = sorted({text.rstrip("+") for text in candidates(word)})
    if listed := [text for text in texts if text in numbers]:
        values = by_list.words.values
        return max(listed, key=lambda text: (values[numbers[text]], -numbers[text]))
    return max(texts, key=lambda text: AS_TWEET * log(model, text) + AS_PART * log(model, text, 0))


def test_three_quarters_of_the_choices_of_the_paper_are_made_again(
    data_dir: Path, by_list: ByList
) -> None:
    rows = recovered(data_dir)
    found = [by_list(normalise(row["token"])).rstrip("+") for row in rows]
    right = sum(a == row["arabic_ranked_paper"] for a, row in zip(found, rows, strict=True))
    assert right / len(rows) >= 0.75


def test_without_a_list_twice_as_many_as_the_certain_spelling_are_right(data_dir: Path) -> None:
    rows = recovered(data_dir)
    words = [(normalise(row["token"]), row["arabic_ranked_paper"]) for row in rows]
    right = sum(by_rule(word) == expected for word, expected in words)
    assert right >= 2 * sum(certain(word) == expected for word, expected in words)
    assert right / len(rows) > 0.45


def test_the_choice_equals_that_of_trying_every_spelling(data_dir: Path, by_list: ByList) -> None:
    path = data_dir / "maltese/translit_nondet_candidates.tsv"
    words = [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    words = [word for word in map(normalise, words) if any(map(str.isalpha, word))]
    words += [normalise(row["token"]) for row in recovered(data_dir)]
    numbers = {word: number for number, word in enumerate(by_list.words.words)}
    for word in words:
        assert by_list(word).rstrip("+") == tried_one_by_one(by_list, numbers, word), word


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.sampled_from(LETTERS), min_size=1, max_size=7),
    st.lists(
        st.text(st.sampled_from("ابتثطحخدذضظسصعغكمنهوية"), min_size=1, max_size=4), max_size=5
    ),
)
def test_the_choice_equals_that_of_trying_every_spelling_for_any_list(
    word: str, more: list[str]
) -> None:
    if not any(map(str.isalpha, word)):
        return
    some = sorted(candidates(word))[:: max(len(candidates(word)) // 3, 1)]
    words = dict.fromkeys(
        [*more, *WORDS, *[one for one in some if one.isalpha()][: len(more) // 2]]
    )
    numbers = {one: place for place, one in enumerate(words)}
    by_list = ByList(index(numbers))
    assert by_list(word).rstrip("+") == tried_one_by_one(by_list, numbers, word)


@given(st.text(st.sampled_from(LETTERS + "aeiou?1 ž"), max_size=12))
def test_a_choice_is_a_possible_spelling_or_the_word_itself(word: str) -> None:
    by_list = ByList(SMALL)
    possible = candidates(word) | {word, certain(word)}
    assert by_list(word) in possible
    assert by_rule(word) in possible


SMALL = index({word: place for place, word in enumerate(WORDS)})


def reference(words: list[str], counts: list[float]) -> dict[tuple[str, str], float]:
    """Modified Kneser-Ney by equations 26 and 27 of Chen and Goodman 1999, on dictionaries.

    Words are lines "^ w $" for a tenth of the times, and parts "_ w _" else, as the module says.
    """
    raw: list[dict[str, float]] = [defaultdict(float) for _ in range(6)]
    for word, weight in zip(words, counts, strict=True):
        for text, share in ((f"_{word}_", 1.0), (f"^{word}_", 0.1), (f"_{word}$", 0.1)):
            for end in range(1, len(text)):
                for size in range(1, 6):
                    gram = text[max(end - size + 1, 0) : end + 1]
                    is_new = (text[0] == "^" and gram[0] == "^") or (
                        text[-1] == "$" and gram[-1] == "$"
                    )
                    if len(gram) == size and (is_new or share == 1.0):
                        inside = 0.9 if share == 1.0 and end == len(text) - 1 else share
                        raw[size][gram] += weight * inside
    chance: dict[tuple[str, str], float] = {}
    for size in range(1, 6):
        after: dict[str, dict[str, float]] = defaultdict(dict)
        for gram, number in raw[size].items():
            before = [raw[size + 1][g] for g in raw[size + 1] if g[1:] == gram] if size < 5 else []
            kinds = sum(1.0 if n >= 1 - 1e-9 else 1 - math.exp(-n) for n in before)
            count_ = number if size == 5 or gram[0] == "^" else kinds or min(number, 1.0)
            after[gram[:-1]][gram[-1]] = count_
        whole = [round(n) for followers in after.values() for n in followers.values()]
        n1, n2, n3, n4 = (whole.count(many) for many in (1, 2, 3, 4))
        steps = [0.5, 1.0, 1.5]
        if n1 and n2 and n3 and n4:
            y = n1 / (n1 + 2 * n2)
            found = [1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
            steps = (
                found if all(0 < d < m for d, m in zip(found, (1, 2, 3), strict=True)) else steps
            )
        for history, followers in after.items():
            taken = {
                x: min(float(np.interp(n, range(4), [0, *steps])), n) for x, n in followers.items()
            }
            total = sum(followers.values())
            for x, n in followers.items():
                lower = chance[history[1:], x] if history else 1 / (len(after[""]) + 1)
                chance[history, x] = (n - taken[x] + sum(taken.values()) * lower) / total
    return chance


def test_probabilities_are_those_of_modified_kneser_ney_written_out() -> None:
    words = WORDS * 1
    model = character_model.fit(words, np.full(len(words), 1.0))
    expected = reference(words, [1.0] * len(words))
    codes = model.codes | {"^": START, "$": END}
    for (history, letter), chance in expected.items():
        if "_" in history + letter:
            continue
        key = 0
        for sign in history:
            key = key << character_model.BITS | codes[sign]
        found = character_model.step(
            key, codes[letter], model.keys, model.logs, model.backoffs, model.unseen
        )[0]
        assert found / SCALE == pytest.approx(math.log(chance), abs=1e-4), (history, letter)
    assert len(expected) > 150


def test_probabilities_of_all_letters_after_a_history_sum_to_one() -> None:
    model = SMALL.letters
    kinds = [*set("".join(WORDS))]
    for history in ("", "ك", "ال", "كتا"):
        key = 0
        for letter in history:
            key = key << character_model.BITS | model.codes[letter]
        symbols = [model.codes[kind] for kind in kinds] + [END, OTHER]
        tables = model.keys, model.logs, model.backoffs, model.unseen
        chances = [math.exp(character_model.step(key, x, *tables)[0] / SCALE) for x in symbols]
        assert 0.5 < sum(chances) < 1.0 + 1e-3  # the rest is the space, which is not asked for


ARPA = """\\data\\
ngram 1={size}
ngram 2=1

\\1-grams:
-9\t<unk>
-1\t<s>
-1\t</s>
{lines}

\\2-grams:
-1	<s> </s>

\\end\\
"""


def kenlm_model(path: Path, logs: dict[str, float]) -> kenlm.Model:
    lines = "\n".join(f"{value}\t{word}\t0" for word, value in logs.items())
    path.write_text(ARPA.format(size=len(logs) + 3, lines=lines), encoding="utf-8")
    return kenlm.Model(str(path))


def test_kenlm_models_choose_by_word_then_by_letters_then_by_alphabet(tmp_path: Path) -> None:
    words = kenlm_model(tmp_path / "word.arpa", {"دار": -2.0, "ضار": -2.0, "در": -3.0})
    letters = kenlm_model(tmp_path / "letter.arpa", {"ض": -1.0, "د": -1.5, "ا": -1.0, "ر": -1.0})
    assert by_models(words, None)("dar") == "دار"
    assert by_models(words, letters)("dar") == "ضار"
    assert by_models(None, letters)("dar") == "ضر"
    assert by_models(words, letters)("x") == "ش"
    assert by_models(words, letters)("日本") == "日本"


def test_a_word_with_too_many_spellings_keeps_the_certain_one_with_kenlm(tmp_path: Path) -> None:
    letters = kenlm_model(tmp_path / "letter.arpa", {"د": -1.0})
    word = "dadadadadadada"
    assert count(word) == 4**7 * 2**6 * 4 > 50_000
    assert by_models(None, letters)(word) == certain(word)


def test_a_very_long_word_is_chosen_in_linear_time(by_list: ByList) -> None:
    assert len(by_list("dadasata" * 100)) >= 400


def test_a_clitic_joins_the_next_word_and_a_listed_form_wins() -> None:
    choose = ByList(SMALL)
    assert transliterate("Dar-", {}, choose) == ("دار", True)
    assert transliterate("dar", {}, choose) == ("دار", False)
    assert transliterate("dar", {"dar": "بيت+"}, choose) == ("بيت", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [("abc\n\n", "no line holds an Arabic word"), ("كتاب\tx1\n", "'x1' is no position")],
)
def test_a_list_that_is_none_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "words.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EnvironmentError_, match=message):
        read_words(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"none\.tsv"):
        read_words(tmp_path / "none.tsv")


def test_lines_are_positions_where_none_are_given(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("@user\nكتاب\nدار\nكتاب\n", encoding="utf-8")
    assert read_words(path) == {"كتاب": 1, "دار": 2}
    path.write_text("word\tposition\nكتاب\t7\nدار\t3\n", encoding="utf-8")
    assert read_words(path) == {"كتاب": 7, "دار": 3}
