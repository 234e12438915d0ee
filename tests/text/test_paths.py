from __future__ import annotations

import os
from pathlib import Path

import pytest

from curate.errors import SourceError
from curate.text.paths import Folder, existing, input_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "corpus"
    (root / "wavs").mkdir(parents=True)
    (root / "wavs" / "a.wav").write_bytes(b"1234")
    (tmp_path / "secret.wav").write_bytes(b"")
    (root / "link.wav").symlink_to(tmp_path / "secret.wav")
    (root / "inner.wav").symlink_to(root / "wavs" / "a.wav")
    (root / "up").symlink_to(tmp_path)
    return root


@pytest.mark.parametrize(
    ("text", "name", "inside"),
    [
        ("wavs/a.wav", "wavs/a.wav", True),
        ("./wavs//a.wav", "wavs/a.wav", True),
        ("wavs/../wavs/a.wav", "wavs/a.wav", True),
        ("wavs\\a.wav", "wavs/a.wav", True),
        ("inner.wav", "inner.wav", True),
        ("wavs/none.wav", "wavs/none.wav", True),
        (".", "", True),
        ("wavs/", "wavs/", True),
        ("wavs/..", "", True),
        ("link.wav", "link.wav", False),
        ("up/secret.wav", "up/secret.wav", False),
    ],
)
def test_path_has_one_name_and_stays_inside_or_not(
    folder: Path, text: str, name: str, inside: bool
) -> None:
    place = Folder(folder).place(text)
    assert (place.name, place.inside) == (name, inside)


@pytest.mark.parametrize(
    "text",
    [
        "..",
        "/",
        "/x.wav",
        "../secret.wav",
        "/etc/passwd",
        "wavs/../../secret.wav",
        "C:\\a.wav",
        "\\\\host\\a.wav",
    ],
)
def test_path_that_leaves_the_folder_is_outside(folder: Path, text: str) -> None:
    assert not Folder(folder).place(text).inside


def test_absolute_path_into_the_folder_is_inside_under_its_short_name(folder: Path) -> None:
    place = Folder(folder).place(str(folder / "wavs" / "a.wav"))
    assert (place.name, place.inside) == ("wavs/a.wav", True)


def test_folder_given_through_a_link_holds_its_own_files(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(folder)
    assert Folder(tmp_path / "alias").place("wavs/a.wav").inside


def test_state_changes_with_time_size_and_presence(folder: Path) -> None:
    clip = folder / "wavs" / "a.wav"
    states = [Folder(folder).place("wavs/a.wav").state]
    os.utime(clip, ns=(1, 1))
    states.append(Folder(folder).place("wavs/a.wav").state)
    clip.write_bytes(b"12345")
    os.utime(clip, ns=(1, 1))
    states.append(Folder(folder).place("wavs/a.wav").state)
    clip.unlink()
    states.append(Folder(folder).place("wavs/a.wav").state)
    assert len(set(states)) == 4


def test_missing_path_names_the_sibling_that_was_meant(folder: Path) -> None:
    with pytest.raises(SourceError, match="did you mean 'wavs'"):
        existing(str(folder / "wav" / "deeper"))


def test_glob_gives_sorted_files_and_their_common_folder(tmp_path: Path) -> None:
    for name in ("b/2.csv", "a/1.csv", "a/1.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    base, files = input_files(str(tmp_path / "*" / "*.csv"), (".csv",))
    assert base == tmp_path
    assert [file.relative_to(base).as_posix() for file in files] == ["a/1.csv", "b/2.csv"]


def test_folder_without_such_files_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "notes.doc").write_text("")
    with pytest.raises(SourceError, match=r"no file ending in \.csv.*notes\.doc"):
        input_files(str(tmp_path), (".csv",))


@pytest.mark.parametrize("name", [b"\xff.csv", b"\xe9t\xe9/a.csv"])
def test_file_whose_name_is_no_utf8_is_named_before_any_work(tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.close(os.open(path, os.O_CREAT))
    with pytest.raises(SourceError, match=r"file name is not UTF-8: .*\\x.*rename it"):
        input_files(str(tmp_path), (".csv",))


@pytest.mark.parametrize("pattern", ["", "b.csv", "*.csv"])
def test_pipe_or_dangling_link_is_no_file_to_read(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "a.csv").write_text("x")
    os.mkfifo(tmp_path / "b.csv")
    with pytest.raises(SourceError, match=r"b\.csv is no file, but a pipe, device or folder"):
        input_files(str(tmp_path / pattern), (".csv",))
    (tmp_path / "b.csv").unlink()
    (tmp_path / "b.csv").symlink_to(tmp_path / "none")
    if not pattern:
        with pytest.raises(SourceError, match=r"b\.csv cannot be read: No such file"):
            input_files(str(tmp_path), (".csv",))


def test_link_out_of_the_folder_is_refused_and_one_within_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("a")
    (tmp_path / "in/b.txt").symlink_to("a.txt")
    assert len(input_files(str(tmp_path / "in"), (".txt",))[1]) == 2
    (tmp_path / "in/c.txt").symlink_to("../secret.txt")
    with pytest.raises(SourceError, match=r"c\.txt is a link to .*secret\.txt, outside of"):
        input_files(str(tmp_path / "in"), (".txt",))
    assert len(input_files(str(tmp_path / "in/c.txt"), (".txt",))[1]) == 1


def test_missing_path_without_a_near_name_says_what_is_there(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"no 'zzz'; it holds inner\.wav, link\.wav, up, wavs$"):
        existing(str(folder / "zzz"))


def test_a_path_below_a_file_names_the_file(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.wav is a file; give that, or a folder$"):
        existing(str(folder / "wavs" / "a.wav" / "b"))
