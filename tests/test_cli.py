"""The command line as a user meets it: what stands on stdout and stderr, and the exit code."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile as sf
import typer
import yaml

from curate.catalog import adapter, find_step, known_steps
from curate.cli import app, main
from curate.publish.export.formats import FORMATS
from curate.publish.step_entry import REQUIRED, entry_of

RECIPE = """\
name: clips
source:
  sources.audio_folder: {path: wavs}
steps:
  - transforms.decode_audio: {rate_hz: 16000}
  - filters.duration: {least: 0.4}
  - transforms.assign_split: {group: id, shares: {train: 1}}
  - transforms.encode_audio
"""
WRONG = """\
name: clips
source:
  sources.audio_folder: {path: wavs}
steps:
  - transforms.decode_audio
  - filters.duratoin: {least: 0.4}
  - filters.duration: {least: -1, mots: 9}
"""
STEPS = """\
import dataclasses, pathlib, time
from curate.contract import Transform

@dataclasses.dataclass(frozen=True)
class Broken(Transform):
    def __call__(self, batch):
        raise ZeroDivisionError("no such number")

@dataclasses.dataclass(frozen=True)
class Slow(Transform):
    sign: str = ""
    def __call__(self, batch):
        pathlib.Path(self.sign).touch()
        time.sleep(60)
"""


class Said(NamedTuple):
    code: int
    out: str
    err: str


Curate = Callable[..., Said]


@pytest.fixture
def curate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Curate:
    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["curate", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        return Said(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two clips of a second, one of a tenth, one that is none; ``clips.yaml`` beside them."""
    (tmp_path / "wavs").mkdir()
    tone = 0.3 * np.sin(np.arange(16000) / 10)
    sf.write(tmp_path / "wavs" / "long.wav", tone, 16000)
    sf.write(tmp_path / "wavs" / "longer.flac", np.tile(tone, 2), 16000)
    sf.write(tmp_path / "wavs" / "short.wav", tone[:1600], 16000)
    (tmp_path / "wavs" / "text.wav").write_text("not audio")
    lines = ["file_name,speaker_id,text", "long.wav,f,one", "longer.flac,m,two"]
    lines += ["short.wav,f,three", "text.wav,m,four"]
    (tmp_path / "wavs" / "metadata.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "clips.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def foreign(folder: Path) -> str:
    """A recipe's source and name, and on the path a module ``their_steps`` with two steps."""
    (folder / "their_steps.py").write_text(STEPS)
    return RECIPE.partition("  - ")[0]


def in_a_shell(*words: object, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "curate.cli", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(cwd)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_fraction_goes_to_a_folder_of_its_own(curate: Curate, folder: Path) -> None:
    (folder / "rows.jsonl").write_text("".join(f'{{"id": "{at}"}}\n' for at in range(400)))
    (folder / "rows.yaml").write_text(
        "name: rows\nsource: {sources.jsonl: {path: rows.jsonl}}\nsteps: []\n"
    )
    planned = curate("plan", "rows.yaml", "--fraction", 0.1).out.splitlines()[0]
    assert planned == "rows: about 40 of 400 rows, a fraction of 0.1, in 1 shards"
    assert curate("run", "rows.yaml", "--fraction", 0.1).code == 0
    assert json.loads((folder / "out/rows-0.1/run.json").read_text())["rows"]["rejected"] == 0


def test_what_is_no_fraction_is_said_in_one_line(curate: Curate, folder: Path) -> None:
    said = curate("run", "clips.yaml", "--fraction", 1.5)
    assert said == (2, "", "error: a fraction is above 0 and at most 1, not 1.5\n")


def test_steps_lists_every_step_with_its_sentence(curate: Curate) -> None:
    said = curate("steps")
    assert [line.split()[0] for line in said.out.splitlines()] == known_steps()
    assert all(line.endswith(".") for line in said.out.splitlines())


def test_steps_with_a_name_shows_options_units_and_reasons(curate: Curate) -> None:
    said = curate("steps", "filters.duration")
    assert "least: Shortest length kept, in seconds." in said.out
    assert "too short: Shorter than ``least``." in said.out


def test_steps_with_a_wrong_name_suggests_the_right_one(curate: Curate) -> None:
    message = "error: there is no step 'filters.duratoin'; did you mean 'filters.duration'?\n"
    assert curate("steps", "filters.duratoin") == (2, "", message)


def test_schema_is_json_in_which_every_reference_leads_somewhere(curate: Curate) -> None:
    schema = json.loads(curate("schema").out)

    def check(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                target = schema
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            for value in node.values():
                check(value)
        elif isinstance(node, list):
            for value in node:
                check(value)

    check(schema)
    assert schema["required"] == ["name", "source", "steps"]
    assert schema["additionalProperties"] is False


def test_schema_knows_the_options_of_every_step(curate: Curate) -> None:
    properties = json.loads(curate("schema").out)["properties"]
    entries = properties["steps"]["items"]["anyOf"], properties["source"]["anyOf"][0]["anyOf"]
    found = {name for _, mapping in entries for name in mapping["properties"]}
    assert found == set(known_steps())


def test_new_writes_a_recipe_that_check_finds_good(curate: Curate, folder: Path) -> None:
    way = "curate plan mine.yaml --set source.path=DIR, with the folder of your clips"
    assert curate("new", "mine") == (0, f"wrote mine.yaml; next: {way}\n", "")
    assert curate("check", "mine.yaml") == (0, "mine.yaml: good, 4 steps\n", "")


def test_new_overwrites_nothing(curate: Curate, folder: Path) -> None:
    said = curate("new", "clips")
    assert said == (2, "", "error: clips.yaml is there already; choose another name\n")
    assert (folder / "clips.yaml").read_text() == RECIPE


@pytest.mark.parametrize("name", ["two words", "../up", "1st", "a-b", ""])
def test_new_refuses_a_name_that_is_no_word(curate: Curate, folder: Path, name: str) -> None:
    said = curate("new", name)
    assert said.code == 2
    assert said.err == f"error: {name!r} cannot name a recipe: use letters, digits and _\n"
    assert [path.name for path in folder.glob("**/*.yaml")] == ["clips.yaml"]


def test_plan_names_rows_passes_and_steps_and_does_no_work(curate: Curate, folder: Path) -> None:
    said = curate("plan", "clips.yaml")
    assert said.code == 0
    assert said.out.splitlines()[:3] == [
        "clips: 4 rows in 1 shards",
        "  from sources.audio_folder",
        "pass-00 on cpu",
    ]
    assert "  filters.duration\n" in said.out
    assert not (folder / "out").exists()


def test_plan_names_each_column_once_where_it_first_appears(curate: Curate, folder: Path) -> None:
    with (folder / "clips.yaml").open("a") as recipe:
        recipe.write("  - barriers.dedup_exact\n")
    lines = [line for line in curate("plan", "clips.yaml").out.splitlines() if "→" in line]
    named = [line.partition("new: ")[2].split(", ") for line in lines]
    assert named[0][:2] == ["id", "source"]
    assert named[1] == ["duplicate_of"]
    assert [line.split()[1] for line in lines] == [
        str(len(named[0])),
        str(len(named[0]) + len(named[1])),
    ]


def test_check_lists_every_mistake_with_its_line_and_no_traceback(
    curate: Curate, folder: Path
) -> None:
    (folder / "clips.yaml").write_text(WRONG)
    said = curate("check", "clips.yaml")
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        "clips.yaml:6: there is no step 'filters.duratoin'; did you mean 'filters.duration'?",
        "clips.yaml:7: filters.duration has no option 'mots'; did you mean 'most'?",
        "clips.yaml:7: filters.duration: least: Input should be greater than or equal to 0",
    ]


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ("clip.yaml", "did you mean clips.yaml?"),
        ("kashmiri_spech", "did you mean kashmiri_speech?"),
        ("out/nowhere", "bundled are "),
    ],
)
def test_a_recipe_that_is_not_there_is_one_line_with_those_that_are(
    curate: Curate, folder: Path, given: str, way: str
) -> None:
    said = curate("check", given)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {given}: no such recipe or folder; {way}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_column_that_the_input_lacks_comes_with_the_way_to_it(
    curate: Curate, folder: Path, command: str
) -> None:
    (folder / "wavs" / "metadata.csv").write_text("file_name,speaker\nlong.wav,f\n")
    said = curate(command, "clips.yaml", "--set", "steps.assign_split.group=speaker_id")
    assert (said.code, said.out) == (2, "")
    needs, way = said.err.splitlines()
    assert "needs the column 'speaker_id'" in needs
    assert way.endswith("--set 'source.columns={speaker_id: speaker}'")
    option = way.partition("--set ")[2].strip("'")
    words = "--set", "steps.assign_split.group=speaker_id", "--set", option
    assert curate(command, "clips.yaml", *words).code == 0


def test_why_says_where_a_row_went_and_what_was_measured(curate: Curate, folder: Path) -> None:
    curate("run", "clips.yaml")
    assert curate("why", "out/clips", "long").out.splitlines() == [
        "long.wav: kept, in data/train-00000-of-00001.parquet",
        "longer.flac: kept, in data/train-00000-of-00001.parquet",
    ]
    rejected = "rejected by filters.duration: too short; duration 0.1 (kept: at least 0.4)"
    assert curate("why", "out/clips", "short.wav").out == f"short.wav: {rejected}\n"
    assert curate("why", "out/clips", "text").out == (
        "text.wav: rejected by transforms.decode_audio: not audio\n"
    )


def test_why_tells_of_a_few_rows_and_counts_the_others(curate: Curate, folder: Path) -> None:
    curate("run", "clips.yaml")
    first, rest = curate("why", "out/clips", "", "--most", 1).out.splitlines()
    assert first.startswith("long.wav: kept")
    assert rest == "and 3 more; --most shows them"


def test_why_of_a_row_that_is_not_there_shows_what_ids_look_like(
    curate: Curate, folder: Path
) -> None:
    curate("run", "clips.yaml")
    said = curate("why", "out/clips", "nobody")
    line = "error: out/clips: no id holds 'nobody'; ids look like 'long.wav'\n"
    assert said == (2, "", line)


def test_a_step_is_shown_as_a_recipe_names_it_with_all_options(curate: Curate) -> None:
    lines = curate("steps", "filters.duration").out.splitlines()
    assert lines[-2:] == [
        "In a recipe, with its defaults:",
        "- filters.duration: {least: 0.4, most: 25.0}",
    ]


@pytest.mark.parametrize("name", known_steps())
def test_the_entry_of_every_step_is_yaml_that_gives_its_defaults(name: str) -> None:
    cls = find_step(name)
    (entry,) = yaml.safe_load(entry_of(name, cls))
    options = entry[name] if isinstance(entry, dict) else {}
    given = {key: value for key, value in options.items() if value != REQUIRED}
    if len(given) == len(options):
        read = adapter(cls).validate_python(given)
        assert dataclasses.asdict(read) == dataclasses.asdict(cls())
    assert list(options) == [field.name for field in dataclasses.fields(cls)]


def test_the_shell_completes_names_of_steps() -> None:
    asked = {"_CURATE_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("curate"))],
        env={**os.environ, **asked, "COMP_WORDS": "curate steps filters.dur"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["filters.duration"]


def test_the_version_is_that_of_the_package(curate: Curate) -> None:
    assert curate("--version") == (0, f"curate {metadata.version('curate')}\n", "")


def test_numpy_is_not_there_yet_when_main_says_how_its_threads_wait() -> None:
    # OpenBLAS reads the environment once, when NumPy is imported: main() must come before that.
    code = "import sys, curate.cli; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_names_every_form_of_export() -> None:
    (form,) = (
        one for one in typer.main.get_command(app).commands["export"].params if one.name == "form"
    )
    assert [name for name in FORMATS if name not in form.help] == []


def test_a_bundled_recipe_is_found_by_its_name_from_anywhere(curate: Curate, folder: Path) -> None:
    said = curate("check", "kashmiri_speech")
    assert (said.code, said.err) == (0, "")


def test_run_leaves_a_folder_and_says_where_every_row_went(curate: Curate, folder: Path) -> None:
    said = curate("run", "clips.yaml")
    assert (said.code, said.err) == (0, "")
    assert "too short 1" in said.out
    assert "not audio 1" in said.out
    assert said.out.splitlines()[-2:] == ["4 rows = 2 kept + 2 rejected", "done: out/clips"]
    names = {path.name for path in (folder / "out" / "clips").iterdir()}
    assert names >= {"README.md", "LICENSE", "run.json", "data", "rejected"}


def test_a_second_run_has_nothing_to_do(curate: Curate, folder: Path) -> None:
    curate("run", "clips.yaml")
    record = (folder / "out" / "clips" / "run.json").read_bytes()
    said = curate("run", "clips.yaml")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "nothing to do, all was done: out/clips"
    assert (folder / "out" / "clips" / "run.json").read_bytes() == record


def test_set_and_limit_and_out_do_what_they_say(curate: Curate, folder: Path) -> None:
    words = "--set", "steps.duration.least=0.05", "--limit", 3, "--out", "here"
    said = curate("run", "clips.yaml", *words)
    assert said.out.splitlines()[-2:] == ["3 rows = 3 kept + 0 rejected", "done: here"]


def test_run_without_its_input_is_one_line_and_exit_2(curate: Curate, folder: Path) -> None:
    said = curate("run", "clips.yaml", "--set", "source.path=wavez")
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert "wavez does not exist" in said.err
    assert "wavs" in said.err
    assert not (folder / "out").exists()


def test_run_into_a_file_is_one_line_and_exit_2(curate: Curate, folder: Path) -> None:
    said = curate("run", "clips.yaml", "--out", "clips.yaml")
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert "clips.yaml" in said.err


def test_a_failed_shard_is_exit_1_and_names_step_and_way_on(
    curate: Curate, folder: Path, foreign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    (folder / "clips.yaml").write_text(f"{foreign}  - their_steps:Broken\n")
    said = curate("run", "clips.yaml")
    assert said.code == 1
    first, second = said.err.splitlines()
    assert first.startswith("failed: shard ")
    assert "their_steps:Broken" in first
    assert "ZeroDivisionError: no such number" in first
    assert second == "1 shards failed; resume with: curate run clips.yaml"


def test_interrupt_is_exit_130_with_the_command_to_resume(folder: Path, foreign: str) -> None:
    sign = folder / "sign"
    (folder / "clips.yaml").write_text(f"{foreign}  - their_steps:Slow: {{sign: {sign}}}\n")
    process = in_a_shell("run", "clips.yaml", cwd=folder)
    while not sign.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    kept = "interrupted; finished shards are kept; resume with: curate run clips.yaml"
    assert err.splitlines()[-1] == kept


def test_debug_shows_the_traceback(folder: Path) -> None:
    process = in_a_shell("check", "nowhere.yaml", "--debug", cwd=folder)
    _, err = process.communicate(timeout=20)
    assert process.returncode != 0
    assert "Traceback" in err


def test_check_of_a_folder_without_a_card_says_which_to_write(curate: Curate, folder: Path) -> None:
    curate("run", "clips.yaml")
    process = in_a_shell("check", "out/clips", cwd=folder)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "say it in cards/clips/card.yaml" in err


def test_check_names_a_file_that_was_changed_after_the_run(curate: Curate, folder: Path) -> None:
    curate("run", "clips.yaml")
    (file,) = (folder / "out" / "clips" / "data").iterdir()
    file.write_bytes(file.read_bytes() + b" ")
    said = curate("check", "out/clips")
    assert (said.code, said.out) == (2, "")
    line = f"out/clips/data/{file.name}: changed since the run; run the recipe again"
    assert line in said.err.splitlines()


def test_export_writes_the_lines_and_wavs_that_a_trainer_reads(
    curate: Curate, folder: Path
) -> None:
    curate("run", "clips.yaml")
    said = curate("export", "out/clips", "--to", "trainer", "--format", "filelist")
    assert said == (0, "trainer/train.txt: 2 clips\n", "")
    lines = [line.split("|") for line in (folder / "trainer" / "train.txt").read_text().split()]
    assert [line[1:] for line in lines] == [["f", "one"], ["m", "two"]]
    lengths = [sf.info(folder / "trainer" / name).frames for name, _, _ in lines]
    assert lengths == [16000, 32000]


@pytest.mark.parametrize(
    ("source", "form", "message"),
    [
        (".", "filelist", "error: .: no run.json there; give a finished dataset folder\n"),
        (
            ".",
            "parquet",
            f"error: --format parquet: there is {', '.join(map(repr, sorted(FORMATS)))}\n",
        ),
    ],
)
def test_export_that_cannot_be_is_one_line(
    curate: Curate, folder: Path, source: str, form: str, message: str
) -> None:
    said = curate("export", source, "--to", "trainer", "--format", form)
    assert said == (2, "", message)
    assert not (folder / "trainer").exists()
