"""Annuities by hand."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.economics import capital_recovery_factor, levelized_cost_usd_per_mwh


def test_capital_recovery_by_hand():
    """10 % over 2 years: 0.1 · 1.21 / 0.21."""
    assert capital_recovery_factor(0.1, years=2) == pytest.approx(0.1 * 1.21 / 0.21, rel=1e-14)


def test_the_payments_pay_back_the_capital():
    payment = capital_recovery_factor(0.08, years=30)
    assert sum(payment / 1.08**year for year in range(1, 31)) == pytest.approx(1.0, rel=1e-13)


def test_without_discounting_capital_is_spread_evenly():
    assert capital_recovery_factor(0.0, years=40) == 1 / 40
    assert capital_recovery_factor(1e-12, years=40) == pytest.approx(1 / 40, rel=1e-9)


def test_levelized_cost_by_hand():
    """(1000 · 1/20 + 10) MUSD a year over 1,500,000 MWh: 40 USD/MWh."""
    found = levelized_cost_usd_per_mwh(
        1e9, operation_usd=1e7, energy_gwh=1500.0, rate=0.0, years=20
    )
    assert found == pytest.approx((1e9 / 20 + 1e7) / 1.5e6, rel=1e-14)


def test_no_energy_has_no_price():
    found = levelized_cost_usd_per_mwh([1e6, 1e6], energy_gwh=[0.0, 1.0], rate=0.1, years=2)
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


@pytest.mark.parametrize(
    "change",
    [
        {"capital_usd": -1.0}, {"operation_usd": -1.0}, {"energy_gwh": -1.0}, {"rate": -0.01},
        {"rate": 8.0}, {"years": 0.0}, {"energy_gwh": float("nan")},
    ],
)  # fmt: skip
def test_what_cannot_be(change):
    given = {"capital_usd": 1.0, "energy_gwh": 1.0, "rate": 0.1, "years": 30.0, **change}
    with pytest.raises(InputError):
        levelized_cost_usd_per_mwh(given.pop("capital_usd"), **given)
