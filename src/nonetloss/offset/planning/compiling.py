"""From units, an objective and demands to a program."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.numerics.connectivity import contiguity, neighbor_pairs
from nonetloss.numerics.milp import Model
from nonetloss.numerics.program import Program, add_products
from nonetloss.offset.planning.demands import (
    Boundary,
    Connectivity,
    Contiguous,
    Demand,
    Linear,
    LockedIn,
    LockedOut,
    Mandatory,
    Neighbors,
)
from nonetloss.offset.planning.objectives import (
    JointTarget,
    MaximumFeatures,
    MaximumUtility,
    MinimumLargestShortfall,
    MinimumSet,
    MinimumShortfall,
    Objective,
)
from nonetloss.offset.planning.outline import outline_and_edges
from nonetloss.offset.planning.units import Units

# Of equal utility the cheaper: all money together weighs this share of all utility.
_THRIFT = 1e-7


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program to be minimized, and what its parts mean.

    `chosen` are the columns of units, zone after zone; `targets` in the order of their rows, which
    `groups` names together with the budget and the demands, for explaining a conflict.
    """

    model: Model
    chosen: slice
    targets: tuple[JointTarget, ...]
    groups: tuple[tuple[str, slice], ...]


def compile_allocation(
    units: Units, objective: Objective, *, demands: Sequence[Demand] = ()
) -> Compiled:
    """The program of `allocate`, checked but not solved; see there for the formulation."""
    count, _, zones = units.shape
    program = Program()
    lower, upper = _locks(units, demands)
    chosen = program.columns(
        count * zones, lower=lower.T.ravel(), upper=upper.T.ravel(), integer=True
    )
    groups: list[tuple[str, slice]] = []
    one = sparse.hstack([sparse.eye_array(count)] * zones, format="csr")
    mandatory = any(isinstance(d, Mandatory) for d in demands)
    if zones > 1 or mandatory:
        least = np.isfinite(units.cost).any(axis=1).astype(float) if mandatory else -np.inf
        groups.append(("mandatory", program.rows((chosen, one), lower=least, upper=1.0)))
    wanted = target_list(units, objective)
    _objective(program, units, objective, chosen, wanted, groups)
    for demand in demands:
        _demand(program, units, demand, chosen, one, groups)
    return Compiled(program.compile(), chosen, wanted, tuple(groups))


def target_list(units: Units, objective: Objective) -> tuple[JointTarget, ...]:
    """All targets of an objective that ask for something.

    Raises
    ------
    InputError
        `planning.targets`.
    """
    if isinstance(objective, MaximumUtility):
        return ()
    _, features, zones = units.shape
    given = np.asarray(objective.targets, dtype=np.float64)
    every = tuple(range(zones))
    if given.shape not in ((features,), (features, zones)) or np.isinf(given).any():
        raise InputError.because(
            "planning.targets", "targets", found=given.shape, features=features
        )
    if given.ndim == 1:
        wanted = [JointTarget(j, every, float(t)) for j, t in enumerate(given) if t > 0]
    else:
        wanted = [
            JointTarget(j, (z,), float(given[j, z]))
            for z in every
            for j in range(features)
            if given[j, z] > 0
        ]
    for extra in objective.extra:
        inside = 0 <= extra.feature < features and all(0 <= z < zones for z in extra.zones)
        if not inside or not np.isfinite(extra.amount):
            raise InputError.because(
                "planning.targets", "extra", found=(extra.feature, extra.zones), features=features
            )
        wanted.append(extra)
    return tuple(wanted)


def amounts_of(units: Units, target: JointTarget) -> sparse.csr_array:
    """(1, units x zones) what each column adds to a target."""
    blank = sparse.csr_array((1, units.shape[0]))
    parts = [
        sparse.csr_array(units.amounts[z][:, [target.feature]].T) if z in target.zones else blank
        for z in range(units.shape[2])
    ]
    return sparse.csr_array(sparse.hstack(parts, format="csr"))


def _objective(
    program: Program,
    units: Units,
    objective: Objective,
    chosen: slice,
    wanted: tuple[JointTarget, ...],
    groups: list[tuple[str, slice]],
) -> None:
    price = np.where(np.isfinite(units.cost), units.cost, 0.0).T.ravel()
    if isinstance(objective, MinimumSet):
        program.price(chosen, price)
    else:
        if np.isnan(objective.budget) or objective.budget < 0:
            raise InputError.because("planning.budget", "budget", found=objective.budget)
        if np.isfinite(objective.budget):
            money = program.rows((chosen, price[None, :]), upper=objective.budget)
            groups.append(("budget", money))
    if isinstance(objective, MaximumUtility):
        weights = _weights(objective.weights, units)
        worth = np.concatenate([matrix @ weights for matrix in units.amounts])
        thrift = _THRIFT * float(np.abs(worth).sum()) / max(float(price.sum()), 1e-300)
        program.price(chosen, thrift * price - worth)
        return
    matrix = (
        sparse.vstack([amounts_of(units, t) for t in wanted], format="csr")
        if wanted
        else sparse.csr_array((0, chosen.stop))
    )
    asked = np.array([t.amount for t in wanted])
    names = [units.features[t.feature] for t in wanted]
    if isinstance(objective, MinimumSet):
        rows = program.rows((chosen, matrix), lower=asked, names=names)
        groups += [
            (name, slice(rows.start + k, rows.start + k + 1)) for k, name in enumerate(names)
        ]
        return
    width = len(wanted)
    if isinstance(objective, MinimumLargestShortfall):
        miss = program.columns(1, cost=1.0, upper=1.0)
        program.rows((chosen, matrix), (miss, asked[:, None]), lower=asked, names=names)
        return
    weights = _weights(objective.weights, units)[[t.feature for t in wanted]]
    shares = sparse.diags_array(asked) if width else sparse.csr_array((0, 0))
    if isinstance(objective, MaximumFeatures):
        met = program.columns(width, cost=-weights, upper=1.0, integer=True)
        program.rows((chosen, matrix), (met, -shares), lower=0.0, names=names)
    elif isinstance(objective, MinimumShortfall):
        miss = program.columns(width, cost=weights, upper=1.0)
        program.rows((chosen, matrix), (miss, shares), lower=asked, names=names)


def _weights(given: np.ndarray | None, units: Units) -> np.ndarray:
    weights = np.ones(units.shape[1]) if given is None else np.asarray(given, dtype=np.float64)
    if weights.shape != (units.shape[1],) or not np.isfinite(weights).all() or (weights < 0).any():
        raise InputError.because("planning.weights", "weights", features=units.shape[1])
    return weights


def _locks(units: Units, demands: Sequence[Demand]) -> tuple[np.ndarray, np.ndarray]:
    """Bounds (units, zones)."""
    inside = np.zeros(units.cost.shape, dtype=bool)
    outside = np.isnan(units.cost)
    for demand in demands:
        if isinstance(demand, LockedIn):
            mask = np.asarray(demand.units, dtype=bool)
            inside |= _placed(mask, units, first=True)
        elif isinstance(demand, LockedOut):
            outside = outside | _placed(np.asarray(demand.units, dtype=bool), units, first=False)
    both = np.flatnonzero((inside & outside).any(axis=1) | (inside.sum(axis=1) > 1))
    if both.size:
        raise InputError.because("planning.locked", "locked", units=offenders(both))
    return inside.astype(float), (~outside).astype(float)


def _placed(mask: np.ndarray, units: Units, *, first: bool) -> np.ndarray:
    count, zones = units.cost.shape
    if mask.shape == (count, zones):
        return mask
    if mask.shape != (count,):
        raise InputError.because(
            "planning.shape", "locked", expected=(count, zones), found=mask.shape
        )
    placed = np.zeros((count, zones), dtype=bool)
    placed[:, : 1 if first else zones] = mask[:, None]
    return placed


def _demand(
    program: Program,
    units: Units,
    demand: Demand,
    chosen: slice,
    one: sparse.csr_array,
    groups: list[tuple[str, slice]],
) -> None:
    if isinstance(demand, Neighbors):
        groups.append(("neighbors", _neighbors(program, units, demand, chosen, one)))
    elif isinstance(demand, Contiguous):
        _contiguous(program, units, demand, chosen, one, groups)
    elif isinstance(demand, Linear):
        values = _values(demand.values, units)
        row = program.rows((chosen, values[None, :]), lower=demand.lower, upper=demand.upper)
        groups.append((demand.name or "linear", row))
    elif isinstance(demand, Boundary):
        _boundary(program, units, demand, chosen)
    elif isinstance(demand, Connectivity):
        _links(program, units, demand, chosen)


def _values(values: np.ndarray, units: Units) -> np.ndarray:
    given = np.asarray(values, dtype=np.float64)
    if given.shape == units.cost.shape[:1]:
        given = np.repeat(given[:, None], units.shape[2], axis=1)
    if given.shape != units.cost.shape or not np.isfinite(given).all():
        raise InputError.because(
            "planning.shape", "values", expected=units.cost.shape, found=given.shape
        )
    return given.T.ravel()


def _neighbors(
    program: Program, units: Units, demand: Neighbors, chosen: slice, one: sparse.csr_array
) -> slice:
    """sum of chosen neighbors >= k x, k no more than there are neighbors that can be chosen."""
    count = units.shape[0]
    pairs = neighbor_pairs(demand.edges, count)
    usable = np.isfinite(units.cost).any(axis=1)
    pairs = pairs[usable[pairs].all(axis=1)]
    first, second = pairs.T
    ones = np.ones(2 * len(pairs))
    near = sparse.csr_array(
        (ones, (np.concatenate([first, second]), np.concatenate([second, first]))),
        shape=(count, count),
    )
    least = np.minimum(float(demand.least), near.sum(axis=1))
    return program.rows((chosen, (near - sparse.diags_array(least)) @ one), lower=0.0)


def _contiguous(
    program: Program,
    units: Units,
    demand: Contiguous,
    chosen: slice,
    one: sparse.csr_array,
    groups: list[tuple[str, slice]],
) -> None:
    count = units.shape[0]
    block = contiguity(demand.edges, count, components=demand.components)
    more = program.columns(block.columns, upper=block.upper, integer=block.integer)
    start = stop = 0
    for number, rows in enumerate(block.rows):
        matrix = sparse.csr_array(rows.matrix)
        at = program.rows(
            (chosen, matrix[:, :count] @ one),
            (more, matrix[:, count:]),
            lower=rows.lower,
            upper=rows.upper,
        )
        start, stop = (at.start if number == 0 else start), at.stop
    groups.append(("contiguous", slice(start, stop)))


def _boundary(program: Program, units: Units, demand: Boundary, chosen: slice) -> None:
    count, _, zones = units.shape
    edges = outline_and_edges(demand.lengths, count, demand.exposed_edge_factor)
    weights = _zone_weights(demand.zones, zones)
    own = np.concatenate([weights[z, z] * edges.outline for z in range(zones)])
    program.price(chosen, demand.penalty * own)
    for z, y in _zone_pairs(weights):
        saved = 2 * demand.penalty * weights[z, y] * edges.length
        for first, second in _sides(edges.first, edges.second, z, y):
            add_products(program, chosen, first + z * count, second + y * count, -saved)


def _links(program: Program, units: Units, demand: Connectivity, chosen: slice) -> None:
    count, _, zones = units.shape
    links = sparse.csr_array(demand.links, dtype=np.float64)
    bad = links.shape != (count, count) or not np.isfinite(links.data).all()
    if bad or (links.data < 0).any():
        raise InputError.because(
            "planning.shape", "links", expected=(count, count), found=links.shape
        )
    links = sparse.csr_array(links - sparse.diags_array(links.diagonal()))
    skew = abs(links - links.T)
    if skew.nnz == 0 or skew.max() <= 1e-12 * abs(links).max():
        pairs = sparse.triu(links, k=1, format="coo")
        weights = _zone_weights(demand.zones, zones)
        for z, y in _zone_pairs(weights):
            reward = -demand.penalty * weights[z, y] * pairs.data
            for first, second in _sides(pairs.row, pairs.col, z, y):
                add_products(program, chosen, first + z * count, second + y * count, reward)
        return
    # p c_ij x_i (1 - x_j) = p c_ij x_i - p c_ij x_i x_j
    leads = links.tocoo()
    for z in range(zones):
        where = slice(chosen.start + z * count, chosen.start + (z + 1) * count)
        program.price(where, demand.penalty * links.sum(axis=1))
        add_products(
            program,
            chosen,
            leads.row + z * count,
            leads.col + z * count,
            -demand.penalty * leads.data,
        )


def _zone_weights(given: np.ndarray | None, zones: int) -> np.ndarray:
    weights = np.eye(zones) if given is None else np.asarray(given, dtype=np.float64)
    symmetric = weights.shape == (zones, zones) and np.array_equal(weights, weights.T)
    if not symmetric or np.abs(weights).max(initial=0.0) > 1:
        raise InputError.because("planning.zones", "zones", zones=zones)
    return weights


def _zone_pairs(weights: np.ndarray) -> list[tuple[int, int]]:
    zones = weights.shape[0]
    return [(z, y) for z in range(zones) for y in range(z, zones) if weights[z, y] != 0]


def _sides(
    first: np.ndarray, second: np.ndarray, z: int, y: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs (unit in z, unit in y); both ways round where the zones differ."""
    return [(first, second)] if z == y else [(first, second), (second, first)]
