"""Values of the public Amazon dam trees, none, existing and all dams built.

Expected values were computed apart from this package, from the same files (and, but for the
connectivity indices, with the published program of Gomes-Selman et al. 2018).
"""

import dataclasses

import numpy as np
import pytest

from nonetloss.hydropower.criteria import evaluate
from nonetloss.io.dam_trees import read_dam_tree
from nonetloss.landscape.river import Status

FILES = {
    "Ucayali": "ucayali_cppinput_2021_Feb.txt",
    "Napo": "napo_cppinput_2021_Feb.txt",
    "Amazon": "AB_cppinput_2021_Feb.txt",
}


@pytest.fixture(scope="module")
def tree(shared_data):
    folder = shared_data / "hydropower_amazon_dam_trees"
    if not folder.is_dir():
        pytest.skip("the public dam trees are not among the real data")

    def read(basin):
        return read_dam_tree(folder / FILES[basin])

    return read


def states(network):
    """None, existing, all."""
    built = [dam.status is Status.BUILT for dam in network.dams]
    return np.array([[0] * len(built), built, [1] * len(built)], dtype=np.int8)


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ("energy", [0.0, 2319.61, 14440.08]),
        ("connectivity", [2938583.26, 2660425.49, 1810426.51]),
        ("sediment", [217.1647, 188.1314, 28.3839]),
        ("biodiversity", [0.0, 10.7956, 217.0055]),
        ("ghg", [0.0, 8.6, 230.7]),
        ("dor", [0.0, 44.6704, 305.6887]),
    ],
)
def test_criteria_of_the_ucayali(tree, criterion, expected):
    network = tree("Ucayali")
    found = evaluate(network, states(network), criteria=[criterion])[criterion]
    digits = 2 if criterion in ("energy", "connectivity") else 4
    assert found.round(digits).tolist() == expected


@pytest.mark.parametrize(
    ("basin", "passage", "existing", "everything"),
    [
        ("Ucayali", 0.0, 82.1216, 38.7635),
        ("Ucayali", 0.5, 86.3984, 44.1498),
        ("Napo", 0.0, 95.2158, 79.3162),
        # The notes of the reference have 88.6582; all pairs in fractions give 88.658122.
        ("Napo", 0.5, 97.4841, 88.6581),
        ("Amazon", 0.0, 57.5070, 36.9288),
        ("Amazon", 0.5, 70.3643, 48.4976),
    ],
)
def test_connectivity_for_fish_within_the_river(tree, basin, passage, existing, everything):
    network = tree(basin)
    dams = tuple(
        dataclasses.replace(
            dam,
            options=tuple(
                dataclasses.replace(o, passage_up=passage, passage_down=1.0) for o in dam.options
            ),
        )
        for dam in network.dams
    )
    network = dataclasses.replace(network, dams=dams)
    found = evaluate(network, states(network), criteria=["dci_p"])["dci_p"]
    assert found.round(4).tolist() == [100.0, existing, everything]


@pytest.mark.parametrize(
    ("basin", "connected", "sediment"),
    [("Ucayali", 90.534, 86.631), ("Napo", 97.560, 98.451), ("Amazon", 74.073, 87.208)],
)
def test_shares_that_the_existing_dams_leave(tree, basin, connected, sediment):
    network = tree(basin)
    table = evaluate(network, states(network), criteria=["connectivity", "dci_d", "sediment"])
    shares = 100 * table.iloc[1] / table.iloc[0]
    assert shares["connectivity"] == pytest.approx(connected, abs=5e-4)
    assert table["dci_d"][1] == pytest.approx(connected, abs=5e-4)
    assert shares["sediment"] == pytest.approx(sediment, abs=5e-4)


def test_the_published_front_of_the_napo_is_worth_what_it_says(tree, shared_data):
    """All 10,036 portfolios of the published file, six significant digits."""
    network = tree("Napo")
    folder = shared_data / "hydropower_amazon_dam_trees"
    lines = (folder / "napo_six_criteria_eps0_exact.sol").read_text().splitlines()
    names = next(x for x in lines if x.startswith("criteria")).partition(":")[2].split(",")
    names = [n.strip() for n in names if n.strip()]
    rows = [x.split(",") for x in lines if x.count(",") == len(names) + 1 and ":" not in x]
    assert len(rows) == 10_036
    column = {id: i for i, id in enumerate(network.dam_ids)}
    choices = np.zeros((len(rows), len(column)), dtype=np.int8)
    for row, parts in enumerate(rows):
        choices[row, [column[int(i)] for i in parts[-1].split()]] = 1
    told = np.array([[float(v) for v in parts[: len(names)]] for parts in rows])
    found = evaluate(network, choices, criteria=names)
    np.testing.assert_allclose(found.to_numpy(), told, rtol=5.1e-6, atol=1e-9)
