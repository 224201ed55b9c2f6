import numpy as np
import pytest
from shapely.geometry import LineString, box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.project import Alternative
from nonetloss.minimize.catalogue import Cost, Effect, Measure
from nonetloss.minimize.measures import METHOD, choose
from nonetloss.numerics.grid import Grid

TITLE = Text.of("x")
VALUE = Estimate.exact(0.8)
MAP = EcosystemMap(
    np.ones((1, 1), dtype=np.int16),
    Grid(0, 0, 1, 1, 1, 1),
    "EPSG:32718",
    (Ecosystem(1, "forest", TITLE, VALUE, forest=True), Ecosystem(2, "farm", TITLE, VALUE)),
)


def loss(draws=4):
    # (direct, induced) × (forest, farm)
    likely = np.array([[[100.0, 20], [300, 0]], [[50.0, 0], [0, 0]]])
    return Loss(
        "quality_hectare",
        ("road", "other"),
        ("direct", "induced"),
        ("forest", "farm"),
        likely,
        np.repeat(likely[..., None], draws, axis=-1),
    )


def measure(name, component, assets, share, cost, **more):
    spread = share if isinstance(share, Estimate) else Estimate.exact(share)
    return Measure(
        name,
        TITLE,
        "design",
        (Effect(component, assets, spread, "confirmed"),),
        Cost("lump-sum", Estimate.exact(cost), status="confirmed"),
        **more,
    )


def rng():
    return np.random.default_rng(1)


def test_effects_multiply_and_respect_component_and_asset():
    pool = (
        measure("a", "direct", ("all",), 0.5, 1),
        measure("b", "direct", ("forest",), 0.2, 1),
        measure("c", "induced", ("farm",), 0.9, 1),
    )
    plan = choose(
        loss(),
        alternative="road",
        budget_usd=3,
        rng=rng(),
        ecosystems=MAP,
        length_km=1,
        measures=pool,
    )
    # c acts on no loss and is left; a and b leave 100 × 0.5 × 0.8 in forest, 20 × 0.5 on farms.
    assert plan.chosen == ("a", "b")
    assert plan.residual.likely[0] == pytest.approx(np.array([[40.0, 10], [300, 0]]))
    assert plan.minimized_likely == pytest.approx(np.array([[60.0, 10], [0, 0]]))
    assert plan.cost_usd == 2
    assert plan.optimal
    assert [f.subject for f in plan.findings if f.code == "measures.no-effect"] == ["c"]


def test_exact_effects_have_draws_equal_to_likely():
    pool = (measure("a", "induced", ("forest",), 0.25, 1),)
    plan = choose(loss(), alternative="road", budget_usd=1, rng=rng(), length_km=1, measures=pool)
    assert plan.minimized_draws[1, 0] == pytest.approx(np.full(4, 300 * 0.25))
    assert plan.residual.draws[0] + plan.minimized_draws == pytest.approx(loss().draws[0])


def test_draws_lie_within_the_range_of_the_effect_and_are_shared():
    pool = (measure("a", "direct", ("all",), Estimate(0.1, 0.2, 0.4), 1),)
    plan = choose(
        loss(500), alternative="road", budget_usd=1, rng=rng(), length_km=1, measures=pool
    )
    share = plan.minimized_draws[0] / loss(500).draws[0, 0]
    assert share[0] == pytest.approx(share[1])
    assert share.min() >= 0.1
    assert share.max() <= 0.4
    # PERT mean (0.1 + 4 × 0.2 + 0.4) / 6; its deviation is below (0.4 - 0.1) / 6.
    assert share[0].mean() == pytest.approx(1.3 / 6, abs=4 * 0.05 / np.sqrt(500))


def test_draws_of_one_measure_do_not_depend_on_the_choice_of_another():
    spread = Estimate(0.1, 0.2, 0.4)
    pool = (
        measure("a", "direct", ("all",), spread, 1),
        measure("b", "induced", ("all",), spread, 1),
    )
    both, one = (
        choose(loss(50), alternative="road", budget_usd=b, rng=rng(), length_km=1, measures=pool)
        for b in (2, 1)
    )
    assert one.chosen == ("b",)
    assert both.minimized_draws[1].tolist() == one.minimized_draws[1].tolist()


def test_order_of_the_catalogue_changes_nothing():
    pool = tuple(
        measure(n, c, ("all",), Estimate(0.1, s, 0.6), s * 10)
        for n, c, s in (("a", "direct", 0.2), ("b", "induced", 0.3), ("c", "direct", 0.4))
    )
    one, two = (
        choose(loss(20), alternative="road", budget_usd=6, rng=rng(), length_km=1, measures=p)
        for p in (pool, pool[::-1])
    )
    assert one.chosen == two.chosen
    assert one.residual.draws.tobytes() == two.residual.draws.tobytes()


def test_weights_steer_the_choice_but_not_the_numbers():
    pool = (
        measure("a", "direct", ("forest",), 0.5, 1),
        measure("b", "direct", ("farm",), 0.5, 1),
    )
    plan = choose(
        loss(),
        alternative="road",
        budget_usd=1,
        rng=rng(),
        ecosystems=MAP,
        length_km=1,
        measures=pool,
        weights={"farm": 10.0},
    )
    # 20 × 10 × 0.5 outweighs 100 × 0.5; what is avoided is still 10 ha.
    assert plan.chosen == ("b",)
    assert plan.minimized_likely.sum() == pytest.approx(10)
    assert plan.frontier["avoided_qha"].iloc[-1] == pytest.approx(50 + 10)


def test_without_a_map_forest_effects_act_everywhere():
    pool = (measure("a", "direct", ("forest",), 0.5, 1),)
    named = choose(loss(), alternative="road", budget_usd=1, rng=rng(), length_km=1, measures=pool)
    assert named.minimized_likely[0] == pytest.approx([50, 10])


def test_frontier_never_falls_and_ends_with_everything_useful():
    plan = choose(
        loss(),
        alternative="road",
        budget_usd=1e6,
        rng=rng(),
        ecosystems=MAP,
        length_km=100,
        frontier_steps=5,
    )
    assert plan.frontier["avoided_qha"].is_monotonic_increasing
    assert plan.frontier["cost_usd"].is_monotonic_increasing
    assert (plan.frontier["cost_usd"] <= plan.frontier["budget_usd"] * (1 + 1e-6)).all()
    assert plan.cost_usd <= 1e6
    assert {"measures.unverified"} == {f.code for f in plan.findings}
    (found,) = plan.findings
    assert found.data["count"] == len(plan.chosen)
    assert found.render("es") != found.render("en")


def both(name, direct, induced, cost):
    effects = tuple(
        Effect(component, assets, Estimate(0.0, share, 1.0), status)
        for component, assets, share, status in (
            ("direct", ("all",), direct, "confirmed"),
            ("induced", ("forest",), induced, "unverified"),
        )
    )
    return Measure(name, TITLE, "design", effects, Cost("lump-sum", Estimate.exact(cost)))


def test_a_measure_with_two_effects_tells_each_by_its_component():
    pool = (both("camps", 0.5, 0.1, 1), measure("gates", "induced", ("forest",), 0.2, 1))
    plan = choose(
        loss(),
        alternative="road",
        budget_usd=2,
        rng=rng(),
        ecosystems=MAP,
        length_km=1,
        measures=pool,
    )
    rows = plan.effects.set_index(["measure", "component"])
    assert rows["effect_likely"].tolist() == [0.5, 0.1, 0.2]
    assert rows["effect_status"].tolist() == ["confirmed", "unverified", "confirmed"]
    # Direct 120 × 0.5, induced 300 × 0.1, and 300 × 0.2 of the gates.
    assert rows["avoided_alone_qha"].tolist() == pytest.approx([60, 30, 60])
    # Last: the gates leave 0.8 of the induced loss, the camps 0.9.
    assert rows["avoided_last_qha"].tolist() == pytest.approx([60, 30 * 0.8, 60 * 0.9])
    # Only the camps act on the direct loss: their row is what the balance says of it.
    direct, induced = plan.minimized_likely.sum(axis=1)
    assert direct == pytest.approx(60)
    assert induced == pytest.approx(300 * (1 - 0.9 * 0.8))
    assert 24 + 54 <= induced <= 30 + 60
    table = plan.table.set_index("measure")
    assert table.loc["camps", "avoided_alone_qha"] == pytest.approx(60 + 30)
    assert table.loc["camps", "avoided_last_qha"] == pytest.approx(60 + 24)


def test_effects_of_one_measure_that_meet_act_one_after_the_other():
    twice = Measure(
        "twice",
        TITLE,
        "design",
        (
            Effect("direct", ("all",), Estimate.exact(0.5)),
            Effect("direct", ("forest",), Estimate.exact(0.5)),
        ),
        Cost("lump-sum", Estimate.exact(1.0)),
    )
    plan = choose(
        loss(),
        alternative="road",
        budget_usd=0,
        rng=rng(),
        ecosystems=MAP,
        length_km=1,
        measures=(twice,),
    )
    # 120 × 0.5, then the half of the 50 that is left in forest.
    assert plan.effects["avoided_alone_qha"].tolist() == pytest.approx([60, 25])
    assert plan.effects["avoided_last_qha"].isna().all()
    assert plan.table["avoided_last_qha"].isna().all()
    assert plan.table["avoided_alone_qha"].tolist() == pytest.approx([85])


def test_frontier_can_be_left_out():
    plan = choose(
        loss(), alternative="road", budget_usd=0, rng=rng(), length_km=10, frontier_steps=0
    )
    assert plan.frontier.empty
    assert plan.chosen == ()
    assert [f.code for f in plan.findings] == ["measures.nothing-affordable"]
    assert np.array_equal(plan.residual.draws[0], loss().draws[0])


def test_length_is_that_of_the_alternative():
    line = Alternative("road", TITLE, LineString([(0, 0), (30_000, 40_000)]), 20)
    plan = choose(loss(), alternative="road", budget_usd=np.inf, rng=rng(), alternatives=[line])
    table = plan.table.set_index("measure")
    assert table.loc["work-calendar", "units"] == 50
    assert table.loc["work-calendar", "cost_usd"] == 50 * 3000


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"alternative": "nowhere"}, "measures.alternative"),
        ({"length_km": None}, "measures.length"),
        ({"length_km": -3.0}, "measures.length"),
        ({"budget_usd": -1.0}, "measures.budget"),
        ({"budget_usd": float("nan")}, "measures.budget"),
        ({"weights": {"farm": -1.0}}, "measures.weight"),
        ({"weights": {"farn": 1.0}}, "measures.weight"),
        (
            {"measures": (measure("a", "direct", ("all",), 0.1, 1, requires=("b",)),)},
            "measures.unknown",
        ),
    ],
)
def test_bad_input(change, code):
    arguments = {"alternative": "road", "budget_usd": 1.0, "length_km": 10.0, **change}
    with pytest.raises(InputError) as caught:
        choose(loss(), rng=rng(), **arguments)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


def test_the_declaration_binds_what_a_study_writes():
    bound, found = METHOD.bind({"alternative": "road", "budget_usd": "3 Musd"})
    assert found == []
    assert bound["budget_usd"] == 3e6
    assert METHOD.resolve() is choose


def lake(name="road"):
    return Alternative(name, TITLE, box(0, 0, 1000, 1000), 0.0)


def test_the_outline_of_an_area_is_no_length():
    perimeter = Measure(
        "a",
        TITLE,
        "design",
        (Effect("direct", ("all",), Estimate.exact(0.5), "confirmed"),),
        Cost("per-km", Estimate.exact(1000.0), status="confirmed"),
    )
    options = {"alternative": "road", "budget_usd": 1e9, "rng": rng(), "alternatives": [lake()]}
    with pytest.raises(InputError) as caught:
        choose(loss(), measures=[perimeter], **options)
    assert caught.value.findings[0].code == "measures.not-a-line"
    # Whoever gives the length gets it: 3 km at 1000 USD.
    assert choose(loss(), measures=[perimeter], length_km=3.0, **options).cost_usd == 3000


def test_lump_sums_need_no_length():
    pool = [measure("a", "direct", ("all",), 0.5, 7)]
    plan = choose(
        loss(), alternative="road", budget_usd=10, rng=rng(), alternatives=[lake()], measures=pool
    )
    assert plan.cost_usd == 7
    assert plan.table.units.tolist() == [1.0]


def test_a_project_that_is_no_road_begins_with_no_catalogue():
    own = {
        "title": {"es": "a", "en": "b"},
        "phase": "operation",
        "effects": [
            {
                "component": "direct",
                "assets": "all",
                "low": 0.5,
                "likely": 0.5,
                "high": 0.5,
                "source": "x",
                "status": "confirmed",
            }
        ],
        "cost": {"basis": "lump-sum", "usd": 5, "source": "x", "status": "confirmed"},
    }
    plan = choose(
        loss(),
        alternative="road",
        budget_usd=10,
        rng=rng(),
        alternatives=[lake()],
        base="none",
        changes={"own": own},
    )
    assert plan.chosen == ("own",)
    # Half of the direct loss of both assets: (100 + 20) / 2.
    assert plan.minimized_likely.sum() == pytest.approx(60)


def test_no_measure_at_all_minimizes_nothing():
    plan = choose(loss(), alternative="road", budget_usd=10, rng=rng(), base="none")
    assert plan.chosen == ()
    assert plan.minimized_likely.sum() == 0
