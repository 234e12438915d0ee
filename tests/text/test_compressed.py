"""Compressed files: the same rows, damage found, what cannot be read named."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from curate.sources.conllu import Conllu
from curate.sources.csv import Csv
from curate.sources.jsonl import Jsonl
from curate.sources.text_lines import TextLines
from curate.text.compressed import breaks_off
from curate.text.lines import opened

Pack = Callable[[bytes], bytes]


def zstd(raw: bytes) -> bytes:
    packed: bytes = pa.compress(raw, codec="zstd", asbytes=True)
    return packed


PACKERS = {"gz": gzip.compress, "zst": zstd, "bz2": bz2.compress, "xz": lzma.compress}
TEXT = b"".join(b'{"id": "%d", "text": "row %d"}\n' % (row, row) for row in range(300))


@pytest.fixture(params=PACKERS)
def packed(request: pytest.FixtureRequest) -> tuple[str, Pack]:
    return request.param, PACKERS[request.param]


def rows(source: Jsonl | Csv | TextLines | Conllu, shards: int = 1) -> list[dict[str, object]]:
    refs = source.shards()
    assert len(refs) == shards
    return [row for ref in refs for table in source.read(ref) for row in table.to_pylist()]


def test_json_lines_are_the_same_compressed_and_one_shard(
    tmp_path: Path, packed: tuple[str, Pack]
) -> None:
    ending, pack = packed
    (tmp_path / "plain.jsonl").write_bytes(TEXT)
    (tmp_path / "folder").mkdir()
    (tmp_path / f"folder/plain.jsonl.{ending}").write_bytes(pack(TEXT))
    plain = rows(Jsonl(str(tmp_path / "plain.jsonl"), name="n", shard_rows=70), shards=5)
    assert rows(Jsonl(str(tmp_path / "folder"), name="n", shard_rows=70)) == plain


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (Csv, b"\xef\xbb\xbfid,text\n1,one\n2,two\n"),
        (TextLines, b"\xef\xbb\xbfone\ntwo\n"),
        (Conllu, b"# text = a\n1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n\n"),
    ],
)
def test_other_sources_read_past_a_byte_order_mark(
    tmp_path: Path, packed: tuple[str, Pack], source: type[Csv], text: bytes
) -> None:
    for folder, content in (("plain", text), ("packed", packed[1](text))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_bytes(content)
    plain, found = (rows(source(str(tmp_path / one / "file"))) for one in ("plain", "packed"))
    assert found == plain


def test_members_of_one_file_follow_each_other(tmp_path: Path, packed: tuple[str, Pack]) -> None:
    ending, pack = packed
    (tmp_path / f"a.jsonl.{ending}").write_bytes(pack(TEXT[:310]) + pack(TEXT[310:]))
    assert len(rows(Jsonl(str(tmp_path)))) == 300


def test_a_file_cut_off_is_one_rejected_row(tmp_path: Path, packed: tuple[str, Pack]) -> None:
    ending, pack = packed
    noise = os.urandom(200_000).hex().encode()
    (tmp_path / "a.jsonl").write_bytes(TEXT)
    (tmp_path / f"b.jsonl.{ending}").write_bytes(pack(b'{"text": "%s"}' % noise)[:-1000])
    assert breaks_off(tmp_path / f"b.jsonl.{ending}")
    defects = [row["defect"] for row in rows(Jsonl(str(tmp_path)), shards=2)]
    assert defects == [None] * 300 + ["file unreadable"]


def test_a_compressed_file_can_be_sought_in(tmp_path: Path, packed: tuple[str, Pack]) -> None:
    ending, pack = packed
    (tmp_path / f"a.{ending}").write_bytes(pack(TEXT))
    with opened(tmp_path / f"a.{ending}") as file:
        assert file.read(5) == TEXT[:5]
        file.seek(8000)
        assert file.readline() == TEXT[8000:].splitlines(keepends=True)[0]
        file.seek(100)
        assert (file.tell(), file.read()) == (100, TEXT[100:])
