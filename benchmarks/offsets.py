"""Minimum sets of 100,000 and 600,000 units × 72 features, beside scipy and PuLP/CBC.

The same model for everybody: smooth random ranges, costs that vary over four orders of magnitude,
17 % of each feature wanted, drawn from a seed. Every run is its own process: build the arrays
(not counted), compile the model, solve to the stated gap. CPU seconds of one process; peak memory
of the whole process, problem included. A peer that does not end within its limit is stopped and
told with the gap it had reached, if any.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SIDES = {"100k": (316, 317), "600k": (774, 776)}
PENALTY = 20.0
LIMIT = 240.0
# Size, outline penalty, program, gap, limit in seconds.
CASES = (
    ("100k", 0.0, "nonetloss", 0.01, LIMIT),
    ("100k", 0.0, "nonetloss", 0.001, LIMIT),
    ("100k", 0.0, "scipy.milp", 0.01, LIMIT),
    ("100k", 0.0, "pulp-cbc", 0.01, LIMIT),
    ("600k", 0.0, "nonetloss", 0.01, LIMIT),
    ("600k", 0.0, "scipy.milp", 0.01, LIMIT),
    ("600k", 0.0, "pulp-cbc", 0.01, LIMIT),
    ("100k", PENALTY, "nonetloss", 0.01, LIMIT),
    ("100k", PENALTY, "scipy.milp", 0.01, LIMIT),
    ("100k", PENALTY, "pulp-cbc", 0.01, LIMIT),
    ("600k", PENALTY, "nonetloss", 0.01, LIMIT),
)
QUICK = tuple(case for case in CASES if case[0] == "100k" and case[1] == 0.0)


def problem(size):
    """Amounts (units, 72), costs and targets on a grid; the same for every program."""
    from scipy import ndimage, sparse

    height, width = SIDES[size]
    rng = np.random.default_rng(0)
    columns = []
    for _ in range(72):
        noise = rng.standard_normal((height, width))
        smooth = ndimage.gaussian_filter(noise, sigma=rng.uniform(3, 25), mode="wrap")
        above = np.quantile(smooth, 1 - rng.uniform(0.02, 0.4))
        held = np.where(smooth > above, smooth - above, 0.0)
        columns.append(sparse.csc_array((100 * held / held.max()).ravel()[:, None]))
    amounts = sparse.csr_array(sparse.hstack(columns))
    regional = ndimage.gaussian_filter(rng.standard_normal((height, width)), 8, mode="wrap")
    cost = 100 * np.exp(20 * regional + 0.3 * rng.standard_normal((height, width))).ravel()
    return amounts, cost, 0.17 * amounts.sum(axis=0)


def lengths(size):
    """Shared edges of one length each; whole perimeters on the diagonal."""
    from scipy import sparse

    height, width = SIDES[size]
    units = height * width
    number = np.arange(units).reshape(height, width)
    pairs = np.concatenate(
        [
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        ]
    )
    half = sparse.coo_array((np.ones(len(pairs)), pairs.T), shape=(units, units)).tocsr()
    return sparse.csr_array(half + half.T + 4 * sparse.eye_array(units))


def chain(units):
    """Squares in a row, for a first run that compiles the kernels."""
    from scipy import sparse

    one = np.ones(units - 1)
    return sparse.csr_array(sparse.diags_array([one, np.full(units, 4.0), one], offsets=[-1, 0, 1]))


def run_nonetloss(size, penalty, gap, limit):
    """CPU seconds to check and compile, to solve, objective, proven gap."""
    from nonetloss.offset.minimum_set import compile_minimum_set
    from nonetloss.offset.portfolio import minimum_set

    amounts, cost, targets = problem(size)
    edges = lengths(size) if penalty else None
    warm = np.random.default_rng(1).random((2500, 2))
    small = {"boundary": chain(2500), "boundary_penalty": 0.1, "gap": 0.05}
    minimum_set(warm, 0.2 * warm.sum(axis=0), cost=warm[:, 0] + 0.1, **small)
    start = time.process_time()
    compile_minimum_set(amounts, targets, cost=cost, boundary=edges, boundary_penalty=penalty)
    compiled = time.process_time() - start
    start = time.process_time()
    found = minimum_set(
        amounts, targets, cost=cost, boundary=edges, boundary_penalty=penalty, gap=gap,
        time_limit=limit,
    )  # fmt: skip
    assert (amounts[found.chosen].sum(axis=0) >= targets * (1 - 1e-9)).all()
    return compiled, time.process_time() - start, found.objective, found.gap


def run_scipy(size, penalty, gap, limit):
    """The same program handed to scipy.optimize.milp (HiGHS as scipy ships it)."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    from nonetloss.offset.minimum_set import compile_minimum_set

    amounts, cost, targets = problem(size)
    edges = lengths(size) if penalty else None
    start = time.process_time()
    model = compile_minimum_set(
        amounts, targets, cost=cost, boundary=edges, boundary_penalty=penalty
    )
    rows = LinearConstraint(model.matrix, model.row_lower, model.row_upper)
    compiled = time.process_time() - start
    start = time.process_time()
    found = milp(
        model.objective,
        constraints=rows,
        bounds=Bounds(model.column_lower, model.column_upper),
        integrality=model.integer.astype(int),
        options={"mip_rel_gap": gap, "time_limit": limit},
    )
    spent = time.process_time() - start
    gap_left = found.mip_gap if found.x is not None else None
    return compiled, spent, found.fun, gap_left


def run_pulp(size, penalty, gap, limit):
    """The same program written out by PuLP and solved by the CBC that it ships."""
    import pulp

    from nonetloss.offset.minimum_set import compile_minimum_set

    amounts, cost, targets = problem(size)
    edges = lengths(size) if penalty else None
    start = time.process_time()
    model = compile_minimum_set(
        amounts, targets, cost=cost, boundary=edges, boundary_penalty=penalty
    )
    program = pulp.LpProblem("minimum_set", pulp.LpMinimize)
    columns = [
        pulp.LpVariable(f"x{i}", 0, 1, pulp.LpInteger if whole else pulp.LpContinuous)
        for i, whole in enumerate(model.integer)
    ]
    program += pulp.LpAffineExpression(
        [(x, float(c)) for x, c in zip(columns, model.objective, strict=True)]
    )
    matrix = model.matrix
    for row in range(matrix.shape[0]):
        at = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = [
            (columns[j], float(v)) for j, v in zip(matrix.indices[at], matrix.data[at], strict=True)
        ]
        if np.isfinite(model.row_lower[row]):
            program += pulp.LpAffineExpression(terms) >= float(model.row_lower[row])
        else:
            program += pulp.LpAffineExpression(terms) <= float(model.row_upper[row])
    compiled = time.process_time() - start
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.process_time()
    program.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=gap, timeLimit=limit, threads=1))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = time.process_time() - start + after.ru_utime - before.ru_utime
    value = pulp.value(program.objective)
    ended = program.sol_status == pulp.LpSolutionOptimal
    return compiled, spent, value, gap if ended else None


RUNS = {"nonetloss": run_nonetloss, "scipy.milp": run_scipy, "pulp-cbc": run_pulp}


def alone(arguments):
    """One case in this process; prints what it measured."""
    size, penalty, name, gap, limit = arguments
    compiled, solved, objective, left = RUNS[name](size, float(penalty), float(gap), float(limit))
    peaks = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    told = {
        "compile_s": compiled,
        "solve_s": solved,
        "objective": objective,
        "gap": left,
        "peak_mib": max(peaks) / 1024,
    }
    print(json.dumps(told))


def main(*, quick=False):
    """All cases; the table is printed as it grows."""
    rows = []
    heads = f"{'units':<6}{'outline':>8} {'program':<12}{'gap asked':>10}{'compile s':>11}"
    print(heads + f"{'solve s':>10}{'objective':>14}{'gap':>9}{'peak MiB':>10}")
    for case in QUICK if quick else CASES:
        size, penalty, name, gap, limit = case
        command = [sys.executable, __file__, *map(str, case)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                timeout=2 * limit + 120,
                env=environment,
            )
            told = json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 else {}
        except subprocess.TimeoutExpired:
            told = {}
        rows.append({"units": size, "penalty": penalty, "program": name, "asked": gap} | told)

        def text(key, form, told=told):
            value = told.get(key)
            return "–" if value is None else format(value, form)

        print(
            f"{size:<6}{penalty:>8g} {name:<12}{gap:>10g}{text('compile_s', '.2f'):>11}"
            f"{text('solve_s', '.2f'):>10}{text('objective', '.0f'):>14}{text('gap', '.5f'):>9}"
            f"{text('peak_mib', '.0f'):>10}",
            flush=True,
        )
    return {"offsets": rows}


if __name__ == "__main__":
    if len(sys.argv) > 5:
        alone(sys.argv[1:])
    else:
        sys.path.insert(0, str(Path(__file__).parent))
        main(quick="--quick" in sys.argv)
