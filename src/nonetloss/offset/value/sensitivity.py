"""What values would be if one attribute counted half or twice as much."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nonetloss.offset.value.indicators import Indicator

FACTOR = 2.0
COLUMNS = (
    *("ecosystem", "indicator", "title_es", "title_en", "weight", "score"),
    *("value_half", "value", "value_double"),
)


def weight_sensitivity(
    ecosystems: Sequence[str],
    scores: np.ndarray,
    *,
    indicators: Sequence[Indicator],
    weights: np.ndarray,
) -> pd.DataFrame:
    """Value of each ecosystem with the weight of each indicator halved and doubled.

    Parameters
    ----------
    ecosystems : (n,) names
    scores : (n, indicators)
        Mean scores. An ecosystem whose scores are unknown gets NaN.
    indicators : the form
    weights : (indicators,)
        Summing to 1.

    Returns
    -------
    table
        One row per ecosystem and indicator, `COLUMNS`.

    Notes
    -----
    Multiplied by f and all weights brought back to a sum of 1, weight k gives
    VE' = (VE + (f - 1) w_k s_k) / (1 + (f - 1) w_k): as if everybody had judged attribute k to
    matter f times as much beside all the others.
    """
    value = scores @ weights
    rows = []
    for e, name in enumerate(ecosystems):
        for k, indicator in enumerate(indicators):
            weight, mean = float(weights[k]), float(scores[e, k])
            half, double = (
                (float(value[e]) + (f - 1) * weight * mean) / (1 + (f - 1) * weight)
                for f in (1 / FACTOR, FACTOR)
            )
            rows.append(
                (
                    *(name, indicator.name, indicator.title.es, indicator.title.en, weight),
                    *(mean, half, float(value[e]), double),
                )
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))
