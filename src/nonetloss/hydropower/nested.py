"""All build sequences at once: when to build is one more option of a site.

Mathematical formulation
    A site with options 1..K and periods 1..T gets the K·T options (k, τ): option k, built in
    period τ. Criterion c in period t reads of (k, τ) what it reads of k if τ <= t, else what it
    reads of nothing built. Each of these c_t is a criterion of the same form, so that the search
    for efficient portfolios finds every sequence that no other beats in all periods; nested it is
    by construction. Only sequences within given bounds are kept.

In words
    Instead of choosing a portfolio for each period and asking whether they fit, choose for each
    dam the year in which it is built.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nonetloss.core.errors import NoSolutionError
from nonetloss.core.language import Text
from nonetloss.hydropower.compiled import CompiledCriterion
from nonetloss.hydropower.criteria import Criterion, compile_criteria
from nonetloss.hydropower.frontier import pareto_frontier
from nonetloss.landscape.river import (
    Attribute,
    Component,
    Dam,
    DamOption,
    RiverNetwork,
    Status,
)


@dataclass(frozen=True, slots=True)
class Moving:
    """What may be decided: options (1, 2, …) of the sites, by place of the dam in the network.

    `standing` (dams,) are the choices of all other dams, in every period. The sites in `always`
    stand from the first period on, with the same option throughout: only which one is decided.
    """

    options: Mapping[int, tuple[int, ...]]
    standing: np.ndarray
    always: frozenset[int] = frozenset()

    def ways(self, place: int, periods: int) -> tuple[tuple[int, int], ...]:
        """Option and first period of every way to build the site, beside never."""
        starts = range(1 if place in self.always else periods)
        return tuple((k, since) for k in self.options[place] for since in starts)

    def columns(self, place: int, periods: int) -> np.ndarray:
        """Choices of one site by period, int8 (ways, periods); never is first, where it may be."""
        made = [] if place in self.always else [np.zeros(periods, dtype=np.int8)]
        made += [
            np.where(np.arange(periods) >= since, k, 0).astype(np.int8)
            for k, since in self.ways(place, periods)
        ]
        return np.array(made, dtype=np.int8)


def nested_sequences(
    network: RiverNetwork,
    *,
    criteria: Sequence[str | Criterion],
    declared: Sequence[Criterion] = (),
    moving: Moving,
    limits: Sequence[Mapping[str, float]],
    memory_gib: float,
) -> np.ndarray | None:
    """Every efficient sequence within the limits.

    Parameters
    ----------
    network : RiverNetwork
    criteria : sequence
        Efficient by these, in every period.
    declared : sequence of Criterion
    moving : Moving
    limits : T mappings of criterion to number
        The worst value allowed in each period, for every criterion: at least, if maximized, at
        most, if minimized.
    memory_gib : float
        What the search may hold.

    Returns
    -------
    int8 (n, T, dams) or None
        Choices; None where no sequence keeps the limits, or where the search could not be ended
        within the memory.
    """
    compiled = compile_criteria(network, criteria, declared=declared)
    periods = len(limits)
    timed = _timed_network(network, compiled, moving, periods)
    asked = [_timed(c, i, t) for t in range(periods) for i, c in enumerate(compiled)]
    bounds = {
        _name(i, t): _within(c, limits[t][c.name])
        for t in range(periods)
        for i, c in enumerate(compiled)
    }
    try:
        fixed = {network.dams[d].id: True for d in moving.always}
        front = pareto_frontier(
            timed, criteria=asked, bounds=bounds, fixed=fixed, memory_gib=memory_gib
        )
    except NoSolutionError:
        return None
    if not front.finished or front.epsilon > 0:
        return None
    return _unfolded(front.choices, moving, periods)


def _within(compiled: CompiledCriterion, limit: float) -> tuple[float | None, float | None]:
    plain = limit / compiled.scale
    return (plain, None) if compiled.sense == "max" else (None, plain)


def _name(criterion: int, period: int) -> str:
    return f"criterion-{criterion}-{period}"


def _timed(compiled: CompiledCriterion, number: int, period: int) -> Criterion:
    """The criterion in one period, in its plain value (without scale)."""
    name = _name(number, period)
    return Criterion(
        name,
        Text.of(name),
        "",
        compiled.sense,
        compiled.form,
        base=f"base-{number}",
        add=f"add-{number}-{period}" if compiled.form == "affine" else 0.0,
        keep=f"keep-{number}-{period}",
        open_keep=f"open-{number}",
    )


def _timed_network(
    network: RiverNetwork,
    compiled: Sequence[CompiledCriterion],
    moving: Moving,
    periods: int,
) -> RiverNetwork:
    dams = tuple(
        _timed_dam(dam, d, compiled, moving, periods) for d, dam in enumerate(network.dams)
    )
    components = tuple(
        Component(part.id, {f"base-{i}": float(c.base[u]) for i, c in enumerate(compiled)})
        for u, part in enumerate(network.components)
    )
    of_dams = {name for dam in dams for option in dam.options for name in option.values}
    of_components = {name for part in components for name in part.values}
    return replace(
        network,
        components=components,
        dams=dams,
        dam_attributes={name: Attribute(name, "") for name in sorted(of_dams)},
        component_attributes={name: Attribute(name, "") for name in sorted(of_components)},
    )


def _timed_dam(
    dam: Dam, place: int, compiled: Sequence[CompiledCriterion], moving: Moving, periods: int
) -> Dam:
    def option(k: int, since: int) -> DamOption:
        values = {}
        for i, c in enumerate(compiled):
            values[f"open-{i}"] = float(c.keep[place, 0])
            for t in range(periods):
                at = k if since <= t else 0
                values[f"add-{i}-{t}"] = float(c.add[place, at])
                values[f"keep-{i}-{t}"] = float(c.keep[place, at])
        return DamOption(f"{k}-{since}", values)

    if place in moving.options:
        options = tuple(option(k, since) for k, since in moving.ways(place, periods))
        return replace(dam, options=options, status=Status.PLANNED)
    k = int(moving.standing[place])
    status = Status.BUILT if k else Status.FORBIDDEN
    return replace(dam, options=(option(k, 0),), status=status)


def _unfolded(choices: np.ndarray, moving: Moving, periods: int) -> np.ndarray:
    """Choices of the timed network as choices by period."""
    made = np.repeat(moving.standing[None, None].astype(np.int8), len(choices), axis=0)
    made = made.repeat(periods, axis=1)
    for d in moving.options:
        never = np.zeros((int(d in moving.always), periods), dtype=np.int8)
        made[:, :, d] = np.concatenate([never, moving.columns(d, periods)])[choices[:, d]]
    return made
