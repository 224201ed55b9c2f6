"""How files tell forest at three dates, and how each becomes the codes of `cover`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.forest.risk.cover import CODE_OF_BITS, UNKNOWN, codes_of
from nonetloss.landscape.windowed import WindowedRaster, measured
from nonetloss.numerics.windows import Cells, Window

Encoding = Literal["layers", "three-dates", "fcbm", "hansen"]
Absent = Literal["unknown", "non-forest"]

ENCODINGS: Final[tuple[str, ...]] = ("layers", "three-dates", "fcbm", "hansen")
# Rasters that each encoding takes.
COUNT: Final[dict[str, int]] = {"layers": 3, "three-dates": 1, "fcbm": 1, "hansen": 2}
# Values that may stand in them; tree cover is a percentage, the year of loss counts from 2000.
ALLOWED: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "layers": ((0, 1), (0, 1), (0, 1)),
    "three-dates": ((0, 3),),
    "fcbm": ((0, 8),),
    "hansen": ((0, 100), (0, 99)),
}
# The year of the tree cover, from which loss is counted.
HANSEN_ZERO: Final = 2000
# Codes of three dates: never forest, lost in the first period, in the second, remaining.
_OF_THREE_DATES = np.array([CODE_OF_BITS[b] for b in (0b000, 0b100, 0b110, 0b111)], np.uint8)
_NON_FOREST = int(CODE_OF_BITS[0])


def readable(raster: WindowedRaster, encoding: str, index: int) -> Cells:
    """Cells of a raster, NaN where the file declares a value that is no code to be no data."""
    low, high = ALLOWED[encoding][index]
    if raster.absent is None or low <= raster.absent <= high:
        return raster.cells
    return measured(raster)


@dataclass(frozen=True, slots=True)
class CodedCells:
    """The codes of a cover, made from one to three rasters as each window is read."""

    parts: tuple[Cells, ...]
    encoding: str
    years: tuple[float, float, float]
    absent: str
    canopy_percent: float

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.parts[0].shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8."""
        return np.dtype(np.uint8)

    def read(self, window: Window) -> np.ndarray:
        """Codes (window.rows, window.columns); what cannot be read is as `absent` says.

        Raises
        ------
        InputError
            `risk.code-unexpected`, with the first values that the encoding does not know.
        """
        values = [part.read(window) for part in self.parts]
        missing = np.zeros((window.rows, window.columns), dtype=np.bool_)
        whole = []
        for index, array in enumerate(values):
            gone = np.isnan(array) if array.dtype.kind == "f" else None
            filled = array if gone is None else np.where(gone, 0, array)
            self._require_known(filled, index)
            whole.append(filled if self.encoding == "hansen" else filled.astype(np.uint8))
            if gone is not None:
                missing |= gone
            if self.encoding == "fcbm":
                missing |= filled == UNKNOWN
        codes = self._coded(whole)
        codes[missing] = UNKNOWN if self.absent == "unknown" else _NON_FOREST
        return codes

    def _require_known(self, values: np.ndarray, index: int) -> None:
        low, high = ALLOWED[self.encoding][index]
        # Percentages may be broken, codes may not.
        broken = (self.encoding, index) != ("hansen", 0)
        wrong = (values < low) | (values > high)
        if broken and values.dtype.kind == "f":
            wrong |= values != np.trunc(values)
        if wrong.any():
            raise InputError.because(
                "risk.code-unexpected",
                "cover",
                encoding=self.encoding,
                raster=index + 1,
                allowed=f"{low:g}–{high:g}",
                values=offenders(f"{v:g}" for v in np.unique(values[wrong])),
            )

    def _coded(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        if self.encoding == "fcbm":
            return parts[0].copy()
        if self.encoding == "three-dates":
            return np.asarray(_OF_THREE_DATES[parts[0]])
        if self.encoding == "layers":
            return codes_of(parts[0] == 1, parts[1] == 1, parts[2] == 1)
        grown = parts[0] >= self.canopy_percent
        # Loss of a year is known at its end: year 10 is gone on a map of 2010.
        gone = np.where(parts[1] > 0, parts[1].astype(np.float32) + HANSEN_ZERO, np.inf)
        return codes_of(*(grown & (gone > year) for year in self.years))
