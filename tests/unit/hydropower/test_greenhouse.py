"""Greenhouse gases of states, by tier, by hand."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.greenhouse import greenhouse_gases
from nonetloss.hydropower.inundation import Inundation
from nonetloss.hydropower.states import evaluate_states

UNITS = {"energy": "GWh", "capacity": "MW", "emissions": "tCO2e/year", "inundated": "ha"}
SOURCE = {"es": "inventado para la prueba", "en": "invented for the test"}


def basin(rivers, **units):
    dams = [
        # 100 MW over 1,000 ha: 10 W/m2.
        rivers.dam("a", 0, 1, energy=500.0, capacity=100.0, inundated=1000.0, emissions=3000.0),
        # 100 MW over 100 ha: 100 W/m2.
        rivers.dam("b", 0, 2, energy=400.0, capacity=100.0, inundated=100.0, emissions=-40.0),
        # 10 MW over 1,000 ha: 1 W/m2.
        rivers.dam("c", 0, 3, energy=50.0, capacity=10.0, inundated=1000.0, emissions=900.0),
    ]
    parts = {i: {"length_km": 1.0} for i in range(4)}
    return rivers.network(parts, dams, dam_units={**UNITS, **units})


def states(net):
    return evaluate_states(net, plans={"ab": ["a", "b"]}, criteria=["fragmented"])


def test_net_emissions_of_each_dam_add_up(rivers):
    net = basin(rivers)
    table = greenhouse_gases(net, states=states(net)).table.set_index("state")
    assert table.loc["ab", "emissions_t"] == 3000.0 - 40.0
    assert table.loc["ab", "intensity_g_per_kwh"] == pytest.approx(2960.0 / 900.0)
    assert table.loc["none", "emissions_t"] == 0.0
    assert np.isnan(table.loc["none", "intensity_g_per_kwh"])


def test_power_density_leaves_out_what_has_no_figure_and_says_so(rivers):
    net = basin(rivers)
    found = greenhouse_gases(net, states=states(net), tier="density")
    table = found.table.set_index("state")
    assert table.loc["ab", "emissions_t"] == 90.0 * 500
    assert table.loc["ab", "intensity_g_per_kwh"] == pytest.approx(90.0 * 500 / 900)
    assert table.loc["full", "without_figure"] == 1
    assert np.isnan(table.loc["full", "intensity_g_per_kwh"])
    assert [f.data["dams"] for f in found.findings] == ["c"]


def areas(net, *, outside=0.0, undrawn=(0.0, 0.0, 0.0, 0.0)):
    """10 ha more of forest and of grass from state to state; `outside` of the map in `full`."""
    names = states(net).names
    drawn = [20.0 * i + (outside if n == "full" else 0.0) for i, n in enumerate(names)]
    table = pd.DataFrame(
        {
            "state": list(names),
            "drawn_ha": drawn,
            "undrawn_ha": undrawn,
            "undrawn": [int(area > 0) for area in undrawn],
        }
    )
    rows = [(n, e, 10.0 * i) for i, n in enumerate(names) for e in ("forest", "grass")]
    flooded = pd.DataFrame(rows, columns=["state", "ecosystem", "inundated_ha"])
    return Inundation(table, pd.DataFrame(), flooded)


def test_areas_times_the_factors_that_the_user_gives(rivers):
    net = basin(rivers)
    factors = {
        "forest": {"young": 10.0, "old": 5.0, "source": SOURCE},
        "grass": {"young": 1.0, "old": 0.0, "source": SOURCE},
    }
    found = greenhouse_gases(
        net, states=states(net), inundation=areas(net), tier="area", factors=factors, life=40.0
    )
    # Half the life is young: 7.5 and 0.5 t per ha and year.
    emissions = found.table["emissions_t"].tolist()
    assert emissions == pytest.approx([10 * i * (7.5 + 0.5) for i in range(4)])
    assert found.table["without_class_ha"].tolist() == [0.0] * 4
    assert found.findings == ()


def test_flooded_land_without_a_class_leaves_the_total_unknown(rivers):
    """`full` (40 ha drawn) has 5 ha outside the map; `ab` a dam of 900 ha that nobody drew."""
    net = basin(rivers)
    factors = {e: {"young": 1.0, "old": 1.0, "source": SOURCE} for e in ("forest", "grass")}
    flooded = areas(net, outside=5.0, undrawn=(0.0, 0.0, 0.0, 900.0))
    found = greenhouse_gases(
        net, states=states(net), inundation=flooded, tier="area", factors=factors
    )
    table = found.table.set_index("state")
    assert table.index.tolist() == ["none", "today", "full", "ab"]
    assert table["emissions_t"].tolist()[:2] == pytest.approx([0.0, 20.0])
    assert table.loc[["full", "ab"], ["emissions_t", "intensity_g_per_kwh"]].isna().all(axis=None)
    assert table["without_figure"].tolist() == [0, 0, 0, 1]
    assert table["without_class_ha"].tolist() == pytest.approx([0.0, 0.0, 5.0, 900.0])
    assert [f.code for f in found.findings] == ["greenhouse.without-class"]
    assert "full: 5 ha" in found.findings[0].render("en")
    assert "ab: 900 ha" in found.findings[0].render("es")


@pytest.mark.parametrize(
    ("factors", "code"),
    [
        ({}, "greenhouse.factor-missing"),
        ({"forest": {"young": 1.0, "old": 1.0}}, "greenhouse.factor-source"),
        ({"forest": {"young": 1.0, "old": 1.0, "source": {"es": "x"}}}, "greenhouse.factor-source"),
        ({"forest": {"young": 1.0, "source": SOURCE}}, "greenhouse.factor-form"),
        ({"forest": {"young": "1", "old": 1.0, "source": SOURCE}}, "greenhouse.factor-form"),
        ({"forest": 3.0}, "greenhouse.factor-form"),
    ],
)
def test_factors_that_cannot_be_used(rivers, factors, code):
    net = basin(rivers)
    with pytest.raises(InputError) as caught:
        greenhouse_gases(
            net, states=states(net), inundation=areas(net), tier="area", factors=factors
        )
    assert caught.value.findings[0].code == code


def test_areas_need_the_step_that_measures_them(rivers):
    net = basin(rivers)
    with pytest.raises(InputError) as caught:
        greenhouse_gases(net, states=states(net), tier="area")
    assert caught.value.findings[0].code == "greenhouse.no-areas"


def test_energy_told_as_power_gives_no_intensity(rivers):
    net = basin(rivers, energy="MW")
    table = greenhouse_gases(net, states=states(net)).table
    assert table[["energy_gwh", "intensity_g_per_kwh"]].isna().all(axis=None)
    with pytest.raises(InputError) as caught:
        greenhouse_gases(net, states=states(net), tier="density")
    assert caught.value.findings[0].code == "hydropower.attribute-unit"
