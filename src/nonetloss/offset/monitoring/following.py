"""Follow up an offset: hold what was seen against what was promised, and say what follows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.gains import Gains
from nonetloss.offset.monitoring import outlook as forecasts
from nonetloss.offset.monitoring.activities import (
    budget,
    default_activities,
    due_years,
    read_activities,
    schedule,
)
from nonetloss.offset.monitoring.allotted import allotment, measure
from nonetloss.offset.monitoring.corrective import DEFAULT, corrective, read_corrections
from nonetloss.offset.monitoring.delivery import (
    delivered_assets,
    delivered_draws,
    delivered_sites,
    expected_draws,
    reopened_sites,
    served,
)
from nonetloss.offset.monitoring.observed import read_observations
from nonetloss.offset.monitoring.planned import Chosen, Site, planned_sites
from nonetloss.offset.monitoring.progress import Standards, bar, progress, read_standards
from nonetloss.offset.monitoring.results import Monitoring

_OUTLOOK_COLUMNS = (
    "site", "title_es", "title_en", "target_year", "target", "forecast_low", "forecast_likely",
    "forecast_high", "probability_of_target", "warning", "observations", "pace", "pace_sd",
)  # fmt: skip
_GAINS = ("target", "forecast_low", "forecast_likely", "forecast_high")


def monitor(
    parcels: Sequence[Parcel],
    *,
    portfolio: Chosen | None = None,
    gains: Gains | None = None,
    planned: pd.DataFrame | None = None,
    observations: pd.DataFrame | None = None,
    rng: np.random.Generator,
    draws: int = 1000,
    first_year: int = 0,
    as_of: int | None = None,
    target_year: int | None = None,
    horizon_years: float = 20.0,
    standard: float = 0.9,
    standards: Mapping[Any, Any] | None = None,
    warn_below: float = 0.7,
    model: str = "pace",
    prior_mean: float = 1.0,
    prior_sd: float = 0.5,
    year_spread: float = 0.1,
    surplus: bool = False,
    activities: Mapping[str, Any] | None = None,
    corrections: Mapping[str, Any] | None = None,
    discount_rate: float = 0.0,
    timing: str = "end",
) -> Monitoring:
    """Planned against observed gain, early warning, corrective actions, and the balance reopened.

    Parameters
    ----------
    parcels : sequence of Parcel
    portfolio : Chosen or None
        The chosen parcels and what they stand for. None: all parcels, each for its own ecosystem.
    gains, planned : Gains, DataFrame or None
        Planned trajectories; see `planned.planned_sites`.
    observations : DataFrame or None
        See `observed.read_observations`. None: the plan of monitoring only, nothing delivered yet
        and nothing reopened.
    rng : numpy Generator
    draws : int
        As many as the portfolio has, where there is one.
    first_year : int
        What tables and parameters call year 0, the year of the impact: a calendar year, or 0.
    as_of : int or None
        The year in which one looks back. None: the last year observed.
    target_year : int or None
        Year that the early warning looks at. None: the last year of the planned trajectories.
    horizon_years : float
        Years to full value where a parcel does not say, and end of the default schedule.
    standard, standards : share of the planned gain that counts as performed
        `standards` by year ({3: 0.5, 8: 0.9}) hold from their year on and come before `standard`.
    warn_below : float
        A chance of reaching the target below this is an early warning, where anything was observed:
        a belief alone warns of nothing.
    model : "pace" or "straight"
        See `outlook`.
    prior_mean, prior_sd, year_spread : float
        Of `pace`, as shares of the plan.
    surplus : bool
        Whether a site ahead of its plan is credited with more than was promised.
    activities, corrections : mapping or None
        See `activities.read_activities`, `corrective.read_corrections`. None: the defaults, of
        unknown cost and effect.
    discount_rate, timing
        Of the budget; see `numerics.discounting`.

    Returns
    -------
    Monitoring

    Raises
    ------
    InputError
        As `planned_sites`, `read_observations`, `read_standards`, `read_activities`,
        `read_corrections`; `monitoring.parameter`.

    Notes
    -----
    **Mathematical formulation** and **In words**: `progress` (standards), `outlook` (early
    warning), `delivery` (what is credited and reopened).
    """
    _require(standard, horizon_years, warn_below, prior_sd, year_spread, draws, model)
    rules = Standards(standard, read_standards(standards or {}))
    sites, told = planned_sites(
        parcels,
        portfolio=portfolio,
        gains=gains,
        planned=planned,
        first_year=first_year,
        horizon_years=horizon_years,
    )
    listed = (
        default_activities(horizon_years) if activities is None else read_activities(activities)
    )
    answers = DEFAULT if corrections is None else read_corrections(corrections)
    visits = schedule(sites, activities=listed, first_year=first_year)
    money, money_told = budget(visits, first_year=first_year, rate=discount_rate, timing=timing)
    given = pd.DataFrame({"site": [], "year": [], "value": []})
    observed, seen_told = read_observations(
        given if observations is None else observations,
        sites=sites,
        first_year=first_year,
        as_of=as_of,
    )
    looking = observations is not None and (len(observed) > 0 or as_of is not None)
    now = _now(observed, as_of, first_year) if looking else None
    seen, seen_findings = progress(
        observed,
        sites=sites,
        due=due_years(sites, listed) if now is not None else {},
        as_of=-1 if now is None else now - first_year,
        first_year=first_year,
        standards=rules,
    )
    last = _target(sites, target_year, first_year, horizon_years)
    ahead, ahead_told = _outlook(
        sites if now is not None else (),
        observed,
        last,
        first_year,
        share=rules.of(last),
        warn_below=warn_below,
        model=model,
        belief=(prior_mean, prior_sd, year_spread),
        as_of=first_year if now is None else now,
    )
    by_site = delivered_sites(seen, sites=sites, first_year=first_year, surplus=surplus)
    count = draws if portfolio is None else portfolio.offset_draws.shape[1]
    kept, harmed = delivered_draws(seen, delivered=by_site, surplus=surplus, draws=count, rng=rng)
    allotted = allotment(sites, portfolio=portfolio)
    factor = measure(sites, share=allotted.share, portfolio=portfolio)
    spread = allotted.share @ kept + allotted.harm @ harmed
    expected = None
    if now is not None:
        expected = expected_draws(
            by_site,
            pace=ahead["pace"].to_numpy(float),
            pace_sd=ahead["pace_sd"].to_numpy(float),
            year_spread=year_spread,
            surplus=surplus,
            draws=count,
            rng=rng,
        )
    by_asset, reopened = delivered_assets(
        by_site,
        draws=spread,
        allotted=allotted,
        portfolio=portfolio,
        ahead=expected,
        as_of=first_year if now is None else now,
    )
    return Monitoring(
        as_of=now,
        progress=seen,
        trajectory=_trajectory(sites, max(last, now or last), first_year),
        outlook=ahead,
        delivery=by_site,
        reopening=by_asset,
        corrective=corrective(
            seen,
            outlook=ahead,
            sites=sites,
            corrections=answers,
            as_of=now or first_year,
            reopened=reopened_sites(by_site, assets=by_asset, allotted=allotted),
        ),
        schedule=visits,
        budget=money,
        assets=allotted.assets,
        # A site below its counterfactual is told as it is; a balance knows no negative offset.
        offset_likely=factor * np.maximum(by_asset["delivered_qha"].to_numpy(float), 0.0),
        offset_draws=factor[:, None] * spread,
        first_year=first_year,
        findings=(
            *(reopened if now is not None else ()),
            *_spread_told(len(by_site), now),
            *seen_findings,
            *ahead_told,
            *told,
            *seen_told,
            *money_told,
        ),
        served=served(by_site, sites=sites, allotted=allotted, factor=factor),
    )


def _spread_told(sites: int, now: int | None) -> tuple[Finding, ...]:
    """What the probability of a balance with what was observed leaves out."""
    if now is None:
        return ()
    return (notice("monitoring.spread", str(sites), as_of=str(now)),)


def _require(
    standard: float,
    horizon_years: float,
    warn_below: float,
    prior_sd: float,
    year_spread: float,
    draws: int,
    model: str,
) -> None:
    checks: dict[str, tuple[object, bool]] = {
        "standard": (standard, 0 <= standard <= 1),
        "horizon_years": (horizon_years, 0 <= horizon_years < np.inf),
        "warn_below": (warn_below, 0 <= warn_below <= 1),
        "prior_sd": (prior_sd, 0 < prior_sd < np.inf),
        "year_spread": (year_spread, 0 < year_spread < np.inf),
        "draws": (draws, draws >= 1),
        "model": (model, model in forecasts.MODELS),
    }
    for name, (value, holds) in checks.items():
        if not holds:
            raise InputError.because("monitoring.parameter", name, value=value)


def _now(observed: pd.DataFrame, as_of: int | None, first_year: int) -> int:
    return as_of if as_of is not None else int(observed["count"].max()) + first_year


def _target(sites: Sequence[Site], wanted: int | None, first_year: int, horizon: float) -> int:
    if wanted is not None:
        return wanted
    last = max((float(s.years[-1]) for s in sites), default=horizon)
    # Values that are there at once have no year in which the trajectory ends.
    last = last if last > max((s.start for s in sites), default=0.0) else horizon
    return first_year + int(np.ceil(last))


def _trajectory(sites: Sequence[Site], last: int, first_year: int) -> pd.DataFrame:
    rows = [
        (site.name, count + first_year, site.gain_qha(count))
        for site in sites
        for count in range(last - first_year + 1)
    ]
    table = pd.DataFrame(rows, columns=["site", "year", "planned"])
    table.attrs["units"] = {"planned": "quality_hectare"}
    return table


def _outlook(
    sites: Sequence[Site],
    observed: pd.DataFrame,
    last: int,
    first_year: int,
    *,
    share: float,
    warn_below: float,
    model: str,
    belief: tuple[float, float, float],
    as_of: int,
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    prior_mean, prior_sd, year_spread = belief
    rows = []
    for site in sites:
        mine = observed[observed["site"] == site.name]
        years, gains = mine["count"].to_numpy(float), mine["observed"].to_numpy(float)
        ends = (mine["observed_low"], mine["observed"], mine["observed_high"])
        planned = np.array([site.gain_qha(year) for year in years])
        variance = forecasts.pert_variance(*(e.to_numpy(float) for e in ends))
        pace = forecasts.pace(
            planned,
            observed=gains,
            variance=variance,
            prior_mean=prior_mean,
            prior_sd=prior_sd,
            year_spread=year_spread,
        )
        expected = site.gain_qha(last - first_year)
        target = bar(expected, share)
        if model == "pace":
            seen = forecasts.forecast_pace(
                pace, planned=expected, target=target, year_spread=year_spread
            )
        else:
            seen = forecasts.forecast_straight(
                years, observed=gains, year=float(last - first_year), target=target
            )
        title = site.parcel.title
        rows.append(
            (site.name, title.es, title.en, last, target, seen.low, seen.likely, seen.high,
             seen.probability, bool(len(mine) and seen.probability < warn_below), len(mine), *pace)
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(_OUTLOOK_COLUMNS))
    table.attrs["units"] = dict.fromkeys(_GAINS, "quality_hectare")
    warned = table[table["warning"].astype(bool)]
    found = []
    if len(warned):
        named = zip(warned["site"], warned["probability_of_target"], strict=True)
        listed = offenders(f"{site} {100 * chance:.0f} %" for site, chance in named)
        found.append(
            warning(
                "monitoring.early-warning", listed, year=last, count=len(warned), as_of=str(as_of)
            )
        )
    return table, tuple(found)
