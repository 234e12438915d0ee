"""Perplexity under a bigram model small enough to work out by hand."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import kenlm
import pyarrow as pa
import pytest
import sentencepiece

from curate.arrow import sha256_of
from curate.contract import apply
from curate.errors import EnvironmentError_, SourceError
from curate.filters.perplexity import Perplexity
from curate.text.perplexity import normalize

# log10 of probabilities, and of back-off weights behind them
ARPA = """\\data\\
ngram 1=5
ngram 2=3

\\1-grams:
-1.0\t<unk>
-99\t<s>\t-0.5
-0.7\t</s>
-0.6\tthe\t-0.3
-0.9\tcat\t-0.2

\\2-grams:
-0.2\t<s> the
-0.4\tthe cat
-0.3\tcat </s>

\\end\\
"""
THE_CAT = -0.2 - 0.4 - 0.3
CAT_THE = (-0.5 - 0.9) + (-0.2 - 0.6) + (-0.3 - 0.7)  # each word backs off
DOG = (-0.5 - 1.0) - 0.7  # an unknown word has no back-off weight


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("kenlm") / "tiny.arpa"
    path.write_text(ARPA)
    return str(path)


def table(*texts: str | None) -> pa.Table:
    ids = [str(row) for row in range(len(texts))]
    return pa.table(
        {"id": ids, "source": ["test"] * len(ids), "text": pa.array(texts, pa.string())}
    )


def measured(step: Perplexity, *texts: str | None) -> list[float | None]:
    return step(table(*texts)).measured["perplexity"].to_pylist()


def test_perplexity_is_that_of_the_arithmetic_with_the_end_of_the_sentence(model: str) -> None:
    found = measured(Perplexity(model=model), "the cat", "cat the", "dog")
    expected = [10 ** (-THE_CAT / 3), 10 ** (-CAT_THE / 3), 10 ** (-DOG / 2)]
    assert found == [pytest.approx(value, abs=1e-4) for value in expected]


def test_perplexity_of_a_line_is_kenlms_own(model: str) -> None:
    lines = ["the cat the dog", "cat cat cat", "the", "</s> cat"]
    expected = [kenlm.Model(model).perplexity(line) for line in lines]
    assert measured(Perplexity(model=model), *lines) == pytest.approx(expected, abs=1e-4)


def test_each_line_is_a_sentence_and_blank_ones_do_not_count(model: str) -> None:
    (found,) = measured(Perplexity(model=model), "the cat\n\n \ncat the\n")
    assert found == pytest.approx(10 ** (-(THE_CAT + CAT_THE) / 6), abs=1e-4)


def test_the_mean_may_be_over_characters_and_the_end(model: str) -> None:
    (found,) = measured(Perplexity(model=model, unit="character"), "the cat")
    assert found == pytest.approx(10 ** (-THE_CAT / 8), abs=1e-4)


def test_texts_out_of_bounds_are_rejected_with_their_perplexity(model: str) -> None:
    step = Perplexity(model=model, least=2, most=12)
    kept, rejected = apply(step, table("the cat", "cat the", "dog", None, "", " \n"))
    assert kept["text"].to_pylist() == ["cat the"]
    reasons = ["perplexity too low", "perplexity too high", *["no text"] * 3]
    assert rejected["reason"].to_pylist() == reasons
    assert rejected["perplexity"].to_pylist()[2:] == [None] * 3


def test_a_bound_that_is_reached_is_kept(model: str) -> None:
    (value,) = measured(Perplexity(model=model), "the cat")
    assert Perplexity(model=model, least=value, most=value)(table("the cat")).keep.to_pylist() == [
        True
    ]


def test_without_bounds_it_measures_only(model: str) -> None:
    assert Perplexity(model=model)(table("the cat", "dog dog")).keep.to_pylist() == [True, True]


def test_any_text_has_a_perplexity(model: str) -> None:
    texts = ["<s> <s>", "</s>", "<unk>", "the\0cat", "😀", "a" * 100_000, "the\u2028cat"]
    assert all(value > 1 for value in measured(Perplexity(model=model), *texts))


def test_pieces_of_a_sentencepiece_model_are_the_words(tmp_path: Path) -> None:
    sink = io.BytesIO()
    lines = ["the cat sat on the mat", "a cat and a dog", "dogs sit on mats"] * 20
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=sink, vocab_size=20, minloglevel=2
    )
    (tmp_path / "sp.model").write_bytes(sink.getvalue())
    parts = sentencepiece.SentencePieceProcessor(model_proto=sink.getvalue())
    arpa = tmp_path / "pieces.arpa"
    known = ["<unk>", "</s>", *dict.fromkeys(parts.encode("the cat sat", out_type=str))]
    grams = "".join(f"-{1 + at / 8}\t{word}\n" for at, word in enumerate(known))
    arpa.write_text(
        f"\\data\\\nngram 1={len(known) + 1}\nngram 2=1\n\n\\1-grams:\n-99\t<s>\t0\n{grams}\n\\2-grams:\n-0.5\t<s> </s>\n\n\\end\\\n"
    )
    step = Perplexity(model=str(arpa), pieces=str(tmp_path / "sp.model"), normalize="ccnet")
    assert sorted(step.prepare()) == ["pieces.arpa", "sp.model"]
    pieces = " ".join(parts.encode("the cat sat", out_type=str))
    expected = kenlm.Model(str(arpa)).perplexity(pieces)
    assert measured(step, " The  Cát\x07 SAT ") == [pytest.approx(expected, abs=1e-4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Ünder ÅNGSTRÖM ", "under angstrom"),
        ("In 1999, ٣٤ and १२", "in 0000, 00 and 00"),
        ("“Ja”, «oui» — 「好」。", '"ja", "oui"  -  "好".'),
        ("wait… what？！ 50％", "wait... what?! 00%"),
        ("one\ntwo\tthree\u0085", "onetwothree"),
        ("کٲشُر", "کٲشر"),
    ],
)
def test_ccnets_normalisation_by_hand(text: str, expected: str) -> None:
    assert normalize(text) == expected


def test_the_digest_of_the_model_is_recorded(model: str) -> None:
    assert Perplexity(model=model).prepare() == {"tiny.arpa": sha256_of(Path(model))}


@pytest.mark.parametrize("content", [b"", b"garbage", ARPA[:60].encode(), b"mmap lm \0\1"])
def test_a_file_that_is_no_model_stops_before_any_work(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.arpa"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"broken.arpa: KenLM cannot read it: .*; is it a whole"):
        Perplexity(model=str(path)).prepare()


def test_a_file_that_is_no_sentencepiece_model_says_so(model: str) -> None:
    with pytest.raises(SourceError, match="no SentencePiece model"):
        Perplexity(model=model, pieces=model).prepare()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "the option model is empty; give the path of a KenLM"),
        ("no.arpa", "there is no file no.arpa"),
    ],
)
def test_a_missing_model_is_an_error_or_passed_over(name: str, says: str) -> None:
    with pytest.raises(EnvironmentError_, match=says):
        Perplexity(model=name).prepare()
    step = Perplexity(model=name, most=1.0, missing="skip")
    assert step.prepare() == {"perplexity model": "skipped: model missing"}
    verdict = step(table("a page", None))
    assert verdict.keep.to_pylist() == [True, True]
    assert verdict.measured["perplexity"].to_pylist() == [None, None]


@pytest.mark.parametrize("package", ["kenlm", "sentencepiece"])
def test_a_missing_package_is_named_with_its_install_line(
    model: str, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    says = rf"needs {package}, not installed here; run: pip install 'curate\[perplexity\]'"
    with pytest.raises(EnvironmentError_, match=says):
        Perplexity(model=model, pieces=model).prepare()


def test_an_empty_batch_has_the_declared_schema(model: str) -> None:
    step = Perplexity(model=model)
    assert apply(step, table()).kept.schema == step.output_schema(table().schema)
