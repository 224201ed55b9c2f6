"""A plan of dams on the map, from its table of dams to the balance of the hierarchy."""

import json
import shutil

import geopandas as gpd
import pyogrio
import pytest
import shapely

from nonetloss.core.errors import InputError
from nonetloss.io import parquet
from nonetloss.study.check import check, examine
from nonetloss.study.runner import run_study

# The river runs north; two arms meet at (-74.50, -8.40).
REACHES = [
    (1, 0, (-74.50, -8.40), (-74.50, -8.20)),
    (2, 1, (-74.60, -8.50), (-74.50, -8.40)),
    (3, 1, (-74.40, -8.50), (-74.50, -8.40)),
    (4, 2, (-74.70, -8.60), (-74.60, -8.50)),
    (5, 3, (-74.30, -8.60), (-74.40, -8.50)),
]
# Site A has two heights, D stands, F is run of river.
DAMS = """\
id,name,river,status,option,lon,lat,energy [MW],inundated [km^2],ghg [tCO2e/year],sed_trap
A,Ene,Río Ene,planned,low,-74.50,-8.30,150,10,1000,0.2
A,Ene,Río Ene,planned,high,-74.50,-8.30,300,30,3000,0.5
B,Mayo,Río Mayo,planned,,-74.55,-8.45,120,4,900,0.1
C,Tambo,Río Tambo,planned,,-74.45,-8.45,200,9,700,0.3
D,Vieja,Río Mayo,built,,-74.65,-8.55,80,5,200,0.1
E,Alto,Río Tambo,planned,,-74.35,-8.55,150,6,500,0.2
F,Salto,Río Tambo,planned,,-74.32,-8.58,60,0,0,0
"""


def around(x: float, y: float, size: float) -> dict:
    return shapely.geometry.mapping(shapely.box(x - size, y - size, x + size, y + size))


def feature(geometry: dict, **properties) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def line(*points) -> dict:
    return {"type": "LineString", "coordinates": [list(p) for p in points]}


# Those of C and E overlap: E reaches half of its width into C.
RESERVOIRS = [
    ("A", "low", around(-74.50, -8.31, 0.01)),
    ("A", "high", around(-74.50, -8.31, 0.02)),
    ("B", "", around(-74.55, -8.46, 0.01)),
    ("C", "", around(-74.43, -8.47, 0.01)),
    ("D", "", around(-74.66, -8.56, 0.01)),
    ("E", "", around(-74.42, -8.47, 0.01)),
]
OWN_MEASURE = {
    "title": {"es": "Cota menor en aguas bajas", "en": "Lower level in the dry season"},
    "phase": "operation",
    "effects": [
        {
            "component": "direct",
            "assets": "all",
            "low": 0.1,
            "likely": 0.2,
            "high": 0.3,
            "source": "invented for a test",
            "status": "unverified",
        }
    ],
    "cost": {
        "basis": "lump-sum",
        "usd": {"low": 50_000, "likely": 100_000, "high": 200_000},
        "source": "invented for a test",
        "status": "unverified",
    },
}


PARCEL = {
    "ecosystem": "varzea",
    **{f"value_without_{k}": v for k, v in (("low", 0.1), ("likely", 0.2), ("high", 0.3))},
    **{f"value_with_{k}": v for k, v in (("low", 0.5), ("likely", 0.6), ("high", 0.7))},
    "cost_usd": 100_000.0,
    "consent": True,
}


def drawn(step: str, method: str, **parameters) -> dict:
    return {
        "step": step,
        "method": method,
        "inputs": {"alternatives": "reservoirs.alternatives"},
        "parameters": parameters,
    }


@pytest.fixture
def located_dams(small_study):
    """Six sites with reaches, reservoirs, a park, two ecosystems and parcels."""
    study = small_study
    both = {"es": "prueba", "en": "test"}
    (study.folder / "data" / "dams.csv").write_text(DAMS, encoding="utf-8")
    study.layer(
        "reaches",
        [
            feature(line(start, end), HYRIV_ID=id, NEXT_DOWN=down, LENGTH_KM=10.0 + id)
            for id, down, start, end in REACHES
        ],
    )
    study.layer(
        "reservoirs",
        [feature(shape, dam=dam, option=option) for dam, option, shape in RESERVOIRS],
    )
    study.layer(
        "parcels",
        [
            feature(around(-74.25 + 0.03 * i, -8.30, 0.012), **PARCEL, name=f"p{i}")
            for i in range(6)
        ],
    )
    del study.catalog["sources"]["alternatives"]
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
    study.study |= {
        "study": "six-dams",
        "extent": {"bounds": [490_000, 9_040_000, 610_000, 9_100_000]},
        "project": {"name": both, "kind": "dam-plan"},
        "network": {
            "dams": "dams",
            "reaches": "reaches",
            "reservoirs": "reservoirs",
            "snap_distance": "2 km",
        },
        "criteria": {
            "people": {
                "title": {"es": "Hectáreas inundadas", "en": "Land flooded"},
                "unit": "km^2",
                "sense": "min",
                "form": "additive",
                "add": "inundated",
            }
        },
        "parcels": {"source": "parcels"},
        "decision": {"reference": "full", "chosen": "careful", "reason": both},
        "steps": [
            {
                "step": "states",
                "method": "hydropower.states",
                "parameters": {
                    "plans": {"careful": [{"A": "low"}, "B", "F"]},
                    "criteria": ["energy", "people"],
                },
            },
            {
                "step": "reservoirs",
                "method": "hydropower.reservoirs",
                "inputs": {"portfolios": "states"},
                "parameters": {"only": ["today", "full", "careful"]},
            },
            drawn("screening", "avoid.screening", direct_zone_m="500 m", indirect_zone_m="1 km"),
            drawn("footprint", "avoid.footprint"),
            {"step": "loss", "method": "offset.loss"},
            drawn(
                "measures",
                "minimize.measures",
                budget_usd="1 Musd",
                base="none",
                changes={"lower-level": OWN_MEASURE},
            ),
            {
                "step": "portfolio",
                "method": "offset.portfolio",
                "inputs": {"residual": "measures"},
            },
            {"step": "balance", "method": "ledger.hierarchy"},
        ],
    }
    del study.study["alternatives"]
    study.save()
    return study


def areas() -> dict[tuple[str, str], float]:
    """Hectares of each reservoir in the CRS of the study."""
    shapes = gpd.GeoSeries([shapely.geometry.shape(s) for *_, s in RESERVOIRS], crs=4326)
    hectares = shapes.to_crs("EPSG:32718").area / 10_000
    return {(dam, option): ha for (dam, option, _), ha in zip(RESERVOIRS, hectares, strict=True)}


def test_it_is_sound(located_dams):
    found = check(located_dams.folder)
    assert [f.render("en") for f in found if f.severity == "error"] == []


def test_from_dams_to_the_balance(located_dams, tmp_path):
    out = run_study(located_dams.folder, tmp_path / "run", languages=())
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))
    ha = areas()
    table, _ = parquet.read(out / "02-reservoirs" / "table.parquet")
    table = table.set_index("alternative")
    # Today floods nothing new: D stands already.
    assert table.loc["today", ["dams", "area_ha"]].tolist() == [0, 0]
    # A low and B; F is known to flood nothing.
    careful = ha["A", "low"] + ha["B", ""]
    assert table.loc["careful", ["dams", "drawn", "without_reservoir"]].tolist() == [3, 2, 1]
    assert table.loc["careful", "area_ha"] == pytest.approx(careful, rel=1e-9)
    # Everything: A high, B, C and E, of which half of one lies in the other.
    single = ha["A", "high"] + ha["B", ""] + ha["C", ""] + ha["E", ""]
    assert table.loc["full", "area_ha"] == pytest.approx(single - ha["E", ""] / 2, rel=1e-4)
    assert table.loc["full", "overlap_ha"] == pytest.approx(ha["E", ""] / 2, rel=1e-3)

    extent, _ = parquet.read(out / "04-footprint" / "extent.parquet")
    rows = extent[extent.zone == "footprint"].set_index("alternative")
    assert rows.loc["careful", "zone_ha"] == pytest.approx(careful, rel=1e-9)
    assert rows.loc["today", "zone_ha"] == 0

    balance, _ = parquet.read(out / "balance.parquet")
    whole = balance[balance.component == "total"].set_index("asset")
    # The line between the two ecosystems is -74.45: A and B lie in terra firme (value 0.8), E in
    # várzea (0.6), C (around -74.43, 0.01 wide) in várzea as well.
    assert whole.loc["terra-firme", "before"] == pytest.approx(
        0.8 * (ha["A", "high"] + ha["B", ""]), rel=1e-3
    )
    assert whole.loc["terra-firme", "residual"] == pytest.approx(0.8 * careful * 0.8, rel=1e-3)
    assert whole.loc["varzea", "residual"] == 0
    assert whole.loc["varzea", "avoided"] == pytest.approx(
        0.6 * (ha["C", ""] + ha["E", ""] / 2), rel=1e-3
    )
    assert told["network"]["located"] is True
    assert {"run.json", "network.gpkg", "network-dams.parquet", "network-snaps.csv"} <= {
        p.name for p in out.iterdir()
    }
    (chosen,) = pyogrio.read_dataframe(out / "chosen.gpkg", layer="chosen").geometry
    assert chosen.area / 10_000 == pytest.approx(careful, rel=1e-9)


def test_the_map_of_the_network_has_its_layers(located_dams, tmp_path):
    located_dams.study["steps"] = located_dams.study["steps"][:1]
    out = run_study(located_dams.save(), tmp_path / "run", languages=())
    names = [n for n, kind in pyogrio.list_layers(out / "network.gpkg") if kind]
    assert {"dams", "reaches", "reservoirs"} <= set(names)
    dams, units = parquet.read(out / "network-dams.parquet")
    assert dams.loc[0, ["id", "title_es", "status", "options"]].tolist() == [
        "A",
        "Ene",
        "planned",
        2,
    ]
    assert dams.loc[0, ["x", "y"]].tolist() == pytest.approx([-74.50, -8.30], abs=1e-9)
    # The first option of A.
    assert dams.loc[0, "energy"] == 150
    assert (units["energy"], units["inundated"]) == ("MW", "km^2")


def test_the_map_of_a_run_is_a_network_for_the_next_study(located_dams, tmp_path):
    located_dams.study["steps"] = located_dams.study["steps"][:2]
    first = run_study(located_dams.save(), tmp_path / "a", languages=())
    shutil.copy(first / "network.gpkg", located_dams.folder / "data" / "network.gpkg")
    located_dams.catalog["sources"]["network"] = {
        **located_dams.catalog["sources"]["reaches"],
        "path": "data/network.gpkg",
    }
    located_dams.study["network"] = {"geopackage": "network", "exclusions": [["B", "C"]]}
    again = run_study(located_dams.save(), tmp_path / "b", languages=())
    tables = [parquet.read(run / "01-states" / "table.parquet")[0] for run in (first, again)]
    # B and C exclude each other now: "full" has 120 MW less, everything else is as before.
    assert (tables[0].energy - tables[1].energy).tolist() == [0, 0, 120, 0]
    told = json.loads((again / "run.json").read_text(encoding="utf-8"))
    assert told["network"]["exclusions"] == [["B", "C"]]
    assert "network" in {source["name"] for source in told["sources"]}


def test_the_extent_may_be_drawn_around_the_network(located_dams):
    located_dams.study["extent"] = {"around": ["network", "parcels"], "margin": "5 km"}
    case, found = examine(located_dams.save(), data_roots={})
    assert case is not None, [f.render("en") for f in found]
    box = shapely.box(*case.grid.bounds)
    assert all(box.contains(dam.point) for dam in case.values["network"].dams)


def test_costs_per_kilometer_of_a_reservoir_are_refused(located_dams, tmp_path):
    (step,) = [s for s in located_dams.study["steps"] if s["step"] == "measures"]
    del step["parameters"]["base"]
    with pytest.raises(InputError) as caught:
        run_study(located_dams.save(), tmp_path / "run", languages=())
    assert caught.value.findings[0].code == "measures.not-a-line"
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        (("network", "snap_distance"), None, ("study.missing-key", "network.snap_distance")),
        (("criteria", "people", "add"), "peple", ("criteria.attribute-unknown", "criteria.people")),
        (
            ("steps", 0, "parameters", "criteria"),
            ["energy", "poeple"],
            ("criteria.unknown", "states.criteria.poeple"),
        ),
        (
            ("steps", 0, "parameters", "plans"),
            {"careful": ["Z"]},
            ("states.plan-unknown", "states.plans.careful"),
        ),
        (("decision", "chosen"), "carefull", ("study.alternative-unknown", "decision.chosen")),
    ],
)
def test_what_a_run_would_refuse_is_told_by_the_check(located_dams, path, value, found):
    content = located_dams.study
    for key in path[:-1]:
        content = content[key]
    content[path[-1]] = value
    told = [(f.code, f.subject) for f in check(located_dams.save()) if f.severity == "error"]
    assert found in told
