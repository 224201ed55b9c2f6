"""What is chosen from a front, against all portfolios of small random basins.

The oracles look at every portfolio, not only at the front, and compare in plain loops.
"""

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InfeasibleError
from nonetloss.hydropower.criterion import resolved
from nonetloss.hydropower.evaluation import evaluate
from nonetloss.hydropower.results import Certificate, CriterionLabel, Frontier
from nonetloss.hydropower.selection import choose, exchange, menu, regret, robust, sequence
from nonetloss.hydropower.states import evaluate_states
from nonetloss.landscape.river import (
    Attribute,
    Component,
    Dam,
    DamOption,
    RiverNetwork,
    Status,
)

SEEDS = st.integers(0, 10_000)
SOME = settings(derandomize=True, deadline=None, max_examples=25)
SIGN = {"energy": -1, "connectivity": -1, "sediment": -1, "ghg": 1}


def basin(seed: int, dams: int) -> RiverNetwork:
    rng = np.random.default_rng(seed)
    components = tuple(
        Component(i, {"length_km": float(rng.integers(5, 40)), "sediment": float(rng.integers(9))})
        for i in range(dams + 1)
    )
    made = tuple(
        Dam(
            i,
            i,
            int(rng.integers(0, i)),
            (
                DamOption(
                    "",
                    {
                        "energy": float(rng.integers(1, 60)),
                        "sed_trap": float(rng.integers(0, 10)) / 10,
                        "ghg": float(rng.integers(1, 20)) / 4,
                    },
                    float(rng.integers(0, 2)) / 2,
                    1.0,
                ),
            ),
            Status.BUILT if rng.random() < 0.15 else Status.PLANNED,
        )
        for i in range(1, dams + 1)
    )
    units = {"energy": "MW", "length_km": "km"}
    return RiverNetwork(
        components,
        made,
        0,
        {n: Attribute(n, units.get(n, "")) for n in ("energy", "sed_trap", "ghg")},
        {n: Attribute(n, units.get(n, "")) for n in ("length_km", "sediment")},
    )


def every(network, names):
    """All portfolios and their turned values."""
    allowed = [[1] if d.status is Status.BUILT else [0, 1] for d in network.dams]
    choices = np.array(list(product(*allowed)), dtype=np.int8)
    values = evaluate(network, choices, criteria=names)
    lower = np.round(values.to_numpy() * [SIGN[n] for n in names], 9)
    return choices, values, lower


def efficient(lower):
    worse = (lower[None] <= lower[:, None]).all(axis=2) & (lower[None] < lower[:, None]).any(axis=2)
    return ~worse.any(axis=1)


def front_of(network, names):
    choices, values, lower = every(network, names)
    first = np.unique(lower, axis=0, return_index=True)[1]
    rows = np.sort(np.intersect1d(first, np.flatnonzero(efficient(lower))))
    return Frontier(
        tuple(
            CriterionLabel(c.name, c.title, c.unit, c.sense) for c in resolved(network, list(names))
        ),
        network.dam_ids,
        values.iloc[rows].reset_index(drop=True),
        choices[rows] > 0,
        choices[rows],
        0.0,
        0.0,
        True,
        Certificate(0.0, True, {}, 0, 0, 0, 0, 0),
    )


def short(x, g):
    """Shares by which x is worse than g, in each turned value."""
    return [0.0 if a == b else (a - b) / abs(b) if b else np.copysign(np.inf, a - b)
            for a, b in zip(x, g, strict=True)]  # fmt: skip


THREE = ("energy", "connectivity", "ghg")


@SOME
@given(SEEDS, st.floats(0, 1))
def test_no_portfolio_that_reaches_the_target_loses_less(seed, share):
    network = basin(seed, 6)
    front = front_of(network, THREE)
    _, values, _ = every(network, THREE)
    target = float(values["energy"].max() * share)
    reaching = values[values["energy"] >= target - 1e-9]
    best = choose(front, targets={"energy": target}, least=["connectivity"])
    assert best.values["connectivity"] == pytest.approx(reaching["connectivity"].max())
    cleanest = choose(front, targets={"energy": target}, least=["ghg"])
    assert cleanest.values["ghg"] == pytest.approx(reaching["ghg"].min())
    assert min(best.values["energy"], cleanest.values["energy"]) >= target - 1e-9


@SOME
@given(SEEDS, st.floats(0, 1), st.floats(0.1, 5))
def test_no_portfolio_makes_a_smaller_worst_sacrifice(seed, share, weight):
    network = basin(seed, 6)
    front = front_of(network, THREE)
    target = float(front.values["energy"].max() * share)
    able = front.values[front.values["energy"] >= target - 1e-9]
    found = choose(front, targets={"energy": target}, weights={"ghg": weight})
    worst = []
    for _, row in able.iterrows():
        parts = []
        for name, w in (("connectivity", 1), ("ghg", weight)):
            span = able[name].max() - able[name].min()
            best = able[name].max() if name == "connectivity" else able[name].min()
            parts.append(w * abs(row[name] - best) / span if span > 1e-9 else 0.0)
        worst.append(max(parts))
    place = list(able.index).index(found.row)
    assert worst[place] == pytest.approx(min(worst), abs=1e-8)


@SOME
@given(SEEDS, st.sampled_from([0, 5, 20, 60]))
def test_no_portfolio_gains_more_within_a_loss(seed, percent):
    network = basin(seed, 6)
    names = ("energy", "connectivity", "sediment")
    front = front_of(network, names)
    _, values, _ = every(network, names)
    now = values[(values.index == 0)].iloc[0]
    table = exchange(front, network=network, percents=(percent,)).table.set_index("criterion")
    kept = 1 - percent / 100
    for name in names[1:]:
        if name in table.index:
            within = values[values[name] >= now[name] * kept - 1e-9]
            expected = within["energy"].max() - now["energy"]
            assert table.loc[name, "added_energy"] == pytest.approx(expected)
    if "all" in table.index:
        both = [values[n] >= now[n] * kept - 1e-9 for n in names[1:]]
        expected = values[both[0] & both[1]]["energy"].max() - now["energy"]
        assert table.loc["all", "added_energy"] == pytest.approx(expected)


@SOME
@given(SEEDS)
def test_the_regret_of_any_plan_is_that_against_all_portfolios(seed):
    network = basin(seed, 6)
    front = front_of(network, THREE)
    choices, _, lower = every(network, THREE)
    rng = np.random.default_rng(seed)
    row = int(rng.integers(len(choices)))
    plan = [id for id, k in zip(network.dam_ids, choices[row], strict=True) if k]
    states = evaluate_states(network, plans={"plan": plan}, criteria=["energy"])
    found = regret(front, states=states, network=network, plans=["plan"], k=len(front))
    assert found.table["verdict"].tolist() == [
        "efficient" if efficient(lower)[row] else "dominated"
    ]
    x = lower[row]
    for c, name in enumerate(THREE):
        best = min(g[c] for g in lower if all(g[i] <= x[i] for i in range(3) if i != c))
        gained = found.improvements.set_index("criterion").loc[name, "gain"]
        assert gained == pytest.approx(x[c] - best, abs=1e-8)
    behind = max(0.0, *(min(short(x, g)) for g in lower))
    assert found.table["distance"][0] == pytest.approx(behind, abs=1e-8)
    by_dams = found.nearest[found.nearest["by"] == "dams"]
    changed = sorted((front.choices != choices[row]).sum(axis=1))
    assert by_dams["dams_changed"].tolist() == changed


@SOME
@given(SEEDS, st.integers(1, 3), st.sampled_from([THREE, THREE[:2]]))
def test_no_menu_covers_better(seed, k, names):
    front = front_of(basin(seed, 5), names)
    lower = front.values.to_numpy() * [SIGN[n] for n in names]
    matrix = [[max(0.0, *short(m, p)) for p in lower] for m in lower]
    best = min(
        max(min(matrix[m][p] for m in chosen) for p in range(len(lower)))
        for chosen in combinations(range(len(lower)), min(k, len(lower)))
    )
    found = menu(front, k=k, extremes=False)
    assert found.coverage == pytest.approx(best, abs=1e-8)
    assert found.exact
    assert found.bound <= found.coverage


@SOME
@given(SEEDS)
def test_no_order_of_building_stays_nearer_to_the_front(seed):
    network = basin(seed, 4)
    names = ("energy", "connectivity")
    front = front_of(network, names)
    choices, values, _ = every(network, names)
    most, least = values["energy"].max(), values["energy"].min()
    targets = [float(least + (most - least) * share) for share in (0.3, 0.6, 0.9)]
    assume(targets[0] < targets[1] < targets[2])
    free = [values[values["energy"] >= t - 1e-9]["connectivity"].max() for t in targets]
    # Any dam that the front never uses stays out of the comparison, as it does of the search.
    varies = np.ptp(front.choices, axis=0) > 0
    like = front.choices[0]

    def best_of(rows):
        found = np.inf
        for chain in product(rows, repeat=3):
            if not all((choices[a] <= choices[b]).all() for a, b in pairwise(chain)):
                continue
            if any(values["energy"][i] < t - 1e-9 for i, t in zip(chain, targets, strict=True)):
                continue
            pairs = zip(chain, free, strict=True)
            found = min(found, max(1 - values["connectivity"][i] / f for i, f in pairs))
        return found

    inside = [
        i for i, row in enumerate(choices)
        if (row[~varies] == like[~varies]).all()
        and values["connectivity"][i] >= front.values["connectivity"].min() - 1e-9
        and values["energy"][i] >= front.values["energy"].min() - 1e-9
    ]  # fmt: skip
    members = [i for i in inside if (front.choices == choices[i]).all(axis=1).any()]
    found = sequence(front, network=network, targets=dict(enumerate(targets)))
    assert found.front_distance == pytest.approx(best_of(members), abs=1e-8)
    assert found.proven == "optimal"
    assert found.distance == pytest.approx(best_of(inside), abs=1e-8)
    assert found.table["distance"].max() == pytest.approx(found.distance, abs=1e-8)


@SOME
@given(SEEDS, st.booleans())
def test_the_least_worst_regret(seed, targeted):
    network = basin(seed, 5)
    names = ("energy", "connectivity")
    front = front_of(network, names)
    rng = np.random.default_rng(seed)
    factors = {
        f"s{i}": {"energy": {int(d): float(rng.integers(1, 8)) / 4 for d in network.dam_ids}}
        for i in range(3)
    }
    energies = [d.options[0].values["energy"] for d in network.dams]
    tables = []
    for by_dam in [dict.fromkeys(network.dam_ids, 1.0), *(f["energy"] for f in factors.values())]:
        times = [by_dam[d] * e for d, e in zip(network.dam_ids, energies, strict=True)]
        tables.append(np.column_stack([front.choices @ times, front.values["connectivity"]]))
    target = float(np.median(np.min([t[:, 0] for t in tables], axis=0))) if targeted else None
    worst = np.zeros(len(front))
    share = np.zeros(len(front))
    for table in tables:
        lower = -np.round(table, 9)
        share += efficient(lower) / len(tables)
        able = [i for i in range(len(front)) if target is None or table[i, 0] >= target - 1e-9]
        for i in range(len(front)):
            if i not in able:
                worst[i] = np.inf
                continue
            losses = (1,) if targeted else (0, 1)
            behind = max(min(short(lower[i, losses], lower[g, losses])) for g in able)
            worst[i] = max(worst[i], behind, 0.0)
    arguments = {"targets": {"energy": target}} if targeted else {}
    try:
        found = robust(front, network=network, scenarios=factors, **arguments)
    except InfeasibleError:
        assert np.isinf(worst).all()
        return
    chosen = found.table[found.table["chosen"]].iloc[0]
    assert chosen["max_regret"] == pytest.approx(worst.min(), abs=1e-8)
    np.testing.assert_allclose(found.table["efficient_share"], share)
    told = found.table["max_regret"].fillna(np.inf)
    np.testing.assert_allclose(told, worst, atol=1e-8)
