"""Ecological value of ecosystems and parcels, from plots in the field or from rasters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, nearest, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.stats import quantiles
from nonetloss.offset.value.ahp import (
    CONSISTENCY_LIMIT,
    ahp_weights,
    checked_weights,
    inconsistency,
    read_judgments,
    require_consistent,
    weighted_value,
)
from nonetloss.offset.value.indicators import (
    Indicator,
    point_weights,
    read_indicators,
    score_table,
)
from nonetloss.offset.value.raster_value import raster_value
from nonetloss.offset.value.sensitivity import weight_sensitivity

MEAN, PLACES = "mean", "places"
_M2_PER_HA = 10_000.0


class HasTable(Protocol):
    """A result that carries its table."""

    @property
    def table(self) -> pd.DataFrame:
        """The table."""


@dataclass(frozen=True, slots=True)
class EcologicalValue:
    """Result of `ecological_value`.

    `ecosystems` is the map of the study with the values found here; an ecosystem without plots or
    cells keeps the value that the study gave. `table`: ecosystem, title_es, title_en, plots,
    area_ha, value_low, value_likely, value_high, origin (`plots`, `raster` or `study`).
    `parcels`: parcel, ecosystem, plots, value_low, value_likely, value_high (empty without a
    column `parcel`). `plots`: the plots with the score of each indicator and their value.
    `weights`: indicator, title_es, title_en, weight. `sensitivity`: what values would be if one
    indicator counted half or twice as much (see `sensitivity.COLUMNS`). `consistency_ratio` is NaN
    unless the weights come from judgments. `raster` is the value of each cell, None without
    rasters.
    """

    ecosystems: EcosystemMap
    table: pd.DataFrame
    parcels: pd.DataFrame
    plots: pd.DataFrame
    weights: pd.DataFrame
    sensitivity: pd.DataFrame
    consistency_ratio: float
    raster: Raster | None
    findings: tuple[Finding, ...]


def ecological_value(
    ecosystems: EcosystemMap,
    *,
    indicators: Mapping[str, Any],
    plots: pd.DataFrame | HasTable | None = None,
    rasters: Mapping[str, Raster] | Sequence[Raster] | None = None,
    weights: Mapping[str, Any] | None = None,
    judgments: Mapping[str, Any] | None = None,
    consistency_limit: float = CONSISTENCY_LIMIT,
    inconsistent: str = "refuse",
    spread: str = MEAN,
    confidence: float = 0.9,
    incomplete: str = "refuse",
) -> EcologicalValue:
    """Value of a hectare of each ecosystem, the weighted sum of scored indicators.

    Parameters
    ----------
    ecosystems : EcosystemMap
        Whose values are to be found.
    indicators : mapping
        The form: how each measure becomes a score; see `indicators.read_indicators`.
    plots : table, result with a `table`, or None
        One row per plot: `ecosystem`, one column per indicator; `plot`, `parcel` and `area_ha`
        (the weight of the plot in means, default equal) where there are any.
    rasters : mapping, sequence or None
        A raster per indicator, by its name or in the order of the form, on the grid of the
        ecosystems. Exactly one of plots and rasters must be given.
    weights : mapping or None
        ``{indicator: weight}``, summing to 1.
    judgments : mapping or None
        Pairwise comparisons; see `ahp.read_judgments`. Neither weights nor judgments: the form
        gives points (`most`), and each indicator weighs its share of them.
    consistency_limit : float
        Consistency ratio from which judgments contradict each other.
    inconsistent : "refuse" or "warn"
        What to do then.
    spread : "mean" or "places"
        What low and high of an ecosystem mean. `mean`: the confidence interval of the mean of the
        plots, so that more plots narrow it. `places`: the range of the places themselves, from
        quantile (1 - confidence) / 2 to (1 + confidence) / 2. Rasters always use `places`: cells
        are no independent samples.
    confidence : float
        Of that interval, inside (0, 1).
    incomplete : "refuse" or "leave-out"
        Whether a plot without one of the measures is an error, or its value is unknown and the
        plot left out of means.

    Returns
    -------
    EcologicalValue

    Raises
    ------
    InputError
        `value.inputs` (not exactly one of plots and rasters, or of the ways to weigh),
        `value.plot-columns`, `value.plot-ecosystem`, `value.plot-area`, `value.raster-names`,
        `value.raster-count`, `value.raster-grid`, `value.inconsistent`, `stats.share`,
        and as `read_indicators`, `score_table`, `checked_weights` and `read_judgments`.
    GeometryError
        `crs.mixed`.

    Notes
    -----
    VE_u = sum_k w_k s_k(x_uk). The mean of an ecosystem weighs plots by area; its standard error
    is that of a ratio of sums, s² = n/(n-1) sum a² (VE - mean)² / (sum a)², which for equal areas
    is the usual s/sqrt(n); the interval is Student's with n - 1 degrees of freedom, cut at 0 and 1.

    **In words.** Score what was measured, weigh the scores, average over the plots, and say how
    sure the average is.
    """
    form = read_indicators(indicators, ecosystems=[e.name for e in ecosystems.ecosystems])
    share, ratio, findings = _weigh(
        form, weights, judgments, limit=consistency_limit, refuse=inconsistent == "refuse"
    )
    if (plots is None) == (rasters is None):
        raise InputError.because("value.inputs", "plots", allowed="plots, rasters")
    if not 0 < confidence < 1:
        raise InputError.because("stats.share", "confidence", found=confidence)
    if plots is not None:
        rows = _scored(plots, form, share, ecosystems, complete=incomplete == "refuse")
        kept = rows[np.isfinite(rows["value"])]
        found = _by(kept, ["ecosystem"], spread=spread, confidence=confidence)
        parcels = (
            _by(kept, ["parcel", "ecosystem"], spread=spread, confidence=confidence)
            if "parcel" in rows.columns
            else pd.DataFrame(columns=_PARCELS)
        )
        raster, means = None, _mean_scores(kept, form, ecosystems)
        findings += _left_out(rows, kept)
    else:
        raster, means = raster_value(
            rasters or (), indicators=form, weights=share, ecosystems=ecosystems
        )
        rows = pd.DataFrame(columns=["plot", "ecosystem", *(i.name for i in form), "value"])
        parcels = pd.DataFrame(columns=_PARCELS)
        found = _by_cells(raster, ecosystems, confidence=confidence)
    origin = "plots" if plots is not None else "raster"
    valued, table, told = _into_map(ecosystems, found, origin, spread, confidence)
    return EcologicalValue(
        ecosystems=valued,
        table=table,
        parcels=parcels,
        plots=rows,
        weights=_weight_table(form, share),
        sensitivity=weight_sensitivity(
            [e.name for e in ecosystems.ecosystems], means, indicators=form, weights=share
        ),
        consistency_ratio=ratio,
        raster=raster,
        findings=(*findings, *told),
    )


def read_weights(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> np.ndarray:
    """Weights as a study writes them, checked for their sum before anything runs."""
    return checked_weights(given, names=list(given))


def read_comparisons(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> np.ndarray:
    """Judgments as a study writes them, over all names that occur in them."""
    names = dict.fromkeys(name for first, row in given.items() for name in (first, *_members(row)))
    return read_judgments(given, names=list(names))


_PARCELS = ["parcel", "ecosystem", "plots", "value_low", "value_likely", "value_high"]


def _members(row: Any) -> tuple[str, ...]:
    return tuple(row) if isinstance(row, Mapping) else ()


def _weigh(
    form: Sequence[Indicator],
    weights: Mapping[str, Any] | None,
    judgments: Mapping[str, Any] | None,
    *,
    limit: float,
    refuse: bool,
) -> tuple[np.ndarray, float, list[Finding]]:
    """Weights of the indicators, the consistency ratio behind them, and what is to be told."""
    points = point_weights(form)
    ways = [way is not None for way in (weights, judgments, points)]
    if sum(ways) != 1:
        raise InputError.because("value.inputs", "weights", allowed="weights, judgments, most")
    names = [i.name for i in form]
    if weights is not None:
        return checked_weights(weights, names=names), float("nan"), []
    if points is not None:
        return points, float("nan"), []
    matrix = read_judgments(judgments or {}, names=names)
    found = ahp_weights(matrix)
    told: list[Finding] = []
    if refuse:
        require_consistent(found, names=names, judgments=matrix, limit=limit)
    elif found.consistency_ratio >= limit:
        named = inconsistency(found, names=names, judgments=matrix, limit=limit)
        told.append(warning(named.code, named.subject, **named.data))
    return found.weights, found.consistency_ratio, told


def _scored(
    plots: pd.DataFrame | HasTable,
    form: Sequence[Indicator],
    weights: np.ndarray,
    ecosystems: EcosystemMap,
    *,
    complete: bool,
) -> pd.DataFrame:
    given = plots if isinstance(plots, pd.DataFrame) else plots.table
    known = [e.name for e in ecosystems.ecosystems]
    if "ecosystem" not in given.columns:
        columns = offenders(given.columns, 20)
        raise InputError.because("value.plot-columns", "ecosystem", columns=columns)
    strange = [str(e) for e in dict.fromkeys(given["ecosystem"]) if e not in known]
    if strange:
        raise InputError.because(
            "value.plot-ecosystem",
            offenders(strange),
            nearest=nearest(strange[0], known),
            known=offenders(known, 20),
        )
    area = (
        given["area_ha"].to_numpy(dtype=np.float64)
        if "area_ha" in given.columns
        else np.ones(len(given))
    )
    bad = ~(np.isfinite(area) & (area > 0))
    if bad.any():
        raise InputError.because("value.plot-area", "area_ha", value=offenders(area[bad].tolist()))
    scores = score_table(given, indicators=form, complete=complete)
    names = given["plot"].astype(str) if "plot" in given.columns else range(1, len(given) + 1)
    rows = {"plot": list(names), "ecosystem": given["ecosystem"].tolist()}
    if "parcel" in given.columns:
        rows["parcel"] = given["parcel"].tolist()
    rows["weight"] = area.tolist()
    rows |= {i.name: scores[:, k].tolist() for k, i in enumerate(form)}
    rows["value"] = weighted_value(scores, weights=weights).tolist()
    # Sorted: the order of rows in a file never changes a result.
    return pd.DataFrame(rows).sort_values(["ecosystem", "plot"], kind="stable", ignore_index=True)


def _by(rows: pd.DataFrame, keys: list[str], *, spread: str, confidence: float) -> pd.DataFrame:
    """Mean and spread of the plots of each group."""
    found = []
    for key, group in rows.groupby(keys, sort=True):
        value = group["value"].to_numpy(dtype=np.float64)
        low, mean, high = mean_and_spread(
            value,
            area=group["weight"].to_numpy(dtype=np.float64),
            spread=spread,
            confidence=confidence,
        )
        found.append((*key, len(value), low, mean, high))
    columns = [*keys, "plots", "value_low", "value_likely", "value_high"]
    return pd.DataFrame(found, columns=columns)


def _mean_scores(
    rows: pd.DataFrame, form: Sequence[Indicator], ecosystems: EcosystemMap
) -> np.ndarray:
    """Mean scores (ecosystems, indicators) of plots, by area; NaN without plots."""
    means = np.full((len(ecosystems.ecosystems), len(form)), np.nan)
    for e, kind in enumerate(ecosystems.ecosystems):
        mine = rows[rows["ecosystem"] == kind.name]
        if len(mine):
            scores = mine[[i.name for i in form]].to_numpy(dtype=np.float64)
            means[e] = np.average(scores, axis=0, weights=mine["weight"].to_numpy(dtype=np.float64))
    return means


def mean_and_spread(
    value: np.ndarray, *, area: np.ndarray, spread: str, confidence: float
) -> tuple[float, float, float]:
    """(low, mean, high) of plots (n,), n >= 1, weighed by area; see `ecological_value`.

    A single plot says nothing of its spread: the three are equal.
    """
    if len(value) == 1:
        only = float(value[0])
        return only, only, only
    # Between its ends, whatever rounding says.
    mean = float(np.clip(np.average(value, weights=area), value.min(), value.max()))
    if spread == PLACES:
        tail = (1 - confidence) / 2
        low, high = (float(q) for q in quantiles(value, [tail, 1 - tail]))
        return min(low, mean), mean, max(high, mean)
    count = len(value)
    squares = float(((area * (value - mean)) ** 2).sum()) * count / (count - 1)
    half = float(stdtrit(count - 1, 0.5 + confidence / 2)) * np.sqrt(squares) / float(area.sum())
    return max(0.0, mean - half), mean, min(1.0, mean + half)


def _by_cells(raster: Raster, ecosystems: EcosystemMap, *, confidence: float) -> pd.DataFrame:
    found = []
    for ecosystem in ecosystems.ecosystems:
        value = raster.values[ecosystems.classes == ecosystem.code]
        value = value[np.isfinite(value)]
        if value.size:
            low, mean, high = mean_and_spread(
                value, area=np.ones(value.size), spread=PLACES, confidence=confidence
            )
            found.append((ecosystem.name, 0, low, mean, high))
    columns = ["ecosystem", "plots", "value_low", "value_likely", "value_high"]
    return pd.DataFrame(found, columns=columns)


def _into_map(
    ecosystems: EcosystemMap, found: pd.DataFrame, origin: str, spread: str, confidence: float
) -> tuple[EcosystemMap, pd.DataFrame, list[Finding]]:
    """The map with its new values, the table of them, and the ecosystems without any."""
    cell_ha = ecosystems.grid.cell_area / _M2_PER_HA
    known: dict[str, dict[Any, Any]] = {row["ecosystem"]: row for row in found.to_dict("records")}
    rows, kinds, told = [], [], []
    for ecosystem in ecosystems.ecosystems:
        count, came = 0, origin
        if ecosystem.name in known:
            row = known[ecosystem.name]
            count = int(row["plots"])
            value = Estimate(
                float(row["value_low"]),
                float(row["value_likely"]),
                float(row["value_high"]),
                _source(origin, count, spread if origin == "plots" else PLACES, confidence),
            )
            if origin == "plots" and count == 1:
                told.append(warning("value.single-plot", ecosystem.name, title=ecosystem.title))
        else:
            value, came = ecosystem.value, "study"
            told.append(notice("value.not-measured", ecosystem.name, title=ecosystem.title))
        kinds.append(replace(ecosystem, value=value))
        area = float((ecosystems.classes == ecosystem.code).sum()) * cell_ha
        title = ecosystem.title
        rows.append(
            (
                *(ecosystem.name, title.es, title.en, count, area),
                *(value.low, value.likely, value.high, came),
            )
        )
    columns = ["ecosystem", "title_es", "title_en", "plots", "area_ha"]
    columns += ["value_low", "value_likely", "value_high", "origin"]
    return replace(ecosystems, ecosystems=tuple(kinds)), pd.DataFrame(rows, columns=columns), told


def _source(origin: str, count: int, spread: str, confidence: float) -> Text:
    percent = f"{100 * confidence:g} %"
    if origin == "raster":
        return Text(
            es=f"media de las celdas; {percent} de ellas entre los extremos",
            en=f"mean of the cells; {percent} of them lie between the ends",
        )
    if spread == PLACES:
        return Text(
            es=f"media de {count} parcelas de muestreo; {percent} de ellas entre los extremos",
            en=f"mean of {count} plots; {percent} of them lie between the ends",
        )
    return Text(
        es=f"media de {count} parcelas de muestreo, con su intervalo de confianza de {percent}",
        en=f"mean of {count} plots, with its confidence interval of {percent}",
    )


def _left_out(rows: pd.DataFrame, kept: pd.DataFrame) -> list[Finding]:
    out = rows.loc[~np.isfinite(rows["value"]), "plot"]
    if out.empty:
        return []
    return [warning("value.plots-left-out", offenders(out), count=len(rows) - len(kept))]


def _weight_table(form: Sequence[Indicator], weights: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "indicator": [i.name for i in form],
            "title_es": [i.title.es for i in form],
            "title_en": [i.title.en for i in form],
            "weight": weights,
        }
    )
