"""Run a study once per session and look into its run folder."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from nonetloss.study.runner import run_study

STUDIES = Path(__file__).parents[2] / "studies"


class Run:
    """A run folder as a reader sees it: run.json first, then the files it names."""

    def __init__(self, folder: Path, cpu_seconds: float) -> None:
        self.folder = folder
        self.cpu_seconds = cpu_seconds
        self.record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        self.steps = {step["step"]: step for step in self.record["steps"]}

    def value(self, step: str, part: str):
        return self.steps[step]["outputs"][part]["value"]

    def table(self, step: str, part: str = "table") -> pd.DataFrame:
        return pd.read_parquet(self.folder / self.steps[step]["outputs"][part]["file"])

    def features(self, step: str, part: str) -> gpd.GeoDataFrame:
        path = self.folder / self.steps[step]["outputs"][part]["file"]
        return gpd.read_file(path, layer=path.stem)

    def routes(self) -> gpd.GeoDataFrame:
        """Every route that the tool proposes, with its line; the same line only once."""
        parts = [self.features("routes", p) for p in ("least_cost", "front", "dissimilar")]
        routes = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
        return routes[~routes.geometry.to_wkb().duplicated()].reset_index(drop=True)

    def balance(self) -> pd.DataFrame:
        """The hierarchy balance, one row per asset, all components together."""
        table = self.table("balance")
        return table[table["component"] == "total"].set_index("asset")

    def codes(self) -> list[str]:
        return [finding["code"] for finding in self.record["findings"]]

    def crossings(self, alternatives: gpd.GeoDataFrame, layer: str) -> pd.DataFrame:
        """What the screening says of the footprint of some alternatives in one layer."""
        table = self.table("screening")
        here = (table["layer"] == layer) & (table["zone"] == "footprint") & (table["feature"] == "")
        return table[here].set_index("alternative").loc[list(alternatives["name"])]


@pytest.fixture(scope="session")
def studies() -> Path:
    """The folder of the studies."""
    return STUDIES


@pytest.fixture(scope="session")
def run_once(tmp_path_factory) -> Callable[..., Run]:
    """Run a study of the repository; the same run serves all tests of the session."""
    done: dict[str, Run] = {}

    def run(name: str, *, data: Path | None = None, languages=()) -> Run:
        if name not in done:
            out = tmp_path_factory.mktemp("runs") / name
            roots = {} if data is None else {"NONETLOSS_DATA": data}
            began = time.process_time()
            folder = run_study(STUDIES / name, out, data_roots=roots, languages=languages)
            done[name] = Run(folder, time.process_time() - began)
        return done[name]

    return run
