"""What is wanted of each feature: a share for all, amounts or shares by name, or a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.findings import Finding, nearest, offenders, warning
from nonetloss.core.units import quantity
from nonetloss.offset.selection.unit_case import UnitCase

# (is a share, value)
Wanted = tuple[bool, float]


def read_targets(
    given: Mapping[str, Any], *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> dict[str, Wanted]:
    """Targets by feature: a number is an amount, a text with % a share of the total.

    `layers` and `ecosystems` are the names that a study has; features are columns or rasters of
    their own and are checked when they are known.

    Raises
    ------
    InputError
        `selection.target`.
    """
    return {str(name): _target(str(name), value) for name, value in given.items()}


def read_weights(
    given: Mapping[str, Any], *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> dict[str, float]:
    """Weights by feature; other features weigh 1. See `read_targets`.

    Raises
    ------
    InputError, StudyError
        `selection.target`, or what `core.units.quantity` raises.
    """
    weights = {str(name): quantity(value, "", name=str(name)) for name, value in given.items()}
    for name, weight in weights.items():
        if not 0 <= weight < float("inf"):
            raise InputError.because("selection.target", name, found=weight)
    return weights


def target_amounts(
    case: UnitCase,
    *,
    share: float | None = None,
    targets: Mapping[str, Wanted] | None = None,
    goals: pd.DataFrame | None = None,
) -> np.ndarray | None:
    """(features,) amounts wanted; NaN where nothing is. None if nothing at all is said.

    Parameters
    ----------
    share : float or None
        Share of the total wanted of every feature that nothing else is said of.
    targets : mapping or None
        See `read_targets`.
    goals : DataFrame or None
        Columns `feature` and `target` (amount) or `share` (0 to 1). `targets` overrides it.

    Raises
    ------
    InputError
        `selection.feature-unknown`, `selection.goals`, `selection.target`.
    """
    if share is None and not targets and goals is None:
        return None
    amounts = np.full(len(case.units.features), np.nan if share is None else share) * (
        1.0 if share is None else case.totals
    )
    by_name = {**({} if goals is None else _goals(goals)), **(targets or {})}
    for name, (relative, value) in by_name.items():
        j = _index(case, name)
        amounts[j] = value * case.totals[j] if relative else value
    return amounts


def within_reach(case: UnitCase, targets: np.ndarray) -> tuple[np.ndarray, tuple[Finding, ...]]:
    """Targets that ask for no more than the available units hold, and which ones were lowered."""
    can = ~case.locked_out & ~np.isnan(case.cost)
    reach = case.units.amounts[0].T @ can.astype(np.float64)
    over = targets > reach * (1 + 1e-9)
    if not over.any():
        return targets, ()
    names = offenders(np.array(case.units.features, dtype=object)[over])
    found = warning("selection.lowered", names, count=int(over.sum()))
    return np.where(over, reach, targets), (found,)


def feature_weights(
    case: UnitCase, weights: Mapping[str, float] | None, goals: pd.DataFrame | None = None
) -> np.ndarray | None:
    """(features,) weights, 1 where nothing is said; None if nothing at all is said.

    Raises
    ------
    InputError
        `selection.feature-unknown`.
    """
    tabled: dict[str, float] = {}
    if goals is not None and "weight" in goals.columns:
        written = pd.to_numeric(goals["weight"], errors="coerce")
        tabled = {
            str(f): float(w) for f, w in zip(goals["feature"], written, strict=True) if w >= 0
        }
    named = {**tabled, **(weights or {})}
    if not named:
        return None
    values = np.ones(len(case.units.features))
    for name, weight in named.items():
        values[_index(case, name)] = weight
    return values


def _index(case: UnitCase, name: str) -> int:
    if name not in case.units.features:
        raise InputError.because(
            "selection.feature-unknown",
            name,
            nearest=nearest(name, case.units.features),
            known=offenders(case.units.features, 20),
        )
    return case.units.features.index(name)


def _target(name: str, value: Any) -> Wanted:
    relative = isinstance(value, str) and value.strip().endswith("%")
    try:
        number = quantity(value.strip()[:-1] if relative else value, "", name=name)
    except NonetlossError as cause:
        raise InputError.because("selection.target", name, found=value) from cause
    number = number / 100 if relative else number
    if not 0 <= number < float("inf") or (relative and number > 1):
        raise InputError.because("selection.target", name, found=value)
    return relative, number


def _goals(table: pd.DataFrame) -> dict[str, Wanted]:
    kinds = [c for c in ("target", "share") if c in table.columns]
    if "feature" not in table.columns or not kinds:
        raise InputError.because("selection.goals", "goals", found=offenders(table.columns, 20))
    twice = table["feature"][table["feature"].duplicated()]
    if len(twice):
        raise InputError.because("selection.goals", "goals", found=offenders(twice.unique()))
    wanted: dict[str, Wanted] = {}
    for _, row in table.iterrows():
        name = str(row["feature"])
        said = [(kind, row[kind]) for kind in kinds if pd.notna(row[kind])]
        if len(said) > 1:
            raise InputError.because("selection.goals", name, found=f"{name}: target, share")
        for kind, value in said:
            relative, number = _target(name, float(value))
            if kind == "share" and number > 1:
                raise InputError.because("selection.target", name, found=value)
            wanted[name] = (relative or kind == "share", number)
    return wanted
