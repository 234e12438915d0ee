"""Which model is taken, under which licence, and what is said if it is not there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from curate.arrow import sha256_of
from curate.errors import EnvironmentError_
from curate.langid import catalog
from curate.langid.identify import identify
from curate.langid.predict import load, predict_numbers
from curate.models import HubReference


@pytest.mark.parametrize("name", sorted(set(catalog.KNOWN) - {"indiclid"}))
def test_a_known_model_is_pinned_by_commit_and_digest(name: str) -> None:
    known = catalog.KNOWN[name]
    assert re.fullmatch("[0-9a-f]{64}", known.digest)
    if known.reference:
        assert re.fullmatch("[0-9a-f]{40}", HubReference.parse(known.reference).revision)


def test_the_digest_and_the_licence_of_a_known_file_are_recorded(data_dir: Path) -> None:
    path = data_dir / "lid" / "lid.176.ftz"
    found = catalog.prepare(str(path), owner="filters.language")
    name = "lid.176.ftz (fastText's lid.176.ftz, 176 labels, 0.9 MB; CC-BY-SA-3.0)"
    assert found == {name: sha256_of(path)}


def test_any_other_file_is_recorded_by_its_digest(data_dir: Path) -> None:
    path = data_dir / "lid" / "fixtures" / "hs.ftz"
    assert catalog.prepare(str(path), owner="o") == {"hs.ftz": sha256_of(path)}


def test_a_model_not_for_commercial_use_has_to_be_accepted() -> None:
    with pytest.raises(EnvironmentError_, match=r"CC-BY-NC-4.0.*accept_non_commercial: true"):
        catalog.prepare("lid218e", owner="filters.language", missing="skip")


def test_a_model_not_for_commercial_use_says_so_in_the_record(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data_dir / "lid" / "fixtures" / "hs.ftz"
    known = catalog.KNOWN["lid218e"]._replace(reference=str(path), digest=sha256_of(path))
    monkeypatch.setitem(catalog.KNOWN, "lid218e", known)
    for model in ("lid218e", str(path)):  # under its own name or another
        with pytest.raises(EnvironmentError_, match="set accept_non_commercial: true"):
            catalog.prepare(model, owner="o")
        (name,) = catalog.prepare(model, owner="o", accept_non_commercial=True)
        assert name.endswith("not for commercial use; CC-BY-NC-4.0)")


def test_openlid_is_asked_about_cleaned_text_by_name_and_by_path(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data_dir / "lid" / "fixtures" / "hs.ftz"
    texts = pa.array(["Yes, it's 5 to TEN!\n\tThen…  WE go", "ÇA VA ?", None, "12"])
    as_authors_clean = pa.array(["yes its to ten then we go", "ça va ", None, ""])
    expected = predict_numbers(load(path), as_authors_clean, 3)
    named, copy = (shutil.copy(path, tmp_path / name) for name in ("named.bin", "copy.bin"))
    known = catalog.KNOWN["openlid_v2"]._replace(reference=str(named), digest=sha256_of(path))
    monkeypatch.setitem(catalog.KNOWN, "openlid_v2", known)
    for model in ("openlid_v2", str(copy)):
        found = identify(catalog.open_model(model, owner="o"), texts, 3)
        assert found.labels.tolist() == expected.labels.tolist()
        assert found.probs.tolist() == expected.probs.tolist()


def test_a_model_that_is_not_on_the_hub_says_where_it_is() -> None:
    with pytest.raises(EnvironmentError_, match="get it from the fastText site"):
        catalog.prepare("lid.176", owner="filters.language")


def test_a_missing_file_names_the_models_there_are(tmp_path: Path) -> None:
    for act in (catalog.prepare, catalog.open_model, catalog.labels_of):
        with pytest.raises(EnvironmentError_, match=r"there is no file .*glotlid, lid218e"):
            act(str(tmp_path / "none.bin"), owner="filters.language")


def test_a_missing_model_can_be_passed_over(tmp_path: Path) -> None:
    path = str(tmp_path / "none.bin")
    found = catalog.prepare(path, owner="o", missing="skip")
    assert found == {"language model": catalog.SKIPPED}
    assert catalog.open_model(path, owner="o", missing="skip") is None
    assert catalog.labels_of(path, owner="o", missing="skip") is None


def test_a_model_is_read_once_and_again_when_it_changes(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    shutil.copy(data_dir / "lid" / "fixtures" / "hs.ftz", path)
    first = catalog.open_model(str(path), owner="o")
    assert catalog.open_model(str(path), owner="o") is first
    shutil.copy(data_dir / "lid" / "fixtures" / "ova_w2.ftz", path)
    assert catalog.open_model(str(path), owner="o") is not first
