"""Reject texts that hold parts of a benchmark, so that it still measures what it should.

N-gram overlap as for GPT-3 (Brown et al. 2020, "Language models are few-shot learners", appendix
C): case and punctuation are ignored, and a run of 13 words that also stands in the benchmark is
taken for a leak; PaLM looked for runs of 8 (Chowdhery et al. 2022, "PaLM", section 8). A filter
and no barrier: a row is judged by the benchmark's file alone, never by other rows, so no keys of
the corpus have to pass through one process.

It misleads on what both quote (laws, scripture, licences): such rows are rejected with a small
share. It is blind to translations and paraphrases, and in scripts that do not part words it sees
only what stands between punctuation.
"""

from __future__ import annotations

import dataclasses as dc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le, Lt

from curate.arrow import sha256_of
from curate.contract import Adds, Column, Filter, InputPath, Limit, Verdict
from curate.errors import EnvironmentError_

if TYPE_CHECKING:
    from curate.text.benchmark_texts import Benchmark


@dc.dataclass(frozen=True)
class Decontaminate(Filter):
    """Keep texts that share no more than ``most_share`` of their words with a benchmark.

    Args:
        path: The benchmark's texts: a file with one text a line (.txt), JSON lines (.jsonl),
            both also compressed, or Parquet. Its content counts for what has to be done again, not
            its name.
        fields: In JSON lines and Parquet, the keys or columns with texts or lists of texts.
        text: Column with the text judged.
        ngram: Words in a row that make a match. A benchmark text of fewer words is looked for as a
            whole, if it has 8 or ``ngram`` words.
        most_share: Largest share of a row's words in matches that is kept, 0 to 1; at 0 a single
            match rejects.
        missing: Without the file, stop before any work (``error``), or keep every row with null
            results (``skip``).

    Adds:
        benchmark_ngrams: int32, n-grams of the row that stand in the benchmark.
        benchmark_share: float32, words of the row in such n-grams, 0 to 1. A null or empty text
            has 0 of both and is kept.

    Rejects:
        benchmark text: ``benchmark_share`` is above ``most_share``.

    Raises:
        EnvironmentError_: There is no such file and ``missing`` is ``error``.
        SourceError: The file cannot be read or has no such field.

    Example:
        >>> import tempfile
        >>> with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        ...     _ = file.write("Which of these is the largest planet of all?")
        ...     file.flush()
        ...     step = Decontaminate(path=file.name, ngram=8)
        ...     batch = pa.table({"id": ["a", "b"], "text": [
        ...         "q: which of these is the largest planet of all", "planets are large"]})
        ...     step(batch).keep.to_pylist()
        [False, True]
    """

    path: InputPath = ""
    fields: tuple[str, ...] = ("text",)
    text: Column = "text"
    ngram: Annotated[int, Ge(2), Le(100)] = 13
    most_share: Annotated[float, Ge(0), Lt(1)] = 0.0
    missing: Literal["error", "skip"] = "error"

    adds: ClassVar[Adds] = {"benchmark_ngrams": pa.int32(), "benchmark_share": pa.float32()}
    reasons: ClassVar = ("benchmark text",)
    limits: ClassVar = {"most_share": Limit("benchmark_share", "most", ("benchmark text",))}

    def prepare(self) -> dict[str, str]:
        """Read the benchmark, and take its digest."""
        if self._is_there():
            self._benchmark()
            return {"benchmark": sha256_of(Path(self.path))}
        if self.missing == "skip":
            return {"benchmark": "skipped: file missing"}
        what = f"there is no file {self.path!r}" if self.path else "the option path is empty"
        way_out = "name the benchmark's .txt, .jsonl or .parquet file, or set missing: skip"
        raise EnvironmentError_(f"{self.step_name()}: {what}; {way_out}")

    def __call__(self, batch: pa.Table) -> Verdict:
        """Look up the n-grams of each text."""
        from curate.text.benchmark_texts import overlap

        if self.missing == "skip" and not self._is_there():
            nothing = {name: pa.nulls(batch.num_rows, kind) for name, kind in self.adds.items()}
            return Verdict(pa.array([True] * batch.num_rows, pa.bool_()), "", nothing)
        found = overlap(batch[self.text], self._benchmark())
        share = pa.array(found.share)
        measured = {"benchmark_ngrams": pa.array(found.ngrams), "benchmark_share": share}
        keep = pc.less_equal(share, pa.scalar(self.most_share, pa.float32()))
        return Verdict(keep, self.reasons[0], measured)

    def _is_there(self) -> bool:
        return bool(self.path) and Path(self.path).is_file()

    def _benchmark(self) -> Benchmark:
        """The benchmark's n-grams, read once in a process."""
        from curate.models import load_once
        from curate.text.benchmark_texts import index, read_texts

        path = Path(self.path)
        state = path.stat()
        key = ("benchmark", self.path, state.st_size, state.st_mtime_ns, self.fields, self.ngram)
        return load_once(key, lambda: index(read_texts(path, self.fields), self.ngram))
