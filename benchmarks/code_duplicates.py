"""Copies of programs planted by renaming, reordering and comments: how many are found.

``python -m benchmarks.code_duplicates --data DIR`` takes the 1,494 programs of ``sltrans_sources``,
in which near duplicates had been removed, and plants one copy of each for every kind. Copies are
made with Pygments' lexers, which share nothing with the scanner that is measured:

- comments: those there are taken out, others put behind lines and above the program, lines are
  indented by another width where a language allows it;
- renamed: every name outside imports that also stands without a dot before it;
- functions: paragraphs that begin at the left margin, in another order, imports first;
- statements: neighbouring lines of one indentation, one in three swapped with the next;
- all of these together; and all with every twentieth number changed.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pygments import lexers
from pygments.token import Comment, Keyword, Literal, Name, String

from curate.barriers.dedup_code import DedupCode

LEXERS = {
    "c": "c", "cpp": "cpp", "objc": "objective-c", "rust": "rust", "d": "d", "fortran": "fortran",
    "haskell": "haskell", "nim": "nim", "crystal": "crystal", "swift": "swift", "python": "python",
    "go": "go",
}  # fmt: skip
MARKS = {"python": "#", "nim": "#", "crystal": "#", "haskell": "--", "fortran": "!"}
# what a program cannot rename, where the lexer calls it a name like any other
BUILT_IN = """true false True False None NULL nil null self Self super this id BOOL YES NO SEL Class
string size_t bool Int Int64 Double Float String Bool Character Array Dictionary Set UInt8 UInt64
init Integer Maybe Either Just Nothing Left Right IO Ordering Ord Eq Show Num Integral Monad Functor
fileprivate proc seq array int float char vec intent in out kind len parameter main std"""
BRACES = ("c", "cpp", "objc", "rust", "d", "go", "swift")
IMPORT = re.compile(
    r"\s*(?:#|@?import\b|from\b|use\b|using\b|extern\b|require\b|package\b|module\b|include\b|mod\b"
    r"|namespace\b|\{-#)"
)
OVER_LINES = (("/*", "*/"), ("{-", "-}"), ("/+", "+/"), ("#[", "]#"), ("{", "}"), ("(", ")"))
Tokens = list[tuple[object, str]]


def tokens_of(program: str, language: str) -> Tokens:
    lexer = lexers.get_lexer_by_name(LEXERS[language], stripnl=False, ensurenl=False)
    return [(kind, text) for _, kind, text in lexer.get_tokens_unprocessed(program)]


def is_comment(kind: object) -> bool:
    return kind in Comment and kind not in (Comment.Preproc, Comment.PreprocFile)  # type: ignore[operator]


def commented(program: str, language: str, rng: np.random.Generator) -> str:
    mark = MARKS.get(language, "//")
    pieces = []
    for kind, text in tokens_of(program, language):
        if is_comment(kind):
            pieces.append("\n" if text.endswith("\n") else " ")
        elif kind not in String and kind not in Literal and "\n" in text and "\\" not in text:  # type: ignore[operator]
            remark = (
                f" {mark} step {rng.integers(1000)} of the plan\n" if rng.random() < 0.2 else "\n"
            )
            pieces.append(text.replace("\n", remark, 1))
        else:
            pieces.append(text)
    made = "".join(pieces)
    if "\\\n" in made:  # a continued line would swallow what stands behind it
        made = program
    if language in BRACES and '"""' not in made and "`" not in made:
        made = re.sub(r"(?m)^( +)", lambda match: match[1] * 2, made)
    return f"{mark} A program. {mark} Copied for a test.\n{mark} All rights reserved.\n{made}"


def renamed(program: str, language: str, rng: np.random.Generator) -> str:
    free, fast, before = set[str](), set[str](), ""
    found = tokens_of(program, language)
    fixed = {
        text
        for line in program.split("\n")
        if IMPORT.match(line)
        for text in re.findall(r"\w+", line)
    }
    for kind, text in found:
        if kind in Name and not before.endswith((".", "->", "::", "'")):  # type: ignore[operator]
            (fast if kind in Name.Builtin else free).add(text)
        before = (before + text)[-2:] if text.strip() else before
    words = {word for kind, word in found if kind in Keyword}  # type: ignore[operator]
    names = sorted(
        name
        for name in free - fast - fixed - words - set(BUILT_IN.split())
        if re.fullmatch(r"(?!__|[dDeEjJ]\d*$)[A-Za-z_]\w*", name)
    )
    numbers = rng.permutation(len(names))
    new = {
        name: f"{'Kind' if name[0].isupper() else 'value'}{number}q"
        for name, number in zip(names, numbers, strict=True)
    }
    return "".join(new.get(text, text) if kind in Name else text for kind, text in found)  # type: ignore[operator]


def functions(program: str, language: str, rng: np.random.Generator) -> str:
    del language
    blocks = [""]
    for block in re.split(r"\n(?:[ \t]*\n)+(?=\S)", program):
        if any(blocks[-1].count(one) > blocks[-1].count(other) for one, other in OVER_LINES) or any(
            blocks[-1].count(mark) % 2 for mark in ('"""', "'''", "`")
        ):
            blocks[-1] += "\n\n" + block  # within a comment or string
        else:
            blocks.append(block)
    blocks = list(filter(None, blocks))
    first = [block for block in blocks if IMPORT.match(block)]
    rest = [block for block in blocks if not IMPORT.match(block)]
    return "\n\n".join([*first, *(rest[at] for at in rng.permutation(len(rest)))])


def statements(program: str, language: str, rng: np.random.Generator) -> str:
    lines = program.split("\n")
    ends = ";" if language in ("c", "cpp", "objc", "rust", "d") else ""
    at = 0
    while at + 1 < len(lines):
        one, other = lines[at], lines[at + 1]
        is_even = len(one) - len(one.lstrip()) == len(other) - len(other.lstrip()) > 0
        whole = all(
            line.count("(") == line.count(")") and line.strip() and line.endswith(ends)
            for line in (one, other)
        )
        plain = all(
            not re.search(r"[\\{}\[\]\"'`]|/\*|\*/|[,=+|&<.]\s*$|^\s*[.,|&+<>?:*#]", line)
            for line in (one, other)
        )
        if is_even and whole and plain and rng.random() < 1 / 3:
            lines[at], lines[at + 1] = other, one
            at += 1
        at += 1
    return "\n".join(lines)


def together(program: str, language: str, rng: np.random.Generator) -> str:
    for change in (functions, statements, renamed, commented):
        program = change(program, language, rng)
    return program


def edited(program: str, language: str, rng: np.random.Generator) -> str:
    program = together(program, language, rng)
    return re.sub(
        r"(?<![\w.\"'])\d+(?![\w.])",
        lambda match: f"{int(match[0]) + 1}" if rng.random() < 0.05 else match[0],
        program,
    )


KINDS: dict[str, Callable[[str, str, np.random.Generator], str]] = {
    "comments": commented, "renamed": renamed, "functions": functions, "statements": statements,
    "together": together, "and edited": edited,
}  # fmt: skip


def clusters(step: DedupCode, rows: pa.Table) -> list[str]:
    """Id of the row kept of each row's cluster."""
    verdict = step.decide(step.keys(rows))
    own = rows["id"].to_pylist()
    of = verdict.measured["duplicate_of"].to_pylist()
    return [other or one for one, other in zip(own, of, strict=True)]


def planted(rows: pa.Table, kind: str) -> pa.Table:
    columns = {name: rows[name].to_pylist() for name in ("id", "lang", "source")}
    made = [
        KINDS[kind](program, language, np.random.default_rng(at))
        for at, (program, language) in enumerate(
            zip(columns["source"], columns["lang"], strict=True)
        )
    ]
    # half of the copies come before their originals
    ids = [f"{'0' if at % 2 else 'z'}{name}" for at, name in enumerate(columns["id"])]
    return pa.table({"id": ids, "lang": columns["lang"], "source": made})


def report(rows: pa.Table, step: DedupCode) -> dict[str, float]:
    """Print recall for each kind and language; recall by kind, and false merges."""
    rows = rows.select(["id", "lang", "source"])
    alone = clusters(step, rows)
    merged = sum(one != own for one, own in zip(alone, rows["id"].to_pylist(), strict=True))
    print(f"{rows.num_rows} programs, {merged} of them taken for copies of another")
    found: dict[str, float] = {}
    languages = np.array(rows["lang"].to_pylist())
    for kind in KINDS:
        copies = planted(rows, kind)
        of = np.array(clusters(step, pa.concat_tables([rows, copies])))
        origin = np.array([*alone, *alone])
        hit = of[: rows.num_rows] == of[rows.num_rows :]
        found[kind] = float(hit.mean())
        mixed = {(one, root) for one, root in zip(of, origin, strict=True)}
        more = len(mixed) - len({one for one, _ in mixed})
        least = min((float(hit[languages == name].mean()), name) for name in set(languages))
        print(f"{kind:12} found {hit.mean():.4f}, least in {least[1]} {least[0]:.3f}; "
              f"programs merged besides {more}")  # fmt: skip
        for at in np.flatnonzero(~hit)[:3]:
            print("             not found:", rows["id"][at].as_py(), languages[at])
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--threshold", type=float, default=DedupCode.threshold)
    options = parser.parse_args(arguments)
    rows = pq.read_table(options.data / "sltrans_sources" / "programs.parquet")
    step = DedupCode(text="source", language_column="lang", threshold=options.threshold)
    report(rows, step)
    step.keys(rows)
    start = time.process_time()
    step.decide(step.keys(rows))
    seconds = time.process_time() - start
    print(f"{rows.num_rows / seconds:.0f} programs a second of CPU time, keys and decision")


if __name__ == "__main__":
    main()
