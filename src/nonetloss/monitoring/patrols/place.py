"""Whether tracks lie where the study is, or somewhere else by a mistake in the columns."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from nonetloss.core.errors import InputError
from nonetloss.monitoring.patrols.log import WGS84
from nonetloss.numerics.grid import Grid

# Fewer than these in the study, and the tracks are of another place.
FEW, MANY = 0.05, 0.5


def require_near(
    fixes: pd.DataFrame, zones: gpd.GeoDataFrame | None, *, grid: Grid, crs: str
) -> None:
    """Refuse positions that nearly all lie outside the study.

    Parameters
    ----------
    fixes : DataFrame
        longitude and latitude in degrees (WGS 84); NaN where the place is unknown.
    zones : GeoDataFrame or None
        Their extent counts as the study too, where it goes beyond the grid.
    grid : Grid
    crs : str
        Of the grid.

    Raises
    ------
    InputError
        `patrols.swapped` if most positions lie inside once longitude and latitude change places;
        else `patrols.outside`. Nothing if no place is known.
    """
    place = fixes[["longitude", "latitude"]].dropna().to_numpy(dtype=np.float64)
    if not len(place):
        return
    bounds = [grid.bounds]
    if zones is not None and len(zones):
        bounds.append(tuple(zones.to_crs(crs).total_bounds))
    extents = np.asarray(bounds, dtype=np.float64)
    share = _inside(place, extents, crs)
    if share >= FEW:
        return
    swapped = _inside(place[:, ::-1], extents, crs)
    facts = {"count": len(place), "outside": f"{100 * (1 - share):.0f}"}
    west, south, east, north = (float(v) for v in np.quantile(place, (0, 1), axis=0).ravel())
    facts |= {"longitude": f"{west:.3f} – {east:.3f}", "latitude": f"{south:.3f} – {north:.3f}"}
    code = "patrols.swapped" if swapped >= MANY else "patrols.outside"
    raise InputError.because(code, "tracks", **facts)


def _inside(place: np.ndarray, extents: np.ndarray, crs: str) -> float:
    """Share of (positions, longitude and latitude) in any of the (extents, 4)."""
    planar = pyproj.Transformer.from_crs(WGS84, crs, always_xy=True)
    x, y = (np.asarray(v) for v in planar.transform(place[:, 0], place[:, 1]))
    within = np.zeros(len(place), dtype=bool)
    for left, bottom, right, top in extents:
        within |= (left <= x) & (x <= right) & (bottom <= y) & (y <= top)
    return float(within.mean())
