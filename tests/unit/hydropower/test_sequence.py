"""Build sequences by hand.

p: 10 MW, cuts 4 km of 20. q: 20 MW, cuts 6 km. Front: nothing (0, 20), p (10, 16), q (20, 14),
both (30, 10). For 10 MW p is best, for 20 MW q; but p then q means both.
"""

import dataclasses

import numpy as np
import pytest

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.hydropower.frontier import pareto_frontier
from nonetloss.hydropower.nested import nested_sequences
from nonetloss.hydropower.sequence import sequence
from nonetloss.landscape.river import Dam, DamOption, Status


@pytest.fixture
def fork(rivers):
    return rivers.network(
        {0: {"length_km": 10.0}, 1: {"length_km": 4.0}, 2: {"length_km": 6.0}},
        [rivers.dam("p", 0, 1, energy=10.0), rivers.dam("q", 0, 2, energy=20.0)],
        component_units={"length_km": "km"},
    )


@pytest.fixture
def front(rivers, fork):
    return rivers.front_of(fork, ["energy", "connectivity"])


@pytest.mark.parametrize("improve", [True, False])
def test_starting_with_the_larger_dam_is_the_smaller_regret(front, fork, improve):
    """q at once: 14 of 16 km for the first target, 14 of 14 for the second.

    p first: 16 of 16, then 10 of 14, 28.6 % short.
    """
    targets = {2030: "10 MW", 2040: "20 MW"}
    found = sequence(front, network=fork, targets=targets, improve=improve, within=0.1)
    assert found.names == ("2030", "2040")
    assert found.choices.tolist() == [[0, 1], [0, 1]]
    assert found.table["distance"].tolist() == pytest.approx([2 / 16, 0.0])
    assert found.table["built"].tolist() == ["q", ""]
    assert found.table["on_front"].tolist() == [True, True]
    assert found.distance == found.front_distance == pytest.approx(0.125)
    assert found.proven == ("optimal" if improve else "best-of-front")
    assert found.bound == (pytest.approx(0.125) if improve else 0.0)
    assert found.reached is False
    assert [f.code for f in found.findings] == [
        "selection.sequence-front", "selection.sequence-beyond",
    ]  # fmt: skip
    lock = found.lock_in.set_index(["period", "criterion"])
    assert lock.loc[("2030", "connectivity"), "free"] == 16.0
    assert lock.loc[("2030", "connectivity"), "further_loss"] == pytest.approx(2.0)
    assert lock.loc[("2030", "connectivity"), "further_loss_percent"] == pytest.approx(12.5)
    assert lock.loc[("2040", "connectivity"), "further_loss"] == 0.0


def test_a_sequence_without_lock_in(front, fork):
    found = sequence(front, network=fork, targets={"a": 20, "b": 30}, within=0.0)
    assert found.choices.tolist() == [[0, 1], [1, 1]]
    assert (found.distance, found.bound, found.proven) == (0.0, 0.0, "optimal")
    assert found.reached is True
    assert found.findings == ()


def test_leaving_the_front_can_help(rivers):
    """Three dams: x 10 MW cuts 5; y 10 MW cuts 5.1; z 21 MW cuts 9. Targets 10, 20, 31 of 40 km.

    Best for 10 MW x (35); for 20 MW z (31); for 31 MW x and z (26). Chain of the front: z, z, xz
    with 31 of 35 at first (4/35), or x, xz, xz with 26 of 31 at second (5/31).
    Off the front: x, xy (29.9), xyz is worse at last. So z first stays, and nothing is gained.
    """
    network = rivers.network(
        {i: {"length_km": v} for i, v in enumerate((20.9, 5.0, 5.1, 9.0))},
        [
            rivers.dam("x", 0, 1, energy=10.0),
            rivers.dam("y", 0, 2, energy=10.0),
            rivers.dam("z", 0, 3, energy=21.0),
        ],
    )
    front = rivers.front_of(network, ["energy", "connectivity"])
    found = sequence(front, network=network, targets={1: 10, 2: 20, 3: 31})
    assert found.distance == pytest.approx(4 / 35)
    # With the last target 41 all three are built in the end: x, xy, xyz leaves the front at 20 MW
    # (29.9 of 31 km) and beats every chain of its members.
    found = sequence(front, network=network, targets={1: 10, 2: 20, 3: 41})
    assert found.table["built"].tolist() == ["x", "y", "z"]
    assert found.distance == pytest.approx(1 - 29.9 / 31)
    assert found.front_distance == pytest.approx(4 / 35)
    assert found.table["on_front"].tolist() == [True, False, True]
    assert found.table["row"].tolist()[1] == -1
    assert found.proven == "optimal"


def test_it_is_found_and_proven_too_where_not_all_can_be_tried(rivers, monkeypatch):
    network = rivers.network(
        {i: {"length_km": v} for i, v in enumerate((20.9, 5.0, 5.1, 9.0))},
        [
            rivers.dam("x", 0, 1, energy=10.0),
            rivers.dam("y", 0, 2, energy=10.0),
            rivers.dam("z", 0, 3, energy=21.0),
        ],
    )
    front = rivers.front_of(network, ["energy", "connectivity"])
    monkeypatch.setattr("nonetloss.hydropower.sequence._TRIED", 0)
    targets = {1: 10, 2: 20, 3: 41}
    found = sequence(front, network=network, targets=targets)
    assert found.distance == pytest.approx(1 - 29.9 / 31)
    assert (found.proven, found.bound) == ("optimal", found.distance)
    # Where the search cannot be ended the same is found, and nothing is claimed of it.
    monkeypatch.setattr("nonetloss.hydropower.sequence.nested_sequences", lambda *_, **__: None)
    found = sequence(front, network=network, targets=targets)
    assert found.distance == pytest.approx(1 - 29.9 / 31)
    assert (found.proven, found.bound) == ("best-of-front", 0.0)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("loss", ["connectivity", "ghg", "dci_p", "fragmented", "sediment"])
def test_the_search_of_all_sequences_agrees_with_trying_them(rivers, monkeypatch, seed, loss):
    """Options, exclusions, partial passage, sums, shares of pairs: the same best distance."""
    network = rivers.random_network(np.random.default_rng(seed), dams=4)
    if seed % 2:
        network = dataclasses.replace(network, exclusions=(frozenset({1, 3}),))
    front = rivers.front_of(network, ["energy", loss])
    most = front.values["energy"].max()
    targets = {t: most * share for t, share in enumerate((0.35, 0.6, 0.95))}
    tried = sequence(front, network=network, targets=targets)
    assert tried.proven == "optimal"
    monkeypatch.setattr("nonetloss.hydropower.sequence._TRIED", 0)
    searched = sequence(front, network=network, targets=targets)
    assert searched.proven == "optimal"
    assert searched.distance == pytest.approx(tried.distance, abs=1e-8)
    monkeypatch.setattr("nonetloss.hydropower.sequence.nested_sequences", only_pairs)
    bounded = sequence(front, network=network, targets=targets)
    assert bounded.bound <= searched.distance + 1e-8


def only_pairs(*given, limits, **more):
    return None if len(limits) > 2 else nested_sequences(*given, limits=limits, **more)


def test_what_is_built_keeps_its_option_and_exclusions_hold(rivers):
    rng = np.random.default_rng(3)
    network = rivers.random_network(rng, dams=5)
    network = dataclasses.replace(network, exclusions=(frozenset({1, 2}),))
    front = rivers.front_of(network, ["energy", "ghg"])
    most = front.values["energy"].max()
    targets = {"a": most / 4, "b": most / 2, "c": most * 0.9}
    found = sequence(front, network=network, targets=targets)
    for before, after in zip(found.choices[:-1], found.choices[1:], strict=True):
        stands = before > 0
        assert (after[stands] == before[stands]).all()
    assert (found.choices[:, :2] > 0).sum(axis=1).max() <= 1
    assert (found.table["energy"] >= list(targets.values())).all()


@pytest.mark.parametrize("status", [Status.BUILT, Status.PLANNED])
@pytest.mark.parametrize("way", ["tried", "searched", "moved"])
def test_what_stands_in_the_whole_front_is_never_taken_down(rivers, monkeypatch, status, way):
    """r: 5 MW for 1 usd or 6 MW for 30; x: 10 for 10; y: 10 for 11. r is asked for.

    26 MW need all three, r with 6 MW: 51 usd. As r keeps its option, it is r (30), r and x (40)
    before. Without r in the first period it would be x for 10 usd, which nobody may choose.
    """

    def site(id, *options, **more):
        made = (DamOption(f"h{k}", {"energy": e, "cost": c}) for k, (e, c) in enumerate(options, 1))
        return Dam(id, id, 0, tuple(made), **more)

    network = rivers.network(
        {i: {"length_km": 1.0} for i in range(4)},
        [
            site(1, (5.0, 1.0), (6.0, 30.0), status=status),
            site(2, (10.0, 10.0)),
            site(3, (10.0, 11.0)),
        ],
    )
    front = pareto_frontier(network, criteria=["energy", "cost"], fixed={1: True})
    assert np.unique(front.choices[:, 0]).tolist() == [1, 2]
    if way != "tried":
        monkeypatch.setattr("nonetloss.hydropower.sequence._TRIED", 0)
    if way == "moved":
        monkeypatch.setattr("nonetloss.hydropower.sequence.nested_sequences", lambda *_, **__: None)
    found = sequence(front, network=network, targets={"a": 6, "b": 10, "c": 26}, least=["cost"])
    assert found.choices.tolist() == [[2, 0, 0], [2, 1, 0], [2, 1, 1]]
    # Freely chosen: 11 usd in both first periods (r and x; x alone is not in the front).
    assert found.distance == pytest.approx((40 - 11) / 11)
    assert found.proven == ("best-of-front" if way == "moved" else "optimal")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"targets": {}}, "selection.targets-none"),
        ({"targets": {1: 20, 2: 10}}, "selection.targets-rising"),
        ({"targets": {1: 20, 2: 20}}, "selection.targets-rising"),
        ({"targets": {1: 20}, "criterion": "enrgy"}, "selection.criterion-unknown"),
        ({"targets": {1: 20}, "least": ["energy"]}, "selection.least-repeated"),
        ({"targets": {1: 20}, "least": []}, "selection.least-none"),
    ],
)
def test_what_cannot_be_asked(front, fork, arguments, code):
    with pytest.raises(InputError) as raised:
        sequence(front, network=fork, **arguments)
    assert raised.value.findings[0].code == code


def test_targets_are_on_what_is_maximized(rivers):
    three = rivers.three()
    front = rivers.front_of(three, ["energy", "ghg"])
    with pytest.raises(InputError) as raised:
        sequence(front, network=three, targets={1: 1}, criterion="ghg")
    assert raised.value.findings[0].code == "selection.target-sense"


def test_a_last_target_beyond_reach(front, fork):
    with pytest.raises(InfeasibleError) as raised:
        sequence(front, network=fork, targets={1: 10, 2: 31})
    assert raised.value.findings[0].data["missing"] == "1 MW"
