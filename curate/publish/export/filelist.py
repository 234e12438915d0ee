"""Lists of clips, ``path|speaker|text``, and their wavs, as trainers of speech models read them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.arrow import digest_of
from curate.audio.decode import decode
from curate.audio.encode import encode
from curate.engine.store import replacing, write_text
from curate.errors import PublishError
from curate.publish.check import without_sound
from curate.publish.export.splits import Options, split_files

NEEDED = ("audio", "speaker_id", "text")


def export_filelist(folder: Path, to: Path, options: Options | None = None) -> dict[str, int]:
    """Write ``<split>.txt`` with ``path|speaker|text`` lines, and the clips as 16-bit wavs.

    Args:
        folder: A dataset folder with ``audio``, ``speaker_id`` and ``text``.
        to: Where files go; clips into ``wavs/``.
        options: None of them is for this form.

    Returns:
        File name → clips.

    Raises:
        PublishError: Not such a folder, or a text holds ``|`` or a line break, which the form
            cannot express; nothing is written then.
    """
    del options
    files = split_files(folder)
    for paths in files.values():
        for path in paths:
            _check(path)
    taken: set[str] = set()
    return {f"{split}.txt": _export(split, paths, to, taken) for split, paths in files.items()}


def _check(path: Path) -> None:
    names = pq.read_schema(path).names
    if missing := [name for name in NEEDED if name not in names]:
        raise PublishError(f"{path}: has no column {missing[0]!r}; a filelist needs {NEEDED}")
    if name := without_sound(path):
        raise PublishError(
            f"{path}: {name!r} holds paths of one machine, no sound; add transforms.encode_audio"
        )
    table = pq.read_table(path, columns=["id", "speaker_id", "text"])
    for row in table.to_pylist():
        if empty := [name for name in NEEDED[1:] if row[name] is None]:
            raise PublishError(f"{path}: row {row['id']!r} has no {empty[0]}; a filelist needs one")
        if any(mark in f"{row['speaker_id']}{row['text']}" for mark in "|\r\n"):
            hint = "replace it with a transform before exporting"
            raise PublishError(f"{path}: row {row['id']!r} holds '|' or a line break; {hint}")


def _export(split: str, paths: list[Path], to: Path, taken: set[str]) -> int:
    lines: list[str] = []
    (to / "wavs").mkdir(parents=True, exist_ok=True)
    for path in paths:
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            lines.extend(
                _write_clips(file.read_row_group(group, columns=["id", *NEEDED]), to, taken)
            )
    write_text(to / f"{split}.txt", "".join(f"{line}\n" for line in lines))
    return len(lines)


def _write_clips(table: pa.Table, to: Path, taken: set[str]) -> list[str]:
    lines = []
    for row in table.to_pylist():
        clip = decode(row["audio"]["bytes"], None)
        name = f"wavs/{Path(row['audio']['path']).stem}.wav"
        if name in taken:  # clips of two folders may bear one name
            name = f"wavs/{Path(name).stem}-{digest_of(row['id'])[:8]}.wav"
        taken.add(name)
        with replacing(to / name) as temporary:
            temporary.write_bytes(encode(clip.samples, clip.rate_hz, "wav"))
        lines.append(f"{name}|{row['speaker_id']}|{row['text']}")
    return lines
