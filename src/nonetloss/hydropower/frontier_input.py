"""What is asked of a search for dam portfolios, read and checked before it begins."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.hydropower.compiled import CompiledCriterion
from nonetloss.hydropower.criteria import Criterion
from nonetloss.hydropower.search_problem import Bound
from nonetloss.landscape.river import Dam, Id, RiverNetwork, Status

Fixed = bool | str
# Bits of a whole number that can stand for exclusion groups.
_MOST_GROUPS = 62
# What fits the bytes in which choices are kept.
_MOST_OPTIONS = 127


def listed(criteria: Iterable[str | Criterion]) -> tuple[str | Criterion, ...]:
    """Criteria as a tuple; InputError `frontier.criteria` for a text, which would be letters."""
    if isinstance(criteria, str | Criterion) or not isinstance(criteria, Iterable):
        raise InputError.because("frontier.criteria", "criteria", value=criteria)
    return tuple(c if isinstance(c, Criterion) else str(c) for c in criteria)


def read_bounds(bounds: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Bound]:
    """Bounds of known criteria, each a pair of numbers or None.

    Raises
    ------
    InputError
        All of `frontier.bound-unknown`, `frontier.bound-pair` and `frontier.bound-empty`.
    """
    found: list[Finding] = []
    read: dict[str, Bound] = {}
    if bounds is not None and not isinstance(bounds, Mapping):
        raise InputError.because("frontier.bound-pair", "bounds", value=bounds)
    for name, ends in (bounds or {}).items():
        if name not in names:
            known = offenders(names, 20)
            guess = nearest(str(name), names)
            found.append(error("frontier.bound-unknown", str(name), nearest=guess, known=known))
        elif not _is_pair(ends):
            found.append(error("frontier.bound-pair", name, value=ends))
        else:
            low, high = (None if end is None else float(end) for end in ends)
            read[name] = (low, high)
            if low is not None and high is not None and low > high:
                found.append(error("frontier.bound-empty", name, low=low, high=high))
    if found:
        raise InputError(*found)
    return read


def _is_pair(ends: Any) -> bool:
    if isinstance(ends, str) or not isinstance(ends, Sequence | np.ndarray) or len(ends) != 2:
        return False
    return all(end is None or _is_number(end) for end in ends)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


def allowed_options(network: RiverNetwork, fixed: Mapping[Id, Fixed] | None) -> np.ndarray:
    """Which options of each dam may be chosen, bool (dams, 1 + most options).

    Raises
    ------
    InputError
        `frontier.fixed`, or all of `frontier.dam-unknown` and `frontier.option-unknown`.
    """
    if fixed is not None and not isinstance(fixed, Mapping):
        raise InputError.because("frontier.fixed", "fixed", value=fixed)
    options = max((len(dam.options) for dam in network.dams), default=0)
    allowed = np.zeros((len(network.dams), 1 + options), np.bool_)
    by_name = {str(id): id for id in network.dam_ids}
    wanted: dict[Id, Fixed] = {}
    found: list[Finding] = []
    for id, state in (fixed or {}).items():
        if str(id) in by_name:
            wanted[by_name[str(id)]] = state
        else:
            guess = nearest(str(id), by_name)
            known = offenders(by_name, 10)
            found.append(error("frontier.dam-unknown", str(id), nearest=guess, known=known))
    for row, dam in enumerate(network.dams):
        allowed[row, _options_of(dam, wanted.get(dam.id), found)] = True
    if found:
        raise InputError(*found)
    return allowed


def _options_of(dam: Dam, fixed: Fixed | None, found: list[Finding]) -> list[int]:
    every = list(range(1, len(dam.options) + 1))
    if isinstance(fixed, str):
        names = [option.name for option in dam.options]
        if fixed not in names:
            known = offenders([n for n in names if n] or ["true", "false"], 10)
            found.append(error("frontier.option-unknown", str(dam.id), option=fixed, known=known))
            return [0]
        return [names.index(fixed) + 1]
    if fixed is not None:
        return every if fixed else [0]
    return {Status.BUILT: every[:1], Status.PLANNED: [0, *every], Status.FORBIDDEN: [0]}[dam.status]


def negative(criterion: CompiledCriterion, allowed: np.ndarray) -> bool:
    """Whether any number that may count is below zero."""
    parts = (criterion.base, criterion.add[:, 0], criterion.add[allowed])
    return any(np.nanmin(part, initial=0.0) < 0 for part in parts)


def check_numbers(
    network: RiverNetwork,
    compiled: Sequence[CompiledCriterion],
    epsilon: float,
    allowed: np.ndarray,
) -> None:
    """Raise unless the search can be made.

    Raises
    ------
    InputError
        All of `frontier.epsilon`, `frontier.options`, `frontier.number-unknown`,
        `frontier.negative` and `frontier.groups` that hold.
    InfeasibleError
        `frontier.excluded`.
    """
    found: list[Finding] = []
    if not _is_number(epsilon) or not 0 <= epsilon < 1:
        found.append(error("frontier.epsilon", "epsilon", value=epsilon))
        epsilon = 0.0
    for dam in network.dams:
        if len(dam.options) > _MOST_OPTIONS:
            count = len(dam.options)
            found.append(error("frontier.options", str(dam.id), count=count, most=_MOST_OPTIONS))
    for criterion in compiled:
        unknown = np.isnan(np.where(allowed, criterion.add + criterion.keep, 0.0)).any(axis=1)
        if unknown.any():
            dams = offenders(np.array(network.dam_ids, object)[unknown])
            found.append(error("frontier.number-unknown", criterion.name, dams=dams))
        if epsilon > 0 and negative(criterion, allowed):
            found.append(error("frontier.negative", criterion.name, epsilon=epsilon))
    if len(network.exclusions) > _MOST_GROUPS:
        count = len(network.exclusions)
        found.append(error("frontier.groups", "exclusions", count=count, most=_MOST_GROUPS))
    if found:
        raise InputError(*found)
    stuck = _doubly_built(network, allowed)
    if stuck:
        raise InfeasibleError.because("frontier.excluded", "exclusions", groups=offenders(stuck))


def _doubly_built(network: RiverNetwork, allowed: np.ndarray) -> list[str]:
    """Exclusion groups of which two dams cannot but stand."""
    forced = {dam.id for dam, options in zip(network.dams, allowed, strict=True) if not options[0]}
    return [
        ", ".join(sorted(map(str, group & forced)))
        for group in network.exclusions
        if len(group & forced) > 1
    ]
