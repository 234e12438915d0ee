"""Model files that are damaged, cut off or lie: one clear error, no crash, no lost memory."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.langid.model import read_labels
from curate.langid.predict import load, predict

NAMES = ("hs.ftz", "ova_w2.bin", "softmax.ftz", "words_w2.bin")
SIZES = 64  # bytes of header and arguments, before the sizes of the dictionary
MOST_BYTES = 1 << 27


@pytest.fixture(scope="module")
def files(data_dir: Path) -> dict[str, bytes]:
    folder = data_dir / "lid" / "fixtures"
    return {name: (folder / name).read_bytes() for name in NAMES}


def damaged(folder: Path, content: bytes) -> str:
    """The error that reading gives."""
    path = folder / "model.bin"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    return str(caught.value).split("model.bin: ", 1)[1]


def at(content: bytes, place: int, form: str, *values: int) -> bytes:
    new = struct.pack("<" + form, *values)
    return content[:place] + new + content[place + len(new) :]


def test_a_model_knows_its_labels(files: dict[str, bytes], data_dir: Path) -> None:
    path = data_dir / "lid" / "fixtures" / "softmax.ftz"
    model = load(path)
    assert model.labels == read_labels(path)
    assert all(label.startswith("__label__") for label in model.labels)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999, 0.999999])
def test_a_truncated_file_says_where_it_breaks_off(
    name: str, share: float, files: dict[str, bytes], tmp_path: Path
) -> None:
    whole = files[name]
    message = damaged(tmp_path, whole[: max(1, int(share * len(whole)))])
    assert message.startswith("byte ")
    assert "left" in message or "breaks off" in message or "bytes" in message


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    assert damaged(tmp_path, b"").startswith("the file is empty")


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        load(tmp_path / "none.bin")


def test_another_format_is_refused(tmp_path: Path) -> None:
    assert "does not begin like one" in damaged(tmp_path, b"<html>not found</html>" * 9)


@pytest.mark.parametrize(
    ("place", "form", "values", "message"),
    [
        (4, "i", (13,), "version 13 is newer"),
        (8, "i", (0,), "vectors of 0 numbers"),
        (8, "i", (2**31 - 1,), "vectors are 2147483647"),
        (28, "i", (10**6,), "word_ngrams is 1000000"),
        (32, "i", (9,), "there is no loss 9"),
        (36, "i", (2,), "word vectors, not a classifier"),
        (40, "i", (0,), "0 hash buckets"),
        (40, "i", (2**31 - 1,), "are referred to"),
        (48, "i", (2**31 - 1,), "maxn is 2147483647"),
        (SIZES, "3i", (2**31 - 1, 2**31 - 2, 1), "entries in"),
        (SIZES, "3i", (-1, -2, 1), "a dictionary of -1"),
        (SIZES, "3i", (5, 5, 0), "5 words and 0 labels"),
        (SIZES + 20, "q", (2**60,), "the kept buckets would take"),
        (SIZES + 20, "q", (0,), "pruned but not quantised"),
    ],
)
def test_a_lying_header_names_the_field(
    place: int,
    form: str,
    values: tuple[int, ...],
    message: str,
    files: dict[str, bytes],
    tmp_path: Path,
) -> None:
    assert message in damaged(tmp_path, at(files["ova_w2.bin"], place, form, *values))


def test_a_weight_that_is_no_number_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    whole = files["ova_w2.bin"]
    nan = struct.pack("<f", float("nan"))
    assert "the output matrix holds a weight" in damaged(tmp_path, whole[:-4] + nan)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(NAMES),
    changes=st.lists(
        st.tuples(
            st.integers(0, 140) | st.integers(0, 30_000),
            st.sampled_from((-1, 0, 1, 2, 255, 10**6, 2**31 - 1, -(2**31)))
            | st.integers(-(2**31), 2**31 - 1),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_whatever_is_overwritten_the_file_is_read_or_refused(
    name: str, changes: list[tuple[int, int]], files: dict[str, bytes], tmp_path: Path
) -> None:
    content = files[name]
    for place, value in changes:
        content = at(content, place, "i", value)
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        texts = pa.array(["some words here", "", "</s>", "कुछ शब्द", "x" * 300])
        assert len(predict(load(path), texts, 3).labels) == len(texts)
    except SourceError:
        pass  # the only error there may be
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MOST_BYTES
