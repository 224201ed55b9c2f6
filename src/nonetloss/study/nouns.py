"""Nouns from the sections of a study: alternatives, layers, relief, rasters, ecosystems."""

import difflib
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from nonetloss.core.errors import GeometryError, StudyError
from nonetloss.core.findings import error, notice, offenders, warning
from nonetloss.core.language import LANGUAGES, Language, Text, text
from nonetloss.io import raster
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.rules.model import RulesInForce
from nonetloss.study.schema import (
    AlternativesSection,
    EcosystemsSection,
    LayerSection,
    Place,
    ProjectSection,
    RasterSection,
    ReliefSection,
)
from nonetloss.study.sources import Bounds, Sources, require_columns


def point(place: Place, *, crs: Any, name: str) -> tuple[float, float]:
    """(x, y) of a place in the CRS of the study.

    Raises
    ------
    GeometryError
        `study.place` if the coordinates are impossible in the CRS they are declared in.
    """
    source = pyproj.CRS.from_user_input(place.crs or crs)
    degrees = source.is_geographic and (abs(place.x) > 180 or abs(place.y) > 90)
    x, y = pyproj.Transformer.from_crs(source, crs, always_xy=True).transform(place.x, place.y)
    if degrees or not np.isfinite([x, y]).all():
        raise GeometryError.because("study.place", name, x=place.x, y=place.y, crs=source.name)
    return float(x), float(y)


def alternatives(
    section: AlternativesSection,
    project: ProjectSection,
    sources: Sources,
    *,
    bounds: Bounds | None,
) -> tuple[Alternative, ...]:
    """The alternatives that the user brings, in the order of the file: one feature each.

    Equal names are an error, not parts of one alternative: nothing tells two routes that a person
    named alike from two stretches of one route.
    """
    features = sources.features(section.source, bounds=None)
    columns = [section.name]
    if section.title is not None:
        columns += [section.title.es, section.title.en]
    require_columns(features, columns, name=section.source)
    _require_names(features[section.name], name=section.source)
    if bounds is not None:
        _require_inside(features, section.name, bounds, name=section.source)
    made = []
    for _, row in features.iterrows():
        name, shape = str(row[section.name]), row.geometry
        title = (
            Text(es=str(row[section.title.es]), en=str(row[section.title.en]))
            if section.title is not None
            else Text.of(name)
        )
        if shape.geom_type == "MultiLineString":
            shape = shapely.line_merge(shape)
        made.append(Alternative(name, title, shape, project.right_of_way or 0.0))
    return tuple(made)


def layer(
    name: str, section: LayerSection, sources: Sources, ruleset: RulesInForce, *, bounds: Bounds
) -> Layer:
    """A layer with the role, ground and setback of the rule set, or those the study records."""
    told = len(sources.found)
    features = sources.features(section.source, bounds=bounds, where=section.where)
    if section.hidden:
        _silence(name, sources, told)
    if section.label:
        require_columns(features, [section.label], name=f"layers.{name}")
    role: str | None = section.role
    setback = section.setback
    if role is None or setback is None:
        rule = ruleset.layer_rule(section.kind)
        role = role if role is not None else rule.role
        setback = setback if setback is not None else rule.setback_m
    if features.empty and role in (Role.PROHIBITED, Role.RESTRICTED):
        _warn_absent(name, sources, told)
    return Layer(
        name=name,
        title=section.title,
        features=features,
        role=Role(str(role)),
        kind=section.kind,
        setback_m=setback,
        hidden=section.hidden,
        label_field=section.label,
        source=sources.used[section.source],
        ground=section.ground,
    )


def relief(section: ReliefSection, sources: Sources, *, grid: Grid, bounds: Bounds) -> Raster:
    """Elevation or slope on the grid; NaN where unknown."""
    if sources.section(section.source).kind == "raster":
        values = sources.band(section.source, grid=grid, method="bilinear")
    else:
        features = sources.features(section.source, bounds=bounds)
        require_columns(features, [section.field], name="relief.field")
        numbers = pd.to_numeric(features[section.field], errors="coerce")
        if numbers.isna().any():
            bad = offenders(features.loc[numbers.isna(), section.field])
            raise StudyError.because(
                "io.not-numbers", section.source, column=section.field, offenders=bad
            )
        # The highest of overlapping classes holds, whatever their order in the file.
        order = np.argsort(numbers.to_numpy(), kind="stable")
        shapes = features.geometry.array[order]
        values = raster.burn(shapes, numbers.to_numpy()[order], grid=grid).astype(np.float32)
        if section.elsewhere is not None:
            taken = f"{section.elsewhere:g} {section.unit}"
            _assumed(section.source, sources, np.isnan(values), Text.of(taken))
            values[np.isnan(values)] = section.elsewhere
    if np.isnan(values).any():
        percent = round(100 * float(np.isnan(values).mean()), 1)
        sources.remember([notice("study.relief-unknown", section.source, percent=percent)])
    return Raster(values, grid, str(sources.crs), section.unit, sources.used[section.source])


def placed_raster(
    section: RasterSection, sources: Sources, *, grid: Grid
) -> Raster | WindowedRaster:
    """A raster of the study on its grid; NaN where the file has nothing.

    A windowed one is not read yet, and not resampled: its file must have the cells of the grid.

    Raises
    ------
    StudyError, GeometryError
        `study.source-kind` unless the source is a raster; as `Sources.windowed`.
    """
    if section.windowed:
        return sources.windowed(section.source, grid=grid, unit=section.unit)
    sources.path(section.source, kinds=("raster",))
    values = sources.band(section.source, grid=grid, method=section.method)
    if np.isnan(values).any():
        percent = round(100 * float(np.isnan(values).mean()), 1)
        sources.remember([notice("study.raster-unknown", section.source, percent=percent)])
    return Raster(values, grid, str(sources.crs), section.unit, sources.used[section.source])


def ecosystems(
    section: EcosystemsSection, sources: Sources, *, grid: Grid, bounds: Bounds
) -> EcosystemMap:
    """The map of ecosystems on the grid. Codes follow the order of the study, from 1."""
    kinds = tuple(
        Ecosystem(
            code=code,
            name=name,
            title=entry.title,
            value=entry.value,
            forest=entry.forest,
            offsettable=entry.offsettable,
            better=entry.better,
        )
        for code, (name, entry) in enumerate(section.classes.items(), start=1)
    )
    meaning = {
        str(value): kind.code
        for kind, entry in zip(kinds, section.classes.values(), strict=True)
        for value in (entry.values or (kind.name,))
    }
    if sources.section(section.source).kind == "raster":
        classes = _coded(section, sources, meaning, grid)
    else:
        classes = _burned(section, sources, meaning, grid, bounds)
    # A name that is no class was told where names are checked.
    filler = {k.name: k for k in kinds}.get(section.elsewhere or "")
    if filler is not None:
        _assumed(section.source, sources, classes == 0, filler.title)
        classes[classes == 0] = filler.code
    source = sources.used[section.source]
    return EcosystemMap(classes, grid, str(sources.crs), kinds, source)


def _coded(
    section: EcosystemsSection, sources: Sources, meaning: dict[str, int], grid: Grid
) -> np.ndarray:
    band = sources.band(section.source, grid=grid, method="mode")
    classes = np.zeros(grid.shape, dtype=np.int16)
    unknown = []
    codes = np.unique(band[np.isfinite(band)])
    broken = codes[codes != np.trunc(codes)]
    if len(broken):
        values = offenders(f"{v:g}" for v in broken)
        raise StudyError.because("study.class-not-whole", section.source, values=values)
    for code in codes:
        if str(int(code)) in meaning:
            classes[band == code] = meaning[str(int(code))]
        else:
            unknown.append(int(code))
    if unknown:
        found = warning("study.class-unknown", section.source, values=offenders(unknown))
        sources.remember([found])
    return classes


def _burned(
    section: EcosystemsSection,
    sources: Sources,
    meaning: dict[str, int],
    grid: Grid,
    bounds: Bounds,
) -> np.ndarray:
    features = sources.features(section.source, bounds=bounds)
    require_columns(features, [section.field], name="ecosystems.field")
    values = features[section.field].astype(str)
    unknown = sorted(set(values) - set(meaning))
    if unknown:
        values_told = _with_guesses(unknown, meaning)
        found = warning("study.class-unknown", section.source, values=values_told)
        sources.remember([found])
    classes = np.zeros(grid.shape, dtype=np.int16)
    twice = np.zeros(grid.shape, dtype=bool)
    codes = values.map(meaning)
    # The class that the study names first holds where polygons overlap, whatever their order.
    for code in sorted(set(codes.dropna().astype(int))):
        shapes = features.geometry.array[(codes == code).to_numpy()]
        covered = np.isfinite(raster.burn(shapes, np.ones(len(shapes)).tolist(), grid=grid))
        twice |= covered & (classes != 0)
        classes[covered & (classes == 0)] = code
    if twice.any():
        percent = round(100 * float(twice.mean()), 2)
        sources.remember([warning("study.class-overlap", section.source, percent=percent)])
    return classes


def _with_guesses(unknown: Iterable[str], known: Iterable[str]) -> Text:
    """Unknown names, each with the known one that it may be a slip of."""
    listed = list(known)
    told: dict[Language, list[str]] = {language: [] for language in LANGUAGES}
    for name in unknown:
        # A class that the study leaves out on purpose resembles none this closely.
        near = difflib.get_close_matches(name, listed, n=1, cutoff=0.75)
        for language, parts in told.items():
            guess = text("study.class-guess", language, nearest=near[0]) if near else ""
            parts.append(f"{name} {guess}".strip())
    return Text(es=offenders(told["es"]), en=offenders(told["en"]))


def _require_names(names: pd.Series, *, name: str) -> None:
    """Raise unless every feature has a name of its own."""
    written = names.astype("string").fillna("").str.strip()
    blank = np.flatnonzero((written == "").to_numpy())
    repeated = sorted(set(written[written.duplicated() & (written != "")]))
    found = []
    if blank.size:
        column, rows = str(names.name), offenders(blank)
        found.append(error("study.name-blank", name, column=column, offenders=rows))
    if repeated:
        listed = offenders(repeated, 20)
        found.append(error("study.alternatives-repeated", name, names=listed))
    if found:
        raise StudyError(*found)


def _require_inside(features: gpd.GeoDataFrame, label: str, bounds: Bounds, *, name: str) -> None:
    inside = features.geometry.within(shapely.box(*bounds))
    if not inside.all():
        outside = offenders(features.loc[~inside, label])
        raise GeometryError.because(
            "study.outside-extent",
            name,
            offenders=outside,
            bounds=tuple(round(b) for b in bounds),
        )


def _assumed(source: str, sources: Sources, cells: np.ndarray, taken: Text) -> None:
    """How much of the extent carries what the study assumes and no file says."""
    if cells.any():
        percent = round(100 * float(cells.mean()), 1)
        sources.remember([notice("study.elsewhere", source, percent=percent, taken=taken)])


def _warn_absent(name: str, sources: Sources, told: int) -> None:
    """That nothing enters a layer which is not in the extent is no result: say so, as a warning."""
    sources.found[told:] = [f for f in sources.found[told:] if f.code != "io.nothing-in-extent"]
    sources.remember([warning("study.exclusion-absent", f"layers.{name}")])


def _silence(name: str, sources: Sources, told: int) -> None:
    """What reading a hidden layer found would tell how many features it has, and how large."""
    codes = [f.code for f in sources.found[told:]]
    if codes:
        sources.found[told:] = [notice("study.hidden-read", name, codes=offenders(codes))]
