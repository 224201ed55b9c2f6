"""What portfolios are worth, straight from the definitions.

It shares with the search only the reading of numbers. Where the search folds branches into each
other, this follows every component down to the mouth, so that each checks the other.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.hydropower.amounts import Amounts, amounts_of, scale_of
from nonetloss.hydropower.criterion import Criterion, resolved
from nonetloss.landscape.river import RiverNetwork

# Portfolios taken at once: their values by component stay in the cache of the processor.
_BATCH = 2048


def evaluate(
    network: RiverNetwork,
    choices: np.ndarray,
    *,
    criteria: Sequence[str | Criterion],
    declared: Sequence[Criterion] = (),
) -> pd.DataFrame:
    """Value of every portfolio by every criterion.

    Parameters
    ----------
    network : RiverNetwork
    choices : int or bool (n, dams)
        In the order of `network.dams`: 0 (False) nothing built, k the k-th option (True: the
        first). One portfolio may be given as (dams,). Neither status nor exclusions are looked at.
    criteria : sequence
        Built-in names (`hydropower.criterion`), names among `declared`, or criteria themselves.

    Returns
    -------
    DataFrame (n, criteria)
        In the unit of each criterion (`attrs["units"]`), minimized ones positive as well. NaN
        where a forbidden dam of which a number is not known is built. No portfolio: no row.

    Raises
    ------
    InputError
        `criteria.choices-shape`, `criteria.choices-unknown`, and the codes of
        `hydropower.criterion.resolved` and `hydropower.amounts.amounts_of`.
    """
    asked = resolved(network, criteria, declared=declared)
    by_dam = _checked(network, choices)
    columns = {criterion.name: _values(network, criterion, by_dam) for criterion in asked}
    table = pd.DataFrame(columns, index=pd.RangeIndex(by_dam.shape[1]))
    table.attrs["units"] = {criterion.name: criterion.unit for criterion in asked}
    return table


def _checked(network: RiverNetwork, choices: np.ndarray) -> np.ndarray:
    """Choices as (dams, n), in one piece by dam."""
    given = np.atleast_2d(np.asarray(choices))
    dams = len(network.dams)
    if given.ndim != 2 or given.shape[1] != dams or given.dtype.kind not in "biu":
        found = f"{given.dtype} {given.shape}"
        raise InputError.because("criteria.choices-shape", "choices", dams=dams, found=found)
    by_dam = np.ascontiguousarray(given.T.astype(np.int8 if given.dtype == bool else given.dtype))
    most = np.array([len(dam.options) for dam in network.dams], dtype=np.int64)
    if by_dam.size:
        wrong = (by_dam.min(axis=1) < 0) | (by_dam.max(axis=1) > most)
        if wrong.any():
            named = offenders(network.dams[d].id for d in np.flatnonzero(wrong))
            raise InputError.because("criteria.choices-unknown", "choices", offenders=named)
    return by_dam


def _values(network: RiverNetwork, criterion: Criterion, by_dam: np.ndarray) -> np.ndarray:
    amounts = amounts_of(network, criterion)
    form = _FORMS[criterion.form]
    rows = by_dam.shape[1]
    values = np.empty(rows)
    for start in range(0, rows, _BATCH):
        part = slice(start, start + _BATCH)
        values[part] = form(amounts, by_dam[:, part])
    return values * scale_of(criterion, amounts.base)


def _sum_of_built(amounts: Amounts, by_dam: np.ndarray) -> np.ndarray:
    """Σ add over dams, and what the components bring by themselves."""
    total = np.full(by_dam.shape[1], amounts.base.sum())
    for add, chosen in zip(amounts.add, by_dam, strict=True):
        total += add.take(chosen)
    return total


def _upward(amounts: Amounts) -> Iterator[tuple[int, int, int]]:
    """Component, the one below it, and the dam in between, the mouth left out."""
    for u in range(1, len(amounts.base)):
        yield u, int(amounts.below[u]), int(amounts.dam[u])


def _arriving(amounts: Amounts, by_dam: np.ndarray) -> np.ndarray:
    """What arrives at the mouth: of each component and dam, what all dams below it let pass."""
    passed = np.ones((len(amounts.base), by_dam.shape[1]))
    total = np.full(by_dam.shape[1], amounts.base[0])
    for u, below, dam in _upward(amounts):
        total += amounts.add[dam].take(by_dam[dam]) * passed[below]
        np.multiply(passed[below], amounts.keep[dam].take(by_dam[dam]), out=passed[u])
        total += amounts.base[u] * passed[u]
    return total


def _pairs(amounts: Amounts, by_dam: np.ndarray) -> np.ndarray:
    """Σ over ordered pairs of components, each pair counted where their ways down meet.

    Of pairs that meet in u there are (what reaches u)² less those that met further up already.
    """
    reaching = np.repeat(amounts.base[:, None], by_dam.shape[1], axis=1)
    earlier = np.zeros_like(reaching)
    for u, below, dam in reversed(list(_upward(amounts))):
        comes = amounts.keep[dam].take(by_dam[dam]) * reaching[u]
        reaching[below] += comes
        earlier[below] += comes * comes
    total: np.ndarray = (reaching * reaching - earlier).sum(axis=0)
    return total


def _above_a_dam(amounts: Amounts, by_dam: np.ndarray) -> np.ndarray:
    """Σ base of the components with a dam somewhere between them and the mouth."""
    cut = np.zeros((len(amounts.base), by_dam.shape[1]), dtype=bool)
    total = np.zeros(by_dam.shape[1])
    for u, below, dam in _upward(amounts):
        np.logical_or(cut[below], by_dam[dam] > 0, out=cut[u])
        total += amounts.base[u] * cut[u]
    return total


_FORMS: dict[str, Callable[[Amounts, np.ndarray], np.ndarray]] = {
    "additive": _sum_of_built,
    "affine": _arriving,
    "pairs": _pairs,
    "above": _above_a_dam,
}
