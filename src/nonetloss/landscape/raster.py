"""An array that knows where it lies and in which unit it is."""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.provenance import Source
from nonetloss.numerics.grid import Grid


@dataclass(frozen=True, slots=True)
class Raster:
    """Values (rows, columns) on a grid. Absence is NaN in floats; integers have none."""

    values: np.ndarray
    grid: Grid
    crs: str
    unit: str = ""
    source: Source | None = None

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise InputError.because(
                "raster.shape", "raster", found=self.values.shape, expected=self.grid.shape
            )
