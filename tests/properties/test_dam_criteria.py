"""The folded form that a search uses, the definitions, and brute force agree on any tree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.hydropower.criteria import compile_criteria, evaluate
from nonetloss.landscape.river import Attribute, Component, Dam, DamOption, RiverNetwork

NAMES = ["energy", "ghg", "connectivity", "sediment", "dci_p", "dci_d", "fragmented"]


@st.composite
def networks(draw):
    count = draw(st.integers(1, 7))
    hundredths = st.integers(0, 100).map(lambda i: i / 100)
    amount = st.integers(1, 90).map(lambda i: i / 10)
    components = tuple(
        Component(i, {"length_km": draw(amount), "sediment": draw(amount)})
        for i in range(count + 1)
    )
    dams = []
    for i in range(1, count + 1):
        options = tuple(
            DamOption(
                str(k),
                {"energy": draw(amount), "ghg": draw(amount), "sed_trap": draw(hundredths)},
                draw(hundredths),
                draw(hundredths),
            )
            for k in range(draw(st.integers(1, 2)))
        )
        dams.append(Dam(f"d{i}", i, draw(st.integers(0, i - 1)), options))
    order = draw(st.permutations(dams))
    named = {n: Attribute(n, "MW" if n == "energy" else "") for n in ("energy", "ghg", "sed_trap")}
    lengths = {n: Attribute(n, "") for n in ("length_km", "sediment")}
    network = RiverNetwork(components, tuple(order), 0, named, lengths)
    rows = [[draw(st.integers(0, len(d.options))) for d in order] for _ in range(4)]
    return network, np.array(rows, dtype=np.int8)


def folded(network, compiled, chosen):
    """The recursions of `hydropower.compiled`, one component after the other."""
    index = {c.id: i for i, c in enumerate(network.components)}

    def value(u):
        carried, pairs = compiled.base[u], compiled.base[u] ** 2
        for d, dam in enumerate(network.dams):
            if index[dam.below] == u:
                above, among = value(index[dam.above])
                add, keep = compiled.add[d, chosen[d]], compiled.keep[d, chosen[d]]
                pairs += among - (keep * above) ** 2
                carried += add + keep * above
        if compiled.form == "pairs":
            pairs += carried**2 - compiled.base[u] ** 2
        return carried, pairs

    return compiled.scale * value(0)[compiled.form == "pairs"]


@given(networks())
@settings(derandomize=True, deadline=None, max_examples=60)
def test_the_folded_form_equals_the_definitions(case):
    network, choices = case
    table = evaluate(network, choices, criteria=NAMES)
    for compiled in compile_criteria(network, NAMES):
        expected = [folded(network, compiled, row) for row in choices]
        np.testing.assert_allclose(table[compiled.name], expected, rtol=1e-11, atol=1e-11)


def ways(network, chosen):
    """Passage (n, n) between all pairs of components: the product along the way between them."""
    index = {c.id: i for i, c in enumerate(network.components)}
    passage = np.eye(len(index))
    for _ in index:  # one more dam per round, until nothing changes
        for d, dam in enumerate(network.dams):
            option = dam.options[chosen[d] - 1]
            p = option.passage_up * option.passage_down if chosen[d] else 1.0
            i, j = index[dam.above], index[dam.below]
            for a, b in ((i, j), (j, i)):
                passage[a] = np.maximum(passage[a], p * passage[b])
    return passage


@given(networks())
@settings(derandomize=True, deadline=None, max_examples=60)
def test_connectivity_indices_equal_the_sum_over_all_pairs(case):
    """Cote et al. 2009: 100 Σ c_ij l_i l_j / L², and with the mouth as the one end."""
    network, choices = case
    lengths = np.array([c.values["length_km"] for c in network.components])
    total = lengths.sum()
    table = evaluate(network, choices, criteria=["dci_p", "dci_d", "connectivity"])
    for row, chosen in enumerate(choices):
        passage = ways(network, chosen)
        assert table["dci_p"][row] == pytest.approx(
            100 * float(lengths @ passage @ lengths) / total**2, rel=1e-11
        )
        assert table["dci_d"][row] == pytest.approx(
            100 * float(passage[0] @ lengths) / total, rel=1e-11
        )
        assert table["connectivity"][row] == pytest.approx(float(passage[0] @ lengths), rel=1e-11)
