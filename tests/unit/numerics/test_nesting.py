"""Best chains of nested sets, by hand and by trying all."""

from itertools import pairwise, product

import numpy as np

from nonetloss.numerics.nesting import best_chain, bits_of


def flags(*sets, size=4):
    return np.array([[i in s for i in range(size)] for s in sets])


def test_the_worst_stage_counts_then_the_sum():
    sets = bits_of(flags({0}, {1}, {0, 2}, {1, 2}))
    # {0} then {0, 2}: worst 5. {1} then {1, 2}: worst 4.
    prices = [np.array([0.0, 4, 9, 9]), np.array([np.nan, np.nan, 5, 0])]
    assert best_chain(sets, prices, prices).tolist() == [1, 3]
    equal = [np.minimum(p, 1) for p in prices]
    costs = [np.array([0.0, 4, 9, 9]), np.array([0.0, 0, 5, 0])]
    assert best_chain(sets, [equal[0] * 0, equal[1] * 0], costs).tolist() == [1, 3]


def test_no_chain():
    sets = bits_of(flags({0}, {1}))
    prices = [np.array([0.0, np.nan]), np.array([np.nan, 0.0])]
    assert best_chain(sets, prices, prices).tolist() == []


def test_one_stage_takes_the_best():
    sets = bits_of(flags({0}, {1}))
    assert best_chain(sets, [np.array([2.0, 1.0])], [np.zeros(2)]).tolist() == [1]


def test_more_than_sixty_four_members():
    wide = np.zeros((2, 130), dtype=bool)
    wide[0, 129] = wide[1, 129] = wide[1, 3] = True
    sets = bits_of(wide)
    prices = [np.array([0.0, 9.0]), np.array([9.0, 0.0])]
    assert best_chain(sets, prices, prices).tolist() == [0, 1]
    assert best_chain(sets, prices[::-1], prices[::-1]).tolist() == [0, 0]


def test_against_all_chains():
    rng = np.random.default_rng(5)
    for _ in range(60):
        sets = rng.random((7, 4)) < 0.5
        prices = [np.where(rng.random(7) < 0.3, np.nan, rng.integers(0, 5, 7)) for _ in range(3)]
        chains = [
            (max(p[i] for p, i in zip(prices, c, strict=True)),
             sum(p[i] for p, i in zip(prices, c, strict=True)))
            for c in product(range(7), repeat=3)
            if not any(np.isnan(p[i]) for p, i in zip(prices, c, strict=True))
            and all((sets[a] <= sets[b]).all() for a, b in pairwise(c))
        ]  # fmt: skip
        found = best_chain(bits_of(sets), prices, prices)
        if not chains:
            assert found.tolist() == []
            continue
        values = [p[i] for p, i in zip(prices, found, strict=True)]
        assert (max(values), sum(values)) == min(chains)
        assert all((sets[a] <= sets[b]).all() for a, b in pairwise(found))
