"""Ecological value of every cell, from a raster per indicator."""

from collections.abc import Mapping, Sequence

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.offset.value.ahp import weighted_value
from nonetloss.offset.value.indicators import Indicator, score


def raster_value(
    rasters: Mapping[str, Raster] | Sequence[Raster],
    *,
    indicators: Sequence[Indicator],
    weights: np.ndarray,
    ecosystems: EcosystemMap,
) -> tuple[Raster, np.ndarray]:
    """The value of each cell, and the mean score of each indicator in each ecosystem.

    Parameters
    ----------
    rasters : by name of the indicator, or in the order of the form
        On the grid of the ecosystems. A cell where one of them is NaN has no value.
    indicators : the form
    weights : (indicators,)
        Summing to 1.
    ecosystems : EcosystemMap
        Whose benchmarks hold; cells outside the map have no value.

    Returns
    -------
    Raster, (ecosystems, indicators)
        Means over the cells with a value; NaN for an ecosystem without any.

    Raises
    ------
    InputError
        `value.raster-names`, `value.raster-count`, `value.raster-grid`, and as
        `indicators.score`.
    GeometryError
        `crs.mixed`.
    """
    named = _by_name(rasters, [i.name for i in indicators], ecosystems)
    value = np.full(ecosystems.grid.shape, np.nan)
    means = np.full((len(ecosystems.ecosystems), len(indicators)), np.nan)
    for e, kind in enumerate(ecosystems.ecosystems):
        cells = ecosystems.classes == kind.code
        scores = np.stack(
            [score(named[i.name].values[cells], i, ecosystems=kind.name) for i in indicators],
            axis=-1,
        )
        value[cells] = weighted_value(scores, weights=weights)
        known = scores[np.isfinite(scores).all(axis=1)]
        if len(known):
            means[e] = known.mean(axis=0)
    return Raster(value, ecosystems.grid, ecosystems.crs), means


def _by_name(
    rasters: Mapping[str, Raster] | Sequence[Raster], names: list[str], ecosystems: EcosystemMap
) -> Mapping[str, Raster]:
    if not isinstance(rasters, Mapping):
        if len(rasters) != len(names):
            raise InputError.because(
                "value.raster-count", "rasters", count=len(rasters), expected=offenders(names, 20)
            )
        rasters = dict(zip(names, rasters, strict=True))
    missing = [n for n in names if n not in rasters]
    strange = [n for n in rasters if n not in names]
    if missing or strange:
        raise InputError.because(
            "value.raster-names",
            "rasters",
            missing=offenders(missing) or "–",
            strange=offenders(strange) or "–",
        )
    apart = [n for n in names if rasters[n].grid != ecosystems.grid]
    if apart:
        raise InputError.because("value.raster-grid", offenders(apart))
    for name in names:
        require_same(rasters[name].crs, ecosystems.crs, name=name)
    return rasters
