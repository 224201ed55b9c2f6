"""10,000 draws of plot biomass with all errors, beside a plain NumPy loop over the draws.

Made trees (no real ones): diameters from 10 cm, half of the heights measured, half modeled with
Feldpausch's model of western Amazonia, equation 4 of Chave 2014 with drawn coefficients. Both
contenders draw the same kinds of errors from the same kind of generator; the loop is written as
one would write it, one vectorized NumPy pass over the trees per draw. Every contender runs in a
process of its own, warms up on a few draws (compilation, imports) and is then timed, taking turns;
told are the best of the runs in CPU seconds, wall seconds and the peak of resident memory above
what the process held before. Means and standard deviations of plots must agree within the Monte
Carlo error.

    python benchmarks/biomass.py [--quick]
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np

from nonetloss.forest.stock.allometry import EQUATIONS
from nonetloss.forest.stock.height import MODELS
from nonetloss.forest.stock.propagation import Measured, plot_draws_kg

DRAWS = 10_000
STEMS = 500
PLOTS = (1, 20)
RUNS = 3
CONTENDERS = ("nonetloss", "numpy loop")
EQUATION = EQUATIONS["chave-2014-4"]
MODEL = MODELS["feldpausch-western-amazonia"]


def trees(plots):
    """`STEMS` trees in each plot, the same for every contender."""
    rng = np.random.default_rng(7)
    n = plots * STEMS
    diameter = 10 + rng.gamma(0.9, 14.0, n)
    tall = 46.263 * (1 - np.exp(-0.0876 * diameter**0.6072)) * np.exp(rng.normal(0, 0.15, n))
    measured = np.where(rng.random(n) < 0.5, np.maximum(tall, 3.0), np.nan)
    return Measured(
        np.repeat(np.arange(plots), STEMS), diameter, measured,
        np.where(np.isfinite(measured), 0.05 * tall, 0.0), rng.uniform(0.35, 0.9, n),
        np.full(n, 0.07), np.full(n, np.nan), np.ones(n),
    )  # fmt: skip


def numpy_loop(made, plots, draws, rng):
    """What `plot_draws_kg` computes, one NumPy pass over the trees per draw; (plots, draws)."""
    n = made.diameter_cm.size
    a, b, c = MODEL.coefficients
    unmeasured = np.isnan(made.height_m)
    known = np.where(unmeasured, 0.0, made.height_m)
    spread = made.diameter_cm * 0.0062 + 0.0904
    factor = np.linalg.cholesky(np.array(EQUATION.covariance))
    summed = np.empty((plots, draws))
    for k in range(draws):
        sigma = EQUATION.sigma * np.sqrt(EQUATION.degrees / rng.chisquare(EQUATION.degrees))
        free = EQUATION.estimate + factor @ rng.standard_normal(2) * sigma / EQUATION.sigma
        gross = rng.random(n) < 0.05
        d = made.diameter_cm + np.where(gross, 4.64, spread) * rng.standard_normal(n)
        d = np.maximum(d, 0.1)
        z = rng.standard_normal(n)
        h = np.where(
            unmeasured, a * (1 - np.exp(-b * d**c)) + MODEL.residual * z,
            known + made.height_error_m * z,
        )  # fmt: skip
        h = np.maximum(h, 1.3)
        rho = np.clip(made.density_g_cm3 + made.density_error * rng.standard_normal(n), 0.08, 1.39)
        log = free[0] + free[1] * np.log(rho * d**2 * h) + sigma * rng.standard_normal(n)
        summed[:, k] = np.bincount(made.plot, np.exp(log), minlength=plots)
    return summed


def contender(name, plots, draws):
    """Time one contender in this process; printed as JSON."""
    made = trees(plots)

    def run(size, seed):
        rng = np.random.default_rng(seed)
        if name == "nonetloss":
            return plot_draws_kg(
                made, plots=plots, equation=EQUATION, model=MODEL, draws=size, rng=rng
            )
        return numpy_loop(made, plots, size, rng)

    run(5, 0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    found = run(draws, 1)
    told = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "added_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "mean_mg": float(found.mean(axis=1).sum() / 1e3),
        "sd_mg": float(found.sum(axis=0).std() / 1e3),
    }
    print(json.dumps(told))


def timed(name, plots, draws):
    command = [sys.executable, __file__, "--contender", name, str(plots), str(draws)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main(quick=False):
    draws = DRAWS // 10 if quick else DRAWS
    runs = 1 if quick else RUNS
    rows = []
    print(f"{draws} draws of plot biomass, {STEMS} trees a plot, one thread")
    print(f"{'plots':>6} {'contender':>12} {'cpu s':>8} {'wall s':>8} {'+MiB':>6} {'ratio':>6}")
    for plots in (1, 4) if quick else PLOTS:
        found = {name: [] for name in CONTENDERS}
        for _ in range(runs):
            for name in CONTENDERS:
                found[name].append(timed(name, plots, draws))
        best = {name: min(each, key=lambda x: x["cpu_s"]) for name, each in found.items()}
        one, other = (best[name] for name in CONTENDERS)
        # Two independent means of `draws` states each.
        tolerance = 5 * other["sd_mg"] * (2 / draws) ** 0.5
        assert abs(one["mean_mg"] - other["mean_mg"]) < tolerance, (one, other)
        assert abs(one["sd_mg"] / other["sd_mg"] - 1) < 5 / draws**0.5 * 1.5, (one, other)
        for name in CONTENDERS:
            told = best[name]
            ratio = other["cpu_s"] / told["cpu_s"]
            rows.append({"plots": plots, "contender": name, "draws": draws, **told})
            print(
                f"{plots:>6} {name:>12} {told['cpu_s']:>8.2f} {told['wall_s']:>8.2f} "
                f"{told['added_mib']:>6.1f} {ratio:>6.2f}"
            )
    return rows


if __name__ == "__main__":
    if "--contender" in sys.argv:
        at = sys.argv.index("--contender")
        contender(sys.argv[at + 1], int(sys.argv[at + 2]), int(sys.argv[at + 3]))
    else:
        main(quick="--quick" in sys.argv)
