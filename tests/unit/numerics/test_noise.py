"""Normal numbers of compiled loops: published vectors, the distribution, separate streams."""

import numpy as np
import pytest
from numba import njit
from scipy import stats

from nonetloss.numerics import noise


@njit
def bits_of(state, n):
    found = np.empty(n, dtype=np.uint64)
    for i in range(n):
        found[i], state = noise.advance(state)
    return found


@njit
def uniforms_of(state, n):
    found = np.empty(n)
    for i in range(n):
        found[i], state = noise.uniform(state)
    return found


@pytest.fixture(scope="module")
def million():
    out = np.empty(2_000_000)
    noise.fill_normal(np.uint64(20261121), out)
    return out


def test_splitmix64_against_its_published_vector():
    """The first five numbers from the state 1234567, as implementations publish them."""
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert bits_of(np.uint64(1234567), 5).tolist() == expected


def test_layers_have_equal_areas_and_close_at_the_top():
    area = noise.EDGES[1:256] * (noise.HEIGHTS[2:257] - noise.HEIGHTS[1:256])
    assert area == pytest.approx(np.full(255, 0.00492867323399), rel=1e-8)
    base = noise.EDGES[1] * noise.HEIGHTS[1] + np.sqrt(2 * np.pi) * stats.norm.sf(noise.EDGES[1])
    assert base == pytest.approx(0.00492867323399, rel=1e-8)


def test_the_numbers_are_normal(million):
    n = million.size
    assert abs(million.mean()) < 5 / np.sqrt(n)
    assert million.var() == pytest.approx(1, abs=5 * np.sqrt(2 / n))
    assert abs(stats.skew(million)) < 5 * np.sqrt(6 / n)
    assert abs(stats.kurtosis(million)) < 5 * np.sqrt(24 / n)
    assert stats.kstest(million[:200_000], "norm").pvalue > 0.001


@pytest.mark.parametrize("beyond", [1.0, 2.0, 3.0, 3.6541528853610088, 4.0, 4.5])
def test_both_tails_are_as_heavy_as_they_should_be(million, beyond):
    wanted = million.size * stats.norm.sf(beyond)
    for side in (million, -million):
        assert abs((side > beyond).sum() - wanted) < 5 * np.sqrt(wanted)


def test_neighbors_do_not_depend_on_each_other(million):
    for lag in (1, 2, 4, 5):
        found = np.corrcoef(million[:-lag], million[lag:])[0, 1]
        assert abs(found) < 5 / np.sqrt(million.size)


def test_streams_do_not_depend_on_each_other():
    states = noise.seeds(np.random.default_rng(1), 40)
    assert np.unique(states).size == 40
    out = np.empty((40, 5_000))
    for state, row in zip(states, out, strict=True):
        noise.fill_normal(state, row)
    found = np.corrcoef(out)
    assert np.abs(found[np.triu_indices(40, 1)]).max() < 6 / np.sqrt(5_000)


def test_uniform_numbers():
    found = uniforms_of(np.uint64(7), 200_000)
    assert found.min() >= 0
    assert found.max() < 1
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_filling_in_parts_is_filling_at_once():
    whole, parts = np.empty(100), np.empty(100)
    last = noise.fill_normal(np.uint64(3), whole)
    middle = noise.fill_normal(np.uint64(3), parts[:37])
    assert noise.fill_normal(np.uint64(middle), parts[37:]) == last
    assert np.array_equal(whole, parts)


def test_the_same_generator_gives_the_same_seeds():
    one, other = (noise.seeds(np.random.default_rng(5), 3) for _ in range(2))
    assert one.tolist() == other.tolist()
