"""Programs: a folder or a git checkout with a row for each file, or a table of them.

The language is told by a file's ending; ``filters.programming_language`` judges whether it is true.
The licence is the one that the file states (``SPDX-License-Identifier:``), else that of the nearest
licence file above it inside the folder. A table (Parquet, such as The Stack) is known by the names
of its columns: ``content`` or ``source``, ``lang``, ``license``, ….

It misleads where a file was copied from elsewhere without a word: then the licence file around it
is not its own. The commit is that of HEAD, whatever was changed since. Files whose ending is of no
language that is asked for are no rows, and what ``.git`` holds is not read.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge

from curate.contract import InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.text.code_folder import CodeFolder
    from curate.text.code_table import CodeTable


@dc.dataclass(frozen=True)
class CodeFiles(Source):
    r"""Read programs from files or from a table.

    Args:
        path: A folder of programs; or Parquet: a file, a folder of such files or a glob.
        name: Value of ``source`` and prefix of ids; the folder's or the file's name if empty.
        languages: Of a folder, the languages whose files are rows, by any usual name.
        columns: Of a table, our column → theirs, where its name does not tell.
        most_bytes: Of a folder, the largest file that is read.
        batch_rows: Programs in a batch; what is made of them is in memory at once.
        shard_rows: Programs in a shard, the unit that is given to a worker and resumed.

    Adds:
        id: string, the path inside the folder; of a table its ``id``, or ``<file>:<row>``.
        source: string.
        text: string, the program.
        path: string, in the folder, or what the table says.
        language: string, a label such as ``cpp``.
        repository: string, address of the checkout's remote, or what the table says.
        commit: string, of the checkout.
        licence: string, an SPDX expression.

    Rejects:
        binary file: It holds a NUL byte.
        not UTF-8: It is in another encoding.
        file too large: Above ``most_bytes``.
        no text: Nothing but white space.
        file unreadable: Not a plain file, not allowed, or gone; of a table, damaged.
        linked folder is not entered: A symbolic link.
        file name is not UTF-8: It cannot be written to a dataset.
        path leaves the folder: By a symbolic link.
        duplicate id: Of a table, an earlier row has it.

    Raises:
        SourceError: No such folder or file, or no program in it.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "one.c").write_text("// SPDX-License-Identifier: MIT\nint one = 1;\n")
        >>> source = CodeFiles(str(folder))
        >>> batch = next(source.read(source.shards()[0]))
        >>> batch.select(["id", "language", "licence"]).to_pylist()
        [{'id': 'one.c', 'language': 'c', 'licence': 'MIT'}]
    """

    path: InputPath = ""  # a recipe may leave it to whoever runs it
    name: str = ""
    languages: tuple[str, ...] = (
        "c", "cpp", "objc", "rust", "d", "fortran", "haskell", "nim", "crystal", "swift", "python",
        "go",
    )  # fmt: skip
    columns: dict[str, str] = dc.field(default_factory=dict)
    most_bytes: Annotated[int, Ge(1)] = 1 << 20
    batch_rows: Annotated[int, Ge(1)] = 16
    shard_rows: Annotated[int, Ge(1)] = 64

    reasons: ClassVar = (
        "binary file",
        "not UTF-8",
        "file too large",
        "no text",
        "file unreadable",
        "linked folder is not entered",
        "file name is not UTF-8",
        "path leaves the folder",
        "duplicate id",
    )

    def schema(self) -> pa.Schema:
        """The same eight columns for folders and tables."""
        from curate.text.code_folder import SCHEMA

        return SCHEMA

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive files, or rows."""
        cuts = self._programs().cuts(self.shard_rows)
        return [ShardRef(*cut) for cut in cuts]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The programs of one shard."""
        from curate.langid.code_labels import label_of
        from curate.text.code_table import is_table, tables

        if is_table(self.path):
            return tables(ref.where, self.batch_rows, ref.limit, label_of)
        return self._folder().tables(ref.where[: ref.limit], self.batch_rows)

    def _programs(self) -> CodeFolder | CodeTable:
        from curate.text.code_table import CodeTable, is_table

        if is_table(self.path):
            return CodeTable(self.path, self.name, self.columns)
        return self._folder()

    def _folder(self) -> CodeFolder:
        from curate.langid.code_labels import label_of, label_of_path
        from curate.text.code_folder import CodeFolder

        wanted = {label_of(name) for name in self.languages}

        def label(path: str) -> str | None:
            found = label_of_path(path)
            return found if found in wanted else None

        return CodeFolder(self.path, self.name, label, self.most_bytes)
