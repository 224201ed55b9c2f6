"""Exact fronts of the published Amazon dam trees.

The counts are those of the authors' program where decimals do not tie, and of its partial fronts
redone in decimal arithmetic where they do (energy and greenhouse gases; the whole Amazon). The
published file of the Napo holds the front itself.
"""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nonetloss.core.errors import NoSolutionError
from nonetloss.hydropower import pareto_frontier
from nonetloss.io.dam_trees import read_dam_tree, read_solutions
from nonetloss.numerics.fronts import boxes, tree

MAXIMIZED = {"energy", "connectivity", "sediment", "dci_p"}
LETTERS = {
    "E": "energy",
    "C": "connectivity",
    "S": "sediment",
    "B": "biodiversity",
    "D": "dor",
    "G": "ghg",
    "P": "dci_p",
}


@pytest.fixture(scope="module")
def basin(shared_data):
    def read(name):
        return read_dam_tree(shared_data / "hydropower_amazon_dam_trees" / name)

    return read


@pytest.fixture(scope="module")
def ucayali(basin):
    return basin("ucayali_cppinput_2021_Feb.txt")


@pytest.fixture(scope="module")
def amazon(basin):
    return basin("AB_cppinput_2021_Feb.txt")


def named(letters):
    return [LETTERS[letter] for letter in letters]


def uncovered(front, exact, epsilon):
    """How many portfolios of an exact front none of another one matches within ε."""
    signs = np.array([1 if name in MAXIMIZED else -1 for name in exact.values])
    points = exact.values.to_numpy() * signs
    wanted = np.where(points > 0, points * (1 - epsilon), points * (1 + epsilon))
    # Both in millionths, so that boxes of whole numbers can be searched.
    scaled = np.floor(wanted * 1e6 * (1 - np.sign(wanted) * 1e-12)).astype(np.int64)
    made = np.ceil(front.values[list(exact.values)].to_numpy() * signs * 1e6).astype(np.int64)
    return int((~boxes.any_reaches(scaled, made)).sum())


@pytest.mark.parametrize(
    ("letters", "count"),
    [("EC", 393), ("ES", 922), ("EB", 1023), ("EG", 775), ("ED", 732), ("ECS", 3271)],
)
def test_count_ucayali(ucayali, letters, count):
    assert len(pareto_frontier(ucayali, criteria=named(letters))) == count


def test_count_ucayali_four_criteria(ucayali):
    assert len(pareto_frontier(ucayali, criteria=named("ECSD"))) == 67_900


def test_count_ucayali_five_criteria(ucayali):
    """No published count: every portfolio of the four criteria is also in the front of five."""
    four = pareto_frontier(ucayali, criteria=named("ECSD"))
    five = pareto_frontier(ucayali, criteria=named("ECSDG"))
    assert len(five) > len(four)
    told = five.values[named("ECSD")].to_numpy()
    known = {tuple(row) for row in np.round(told, 9).tolist()}
    assert all(tuple(row) in known for row in np.round(four.values.to_numpy(), 9).tolist())


def test_count_amazon_energy_connectivity(amazon):
    front = pareto_frontier(amazon, criteria=named("EC"))
    assert len(front) == 34_328
    assert front.certificate.exact


@pytest.mark.parametrize(("letters", "count"), [("EC", 4), ("ECS", 7), ("ECSG", 16)])
def test_count_example(basin, letters, count):
    front = pareto_frontier(basin("example_input.txt"), criteria=named(letters))
    assert len(front) == count


def test_example_energy_connectivity_points(basin):
    front = pareto_frontier(basin("example_input.txt"), criteria=named("EC"))
    assert front.values.to_numpy().tolist() == [
        [1310.0, 342.5],
        [1410.0, 312.5],
        [1510.0, 217.5],
        [1530.0, 143.5],
    ]


def test_napo_six_criteria_is_the_published_front(basin, shared_data):
    network = basin("napo_cppinput_2021_Feb.txt")
    folder = shared_data / "hydropower_amazon_dam_trees"
    published = read_solutions(folder / "napo_six_criteria_eps0_exact.sol", dams=network.dam_ids)
    front = pareto_frontier(network, criteria=list(published.criteria))
    assert len(front) == len(published.portfolios) == 10_036

    def sets(portfolios):
        return {tuple(row) for row in np.asarray(portfolios, dtype=bool).tolist()}

    assert sets(front.portfolios) == sets(published.portfolios)


@pytest.mark.parametrize("epsilon", [0.01, 0.1])
@pytest.mark.parametrize("letters", ["ECS", "ECP", "EGD"])
def test_ucayali_within_epsilon_covers_the_exact_front(ucayali, letters, epsilon, monkeypatch):
    monkeypatch.setattr(tree, "_WORTH_THINNING", 100)
    exact = pareto_frontier(ucayali, criteria=named(letters))
    front = pareto_frontier(ucayali, criteria=named(letters), epsilon=epsilon)
    assert front.epsilon <= epsilon
    assert len(front) < len(exact)
    assert uncovered(front, exact, front.epsilon) == 0


def test_amazon_within_epsilon_covers_the_exact_front(amazon):
    exact = pareto_frontier(amazon, criteria=named("EC"))
    front = pareto_frontier(amazon, criteria=named("EC"), epsilon=0.001)
    assert len(front) < len(exact) / 5
    assert uncovered(front, exact, 0.001) == 0


def test_an_interrupt_returns_what_is_proven(ucayali, monkeypatch):
    asked = []

    class Pressed:
        def __enter__(self):
            return lambda: asked.append(True) or True

        def __exit__(self, *_):
            return None

    monkeypatch.setattr("nonetloss.hydropower.frontier.asked_to_stop", Pressed)
    front = pareto_frontier(ucayali, criteria=named("ECSD"))
    assert asked
    assert not front.finished
    assert 0 < front.epsilon <= 0.1 + 1e-12
    assert front.asked_epsilon == 0
    assert [f.code for f in front.findings] == ["frontier.unfinished"]
    exact = pareto_frontier(ucayali, criteria=named("ECS"))
    # Every efficient portfolio of three criteria is matched in these three.
    assert uncovered(front, exact, front.epsilon) == 0


def test_memory_is_bounded(ucayali):
    exact = pareto_frontier(ucayali, criteria=named("ECSD"))
    need = exact.certificate.peak_bytes
    front = pareto_frontier(ucayali, criteria=named("ECSD"), memory_gib=need / 2 / 2**30)
    assert not front.finished
    # Within what is held between two looks at it.
    assert front.certificate.peak_bytes < 1.1 * need / 2
    with pytest.raises(NoSolutionError) as problem:
        pareto_frontier(ucayali, criteria=named("ECSD"), memory_gib=1e-6)
    assert problem.value.findings[0].code == "frontier.memory"


def test_workers_change_nothing(ucayali, monkeypatch):
    monkeypatch.setattr(tree, "_WORTH_SHARING", 100_000)
    with ThreadPoolExecutor(2) as pool:
        shared = pareto_frontier(ucayali, criteria=named("ECS"), executor=pool)
    alone = pareto_frontier(ucayali, criteria=named("ECS"))
    assert shared.values.equals(alone.values)


def test_progress_rises_to_the_end(ucayali, monkeypatch):
    heard = []
    pareto_frontier(ucayali, criteria=named("ECS"), progress=lambda _, share: heard.append(share))
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1.0)


def test_a_real_interrupt_comes_through(ucayali):
    """A signal in the middle of the search, as Ctrl-C sends it."""
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    front = pareto_frontier(ucayali, criteria=named("ECSBDG"))
    timer.join()
    assert not front.finished
    assert 0 < front.epsilon <= 0.1 + 1e-12
    assert len(front) > 1000
