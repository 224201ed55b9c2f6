"""Planning units chosen in a study: from a layer of polygons, a table, and rasters."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from nonetloss.core.errors import NonetlossError
from nonetloss.study.check import check
from nonetloss.study.runner import run_study


def square(left, **properties):
    right = left + 0.02
    ring = [[left, -8.42], [right, -8.42], [right, -8.40], [left, -8.40], [left, -8.42]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": shape}


# prioritizr's example: targets of 2 and 10, the first unit locked out, the second locked in.
UNITS = [
    {"name": "a", "cost": 1.0, "swamp": 2.0, "forest": 10.0, "status": 3},
    {"name": "b", "cost": 2.0, "swamp": 1.0, "forest": 10.0, "status": 2},
    {"name": "c", "cost": 2.0, "swamp": 1.0, "forest": 10.0, "status": 0},
    {"name": "d", "cost": None, "swamp": 0.0, "forest": 0.0, "status": 0},
]
STEP = {
    "step": "sites",
    "method": "offset.selection",
    "parameters": {
        "features": ["swamp", "forest"],
        "targets": {"swamp": 2, "forest": "25 %"},
        "gap": 0,
        "pieces": 1,
    },
}


@pytest.fixture
def study(small_study):
    places = (-74.55, -74.53, -74.51, -74.49)
    layer = [square(x, **row) for x, row in zip(places, UNITS, strict=True)]
    small_study.layer("units-file", layer)
    small_study.study["tables"] = {"units": {"source": "units-file", "columns": {"id": "name"}}}
    small_study.study["steps"] = [STEP]
    return small_study


def test_units_from_a_vector_layer_are_chosen_and_written_with_their_shapes(study, tmp_path):
    run = run_study(study.save(), tmp_path / "run")
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    outputs = record["steps"][0]["outputs"]
    assert outputs["cost"]["value"] == 2 + 2
    assert outputs["gap"]["value"] == 0
    drawn = gpd.read_file(run / outputs["table"]["file"], layer="table").set_index("id")
    assert drawn["chosen"].astype(bool).to_dict() == {"a": False, "b": True, "c": True, "d": False}
    assert drawn["reason"].to_dict() == {
        "a": "locked-out", "b": "locked-in", "c": "irreplaceable", "d": "no-cost",
    }  # fmt: skip
    assert drawn.loc["c", "why_es"].startswith("Irremplazable")
    targets = pd.read_parquet(run / outputs["targets"]["file"])
    # A quarter of 30 is 7.5.
    assert targets["target"].tolist() == [2, 7.5]
    assert targets["held"].tolist() == [2, 20]
    assert (run / "report.es.html").is_file()


def test_units_from_a_plain_table_have_no_edges(study, tmp_path):
    rows = pd.DataFrame(UNITS).rename(columns={"name": "id"})
    rows.to_csv(study.folder / "data" / "units.csv", index=False)
    study.catalog["sources"]["units-file"] |= {"path": "data/units.csv", "kind": "table"}
    study.study["tables"] = {"units": {"source": "units-file"}}
    with pytest.raises(NonetlossError) as raised:
        run_study(study.save(), tmp_path / "run", languages=())
    assert raised.value.findings[0].code == "selection.no-polygons"
    without = {k: v for k, v in STEP["parameters"].items() if k != "pieces"}
    study.study["steps"] = [{**STEP, "parameters": without}]
    run = run_study(study.save(), tmp_path / "run", languages=())
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["steps"][0]["outputs"]["cost"]["value"] == 4


def test_cells_of_a_raster_are_units(study, tmp_path):
    west, north, cells = 540_000.0, 9_075_000.0, (8, 10)
    swamp = np.ones(cells, dtype=np.float32)
    cost = np.arange(1, 81, dtype=np.float32).reshape(cells)
    place = rasterio.Affine(500.0, 0, west, 0, -500.0, north)
    for name, values in (("cost", cost), ("swamp", swamp)):
        path = study.folder / "data" / f"{name}.tif"
        with rasterio.open(
            path, "w", driver="GTiff", height=8, width=10, count=1, dtype="float32",
            crs="EPSG:32718", transform=place, nodata=-1.0,
        ) as sink:  # fmt: skip
            sink.write(values, 1)
        study.catalog["sources"][f"{name}-file"] = {
            "path": f"data/{name}.tif",
            "kind": "raster",
            "title": {"es": name, "en": name},
            "origin": "invented for a test",
            "licence": "CC0-1.0",
            "schematic": True,
        }
    study.study["tables"] = {}
    del study.catalog["sources"]["units-file"]
    study.study["extent"] = {"bounds": [540_000, 9_071_000, 545_000, 9_075_000]}
    del study.study["alternatives"], study.study["decision"]
    study.study["rasters"] = {
        "cost": {"source": "cost-file", "method": "nearest"},
        "swamp": {"source": "swamp-file", "method": "nearest"},
    }
    study.study["steps"] = [
        {
            "step": "sites",
            "method": "offset.selection",
            "inputs": {"cost_raster": "cost", "rasters": ["swamp"]},
            "parameters": {"features": ["swamp"], "targets": {"swamp": 3}, "gap": 0},
        }
    ]
    study.study["project"] = {
        k: v for k, v in study.study["project"].items() if k not in ("start", "end")
    }
    run = run_study(study.save(), tmp_path / "run", languages=())
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    outputs = record["steps"][0]["outputs"]
    assert outputs["cost"]["value"] == 1 + 2 + 3
    with rasterio.open(run / outputs["map"]["file"]) as source:
        assert (source.read(1) == 1).sum() == 3


def test_no_table_comes_from_the_file_of_a_hidden_layer(study):
    assert not [f for f in check(study.save()) if f.code == "study.table-hidden"]
    study.study["tables"]["people"] = {"source": "park"}
    study.study["layers"]["park"]["hidden"] = True
    told = [f for f in check(study.save()) if f.code == "study.table-hidden"]
    assert [f.subject for f in told] == ["tables.people"]
