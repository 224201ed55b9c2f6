"""Least-cost paths beside scikit-image, dijkstra3d and xarray-spatial.

Raster: 1/f^2.2 fractal with 30 % white noise, ranked to log-uniform cost from 1 to 100, about 8 %
excluded in smooth blobs; corner to corner. Every run is its own process, contenders take turns, and
the best of the turns counts. Compiled code is warm. The others get their input ready-made in the
form they want; nonetloss checks and converts its own within the timed part. Peak memory is what the
call adds to the process that already holds the input.

The others may cut corners between exclusions, which is less work; dijkstra3d prices a move by its
target cell alone, so its costs are not comparable; xarray-spatial fills the whole field.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

SIZES = ((1000, 3), (3000, 3), (5000, 3), (10_000, 1))
QUICK = ((1000, 2),)
DISSIMILAR_SIDE = 5000


def fractal(rng, side, exponent, largest=None):
    """Noise of spectrum 1 / frequency^exponent, flat above a `largest` share of the side."""
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    frequency = np.hypot(down, across).astype(np.float32)
    if largest:
        frequency = np.hypot(frequency, np.float32(1 / (largest * side)))
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((side, side), dtype=np.float32))
    spectrum /= frequency ** (exponent / 2)
    field = np.fft.irfft2(spectrum, s=(side, side)).astype(np.float32)
    return (field - field.mean()) / field.std()


def raster(side, seed=7):
    """(cost float32, blocked bool)."""
    rng = np.random.default_rng(seed)
    surface = 0.7 * fractal(rng, side, 2.2)
    surface += 0.3 * rng.standard_normal((side, side), dtype=np.float32)
    cost = np.empty(side * side, np.float32)
    cost[np.argsort(surface, axis=None)] = np.linspace(0, 1, side * side, dtype=np.float32)
    cost = np.round(100**cost, 2).reshape(side, side)
    blobs = fractal(rng, side, 4.0, largest=0.1)
    blocked = blobs > np.quantile(blobs[::7, ::7], 0.92)
    corner = side // 10  # else a blob around an end may leave it no way out
    blocked[:corner, :corner] = blocked[-corner:, -corner:] = False
    return cost, blocked


def ours(given, start, end, **options):
    from nonetloss.numerics.paths import least_cost_path

    cost, blocked = given
    return least_cost_path(cost, start, end, cell_size=1.0, blocked=blocked, **options).cost


def five_routes(given, start, end):
    from nonetloss.numerics.paths import dissimilar_paths

    cost, blocked = given
    paths = dissimilar_paths(cost, start, end, cell_size=1.0, blocked=blocked, k=5)
    return len(paths)


def scikit_image(walled, start, end):
    from skimage.graph import MCP_Geometric

    solver = MCP_Geometric(walled)
    costs, _ = solver.find_costs([start], [end])
    solver.traceback(end)
    return float(costs[end])


def dijkstra(walled, start, end):
    import dijkstra3d

    return float(len(dijkstra3d.dijkstra(walled, start, end, connectivity=8)))


def axes(shape):
    return {"y": np.arange(shape[0], dtype=float), "x": np.arange(shape[1], dtype=float)}


def xarray_input(cost, blocked):
    import xarray as xr

    friction = np.where(blocked, np.float32(np.nan), cost)
    return xr.DataArray(friction, coords=axes(cost.shape), dims=("y", "x"))


def xarray_spatial(friction, start, end):
    import xarray as xr
    from xrspatial import cost_distance

    sources = np.zeros(friction.shape, np.float32)
    sources[start] = 1
    field = cost_distance(
        xr.DataArray(sources, coords=axes(friction.shape), dims=("y", "x")), friction
    )
    return float(field.values[end])


def both(cost, blocked):
    return cost, blocked


CONTENDERS = {
    "nonetloss 8": (both, ours),
    "nonetloss 16": (both, partial(ours, neighbors=16)),
    "nonetloss 8, 2 threads": (both, partial(ours, threads=2)),
    "nonetloss 16, 2 threads": (both, partial(ours, neighbors=16, threads=2)),
    "nonetloss, 5 dissimilar": (both, five_routes),
    "scikit-image": (lambda c, b: np.where(b, np.float32(-1), c), scikit_image),
    "dijkstra3d": (lambda c, b: np.where(b, np.float32(np.inf), c), dijkstra),
    "xarray-spatial (field)": (xarray_input, xarray_spatial),
}
REFERENCE = "scikit-image"


def memory_bytes(name):
    status = Path("/proc/self/status").read_text()
    return int(status.split(name + ":")[1].split()[0]) * 1024


def child(folder, name, side):
    prepare, run = CONTENDERS[name]
    warm = np.full((40, 40), 2, np.float32)
    run(prepare(warm, np.zeros(warm.shape, bool)), (5, 5), (34, 34))
    given = prepare(np.load(folder / "cost.npy"), np.load(folder / "blocked.npy"))
    Path("/proc/self/clear_refs").write_text("5")
    before = memory_bytes("VmRSS")
    wall, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    result = run(given, (5, 5), (side - 6, side - 6))
    wall, now = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    report = {
        "wall_s": wall,
        "cpu_s": now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime,
        "bytes_per_cell": (memory_bytes("VmHWM") - before) / side**2,
        "process_gib": memory_bytes("VmHWM") / 2**30,
        "result": result,
    }
    print(json.dumps(report))


def measure(folder, name, side):
    command = [sys.executable, __file__, "--child", str(folder), name, str(side)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measured_side(side, turns):
    best = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, array in zip(("cost", "blocked"), raster(side), strict=True):
            np.save(folder / f"{part}.npy", array)
        for _ in range(turns):
            for contender in CONTENDERS:
                if contender == "nonetloss, 5 dissimilar" and side > DISSIMILAR_SIDE:
                    continue
                report = measure(folder, contender, side)
                if contender not in best or report["wall_s"] < best[contender]["wall_s"]:
                    best[contender] = report
    return best


def main(quick=False):
    """Run all contenders on all sizes; returns rows of {side, contender, wall_s, cpu_s, …}."""
    rows = []
    for side, turns in QUICK if quick else SIZES:
        best = measured_side(side, turns)
        print(f"paths: {side} x {side} cells, best of {turns}")
        for contender, report in best.items():
            ratio = best[REFERENCE]["wall_s"] / report["wall_s"]
            processor = best[REFERENCE]["cpu_s"] / report["cpu_s"]
            rows.append({"side": side, "contender": contender, "times_faster": ratio, **report})
            print(
                f"  {contender:24s} wall {report['wall_s']:7.3f} s  cpu {report['cpu_s']:7.3f} s  "
                f"{report['bytes_per_cell']:6.1f} B/cell  "
                f"process {report['process_gib']:5.2f} GiB  "
                f"{ratio:5.1f} x {REFERENCE} wall, {processor:5.1f} x cpu  "
                f"result {report['result']:.2f}",
                flush=True,
            )
    return rows


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main(quick="--quick" in sys.argv)
