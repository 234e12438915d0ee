"""Programs of folders, checkouts and tables: none is lost, and each has its licence and origin."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import SourceError
from curate.sources.code_files import CodeFiles
from curate.text.licence_files import licence_of, of_folder

Read = Callable[..., pa.Table]
MIT = (
    "MIT License\n\nCopyright (c) 2024 A\n\nPermission is hereby granted, free of charge, to any "
    "person obtaining a copy of this software\nand associated documentation files. The above "
    "copyright notice and this permission notice shall be included.\n"
)


def write(folder: Path, name: str, content: str | bytes = "int one = 1;\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def column(table: pa.Table, name: str) -> dict[str, object]:
    return dict(zip(table["path"].to_pylist(), table[name].to_pylist(), strict=True))


def test_a_file_is_a_row_with_its_language_by_its_ending(tmp_path: Path, read_all: Read) -> None:
    for name in ("a.c", "b/c.cpp", "b/d.m", "e.f90", "f.C"):
        write(tmp_path, name)
    for name in ("README.md", "Makefile", "g.h", "h.json", ".git/i.c"):
        write(tmp_path, name)
    found = column(read_all(CodeFiles(str(tmp_path))), "language")
    assert found == {
        "a.c": "c", "b/c.cpp": "cpp", "b/d.m": "objc", "e.f90": "fortran", "f.C": "cpp",
    }  # fmt: skip


def test_what_cannot_be_read_is_a_row_with_its_reason(tmp_path: Path, read_all: Read) -> None:
    folder = tmp_path / "programs"
    write(folder, "good.c", "\ufeffint one;\r\n")
    write(folder, "binary.c", b"\x7fELF\0\0")
    write(folder, "latin.c", "// café\n".encode("latin-1"))
    write(folder, "huge.c", b" " * 2001)
    write(folder, "blank.c", " \n\t")
    write(folder, "inside.c").unlink()
    (folder / "inside.c").symlink_to("good.c")
    (folder / "outside.c").symlink_to(write(tmp_path, "secret.c"))
    (folder / "broken.c").symlink_to("nowhere.c")
    (folder / "linked").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(folder / "pipe.c")
    write(folder, os.fsdecode(b"\xff.c"))
    table = read_all(CodeFiles(str(folder), most_bytes=2000))
    assert column(table, "defect") == {
        "binary.c": "binary file",
        "blank.c": "no text",
        "broken.c": "file unreadable",
        "good.c": None,
        "huge.c": "file too large",
        "inside.c": None,
        "latin.c": "not UTF-8",
        "linked": "linked folder is not entered",
        "outside.c": "path leaves the folder",
        "pipe.c": "file unreadable",
        "\\xff.c": "file name is not UTF-8",
    }
    assert column(table, "text")["good.c"] == "int one;\r\n"


def test_a_licence_is_the_files_own_or_the_nearest_above(tmp_path: Path, read_all: Read) -> None:
    write(tmp_path, "LICENSE", MIT)
    write(tmp_path, "near/COPYING", "SPDX-License-Identifier: BSL-1.0\n")
    write(tmp_path, "strange/LICENCE.txt", "Ask my lawyer.\n")
    write(tmp_path, "top.c")
    write(tmp_path, "near/below/a.c")
    write(tmp_path, "near/own.c", "/* SPDX-License-Identifier: GPL-2.0-only */\nint one;\n")
    write(tmp_path, "strange/b.c")
    assert column(read_all(CodeFiles(str(tmp_path))), "licence") == {
        "near/below/a.c": "BSL-1.0",
        "near/own.c": "GPL-2.0-only",
        "strange/b.c": None,
        "top.c": "MIT",
    }


def test_a_licence_above_the_folder_does_not_count(tmp_path: Path, read_all: Read) -> None:
    write(tmp_path, "LICENSE", MIT)
    write(tmp_path, "below/a.c")
    assert column(read_all(CodeFiles(str(tmp_path / "below"))), "licence") == {"a.c": None}


def test_known_licence_texts_are_those_their_repositories_state(data_dir: Path) -> None:
    folder = data_dir / "sltrans_sources"
    programs = pq.read_table(folder / "programs.parquet", columns=["repo", "licence"])
    stated = {row["repo"]: row["licence"] for row in programs.to_pylist()}
    files = pq.read_table(folder / "licences.parquet").to_pylist()
    texts: dict[str, dict[str, str]] = {}
    for row in files:
        texts.setdefault(row["repo"], {})[row["file"]] = row["text"]
    told = {repo: sorted((of_folder(each) or "").split(" OR ")) for repo, each in texts.items()}
    assert told == {repo: sorted(stated[repo].split(" OR ")) for repo in texts}


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("                    GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n", "GPL-3.0"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1, February 1999\n", "LGPL-2.1"),
        ("GNU Free Documentation License\nVersion 1.2, November 2002\n", "GFDL-1.2"),
        ("Apache License\nVersion 2.0, January 2004\n", "Apache-2.0"),
        ("All rights reserved.\n", None),
        ("", None),
    ],
)
def test_a_licence_is_known_by_its_title(text: str, licence: str | None) -> None:
    assert licence_of(text) == licence


def test_a_checkout_gives_repository_and_commit(tmp_path: Path, read_all: Read) -> None:
    write(tmp_path, "a.c")
    git(tmp_path, "init")
    git(tmp_path, "remote", "add", "origin", "https://me:secret@example.org/org/name.git")
    git(tmp_path, "add", "a.c")
    git(tmp_path, "commit", "-m", "one")
    for pack in (False, True):
        if pack:
            git(tmp_path, "pack-refs", "--all")
        (row,) = read_all(CodeFiles(str(tmp_path))).to_pylist()
        assert row["repository"] == "https://example.org/org/name"
        assert row["commit"] == git(tmp_path, "rev-parse", "HEAD")


def test_a_checkout_inside_another_has_its_own_commit(tmp_path: Path, read_all: Read) -> None:
    for folder in (tmp_path, tmp_path / "inner"):
        write(folder, "a.c", f"// {folder.name}\n")
        git(folder, "init")
        git(folder, "add", "a.c")
        git(folder, "commit", "-m", "one")
    write(tmp_path, "LICENSE", MIT)
    table = read_all(CodeFiles(str(tmp_path)))
    commits = column(table, "commit")
    assert commits["inner/a.c"] == git(tmp_path / "inner", "rev-parse", "HEAD")
    assert commits["a.c"] == git(tmp_path, "rev-parse", "HEAD") != commits["inner/a.c"]
    assert column(table, "licence") == {"a.c": "MIT", "inner/a.c": None}


def test_a_change_of_text_or_licence_changes_the_shard_and_a_copy_does_not(tmp_path: Path) -> None:
    def digest(folder: Path) -> str:
        return CodeFiles(str(folder), name="n").shards()[0].digest

    for folder in (tmp_path / "one", tmp_path / "copy"):
        write(folder, "a.c")
        os.utime(folder / "a.c", (1, 1))
    first = digest(tmp_path / "one")
    assert digest(tmp_path / "copy") == first
    write(tmp_path / "one", "LICENSE", MIT)
    licensed = digest(tmp_path / "one")
    write(tmp_path / "one", "a.c", "int two = 2;\n")
    assert len({first, licensed, digest(tmp_path / "one")}) == 3


def test_a_real_table_is_read_in_shards_smaller_than_its_row_group(
    data_dir: Path, read_all: Read
) -> None:
    path = data_dir / "sltrans_sources" / "programs.parquet"
    source = CodeFiles(str(path), shard_rows=100, batch_rows=30)
    assert [ref.rows for ref in source.shards()] == [100] * 14 + [94]
    found, given = read_all(source), pq.read_table(path)
    names = ["id", "text", "path", "language", "repository", "commit", "licence"]
    theirs = ["id", "source", "path", "lang", "repo", "commit", "licence"]
    assert found.select(names).to_pydict() == {
        name: given[their].to_pylist() for name, their in zip(names, theirs, strict=True)
    }


def test_a_table_like_the_stack_is_known_by_its_columns(tmp_path: Path, read_all: Read) -> None:
    rows = {
        "content": ["int a;", "// SPDX-License-Identifier: MIT\nint b;"],
        "lang": ["C", "C++"],
        "max_stars_repo_licenses": [["MIT", "Apache-2.0 OR BSD-3-Clause"], []],
        "size": [6, 6],
    }
    pq.write_table(pa.table(rows), tmp_path / "train.parquet")
    found = read_all(CodeFiles(str(tmp_path))).to_pylist()
    assert [row["id"] for row in found] == ["train:0", "train:1"]
    assert [row["text"] for row in found] == rows["content"]
    assert [row["language"] for row in found] == ["c", "cpp"]
    licences = [row["licence"] for row in found]
    assert licences == ["MIT AND (Apache-2.0 OR BSD-3-Clause)", "MIT"]


def test_tables_that_hold_programs_in_different_columns_are_refused(data_dir: Path) -> None:
    folder = data_dir / "sltrans_sources"  # beside the programs there are texts of licences
    message = r"licences.parquet are in 'text', those of .*programs.parquet in 'source'; give the"
    with pytest.raises(SourceError, match=message):
        CodeFiles(str(folder)).shards()


def test_a_limit_takes_the_first_rows_of_a_table(tmp_path: Path, read_all: Read) -> None:
    pq.write_table(pa.table({"code": [f"int n{n};" for n in range(10)]}), tmp_path / "a.parquet")
    source = CodeFiles(str(tmp_path / "a.parquet"), shard_rows=4, batch_rows=3)
    (batch,) = source.read(source.shards()[1]._replace(limit=2))
    assert batch["text"].to_pylist() == ["int n4;", "int n5;"]


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("empty", {}, "holds no program; it holds nothing"),
        ("nowhere", {}, "does not exist"),
        ("a.parquet", {}, r"no column of programs known by name; say which it is: columns: {text"),
        ("a.parquet", {"text": "m"}, "has no column 'm'; it has n"),
        ("a.parquet", {"text": "n", "txt": "n"}, "there is no 'txt' here, but id, text"),
    ],
)
def test_an_input_that_cannot_be_used_is_one_clear_error(
    tmp_path: Path, name: str, columns: dict[str, str], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    pq.write_table(pa.table({"n": ["1"]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match=message):
        CodeFiles(str(tmp_path / name), columns=columns).shards()
