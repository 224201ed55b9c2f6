"""Greenhouse gases of reservoirs by hand."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.hydropower.emissions import (
    AreaFactor,
    area_emissions_t,
    density_emissions_t,
    intensity_g_per_kwh,
    power_density_w_m2,
)

# Invented for the test, as every factor here is.
SOURCE = Text(es="inventado para la prueba", en="invented for the test")
FACTORS = {"forest": AreaFactor(12.0, 4.0, SOURCE), "water": AreaFactor(1.0, 1.0, SOURCE)}


def test_area_emissions_by_hand():
    """Of 100 years, 20 are young: forest 0.2 · 12 + 0.8 · 4 t per ha and year."""
    found = area_emissions_t({"forest": 50.0, "water": 10.0}, factors=FACTORS, life_years=100.0)
    assert found == pytest.approx(50 * (0.2 * 12 + 0.8 * 4) + 10 * 1.0, rel=1e-14)


def test_a_short_life_is_young_all_along():
    assert area_emissions_t({"forest": 2.0}, factors=FACTORS, life_years=15.0) == 2 * 12.0


def test_nothing_flooded_emits_nothing():
    assert area_emissions_t({}, factors={}, life_years=50.0) == 0.0
    assert area_emissions_t({"mangrove": 0.0}, factors=FACTORS, life_years=50.0) == 0.0


def test_a_flooded_class_needs_a_factor():
    with pytest.raises(InputError) as caught:
        area_emissions_t({"mangrove": 1.0}, factors=FACTORS, life_years=50.0)
    assert caught.value.findings[0].code == "greenhouse.factor-missing"


def test_a_factor_needs_a_source():
    with pytest.raises(InputError) as caught:
        AreaFactor(1.0, 1.0, Text("", ""))
    assert caught.value.findings[0].code == "greenhouse.factor-source"


def test_power_density_by_hand():
    """100 MW over 10 km2 = 1,000 ha: 10 W/m2."""
    assert power_density_w_m2(100.0, area_ha=1000.0) == pytest.approx(10.0)
    assert power_density_w_m2(100.0, area_ha=0.0) == np.inf


@pytest.mark.parametrize(
    ("density", "expected"),
    [(np.inf, 0.0), (10.01, 0.0), (10.0, 90.0 * 500), (4.0, 90.0 * 500)],
)
def test_classes_of_power_density(density, expected):
    """90 kg/MWh are 90 t/GWh."""
    assert density_emissions_t(density, energy_gwh=500.0) == pytest.approx(expected)


def test_below_the_lowest_class_there_is_no_figure():
    assert np.isnan(density_emissions_t(3.99, energy_gwh=500.0))


def test_a_tonne_per_gwh_is_a_gram_per_kwh():
    assert intensity_g_per_kwh(90.0 * 500, energy_gwh=500.0) == pytest.approx(90.0)
    assert np.isnan(intensity_g_per_kwh(5.0, energy_gwh=0.0))


@pytest.mark.parametrize(("capacity", "area"), [(0.0, 1.0), (-1.0, 1.0), (1.0, -1.0)])
def test_what_cannot_be(capacity, area):
    with pytest.raises(InputError):
        power_density_w_m2(capacity, area_ha=area)
