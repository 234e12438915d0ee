"""Every number of every card, recomputed from the files that it is about."""

from __future__ import annotations

import functools
import html
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from curate.publish.card_blocks import EMPTY
from curate.publish.citation import citation_problems, read_citation
from curate.publish.leftovers import leftovers
from curate.publish.markdown import cell
from curate.publish.record import read_record
from curate.recipe import load_recipe

RECIPES = sorted((Path(__file__).resolve().parents[2] / "recipes").glob("*.yaml"))
HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


class Made(NamedTuple):
    out: Path
    recipe: Path

    def readme(self) -> str:
        return (self.out / "README.md").read_text(encoding="utf-8")

    def table(self, after: str) -> list[dict[str, str]]:
        """The first table after this text, a mapping for each line."""
        lines = self.readme().split(after, 1)[1].splitlines()
        lines = itertools.dropwhile(lambda line: not line.startswith("|"), lines)
        lines = itertools.takewhile(lambda line: line.startswith("|"), lines)
        heads, _, *lines = [re.split(r"(?<!\\) ?\| ?", line)[1:-1] for line in lines]
        return [dict(zip(heads, line, strict=True)) for line in lines]

    def head(self) -> dict[str, Any]:
        """The YAML at the top of the card."""
        return _head(self.out)

    def configs(self) -> dict[str, dict[str, list[Path]]]:
        """Config → split → files, as the card tells the Hub."""
        return _configs(self.out)

    def splits(self) -> dict[str, list[Path]]:
        """Files of each split by the name that tables give it; ``all`` would count them twice."""
        parts = {name: splits for name, splits in self.configs().items() if name != "all"}
        return {
            split if list(parts) == ["default"] else f"{config} / {split}": files
            for config, splits in parts.items()
            for split, files in splits.items()
        }

    def rows(self, split: str) -> pa.Table:
        return _table(tuple(self.splits()[split]))

    def files(self) -> list[Path]:
        return [path for files in self.splits().values() for path in files]


@functools.cache
def _head(out: Path) -> dict[str, Any]:
    head: dict[str, Any] = yaml.safe_load((out / "README.md").read_text("utf-8").split("---\n")[1])
    return head


@functools.cache
def _configs(out: Path) -> dict[str, dict[str, list[Path]]]:
    return {
        config["config_name"]: {
            one["split"]: sorted(
                path
                for pattern in ([one["path"]] if isinstance(one["path"], str) else one["path"])
                for path in out.glob(pattern)
            )
            for one in config["data_files"]
        }
        for config in _head(out)["configs"]
    }


@functools.cache
def _table(files: tuple[Path, ...]) -> pa.Table:
    return pa.concat_tables(map(pq.read_table, files))


@pytest.fixture(scope="module", params=RECIPES, ids=lambda path: path.stem)
def made(request: pytest.FixtureRequest, sample_folder: Callable[[str], Path]) -> Made:
    return Made(sample_folder(request.param.stem), request.param)


def near(cell: str, value: float) -> bool:
    return float(cell.replace(",", "")) == pytest.approx(value, rel=6e-4, abs=1e-12)


def test_the_splits_are_those_of_the_files(made: Made) -> None:
    told = made.table("\n## Structure\n")
    splits = [line for line in told if line["split"] != "**all**"]
    assert [line["split"] for line in splits] == list(made.splits())
    work = {"rejected", ".curate"}
    there = {path for path in made.out.glob("*/*.parquet") if path.parent.name not in work}
    assert {*made.files()} == there
    for line in splits:
        rows = made.rows(line["split"])
        size = sum(path.stat().st_size for path in made.splits()[line["split"]])
        assert line["rows"] == f"{len(rows):,}"
        assert line["bytes"] == f"{size:,}"
        assert ("tokens" in line) == ("text" in rows.column_names)
        if "text" in rows.column_names:
            texts = [text for text in rows["text"].to_pylist() if text is not None]
            assert line["tokens"] == f"{sum(len(text.split()) for text in texts):,}"
            assert line["characters"] == f"{sum(map(len, texts)):,}"
        if "duration" in rows.column_names:
            assert line["hours"] == f"{sum(rows['duration'].to_pylist()) / 3600:,.3f}"
    if len(splits) > 1:
        total = told[-1]
        for name in {"rows", "tokens", "characters", "bytes"} & {*total}:
            assert total[name] == f"{sum(int(s[name].replace(',', '')) for s in splits):,}"


def test_distributions_are_those_of_the_columns(made: Made) -> None:
    for line in made.table("<summary>Numbers, and"):
        name, _, kind = line["column"].replace("`", "").partition(", ")
        values = made.rows(line["split"])[name].to_pylist()
        measure = {"": lambda v: v, "tokens": lambda v: len(v.split()), "characters": len}[kind]
        found = np.array([measure(value) for value in values if value is not None], float)
        wanted = np.quantile(found, [0, 0.05, 0.5, 0.95, 1], method="inverted_cdf")
        cells = [line[head] for head in ("least", "5 %", "median", "95 %", "most")]
        assert all(map(near, cells, wanted)), (line, wanted)
        assert near(line["mean"], found.mean())
        assert line["nulls"] == str(sum(value is None for value in values))


def test_values_of_closed_columns_are_counted_rightly(made: Made) -> None:
    if "<summary>Columns of a few" not in made.readme():
        pytest.fail(f"{made.recipe} has no column of a few values")
    for line in made.table("<summary>Columns of a few"):
        values = made.rows(line["split"])[line["column"].strip("`")].to_pylist()
        counts = Counter(value for value in values if value is not None)
        told = {f"{cell(value) or EMPTY} {count:,}" for value, count in counts.items()}
        assert all(each in line["values"] for each in told)
        assert len(line["values"]) == len(", ".join(told))
        assert line["nulls"] == str(values.count(None))


def test_what_is_the_same_in_every_row_is(made: Made) -> None:
    (line,) = re.findall(r"^The same in every row: (.*)\.$", made.readme(), re.MULTILINE)
    for name, value in re.findall(r"`(\w+)` (.*?)(?=, `|$)", line):
        tables = [pq.read_table(path, columns=[name]) for path in made.files()]
        (only,) = {value for table in tables for value in table[name].to_pylist()}
        plain = value.replace("\\", "")
        told = {None: "null", "": '""', True: "true", False: "false"}.get(only, str(only))
        assert plain == told or near(plain, float(only))


def test_sample_rows_are_rows_of_the_dataset(made: Made) -> None:
    lines = {line["column"].strip("`"): line for line in made.table("\n### Sample rows\n")}
    first = next(iter(made.splits()))
    rows = made.rows(first).slice(0, 3)
    texts = [name for name in rows.column_names if rows.schema.field(name).type == pa.string()]
    for name in {"text", "Source_Code", "text1", "anchor"} & {*texts} & {*lines}:
        for place, text in enumerate(rows[name].to_pylist(), 1):
            told = lines[name][f"row {place}"].strip("\u2068\u2069").removesuffix(" …")
            plain = html.unescape(re.sub(r"\\(.)", r"\1", told)).rstrip()
            assert " ".join(text.split()).startswith(plain), (name, plain)


def test_rejections_are_those_of_the_rejected_files(made: Made) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    hours: Counter[tuple[str, str]] = Counter()
    for path in (made.out / "rejected").glob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            counts[row["rejected_by"], row["reason"]] += 1
            hours[row["rejected_by"], row["reason"]] += (row.get("duration") or 0) / 3600
    if not counts:
        assert "No row was rejected." in made.readme()
        return
    told = {
        (line["step"].strip("`"), line["reason"]): line for line in made.table("\n### Rejections\n")
    }
    assert {key: line["rows"] for key, line in told.items()} == {
        k: str(n) for k, n in counts.items()
    }
    for key, line in told.items():
        if line.get("hours"):
            assert float(line["hours"]) == pytest.approx(hours[key], abs=5e-4)


def test_the_funnel_loses_no_row(made: Made) -> None:
    lines = made.table("\n### Where every row went\n")
    for before, after in itertools.pairwise(lines):
        assert before["rows out"] == after["rows in"]
    counts = [
        [int(line[name].replace(",", "")) for name in ("rows in", "rows out", "rejected")]
        for line in lines
    ]
    more = [out + lost - into for into, out, lost in counts]
    splitting = {
        step.step_name()
        for step in load_recipe(made.recipe, sample=True).steps
        if getattr(step, "splits", False)
    }
    assert {
        line["step"].strip("`") for line, many in zip(lines, more, strict=True) if many
    } <= splitting
    kept = sum(pq.read_metadata(path).num_rows for path in made.files())
    lost = sum(pq.read_metadata(path).num_rows for path in (made.out / "rejected").glob("*"))
    made_of = f" + {sum(more)} made by splitting some" if sum(more) else ""
    account = f"{kept + lost - sum(more)} rows read{made_of} = {kept} kept + {lost} rejected."
    assert account in made.readme()


def test_the_head_counts_what_the_files_hold(made: Made) -> None:
    infos = made.head()["dataset_info"]
    for info in infos if isinstance(infos, list) else [{"config_name": "default", **infos}]:
        files = made.configs()[info["config_name"]]
        for split in info["splits"]:
            footers = [pq.read_metadata(path) for path in files[split["name"]]]
            groups = [
                footer.row_group(n) for footer in footers for n in range(footer.num_row_groups)
            ]
            assert split["num_examples"] == sum(footer.num_rows for footer in footers)
            assert split["num_bytes"] == sum(group.total_byte_size for group in groups)
        sizes = [path.stat().st_size for some in files.values() for path in some]
        assert info["download_size"] == sum(sizes)


def test_digests_are_those_of_the_recipe_and_of_its_models(made: Made) -> None:
    recipe = load_recipe(made.recipe, sample=True)
    assert f"`{recipe.digest}`" in made.readme()
    assert made.recipe.read_text(encoding="utf-8").rstrip() in made.readme()
    for step in recipe.steps:
        for name, digest in step.prepare().items():
            assert f"| `{step.step_name()}` | {name} | `{digest}` |" in made.readme()


def test_every_number_of_the_prose_stands_in_the_record_or_was_written_by_people(
    made: Made,
) -> None:
    card = made.recipe.parent.parent / "cards" / made.recipe.stem / "card.md"
    written = set(re.findall(r"\d[\d,.]*", card.read_text(encoding="utf-8")))
    record = read_record(made.out)
    known = {
        form
        for value in map(abs, _values(record))
        for form in (str(value), f"{value:g}", f"{value:,}", f"{value:.2f}", f"{100 * value:g}")
    }
    splits = [split for config in record["configs"].values() for split in config.values()]
    seconds = sum(split["duration"] for split in splits)
    known |= {f"{seconds:.0f}", f"{seconds / 60:.1f}", f"{seconds / 3600:,.2f}"}
    known |= {record["version"], record["versions"]["curate"]}
    for number in re.findall(r"(?<![\w.])\d[\d,.]*", _prose(made.readme())):
        plain = number.rstrip(".,")
        assert plain in known | {each.rstrip(".,") for each in written}, plain


def _values(node: Any) -> Iterator[int | float]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _values(each)
    elif isinstance(node, int | float):
        yield node


def _prose(readme: str) -> str:
    """What is neither head, table, code nor quoted from data."""
    body = readme.split("---\n", 2)[2]
    body = re.sub(r"<!-- from the data.*?<!-- end -->", "", body, flags=re.DOTALL)
    body = re.sub(r"^(`{3,}).*?^\1$", "", body, flags=re.DOTALL | re.MULTILINE)
    body = re.sub(r"`[0-9a-f]{64}`", "", body)
    return "\n".join(line for line in body.splitlines() if not line.startswith("|"))


def test_nothing_is_left_open_or_empty(made: Made) -> None:
    text = made.readme()
    assert leftovers(text) == []
    heads = list(HEADING.finditer(text))
    for here, after in itertools.pairwise(heads):
        between = text[here.end() : after.start()].strip()
        assert between or after[0].startswith("###"), here[0]


def test_card_licence_file_and_citation_state_the_licence_of_the_sample(made: Made) -> None:
    head = made.head()
    citation = read_citation(made.out / "CITATION.cff")
    assert citation_problems(citation) == []
    # What labels a sample may ask for its own licence: the Maltese model is CC BY-SA 4.0.
    licences = {"maltese_etymology": "CC-BY-SA-4.0", "sltrans": "Unlicense"}
    licence = licences.get(made.recipe.stem, "CC0-1.0")
    assert (head["license"], citation["license"]) == (licence.lower(), licence)
    assert f"published under: {licence.lower()}" in (made.out / "LICENSE").read_text()
    assert f"version {citation['version']}" in made.readme()
