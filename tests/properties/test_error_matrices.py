"""Whatever the matrix: two ways to one answer, sums that hold, and no dependence on order."""

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
