"""A river network, criteria in whole numbers and bounds as the tree that is searched."""

from collections.abc import Mapping

import numpy as np

from nonetloss.hydropower.places import Places
from nonetloss.hydropower.whole_numbers import WholeNumbers
from nonetloss.landscape.river import RiverNetwork
from nonetloss.numerics.fronts.tree import TreeProblem

# Low and high, inclusive, in the unit of the criterion; None where there is none.
Bound = tuple[float | None, float | None]


def problem_of(
    network: RiverNetwork,
    places: Places,
    numbers: WholeNumbers,
    allowed: np.ndarray,
    bounds: Mapping[str, Bound],
) -> TreeProblem:
    """The tree of choices. `allowed` is bool (dams, 1 + options)."""
    above = places.above
    count, options, width = len(places.parent), allowed.shape[1], len(numbers.columns)
    add = np.zeros((count, options, width), np.int64)
    keep = np.ones((count, options, width))
    ways = np.zeros((count, options), np.bool_)
    ways[above] = allowed
    for k, column in enumerate(numbers.columns):
        add[above, :, k], keep[above, :, k] = column.add, column.keep
    claims = np.zeros((count, options), np.int64)
    rows = {dam.id: row for dam, row in zip(network.dams, above, strict=True)}
    for bit, group in enumerate(network.exclusions):
        for id in group:
            claims[rows[id], 1:] |= 1 << bit
    low, high = _whole_bounds(numbers, bounds)
    # An upper bound on what is turned upward makes dominated parts useful.
    mirrored = {k for k in range(width) if np.isfinite(high[k])}
    mirrored |= {r for r, t, _ in numbers.cross if t in mirrored}
    return TreeProblem(
        parent=places.parent,
        base=np.stack([c.base for c in numbers.columns], axis=1),
        add=add,
        keep=keep,
        allowed=ways,
        claims=claims,
        cross=numbers.cross,
        shown=tuple(range(numbers.shown)),
        low=low,
        high=high,
        mirrored=tuple(sorted(mirrored)),
        slack=np.array([c.slack for c in numbers.columns], np.int64),
    )


def _whole_bounds(
    numbers: WholeNumbers, bounds: Mapping[str, Bound]
) -> tuple[np.ndarray, np.ndarray]:
    width = len(numbers.columns)
    low, high = np.full(width, -np.inf), np.full(width, np.inf)
    for k, column in enumerate(numbers.columns[: numbers.shown]):
        ends = [
            None if value is None else column.bound(value)
            for value in bounds.get(column.criterion.name, (None, None))
        ]
        least, most = ends if column.sign > 0 else ends[::-1]
        # Whole numbers are compared; what is exact in decimals may sit a rounding off in binary.
        if least is not None:
            low[k] = np.ceil(least - abs(least) * 1e-15 - column.slack)
        if most is not None:
            high[k] = np.floor(most + abs(most) * 1e-15 + column.slack)
    return low, high
