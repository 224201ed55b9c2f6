"""Why does a layer lie nowhere near the study? Try the usual mistakes with coordinates."""

from typing import Any, Literal

import numpy as np
import pyproj

Cause = Literal["swapped", "hemisphere"]

# Southern UTM zones count northings from 10,000 km below the equator.
_FALSE_NORTHING_M = 10_000_000.0


def diagnose(
    boxes: np.ndarray,
    source: pyproj.CRS,
    target: Any,
    bounds: tuple[float, float, float, float],
) -> Cause | None:
    """The mistake that would explain why features lie outside the extent.

    Parameters
    ----------
    boxes : ndarray (n, 4)
        (left, bottom, right, top) of features, in `source`.
    source, target : CRS of the file and of the study
    bounds : (left, bottom, right, top)
        Extent of the study, in `target`.

    Returns
    -------
    str or None
        "swapped" if most features fall inside the extent once x and y change places,
        "hemisphere" if they do once a sign (or the false northing of a UTM zone) changes;
        None if neither explains it.
    """
    x, y = _centers(boxes)
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    attempts: list[tuple[Cause, np.ndarray, np.ndarray]] = [("swapped", y, x)]
    if source.is_geographic:
        attempts += [("hemisphere", x, -y), ("hemisphere", -x, y), ("hemisphere", -x, -y)]
        attempts += [("swapped", -y, -x)]
    else:
        attempts += [("hemisphere", x, y + _FALSE_NORTHING_M)]
        attempts += [("hemisphere", x, y - _FALSE_NORTHING_M)]
    for cause, tried_x, tried_y in attempts:
        if _inside(tried_x, tried_y, transformer, bounds).mean() > 0.5:
            return cause
    return None


def inside_once_swapped(
    boxes: np.ndarray,
    source: pyproj.CRS,
    target: Any,
    bounds: tuple[float, float, float, float],
) -> np.ndarray:
    """Which features (n,) have their center in the extent once x and y change places.

    Parameters as in `diagnose`. Meant for features outside the extent; no features give an empty
    array.
    """
    x, y = _centers(boxes)
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return _inside(y, x, transformer, bounds)


def swapped_for_use(boxes: np.ndarray, system: pyproj.CRS) -> bool:
    """Whether shapes lie outside the area of use of a CRS, and in it once x and y change places.

    For what itself draws the extent, so that there is no extent yet to compare with.

    Parameters
    ----------
    boxes : ndarray (n, 4)
        (left, bottom, right, top) in `system`, whatever CRS they were written in. Both degrees and
        coordinates of `system` are tried.
    system : CRS of the study
        Without an area of use the answer is False.
    """
    use = system.area_of_use
    if use is None or use.west > use.east:
        return False
    degrees = (use.west, use.south, use.east, use.north)
    geographic = system.geodetic_crs
    x, y = _centers(boxes)
    longitude, latitude = pyproj.Transformer.from_crs(system, geographic, always_xy=True).transform(
        x, y
    )
    to_same = pyproj.Transformer.from_crs(geographic, geographic, always_xy=True)
    to_degrees = pyproj.Transformer.from_crs(system, geographic, always_xy=True)
    if _inside(longitude, latitude, to_same, degrees).mean() > 0.5:
        return False
    as_degrees = _inside(latitude, longitude, to_same, degrees).mean()
    as_written = _inside(y, x, to_degrees, degrees).mean()
    return bool(max(as_degrees, as_written) > 0.5)


def _centers(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2


def _inside(
    x: np.ndarray,
    y: np.ndarray,
    transformer: pyproj.Transformer,
    bounds: tuple[float, float, float, float],
) -> np.ndarray:
    east, north = transformer.transform(x, y)
    inside: np.ndarray = (
        (east >= bounds[0]) & (east <= bounds[2]) & (north >= bounds[1]) & (north <= bounds[3])
    )
    return inside
