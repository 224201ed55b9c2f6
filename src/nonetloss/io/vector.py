"""Read a vector file as features in the CRS of the study, or say exactly why it cannot be."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from nonetloss.core.errors import GeometryError, InputError, NonetlossError
from nonetloss.core.findings import Finding, error, notice, offenders, warning
from nonetloss.io.placement import diagnose, inside_once_swapped
from nonetloss.landscape.crs import require_crs

Bounds = tuple[float, float, float, float]


def read(
    path: Path,
    *,
    name: str,
    crs: Any,
    bounds: Bounds | None = None,
    layer: str | None = None,
    where: Mapping[str, Sequence[Any]] | None = None,
    declared_crs: str | None = None,
    encoding: str | None = None,
    repair: bool = False,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Features of a file, in `crs`, with what a person must know about them.

    Parameters
    ----------
    path : Path
        Any vector file that GDAL reads.
    name : str
        How messages call it.
    crs : anything pyproj reads
        CRS of the study.
    bounds : (left, bottom, right, top), optional
        Extent of the study in `crs`: only features whose box meets it come back, whole. None: all.
    layer : str, optional
        Layer of the file; needed only if it has several.
    where : mapping of column to allowed values, optional
        Exact filter; all columns must match.
    declared_crs : str, optional
        CRS that the catalog declares, used if the file has none.
    encoding : str, optional
        Encoding of the texts; None: what the file says, else UTF-8.
    repair : bool
        Whether self-crossing polygons may be rebuilt. False: they are an error.

    Returns
    -------
    features : GeoDataFrame
        Possibly empty, if nothing lies in `bounds`; indexed from 0.
    findings : list of Finding
        Notices and warnings: nothing in the extent, features without shape, repaired shapes.

    Raises
    ------
    InputError, GeometryError
        `io.unreadable`, `io.unclosed-ring`, `io.layer-ambiguous`, `io.layer-missing`,
        `io.encoding`, `io.empty`, `io.column-missing`, `io.nothing-selected`,
        `io.crs-contradiction`, `crs.missing`, `io.coordinates-impossible`, `io.antimeridian`,
        `io.misplaced`, `io.invalid-geometry`.
    """
    features = _open(path, name=name, layer=layer, encoding=encoding)
    if features.empty:
        raise InputError.because("io.empty", name, file=path.name)
    features = select(features, where or {}, name=name)
    features = _with_crs(features, declared_crs, name=name)
    return place(features, name=name, crs=crs, bounds=bounds, repair=repair)


def place(
    features: gpd.GeoDataFrame,
    *,
    name: str,
    crs: Any,
    bounds: Bounds | None = None,
    repair: bool = False,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Features that know their CRS, checked, reprojected and reduced to the extent (see `read`)."""
    found: list[Finding] = []
    features, missing = _without_absent(features, name=name)
    found += missing
    check_coordinates(features, name=name)
    source = pyproj.CRS.from_user_input(features.crs)
    placed = features.to_crs(crs)
    if bounds is not None:
        boxes = placed.geometry.bounds.to_numpy()
        inside = _meets(boxes, bounds)
        if not inside.any():
            cause = diagnose(features.geometry.bounds.to_numpy(), source, crs, bounds)
            if cause is not None:
                raise GeometryError(error(f"io.misplaced-{cause}", name, bounds=_rounded(bounds)))
            found.append(notice("io.nothing-in-extent", name, count=len(placed)))
        else:
            found += _some_swapped(features[~inside], source, crs, bounds, name=name)
        placed = placed[inside]
    placed = placed.reset_index(drop=True)
    placed, repaired = _valid(placed, name=name, repair=repair)
    return placed, found + repaired


def _some_swapped(
    outside: gpd.GeoDataFrame, source: pyproj.CRS, crs: Any, bounds: Bounds, *, name: str
) -> list[Finding]:
    """A warning about single features that only lie in the extent once x and y change places."""
    wrong = inside_once_swapped(outside.geometry.bounds.to_numpy(), source, crs, bounds)
    if not wrong.any():
        return []
    rows = offenders(outside.index[wrong])
    return [warning("io.some-swapped", name, count=int(wrong.sum()), offenders=rows)]


def select(
    features: gpd.GeoDataFrame, where: Mapping[str, Sequence[Any]], *, name: str
) -> gpd.GeoDataFrame:
    """Features whose columns have one of the values; an empty answer is an error."""
    for column, values in where.items():
        if column not in features.columns:
            columns = offenders([c for c in features.columns if c != "geometry"], 20)
            raise InputError.because("io.column-missing", name, column=column, columns=columns)
        chosen = features[features[column].isin(list(values))]
        if chosen.empty:
            present = offenders(sorted(features[column].dropna().astype(str).unique()))
            raise InputError.because(
                "io.nothing-selected",
                name,
                column=column,
                values=offenders(values),
                present=present,
            )
        features = chosen
    return features


def check_coordinates(features: gpd.GeoDataFrame, *, name: str) -> None:
    """Raise if coordinates are impossible in the CRS the features declare.

    Degrees beyond ±180/±90 (often a projected file labeled as geographic, or latitude first),
    values that are not finite, and shapes that span more than half the Earth (drawn across the
    antimeridian).
    """
    boxes = features.geometry.bounds.to_numpy()
    finite = np.isfinite(boxes).all(axis=1)
    bad = ~finite
    if features.crs.is_geographic:
        bad |= (np.abs(boxes[:, [0, 2]]) > 180.0 + 1e-9).any(axis=1)
        bad |= (np.abs(boxes[:, [1, 3]]) > 90.0 + 1e-9).any(axis=1)
    if bad.any():
        rows = np.flatnonzero(bad)
        raise GeometryError.because(
            "io.coordinates-impossible",
            name,
            crs=features.crs.name,
            offenders=offenders(f"{i}: ({boxes[i, 0]:g}, {boxes[i, 1]:g})" for i in rows),
        )
    if features.crs.is_geographic:
        wide = np.flatnonzero(boxes[:, 2] - boxes[:, 0] > 180.0)
        if wide.size:
            raise GeometryError.because("io.antimeridian", name, offenders=offenders(wide))


def _open(path: Path, *, name: str, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    try:
        layers = [str(row[0]) for row in pyogrio.list_layers(path)]
        if layer is None and len(layers) > 1:
            spatial = [str(row[0]) for row in pyogrio.list_layers(path) if row[1] is not None]
            if len(spatial) != 1:
                raise InputError.because("io.layer-ambiguous", name, layers=offenders(layers, 20))
            layer = spatial[0]
        if layer is not None and layer not in layers:
            raise InputError.because(
                "io.layer-missing", name, layer=layer, layers=offenders(layers, 20)
            )
        with warnings.catch_warnings():
            # What GDAL only warns of is an error here, with the features it concerns.
            warnings.filterwarnings("ignore", "Non closed ring", RuntimeWarning)
            # Numbers and texts mixed in a column of GeoJSON: whoever reads the column tells it.
            warnings.filterwarnings("ignore", "Could not parse column", UserWarning)
            features = pyogrio.read_dataframe(path, layer=layer, encoding=encoding)
    except (UnicodeDecodeError, LookupError) as cause:
        raise InputError.because("io.encoding", name, encoding=encoding or "UTF-8") from cause
    except shapely.errors.GEOSException as cause:
        raise _no_shapes(path, name=name, layer=layer, problem=str(cause)) from cause
    except (DataSourceError, DataLayerError) as cause:
        raise InputError.because("io.unreadable", name, problem=str(cause)) from cause
    if not isinstance(features, gpd.GeoDataFrame):
        raise InputError.because("io.unreadable", name, problem="no geometry")
    _refuse_broken_text(features, name=name, encoding=encoding)
    return features


def _no_shapes(path: Path, *, name: str, layer: str | None, problem: str) -> NonetlossError:
    """What to raise if shapes cannot be made: of rings left open it names the features."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Non closed ring", RuntimeWarning)
        meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer)
    rows = [i for i, shape in enumerate(shapes) if _has_open_ring(shape)]
    if not rows:
        return InputError.because("io.unreadable", name, problem=problem)
    names = dict(zip(meta["fields"], columns, strict=True)).get("name", [None] * len(shapes))
    listed = offenders(f"{i} ({names[i]})" if names[i] else i for i in rows)
    return GeometryError.because("io.unclosed-ring", name, count=len(rows), offenders=listed)


def _has_open_ring(shape: bytes | None) -> bool:
    try:
        shapely.from_wkb(shape)
    except shapely.errors.GEOSException as problem:
        return "closed linestring" in str(problem)
    return False


def _refuse_broken_text(frame: pd.DataFrame, *, name: str, encoding: str | None) -> None:
    """U+FFFD in a text means that it was read in the wrong encoding: names would be lost."""
    for column in frame.columns:
        if column != "geometry" and pd.api.types.is_string_dtype(frame[column]):
            broken = frame[column].astype("string").str.contains("\ufffd", na=False)
            if broken.any():
                raise InputError.because("io.encoding", name, encoding=encoding or "UTF-8")


def _with_crs(features: gpd.GeoDataFrame, declared: str | None, *, name: str) -> gpd.GeoDataFrame:
    if features.crs is None:
        return features.set_crs(require_crs(declared, name=name))
    if declared is not None:
        wanted = require_crs(declared, name=name)
        if not wanted.equals(features.crs, ignore_axis_order=True):
            raise GeometryError.because(
                "io.crs-contradiction", name, found=features.crs.name, declared=wanted.name
            )
    return features


def _without_absent(
    features: gpd.GeoDataFrame, *, name: str
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    absent = (features.geometry.isna() | features.geometry.is_empty).to_numpy()
    kept = features[~absent].copy()
    kept.geometry = shapely.force_2d(kept.geometry.array)
    if kept.empty:
        raise InputError.because("io.empty", name, file=name)
    if not absent.any():
        return kept, []
    rows = offenders(np.flatnonzero(absent))
    return kept, [warning("io.without-geometry", name, count=int(absent.sum()), offenders=rows)]


def _valid(
    features: gpd.GeoDataFrame, *, name: str, repair: bool
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    invalid = ~features.geometry.is_valid.to_numpy()
    if not invalid.any():
        return features, []
    broken = features.geometry[invalid]
    if not repair:
        reasons = shapely.is_valid_reason(broken.array)
        listed = offenders(f"{i}: {r}" for i, r in zip(broken.index, reasons, strict=True))
        raise GeometryError.because(
            "io.invalid-geometry", name, count=int(invalid.sum()), offenders=listed
        )
    fixed = shapely.make_valid(broken.array, method="structure", keep_collapsed=False)
    before, after = float(shapely.area(broken.array).sum()), float(shapely.area(fixed).sum())
    repaired = features.copy()
    repaired.loc[invalid, repaired.geometry.name] = fixed
    # Rebuilding may leave nothing of a polygon that had collapsed to a line.
    repaired = repaired[~repaired.geometry.is_empty].reset_index(drop=True)
    return repaired, [
        warning(
            "io.repaired",
            name,
            count=int(invalid.sum()),
            offenders=offenders(broken.index),
            before_ha=round(before / 10_000, 3),
            after_ha=round(after / 10_000, 3),
            change_ha=round((after - before) / 10_000, 3),
        )
    ]


def _meets(boxes: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Which boxes (n, 4) meet a rectangle; boxes that are not finite meet nothing."""
    left, bottom, right, top = bounds
    result: np.ndarray = (
        (boxes[:, 0] <= right)
        & (boxes[:, 2] >= left)
        & (boxes[:, 1] <= top)
        & (boxes[:, 3] >= bottom)
    )
    return result


def _rounded(bounds: Bounds) -> tuple[int, ...]:
    return tuple(round(b) for b in bounds)
