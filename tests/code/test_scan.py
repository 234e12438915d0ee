"""Where comments and strings are, against Pygments' lexers and by hand."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments import lexers
from pygments.token import Comment, String
from support.byte_columns import HOSTILE

from curate.code.scan import LANGUAGES, masked, spans, without_comments

CASES = [
    ("c", b"a // b \\\n c\nd", [b"// b \\\n c"]),
    ("c", b"'\"' /* x */ \"/*\" '\\'' // y", [b"/* x */", b"// y"]),
    ("cpp", b'R"a(// )" )a" 1\'000 // c', [b"// c"]),
    ("rust", b"<'a> /* /* x */ y */ r#\"// \"# b'\"' // z", [b"/* /* x */ y */", b"// z"]),
    ("d", b"/+ /+ x +/ y +/ r\"\\\" `//` q\"(//)\" // z", [b"/+ /+ x +/ y +/", b"// z"]),
    ("fortran", b"print *, 'it''s ! no' ! yes", [b"! yes"]),
    ("haskell", b"f' x --> y {- {- a -} b -} '\"' -- c", [b"{- {- a -} b -}", b"-- c"]),
    ("nim", b'"""# """ #[ #[ x ]# y ]# r"\\" # z', [b"#[ #[ x ]# y ]#", b"# z"]),
    ("crystal", b'"a #{f("#")} #" %w(#) \'#\' # z', [b"# z"]),
    ("swift", b'"\\(f("//"))" #"//"# """\n//""" /* /* */ */ // z', [b"/* /* */ */", b"// z"]),
    ("python", b"'#' \"\"\" # \\\"\"\" \"\"\" r'\\\\' # z", [b"# z"]),
    ("go", b"`//\n` '\"' \"\\\"//\" // z", [b"// z"]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "comments"), CASES)
def test_comments_are_told_from_strings(language: str, text: bytes, comments: list[bytes]) -> None:
    found = [text[one.start : one.end] for one in spans(text, language) if one.is_comment]
    assert found == comments


@pytest.mark.parametrize("language", LANGUAGES)
def test_real_programs_have_the_comments_that_pygments_finds(language: str, data_dir: Path) -> None:
    name = {"objc": "objective-c"}.get(language, language)
    lexer = lexers.get_lexer_by_name(name, stripnl=False, ensurenl=False)
    table = pq.read_table(data_dir / "sltrans_sources/programs.parquet", columns=["lang", "source"])
    rows = zip(table["lang"].to_pylist(), table["source"].to_pylist(), strict=True)
    programs = [source for label, source in rows if label == language][:25]
    differ = 0
    for program in programs:
        theirs, at = set[int](), 0
        for _, kind, text in lexer.get_tokens_unprocessed(program):
            size = len(text.encode())
            # comments for documentation are strings to Pygments, what #if 0 hides is a comment
            is_comment = kind in Comment and kind not in (Comment.Preproc, Comment.PreprocFile)
            if is_comment or (kind in String.Doc and language in ("rust", "nim")):
                theirs.update(range(at, at + size))
            at += size
        raw = program.encode()
        ours = {at for one in spans(raw, language) if one.is_comment for at in range(*one[:2])}
        unlike = {at for at in ours ^ theirs if raw[at] > 32}
        differ += bool(unlike)
    assert differ <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_masking_keeps_every_place(language: str) -> None:
    for text in HOSTILE.values():
        raw = (text or b"")[:100_000]
        assert len(masked(raw, spans(raw, language))) == len(raw)


@given(st.binary(max_size=80), st.sampled_from(LANGUAGES))
def test_spans_are_in_order_and_within_the_text(text: bytes, language: str) -> None:
    at = 0
    for start, end, _ in spans(text, language):
        assert at <= start < end <= len(text)
        at = end


@given(st.lists(st.sampled_from([b'"', b"'", b"/*", b"*/", b"//", b"#", b"{-", b"-}", b"#[", b"]#",
                                 b"\\", b"\n", b"a", b"(", b")", b"q", b"r", b"R", b"`"]),
                max_size=40), st.sampled_from(LANGUAGES))  # fmt: skip
def test_what_is_left_without_comments_is_no_longer(parts: list[bytes], language: str) -> None:
    text = b"".join(parts)
    found = spans(text, language)
    assert len(without_comments(text, found)) <= len(text)
