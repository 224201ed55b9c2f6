"""Exchange of river for energy in the upper Ucayali, and what follows from its exact front.

Added MW and dams in total were computed apart from this package, from the exact front of energy and
connectivity (393 portfolios) of the public dam tree.
"""

import numpy as np
import pytest

from nonetloss.hydropower.frontier import pareto_frontier
from nonetloss.hydropower.selection import choose, exchange, membership, menu, regret, sequence
from nonetloss.hydropower.states import evaluate_states
from nonetloss.io.dam_trees import read_dam_tree


@pytest.fixture(scope="module")
def network(shared_data):
    path = shared_data / "hydropower_amazon_dam_trees" / "ucayali_cppinput_2021_Feb.txt"
    if not path.is_file():
        pytest.skip("the public dam trees are not among the real data")
    return read_dam_tree(path)


@pytest.fixture(scope="module")
def front(network):
    return pareto_frontier(network, criteria=["energy", "connectivity"])


@pytest.fixture(scope="module")
def wide(network):
    return pareto_frontier(network, criteria=["energy", "connectivity", "sediment"])


@pytest.mark.parametrize("which", ["front", "wide"])
def test_added_energy_by_further_loss_of_river(network, which, request):
    """A front with a further criterion says the same."""
    found = exchange(
        request.getfixturevalue(which), network=network, criteria=["connectivity"],
        percents=(0, 1, 5, 10, 20, 30),
    )  # fmt: skip
    assert found.today["value"].round(2).tolist()[:2] == [2319.61, 2660425.49]
    assert found.today["dams_total"].tolist()[0] == 21
    assert found.table["added_energy"].round(2).tolist() == [
        700.99, 1868.87, 4353.77, 5768.77, 7182.47, 11241.47,
    ]  # fmt: skip
    if which == "front":
        assert found.table["dams_total"].tolist() == [26, 37, 41, 42, 49, 52]


def test_the_existing_dams_are_dominated_by_one_plan(network, front):
    """700.99 MW can be added above existing dams without cutting any connected river."""
    states = evaluate_states(network, criteria=["energy"])
    found = regret(front, states=states, network=network, plans=["today", "full"])
    today, full = (found.table.iloc[i] for i in (0, 1))
    assert (today["verdict"], today["dominated_by"]) == ("dominated", 1)
    gain = found.improvements.set_index(["state", "criterion"])["gain"]
    assert round(gain["today", "energy"], 2) == 700.99
    assert gain["today", "connectivity"] == 0
    assert full["verdict"] == "efficient"
    first = found.nearest[(found.nearest["state"] == "today")].iloc[0]
    assert (first["dams_changed"], first["drop"]) == (5, "")


def test_the_five_free_dams_are_in_every_plan(network, front):
    """Whatever adds energy at no loss belongs to all efficient portfolios."""
    free = exchange(front, network=network, percents=(0,))
    added = set(np.flatnonzero(free.choices[0])) - set(np.flatnonzero(
        [d.status == "built" for d in network.dams]
    ))  # fmt: skip
    table = membership(front, network=network).table
    assert set(table[table["member"] == "always"].index) >= added
    assert len(added) == 5


def test_seven_plans_stand_for_all(front):
    """Brute force over pairs for two members; the exact sweep for more never gets worse."""
    values = front.values.to_numpy()
    short = np.maximum(0, 1 - values[:, None] / values[None]).max(axis=2)
    pairs = np.minimum(short[:, None], short[None]).max(axis=2)
    two = menu(front, k=2, extremes=False)
    assert two.coverage == pytest.approx(pairs.min())
    coverages = [menu(front, k=k, extremes=False).coverage for k in range(2, 9)]
    assert coverages == sorted(coverages, reverse=True)
    seven = menu(front, k=7)
    assert seven.exact
    rows = seven.table["row"].to_numpy()
    assert short[rows].min(axis=0).max() == pytest.approx(seven.coverage)
    assert {0, len(front) - 1} <= set(rows)


def test_a_sequence_that_never_leaves_the_front(network, front):
    targets = {"2030": "4000 MW", "2040": "6000 MW", "2050": "9000 MW"}
    found = sequence(front, network=network, targets=targets, within=0)
    assert (found.distance, found.proven) == (0.0, "optimal")
    for t, (period, target) in enumerate(targets.items()):
        free = choose(front, targets={"energy": target}, least=["connectivity"])
        assert found.table["connectivity"][t] == pytest.approx(free.values["connectivity"])
        assert found.table["period"][t] == period
    assert (np.diff(found.choices, axis=0) >= 0).all()


def test_a_sequence_that_must_leave_it(network, front):
    """4000, 8000 and 12,000 MW: the plans freely chosen for the last two are not nested."""
    targets = {"a": 4000, "b": 8000, "c": 12000}
    free = [choose(front, targets={"energy": t}, least=["connectivity"]) for t in targets.values()]
    assert not (free[1].choices <= free[2].choices).all()
    inside = sequence(front, network=network, targets=targets, improve=False)
    off = sequence(front, network=network, targets=targets)
    assert 0 < off.distance < inside.distance == inside.front_distance
    assert (off.proven, inside.proven) == ("optimal", "best-of-front")
    for found in (inside, off):
        assert (np.diff(found.choices, axis=0) >= 0).all()
        lost = [
            1 - c / f.values["connectivity"]
            for c, f in zip(found.table["connectivity"], free, strict=True)
        ]
        assert found.table["distance"].tolist() == pytest.approx(lost, abs=1e-12)
    # Every chain of three members of the front, those that reach the targets.
    choices, energy = front.choices, front.values["energy"].to_numpy()
    river = front.values["connectivity"].to_numpy()
    reach = [np.flatnonzero(energy >= t) for t in targets.values()]
    behind = [1 - river / f.values["connectivity"] for f in free]
    inside_of = (choices[:, None] <= choices[None]).all(axis=2)
    label = np.full(len(energy), np.inf)
    label[reach[0]] = behind[0][reach[0]]
    for rows, price in zip(reach[1:], behind[1:], strict=True):
        before = np.where(inside_of, label[:, None], np.inf).min(axis=0)
        label = np.full(len(energy), np.inf)
        label[rows] = np.maximum(before[rows], price[rows])
    assert inside.front_distance == pytest.approx(label.min(), abs=1e-12)
