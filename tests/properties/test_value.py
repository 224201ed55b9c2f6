"""What holds for any indicators, judgments, threats and species."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nonetloss.offset.value import ahp_weights, weighted_value
from nonetloss.offset.value.habitat import Threat, habitat_quality, near
from nonetloss.offset.value.indicators import read_indicators, score
from nonetloss.offset.value.persistence import persistence, persistence_change
from nonetloss.offset.value.star import range_weighted_richness, star_threat_abatement

FAST = settings(derandomize=True, deadline=None, max_examples=40)
SHARE = st.floats(0, 1)
ON_SCALE = st.sampled_from([1 / k for k in range(2, 10)] + [float(k) for k in range(1, 10)])


@FAST
@given(st.integers(3, 6), st.data())
def test_weights_do_not_depend_on_the_order_of_attributes(size, data):
    matrix = np.eye(size)
    for i in range(size):
        for j in range(i + 1, size):
            matrix[i, j] = data.draw(ON_SCALE)
            matrix[j, i] = 1 / matrix[i, j]
    order = np.array(data.draw(st.permutations(range(size))))
    found, turned = ahp_weights(matrix), ahp_weights(matrix[np.ix_(order, order)])
    assert np.allclose(turned.weights, found.weights[order])
    assert np.isclose(turned.eigenvalue, found.eigenvalue)
    assert found.eigenvalue >= size - 1e-9
    assert np.isclose(found.weights.sum(), 1)


@FAST
@given(st.integers(3, 6), st.data())
def test_mending_the_judgment_that_is_named_makes_the_rest_agree_better(size, data):
    matrix = np.eye(size)
    for i in range(size):
        for j in range(i + 1, size):
            matrix[i, j] = data.draw(ON_SCALE)
            matrix[j, i] = 1 / matrix[i, j]
    found = ahp_weights(matrix)
    i, j = found.worst
    matrix[i, j], matrix[j, i] = found.fitting, 1 / found.fitting
    assert ahp_weights(matrix).eigenvalue <= found.eigenvalue + 1e-9


@FAST
@given(
    arrays(float, (4, 3), elements=SHARE),
    arrays(float, 3, elements=st.floats(0.01, 1)),
    st.integers(0, 2),
)
def test_value_lies_between_the_scores_and_rises_with_each(scores, weights, column):
    weights = weights / weights.sum()
    value = weighted_value(scores, weights=weights)
    assert (value >= scores.min(axis=1) - 1e-12).all()
    assert (value <= scores.max(axis=1) + 1e-12).all()
    better = scores.copy()
    better[:, column] = 1.0
    assert (weighted_value(better, weights=weights) >= value - 1e-12).all()


@FAST
@given(
    st.dictionaries(st.integers(0, 100), SHARE, min_size=2, max_size=6),
    arrays(float, 8, elements=st.floats(0, 200)),
    st.sampled_from(["scores", "bands"]),
)
def test_scores_stay_between_0_and_1(points, measures, form):
    written = {0: 0.0} | points
    found = score(measures, read_indicators({"x": {form: written}})[0])
    assert ((found >= 0) & (found <= 1)).all()


@FAST
@given(arrays(bool, (6, 7)), arrays(bool, (6, 7)), st.floats(0.5, 8), st.floats(0.05, 1))
def test_more_threat_and_more_access_never_help(some, others, reach, half):
    def quality(cells, openness):
        return habitat_quality(
            np.ones((6, 7), dtype=int), habitat={1: 0.9}, sensitivity={1: {"t": 1.0}},
            threats=[Threat("t", near(cells, cell_size=1.0), 2.0, reach)],
            access=np.full((6, 7), openness), half_saturation=half,
        ).quality  # fmt: skip

    less, more = quality(some, 0.5), quality(some | others, 1.0)
    assert (more <= less + 1e-12).all()
    assert ((more >= 0) & (less <= 0.9)).all()


@FAST
@given(arrays(float, (3, 5), elements=st.floats(0.01, 10)), st.permutations(range(5)))
def test_scores_of_species_add_up_over_places(habitat, order):
    given_ = {"categories": ["NT", "EN", "CR"], "threats": [{"a": 3.0, "b": 1.0}] * 3}
    totals = habitat.sum(axis=1) * 2
    found = star_threat_abatement(habitat, totals=totals, **given_)
    joined = star_threat_abatement(habitat.sum(axis=1)[:, None], totals=totals, **given_)
    assert np.allclose(found.by_threat.sum(axis=1), joined.by_threat[:, 0])
    assert np.allclose(found.by_threat.sum(axis=0), found.total)
    turned = star_threat_abatement(habitat[:, order], totals=totals, **given_)
    assert np.allclose(turned.total, found.total[order])
    assert np.isclose(range_weighted_richness(habitat).sum(), 3)


@FAST
@given(
    arrays(float, (2, 4), elements=st.floats(0, 10)),
    arrays(float, (2, 4), elements=st.floats(0, 10)),
    st.sampled_from([0.1, 0.25, 0.5, 1.0, "gompertz"]),
)
def test_losing_habitat_never_helps_and_gaining_never_harms(now, scenario, curve):
    historic = now.sum(axis=1) + 5
    found = persistence_change(now, scenario=scenario, historic=historic, curve=curve)
    assert (found[scenario >= now] >= -1e-12).all()
    assert (found[scenario <= now] <= 1e-12).all()
    chance = persistence(now.sum(axis=1), historic=historic, curve=curve)
    assert ((chance >= 0) & (chance <= 1)).all()
