import pytest

from nonetloss.core.errors import UnitError
from nonetloss.core.units import is_known, quantity


@pytest.mark.parametrize(
    ("written", "unit", "number"),
    [
        ("25 m", "m", 25.0),
        ("1.5 km", "m", 1500.0),
        ("1.2 Musd/km", "usd/m", 1.2e6 / 1e3),
        ("108 ha/km", "ha/km", 108.0),
        ("1 ha", "m**2", 10_000.0),
        ("50 percent", "", 0.5),
        (0.25, "", 0.25),
        (0, "", 0.0),
        ("-3 m", "m", -3.0),
        ("2 qha", "quality_hectare", 2.0),
        ("1.5e3m", "m", 1500.0),
        ("3 m^2", "m**2", 3.0),
        ("0.02 1/year", "1/year", 0.02),
        ("2 tCO2e", "tCO2e", 2.0),
        ("6 años", "year", 6.0),
        ("1 año", "year", 1.0),
        ("18 meses", "year", 1.5),
        ("80 ha/año", "ha/year", 80.0),
        ("365.25 días", "year", 1.0),
    ],
)
def test_a_number_comes_in_the_unit_wanted(written, unit, number):
    assert quantity(written, unit, name="x") == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("written", "unit", "code"),
    [
        (25, "m", "units.missing"),
        ("25", "m", "units.missing"),
        ("25 kg", "m", "units.dimension"),
        ("25 m", "", "units.dimension"),
        ("25 leguas", "m", "units.unknown"),
        ("25 m +", "m", "units.unknown"),
        ("5 usd", "pen", "units.dimension"),
        ("3 ha", "quality_hectare", "units.dimension"),
        (True, "", "units.not-a-number"),
        (None, "", "units.not-a-number"),
        (float("nan"), "", "units.not-a-number"),
        ("inf m", "m", "units.not-a-number"),
        # Each would else be read as another number: 305, 500, 3000, 15, 50 and 3 m.
        ("30,5 m", "m", "units.number-format"),
        ("1 500 m", "m", "units.number-format"),
        ("1\u202f500 m", "m", "units.number-format"),
        ("3,000 m", "m", "units.number-format"),
        ("1.234.567 m", "m", "units.number-format"),
        ("1,5", "", "units.number-format"),
        ("10 m 5", "m", "units.number-format"),
        ("1 * 3 m", "m", "units.number-format"),
    ],
)
def test_what_is_no_quantity_is_refused(written, unit, code):
    with pytest.raises(UnitError) as caught:
        quantity(written, unit, name="x")
    assert [f.code for f in caught.value.findings] == [code]


def test_known_units():
    assert all(is_known(u) for u in ("", "usd/m", "quality_hectare"))
    assert not any(is_known(u) for u in ("legua", "t/", "trees of Babel"))


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("5 GW", "MW", 5000),
        ("1 GWh/year", "MW", 1000 / 8766),
        ("2 hm3", "m^3", 2e6),
        ("2 hm^3", "m^3", 2e6),
        ("3 km2", "ha", 300),
        ("40 m3/s", "m^3/s", 40),
        ("1 km3", "hm3", 1000),
        ("50 gCO2e/kWh", "tCO2e/GWh", 50),
        ("90 kgCO2e/MWh", "gCO2e/kWh", 90),
        ("60 USD/MWh", "usd/MWh", 60),
        ("5 %", "percent", 5),
    ],
)
def test_units_of_rivers_and_dams(written, unit, value):
    assert quantity(written, unit, name="x") == pytest.approx(value, rel=1e-12)


def test_a_volume_of_two_meanings_is_refused():
    # Some write Mm3 for a million cubic meters; read as powers of a megameter it would be 10^18.
    with pytest.raises(UnitError):
        quantity("2 Mm3", "m^3", name="x")
