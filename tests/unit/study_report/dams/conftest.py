"""Made-up run folders of dam studies, with the files and columns of real ones."""

import datetime
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from nonetloss.io import geopackage, parquet

DATE = datetime.date(2026, 11, 21)
CRS = "EPSG:32718"
CRITERIA = {
    "energy": ("Potencia", "Capacity", "MW", "max"),
    "connectivity": ("Río conectado", "Connected river", "km", "max"),
    "ghg": ("Gases de embalse", "Reservoir gases", "ktCO2e/a", "min"),
    "sediment": ("Sedimento", "Sediment", "percent", "max"),
    "dor": ("Regulación", "Regulation", "", "min"),
    "biodiversity": ("Biodiversidad", "Biodiversity", "", "min"),
}


def text(es, en):
    return {"es": es, "en": en}


def basin(dams, rng):
    """A random tree: component 0 is the mouth, dam i stands between component i + 1 and `below`."""
    below = [0] + [int(rng.integers(max(0, i - 6), i + 1)) for i in range(1, dams)]
    mw = np.round(rng.lognormal(4.5, 1.1, dams), 2)
    km = np.round(rng.lognormal(4.0, 0.8, dams + 1), 1)
    return np.array(below), mw, km


def evaluate(choices, below, mw, km, rng):
    """(n, 6) values of portfolios: sums by definition, in the order of CRITERIA."""
    stands = choices > 0
    n, dams = stands.shape
    free = np.ones((n, dams + 1), dtype=bool)
    for dam in range(dams):
        free[:, dam + 1] = free[:, below[dam]] & ~stands[:, dam]
    weights = rng.random((3, dams))
    return np.column_stack(
        [
            stands @ mw,
            free @ km,
            stands @ np.round(weights[0] * mw * 0.02, 1),
            100 * np.exp(stands @ (-0.12 * weights[1])),
            stands @ np.round(weights[2], 3) * 3,
            stands @ np.round(weights[0] * 4, 2),
        ]
    )


def write_dam_run(
    folder, *, count=20_000, criteria=3, dams=54, located=False, finished=True, epsilon=0.0, seed=7
):
    """Write the specimen; the portfolios are made up and need not be efficient."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    below, mw, km = basin(dams, rng)
    built = np.zeros(dams, dtype=bool)
    built[rng.choice(dams, dams // 4, replace=False)] = True
    forbidden = np.flatnonzero(~built)[:1]
    free = np.flatnonzero(~built)[1:]
    choices = np.zeros((count, dams), dtype=np.int8)
    choices[:, built] = 1
    taken = rng.random((count, len(free))) < rng.random((count, 1)) * np.linspace(
        0.4, 1.3, len(free)
    )
    choices[:, free] = taken
    choices[:, free[0]] = 1
    choices[:, free[1]] = 0
    # One site has two options.
    two = free[2]
    choices[:, two] *= rng.integers(1, 3, count).astype(np.int8)
    names = list(CRITERIA)[:criteria]
    everything = np.zeros(dams, dtype=np.int8)
    everything[free] = 1
    everything[built] = 1
    plan = built.astype(np.int8)
    plan[free[1::3]] = 1
    states = {
        "none": np.zeros(dams, dtype=np.int8),
        "today": built.astype(np.int8),
        "full": everything,
        "plan-sectorial": plan,
    }
    stacked = np.vstack([choices, *states.values()])
    values = evaluate(stacked, below, mw, km, rng)[:, :criteria]
    order = np.argsort(values[:count, 0], kind="stable")
    choices, front = choices[order], values[:count][order]
    ids = [str(400 + i) for i in range(dams)]
    x = -76 + 3.5 * rng.random(dams)
    y = -14 + 4 * rng.random(dams)
    units = {n: CRITERIA[n][2] for n in names}
    parquet.write(
        folder / "network-dams.parquet",
        pd.DataFrame(
            {
                "id": ids,
                "title_es": [f"Presa {i}" for i in ids],
                "title_en": [f"Dam {i}" for i in ids],
                "river": [f"Río {k % 5}" for k in range(dams)],
                "status": [
                    "built" if b else ("forbidden" if i in forbidden else "planned")
                    for i, b in enumerate(built)
                ],
                "above": [str(i + 1) for i in range(dams)],
                "below": [str(b) for b in below],
                "options": [2 if i == two else 1 for i in range(dams)],
                "x": x if located else np.nan,
                "y": y if located else np.nan,
                "energy": mw,
                "source": "Prueba",
            }
        ),
        units={"energy": "MW"},
    )
    steps = []

    def step(name, method, tables, plain):
        number = len(steps) + 1
        inside = folder / f"{number:02d}-{name}"
        inside.mkdir(exist_ok=True)
        outputs = {key: {"value": value} for key, value in plain.items()}
        for key, (table, kinds) in tables.items():
            parquet.write(inside / f"{key}.parquet", table, units=kinds)
            outputs[key] = {"file": f"{inside.name}/{key}.parquet", "rows": len(table)}
        steps.append(
            {
                "number": number,
                "step": name,
                "method": method,
                "title": text(name, name),
                "question": text(f"¿Qué hace {name}?", f"What does {name} do?"),
                "validity": text("Vale aquí.", "Holds here."),
                "references": ["Autora 2014, doi 10.1/y"],
                "inputs": {},
                "parameters": {},
                "outputs": outputs,
            }
        )

    def with_dams(table, rows):
        return pd.concat(
            [
                table.reset_index(drop=True),
                pd.DataFrame(np.asarray(rows, dtype=np.int8), columns=[f"dam_{i}" for i in ids]),
            ],
            axis=1,
        )

    state_values = pd.DataFrame(values[count:], columns=names)
    step(
        "states",
        "hydropower.states",
        {
            "table": (state_values.assign(state=list(states))[["state", *names]], units),
            "choices": (
                with_dams(pd.DataFrame({"state": list(states)}), list(states.values())),
                {},
            ),
        },
        {"names": list(states)},
    )
    step(
        "frontier",
        "hydropower.frontier",
        {"portfolios": (with_dams(pd.DataFrame(front, columns=names), choices), units)},
        {
            "criteria": [
                {
                    "name": n,
                    "title": text(*CRITERIA[n][:2]),
                    "unit": CRITERIA[n][2],
                    "sense": CRITERIA[n][3],
                }
                for n in names
            ],
            "epsilon": epsilon,
            "asked_epsilon": 0.0,
            "finished": finished,
            "certificate": {
                "epsilon": epsilon,
                "exact": epsilon == 0.0,
                "resolution": dict.fromkeys(names, 0.0) | {"connectivity": 1e-9},
                "combined": 5_150_000,
                "examined": 40_000,
                "largest_partial": 70_000,
                "peak_bytes": 2**28,
                "reevaluated": count,
            },
        },
    )
    write_selection(step, with_dams, names, units, front, choices, ids, state_values, states)
    if located:
        write_places(folder, below, x, y, ids)
    record = {
        "schema": 1,
        "study": {
            "name": "presas-de-prueba",
            "title": text("Presas de prueba", "Test dams"),
            "question": text("¿Qué presas?", "Which dams?"),
            "context": [],
            "unknowns": [],
            "project": {"kind": "dam-plan", "name": text("Plan", "Plan")},
            "decision": None,
        },
        "rules": {
            "name": "pe",
            "title": text("Perú", "Peru"),
            "date": "2026-11-21",
            "parameters": [],
            "layers": [],
            "citations": [],
        },
        "crs": CRS if located else None,
        "grid": None,
        "cell_size_m": None,
        "decision_date": "2026-11-21",
        "seed": 1,
        "draws": 1000,
        "layers": [],
        "ecosystems": [],
        "network": {
            "dams": dams,
            "components": dams + 1,
            "crs": CRS if located else None,
            "located": located,
        },
        "sources": [],
        "steps": steps,
        "findings": [],
        "versions": {"nonetloss": "0.1.0"},
        "digests": {"network-dams.parquet": "0" * 64},
    }
    (folder / "run.json").write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    return folder


def write_selection(step, with_dams, names, units, front, choices, ids, state_values, states):
    """The tables of what is chosen from the front."""


def write_places(folder, below, x, y, ids):
    """A reach per component, and the dams, in the CRS of the network."""
    points = gpd.GeoSeries([Point(*p) for p in zip(x, y, strict=True)], crs="EPSG:4326").to_crs(CRS)
    spots = [Point(points.x.max() + 60_000, points.y.max() + 60_000), *points]
    lines = [LineString([spots[0], spots[0].buffer(40_000).exterior.interpolate(9_000)])]
    for i, down in enumerate(below):
        a, b = spots[i + 1], spots[down]
        middle = Point((a.x + b.x) / 2 + 9_000, (a.y + b.y) / 2 - 7_000)
        lines.append(LineString([a, middle, b]))
    geopackage.write(
        folder / "network.gpkg",
        {
            "dams": gpd.GeoDataFrame({"dam": ids}, geometry=list(points), crs=CRS),
            "reaches": gpd.GeoDataFrame(
                {
                    "reach": [str(i) for i in range(len(lines))],
                    "component": [str(i) for i in range(len(lines))],
                    "length_km": [line.length / 1000 for line in lines],
                },
                geometry=lines,
                crs=CRS,
            ),
            "reservoirs": gpd.GeoDataFrame(
                {"dam": ids[:6], "option": ""},
                geometry=[box(p.x - 5e3, p.y - 3e3, p.x + 5e3, p.y + 3e3) for p in points[:6]],
                crs=CRS,
            ),
        },
        styles={},
        date=DATE,
    )


@pytest.fixture(scope="session")
def dam_run(tmp_path_factory):
    """Three criteria, 20,000 portfolios, no coordinates."""
    return write_dam_run(tmp_path_factory.mktemp("dams") / "run")


@pytest.fixture(scope="session")
def located_run(tmp_path_factory):
    """Four criteria, few portfolios, coordinates; interrupted at a proven epsilon."""
    return write_dam_run(
        tmp_path_factory.mktemp("dams") / "located",
        count=600,
        criteria=4,
        dams=24,
        located=True,
        finished=False,
        epsilon=0.05,
    )
