"""Which drivers and which stiffness predict neighborhoods that the fit has not seen."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.random_effect import (
    Counts,
    Precisions,
    deviance,
    fit_effects,
    problem_of,
)

FOLDS: Final = 5


def folds_of(cell: np.ndarray, columns: int) -> np.ndarray:
    """Fold 0 to 4 of each neighborhood, a knight's move apart.

    The four neighbors of a neighborhood are all of other folds, so that what stands in for its own
    effect comes from next door, and each fold is spread over the whole area.
    """
    row, column = np.divmod(cell, columns)
    return np.asarray((row + 2 * column) % FOLDS)


def cross_validated(
    counts: Counts,
    *,
    sizes: Sequence[int],
    lattice: tuple[int, int],
    choices: Sequence[tuple[tuple[int, ...], Precisions]],
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Deviance of each choice of drivers and stiffness on whole neighborhoods left out of the fit.

    Parameters
    ----------
    counts : Counts
        Of all drivers.
    sizes : bins of each driver
    lattice : (rows, columns) of neighborhoods
    choices : pairs of indices of drivers and precisions
    progress : optional

    Returns
    -------
    One row per choice, in their order: deviance (held out, over all folds), per_pixel,
    chosen (True for the lowest; the first of equals).

    Raises
    ------
    InputError
        `model.folds` if some fold has no loss outside it; as `fit_effects`.
    """
    held: list[float] = []
    merged: dict[tuple[int, ...], Counts] = {}
    start: np.ndarray | None = None
    for done, (columns, precisions) in enumerate(choices):
        if columns not in merged:
            # One set at a time: of many drivers, counts are long.
            merged, start = {columns: counts.of_drivers(columns)}, None
        own = merged[columns]
        fold = folds_of(own.cell, lattice[1])
        total = 0.0
        for k in range(FOLDS):
            kept = own.where(fold != k)
            if not 0 < kept.lost.sum() < kept.pixels.sum():
                raise InputError.because("model.folds", "neighborhood_m", fold=k + 1)
            part = problem_of(
                kept,
                sizes=[sizes[c] for c in columns],
                lattice=lattice,
                precisions=precisions,
            )
            fit = fit_effects(part, start=start)
            start = fit.values
            total += deviance(own.where(fold == k), fit.effects)
        held.append(total)
        if progress is not None:
            progress((done + 1) / len(choices))
    table = pd.DataFrame({"deviance": held})
    table["per_pixel"] = table["deviance"] / float(counts.pixels.sum())
    table["chosen"] = np.arange(len(table)) == int(np.argmin(held))
    return table
