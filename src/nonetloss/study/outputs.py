"""Write what a step gave, by the type of each part: tables, features, rasters, plain values."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from nonetloss.core.findings import Finding
from nonetloss.core.language import Text
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.forest.risk.density import Fitted
from nonetloss.hydropower.results import Frontier
from nonetloss.io import atomic, geopackage, parquet, raster, raster_windows
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.river import Id
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.ledger.journal import Journal
from nonetloss.ledger.text_form import write_text as write_journal
from nonetloss.numerics.grid import Grid
from nonetloss.offset.gains import Gains
from nonetloss.study import map_classes, styles
from nonetloss.study.offset_tables import gain_table, service_loss_table, trajectory_table
from nonetloss.study.plain import has_plain_form, plain
from nonetloss.study.portfolios import choices_table, portfolio_table

# Dimensions of arrays over alternatives, components and assets; an array has the last ones.
_DIMENSIONS = ("alternatives", "components", "assets")
_QUANTILES = {"low": 0.05, "median": 0.5, "high": 0.95}
# Nouns that other files of the run hold already.
_KNOWN_ELSEWHERE = (
    Layer,
    EcosystemMap,
    Fitted,
    Parcel,
    Service,
    Serviceshed,
    np.random.Generator,
)
# Rasters that would show where a hidden layer lies.
_REVEALING = ("blocked", "hidden_by", "people_per_m", "corridor")
# Tables that would tell how much of the land a hidden layer covers, where a parameter names one.
_REVEALING_TABLES = ("components", "rings", "rates")
_MAX_DEPTH = 3
# Tables that people may read in a spreadsheet are written as CSV too.
_READABLE_ROWS = 1000


@dataclass(slots=True)
class Written:
    """What was written of one result: files and plain values by part, and its findings."""

    outputs: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the parts of results of one study into the folder of one step.

    `hidden` names layers that no file may locate. `fed_by_hidden`: a parameter of the step names
    one of them (as a road, a river, a weight …), so that any raster of the result may draw it.
    `drawn_from_hidden`: an earlier step that did so is behind the result, so that its rasters may
    draw it too.
    `dams` are the ids of the river network, in order.
    """

    folder: Path
    crs: str | None
    date: datetime.date
    hidden: frozenset[str]
    fed_by_hidden: bool = False
    drawn_from_hidden: bool = False
    dams: tuple[Id, ...] = ()

    def write(self, result: Any) -> Written:
        """All parts of a result; a result that is no dataclass is one part, `result`."""
        written = Written()
        if isinstance(result, Frontier):
            self._frontier(result, written)
        elif isinstance(result, _TABLED):
            self._tabled("", result, written)
        elif _is_record(result):
            self._record(result, "", written, 0)
        else:
            self._part("result", result, None, written, 0)
        return written

    def _record(self, record: Any, prefix: str, written: Written, depth: int) -> None:
        for part in fields(record):
            value = getattr(record, part.name)
            self._part(prefix + part.name, value, record, written, depth)

    def _part(self, name: str, value: Any, parent: Any, written: Written, depth: int) -> None:
        if self._reveals(name, value, parent):
            written.withheld.append(name)
        elif isinstance(value, _KNOWN_ELSEWHERE):
            return
        elif isinstance(value, _WHOLE):
            written.outputs[name] = self._file(name, value, map_classes.classes_of(name, parent))
        elif isinstance(value, np.ndarray):
            self._array(name, value, parent, written)
        elif isinstance(value, _TABLED):
            self._tabled(f"{name}-", value, written)
        elif isinstance(value, Mapping):
            self._mapping(name, value, parent, written, depth)
        elif isinstance(value, tuple | list):
            self._sequence(name, value, written)
        elif _is_record(value) and not isinstance(value, Text | Grid) and depth < _MAX_DEPTH:
            if _geometry_field(value) is not None:
                self._sequence(name, (value,), written)
            else:
                self._record(value, f"{name}-", written, depth + 1)
        elif has_plain_form(value):
            written.outputs[name] = {"value": plain(value)}

    def _file(
        self,
        name: str,
        value: pd.DataFrame | Raster | WindowedRaster | Journal,
        classes: Sequence[map_classes.MapClass] = (),
    ) -> dict[str, Any]:
        if isinstance(value, Journal):
            path = self._path(name, ".txt")
            atomic.write_text(path, write_journal(value))
            return {"file": self._relative(path), "records": len(value.records)}
        if isinstance(value, gpd.GeoDataFrame):
            return self._features(name, value)
        if isinstance(value, Raster):
            return self._raster(name, value.values, value.grid, value.unit)
        if isinstance(value, WindowedRaster):
            return self._windowed(name, value, classes)
        return self._table(name, value)

    def _tabled(self, prefix: str, value: Any, written: Written) -> None:
        """What is told as tables and not as the arrays that it holds, and what else it says."""
        arrays = {f.name for f in fields(value) if isinstance(getattr(value, f.name), np.ndarray)}
        for part in fields(value):
            if part.name not in arrays:
                self._part(prefix + part.name, getattr(value, part.name), value, written, 1)
        for name, table in _tables_of(value).items():
            if prefix + name not in written.outputs:
                written.outputs[prefix + name] = self._table(prefix + name, table)

    def _frontier(self, front: Frontier, written: Written) -> None:
        """One table of all portfolios; what is proven of them as plain values."""
        table = portfolio_table(front.values, front.choices, front.dams)
        units = {label.name: label.unit for label in front.criteria}
        written.outputs["portfolios"] = self._parquet("portfolios", table, units)
        told = ("criteria", "dams", "epsilon", "asked_epsilon", "finished", "certificate")
        written.outputs |= {name: {"value": plain(getattr(front, name))} for name in told}
        written.findings.extend(front.findings)

    def _parquet(self, name: str, table: pd.DataFrame, units: Mapping[str, str]) -> dict[str, Any]:
        path = self._path(name, ".parquet")
        parquet.write(path, table, units=units)
        return {"file": self._relative(path), "rows": len(table)}

    def _reveals(self, name: str, value: Any, parent: Any) -> bool:
        """Whether a part could show a hidden layer: where it lies or how much it covers."""
        if self.hidden and name in _REVEALING:
            return True
        if self.fed_by_hidden and name in _REVEALING_TABLES:
            return True
        if not (self.fed_by_hidden or self.drawn_from_hidden):
            return False
        grid = getattr(parent, "grid", None)
        drawn = isinstance(value, np.ndarray) and isinstance(grid, Grid)
        return drawn or isinstance(value, Raster | WindowedRaster)

    def _sequence(self, name: str, values: Any, written: Written) -> None:
        if values and all(isinstance(v, Finding) for v in values):
            written.findings.extend(values)
        elif values and all(_is_record(v) for v in values):
            values = [v for v in values if not self._is_hidden(v)]
            if not values or isinstance(values[0], _KNOWN_ELSEWHERE):
                return
            if _geometry_field(values[0]) is not None:
                written.outputs[name] = self._features(name, features_of(values, self.crs))
            else:
                table = pd.DataFrame([_row(v) for v in values])
                written.outputs[name] = self._table(name, table)
        elif name != "findings" and has_plain_form(values):
            written.outputs[name] = {"value": plain(values)}

    def _is_hidden(self, record: Any) -> bool:
        return (
            bool(getattr(record, "hidden", False))
            or str(getattr(record, "name", "")) in self.hidden
        )

    def _mapping(
        self, name: str, value: Mapping[Any, Any], parent: Any, written: Written, depth: int
    ) -> None:
        simple = {k: v for k, v in value.items() if not isinstance(v, _FILES) and has_plain_form(v)}
        if simple:
            written.outputs[name] = {"value": plain(simple)}
        for key, inside in value.items():
            if isinstance(inside, _FILES) and str(key) not in self.hidden:
                self._part(f"{name}-{key}", inside, parent, written, depth + 1)

    def _array(self, name: str, values: np.ndarray, parent: Any, written: Written) -> None:
        if name.endswith("choices"):
            # `dams` of a single portfolio are those that stand, not its columns.
            whole = len(self.dams) == values.shape[-1]
            dams = self.dams if whole else parent.dams
            written.outputs[name] = self._parquet(name, choices_table(values, parent, dams), {})
            return
        grid = getattr(parent, "grid", None)
        if isinstance(grid, Grid) and values.shape == grid.shape:
            unit = parquet.unit_of(f"_{name}")
            written.outputs[name] = self._raster(name, values, grid, unit)
            return
        labels = [getattr(parent, d, None) for d in _DIMENSIONS]
        drawn = name.endswith("draws")
        depth = values.ndim - int(drawn)
        dims = [(d[:-1], tuple(x)) for d, x in zip(_DIMENSIONS, labels, strict=True) if x][-depth:]
        if (
            depth
            and len(dims) == depth
            and all(len(x) == n for (_, x), n in zip(dims, values.shape[:depth], strict=True))
        ):
            unit = str(getattr(parent, "unit", "quality_hectare"))
            written.outputs[name] = self._table(name, _long(values, dims, drawn=drawn), unit=unit)
        elif values.size <= 1000 and not drawn:
            written.outputs[name] = {"value": plain(values)}

    def _table(self, name: str, table: pd.DataFrame, unit: str = "") -> dict[str, Any]:
        path = self._path(name, ".parquet")
        units = dict.fromkeys(("value", "mean", *_QUANTILES), unit) if unit else {}
        units |= table.attrs.get("units", {})
        columns = flat(table)
        parquet.write(path, columns, units=units)
        if not unit and len(columns) <= _READABLE_ROWS:
            parquet.write_csv(path.with_suffix(".csv"), columns, marked=True)
        return {"file": self._relative(path), "rows": len(table)}

    def _features(self, name: str, features: gpd.GeoDataFrame) -> dict[str, Any]:
        path = self._path(name, ".gpkg")
        placed = features if features.crs is not None else features.set_crs(self.crs)
        columns = flat(pd.DataFrame(placed.drop(columns=placed.geometry.name)))
        placed = gpd.GeoDataFrame(columns, geometry=placed.geometry.array, crs=placed.crs)
        layer = path.stem
        style = styles.routes_style(placed)
        geopackage.write(path, {layer: placed}, styles={layer: style}, date=self.date)
        return {"file": self._relative(path), "rows": len(features)}

    def _raster(self, name: str, values: np.ndarray, grid: Grid, unit: str) -> dict[str, Any]:
        path = self._path(name, ".tif")
        raster.write_cog(path, values, grid=grid, crs=self.crs, unit=unit, title=name)
        return {"file": self._relative(path), "unit": unit}

    def _windowed(
        self, name: str, value: WindowedRaster, classes: Sequence[map_classes.MapClass]
    ) -> dict[str, Any]:
        path = self._path(name, ".tif")
        raster_windows.write_windowed(
            path,
            value.cells,
            grid=value.grid,
            crs=value.crs,
            unit=value.unit,
            title=name,
            colors=map_classes.color_table(classes) if classes else None,
        )
        if classes:
            atomic.write_text(path.with_suffix(".qml"), map_classes.style(classes))
        return {"file": self._relative(path), "unit": value.unit}

    def _path(self, name: str, suffix: str) -> Path:
        self.folder.mkdir(exist_ok=True)
        return self.folder / f"{name}{suffix}"

    def _relative(self, path: Path) -> str:
        return f"{self.folder.name}/{path.name}"


# Nouns whose arrays are told as tables.
_TABLED = (Gains, ServiceLoss)


def _tables_of(value: Any) -> dict[str, pd.DataFrame]:
    if isinstance(value, Gains):
        return {"gains": gain_table(value), "trajectories": trajectory_table(value)}
    return {"table": service_loss_table(value)}


# Parts of a record that no cell of a table can hold.
_NO_CELL = (BaseGeometry, np.ndarray, pd.DataFrame, Mapping, Raster, WindowedRaster, ForestCover)
# Parts that are one file each.
_WHOLE = (pd.DataFrame, Raster, WindowedRaster, Journal)
_FILES = (pd.DataFrame, Raster, WindowedRaster, np.ndarray)


def features_of(records: Sequence[Any], crs: str | None) -> gpd.GeoDataFrame:
    """Records with a shape as features: one row each, plain parts as columns."""
    shape = _geometry_field(records[0]) or ""
    table = flat(pd.DataFrame([_row(r) for r in records]))
    return gpd.GeoDataFrame(table, geometry=[getattr(r, shape) for r in records], crs=crs)


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """A table of plain columns: texts split by language, enums and mixed objects as text."""
    columns: dict[str, Any] = {}
    for name in table.columns:
        values = table[name]
        present = [v for v in values if v is not None and v is not pd.NA]
        if any(isinstance(v, Text) for v in present):
            for language in ("es", "en"):
                columns[f"{name}_{language}"] = pd.Series(
                    [_in(v, language) for v in values], index=values.index, dtype="object"
                )
        elif values.dtype == object:
            kinds = {type(v) for v in present}
            simple = len(kinds) == 1 and kinds <= {str, bool, int, float}
            columns[str(name)] = values if simple else values.map(_as_text, na_action="ignore")
        else:
            columns[str(name)] = values
    return pd.DataFrame(columns, index=table.index).reset_index(drop=True)


def _is_record(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _geometry_field(record: Any) -> str | None:
    """Name of the part that is a shape, if there is one."""
    for part in fields(record):
        if isinstance(getattr(record, part.name), BaseGeometry):
            return part.name
    return None


def _row(record: Any, prefix: str = "") -> dict[str, Any]:
    """Plain parts of a record, records inside it flattened; shapes and arrays left out."""
    row: dict[str, Any] = {}
    for part in fields(record):
        value = getattr(record, part.name)
        if isinstance(value, _NO_CELL):
            continue
        if _is_record(value) and not isinstance(value, Text):
            row |= _row(value, f"{prefix}{part.name}_")
        elif isinstance(value, tuple | list):
            # A tuple of records (certificates of a route) has its own table.
            if not any(_is_record(v) for v in value):
                row[prefix + part.name] = ", ".join(str(plain(v)) for v in value)
        elif has_plain_form(value):
            row[prefix + part.name] = value
    return row


def _long(
    values: np.ndarray, dims: list[tuple[str, tuple[str, ...]]], *, drawn: bool
) -> pd.DataFrame:
    """One row for each cell of a labeled array; of draws, mean and quantiles."""
    index = pd.MultiIndex.from_product([x for _, x in dims], names=[d for d, _ in dims])
    table = index.to_frame(index=False)
    if not drawn:
        return table.assign(value=values.ravel())
    flat_draws = values.reshape(len(table), -1)
    table = table.assign(mean=flat_draws.mean(axis=1))
    for name, q in _QUANTILES.items():
        table[name] = np.quantile(flat_draws, q, axis=1)
    return table


def _in(value: Any, language: str) -> Any:
    if isinstance(value, Text):
        return value.es if language == "es" else value.en
    return None if value is None or value is pd.NA or value != value else str(value)


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    kept = plain(value)
    return kept if isinstance(kept, str) else str(kept)
