"""Dam portfolios as tables: one row a portfolio, one column a dam."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.landscape.river import Id


def portfolio_table(values: pd.DataFrame, choices: np.ndarray, dams: Sequence[Id]) -> pd.DataFrame:
    """The columns of `values`, then `dam_<id>` (int8) for each dam.

    Parameters
    ----------
    values : DataFrame
        One row for each portfolio; may have no columns.
    choices : (rows, dams) of int
        0 not built, k the k-th option of the site.
    dams : ids, in the order of the columns of `choices`
    """
    # Column by column in memory: a front of 100,000 portfolios is then written without a copy of
    # each column.
    columns = np.asfortranarray(choices, dtype=np.int8)
    stands = {f"dam_{id}": columns[:, i] for i, id in enumerate(dams)}
    told = values.reset_index(drop=True)
    # Side by side at once: a frame that grows by one column at a time gets slow.
    return pd.concat([told, pd.DataFrame(stands, index=told.index, copy=False)], axis=1)


def choices_table(choices: np.ndarray, parent: Any, dams: Sequence[Id]) -> pd.DataFrame:
    """Choices of a result, each row named like the rows of the result's own table, where it can be.

    `choices` is (rows, dams), or (dams,) for a single portfolio.
    """
    rows = np.atleast_2d(choices)
    table = getattr(parent, "table", None)
    if isinstance(table, pd.DataFrame) and len(table) == len(rows) and choices.ndim == 2:
        names = table.iloc[:, :1]
    else:
        names = pd.DataFrame(index=range(len(rows)))
    return portfolio_table(names, rows, dams)
