"""Credits under any mix of losses, leakage and shares; baselines under any map."""

import datetime as dt

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss import rules
from nonetloss.core.language import Text
from nonetloss.forest.credits.baseline import baseline, yearly
from nonetloss.forest.credits.credits import credits
from nonetloss.forest.credits.emissions import spread
from nonetloss.forest.credits.permanence_scores import longevity_points
from nonetloss.forest.credits.uncertainty import STRATEGIES, deduction
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.forest.stock.result import CarbonStock
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells

STANDARDS = {n: rules.ruleset(n).on(dt.date(2026, 11, 21)) for n in ("verra", "art")}
CRS = "EPSG:32719"
SEEDS = st.integers(0, 2**32 - 1)
SHARES = st.floats(0, 1)
GIVEN = settings(derandomize=True, deadline=None, max_examples=25)


def case(seed, *, draws=40):
    """A random small forest with two strata and its baseline."""
    rng = np.random.default_rng(seed)
    rows, columns = (int(n) for n in rng.integers(3, 12, 2))
    grid = Grid(0.0, rows * 100.0, 100.0, 100.0, rows, columns)
    hectares = rng.uniform(0, 1, grid.shape).astype(np.float32)
    strata = rng.integers(1, 3, grid.shape).astype(np.int16)
    cut = int(rng.integers(1, columns)) * 100.0
    boxes = [shapely.box(0, 0, cut, rows * 100), shapely.box(cut, 0, columns * 100, rows * 100)]
    likely = rng.uniform(60, 200, (2, 2))
    stock = CarbonStock(
        ("a", "b"),
        (Text.of("a"), Text.of("b")),
        ("above_ground", "below_ground"),
        np.array([1.0, 1.0]),
        likely,
        likely[..., None] * (1 + 0.1 * rng.standard_normal(draws)),
    )
    made = baseline(
        RiskMap(WindowedRaster(ArrayCells(hectares), grid, CRS), 6.0, 2026.0, "x", 0.0, 0.0),
        zones=gpd.GeoDataFrame({"zone": ["project", "belt"]}, geometry=boxes, crs=CRS),
        stock=stock,
        rng=rng,
        after={"low": "10 tC/ha", "likely": "20 tC/ha", "high": "30 tC/ha"},
        strata=WindowedRaster(ArrayCells(strata), grid, CRS),
        strata_codes={1: "a", 2: "b"},
        activity_half_width=0.1,
    )
    return made, hectares, strata, cut


@GIVEN
@given(SEEDS)
def test_zones_and_strata_share_out_the_map(seed):
    made, hectares, strata, cut = case(seed)
    column = int(cut // 100)
    for zone, part in enumerate((np.s_[:, :column], np.s_[:, column:])):
        for code in (1, 2):
            brute = hectares[part].astype(float)[strata[part] == code].sum()
            assert np.isclose(made.hectares[zone, code - 1].sum(), brute)
    assert np.isclose(made.hectares.sum(), hectares.astype(float).sum())


def exact(share):
    """A share as a study writes it, with no spread."""
    return dict.fromkeys(("low", "likely", "high"), share) | {"source": "assumption"}


@GIVEN
@given(SEEDS, SHARES, st.floats(0, 0.9), st.floats(0, 0.9))
def test_the_account_closes_and_more_taken_off_leaves_less(seed, averted, leak, buffer):
    made, *_ = case(seed)

    def reckon(leak, buffer):
        return credits(
            made,
            standards=STANDARDS,
            rng=np.random.default_rng(seed),
            effectiveness=exact(averted),
            leakage={"belt": exact(leak), "market": exact(0.0), "outside": exact(0.0)},
            buffer_share=buffer,
        )

    plan = reckon(leak, buffer)
    parts = plan.gross - plan.project - plan.leakage - plan.uncertainty - plan.buffer
    np.testing.assert_allclose(plan.net, parts, atol=1e-6)
    # Deduction and buffer never make a debt of a reduction.
    left = np.minimum(plan.gross - plan.project - plan.leakage, 0.0)
    assert (plan.net >= left - 1e-6 * (1 + np.abs(plan.gross))).all()
    assert (plan.uncertainty >= 0).all()
    assert (plan.buffer >= 0).all()
    vcs = [plan.standards.index(n) for n in ("vm0048", "vm0007", "vm0015")]
    more_leak, more_buffer = reckon(leak + 0.1, buffer), reckon(leak, buffer + 0.1)
    slack = 1e-6 * (1 + np.abs(plan.gross[vcs]))
    assert (more_leak.net[vcs] <= plan.net[vcs] + slack).all()
    assert (more_buffer.net[vcs] <= plan.net[vcs] + slack).all()


@GIVEN
@given(SEEDS, st.floats(0.01, 100))
def test_a_deduction_lies_between_nothing_and_all_and_ignores_the_unit(seed, factor):
    draws = np.random.default_rng(seed).normal(1, 0.4, 200)
    for strategy in STRATEGIES.values():
        one = deduction(strategy, draws, standards=STANDARDS)
        other = deduction(strategy, draws * factor, standards=STANDARDS)
        assert 0 <= one.share <= 1
        assert np.isclose(one.share, other.share)


@GIVEN
@given(SEEDS, st.integers(1, 12), st.sampled_from(["constant", "declining"]))
def test_no_more_is_lost_than_there_is(seed, years, beyond):
    rng = np.random.default_rng(seed)
    rate, limit = rng.uniform(0, 5, 4), rng.uniform(0, 20, 4)
    out = yearly(rate, limit=limit, years=years, period=3.0, beyond=beyond)
    assert (out >= 0).all()
    assert (out.sum(axis=-1) <= limit + 1e-9).all()
    assert (out <= rate[:, None] + 1e-9).all() or beyond == "declining"


@GIVEN
@given(SEEDS, st.integers(1, 8), st.integers(1, 8))
def test_what_comes_out_later_is_the_same_carbon(seed, years, lags):
    rng = np.random.default_rng(seed)
    hectares = np.zeros((2, 3, years + lags))
    hectares[..., :years] = rng.uniform(0, 9, (2, 3, years))
    timing = rng.dirichlet(np.ones(lags), size=3)
    np.testing.assert_allclose(
        spread(hectares, timing).sum(axis=-1), hectares.sum(axis=-1), atol=1e-9
    )


@GIVEN
@given(st.floats(0, 200), st.floats(0, 200), st.booleans())
def test_a_longer_project_never_scores_more(one, other, agreement):
    short, long = sorted((one, other))
    points = [
        longevity_points(STANDARDS["verra"], years, agreement=agreement) for years in (short, long)
    ]
    assert points[0] >= points[1] >= 0
