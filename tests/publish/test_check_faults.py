"""Faults planted in a good dataset folder: each is refused with its file and the way out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_to_break import (
    CARD,
    croissant_with,
    describe,
    head_with,
    make,
    rewrite,
    text_with,
)

from curate.arrow import audio_field, hub_schema, sha256_of
from curate.publish.check import check_folder, find_problems
from curate.publish.checks.files import (
    count_problems,
    file_problems,
    parquet_problems,
    size_problems,
)
from curate.publish.checks.loading import loading_problems
from curate.publish.record import plain, read_record

SPLITS = [{"split": name, "path": f"data/{name}-*.parquet"} for name in ("train", "test")]
TOKEN = "hf_" + "aB3" * 12


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("good"))


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "out"))


def config(**changes: Any) -> Callable[[Path], None]:
    return head_with(
        configs=[{"config_name": "default", "data_files": SPLITS, **changes}], dataset_info=None
    )


def info(**changes: Any) -> Callable[[Path], None]:
    return head_with(dataset_info={"config_name": "default", **changes})


def source(licence: str) -> Callable[[Path], None]:
    sources = [{"name": "Rasa", "url": "https://example.org/rasa", "license": licence}]
    return lambda out: describe(out, sources=sources)


def licensed(hub: str, spdx: str, sources: str) -> Callable[[Path], None]:
    """Another licence everywhere, and another one of the source."""

    def plant(out: Path) -> None:
        head_with(license=hub)(out)
        text_with("CITATION.cff", "CC-BY-4.0", spdx)(out)
        describe(out, license=hub, sources=[{**CARD["sources"][0], "license": sources}])

    return plant


def extra_file(name: str) -> Callable[[Path], None]:
    def plant(out: Path) -> None:
        pq.write_table(pa.table({"id": ["x"]}), out / name)

    return plant


def record_with(**changes: Any) -> Callable[[Path], None]:
    def plant(out: Path) -> None:
        (out / "run.json").write_text(plain({**read_record(out), **changes}))

    return plant


def test_the_folder_that_faults_are_planted_in_has_none(good: Path) -> None:
    assert find_problems(good, tag="v1.2.0") == []


# What was planted → where it must be found, what must be said of it, and the way out.
HEAD: list[tuple[Callable[[Path], None], str, str, str]] = [
    (head_with(license="cc-by-9.0"), "README.md:3", "no licence 'cc-by-9.0'", "did you mean cc-by"),
    (head_with(gated="later"), "README.md:44", "gated 'later' is unknown", "write auto, manual"),
    (head_with(license="CC-BY-4.0"), "README.md:3", "no licence 'CC-BY-4.0'", "write cc-by-4.0"),
    (head_with(license="other"), "README.md:3", "needs a license_name", "add license_name: my"),
    (
        head_with(license="other", license_name="mine"),
        "README.md:3",
        "needs a license_link",
        "add license_link: LICENSE",
    ),
    (head_with(language=["zz-XX"]), "README.md:5", "'zz-XX' is no language", "such as ks"),
    (head_with(language=["kas"]), "README.md:5", "'kas' is not how", "write ks"),
    (head_with(language=["ks-Arab"]), "README.md:5", "more than a language", "write ks here"),
    (head_with(language_details="ks_Arab"), "README.md:6", "'ks_Arab' is not how", "write ks-Arab"),
    (
        head_with(task_categories=["text-generating"]),
        "README.md:8",
        "no task_categories 'text-generating'",
        "did you mean text-generation",
    ),
    (
        head_with(task_ids=["language-model"]),
        "README.md:10",
        "no task_ids 'language-model'",
        "did you mean language-modeling",
    ),
    (
        head_with(annotations_creators=["experts"]),
        "README.md:12",
        "annotations_creators 'experts' is unknown",
        "did you mean expert-generated",
    ),
    (
        head_with(size_categories=["1K<n<10K"]),
        "README.md:16",
        "size_categories says 1K<n<10K, there are 8 rows",
        "write n<1K",
    ),
    (text_with("README.md", r"license:", "license: ["), "README.md:4", "is not YAML", "mend it"),
    (text_with("README.md", r"\A---", "***"), "README.md:1", "has no YAML head", "`curate card`"),
]
CONFIGS: list[tuple[Callable[[Path], None], str, str, str]] = [
    (
        config(data_files=[SPLITS[0], {"split": "test", "path": "data/tests-*.parquet"}]),
        "README.md:23",
        "no file matches 'data/tests-*.parquet'",
        "run `curate card`",
    ),
    (
        config(data_files=[SPLITS[0]]),
        "README.md:18",
        "no file for the split 'test'",
        "`curate card`",
    ),
    (
        config(data_files=[*SPLITS, {"split": "dev", "path": "data/test-*"}]),
        "README.md:25",
        "the run made no split 'dev'",
        "run `curate card`",
    ),
    (
        config(data_files=[SPLITS[1], {"split": "train", "path": "**/*.parquet"}]),
        "README.md:23",
        "takes rejected rows into 'train'",
        "run `curate card`",
    ),
    (
        head_with(configs=[{"data_files": SPLITS}]),
        "README.md:18",
        "without a config_name",
        "name it, e.g. config_name: default",
    ),
    (head_with(configs=None), "README.md:2", "lists no configs", "run `curate card`"),
    (config(config_name="other"), "README.md:17", "lacks the config 'default'", "`curate card`"),
    (
        config(data_files=[{"split": "no-good", "path": "data/*"}]),
        "README.md:17",
        "`datasets` cannot read configs",
        "run `curate card`",
    ),
    (
        info(config_name="plain", splits=[]),
        "README.md:25",
        "'plain', which is no config, and would be ignored",
        "write one of default",
    ),
    (
        info(splits=[{"name": "train", "num_bytes": 1, "num_examples": 99}]),
        "README.md:29",
        "says 99 num_examples in 'train'",
        "run `curate card`",
    ),
    (
        info(features=[{"name": "id", "dtype": "string"}, {"name": "more", "dtype": "int64"}]),
        "README.md:26",
        "features lack the column 'text'",
        "run `curate card`",
    ),
    (
        info(features=[{"name": "text", "dtype": "int64"}]),
        "README.md:26",
        "feature 'text' is Value('int64')",
        "run `curate card`",
    ),
    (
        info(features=[{"name": "text", "dtype": "noise"}]),
        "README.md:24",
        "`datasets` cannot read dataset_info",
        "run `curate card`",
    ),
    (
        extra_file("data/train-00001-of-00002.parquet"),
        "README.md:21",
        "takes in data/train-00001-of-00002.parquet, which no run wrote",
        "take it away",
    ),
]
TEXT: list[tuple[Callable[[Path], None], str, str, str]] = [
    (
        text_with("README.md", "Reading aloud.", "[More Information Needed]"),
        "README.md:56",
        "'[More Information Needed]' was left open",
        "say it in cards/rows/",
    ),
    (
        text_with("README.md", "Nine short texts.", "TODO"),
        "README.md:50",
        "'TODO' was left open",
        "say it in cards/rows/",
    ),
    (
        text_with("README.md", "Reading aloud.", ""),
        "README.md:54",
        "the section 'Direct use' is empty",
        "say it in cards/rows/",
    ),
    (
        text_with("report.html", "<body>", '<body><script src="https://cdn.org/p.js"></script>'),
        "report.html:2",
        "loads script https://cdn.org/p.js, so it needs a network",
        "put it into the page",
    ),
    (
        text_with("report.html", "<style>", "<style>@import '//cdn.org/a.css';"),
        "report.html:1",
        "loads @import",
        "put it into the page",
    ),
    (
        text_with("report.html", 'data:image[^"]*', "figures/dot.gif"),
        "report.html:3",
        "loads img figures/dot.gif",
        "put it into the page",
    ),
    (
        text_with("report.html", "Nine rows", f"Nine rows {TOKEN}"),
        "report.html:2",
        "holds a Hugging Face token (hf_a…)",
        "withdraw it where it was issued",
    ),
    (
        text_with("run.json", '"name": "rows"', '"key": "AKIAABCDEFGHIJKLMNOP", "name": "rows"'),
        "run.json:2",
        "holds an AWS key (AKIA…)",
        "withdraw it where it was issued",
    ),
]
AGREEMENT: list[tuple[Callable[[Path], None], str, str, str]] = [
    (
        text_with("CITATION.cff", "license: .*", "license: cc-by-4.0"),
        "CITATION.cff",
        "'license' is 'cc-by-4.0'; write CC-BY-4.0",
        "mend the one beside card.yaml",
    ),
    (
        text_with("CITATION.cff", "license: .*", "license: MIT"),
        "CITATION.cff",
        "says license: MIT, README.md cc-by-4.0",
        "write license: CC-BY-4.0",
    ),
    (
        text_with("CITATION.cff", "message: .*\n", ""),
        "CITATION.cff",
        "has no 'message'",
        "mend the one beside card.yaml",
    ),
    (
        text_with("CITATION.cff", "title:", "title: ["),
        "CITATION.cff",
        "not YAML",
        "mend the one beside card.yaml",
    ),
    (
        text_with("CITATION.cff", "version: 1.2.0\ndate", "version: 1.3.0\ndate"),
        "croissant.json",
        "is version 1.2.0, CITATION.cff says 1.3.0",
        "run `curate card`",
    ),
    (
        head_with(version="1.1.0"),
        "README.md",
        "is version 1.1.0, CITATION.cff says 1.2.0",
        "run `curate card`",
    ),
    (
        text_with("croissant.json", "CC-BY-4.0.html", "MIT.html"),
        "croissant.json",
        "states the licence https://spdx.org/licenses/MIT.html",
        "run `curate card`",
    ),
    (
        lambda out: (out / "croissant.json").write_text("{") and None,
        "croissant.json",
        "is not JSON",
        "run `curate card`",
    ),
    (
        croissant_with(lambda found: found.update(conformsTo="http://example.org")),
        "croissant.json",
        "does not conform to http://mlcommons.org/croissant/1.1",
        "run `curate card`",
    ),
    (
        croissant_with(lambda found: found["recordSet"][0]["field"].pop()),
        "croissant.json",
        "describes other columns or rows of 'default'",
        "run `curate card`",
    ),
    (
        croissant_with(lambda found: found["distribution"][1].update(sha256="0" * 64)),
        "croissant.json",
        "states another sha256 for data/train-00000-of-00001.parquet",
        "run `curate card`",
    ),
    (
        croissant_with(lambda found: found["distribution"].pop()),
        "croissant.json",
        "lacks the file data/test-00000-of-00001.parquet",
        "run `curate card`",
    ),
]
SOURCES: list[tuple[Callable[[Path], None], str, str, str]] = [
    (
        source("CC-BY-NC-4.0"),
        "README.md",
        "the source 'Rasa' forbids it: CC-BY-NC-4.0 allows no commercial use",
        "leave it out, ask its owners",
    ),
    (
        source("CC BY-SA 4.0"),
        "README.md",
        "'Rasa' forbids it: CC BY-SA 4.0 must be passed on under cc-by-sa-4.0 or gpl-3.0",
        "publish under a licence that it allows",
    ),
    (
        source("CC-BY-ND-4.0"),
        "README.md",
        "'Rasa' forbids it: CC-BY-ND-4.0 allows no changed copies",
        "leave it out",
    ),
    (
        source("on request"),
        "README.md",
        "nothing is known about the licence 'on request'",
        "leave it out",
    ),
    (source(""), "README.md", "the source 'Rasa' states no licence", "write it under 'sources'"),
    (
        licensed("cc0-1.0", "CC0-1.0", "CC-BY-4.0"),
        "README.md",
        "CC-BY-4.0 asks for attribution and cc0-1.0 does not",
        "leave it out",
    ),
]


def account_with(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def plant(out: Path) -> None:
        record = read_record(out)
        change(record)
        (out / "run.json").write_text(plain(record))

    return plant


def link(path: Path, to: Path) -> None:
    path.unlink()
    path.symlink_to(to)


FILES: list[tuple[Callable[[Path], None], str, str, str]] = [
    (
        lambda out: (out / "data/train-00000-of-00001.parquet").unlink(),
        "data/train-00000-of-00001.parquet",
        "missing",
        "run the recipe again",
    ),
    (
        lambda out: (out / "data/train-00000-of-00001.parquet").write_bytes(b"PAR1"),
        "data/train-00000-of-00001.parquet",
        "changed since the run",
        "run the recipe again",
    ),
    (lambda out: (out / "LICENSE").unlink(), "LICENSE", "missing", "run `curate card`"),
    (lambda out: (out / "README.md").unlink(), "README.md", "missing", "run `curate card`"),
    (
        lambda out: link(out / "LICENSE", Path(__file__)),
        "LICENSE",
        "is a link to /",
        "put the file itself here",
    ),
    (
        account_with(lambda record: record["rows"].update(kept=9)),
        "run.json",
        "says 9 rows kept, there are 8",
        "run the recipe again",
    ),
    (
        account_with(lambda record: record["rows"].update(read=10)),
        "run.json",
        "says 10 rows read, there are 9",
        "run the recipe again",
    ),
    (
        account_with(lambda record: record["funnel"][1].update(rejected={})),
        "run.json",
        "says 0 rows rejected by filters.duration, there are 1",
        "run the recipe again",
    ),
    (record_with(complete=False), "", "some shards failed", "run the recipe again to finish it"),
]


@pytest.mark.parametrize(
    ("plant", "where", "what", "way_out"),
    [*HEAD, *CONFIGS, *TEXT, *AGREEMENT, *SOURCES, *FILES],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_planted_fault_is_refused_with_its_file_and_the_way_out(
    folder: Path, plant: Callable[[Path], None], where: str, what: str, way_out: str
) -> None:
    plant(folder)
    lines = check_folder(folder)
    found = [line for line in lines if line.startswith(f"{folder / where}:") and what in line]
    assert found, "\n".join(lines)
    assert way_out in found[0]
    assert "\n" not in found[0]


def test_a_token_is_not_repeated(folder: Path) -> None:
    text_with("LICENSE", r"\A", f"{TOKEN} ")(folder)
    assert TOKEN not in "".join(check_folder(folder))


@pytest.mark.parametrize(("tag", "stale"), [("v1.2.0", 0), ("1.2.0", 0), ("v1.1.0", 1)])
def test_a_stale_tag_is_refused(good: Path, tag: str, stale: int) -> None:
    lines = check_folder(good, tag)
    assert len(lines) == stale
    assert all("says version 1.2.0, the tag is v1.1.0; publish as v1.2.0" in each for each in lines)


def parquet(path: Path, table: pa.Table, **options: Any) -> list[Any]:
    """Problems of a file written so, with features and an index unless told otherwise."""
    given = {"write_page_index": True, **options}
    pq.write_table(table.cast(hub_schema(table.schema)), path, **given)
    return list(parquet_problems(path, table.num_rows))


@pytest.mark.parametrize(("rows", "refused"), [(50_000_000, True), (19_000_000, False)])
def test_a_row_group_that_the_viewer_cannot_show_is_refused(
    tmp_path: Path, rows: int, refused: bool
) -> None:
    zeros = pa.table({"zero": pa.array(np.zeros(rows, np.int64))})  # 8 bytes each
    (problem,) = parquet(tmp_path / "x", zeros, row_group_size=rows, use_dictionary=False)
    assert problem.is_error is refused
    assert str(problem).startswith(f"{tmp_path / 'x'}: has a row group of {rows * 8 // 10**6} MB")
    assert problem.way_out == "write smaller row groups: run the recipe again"


def test_a_file_without_a_page_index_is_a_warning(tmp_path: Path) -> None:
    (problem,) = parquet(tmp_path / "x", pa.table({"id": ["a"]}), write_page_index=False)
    assert not problem.is_error
    assert "no page index" in problem.what


def test_a_cell_too_large_for_the_viewer_is_a_warning(tmp_path: Path) -> None:
    texts = pa.table({"text": ["a", "b" * 1_200_000], "more": ["", "c" * 900_000]})
    cell, row = parquet(tmp_path / "train-00000-of-00001.parquet", texts)
    assert cell.what == "'text' of row 1 has 1.2 MB; the viewer cuts it"
    assert row.what == "row 1 has 2.1 MB; the viewer shows 2"
    assert not cell.is_error
    assert not row.is_error


def test_clips_that_are_paths_of_one_machine_are_refused(tmp_path: Path) -> None:
    schema = pa.schema([audio_field("audio")])
    clips = pa.table({"audio": [{"bytes": None, "path": "/home/me/a.wav"}]}, schema=schema)
    (problem,) = parquet(tmp_path / "x", clips)
    assert "'audio' holds paths of one machine, no sound" in problem.what
    assert "transforms.encode_audio" in problem.way_out


@pytest.mark.parametrize(("size", "errors"), [(10**9, []), (2 * 10**9, [False]), (10**12, [True])])
def test_files_larger_than_the_hub_takes_are_refused(size: int, errors: list[bool]) -> None:
    assert [problem.is_error for problem in size_problems(Path("x"), size)] == errors


def test_a_folder_of_more_files_than_the_hub_takes_is_refused(tmp_path: Path) -> None:
    for number in range(10_001):
        (tmp_path / str(number)).touch()
    (problem,) = count_problems(tmp_path)
    assert str(problem).endswith(
        "holds 10,001 files; the Hub takes 10,000 in one folder; write larger shards"
    )


def test_shards_of_different_columns_are_refused(folder: Path) -> None:
    extra = folder / "data/train-00001-of-00002.parquet"
    table = pa.table({"id": ["x"], "other": [1]})
    pq.write_table(table.cast(hub_schema(table.schema)), extra, write_page_index=True)
    record = read_record(folder)
    record["files"]["data/train-00001-of-00002.parquet"] = {"rows": 1, "sha256": sha256_of(extra)}
    (problem,) = [one for one in file_problems(folder, record) if one.is_error]
    assert str(problem).startswith(f"{extra}: has other columns or features than train-00000-of")


def test_rows_whose_licence_is_stricter_are_refused(folder: Path) -> None:
    name = next(name for name in read_record(folder)["files"] if name.startswith("data/train"))
    table = pq.read_table(folder / name)
    strict = pa.array(["CC-BY-NC-4.0"] * table.num_rows)
    at = table.schema.get_field_index("licence")
    rewrite(folder, table.set_column(at, "licence", strict), write_page_index=True)
    (line,) = check_folder(folder)
    assert line.startswith(f"{folder / name}: has rows whose licence forbids it: CC-BY-NC-4.0")
    assert "leave those rows out by a filter" in line


def test_rows_that_load_dataset_does_not_give_are_refused(folder: Path) -> None:
    record = read_record(folder)
    record["configs"]["default"]["train"]["rows"] += 1
    head_with(dataset_info=None)(folder)
    (problem,) = loading_problems(folder, record)
    assert "load_dataset gives" in problem.what
    assert "run the recipe again" in problem.way_out


@pytest.mark.parametrize(("more", "found"), [(0, 0), (1, 1)])
def test_a_large_config_is_streamed_and_its_rows_counted_by_its_files(
    folder: Path, more: int, found: int
) -> None:
    record = read_record(folder)
    record["configs"]["default"]["train"]["bytes"] = 3 * 2**30
    record["configs"]["default"]["train"]["rows"] += more
    assert len(list(loading_problems(folder, record))) == found


def test_features_that_load_dataset_gives_otherwise_are_refused(folder: Path) -> None:
    features = [{"name": name, "dtype": "string"} for name in ("id", "source", "text", "licence")]
    info(features=[*features, {"name": "duration", "dtype": "float32"}])(folder)
    problem = next(loading_problems(folder, read_record(folder)))
    assert "load_dataset gives other features than the file for duration" in problem.what


@pytest.mark.parametrize("name", ["CITATION.cff", "croissant.json", "report.html"])
def test_what_a_dataset_can_do_without_is_a_warning(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (problem,) = find_problems(folder)
    assert (problem.where, problem.is_error) == (str(folder / name), False)
    assert check_folder(folder) == []


def test_a_folder_without_a_licence_is_told_which_file_to_write(folder: Path) -> None:
    head_with(license=None)(folder)
    problem = next(one for one in find_problems(folder) if "states no licence" in one.what)
    assert not problem.is_error
    assert "cards/rows/card.yaml, or in its card.md" in problem.way_out


def test_a_licence_of_ones_own_cannot_be_compared_with_the_sources(folder: Path) -> None:
    head_with(license="other", license_name="mine", license_link="LICENSE")(folder)
    describe(folder, license="other", license_name="mine", license_link="LICENSE")
    text_with("CITATION.cff", "license: .*\n", "")(folder)
    (problem,) = find_problems(folder)
    assert (problem.where, problem.is_error) == (f"{folder / 'README.md'}:3", False)
