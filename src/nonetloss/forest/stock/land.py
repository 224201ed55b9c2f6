"""Strata, their areas, and what a map says of each."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.findings import nearest, offenders
from nonetloss.core.language import Text
from nonetloss.forest.stock.columns import label, numbers, require_columns
from nonetloss.forest.stock.measurements import Plots
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster, measured, require_same_grid, windowed
from nonetloss.numerics.windows import Window, windows

ALL = Text(es="Toda la superficie", en="Whole area")


@dataclass(frozen=True, slots=True)
class Land:
    """Strata by name, in order of their names.

    `area_ha` (strata,), NaN if nobody tells; `covariate_mean` (strata,), NaN without a map.
    """

    strata: tuple[str, ...]
    titles: tuple[Text, ...]
    area_ha: np.ndarray
    covariate_mean: np.ndarray


def read_land(
    strata: pd.DataFrame | EcosystemMap | None, *, plots: Plots, area_ha: float = float("nan")
) -> Land:
    """Strata from a table, from a map of ecosystems, or from the plots alone.

    Parameters
    ----------
    strata : DataFrame, EcosystemMap or None
        A table: `stratum` and `area_ha`, optional `title_es` and `title_en`, `covariate_mean`. Of a
        map: ecosystems that are forest or have plots, with the area of their cells. None: the
        strata of the plots, of unknown area unless there is one and `area_ha` is given.
    plots : Plots
    area_ha : float
        Of the whole, where there is one stratum only.

    Raises
    ------
    InputError
        `stock.column-missing`, `stock.empty`, `stock.not-a-number`, `stock.stratum-unnamed`,
        `stock.stratum-repeated`, `stock.stratum-area` unless positive, `stock.stratum-unknown` for
        plots of a stratum that is not there, `stock.area-twice`.
    """
    used = sorted({str(s) for s in plots.stratum})
    if strata is None:
        single = np.full(len(used), area_ha if len(used) == 1 else np.nan)
        if len(used) > 1 and np.isfinite(area_ha):
            raise InputError.because("stock.area-twice", "area_ha", strata=offenders(used))
        if area_ha <= 0:
            raise InputError.because("stock.stratum-area", "area_ha", strata=f"{area_ha:g}")
        titles = tuple(ALL if u == "all" else Text.of(u) for u in used)
        return Land(tuple(used), titles, single, np.full(len(used), np.nan))
    if np.isfinite(area_ha):
        raise InputError.because("stock.area-twice", "area_ha", strata=offenders(used))
    land = _of_map(strata, used) if isinstance(strata, EcosystemMap) else _of_table(strata)
    strange = [u for u in used if u not in land.strata]
    if strange:
        raise InputError.because(
            "stock.stratum-unknown", "plots", strata=offenders(strange),
            known=offenders(land.strata, 20), nearest=nearest(strange[0], land.strata),
        )  # fmt: skip
    return land


def _of_table(table: pd.DataFrame) -> Land:
    require_columns(table, ("stratum", "area_ha"), subject="strata")
    rows = table.assign(stratum=[label(v) for v in table["stratum"]]).sort_values("stratum")
    if (rows["stratum"] == "").any():
        raise InputError.because("stock.stratum-unnamed", "strata")
    twice = sorted(rows["stratum"][rows["stratum"].duplicated()])
    if twice:
        raise InputError.because("stock.stratum-repeated", "strata", strata=offenders(twice))
    area = numbers(rows, "area_ha", "strata")
    bad = [f"{n}: {a:g}" for n, a in zip(rows["stratum"], area, strict=True) if not a > 0]
    if bad:
        raise InputError.because("stock.stratum-area", "strata", strata=offenders(bad))
    mean = np.full(len(rows), np.nan)
    if "covariate_mean" in rows.columns:
        mean = numbers(rows, "covariate_mean", "strata")
    names = tuple(rows["stratum"])
    spanish = rows["title_es"] if "title_es" in rows.columns else rows["stratum"]
    english = rows["title_en"] if "title_en" in rows.columns else spanish
    titles = tuple(Text(es=str(a), en=str(b)) for a, b in zip(spanish, english, strict=True))
    return Land(names, titles, area, mean)


def _of_map(ecosystems: EcosystemMap, used: list[str]) -> Land:
    kinds = sorted(
        (e for e in ecosystems.ecosystems if e.forest or e.name in used), key=lambda e: e.name
    )
    cells = np.array([np.count_nonzero(ecosystems.classes == e.code) for e in kinds])
    empty = [e.name for e, n in zip(kinds, cells, strict=True) if n == 0 and e.name in used]
    if empty:
        raise InputError.because("stock.stratum-area", "strata", strata=offenders(empty))
    shown = [i for i, n in enumerate(cells) if n]
    area = cells[shown] * ecosystems.grid.cell_area / 1e4
    return Land(
        tuple(kinds[i].name for i in shown), tuple(kinds[i].title for i in shown), area,
        np.full(len(shown), np.nan),
    )  # fmt: skip


def with_map(
    land: Land,
    plots: Plots,
    *,
    covariate: Raster | WindowedRaster,
    ecosystems: EcosystemMap | None,
) -> tuple[Land, np.ndarray]:
    """Mean of a map over each stratum, and its value at each plot (plots,).

    Without a map of ecosystems there may be one stratum only, which is the whole raster. Cells
    without a value (NaN) are no part of the land. A plot takes the cell in which it lies.

    Raises
    ------
    InputError
        `stock.covariate-strata`, `stock.covariate-empty`, `stock.plot-without-place`,
        `stock.plot-off-map` for plots off the raster or on a cell without a value.
    GeometryError
        `raster.other-grid`.
    """
    raster = windowed(covariate)
    if ecosystems is not None:
        require_same_grid(
            Raster(ecosystems.classes, ecosystems.grid, ecosystems.crs), raster, name="covariate"
        )
        codes = {s: ecosystems.by_name(s).code for s in land.strata}
    elif len(land.strata) > 1:
        raise InputError.because(
            "stock.covariate-strata", "covariate", strata=offenders(land.strata)
        )
    else:
        codes = {land.strata[0]: -1}
    means = _means(raster, ecosystems, codes)
    empty = [s for s, m in zip(land.strata, means, strict=True) if not np.isfinite(m)]
    if empty:
        raise InputError.because("stock.covariate-empty", "covariate", strata=offenders(empty))
    placed = Land(land.strata, land.titles, land.area_ha, means)
    return placed, _at_plots(raster, plots)


def _means(
    raster: WindowedRaster, ecosystems: EcosystemMap | None, codes: Mapping[str, int]
) -> np.ndarray:
    total, count = np.zeros(len(codes)), np.zeros(len(codes))
    cells = measured(raster)
    for window in windows(cells.shape):
        values = cells.read(window).astype(np.float64)
        known = np.isfinite(values)
        for i, code in enumerate(codes.values()):
            here = known
            if ecosystems is not None:
                here = known & (ecosystems.classes[window.slices] == code)
            total[i] += values[here].sum()
            count[i] += np.count_nonzero(here)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count)


def _at_plots(raster: WindowedRaster, plots: Plots) -> np.ndarray:
    unplaced = [n for n, x, y in zip(plots.name, plots.x, plots.y, strict=True)
                if not np.isfinite([x, y]).all()]  # fmt: skip
    if unplaced:
        raise InputError.because("stock.plot-without-place", "plots", plots=offenders(unplaced))
    values, off = np.full(len(plots.name), np.nan), []
    for i, (x, y) in enumerate(zip(plots.x, plots.y, strict=True)):
        try:
            row, column = raster.grid.cell_of(float(x), float(y))
        except (InputError, GeometryError):
            off.append(plots.name[i])
            continue
        values[i] = measured(raster).read(Window(row, column, 1, 1))[0, 0]
        if not np.isfinite(values[i]):
            off.append(plots.name[i])
    if off:
        raise InputError.because("stock.plot-off-map", "plots", plots=offenders(off))
    return values
