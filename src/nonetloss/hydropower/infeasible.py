"""Why no portfolio meets the bounds: which bound is beyond reach, and by how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nonetloss.core.findings import Finding, error, offenders
from nonetloss.core.units import range_text
from nonetloss.hydropower.compiled import CompiledCriterion
from nonetloss.hydropower.places import Places
from nonetloss.hydropower.search_problem import Bound, problem_of
from nonetloss.hydropower.whole_numbers import Column, WholeNumbers, whole_numbers
from nonetloss.landscape.river import RiverNetwork
from nonetloss.numerics.fronts.tree import Guide, tree_front


@dataclass(frozen=True, slots=True)
class Infeasible:
    """A search that found nothing. `allowed` is bool (dams, 1 + options)."""

    network: RiverNetwork
    places: Places
    compiled: Sequence[CompiledCriterion]
    allowed: np.ndarray
    bounds: Mapping[str, Bound]

    def findings(self, guide: Guide) -> list[Finding]:
        """For every bound, how far what is possible while the others hold stays from it.

        Only the least and the largest value are sought, exactly, within the memory of the search
        that failed. Where both lie on either side of a band, no distance is told.

        Raises
        ------
        MemoryError
            If it does not fit.
        """
        given = [c for c in self.compiled if _is_bound(self.bounds.get(c.name))]
        found = []
        for criterion in given:
            others = {n: b for n, b in self.bounds.items() if n != criterion.name}
            ends = [self._extreme(criterion, others, guide, up=up) for up in (False, True)]
            if ends[0] is None or ends[1] is None:
                continue
            bound = self.bounds[criterion.name]
            found.append(_missed(criterion, bound, ends[0], ends[1], alone=len(given) == 1))
        if not found:
            names = offenders([c.name for c in given], 10) or "–"
            found.append(error("frontier.no-portfolio-together", "bounds", names=names))
        return found

    def _extreme(
        self, criterion: CompiledCriterion, others: Mapping[str, Bound], guide: Guide, *, up: bool
    ) -> float | None:
        """Largest or least value of one criterion under the bounds of others; None: none at all."""
        rest = [c for c in self.compiled if c is not criterion and _is_bound(others.get(c.name))]
        numbers = whole_numbers([criterion, *rest], places=self.places)
        column = numbers.columns[0]
        turned = numbers if up == (column.sign > 0) else _turned(numbers)
        problem = problem_of(self.network, self.places, turned, self.allowed, others)
        exactly = replace(guide, epsilon=0.0, hurry=lambda: None)
        front = tree_front(replace(problem, shown=(0,)), exactly)
        if front.hurried:
            raise MemoryError
        if len(front.points) == 0:
            return None
        whole = front.points if turned is numbers else -front.points
        return float(column.told(whole[:, 0])[0])


def _is_bound(bound: Bound | None) -> bool:
    return bound is not None and any(end is not None for end in bound)


def _turned(numbers: WholeNumbers) -> WholeNumbers:
    """The first criterion turned around; a square with a root of its own, turned as well."""
    columns = list(numbers.columns)
    columns[0] = _opposite(columns[0])
    cross = []
    for r, t, factor in numbers.cross:
        root = r
        if t == 0 or r == 0:
            # The root of the turned square, or of another one that shared the turned criterion.
            root = len(columns)
            columns.append(_opposite(numbers.columns[r]) if t == 0 else numbers.columns[r])
        cross.append((root, t, -factor if t == 0 else factor))
    return replace(numbers, columns=tuple(columns), cross=tuple(cross))


def _opposite(column: Column) -> Column:
    return replace(column, base=-column.base, add=-column.add)


def _missed(
    criterion: CompiledCriterion, bound: Bound, least: float, most: float, *, alone: bool
) -> Finding:
    low = -np.inf if bound[0] is None else bound[0]
    high = np.inf if bound[1] is None else bound[1]
    unit = f" {criterion.unit}" if criterion.unit else ""
    told: dict[str, str | float] = {"range": range_text(low, high, criterion.unit), "unit": unit}
    if most < low or least > high:
        nearest, miss = (most, low - most) if most < low else (least, least - high)
        code = "frontier.no-portfolio" if alone else "frontier.no-portfolio-others"
        told |= {"nearest_value": float(f"{nearest:.12g}"), "miss": float(f"{miss:.6g}")}
    else:
        code = "frontier.no-portfolio-between"
        told |= {"least": float(f"{least:.12g}"), "most": float(f"{most:.12g}")}
    return error(code, criterion.name, **told)
