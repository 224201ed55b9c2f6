"""A statistical model of deforestation that must beat the benchmark."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import expit

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.risk.alternative_method import METHOD
from nonetloss.forest.risk.benchmark import Benchmark
from nonetloss.forest.risk.classes import ClassesOf, StoredClasses
from nonetloss.forest.risk.cover import Date, ForestCover, Period
from nonetloss.forest.risk.density import Fitted, fit_classes, fitted_map, predict_classes
from nonetloss.forest.risk.drivers import (
    Driver,
    distance_edges,
    edge_driver,
    loss_driver,
    near_driver,
    outside_driver,
    share_driver,
    value_driver,
)
from nonetloss.forest.risk.edges import pixel_m
from nonetloss.forest.risk.nearness import nearness
from nonetloss.forest.risk.random_effect import Counts, Precisions, fit_effects, problem_of
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.forest.risk.spatial_model import Lattice, SpatialModel, counts_of, lattice_over
from nonetloss.forest.risk.validation import FOLDS, cross_validated
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster, windowed
from nonetloss.numerics.windows import ArrayStore, CellStore, WritableCells, fill

__all__ = ["METHOD", "AlternativeModel", "alternative"]

MODEL: Final = "spatial"
_PERIODS: Final[tuple[Period, Period]] = ("calibration", "historical")
# Dates at which the model of each period is asked for classes.
_DATES: Final[dict[Period, tuple[Date, Date]]] = {"calibration": (1, 2), "historical": (1, 3)}


@dataclass(frozen=True, slots=True)
class AlternativeModel:
    """Result of `alternative`: maps as those of the benchmark, and how they came about.

    `validation`: drivers (names), bins_stiffness, cells_stiffness, deviance (held out), per_pixel,
    chosen. `effects`, per fit and bin of each driver: fit, driver, title, unit, bin, lower, upper,
    pixels, lost, frequency (observed), effect (logit, zero on average over pixels), odds_ratio.
    `neighborhoods`, those with forest: fit, row, column, x, y (middle), pixels, lost, effect.
    `densities` as those of the benchmark. `models`: those fitted to `calibration` and
    `historical`, and two more of the history for `forest.road-risk`: `scenario`, without recent
    loss (which a road brings along), and `without-place`, the same without neighborhoods.
    """

    validation: pd.DataFrame
    effects: pd.DataFrame
    neighborhoods: pd.DataFrame
    densities: pd.DataFrame
    calibration: RiskMap
    confirmation: RiskMap
    validity: RiskMap
    models: Mapping[str, SpatialModel]
    findings: tuple[Finding, ...]


def alternative(
    cover: ForestCover,
    *,
    benchmark: Benchmark,
    layers: Sequence[Layer] = (),
    covariates: Sequence[Raster | WindowedRaster] = (),
    near: Sequence[str] = (),
    reach_m: float = 10_000.0,
    covariate_names: Sequence[str] = (),
    forest_around_m: Sequence[float] = (150.0, 750.0),
    loss_around_cells: Sequence[float] = (2, 10),
    border: bool = True,
    neighborhood_m: float = 5_000.0,
    stiffness: Sequence[float] = (2.0, 8.0, 32.0, 128.0, 512.0),
    bins_stiffness: float = 2.0,
    store: CellStore | None = None,
    workers: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> AlternativeModel:
    """Fit a logistic model with effects of drivers and of neighborhoods, and predict with it.

    As for the benchmark: fitted on the calibration period it predicts the confirmation period,
    fitted on the whole history it predicts the validity period. Whether all drivers are used, all
    but recent loss, or the edge alone, is chosen by cross-validation on whole neighborhoods in the
    calibration period only, at the middle of the stiffnesses; then the stiffness likewise. The
    chance becomes thirty classes, and from there on all is done as for the benchmark: regions,
    frequencies, expected loss.

    Parameters
    ----------
    cover : ForestCover
    benchmark : Benchmark
        Gives threshold, divisions, and what is expected in the validity period.
    layers : sequence of Layer
        Only those named in `near` are read.
    covariates, covariate_names
        Rasters on the grid of the cover, and a name for each; NaN is a bin of its own.
    near : names of layers
        Distance to each is a driver.
    reach_m : float
        Beyond it distances are one bin.
    forest_around_m : sequence of float
        Share of forest within each distance is a driver. Empty: none.
    loss_around_cells : sequence of whole numbers
        Share lost in the fitted period within each number of cells is a driver. Empty: none.
    border : bool
        Distance to the outside of the cover is a driver, where it has an outside.
    neighborhood_m : float
    stiffness : sequence of float
        Candidates for τ of `random_effect`.
    bins_stiffness : float
        λ of `random_effect`.
    store, workers, progress : optional
        As for the benchmark.

    Returns
    -------
    AlternativeModel

    Raises
    ------
    InputError
        `model.layer`, `model.hidden` (maps would show where the layer lies), `model.covariates`,
        `model.driver-names`, `model.radius`, `model.radius-cells`, `model.constant`,
        `model.neighborhood`, `model.combinations`, `model.stiffness`, `model.nothing-lost`,
        `model.folds`, `model.unsettled`, and those of the benchmark's maps.
    GeometryError
        `crs.mixed`, `raster.other-grid`, those of `landscape.shapes`.

    References
    ----------
    Besag et al. 1991, doi 10.1007/BF00116466. forestatrisk (doi 10.21105/joss.02975) samples
    pixels and draws from the posterior; here every pixel is counted and the mode is taken.
    """
    drivers = [edge_driver(cover, benchmark.threshold_m)]
    drivers += [share_driver(cover, radius) for radius in dict.fromkeys(forest_around_m)]
    if border and cover.inside is not None:
        drivers.append(outside_driver(cover, reach_m))
    drivers += _near_drivers(near, layers, cover, reach_m)
    drivers += _value_drivers(covariates, covariate_names, cover)
    _require_names(drivers)
    lasting = tuple(range(len(drivers)))
    offered = {
        period: [
            *drivers,
            *(loss_driver(cover, period, r) for r in _whole_numbers(loss_around_cells)),
        ]
        for period in _PERIODS
    }
    lattice = lattice_over(
        cover.codes.cells.shape, pixel_m=pixel_m(cover.codes.grid), side_m=neighborhood_m
    )
    tell = _teller(progress, 8)
    count = partial(counts_of, cover, lattice=lattice, workers=workers)
    first = count(drivers=offered["calibration"], period="calibration", progress=tell(0))
    validation, chosen, precisions = _chosen(
        first, offered["calibration"], lasting, lattice, stiffness, bins_stiffness, tell(1)
    )
    second = count(drivers=offered["historical"], period="historical", progress=tell(2))
    models, tables = _models(
        cover, {"calibration": first, "historical": second}, offered, chosen, lasting, lattice,
        precisions,
    )  # fmt: skip
    divisions = benchmark.fits[0].divisions
    classes = [
        _classified(models[period], dates, store, workers, tell(3 + i))
        for i, (period, dates) in enumerate(_DATES.items())
    ]
    fits = [
        fit_classes(cover, own, period=period, divisions=divisions, workers=workers)
        for own, period in zip(classes, _PERIODS, strict=True)
    ]
    maps = _maps(cover, benchmark, classes, fits, store, workers, tell)
    return AlternativeModel(
        validation, *tables, _density_table(fits), *maps, models, _doubts(validation, maps)
    )


def _whole_numbers(given: Sequence[float]) -> list[int]:
    """Numbers of cells, each once."""
    wrong = [n for n in given if isinstance(n, str) or not float(n).is_integer()]
    if wrong:
        raise InputError.because("model.radius-cells", "loss_around_cells", found=offenders(wrong))
    return list(dict.fromkeys(int(n) for n in given))


def _models(
    cover: ForestCover,
    counts: Mapping[Period, Counts],
    offered: Mapping[Period, Sequence[Driver]],
    chosen: tuple[int, ...],
    lasting: tuple[int, ...],
    lattice: Lattice,
    precisions: Precisions,
) -> tuple[dict[str, SpatialModel], tuple[pd.DataFrame, pd.DataFrame]]:
    """Models by name, and the tables of effects and of neighborhoods."""
    fit = partial(_model, cover=cover, precisions=precisions)
    models: dict[str, SpatialModel] = {}
    effects, places = [], []
    for period in _PERIODS:
        own = counts[period].of_drivers(chosen)
        used = [offered[period][c] for c in chosen]
        models[period] = fit(own, drivers=used, lattice=lattice, period=period)
        effects.append(_effect_table(models[period], own))
        places.append(_neighborhood_table(models[period], own))
    kept = tuple(c for c in chosen if c in lasting)
    own = counts["historical"].of_drivers(kept)
    model = partial(fit, drivers=[offered["historical"][c] for c in kept], period="historical")
    models["scenario"] = model(own, lattice=lattice, sure=True)
    models["without-place"] = model(
        replace(own, cell=np.zeros_like(own.cell)),
        lattice=Lattice(max(cover.codes.cells.shape), (1, 1)),
    )
    tables = pd.concat(effects, ignore_index=True), pd.concat(places, ignore_index=True)
    return models, tables


def _classified(
    model: SpatialModel,
    dates: Sequence[Date],
    store: CellStore | None,
    workers: Executor | None,
    progress: Callable[[float], None] | None,
) -> StoredClasses:
    """Classes of a model, worked out once: fits and maps read them several times."""
    found: dict[Date, WritableCells] = {}
    for date in dates:
        name = f"alternative-classes-{model.period}-{date}"
        room = (store or ArrayStore()).create(
            name, shape=model.cover.codes.cells.shape, dtype=np.uint8
        )
        part = _part_of(progress, len(found), len(dates))
        fill(room, partial(model, date=date), workers=workers, progress=part)
        found[date] = room
    return StoredClasses(found)


def _part_of(
    progress: Callable[[float], None] | None, done: int, stages: int
) -> Callable[[float], None] | None:
    if progress is None:
        return None
    return lambda share: progress((done + share) / stages)


def _teller(
    progress: Callable[[str, float], None] | None, stages: int
) -> Callable[[int], Callable[[float], None] | None]:
    def at(stage: int) -> Callable[[float], None] | None:
        if progress is None:
            return None
        tell = progress
        return lambda share: tell("alternative", (stage + share) / stages)

    return at


def _near_drivers(
    near: Sequence[str], layers: Sequence[Layer], cover: ForestCover, reach_m: float
) -> list[Driver]:
    known = {layer.name: layer for layer in layers}
    reach = float(distance_edges(pixel_m(cover.codes.grid), reach_m)[-1])
    made = []
    for name in dict.fromkeys(near):
        if name not in known:
            listed = offenders(sorted(k for k in known if not known[k].hidden), 20) or "–"
            raise InputError.because("model.layer", name, known=listed)
        layer = known[name]
        if layer.hidden:
            raise InputError.because("model.hidden", name)
        require_same(layer.features.crs, cover.codes.crs, name=name)
        geometries = layer.features.geometry
        distances = nearness(geometries, grid=cover.codes.grid, reach_m=reach, subject=name)
        title = Text(es=f"Distancia: {layer.title.es}", en=f"Distance: {layer.title.en}")
        made.append(near_driver(name, title, distances, reach_m=reach_m))
    return made


def _require_names(drivers: Sequence[Driver]) -> None:
    names = [d.name for d in drivers]
    twice = dict.fromkeys(n for n in names if names.count(n) > 1)
    if twice:
        raise InputError.because("model.driver-names", "drivers", names=offenders(twice))


def _value_drivers(
    rasters: Sequence[Raster | WindowedRaster], names: Sequence[str], cover: ForestCover
) -> list[Driver]:
    if len(rasters) != len(names) or len(set(names)) < len(names):
        raise InputError.because(
            "model.covariates", "covariates", rasters=len(rasters), names=offenders(names) or "–"
        )
    return [
        value_driver(str(name), Text.of(str(name)), windowed(raster), cover)
        for name, raster in zip(names, rasters, strict=True)
    ]


def _chosen(
    counts: Counts,
    drivers: Sequence[Driver],
    lasting: tuple[int, ...],
    lattice: Lattice,
    stiffness: Sequence[float],
    bins_stiffness: float,
    progress: Callable[[float], None] | None,
) -> tuple[pd.DataFrame, tuple[int, ...], Precisions]:
    """(table of what was tried, indices of the drivers to use, precisions to use)."""
    numbers = [float(s) for s in stiffness]
    if not numbers or not all(0 < n < np.inf for n in numbers):
        raise InputError.because("model.stiffness", "stiffness", found=offenders(numbers) or "–")
    tries = sorted(set(numbers))
    middle = tries[len(tries) // 2]
    sets = list(dict.fromkeys([(0,), lasting, tuple(range(len(drivers)))]))
    look = partial(cross_validated, counts, sizes=[len(d) for d in drivers], lattice=lattice.shape)
    choices = [(s, Precisions(bins_stiffness, middle)) for s in sets]
    found = look(choices=choices)
    if progress is not None:
        progress(0.5)
    best = sets[int(np.flatnonzero(found["chosen"])[0])]
    more = [(best, Precisions(bins_stiffness, t)) for t in tries if t != middle]
    if more:
        choices += more
        found = pd.concat([found, look(choices=more)], ignore_index=True)
        found["chosen"] = np.arange(len(found)) == int(found["deviance"].argmin())
    found.insert(0, "drivers", [", ".join(drivers[c].name for c in s) for s, _ in choices])
    found.insert(1, "bins_stiffness", bins_stiffness)
    found.insert(2, "cells_stiffness", [p.cells for _, p in choices])
    found.insert(3, "folds", FOLDS)
    at = int(np.flatnonzero(found["chosen"])[0])
    return found, *choices[at]


def _model(
    counts: Counts,
    *,
    cover: ForestCover,
    drivers: Sequence[Driver],
    lattice: Lattice,
    precisions: Precisions,
    period: Period,
    sure: bool = False,
) -> SpatialModel:
    sizes = [len(d) for d in drivers]
    fit = fit_effects(problem_of(counts, sizes=sizes, lattice=lattice.shape, precisions=precisions))
    return SpatialModel(
        period,
        cover,
        tuple(drivers),
        lattice,
        fit.effects,
        float(expit(fit.effects.logit(counts.bins, counts.cell)).max()),
        precisions.bins,
        precisions.cells,
        tuple(fit.covariance_of(d) for d in range(len(drivers)) if sure),
    )


def _effect_table(model: SpatialModel, counts: Counts) -> pd.DataFrame:
    parts = []
    for d, driver in enumerate(model.drivers):
        size = len(driver)
        pixels = np.bincount(counts.bins[:, d], weights=counts.pixels, minlength=size)
        lost = np.bincount(counts.bins[:, d], weights=counts.lost, minlength=size)
        effect = model.effects.drivers[d] - np.average(model.effects.drivers[d], weights=pixels)
        with np.errstate(invalid="ignore"):
            frequency = lost / np.where(pixels > 0, pixels, np.nan)
        parts.append(
            pd.DataFrame(
                {
                    "fit": model.period,
                    "driver": driver.name,
                    "title": pd.Series([driver.title] * size, dtype=object),
                    "unit": driver.unit,
                    "bin": np.arange(size),
                    "lower": driver.lower,
                    "upper": driver.upper,
                    "pixels": pixels.astype(np.int64),
                    "lost": lost.astype(np.int64),
                    "frequency": frequency,
                    "effect": effect,
                    "odds_ratio": np.exp(effect),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _neighborhood_table(model: SpatialModel, counts: Counts) -> pd.DataFrame:
    count = model.lattice.shape[0] * model.lattice.shape[1]
    pixels = np.bincount(counts.cell, weights=counts.pixels, minlength=count)
    lost = np.bincount(counts.cell, weights=counts.lost, minlength=count)
    at = np.flatnonzero(pixels)
    row, column = np.divmod(at, model.lattice.shape[1])
    grid, side = model.cover.codes.grid, model.lattice.step
    mean = float(np.average(model.effects.cells.ravel()[at], weights=pixels[at]))
    return pd.DataFrame(
        {
            "fit": model.period,
            "row": row,
            "column": column,
            "x": grid.left + (column + 0.5) * side * grid.cell_width,
            "y": grid.top - (row + 0.5) * side * grid.cell_height,
            "pixels": pixels[at].astype(np.int64),
            "lost": lost[at].astype(np.int64),
            "effect": model.effects.cells.ravel()[at] - mean,
        }
    )


def _maps(
    cover: ForestCover,
    benchmark: Benchmark,
    models: Sequence[ClassesOf],
    fits: Sequence[Fitted],
    store: CellStore | None,
    workers: Executor | None,
    tell: Callable[[int], Callable[[float], None] | None],
) -> tuple[RiskMap, RiskMap, RiskMap]:
    draw = partial(fitted_map, model=MODEL, store=store, workers=workers)
    predict = partial(predict_classes, model=MODEL, store=store, workers=workers)
    calibration = draw(fits[0], cover, models[0], name="alternative-calibration", progress=tell(5))
    confirmation = predict(
        fits[0],
        cover,
        models[0],
        date=2,
        expected_ha=benchmark.confirmation.expected_ha,
        years=benchmark.confirmation.years,
        name="alternative-confirmation",
        progress=tell(6),
    )
    validity = predict(
        fits[1],
        cover,
        models[1],
        date=3,
        expected_ha=benchmark.validity.expected_ha,
        years=benchmark.validity.years,
        name="alternative-validity",
        progress=tell(7),
    )
    return calibration, confirmation, validity


def _density_table(fits: Sequence[Fitted]) -> pd.DataFrame:
    parts = [fit.table() for fit in fits]
    for fit, part in zip(fits, parts, strict=True):
        part.insert(0, "fit", fit.period)
    return pd.concat(parts, ignore_index=True)


def _doubts(validation: pd.DataFrame, maps: Sequence[RiskMap]) -> tuple[Finding, ...]:
    chosen = validation[validation["chosen"]].iloc[0]
    tried = validation["cells_stiffness"]
    found = [f for m in maps for f in m.findings]
    if chosen["cells_stiffness"] in (tried.min(), tried.max()) and tried.nunique() > 1:
        value = f"{chosen['cells_stiffness']:g}"
        found.append(warning("model.stiffness-at-end", "stiffness", value=value))
    return tuple(f for i, f in enumerate(found) if f not in found[:i])
