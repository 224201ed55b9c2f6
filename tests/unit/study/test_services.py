"""Services, servicesheds, the columns of parcels that tell them, tables and rasters of a study."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine

from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Severity
from nonetloss.study.check import check, examine, provided
from nonetloss.study.runner import run_study

EAST, WEST = shapely.box(-74.45, -8.45, -74.40, -8.40), shapely.box(-74.50, -8.45, -74.45, -8.40)
LAND = shapely.box(-74.42, -8.41, -74.40, -8.39)


def feature(shape, **properties):
    geometry = shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def parcel(name="p1", **more):
    row = {f"value_without_{e}": 0.5 for e in ("low", "likely", "high")}
    row |= {f"value_with_{e}": 0.7 for e in ("low", "likely", "high")}
    row |= {"name": name, "ecosystem": "varzea", "cost_usd": 1.0, "consent": True}
    return feature(LAND, **row, **more)


@pytest.fixture
def served(small_study):
    """The small study with two services for two groups of people."""
    both = {"es": "prueba", "en": "test"}
    study = small_study.study
    small_study.layer("sheds", [feature(EAST, who="east"), feature(WEST, who="west")])
    study["servicesheds"] = {
        "world": {"title": both},
        "east": {
            "title": both,
            "source": "sheds",
            "where": {"who": ["east"]},
            "people": 120,
            "people_source": "invented for a test",
            "community": True,
        },
    }
    fish = {"low": 1, "likely": 2, "high": 4, "source": "invented for a test"}
    study["services"] = {
        "carbon": {
            "title": both,
            "unit": "tCO2e",
            "per_ha": {"terra-firme": 500, "varzea": {"low": 300, "likely": 400, "high": 450}},
            "per_ha_source": "invented for a test",
            "sheds": ["world"],
        },
        "fish": {
            "title": both,
            "unit": "kg/year",
            "per_ha": {"varzea": fish},
            "per_ha_source": "invented for a test",
            "sheds": ["world", "east"],
        },
    }
    study["parcels"] = {"source": "parcels"}
    small_study.layer("parcels", [parcel()])
    small_study.save()
    return small_study


def case_of(study):
    case, found = examine(study.save(), data_roots={})
    assert [f.render("en") for f in found if f.severity == "error"] == []
    return case


def only(found, code):
    (one,) = [f for f in found if f.code == code]
    for language in ("es", "en"):
        assert one.render(language)
    return one


def test_services_and_the_people_they_reach_are_read(served):
    case = case_of(served)
    assert {"services", "servicesheds"} <= set(provided(case.document))
    carbon, fish = case.values["services"]
    assert (carbon.name, carbon.unit) == ("carbon", "tCO2e")
    assert carbon.per_ha["terra-firme"] == Estimate.exact(500)
    assert (fish.per_ha["varzea"].low, fish.per_ha["varzea"].high) == (1, 4)
    world, east = fish.sheds
    assert world.geometry is None
    assert np.isnan(world.people)
    assert (east.people, east.community) == (120, True)
    # 0.05 degrees of longitude by 0.05 of latitude at 8.4° S: 5.5 km by 5.5 km.
    assert east.geometry.area / 1e4 == pytest.approx(5.5 * 5.53 * 100, rel=0.01)


def test_a_serviceshed_of_several_features_is_joined(served):
    served.study["servicesheds"]["east"]["where"] = {}
    one = case_of(served).values["servicesheds"][1]
    assert one.geometry.geom_type == "Polygon"
    assert one.geometry.area / 1e4 == pytest.approx(2 * 5.5 * 5.53 * 100, rel=0.01)


def test_people_need_a_source(served):
    del served.study["servicesheds"]["east"]["people_source"]
    found = check(served.save())
    assert only(found, "study.missing-key").subject == "servicesheds.east.people_source"


@pytest.mark.parametrize("unit", ["", "trees of Babel", "tCO2e/"])
def test_a_service_needs_a_known_unit(served, unit):
    served.study["services"]["carbon"]["unit"] = unit
    assert only(check(served.save()), "study.service-unit").subject == "services.carbon.unit"


def test_names_that_services_do_not_know_come_with_the_nearest(served):
    served.study["services"]["fish"]["per_ha"] = {"varzae": 1}
    served.study["services"]["fish"]["sheds"] = ["word", "east", "east"]
    found = check(served.save())
    assert only(found, "study.service-ecosystem").data["nearest"] == "varzea"
    assert only(found, "study.service-shed").data["nearest"] == "world"
    assert only(found, "study.service-shed-twice").data["names"] == "east"


def test_a_serviceshed_that_no_service_reaches_is_told(served):
    served.study["services"]["fish"]["sheds"] = ["world"]
    assert only(check(served.save()), "study.servicesheds-unused").data["names"] == "east"


def test_no_serviceshed_comes_from_the_file_of_a_hidden_layer(served):
    served.study["servicesheds"]["east"] |= {"source": "park", "where": {}}
    assert not [f for f in check(served.save()) if f.code == "study.serviceshed-hidden"]
    served.study["layers"]["park"]["hidden"] = True
    told = only(check(served.save()), "study.serviceshed-hidden")
    assert told.subject == "servicesheds.east"
    assert told.severity == "error"


def test_a_serviceshed_is_an_area(served):
    served.layer("sheds", [feature(shapely.Point(-74.42, -8.42), who="east")])
    assert only(check(served.save()), "study.serviceshed-shape").data["kinds"] == "Point"


def test_what_of_a_serviceshed_lies_beyond_the_extent_is_told(served):
    beyond = shapely.union(EAST, shapely.box(-74.45, -10.0, -74.40, -8.45))
    served.layer("sheds", [feature(beyond, who="east")])
    assert 0 < only(check(served.save()), "study.serviceshed-outside").data["percent"] < 100


def test_parcels_carry_sites_zones_years_and_services(served):
    gains = {f"fish_gain_{e}": v for e, v in zip(("low", "likely", "high"), (1, 2, 3), strict=True)}
    years = {"start_year": 1, "years_to_value": 12.5, "trajectory": "recovery"}
    written = parcel(site="s1", zone="basin-1", **years, **gains)
    served.layer("parcels", [written, parcel("p2")])
    first, second = case_of(served).values["parcels"]
    assert (first.site, first.zone, first.trajectory) == ("s1", "basin-1", "recovery")
    assert (first.start_year, first.years_to_value) == (1, 12.5)
    assert [first.services["fish"].low, first.services["fish"].high] == [1, 3]
    # A row with empty cells says nothing of them.
    assert (second.site, second.zone, second.services) == ("", "", {})
    assert np.isnan([second.start_year, second.years_to_value]).all()


def test_what_a_parcel_is_worth_today(served):
    today = {
        f"value_today_{e}": v
        for e, v in zip(("low", "likely", "high"), (0.4, 0.5, 0.6), strict=True)
    }
    served.layer("parcels", [parcel(**today), parcel("p2")])
    first, second = case_of(served).values["parcels"]
    assert (first.value_today.low, first.value_today.high) == (0.4, 0.6)
    assert second.value_today is None
    served.layer("parcels", [parcel(**{**today, "value_today_low": -0.4})])
    assert only(check(served.save()), "study.parcel-today").subject == "p1"


def test_parcels_without_the_new_columns_are_as_before(served):
    (one,) = case_of(served).values["parcels"]
    assert (one.site, one.zone, one.services, one.trajectory) == ("", "", {}, "")
    assert np.isnan([one.start_year, one.years_to_value]).all()


def test_gains_of_a_service_that_the_study_does_not_declare(served):
    gains = {f"fihs_gain_{e}": 1 for e in ("low", "likely", "high")}
    served.layer("parcels", [parcel(**gains)])
    assert only(check(served.save()), "study.parcel-service-unknown").data["nearest"] == "fish"


def test_gains_lack_a_column(served):
    served.layer("parcels", [parcel(fish_gain_low=1, fish_gain_likely=2)])
    assert only(check(served.save()), "io.column-missing").data["column"] == "fish_gain_high"


@pytest.mark.parametrize("low", [None, 3, "many"])
def test_gains_with_a_hole_or_out_of_order(served, low):
    served.layer("parcels", [parcel(fish_gain_low=low, fish_gain_likely=2, fish_gain_high=3)])
    told = only(check(served.save()), "study.parcel-service")
    assert (told.subject, told.data["service"]) == ("p1", "fish")


@pytest.mark.parametrize(
    ("column", "value"), [("years_to_value", -1), ("years_to_value", "soon"), ("start_year", "x")]
)
def test_years_that_are_none(served, column, value):
    served.layer("parcels", [parcel(**{column: value})])
    assert only(check(served.save()), "study.parcel-years").data["column"] == column


def test_a_parcel_of_unknown_ecosystem_and_one_of_impossible_numbers_come_together(served):
    strange = parcel("p2")
    strange["properties"]["ecosystem"] = "tundra"
    negative = parcel("p3")
    negative["properties"]["value_without_low"] = -0.1
    free = parcel("p4")
    free["properties"]["cost_usd"] = None
    served.layer("parcels", [parcel(), strange, negative, free])
    found = check(served.save())
    assert only(found, "study.parcel-ecosystem").subject == "p2"
    assert {f.subject for f in found if f.code == "study.parcel-numbers"} == {"p3", "p4"}


def table_source(study, name, text, **section):
    (study.folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")
    study.catalog["sources"][name] = {
        "path": f"data/{name}.csv",
        "kind": "table",
        "title": {"es": "prueba", "en": "test"},
        "origin": "invented for a test",
        "licence": "CC0-1.0",
        **section,
    }


def test_a_table_comes_by_its_name_with_the_columns_that_methods_ask_for(served):
    table_source(served, "visits", "plot,year,value\np1,1,0.5\np1,2,\n")
    served.study["tables"] = {"observations": {"source": "visits", "columns": {"site": "plot"}}}
    case = case_of(served)
    expected = pd.DataFrame({"site": ["p1", "p1"], "year": [1, 2], "value": [0.5, np.nan]})
    pd.testing.assert_frame_equal(case.values["observations"], expected, check_dtype=False)
    assert "observations" in provided(case.document)
    assert "visits" in case.sources


def test_columns_of_a_table(served):
    table_source(served, "visits", "plot,site,value\np1,1,0.5\n")
    served.study["tables"] = {"observations": {"source": "visits", "columns": {"site": "plo"}}}
    assert only(check(served.save()), "io.column-missing").data["column"] == "plo"
    served.study["tables"]["observations"]["columns"] = {"site": "plot"}
    assert only(check(served.save()), "study.table-columns").data["names"] == "site"


def test_a_table_may_be_a_vector_file_no_raster_and_not_empty(served):
    served.study["tables"] = {"observations": {"source": "sheds"}}
    assert not [f for f in check(served.save()) if f.severity is Severity.ERROR]
    served.catalog["sources"]["sheds"]["kind"] = "raster"
    found = [f.data["wanted"] for f in check(served.save()) if f.code == "study.source-kind"]
    assert "table" in found
    table_source(served, "visits", "plot,value\n")
    served.study["tables"] = {"observations": {"source": "visits"}}
    only(check(served.save()), "io.table-empty")


@pytest.mark.parametrize("name", ["parcels", "services", "start"])
def test_a_table_cannot_be_called_like_a_section(served, name):
    table_source(served, "visits", "plot,value\np1,1\n")
    served.study["tables"] = {name: {"source": "visits"}}
    assert only(check(served.save()), "study.part-reserved").subject == f"tables.{name}"


def test_a_step_cannot_be_called_like_a_table(served):
    table_source(served, "visits", "plot,value\np1,1\n")
    served.study["tables"] = {"observations": {"source": "visits"}}
    served.study["steps"][0]["step"] = "observations"
    assert only(check(served.save()), "study.step-repeated").subject == "observations"


def test_a_raster_lies_on_the_grid_of_the_study(served):
    path = served.folder / "data" / "cover.tif"
    profile = {
        "driver": "GTiff",
        "height": 1,
        "width": 2,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": Affine(0.25, 0, -74.70, 0, -0.4, -8.20),
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.array([[3, 7]], dtype=np.float32), 1)
    table_source(served, "cover", "")
    served.catalog["sources"]["cover"] |= {"path": "data/cover.tif", "kind": "raster"}
    served.study["rasters"] = {"landcover": {"source": "cover", "method": "nearest"}}
    case = case_of(served)
    raster = case.values["landcover"]
    assert raster.grid == case.grid
    assert set(np.unique(raster.values)) == {3, 7}
    served.study["rasters"] = {"landcover": {"source": "sheds"}}
    assert only(check(served.save()), "study.source-kind").data["wanted"] == "raster"


def test_a_run_records_and_draws_the_people_that_services_reach(served, tmp_path, fake_methods):
    gains = {f"fish_gain_{e}": v for e, v in zip(("low", "likely", "high"), (1, 2, 3), strict=True)}
    served.layer("parcels", [parcel(**gains), parcel("p2")])
    served.study["steps"] = [{"step": "first", "method": "test.tiny"}]
    run = run_study(served.save(), tmp_path / "run", languages=())
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    world, east = record["servicesheds"]
    assert (world["everywhere"], world["people"]) == (True, None)
    assert (east["people"], east["community"]) == (120, True)
    assert east["people_source"] == {"es": "invented for a test", "en": "invented for a test"}
    assert record["services"][1]["per_ha"]["varzea"]["likely"] == 2
    drawn = gpd.read_file(run / "servicesheds.gpkg", layer="servicesheds")
    assert drawn["name"].tolist() == ["east"]
    land = gpd.read_file(run / "parcels.gpkg", layer="parcels").set_index("name")
    assert land.loc["p1", "fish_gain_high"] == 3
    assert np.isnan(land.loc["p2", "fish_gain_high"])
    for guide in ("LEEME.txt", "README.txt"):
        assert "servicesheds.gpkg" in (run / guide).read_text(encoding="utf-8")
