"""Where the files of a study may lie, and what their sources say of them."""

import hashlib
from pathlib import Path

import pytest

from nonetloss.core.errors import InputError, StudyError
from nonetloss.io import catalog

ENTRY = """
sources:
  park:
    path: data/park.geojson
    kind: vector
    title: {es: Parque, en: Park}
    origin: SERNANP
    licence: ODC-By
    date: 2026-01-31
"""


@pytest.fixture
def folder(tmp_path):
    study = tmp_path / "study"
    (study / "data").mkdir(parents=True)
    (study / "data" / "park.geojson").write_bytes(b"{}")
    (study / "catalog.yaml").write_text(ENTRY, encoding="utf-8")
    (tmp_path / "secret.txt").write_bytes(b"x")
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots" / "roads.shp").write_bytes(b"x")
    return study


def locate(path, folder, roots=()):
    return catalog.locate(path, folder, dict(roots), name="park")


def test_a_catalog_is_read_with_its_defaults(folder):
    section = catalog.read_catalog(folder).sources["park"]
    assert (section.kind, section.band, section.repair, section.schematic) == (
        "vector",
        1,
        False,
        False,
    )
    assert (section.x, section.y, section.where, section.crs) == ("x", "y", {}, None)
    # A date that YAML reads as one is told as it was written.
    assert section.date == "2026-01-31"


@pytest.mark.parametrize(
    ("was", "put", "code"),
    [
        ("licence: ODC-By", "", "study.missing-key"),
        ("licence:", "license:", "study.unknown-key"),
        ("kind: vector", "kind: shapefile", "study.wrong-value"),
        ("origin: SERNANP", "band: 0\n    origin: x", "study.wrong-value"),
        ("{es: Parque, en: Park}", "{es: Parque}", "study.text-languages"),
    ],
)
def test_a_catalog_that_says_it_wrong_is_refused(folder, was, put, code):
    (folder / "catalog.yaml").write_text(ENTRY.replace(was, put), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        catalog.read_catalog(folder)
    assert code in {f.code for f in caught.value.findings}


def test_a_plain_path_starts_at_the_study(folder):
    assert locate("data/park.geojson", folder) == folder / "data" / "park.geojson"


def test_a_root_starts_where_the_run_says(folder):
    roots = {"OTHER_DATA": folder.parent / "roots"}
    assert locate("${OTHER_DATA}/roads.shp", folder, roots) == roots["OTHER_DATA"] / "roads.shp"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("${NOWHERE}/roads.shp", "io.data-root"),
        ("${ROOT}/absent.shp", "io.file-missing"),
        ("${ROOT}/../secret.txt", "io.outside-study"),
        ("${ROOT}//etc/hosts", "io.outside-study"),
        ("../secret.txt", "io.outside-study"),
        ("/etc/hosts", "io.outside-study"),
        ("data", "io.file-missing"),
        ("data/Park.geojson", "io.file-missing"),
    ],
)
def test_a_path_that_leads_elsewhere_or_nowhere_is_refused(folder, path, code):
    with pytest.raises(InputError) as caught:
        locate(path, folder, {"ROOT": folder.parent / "roots"})
    (found,) = caught.value.findings
    assert (found.code, found.subject) == (code, "park")
    assert all(found.render(language) for language in ("es", "en"))


def test_a_link_out_of_the_study_is_refused(folder):
    (folder / "data" / "link.txt").symlink_to(folder.parent / "secret.txt")
    with pytest.raises(InputError) as caught:
        locate("data/link.txt", folder)
    assert caught.value.findings[0].code == "io.outside-study"


def test_the_source_carries_the_digest_of_its_file(folder):
    section = catalog.read_catalog(folder).sources["park"]
    source = catalog.provenance("park", section, folder / section.path)
    assert source.sha256 == hashlib.sha256(b"{}").hexdigest()
    assert (source.name, source.licence, source.date) == ("park", "ODC-By", "2026-01-31")
    assert (source.title.es, source.title.en) == ("Parque", "Park")


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_the_digest_does_not_depend_on_how_the_file_is_cut(tmp_path, size):
    path = Path(tmp_path / "file")
    path.write_bytes(b"\x07" * size)
    assert catalog.sha256_of(path) == hashlib.sha256(b"\x07" * size).hexdigest()
