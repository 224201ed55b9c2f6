"""Value, habitat quality and species as steps of a small study, one feeding the other."""

import json

import pandas as pd
import pytest

from nonetloss.core.findings import Severity
from nonetloss.study.check import check
from nonetloss.study.runner import run_study

FORM = {"canopy": {"scores": {0: 0, 100: 1}}, "water": {"benchmark": 50}}
STEPS = [
    {
        "step": "value",
        "method": "offset.value",
        "inputs": {"plots": "plots"},
        "parameters": {"indicators": FORM, "judgments": {"canopy": {"water": 3}}},
    },
    {
        "step": "footprint",
        "method": "avoid.footprint",
        "parameters": {"direct_zone_m": "500 m", "indirect_zone_m": "2 km"},
    },
    {
        "step": "loss",
        "method": "offset.loss",
        "inputs": {"ecosystems": "value.ecosystems", "footprints": "footprint"},
    },
    {
        "step": "habitat",
        "method": "offset.habitat-quality",
        "inputs": {"ecosystems": "value.ecosystems"},
        "parameters": {
            "threats": {"project": {"weight": 1, "reach": "3 km"}},
            "sensitivity": {"terra-firme": 0.8, "varzea": {"project": 0.5}},
            "half_saturation": 0.2,
        },
    },
    {
        "step": "species",
        "method": "offset.species",
        "parameters": {
            "species": {"monkey": {"range": "park", "habitat": ["terra-firme"], "category": "EN"}}
        },
    },
]


@pytest.fixture
def study(small_study):
    plots = pd.DataFrame(
        {
            "plot": ["p1", "p2", "p3", "p4"],
            "ecosystem": ["terra-firme", "terra-firme", "varzea", "varzea"],
            "canopy": [80, 60, 40, 40],
            "water": [50, 50, 25, 50],
        }
    )
    plots.to_csv(small_study.folder / "data" / "plots.csv", index=False)
    small_study.catalog["sources"]["plots"] = {
        "path": "data/plots.csv",
        "kind": "table",
        "title": {"es": "parcelas", "en": "plots"},
        "origin": "invented for a test",
        "licence": "CC0-1.0",
        "schematic": True,
    }
    small_study.study["tables"] = {"plots": {"source": "plots"}}
    small_study.study["steps"] = STEPS
    return small_study


def test_the_steps_run_and_feed_each_other(study, tmp_path):
    found = check(study.save())
    assert [f for f in found if f.severity is Severity.ERROR] == []
    run = run_study(study.folder, tmp_path / "out")
    value = pd.read_parquet(next(run.glob("01-*/table.parquet"))).set_index("ecosystem")
    terra = (0.75 * 0.8 + 0.25 + 0.75 * 0.6 + 0.25) / 2
    assert value.value_likely["terra-firme"] == pytest.approx(terra)
    # The loss is told with the values of the plots and not with those that study.yaml gives.
    area = pd.read_parquet(next(run.glob("02-*/table.parquet")))
    taken = area[(area.alternative == "straight") & (area.zone == "footprint")]
    taken = taken.set_index("ecosystem").area_ha
    around = pd.read_parquet(next(run.glob("04-*/alternatives.parquet")))
    mine = around[around.alternative == "straight"].set_index("ecosystem")
    assert mine.footprint_qha["terra-firme"] == pytest.approx(taken["terra-firme"] * terra)
    assert (mine.around_qha > 0).all()
    monkey = pd.read_parquet(next(run.glob("05-*/table.parquet"))).set_index("alternative")
    assert monkey.lost_likely_ha["straight"] > monkey.lost_likely_ha["north"] == 0
    recorded = json.loads((run / "run.json").read_text(encoding="utf-8"))
    codes = {f["code"] for step in recorded["steps"] for f in step.get("findings", [])}
    codes |= {f["code"] for f in recorded["findings"]}
    assert "species.threatened" in codes


@pytest.mark.parametrize(
    ("step", "parameters", "code"),
    [
        (0, {"indicators": FORM, "weights": {"canopy": 0.5, "water": 0.6}}, "value.weights"),
        (0, {"indicators": {"canopy": {}}}, "condition.form"),
        (0, {"indicators": FORM, "judgments": {"canopy": {"water": 12}}}, "value.judgment-scale"),
        (3, {"threats": {"rode": {"weight": 1, "reach": "1 km"}}, "sensitivity": {}},
         "habitat.layer"),
        (4, {"species": {"x": {"habitat": ["sea"], "category": "EN"}}}, "species.ecosystem"),
    ],
)  # fmt: skip
def test_the_check_finds_what_is_wrong_before_anything_runs(study, step, parameters, code):
    steps = [dict(s) for s in STEPS]
    steps[step]["parameters"] = parameters
    study.study["steps"] = steps
    assert code in {f.code for f in check(study.save())}
