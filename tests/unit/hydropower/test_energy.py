"""Energy with arithmetic that a person can check."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.energy import (
    MONTH_H,
    Plant,
    annual_energy_gwh,
    evened_flow,
    evening_storage_m3,
    exceeded_flow,
    firm_energy_gwh,
)

PLANT = Plant(head_m=100.0, capacity_mw=1000.0, efficiency=0.9)
# Half a year of 200 m3/s, half a year of 50 m3/s.
HALVES = np.array([4380.0, 4380.0])


def test_a_cubic_meter_falling_a_meter_gives_9_81_kilowatts():
    plant = Plant(head_m=1.0, capacity_mw=1.0, efficiency=1.0)
    found = annual_energy_gwh(np.ones(12), plant=plant)
    assert found == pytest.approx(9.81 * 8760 / 1e6, rel=1e-12)


def test_energy_by_hand():
    """9.81 · 0.9 · 100 kW per m3/s; (200 + 50) · 4380 h."""
    found = annual_energy_gwh(np.array([200.0, 50.0]), plant=PLANT, hours=HALVES)
    assert found == pytest.approx(9.81 * 0.9 * 100 * (200 + 50) * 4380 / 1e6, rel=1e-12)


def test_turbines_take_no_more_than_they_can():
    plant = Plant(head_m=100.0, capacity_mw=1000.0, max_flow_m3s=120.0)
    found = annual_energy_gwh(np.array([200.0, 50.0]), plant=plant, hours=HALVES)
    assert found == pytest.approx(9.81 * 0.9 * 100 * (120 + 50) * 4380 / 1e6, rel=1e-12)


def test_no_period_gives_more_than_the_capacity():
    """200 m3/s would give 176.58 MW, 50 m3/s give 44.145 MW; the plant has 100 MW."""
    plant = Plant(head_m=100.0, capacity_mw=100.0)
    found = annual_energy_gwh(np.array([200.0, 50.0]), plant=plant, hours=HALVES)
    assert found == pytest.approx((100 + 9.81 * 0.9 * 100 * 50 / 1e3) * 4380 / 1e3, rel=1e-12)


def test_capacity_and_availability_are_the_limit():
    plant = Plant(head_m=100.0, capacity_mw=10.0, availability=0.8)
    found = annual_energy_gwh(np.array([200.0, 50.0]), plant=plant, hours=HALVES)
    assert found == pytest.approx(8760 * 10.0 * 0.8 / 1e3, rel=1e-12)


def test_no_water_no_energy():
    assert annual_energy_gwh(np.zeros(12), plant=PLANT) == 0.0
    assert firm_energy_gwh(np.zeros(12), plant=PLANT) == 0.0


def test_firm_energy_counts_on_the_flow_of_95_percent():
    """20 periods of equal length: 19 of them are 95 %; the driest, 1 m3/s, does not count."""
    flow = np.array([1.0, 3.0, *[10.0] * 18])
    hours = np.full(20, 438.0)
    assert exceeded_flow(flow, share=0.95, hours=hours) == 3.0
    assert exceeded_flow(flow, share=0.9501, hours=hours) == 1.0
    assert exceeded_flow(flow, share=0.0, hours=hours) == 10.0
    found = firm_energy_gwh(flow, plant=PLANT, hours=hours)
    assert found == pytest.approx(9.81 * 0.9 * 100 * 3.0 * 8760 / 1e6, rel=1e-12)


def test_storage_that_evens_out_two_halves():
    """75 m3/s above the mean for 4380 h is what the wet half must put aside."""
    flow = np.array([200.0, 50.0])
    assert evening_storage_m3(flow, hours=HALVES) == pytest.approx(75 * 4380 * 3600, rel=1e-12)
    assert evening_storage_m3(np.full(12, 7.0)) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, [200.0, 50.0]), (1 / 3, [175.0, 75.0]), (1.0, [125.0, 125.0]), (9.0, [125.0, 125.0])],
)
def test_a_third_of_the_storage_evens_out_by_a_third(share, expected):
    storage = share * 75 * 4380 * 3600
    found = evened_flow(np.array([200.0, 50.0]), storage_m3=storage, hours=HALVES)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_storage_neither_loses_nor_gains_water():
    flow = np.array([300.0, 320, 280, 150, 90, 60, 40, 35, 45, 80, 140, 220])
    for storage in (0.0, 1e7, 5e8, 1e12):
        below = evened_flow(flow, storage_m3=storage)
        assert (below * MONTH_H).sum() == pytest.approx((flow * MONTH_H).sum(), rel=1e-12)
        assert (below >= 0).all()
        # The storage that is used is the storage that there is.
        used = evening_storage_m3(flow) - evening_storage_m3(below)
        assert used == pytest.approx(min(storage, evening_storage_m3(flow)), rel=1e-9)


def test_many_sites_at_once():
    flow = np.array([[200.0, 50.0], [10.0, 10.0]])
    found = evened_flow(flow, storage_m3=np.array([1e12, 0.0]), hours=HALVES)
    assert found.tolist() == [[125.0, 125.0], [10.0, 10.0]]


@pytest.mark.parametrize("bad", [-1.0, float("nan")])
def test_flows_that_cannot_be(bad):
    with pytest.raises(InputError) as caught:
        annual_energy_gwh(np.array([bad, *[1.0] * 11]), plant=PLANT)
    assert caught.value.findings[0].code == "hydropower.quantity"


@pytest.mark.parametrize(
    "change",
    [
        {"head_m": 0.0}, {"head_m": -3.0}, {"capacity_mw": 0.0}, {"efficiency": 1.2},
        {"efficiency": 0.0}, {"availability": -0.1}, {"max_flow_m3s": float("nan")},
    ],
)  # fmt: skip
def test_plants_that_cannot_be(change):
    with pytest.raises(InputError):
        Plant(**{"head_m": 1.0, "capacity_mw": 1.0, **change})


@pytest.mark.parametrize(
    ("flow", "hours"), [(np.ones(12), np.ones(12)), (np.ones(11), MONTH_H), (np.ones(2), -HALVES)]
)
def test_a_year_is_a_year(flow, hours):
    with pytest.raises(InputError):
        annual_energy_gwh(flow, plant=PLANT, hours=hours)
