"""What the forest sections show: the results of the steps, whatever their files are called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.language import Text
from nonetloss.study.report.model import Run


@dataclass(frozen=True, slots=True)
class RasterView:
    """Values (rows, columns), coarser than the file where that is large, and their bounds.

    Floats are means over the file's cells, NaN where there is nothing; codes are the commonest.
    `cell_ha` is the area of one cell of the file. `by_zone` has sums of the whole file over the
    zones of the study, where they were asked for.
    """

    values: np.ndarray
    bounds: tuple[float, float, float, float]
    unit: str
    file: str
    cell_ha: float
    by_zone: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """One step and what it gave. Tables have the columns that their method documents."""

    step: str
    method: str
    title: Text
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    rasters: Mapping[str, RasterView] = field(default_factory=dict)
    features: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def table(self, *names: str) -> pd.DataFrame:
        """The first table of these names (also nested, `x-name`) with rows; else an empty one."""
        return _first(self.tables, names, pd.DataFrame())

    def raster(self, *names: str) -> RasterView | None:
        """The first raster of these names (also nested), or None."""
        return _first(self.rasters, names, None)

    def feature(self, *names: str) -> gpd.GeoDataFrame | None:
        """The first features of these names (also nested), or None."""
        return _first(self.features, names, None)

    def fact(self, name: str, default: Any = None) -> Any:
        """A plain value of the result (also nested)."""
        return _first(self.facts, (name,), default)

    def number(self, name: str) -> float:
        """A plain number of the result; NaN where there is none."""
        value = self.fact(name)
        return float(value) if isinstance(value, int | float) else np.nan

    def file(self, *names: str) -> str:
        """Where a part stands in the run folder; empty if nowhere."""
        return _first(self.files, names, "")


def _first(found: Mapping[str, Any], names: tuple[str, ...], default: Any) -> Any:
    for name in names:
        for key in (name, *(k for k in found if k.endswith(f"-{name}"))):
            if key in found:
                return found[key]
    return default


@dataclass(frozen=True, slots=True)
class ForestStudy:
    """The steps of a run that speak of forest, carbon, credits or patrols, in file order."""

    run: Run
    steps: tuple[Taken, ...]
    zones: gpd.GeoDataFrame | None = None

    def taken(self, *methods: str) -> tuple[Taken, ...]:
        """Steps of these methods, in order."""
        return tuple(s for s in self.steps if s.method in methods)

    def last(self, *methods: str) -> Taken | None:
        """The last step of these methods, or None."""
        found = self.taken(*methods)
        return found[-1] if found else None

    def having(self, *tables: str) -> Iterator[Taken]:
        """Steps with one of these tables."""
        return (s for s in self.steps if len(s.table(*tables)))

    @property
    def whole(self) -> bool:
        """Whether the study is of a forest, and not of a road or dams with a step on forest."""
        return self.run.project.get("kind") == "forest-carbon"
