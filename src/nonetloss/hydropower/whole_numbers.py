"""Criteria as whole numbers, so that equal sums are equal and no rounding makes a false winner.

Decimals of the input are kept exactly wherever sums of them fit 64 bits and what a dam lets pass
is all or nothing. Products with other shares (sediment, partial passability) are rounded to 2⁻⁵⁶
of the largest value, and values at the mouth that differ by less than 1e-12 of it count as equal.
Squares of length (`pairs`) are kept to 2⁻⁶⁰ of the largest, unless they fit exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.hydropower.compiled import CompiledCriterion
from nonetloss.hydropower.places import Places

_MOST = 2**61
_FINE = 2.0**56
_FINE_SQUARE = 2.0**60
# Products of two such numbers, doubled, are exact in floating point.
_EXACT_FACTOR = 2**26
_MOST_DECIMALS = 15
# Of numbers that grow on their way down, the least is kept to at least ten digits.
_LEAST_WHOLE = 1e10
# Relative to the largest value there can be.
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Column:
    """One objective in whole numbers, turned so that more is better.

    `base` (components,), `add` (dams, 1 + options) int64, `keep` as in `CompiledCriterion`; no
    number beyond the options of a site. `factor` turns a value into whole numbers (sign aside),
    `slack` whole numbers count as equal; 0: nothing was rounded. `most`: no value is larger.
    """

    criterion: CompiledCriterion
    base: np.ndarray
    add: np.ndarray
    keep: np.ndarray
    factor: float
    slack: int
    most: float

    @property
    def sign(self) -> int:
        """1 if the criterion is maximized, else -1."""
        return 1 if self.criterion.sense == "max" else -1

    @property
    def resolution(self) -> float:
        """Below which difference values count as equal, in the unit of the criterion."""
        return self.slack / self.factor * self.criterion.scale

    def told(self, whole: np.ndarray) -> np.ndarray:
        """Whole numbers as values in the unit of the criterion, minimized ones positive."""
        values: np.ndarray = self.sign * whole.astype(np.float64) / self.factor
        return values * self.criterion.scale

    def bound(self, value: float) -> float:
        """A value in the unit of the criterion as whole numbers, not rounded."""
        if self.criterion.scale == 1.0 and self.slack == 0:
            return self.sign * float(Decimal(repr(float(value))) * Decimal(repr(self.factor)))
        return self.sign * value / self.criterion.scale * self.factor


@dataclass(frozen=True, slots=True)
class WholeNumbers:
    """Columns of the search: one for each criterion, in order, then what is only carried along.

    `cross` lists (column of R, column of T, factor) for squares; see `numerics.fronts.sums`.
    """

    columns: tuple[Column, ...]
    cross: tuple[tuple[int, int, float], ...]
    shown: int


def whole_numbers(criteria: Sequence[CompiledCriterion], *, places: Places) -> WholeNumbers:
    """All criteria in whole numbers. A square shares its R with a criterion of equal numbers.

    Raises
    ------
    InputError
        `frontier.growth` if values grow so much on their way down that 64 bits cannot hold them.
    """
    linear = [_linear(criterion, places) for criterion in criteria]
    columns = list(linear)
    cross: list[tuple[int, int, float]] = []
    for place, criterion in enumerate(criteria):
        if criterion.form != "pairs":
            continue
        root = linear[place]
        found = next(
            (i for i, c in enumerate(criteria) if c.form == "affine" and _same(linear[i], root)),
            len(columns),
        )
        if found == len(columns):
            columns.append(root)
        columns[place], factor = _square(root)
        cross.append((found, place, factor))
    return WholeNumbers(tuple(columns), tuple(cross), len(criteria))


def _linear(criterion: CompiledCriterion, places: Places) -> Column:
    base, add = criterion.base, np.nan_to_num(criterion.add)
    keep = np.nan_to_num(criterion.keep, nan=1.0)
    sign = 1 if criterion.sense == "max" else -1
    most = _most(base, add, keep, places)
    decimals = _decimals(base, add)
    plain = bool(np.isin(keep, (0.0, 1.0)).all())
    if plain and decimals is not None and most * 10.0**decimals < _MOST:
        factor, slack = 10.0**decimals, 0
        numbers = [_scaled(values, decimals) for values in (base, add)]
    else:
        factor = _FINE / most if most > 0 else 1.0
        _refuse_growth(criterion, factor)
        slack = int(_FINE * TOLERANCE) if most > 0 else 0
        numbers = [np.rint(values * factor).astype(np.int64) for values in (base, add)]
    return Column(criterion, sign * numbers[0], sign * numbers[1], keep, factor, slack, most)


def _most(base: np.ndarray, add: np.ndarray, keep: np.ndarray, places: Places) -> float:
    """What no value in the tree exceeds, even where dams let pass more than 1."""
    values = np.abs(base).astype(np.float64)
    for node in range(len(values) - 1, 0, -1):
        row = places.dam[node]
        brought = np.abs(add[row]) + np.maximum(keep[row], 1.0) * values[node]
        values[places.parent[node]] += brought.max()
    return float(values.max(initial=0.0))


def _refuse_growth(criterion: CompiledCriterion, factor: float) -> None:
    """Where dams let pass more than comes, the least number must not vanish beside the largest."""
    numbers = np.abs(np.concatenate([criterion.base, np.nan_to_num(criterion.add).ravel()]))
    least = numbers[numbers > 0].min(initial=np.inf)
    if np.nanmax(criterion.keep, initial=0.0) > 1 and least * factor < _LEAST_WHOLE:
        raise InputError.because("frontier.growth", criterion.name, least=f"{least:.6g}")


def _square(root: Column) -> tuple[Column, float]:
    """T over R, and the factor of its products."""
    most = float(root.base.sum())
    exact = root.slack == 0 and most < _EXACT_FACTOR
    factor = 1.0 if exact or most == 0 else _FINE_SQUARE / most**2
    slack = 0 if exact or most == 0 else int(_FINE_SQUARE * TOLERANCE)
    base = np.rint(factor * root.base.astype(np.float64) ** 2).astype(np.int64)
    add, keep = np.zeros_like(root.add), np.ones_like(root.keep)
    scaled = factor * root.factor**2
    return Column(root.criterion, base, add, keep, scaled, slack, root.most**2), factor


def _same(one: Column, other: Column) -> bool:
    return (
        one.sign == other.sign
        and one.factor == other.factor
        and np.array_equal(one.base, other.base)
        and np.array_equal(one.add, other.add)
        and np.array_equal(one.keep, other.keep)
    )


def _decimals(*values: np.ndarray) -> int | None:
    """Decimals with which all values are written out; None if they are too many."""
    most = 0
    for value in np.unique(np.concatenate([v.ravel() for v in values])):
        exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
        most = max(most, -int(exponent))
    return most if most <= _MOST_DECIMALS else None


def _scaled(values: np.ndarray, decimals: int) -> np.ndarray:
    whole = [int(Decimal(repr(float(v))).scaleb(decimals)) for v in values.ravel()]
    return np.array(whole, np.int64).reshape(values.shape)
