import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.errors import InputError, UnitError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.counterfactual.release import bank, read_withdrawals, released
from nonetloss.offset.gains import Gains

PARCEL = Parcel(
    "p", Text.of("p"), box(0, 0, 1, 1), 10.0, "swamp", Estimate.exact(0), Estimate.exact(1), 1.0
)


def gains(*values):
    """Gains of one parcel whose value with the offset takes these values, from nothing."""
    with_offset = np.array([values])
    zero = np.zeros(with_offset.shape)
    years = np.arange(1.0, len(values) + 1)
    return Gains(("p",), years, with_offset, zero, np.zeros(1), np.zeros((1, 1)))


def told(deposits):
    return [(d.year, pytest.approx(d.amount_qha), d.until) for d in deposits]


def test_a_rise_is_released_as_it_is_reached():
    made = released(gains(0.1, 0.3, 0.3), parcels=[PARCEL], valid_years=5.0)
    assert told(made) == [(1, 1.0, 6), (2, 2.0, 7)]


def test_what_is_lost_again_was_never_a_credit():
    # 0.5 in the second year falls back to 0.2: only 0.2 lasts.
    made = released(gains(0.1, 0.5, 0.2, 0.4), parcels=[PARCEL])
    assert [(d.year, round(d.amount_qha, 9)) for d in made] == [(1, 1.0), (2, 1.0), (4, 2.0)]
    assert released(gains(-0.1, -0.1), parcels=[PARCEL]) == ()


def test_phases_are_served_as_credit_comes():
    losses = {
        "one": {"ecosystem": "swamp", "year": "1 year", "amount": "1 quality_hectare"},
        "two": {"ecosystem": "swamp", "year": "1 year", "amount": "0.5 quality_hectare"},
        "three": {"ecosystem": "swamp", "year": "3 year", "amount": "2 quality_hectare"},
    }
    found = bank(gains(0.1, 0.3, 0.3), parcels=[PARCEL], withdrawals=losses)
    assert (found.served, found.refused) == (("one", "three"), ("two",))
    assert found.balance("swamp") == pytest.approx(0)


@pytest.mark.parametrize(
    "raw",
    [
        3,
        {"ecosystem": "swamp"},
        {"ecosystem": "swam", "year": "1 year", "amount": "1 quality_hectare"},
        {"ecosystem": "swamp", "year": "1 year", "amount": "0 quality_hectare"},
    ],
)
def test_withdrawals_that_cannot_be(raw):
    with pytest.raises(InputError) as caught:
        read_withdrawals({"x": raw}, ecosystems=["swamp"])
    assert caught.value.render("es") != caught.value.render("en")


def test_an_amount_needs_its_unit():
    with pytest.raises(UnitError):
        read_withdrawals({"x": {"ecosystem": "swamp", "year": "1 year", "amount": 2}})


def test_gains_of_a_parcel_that_nobody_knows():
    with pytest.raises(InputError) as caught:
        released(gains(0.1), parcels=[])
    assert caught.value.findings[0].code == "counterfactual.name"


def test_what_leaks_is_never_released():
    """10 ha kept at 1 while land without falls to 0.5: 5 qha, of which 40 % leaks."""
    shape = (1, 2)
    given = Gains(
        ("p",),
        np.array([1.0, 2.0]),
        np.ones(shape),
        np.full(shape, 0.5),
        np.array([3.0]),
        np.full((1, 1), 3.0),
        yearly=np.full(shape, 10 * 0.5 * 0.6),
    )
    assert told(released(given, parcels=[PARCEL])) == [(1, 3.0, pytest.approx(np.nan, nan_ok=True))]
