"""Steps on one basin in the form of a Y: what reservoirs flood, emit, cost, trap and regulate.

Reach 1 (20 km, 100 m3/s) is the mouth; reaches 2 (30 km, 40 m3/s) and 3 (10 km, 60 m3/s) meet
above it. Dam P cuts reach 2 in halves and stores what 4 m3/s bring in a year; dam Q cuts reach 3
in halves and stores nothing; dam R cuts reach 1 in halves, stands already and stores what
25 m3/s bring.
"""

import json
import shutil

import geopandas as gpd
import pytest
import shapely

from nonetloss.io import parquet
from nonetloss.study.check import check, examine
from nonetloss.study.runner import run_study

YEAR_S = 365 * 86_400
REACHES = [
    (1, 0, 20.0, 100.0, [(-74.50, -8.40), (-74.50, -8.20)]),
    (2, 1, 30.0, 40.0, [(-74.60, -8.50), (-74.50, -8.40)]),
    (3, 1, 10.0, 60.0, [(-74.40, -8.50), (-74.50, -8.40)]),
]
# id, place, status, MW, GWh a year, m3/s, storage in a year's m3/s, ha, tCO2e a year
SITES = [
    ("P", (-74.55, -8.45), "planned", 50, 200, 40, 4, 400, 9000),
    ("Q", (-74.45, -8.45), "planned", 30, 150, 60, 0, 0, 100),
    ("R", (-74.50, -8.30), "built", 40, 100, 100, 25, 100, 2000),
]


def csv(*, months: bool = False, energy: bool = True) -> str:
    heads = ["id", "status", "lon", "lat", "capacity [MW]", "flow [m^3/s]", "storage [m^3]"]
    heads += ["inundated [ha]", "emissions [tCO2e/year]", "cost [Musd]", "operation [Musd/year]"]
    heads += ["head [m]"]
    heads += ["energy [GWh]"] if energy else []
    heads += [f"flow_{m:02d} [m^3/s]" for m in range(1, 13)] if months else []
    rows = [",".join(heads)]
    for id, (x, y), status, mw, gwh, flow, stored, ha, tons in SITES:
        cells = [id, status, x, y, mw, flow, stored * YEAR_S, ha, tons, 100, 2, 50]
        cells += [gwh] if energy else []
        cells += [flow] * 12 if months else []
        rows.append(",".join(map(str, cells)))
    return "\n".join(rows) + "\n"


def feature(geometry, **properties) -> dict:
    shape = shapely.geometry.mapping(geometry)
    return {"type": "Feature", "properties": properties, "geometry": shape}


RESERVOIR = shapely.box(-74.56, -8.46, -74.54, -8.44)


@pytest.fixture
def basin(small_study):
    study = small_study
    both = {"es": "prueba", "en": "test"}
    (study.folder / "data" / "dams.csv").write_text(csv(), encoding="utf-8")
    draw(study, REACHES)
    study.layer("reservoirs", [feature(RESERVOIR, dam="P", option="")])
    study.layer(
        "towns",
        [
            feature(shapely.Point(-74.55, -8.45), population=120),
            feature(shapely.Point(-74.30, -8.30), population=5000),
        ],
    )
    study.catalog["sources"]["dams"] = {
        "path": "data/dams.csv",
        "kind": "table",
        "title": both,
        "origin": "invented for a test",
        "licence": "CC0-1.0",
        "schematic": True,
        "x": "lon",
        "y": "lat",
        "crs": "EPSG:4326",
    }
    for key in ("alternatives", "decision", "parcels"):
        study.study.pop(key, None)
    study.study |= {
        "study": "three-dams",
        "extent": {"bounds": [490_000, 9_040_000, 610_000, 9_100_000]},
        "project": {"name": both, "kind": "dam-plan"},
        "network": {
            "dams": "dams",
            "reaches": "reaches",
            "reservoirs": "reservoirs",
            "snap_distance": "2 km",
        },
        "steps": [
            {
                "step": "states",
                "method": "hydropower.states",
                "parameters": {"plans": {"one": ["P"]}, "criteria": ["capacity"]},
            }
        ],
    }
    study.save()
    return study


def draw(study, rows, **columns) -> None:
    study.layer(
        "reaches",
        [
            feature(
                shapely.LineString(points),
                HYRIV_ID=id,
                NEXT_DOWN=down,
                LENGTH_KM=km,
                DIS_AV_CMS=flow,
                **{name: values[id] for name, values in columns.items()},
            )
            for id, down, km, flow, points in rows
        ],
    )


def step(study, method, **parameters):
    name = method.removeprefix("hydropower.")
    study.study["steps"].append({"step": name, "method": method, "parameters": parameters})


def result(study, out, name, part="table"):
    """Table of the step by state, and the codes of all findings of the run."""
    run = run_study(study.save(), out, languages=())
    (folder,) = run.glob(f"*-{name}")
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    table, _ = parquet.read(folder / f"{part}.parquet")
    return table.set_index("state"), {f["code"] for f in told["findings"]}


def test_regulated_kilometers_by_hand(basin, tmp_path):
    step(basin, "hydropower.regulation")
    table, codes = result(basin, tmp_path / "run", "regulation")
    assert "regulation.no-reaches" not in codes
    # R alone: 25 of 100 m3/s in the lower half of reach 1; all but that half lies above R.
    today = table.loc["today"]
    assert today[["regulated_2_km", "regulated_10_km", "regulated_30_km"]].tolist() == (
        pytest.approx([10, 10, 0], abs=1e-3)
    )
    assert today["affected_km"] == pytest.approx(60, abs=1e-3)
    # P and R: 4 of 40 in the lower half of reach 2 (10 %), 4 of 100 in the upper half of reach 1
    # (4 %), 29 of 100 below R.
    one = table.loc["one"]
    assert one["regulated_2_km"] == pytest.approx(15 + 10 + 10, abs=1e-3)
    assert one["regulated_10_km"] == pytest.approx(15 + 10, abs=1e-3)
    assert one["regulated_30_km"] == 0
    assert one["most_percent"] == pytest.approx(29.0)
    assert table.loc["none", "affected_km"] == 0


def test_regulated_kilometers_of_the_map_of_a_run(basin, tmp_path):
    step(basin, "hydropower.regulation")
    first, _ = result(basin, tmp_path / "a", "regulation")
    shutil.copy(tmp_path / "a" / "network.gpkg", basin.folder / "data" / "network.gpkg")
    sources = basin.catalog["sources"]
    sources["network"] = {**sources["reaches"], "path": "data/network.gpkg"}
    basin.study["network"] = {"geopackage": "network"}
    again, codes = result(basin, tmp_path / "b", "regulation")
    assert "regulation.no-reaches" not in codes
    assert again.equals(first)


def test_a_column_of_flow_by_another_name(basin, tmp_path):
    draw(basin, [(id, d, km, 0.0, p) for id, d, km, _, p in REACHES], Q={1: 250, 2: 40, 3: 60})
    basin.study["network"]["reach_columns"] = {
        "id": "HYRIV_ID",
        "down": "NEXT_DOWN",
        "length": "LENGTH_KM",
        "discharge": "Q",
    }
    step(basin, "hydropower.regulation")
    table, codes = result(basin, tmp_path / "run", "regulation")
    # 25 of 250 m3/s below R.
    assert table.loc["today", "regulated_10_km"] == pytest.approx(10, abs=1e-3)
    assert "regulation.without-flow" not in codes


def test_reaches_without_flow_are_told_and_not_counted(basin, tmp_path):
    draw(basin, [(id, d, km, 0.0 if id == 1 else q, p) for id, d, km, q, p in REACHES])
    step(basin, "hydropower.regulation")
    table, codes = result(basin, tmp_path / "run", "regulation")
    assert "regulation.without-flow" in codes
    assert table.loc["one", "regulated_2_km"] == pytest.approx(15, abs=1e-3)


def test_the_score_of_regulation_is_the_mean_of_the_network(basin, tmp_path):
    basin.study["steps"][0]["parameters"]["criteria"] = ["dor"]
    table, codes = result(basin, tmp_path / "run", "states")
    assert "derived.dor" in codes
    # 60 km in all; see the kilometers above.
    assert table.loc["today", "dor"] == pytest.approx(10 * 25 / 60, rel=1e-4)
    assert table.loc["one", "dor"] == pytest.approx((15 * 10 + 10 * 4 + 10 * 29) / 60, rel=1e-4)
    assert table.loc["none", "dor"] == 0


def test_sediment_is_trapped_as_residence_time_says(basin, tmp_path):
    draw(basin, REACHES, **{"sediment [t/year]": {1: 0.0, 2: 600.0, 3: 400.0}})
    basin.study["steps"][0]["parameters"]["criteria"] = ["sediment"]
    table, codes = result(basin, tmp_path / "run", "states")
    assert "derived.sed-trap" in codes
    # P holds water for 4/40 years, R for 25/100: they let pass 0.05/√0.1 and 0.05/√0.25.
    below_p, below_r = 0.05 / 0.1**0.5, 0.05 / 0.5
    assert table.loc["none", "sediment"] == pytest.approx(1000)
    assert table.loc["today", "sediment"] == pytest.approx(1000 * below_r)
    one = (300 * below_p + 300 + 400) * below_r
    assert table.loc["one", "sediment"] == pytest.approx(one, rel=1e-4)
    assert table.loc["full", "sediment"] == pytest.approx(one, rel=1e-4)


def test_given_traps_are_not_replaced(basin):
    text = csv().replace("head [m]", "sed_trap", 1).replace(",50,", ",0.5,")
    (basin.folder / "data" / "dams.csv").write_text(text, encoding="utf-8")
    draw(basin, REACHES, **{"sediment [t/year]": {1: 0.0, 2: 600.0, 3: 400.0}})
    case, found = examine(basin.save(), data_roots={})
    assert case is not None, [f.render("en") for f in found]
    assert {d.options[0].values["sed_trap"] for d in case.values["network"].dams} == {0.5}
    assert "derived.sed-trap" not in {f.code for f in check(basin.folder)}


def test_fragments_by_hand(basin, tmp_path):
    pieces, _ = result(basin, tmp_path / "run", "states", "fragments")
    # R, P: 10 km below R; 15 km above P; between them 10 + 15 + 10.
    one = pieces.loc["one"].set_index("fragment")
    assert one["length"].to_dict() == pytest.approx(
        {"mouth": 10, "above-R": 35, "above-P": 15}, abs=1e-3
    )
    assert pieces.loc[["none"], "length"].tolist() == pytest.approx([60])


def test_energy(basin, tmp_path):
    text = csv(months=True, energy=False)
    (basin.folder / "data" / "dams.csv").write_text(text, encoding="utf-8")
    step(basin, "hydropower.energy", efficiency=0.9)
    table, codes = result(basin, tmp_path / "run", "energy")
    assert "energy.no-storage" in codes
    # 9.81 kW for each m3/s and m of head: 40 m3/s, 50 m; R has 40 MW for 44.1 that 100 m3/s give.
    p = 9.81 * 0.9 * 40 * 50 * 8760 / 1e6
    r = 40 * 8760 / 1e3
    assert table.loc["today", "annual_gwh"] == pytest.approx(r)
    assert table.loc["one", "annual_gwh"] == pytest.approx(p + r)
    assert table.loc["one", "firm_gwh"] == pytest.approx(p + r)


def test_cost(basin, tmp_path):
    step(basin, "hydropower.cost", rate=0.08, life="50 year")
    table, _ = result(basin, tmp_path / "run", "cost")
    # R stands already. P: 100 Musd over 50 years at 8 %, 2 Musd a year, 200 GWh.
    yearly = 100e6 * 0.08 / (1 - 1.08**-50) + 2e6
    assert table.loc["today", "capital_usd"] == 0
    assert table.loc["one", "capital_usd"] == pytest.approx(100e6)
    assert table.loc["one", "levelized_usd_per_mwh"] == pytest.approx(yearly / 200e3)
    assert table.loc["full", "capital_usd"] == pytest.approx(200e6)


def test_greenhouse_gases(basin, tmp_path):
    step(basin, "hydropower.greenhouse")
    table, _ = result(basin, tmp_path / "run", "greenhouse")
    # Today 2,000 t for 100 GWh; with P 11,000 t for 300 GWh: t/GWh are g/kWh.
    assert table.loc["today", "intensity_g_per_kwh"] == pytest.approx(20)
    assert table.loc["one", "emissions_t"] == pytest.approx(11_000)
    assert table.loc["one", "intensity_g_per_kwh"] == pytest.approx(11_000 / 300)


def flood(basin, out):
    both = {"es": "pueblos", "en": "towns"}
    basin.study.setdefault("layers", {})["towns"] = {
        "source": "towns",
        "kind": "town",
        "title": both,
    }
    step(basin, "hydropower.inundation", people_layer="towns")
    return result(basin, out, "inundation")


def hectares(shape: shapely.Geometry) -> float:
    return gpd.GeoSeries([shape], crs=4326).to_crs("EPSG:32718").area.item() / 10_000


def test_inundation(basin, tmp_path):
    lake = shapely.box(-74.505, -8.305, -74.495, -8.295)
    basin.layer(
        "reservoirs",
        [feature(RESERVOIR, dam="P", option=""), feature(lake, dam="R", option="")],
    )
    table, _ = flood(basin, tmp_path / "run")
    # P floods the town that lies in its middle; the other one is far.
    assert table.loc["today", "inundated_ha"] == pytest.approx(hectares(lake), rel=1e-6)
    both = hectares(lake) + hectares(RESERVOIR)
    assert table.loc["one", "inundated_ha"] == pytest.approx(both, rel=1e-6)
    assert table["people"].to_dict() == {"none": 0, "today": 0, "full": 120, "one": 120}


def test_inundation_of_a_dam_that_is_not_drawn(basin, tmp_path):
    table, codes = flood(basin, tmp_path / "run")
    # Of R only the area is known: who lives there is not.
    assert table.loc["one", "drawn_ha"] == pytest.approx(hectares(RESERVOIR), rel=1e-6)
    assert table.loc["one", "inundated_ha"] == pytest.approx(hectares(RESERVOIR) + 100, rel=1e-6)
    assert table.loc["one", ["people"]].isna().all()
    assert "inundation.people-undrawn" in codes
