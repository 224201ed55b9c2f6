"""Planning units: what each holds of each feature, and what it costs, zone by zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders


@dataclass(frozen=True, slots=True)
class Units:
    """Units, features and zones; build with `planning_units`.

    `amounts` holds one sparse matrix (units, features) per zone. `cost` (units, zones); NaN where
    the unit cannot be put into the zone.
    """

    amounts: tuple[sparse.csr_array, ...]
    cost: np.ndarray
    features: tuple[str, ...]
    zones: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(units, features, zones)."""
        return (self.cost.shape[0], len(self.features), len(self.zones))


def planning_units(
    amounts: Any,
    *,
    cost: np.ndarray,
    features: Sequence[str] = (),
    zones: Sequence[str] = (),
) -> Units:
    """Checked planning units.

    Parameters
    ----------
    amounts : sparse or dense (units, features), or a sequence of them, one per zone
        Not negative.
    cost : (units,) or (units, zones)
        Not negative; NaN: not available.
    features, zones : sequence of str
        Names; empty: 1, 2, 3 …

    Raises
    ------
    InputError
        `planning.shape`, `planning.amounts`, `planning.cost`.
    """
    several = isinstance(amounts, list | tuple)
    given = amounts if several else [amounts]
    matrices = tuple(sparse.csr_array(part, dtype=np.float64) for part in given)
    price = np.asarray(cost, dtype=np.float64)
    price = price[:, None] if price.ndim == 1 else price
    expected = (matrices[0].shape[0], len(matrices))
    if price.shape != expected or len({m.shape for m in matrices}) != 1:
        found = [price.shape, *(m.shape for m in matrices)]
        raise InputError.because("planning.shape", "cost", expected=expected, found=found)
    for zone, matrix in enumerate(matrices):
        bad = ~np.isfinite(matrix.data) | (matrix.data < 0)
        if bad.any():
            rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[bad]
            raise InputError.because(
                "planning.amounts", f"{zone}", units=offenders(np.unique(rows))
            )
    if (price < 0).any() or np.isinf(price).any():
        rows = np.flatnonzero(((price < 0) | np.isinf(price)).any(axis=1))
        raise InputError.because("planning.cost", "cost", units=offenders(rows))
    names = tuple(features) or tuple(str(j + 1) for j in range(matrices[0].shape[1]))
    places = tuple(zones) or tuple(str(z + 1) for z in range(len(matrices)))
    if len(names) != matrices[0].shape[1] or len(places) != len(matrices):
        raise InputError.because(
            "planning.shape",
            "names",
            expected=(matrices[0].shape[1], len(matrices)),
            found=(len(names), len(places)),
        )
    return Units(matrices, price, names, places)
