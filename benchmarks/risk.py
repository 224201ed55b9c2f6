"""VT0007 on Guadeloupe and on a made map of 20,000 × 20,000 pixels, beside plain NumPy and SciPy.

Both read the same GeoTIFF, find the threshold, fit the calibration period, predict the
confirmation period and draw that map. Ours goes window by window and keeps the map in a file; the
plain version is what a reader of the method would write, on whole arrays. The maps must agree.
riskmapjnr 1.3.2 and forestatrisk 1.3.2 need the GDAL library and its headers to install (no
wheel), and the released `makemap` of the former does not run; the reference program of VT0007 is a
Windows GUI: for it, 19 s on the same raster are reported. Each run is a process of its own: CPU
seconds without imports, compiled code warm; peak memory of the whole process. The plain version may
take 16 GiB, no more.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

DATA = Path(os.environ.get("NONETLOSS_DATA", Path(__file__).parents[2] / "shared" / "data"))
GUADELOUPE = DATA / "carbon_deforestation_risk" / "fcc123_GLP.tif"
SIDES = (5_000, 20_000)
LIMIT = 1200.0
GIB = 2**30


def made(path, side):
    """Forest with clearings that grow from seeds; codes 0 to 3, written block by block."""
    import rasterio
    from rasterio.transform import from_origin
    from scipy.ndimage import distance_transform_edt

    profile = {
        "driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "uint8",
        "crs": "EPSG:32719", "transform": from_origin(300_000, 8_700_000, 30, 30),
        "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate",
    }  # fmt: skip
    rng = np.random.default_rng(11)
    block = 2_500
    with rasterio.open(path, "w", **profile) as out:
        for row in range(0, side, block):
            for column in range(0, side, block):
                seeds = rng.random((block, block)) < rng.uniform(2e-5, 3e-4)
                seeds[0, 0] = True
                far = distance_transform_edt(~seeds) + rng.normal(0, 3, (block, block))
                codes = np.select([far < 8, far < 10, far < 12], [0, 1, 2], 3).astype(np.uint8)
                window = rasterio.windows.Window(column, row, block, block)
                out.write(codes, 1, window=window)


def ours(path, folder):
    """Windowed, from file to file."""
    from nonetloss.forest.risk.classes import EdgeClasses
    from nonetloss.forest.risk.cover_method import forest_cover
    from nonetloss.forest.risk.density import Divisions, fit_classes, predict_classes
    from nonetloss.forest.risk.threshold import negligible_risk_threshold
    from nonetloss.io.raster_windows import FileStore, grid_of, placed
    from nonetloss.numerics.windows import windows

    grid, crs = grid_of(path, name="forest")
    # The tag "nodata" of Guadeloupe stands on code 0, which is no forest: codes come as stored.
    forest = placed(path, name="forest", grid=grid, crs=crs)
    cover = forest_cover([forest], encoding="three-dates", years=(2000, 2010, 2020))
    threshold = negligible_risk_threshold(cover).meters
    classes_of = EdgeClasses(cover, threshold)
    spread = Divisions(blocks=(2, 2), count=4)
    fit = fit_classes(cover, classes_of, period="calibration", divisions=spread)
    expected = float(cover.periods.set_index("period").loc["confirmation", "lost_ha"])
    told = predict_classes(
        fit, cover, classes_of, date=2, expected_ha=expected, years=10.0, model="benchmark",
        name="risk", store=FileStore(Path(folder)),
    )  # fmt: skip
    values = told.hectares.cells
    total = sum(float(values.read(w).sum(dtype=float)) for w in windows(values.shape))
    return {"threshold_m": threshold, "fitted_ha": fit.lost_ha, "map_ha": total}


def plain(path, _):
    """Whole arrays."""
    import rasterio
    from scipy.ndimage import distance_transform_edt

    with rasterio.open(path) as file:
        codes, pixel = file.read(1), file.transform.a
    rows, columns = np.indices(codes.shape, sparse=True)
    division = 2 * (rows > codes.shape[0] // 2) + (columns > codes.shape[1] // 2)
    first, second = codes >= 1, codes >= 2
    distance = distance_transform_edt(first) * pixel
    lost = distance[(codes == 1) | (codes == 2)]
    counts, edges = np.histogram(lost, np.arange(lost.min(), lost.max() + 2 * pixel, pixel))
    at = np.flatnonzero(np.cumsum(counts) / counts.sum() >= 0.995)[0]
    threshold = int((edges[at] + edges[at + 1]) / 2)
    ratio = (int(pixel) / threshold) ** (1 / 29)
    bounds = threshold * ratio ** np.arange(30)
    bounds[0], bounds[29] = threshold, int(pixel)
    regions = np.minimum(np.digitize(distance, bounds) + 1, 30) * 4 + division
    regions[~first] = 0
    del distance
    size = np.bincount(regions.ravel(), minlength=124)
    gone = np.bincount(regions[codes == 1], minlength=124)
    share = np.where(size > 0, gone / np.maximum(size, 1), 0.0)
    share[:4] = 0
    distance = distance_transform_edt(second) * pixel
    regions = np.minimum(np.digitize(distance, bounds) + 1, 30) * 4 + division
    regions[~second] = 0
    del distance
    density = share * pixel**2 / 1e4
    expected = (codes == 2).sum() * pixel**2 / 1e4
    now = np.bincount(regions.ravel(), minlength=124)
    for _ in range(5):
        step = expected / (now * density).sum()
        density = np.minimum(density * step, pixel**2 / 1e4)
        if step <= 1.00001:
            break
    drawn = density[regions].astype(np.float32)
    fitted = (codes == 1).sum() * pixel**2 / 1e4
    return {
        "threshold_m": threshold,
        "fitted_ha": float(fitted),
        "map_ha": float(drawn.sum(dtype=float)),
    }


PROGRAMS = {"nonetloss": ours, "numpy-scipy": plain}
MODULES = {
    "nonetloss": ("nonetloss.forest.risk.benchmark", "nonetloss.forest.risk.cover_method",
                  "nonetloss.io.raster_windows"),
    "numpy-scipy": ("rasterio", "scipy.ndimage"),
}  # fmt: skip
MOST = 16 * GIB


def one(program, path):
    """One run, told as JSON on the standard output."""
    for name in MODULES[program]:
        importlib.import_module(name)
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    with tempfile.TemporaryDirectory() as folder:
        start, wall = time.process_time(), time.perf_counter()
        found = PROGRAMS[program](path, folder)
        found |= {"cpu_s": time.process_time() - start, "wall_s": time.perf_counter() - wall}
    found["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB
    print(json.dumps(found))


def measured(program, path):
    command = [sys.executable, __file__, program, str(path)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout) if done.returncode == 0 else None


def main(quick=False):
    """Run every case; with `quick` the large map and its peer are left out."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        cases = [("guadeloupe", GUADELOUPE)] if GUADELOUPE.exists() else []
        for side in SIDES[:1] if quick else SIDES:
            path = Path(folder) / f"made-{side}.tif"
            made(path, side)
            cases.append((f"made {side}²", path))
        for name, path in cases:
            measured("nonetloss", path)  # compiles kernels once, outside the measure
            found = {program: measured(program, path) for program in PROGRAMS}
            results[name] = found
            for program, row in found.items():
                told = "did not end, or asked for more than 16 GiB" if row is None else (
                    f"{row['cpu_s']:8.1f} s CPU  {row['peak_gib']:6.2f} GiB  "
                    f"threshold {row['threshold_m']} m  fitted {row['fitted_ha']:,.2f} ha  "
                    f"map {row['map_ha']:,.2f} ha"
                )  # fmt: skip
                print(f"{name:14} {program:12} {told}")
            if all(found.values()):
                ratio = found["numpy-scipy"]["cpu_s"] / found["nonetloss"]["cpu_s"]
                memory = found["numpy-scipy"]["peak_gib"] / found["nonetloss"]["peak_gib"]
                print(f"{name:14} {'':12} {ratio:.1f} times faster, {memory:.1f} times less memory")
                same = np.isclose(
                    found["nonetloss"]["map_ha"], found["numpy-scipy"]["map_ha"], rtol=1e-5
                )
                assert same, "the maps do not add up to the same"
    return results


if __name__ == "__main__":
    if len(sys.argv) > 2:
        one(sys.argv[1], Path(sys.argv[2]))
    else:
        main(quick="--quick" in sys.argv)
