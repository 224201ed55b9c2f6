from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from nonetloss.avoid.drawing import Style, draw, rounded
from nonetloss.avoid.front import spread_out
from nonetloss.avoid.pricing import price_lines
from nonetloss.avoid.route import find_routes
from nonetloss.avoid.surface import cost_surface
from nonetloss.core.errors import GeometryError, InputError, NoRouteError
from nonetloss.core.language import Text
from nonetloss.landscape.project import Alternative, Origin
from nonetloss.numerics.grid import Grid

ROOT2 = np.sqrt(2)
START, END = (250.0, 2050.0), (3750.0, 2050.0)


@pytest.fixture
def build(world):
    def surface(*layers, grid=None, **more):
        grid = grid or world.grid()
        given = {"right_of_way_m": 2.0, "base_cost_usd_per_m": 100.0, "crs": world.crs}
        return cost_surface(layers, grid=grid, ecosystems=world.forest(grid), **(given | more))

    return surface


def quick(surface, start=START, end=END, **more):
    """Without the parts that a test does not look at."""
    given = {"dissimilar": 0, "coarse_cells": 0, "front_searches": 2}
    return find_routes(surface, start=start, end=end, **(given | more))


def chain(count, size=100.0, first=0):
    """A square in the middle of each cell of the diagonal that rises to the right."""
    middles = [(i + 0.5) * size for i in range(first, count)]
    return [box(m - 20, m - 20, m + 20, m + 20) for m in middles]


def wall(left, bottom, right, top):
    """Cells from lower left to upper right, as a polygon that touches no cell beyond them."""
    return box(left * 100 + 5, bottom * 100 + 5, (right + 1) * 100 - 5, (top + 1) * 100 - 5)


@pytest.mark.parametrize("neighbors", [8, 16])
def test_a_diagonal_chain_across_the_grid_is_never_crossed(build, world, neighbors):
    surface = build(world.prohibited("park", *chain(40)))
    assert surface.blocked.sum() == 40  # one cell each: they meet only at corners
    with pytest.raises(NoRouteError) as caught:
        quick(surface, start=(250, 3750), end=(3750, 250), neighbors=neighbors)
    (finding,) = caught.value.findings
    assert (finding.code, finding.data["layers"]) == ("route.closed", "park")


@pytest.mark.parametrize("neighbors", [8, 16])
def test_a_diagonal_chain_with_a_gap_is_passed_through_the_gap_only(build, world, neighbors):
    surface = build(world.prohibited("park", *chain(40, first=2)))
    routes = find_routes(surface, start=(250, 3750), end=(3750, 250), neighbors=neighbors)
    assert len(routes.results()) >= 1
    for route in routes.results():
        assert route.is_clear
        (certificate,) = route.certificates
        assert certificate.meters_inside == 0.0
        assert certificate.nearest_m >= 1.0
        gap = box(0, 0, 200, 200)
        assert route.line.intersects(gap)


@pytest.mark.parametrize("neighbors", [8, 16])
def test_a_diagonal_sliver_thinner_than_a_cell_is_a_wall(build, world, neighbors):
    sliver = LineString([(-100, -100), (4100, 4100)]).buffer(0.5)
    surface = build(world.prohibited("reserve", sliver))
    with pytest.raises(NoRouteError):
        quick(surface, start=(250, 3750), end=(3750, 250), neighbors=neighbors)


def test_lines_begin_and_end_at_the_exact_points(build):
    start, end = (217.5, 2099.0), (3701.25, 2001.0)
    route = quick(build(), start, end).least_cost
    assert (route.line.coords[0], route.line.coords[-1]) == (start, end)
    # Even ground: the drawn line is the straight one, at 100 USD/m.
    assert route.line.length == pytest.approx(np.hypot(3701.25 - 217.5, 98))
    assert route.cost_usd == pytest.approx(100 * route.line.length)
    assert route.nature_qha == pytest.approx(2 / 1e4 * 0.8 * route.line.length)
    assert route.total_usd == route.cost_usd


def test_the_price_of_avoidance_is_the_cost_of_the_detour(build, world):
    # A wall in column 20, from row 5 to the bottom; start and end in row 19, columns 2 and 37.
    surface = build(world.prohibited("park", wall(20, 0, 20, 34)))
    assert np.argwhere(surface.blocked).min(axis=0).tolist() == [5, 20]
    table = quick(surface, neighbors=8).prices.set_index("exclusion")
    # Around its top: to (4, 19), over (4, 20) to (4, 21), down again; 15 rows, 17 + 16 columns.
    there = 15 * ROOT2 + 2
    back = 15 * ROOT2 + 1
    with_wall = 100 * (there + 2 + back)  # meters
    assert table.price_on_grid_usd["park"] == pytest.approx(100 * (with_wall - 3500))
    # Drawn lines may cut the corners of the grid, but not those of the wall.
    shortest = np.hypot(1740, 1450) + 120 + np.hypot(1640, 1450)
    assert 100 * shortest < table.cost_with_usd["park"] <= 1.005 * 100 * with_wall
    assert table.cost_without_usd["park"] == pytest.approx(100 * 3500)
    assert table.price_usd["park"] == pytest.approx(table.cost_with_usd["park"] - 350_000)
    assert table.crossed_km["park"] == pytest.approx(0.090)


def test_each_exclusion_has_its_price_and_all_of_them_together(build, world):
    layers = [
        world.prohibited("a", wall(10, 0, 10, 30)),
        world.prohibited("b", wall(30, 10, 30, 39)),
        world.prohibited("idle", wall(0, 39, 0, 39)),
    ]
    routes = quick(build(*layers))
    prices = routes.prices.set_index("exclusion").price_usd
    assert prices["idle"] == 0.0
    assert routes.prices.set_index("exclusion").crossed_km["idle"] == 0.0
    assert 0 < prices["a"] < prices["*"]
    assert 0 < prices["b"] < prices["*"]
    assert [r.name for r in routes.lifted] == ["without-a", "without-b", "without-all"]
    assert not any(r.is_clear for r in routes.lifted)


def test_lifting_all_exclusions_is_shown_once_if_it_brings_no_more_than_one(build, world):
    layers = [world.prohibited("a", wall(10, 0, 10, 30)), world.prohibited("b", wall(0, 39, 0, 39))]
    routes = quick(build(*layers))
    assert [r.name for r in routes.lifted] == ["without-a"]
    prices = routes.prices.set_index("exclusion").price_usd
    assert prices["*"] == prices["a"] > 0


def test_hidden_layers_are_kept_clear_and_nothing_of_them_is_told(build, world):
    secret = world.prohibited("secret", wall(20, 0, 20, 34), hidden=True)
    straight = Alternative("straight", Text.of("s"), LineString([START, END]), 2.0)
    routes = quick(build(secret), alternatives=[straight])
    row = routes.prices.set_index("exclusion").loc["secret"]
    assert bool(row.withheld)
    assert row.drop("withheld").isna().all()
    assert routes.lifted == ()
    certificates = routes.certificates.set_index("alternative")
    assert certificates[["meters_inside", "nearest_m", "required_m"]].isna().all(axis=None)
    assert bool(certificates.holds["least-cost"])
    assert not certificates.holds["straight"]
    told = [f for f in routes.findings if f.code == "route.not-buildable"]
    assert told[0].data["extents"] == "secret"


def test_user_routes_are_priced_on_the_same_surface_and_flagged(build, world):
    surface = build(world.prohibited("park", box(1000, 1500, 2000, 2500)))
    cost = surface.construction_usd_per_m.copy()
    cost[:, 20:] = 300.0
    surface = replace(surface, construction_usd_per_m=cost, total_usd_per_m=cost)
    straight = Alternative("straight", Text.of("s"), LineString([START, END]), 2.0)
    away = Alternative("away", Text.of("a"), LineString([START, (250, 9000)]), 2.0)
    dam = Alternative("dam", Text.of("d"), box(0, 0, 1, 1), 2.0)
    routes = quick(surface, alternatives=[straight, away, dam])
    table = routes.comparison.set_index("alternative")
    assert "dam" not in table.index
    assert table.cost_usd["straight"] == pytest.approx(1750 * 100 + 1750 * 300)
    assert table.nature_qha["straight"] == pytest.approx(3500 * 2 / 1e4 * 0.8)
    assert (bool(table.buildable["straight"]), table.crosses["straight"]) == (False, "park")
    assert bool(table.buildable["least-cost"])
    assert table.excess_usd["least-cost"] == 0.0
    assert np.isnan(table.total_usd["away"])
    inside = routes.certificates.set_index("alternative").meters_inside
    assert inside["straight"] == pytest.approx(1000.0)
    assert {f.code for f in routes.findings} >= {"route.not-buildable", "route.not-priced"}
    assert "1.00 km" in routes.findings[0].render("es")


def test_a_line_is_priced_by_the_exact_length_in_each_cell(build):
    surface = build()
    cost = np.arange(1600, dtype=np.float32).reshape(40, 40)
    surface = replace(surface, total_usd_per_m=cost)
    (price,) = price_lines([LineString([(50, 3950), (250, 3850)])], surface)
    # From (0, 0) to (1, 2): a quarter of the length in each of four cells.
    length = np.hypot(200, 100)
    assert price.total_usd == pytest.approx(length / 4 * (0 + 1 + 41 + 42))


def test_cells_without_ecosystem_are_not_crossed_by_routes_and_flagged_for_users(world):
    classes = np.ones((40, 40))
    classes[5:, 20] = 0
    surface = cost_surface(
        [],
        grid=world.grid(),
        ecosystems=world.with_classes(classes),
        right_of_way_m=2.0,
        base_cost_usd_per_m=100.0,
        crs=world.crs,
    )
    straight = Alternative("straight", Text.of("s"), LineString([START, END]), 2.0)
    table = quick(surface, alternatives=[straight]).comparison.set_index("alternative")
    assert table.crosses["straight"] == "outside-map"
    assert table.cost_usd["straight"] == pytest.approx(350_000)
    assert np.isnan(table.nature_qha["straight"])
    assert table.length_km["least-cost"] > 4


@pytest.mark.parametrize(
    ("walls", "code", "named"),
    [
        ({"a": wall(20, 0, 20, 39)}, "route.closed", "a"),
        ({"a": wall(20, 0, 20, 19), "b": wall(20, 20, 20, 39)}, "route.closed", "a, b"),
        (
            {"a": wall(10, 0, 10, 39), "b": wall(30, 0, 30, 39), "idle": wall(0, 0, 0, 0)},
            "route.closed-together",
            "a, b",
        ),
    ],
)
def test_where_there_is_no_route_the_layers_that_close_the_way_are_named(
    build, world, walls, code, named
):
    surface = build(*(world.prohibited(name, shape) for name, shape in walls.items()))
    with pytest.raises(NoRouteError) as caught:
        quick(surface)
    (finding,) = caught.value.findings
    assert (finding.code, finding.data["layers"]) == (code, named)
    assert finding.render("es") != finding.render("en")


def test_ends_inside_or_too_close_to_an_exclusion_name_the_layer(build, world):
    park = world.prohibited("park", box(150, 1950, 350, 2150), setback_m=30.0)
    with pytest.raises(GeometryError) as caught:
        quick(build(park))
    assert caught.value.findings[0].code == "route.end-excluded"
    assert caught.value.findings[0].data["layers"] == "park"
    with pytest.raises(GeometryError) as caught:
        quick(build(park), start=(150 - 31 - 5, 2050))
    assert caught.value.findings[0].code == "route.end-too-close"
    with pytest.raises(GeometryError) as caught:
        quick(build(park), start=END, end=START)
    assert caught.value.findings[0].subject == "end"


def test_ends_off_the_grid_or_in_one_cell_are_refused(build):
    with pytest.raises(InputError) as caught:
        quick(build(), end=(9e5, 0))
    assert caught.value.findings[0].code == "grid.outside"
    with pytest.raises(GeometryError) as caught:
        quick(build(), end=(260.0, 2060.0))
    assert caught.value.findings[0].code == "route.same-place"
    with pytest.raises(InputError) as caught:
        quick(build(), neighbors=12)
    assert caught.value.findings[0].code == "paths.neighbors"


@pytest.fixture
def three_channels(build, world):
    """Three ways between two columns: (cost, nature) per meter (1, 9), (6, 6) and (9, 1)."""
    walls = [wall(3, 13, 36, 13), wall(3, 26, 36, 26)]
    surface = build(world.prohibited("walls", *walls))
    cost, nature = np.ones((40, 40)), np.ones((40, 40))
    cost[:13, 3:37], nature[:13, 3:37] = 1, 9
    cost[14:26, 3:37], nature[14:26, 3:37] = 6, 6
    cost[27:, 3:37], nature[27:, 3:37] = 9, 1
    cost, nature = cost.astype(np.float32), nature.astype(np.float32)
    return replace(
        surface, construction_usd_per_m=cost, nature_qha_per_m=nature, total_usd_per_m=cost
    )


def test_the_front_says_which_points_are_proven_and_finds_the_one_in_the_dent(three_channels):
    routes = quick(three_channels, coarse_cells=1600, front_approximate=50, front_searches=20)
    found = {}
    for route in routes.front:
        row = route.cells[len(route.cells) // 2, 0]
        channel = "north" if row < 13 else "south" if row > 26 else "middle"
        found.setdefault(channel, set()).add(route.proven)
    assert found == {
        "north": {"supported"},
        "middle": {"approximate"},
        "south": {"supported"},
    }
    coarse = routes.coarse_front
    assert set(coarse.proven) == {"exact"}
    assert 0 < coarse.supported.sum() < len(coarse)
    values = np.array([(r.cost_usd, r.nature_qha) for r in routes.front])
    assert (np.diff(values[:, 0]) > 0).all()
    assert (np.diff(values[:, 1]) < 0).all()
    finding = next(f for f in routes.findings if f.code == "route.front")
    assert finding.data["dents"] == int((~coarse.supported).sum())


def test_people_are_a_third_criterion(three_channels):
    people = np.zeros((40, 40), np.float32)
    people[:13, 3:37] = 1.0
    surface = replace(three_channels, people_per_m=people)
    two = quick(surface, front_searches=10)
    three = quick(surface, front_searches=20, front_criteria="cost-nature-people")
    assert two.front[0].people > 0
    assert len(three.front) >= len(two.front)
    assert min(r.people for r in three.front) == 0.0


def test_without_a_second_criterion_the_front_is_the_cheapest_route(build, world):
    surface = build()
    surface = replace(surface, nature_qha_per_m=np.zeros((40, 40), np.float32))
    (only,) = quick(surface).front
    assert only.proven == "exact"
    assert only.cost_usd == pytest.approx(100 * 3500)


def test_dissimilar_routes_keep_apart_and_the_corridor_holds_the_optimum(build, world):
    surface = build(world.prohibited("park", box(1800, 1800, 2200, 2300)))
    routes = find_routes(surface, start=START, end=END, dissimilar=3, coarse_cells=0)
    assert 1 <= len(routes.dissimilar) <= 3
    assert all(r.shared <= 0.75 and r.origin is Origin.DISSIMILAR for r in routes.dissimilar)
    band = routes.corridor.values
    assert np.nanmin(band) == 0.0
    assert np.nanmax(band) <= 0.2
    on_route = band[routes.least_cost.cells[:, 0], routes.least_cost.cells[:, 1]]
    assert np.nanmax(on_route) < 1e-5
    assert np.isnan(band[surface.blocked]).all()


def test_results_become_alternatives_with_distinct_names(build, world):
    surface = build(world.prohibited("park", box(1800, 1800, 2200, 2300)))
    stages = []
    routes = find_routes(
        surface, start=START, end=END, progress=lambda what, share: stages.append((what, share))
    )
    made = routes.alternatives()
    assert made[0].name == "least-cost"
    assert len({a.name for a in made}) == len(made)
    assert {a.right_of_way_m for a in made} == {2.0}
    assert next(s for s, _ in stages) == "least-cost"
    assert sorted(share for _, share in stages) == [share for _, share in stages]


def test_order_of_layers_changes_no_route(build, world):
    layers = [
        world.prohibited("a", wall(10, 0, 10, 30)),
        world.prohibited("b", wall(30, 10, 30, 39)),
        world.layer("river", LineString([(2000, 0), (2000, 4000)])),
    ]
    more = {"rivers": {"river": "30 m"}, "bridge_usd_per_m": 1000.0}
    one, other = quick(build(*layers, **more)), quick(build(*layers[::-1], **more))
    pd.testing.assert_frame_equal(one.comparison, other.comparison)
    pd.testing.assert_frame_equal(one.prices, other.prices)
    assert one.least_cost.line.equals(other.least_cost.line)


def test_an_offset_price_moves_the_route_off_the_forest(build, world):
    classes = np.full((40, 40), 3)
    classes[5:35, 15:25] = 1
    more = {
        "grid": world.grid(),
        "ecosystems": world.with_classes(classes),
        "right_of_way_m": 20.0,
        "base_cost_usd_per_m": 100.0,
        "crs": world.crs,
    }
    free = quick(cost_surface([], **more))
    paid = quick(cost_surface([], offset_price_usd_per_qha=1_000_000.0, **more))
    assert paid.least_cost.nature_qha < free.least_cost.nature_qha
    assert paid.least_cost.cost_usd > free.least_cost.cost_usd
    nature = 1_000_000 * paid.least_cost.nature_qha
    assert paid.least_cost.total_usd == pytest.approx(paid.least_cost.cost_usd + nature, rel=1e-6)


def test_drawing_falls_back_to_the_cells_when_a_simpler_line_is_not_clear(build, world):
    # The wall is told as a vector only: cells know nothing of it, so straightening runs into it.
    surface = build()
    (exclusion,) = build(world.prohibited("post", Point(2000, 1900))).exclusions
    cells = np.array([(19, c) for c in range(2, 18)] + [(18, 18), (18, 19), (18, 20), (18, 21)]
                     + [(19, c) for c in range(22, 38)])  # fmt: skip
    arguments = {
        "start": START, "end": END, "cost": surface.total_usd_per_m, "blocked": surface.blocked,
        "grid": surface.grid, "style": Style(),
    }  # fmt: skip
    assert len(draw(cells, exclusions=(), **arguments).coords) == 2
    on_the_line = replace_shapes(exclusion, Point(2000, 2050))
    line = draw(cells, exclusions=(on_the_line,), **arguments)
    assert len(line.coords) > 30
    assert line.distance(Point(2000, 2050)) >= 1.0


def replace_shapes(exclusion, shape):
    return replace(exclusion, shapes=np.array([shape], dtype=object))


def test_rounding_keeps_the_ends_and_cuts_no_more_than_allowed():
    corner = np.array([(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)])
    line = LineString(rounded(corner, cut_m=8.0))
    assert (line.coords[0], line.coords[-1]) == ((0.0, 0.0), (100.0, 100.0))
    assert line.distance(Point(100, 0)) < 8.0
    assert line.length < 200.0
    assert line.hausdorff_distance(LineString(corner)) <= 8.0


def test_the_front_is_thinned_to_its_ends_and_the_points_furthest_apart():
    x = np.linspace(0, 1, 101)
    curve = np.column_stack([x, (1 - x) ** 2])
    assert spread_out(curve, 3)[[0, -1]].tolist() == [0, 100]
    assert len(spread_out(curve, 7)) == 7
    assert spread_out(np.array([[1.0, 1.0], [1.0, 1.0], [2.0, 2.0]]), 5).tolist() == [0]
    assert spread_out(np.array([[3.0, 4.0]]), 5).tolist() == [0]


def test_the_coarse_front_measures_oblong_cells_by_their_own_sides(build):
    # Cells 200 m wide and 100 m high: 30 steps north are 3 000 m, whichever grid counts them.
    oblong = Grid(0.0, 4000.0, 200.0, 100.0, 40, 40)
    routes = quick(build(grid=oblong), start=(4100, 450), end=(4100, 3450), coarse_cells=1600)
    assert routes.coarse_front.cost_usd.to_numpy() == pytest.approx([3000 * 100.0])
    assert routes.least_cost.cost_usd == pytest.approx(3000 * 100.0)
