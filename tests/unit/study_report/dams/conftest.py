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
    """The tables of what is chosen from the front, as `hydropower.selection` documents them."""
    n = len(front)
    senses = {c: CRITERIA[c][3] for c in names}
    losses = names[1:]
    stands = (choices > 0).sum(axis=1)

    def values_of(rows):
        return pd.DataFrame(front[rows], columns=names)

    def listed(i, before=None):
        new = choices[i] > 0 if before is None else (choices[i] > 0) & (before == 0)
        return ", ".join(d for d, k in zip(ids, new, strict=True) if k)

    chosen = n // 2
    step(
        "choice",
        "hydropower.choice",
        {
            "table": (
                pd.DataFrame(
                    {
                        "criterion": names,
                        "unit": [CRITERIA[c][2] for c in names],
                        "sense": list(senses.values()),
                        "role": ["target", *["least"] * len(losses)],
                        "target": [4000.0, *[np.nan] * len(losses)],
                        "value": front[chosen],
                        "best": front.max(axis=0),
                        "worst": front.min(axis=0),
                        "share_of_range": 0.4,
                    }
                ),
                {},
            ),
            "choices": (with_dams(pd.DataFrame(index=[0]), choices[[chosen]]), {}),
        },
        {
            "name": "chosen",
            "title": text("Mínima pérdida para 4 000 MW", "Least loss for 4,000 MW"),
            "dams": [d for d, k in zip(ids, choices[chosen], strict=True) if k],
            "values": dict(zip(names, front[chosen].tolist(), strict=True)),
            "why": text(
                "Alcanza la meta con la menor pérdida.", "Reaches the target at the least loss."
            ),
            "row": chosen,
            "eligible": n - chosen,
        },
    )
    percents = (0, 1, 5, 10, 20, 30)
    rows = [
        (c, unit, "percent", float(p), np.nan, np.nan, 1.0, 0.9 * p, 4000.0, added, k, k - 13, row)
        for c, unit in (*((c, CRITERIA[c][2]) for c in losses), ("all", ""))
        for p, added, k, row in zip(
            percents,
            (np.nan, 700.99, 1868.87, 4353.77, 5768.77, 7182.47),
            (0, 26, 37, 41, 42, 49),
            (-1, 10, 20, 30, 40, 50),
            strict=True,
        )
    ]
    rows.append(
        (losses[0], "km", "absolute", np.nan, 50.0, 90.0, 95.0, 2.0, 4000.0, 900.0, 30, 17, 11)
    )
    step(
        "exchange",
        "hydropower.exchange",
        {
            "table": (
                pd.DataFrame(
                    rows,
                    columns=[
                        *("criterion", "unit", "kind", "further_loss_percent", "further_loss"),
                        *("limit", "value", "loss_percent", "gain", "added_energy", "dams_total"),
                        *("dams_added", "row"),
                    ],
                ),
                {"gain": "MW", "added_energy": "MW"},
            ),
        },
        {"gain": "energy"},
    )
    share = (choices > 0).mean(axis=0)
    member = np.where(share == 1, "always", np.where(share == 0, "never", "some"))
    table = pd.DataFrame(
        {
            "dam": ids,
            "status": ["built" if b else "planned" for b in states["today"]],
            "count": (choices > 0).sum(axis=0),
            "portfolios": n,
            "share": share,
            "member": member,
        }
    )
    step(
        "membership",
        "hydropower.membership",
        {
            "table": (table, {}),
            "bands": (
                pd.concat(
                    [table.assign(band=b, low=0.0, high=1.0) for b in ("2000–4000", "4000–6000")]
                ),
                {},
            ),
            "options": (
                pd.DataFrame(
                    {
                        "dam": [ids[0]] * 2,
                        "option": [1, 2],
                        "option_name": ["alta", "baja"],
                        "count": [3, 4],
                        "share": [0.3, 0.4],
                    }
                ),
                {},
            ),
        },
        {"criterion": "energy"},
    )
    at = np.linspace(0, n - 1, 5).astype(int)
    step(
        "menu",
        "hydropower.menu",
        {
            "table": (
                pd.concat(
                    [
                        pd.DataFrame(
                            {
                                "name": [f"menu-{i + 1}" for i in range(5)],
                                "row": at,
                                "represents": [n // 5] * 5,
                                "coverage": [0.02, 0.08, 0.12, 0.11, 0.03],
                                "extreme_of": [", ".join(losses), "", "", "", "energy"],
                                "dams_total": stands[at],
                            }
                        ),
                        values_of(at),
                    ],
                    axis=1,
                ),
                units,
            ),
            "choices": (
                with_dams(pd.DataFrame({"name": [f"menu-{i + 1}" for i in range(5)]}), choices[at]),
                {},
            ),
        },
        {
            "names": [f"menu-{i + 1}" for i in range(5)],
            "titles": [text(f"Menú {i + 1}", f"Menu {i + 1}") for i in range(5)],
            "coverage": 0.12,
            "bound": 0.09,
            "exact": False,
            "measure": "ratio",
            "k": 5,
        },
    )
    plans = ["today", "full", "plan-sectorial"]
    plan_values = state_values.iloc[1:].reset_index(drop=True)
    step(
        "regret",
        "hydropower.regret",
        {
            "table": (
                pd.concat(
                    [
                        pd.DataFrame(
                            {
                                "state": plans,
                                "verdict": ["efficient", "beyond", "dominated"],
                                "dominated_by": [0, 0, 37],
                                "distance": [0.0, 0.0, 0.14],
                                "row": [0, -1, -1],
                                "dams_total": [13, 53, 27],
                            }
                        ),
                        plan_values,
                    ],
                    axis=1,
                ),
                units,
            ),
            "improvements": (
                pd.DataFrame(
                    {
                        "state": "plan-sectorial",
                        "criterion": names,
                        "unit": [CRITERIA[c][2] for c in names],
                        "sense": list(senses.values()),
                        "value": plan_values.iloc[2].to_numpy(),
                        "best": plan_values.iloc[2].to_numpy() * 1.1,
                        "gain": 12.5,
                        "gain_percent": 10.0,
                        "row": 5,
                        "add": f"{ids[5]}, {ids[7]}",
                        "drop": ids[9],
                    }
                ),
                {},
            ),
            "dominating": (pd.DataFrame({"state": ["plan-sectorial"], "row": [5]}), {}),
            "nearest": (
                pd.concat(
                    [
                        pd.DataFrame(
                            {
                                "state": "plan-sectorial",
                                "by": ["values", "dams"],
                                "rank": 1,
                                "row": [5, 6],
                                "distance": [0.05, 0.21],
                                "dams_changed": [6, 2],
                                "add": [f"{ids[5]}, {ids[7]}", ids[5]],
                                "drop": [ids[9], ""],
                                "change": "",
                                "dominates": [True, False],
                            }
                        ),
                        values_of([5, 6]),
                    ],
                    axis=1,
                ),
                units,
            ),
        },
        {},
    )
    path = [n // 4, n // 2, 3 * n // 4]
    step(
        "sequence",
        "hydropower.sequence",
        {
            "table": (
                pd.concat(
                    [
                        pd.DataFrame(
                            {
                                "period": ["2030", "2040", "2050"],
                                "target": [3000.0, 4000.0, 5000.0],
                                "distance": [0.0, 0.031, 0.052],
                                "on_front": [True, True, False],
                                "row": [path[0], path[1], -1],
                                "dams_total": stands[path],
                                "dams_added": [3, 4, 5],
                                "built": [f"{ids[5]}, {ids[7]}", ids[8], ids[11]],
                            }
                        ),
                        values_of(path),
                    ],
                    axis=1,
                ),
                units | {"target": "MW"},
            ),
            "choices": (
                with_dams(pd.DataFrame({"period": ["2030", "2040", "2050"]}), choices[path]),
                {},
            ),
            "lock_in": (
                pd.DataFrame(
                    {
                        "period": ["2050"] * len(losses),
                        "criterion": losses,
                        "unit": [CRITERIA[c][2] for c in losses],
                        "sense": [senses[c] for c in losses],
                        "sequence": front[path[2]][1:],
                        "free": front[path[2]][1:] * 1.05,
                        "further_loss": 4.5,
                        "further_loss_percent": 5.0,
                        "free_row": path[2],
                    }
                ),
                {},
            ),
        },
        {
            "names": ["2030", "2040", "2050"],
            "distance": 0.052,
            "front_distance": 0.09,
            "bound": 0.04,
            "proven": "optimal",
            "reached": None,
            "criterion": "energy",
            "least": losses,
        },
    )
    step(
        "robust",
        "hydropower.robust",
        {
            "table": (
                pd.concat(
                    [
                        pd.DataFrame(
                            {
                                "candidate": [0, 1, 2],
                                "row": at[:3],
                                "efficient_share": [1.0, 0.8, 0.6],
                                "max_regret": [0.04, 0.09, 0.2],
                                "worst_scenario": ["dry", "dry", "wet"],
                                "mean_regret": [0.01, 0.02, 0.05],
                                "reaches_share": 1.0,
                                "joint": [True, True, False],
                                "chosen": [True, False, False],
                                "dams_total": stands[at[:3]],
                            }
                        ),
                        values_of(at[:3]),
                    ],
                    axis=1,
                ),
                units,
            ),
            "scenarios": (
                pd.DataFrame(
                    {
                        "scenario": ["dry", "wet"],
                        "criterion": "energy",
                        "unit": "MW",
                        "best": [5000.0, 7000.0],
                        "worst": [2000.0, 2500.0],
                        "efficient": [100, 200],
                        "chosen": [3500.0, 4500.0],
                        "chosen_regret": [0.04, 0.02],
                    }
                ),
                {},
            ),
            "factors": (
                pd.DataFrame(
                    {
                        "scenario": ["dry", "wet"],
                        "attribute": "energy",
                        "dam": "",
                        "factor": [0.8, 1.1],
                    }
                ),
                {},
            ),
            "choice-table": (pd.DataFrame({"criterion": names}), {}),
            "choice-choices": (with_dams(pd.DataFrame(index=[0]), choices[[at[0]]]), {}),
        },
        {"always": 4, "within": 0.0, "choice-name": "robust", "choice-row": int(at[0])},
    )


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
