"""How many hectares each pixel is expected to lose in a period."""

from dataclasses import dataclass

from nonetloss.core.findings import Finding
from nonetloss.landscape.windowed import WindowedRaster


@dataclass(frozen=True, slots=True)
class RiskMap:
    """Expected loss of a period, pixel by pixel.

    `hectares` is float32, in ha per pixel over all `years` of the period: 0 where no forest
    counts, NaN outside. `model` names what made it. `expected_ha` is what was to be allocated,
    `total_ha` what was: they differ only where pixels are full. `adjustment` is the product of
    all adjustment ratios, 1 for a fitted map, and `iterations` how many there were.
    """

    hectares: WindowedRaster
    years: float
    start_year: float
    model: str
    expected_ha: float
    total_ha: float
    adjustment: float = 1.0
    iterations: int = 0
    findings: tuple[Finding, ...] = ()
