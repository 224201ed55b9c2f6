"""Fill a `ForestStudy` from a run folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from nonetloss.io import parquet, run_folder
from nonetloss.study.report.forest.model import ForestStudy, RasterView, Taken
from nonetloss.study.report.model import Run
from nonetloss.study.report.words import texts

OF_FOREST = ("forest.", "monitoring.patrols", "ledger.credits")
# No map of the page has more cells than this on a side.
DRAWN_CELLS = 720


# The map that is told beside the baseline, zone by zone.
SUMMED = "validity-hectares"


def read_forest(path: Path, run: Run) -> ForestStudy | None:
    """The forest steps of a run folder; None if it has none.

    Raises
    ------
    InputError
        `io.unreadable` if a file that the run names cannot be read.
    """
    if not any(method.startswith(OF_FOREST) for method in run.methods):
        return None
    steps = [s for s in run.steps if str(s["method"]).startswith(OF_FOREST)]
    zones = _zones(path)
    return ForestStudy(run, tuple(_taken(path, s, zones) for s in steps), zones)


def _zones(path: Path) -> gpd.GeoDataFrame | None:
    """Project and leakage belt, where the run kept their outlines."""
    found = list(run_folder.read_layers(path / "zones.gpkg").values())
    return found[0] if found else None


def _taken(path: Path, step: Mapping[str, Any], zones: gpd.GeoDataFrame | None) -> Taken:
    tables: dict[str, pd.DataFrame] = {}
    features: dict[str, gpd.GeoDataFrame] = {}
    rasters: dict[str, RasterView] = {}
    files: dict[str, str] = {}
    facts: dict[str, Any] = {}
    for name, output in step["outputs"].items():
        if "value" in output:
            facts[name] = output["value"]
        file = str(output.get("file", ""))
        if not file:
            continue
        files[name] = file
        if file.endswith(".parquet"):
            table = parquet.read(path / file)[0]
            if len(table):
                tables[name] = table
        elif file.endswith(".gpkg"):
            layers = [f for f in run_folder.read_layers(path / file).values() if len(f)]
            if layers:
                features[name] = layers[0]
        elif file.endswith(".tif"):
            summed = zones if name == SUMMED else None
            rasters[name] = _raster(path / file, file, str(output.get("unit", "")), summed)
    return Taken(
        step=str(step["step"]),
        method=str(step["method"]),
        title=texts(step.get("title")),
        tables=tables,
        files=files,
        facts=facts,
        rasters=rasters,
        features=features,
        inputs={k: tuple(v) for k, v in step["inputs"].items()},
        parameters={k: p["value"] for k, p in step["parameters"].items()},
    )


def _raster(path: Path, file: str, unit: str, zones: gpd.GeoDataFrame | None) -> RasterView:
    values, grid, cell_ha = run_folder.read_overview(path, DRAWN_CELLS)
    by_zone = {}
    if zones is not None and "zone" in zones.columns:
        names = sorted(set(zones["zone"].astype(str)))
        by_zone = {z: run_folder.sum_inside(path, zones[zones["zone"] == z]) for z in names}
    return RasterView(values, grid.bounds, unit, file, cell_ha, by_zone)
