"""Etymology of the words of a column of texts, by a model of this package or of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.arrow import sha256_of
from curate.errors import EnvironmentError_
from curate.langid.catalog import DEFAULT_MODEL
from curate.maltese.classify import ORIGINS, Classifier, Context
from curate.maltese.store import BUNDLED, WITH_TABLES, WITHOUT_TABLES, About, describe, load
from curate.maltese.tables import NAMES, Tables
from curate.models import load_once, need

Labels = Literal["merged", "fine"]
Mode = Literal["crf", "types"]


def find(model: str, tables: str, *, owner: str) -> About:
    """The model that these options mean.

    Args:
        model: Its folder; empty for the bundled one, with tables if they are given.
        tables: Folder of the translation tables; empty for none.
        owner: Who needs it, for messages.

    Raises:
        EnvironmentError_: Not there, or tables are missing or in vain.
        SourceError: It is damaged.
    """
    bundled = BUNDLED / (WITH_TABLES if tables else WITHOUT_TABLES)
    about = describe(Path(model).expanduser() if model else bundled)
    if about.needs_tables and not tables:
        raise EnvironmentError_(
            f"{owner}: {about.folder} was learnt with translation tables; set tables to the folder "
            "translations of MLRS/malti, tag 2024.eacl, or take another model"
        )
    if tables and not about.needs_tables:
        raise EnvironmentError_(
            f"{owner}: {about.folder} was learnt without translation tables; leave tables empty"
        )
    return about


def prepare(model: str, tables: str, labels: Labels, *, owner: str) -> dict[str, str]:
    """What the labels depend on, as name → sha256; also checks that it can be read.

    Raises:
        EnvironmentError_: Something is missing.
        SourceError: Something is damaged.
    """
    about = find(model, tables, owner=owner)
    load(about, labels)
    better = "with translation tables" if tables else "without translation tables, less exact"
    name = f"etymology model {about.folder.name} ({better}; {about.licence})"
    found = {name: about.digests[f"{labels}.npz"], DEFAULT_MODEL.name: sha256_of(DEFAULT_MODEL)}
    return found | _table_digests(tables, owner)


def prepare_learning(tables: str, *, owner: str) -> dict[str, str]:
    """What learning depends on besides annotations, as name → sha256.

    Raises:
        EnvironmentError_: CRFsuite is not installed, or a table is not there.
    """
    need("pycrfsuite", owner=owner, install="pip install 'curate[maltese]'")
    return {DEFAULT_MODEL.name: sha256_of(DEFAULT_MODEL)} | _table_digests(tables, owner)


def open_tables(tables: str) -> Tables | None:
    """The tables of a folder, read once in a process; none for an empty path."""
    if not tables:
        return None
    folder = Path(tables).expanduser()
    found: Tables = load_once(("etymology tables", str(folder)), lambda: Tables(folder))
    return found


def _table_digests(tables: str, owner: str) -> dict[str, str]:
    if not tables:
        return {}
    return {name: sha256_of(_table(tables, name, owner)) for name in NAMES}


def _table(tables: str, name: str, owner: str) -> Path:
    path = Path(tables).expanduser() / f"{name}.tsv"
    if not path.is_file():
        raise EnvironmentError_(
            f"{owner}: there is no {path}; set tables to the folder translations of MLRS/malti, "
            "tag 2024.eacl, or leave it empty"
        )
    return path


def open_classifier(
    model: str, tables: str, labels: Labels, mode: Mode, *, owner: str
) -> Classifier:
    """The classifier, read once in a process."""
    about = find(model, tables, owner=owner)
    key = ("etymology", str(about.folder), about.digests[f"{labels}.npz"], tables, mode)
    context: Context = "sentence" if mode == "crf" else "none"
    read_tables = open_tables(tables)
    found: Classifier = load_once(
        key, lambda: Classifier(load(about, labels), read_tables, context)
    )
    return found


def etymology_columns(
    classifier: Classifier, tokens: pa.ChunkedArray | pa.Array
) -> dict[str, pa.Array]:
    """Label, probability, where it is from and the second-best label, for each word of each row.

    Args:
        classifier: From ``open_classifier``.
        tokens: list<string>; null rows stay null.
    """
    lists = tokens.combine_chunks() if isinstance(tokens, pa.ChunkedArray) else tokens
    lists = lists.cast(pa.list_(pa.string()))
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    words = pc.fill_null(pc.list_flatten(lists), "").dictionary_encode()
    codes = words.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    found = classifier.label(words.dictionary.to_pylist(), codes, offsets)
    names = list(classifier.labels)
    labels = pa.DictionaryArray.from_arrays(found.label.astype(np.int32), names)
    sources = pa.DictionaryArray.from_arrays(found.origin.astype(np.int32), list(ORIGINS))
    others = pa.array(found.second.astype(np.int32), mask=found.second < 0)
    flat = {
        "etymology": labels.cast(pa.string()),
        "etymology_prob": pa.array(found.prob.round(4).astype(np.float32)),
        "etymology_from": sources.cast(pa.string()),
        "etymology_second": pa.DictionaryArray.from_arrays(others, names).cast(pa.string()),
    }
    starts = pa.array(offsets.astype(np.int32))
    mask = lists.is_null() if lists.null_count else None
    return {
        name: pa.ListArray.from_arrays(starts, values, mask=mask) for name, values in flat.items()
    }
