"""Forest at three dates in one code per pixel, and what was lost between them.

Forest is written as three bits, one for each date, oldest first; the code of a pixel is that of the
forest cover benchmark map (FCBM) of VMD0055. The order of codes is not confirmed in the official
text. What is forest at a later date counts only where it was forest at every date before: regrowth
is no forest that could be lost again.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders
from nonetloss.core.language import Text
from nonetloss.landscape.windowed import WindowedRaster, require_same_grid

Date = Literal[1, 2, 3]
Period = Literal["calibration", "confirmation", "historical"]

UNKNOWN: Final = 0
# Code by forest bits at dates 1, 2, 3 read as a binary number 000 … 111.
CODE_OF_BITS: Final = np.array([1, 2, 3, 4, 6, 7, 8, 5], dtype=np.uint8)
FOREST: Final[dict[int, tuple[int, ...]]] = {1: (5, 6, 7, 8), 2: (5, 8), 3: (5,)}
LOST: Final[dict[str, tuple[int, ...]]] = {
    "historical": (6, 7, 8),
    "calibration": (6, 7),
    "confirmation": (8,),
}
# Date at which a period begins.
START: Final[dict[str, Date]] = {"historical": 1, "calibration": 1, "confirmation": 2}

CODE_TITLES: Final[dict[int, Text]] = {
    0: Text(es="Desconocido o fuera", en="Unknown or outside"),
    1: Text(es="Sin bosque en las tres fechas", en="No forest at any of the three dates"),
    2: Text(es="Bosque solo en la tercera fecha", en="Forest at the third date only"),
    3: Text(es="Bosque solo en la segunda fecha", en="Forest at the second date only"),
    4: Text(es="Bosque desde la segunda fecha", en="Forest since the second date"),
    5: Text(es="Bosque que queda", en="Forest that remains"),
    6: Text(es="Perdido en el primer periodo", en="Lost in the first period"),
    7: Text(
        es="Perdido en el primer periodo, volvió", en="Lost in the first period, grown back since"
    ),
    8: Text(es="Perdido en el segundo periodo", en="Lost in the second period"),
}
PERIODS: Final[dict[str, Text]] = {
    "historical": Text(es="toda la historia", en="whole history"),
    "calibration": Text(es="calibración", en="calibration"),
    "confirmation": Text(es="confirmación", en="confirmation"),
}

_FOREST_AT = {date: np.isin(np.arange(256), codes) for date, codes in FOREST.items()}
_LOST_IN = {period: np.isin(np.arange(256), codes) for period, codes in LOST.items()}


@dataclass(frozen=True, slots=True)
class ForestCover:
    """Codes 0 (unknown) to 8 as uint8, and the years of the dates.

    `inside` (uint8, not 0 inside) is the jurisdiction or the area of the study; None: everywhere.
    Non-forest outside still counts as an edge; forest outside is neither fitted nor predicted.

    What it adds up to inside, where it was counted: `dates` has date, year, forest_ha; `periods`
    has period, from_year, to_year, lost_ha, ha_per_year, percent_per_year (of the forest at its
    start); `code_areas` has code, title_es, title_en, pixels, ha.
    """

    codes: WindowedRaster
    years: tuple[float, float, float]
    inside: WindowedRaster | None = None
    dates: pd.DataFrame | None = None
    periods: pd.DataFrame | None = None
    code_areas: pd.DataFrame | None = None
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if self.codes.cells.dtype != np.uint8:
            raise InputError.because("risk.codes-type", "cover", found=self.codes.cells.dtype)
        if not (self.years[0] < self.years[1] < self.years[2]):
            raise InputError.because(
                "risk.years-order", "cover", years=offenders(f"{y:g}" for y in self.years)
            )
        if self.inside is not None:
            require_same_grid(self.codes, self.inside, name="inside")

    def length(self, period: Period) -> float:
        """Years in a period."""
        first, middle, last = self.years
        return {
            "calibration": middle - first,
            "confirmation": last - middle,
            "historical": last - first,
        }[period]


def forest_at(codes: np.ndarray, date: Date) -> np.ndarray:
    """Whether pixels were forest at a date (and at those before), from uint8 codes."""
    return np.asarray(_FOREST_AT[date][codes])


def lost_in(codes: np.ndarray, period: Period) -> np.ndarray:
    """Whether pixels lost their forest in a period, from uint8 codes."""
    return np.asarray(_LOST_IN[period][codes])


def codes_of(first: np.ndarray, second: np.ndarray, third: np.ndarray) -> np.ndarray:
    """Codes uint8 from forest (bool) at three dates; everything is inside the jurisdiction."""
    bits = first.astype(np.uint8) * 4 + second.astype(np.uint8) * 2 + third.astype(np.uint8)
    return np.asarray(CODE_OF_BITS[bits])
