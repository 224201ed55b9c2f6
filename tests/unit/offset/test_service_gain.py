from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.offset.candidates import screen_candidates
from nonetloss.offset.service_gain import service_draws, service_gain

SHEDS = (
    Serviceshed("west", Text.of("west"), box(0, 0, 50, 100)),
    Serviceshed("world", Text.of("world")),
)
WATER = Service("water", Text.of("water"), "m3", {}, SHEDS)
LOSS = ServiceLoss(
    (WATER,), ("x",), (("water", "west"), ("water", "world")), np.zeros((1, 2)), np.zeros((1, 2, 3))
)
HALF = Estimate(0.4, 0.5, 0.6)


def candidates(near=None, **services):
    # The first lies 3/4 in the west.
    parcels = [
        Parcel(
            name, Text.of(name), box(x, 0, x + 100, 100), 80.0, "a", Estimate.exact(0.1),
            Estimate.exact(0.5), 1.0, services=services,
        )
        for name, x in (("p", -25.0), ("q", 200.0))
    ]  # fmt: skip
    parcels[0] = replace(parcels[0], geometry=box(-25, 0, 75, 100))
    return screen_candidates(
        parcels, near=near, max_distance_m=None, half_distance_m=None, success=HALF, time_factor=1.0
    )


def test_hectares_inside_times_what_a_hectare_gives_times_success():
    found = service_gain(candidates(water=Estimate(1, 2, 3)), loss=LOSS, success=HALF)
    # 80 ha, half of them in the west (from 0 to 50 of 100 m).
    assert found.hectares.tolist() == pytest.approx(np.array([[40.0, 0], [80, 80]]))
    assert found.likely == pytest.approx(np.array([[40 * 2 * 0.5, 0], [80.0, 80.0]]))


def test_what_the_project_takes_gives_nothing():
    near = box(-25, 0, 75, 50)
    found = service_gain(candidates(near, water=Estimate.exact(2)), loss=LOSS, success=HALF)
    assert found.hectares[1].tolist() == pytest.approx([40, 80])


def test_draws_share_the_state_of_success_and_the_ranking():
    made = candidates(water=Estimate(1, 2, 3))
    gain = service_gain(made, loss=LOSS, success=HALF)
    reached = np.linspace(0.4, 0.6, 200)
    draws = service_draws(
        made, np.array([True, True]), loss=LOSS, gain=gain, reached=reached, together=True,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert draws.shape == (2, 2, 200)
    # A parcel gives the west half of what it gives the world, in every state.
    assert draws[0, 0] == pytest.approx(draws[1, 0] / 2)
    ranks = [np.argsort(np.argsort(draws[1, i] / reached)) for i in range(2)]
    assert ranks[0].tolist() == ranks[1].tolist()
    assert (draws[1] >= 80 * 1 * reached - 1e-9).all()
    assert (draws[1] <= 80 * 3 * reached + 1e-9).all()
    one = service_draws(
        made, np.array([True, False]), loss=LOSS, gain=gain, reached=reached, together=False,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert not one[:, 1].any()


def test_unknown_services_are_refused():
    with pytest.raises(InputError) as caught:
        service_gain(candidates(watr=Estimate.exact(1)), loss=LOSS, success=HALF)
    assert caught.value.findings[0].data["nearest"] == "water"


def test_harm_is_not_halved_by_half_a_success():
    made = candidates(water=Estimate(-4, -2, 3))
    gain = service_gain(made, loss=LOSS, success=HALF)
    # 80 ha that take 2 each from the world: all of it, though gains are reached by half.
    assert gain.likely[1].tolist() == pytest.approx([-160, -160])
    arguments = {"loss": LOSS, "gain": gain, "together": True}
    draws, whole = (
        service_draws(
            made, np.array([True, True]), reached=np.full(50, share),
            rng=np.random.default_rng(0), **arguments,
        )
        for share in (0.5, 1.0)
    )  # fmt: skip
    assert (draws < 0).any()
    assert draws == pytest.approx(np.where(whole > 0, whole / 2, whole))
