"""Licences as they are written, as SPDX has them, and what a list of them allows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from curate.code.licences import PERMISSIVE, is_allowed, spdx_expression
from curate.errors import RecipeError
from curate.filters.licence import Licence

SPELLED = [
    ("MIT", "MIT"), ("mit", "MIT"), ("MIT License", "MIT"), ("The MIT License (MIT)", "MIT"),
    ("MIT/X11", "MIT"), ("Expat", "MIT"), ("Apache 2", "Apache-2.0"),
    ("Apache License, Version 2.0", "Apache-2.0"), ("Apache License 2.0", "Apache-2.0"),
    ("Apache Software License 2.0", "Apache-2.0"), ("ASL 2.0", "Apache-2.0"),
    ("https://opensource.org/licenses/MIT", "MIT"),
    ("https://spdx.org/licenses/Apache-2.0.html", "Apache-2.0"),
    ("GPL-3.0+", "GPL-3.0-or-later"), ("GPL-3.0", "GPL-3.0-only"), ("GPLv3", "GPL-3.0-only"),
    ("GPL v2 or later", "GPL-2.0-or-later"), ("GPLv3+", "GPL-3.0-or-later"),
    ("GNU General Public License v3.0", "GPL-3.0-only"),
    ("GNU General Public License v2.0 or later", "GPL-2.0-or-later"),
    ("GNU Lesser General Public License v2.1", "LGPL-2.1-only"),
    ("GNU Affero General Public License v3.0", "AGPL-3.0-only"),
    ("BSD 3-Clause", "BSD-3-Clause"), ('BSD 3-Clause "New" or "Revised" License', "BSD-3-Clause"),
    ("New BSD License", "BSD-3-Clause"), ('BSD 2-Clause "Simplified" License', "BSD-2-Clause"),
    ("Boost Software License 1.0", "BSL-1.0"), ("The Unlicense", "Unlicense"),
    ("Mozilla Public License 2.0", "MPL-2.0"), ("CC0 1.0 Universal", "CC0-1.0"),
    ("Creative Commons Zero v1.0 Universal", "CC0-1.0"), ("zlib License", "Zlib"),
    ("Public Domain", "LicenseRef-Public-Domain"), ("GFDL-1.2", "GFDL-1.2-only"),
    ("MIT OR Apache-2.0", "MIT OR Apache-2.0"), ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
    ("Apache 2 or the MIT License", "Apache-2.0 OR MIT"), ("mit, isc", "MIT AND ISC"),
    ("(MIT AND BSD-3-Clause) OR GPLv3+", "(MIT AND BSD-3-Clause) OR GPL-3.0-or-later"),
    ("gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("", ""), ("other", ""), ("NOASSERTION", ""), ("see COPYING", ""), ("MIT OR my own", ""),
    ("((MIT", ""), ("BSD", ""), ("MIT ISC", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expression"), SPELLED)
def test_a_usual_spelling_becomes_an_spdx_expression(written: str, expression: str) -> None:
    assert spdx_expression(written) == expression


@pytest.mark.parametrize("name", PERMISSIVE)
def test_each_permissive_licence_is_one_of_spdx_under_that_very_name(name: str) -> None:
    assert canonicalize_license_expression(name) == name
    assert spdx_expression(name) == name


IDS = st.sampled_from(["MIT", "ISC", "X11", "Zlib"])
TREES = st.recursive(IDS, lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner))


def as_text(tree: object) -> str:
    if isinstance(tree, str):
        return tree
    one, word, other = tree  # type: ignore[misc]
    return f"({as_text(one)} {word} {as_text(other)})"


@given(TREES, st.sets(IDS))
def test_an_expression_is_allowed_as_python_would_reckon_it(tree: object, ids: set[str]) -> None:
    text = as_text(tree)
    values = {name: name in ids for name in ("MIT", "ISC", "X11", "Zlib")}
    assert is_allowed(spdx_expression(text), ids) == eval(text, {}, values)


@given(st.text(max_size=60))
def test_whatever_is_written_gives_an_expression_that_spdx_allows_or_nothing(text: str) -> None:
    if found := spdx_expression(text):
        assert canonicalize_license_expression(found) == found


def test_and_binds_closer_than_or() -> None:
    assert is_allowed("MIT OR ISC AND X11", {"MIT"})
    assert not is_allowed("MIT AND ISC OR X11 AND ISC", {"MIT", "X11"})


def test_an_exception_only_permits_more() -> None:
    assert is_allowed("Apache-2.0 WITH LLVM-exception", {"Apache-2.0"})
    wanted = "GPL-2.0-only WITH Classpath-exception-2.0"
    assert is_allowed(wanted, {wanted})
    assert not is_allowed("GPL-2.0-only", {wanted})


def test_rows_without_a_known_licence_are_set_aside_under_their_own_reason() -> None:
    rows = pa.table({"by": ["GPL-3.0", None, "", "ask", "MIT"]})
    verdict = Licence(licence_column="by", allow=("GPL v3 or later",))(rows)
    assert verdict.keep.to_pylist() == [False, False, False, False, True]
    unknown = ["unknown licence"] * 3
    assert verdict.reason.to_pylist()[:4] == ["licence not allowed", *unknown]


def test_several_licences_of_a_row_must_all_be_allowed() -> None:
    rows = pa.table({"by": [["MIT", "Apache-2.0"], ["MIT", "GPL-2.0"], [], None]})
    assert Licence(licence_column="by")(rows).keep.to_pylist() == [True, False, False, False]


def test_a_choice_among_several_licences_does_not_undo_the_others() -> None:
    rows = pa.table({"by": [["MIT OR Apache 2", "GPL-2.0"], ["MIT OR GPL-2.0", "ISC"]]})
    verdict = Licence(licence_column="by")(rows)
    assert verdict.keep.to_pylist() == [False, True]
    assert verdict.measured["licence_spdx"][1].as_py() == "(MIT OR GPL-2.0-only) AND ISC"


def test_a_licence_of_the_preset_can_be_denied() -> None:
    rows = pa.table({"by": ["CC-BY-4.0", "MIT"]})
    step = Licence(licence_column="by", deny=("CC BY 4.0",))
    assert step(rows).keep.to_pylist() == [False, True]


def test_an_unknown_name_in_a_list_stops_before_any_work() -> None:
    with pytest.raises(RecipeError, match="allow: 'MYT' is no licence of SPDX's list; write its"):
        Licence(allow=("MYT",)).prepare()


def test_the_corpus_keeps_all_but_its_documentation_licences(data_dir: Path) -> None:
    path = data_dir / "sltrans_sources/programs.parquet"
    rows = pq.read_table(path, columns=["licence"])
    verdict = Licence(licence_column="licence")(rows)
    assert verdict.measured["licence_spdx"].null_count == 0
    assert verdict.keep.false_count == rows["licence"].to_pylist().count("GFDL-1.2")
