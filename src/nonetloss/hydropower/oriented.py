"""A front read so that less is better in every column, with the tolerance of its numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Port
from nonetloss.core.units import quantity
from nonetloss.hydropower.criterion import Criterion
from nonetloss.hydropower.evaluation import evaluate
from nonetloss.hydropower.results import CriterionLabel, Frontier
from nonetloss.landscape.river import Id, RiverNetwork

FRONTIER = Port(
    "frontier",
    "Frontier",
    Text(es="Frente de portafolios eficientes.", en="Front of efficient portfolios."),
)
FLECKER = "Flecker et al. 2022, doi 10.1126/science.abj4017"

# Sums in another order differ by less than this share (conventions §10).
_RELATIVE = 1e-9


@dataclass(frozen=True, slots=True)
class Oriented:
    """Values (n, d) turned so that less is better.

    `sign` (d,) is -1 where the criterion is maximized. `tolerance` (d,) is the difference, in the
    unit of the criterion, below which two values are the same.
    """

    names: tuple[str, ...]
    sign: np.ndarray
    lower: np.ndarray
    tolerance: np.ndarray

    def scales(self, measure: str = "ratio") -> np.ndarray:
        """(n, d): the size of each value (`ratio`), or the range of each criterion (`range`)."""
        if measure == "ratio":
            return np.abs(self.lower)
        return np.broadcast_to(np.ptp(self.lower, axis=0), self.lower.shape)

    def turned(self, values: pd.DataFrame) -> np.ndarray:
        """Other values of the same criteria, turned likewise."""
        return values[list(self.names)].to_numpy(dtype=np.float64) * self.sign


def oriented(frontier: Frontier, names: Sequence[str] | None = None) -> Oriented:
    """The named criteria of a front (None: all), turned.

    Raises
    ------
    InputError
        `selection.front-empty`, `selection.criterion-unknown`.
    """
    if not len(frontier):
        raise InputError.because("selection.front-empty", "frontier")
    asked = [c.name for c in frontier.criteria] if names is None else list(names)
    labels = [label(frontier, name) for name in asked]
    sign = np.array([-1.0 if c.sense == "max" else 1.0 for c in labels])
    values = frontier.values[asked].to_numpy(dtype=np.float64)
    resolution = frontier.certificate.resolution
    tolerance = np.array(
        [
            max(_RELATIVE * float(np.abs(column).max()), resolution.get(name, 0.0))
            for name, column in zip(asked, values.T, strict=True)
        ]
    )
    return Oriented(tuple(asked), sign, values * sign, tolerance)


def label(frontier: Frontier, name: str) -> CriterionLabel:
    """The criterion of that name.

    Raises
    ------
    InputError
        `selection.criterion-unknown`, with the nearest.
    """
    by_name = {c.name: c for c in frontier.criteria}
    if name not in by_name:
        near, listed = nearest(str(name), by_name), offenders(by_name, 20)
        raise InputError.because(
            "selection.criterion-unknown", str(name), nearest=near, known=listed
        )
    return by_name[name]


def amount(frontier: Frontier, name: str, written: object) -> float:
    """A number in the unit of a criterion; a plain number is taken to be in it already.

    Raises
    ------
    InputError
        `selection.criterion-unknown`; UnitError as `core.units.quantity`.
    """
    unit = label(frontier, name).unit
    plain = isinstance(written, int | float) and not isinstance(written, bool)
    return quantity(written, "" if plain else unit, name=name)


def units(frontier: Frontier, names: Iterable[str] | None = None) -> dict[str, str]:
    """Unit of each criterion, for `attrs["units"]`."""
    wanted = {c.name for c in frontier.criteria} if names is None else set(names)
    return {c.name: c.unit for c in frontier.criteria if c.name in wanted}


def values_of(
    frontier: Frontier,
    network: RiverNetwork,
    choices: np.ndarray,
    declared: Sequence[Criterion] = (),
) -> pd.DataFrame:
    """What other portfolios are worth by the criteria of the front.

    Raises
    ------
    InputError
        `selection.other-network` if front and network are not of the same dams; as `evaluate`.
    """
    require_same_dams(frontier, network)
    return evaluate(
        network, choices, criteria=[c.name for c in frontier.criteria], declared=declared
    )


def require_same_dams(frontier: Frontier, network: RiverNetwork) -> None:
    """InputError `selection.other-network` unless the dams are the same, in the same order."""
    if tuple(frontier.dams) != network.dam_ids:
        strange = set(map(str, frontier.dams)) ^ set(map(str, network.dam_ids))
        listed = offenders(sorted(strange)) or "–"
        raise InputError.because("selection.other-network", "frontier", offenders=listed)


def dams_text(ids: Iterable[Id]) -> str:
    """Ids as one text of a table."""
    return ", ".join(map(str, ids))


def differences(dams: Sequence[Id], before: np.ndarray, after: np.ndarray) -> dict[str, str]:
    """Which dams to `add`, `drop` and `change` (another option) to come from one to the other."""
    changed = before != after
    parts = {
        "add": changed & (before == 0),
        "drop": changed & (after == 0),
        "change": changed & (before > 0) & (after > 0),
    }
    return {
        name: dams_text(id for id, w in zip(dams, which, strict=True) if w)
        for name, which in parts.items()
    }


def targets_of(frontier: Frontier, targets: Mapping[str, object] | None) -> dict[str, float]:
    """Targets by criterion, in its unit.

    Raises
    ------
    InputError
        All of `selection.criterion-unknown` and the codes of units that hold, and
        `selection.targets-none` if there is no target.
    """
    if not targets:
        raise InputError.because("selection.targets-none", "targets")
    read: dict[str, float] = {}
    found: list[Finding] = []
    for name, written in targets.items():
        try:
            read[str(name)] = amount(frontier, str(name), written)
        except InputError as problem:
            found.extend(problem.findings)
    if found:
        raise InputError(*found)
    return read


def reaching(frontier: Frontier, targets: Mapping[str, float]) -> np.ndarray:
    """Mask (n,) of the portfolios that reach every target, within the tolerance of the numbers."""
    turned = oriented(frontier, list(targets))
    wanted = np.array(list(targets.values())) * turned.sign
    return np.asarray((turned.lower <= wanted + turned.tolerance).all(axis=1))


def loss_names(
    frontier: Frontier, least: Sequence[str] | None, others: Iterable[str]
) -> tuple[str, ...]:
    """Criteria whose loss is to be small: those named, or all that are not among `others`.

    Raises
    ------
    InputError
        `selection.criterion-unknown`, `selection.least-repeated`, `selection.least-none`.
    """
    taken = set(others)
    if least is None:
        names = tuple(c.name for c in frontier.criteria if c.name not in taken)
    else:
        names = tuple(str(name) for name in least)
        for name in names:
            label(frontier, name)
        twice = [n for n in names if names.count(n) > 1 or n in taken]
        if twice:
            raise InputError(error("selection.least-repeated", offenders(sorted(set(twice)))))
    if not names:
        raise InputError.because("selection.least-none", "least")
    return names
