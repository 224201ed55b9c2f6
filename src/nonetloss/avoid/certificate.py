"""The proof that a line keeps out: meters inside and distance, on the vectors as they came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from nonetloss.avoid.exclusions import TOLERANCE_M, Exclusion

COLUMNS = ["alternative", "layer", "meters_inside", "nearest_m", "required_m", "holds"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one line keeps from one exclusion.

    `meters_inside` is the length of the axis inside; `nearest_m` its distance to the nearest
    feature; `required_m` setback plus half the right of way. `holds`: 0 m inside and the distance
    kept, within 1 µm. Of hidden layers only `holds` is told, the rest is NaN.
    """

    layer: str
    meters_inside: float
    nearest_m: float
    required_m: float
    holds: bool


def certify(line: BaseGeometry, exclusions: Sequence[Exclusion]) -> tuple[Certificate, ...]:
    """One certificate for each exclusion, from the original geometries (no raster takes part)."""
    found = []
    for exclusion in exclusions:
        inside, near = exclusion.meters_inside(line), exclusion.nearest_m(line)
        holds = inside == 0.0 and near >= exclusion.clearance_m - TOLERANCE_M
        numbers = (inside, near, exclusion.clearance_m)
        told = (np.nan,) * 3 if exclusion.hidden else numbers
        found.append(Certificate(exclusion.name, *told, holds))
    return tuple(found)


def certificate_table(lines: Sequence[tuple[str, tuple[Certificate, ...]]]) -> pd.DataFrame:
    """All certificates, one row each, with the name of the line."""
    rows = [
        (name, c.layer, c.meters_inside, c.nearest_m, c.required_m, c.holds)
        for name, certificates in lines
        for c in certificates
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    numbers = dict.fromkeys(["meters_inside", "nearest_m", "required_m"], float)
    return table.astype(numbers | {"holds": bool})
