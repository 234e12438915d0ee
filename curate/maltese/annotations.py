"""Annotated sentences: what a classifier of etymology is learnt from and judged by.

Three layouts are read: the published TSV (``id, token, category, category_merged``; no quoting), a
CoNLL-U file with ``Etymology=`` in MISC, and the Parquet files of a dataset folder with the columns
``tokens`` and ``etymology``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.errors import SourceError
from curate.maltese.features import compose

FINE = (
    "Arabic",
    "Code-Switching",
    "Mixed",
    "Name (Arabic)",
    "Name (Non-Arabic)",
    "Non-Arabic",
    "Symbol",
)
MERGES = {"Mixed": "Non-Arabic", "Name (Arabic)": "Name", "Name (Non-Arabic)": "Name"}
"""Fine labels that are one merged label with others; the rest keep their name."""
MERGED = tuple(sorted({MERGES.get(label, label) for label in FINE}))
LABELS = {"fine": FINE, "merged": MERGED}


class Sentence(NamedTuple):
    """An annotated sentence.

    Attributes:
        name: Its id.
        words: Composed (NFC).
        labels: One for each word, fine or merged, the same for all sentences of a file.
        block: The text or kind of text it is from; empty if not known.
    """

    name: str
    words: tuple[str, ...]
    labels: tuple[str, ...]
    block: str = ""


def merged(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences with merged labels."""
    return [
        one._replace(labels=tuple(MERGES.get(label, label) for label in one.labels))
        for one in sentences
    ]


def is_fine(sentences: Sequence[Sentence]) -> bool:
    """Whether the labels are the fine ones: a merged name or a split one says so."""
    labels = {label for one in sentences for label in one.labels}
    return "Name" not in labels and bool(labels & set(MERGES))


def read_annotations(path: Path, split: str = "") -> list[Sentence]:
    """Sentences of a TSV, a CoNLL-U file, or a dataset folder, in their order.

    Beside a TSV, ``sentence_sources.tsv`` (``id, …, text_type``) gives the blocks, if it is there.

    Args:
        path: The file or folder; a folder with ``annotations.tsv`` means that file.
        split: Of a dataset folder, only this split; empty for all.

    Raises:
        SourceError: Nothing there to read, a line or label that is none; says which.
    """
    if path.is_dir() and (path / "annotations.tsv").is_file():
        path = path / "annotations.tsv"
    if path.is_dir():
        rows = list(_from_parquet(path, split))
    elif path.suffix == ".conllu":
        rows = list(_from_conllu(path))
    else:
        rows = list(_from_tsv(path))
    found = [_checked(one, path) for one in rows if one.words]
    if not found:
        raise SourceError(f"{path}: no annotated word; give a TSV with id, token, category")
    labels = {label for one in found for label in one.labels}
    if "Name" in labels and labels & set(MERGES):
        hint = "give category (seven labels) or category_merged (five) throughout"
        raise SourceError(f"{path}: fine and merged labels are mixed; {hint}")
    return found


def _checked(one: Sentence, path: Path) -> Sentence:
    if len(one.words) != len(one.labels):
        counts = f"{len(one.words)} words, {len(one.labels)} labels"
        raise SourceError(f"{path}: sentence {one.name}: {counts}; give each word a label")
    for label in one.labels:
        _check_label(label, f"{path}: sentence {one.name}")
    return one._replace(words=tuple(compose(word) for word in one.words))


def _check_label(label: str | None, where: str) -> None:
    if label not in FINE and label not in MERGED:
        known = ", ".join(dict.fromkeys([*MERGED, *FINE]))
        raise SourceError(f"{where}: no label {label!r:.60}; there are {known}")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read the annotations {path} ({error}); give a file") from None


def _from_tsv(path: Path) -> Iterator[Sentence]:
    rows = csv.DictReader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE)
    columns = rows.fieldnames or []
    label = next((one for one in ("category", "category_merged") if one in columns), None)
    if label is None or not {"id", "token"} <= set(columns):
        raise SourceError(f"{path}: the first line is not 'id, token, category'; add it, by tabs")
    blocks = _blocks(path.with_name("sentence_sources.tsv"))
    sentences: dict[str, list[tuple[str, str]]] = {}
    for row in _rows(rows, path):
        where = f"{path}:{rows.line_num}"
        if not row["token"] or not row[label]:
            raise SourceError(f"{where}: no token or no label; mend the line")
        _check_label(row[label], where)
        sentences.setdefault(row["id"], []).append((row["token"], row[label]))
    for name, pairs in sentences.items():
        words, labels = zip(*pairs, strict=True)
        yield Sentence(name, words, labels, blocks.get(name, ""))


def _rows(rows: csv.DictReader[str], path: Path) -> Iterator[dict[str, str]]:
    try:
        yield from rows
    except csv.Error as error:
        where = f"{path}:{rows.line_num + 1}"
        raise SourceError(f"{where}: not a line of a table ({error}); mend it") from None


def _blocks(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    rows = csv.DictReader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row.get("id") or "": row.get("text_type") or "" for row in _rows(rows, path)}


def _from_conllu(path: Path) -> Iterator[Sentence]:
    name, inside = "", 0  # inside: last word of a multiword token that has a label of its own
    pairs: list[tuple[str, str]] = []
    for number, line in enumerate([*_lines(path), ""], 1):
        if line.startswith("# sent_id ="):
            name = line.partition("=")[2].strip()
        elif not line.strip() and pairs:
            words, labels = zip(*pairs, strict=True)
            yield Sentence(name or str(number), words, labels)
            name, inside, pairs = "", 0, []
        elif line[:1].isdigit():
            fields = line.split("\t")
            if len(fields) != 10:
                raise SourceError(f"{path}:{number}: {len(fields)} fields, not 10; mend the line")
            label = dict(one.partition("=")[::2] for one in fields[9].split("|")).get("Etymology")
            first, _, last = fields[0].partition("-")
            if "." in first or (last and label is None) or _number(first) <= inside:
                continue  # not in the text, or another line has its label
            if label is None:
                raise SourceError(f"{path}:{number}: no Etymology= in MISC; add it to every word")
            inside = _number(last)
            _check_label(label, f"{path}:{number}")
            pairs.append((fields[1], label))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _from_parquet(folder: Path, split: str) -> Iterator[Sentence]:
    for file in sorted(folder.glob(f"data/{split}*.parquet")):
        try:
            names = set(pq.read_schema(file).names)
        except (OSError, pa.ArrowInvalid) as error:
            raise SourceError(f"cannot read {file} ({error}); run the recipe again") from None
        if missing := sorted({"id", "tokens", "etymology"} - names):
            hint = "give the folder of a run with transforms.annotate_etymology"
            raise SourceError(f"{file}: no column {missing[0]}; {hint}")
        block = ["text_type"] if "text_type" in names else []
        for row in pq.read_table(file, columns=["id", "tokens", "etymology", *block]).to_pylist():
            if row["tokens"] and row["etymology"]:
                words, labels = tuple(row["tokens"]), tuple(row["etymology"])
                yield Sentence(row["id"], words, labels, (block and row["text_type"]) or "")
