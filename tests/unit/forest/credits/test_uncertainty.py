from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from nonetloss.core.errors import InputError
from nonetloss.forest.credits.uncertainty import (
    STRATEGIES,
    deduction,
    half_width,
    parameters_of,
    share_of,
    titled,
)

NORMAL = 1000 + 100 * norm.ppf((np.arange(100_000) + 0.5) / 100_000)


def test_half_width_of_a_normal_distribution():
    # Relative standard error 0.1: 0.1645 at 90 %, 0.196 at 95 %.
    assert half_width(NORMAL) == pytest.approx(0.164485, rel=1e-4)
    assert half_width(NORMAL, level=0.95) == pytest.approx(0.195996, rel=1e-4)


@pytest.mark.parametrize("draws", [np.full(9, -1.0), np.zeros(4)])
def test_nothing_is_deducted_where_nothing_is_reduced(draws, standards):
    for strategy in STRATEGIES.values():
        taken = deduction(strategy, draws, standards=standards)
        assert taken.share == 0.0
        assert np.isnan(taken.half_width)


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("none", 0.0),
        # 0.524417 · 0.164485 / 1.645006 = 0.05244: what is credited is reached in 70 of 100 cases.
        ("trees", 0.524417 * 0.164485 / 1.645006),
        ("quantile", 0.4307 * 0.1),
        ("excess", 0.164485 - 0.10),
        ("acr", 0.164485 - 0.10),
        ("vm0007", 0.195996 - 0.15),
        ("gold-standard", 0.0),
    ],
)
def test_each_strategy_by_hand(name, share, standards):
    taken = deduction(STRATEGIES[name], NORMAL, standards=standards)
    assert taken.share == pytest.approx(share, abs=2e-5)


def test_what_trees_credits_is_reached_with_seventy_percent(standards):
    taken = deduction(STRATEGIES["trees"], NORMAL, standards=standards)
    credited = 1000 * (1 - taken.share)
    assert (credited <= NORMAL).mean() == pytest.approx(0.70, abs=1e-3)


def test_one_draw_without_spread_loses_nothing(standards):
    for strategy in STRATEGIES.values():
        assert deduction(strategy, np.array([5.0]), standards=standards).share == 0.0


def test_a_share_is_never_more_than_all():
    assert share_of("excess", 3.0, spread=2.0, values=[0.1, 1.0]) == 1.0
    assert share_of("excess", 0.3, spread=0.0, values=[0.1, 0.5]) == pytest.approx(0.1)


def test_a_standard_that_the_study_lacks_is_named(standards):
    with pytest.raises(InputError) as caught:
        deduction(STRATEGIES["trees"], NORMAL, standards={"verra": standards["verra"]})
    assert caught.value.findings[0].code == "credits.standard-missing"
    assert caught.value.findings[0].subject == "art"


@pytest.mark.parametrize(
    ("name", "free"), [("excess", "10"), ("acr", "10"), ("vm0007", "15"), ("gold-standard", "20")]
)
def test_titles_state_the_band_of_the_rules(name, free, standards):
    rules = parameters_of(STRATEGIES[name], standards=standards)
    shown = titled(STRATEGIES[name], rules)
    assert f"exceso sobre {free} %" in shown["title_es"]
    assert f"excess over {free} %" in shown["title_en"]
    wider = titled(STRATEGIES[name], [replace(rules[0], value=0.125)])
    assert "12.5 %" in wider["title_es"]
