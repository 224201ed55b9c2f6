"""A small made-up run folder, with the files, columns and record of a real one."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, Polygon

from nonetloss.io import geopackage, parquet, raster
from nonetloss.numerics.grid import Grid

CRS = "EPSG:32718"
X0, Y0 = 545_000.0, 9_060_000.0
LEDGER = """2026-11-21 open nature:varzea:direct:before flow

2026-11-21 entry nature/varzea/direct/before
  es "Várzea, direct: pérdida de la referencia."
  en "Várzea, direct: loss of the reference."
  nature:varzea:direct:before    -12.0 quality_hectare
"""
HIDDEN_NAME = "Lugar que nadie debe ubicar"


def _line(*points):
    return LineString([(X0 + 1000 * x, Y0 + 1000 * y) for x, y in points])


def _box(x0, y0, x1, y1):
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return Polygon([(X0 + 1000 * x, Y0 + 1000 * y) for x, y in corners])


LINES = {
    "straight": _line((0, 20), (130, 45)),
    "north": _line((0, 20), (40, 55), (90, 62), (130, 45)),
    "south": _line((0, 20), (50, 2), (110, 10), (130, 45)),
    "least-cost": _line((0, 20), (45, 12), (95, 14), (120, 14), (130, 45)),
    "front-2": _line((0, 20), (45, 6), (100, 4), (128, 26), (130, 45)),
    "front-3": _line((0, 20), (40, 0), (105, -4), (133, 24), (130, 45)),
    "dissimilar-2": _line((0, 20), (42, 60), (95, 68), (130, 45)),
}
LAYERS = [
    ("park", "national-park", "prohibited", "Parque nacional de prueba", "Test national park"),
    (
        "concession",
        "conservation-concession",
        "accounted",
        "Concesión de prueba",
        "Test concession",
    ),
    ("communities", "native-community", "restricted", "Comunidades nativas", "Native communities"),
    ("rivers", "river", "context", "Ríos", "Rivers"),
    ("border", "border", "context", "Frontera", "Border"),
    ("towns", "town", "context", "Poblados", "Towns"),
    ("secret", "territorial-reserve", "prohibited", "Reserva no publicada", "Unpublished reserve"),
]


def text(es, en):
    return {"es": es, "en": en}


def _features():
    def frame(shapes, labels):
        return gpd.GeoDataFrame({"label": labels}, geometry=shapes, crs=CRS)

    return {
        "park": frame([_box(70, 18, 118, 66)], ["Sierra de Prueba"]),
        "concession": frame([_box(20, 25, 40, 45)], ["Concesión Ñandú"]),
        "communities": frame(
            [_box(28, 4, 38, 14), _box(52, -6, 60, 2)], ["San Pedro", "Nueva Luz"]
        ),
        "rivers": frame([_line((10, -20), (14, 20), (8, 80))], ["Río Ucayali"]),
        "border": frame([_line((132, -20), (136, 20), (128, 80))], [""]),
        "towns": frame(
            [
                Point(X0, Y0 + 20_000),
                Point(X0 + 130_000, Y0 + 45_000),
                Point(X0 + 1500, Y0 + 21_000),
            ],
            ["Pucallpa", "Cruzeiro do Sul", "Yarinacocha"],
        ),
    }


def _route_rows(names, proven, origin):
    return gpd.GeoDataFrame(
        {
            "name": names,
            "title_es": [f"Trazo {n}" for n in names],
            "title_en": [f"Route {n}" for n in names],
            "length_km": [LINES[n].length / 1000 for n in names],
            "cost_usd": [1.1e6 * LINES[n].length / 1000 for n in names],
            "nature_qha": [900.0 - 4 * LINES[n].length / 1000 for n in names],
            "people": [12.0 + i for i in range(len(names))],
            "origin": origin,
            "proven": proven,
        },
        geometry=[LINES[n] for n in names],
        crs=CRS,
    )


def _screening():
    rows = []
    for name in ("straight", "north", "south", "least-cost"):
        for layer, kind, role, *_ in LAYERS[:6]:
            polygon = layer in ("park", "concession", "communities")
            met = layer != "park" or name in ("straight", "north")
            for feature in ("", "Rasgo 1"):
                for zone, area in (("footprint", 92.4), ("direct", 410.0), ("indirect", 5200.0)):
                    rows.append(
                        {
                            "alternative": name,
                            "layer": layer,
                            "kind": kind,
                            "role": role,
                            "geometry": "polygon" if polygon else "line",
                            "zone": zone,
                            "feature": feature,
                            "met": met,
                            "area_ha": (area if met else 0.0) if polygon else np.nan,
                            "length_km": (46.2 if met else 0.0) if zone == "footprint" else np.nan,
                            "count": 1,
                            "share": 0.01,
                            "nearest_m": 0.0 if met else 4200.0,
                            "ground_es": f"Norma de {layer}",
                            "ground_en": f"Rule of {layer}",
                            "status": "unverified" if layer == "park" else "confirmed",
                        }
                    )
        rows.append(
            {
                "alternative": name,
                "layer": "secret",
                "kind": "territorial-reserve",
                "role": "prohibited",
                "geometry": "",
                "zone": "",
                "feature": "",
                "met": name == "straight",
                "area_ha": np.nan,
                "length_km": np.nan,
                "count": None,
                "share": np.nan,
                "nearest_m": np.nan,
                "ground_es": "Ley PIACI",
                "ground_en": "PIACI law",
                "status": "confirmed",
            }
        )
    return pd.DataFrame(rows)


def _balance():
    rows = []
    for asset, size in (("terra-firme", 600.0), ("varzea", 60.0), ("aguajal", 0.0)):
        parts = {"direct": 0.2 * size, "induced": 0.8 * size}
        total = 0.0
        for component, before in parts.items():
            avoided, minimized = 0.3 * before, 0.2 * before
            values = (before, avoided, minimized, before - avoided - minimized)
            rows.append(_balance_row(asset, component, (*values, np.nan, np.nan)))
            total += before
        residual = total - 0.3 * total - 0.2 * total
        offset = 1.1 * residual
        values = (total, 0.3 * total, 0.2 * total, residual, offset, offset - residual)
        rows.append(_balance_row(asset, "total", values))
    return pd.DataFrame(rows)


def _balance_row(asset, component, values):
    flows = ("before", "avoided", "minimized", "residual", "offset", "net")
    row = {"asset": asset, "component": component, "unit": "quality_hectare"}
    for flow, value in zip(flows, values, strict=True):
        spread = 0.25 * abs(value) if flow != "net" else 2.0 * abs(value)
        row |= {
            flow: value,
            f"{flow}_p05": value - spread,
            f"{flow}_p50": value,
            f"{flow}_p95": value + spread,
        }
    return row


def _measures():
    return pd.DataFrame(
        {
            "measure": ["narrow", "checkpoints"],
            "title_es": ["Derecho de vía reducido", "Puestos de control"],
            "title_en": ["Narrower right of way", "Checkpoints"],
            "phase": ["design", "operation"],
            "chosen": [True, False],
            "basis": "per-km",
            "units": 150.0,
            "cost_usd": [600_000.0, 2e6],
            "cost_low_usd": 3e5,
            "cost_high_usd": 1e6,
            "avoided_alone_qha": [42.0, 90.0],
            "avoided_last_qha": [42.0, np.nan],
            "cost_status": "unverified",
            "evidence_es": "Autor 2016, doi 10.1/x: mide cruces",
            "evidence_en": "Autor 2016, doi 10.1/x: measures crossings",
        }
    )


def _effects():
    return pd.DataFrame(
        {
            "measure": ["narrow", "narrow", "checkpoints"],
            "chosen": [True, True, False],
            "component": ["direct", "induced", "induced"],
            "assets": ["all", "terra-firme", "all"],
            "effect_low": [0.1, 0.21, 0.3],
            "effect_likely": [0.2, 0.31, 0.4],
            "effect_high": [0.3, 0.41, 0.5],
            "effect_status": ["unverified", "confirmed", "unverified"],
            "avoided_alone_qha": [30.0, 12.0, 90.0],
            "avoided_last_qha": [30.0, 12.0, np.nan],
            "source_es": "Rango de experto",
            "source_en": "Expert range",
        }
    )


def _parcels():
    return pd.DataFrame(
        {
            "parcel": ["abujao", "utuquinia", "lejos"],
            "title_es": ["Parcela Abujao", "Parcela Utuquinía", "Parcela lejana"],
            "title_en": ["Abujao parcel", "Utuquinia parcel", "Far parcel"],
            "ecosystem": ["terra-firme", "varzea", "terra-firme"],
            "action": ["restore", "conserve", "restore"],
            "area_ha": [5200.0, 700.0, 900.0],
            "distance_m": [4200.0, 12_000.0, np.nan],
            "value_without": [0.5, 0.4, 0.6],
            "value_with": [0.8, 0.8, 0.7],
            "place_factor": 1.0,
            "gain_qha": [330.0, 33.0, 50.0],
            "credited_qha": [330.0, 33.0, 0.0],
            "cost_usd": [2.1e6, 3e5, 1e6],
            "usd_per_qha": [6363.0, 9090.0, np.nan],
            "status": ["chosen", "chosen", "excluded"],
            "reason": ["", "", "offset.no-consent"],
        }
    )


def _step(number, name, method, outputs, parameters=None):
    return {
        "number": number,
        "step": name,
        "method": method,
        "title": text(name, name),
        "question": text(f"¿Qué hace {name}?", f"What does {name} do?"),
        "validity": text("Vale aquí.", "Holds here."),
        "references": ["Autora 2014, doi 10.1/y"],
        "inputs": {},
        "parameters": parameters or {},
        "outputs": outputs,
    }


def _given(value, unit):
    return {
        "value": value,
        "unit": unit,
        "description": text("Dado por el estudio", "Given by the study"),
        "source": text("Supuesto de prueba", "Test assumption"),
        "default": False,
        "rule": "",
    }


def write_run(folder: Path, answer: str = "offset") -> Path:
    """Write the specimen; `answer` is that of the portfolio."""
    import datetime

    date = datetime.date(2026, 11, 21)
    folder.mkdir(parents=True, exist_ok=True)
    geopackage.write(folder / "layers.gpkg", _features(), styles={}, date=date)
    users = ["straight", "north", "south"]
    brought = _route_rows(users, "", "user")[["name", "title_es", "title_en", "origin", "geometry"]]
    geopackage.write(folder / "alternatives.gpkg", {"alternatives": brought}, styles={}, date=date)
    steps = folder / "01-all"
    steps.mkdir(exist_ok=True)
    tables = {
        "screening": _screening(),
        "balance": _balance(),
        "measures": _measures(),
        "effects": _effects(),
        "portfolio": _parcels(),
        "footprints": pd.DataFrame(
            [
                (a, z, e, 40.0)
                for a in LINES
                for z in ("footprint", "direct")
                for e in ("terra-firme", "varzea")
            ],
            columns=["alternative", "zone", "ecosystem", "area_ha"],
        ),
        "induced": pd.DataFrame(
            [(a, "terra-firme", 900.0, 2100.0 + 100 * i, 5200.0) for i, a in enumerate(LINES)],
            columns=["alternative", "ecosystem", "low_ha", "likely_ha", "high_ha"],
        ),
        "certificates": pd.DataFrame(
            [
                (
                    a,
                    v,
                    46_200.0 if a == "straight" and v == "park" else 0.0,
                    900.0,
                    not (a == "straight" and v == "park"),
                )
                for a in LINES
                for v in ("park", "secret")
            ],
            columns=["alternative", "layer", "meters_inside", "nearest_m", "holds"],
        ).assign(required_m=10.0),
        "comparison": _route_rows(users, "", "user")
        .rename(columns={"name": "alternative"})
        .drop(columns="geometry"),
        "coarse_front": pd.DataFrame(
            [(1.5e8, 400.0, True, "exact"), (1.7e8, 310.0, False, "exact")],
            columns=["cost_usd", "nature_qha", "supported", "proven"],
        ),
        "prices": pd.DataFrame(
            [
                ("park", 1.7e8, 1.46e8, 2.4e7, 155.0, 133.0),
                ("secret", *[np.nan] * 5),
                ("*", 1.7e8, 1.4e8, 3e7, 155.0, 132.0),
            ],
            columns=[
                "exclusion",
                "cost_with_usd",
                "cost_without_usd",
                "price_usd",
                "length_with_km",
                "length_without_km",
            ],
        ),
        "allocation": pd.DataFrame(
            [("terra-firme", "terra-firme", 300.0, True), ("varzea", "varzea", 30.0, True)],
            columns=["loss", "gain", "credited_qha", "like_for_like"],
        ),
        "requirements": pd.DataFrame(
            [
                ("terra-firme", 300.0, 300.0, 300.0, 0.0, True, 0.7),
                (
                    "varzea",
                    30.0,
                    30.0,
                    30.0 if answer == "offset" else 10.0,
                    0.0 if answer == "offset" else 20.0,
                    answer != "not-offsettable",
                    0.9,
                ),
            ],
            columns=[
                "asset",
                "residual_qha",
                "needed_qha",
                "credited_qha",
                "shortfall_qha",
                "offsettable",
                "probability",
            ],
        ),
        "no_net_loss": pd.DataFrame(
            [
                ("terra-firme", True, 0.72, 0.006),
                ("varzea", True, 0.91, 0.004),
                ("aguajal", True, 1.0, 0.0),
            ],
            columns=["asset", "holds", "probability", "standard_error"],
        ),
    }
    for name, table in tables.items():
        parquet.write(steps / f"{name}.parquet", table)
    routes = {
        "least_cost": _route_rows(["least-cost"], "exact", "least-cost"),
        "front": _route_rows(
            ["least-cost", "front-2", "front-3"], ["exact", "supported", "approximate"], "front"
        ),
        "dissimilar": _route_rows(
            ["least-cost", "dissimilar-2"], ["exact", "approximate"], "dissimilar"
        ),
        "lifted": _route_rows(["dissimilar-2"], ["exact"], "lifted").assign(name="lifted-park"),
    }
    for name, frame in routes.items():
        geopackage.write(steps / f"{name}.gpkg", {name: frame}, styles={}, date=date)
    geopackage.write(
        folder / "parcels.gpkg",
        {
            "parcels": gpd.GeoDataFrame(
                {"name": ["abujao", "utuquinia", "lejos"]},
                geometry=[_box(45, 20, 62, 30), _box(100, 0, 112, 8), _box(20, 60, 30, 70)],
                crs=CRS,
            )
        },
        styles={},
        date=date,
    )
    grid = Grid(X0 - 20_000, Y0 + 90_000, 2000, 2000, 60, 90)
    x, y = grid.center_of(*np.meshgrid(np.arange(60), np.arange(90), indexing="ij"))
    values = 1e-5 * np.abs(y - Y0 - 15_000)
    values[values > 0.4] = np.nan
    values[(x > X0 + 70_000) & (x < X0 + 118_000) & (y > Y0 + 18_000) & (y < Y0 + 66_000)] = np.nan
    raster.write_cog(steps / "corridor.tif", values, grid=grid, crs=CRS, unit="")
    (folder / "ledger.txt").write_text(LEDGER, "utf-8")
    (folder / "run.json").write_text(json.dumps(_record(answer), ensure_ascii=False), "utf-8")
    return folder


def _rule(id, es, en, instrument):
    return {
        "id": id,
        "title": text(es, en),
        "kind": "statement",
        "value": text("Se exige.", "Required."),
        "unit": "",
        "instrument": text(instrument, instrument),
        "article": "",
        "url": "https://www.gob.pe/x",
        "read": "2026-11-01",
        "status": "unverified",
        "note": None,
    }


def _file(name, suffix="parquet"):
    return {"file": f"01-all/{name}.{suffix}", "rows": 1}


def _record(answer):
    layers = [
        {
            "name": name,
            "title": text(es, en),
            "kind": kind,
            "role": role,
            "setback_m": 0.0,
            "hidden": name == "secret",
            "ground": None,
            "source": "park" if name == "park" else "osm",
            "schematic": name == "park",
            "count": 1,
        }
        for name, kind, role, es, en in LAYERS
    ]
    routes = {n: _file(n, "gpkg") for n in ("least_cost", "front", "dissimilar", "lifted")}
    parameter = {
        "value": 1000.0,
        "unit": "m",
        "written": "1 km",
        "source": text("Guía de prueba", "Test guide"),
        "rule": "zone.taken",
        "default": False,
        "description": text("Ancho de la zona directa.", "Width of direct zone."),
    }
    return {
        "schema": 1,
        "study": {
            "name": "specimen",
            "title": text("Carretera de prueba", "Test road"),
            "question": text("¿Qué tocaría <la> carretera?", "What would <the> road touch?"),
            "context": [
                text("TNC afirma que cambió el trazo.", "TNC states it changed the route.")
                | {"source": text("TNC, informe de 2020", "TNC, report of 2020")}
            ],
            "unknowns": [
                text("No se sabe la fauna.", "Fauna is not known.") | {"critical": False},
                text("Falta la reserva vecina.", "The reserve nearby is missing.")
                | {"critical": True},
            ],
            "project": {
                "name": text("Carretera", "Road"),
                "kind": "road",
                "right_of_way_m": 20.0,
                "right_of_way_source": text("Manual del MTC", "MTC manual"),
                "note": None,
                "start": {
                    "x": -74.5,
                    "y": -8.4,
                    "name": text("Pucallpa", "Pucallpa"),
                    "projected": [X0, Y0 + 20_000],
                },
                "end": {
                    "x": -73.4,
                    "y": -8.2,
                    "name": text("Cruzeiro do Sul", "Cruzeiro do Sul"),
                    "projected": [X0 + 130_000, Y0 + 45_000],
                },
            },
            "decision": {
                "reference": "straight",
                "chosen": "least-cost",
                "reason": text("Evita el parque.", "Avoids the park."),
            },
        },
        "rules": {
            "name": "pe",
            "title": text("Perú", "Peru"),
            "date": "2026-11-21",
            "layers": [{"kind": "national-park", "instrument": text(*["DS 005-2018-MTC"] * 2)}],
            "citations": [],
            "parameters": [
                _rule("no-net-loss", "Pérdida neta cero", "No net loss", "RM 398-2014-MINAM"),
                _rule("park.ground", "Base del parque", "Ground of the park", "DS 005-2018-MTC"),
                _rule("zone.told", "Zona avisada", "Zone told", "Estudio"),
                _rule("zone.taken", "Zona tomada", "Zone taken", "Estudio"),
                _rule("zone.other", "Otra zona", "Other zone", "Estudio"),
            ],
        },
        "crs": CRS,
        "grid": {},
        "cell_size_m": 2000.0,
        "decision_date": "2026-11-21",
        "seed": 7,
        "draws": 5000,
        "layers": layers,
        "ecosystems": [
            {
                "name": n,
                "title": text(es, en),
                "value": {
                    "low": 0.6,
                    "likely": 0.75,
                    "high": 0.9,
                    "source": text("Supuesto de prueba", "Test assumption"),
                },
            }
            for n, es, en in (
                ("terra-firme", "Bosque de tierra firme", "Terra-firme forest"),
                ("varzea", "Bosque inundable", "Floodplain forest"),
                ("aguajal", "Aguajal", "Palm swamp"),
            )
        ],
        "sources": [
            {
                "name": "park",
                "title": text("Parque esquemático", "Schematic park"),
                "origin": text("Dibujado de hechos publicados", "Drawn from published facts"),
                "licence": "CC0",
                "url": "",
                "date": "2023",
                "sha256": "a" * 64,
                "schematic": True,
                "note": text("A mano.", "By hand."),
            },
            {
                "name": "osm",
                "title": text("OpenStreetMap", "OpenStreetMap"),
                "origin": "OSM",
                "licence": "ODbL 1.0",
                "url": "https://www.openstreetmap.org",
                "date": "2026",
                "sha256": "b" * 64,
                "schematic": False,
                "note": None,
            },
        ],
        "steps": [
            _step(
                1,
                "screening",
                "avoid.screening",
                {"table": _file("screening")},
                {"direct_zone_m": parameter, "indirect_zone_m": _given(5500.0, "m")},
            ),
            _step(
                2,
                "footprint",
                "avoid.footprint",
                {"table": _file("footprints")},
                {"direct_zone_m": _given(100.0, "m"), "indirect_zone_m": _given(1000.0, "m")},
            ),
            _step(
                3,
                "routes",
                "avoid.route",
                {
                    **routes,
                    "comparison": _file("comparison"),
                    "coarse_front": _file("coarse_front"),
                    "corridor": _file("corridor", "tif"),
                    "prices": _file("prices"),
                    "certificates": _file("certificates"),
                },
            ),
            _step(4, "induced", "avoid.induced", {"table": _file("induced")}),
            _step(
                5,
                "measures",
                "minimize.measures",
                {"table": _file("measures"), "effects": _file("effects")},
            ),
            _step(
                6,
                "portfolio",
                "offset.portfolio",
                {
                    "table": _file("portfolio"),
                    "allocation": _file("allocation"),
                    "requirements": _file("requirements"),
                    "answer": {"value": answer},
                    "cost_usd": {"value": 2.4e6},
                    "bound": {"value": 2.4e6},
                    "gap": {"value": 0.0},
                    "probability": {"value": 0.68},
                },
                {"margin": _given(0.0, "")},
            ),
            _step(
                7,
                "balance",
                "ledger.hierarchy",
                {
                    "table": _file("balance"),
                    "no_net_loss": _file("no_net_loss"),
                    "joint-value": {"value": 0.68},
                    "joint-standard_error": {"value": 0.0066},
                },
            ),
        ],
        "findings": [
            {
                "code": "core.estimate-order",
                "severity": "warning",
                "subject": "x",
                "data": {"low": 1, "likely": 2, "high": 3},
            },
            {"code": "not.known-here", "severity": "notice", "subject": "zone.told", "data": {}},
        ],
        "versions": {"nonetloss": "0.1.0", "numpy": "2"},
        "digests": {"layers.gpkg": "c" * 64},
    }


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("specimen"))


@pytest.fixture(scope="session")
def make_run(tmp_path_factory):
    return lambda answer: write_run(tmp_path_factory.mktemp("specimen"), answer)
