"""Whatever the matrix: two ways to one answer, sums that hold, and no dependence on order."""

from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.forest.area.error_matrix import error_matrix
from nonetloss.forest.area.sample_size import allocate
from nonetloss.forest.area.units import units_in_strata

NAMES = ("a", "b", "c", "d")


@st.composite
def matrices(draw):
    size = draw(st.integers(1, 4))
    row = st.lists(st.integers(0, 9), min_size=size, max_size=size)
    counts = np.array([draw(row.filter(lambda r: sum(r) >= 2)) for _ in range(size)])
    hectares = [draw(st.floats(0.5, 1e6)) for _ in range(size)]
    return counts, dict(zip(NAMES, hectares, strict=False))


def of_units(counts, mapped):
    names = tuple(mapped)
    at = [(i, j) for (i, j), n in np.ndenumerate(counts) for _ in range(n)]
    rows = [names[i] for i, _ in at]
    return units_in_strata(
        rows, reference=[names[j] for _, j in at], strata=rows, areas_ha=mapped, mapped_ha=mapped
    )


@settings(derandomize=True, deadline=None, max_examples=60)
@given(matrices())
def test_the_matrix_and_the_units_give_one_answer(case):
    """Olofsson's closed forms against Stehman's ratios, computed unit by unit."""
    counts, mapped = case
    one = error_matrix(counts, classes=tuple(mapped), mapped_ha=mapped)
    other = of_units(counts, mapped)
    pairs = [(one.overall, other.overall), *zip(one.areas, other.areas, strict=True)]
    pairs += [*zip(one.users, other.users, strict=True)]
    pairs += [*zip(one.producers, other.producers, strict=True)]
    for a, b in pairs:
        assert a.mean == pytest.approx(b.mean, nan_ok=True)
        assert a.standard_error == pytest.approx(b.standard_error, nan_ok=True, abs=1e-9)
        assert a.n == b.n
    assert one.shares == pytest.approx(other.shares)
    assert one.share_errors == pytest.approx(other.share_errors, abs=1e-12)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(matrices())
def test_areas_add_up_and_rows_keep_their_mapped_share(case):
    counts, mapped = case
    found = error_matrix(counts, classes=tuple(mapped), mapped_ha=mapped)
    total = sum(mapped.values())
    assert sum(a.mean for a in found.areas) == pytest.approx(total)
    assert found.shares.sum(axis=1) * total == pytest.approx(list(mapped.values()))
    for one in (found.overall, *found.users, *found.producers):
        assert np.isnan(one.mean) or 0 <= one.mean <= 1 + 1e-12


@settings(derandomize=True, deadline=None, max_examples=40)
@given(matrices(), st.randoms(use_true_random=False))
def test_the_order_of_classes_changes_nothing(case, random):
    counts, mapped = case
    order = list(range(len(mapped)))
    random.shuffle(order)
    names = tuple(mapped)
    one = error_matrix(counts, classes=names, mapped_ha=mapped)
    turned = [names[k] for k in order]
    other = error_matrix(counts[np.ix_(order, order)], classes=turned, mapped_ha=mapped)
    assert other.overall.mean == pytest.approx(one.overall.mean)
    for k, at in enumerate(order):
        assert other.areas[k].mean == pytest.approx(one.areas[at].mean)
        assert other.areas[k].standard_error == pytest.approx(one.areas[at].standard_error)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.dictionaries(st.sampled_from("pqrstu"), st.floats(0.01, 100), min_size=1),
    st.integers(0, 20),
    st.integers(0, 500),
    st.sampled_from(["proportional", "optimal", "equal"]),
)
def test_an_allocation_gives_everything_and_everybody_the_least(sizes, least, more, how):
    n = least * len(sizes) + more
    deviations = {k: (i % 3) / 2 for i, k in enumerate(sizes)}
    found = allocate(n, sizes=sizes, deviations=deviations, how=how, least=least)
    assert sum(found.values()) == n
    assert min(found.values()) >= least
    turned = dict(reversed(sizes.items()))
    assert allocate(n, sizes=turned, deviations=deviations, how=how, least=least) == found


def test_the_error_is_that_of_every_possible_sample():
    """Two map classes, three and four units: all twenty outcomes with their probabilities."""
    q, n, mapped = (0.7, 0.2), (3, 4), {"f": 30.0, "n": 70.0}
    truth = 30 * 0.7 + 70 * 0.2
    mean = square = told = agree = agree_square = agree_told = 0.0
    for a, b in product(range(n[0] + 1), range(n[1] + 1)):
        p = comb(n[0], a) * q[0] ** a * 0.3 ** (n[0] - a)
        p *= comb(n[1], b) * q[1] ** b * 0.8 ** (n[1] - b)
        found = error_matrix([[a, n[0] - a], [b, n[1] - b]], classes=["f", "n"], mapped_ha=mapped)
        area, whole = found.areas[0], found.overall
        mean += p * area.mean
        square += p * area.mean**2
        told += p * area.standard_error**2
        agree += p * whole.mean
        agree_square += p * whole.mean**2
        agree_told += p * whole.standard_error**2
    assert mean == pytest.approx(truth)
    assert told == pytest.approx(square - mean**2)
    assert agree == pytest.approx(0.3 * 0.7 + 0.7 * 0.8)
    assert agree_told == pytest.approx(agree_square - agree**2)


def test_the_finite_correction_is_that_of_every_sample_without_replacement():
    """Strata of five and four units, two drawn in each: all sixty samples."""
    strata = {"a": "ffnnf", "b": "nnnf"}
    sizes = {"a": 5.0, "b": 4.0}
    means, told = [], []
    for one, other in product(combinations(strata["a"], 2), combinations(strata["b"], 2)):
        # One class more, so that "f" is a class whatever was drawn.
        reference = [*one, *other]
        found = units_in_strata(
            ["f"] * 4, reference=reference, strata=list("aabb"), areas_ha=sizes, units=sizes
        )
        means.append(found.areas[0].mean)
        told.append(found.areas[0].standard_error ** 2)
    assert np.mean(means) == pytest.approx(4)
    assert np.mean(told) == pytest.approx(np.var(means))


@pytest.mark.parametrize(("units", "least"), [(150, 0.85), (600, 0.88)])
def test_intervals_hold_the_truth_about_as_often_as_they_say(units, least):
    """1,000 samples of a map known cell by cell; a large class that hides 2 % of a small one.

    With 150 units in it, three show what is hidden, and normal intervals of 90 % hold the truth
    in 87 to 88 % of samples; more units mend it.
    """
    rng = np.random.default_rng(20)
    q = np.array([[0.85, 0.05, 0.10], [0.02, 0.95, 0.03], [0.05, 0.10, 0.85]])
    mapped = {"a": 10.0, "b": 60.0, "c": 30.0}
    weights = np.array(list(mapped.values())) / 100
    truth = (weights[:, None] * q).sum(axis=0)
    producer = weights[0] * q[0, 0] / truth[0]
    inside = np.zeros(2)
    spread = []
    for _ in range(1000):
        counts = np.array([rng.multinomial(units, row) for row in q])
        found = error_matrix(counts, classes=tuple(mapped), mapped_ha=mapped, confidence=0.9)
        area, share = found.areas[0], found.producers[0]
        inside += [area.low <= 100 * truth[0] <= area.high, share.low <= producer <= share.high]
        spread.append((area.mean, area.standard_error, share.mean, share.standard_error))
    one, error, other, share_error = np.array(spread).T
    assert error.mean() == pytest.approx(one.std(), rel=0.07)
    assert share_error.mean() == pytest.approx(other.std(), rel=0.07)
    assert (inside / 1000 >= least).all()
    assert (inside / 1000 <= 0.92).all()
