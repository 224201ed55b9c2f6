"""The problem of one study, how its states of the world are drawn, and the selection."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.offset.candidates import Candidates, gain_draws, success_draws
from nonetloss.offset.chance import Chance, pursue_probability, shares_of
from nonetloss.offset.gains import Gains
from nonetloss.offset.need import Need, ServiceNeed
from nonetloss.offset.options import Options, options_of
from nonetloss.offset.portfolio_input import Asked
from nonetloss.offset.requirement import TOLERANCE, Scenarios, allocate
from nonetloss.offset.search import Choice, Terms, pursue
from nonetloss.offset.service_gain import ServiceGain, reduced, service_draws, service_gain


@dataclass(frozen=True, slots=True)
class Case:
    """The problem of one study: what is owed, what there is."""

    candidates: Candidates
    need: Need
    services: ServiceNeed | None
    given: ServiceGain | None
    options: Options
    asked: Asked
    dated: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """How states of the world are drawn."""

    asked: Asked
    time_factor: float
    together: bool
    gains: Gains | None
    rng: np.random.Generator
    draws: int

    def gain(self, case: Case, taken: np.ndarray, draws: int) -> tuple[np.ndarray, np.ndarray]:
        """Gain (options, draws) and services (columns, options, draws) of the parcels taken."""
        reached = success_draws(self.asked.success, draws=draws, rng=self.rng)
        gain = gain_draws(
            case.candidates,
            taken,
            success=self.asked.success,
            time_factor=self.time_factor,
            together=self.together,
            draws=draws,
            rng=self.rng,
            gains=self.gains,
            reached=reached,
        )
        options = case.options
        served = np.zeros((0, options.parcel.size, draws))
        if case.services is not None and case.given is not None:
            served = service_draws(
                case.candidates,
                taken,
                loss=case.services.loss,
                gain=case.given,
                reached=reached,
                together=self.together,
                rng=self.rng,
            )[:, options.parcel]
            served = reduced(served, options.factor[:, None])
        return gain[options.parcel] * options.factor[:, None], served


def case_of(
    candidates: Candidates,
    need: Need,
    service: ServiceNeed | None,
    asked: Asked,
    limits: Sequence[str] = (),
    dated: bool = False,
) -> Case:
    """The problem, with everything that is owed.

    Parameters
    ----------
    limits : codes
        See `offset.options.options_of`.
    dated : bool
        The gains know when their parcels begin.
    """
    given = None
    served = None
    if service is not None:
        given = service_gain(candidates, loss=service.loss, success=asked.success)
        served = given.likely[service.held]
    options = options_of(
        candidates,
        need.kinds,
        need.wanted,
        need.needed,
        confidence=asked.confidence,
        wishes=asked.wishes,
        served=served,
        limits=limits,
        dated=dated,
    )
    if service is not None and given is not None:
        problem = replace(
            options.problem,
            owed=service.needed[service.held],
            communities=service.communities[service.held],
            lost=service.lost[service.held],
            people=service.people[service.held],
            usual=service.usual(given)[service.held],
        )
        options = replace(options, problem=problem)
    return Case(candidates, need, service, given, options, asked, dated)


def choose(
    case: Case,
    terms: Terms,
    world: World,
    wanted: float | None,
    scenarios: int,
    tolerance: float,
) -> tuple[Choice, Chance | None]:
    """The selection; with a wanted probability, over states of the world and checked on others."""
    problem, losses = case.options.problem, case.need.losses
    if wanted is None or not (problem.needed.size or problem.owed.size):
        return pursue(problem, losses, terms), None
    if world.draws < 2:
        # One part of the draws is searched, the other checks what was found.
        raise InputError.because(
            "offset.parameter", "draws (probability)", allowed="[2, inf]", value=world.draws
        )
    seen = min(scenarios, world.draws // 2)
    every = np.ones(len(case.candidates.parcels), dtype=bool)
    gain, served = world.gain(case, every & case.candidates.eligible, world.draws)
    held = np.zeros(0, dtype=bool) if case.services is None else case.services.held
    lost = case.need.lost_draws[case.need.wanted]
    owed = np.zeros((0, world.draws))
    if case.services is not None:
        owed, served = case.services.lost_draws[held], served[held]
    states = Scenarios(
        gain[:, :seen], lost[:, :seen], served[..., :seen], owed[:, :seen], 0, tolerance
    )

    def check(choice: Choice) -> float:
        share = shares(case.options, choice, case.need.wanted)[case.need.wanted]
        bought = gain[:, seen:] * choice.chosen[:, None]
        short = share @ bought - lost[:, seen:]
        fine = ((short >= -tolerance) | (lost[:, seen:] <= tolerance)).all(axis=0)
        if owed.size:
            net = served[:, choice.chosen, seen:].sum(axis=1) - owed[:, seen:]
            slack = TOLERANCE * np.maximum(1.0, owed[:, seen:])
            fine = fine & (net >= -slack).all(axis=0)
        return float(fine.mean())

    return pursue_probability(
        problem,
        losses,
        terms,
        wanted=wanted,
        states=states,
        check=check,
        checked=world.draws - seen,
    )


def shares(options: Options, choice: Choice, wanted: np.ndarray) -> np.ndarray:
    """(assets, options): to which assets the gain of each option goes; columns sum to 1 or 0."""
    problem = options.problem
    share = np.zeros((wanted.size, problem.group.size))
    fixed = shares_of(choice, problem.needed.size, problem.group.size)
    if fixed is None:
        given, _ = allocate(problem, choice.chosen)
        total = given.sum(axis=0)
        fixed = (given / np.where(total > 0, total, 1.0))[:, problem.group]
    share[wanted] = fixed
    return share
