"""The real client against a Hub on this machine."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.arrow import AUDIO, audio_field, feature_of, hub_schema
from curate.errors import SourceError
from curate.sources.hub import Hub

Read = Callable[..., pa.Table]


def parquet(table: pa.Table | dict[str, list[object]], **how: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(table), out, **how)
    return out.getvalue()


def clips(rows: int, size: int) -> pa.Table:
    cells = [{"bytes": os.urandom(size), "path": f"{at}.wav"} for at in range(rows)]
    schema = hub_schema(pa.schema([audio_field("audio", 48_000), pa.field("text", pa.string())]))
    return pa.table([pa.array(cells, AUDIO), [f"t{at}" for at in range(rows)]], schema=schema)


CARD = b"""---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: data/test-*
---
"""


def test_splits_of_the_card_are_read_in_order_with_their_name(hub: Any, read_all: Read) -> None:
    files = {
        "README.md": CARD,
        "data/test-00000-of-00001.parquet": parquet({"text": ["c"]}),
        "data/train-00000-of-00001.parquet": parquet({"text": ["a", "b"]}),
        "rejected/duration.parquet": parquet({"reason": ["too short"]}),
    }
    hub.commit("org/splits", files)
    assert read_all(Hub("org/splits")).to_pylist() == [
        {
            "id": f"data/{split}-00000-of-00001:{row}",
            "source": "org/splits",
            "text": text,
            "split": split,
            "defect": None,
        }
        for split, row, text in [("train", 0, "a"), ("train", 1, "b"), ("test", 0, "c")]
    ]


def test_one_split_alone_has_no_split_column(hub: Any, read_all: Read) -> None:
    files = {"train.parquet": parquet({"n": [1]}), "test.parquet": parquet({"n": [2]})}
    hub.commit("org/one", files)
    rows = read_all(Hub("org/one", split="test", name="own"))
    assert rows.column_names == ["id", "source", "n", "defect"]
    assert rows["id"].to_pylist() == ["own/test:0"]


def test_audio_keeps_its_feature_and_bytes(hub: Any, read_all: Read) -> None:
    table = clips(5, 100)
    hub.commit("org/audio", {"data/train-00000-of-00001.parquet": parquet(table)})
    source = Hub("org/audio", columns={"transcript": "text"})
    assert feature_of(source.schema().field("audio"))["sampling_rate"] == 48_000
    assert read_all(source)["audio"].to_pylist() == table["audio"].to_pylist()


def test_reading_one_shard_fetches_little_more_than_its_row_groups(hub: Any) -> None:
    content = parquet(clips(400, 5000), row_group_size=20, compression="none")
    hub.commit("org/large", {"train.parquet": content})
    source = Hub("org/large")
    refs = source.shards()
    assert hub.bytes_sent() < 200_000
    hub.log.clear()
    (batch,) = source.read(refs[7])
    assert batch["text"].to_pylist() == [f"t{at}" for at in range(140, 160)]
    assert hub.bytes_sent() < 20 * 5000 + 100_000 < len(content) / 9


def test_reader_in_another_process_needs_only_the_shard(hub: Any) -> None:
    import multiprocessing

    hub.commit("org/other", {"train.parquet": parquet({"n": [1, 2, 3]})})
    source = Hub("org/other")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_rows_of, (source, source.shards()[0])) == 3


def _rows_of(source: Hub, ref: Any) -> int:
    return sum(batch.num_rows for batch in source.read(ref))


def test_revision_is_resolved_to_a_commit_and_kept(hub: Any, read_all: Read) -> None:
    first = hub.commit("org/moving", {"train.parquet": parquet({"n": [1]})})
    hub.tag("org/moving", "v1.0", first)
    second = hub.commit("org/moving", {"train.parquet": parquet({"n": [2, 3]})})
    old, new = Hub("org/moving", revision="v1.0"), Hub("org/moving")
    assert old.prepare() == {"org/moving@v1.0": first}
    assert new.prepare() == {"org/moving@main": second}
    hub.commit("org/moving", {"train.parquet": parquet({"n": [4]})})
    assert read_all(old)["n"].to_pylist() == [1]
    assert read_all(new)["n"].to_pylist() == [2, 3]


def test_file_untouched_by_a_commit_keeps_its_digest(hub: Any) -> None:
    files = {"a-train.parquet": parquet({"n": [1]}), "b-train.parquet": parquet({"n": [2]})}
    one = hub.commit("org/digest", files)
    two = hub.commit("org/digest", {"b-train.parquet": parquet({"n": [3]})})
    before, after = (Hub("org/digest", revision=oid).shards() for oid in (one, two))
    assert [x.digest == y.digest for x, y in zip(before, after, strict=True)] == [True, False]


def test_listing_of_many_pages_is_read_whole(hub: Any, read_all: Read) -> None:
    hub.page = 3
    content = parquet({"n": [1]})
    hub.commit("org/pages", {f"data/train-{at:05d}-of-00008.parquet": content for at in range(8)})
    assert read_all(Hub("org/pages")).num_rows == 8


@pytest.mark.parametrize("status", [429, 503])
def test_passing_failures_cost_time_only(
    hub: Any, status: int, read_all: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    name = f"org/faults-{status}"
    hub.commit(name, {"train.parquet": parquet({"n": [1, 2]})})
    fault = type(hub).__init__.__globals__["Fault"]
    hub.faults += [fault("GET /api/datasets/", status, 2), fault("/resolve/", status, 3)]
    assert read_all(Hub(name))["n"].to_pylist() == [1, 2]
    assert all(one.times == 0 for one in hub.faults)


def test_gated_dataset_names_its_page_and_opens_with_a_token(
    hub: Any, monkeypatch: pytest.MonkeyPatch, read_all: Read
) -> None:
    hub.commit("org/gated", {"train.parquet": parquet({"n": [1]})}, gated=True)
    with pytest.raises(SourceError) as caught:
        Hub("org/gated").prepare()
    assert f"accept its terms at {hub.url}/datasets/org/gated" in str(caught.value)
    assert "source.path" in str(caught.value)
    monkeypatch.setenv("HF_TOKEN", hub.TOKEN)
    assert read_all(Hub("org/gated")).num_rows == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repo": "org/nobody"}, "no dataset org/nobody that you may read.*hf auth login"),
        ({"repo": "org/known", "revision": "v9"}, "no revision 'v9'"),
        ({"repo": "not a/name/at all"}, "write organisation/name"),
        ({"repo": "org/known", "split": "tests"}, "did you mean 'test'"),
        ({"repo": "org/jsonl"}, "refs/convert/parquet"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_the_way_out(
    hub: Any, options: dict[str, str], message: str
) -> None:
    hub.commit("org/known", {"test.parquet": parquet({"n": [1]})})
    hub.commit("org/jsonl", {"train.jsonl": b"{}"})
    with pytest.raises(SourceError, match=message) as caught:
        Hub(**options).prepare()
    assert "\n" not in str(caught.value)


def test_hub_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(SourceError, match=r"cannot reach the Hub .*source\.path=FOLDER") as caught:
        Hub("org/silent").prepare()
    assert "\n" not in str(caught.value)


def test_offline_is_one_line(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(SourceError, match="HF_HUB_OFFLINE is set"):
        Hub("org/offline").prepare()


def test_converted_branch_is_read_where_there_is_no_parquet(hub: Any, read_all: Read) -> None:
    hub.commit("org/conv", {"a.jsonl": b"{}"})
    hub.commit(
        "org/conv", {"default/train/0000.parquet": parquet({"n": [1]})}, "refs/convert/parquet"
    )
    rows = read_all(Hub("org/conv", revision="refs/convert/parquet"))
    assert rows["n"].to_pylist() == [1]


def test_local_copy_gives_the_same_rows_without_asking_the_hub(
    hub: Any, tmp_path: Path, read_all: Read
) -> None:
    files = {
        "README.md": CARD,
        "data/train-00000-of-00001.parquet": parquet(clips(3, 50)),
        "data/test-00000-of-00001.parquet": parquet(clips(2, 50)),
    }
    hub.commit("org/copy", files)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    remote = read_all(Hub("org/copy"))
    hub.log.clear()
    local = read_all(Hub("org/copy", path=str(tmp_path)))
    assert local.equals(remote)
    assert hub.log == []


def test_bare_path_in_a_dataset_never_names_a_file_of_this_machine(
    hub: Any, read_all: Read
) -> None:
    schema = hub_schema(pa.schema([audio_field()]))
    cells = [{"bytes": None, "path": "/etc/hostname"}, {"bytes": b"RIFF", "path": "a.wav"}, None]
    content = parquet(pa.table([pa.array(cells, AUDIO)], schema=schema))
    hub.commit("org/paths", {"train.parquet": content})
    assert read_all(Hub("org/paths"))["audio"].to_pylist() == [None, cells[1], None]
