"""What each site was to gain, year by year: the plan against which observations are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, candidates, error, notice, offenders
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.counterfactual.trajectories import today_of
from nonetloss.offset.gains import Gains

PLANNED_COLUMNS = ("site", "year", "value_with")


class Chosen(Protocol):
    """A portfolio, as far as it is followed up; `offset.portfolio.Portfolio` is one."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the parcels."""

    @property
    def table(self) -> pd.DataFrame:
        """parcel, gain_qha, …"""

    @property
    def requirements(self) -> pd.DataFrame:
        """asset, residual_qha, …"""

    @property
    def allocation(self) -> pd.DataFrame:
        """loss, gain, credited_qha."""

    @property
    def shares(self) -> pd.DataFrame:
        """parcel, asset, share, delay_factor; no columns: as `allocation` says by ecosystem."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names."""

    @property
    def offset_likely(self) -> np.ndarray:
        """(assets,): gain in the measure of the balance."""

    @property
    def offset_draws(self) -> np.ndarray:
        """(assets, draws)."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place where gain was promised.

    `years` (knots,) rise and count from the impact; `with_offset`, `without_offset` (knots,) are
    values per hectare in [0, 1], straight between the knots and level beyond them.
    `promised_qha` is the gain that the plan credits, `start` the year in which the action begins.
    """

    name: str
    parcel: Parcel
    years: np.ndarray
    with_offset: np.ndarray
    without_offset: np.ndarray
    promised_qha: float
    start: float

    def value_without(self, year: float) -> float:
        """The planned counterfactual per hectare in a year."""
        return float(np.interp(year, self.years, self.without_offset))

    def value_with(self, year: float) -> float:
        """The planned value per hectare in a year."""
        return float(np.interp(year, self.years, self.with_offset))

    def gain_qha(self, year: float) -> float:
        """Planned gain of the whole site in a year: area × (with - without)."""
        return self.parcel.area_ha * (self.value_with(year) - self.value_without(year))


def planned_sites(
    parcels: Sequence[Parcel],
    *,
    portfolio: Chosen | None = None,
    gains: Gains | None = None,
    planned: pd.DataFrame | None = None,
    first_year: int = 0,
    horizon_years: float = 20.0,
) -> tuple[tuple[Site, ...], tuple[Finding, ...]]:
    """The sites that are followed up, sorted by name, each with its planned trajectory.

    Parameters
    ----------
    parcels : sequence of Parcel
    portfolio : Chosen or None
        What was chosen. None: all parcels are followed up. Nothing chosen: no site, and a notice.
    gains : Gains or None
        Trajectories per parcel (`offset.counterfactual`).
    planned : DataFrame or None
        site, year, value_with and, where it is known, value_without (else the parcel's own, level).
        It comes before `gains`; a site that neither names moves in straight lines from its value
        today (`counterfactual.trajectories.today_of`) to the values with and without the offset
        that the parcel states, which it reaches `years_to_value` after the action begins.
    first_year : int
        What the tables of the study call year 0.
    horizon_years : float
        Years to full value where the parcel does not say.

    Raises
    ------
    InputError
        `monitoring.columns`, `monitoring.site-unknown`, `monitoring.plan-value`,
        `monitoring.plan-twice`, `monitoring.no-site`.
    """
    known = {p.name: p for p in parcels}
    names = tuple(sorted(known)) if portfolio is None else tuple(sorted(portfolio.chosen))
    missing = [name for name in names if name not in known]
    if missing or not known:
        raise InputError.because(
            "monitoring.no-site", offenders(missing) or "–", known=offenders(sorted(known), 20)
        )
    told = _told(planned, names, first_year)
    promised = _promised(portfolio, gains)
    made, straight = [], []
    for name in names:
        parcel = known[name]
        start = 0.0 if np.isnan(parcel.start_year) else float(parcel.start_year)
        if name in told:
            path = _of_table(told[name], parcel)
        elif gains is not None and name in gains.parcels:
            i = gains.parcels.index(name)
            path = (np.asarray(gains.years, float), gains.with_offset[i], gains.without_offset[i])
        else:
            straight.append(name)
            path = _straight(parcel, start, horizon_years)
        added = parcel.value_with.likely - parcel.value_without.likely
        promise = promised.get(name, parcel.area_ha * added)
        made.append(Site(name, parcel, *path, promise, start))
    found = []
    if straight:
        found.append(notice("monitoring.straight", offenders(straight), count=len(straight)))
    if not made:
        found.append(notice("monitoring.nothing-chosen", "portfolio"))
    return tuple(made), tuple(found)


def _promised(portfolio: Chosen | None, gains: Gains | None) -> dict[str, float]:
    if portfolio is not None:
        table = portfolio.table
        return dict(zip(table["parcel"], table["gain_qha"].astype(float), strict=True))
    if gains is not None:
        return dict(zip(gains.parcels, gains.likely.astype(float), strict=True))
    return {}


def _straight(
    parcel: Parcel, start: float, horizon: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Straight lines from the value today: without the offset, and from its start on with it."""
    years = horizon if np.isnan(parcel.years_to_value) else float(parcel.years_to_value)
    end = start + max(years, 0.0)
    # What is there at once rises in no time, but only when the action begins.
    begin = start if years > 0 else start - 1e-9
    today = today_of(parcel).likely
    knots = np.array(sorted({min(0.0, begin), begin, end}))
    passed = np.clip(knots / end, 0.0, 1.0) if end > 0 else (knots >= 0).astype(float)
    without = today + (parcel.value_without.likely - today) * passed
    with_ = np.where(knots < end, without, parcel.value_with.likely)
    return knots, with_, without


def _of_table(rows: pd.DataFrame, parcel: Parcel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    without = rows["value_without"].fillna(parcel.value_without.likely)
    years, values = rows["count"].to_numpy(float), rows["value_with"].to_numpy(float)
    return years, values, without.to_numpy(float)


def _told(
    planned: pd.DataFrame | None, names: tuple[str, ...], first_year: int
) -> dict[str, pd.DataFrame]:
    if planned is None:
        return {}
    require_columns(planned, PLANNED_COLUMNS, "planned")
    table = pd.DataFrame({"site": planned["site"].astype(str).to_numpy()})
    for column in ("year", "value_with", "value_without"):
        given = planned[column] if column in planned.columns else pd.Series(np.nan, planned.index)
        table[column] = pd.to_numeric(given, errors="coerce").to_numpy()
    table["count"] = table["year"] - first_year
    found: list[Finding] = []
    for site in sorted(set(table["site"]) - set(names)):
        near = candidates(site, names)
        found.append(error("monitoring.site-unknown", site, table="planned", nearest=near))
    values = table[["value_with", "value_without"]].to_numpy()
    low, high = (np.where(np.isnan(values), v, values) for v in (0.0, 1.0))
    sound = (low >= 0).all(axis=1) & (high <= 1).all(axis=1)
    sound &= table[["year", "value_with"]].notna().all(axis=1).to_numpy()
    if not sound.all():
        rows = (f"{s} {y:g}" for s, y in table.loc[~sound, ["site", "year"]].to_numpy())
        found.append(error("monitoring.plan-value", offenders(rows)))
    twice = table.duplicated(["site", "year"])
    if twice.any():
        rows = (f"{s} {y:g}" for s, y in table.loc[twice, ["site", "year"]].to_numpy())
        found.append(error("monitoring.plan-twice", offenders(rows)))
    if found:
        raise InputError(*found)
    return {str(s): rows.sort_values("count") for s, rows in table.groupby("site", sort=True)}


def require_columns(table: pd.DataFrame, wanted: Sequence[str], name: str) -> None:
    """Raise `monitoring.columns` unless a table has the columns wanted."""
    missing = [c for c in wanted if c not in table.columns]
    if missing:
        raise InputError.because(
            "monitoring.columns",
            name,
            missing=", ".join(missing),
            columns=offenders(map(str, table.columns), 20),
        )
