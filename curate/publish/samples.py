"""A few rows as they came and as they went, kept beside the run so that a report can show them.

What was rejected leaves no media behind, and what was changed no original. So at the end of a run,
while the sources are at hand, a handful of rows, spread over the reasons and the same on every
run, is read again and stored in ``.curate/samples.parquet``: texts, and the first seconds of
clips. Reading is bounded in shards, bytes and seconds; what could not be read is said.
"""

from __future__ import annotations

import dataclasses as dc
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.arrow import digest_of
from curate.contract import Step, light
from curate.engine.outcome import Outcome
from curate.engine.reading import Shard
from curate.engine.shard import REJECTED
from curate.engine.store import WORK, replacing
from curate.errors import CurateError, RowError
from curate.publish.report.masking import masker
from curate.publish.rows_at import rows_at

FILE = "samples.parquet"
FORMAT = 1
EXCERPT = 6.0  # seconds of a clip
MOST_SHARDS = 6  # read again: a shard is at most some hundred megabytes
MOST_BYTES = 256 * 2**20  # of rows read again
MOST_SECONDS = 15.0  # for all of it: a source may be far away
KEPT, PER_REASON, MOST_REJECTED = 4, 2, 10
CANDIDATES = 40  # kept rows read again, of which those whose text was changed are shown first
MOST_IDS = 20_000  # of a shard or reason, which are hashed
MOST_CLIP = 600.0  # seconds: longer clips are not decoded for an excerpt
RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000)
TEXTS = ("text", "sentence", "content", "transcript", "code", "Source_Code")
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("rejected_by", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("row", pa.string()),
        pa.field("text_before", pa.string()),
        pa.field("text_after", pa.string()),
        pa.field("audio_before", pa.binary()),
        pa.field("audio_after", pa.binary()),
    ]
)


class Samples(NamedTuple):
    """What was stored.

    Attributes:
        rows: One mapping for each row: ``SCHEMA``, with ``row`` as a mapping of light columns.
        note: What could not be read again, as a sentence; empty if all could.
    """

    rows: list[dict[str, Any]]
    note: str = ""


def read_samples(out: Path) -> Samples:
    """The samples of a folder; none if its run stored none."""
    path = out / WORK / FILE
    try:
        table = pq.ParquetFile(path).read(use_threads=False)
        rows = [{**row, "row": json.loads(row["row"])} for row in table.to_pylist()]
        note = (table.schema.metadata or {}).get(b"note", b"").decode()
    except FileNotFoundError:
        return Samples([], "The run that made this folder stored no samples, or they were deleted.")
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return Samples([], f"{WORK}/{FILE} is damaged; run the recipe again.")
    return Samples(rows, note)


def take_samples(outcome: Outcome, out: Path) -> None:
    """Store samples of a finished run, unless those of the same rows are there already."""
    digests = sorted(passed.digest for passed in outcome.kept.values())
    rejected = sorted(
        receipt.sha256(REJECTED)
        for one in outcome.receipts
        for receipt in one
        if any(count.rejected for count in receipt.steps)
    )
    key = digest_of(FORMAT, digests, rejected)
    path = out / WORK / FILE
    try:
        if (pq.read_schema(path).metadata or {}).get(b"key") == key.encode():
            return
    except (OSError, pa.ArrowException):
        pass
    text = _text_column(outcome)
    wanted = _wanted(outcome, out / WORK)
    why = _read_again(wanted)
    wanted = _chosen(wanted, text)
    note = _what_is_missing(wanted, why)
    steps = [_described(step) for step in outcome.plan.steps()]
    rows = [_as_row(one, text, masker(steps)) for one in wanted]
    metadata = {b"key": key.encode(), b"note": note.encode()}
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA.with_metadata(metadata)), temporary)


class _Wanted:
    """A row to be shown: its shard, what is known of it, and what reading it again gave."""

    def __init__(self, shard: Shard, last: pa.Table) -> None:
        self.shard = shard
        self.last = last  # one row: as published, or as rejected
        self.first: pa.Table | None = None
        self.id: str = last["id"][0].as_py()

    def is_rejected(self) -> bool:
        return "rejected_by" in self.last.column_names

    def text(self, column: str) -> str | None:
        return _text(self.last, column)


def _wanted(outcome: Outcome, work: Path) -> list[_Wanted]:
    shards = {shard.name: shard for shard in outcome.plan.shards}
    chosen: list[str] = []
    reasons: dict[str, set[tuple[str, str]]] = {}
    for where in _where_rejected(outcome).values():
        there = [name for name in where if name in chosen]
        if not there and len(chosen) < MOST_SHARDS:
            there = [min(where, key=digest_of)]
            chosen.append(there[0])
        for name in there[:1]:
            reasons.setdefault(name, set())
    kept_in = [name for name in sorted(outcome.kept, key=digest_of) if name not in chosen]
    chosen += kept_in[: max(0, min(3, MOST_SHARDS) - len(chosen))]
    places = [
        place
        for name in chosen
        for one in outcome.plan.passes
        for place in _rejected_rows(name, work / one.name / f"{name}{REJECTED}")
    ]
    rejected = [
        _Wanted(shards[place.shard], pa.Table.from_batches([row]))
        for place in _spread(places)
        for row in rows_at(place.path, [place.row])
    ]
    kept = [
        _Wanted(shards[name], row)
        for name in chosen
        if name in outcome.kept
        for row in _kept_rows(outcome, name, -(-CANDIDATES // len(chosen)))
    ]
    return [*kept, *rejected]


def _chosen(wanted: list[_Wanted], text: str) -> list[_Wanted]:
    """Few kept rows, half of them with a changed text if there are such, and the rejected ones."""
    kept = [one for one in wanted if not one.is_rejected()]
    changed = [one for one in kept if one.first and _text(one.first, text) != one.text(text)]
    first = changed[: KEPT // 2]
    rest = [one for one in kept if one not in first]
    return [*first, *rest][:KEPT] + [one for one in wanted if one.is_rejected()]


def _where_rejected(outcome: Outcome) -> dict[tuple[str, str], list[str]]:
    """Step and reason → the shards with such rows; the rarest first, as they have least choice."""
    where: dict[tuple[str, str], list[str]] = {}
    for one in outcome.receipts:
        for receipt in one:
            for count in receipt.steps:
                for reason in count.rejected:
                    where.setdefault((count.step, reason), []).append(receipt.name)
    return dict(sorted(where.items(), key=lambda item: (len(item[1]), item[0])))


class _Place(NamedTuple):
    """Where a rejected row is, and why it was rejected."""

    shard: str
    path: Path
    row: int
    why: tuple[str, str]


def _rejected_rows(shard: str, path: Path) -> Iterator[_Place]:
    """For each reason the rows whose ids hash lowest."""
    if not path.is_file():
        return
    file = pq.ParquetFile(path)  # not read_table, which first loads all that data sets need
    rows = file.read(columns=["id", "rejected_by", "reason"], use_threads=False)
    for reason in pc.unique(rows["reason"]):
        mine = pc.indices_nonzero(pc.equal(rows["reason"], reason)).to_numpy()
        for place in _lowest(rows["id"].take(mine[:MOST_IDS]).to_pylist(), PER_REASON):
            row = int(mine[place])
            yield _Place(shard, path, row, (rows["rejected_by"][row].as_py(), reason.as_py()))


def _spread(places: list[_Place]) -> list[_Place]:
    """One row of each reason, then a second, until there are enough."""
    taken: dict[tuple[str, str], list[_Place]] = {}
    for one in places:
        taken.setdefault(one.why, []).append(one)
    rounds = [
        mine[turn] for turn in range(PER_REASON) for mine in taken.values() if turn < len(mine)
    ]
    return rounds[:MOST_REJECTED]


def _kept_rows(outcome: Outcome, shard: str, count: int) -> list[pa.Table]:
    rows = outcome.kept[shard].rows
    ids = [name for _, done in rows.read(columns=["id"]) for name in done.kept["id"].to_pylist()]
    wanted = {ids[place] for place in _lowest(ids, count)}
    found = []
    for _, done in rows.read():
        mask = pc.is_in(done.kept["id"], pa.array(sorted(wanted), pa.string()))
        mine = done.kept.filter(mask)
        found += [mine.slice(place, 1) for place in range(mine.num_rows)]
        if len(found) == len(wanted):
            break
    return sorted(found, key=lambda row: digest_of(row["id"][0].as_py()))


def _lowest(ids: list[str], count: int) -> list[int]:
    """Places of the ids whose hash is lowest; of very many, of the first ones only."""
    return sorted(range(min(len(ids), MOST_IDS)), key=lambda place: digest_of(ids[place]))[:count]


def _read_again(wanted: list[_Wanted]) -> str:
    """Fill in the rows as the sources give them; returns why some could not be."""
    started, size, why = time.monotonic(), 0, ""
    by_shard: dict[str, list[_Wanted]] = {}
    for one in wanted:
        by_shard.setdefault(one.shard.name, []).append(one)
    for mine in by_shard.values():
        open_ids: dict[str, list[_Wanted]] = {}
        for one in mine:
            for read in _read_as(one.id):
                open_ids.setdefault(read, []).append(one)
        shard = mine[0].shard
        try:
            for batch in shard.read():
                size += batch.nbytes
                mask = pc.is_in(batch["id"], pa.array(sorted(open_ids), pa.string()))
                found = batch.filter(mask)
                for place in range(found.num_rows):
                    row = found.slice(place, 1)
                    for one in open_ids.pop(row["id"][0].as_py()):
                        one.first = row
                if all(one.first for one in mine):
                    break
                if size > MOST_BYTES or time.monotonic() - started > MOST_SECONDS:
                    why = "reading the source again took too long"
                    break
        except (CurateError, OSError, ValueError, pa.ArrowException) as error:
            why = f"the source could not be read again ({type(error).__name__})"
        if why:
            break
    return why


def _read_as(name: str) -> list[str]:
    """The ids that a row may have had in its source: its own, or of what it was made of."""
    made = name.count("#")
    return [name.rsplit("#", times)[0] for times in range(made + 1)]


def _what_is_missing(wanted: list[_Wanted], why: str) -> str:
    missing = sum(one.first is None for one in wanted)
    if not missing:
        return ""
    why = why or "the source no longer gives them"
    return f"{missing} of {len(wanted)} sample rows are shown without what they were before: {why}."


def _described(step: Step) -> dict[str, Any]:
    options = {field.name: getattr(step, field.name) for field in dc.fields(step)}
    return {"step": step.step_name(), "options": options}


def _as_row(one: _Wanted, text: str, mask: Callable[[str], str]) -> dict[str, Any]:
    last = light(one.last).to_pylist()[0]
    kept = "reason" not in last
    first = one.first
    return {
        "id": one.id,
        "rejected_by": last.get("rejected_by"),
        "reason": last.get("reason"),
        "row": json.dumps(_plain(last, mask), ensure_ascii=False),
        "text_before": None if (before := _text(first, text)) is None else mask(before),
        "text_after": None if (after := one.text(text)) is None else mask(after),
        "audio_before": None if first is None else _excerpt(first),
        "audio_after": _excerpt(one.last) if kept else None,
    }


def _plain(row: dict[str, Any], mask: Callable[[str], str]) -> dict[str, Any]:
    """Values that JSON holds; texts cut, since a page shows a few hundred characters."""
    cut = {
        name: mask(value[:2000]) if isinstance(value, str) else value for name, value in row.items()
    }
    return {
        name: value
        for name, value in cut.items()
        if value is None or isinstance(value, str | int | float | bool)
    }


def _text_column(outcome: Outcome) -> str:
    """The column that steps call the text, else the first with a usual name."""
    for step in outcome.plan.steps():
        if isinstance(name := getattr(step, "text", None), str) and name:
            return name
    names = {name for shard in outcome.plan.shards[:1] for name in shard.schema.names}
    return next((name for name in TEXTS if name in names), "")


def _text(row: pa.Table | None, column: str) -> str | None:
    names = [] if row is None else [one for one in (column, *TEXTS) if one in row.column_names]
    if row is None or not names:
        return None
    value = row[names[0]][0].as_py()
    return value[:20_000] if isinstance(value, str) else None


def _excerpt(row: pa.Table) -> bytes | None:
    """The first seconds of the clip of a row as FLAC; None if there is none or it is broken."""
    for clip in row.columns:
        if not (pa.types.is_struct(clip.type) and clip.type.get_field_index("bytes") >= 0):
            continue
        value = clip[0].as_py()
        if value and (found := _decoded(value.get("bytes"), value.get("path"))):
            return found
    return None


def _decoded(content: bytes | None, path: str | None) -> bytes | None:
    from curate.audio.decode import decode
    from curate.audio.encode import encode

    source = content or (Path(path) if path else None)
    if source is None:
        return None
    try:
        clip = decode(source, None, MOST_CLIP)
        if clip.rate_hz not in RATES_HZ:
            rate_hz = max(rate for rate in RATES_HZ if rate <= max(clip.rate_hz, RATES_HZ[0]))
            clip = decode(source, rate_hz, MOST_CLIP)
    except RowError:
        return None
    return encode(clip.samples[: int(EXCERPT * clip.rate_hz)], clip.rate_hz, "flac")
