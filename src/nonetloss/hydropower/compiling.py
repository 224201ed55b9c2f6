"""From criteria to the arrays that a search over portfolios works with."""

from collections.abc import Sequence

import numpy as np

from nonetloss.hydropower.amounts import amounts_of, exact_sums_above, scale_of
from nonetloss.hydropower.compiled import CompiledCriterion
from nonetloss.hydropower.criterion import Criterion, resolved
from nonetloss.landscape.river import RiverNetwork


def compile_criteria(
    network: RiverNetwork,
    criteria: Sequence[str | Criterion],
    *,
    declared: Sequence[Criterion] = (),
) -> tuple[CompiledCriterion, ...]:
    """Criteria of a network as numbers.

    Parameters
    ----------
    network : RiverNetwork
    criteria : sequence
        Built-in names (`hydropower.criterion`), names among `declared`, or criteria themselves,
        each once.

    Returns
    -------
    tuple of CompiledCriterion
        In the same order. Additive criteria keep everything (keep 1); length above a dam becomes
        affine: a dam that is built adds all length above it and keeps nothing, so that what lies
        above two dams counts once. Numbers of a forbidden site that nobody knows stay NaN.

    Raises
    ------
    InputError
        Codes of `hydropower.criterion.resolved` and `hydropower.amounts.amounts_of`.
    """
    asked = resolved(network, criteria, declared=declared)
    return tuple(_compiled(network, criterion) for criterion in asked)


def _compiled(network: RiverNetwork, criterion: Criterion) -> CompiledCriterion:
    amounts = amounts_of(network, criterion)
    base, add, keep = amounts.base, amounts.add, amounts.keep
    if criterion.form == "above":
        above = np.zeros(len(network.dams))
        lower = amounts.dam[1:]
        above[lower] = exact_sums_above(amounts)[1:]
        site = ~np.isnan(add)
        add = np.where(site, above[:, None], np.nan)
        keep = np.where(site, 0.0, np.nan)
        add[:, 0], keep[:, 0] = 0.0, 1.0
        base = np.zeros_like(base)
    return CompiledCriterion(
        name=criterion.name,
        title=criterion.title,
        unit=criterion.unit,
        sense=criterion.sense,
        form="pairs" if criterion.form == "pairs" else "affine",
        base=base,
        add=add,
        keep=keep,
        scale=scale_of(criterion, amounts.base),
    )
