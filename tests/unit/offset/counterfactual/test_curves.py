import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nonetloss.core.errors import InputError
from nonetloss.offset.counterfactual import Curve, along, decline


def on(curve, elapsed, start=0.2, target=0.6, years=10.0):
    return along(curve, np.asarray(elapsed, float), start=start, target=target, years=years)[0]


def test_linear_rises_evenly_and_stays():
    assert on(Curve(), [-1, 0, 5, 10, 20]) == pytest.approx([0.2, 0.2, 0.4, 0.6, 0.6])


def test_a_curve_of_its_own_duration_does_not_ask_the_parcel():
    assert on(Curve(years=20.0), [5, 20]) == pytest.approx([0.2 + 0.4 / 4, 0.6])


def test_step_comes_whole_at_its_year():
    assert on(Curve("step"), [9.9, 10, 11]).tolist() == [0.2, 0.6, 0.6]


def test_a_duration_of_nothing_is_there_at_once():
    for kind in ("linear", "step", "exponential"):
        assert on(Curve(kind), [-1, 0, 1], years=0.0).tolist() == [0.2, 0.6, 0.6]


def test_exponential_has_gone_its_share_after_its_years():
    # 95 % of 0.4 after 10 years, 1 - 0.05^2 after 20.
    found = on(Curve("exponential"), [10, 20])
    assert found == pytest.approx([0.2 + 0.4 * 0.95, 0.2 + 0.4 * (1 - 0.05**2)])
    by_rate = on(Curve("exponential", rate=0.1), [0, 7])
    assert by_rate == pytest.approx([0.2, 0.2 + 0.4 * (1 - np.exp(-0.7))])


def test_a_lag_shifts_the_curve():
    assert on(Curve(lag_years=3.0), [3, 8, 13]) == pytest.approx([0.2, 0.4, 0.6])


@pytest.mark.parametrize(("rate", "target"), [(0.02, 1.0), (-0.05, 0.0), (0.3, 1.0)])
def test_logistic_solves_its_differential_equation(rate, target):
    # dV/dt = r (V - L)(H - V)/(H - L), with L 0.1 and H 0.9.
    low, high, years = 0.1, 0.9, np.linspace(0, 50, 11)
    solved = solve_ivp(
        lambda _, v: rate * (v - low) * (high - v) / (high - low),
        (0, 50),
        [0.4],
        t_eval=years,
        rtol=1e-10,
        atol=1e-12,
    )
    found = on(Curve("logistic", rate=rate, low=low, high=high), years, start=0.4, target=target)
    assert found == pytest.approx(solved.y[0], abs=1e-8)


def test_logistic_stops_at_the_stated_value_and_moves_only_toward_it():
    up = Curve("logistic", rate=0.5)
    assert on(up, [0, 100], start=0.4, target=0.7) == pytest.approx([0.4, 0.7])
    # A rising law never lowers: a target below leaves the value where it is.
    assert on(up, [0, 100], start=0.4, target=0.3) == pytest.approx([0.4, 0.4])
    # At and beyond its ends it stands still.
    assert on(up, [5], start=0.0, target=1.0) == pytest.approx([0.0])
    assert on(Curve("logistic", rate=-0.5), [5], start=1.0, target=0.0) == pytest.approx([1.0])


def test_many_states_of_the_world_at_once():
    found = along(
        Curve(), [0.0, 5.0], start=np.array([0, 0.2]), target=np.array([1, 0.4]), years=10
    )
    assert found == pytest.approx(np.array([[0, 0.5], [0.2, 0.3]]))


def test_decline_loses_its_share_of_what_is_left():
    found = decline(0.8, [-2, 0, 1, 10], rate=0.02)[0]
    assert found == pytest.approx([0.8, 0.8, 0.8 * 0.98, 0.8 * 0.98**10])
    assert decline(0.8, [0, 1], rate=1.0)[0].tolist() == [0.8, 0]
    with pytest.raises(InputError):
        decline(0.8, [1], rate=1.2)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "wavy"},
        {"years": -1.0},
        {"years": np.inf},
        {"kind": "logistic"},
        {"kind": "exponential", "rate": -0.1},
        {"share": 1.0},
        {"lag_years": -1.0},
        {"low": 0.5, "high": 0.5},
        {"high": 1.5},
    ],
)
def test_curves_that_cannot_be_are_refused(given):
    with pytest.raises(InputError) as caught:
        Curve(**given)
    assert caught.value.findings[0].code == "counterfactual.curve"


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "linear", "rate": 0.05},
        {"kind": "step", "low": 0.2},
        {"kind": "linear", "share": 0.5},
        {"kind": "logistic", "rate": 0.1, "years": 5.0},
        {"kind": "exponential", "rate": 0.1, "years": 5.0},
        {"kind": "exponential", "rate": np.inf},
    ],
)
def test_what_a_kind_does_not_use_is_refused(given):
    with pytest.raises(InputError) as caught:
        Curve(**given)
    assert caught.value.findings[0].code == "counterfactual.curve"


def test_a_steep_logistic_ends_at_its_target():
    found = on(Curve("logistic", rate=-30.0), [400.0], start=0.5, target=0.1)
    assert found == pytest.approx([0.1])
