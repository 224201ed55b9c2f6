"""Sections on compensation in full: shown where the run has their tables, silent where not."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

from nonetloss.study.report import (
    offset_charts,
    offset_rows,
    offset_sections,
    sensitivity_charts,
)
from nonetloss.study.report.figure import HALF, NARROW, WIDE, style
from nonetloss.study.report.offset_tables import OffsetTables
from nonetloss.study.report.page import render, sections
from nonetloss.study.report.reading import read_run
from nonetloss.study.report.words import word

LANGUAGES = ("es", "en")
NEW = ("joint", "choice", "counterfactual", "people", "following", "cumulative")


def _titled(rows):
    return [r | {f"title_{k}": f"{r['title']} {k}" for k in LANGUAGES} for r in rows]


def _services():
    shared = {
        "service": "fish",
        "title_es": "Pesca",
        "title_en": "Fish",
        "unit": "kg/year",
        "community": True,
        "net_low": -5.0,
        "net_high": 9.0,
        "net_per_person": 0.1,
        "met": True,
    }
    rows = [
        shared
        | {"serviceshed": "a", "people": 10.0, "loss": 4.0, "gain": 5.0, "net": 1.0}
        | {"shed_title_es": "Aguas arriba", "shed_title_en": "Upstream"},
        shared
        | {"serviceshed": "b", "people": np.nan, "loss": 7.0, "gain": 2.0, "net": -5.0}
        | {"shed_title_es": "Aguas abajo", "shed_title_en": "Downstream", "met": False},
    ]
    return pd.DataFrame(rows)


def _years(names):
    rows = [
        {"parcel": n, "year": y, "with_likely": 0.5 + y / 10, "without_likely": 0.5}
        for n in names
        for y in (1, 2, 3)
    ]
    return pd.DataFrame(rows)


def _sensitivity(names):
    changed = (("as_given", np.nan, 10.0), ("discount_rate", "0", 15.0), ("leakage", "0.3", 8.0))
    rows = [
        {"parcel": n, "assumption": a, "value": v, "gain_likely_qha": g}
        for a, v, g in changed
        for n in names
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def bare(run_dir):
    return read_run(run_dir)


@pytest.fixture(scope="module")
def full(bare):
    """The made-up run with every table of compensation."""
    names = [p.name for p in bare.parcels]
    chosen = [p.name for p in bare.parcels if p.chosen]
    site = chosen[0]
    told = OffsetTables(
        sites=pd.DataFrame(
            {
                "parcel": names,
                "status": [p.status for p in bare.parcels],
                "gain_qha": 3.0,
                "cost_usd": 2e6,
                "replacement_cost_usd": [np.inf if n == site else np.nan for n in names],
                "why_es": "Porque sí.",
                "why_en": "Because.",
            }
        ),
        services=_services(),
        near_optimal=pd.DataFrame(
            {"solution": [0, 1], "cost_usd": [2e6, 2.1e6], "parcels": names[:2], "differs": [0, 2]}
        ),
        conflict=pd.DataFrame(
            _titled([{"title": "x", "name": "x", "kind": "budget", "amount": 5.0, "unit": "usd"}])
        ),
        gains=pd.DataFrame(
            {
                "parcel": names,
                "gain_likely_qha": 10.0,
                "gain_low_qha": 8.0,
                "gain_high_qha": 12.0,
                "static_gain_qha": 20.0,
            }
        ),
        trajectories=_years(names),
        sensitivity=_sensitivity(names),
        planned=pd.DataFrame({"site": site, "year": [2030, 2031], "planned": [1.0, 2.0]}),
        progress=pd.DataFrame(
            {
                "site": site,
                "year": [2030, 2031],
                "planned": [1.0, 2.0],
                "observed": [1.0, -0.5],
                "observed_low": [0.5, -1.0],
                "observed_high": [1.5, 0.0],
                "ratio": [1.0, -0.25],
                "standard": 0.5,
                "status": ["ok", "missed"],
            }
        ),
        standing=pd.DataFrame(
            {"zone": ["alto"], "ecosystem": ["varzea"], "loss": [9.0], "gain": [4.0], "net": [-5.0]}
        ),
        comparison=pd.DataFrame(
            {
                "plan": ["sequential", "joint"],
                "build_usd": [10e6, 11e6],
                "offset_usd": [5e6, 3e6],
                "total_usd": [15e6, 14e6],
                "length_km": [50.0, 52.0],
                "loss_qha": [9.0, 7.0],
            }
        ),
        facts={"bound_usd": 13.5e6, "gap": 0.035, "saving_usd": 1e6},
    )
    return replace(bare, offsetting=told)


def _made(run, language):
    return {s.key: s for s in sections(run, language)}


def test_nothing_is_said_where_nothing_was_studied(bare):
    assert not set(NEW) & set(_made(bare, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_has_its_section_in_order(full, language):
    found = [k for k in _made(full, language) if k in (*NEW, "offsets", "balance", "ledger")]
    assert found == [
        "joint", "offsets", "choice", "counterfactual", "people", "balance", "following",
        "cumulative", "ledger",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_numeric_heads_state_their_unit(full, language):
    for key in NEW:
        for table in _made(full, language)[key].tables:
            for column in table.columns:
                assert not column.numeric or re.search(r"\(.+\)", column.head), column.head
            assert {len(row) for row in table.rows} <= {len(table.columns)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_holds_them_all(full, language):
    page = render(full, language)
    for key in NEW:
        assert f'id="{key}"' in page
    assert f"plan.{language}.docx" in page
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL).lower().split()


def test_change_is_told_of_the_chosen_parcels_together(full):
    count = sum(p.chosen for p in full.parcels)
    table = offset_charts.assumptions(full).set_index("assumption")
    assert table.loc["as_given", "gain_qha"] == 10 * count
    assert table.loc["discount_rate", "change"] == pytest.approx(15 / 10 - 1)
    assert table.loc["leakage", "change"] == pytest.approx(8 / 10 - 1)


def test_who_loses_is_named(full):
    told = offset_rows.losing(full, "en")
    assert told == "Left with a net loss: Downstream. With a net gain: Upstream."
    services = full.offsetting.services
    kept = replace(full, offsetting=replace(full.offsetting, services=services[:1]))
    assert "nobody counted loses more" in offset_rows.losing(kept, "en")


def test_unknown_people_are_a_dash_and_no_zero(full):
    rows = offset_rows.people(full, "en").rows
    assert "10 people" in str(rows[0][0])
    assert "people" not in str(rows[1][0])


def test_what_nothing_replaces_is_called_so(full):
    assert "irreplaceable" in str(offset_rows.replacement(full, "en").rows[0][3])


def test_joint_plan_tells_bound_and_saving(full):
    notes = " ".join(offset_sections.joint(full, "en").notes)
    assert "13.5 million USD" in notes
    assert "3.50" in notes
    assert "saves 1.00 million USD" in notes


def test_a_loss_observed_keeps_its_sign(full):
    rows = offset_rows.progress(full, "en").rows
    assert rows[1][4] == "−25\u00a0%"


def test_portfolios_alone_make_no_table(full):
    only = full.offsetting.near_optimal[:1]
    alone = replace(full, offsetting=replace(full.offsetting, near_optimal=only))
    assert offset_rows.near_optimal(alone, "en") is None


def _changes():
    """Nothing changed; a change that leaves the sites short; one that nothing can make up for."""
    shared = {"kept_services_percent": np.nan, "new_parcels": "a", "new_differs": 1}
    rows = [
        ("as_given", "Como en este estudio", np.nan, 100.0, "", 2e6, "offset"),
        ("success", "Se logra el 50 % de la ganancia que este estudio supone, o menos " * 2, 0.5,
         62.5, "varzea", 3e6, "offset"),
        ("margin", "Margen del 50 %", 0.5, 66.7, "varzea", 2.5e6, "infeasible"),
        ("discount", "Tasa de descuento del 0 %", 0.0, 100.0, "", 1e6, "offset"),
    ]  # fmt: skip
    names = ("group", "assumption_es", "value", "kept_covered_percent", "kept_worst_ecosystem")
    names += ("new_cost_usd", "new_answer")
    table = pd.DataFrame([dict(zip(names, r, strict=True)) | shared for r in rows])
    return table.assign(assumption_en=table["assumption_es"])


@pytest.fixture(scope="module")
def shaken(full):
    return replace(full, offsetting=replace(full.offsetting, plan_sensitivity=_changes()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_plan_hangs_on(shaken, full, language):
    made = _made(shaken, language)["sensitivity"]
    rows = made.tables[0].rows
    assert [r[1] for r in rows] == ["100\u00a0%", "62\u00a0%", "67\u00a0%", "100\u00a0%"]
    # Against 2 million with nothing changed: 3, 2.5 and 1 million.
    assert [r[5] for r in rows] == ["0\u00a0%", "+50\u00a0%", "+25\u00a0%", "−50\u00a0%"]
    assert "sensitivity" not in _made(full, language)
    said = word("sensitivity-weights", language)
    assert said in made.notes
    assert said not in _made(shaken, language)["counterfactual"].notes
    assert said in _made(full, language)["counterfactual"].notes


def _collide(figure):
    """Texts of the panels that lie on a bar, a line or another text."""
    canvas = FigureCanvasAgg(figure)
    figure.canvas.draw()
    drawer = canvas.get_renderer()
    texts = [t.get_window_extent(drawer) for a in figure.axes for t in a.texts if t.get_text()]
    bars = [p.get_window_extent(drawer) for a in figure.axes for p in a.patches if p.get_width()]
    lines = [
        Bbox(a.transData.transform(segment))
        for a in figure.axes
        for c in a.collections
        for segment in c.get_segments()
    ]
    found = [t for t in texts for o in (*bars, *lines) if t.overlaps(o)]
    found += [t for i, t in enumerate(texts) for o in texts[i + 1 :] if t.overlaps(o)]
    out = [t for t in texts if t.x1 > figure.bbox.x1 or t.x0 < 0 or t.y1 > figure.bbox.y1]
    return found + out


@pytest.mark.parametrize("width", [NARROW, HALF, WIDE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_of_changes_lie_on_nothing(shaken, language, width):
    for draw in (offset_charts.sensitivity, sensitivity_charts.plan_sensitivity):
        with style("test"):
            assert _collide(draw(shaken, language, width)) == []
