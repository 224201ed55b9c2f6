"""What is told, and what is not, of the nouns that a study reads."""

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from nonetloss.study.check import check


def feature(shape, **properties):
    geometry = shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


BOW_TIE = shapely.Polygon([(-74.45, -8.40), (-74.43, -8.38), (-74.43, -8.40), (-74.45, -8.38)])


def of_code(found, code):
    (one,) = [f for f in found if f.code == code]
    assert all(one.render(language) for language in ("es", "en"))
    return one


def test_what_reading_a_hidden_layer_found_is_told_without_numbers(small_study):
    small_study.layer("park", [feature(BOW_TIE, name="x")], repair=True)
    assert of_code(check(small_study.save()), "io.repaired").data["after_ha"] > 0
    small_study.study["layers"]["park"]["hidden"] = True
    found = check(small_study.save())
    assert of_code(found, "study.hidden-read").data == {"codes": "io.repaired"}
    assert not [f for f in found if f.code.startswith("io.")]


def test_the_extent_is_never_drawn_around_a_hidden_layer(small_study):
    small_study.study["extent"] = {"around": ["alternatives", "park"], "margin": "5 km"}
    assert [f for f in check(small_study.save()) if f.severity == "error"] == []
    small_study.study["layers"]["park"]["hidden"] = True
    assert of_code(check(small_study.save()), "study.around-hidden").subject == "park"


def test_parcels_without_a_column_of_consent_are_told(small_study):
    values = {f"value_without_{e}": 0.5 for e in ("low", "likely", "high")}
    values |= {f"value_with_{e}": 0.7 for e in ("low", "likely", "high")}
    row = {"name": "p1", "ecosystem": "varzea", "cost_usd": 1.0, **values}
    land = shapely.box(-74.42, -8.41, -74.40, -8.39)
    small_study.study["parcels"] = {"source": "parcels"}
    small_study.layer("parcels", [feature(land, **row, consent=True)])
    assert not [f for f in check(small_study.save()) if f.code == "study.consent-absent"]
    small_study.layer("parcels", [feature(land, **row)])
    assert of_code(check(small_study.save()), "study.consent-absent").data == {"count": 1}


def test_what_the_study_assumes_where_the_file_is_silent_is_told(small_study):
    assert not [f for f in check(small_study.save()) if f.code == "study.elsewhere"]
    half = shapely.box(-74.70, -8.60, -74.45, -8.20)
    small_study.layer("ecosystems", [feature(half, kind="terra-firme")])
    small_study.study["ecosystems"]["elsewhere"] = "varzea"
    told = of_code(check(small_study.save()), "study.elsewhere")
    # The extent is centered on 74.45 W, where the polygon ends: half of it is assumed.
    assert abs(told.data["percent"] - 50) < 2
    assert told.data["taken"].en == "Varzea"


def coded_study(small_study, codes):
    """The small study with its ecosystems as a raster of codes, columns from west to east."""
    path = small_study.folder / "data" / "classes.tif"
    profile = {
        "driver": "GTiff",
        "height": 1,
        "width": len(codes),
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": Affine(0.25, 0, -74.70, 0, -0.4, -8.20),
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.array([codes], dtype=np.float32), 1)
    source = {**small_study.catalog["sources"]["ecosystems"], "kind": "raster"}
    small_study.catalog["sources"]["ecosystems"] = {**source, "path": "data/classes.tif"}
    section = small_study.study["ecosystems"]
    del section["field"]
    for code, entry in enumerate(section["classes"].values(), start=3):
        entry["values"] = [code]
    return small_study.save()


def test_a_raster_of_whole_codes_gives_the_classes(small_study):
    found = check(coded_study(small_study, [3, 4]))
    assert [f for f in found if f.severity == "error" or f.code == "study.class-unknown"] == []


@pytest.mark.parametrize("code", [3.5, 3.999, -0.25])
def test_codes_that_are_not_whole_are_refused_not_cut(small_study, code):
    told = of_code(check(coded_study(small_study, [3, code])), "study.class-not-whole")
    assert told.severity == "error"
    assert told.data["values"] == str(code)
