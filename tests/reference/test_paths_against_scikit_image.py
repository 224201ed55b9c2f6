"""Least costs equal scikit-image MCP_Geometric where it cannot leak through corners."""

import numpy as np
import pytest
from skimage.graph import MCP_Geometric

from nonetloss.numerics.paths import cost_distance, least_cost_path


def without_corner_gaps(blocked):
    """Block more cells until no two blocked cells touch by a corner alone."""
    blocked = blocked.copy()
    while True:
        a, b = blocked[:-1, :-1], blocked[:-1, 1:]
        c, d = blocked[1:, :-1], blocked[1:, 1:]
        gap = (a & d & ~b & ~c) | (b & c & ~a & ~d)
        if not gap.any():
            return blocked
        for window in (a, b, c, d):
            window |= gap


def skimage_field(cost, blocked, start, sampling):
    walled = np.where(blocked, -1.0, cost.astype(np.float64))
    field, _ = MCP_Geometric(walled, sampling=sampling).find_costs([start])
    field[~np.isfinite(field)] = np.nan
    return field


@pytest.mark.parametrize("span", [1.5, 100.0, 1e6])
@pytest.mark.parametrize("size", [(1.0, 1.0), (30.0, 20.0)])
def test_free_raster_against_scikit_image(span, size):
    rng = np.random.default_rng(5)
    cost = (span ** rng.random((300, 350))).astype(np.float32)
    blocked = np.zeros(cost.shape, bool)
    expected = skimage_field(cost, blocked, (7, 9), size)
    np.testing.assert_allclose(cost_distance(cost, (7, 9), cell_size=size), expected, rtol=3e-6)
    for threads in (1, 2):
        path = least_cost_path(cost, (7, 9), (290, 340), cell_size=size, threads=threads)
        assert path.cost == pytest.approx(expected[290, 340], rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_straight_barriers_against_scikit_image(seed):
    # From edge to edge: a wall without an end has no corner that scikit-image could cut.
    rng = np.random.default_rng(seed)
    cost = rng.uniform(1, 50, (200, 200)).astype(np.float32)
    blocked = np.zeros(cost.shape, bool)
    blocked[21:30] = True
    blocked[:21, 60 + 20 * seed] = True
    expected = skimage_field(cost, blocked, (0, 0), (1.0, 1.0))
    found = cost_distance(cost, (0, 0), cell_size=1.0, blocked=blocked)
    np.testing.assert_allclose(found, expected, rtol=3e-6)
    assert np.isnan(found[21:]).all()


@pytest.mark.parametrize("seed", range(4))
def test_corner_rule_only_ever_costs_more_than_scikit_image(seed):
    rng = np.random.default_rng(seed)
    cost = rng.uniform(1, 50, (200, 200)).astype(np.float32)
    blocked = without_corner_gaps(rng.random(cost.shape) < 0.1)
    blocked[:2, :2] = False
    expected = skimage_field(cost, blocked, (0, 0), (1.0, 1.0))
    found = cost_distance(cost, (0, 0), cell_size=1.0, blocked=blocked)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert np.nanmin(found - expected * (1 - 1e-5)) >= 0


def test_large_costs_over_two_wheels_against_scikit_image():
    # 1 among 1e6: labels pass 1024 × 1024 buckets, so every wheel turns.
    rng = np.random.default_rng(3)
    cost = np.where(rng.random((400, 400)) < 0.5, 1.0, 1e6).astype(np.float32)
    cost[200] = 1e6
    expected = skimage_field(cost, np.zeros(cost.shape, bool), (0, 0), (1.0, 1.0))
    path = least_cost_path(cost, (0, 0), (399, 399), cell_size=1.0)
    assert path.cost == pytest.approx(expected[399, 399], rel=1e-6)


def test_scikit_image_slips_through_a_diagonal_chain():
    # Why equality is only asked for where no two exclusions touch by a corner.
    blocked = np.eye(60, dtype=bool)
    leaked = skimage_field(np.ones((60, 60)), blocked, (0, 59), (1.0, 1.0))
    held = cost_distance(np.ones((60, 60)), (0, 59), cell_size=1.0, neighbors=16, blocked=blocked)
    assert np.isfinite(leaked[59, 0])
    assert np.isnan(held[59, 0])
