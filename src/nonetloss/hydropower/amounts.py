"""The numbers that a criterion takes from a network, read once and checked.

Decimals stay decimals: 1 - 0.9 is read as 0.1, not as 0.09999999999999998, so that whoever sums
the numbers exactly can.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf, isfinite, isinf, isnan, nan

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.hydropower.criterion import COMPLEMENT, PASSAGE, Criterion
from nonetloss.hydropower.places import Places
from nonetloss.landscape.river import DamOption, RiverNetwork, Status


@dataclass(frozen=True, slots=True)
class Amounts:
    """Numbers of one criterion: `base` (components,), `add` and `keep` (dams, 1 + options).

    Column 0 of `add` and `keep` is "nothing built"; beyond the options of a site there is NaN, as
    for a forbidden site of which nobody knows the number. `below` (components,) is the index of
    the component downstream and `dam` (components,) that of the dam in between; -1 for the mouth.
    """

    base: np.ndarray
    add: np.ndarray
    keep: np.ndarray
    below: np.ndarray
    dam: np.ndarray


def amounts_of(network: RiverNetwork, criterion: Criterion) -> Amounts:
    """Read and check what the criterion needs.

    Raises
    ------
    InputError
        All of `criteria.attribute-unknown`, `criteria.dams-without-value`,
        `criteria.components-without-value`, `criteria.not-finite`, `criteria.passage`,
        `criteria.trap`, `criteria.negative-keep`, `criteria.negative-base` and
        `criteria.no-length` that hold; the dams or components are named.
    """
    found = unknown_attributes(network, criterion)
    if found:
        raise InputError(*found)
    found = _dam_findings(network, criterion)
    wide = 1 + max((len(dam.options) for dam in network.dams), default=0)
    add = np.full((len(network.dams), wide), nan)
    keep = np.full((len(network.dams), wide), nan)
    add[:, 0] = 0.0
    for d, dam in enumerate(network.dams):
        keep[d, 0] = _number(criterion.open_keep, dam.options[0])
        for o, option in enumerate(dam.options, start=1):
            add[d, o] = _number(criterion.add, option)
            keep[d, o] = _number(criterion.keep, option)
    base = np.array([_base(criterion.base, c.values) for c in network.components])
    found += _base_findings(network, criterion, base)
    if found:
        raise InputError(*found)
    places = Places.of(network)
    return Amounts(base, add, keep, places.parent, places.dam)


def scale_of(criterion: Criterion, base: np.ndarray) -> float:
    """What turns the plain value into the unit in which it is told."""
    if not criterion.percent:
        return 1.0
    total = float(sum(map(_decimal, base)))
    return 100.0 / (total * total if criterion.form == "pairs" else total)


def exact_sums_above(amounts: Amounts) -> np.ndarray:
    """Σ of base (components,) of each component and all above it, summed as decimals."""
    sums = [_decimal(value) for value in amounts.base]
    for u in range(len(sums) - 1, 0, -1):
        sums[amounts.below[u]] += sums[u]
    return np.array([float(value) for value in sums])


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _base(what: str | float, values: Mapping[str, float]) -> float:
    return float(values.get(what, nan)) if isinstance(what, str) else float(what)


def _number(what: str | float, option: DamOption) -> float:
    if not isinstance(what, str):
        return float(what)
    if what == PASSAGE:
        return float(_decimal(option.passage_up) * _decimal(option.passage_down))
    name = what.removeprefix(COMPLEMENT)
    value = float(option.values.get(name, nan))
    if name == what or not isfinite(value):
        return value
    return float(1 - _decimal(value))


def attributes_of(criterion: Criterion) -> tuple[str, ...]:
    """Attributes of dams that a criterion reads."""
    asked = (criterion.add, criterion.keep, criterion.open_keep)
    named = (a.removeprefix(COMPLEMENT) for a in asked if isinstance(a, str) and a != PASSAGE)
    return tuple(dict.fromkeys(named))


def unknown_attributes(network: RiverNetwork, criterion: Criterion) -> list[Finding]:
    """Attributes that a criterion asks for and the network does not have."""
    wanted = [(name, network.dam_attributes) for name in attributes_of(criterion)]
    if isinstance(criterion.base, str):
        wanted.append((criterion.base, network.component_attributes))
    return [
        error(
            "criteria.attribute-unknown",
            criterion.name,
            attribute=name,
            nearest=nearest(name, known),
            known=offenders(sorted(known), 20) or "–",
        )
        for name, known in wanted
        if name not in known
    ]


def _dam_findings(network: RiverNetwork, criterion: Criterion) -> list[Finding]:
    """What is wrong with values of dams that could be built, by attribute."""
    options = [
        (f"{dam.id} ({option.name})" if option.name else str(dam.id), option)
        for dam in network.dams
        if dam.status is not Status.FORBIDDEN
        for option in dam.options
    ]
    keeps = (criterion.keep, criterion.open_keep)
    found = []
    for name in attributes_of(criterion):
        values = [(label, float(option.values.get(name, nan))) for label, option in options]
        found += _not_numbers(criterion, name, values, code="criteria.dams-without-value")
        if f"{COMPLEMENT}{name}" in keeps:
            found += _outside(criterion, name, values, high=1.0, code="criteria.trap")
        if name in keeps:
            found += _outside(criterion, name, values, high=inf, code="criteria.negative-keep")
    if PASSAGE in keeps:
        for name in ("passage_up", "passage_down"):
            values = [(label, float(getattr(option, name))) for label, option in options]
            found += _not_numbers(criterion, name, values, code="criteria.dams-without-value")
            found += _outside(criterion, name, values, high=1.0, code="criteria.passage")
    numbers = [("keep", k) for k in keeps if not isinstance(k, str)]
    return found + _outside(criterion, "keep", numbers, high=inf, code="criteria.negative-keep")


def _base_findings(network: RiverNetwork, criterion: Criterion, base: np.ndarray) -> list[Finding]:
    """What is wrong with values of components."""
    name = str(criterion.base)
    values = [(str(c.id), float(b)) for c, b in zip(network.components, base, strict=True)]
    found = _not_numbers(criterion, name, values, code="criteria.components-without-value")
    found += _outside(criterion, name, values, high=inf, code="criteria.negative-base")
    if criterion.percent and not found and not base.any():
        found.append(error("criteria.no-length", criterion.name, attribute=name))
    return found


def _not_numbers(
    criterion: Criterion, name: str, values: list[tuple[str, float]], *, code: str
) -> list[Finding]:
    found = []
    missing = [label for label, value in values if isnan(value)]
    if missing:
        found.append(error(code, criterion.name, attribute=name, offenders=offenders(missing)))
    infinite = [label for label, value in values if isinf(value)]
    if infinite:
        shown = offenders(infinite)
        found.append(error("criteria.not-finite", criterion.name, attribute=name, offenders=shown))
    return found


def _outside(
    criterion: Criterion, name: str, values: list[tuple[str, float]], *, high: float, code: str
) -> list[Finding]:
    """Finite values below 0 or above `high`; a component or dam with NaN is told elsewhere."""
    wrong = [f"{label}: {v:.10g}" for label, v in values if isfinite(v) and not 0 <= v <= high]
    if not wrong:
        return []
    return [error(code, criterion.name, attribute=name, offenders=offenders(wrong))]
