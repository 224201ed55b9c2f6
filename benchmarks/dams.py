"""Dam portfolios of the Amazon trees beside pymoo, and beside published seconds of the authors.

Every case is its own process: network read, compiled code warm (a small tree first), then one
search. CPU seconds include compiling the criteria, backtracking and the evaluation of every
portfolio from the definitions; peak memory is that of the whole process. The authors' program
(C++, -O2) was measured elsewhere, on two cores of another machine: an order of magnitude, no race.

pymoo's NSGA-II (uniform crossover, bit flip, the free dams as bits, the same vectorized evaluation)
knows no proof: told is which share of what it returns is truly optimal, which share of the exact
front it found, and (up to three criteria) its part of the exact hypervolume. Its process holds the
exact front as well.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

LETTERS = {
    "E": "energy",
    "C": "connectivity",
    "S": "sediment",
    "D": "dor",
    "B": "biodiversity",
    "G": "ghg",
    "P": "dci_p",
}
FILES = {
    "Ucayali": "ucayali_cppinput_2021_Feb.txt",
    "Napo": "napo_cppinput_2021_Feb.txt",
    "Amazon": "AB_cppinput_2021_Feb.txt",
}
# Basin, criteria, ε, CPU seconds of the authors' program elsewhere.
CASES = (
    ("Napo", "ECSBDG", 0.0, 0.40),
    ("Ucayali", "EC", 0.0, 0.005),
    ("Ucayali", "ECS", 0.0, 0.25),
    ("Ucayali", "ECP", 0.0, None),
    ("Ucayali", "ECSD", 0.0, 35.4),
    ("Ucayali", "ECSDG", 0.0, None),
    ("Ucayali", "ECSBDG", 0.0, None),
    ("Amazon", "EC", 0.001, 16.2),
    ("Amazon", "EC", 0.0, 138.0),
    ("Amazon", "ECS", 0.1, 78.7),
    ("Amazon", "ECS", 0.01, None),
    ("Amazon", "ECS", 0.003, None),
)
QUICK = CASES[:5]
# Basin, criteria, population, generations.
HEURISTIC = (
    ("Ucayali", "ECS", 200, 200),
    ("Ucayali", "ECS", 1000, 300),
    ("Ucayali", "ECSD", 1000, 300),
    ("Amazon", "EC", 500, 400),
)
QUICK_HEURISTIC = HEURISTIC[:1]
MAXIMIZED = {"energy", "connectivity", "sediment", "dci_p"}


def read(basin):
    from nonetloss.io.dam_trees import read_dam_tree

    root = Path(os.environ.get("NONETLOSS_DATA", Path(__file__).parents[2] / "shared" / "data"))
    return read_dam_tree(root / "hydropower_amazon_dam_trees" / FILES[basin])


def peak_mib():
    """Of the whole process; Linux tells kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def search(basin, letters, epsilon):
    from nonetloss.hydropower import pareto_frontier

    criteria = [LETTERS[letter] for letter in letters]
    warm = read("Napo")
    pareto_frontier(warm, criteria=["energy", "connectivity"])
    pareto_frontier(warm, criteria=["energy", "connectivity", "sediment"])
    pareto_frontier(warm, criteria=["energy", "dci_p"])
    network = read(basin)
    wall, start = time.perf_counter(), time.process_time()
    front = pareto_frontier(network, criteria=criteria, epsilon=epsilon)
    seconds = time.process_time() - start
    wall = time.perf_counter() - wall
    return network, front, criteria, {"cpu_s": seconds, "wall_s": wall}


def solved(basin, letters, epsilon):
    _, front, _, told = search(basin, letters, float(epsilon))
    proof = front.certificate
    return told | {
        "portfolios": len(front),
        "epsilon": front.epsilon,
        "finished": front.finished,
        "combined": proof.combined,
        "examined": proof.examined,
        "peak_mib": peak_mib(),
    }


def heuristic(basin, letters, population, generations):
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.ux import UniformCrossover
    from pymoo.operators.mutation.bitflip import BitflipMutation
    from pymoo.operators.sampling.rnd import BinaryRandomSampling
    from pymoo.optimize import minimize

    from nonetloss.hydropower.criteria import evaluate
    from nonetloss.landscape.river import Status
    from nonetloss.numerics.pareto import hypervolume

    network, front, criteria, told = search(basin, letters, 0.0)
    signs = np.array([-1.0 if name in MAXIMIZED else 1.0 for name in criteria])
    built = np.array([dam.status is Status.BUILT for dam in network.dams])
    free = np.flatnonzero([dam.status is Status.PLANNED for dam in network.dams])

    def values(bits):
        choices = np.repeat(built[None].astype(np.int8), len(bits), axis=0)
        choices[:, free] = bits
        return evaluate(network, choices, criteria=criteria).to_numpy()

    class Dams(Problem):
        def __init__(self):
            super().__init__(n_var=len(free), n_obj=len(criteria), vtype=bool)

        def _evaluate(self, x, out, *_, **__):
            out["F"] = values(x) * signs

    method = NSGA2(
        pop_size=int(population),
        sampling=BinaryRandomSampling(),
        crossover=UniformCrossover(),
        mutation=BitflipMutation(),
        eliminate_duplicates=True,
    )
    start = time.process_time()
    made = minimize(Dams(), method, ("n_gen", int(generations)), seed=1, verbose=False)
    seconds = time.process_time() - start

    def rounded(points):
        return {tuple(row) for row in np.round(points, 6).tolist()}

    exact = front.values.to_numpy() * signs
    true, found = rounded(exact), rounded(np.atleast_2d(made.F))
    share = None
    if len(criteria) <= 3:
        low, high = exact.min(axis=0), exact.max(axis=0)
        both = [(x - low) / (high - low) for x in (np.atleast_2d(made.F), exact)]
        corner = np.full(len(criteria), 1.1)
        share = hypervolume(both[0], reference=corner) / hypervolume(both[1], reference=corner)
    return {
        "exact_cpu_s": told["cpu_s"],
        "cpu_s": seconds,
        "returned": len(found),
        "truly_optimal": len(found & true) / len(found),
        "of_the_front": len(found & true) / len(true),
        "hypervolume": share,
        "peak_mib": peak_mib(),
    }


def alone(verb, *arguments):
    """One case in a process of its own."""
    command = [sys.executable, __file__, verb, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(quick=False):
    print("basin    criteria    ε  portfolios    CPU s  wall s  peak MiB  C++ elsewhere, CPU s")
    results = []
    for basin, letters, epsilon, published in QUICK if quick else CASES:
        told = alone("solved", basin, letters, epsilon)
        results.append({"basin": basin, "criteria": letters, "asked": epsilon} | told)
        elsewhere = "–" if published is None else f"{published:g}"
        print(
            f"{basin:8} {letters:8} {epsilon:5g} {told['portfolios']:11,} {told['cpu_s']:8.2f} "
            f"{told['wall_s']:7.2f} {told['peak_mib']:9.0f}  {elsewhere}",
            flush=True,
        )
    print("\npymoo NSGA-II  CPU s  times ours  returned  truly optimal  of the front  volume  MiB")
    beside = []
    for case in QUICK_HEURISTIC if quick else HEURISTIC:
        told = alone("heuristic", *case)
        beside.append({"case": case} | told)
        volume = "–" if told["hypervolume"] is None else f"{told['hypervolume']:.4f}"
        print(
            f"{case[0]} {case[1]} {case[2]}x{case[3]}  {told['cpu_s']:.1f}  "
            f"{told['cpu_s'] / told['exact_cpu_s']:.0f}  {told['returned']:,}  "
            f"{told['truly_optimal']:.1%}  {told['of_the_front']:.2%}  {volume}  "
            f"{told['peak_mib']:.0f}",
            flush=True,
        )
    return {"fronts": results, "pymoo": beside}


if __name__ == "__main__":
    print(json.dumps({"solved": solved, "heuristic": heuristic}[sys.argv[1]](*sys.argv[2:])))
