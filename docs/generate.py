"""Write docs/steps.md, docs/cli.md and the sample's table in README.md from the code.

    make docs        # or: python docs/generate.py

Nothing in those places is written by hand; ``tests/test_docs.py`` fails when they lag behind.
"""

from __future__ import annotations

import dataclasses as dc
import inspect
import io
import re
import sys
import tempfile
import textwrap
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import typer
from annotated_types import Ge, Gt, Le, Lt

import curate.cli
from curate.catalog import KINDS, find_step, known_steps

ROOT = Path(__file__).resolve().parent.parent
SAMPLE_RECIPE = ROOT / "recipes" / "kashmiri_speech.yaml"
MARKS = "<!-- funnel: written by make docs -->\n", "<!-- end of funnel -->"
SIGNS = {Ge: "≥", Gt: ">", Le: "≤", Lt: "<"}
WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    type(None): "null",
    Any: "any value",
}
SECTIONS = re.compile(r"^(Args|Reads|Adds|Rejects|Raises|Example|Attributes):$", re.MULTILINE)


class Docstring(NamedTuple):
    """A Google docstring: what stands before the sections, and the text of each section."""

    summary: str
    sections: Mapping[str, str]

    @classmethod
    def of(cls, thing: Any) -> Docstring:
        """Cut the docstring of a class."""
        summary, *rest = SECTIONS.split(inspect.getdoc(thing) or "")
        bodies = [textwrap.dedent(body.strip("\n")) for body in rest[1::2]]
        return cls(summary.strip(), dict(zip(rest[::2], bodies, strict=True)))

    def items(self, section: str) -> Iterator[tuple[str, str]]:
        """``head: text`` entries of a section; lines that lie deeper go with the one above."""
        for entry in re.split(r"\n(?=\S)", self.sections.get(section, "")):
            head, _, text = " ".join(entry.split()).partition(": ")
            if head:
                yield head, text


def steps_page() -> str:
    """docs/steps.md."""
    names = [name for kind in KINDS for name in known_steps([kind])]
    lines = [
        "# Steps",
        "",
        "Written from the code by `make docs`. In a recipe a step is `name` or `name: {option: "
        "value}`;",
        "`curate steps NAME` prints the same on a terminal, with an example in Python.",
        "",
    ]
    for kind, base in KINDS.items():
        lines += [f"**{kind}**: {_inline(Docstring.of(base).summary.partition(chr(10))[0])}", ""]
        for name in names:
            if name.startswith(f"{kind}."):
                summary = Docstring.of(find_step(name)).summary.partition("\n")[0]
                lines.append(f"- [{name}](#{name.replace('.', '')}): {_inline(summary)}")
        lines.append("")
    for name in names:
        lines += _step_section(name)
    return "\n".join(lines).rstrip() + "\n"


def _step_section(name: str) -> list[str]:
    cls = find_step(name)
    doc = Docstring.of(cls)
    lines = [f"## {name}", "", _inline(doc.summary), ""]
    meanings = dict(doc.items("Args"))
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = dc.fields(cls)
    if fields:
        lines += ["| option | type | default | bounds | meaning |", "|---|---|---|---|---|"]
    for field in fields:
        kind, bounds = _type(hints[field.name])
        cells = f"`{field.name}`", kind, _default(field), bounds, _inline(meanings[field.name])
        lines.append(_row(*cells))
    lines += [""] if fields else []
    for section in ("Reads", "Adds", "Rejects", "Raises"):
        if entries := list(doc.items(section)):
            lines += [f"**{section}**", ""]
            lines += [_entry(section, head, text) for head, text in entries]
            lines.append("")
    notes = inspect.getdoc(sys.modules[cls.__module__]) or ""
    return [*lines, "**Method**", "", *(_inline(line) for line in notes.splitlines()), ""]


def _entry(section: str, head: str, text: str) -> str:
    phrase = section == "Rejects" or not text
    shown = _inline(head) if phrase else ", ".join(f"`{one}`" for one in head.split(", "))
    return f"- {shown}: {_inline(text)}" if text else f"- {shown}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _inline(text: str) -> str:
    """Our docstrings' marks as Markdown's; ``<`` outside code would begin a tag."""
    parts = re.split(r"(`+[^`]+`+)", text)
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    return "".join(parts).replace("``", "`")


def _type(hint: Any) -> tuple[str, str]:
    """An option's type in words, and its bounds."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        kind, bounds = _type(inner[0])
        for note in inner[1:]:
            if isinstance(note, Ge | Gt | Le | Lt):
                limit = getattr(note, type(note).__name__.lower())
                bounds = f"{bounds}, {SIGNS[type(note)]} {limit}".removeprefix(", ")
            kind = {"column": "name of a column", "path": "path"}.get(str(note), kind)
        return kind, bounds
    if origin is Literal:
        return "one of " + ", ".join(f"`{one}`" for one in inner), ""
    if origin in (typing.Union, types.UnionType):
        kinds = [_type(one) for one in inner]
        bounds = ", ".join(bound for _, bound in kinds if bound)
        return " or ".join(kind for kind, _ in kinds), bounds
    if origin in (tuple, list, Sequence):
        return f"list of {_type(inner[0])[0]}", ""
    if origin in (dict, Mapping):
        return f"mapping to {_type(inner[1])[0]}", ""
    return WORDS[hint], ""


def _default(field: dc.Field[Any]) -> str:
    if field.default_factory is not dc.MISSING:
        value = field.default_factory()
    elif field.default is dc.MISSING:
        return "required"
    else:
        value = field.default
    return f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value) or '""'


def cli_page() -> str:
    """docs/cli.md."""
    codes = (curate.cli.__doc__ or "").strip().splitlines()[-1]
    lines = ["# The command line", "", "Written from the code by `make docs`.", ""]
    lines += [f"Exit codes: {codes}", ""]
    lines += ["`--debug`, anywhere on the line, shows the traceback of an error.", ""]
    shells = "commands, options and names of steps, for bash, zsh, fish and PowerShell"
    lines += [f"`curate --install-completion` teaches your shell {shells}.", ""]
    commands: Any = typer.main.get_command(curate.cli.app)
    for name, command in commands.commands.items():
        lines += _command_section(name, command)
    return "\n".join(lines).rstrip() + "\n"


def _command_section(name: str, command: Any) -> list[str]:
    kinds = typing.get_type_hints(command.callback)
    usage, rows = [f"curate {name}"], []
    for one in command.params:
        flag = one.opts[0]
        if one.param_type_name == "argument":
            flag = one.metavar or flag.upper()
        elif kinds[one.name] is not bool:
            flag += f" {one.metavar or _metavar(kinds[one.name])}"
        if one.required:
            usage.append(flag)
        elif one.param_type_name == "argument":
            usage.append(f"[{flag}]")
        default = "required" if one.required else f"`{one.default}`" if one.default else ""
        rows.append(_row(f"`{flag}`", default, _inline(one.help)))
    if any(not one.required and one.param_type_name == "option" for one in command.params):
        usage.append("[options]")
    about = [f"## curate {name}", "", _inline(command.help), "", "```", " ".join(usage), "```", ""]
    return [*about, *(["| | default | meaning |", "|---|---|---|", *rows, ""] if rows else [])]


def _metavar(kind: Any) -> str:
    kinds = [one for one in typing.get_args(kind) or [kind] if one is not type(None)]
    return {int: "N", Path: "PATH"}.get(kinds[0], "TEXT")


def funnel() -> str:
    """What ``curate run RECIPE --sample`` ends with, as README.md shows it."""
    from rich.console import Console

    from curate.engine.report import funnel_table, summary
    from curate.pipeline import run_recipe
    from curate.recipe import load_recipe

    with tempfile.TemporaryDirectory() as folder:
        outcome = run_recipe(load_recipe(SAMPLE_RECIPE, sample=True), Path(folder))
    console = Console(width=100, file=io.StringIO())
    console.print(funnel_table(outcome))
    console.print(summary(outcome), highlight=False)
    assert isinstance(console.file, io.StringIO)
    shown = "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())
    return f"```\n{shown}\n```\n"


def with_funnel(readme: str, table: str) -> str:
    """README.md with this table between its marks."""
    before, _, rest = readme.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}{table}{MARKS[1]}{after}"


def main() -> None:
    """Write all of them."""
    (ROOT / "docs" / "steps.md").write_text(steps_page(), encoding="utf-8")
    (ROOT / "docs" / "cli.md").write_text(cli_page(), encoding="utf-8")
    readme = ROOT / "README.md"
    text = with_funnel(readme.read_text(encoding="utf-8"), funnel())
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
