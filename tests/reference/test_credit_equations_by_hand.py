"""VM0048, VM0007, VM0015 and TREES on one set of flows, each line worked out by hand.

Baseline 1000 t, project 200 t (of which 20 t from fire), leakage 50 + 30 + 20 t, a relative
standard error of 10 % in everything, NPRT 17.5 %.
"""

import datetime as dt

import numpy as np
import pytest
from scipy.stats import norm

from nonetloss import rules
from nonetloss.forest.credits.flows import Flow, Flows
from nonetloss.forest.credits.programs import PROGRAMS, account

STANDARDS = {n: rules.ruleset(n).on(dt.date(2026, 11, 21)) for n in ("verra", "art")}
# Quantiles of 1 ± 0.1.
ERROR = 1 + 0.1 * norm.ppf((np.arange(20_000) + 0.5) / 20_000)
Z90, Z95 = norm.ppf(0.95), norm.ppf(0.975)


def flow(amount):
    return Flow(np.array([float(amount)]), amount * ERROR[None])


FLOWS = Flows(
    gross=flow(1000),
    project=flow(200),
    project_stock=flow(180),
    leakage={"belt": flow(50), "outside": flow(30), "market": flow(20)},
    observed=np.array([False]),
    findings=(),
)


def reckoned(name, **changed):
    given = {"buffer_share": 0.175} | changed
    return account(PROGRAMS[name], FLOWS, standards=STANDARDS, **given)


def test_vm0048():
    # (1000 - 200 - 100) = 700; half-width 16.45 % exceeds 10 % by 6.45 %; buffer on 1000 - 180.
    made = reckoned("vm0048")
    excess = 0.1 * Z90 - 0.10
    assert made.uncertainty.likely[0] == pytest.approx(700 * excess, rel=1e-3)
    assert made.buffer.likely[0] == pytest.approx(0.175 * 820)
    assert made.net.likely[0] == pytest.approx(700 * (1 - excess) - 0.175 * 820, rel=1e-4)


def test_vm0007():
    # 19.6 % at 95 % exceeds 15 % by 4.6 %: 700 · (100 - 19.6 + 15) %.
    made = reckoned("vm0007")
    kept = 1 - 0.1 * Z95 + 0.15
    assert made.net.likely[0] == pytest.approx(700 * kept - 0.175 * 820, rel=1e-4)


def test_vm0007_with_little_error_deducts_nothing():
    small = Flow(np.array([1000.0]), 1000 * (1 + 0.5 * (ERROR[None] - 1)))
    flows = Flows(small, flow(0), flow(0), {}, np.array([True]), ())
    made = account(PROGRAMS["vm0007"], flows, standards=STANDARDS, buffer_share=0.0)
    assert made.uncertainty.likely[0] == 0.0


def test_vm0015():
    # (1000 - 200 - 100) - 17.5 % of 820.
    assert reckoned("vm0015").net.likely[0] == pytest.approx(700 - 143.5)


def test_trees():
    # 800 gross; 5 % buffer, 10 % leakage, UA = 0.524417 · 16.45 % / 1.645006, all on 800.
    made = reckoned("trees", buffer_share=0.05, leakage_share=0.10)
    adjustment = 0.524417 * 0.1 * Z90 / 1.645006
    assert made.net.likely[0] == pytest.approx(800 * (1 - 0.05 - 0.10 - adjustment), rel=1e-4)
    assert list(made.leakage) == ["outside"]


def test_one_error_for_all_flows_runs_through_to_net():
    made = reckoned("vm0015")
    low, high = np.quantile(made.net.draws[0], (0.05, 0.95))
    assert low == pytest.approx(556.5 * (1 - 0.1 * Z90), rel=1e-3)
    assert high == pytest.approx(556.5 * (1 + 0.1 * Z90), rel=1e-3)


def test_a_reduction_whose_draws_reduce_nothing_is_deducted_whole():
    # 100 t are likely, but the mean of all states of the world is below zero.
    doubtful = Flow(np.array([100.0]), -50 + 400 * (ERROR[None] - 1))
    none = Flow(np.zeros(1), np.zeros((1, 1)))
    flows = Flows(doubtful, none, none, {}, np.array([True]), ())
    for name in ("vm0048", "vm0007", "trees"):
        made = account(PROGRAMS[name], flows, standards=STANDARDS, buffer_share=0.1)
        assert made.uncertainty.likely[0] == 100.0
        assert made.net.likely[0] == 0.0
    free = account(PROGRAMS["vm0015"], flows, standards=STANDARDS, buffer_share=0.1)
    assert free.net.likely[0] == pytest.approx(90.0)


def test_shares_of_gross_never_take_more_than_gross():
    # An error of 2000 %: the adjustment alone would be 6.4 times what is reduced.
    wild = Flow(np.array([100.0]), 100 + 2000 * 10 * (ERROR[None] - 1))
    none = Flow(np.zeros(1), np.zeros((1, 1)))
    flows = Flows(wild, none, none, {}, np.array([True]), ())
    made = account(
        PROGRAMS["trees"], flows, standards=STANDARDS, buffer_share=0.25, leakage_share=0.2
    )
    assert made.uncertainty.likely[0] == pytest.approx(80.0)
    assert (made.buffer.likely[0], made.net.likely[0]) == (0.0, 0.0)
