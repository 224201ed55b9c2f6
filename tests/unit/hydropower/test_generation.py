"""Two plants in a row, the upper with storage, by hand."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.cost import costs
from nonetloss.hydropower.energy import MONTH_H, evening_storage_m3
from nonetloss.hydropower.generation import generate
from nonetloss.hydropower.states import evaluate_states

# The upper site: 120 and 20 m3/s by turns; the lower site has as much again from its own land.
UPPER = np.array([120.0, 20.0] * 6)
UNITS = {
    "head": "m", "capacity": "MW", "active_storage": "m^3", "cost": "Musd", "operation": "usd/year",
    **{f"flow_{m:02d}": "m^3/s" for m in range(1, 13)},
}  # fmt: skip


def flows(series):
    return {f"flow_{m:02d}": float(q) for m, q in enumerate(series, start=1)}


def cascade(rivers, *, storage=0.0, lower=2 * UPPER, **changes):
    values = {"head": 100.0, "capacity": 500.0, "cost": 300.0, "operation": 2e6, **changes}
    dams = [
        rivers.dam("low", 0, 1, active_storage=0.0, **values, **flows(lower)),
        rivers.dam("up", 1, 2, active_storage=storage, **values, **flows(UPPER)),
    ]
    return rivers.network({i: {"length_km": 1.0} for i in range(3)}, dams, dam_units=UNITS)


def states(net):
    return evaluate_states(net, plans={"low": ["low"]}, criteria=["fragmented"])


def test_energy_without_storage_by_hand(rivers):
    net = cascade(rivers)
    table = generate(net, states=states(net)).table.set_index("state")
    upper = 9.81 * 0.9 * 100 * (UPPER * MONTH_H).sum() / 1e6
    assert table.loc["none", "annual_gwh"] == 0.0
    assert table.loc["low", "annual_gwh"] == pytest.approx(2 * upper, rel=1e-12)
    assert table.loc["full", "annual_gwh"] == pytest.approx(3 * upper, rel=1e-12)
    # Firm: 20 and 40 m3/s all year.
    firm = 9.81 * 0.9 * 100 * (20 + 40) * 8760 / 1e6
    assert table.loc["full", "firm_gwh"] == pytest.approx(firm, rel=1e-12)


def test_storage_above_evens_out_the_flow_below(rivers):
    """All the storage it takes: the upper site runs at its mean, the lower at mean + its own."""
    net = cascade(rivers, storage=float(evening_storage_m3(UPPER)))
    table = generate(net, states=states(net)).table.set_index("state")
    mean = (UPPER * MONTH_H).sum() / MONTH_H.sum()
    firm = 9.81 * 0.9 * 100 * (mean + (mean + 20)) * 8760 / 1e6
    assert table.loc["full", "firm_gwh"] == pytest.approx(firm, rel=1e-12)
    # Alone, the lower plant has nothing above it.
    alone = 9.81 * 0.9 * 100 * 40 * 8760 / 1e6
    assert table.loc["low", "firm_gwh"] == pytest.approx(alone, rel=1e-12)
    # Turbines take all: the year's energy does not change.
    assert table["annual_gwh"].tolist() == pytest.approx(table["unregulated_gwh"].tolist())


def test_where_turbines_are_small_storage_above_adds_energy(rivers):
    """Capacity for 100 m3/s: evened flow is never lost above it."""
    net = cascade(rivers, storage=1e12, capacity=9.81 * 0.9 * 100 * 100 / 1e3)
    table = generate(net, states=states(net)).table.set_index("state")
    assert table.loc["full", "annual_gwh"] > table.loc["full", "unregulated_gwh"]
    natural = generate(net, states=states(net), regulated=False).table.set_index("state")
    assert natural["annual_gwh"].tolist() == pytest.approx(table["unregulated_gwh"].tolist())


def test_plants_add_up_to_the_state(rivers):
    net = cascade(rivers, storage=1e7)
    found = generate(net, states=states(net))
    sums = found.plants.groupby("state")["annual_gwh"].sum()
    table = found.table.set_index("state")
    assert sums["full"] == pytest.approx(table.loc["full", "annual_gwh"])
    assert found.plants.query("state == 'low'")["dam"].tolist() == ["low"]


def test_more_held_back_than_flows_is_told(rivers):
    net = cascade(rivers, storage=1e12, lower=np.array([40.0, 5.0] * 6))
    with pytest.raises(InputError) as caught:
        generate(net, states=states(net))
    assert caught.value.findings[0].code == "energy.negative-flow"


def test_what_is_missing_is_told_with_the_dams(rivers):
    net = cascade(rivers, head=float("nan"))
    with pytest.raises(InputError, match="low, up") as caught:
        generate(net, states=states(net))
    assert caught.value.findings[0].code == "hydropower.dams-without-value"
    with pytest.raises(InputError) as caught:
        generate(rivers.three(), states=evaluate_states(rivers.three(), criteria=["ghg"]))
    assert caught.value.findings[0].code == "hydropower.attribute-missing"


def test_a_head_in_another_unit_is_converted_or_refused(rivers):
    net = cascade(rivers)
    for unit, fine in (("km", True), ("ha", False), ("", False)):
        units = {**UNITS, "head": unit}
        changed = rivers.network(
            {c.id: dict(c.values) for c in net.components}, net.dams, dam_units=units
        )
        if fine:
            found = generate(changed, states=states(net)).table
            plain = generate(net, states=states(net), regulated=False).table
            assert found["annual_gwh"].iloc[2] > plain["annual_gwh"].iloc[2]
        else:
            with pytest.raises(InputError) as caught:
                generate(changed, states=states(net))
            assert caught.value.findings[0].code == "hydropower.attribute-unit"


def test_costs_of_new_dams_by_hand(rivers):
    """Two dams of 300 MUSD and 2 MUSD a year; 0 %, 50 years: 2 · (300/50 + 2) MUSD a year."""
    net = cascade(rivers)
    made = states(net)
    generation = generate(net, states=made)
    found = costs(net, states=made, generation=generation, rate=0.0, life=50.0)
    table = found.table.set_index("state")
    assert table.loc["full", "capital_usd"] == pytest.approx(600e6)
    energy = generation.table.set_index("state").loc["full", "annual_gwh"]
    assert table.loc["full", "levelized_usd_per_mwh"] == pytest.approx(
        2 * (300e6 / 50 + 2e6) / (energy * 1e3), rel=1e-12
    )
    assert np.isnan(table.loc["none", "levelized_usd_per_mwh"])
    assert len(found.dams) == 2 + 1


def test_what_stands_already_costs_nothing_new(rivers):
    net = rivers.three()
    dams = [
        rivers.dam("a", 0, 1, energy=500.0, cost=1e8),
        rivers.dam("c", 0, 3, energy=100.0, cost=float("nan"), status=net.dams[2].status),
    ]
    net = rivers.network(
        {0: {"length_km": 1.0}, 1: {"length_km": 1.0}, 3: {"length_km": 1.0}},
        dams,
        dam_units={"energy": "GWh", "cost": "usd"},
    )
    made = evaluate_states(net, criteria=["energy"])
    table = costs(net, states=made, rate=0.0, life=20.0).table.set_index("state")
    assert table.loc["today", "capital_usd"] == 0.0
    assert table.loc["full", "levelized_usd_per_mwh"] == pytest.approx(1e8 / 20 / 5e5)
