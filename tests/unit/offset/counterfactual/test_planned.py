import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.counterfactual import PlannedChange
from nonetloss.offset.counterfactual.planned import chance, drawn, expected

TIMES = np.array([0.0, 4.0, 5.0, 10.0])
FLAT = np.full((1, 4), 0.8)


def test_a_dated_development_counts_by_its_probability_from_its_year_on():
    change = PlannedChange("p", 0.1, year=5.0, probability=0.25)
    assert chance(change, TIMES).tolist() == [0, 0, 0.25, 0.25]
    after = 0.75 * 0.8 + 0.25 * 0.1
    assert expected(FLAT, TIMES, [change])[0] == pytest.approx([0.8, 0.8, after, after])


def test_a_yearly_chance_is_what_survives():
    change = PlannedChange("p", 0.0, annual=0.02)
    assert expected(FLAT, TIMES, [change])[0] == pytest.approx(0.8 * 0.98**TIMES)


def test_somebody_would_restore_it_anyway():
    # From year 5, halfway to 1.0 after 5 of 10 years.
    change = PlannedChange("p", 1.0, year=5.0, years=10.0)
    assert expected(FLAT, TIMES, [change])[0] == pytest.approx([0.8, 0.8, 0.8, 0.9])


def test_changes_follow_each_other():
    first = PlannedChange("p", 0.4, year=4.0, probability=0.5)
    then = PlannedChange("p", 0.0, year=10.0, probability=0.5)
    middle = 0.5 * 0.8 + 0.5 * 0.4
    assert expected(FLAT, TIMES, [first, then])[0] == pytest.approx(
        [0.8, middle, middle, 0.5 * middle]
    )


@pytest.mark.parametrize(
    "change",
    [
        PlannedChange("p", 0.1, year=5.0, probability=0.25),
        PlannedChange("p", 0.0, annual=0.1),
        PlannedChange("p", 1.0, year=4.0, probability=0.5, years=10.0),
    ],
)
def test_draws_agree_with_the_expectation(change):
    count = 20_000
    values = np.repeat(FLAT, count, axis=0)
    sample = drawn(values, TIMES, [change], rng=np.random.default_rng(1))
    # Five standard errors of a number between 0 and 1.
    assert sample.mean(axis=0) == pytest.approx(
        expected(FLAT, TIMES, [change])[0], abs=5 * 0.5 / np.sqrt(count)
    )
    # What has happened has happened: where a development came it does not go away.
    if change.value_after < 0.8:
        assert (np.diff(sample, axis=1) <= 0).all()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"year": 1.0, "annual": 0.1},
        {"year": -1.0},
        {"annual": 1.5},
        {"year": 1.0, "probability": -0.1},
        {"year": 1.0, "value_after": 1.1},
        {"annual": 0.1, "years": 3.0},
    ],
)
def test_changes_that_cannot_be_are_refused(given):
    with pytest.raises(InputError) as caught:
        PlannedChange(**{"parcel": "p", "value_after": 0.0, **given})
    assert caught.value.findings[0].code == "counterfactual.planned"
