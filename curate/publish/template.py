"""Fill a template: of the recipe's own card here, of one that came with input in a small process.

Jinja's sandbox keeps a template from files and from Python, but not from counting to 10^15 or from
writing a terabyte. Whose card lies beside input from elsewhere is unknown, so that it is filled
where memory and time are limited.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import jinja2.sandbox

from curate.errors import PublishError

SECONDS, MEMORY = 10, 1 << 30
"""Of CPU, and bytes of memory: the longest card of the package takes 0.05 s and a few MB."""
_ERRORS = (
    *(jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, MemoryError),
    *(RecursionError, TypeError, ValueError),
)
# Not by -m, which would take modules from the folder that the user happens to stand in.
_START = "import sys; sys.path.insert(0, {!r}); from curate.publish.template import main; main()"


def fill(template: str, slots: Mapping[str, Any]) -> str:
    """The text of a template.

    Raises:
        PublishError: It is none, or names a slot that there is not.
    """
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True
    )
    try:
        return environment.from_string(template).render(slots)
    except _ERRORS as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise PublishError(f"card.md: {said}; slots are {', '.join(slots)}") from None


def fill_apart(template: str, slots: Mapping[str, Any]) -> str:
    """The same for a template that nobody has read, within limits.

    Raises:
        PublishError: Likewise, or it takes too long or too much memory.
    """
    given = json.dumps([template, {**slots}, SECONDS, MEMORY], default=str)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _START.format(str(Path(__file__).parents[2]))],
            input=given.encode(),
            capture_output=True,
            timeout=30 * SECONDS,
            env={key: value for key, value in os.environ.items() if "PYTHON" not in key},
        )
        text, problem = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        most = f"{SECONDS} seconds or {MEMORY >> 20} MB"
        way_out = "take loops and large numbers out of it"
        raise PublishError(f"card.md: filling it takes over {most}; {way_out}") from None
    if problem:
        raise PublishError(problem)
    return str(text)


def main() -> None:
    """Read a template, its slots and limits; write its text, or else what is wrong."""
    template, slots, seconds, memory = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        told = [fill(template, slots), ""]
    except PublishError as error:
        told = ["", str(error)]
    sys.stdout.write(json.dumps(told))
