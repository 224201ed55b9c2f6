"""The value of a hectare over the years, with the offset and without it."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nonetloss.core.estimate import Estimate
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.stats import pert
from nonetloss.offset.counterfactual.curves import STRAIGHT, Curve, along, decline
from nonetloss.offset.counterfactual.planned import PlannedChange, drawn, expected
from nonetloss.offset.counterfactual.vocabulary import Paths

# Actions that hold what is there, and those that bring something back; without accents.
HOLDING = frozenset(
    {
        *("protect", "protection", "conserve", "conservation", "preserve", "preservation"),
        *("proteger", "proteccion", "conservar", "conservacion", "preservar", "preservacion"),
    }
)
RESTORING = frozenset(
    {
        *("restore", "restoration", "rehabilitate", "rehabilitation", "recover", "recovery"),
        *("reforest", "reforestation", "create", "creation", "enhance", "enhancement"),
        *("restaurar", "restauracion", "rehabilitar", "rehabilitacion", "recuperar"),
        *("recuperacion", "reforestar", "reforestacion", "crear", "creacion", "mejorar", "mejora"),
    }
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is assumed of the years ahead.

    `times` (years,) are the moments, in years from the impact, at which values are taken;
    `horizon` the end of the period. `rates` per ecosystem is the share of its value that land
    without an offset loses every year; an ecosystem that is not named follows the value without
    that the parcel states. `planned` are changes in their order. `without` is the curve toward the
    stated value without.
    """

    times: np.ndarray
    horizon: float
    curves: Mapping[str, Curve] = field(default_factory=dict)
    without: Curve = STRAIGHT
    rates: Mapping[str, Estimate] = field(default_factory=dict)
    planned: Sequence[PlannedChange] = ()
    reversal: Estimate = field(default_factory=lambda: Estimate.exact(0.0))

    def changes(self, parcel: str) -> tuple[PlannedChange, ...]:
        """The planned changes of one parcel."""
        return tuple(c for c in self.planned if c.parcel == parcel)


@dataclass(frozen=True, slots=True)
class Values:
    """One or more states of the world of a parcel, each (n,). `rate` None: as the parcel states."""

    today: np.ndarray
    intended: np.ndarray
    without: np.ndarray
    rate: np.ndarray | None
    reversal: np.ndarray


def action_of(parcel: Parcel) -> str:
    """The action in small letters and without accents."""
    letters = unicodedata.normalize("NFKD", parcel.action.strip().casefold())
    return "".join(c for c in letters if not unicodedata.combining(c))


def holds(parcel: Parcel) -> bool:
    """Whether the action keeps what is there."""
    return action_of(parcel) in HOLDING


def today_of(parcel: Parcel) -> Estimate:
    """The value of a parcel today; where it is not said, that from which the offset starts.

    Land to be protected has today the value that protection keeps; land to be restored has that
    to which it would stay without. `gain.counterfactual` refuses other actions there.
    """
    if parcel.value_today is not None:
        return parcel.value_today
    return parcel.value_with if holds(parcel) else parcel.value_without


def likely_values(parcel: Parcel, outlook: Outlook) -> Values:
    """The likely state of the world, n = 1."""
    rate = outlook.rates.get(parcel.ecosystem)
    return Values(
        today=np.array([today_of(parcel).likely]),
        intended=np.array([parcel.value_with.likely]),
        without=np.array([parcel.value_without.likely]),
        rate=None if rate is None else np.array([rate.likely]),
        reversal=np.array([outlook.reversal.likely]),
    )


@dataclass(frozen=True, slots=True)
class World:
    """What all parcels of a draw share: rankings of their values, rates, leakage, reversal.

    `ranks` by name of the value, (draws,), or empty where parcels vary independently.
    """

    draws: int
    ranks: Mapping[str, np.ndarray]
    rates: Mapping[str, np.ndarray]
    leakage: np.ndarray
    reversal: np.ndarray


def draw_world(
    outlook: Outlook,
    leakage: Estimate,
    *,
    together: bool,
    draws: int,
    rng: np.random.Generator,
) -> World:
    """One state per draw of what parcels have in common."""
    names = ("today", "with", "without")
    ranks = {n: np.argsort(rng.permutation(draws)) for n in names}
    rates = {name: _sample(outlook.rates[name], draws, rng) for name in sorted(outlook.rates)}
    shared = [_sample(e, draws, rng) for e in (leakage, outlook.reversal)]
    return World(draws, ranks if together else {}, rates, shared[0], shared[1])


def drawn_values(parcel: Parcel, world: World, rng: np.random.Generator) -> Values:
    """States of the world of one parcel, n = draws."""
    kept = {"with": parcel.value_with, "without": parcel.value_without}
    samples = {name: _ranked(e, name, world, rng) for name, e in kept.items()}
    if parcel.value_today is not None:
        today = _ranked(parcel.value_today, "today", world, rng)
    else:
        # Not a number of its own: it goes up and down with the one that it stands for.
        today = samples["with" if holds(parcel) else "without"]
    rate = world.rates.get(parcel.ecosystem)
    return Values(today, samples["with"], samples["without"], rate, world.reversal)


def paths(
    parcel: Parcel, values: Values, outlook: Outlook, *, rng: np.random.Generator | None
) -> Paths:
    """Values over the years in each state of the world.

    Parameters
    ----------
    parcel : Parcel
    values : Values
    outlook : Outlook
    rng : numpy Generator or None
        Decides in which draws a planned change comes. None: changes enter with their probability.

    Notes
    -----
    Until the offset begins at year s the land follows the path without it. From then on its value
    moves from v(s) to the value with the offset along the curve of the parcel; a share of the gain
    that is lost again every year (reversal q) returns to the path without:

        with(t) = without(t) + (intended(t) - without(t)) (1 - q)^(t - s)

    Land that is only protected, and whose value today is not stated, is not brought back above
    v(s): protection keeps, it does not restore.
    """
    start = 0.0 if np.isnan(parcel.start_year) else float(parcel.start_year)
    # The value at the start of the offset is one more moment on the path without it.
    times = np.append(outlook.times, start)
    protected = background(values, outlook, times)
    changes = outlook.changes(parcel.name)
    without = (
        expected(protected, times, changes)
        if rng is None
        else drawn(protected, times, changes, rng=rng)
    )
    at_start = without[:, -1]
    without, protected = without[:, :-1], protected[:, :-1]
    elapsed = outlook.times - start
    begun = elapsed >= 0
    target = values.intended
    if parcel.value_today is None and holds(parcel):
        target = np.minimum(target, at_start)
    curve = outlook.curves.get(parcel.trajectory, STRAIGHT)
    takes = parcel.years_to_value
    if np.isnan(takes):
        takes = outlook.horizon - start if start < outlook.horizon else outlook.horizon
    moved = along(curve, elapsed, start=at_start, target=target, years=takes)
    survives = (1.0 - values.reversal[:, None]) ** np.maximum(0.0, elapsed)[None, :]
    intended = np.where(begun, without + (moved - without) * survives, without)
    return Paths(intended, without, protected, at_start, begun)


def background(values: Values, outlook: Outlook, times: np.ndarray) -> np.ndarray:
    """Values without the offset and without planned changes, (n, years)."""
    if values.rate is not None:
        return decline(values.today, times, rate=values.rate)
    return along(
        outlook.without,
        times,
        start=values.today,
        target=values.without,
        years=outlook.horizon,
    )


def _sample(estimate: Estimate, draws: int, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(pert(estimate.low, estimate.likely, estimate.high, size=draws, rng=rng))


def _ranked(estimate: Estimate, name: str, world: World, rng: np.random.Generator) -> np.ndarray:
    sample = _sample(estimate, world.draws, rng)
    return np.sort(sample)[world.ranks[name]] if world.ranks else sample
