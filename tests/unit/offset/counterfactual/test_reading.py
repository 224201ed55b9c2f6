import pytest

from nonetloss.core.errors import InputError, UnitError
from nonetloss.offset.counterfactual import Curve, PlannedChange
from nonetloss.offset.counterfactual.reading import (
    read_curves,
    read_leakage,
    read_planned,
    read_rates,
    read_reversal,
)


def test_curves_with_units():
    read = read_curves(
        {
            "fast": {"kind": "linear", "years": "10 year", "lag": "6 month"},
            "wood": {"kind": "logistic", "rate": "2 percent", "low": 0, "high": 0.9},
            "slow": {"kind": "exponential", "years": "40 year", "share": 0.9},
        }
    )
    assert read["fast"].years == pytest.approx(10)
    assert read["fast"].lag_years == pytest.approx(0.5)
    assert read["wood"] == Curve("logistic", rate=0.02, low=0.0, high=0.9)
    assert (read["slow"].kind, read["slow"].share) == ("exponential", 0.9)
    with pytest.raises(UnitError):
        read_curves({"fast": {"years": 10}})


def test_a_curve_that_cannot_be_is_told_with_its_name():
    with pytest.raises(InputError) as caught:
        read_curves({"wood": {"kind": "logistic"}})
    assert "wood.rate" in caught.value.render("es")
    with pytest.raises(InputError) as caught:
        read_curves({"wood": {"kin": "linear"}})
    assert '"kind"' in caught.value.render("en")


def test_rates_and_shares():
    read = read_rates(
        {"a": "0.8 percent", "b": {"low": 0, "likely": 0.01, "high": 0.02, "source": "MapBiomas"}},
        ecosystems=["a", "b"],
    )
    assert (read["a"].low, read["a"].high) == (pytest.approx(0.008), pytest.approx(0.008))
    assert (read["b"].likely, read["b"].source.es) == (0.01, "MapBiomas")
    assert read_leakage({"low": 0, "likely": 0.1, "high": 0.3}).high == 0.3
    assert read_reversal({"low": 0, "likely": 0, "high": 0}).is_exact
    with pytest.raises(InputError) as caught:
        read_rates({"aa": 0.1}, ecosystems=["a", "b"])
    assert '"a"' in caught.value.render("en")


def test_planned_changes_one_or_several():
    read = read_planned(
        {
            "p": {"year": "8 year", "probability": "50 percent", "value_after": 0.1},
            "q": [
                {"annual": 0.02, "value_after": 0, "source": "cadastre"},
                {"year": "5 year", "value_after": 0.7, "years": "10 year"},
            ],
        }
    )
    assert read[0] == PlannedChange("p", 0.1, year=8.0, probability=0.5)
    assert [c.parcel for c in read] == ["p", "q", "q"]
    assert (read[1].annual, read[2].years) == (0.02, 10.0)


@pytest.mark.parametrize("given", [[1], {"p": 3}, {"p": [{"value": 1}]}, {"p": {"year": "1 year"}}])
def test_planned_changes_that_cannot_be_read(given):
    with pytest.raises(InputError) as caught:
        read_planned(given)
    assert caught.value.findings[0].code == "counterfactual.key"
