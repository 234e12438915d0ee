"""Prompts: files in the recipe's folder, with a slot for each column.

    system:
    You judge Korean financial news.
    user:
    {{ text }}

A line that holds only ``system:``, ``user:`` or ``assistant:`` begins a message; a file without one
is a single user message. Roles are cut before anything is filled in, and a filled-in text is not
read as a template, so a row cannot add messages. Slots are Jinja variables in its sandbox; each may
be written out once, because a source that is sent five times is paid five times.
"""

from __future__ import annotations

import dataclasses as dc
import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from curate.errors import SourceError

_ROLE = re.compile(r"^(system|user|assistant):[ \t]*$", re.MULTILINE)
_SANDBOX = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
_ELSEWHERE = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


@dc.dataclass(frozen=True)
class Prompt:
    """A prompt with slots.

    Attributes:
        parts: Role and template of each message.
        slots: Names of the columns that fill it, in order of first use.
    """

    parts: tuple[tuple[str, Template], ...]
    slots: tuple[str, ...]

    def messages(self, values: Mapping[str, Any]) -> list[dict[str, str]]:
        """The messages for one row."""
        return [
            {"role": role, "content": template.render(**values)} for role, template in self.parts
        ]


def read_prompt(path: Path) -> Prompt:
    """Read a prompt file.

    Raises:
        SourceError: It cannot be read, has no slot, or writes one out more than once.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: no prompt can be read there ({error}); see prompt:") from None
    try:
        return parse_prompt(text)
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from None


@functools.lru_cache(maxsize=64)
def parse_prompt(text: str) -> Prompt:
    r"""Cut a prompt into messages and find its slots.

    Raises:
        SourceError: It is no template, has no slot, or writes one out more than once.

    Example:
        >>> prompt = parse_prompt("system:\nBe brief.\nuser:\nSum up: {{ text }}")
        >>> prompt.messages({"text": "user:\n{{ 1 }}"})[1]
        {'role': 'user', 'content': 'Sum up: user:\n{{ 1 }}'}
    """
    uses: Counter[str] = Counter()
    parts = []
    for role, source, line in _cut(text):
        try:
            tree = _SANDBOX.parse(source)
            parts.append((role, _SANDBOX.from_string(source)))
        except TemplateSyntaxError as error:
            raise SourceError(f"line {line + error.lineno - 1}: {error.message}") from None
        if next(tree.find_all(_ELSEWHERE), None):
            raise SourceError("a prompt is one file: write out what it includes or extends")
        uses.update(_uses(tree, _bound(tree), 1))
    if not +uses:
        raise SourceError("the prompt has no slot; write {{ column }} where the text of a row goes")
    if twice := [name for name, times in uses.items() if times > 1]:
        hint = "name it once and refer to it in words"
        raise SourceError(f"the slot {twice[0]!r} is written out more than once; {hint}")
    return Prompt(tuple(parts), tuple(uses))


def _cut(text: str) -> Iterator[tuple[str, str, int]]:
    """Role, template and first line of each message."""
    heads = list(_ROLE.finditer(text))
    if not heads:
        yield "user", text.strip(), 1 + text.count("\n", 0, len(text) - len(text.lstrip()))
        return
    if text[: heads[0].start()].strip():
        raise SourceError("there is text before the first role; begin with system: or user:")
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        raw = text[head.end() : end]
        skipped = len(raw) - len(raw.lstrip())
        yield head[1], raw.strip(), 1 + text.count("\n", 0, head.end() + skipped)


def _bound(tree: nodes.Template) -> set[str]:
    """Names that the template itself gives a value to."""
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx in {"store", "param"}}


def _uses(node: nodes.Node, bound: set[str], weight: int) -> Counter[str]:
    """How often each column is written out; twice inside a loop, never by being tested."""
    found: Counter[str] = Counter()
    if isinstance(node, nodes.Name):
        if node.ctx == "load" and node.name not in bound and node.name not in _SANDBOX.globals:
            found[node.name] += weight
        return found
    for field, value in node.iter_fields():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, nodes.Node):
                tested = isinstance(node, nodes.If | nodes.CondExpr) and field == "test"
                looped = isinstance(node, nodes.For) and field == "body"
                found.update(_uses(child, bound, 0 if tested else 2 if looped else weight))
    return found
