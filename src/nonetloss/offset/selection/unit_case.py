"""Units by name, with what is fixed about them and how they meet: from arrays, table or raster."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.findings import Finding, nearest, notice, offenders, warning
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.zonal import coverage, zonal_table
from nonetloss.offset.planning.units import Units, planning_units
from nonetloss.offset.selection.boundaries import cell_boundary, polygon_boundary

# What `status` may say: the codes of Marxan, or words.
_STATUS = {
    "0": "", "1": "", "2": "in", "3": "out", "available": "", "initial": "",
    "locked-in": "in", "in": "in", "locked-out": "out", "out": "out",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitCase:
    """Units with names and locks, ready for `select`.

    `ids` (units,). `totals` (features,): what relative targets are shares of. `boundary` sparse
    (units, units) with perimeters on the diagonal, or None. `geometry` (units,), or None. Units
    that are cells have their `grid` and their `cells` in it, row by row.
    """

    ids: np.ndarray
    units: Units
    locked_in: np.ndarray
    locked_out: np.ndarray
    totals: np.ndarray
    boundary: Any = None
    geometry: gpd.GeoSeries | None = None
    grid: Grid | None = None
    cells: np.ndarray | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def cost(self) -> np.ndarray:
        """(units,); NaN: not available."""
        return self.units.cost[:, 0]


def unit_case(
    amounts: Any,
    *,
    cost: np.ndarray,
    ids: Sequence[Any] | np.ndarray = (),
    features: Sequence[str] = (),
    locked_in: np.ndarray | None = None,
    locked_out: np.ndarray | None = None,
    totals: np.ndarray | None = None,
    boundary: Any = None,
) -> UnitCase:
    """A case from arrays.

    Parameters
    ----------
    amounts : sparse or dense (units, features)
    cost : (units,)
        NaN: not available. 0: free, which is something else.
    ids : (units,)
        Names without repetition; empty: 1, 2, 3 …
    features : sequence of str
        Names; empty: 1, 2, 3 …
    locked_in, locked_out : (units,) bool, or None
    totals : (features,) or None
        What relative targets are shares of; None: all that the units hold, available or not.
    boundary : sparse symmetric (units, units), or None
        Shared edges; the diagonal holds whole perimeters.

    Raises
    ------
    InputError
        `planning.*`, `selection.id-repeated`, `selection.locked`.
    """
    units = planning_units(amounts, cost=cost, features=features)
    count = units.shape[0]
    names = np.asarray(ids) if len(ids) else np.arange(1, count + 1)
    inside = np.zeros(count, dtype=bool) if locked_in is None else np.asarray(locked_in, bool)
    outside = np.zeros(count, dtype=bool) if locked_out is None else np.asarray(locked_out, bool)
    for name, part in (("ids", names), ("locked_in", inside), ("locked_out", outside)):
        if part.shape != (count,):
            raise InputError.because("planning.shape", name, expected=count, found=part.shape)
    index = pd.Index(names)
    if index.has_duplicates:
        twice = offenders(index[index.duplicated()].unique())
        raise InputError.because("selection.id-repeated", "id", ids=twice)
    torn = inside & (outside | np.isnan(units.cost[:, 0]))
    if torn.any():
        raise InputError.because("selection.locked", "locked_in", ids=offenders(names[torn]))
    whole = units.amounts[0].sum(axis=0) if totals is None else np.asarray(totals, float)
    free = int(((units.cost[:, 0] == 0) & ~inside).sum())
    found = (notice("selection.free", "cost", count=free),) if free else ()
    return UnitCase(names, units, inside, outside, whole, boundary, findings=found)


def units_of_table(
    table: pd.DataFrame,
    *,
    features: Sequence[str],
    rasters: Sequence[Raster] = (),
    edges: bool = False,
    tolerance: float = 0.0,
) -> UnitCase:
    """A case from one row per unit.

    Parameters
    ----------
    table : DataFrame or GeoDataFrame
        Columns `id`, `cost` (empty: not available), one per feature, and, where there are any,
        `status` (0 or 1 available, 2 locked in, 3 locked out, or available, locked-in,
        locked-out), `locked_in`, `locked_out`.
    features : sequence of str
        Columns with amounts; or, with `rasters`, names of those, in their order.
    rasters : sequence of Raster
        Amounts per cell: a unit holds the sum over its cells, each with the share that the
        polygon covers.
    edges : bool
        Whether shared edges are computed from the polygons, `tolerance` as in `polygon_boundary`.

    Raises
    ------
    InputError
        `selection.column-missing`, `selection.not-numbers`, `selection.status`,
        `selection.rasters` and as for `unit_case`.
    GeometryError
        `selection.no-polygons` where shapes are needed and there are none, `crs.*`.
    """
    placed = isinstance(table, gpd.GeoDataFrame)
    if (rasters or edges) and not placed:
        raise GeometryError.because("selection.no-polygons", "units")
    for column in ("id", "cost", *(() if rasters else features)):
        _require_column(table, column)
    found: list[Finding] = []
    if rasters:
        amounts = _raster_amounts(table, features, rasters)
    else:
        amounts = np.column_stack([_numbers(table, name) for name in features])
        amounts, found = _known(amounts, features, table["id"].to_numpy())
    inside, outside = _locks(table)
    boundary = None
    if edges:
        boundary, more = polygon_boundary(table.geometry, tolerance=tolerance)
        found += more
    case = unit_case(
        sparse.csr_array(amounts),
        cost=_numbers(table, "cost"),
        ids=table["id"].to_numpy(),
        features=features,
        locked_in=inside,
        locked_out=outside,
        boundary=boundary,
    )
    shapes = table.geometry.reset_index(drop=True) if placed else None
    return replace(case, geometry=shapes, findings=(*found, *case.findings))


def units_of_raster(
    cost: Raster, *, features: Sequence[str], rasters: Sequence[Raster]
) -> UnitCase:
    """A case whose units are the cells with a known cost.

    Relative targets are shares of what all cells hold, also those without a cost. A cell without a
    cost is no unit: edges toward it are exposed.

    Raises
    ------
    InputError
        `selection.rasters` (not one name per raster, or another grid), and as for `unit_case`.
    """
    _require_rasters(features, rasters)
    for name, raster in zip(features, rasters, strict=True):
        if raster.grid != cost.grid:
            raise InputError.because(
                "selection.rasters", name, features=len(features), rasters=len(rasters)
            )
    known = np.isfinite(cost.values)
    layers = np.stack([raster.values.astype(np.float64) for raster in rasters])
    held = sparse.csr_array(np.nan_to_num(layers[:, known]).T)
    cells = np.flatnonzero(known.ravel())
    case = unit_case(
        held,
        cost=cost.values[known].astype(np.float64),
        ids=cells,
        features=features,
        totals=np.nansum(layers, axis=(1, 2)),
        boundary=cell_boundary(known, grid=cost.grid),
    )
    return replace(case, grid=cost.grid, cells=cells)


def _raster_amounts(
    table: gpd.GeoDataFrame, features: Sequence[str], rasters: Sequence[Raster]
) -> np.ndarray:
    _require_rasters(features, rasters)
    first = rasters[0]
    shapes = coverage(polygons_of(table.geometry, subject="units"), grid=first.grid)
    named = {name: raster.values for name, raster in zip(features, rasters, strict=True)}
    sums = zonal_table(shapes, named, grid=first.grid, by="stats").stats
    return np.column_stack([np.nan_to_num(sums[name].sum) for name in features])


def _require_rasters(features: Sequence[str], rasters: Sequence[Raster]) -> None:
    if len(features) != len(rasters) or len(set(features)) != len(features):
        raise InputError.because(
            "selection.rasters", "rasters", features=len(features), rasters=len(rasters)
        )


def _require_column(table: pd.DataFrame, column: str) -> None:
    if column not in table.columns:
        present = [str(c) for c in table.columns if c != "geometry"]
        raise InputError.because(
            "selection.column-missing",
            column,
            nearest=nearest(column, present),
            columns=offenders(present, 30),
        )


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    values = pd.to_numeric(table[column], errors="coerce")
    bad = values.isna() & table[column].notna()
    if bad.any():
        raise InputError.because(
            "selection.not-numbers", column, values=offenders(table[column][bad].unique())
        )
    return np.asarray(values, dtype=np.float64)


def _known(
    amounts: np.ndarray, features: Sequence[str], ids: np.ndarray
) -> tuple[np.ndarray, list[Finding]]:
    """Amounts without the unknown ones, which help no target, and a word about them."""
    unknown = np.isnan(amounts)
    found = [
        warning(
            "selection.amount-unknown",
            features[j],
            count=int(unknown[:, j].sum()),
            ids=offenders(ids[unknown[:, j]]),
        )
        for j in np.flatnonzero(unknown.any(axis=0)).tolist()
    ]
    return np.where(unknown, 0.0, amounts), found


def _locks(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    count = len(table)
    inside, outside = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    if "status" in table.columns:
        written = table["status"].map(_plain)
        strange = ~written.isin([*_STATUS, ""])
        if strange.any():
            values = offenders(table["status"][strange].unique())
            raise InputError.because("selection.status", "status", values=values)
        meant = written.map({**_STATUS, "": ""})
        inside |= (meant == "in").to_numpy()
        outside |= (meant == "out").to_numpy()
    for column, mask in (("locked_in", inside), ("locked_out", outside)):
        if column in table.columns:
            mask |= _numbers(table, column) > 0
    return inside, outside


def _plain(value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip().lower()
