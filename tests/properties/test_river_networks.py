"""Random river networks: what is written reads back, and dams cut rivers where they stand."""

import datetime
import math
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InputError
from nonetloss.io.dam_trees import read_dam_tree, read_solutions, write_solutions
from nonetloss.io.river_files import read_network, write_network
from nonetloss.landscape.river import Status
from nonetloss.landscape.river_snapping import place_on_reaches

DAY = datetime.date(2026, 11, 21)
SEEDED = settings(derandomize=True, deadline=None, max_examples=25)
VALUES = st.floats(0.0, 1e12, allow_subnormal=False)
STATUS = {0: Status.PLANNED, 1: Status.BUILT, 2: Status.FORBIDDEN}


@st.composite
def trees(draw):
    """(parents, dam values, node values, order of lines): node i + 1 hangs on a former node."""
    n = draw(st.integers(1, 12))
    parents = [draw(st.integers(0, i)) for i in range(n)]
    dams = [
        (draw(VALUES), draw(st.floats(0.0, 1.0)), draw(st.sampled_from([0, 1, 2])))
        for _ in range(n)
    ]
    nodes = [draw(VALUES) for _ in range(n + 1)]
    names = draw(st.permutations(range(n + 1)))
    order = draw(st.permutations(range(n)))
    return parents, dams, nodes, names, order


def tree_text(parents, dams, nodes, names, order):
    lines = [f"p {len(nodes)} {len(dams)} 1 3", "dam_criteria energy sed_trap status"]
    lines.append("node_criteria sediment")
    lines += [f"d {100 + i}  {dams[i][0]!r} {dams[i][1]!r} {dams[i][2]} " for i in order]
    lines += [f"n {names[i]} {nodes[i]!r}" for i in range(len(nodes))]
    lines.append(f"r {names[0]}")
    lines += [f"e {names[parents[i]]} {names[i + 1]} {100 + i}" for i in reversed(order)]
    return "\n".join(lines)


def read_text(folder, text):
    path = Path(folder) / "tree.txt"
    path.write_text(text, encoding="utf-8")
    return read_dam_tree(path)


@SEEDED
@given(trees())
def test_a_tree_reads_as_it_was_written_and_survives_a_geopackage(tree):
    parents, dams, nodes, names, order = tree
    with tempfile.TemporaryDirectory() as folder:
        network = read_text(folder, tree_text(*tree))
        assert network.dam_ids == tuple(100 + i for i in order)
        for i, (energy, trap, status) in enumerate(dams):
            dam = network.dam(100 + i)
            assert dict(dam.options[0].values) == {"energy": energy, "sed_trap": trap}
            assert dam.status is STATUS[status]
            assert (dam.below, dam.above) == (names[parents[i]], names[i + 1])
        assert {c.id: c.values["sediment"] for c in network.components} == dict(
            zip(names, nodes, strict=True)
        )
        place = {c.id: i for i, c in enumerate(network.components)}
        assert place[network.root] == 0
        assert all(place[d.below] < place[d.above] for d in network.dams)
        write_network(Path(folder) / "n.gpkg", network, date=DAY)
        again = read_network(Path(folder) / "n.gpkg")
    assert again.components == network.components
    assert again.dams == network.dams
    assert again.source == network.source
    assert dict(again.dam_attributes) == dict(network.dam_attributes)


@SEEDED
@given(trees(), st.data())
def test_one_wrong_edge_never_passes(tree, data):
    """Hanging the upper end of one dam elsewhere breaks the tree, and some finding names it."""
    parents, _, nodes, names, _ = tree
    i = data.draw(st.integers(0, len(parents) - 1))
    wrong = data.draw(st.integers(0, len(nodes) - 1).filter(lambda k: k != i + 1))
    text = tree_text(*tree)
    edge = f"e {names[parents[i]]} {names[i + 1]} {100 + i}"
    assert edge in text
    text = text.replace(edge, f"e {names[parents[i]]} {names[wrong]} {100 + i}")
    with tempfile.TemporaryDirectory() as folder, pytest.raises(InputError) as caught:
        read_text(folder, text)
    assert {f.code for f in caught.value.findings} & {
        "river.two-roots",
        "river.orphan",
        "river.cycle",
        "river.root-not-mouth",
    }
    assert all(f.render("es") and f.render("en") for f in caught.value.findings)


@SEEDED
@given(st.data())
def test_solutions_read_back_as_they_were_written(data):
    criteria, dams, rows = (data.draw(st.integers(1, 5)) for _ in range(3))
    values = np.array([[data.draw(VALUES) for _ in range(criteria)] for _ in range(rows)])
    bits = [[data.draw(st.booleans()) for _ in range(dams)] for _ in range(rows)]
    ids = tuple(range(7, 7 + dams))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.sol"
        names = [f"c{i}" for i in range(criteria)]
        for full in (True, False):
            write_solutions(
                path,
                criteria=names,
                values=values,
                dams=ids,
                portfolios=np.array(bits),
                full_precision=full,
            )
            found = read_solutions(path, dams=ids)
            assert found.criteria == tuple(names)
            assert (found.portfolios == np.array(bits)).all()
            if full:
                assert (found.values == values).all()
            else:
                assert np.allclose(found.values, values, rtol=5e-6, atol=0)


@st.composite
def rivers(draw):
    """Reaches drawn as a tree that grows north, some upstream, and dams on them."""
    n = draw(st.integers(1, 8))
    parents = [None, *(draw(st.integers(0, i)) for i in range(n - 1))]
    lengths = [draw(st.floats(1.0, 100.0)) for _ in range(n)]
    turned = [n > 1 and draw(st.booleans()) for _ in range(n)]
    dams = draw(
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(1, 19)),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    return parents, lengths, turned, dams


def expected_components(parents, lengths, dams):
    """Length of each dam-free group of pieces, found by joining pieces that touch."""
    cuts = [sorted(k / 20 for r, k in dams if r == row) for row in range(len(parents))]
    bounds = [[0.0, *c, 1.0] for c in cuts]
    group = {(r, i): (r, i) for r, b in enumerate(bounds) for i in range(len(b) - 1)}

    def find(piece):
        while group[piece] != piece:
            piece = group[piece]
        return piece

    for row, below in enumerate(parents):
        if below is not None:
            group[find((row, len(bounds[row]) - 2))] = find((below, 0))
    sums = {}
    for row, i in group:
        share = bounds[row][i + 1] - bounds[row][i]
        sums.setdefault(find((row, i)), []).append(share * lengths[row])
    return sorted(math.fsum(parts) for parts in sums.values())


@SEEDED
@given(rivers())
def test_components_are_what_dams_leave_connected(river):
    parents, lengths, turned, dams = river
    depth = [0] * len(parents)
    for row, below in enumerate(parents):
        depth[row] = 0 if below is None else depth[below] + 1
    upper = [
        (500_000 + 3_000.0 * row, 9_100_000 + 2_000.0 * depth[row]) for row in range(len(depth))
    ]
    lower = [(500_000, 9_098_000) if b is None else upper[b] for b in parents]
    lines = [
        shapely.LineString([low, up] if back else [up, low])
        for up, low, back in zip(upper, lower, turned, strict=True)
    ]
    reaches = gpd.GeoDataFrame(
        {
            "HYRIV_ID": range(1, len(lines) + 1),
            "NEXT_DOWN": [0 if b is None else b + 1 for b in parents],
            "LENGTH_KM": lengths,
        },
        geometry=lines,
        crs="EPSG:32718",
    )
    spots = [
        shapely.Point(np.array(upper[r]) + (np.array(lower[r]) - upper[r]) * k / 20)
        for r, k in dams
    ]
    points = gpd.GeoDataFrame(
        {
            "id": range(len(dams)),
            "status": "planned",
            "reach": [r + 1 for r, _ in dams],
            "energy [MW]": 1.0,
        },
        geometry=spots,
        crs="EPSG:32718",
    )
    network = place_on_reaches(
        points, reaches, name="random", snap_distance_m=1.0, crs="EPSG:32718"
    ).network
    found = sorted(c.values["length_km"] for c in network.components)
    assert found == pytest.approx(expected_components(parents, lengths, dams), abs=1e-6)
    assert network.reaches.length_km.sum() == pytest.approx(sum(lengths))
    drawn = network.reaches.length.sum()
    assert drawn == pytest.approx(sum(line.length for line in lines), rel=1e-9)
