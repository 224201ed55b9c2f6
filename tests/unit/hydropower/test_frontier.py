"""What the search refuses, what it says when nothing is possible, and how it is interrupted."""

import os
import signal
import threading

import numpy as np
import pytest

from nonetloss.core.errors import InfeasibleError, InputError, NoSolutionError
from nonetloss.core.findings import Finding
from nonetloss.core.language import text
from nonetloss.hydropower import pareto_frontier
from nonetloss.hydropower.frontier_method import find_frontier
from nonetloss.hydropower.interruption import asked_to_stop
from nonetloss.landscape.river import Attribute, Component, Dam, DamOption, RiverNetwork, Status


def basin(exclusions=(), **changed):
    """Three dams in a row, mouth first: 100 MW (or 150), 40 MW built, 7 MW."""
    dams = {
        "low": Dam(
            "low",
            1,
            0,
            (
                DamOption("short", {"energy": 100.0, "cost": 10.0}),
                DamOption("tall", {"energy": 150.0, "cost": 30.0}),
            ),
        ),
        "old": Dam("old", 2, 1, (DamOption("", {"energy": 40.0, "cost": 4.0}),), Status.BUILT),
        "high": Dam("high", 3, 2, (DamOption("", {"energy": 7.0, "cost": 0.7}),)),
    }
    dams |= changed
    return RiverNetwork(
        components=tuple(Component(i, {"connectivity": 10.0 * (i + 1)}) for i in range(4)),
        dams=tuple(dams.values()),
        root=0,
        dam_attributes={"energy": Attribute("energy", "MW"), "cost": Attribute("cost", "usd")},
        component_attributes={"connectivity": Attribute("connectivity", "km")},
        exclusions=tuple(map(frozenset, exclusions)),
    )


CRITERIA = ("energy", "cost")


def refused(error=InputError, network=None, **given):
    with pytest.raises(error) as problem:
        pareto_frontier(network or basin(), **({"criteria": CRITERIA} | given))
    findings = problem.value.findings
    for found in findings:
        told = [text(found.code, language, subject=found.subject, **found.data)
                for language in ("es", "en")]  # fmt: skip
        assert told[0] != told[1]
    return findings


def codes(findings: tuple[Finding, ...]):
    return [f.code for f in findings]


def test_values_carry_units_and_the_front_is_sorted():
    front = pareto_frontier(basin(), criteria=CRITERIA)
    # 40 stands; with 7, 100, 150: 40, 47, 140, 147, 190, 197 MW at 4, 4.7, 14, 14.7, 34, 34.7.
    assert front.values["energy"].tolist() == [40.0, 47.0, 140.0, 147.0, 190.0, 197.0]
    assert front.values["cost"].tolist() == [4.0, 4.7, 14.0, 14.7, 34.0, 34.7]
    assert front.values.attrs["units"] == {"energy": "MW", "cost": "usd"}
    assert front.dams == ("low", "old", "high")
    assert front.choices[-1].tolist() == [2, 1, 1]
    assert front.portfolios[0].tolist() == [False, True, False]
    assert front.epsilon == 0.0
    assert front.finished
    assert front.certificate.exact
    assert front.certificate.resolution == {"energy": 0.0, "cost": 0.0}
    assert front.certificate.reevaluated == 6


def test_decimals_that_tie_make_no_false_winner():
    """0.1 + 0.2 is 0.3 in decimals and more than it in binary: one portfolio, not two."""
    dams = tuple(
        Dam(i, i, 0, (DamOption("", {"energy": energy, "cost": cost}),))
        for i, (energy, cost) in enumerate([(1.0, 0.1), (1.0, 0.2), (2.0, 0.3)], start=1)
    )
    network = RiverNetwork(
        components=tuple(Component(i, {}) for i in range(4)),
        dams=dams,
        root=0,
        dam_attributes={"energy": Attribute("energy", "MW"), "cost": Attribute("cost", "usd")},
        component_attributes={},
    )
    front = pareto_frontier(network, criteria=CRITERIA)
    assert front.values["energy"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert front.values["cost"].tolist() == [0.0, 0.1, 0.3, 0.4, 0.6]


def test_an_upper_bound_finds_what_a_filter_of_the_front_loses():
    """Cheap 150 MW beats dear 100 MW, but only the latter stays below 120 MW."""
    low = Dam(
        "low",
        1,
        0,
        (
            DamOption("dear", {"energy": 100.0, "cost": 10.0}),
            DamOption("cheap", {"energy": 150.0, "cost": 5.0}),
        ),
    )
    network = basin(low=low)
    free = pareto_frontier(network, criteria=CRITERIA)
    assert 140.0 not in free.values["energy"].tolist()
    front = pareto_frontier(network, criteria=CRITERIA, bounds={"energy": (None, 150)})
    assert front.values["energy"].tolist() == [40.0, 47.0, 140.0, 147.0]


def test_unknown_criterion_names_the_nearest():
    findings = refused(criteria=["enrgy"])
    assert codes(findings) == ["criteria.unknown"]
    assert findings[0].data["nearest"] == "energy"


@pytest.mark.parametrize("epsilon", [-0.1, 1.0, float("nan")])
def test_epsilon_out_of_range(epsilon):
    assert codes(refused(epsilon=epsilon)) == ["frontier.epsilon"]


def test_bounds_of_unknown_criteria_and_empty_bounds_are_told_together():
    findings = refused(bounds={"coste": (0, 1), "energy": (5, 2)})
    assert codes(findings) == ["frontier.bound-unknown", "frontier.bound-empty"]
    assert findings[0].data["nearest"] == "cost"


def test_a_bound_that_nothing_meets_says_by_how_much():
    [found] = refused(InfeasibleError, bounds={"energy": (250, None)})
    # All three dams give 150 + 40 + 7 MW.
    assert found.code == "frontier.no-portfolio"
    assert found.subject == "energy"
    assert found.data["nearest_value"] == 197.0
    assert found.data["miss"] == 53.0
    [found] = refused(InfeasibleError, bounds={"energy": (None, 30)})
    # 40 MW stand and stay.
    assert found.data["nearest_value"] == 40.0
    assert found.data["miss"] == 10.0


def test_bounds_that_only_clash_together_name_each_with_its_miss():
    findings = refused(InfeasibleError, bounds={"energy": (190, None), "cost": (None, 20)})
    assert codes(findings) == ["frontier.no-portfolio-others"] * 2
    by_name = {f.subject: f.data for f in findings}
    # Below 20 USD: 147 MW for 14.7; above 190 MW: 34 USD at least.
    assert by_name["energy"]["miss"] == 43.0
    assert by_name["cost"]["miss"] == 14.0


def test_three_bounds_of_which_no_single_one_is_to_blame():
    bounds = {"energy": (500, None), "cost": (None, 1), "connectivity": (1000, None)}
    findings = refused(InfeasibleError, criteria=[*CRITERIA, "connectivity"], bounds=bounds)
    assert codes(findings) == ["frontier.no-portfolio-together"]


def test_fixed_dams_and_options_must_exist():
    findings = refused(fixed={"lwo": True, "low": "huge"})
    assert codes(findings) == ["frontier.dam-unknown", "frontier.option-unknown"]
    assert findings[0].data["nearest"] == "low"


def test_two_standing_dams_of_one_group_are_infeasible():
    findings = refused(
        InfeasibleError, network=basin(exclusions=[{"low", "old"}]), fixed={"low": True}
    )
    assert codes(findings) == ["frontier.excluded"]


def test_a_part_of_a_negative_number_has_no_meaning():
    high = Dam("high", 3, 2, (DamOption("", {"energy": 7.0, "cost": -0.7}),))
    assert codes(refused(network=basin(high=high), epsilon=0.1)) == ["frontier.negative"]
    exact = pareto_frontier(basin(high=high), criteria=CRITERIA)
    assert exact.values["cost"].tolist()[0] == 3.3


def test_a_study_writes_bounds_with_units():
    bounds = {"energy": {"low": "0.1 GW", "high": "150 MW"}}
    front = find_frontier(basin(), criteria=CRITERIA, bounds=bounds)
    assert front.values["energy"].tolist() == [140.0, 147.0]
    with pytest.raises(InputError) as problem:
        find_frontier(basin(), criteria=CRITERIA, bounds={"energy": 5})
    assert codes(problem.value.findings) == ["frontier.bound-form"]


def test_the_first_interrupt_asks_and_the_second_breaks_off():
    before = signal.getsignal(signal.SIGINT)
    with asked_to_stop() as asked:
        assert not asked()
        os.kill(os.getpid(), signal.SIGINT)
        assert asked()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_search_without_signals():
    found = []
    worker = threading.Thread(
        target=lambda: found.append(len(pareto_frontier(basin(), criteria=CRITERIA)))
    )
    worker.start()
    worker.join()
    assert found == [6]


def siblings(dams, *, exclusions=(), attributes=("energy", "cost"), length=10.0):
    """Dams side by side above one component; each a mapping of attributes."""
    units = {"energy": "MW", "cost": "usd"}
    return RiverNetwork(
        components=tuple(Component(i, {"connectivity": length}) for i in range(len(dams) + 1)),
        dams=tuple(Dam(i, i, 0, (DamOption("", d),)) for i, d in enumerate(dams, start=1)),
        root=0,
        dam_attributes={n: Attribute(n, units[n]) for n in attributes},
        component_attributes={"connectivity": Attribute("connectivity", "km")},
        exclusions=tuple(map(frozenset, exclusions)),
    )


def test_a_band_between_two_values_tells_no_distance():
    [found] = refused(InfeasibleError, bounds={"energy": (50, 130)})
    # 40 or 47 MW without the lowest dam, 140 and more with it.
    assert found.code == "frontier.no-portfolio-between"
    assert (found.data["least"], found.data["most"]) == (40.0, 197.0)


def test_the_least_connectivity_is_known_too():
    network = siblings([{"energy": 1.0, "cost": 1.0}] * 2)
    [found] = refused(
        InfeasibleError, network=network, criteria=["energy", "dci_p"], bounds={"dci_p": (None, 5)}
    )
    # Three parts of a third each: 3 · (1/3)².
    assert found.data["nearest_value"] == pytest.approx(100 / 3)
    assert found.data["miss"] == pytest.approx(100 / 3 - 5, rel=1e-5)


def test_a_bound_on_a_length_whose_square_is_bounded_as_well():
    network = siblings([{"energy": 1.0, "cost": 1.0}] * 2)
    criteria = ["energy", "connectivity", "dci_p"]
    bounds = {"connectivity": (None, 5), "dci_p": (20, None)}
    findings = refused(InfeasibleError, network=network, criteria=criteria, bounds=bounds)
    # The mouth has 10 km of its own, and with both dams a dci_p of 33.3.
    assert [f.subject for f in findings] == ["connectivity"]
    assert findings[0].data["nearest_value"] == 10.0
    assert findings[0].data["miss"] == 5.0


def test_many_exclusions_between_two_branches():
    groups = 9
    dams = [{"energy": float(2**i), "cost": 1.0} for i in range(2 * groups)]
    network = siblings(dams, exclusions=[{i + 1, groups + i + 1} for i in range(groups)])
    front = pareto_frontier(network, criteria=["energy"])
    # The larger one of each pair.
    assert front.values["energy"].tolist() == [float(sum(2**i for i in range(groups, 18)))]


def cascade(count):
    """Dams in a row, and algae that treble in every reservoir."""
    from nonetloss.hydropower.criteria import declared

    network = RiverNetwork(
        components=tuple(Component(i, {"algae": 1.0}) for i in range(count + 1)),
        dams=tuple(
            Dam(i, i, i - 1, (DamOption("", {"energy": 1.0}),)) for i in range(1, count + 1)
        ),
        root=0,
        dam_attributes={"energy": Attribute("energy", "MW")},
        component_attributes={"algae": Attribute("algae", "t")},
    )
    blooms = {
        "title": {"es": "Algas", "en": "Algae"},
        "unit": "t",
        "sense": "min",
        "form": "affine",
        "base": "algae",
        "keep": 3.0,
    }
    return network, declared({"blooms": blooms})


def test_a_dam_may_let_more_pass_than_comes():
    network, blooms = cascade(12)
    front = pareto_frontier(network, criteria=["energy", "blooms"], declared=blooms)
    # All built: 1 + 3 (1 + 3 (…)) = (3¹³ - 1) / 2.
    assert front.values["energy"].iloc[-1] == 12
    assert front.values["blooms"].iloc[-1] == pytest.approx((3.0**13 - 1) / 2)


def test_growth_beyond_what_numbers_hold_is_refused():
    network, blooms = cascade(40)
    findings = refused(network=network, criteria=["energy", "blooms"], declared=blooms)
    assert codes(findings) == ["frontier.growth"]


def test_sums_that_cancel_are_no_bug():
    dams = [{"energy": 1.0, "cost": c} for c in (0.1, 0.2, -0.3)]
    network = siblings(dams)
    front = pareto_frontier(network, criteria=CRITERIA, fixed={1: True, 2: True, 3: True})
    assert front.values["cost"].tolist() == [0.0]


def test_a_dam_of_unknown_cost_cannot_be_fixed_as_built():
    ghost = Dam(9, 9, 0, (DamOption("", {"energy": 1.0, "cost": float("nan")}),), Status.FORBIDDEN)
    known = siblings([{"energy": 1.0, "cost": 1.0}])
    network = RiverNetwork(
        components=(*known.components, Component(9, {"connectivity": 1.0})),
        dams=(*known.dams, ghost),
        root=0,
        dam_attributes=known.dam_attributes,
        component_attributes=known.component_attributes,
    )
    assert len(pareto_frontier(network, criteria=CRITERIA)) == 2
    [found] = refused(network=network, fixed={9: True})
    assert (found.code, found.data["dams"]) == ("frontier.number-unknown", "9")


def test_more_options_than_a_byte_holds():
    low = Dam(
        "low",
        1,
        0,
        tuple(DamOption(f"h{k}", {"energy": float(k), "cost": 1.0}) for k in range(128)),
    )
    assert codes(refused(network=basin(low=low))) == ["frontier.options"]


def test_a_tolerance_makes_no_false_winner():
    from nonetloss.numerics.fronts.tree import _without_ties

    # In the first column they differ by less than 10, in the second the latter is better.
    points = np.array([[1001, 5], [1000, 6]])
    assert _without_ties(points, np.array([10, 0])).tolist() == [1]


def test_a_search_for_the_reason_keeps_to_the_memory():
    dams = [{"energy": 1.0 + i / 7, "cost": 1.0 + (i * i % 11) / 13} for i in range(40)]
    bounds = {"energy": (None, 60.0), "cost": (61.3, 61.301)}
    with pytest.raises((NoSolutionError, InfeasibleError)):
        pareto_frontier(siblings(dams), criteria=CRITERIA, bounds=bounds, memory_gib=1e-5)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"criteria": "energy"}, "frontier.criteria"),
        ({"criteria": 5}, "frontier.criteria"),
        ({"epsilon": None}, "frontier.epsilon"),
        ({"epsilon": "0.05"}, "frontier.epsilon"),
        ({"bounds": 5}, "frontier.bound-pair"),
        ({"bounds": {"energy": 5000}}, "frontier.bound-pair"),
        ({"bounds": {"energy": (5000,)}}, "frontier.bound-pair"),
        ({"bounds": {"energy": ("5 GW", None)}}, "frontier.bound-pair"),
        ({"bounds": {"energy": (float("nan"), None)}}, "frontier.bound-pair"),
        ({"fixed": ["low"]}, "frontier.fixed"),
        ({"fixed": {"old": "built"}}, "frontier.option-unknown"),
    ],
)
def test_arguments_of_a_wrong_form_are_named(given, code):
    assert codes(refused(**given)) == [code]


def test_arrays_and_lists_serve_as_well():
    front = pareto_frontier(
        basin(), criteria=np.array(CRITERIA), bounds={"energy": [np.float64(140), None]}
    )
    assert front.values["energy"].tolist() == [140.0, 147.0, 190.0, 197.0]


def test_nothing_is_proven_early_under_an_upper_bound(monkeypatch):
    class Pressed:
        def __enter__(self):
            return lambda: True

        def __exit__(self, *_):
            return None

    monkeypatch.setattr("nonetloss.hydropower.frontier.asked_to_stop", Pressed)
    dams = [{"energy": 1.0 + i / 7, "cost": 1.0 + (i * i % 11) / 13} for i in range(12)]
    with pytest.raises(NoSolutionError) as problem:
        pareto_frontier(siblings(dams), criteria=CRITERIA, bounds={"energy": (None, 9.0)})
    assert codes(problem.value.findings) == ["frontier.interrupted"]
