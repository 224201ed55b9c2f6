"""Exact zonal class areas beside exactextract: same polygons, same raster, same run.

2,025 irregular polygons with fractal edges tile a raster of 10,000 × 10,000 cells of uint8 with 40
classes. Every contender runs in a process of its own that loads the data, warms up on a corner of
them (compilation, imports) and is then timed. Wall and CPU seconds, and the peak of resident
memory above what the process held before the call (raster, polygons, libraries).

    python benchmarks/zonal.py [--quick]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import shapely

from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.zonal import coverage, zonal_table

CELL = 30.0
CLASSES = 40


def grid_of(side):
    return Grid(0.0, side * CELL, CELL, CELL, side, side)


def fractal_edge(a, b, rng, levels, amplitude):
    """Points from a to b by midpoint displacement across the edge; (2**levels + 1, 2)."""
    points = np.array([a, b])
    for level in range(levels):
        middle = (points[:-1] + points[1:]) / 2
        along = points[1:] - points[:-1]
        across = np.column_stack([-along[:, 1], along[:, 0]])
        shift = rng.uniform(-amplitude, amplitude, len(middle))[:, None] * 0.9**level
        out = np.empty((len(points) + len(middle), 2))
        out[0::2], out[1::2] = points, middle + across * shift
        points = out
    return points


def tiles(side, across, *, seed=0, levels=7):
    """`across`² valid polygons that tile the square without gap or overlap."""
    rng = np.random.default_rng(seed)
    step = side * CELL / across
    nodes = np.stack(np.meshgrid(*[np.arange(across + 1) * step] * 2, indexing="ij"), axis=-1)
    nodes[1:-1, 1:-1] += rng.uniform(-0.15, 0.15, (across - 1, across - 1, 2)) * step

    def edge(a, b, straight):
        return fractal_edge(a, b, rng, levels, 0.0 if straight else 0.16)

    along_x = {}
    along_y = {}
    for i in range(across + 1):
        for j in range(across + 1):
            if i < across:
                along_x[i, j] = edge(nodes[i, j], nodes[i + 1, j], j in (0, across))
            if j < across:
                along_y[i, j] = edge(nodes[i, j], nodes[i, j + 1], i in (0, across))
    shapes = []
    for i in range(across):
        for j in range(across):
            ring = np.concatenate(
                [
                    along_x[i, j][:-1],
                    along_y[i + 1, j][:-1],
                    along_x[i, j + 1][::-1][:-1],
                    along_y[i, j][::-1][:-1],
                ]
            )
            shapes.append(shapely.Polygon(ring))
    shapes = np.array(shapes)
    # The few that cross themselves lose vertices; gaps of some square meters do not matter here.
    bad = ~shapely.is_valid(shapes)
    shapes[bad] = [
        max(shapely.get_parts(shapely.make_valid(s)), key=shapely.area) for s in shapes[bad]
    ]
    return shapes


def class_raster(side, *, seed=1):
    """Patches of about 12 cells with noise, 40 classes."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, CLASSES, (side // 12 + 1,) * 2, dtype=np.uint8)
    raster = np.repeat(np.repeat(coarse, 12, axis=0), 12, axis=1)[:side, :side].copy()
    noise = rng.random((side, side), dtype=np.float32) < 0.2
    raster[noise] = rng.integers(0, CLASSES, int(noise.sum()), dtype=np.uint8)
    return raster


# ------------------------------------------------------------------ contenders, in a child process


def run_nonetloss(raster, shapes, grid, threads, layers):
    zones = polygons_of(shapes)
    covered = coverage(zones, grid=grid, threads=threads)
    rasters = {f"layer {i}": raster for i in range(layers)}
    table = zonal_table(covered, rasters, grid=grid, threads=threads)
    found = table.classes["layer 0"]
    area = np.zeros((len(shapes), CLASSES))
    area[:, found.classes] = found.area
    return area


def run_exactextract(raster, shapes, grid, strategy, layers):
    import exactextract
    import geopandas
    from exactextract.raster import NumPyRasterSource

    crs = "EPSG:32718"
    wkt = geopandas.GeoSeries([], crs=crs).crs.to_wkt()
    left, bottom, right, top = grid.bounds
    sources = [
        NumPyRasterSource(raster, left, bottom, right, top, name=f"layer{i}", srs_wkt=wkt)
        for i in range(layers)
    ]
    frame = geopandas.GeoDataFrame(geometry=shapes, crs=crs)
    rows = exactextract.exact_extract(
        sources, frame, ["unique", "frac", "count"], output="pandas", strategy=strategy,
        max_cells_in_memory=200_000_000,
    )  # fmt: skip
    prefix = "" if layers == 1 else "layer0_"
    area = np.zeros((len(shapes), CLASSES))
    names = (f"{prefix}unique", f"{prefix}frac", f"{prefix}count")
    for zone, (values, shares, count) in enumerate(zip(*(rows[n] for n in names), strict=True)):
        area[zone, np.asarray(values, dtype=int)] = np.asarray(shares) * count * grid.cell_area
    return area


CONTENDERS = {
    "nonetloss, 1 thread": (run_nonetloss, 1),
    "nonetloss, 2 threads": (run_nonetloss, 2),
    "exactextract, feature order": (run_exactextract, "feature-sequential"),
    "exactextract, raster order": (run_exactextract, "raster-sequential"),
}


def memory_mb(field):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise KeyError(field)


def child(folder, name, layers):
    raster = np.load(folder / "raster.npy")
    shapes = shapely.from_wkb(np.load(folder / "shapes.npy", allow_pickle=True))
    verb, option = CONTENDERS[name]
    corner = min(len(raster), 500)
    verb(raster[:corner, :corner].copy(), shapes[:3], grid_of(corner), option, layers)
    grid = grid_of(len(raster))
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = memory_mb("VmRSS")
    start, cpu = time.perf_counter(), time.process_time()
    area = verb(raster, shapes, grid, option, layers)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = max(memory_mb("VmHWM") - before, 0.0)
    np.save(folder / "area.npy", area)
    report = {"wall_s": wall, "cpu_s": cpu, "peak_mb": peak}
    report["total_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(report))


def measure(folder, name, layers, repeats):
    best = None
    for _ in range(repeats):
        command = [sys.executable, __file__, "--child", str(folder), name, str(layers)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        report = json.loads(done.stdout.splitlines()[-1])
        best = report if best is None or report["wall_s"] < best["wall_s"] else best
    return best, np.load(folder / "area.npy")


def main(quick=False):
    """Run all contenders; returns rows of {contender, layers, wall_s, cpu_s, peak_mb, …}."""
    side, across, repeats = (2000, 20, 1) if quick else (10_000, 45, 3)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raster, shapes = class_raster(side), tiles(side, across)
        np.save(folder / "raster.npy", raster)
        np.save(folder / "shapes.npy", shapely.to_wkb(shapes))
        vertices = int(shapely.get_num_coordinates(shapes).sum())
        print(
            f"zonal: {side} x {side} cells, {len(shapes)} polygons, {vertices} vertices,", end=" "
        )
        print(f"{CLASSES} classes, {os.cpu_count()} processors")
        for layers in (1, 8):
            wanted = None
            slowest = None
            for contender in reversed(CONTENDERS):
                report, area = measure(folder, contender, layers, repeats if layers == 1 else 1)
                wanted = area if wanted is None else wanted
                worst = float(np.abs(area - wanted).max() / wanted.sum(axis=1).max())
                if contender.startswith("exactextract"):
                    slowest = min(slowest or np.inf, report["wall_s"])
                report |= {"contender": contender, "layers": layers, "difference": worst}
                report["times_faster"] = slowest / report["wall_s"]
                rows.append(report)
                print(
                    f"{layers} layer(s)  {contender:28s} wall {report['wall_s']:6.2f} s  "
                    f"cpu {report['cpu_s']:6.2f} s  peak +{report['peak_mb']:6.0f} MB  "
                    f"{report['times_faster']:5.1f} x best exactextract  difference {worst:.1e}",
                    flush=True,
                )
    return rows


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main(quick="--quick" in sys.argv)
