"""The cheapest portfolio of parcels that makes up for the residual loss, or why there is none."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.services import ServiceLoss
from nonetloss.offset.candidates import screen_candidates
from nonetloss.offset.equivalence import named_ecosystems
from nonetloss.offset.gains import Gains
from nonetloss.offset.minimum_set import Selection as Selection
from nonetloss.offset.minimum_set import minimum_set as minimum_set
from nonetloss.offset.need import ServiceNeeds, need_of, service_need_of
from nonetloss.offset.portfolio_case import World, case_of, choose
from nonetloss.offset.portfolio_input import (
    HasResidual,
    Vary,
    asked_of,
    impact_of,
    require_locked,
    residual_of,
)
from nonetloss.offset.portfolio_input import read_success as read_success
from nonetloss.offset.portfolio_method import METHOD as METHOD
from nonetloss.offset.portfolio_result import Portfolio as Portfolio
from nonetloss.offset.portfolio_result import told
from nonetloss.offset.requirement import TOLERANCE
from nonetloss.offset.search import Objective, Terms


def select(
    parcels: Sequence[Parcel],
    *,
    residual: Loss | HasResidual,
    ecosystems: EcosystemMap,
    rng: np.random.Generator,
    alternatives: Sequence[Alternative] | None = None,
    gains: Gains | None = None,
    service_loss: ServiceLoss | None = None,
    alternative: str | None = None,
    near: BaseGeometry | None = None,
    objective: Objective = "least-cost",
    budget_usd: float | None = None,
    periods: Mapping[str, Any] | None = None,
    delay_rate: float = 0.0,
    max_distance_m: float | None = None,
    half_distance_m: float | None = None,
    trading: Mapping[str, Any] | None = None,
    confidence: float = 1.0,
    time_factor: float = 1.0,
    success: Mapping[str, Any] | None = None,
    margin: float = 0.0,
    probability: float | None = None,
    scenarios: int = 100,
    service_needs: ServiceNeeds = "all",
    equity: float | None = None,
    locked_in: Sequence[str] = (),
    locked_out: Sequence[str] = (),
    neighbor_distance_m: float = 0.0,
    neighbor_bonus_usd: float = 0.0,
    pieces: int | None = None,
    vary: Vary = "together",
    alternative_count: int = 3,
    alternative_slack: float = 0.05,
    tolerance_qha: float = TOLERANCE,
    gap: float = 0.001,
    time_limit_s: float | None = None,
) -> Portfolio:
    """The parcels of least cost whose additional gain makes up for the residual loss.

    Parameters
    ----------
    parcels : sequence of Parcel
        What could be offered; those of one `site` are actions of which at most one is taken.
        Their order does not matter.
    residual : Loss, or a plan with a `residual`
        What remains after avoiding and minimizing; components are added up per asset.
    ecosystems : EcosystemMap
        What is like-for-like, what is better, what cannot be offset.
    rng : numpy Generator
        Draws the gains; as many as `residual` has draws.
    alternatives, alternative : sequence of Alternative, name; or None
        Where the impact lies. `alternative` may be None when `residual` holds only one.
    gains : Gains or None
        Gains over time against a counterfactual. None: area times value with less without.
    service_loss : ServiceLoss or None
        Services that people lose, which the selection has to give back inside each serviceshed,
        in their own unit: a parcel may serve nature and people, but its quality-hectares once.
    near : geometry or None
        The impact itself, in place of an alternative's geometry. None in both: no distances.
    objective : "least-cost", "max-utility", "min-shortfall" or "min-largest-shortfall"
        The last three ask for the most gain that may stand for the losses, the smallest sum of
        shares of needs left unmet, or the smallest largest share, within the budget; then for the
        least cost at that level. No community is left worse off for them.
    budget_usd : float or None
        Money for parcels. None: no limit.
    periods, delay_rate : mapping of year to budget, or None; share per year
        Years in which actions may begin and money for each; a gain that begins later counts
        (1 + rate)^-delay, also of services (harm counts whole). A parcel does not begin before
        its `start_year`, up to which `gains` and a `time_rate` have charged the wait already.
    max_distance_m, half_distance_m : float or None
        See `offset.candidates.screen_candidates`.
    trading : mapping or None
        Rules of equivalence and multipliers, see `offset.equivalence.read_rules`. Multipliers
        raise what is needed; the gain in the balance stays what it is.
    confidence : float
        In (0, 1]: a likely gain is credited at this share against the need. It is a precaution of
        the plan and does not change the gain that enters the balance.
    time_factor : float
        In (0, 1]: share at which a gain counts because it comes later. It is not applied to
        services, which a parcel gives as it declares them.
    success : mapping or None
        ``{low, likely, high, source}``: share of the modelled gain that is reached. None: 1.
    margin : float
        The plan needs (1 + margin) times the likely residual. Raises the probability of no net
        loss, which is reported as it results.
    probability : float or None
        In (0, 1): wanted probability of no net loss in all ecosystems that can be offset, and all
        services that are needed, at once. None: reported only. See `offset.chance`.
    scenarios : int
        States of the world that the search sees; at most half of the draws.
    service_needs : "all", "communities" or "none"
        Whose loss of services has to be made up for.
    equity : float or None
        Share by which the cost may rise so that the group that ends worst, in net service per
        person relative to the mean loss of that service, ends better. None: not asked for.
    locked_in, locked_out : names
        Parcels (actions) that are taken or left out in any case.
    neighbor_distance_m, neighbor_bonus_usd, pieces : float, float, int or None
        Parcels within that distance are neighbors; each pair of chosen neighbors saves the bonus;
        the chosen parcels fall into at most so many connected pieces. None: any number.
    vary : "together" or "independently"
        How the values of parcels go up and down across draws; see `gain_draws`.
    alternative_count, alternative_slack : int, float
        How many other selections to show, and how much dearer, as a share, they may be.
    tolerance_qha : float
        A residual up to this is no loss, also where it cannot be offset. The default is the
        resolution of the ledger.
    gap : float
        Proven relative gap at which the search stops.
    time_limit_s : float or None
        Seconds for each search. None: no limit, the same answer everywhere.

    Returns
    -------
    Portfolio
        `answer` is `offset` when every need is met; `infeasible` when candidates, budget or
        probability do not reach, with the selection of smallest shortfall (or highest
        probability) and the smallest set of demands in conflict; `not-offsettable` when an
        ecosystem that cannot be offset keeps a residual (the others are served all the same).
        With a wanted probability, `offset` says that the states of the search hold; where others
        then hold less often than wanted, `offset.probability-short` says so.

    Raises
    ------
    InputError
        `offset.parcel`, `offset.parameter`, `offset.alternative`, `offset.unknown-ecosystem`,
        `offset.draws-differ`, `offset.time-twice`, `offset.charged-twice`, `offset.locked-*`,
        `offset.periods`, `service.of-parcel`, and those of `offset.equivalence`.

    Notes
    -----
    **Mathematical formulation.** With x_v binary (take option v: an action on a parcel, begun in
    a period), y_ge >= 0 the gain of class g given to the loss of ecosystem e, k the confidence,
    R_e the likely residual, m the margin, w_ge <= 1 what a unit of gain counts, q_cv what v gives
    of the service and to the people c, and g_v = area_v (VE_with - VE_without)_v × success × time
    × place_v,

        min  sum_v c_v x_v
        s.t. sum_e y_ge <= sum_{v in g} k g_v x_v          (each gain counted once)
             sum_{g accepted for e} w_ge y_ge >= (1 + m) R_e
             sum_v q_cv x_v >= (1 + m) L_c                 (in every serviceshed)
             sum_v c_v x_v <= B,    sum_{v on the same land} x_v <= 1.

    With a wanted probability p, shares f_ve (sum_e f_ve = x_v) take the place of y, and for all
    but a share 1 - p of the states s, marked by binaries z_s,

        sum_v g_vs f_ve >= R_es (1 - z_s) - (what else may turn negative) z_s,

    and the same for services. When no x meets all needs, the smallest total shortfall is found
    first, communities before others (the least by which any of them ends below what it had), then
    the least cost at that shortfall.

    **In words.** Buy the cheapest land whose gain, beyond what would happen anyway, covers each
    loss with its own ecosystem or an accepted one, and gives back to the same people what they
    lose; use no gain twice.

    The whole gain of a chosen parcel goes to the assets it serves, in proportion to what was
    allocated; a surplus therefore helps in the draws where less is gained or more is lost.
    """
    loss, name = residual_of(residual, alternative)
    asked = asked_of(
        {
            "confidence": confidence, "time_factor": time_factor, "margin": margin,
            "budget_usd": budget_usd, "vary": vary, "success": success, "objective": objective,
            "probability": probability, "scenarios": scenarios, "service_needs": service_needs,
            "equity": equity, "neighbor_distance_m": neighbor_distance_m,
            "neighbor_bonus_usd": neighbor_bonus_usd, "pieces": pieces, "delay_rate": delay_rate,
            "periods": periods, "trading": trading, "locked_in": locked_in,
            "alternative_count": alternative_count, "alternative_slack": alternative_slack,
            "half_distance_m": half_distance_m, "max_distance_m": max_distance_m,
            "tolerance_qha": tolerance_qha, "gap": gap,
        },
        gains=gains, ecosystems=ecosystems,
    )  # fmt: skip
    draws = loss.of(name)[1].shape[-1]
    need = need_of(
        loss, name, ecosystems=ecosystems, margin=margin, tolerance_qha=tolerance_qha,
        gains=gains, rules=asked.wishes.rules, in_every_state=probability is not None,
    )  # fmt: skip
    impact = near if near is not None else impact_of(alternatives, name)
    if impact is None and (max_distance_m is not None or half_distance_m is not None):
        asks = "half_distance_m" if max_distance_m is None else "max_distance_m"
        raise InputError.because("equivalence.distance-needed", asks)
    named_ecosystems(tuple(p.ecosystem for p in parcels), ecosystems)
    require_locked(parcels, locked_in, locked_out)
    candidates = screen_candidates(
        parcels,
        near=impact,
        max_distance_m=max_distance_m,
        half_distance_m=half_distance_m,
        success=asked.success,
        time_factor=time_factor,
        gains=gains,
        locked_out=locked_out,
    )
    require_locked(parcels, locked_in, locked_out, candidates)
    service = None
    if service_loss is not None:
        service = service_need_of(
            service_loss, name, margin=margin, needs=service_needs, draws=draws
        )
    case = case_of(candidates, need, service, asked, dated=gains is not None)
    world = World(asked, time_factor, vary == "together", gains, rng, draws)
    terms = Terms(
        name,
        np.inf if budget_usd is None else float(budget_usd),
        gap,
        time_limit_s,
        objective,
        equity,
    )
    choice, chance = choose(case, terms, world, probability, scenarios, tolerance_qha)
    return told(case, terms, world, choice, chance, loss.assets, tolerance_qha)
