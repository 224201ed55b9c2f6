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
from nonetloss.numerics.grid import Grid
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
    # The strip reaches 10 m beyond the line's end at x = 1; the far parcel begins at 100 km.
    assert free.table.set_index("parcel").loc["far", "distance_m"] == pytest.approx(
        100_000 - 1 - 10, abs=0.1
    )
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
