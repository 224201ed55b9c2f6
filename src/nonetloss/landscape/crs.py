"""The one gate for coordinate reference systems. It raises; it never warns (conventions §2)."""

from typing import Any

import numpy as np
import pyproj

from nonetloss.core.errors import GeometryError

# Largest areal distortion that a study may carry, as a share of the true area.
AREA_TOLERANCE = 0.005


def require_crs(crs: Any, *, name: str) -> pyproj.CRS:
    """The CRS of a layer, or an error that names the layer if it has none."""
    if crs is None:
        raise GeometryError.because("crs.missing", name)
    return pyproj.CRS.from_user_input(crs)


def require_same(crs: Any, expected: Any, *, name: str) -> None:
    """Raise unless a layer is in the CRS of the study."""
    found = require_crs(crs, name=name)
    wanted = pyproj.CRS.from_user_input(expected)
    if not found.equals(wanted, ignore_axis_order=True):
        raise GeometryError.because("crs.mixed", name, found=found.name, expected=wanted.name)


def require_metric(crs: Any, *, name: str) -> None:
    """Raise `crs.not-metric` unless a CRS is projected and in meters."""
    system = require_crs(crs, name=name)
    units = {axis.unit_name for axis in system.axis_info}
    if not system.is_projected or units != {"metre"}:
        raise GeometryError.because("crs.not-metric", system.name, units=", ".join(sorted(units)))


def study_crs(crs: Any, bounds: tuple[float, float, float, float]) -> pyproj.CRS:
    """The CRS of a study, checked to be projected, in meters and true to area over its extent.

    Parameters
    ----------
    crs : anything pyproj reads
    bounds : (left, bottom, right, top) in that CRS, meters

    Raises
    ------
    GeometryError
        `crs.unknown`, `crs.not-metric`, `crs.out-of-use` or `crs.distorted`, if the areal
        distortion anywhere on a 5 × 5 lattice over the extent exceeds `AREA_TOLERANCE`.
    """
    try:
        system = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as cause:
        raise GeometryError.because("crs.unknown", str(crs)) from cause
    require_metric(system, name=str(crs))
    worst = areal_distortion(system, bounds)
    if not np.isfinite(worst):
        raise GeometryError.because("crs.out-of-use", system.name, bounds=bounds)
    if worst > AREA_TOLERANCE:
        raise GeometryError.because(
            "crs.distorted", system.name, percent=round(100 * worst, 2), limit=100 * AREA_TOLERANCE
        )
    return system


def areal_distortion(system: pyproj.CRS, bounds: tuple[float, float, float, float]) -> float:
    """Largest |areal scale - 1| on a 5 × 5 lattice over `bounds`; NaN or inf outside use."""
    x, y = np.meshgrid(np.linspace(bounds[0], bounds[2], 5), np.linspace(bounds[1], bounds[3], 5))
    geographic = system.geodetic_crs
    to_degrees = pyproj.Transformer.from_crs(system, geographic, always_xy=True)
    longitude, latitude = to_degrees.transform(x.ravel(), y.ravel())
    if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
        return float("inf")
    factors = pyproj.Proj(system).get_factors(longitude, latitude)
    return float(np.max(np.abs(np.asarray(factors.areal_scale) - 1)))
