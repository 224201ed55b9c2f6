import subprocess
import sys
import textwrap

import numpy as np
import pytest

from nonetloss.numerics.paths import cost_distance, least_cost_path, solve

MEASURE = """
    import pathlib
    import numpy as np
    from nonetloss.numerics.paths import cost_distance, least_cost_path
    n = SIDE
    cost = np.random.default_rng(0).random((n, n), dtype=np.float32)
    cost += 0.01
    VERB
    status = pathlib.Path("/proc/self/status").read_text()
    print(int(status.split("VmHWM:")[1].split()[0]) * 1024)
"""
PATH = "least_cost_path(cost, (0, 0), (n - 1, n - 1), cell_size=1, neighbors={n}, threads={t})"


def peak(verb, side):
    # The high-water mark of this process alone: ru_maxrss would start at that of its parent.
    program = textwrap.dedent(MEASURE).replace("VERB", verb).replace("SIDE", str(side))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self/status")
@pytest.mark.parametrize(
    ("verb", "most"),
    [
        (PATH.format(n=8, t=1), 10),
        (PATH.format(n=16, t=1), 10),
        (PATH.format(n=8, t=2), 20),
        ("cost_distance(cost, (0, 0), cell_size=1)", 10),
    ],
)
def test_bytes_per_cell_beyond_the_input(verb, most):
    # The difference of two sizes leaves the interpreter and the compiler out; the input takes 4.
    small, large = 2500, 3500
    per_cell = (peak(verb, large) - peak(verb, small)) / (large**2 - small**2)
    assert 4 < per_cell - 4 <= most


@pytest.mark.parametrize("threads", [1, 2])
def test_pool_grows_during_the_search(monkeypatch, threads):
    cost = np.random.default_rng(0).uniform(1, 1e4, (200, 200)).astype(np.float32)
    options = {"cell_size": 1, "neighbors": 16, "threads": threads}
    expected = least_cost_path(cost, (0, 0), (199, 199), **options).cost
    monkeypatch.setattr(solve, "_SPARE_CHUNKS", 0)
    assert least_cost_path(cost, (0, 0), (199, 199), **options).cost == pytest.approx(expected)
    every = np.argwhere(np.ones((200, 200), bool))
    assert not cost_distance(cost, every, cell_size=1).any()


def test_halves_that_meet_on_a_plateau_do_not_turn_back():
    cells = np.array([[0, 0], [0, 1], [0, 2], [0, 3], [0, 2], [0, 1], [1, 1]])
    assert solve._without_loops(cells).tolist() == [[0, 0], [0, 1], [1, 1]]
