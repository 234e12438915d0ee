"""CoNLL-U and tables of tokens: a row is a sentence, and a broken one breaks no other."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.sources.conllu import Conllu
from curate.sources.token_table import TokenTable

Read = Callable[..., pa.Table]
BLANK = "\t_" * 7


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def word(number: int, form: str, misc: str = "_") -> str:
    return f"{number}\t{form}{BLANK}\t{misc}\n"


def test_a_sentence_is_a_row_with_offsets_and_what_is_kept(tmp_path: Path, read_all: Read) -> None:
    text = (
        "# newdoc id = d1\n# sent_id = s1\n# text = Il-kelb.\n"
        + word(1, "Il-", "Etymology=Arabic|SpaceAfter=No")
        + word(2, "kelb", "SpaceAfter=No")
        + word(3, ".")
    )
    source = Conllu(
        write(tmp_path, "a.conllu", text), keep=("upos",), misc={"etymology": "Etymology"}
    )
    assert read_all(source).to_pylist() == [
        {"id": "s1", "source": "a", "text": "Il-kelb.", "tokens": ["Il-", "kelb", "."],
         "token_starts": [0, 3, 7], "token_ends": [3, 7, 8], "sent_id": "s1", "document": "d1",
         "line": 1, "upos": ["_", "_", "_"], "etymology": ["Arabic", "", ""], "defect": None}
    ]  # fmt: skip


def test_a_broken_sentence_names_its_line_and_the_others_stay(
    tmp_path: Path, read_all: Read
) -> None:
    text = word(1, "a") + "\n\n" + word(1, "b") + "2\tc\n" + word(3, "d") + "\n" + word(1, "e")
    rows = read_all(Conllu(write(tmp_path, "a.conllu", text))).to_pylist()
    assert [(row["id"], row["line"], row["text"], row["defect"]) for row in rows] == [
        ("@a.conllu:1", 1, "a", None),
        ("@a.conllu:4", 5, "2\tc", "wrong number of columns"),
        ("@a.conllu:8", 8, "e", None),
    ]


def test_documents_go_on_over_shards_and_end_with_the_file(tmp_path: Path, read_all: Read) -> None:
    sentence = word(1, "a") + "\n"
    text = sentence + "# newdoc id = d\n" + sentence * 4 + "# newdoc\n" + sentence * 2
    write(tmp_path, "a.conllu", text)
    write(tmp_path, "b.conllu", sentence)
    rows = read_all(Conllu(str(tmp_path), shard_rows=2)).to_pylist()
    assert [row["document"] for row in rows] == [None, *["d"] * 4, *["a.conllu:12"] * 2, None]


def test_a_sent_id_that_occurred_before_is_rejected_in_any_shard(
    tmp_path: Path, read_all: Read
) -> None:
    text = "".join(f"# sent_id = {name}\n{word(1, 'a')}\n" for name in "abcab")
    rows = read_all(Conllu(write(tmp_path, "a.conllu", text), shard_rows=2)).to_pylist()
    assert [row["defect"] for row in rows] == [None] * 3 + ["duplicate id"] * 2
    assert rows[3]["id"] == "a@a.conllu:10"


def test_compressed_conllu_gives_the_rows_of_the_plain_file(tmp_path: Path, read_all: Read) -> None:
    text = "".join(f"# sent_id = {n}\n{word(1, f'w{n}')}\n" for n in range(30))
    plain = read_all(Conllu(write(tmp_path, "p/a.conllu", text), shard_rows=7))
    packed = read_all(Conllu(write(tmp_path, "z/a.conllu.gz", gzip.compress(text.encode()))))
    assert packed.equals(plain)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a.conllu", word(1, "a"))
    with pytest.raises(SourceError, match="two columns are called 'upos'"):
        Conllu(path, misc={"upos": "UPOS"}).schema()


def test_the_published_annotations_are_their_sentences_and_tokens(
    data_dir: Path, read_all: Read
) -> None:
    rows = read_all(TokenTable(str(data_dir / "maltese/annotations.tsv"), shard_rows=100))
    assert rows.num_rows == 351
    assert rows["defect"].null_count == 351
    tokens = [token for row in rows["tokens"].to_pylist() for token in row]
    assert len(tokens) == 7734
    assert '"' in tokens
    first = rows.slice(0, 1).to_pylist()[0]
    assert first["text"].startswith("Illum waranofsinhar il- Maġistrat")
    assert first["category"][:4] == ["Arabic", "Arabic", "Arabic", "Non-Arabic"]


def test_blank_lines_part_sentences_where_there_is_no_id(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "a.tsv", "Il-\tDEF\r\nkelb\tNOUN\r\n\r\n\r\n.\tPUNCT\r\n")
    rows = read_all(TokenTable(path, sentence="", names=("token", "tag"))).to_pylist()
    assert [(row["id"], row["text"], row["tag"]) for row in rows] == [
        ("a.tsv:1", "Il- kelb", ["DEF", "NOUN"]),
        ("a.tsv:5", ".", ["PUNCT"]),
    ]


def test_a_line_with_too_few_fields_costs_its_own_sentence_only(
    tmp_path: Path, read_all: Read
) -> None:
    path = write(
        tmp_path, "a.tsv", "id\ttoken\tl\n0\ta\tX\n0\tb\n0\tc\tX\n1\td\tX\n1\t\tX\n2\te\tX"
    )
    rows = read_all(TokenTable(path)).to_pylist()
    assert [(row["id"], row["line"], row["text"], row["defect"]) for row in rows] == [
        ("@a.tsv:2", 3, "0\tb", "wrong number of fields"),
        ("@a.tsv:5", 6, "1\t\tX", "empty token"),
        ("2", 7, "e", None),
    ]


def test_an_id_that_comes_again_after_others_is_rejected(tmp_path: Path, read_all: Read) -> None:
    path = write(tmp_path, "a.tsv", "id\ttoken\n0\ta\n1\tb\n0\tc\n")
    rows = read_all(TokenTable(path, shard_rows=1)).to_pylist()
    assert [row["defect"] for row in rows] == [None, None, "duplicate id"]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("id\ttokens\n", "there is no column 'token'; did you mean 'tokens'"),
        ("id\ttoken\ttext\n", "the column 'text' is this source's"),
        ("id\ttoken\ttoken\n", "two columns are called 'token'"),
        ("", "it must hold the column names"),
    ],
)
def test_column_names_that_cannot_be_used_are_refused(
    tmp_path: Path, head: str, message: str
) -> None:
    path = write(tmp_path, "a.tsv", head + "0\ta\tb\n" if head else "")
    with pytest.raises(SourceError, match=message):
        TokenTable(path).schema()


def test_files_with_other_columns_are_one_corpus(tmp_path: Path, read_all: Read) -> None:
    write(tmp_path, "a.tsv", "id\ttoken\tx\n0\ta\tX\n")
    write(tmp_path, "b.tsv", "id\ttoken\ty\n1\tb\tY\n")
    rows = read_all(TokenTable(str(tmp_path))).to_pylist()
    assert [(row["x"], row["y"]) for row in rows] == [(["X"], None), (None, ["Y"])]


LINES = st.lists(
    st.sampled_from(["", "#", "# sent_id = 1", word(1, "a")[:-1], word(2, "ħ")[:-1], "1\ta", "\t",
                     "# newdoc", "\ufeff", "\0", "0\ta", "0\tb\r", "1\tc", "id\ttoken", "0", "\udcff"]),
    max_size=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(LINES, st.integers(1, 3))
def test_any_file_gives_the_announced_rows_with_ids_of_their_own(
    lines: list[str], rows: int
) -> None:
    content = "\n".join(lines).encode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.txt", content)
        table = TokenTable(path, names=("id", "token"), shard_rows=rows)
        for source in (Conllu(path, shard_rows=rows), table):
            ids = []
            for ref in source.shards():
                found = [row for batch in source.read(ref) for row in batch.to_pylist()]
                assert len(found) == ref.rows
                assert {row["defect"] for row in found} <= {None, *source.reasons}
                ids += [row["id"] for row in found]
            assert len(set(ids)) == len(ids)
