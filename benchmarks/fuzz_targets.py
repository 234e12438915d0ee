"""What the fuzzer feeds: a few good files for each reader, and what must hold for any file.

A target takes bytes, gives them to the product as a user's file would come, and fails an assertion
where rows were lost, ids repeat, a reason is not among those documented, or an error is not one of
``CurateError``. Row counts are found here by other means than the product's.
"""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile as sf

from curate.contract import Source
from curate.errors import CurateError, RowError, SourceError

REPOSITORY = Path(__file__).resolve().parent.parent
MOST_ROWS = 20_000  # of hostile Parquet, that is read to the end; more are only looked at


class Target(NamedTuple):
    """One reader.

    Attributes:
        seeds: Good files, and files that were once trouble.
        feed: Reads a file; raises what no user may see.
        suffix: Of the file.
    """

    seeds: Callable[[], list[bytes]]
    feed: Callable[[Path, bytes], None]
    suffix: str


# fastText models


def _model(quantised: bool, loss: int, bucket: int = 7, grams: int = 2) -> bytes:
    """A classifier of two words and two labels in the form of fastText 0.9.3."""
    random = np.random.default_rng(loss)
    dim, words = 4, 2
    arguments = (dim, 5, 5, 1, 5, grams, loss, 3, bucket, 2, 3, 100)
    parts = [struct.pack("<2i12id", 793712314, 12, *arguments, 1e-4)]
    parts.append(struct.pack("<3i2q", words + 2, words, 2, 40, -1))
    for word, count, kind in ((b"le", 9, 0), (b"il-", 8, 0), (b"__label__a", 5, 1)):
        parts.append(word + b"\0" + struct.pack("<qb", count, kind))
    parts.append(b"__label__b\0" + struct.pack("<qb", 4, 1))
    rows = words + bucket
    if quantised:
        codes = random.integers(0, 256, rows * 2, np.uint8).tobytes()
        parts.append(struct.pack("<2?2qi", True, False, rows, dim, len(codes)) + codes)
        parts.append(struct.pack("<4i", dim, 2, 2, 2))
        parts.append(random.normal(0, 1, 256 * dim).astype("<f4").tobytes())
    else:
        parts.append(struct.pack("<?2q", False, rows, dim))
        parts.append(random.normal(0, 1, rows * dim).astype("<f4").tobytes())
    parts.append(struct.pack("<?2q", False, 2, dim))
    parts.append(random.normal(0, 1, 2 * dim).astype("<f4").tobytes())
    return b"".join(parts)


def _models() -> list[bytes]:
    return [_model(quantised, loss) for quantised in (False, True) for loss in (1, 3)]


def feed_model(path: Path, content: bytes) -> None:
    """A damaged model is refused; one that is taken must give finite numbers."""
    from curate.langid.predict import load, predict

    try:
        model = load(path)
    except SourceError:
        return
    texts = pa.array(["il-kelb le", "", "\n\t", "x" * 1000, "ж", None])
    found = predict(model, texts, 3)
    probs = found.probs.flatten().to_numpy()
    assert np.isfinite(probs).all(), "a probability is not finite"
    assert set(found.labels.flatten().to_pylist()) <= {*model.labels}, "a label of its own"


# Audio


def _clips() -> list[bytes]:
    time = np.arange(1600) / 16_000
    tone = (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    forms = (
        ("WAV", "PCM_16"),
        ("WAV", "FLOAT"),
        ("WAVEX", "PCM_24"),
        ("RF64", "PCM_16"),
        ("AIFF", "PCM_16"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("OGG", "OPUS"),
        ("MP3", "MPEG_LAYER_III"),
    )
    found = []
    for form, subtype in forms:
        file = io.BytesIO()
        sf.write(file, np.stack([tone, tone], 1), 16_000, subtype, format=form)
        found.append(file.getvalue())
    return found


def feed_clip(path: Path, content: bytes) -> None:
    """From memory and from disk alike: samples, all finite, or one of the reasons."""
    from curate.audio.decode import REASONS, decode

    results = []
    for source in (content, path):
        try:
            clip = decode(source, 16_000, 600.0)
        except RowError as error:
            results.append(error.reason)
        else:
            assert clip.samples.size, "no samples"
            assert np.isfinite(clip.samples).all(), "not finite"
            assert clip.samples.dtype == np.float32
            results.append(str(clip.samples.size))
    assert results[0] == results[1], f"{results[0]} from memory, {results[1]} from disk"
    assert results[0] in REASONS or results[0].isdigit(), results[0]


# Recipes


def _recipes() -> list[bytes]:
    found = [path.read_bytes() for path in sorted((REPOSITORY / "recipes").glob("*.yaml"))]
    bomb = b"a: &a [x, x, x]\n" + b"".join(
        b"%c: &%c [*%c, *%c, *%c]\n" % (at + 1, at + 1, at, at, at) for at in range(97, 110)
    )
    return [*found, bomb, b"name: &n {<<: *n}", b"!!python/object/apply:os.system ['true']"]


def feed_recipe(path: Path, content: bytes) -> None:
    """A recipe, or every mistake in it as one line each."""
    from curate.recipe import load_recipe

    said = "good"
    try:
        load_recipe(path, ("steps.duration.most=3",))
    except CurateError as error:
        said = str(error)
    assert said.strip(), "an error without a word"
    assert len(said) < 1_000_000, "a message of a megabyte"


# Tables and texts: rows are counted by bytes alone


def _read_all(source: Source) -> pa.Table | None:
    """All rows of a source, checked; None if it is refused as a whole."""
    try:
        schema = source.schema()
        shards = source.shards()
    except SourceError:
        return None
    tables = []
    for shard in shards:
        found = [source.read(shard)] if shard.rows <= MOST_ROWS else []
        batches = [batch for batches in found for batch in batches]
        assert not found or sum(batch.num_rows for batch in batches) == shard.rows, "rows announced"
        tables += batches
    if not tables:
        return schema.empty_table()
    table = pa.concat_tables([one.select([*schema.names, *_defect(one)]) for one in tables])
    table.validate(full=True)
    assert table.select(schema.names).schema.equals(schema), "another schema"
    ids = table["id"].to_pylist()
    assert len(set(ids)) == len(ids), "ids repeat"
    assert None not in ids, "a row has no id"
    if "defect" in table.column_names:
        reasons = {one for one in table["defect"].to_pylist() if one}
        assert reasons <= {*source.reasons}, reasons - {*source.reasons}
    return table


def _defect(table: pa.Table) -> list[str]:
    return ["defect"] if "defect" in table.column_names else []


def _unmarked(content: bytes) -> bytes:
    return content.removeprefix(b"\xef\xbb\xbf")


def _is_plain(content: bytes) -> bool:
    """Whether it is not taken for compressed, or for a file of another kind."""
    magics = (b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff", b"PAR1", b"PK\x03\x04", b"BZh", b"RIFF")
    return not content.startswith((*magics, b"\x28\xb5\x2f\xfd", b"\xfd7zXZ"))


def _rows(source: Source, content: bytes, count: int) -> None:
    table = _read_all(source)
    if table is not None and _is_plain(content):
        assert table.num_rows == count, f"{table.num_rows} rows of {count}"


def _written_lines(content: bytes) -> int:
    return sum(bool(line.strip()) for line in _unmarked(content).split(b"\n"))


def feed_list(path: Path, content: bytes) -> None:
    """A row for each line of ``path|speaker|text`` that is not blank."""
    from curate.sources.audio_filelist import AudioFilelist

    _rows(AudioFilelist(str(path)), content, _written_lines(content))


def feed_json(path: Path, content: bytes) -> None:
    """A row for each line that is not blank, whatever it holds."""
    from curate.sources.jsonl import Jsonl

    _rows(Jsonl(str(path)), content, _written_lines(content))


def feed_text(path: Path, content: bytes) -> None:
    """A row for each line, blank or not."""
    from curate.sources.text_lines import TextLines

    content = _unmarked(content)
    count = content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    _rows(TextLines(str(path)), content, count)


def feed_conllu(path: Path, content: bytes) -> None:
    """A row for each run of lines between empty ones."""
    from curate.sources.conllu import Conllu

    lines = [line.removesuffix(b"\r") for line in _unmarked(content).split(b"\n")]
    previous = [b"", *lines[:-1]]
    count = sum(bool(line) and not before for line, before in zip(lines, previous, strict=True))
    _rows(Conllu(str(path)), content, count)


def feed_csv(path: Path, content: bytes) -> None:
    """No count that could be had more simply: rows announced are rows read, ids are unique."""
    from curate.sources.csv import Csv

    _read_all(Csv(str(path)))


def feed_tokens(path: Path, content: bytes) -> None:
    """Tables of tokens: likewise."""
    from curate.sources.token_table import TokenTable

    _read_all(TokenTable(str(path)))


def feed_parquet(path: Path, content: bytes) -> None:
    """Rows announced are rows read, whatever is damaged."""
    from curate.sources.parquet import Parquet

    _read_all(Parquet(str(path)))


def _parquets() -> list[bytes]:
    plain = pa.table(
        {
            "id": ["a", "b", "a", None],
            "text": ["il-kelb", "", "\0", "x" * 300],
            "n": pa.array([1, None, 3, 2**62]),
            "tokens": [["a", "b"], [], None, ["c"]],
            "audio": pa.array([{"bytes": b"RIFF", "path": None}] * 4),
            "when": pa.array([0, 1, 2, None], pa.timestamp("us")),
        }
    )
    coded = pa.table({"label": pa.array(["x", "y", "x"] * 50).dictionary_encode()})
    found = []
    for table, form in ((plain, "snappy"), (plain, "none"), (coded, "zstd"), (coded, "gzip")):
        file = io.BytesIO()
        pq.write_table(table, file, compression=form, row_group_size=60, write_page_index=True)
        found.append(file.getvalue())
    return found


def _texts(*texts: str) -> Callable[[], list[bytes]]:
    return lambda: [text.encode() for text in texts]


_WORD = (
    "1\tIl-\til\tDET\t_\t_\t2\tdet\t_\tSpaceAfter=No\n2\tkelb\tkelb\tNOUN\t_\t_\t0\troot\t_\t_\n"
)
_SPLIT = "1-2\tmal\t_\t_\t_\t_\t_\t_\t_\t_\n1\tma\t_\tADP\t_\t_\t2\tcase\t_\t_\n"
_REST = "\t_" * 7
TARGETS = {
    "fasttext": Target(_models, feed_model, ".bin"),
    "audio": Target(_clips, feed_clip, ".wav"),
    "recipe": Target(_recipes, feed_recipe, ".yaml"),
    "filelist": Target(
        _texts("a.wav|s1|un\nb.wav|s2|deux\n", "wavs/a.wav|1|\r\n\n|||\n../x|2|a|b\n"),
        feed_list, ".txt",
    ),
    "conllu": Target(
        _texts(
            f"# sent_id = 1\n# text = Il-kelb\n{_WORD}\n# newdoc id = d\n{_WORD}\n",
            f"# newdoc\n{_SPLIT}2\tdar{_REST}\tSpacesAfter=\\n\n2.1\tx{_REST}\t_\n",
        ),
        feed_conllu, ".conllu",
    ),
    "jsonl": Target(
        _texts(
            '{"id": "a", "text": "x", "n": 1}\n{"n": 2.5, "o": {"k": [1, null]}}\n\nnull\n',
            '{"text": "\\ud800"}\r\n[1]\n{"text": 1e999, "n": -0}\n{"a": [[[]]], "b": true}\n',
        ),
        feed_json, ".jsonl",
    ),
    "csv": Target(
        _texts('id,text\n1,"a ""b"""\n2,"c\nd"\n3\n', "a\tb\r\n,\r\n"), feed_csv, ".csv"
    ),
    "text": Target(_texts("one\n\ntwo\r\nthree", "\ufefffour\n\0\n"), feed_text, ".txt"),
    "tokens": Target(
        _texts("id\ttoken\tlabel\n0\tIl-\tx\n0\tkelb\ty\n1\t.\n"), feed_tokens, ".tsv"
    ),
    "parquet": Target(_parquets, feed_parquet, ".parquet"),
}  # fmt: skip


@functools.cache
def seeds(name: str) -> list[bytes]:
    """The good files of a target."""
    return TARGETS[name].seeds()
