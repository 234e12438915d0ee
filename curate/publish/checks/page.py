"""What people read: the text of the card, the report, and nothing that must not be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from curate.engine.store import WORK
from curate.publish.checks.problem import Problem, error, warning
from curate.publish.leftovers import leftovers

REPORT = "report.html"
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
FENCE = re.compile(r"^(```|~~~)")
BIBTEX = re.compile(r"^```bibtex$.*?^```$", re.MULTILINE | re.DOTALL)  # its {{ }} are no slots
CHOICE = re.compile(r"\{%-?\s*if\b.*?\{%-?\s*endif\s*-?%\}", re.DOTALL)  # one may say "not known"
SLOT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")  # on one line, so that lines keep their numbers
COMMENT = re.compile(r"^<!--.*-->$")
LARGEST = 64 * 2**20  # bytes of a text file; a report has under five million
TOKENS = {
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})\b"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}\b"),
    "a Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
LOADS = {  # what a browser fetches by itself
    "script": "src",
    "link": "href",
    "img": "src",
    "audio": "src",
    "video": "src",
    "source": "src",
    "iframe": "src",
    "embed": "src",
    "object": "data",
    "image": "href",
    "use": "href",
}
NO_LOADS = {"canonical", "license", "author", "alternate", "help", "me"}
STYLE_LOADS = re.compile(r"@import|url\(\s*['\"]?(?!data:|#)[^)]+", re.IGNORECASE)


def text_problems(path: Path, way_out: str) -> Iterator[Problem]:
    """Empty sections and places left open in a README.md, or in a card.md with its slots."""
    text = BIBTEX.sub(_blank, _read(path))
    if path.name == "card.md":
        text = SLOT.sub("slot", CHOICE.sub(_blank, text))
    head = text.split("\n---", 1)[0].count("\n") + 1 if text.startswith("---\n") else 0
    lines = text.splitlines()
    for line, left in leftovers(text):
        yield error(f"{path}:{line}", f"{left!r} was left open", way_out)
    for number, title in _empty_sections(lines, head):
        yield error(f"{path}:{number}", f"the section {title!r} is empty", way_out)


def _blank(block: re.Match[str]) -> str:
    """As many lines, with nothing in them to find fault with."""
    return "text" + "\n" * block[0].count("\n")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _empty_sections(lines: list[str], head: int) -> Iterator[tuple[int, str]]:
    open_at: tuple[int, int, str] | None = None
    fence = ""
    for number, line in enumerate(lines[head:], head + 1):
        if mark := FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        found = None if fence else HEADING.match(line)
        if found is None:
            if line.strip() and not COMMENT.match(line.strip()):
                open_at = None
            continue
        if open_at and len(found[1]) <= open_at[0]:
            yield open_at[1], open_at[2]
        open_at = (len(found[1]), number, found[2])
    if open_at:
        yield open_at[1], open_at[2]


def report_problems(folder: Path) -> Iterator[Problem]:
    """Whether the report is there and needs nothing but itself."""
    path = folder / REPORT
    if not path.is_file():
        yield warning(path, "missing", "run `curate card` on the folder")
        return
    parser = _Loads()
    parser.feed(_read(path))
    for line, what in parser.found:
        way_out = "put it into the page; run `curate card` on the folder"
        yield error(f"{path}:{line}", f"loads {what[:80]}, so it needs a network", way_out)


class _Loads(HTMLParser):
    """Gathers what a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        names = (LOADS.get(tag, ""), "poster", "srcset")
        for target in [(given.get(name) or "").strip() for name in names]:
            linked = tag == "link" and given.get("rel") in NO_LOADS
            if target and not target.startswith(("data:", "#", "blob:")) and not linked:
                self.found.append((self.getpos()[0], f"{tag} {target}"))
        self._styled(given.get("style") or "")
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._styled(data)

    def _styled(self, style: str) -> None:
        if found := STYLE_LOADS.search(style):
            self.found.append((self.getpos()[0], found[0]))


def secret_problems(folder: Path) -> Iterator[Problem]:
    """Tokens in any file that is text; what is found is not repeated."""
    for path in sorted(folder.rglob("*")):
        own = path.relative_to(folder).parts[0] == WORK
        if own or not path.is_file() or path.suffix == ".parquet" or path.stat().st_size > LARGEST:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except ValueError:
            continue
        for name, pattern in TOKENS.items():
            if found := pattern.search(text):
                line = text.count("\n", 0, found.start()) + 1
                way_out = "withdraw it where it was issued, take it out of the recipe, run again"
                yield error(f"{path}:{line}", f"holds {name} ({found[0][:4]}…)", way_out)
