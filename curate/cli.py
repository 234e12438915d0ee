"""The command line: commands, flags and exit codes only.

0 done · 1 some shards failed, the rest is finished · 2 the user can fix it · 130 interrupted.
"""

from __future__ import annotations

import atexit
import errno
import gc
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.errors import CurateError
from curate.questions.cli import steering_score

if TYPE_CHECKING:
    from curate.engine.outcome import Outcome
    from curate.recipe import Recipe

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
RecipeFile = Annotated[Path, typer.Argument(help="Recipe file, or the name of a bundled recipe.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override, e.g. source.path=DIR. Repeatable."),
]
Sample = Annotated[bool, typer.Option("--sample", help="Read the recipe's bundled small input.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Read at most this many rows.")]
Fraction = Annotated[
    float | None, typer.Option(help="Take this share of the rows, the same ids every time.")
]


def _step_names() -> list[str]:
    from curate.catalog import known_steps

    return known_steps()


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"curate {version('curate')}")
        raise typer.Exit


@app.callback()
def always(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say which.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks; anywhere on the line.")
    ] = False,
) -> None:
    """Turn raw speech, text and code into published datasets."""


@app.command()
def run(
    recipe: RecipeFile,
    sample: Sample = False,
    out: Annotated[Path | None, typer.Option(help="Dataset folder; else out/<name>.")] = None,
    overrides: Overrides = None,
    limit: Limit = None,
    fraction: Fraction = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; else by input size.")
    ] = None,
    gpus: Annotated[
        int | None, typer.Option(min=0, help="GPUs to use; else all, if a step asks for one.")
    ] = None,
    scheduler: Annotated[str, typer.Option(help="A running Dask scheduler: tcp://… or file.")] = "",
) -> None:
    """Run a recipe into a dataset folder; the same command again resumes it."""
    from rich.console import Console

    from curate.local_source import ways_to_columns
    from curate.pipeline import run_recipe

    loaded = _load(recipe, overrides, sample)
    part = ("-sample" if sample else "") + (f"-{fraction:g}" if fraction is not None else "")
    folder = out or Path("out") / f"{loaded.name}{part}"
    try:
        with ways_to_columns(loaded.sources):
            outcome = run_recipe(
                loaded, folder, limit=limit, fraction=fraction, workers=workers, gpus=gpus,
                scheduler=scheduler, console=Console(stderr=True),
            )  # fmt: skip
    except KeyboardInterrupt:
        print(f"\ninterrupted; finished shards are kept; {_again()}", file=sys.stderr)
        raise typer.Exit(130) from None
    _show(outcome, folder)
    if outcome.failures:
        raise typer.Exit(1)


def _show(outcome: Outcome, folder: Path) -> None:
    from rich.console import Console

    from curate.engine.report import funnel_table, model_lines, summary

    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(funnel_table(outcome))
    console.print(summary(outcome), highlight=False)
    for line in model_lines(outcome.plan):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    for shard, error in outcome.failures.items():
        print(f"failed: shard {shard}: {' '.join(str(error).split())}", file=sys.stderr)
    if outcome.failures:
        print(f"{len(outcome.failures)} shards failed; {_again()}", file=sys.stderr)
        return
    if not outcome.rows_kept():
        print(f"no row was kept; the reasons are in {folder / 'rejected'}", file=sys.stderr)
    done = "nothing to do, all was done" if not outcome.fresh else "done"
    console.print(f"{done}: {folder}", highlight=False, soft_wrap=True)


@app.command()
def plan(
    recipe: RecipeFile,
    sample: Sample = False,
    overrides: Overrides = None,
    limit: Limit = None,
    fraction: Fraction = None,
) -> None:
    """Say what would run: sources, passes, barriers, devices, models, rows; do no work."""
    from curate.engine.plan_text import plan_lines
    from curate.local_source import ways_to_columns
    from curate.pipeline import plan_recipe

    loaded = _load(recipe, overrides, sample)
    with ways_to_columns(loaded.sources):
        made = plan_recipe(loaded, limit, fraction)
    for line in plan_lines(made, loaded.name):
        print(line)


@app.command()
def check(
    target: Annotated[Path, typer.Argument(help="A recipe, or a finished dataset folder.")],
    sample: Sample = False,
    overrides: Overrides = None,
) -> None:
    """Find every mistake in a recipe, or everything in a folder that a user would trip over."""
    if target.is_dir():
        from curate.publish.check import find_problems

        problems, found = find_problems(target), ""
    else:
        from curate.publish.checks.card import card_problems

        loaded = _load(target, overrides, sample)
        problems, found = list(card_problems(loaded)), f", {len(loaded.steps)} steps"
    for problem in problems:
        print(problem if problem.is_error else f"warning: {problem}", file=sys.stderr)
    if any(problem.is_error for problem in problems):
        raise typer.Exit(2)
    print(f"{target}: good{found}")


@app.command()
def doctor(
    recipe: Annotated[
        str, typer.Option("--recipe", help="A bundled recipe: exit 2 if it is not ready.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what is installed, what is missing and how to get it, and which recipes are ready."""
    from rich.console import Console

    from curate import doctor as looking

    found = looking.examine(recipe)
    if as_json:
        print(json.dumps(looking.as_json(found), indent=1, ensure_ascii=False))
    else:
        console = Console(width=None if sys.stdout.isatty() else 80)
        for table in looking.tables(found):
            console.print(table, highlight=False)
    if recipe and not all(one.ready for one in found["recipes"]):
        raise typer.Exit(2)


@app.command()
def steps(
    name: Annotated[
        str,
        typer.Argument(help="A step, such as filters.duration.", autocompletion=_step_names),
    ] = "",
) -> None:
    """List every step, or one step with its options, units and reasons."""
    import inspect

    from curate.catalog import find_step, first_line, known_steps
    from curate.publish.step_entry import entry_of

    if not name:
        for known in known_steps():
            print(f"{known:34} {first_line(find_step(known))}")
        return
    cls = find_step(name)
    about = inspect.getdoc(sys.modules[cls.__module__]), inspect.getdoc(cls)
    print(*about, f"In a recipe, with its defaults:\n{entry_of(name, cls)}", sep="\n\n")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a recipe, for completion and checks in an editor."""
    from curate.catalog import adapter, json_schema
    from curate.recipe import Publish

    print(json.dumps(json_schema(adapter(Publish).json_schema()), indent=1, ensure_ascii=False))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the recipe: letters, digits, _.")],
) -> None:
    """Write a commented recipe skeleton to NAME.yaml."""
    from curate.publish.skeleton import write_skeleton

    plan = f"curate plan {name}.yaml --set source.path=DIR, with the folder of your clips"
    print(f"wrote {write_skeleton(name, Path())}; next: {plan}")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A finished dataset folder.")],
    to: Annotated[Path, typer.Option("--to", help="Where the files go.")],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="filelist (path|speaker|text + wavs), conllu, etymology-tsv, "
            "review: the least certain tokens, to be corrected; "
            "of parallel questions: text ({lang}.txt), eval-jsonl, prompts; "
            "of programs: interleaved (source and IR).",
        ),
    ],
    most: Annotated[int, typer.Option(min=1, help="Most tokens in a review.")] = 200,
    corrections: Annotated[
        Path | None,
        typer.Option(help="A review with corrections: export the corrected sentences only."),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(help="Of prompts: none, english, source or target: who says it."),
    ] = "target",
    languages: Annotated[
        str, typer.Option(help="Of questions: only these, such as en,it,mt; else all.")
    ] = "",
) -> None:
    """Write a dataset in the form that a trainer, another tool or a reviewer reads."""
    from curate.publish.export.formats import FORMATS, export
    from curate.publish.export.splits import Options

    langs = tuple(one.strip() for one in languages.split(",") if one.strip())
    counts = export(folder, to, form, Options(most, corrections, mode, langs))
    for name, items in counts.items():
        print(f"{to / name}: {items:,} {FORMATS[form].items}")


@app.command()
def why(
    folder: Annotated[Path, typer.Argument(help="A finished dataset folder.")],
    part: Annotated[str, typer.Argument(metavar="ID", help="The id of a row, or a part of it.")],
    most: Annotated[int, typer.Option(min=1, help="Most rows told of.")] = 20,
) -> None:
    """Say where a row went: kept, or rejected by which step, why, and what was measured."""
    from curate.publish.why import ways

    for line in ways(folder, part, most):
        print(line)


@app.command()
def card(
    folder: Annotated[Path, typer.Argument(help="A finished dataset folder.")],
    given: Annotated[
        Path | None,
        typer.Option("--card", help="Folder with a card.yaml that states licence and sources."),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="The recipe, if its card does not come with the package.")
    ] = None,
) -> None:
    """Write card, citation, Croissant and report again, from run.json and the recipe's card."""
    from curate.publish.folder import rebuild_folder

    changed = rebuild_folder(folder, given, _load(recipe) if recipe else None)
    print(f"{folder}: wrote {', '.join(changed)}" if changed else f"{folder}: nothing to change")


@app.command()
def publish(
    folder: Annotated[Path, typer.Argument(help="A finished dataset folder.")],
    repo: Annotated[str, typer.Option(help="org/name on the Hub; else the recipe's.")] = "",
    to: Annotated[str, typer.Option(help="A folder or s3://…, instead of the Hub.")] = "",
    tag: Annotated[str, typer.Option(help="Version, e.g. v1.0; else CITATION.cff's.")] = "",
    public: Annotated[
        bool, typer.Option("--public", help="Let everybody read it; else private.")
    ] = False,
    message: Annotated[str, typer.Option(help="Title of the commit.")] = "",
    onto: Annotated[str, typer.Option(help="Somebody else's commit to publish on top of.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would go.")] = False,
) -> None:
    """Publish a dataset folder, whole or not at all; the same command again changes nothing."""
    from curate.publish.announce import announce

    try:
        lines = announce(
            folder, repo=repo, to=to, tag=tag, public=public, message=message, onto=onto,
            dry_run=dry_run, progress=sys.stderr.isatty(),
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )  # fmt: skip
    except KeyboardInterrupt:
        print(f"\ninterrupted; what was sent is kept; {_again()}", file=sys.stderr)
        raise typer.Exit(130) from None
    for line in lines:
        print(line)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="A finished dataset folder.")],
    compare: Annotated[
        Path | None, typer.Option("--compare", help="Another such folder, laid over this one.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="The page; else FOLDER/report.html, or compare-FOLDER-OTHER.html."),
    ] = None,
) -> None:
    """Write report.html: figures, samples, and what moving a threshold would cost."""
    from curate.publish.report_html import rebuild_report, write_comparison

    if compare is None and to is None:
        print(rebuild_report(folder))
        return
    names = [path.resolve().name for path in (folder, compare or folder)]
    page = to or Path(f"compare-{'-'.join(names)}.html")
    write_comparison(folder, compare, page)
    print(page)


app.command("steering-score")(steering_score)


def _load(recipe: Path, overrides: list[str] | None = None, sample: bool = False) -> Recipe:
    """The recipe of that file, or the bundled one of that name."""
    from curate.publish.named_recipe import find_recipe
    from curate.recipe import load_recipe

    return load_recipe(find_recipe(recipe), overrides or [], sample=sample)


def _again() -> str:
    return f"resume with: {shlex.join(['curate', *sys.argv[1:]])}"


def main() -> None:
    """Run a command; turn what the user can fix into one line and an exit code."""
    # Idle threads of OpenBLAS spin for 2^26 cycles before they sleep: 0.4 s of CPU on four cores.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "10")
    gc.set_threshold(100_000)  # at 700, what imports make is searched 500 times: 0.1 s more
    atexit.register(gc.freeze)  # what is left at the end is not searched either: 0.4 s
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        app()
    except CurateError as error:
        if debug:
            raise
        print(f"error: {error}" if "\n" not in str(error) else str(error), file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        if debug:
            raise
        where = f"{error.filename}: " if error.filename else ""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        hint = "free some space or use another --out" if full else "check the path"
        print(f"error: {where}{error.strerror or error}; {hint}, then {_again()}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
