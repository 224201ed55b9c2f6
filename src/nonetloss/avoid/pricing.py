"""What a line costs on a surface: the exact integral of cost per meter along it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from nonetloss.avoid.surface import Surface
from nonetloss.landscape.shapes import lines_of
from nonetloss.numerics.zonal import line_lengths

_M_PER_KM = 1_000.0


@dataclass(frozen=True, slots=True)
class Price:
    """Price of a line. NaN where part of it leaves the grid or runs where the amount is unknown.

    `people` counts weighted meters.
    """

    length_km: float
    cost_usd: float
    nature_qha: float
    people: float
    total_usd: float


def price_lines(lines: Sequence[BaseGeometry], surface: Surface) -> tuple[Price, ...]:
    """Integrals of the four rasters of a surface along each line."""
    if not lines:
        return ()
    found = line_lengths(lines_of(lines, subject="routes"), grid=surface.grid)
    rasters = (
        surface.construction_usd_per_m,
        surface.nature_qha_per_m,
        surface.people_per_m,
        surface.total_usd_per_m,
    )
    prices = []
    for i, line in enumerate(lines):
        part = slice(found.offsets[i], found.offsets[i + 1])
        cells, lengths = found.cells[part], found.lengths[part]
        sums = [float(np.dot(r.ravel()[cells].astype(np.float64), lengths)) for r in rasters]
        if line.length - lengths.sum() > 1e-6 * max(line.length, 1.0):
            sums = [np.nan] * len(rasters)
        prices.append(Price(line.length / _M_PER_KM, *sums))
    return tuple(prices)
