"""Reservoirs of portfolios as alternatives; areas by hand on squares of 1 km."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.language import Text
from nonetloss.hydropower.reservoirs import reservoir_alternatives, reservoirs
from nonetloss.landscape.river import Dam, DamOption, RiverNetwork, Status

CRS = "EPSG:32718"


def square(east_km: float) -> shapely.Polygon:
    left, bottom = 500_000 + 1000 * east_km, 9_060_000
    return shapely.box(left, bottom, left + 1000, bottom + 1000)


def dam(id, *options, status=Status.PLANNED, **values) -> Dam:
    made = tuple(DamOption(name, values) for name in options or ("",))
    return Dam(id, f"above-{id}", "mouth", made, status, Text(es=f"Presa {id}", en=f"Dam {id}"))


# 1 has two heights (the higher one twice as long), 2 overlaps the lower of 1 by half, 3 stands,
# 4 is not drawn, 5 is known to flood nothing.
DAMS = (
    dam(1, "low", "high"),
    dam("b"),
    dam(3, status=Status.BUILT),
    dam(4, inundated=7.0),
    dam(5, inundated=0.0),
)
DRAWN = gpd.GeoDataFrame(
    {"dam": [1, 1, "b", 3], "option": ["low", "high", "", ""]},
    geometry=[square(0), square(0) | square(1), square(0.5), square(9)],
    crs=CRS,
)
NETWORK = RiverNetwork((), DAMS, "mouth", {}, {}, crs=CRS, reservoirs=DRAWN)


def plan(*choices: int) -> np.ndarray:
    return np.array(choices, dtype=np.int8)


def run(portfolios, network=NETWORK, **options):
    return reservoirs(network, portfolios=portfolios, crs=CRS, **options)


def test_overlapping_reservoirs_count_once():
    result = run({"a": plan(1, 1, 1, 0, 0), "b": plan(2, 0, 0, 0, 0)})
    # 0 … 1 and 0.5 … 1.5 km: 150 ha, of which 50 would be counted twice. The one that stands is
    # none of the plan's.
    assert result.table.to_dict("list") == {
        "alternative": ["a", "b"],
        "dams": [2, 1],
        "drawn": [2, 1],
        "without_reservoir": [0, 0],
        "area_ha": [150.0, 200.0],
        "overlap_ha": [50.0, 0.0],
    }
    assert [(a.name, a.right_of_way_m, a.geometry.area) for a in result.alternatives] == [
        ("a", 0.0, 1.5e6),
        ("b", 0.0, 2e6),
    ]
    assert result.findings == ()


def test_what_stands_counts_only_if_asked():
    assert run({"a": plan(0, 0, 1, 0, 0)}).table.area_ha.tolist() == [0.0]
    assert run({"a": plan(0, 0, 1, 0, 0)}, existing=True).table.area_ha.tolist() == [100.0]


def test_a_plan_without_new_reservoirs_is_an_empty_polygon_and_told():
    result = run({"a": plan(0, 0, 1, 0, 1)})
    (alternative,) = result.alternatives
    assert alternative.geometry.is_empty
    assert [f.code for f in result.findings] == ["reservoirs.nothing-flooded"]
    assert result.table.without_reservoir.tolist() == [1]


def test_a_reservoir_that_nobody_drew_is_unknown_and_named():
    result = run({"a": plan(1, 0, 0, 1, 0), "b": plan(0, 0, 0, 1, 1)})
    (found,) = [f for f in result.findings if f.code == "reservoirs.not-drawn"]
    assert found.data["count"] == 1
    assert found.data["names"] == Text(es="Presa 4", en="Dam 4")
    assert found.severity == "warning"


@dataclass(frozen=True)
class Several:
    names: tuple[str, ...]
    choices: np.ndarray


@dataclass(frozen=True)
class One:
    name: str
    title: Text
    choices: np.ndarray


def test_states_and_choices_are_plans():
    states = Several(("today", "full"), np.array([[0, 0, 1, 0, 0], [2, 1, 1, 0, 0]], np.int8))
    chosen = One("least-loss", Text(es="Menor pérdida", en="Least loss"), plan(0, 1, 1, 0, 0))
    result = run((states, chosen))
    assert [a.name for a in result.alternatives] == ["today", "full", "least-loss"]
    assert result.alternatives[0].title == Text(es="Situación actual", en="Today")
    assert result.alternatives[2].title.es == "Menor pérdida"
    assert result.table.area_ha.tolist() == [0.0, 200.0, 100.0]
    assert run((states, chosen), only=["full"]).table.alternative.tolist() == ["full"]
    assert [a.name for a in reservoir_alternatives(NETWORK, portfolios=chosen)] == ["least-loss"]


def test_reservoirs_are_brought_to_the_crs_of_the_study():
    degrees = replace(NETWORK, crs="EPSG:4326", reservoirs=DRAWN.to_crs("EPSG:4326"))
    assert run({"a": plan(2, 0, 0, 0, 0)}, degrees).table.area_ha[0] == pytest.approx(200, rel=1e-6)


BOW = shapely.Polygon(
    [(500_000, 9_060_000), (501_000, 9_061_000), (501_000, 9_060_000), (500_000, 9_061_000)]
)

CROSSED = DRAWN.assign(geometry=[BOW] * 4)


@pytest.mark.parametrize(
    ("change", "portfolios", "options", "code"),
    [
        ({"reservoirs": None}, {"a": plan(1, 0, 0, 0, 0)}, {}, "reservoirs.none-drawn"),
        ({"reservoirs": DRAWN[:0]}, {"a": plan(1, 0, 0, 0, 0)}, {}, "reservoirs.none-drawn"),
        ({"crs": None}, {"a": plan(1, 0, 0, 0, 0)}, {}, "reservoirs.no-crs"),
        ({"reservoirs": CROSSED}, {"a": plan(1, 0, 0, 0, 0)}, {}, "reservoirs.invalid"),
        ({}, {"a": plan(3, 0, 0, 0, 0)}, {}, "reservoirs.choices"),
        ({}, {"a": plan(-1, 0, 0, 0, 0)}, {}, "reservoirs.choices"),
        ({}, {"a": plan(1, 0)}, {}, "reservoirs.choices"),
        ({}, {"a": np.full(5, 0.5)}, {}, "reservoirs.choices"),
        ({}, [{"a": plan(1, 0, 0, 0, 0)}] * 2, {}, "reservoirs.repeated-name"),
        ({}, {"a": plan(1, 0, 0, 0, 0)}, {"only": ["b"]}, "reservoirs.unknown-name"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(change, portfolios, options, code):
    with pytest.raises((InputError, GeometryError)) as caught:
        run(portfolios, replace(NETWORK, **change), **options)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es") != caught.value.render("en")


def test_a_crs_in_degrees_has_no_areas():
    with pytest.raises(GeometryError) as caught:
        reservoirs(NETWORK, portfolios={"a": plan(1, 0, 0, 0, 0)}, crs="EPSG:4326")
    assert caught.value.findings[0].code == "crs.not-metric"
