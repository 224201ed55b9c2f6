from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import LineString, box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.numerics.grid import Grid
from nonetloss.offset.portfolio import select

KIND = Ecosystem(1, "forest", Text.of("forest"), Estimate.exact(0.5))
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", (KIND,))
LIKELY = np.array([[[10.0]]])
PARCEL = Parcel(
    "p", Text.of("p"), box(0, 0, 9, 9), 40.0, "forest", Estimate.exact(0.2), Estimate.exact(0.7),
    5.0, years_to_value=10.0,
)  # fmt: skip
SUCCESS = {"low": 0.5, "likely": 0.8, "high": 0.9}


def chosen(*, draws=4, parcel=PARCEL, **more):
    loss = Loss(
        "quality_hectare", ("road",), ("direct",), ("forest",), LIKELY,
        np.repeat(LIKELY[..., None], draws, axis=-1),
    )  # fmt: skip
    return select([parcel], residual=loss, ecosystems=MAP, rng=np.random.default_rng(0), **more)


@pytest.mark.parametrize(
    ("asked", "multipliers", "name"),
    [
        ({"success": SUCCESS}, {"success": 0.8}, "success"),
        ({"success": SUCCESS}, {"failure": 0.1}, "success"),
        ({"time_factor": 0.8}, {"time_rate": 0.02}, "time_factor"),
        (
            {"half_distance_m": 1e5, "near": box(0, 0, 1, 1)},
            {"half_distance": "100 km"},
            "half_distance_m",
        ),
    ],
)
def test_nothing_is_charged_in_a_parameter_and_in_a_multiplier(asked, multipliers, name):
    with pytest.raises(InputError) as caught:
        chosen(**asked, trading={"multipliers": multipliers})
    (found,) = caught.value.findings
    assert (found.code, found.subject) == ("offset.charged-twice", name)
    assert caught.value.render("es") != caught.value.render("en")
    # Each of the two by itself is fine.
    chosen(**asked)
    near = asked.get("near", box(0, 0, 1, 1))
    chosen(trading={"multipliers": multipliers}, near=near)


@pytest.mark.parametrize("limit", ["max_distance_m", "half_distance_m"])
def test_a_rule_of_distance_without_an_impact_is_never_passed_over(limit):
    with pytest.raises(InputError) as caught:
        chosen(**{limit: 1000.0})
    assert caught.value.findings[0].code == "equivalence.distance-needed"


def test_alternatives_that_do_not_hold_the_one_of_the_loss():
    other = Alternative("path", Text.of("path"), LineString([(0, 0), (1, 0)]), 20.0)
    with pytest.raises(InputError) as caught:
        chosen(alternatives=[other])
    assert caught.value.findings[0].code == "offset.alternative"
    found = chosen(alternatives=[other, replace(other, name="road")])
    assert "offset.parcel-crossed" in {f.code for f in found.findings}


@pytest.mark.parametrize(
    "change",
    [
        {"half_distance_m": 0.0}, {"half_distance_m": -5.0}, {"half_distance_m": float("nan")},
        {"tolerance_qha": -1.0}, {"gap": float("nan")}, {"max_distance_m": -1.0},
        {"probability": 0.5, "draws": 1},
    ],
)  # fmt: skip
def test_parameters_out_of_bounds(change):
    with pytest.raises(InputError) as caught:
        chosen(near=box(0, 0, 1, 1), **change)
    assert caught.value.findings[0].code == "offset.parameter"


@pytest.mark.parametrize(
    "change", [{"cost_usd": float("inf")}, {"services": {"water": Estimate.exact(float("inf"))}}]
)
def test_parcels_without_bounds(change):
    with pytest.raises(InputError) as caught:
        chosen(parcel=replace(PARCEL, **change))
    assert caught.value.findings[0].code == "offset.parcel"
