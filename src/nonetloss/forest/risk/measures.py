"""How near a prediction came, over the cells of an assessment."""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.numerics.theil_sen import theil_sen


@dataclass(frozen=True, slots=True)
class Measures:
    """Agreement of predicted (y) with actual (x) hectares over `n` cells.

    `r_squared` is the squared correlation, NaN where x or y do not vary; slopes and intercepts are
    of y on x, NaN where x does not vary. `medae_percent` is the median error as percent of the
    area of a cell. `agreement_ha` is the sum of the smaller, `iou_percent` that over the sum of
    the larger of x and y (NaN if both are zero everywhere), `difference_ha` the sum of |x - y|.
    `wrmse_ha` weights squared errors by forest; NaN without forest.
    """

    n: int
    actual_ha: float
    predicted_ha: float
    r_squared: float
    ols_slope: float
    ols_intercept_ha: float
    theil_sen_slope: float
    theil_sen_intercept_ha: float
    medae_ha: float
    medae_percent: float
    mae_ha: float
    rmse_ha: float
    wrmse_ha: float
    agreement_ha: float
    iou_percent: float
    difference_ha: float


def measures(
    actual_ha: np.ndarray, *, predicted_ha: np.ndarray, forest_ha: np.ndarray, cell_ha: float
) -> Measures:
    """Measures of cells; the formulas are those of VT0007 step 9, and wRMSE of riskmapjnr.

    Parameters
    ----------
    actual_ha, predicted_ha, forest_ha : float (cells,)
    cell_ha : float
        Area of a whole cell.

    Raises
    ------
    InputError
        `assessment.cells` with fewer than two cells.
    """
    x, y = np.asarray(actual_ha, dtype=float), np.asarray(predicted_ha, dtype=float)
    if len(x) < 2:
        raise InputError.because("assessment.cells", "cells", n=len(x))
    nan = float("nan")
    error = np.abs(x - y)
    spread_x, spread_y = x - x.mean(), y - y.mean()
    of_x, of_y = float(spread_x @ spread_x), float(spread_y @ spread_y)
    both = float(spread_x @ spread_y)
    slope = both / of_x if of_x > 0 else nan
    robust = theil_sen(x, y) if of_x > 0 else (nan, nan)
    larger = float(np.maximum(x, y).sum())
    smaller = float(np.minimum(x, y).sum())
    forest = float(np.sum(forest_ha))
    median = float(np.median(error))
    return Measures(
        n=len(x),
        actual_ha=float(x.sum()),
        predicted_ha=float(y.sum()),
        r_squared=both**2 / (of_x * of_y) if of_x > 0 and of_y > 0 else nan,
        ols_slope=slope,
        ols_intercept_ha=float(y.mean() - slope * x.mean()),
        theil_sen_slope=robust[0],
        theil_sen_intercept_ha=robust[1],
        medae_ha=median,
        medae_percent=100 * median / cell_ha,
        mae_ha=float(error.mean()),
        rmse_ha=float(np.sqrt(np.mean(error**2))),
        wrmse_ha=float(np.sqrt(forest_ha @ error**2 / forest)) if forest > 0 else nan,
        agreement_ha=smaller,
        iou_percent=100 * smaller / larger if larger > 0 else nan,
        difference_ha=float(error.sum()),
    )
