from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import linprog
from shapely.geometry import LineString, box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.numerics.grid import Grid
from nonetloss.offset.gains import Gains
from nonetloss.offset.portfolio import METHOD, select

KINDS = (
    # A gain in "old" is accepted for a loss in "young"; "spring" cannot be offset.
    Ecosystem(1, "young", Text.of("young"), Estimate.exact(0.5), better=("old",)),
    Ecosystem(2, "old", Text.of("old"), Estimate.exact(0.9)),
    Ecosystem(3, "spring", Text.of("spring"), Estimate.exact(1.0), offsettable=False),
)
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", KINDS)


def residual(young=0.0, old=0.0, spring=0.0, draws=6):
    likely = np.array([[[young * 0.75, old, spring], [young * 0.25, 0, 0]]])
    return Loss(
        "quality_hectare",
        ("road",),
        ("direct", "induced"),
        ("young", "old", "spring"),
        likely,
        np.repeat(likely[..., None], draws, axis=-1),
    )


def parcel(name, ecosystem, gain, cost, *, place=None, spread=0.0, consent=True):
    """A parcel of 100 ha per unit of value whose likely gain is `gain` quality-hectares."""
    spot = place if place is not None else sum(ord(c) * 31**i for i, c in enumerate(name)) % 10**6
    area = gain / 0.5
    return Parcel(
        name,
        Text.of(name),
        box(spot * 10, 1000, spot * 10 + 9, 1009),
        area,
        ecosystem,
        Estimate.exact(0.3),
        Estimate(0.8 - spread, 0.8, 0.8 + spread),
        cost,
        consent=consent,
    )


def chosen(parcels, loss, **more):
    arguments = {"ecosystems": MAP, "rng": np.random.default_rng(0), "gap": 0.0, **more}
    return select(parcels, residual=loss, **arguments)


def codes(portfolio):
    return [f.code for f in portfolio.findings]


def test_the_cheapest_that_is_enough():
    # 30 qha: a + b give 40 for 9, c gives 30 for 8, a + d give 30 for 7.
    parcels = [
        parcel("a", "young", 20, 5),
        parcel("b", "young", 20, 4),
        parcel("c", "young", 30, 8),
        parcel("d", "young", 10, 2),
    ]
    # b + d: 30 for 6.
    result = chosen(parcels, residual(young=30))
    assert result.answer == "offset"
    assert result.chosen == ("b", "d")
    assert (result.cost_usd, result.bound, result.gap) == (4 + 2, 4 + 2, 0)
    assert result.offset_likely == pytest.approx([30, 0, 0])
    assert result.probability == 1
    assert codes(result) == ["offset.probability"]


def test_better_may_stand_for_lesser_but_not_the_reverse():
    parcels = [parcel("o", "old", 20, 1), parcel("y", "young", 20, 1)]
    upward = chosen(parcels[:1], residual(young=15))
    assert upward.answer == "offset"
    assert upward.allocation.to_dict("records") == [
        {"loss": "young", "gain": "old", "credited_qha": 15.0, "like_for_like": False}
    ]
    # The whole gain of the parcel goes to the loss it serves.
    assert upward.offset_likely == pytest.approx([20, 0, 0])
    downward = chosen(parcels[1:], residual(old=15))
    assert downward.answer == "infeasible"
    assert codes(downward)[0] == "offset.no-candidate"
    assert downward.chosen == ()


def test_a_gain_is_counted_once():
    # 20 of "old" cannot serve 15 of old and 15 of young at once.
    loss = residual(young=15, old=15)
    one = chosen([parcel("o", "old", 20, 1)], loss)
    assert one.answer == "infeasible"
    assert one.requirements["shortfall_qha"].sum() == pytest.approx(15 + 15 - 20)
    two = chosen([parcel("o", "old", 20, 1), parcel("y", "young", 10, 1)], loss)
    assert two.answer == "offset"
    assert two.allocation["credited_qha"].sum() == pytest.approx(15 + 15)
    assert two.offset_likely.sum() == pytest.approx(20 + 10)


def test_like_for_like_comes_before_trading_up():
    parcels = [parcel("o", "old", 20, 1), parcel("y", "young", 20, 1)]
    table = chosen(parcels, residual(young=20, old=20)).allocation
    assert table["like_for_like"].all()


def test_not_offsettable_goes_back_to_avoid_and_the_rest_is_served():
    result = chosen([parcel("y", "young", 20, 1)], residual(young=10, spring=2))
    assert result.answer == "not-offsettable"
    assert codes(result)[0] == "offset.not-offsettable"
    assert result.chosen == ("y",)
    assert result.probability == 0
    assert "vuelva a evitar" in result.findings[0].render("es")


def test_a_trace_in_a_place_that_cannot_be_offset_is_a_loss_unless_the_study_says_else():
    trace = residual(young=10, spring=0.005)
    assert chosen([parcel("y", "young", 20, 1)], trace).answer == "not-offsettable"
    result = chosen([parcel("y", "young", 20, 1)], trace, tolerance_qha=0.01)
    assert result.answer == "offset"
    assert result.probability == 1


def test_candidates_that_do_not_reach_are_explained():
    result = chosen([parcel("y", "young", 20, 1)], residual(young=50))
    assert result.answer == "infeasible"
    assert codes(result)[:2] == ["offset.candidates-short", "offset.shortfall"]
    data = result.findings[0].data
    assert (data["available_qha"], data["needed_qha"]) == (20.0, 50.0)
    assert result.chosen == ("y",)


def test_needs_that_only_fail_together_are_explained():
    parcels = [parcel("o", "old", 20, 1)]
    assert codes(chosen(parcels, residual(young=15, old=15)))[0] == "offset.jointly-short"
    # With little money too: the reason is the same.
    poor = chosen(parcels, residual(young=15, old=15), budget_usd=0.5)
    assert codes(poor)[0] == "offset.jointly-short"


def test_a_short_budget_says_what_is_needed_and_buys_what_it_can():
    parcels = [parcel("a", "young", 20, 5), parcel("b", "young", 20, 4), parcel("c", "old", 9, 3)]
    result = chosen(parcels, residual(young=40), budget_usd=8)
    assert result.answer == "infeasible"
    assert result.findings[0].data == {"budget_usd": 8.0, "needed_usd": 9.0}
    # 8 buys b and c: 29 of 40.
    assert result.chosen == ("b", "c")
    assert result.requirements["shortfall_qha"].tolist() == pytest.approx([40 - 29, 0, 0])
    assert chosen(parcels, residual(young=40), budget_usd=9).answer == "offset"


def test_at_equal_shortfall_the_cheaper():
    parcels = [parcel("a", "young", 20, 5), parcel("b", "young", 20, 4)]
    assert chosen(parcels, residual(young=50), budget_usd=5).chosen == ("b",)


def test_confidence_and_margin_ask_for_more():
    parcels = [parcel(n, "young", 10, 1) for n in "abcdef"]
    assert len(chosen(parcels, residual(young=20)).chosen) == 2
    assert len(chosen(parcels, residual(young=20), confidence=0.5).chosen) == 4
    more = chosen(parcels, residual(young=20), margin=0.5)
    assert len(more.chosen) == 3
    # The balance sees the gain itself, not the precaution.
    assert chosen(parcels, residual(young=20), confidence=0.5).offset_likely[0] == pytest.approx(40)


def test_probability_rises_with_the_margin():
    parcels = [parcel(f"p{i}", "young", 5, 1, spread=0.2) for i in range(12)]
    found = [
        chosen(parcels, residual(young=20, draws=4000), margin=m).probability
        for m in (0.0, 0.25, 0.5)
    ]
    # Without a margin the symmetric gain falls short half of the times.
    assert found[0] == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(4000))
    assert found[0] < found[1] < found[2]


def test_draws_belong_to_the_assets_that_are_served():
    parcels = [parcel("o", "old", 20, 1, spread=0.1), parcel("y", "young", 10, 1, spread=0.1)]
    result = chosen(parcels, residual(young=15, old=15, draws=50))
    assert result.offset_draws.shape == (3, 50)
    assert not result.offset_draws[2].any()
    assert (result.offset_draws[:2] > 0).all()


def test_of_two_actions_on_the_same_land_only_one():
    same = [parcel("protect", "young", 20, 1, place=1), parcel("restore", "young", 25, 1, place=1)]
    result = chosen([*same, parcel("far", "young", 20, 9)], residual(young=40))
    assert "far" in result.chosen
    assert len(result.chosen) == 2
    assert "offset.parcels-overlap" in codes(result)
    assert chosen(same, residual(young=40)).answer == "infeasible"


def test_consent_is_never_overridden():
    result = chosen([parcel("y", "young", 20, 1, consent=False)], residual(young=10))
    assert result.chosen == ()
    assert result.table["status"].tolist() == ["excluded"]
    assert result.table["reason"].tolist() == ["offset.no-consent"]


def test_distance_to_the_chosen_route():
    line = LineString([(0, 1000), (1, 1000)])
    parcels = [
        parcel("near", "young", 20, 5, place=10),
        parcel("far", "young", 20, 1, place=10_000),
    ]
    routes = [Alternative("road", Text.of("road"), line, 20)]
    free = chosen(parcels, residual(young=10), alternatives=routes)
    held = chosen(parcels, residual(young=10), alternatives=routes, max_distance_m=5000)
    assert (free.chosen, held.chosen) == (("far",), ("near",))
    # The strip ends where the line does, at x = 1; the far parcel begins at 100 km.
    assert free.table.set_index("parcel").loc["far", "distance_m"] == pytest.approx(100_000 - 1)
    halved = chosen(parcels, residual(young=10), near=line, half_distance_m=99_999)
    assert halved.table.set_index("parcel").loc["far", "place_factor"] == pytest.approx(0.5)


@pytest.mark.parametrize("trace", [2e-6, 1e-5, 1e-4, 1e-2])
def test_a_need_far_below_a_parcel_is_met_all_the_same(trace):
    parcels = [parcel("o", "old", 5000, 1), parcel("y", "young", 8000, 1)]
    result = chosen(parcels, residual(young=trace, old=40))
    assert result.answer == "offset"
    assert result.probability == 1
    assert (result.offset_likely[:2] >= [trace, 40]).all()


def test_every_finding_reads_in_both_languages():
    cases = (
        chosen([parcel("o", "old", 20, 1)], residual(young=15, old=15)),
        chosen([parcel("o", "old", 20, 1)], residual(young=50, spring=3)),
        chosen([parcel("y", "young", 20, 5)], residual(young=10), budget_usd=1),
        chosen([], residual(old=10)),
    )
    for case in cases:
        for found in case.findings:
            assert found.render("es") != found.render("en")


def test_nothing_lost_needs_nothing():
    result = chosen([parcel("y", "young", 20, 1)], residual())
    assert (result.answer, result.chosen, result.cost_usd) == ("offset", (), 0)
    assert result.probability == 1


def test_no_parcels_at_all():
    result = chosen([], residual(young=1))
    assert result.answer == "infeasible"
    assert codes(result)[0] == "offset.no-candidate"
    assert result.table.empty


def test_a_plan_with_a_residual_is_read():
    plan = SimpleNamespace(residual=residual(young=10))
    assert chosen([parcel("y", "young", 20, 1)], plan).answer == "offset"


def test_order_of_parcels_changes_nothing():
    parcels = [parcel(f"p{i}", ("young", "old")[i % 2], 5 + i, 3 + i, spread=0.1) for i in range(9)]
    one, two = (chosen(p, residual(young=30, old=12, draws=40)) for p in (parcels, parcels[::-1]))
    assert one.chosen == two.chosen
    assert one.offset_draws.tobytes() == two.offset_draws.tobytes()


def enumerated(parcels, young, old):
    """Cheapest subset whose gains, as a transport problem, reach both needs."""
    best = np.inf
    for bits in product((False, True), repeat=len(parcels)):
        taken = [p for p, b in zip(parcels, bits, strict=True) if b]
        gain = {
            kind: sum(p.area_ha * 0.5 for p in taken if p.ecosystem == kind)
            for kind in ("young", "old")
        }
        # Columns: young for young, old for young, old for old.
        flow = linprog(
            np.zeros(3),
            A_ub=[[1, 0, 0], [0, 1, 1], [-1, -1, 0], [0, 0, -1]],
            b_ub=[gain["young"] + 1e-6, gain["old"] + 1e-6, -young, -old],
        )
        if flow.success:
            best = min(best, sum(p.cost_usd for p in taken))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_equal_to_the_best_of_all_subsets(seed):
    rng = np.random.default_rng(seed)
    parcels = [
        parcel(
            f"p{i}",
            ("young", "old")[int(rng.integers(2))],
            float(rng.integers(5, 40)),
            float(rng.integers(1, 50)),
            place=i,
        )
        for i in range(7)
    ]
    young, old = float(rng.integers(0, 60)), float(rng.integers(0, 40))
    best = enumerated(parcels, young, old)
    result = chosen(parcels, residual(young=young, old=old))
    if np.isfinite(best):
        assert result.answer == "offset"
        assert result.cost_usd == pytest.approx(best)
        assert result.gap == 0
    else:
        assert result.answer == "infeasible"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"confidence": 0.0}, "offset.parameter"),
        ({"time_factor": 1.5}, "offset.parameter"),
        ({"margin": -0.1}, "offset.parameter"),
        ({"budget_usd": -1.0}, "offset.parameter"),
        ({"vary": "sometimes"}, "offset.parameter"),
        ({"success": {"low": 0.1}}, "offset.parameter"),
        ({"success": {"low": 0.9, "likely": 0.5, "high": 1.0}}, "offset.parameter"),
        ({"success": {"low": 0.9, "likely": 1.0, "high": 1.5}}, "offset.parameter"),
        ({"alternative": "nowhere"}, "offset.alternative"),
    ],
)
def test_bad_parameters(change, code):
    with pytest.raises(InputError) as caught:
        chosen([parcel("y", "young", 20, 1)], residual(young=10), **change)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


def test_a_parcel_in_an_ecosystem_nobody_knows():
    with pytest.raises(InputError) as caught:
        chosen([parcel("y", "moon", 20, 1)], residual(young=10))
    assert caught.value.findings[0].code == "offset.unknown-ecosystem"


def test_the_declaration_binds_what_a_study_writes():
    bound, found = METHOD.bind({"budget_usd": "5 Musd", "max_distance_m": "100 km"})
    assert found == []
    assert (bound["budget_usd"], bound["max_distance_m"]) == (5e6, 1e5)
    assert METHOD.resolve() is select


def watered(name, gain, cost, per_ha, *, x, **more):
    """A parcel 9 m wide at x that gives so much water per hectare."""
    made = parcel(name, "young", gain, cost, **more)
    return replace(
        made,
        geometry=box(x, 1000, x + 9, 1009),
        services={"water": Estimate.exact(per_ha)},
    )


def village(owed, *, community=True, draws=6, spread=0.0):
    """Water owed to the people west of x = 100."""
    shed = Serviceshed("west", Text("aldea", "village"), box(0, 0, 100, 2000), 40.0, community)
    service = Service("water", Text("agua", "water"), "m3/year", {}, (shed,))
    likely = np.array([[float(owed)]])
    states = np.random.default_rng(7).permutation(np.linspace(1 - spread, 1 + spread, draws))
    sample = likely[..., None] * states
    return ServiceLoss((service,), ("road",), (("water", "west"),), likely, sample)


def test_a_village_gets_its_water_back_inside_its_own_land():
    # Both cover the loss of forest; only the dearer one lies where the village drinks.
    parcels = [watered("east", 20, 1, 5.0, x=500), watered("west", 20, 3, 5.0, x=10)]
    without = chosen(parcels, residual(young=20))
    assert without.chosen == ("east",)
    held = chosen(parcels, residual(young=20), service_loss=village(100))
    assert held.chosen == ("west",)
    row = held.services.iloc[0]
    # 20 qha at 0.5 each are 40 ha, at 5 m3 per hectare.
    assert (row["loss"], row["gain"], row["net"]) == (100, 40 * 5, 100)
    assert row["net_per_person"] == pytest.approx(100 / 40)
    assert bool(row["met"])
    assert row["community"]
    told = chosen(parcels, residual(young=20), service_loss=village(100), service_needs="none")
    assert told.chosen == ("east",)
    assert told.services["net"].tolist() == [-100]


def test_half_a_parcel_inside_gives_half():
    straddling = watered("edge", 20, 3, 5.0, x=95.5)
    held = chosen([straddling], residual(young=20), service_loss=village(100))
    assert held.services["gain"].tolist() == pytest.approx([40 * 5 / 2])


def test_a_community_that_would_lose_is_named_and_comes_before_cheap_land():
    parcels = [watered("east", 20, 1, 5.0, x=500), watered("west", 5, 3, 1.0, x=10)]
    result = chosen(parcels, residual(young=20), service_loss=village(100))
    assert result.answer == "infeasible"
    assert "offset.community-loses" in codes(result)
    assert result.conflict[["kind", "name"]].to_dict("records") == [
        {"kind": "community", "name": "water.west"}
    ]
    assert "offset.service-short" in codes(result)
    # Everything that helps is bought all the same.
    assert result.chosen == ("east", "west")


def test_an_action_that_takes_water_away_has_to_be_made_up_for():
    closing = watered("closing", 20, 1, -2.0, x=10)
    giving = watered("giving", 2, 5, 30.0, x=30)
    other = watered("other", 20, 7, 0.0, x=50)
    result = chosen([closing, giving, other], residual(young=20), service_loss=village(0))
    # closing takes 80 m3, giving brings 120: 1 + 5 is less than 7.
    assert result.chosen == ("closing", "giving")
    assert result.services["net"].tolist() == pytest.approx([120 - 80])
    alone = chosen([closing], residual(young=20), service_loss=village(0))
    assert alone.answer == "infeasible"
    assert set(alone.conflict["kind"]) == {"community", "need"}


def test_one_action_per_site():
    made = [
        parcel(n, "young", g, c, place=i)
        for i, (n, g, c) in enumerate((("protect", 20, 1), ("restore", 30, 2), ("far", 20, 9)))
    ]
    sites = [replace(made[0], site="hill"), replace(made[1], site="hill"), made[2]]
    result = chosen(sites, residual(young=45))
    assert result.chosen == ("far", "restore")
    why = result.table.set_index("parcel").loc["protect", "why_en"]
    assert why == "Another action was chosen on the same site."
    assert chosen(made, residual(young=45)).chosen == ("protect", "restore")


def gains(names, likely, draws=6, factor=1.0):
    amounts = np.array(likely, dtype=float)
    flat = np.zeros((len(names), 2))
    sample = np.repeat(amounts[:, None], draws, axis=1)
    return Gains(tuple(names), np.array([0.0, 20]), flat, flat, amounts, sample, factor)


def test_gains_over_time_take_the_place_of_static_ones():
    parcels = [parcel("a", "young", 20, 1), parcel("b", "young", 20, 2), parcel("c", "young", 9, 1)]
    slow = gains(("a", "b"), (5.0, 12.0))
    result = chosen(parcels, residual(young=12), gains=slow)
    assert result.chosen == ("b",)
    assert result.table.set_index("parcel")["gain_qha"].to_dict() == pytest.approx(
        {"a": 5, "b": 12, "c": np.nan}, nan_ok=True
    )
    assert result.table.set_index("parcel").loc["c", "reason"] == "offset.gain-unknown"
    assert result.offset_draws[0] == pytest.approx([12] * 6)
    # A loss that counts half under the same convention needs half.
    half = chosen(parcels, residual(young=10), gains=gains(("a", "b"), (5, 12), factor=0.5))
    assert half.chosen == ("a",)
    with pytest.raises(InputError) as caught:
        chosen(parcels, residual(young=12), gains=slow, time_factor=0.9)
    assert caught.value.findings[0].code == "offset.time-twice"


def test_rules_of_equivalence_bar_and_multiply():
    parcels = [parcel("o", "old", 20, 1), parcel("y", "young", 20, 3)]
    strict = chosen(parcels, residual(young=15), trading={"trade": "like-for-like"})
    assert strict.chosen == ("y",)
    assert "offset.trade-refused" in codes(strict)
    # Two for one out of kind: 20 of old count 10.
    dear = chosen(parcels, residual(young=15), trading={"multipliers": {"out_of_kind": 2}})
    assert dear.chosen == ("y",)
    both = chosen(parcels, residual(young=30), trading={"multipliers": {"out_of_kind": 2}})
    assert both.chosen == ("o", "y")
    assert both.requirements["credited_qha"].tolist()[0] == pytest.approx(20 + 20 / 2)
    # The balance sees what is really gained.
    assert both.offset_likely[0] == pytest.approx(40)


def test_fixed_parcels():
    parcels = [parcel(n, "young", 20, c) for n, c in (("a", 1), ("b", 2), ("c", 3))]
    fixed = chosen(parcels, residual(young=20), locked_in=("c",), locked_out=("a",))
    assert fixed.chosen == ("c",)
    table = fixed.table.set_index("parcel")
    assert table["why_en"].to_dict() == {
        "a": "Out: the study keeps it out.",
        "b": "Not needed: what is lost is covered at less cost without it.",
        "c": "Fixed by the study.",
    }
    # Without it b would do, for 1 less: nothing is saved by fixing c, and nothing told as saved.
    assert table.loc["c", "replacement_cost_usd"] == 0
    poor = chosen(parcels, residual(young=20), locked_in=("c",), budget_usd=2)
    assert poor.answer == "infeasible"
    assert set(poor.conflict["kind"]) == {"locked", "budget"}


def test_irreplaceable_cheapest_and_dear_are_told_apart():
    parcels = [
        parcel("only", "old", 20, 5),
        parcel("cheap", "young", 20, 1),
        parcel("spare", "young", 20, 4),
    ]
    table = chosen(parcels, residual(young=15, old=20)).table.set_index("parcel")
    assert np.isposinf(table.loc["only", "replacement_cost_usd"])
    assert table.loc["only", "why_en"].startswith("The only candidate for: old.")
    assert table.loc["cheap", "replacement_cost_usd"] == 4 - 1
    assert "cost 3 USD more" in table.loc["cheap", "why_en"]
    assert "least cost per quality-hectare" in table.loc["cheap", "why_en"]
    assert table.loc["spare", "why_es"].startswith("No hace falta")


def test_other_selections_that_cost_nearly_the_same():
    parcels = [parcel(n, "young", 20, 100 + i) for i, n in enumerate("abc")]
    found = chosen(parcels, residual(young=20)).near_optimal
    assert found.to_dict("records") == [
        {"solution": 0, "cost_usd": 100.0, "parcels": "a", "differs": 0},
        {"solution": 1, "cost_usd": 101.0, "parcels": "b", "differs": 1},
        {"solution": 2, "cost_usd": 102.0, "parcels": "c", "differs": 1},
    ]
    assert len(chosen(parcels, residual(young=20), alternative_count=0).near_optimal) == 1
    tight = chosen(parcels, residual(young=20), alternative_slack=0.015).near_optimal
    assert tight["parcels"].tolist() == ["a", "b"]


def test_a_wanted_probability_is_checked_on_states_the_search_never_saw():
    parcels = [parcel(f"p{i}", "young", 5, 1 + i % 3, spread=0.2) for i in range(14)]
    loss = residual(young=20, draws=2000)
    plain = chosen(parcels, loss)
    held = chosen(parcels, loss, probability=0.9, scenarios=40, gap=0.01)
    assert plain.probability < 0.9 <= held.probability
    assert held.cost_usd > plain.cost_usd
    table = held.probabilities.set_index("sample")
    assert table.loc["held-out", "draws"] == 2000 - 40
    low, value, high = table.loc["held-out", ["low", "probability", "high"]]
    assert low < value < high
    assert value >= 0.9
    assert codes(held)[-2:] == ["offset.probability-held", "offset.probability"]


def test_a_probability_out_of_reach_gives_the_surest_selection():
    parcels = [parcel(f"p{i}", "young", 5, 1, spread=0.2) for i in range(4)]
    loss = residual(young=20, draws=400)
    result = chosen(parcels, loss, probability=0.95, scenarios=40)
    assert result.answer == "infeasible"
    assert result.chosen == ("p0", "p1", "p2", "p3")
    assert "offset.probability-unreachable" in codes(result)
    assert "probability" in set(result.conflict["kind"])
    assert result.probability == pytest.approx(0.5, abs=0.1)


def test_a_probability_counts_the_services_too():
    west = [watered(f"w{i}", 10, 5, 5.0, x=10 + 10 * i) for i in range(4)]
    # 20 ha × 5 m3 = 100 per parcel; the village loses 120 to 280.
    loss = residual(young=5, draws=400)
    held = chosen(west, loss, service_loss=village(200, draws=400, spread=0.4), probability=0.9)
    # Two give 200, which is enough half of the times; three give 300, more than is ever lost.
    assert len(held.chosen) == 3
    assert held.probabilities.set_index(["of", "sample"]).loc[
        ("services", "all"), "probability"
    ] == pytest.approx(1.0)


def test_a_parcel_inside_the_footprint_is_no_candidate():
    inside = replace(parcel("in", "young", 20, 1), geometry=box(0, 0, 10, 10))
    result = chosen([inside], residual(young=10), near=box(-100, -100, 100, 100))
    assert result.table["reason"].tolist() == ["offset.inside-footprint"]
    assert "offset.inside-footprint" in codes(result)


def test_a_parcel_without_cost_is_left_out_and_said_so():
    unpriced = parcel("u", "young", 20, float("nan"))
    result = chosen([unpriced, parcel("y", "young", 20, 5)], residual(young=10))
    assert result.chosen == ("y",)
    assert "offset.cost-unknown" in codes(result)


def test_a_negative_condition_is_refused():
    broken = replace(parcel("y", "young", 20, 1), value_without=Estimate(-0.2, 0.1, 0.3))
    with pytest.raises(InputError) as caught:
        chosen([broken], residual(young=10))
    assert caught.value.findings[0].code == "offset.parcel"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"locked_in": ("z",)}, "offset.locked-unknown"),
        ({"locked_in": ("y",), "locked_out": ("y",)}, "offset.locked-both"),
        ({"locked_in": ("no",)}, "offset.locked-barred"),
        ({"periods": {"soon": "1 usd"}}, "offset.periods"),
        ({"periods": {"5": "1 usd", "0": "1 usd"}}, "offset.periods"),
        ({"periods": {"0": "1 km"}}, "offset.periods"),
        ({"probability": 1.5}, "offset.parameter"),
        ({"objective": "most-beautiful"}, "offset.parameter"),
        ({"objective": "max-utility", "probability": 0.9}, "offset.parameter"),
        ({"pieces": 0}, "offset.parameter"),
        ({"equity": -1.0}, "offset.parameter"),
        ({"service_needs": "some"}, "offset.parameter"),
        ({"service_loss": village(1, draws=5)}, "offset.draws-differ"),
        ({"gains": gains(("y",), (1.0,), draws=5)}, "offset.draws-differ"),
        ({"trading": {"barter": 1}}, "equivalence.rules-key"),
    ],
)
def test_what_cannot_be_asked_for(change, code):
    parcels = [parcel("y", "young", 20, 1), parcel("no", "young", 20, 1, consent=False)]
    with pytest.raises(InputError) as caught:
        chosen(parcels, residual(young=10), **change)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es") != caught.value.render("en")


def test_a_service_that_nobody_declared():
    strange = replace(parcel("y", "young", 20, 1), services={"wter": Estimate.exact(1)})
    with pytest.raises(InputError) as caught:
        chosen([strange], residual(young=10), service_loss=village(1))
    assert "water" in caught.value.render("en")


def test_every_reason_and_conflict_reads_in_both_languages():
    parcels = [watered("west", 5, 3, 1.0, x=10), parcel("no", "young", 9, 1, consent=False)]
    result = chosen(parcels, residual(young=20), service_loss=village(100), budget_usd=1.0)
    for found in result.findings:
        assert found.render("es") != found.render("en")
    for table, columns in ((result.table, "why"), (result.conflict, "title")):
        assert (table[f"{columns}_es"] != table[f"{columns}_en"]).all()
        assert (table[f"{columns}_es"].str.len() > 0).all()


def test_a_conflict_names_the_limit_that_keeps_parcels_out():
    line = LineString([(0, 1000), (1, 1000)])
    parcels = [
        parcel("near", "young", 5, 5, place=10),
        parcel("far", "young", 20, 1, place=10_000),
    ]
    result = chosen(parcels, residual(young=10), near=line, max_distance_m=5000)
    assert result.conflict["kind"].tolist() == ["need", "too-far"]
    told = next(f for f in result.findings if f.code == "offset.conflict")
    assert "the largest distance from the impact" in told.render("en")
    held = chosen(parcels, residual(young=10), near=line, locked_out=("far",))
    assert held.conflict["kind"].tolist() == ["need", "locked-out"]
    # Nothing that a limit keeps out would help here: the need stands alone.
    much = chosen(parcels, residual(young=100), near=line, max_distance_m=5000)
    assert much.conflict["kind"].tolist() == ["need"]


@pytest.mark.parametrize("trace", [1e-4, 1e-2, 1.0])
def test_a_village_that_loses_little_beside_large_parcels_gets_it_back(trace):
    # Six orders of magnitude and more between what is owed and what a parcel gives.
    parcels = [watered("east", 20, 1, 0.0, x=500), watered("west", 20, 3, 1e6, x=10)]
    result = chosen(parcels, residual(young=20), service_loss=village(trace))
    assert result.chosen == ("west",)
