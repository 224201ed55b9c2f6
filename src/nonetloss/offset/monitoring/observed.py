"""What was seen at the sites: observations read, checked all at once, turned into gains.

Mathematical formulation
    For site i in year t, with area a observed (the whole site where nobody measured it), value v
    observed, and w the value without the offset: the one seen at a control beside the site where
    there is one, else the one that the plan states for that year::

        observed[i, t] = a (v - w)
        ends           = a (v_low - w_high),  a (v_high - w_low)

In words
    A gain is what the site is worth beyond what it would be worth anyway. Land of the site that the
    action did not reach gains nothing. A control turns the stated counterfactual into a seen one.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, candidates, error, notice, offenders
from nonetloss.offset.monitoring.planned import Site, require_columns

# Share by which an observed area may exceed that of the site: two surveys of one boundary.
AREA_TOLERANCE = 0.01
# Years beyond it are slips of the pen; the parameters that hold years end there too.
LAST_YEAR = 3000

_ENDS = ("low", "likely", "high")
_COLUMNS = ("site", "year", "area_ha", "source", "observer")


def read_observations(
    observations: pd.DataFrame, *, sites: Sequence[Site], first_year: int, as_of: int | None
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The observations as gains, one row per site and year, sorted by both.

    Parameters
    ----------
    observations : DataFrame
        Columns `site`, `year` (whole), and `value` or `value_low`, `value_likely`, `value_high`
        (ecological value per hectare, in [0, 1]). May have `area_ha` (where the action stands; NaN:
        the whole site), `control` or `control_low` … (value at a control, NaN: none), `source`,
        `observer`. No rows at all: an empty table.
    sites : sequence of Site
        An observation names a parcel, or a site that only one of the parcels bears.
    first_year : int
        What the observations call year 0.
    as_of : int or None
        Year after which an observation cannot lie, in the same counting. None: no limit.

    Returns
    -------
    DataFrame
        site, year, count (years since the impact), area_ha, value, control (NaN: none), observed,
        observed_low, observed_high (quality-hectares), source, observer.

    Raises
    ------
    InputError
        With everything wrong in all rows: `monitoring.columns`, `monitoring.site-unknown`,
        `monitoring.year`, `monitoring.before-start`, `monitoring.after`, `monitoring.twice`,
        `monitoring.value`, `monitoring.area`.
    """
    require_columns(observations, ("site", "year"), "observations")
    value = _estimates(observations, "value")
    if value is None:
        require_columns(observations, [f"value_{end}" for end in _ENDS], "observations")
    control = _estimates(observations, "control")
    # A row without a site names the site "", which is none.
    named = ["" if pd.isna(s) else str(s).strip() for s in observations["site"]]
    table = pd.DataFrame({"site": pd.Series(named, dtype=object)})
    table["year"] = pd.to_numeric(observations["year"], errors="coerce").to_numpy()
    table["count"] = table["year"] - first_year
    table["area_ha"] = _numbers(observations, "area_ha")
    for column in ("source", "observer"):
        blank = pd.Series("", observations.index)
        given = observations[column] if column in observations.columns else blank
        table[column] = given.fillna("").astype(str).to_numpy()
    names = _resolve(table["site"], sites)
    table["site"] = [names.get(s, s) for s in table["site"]]
    values = np.stack([value[e] for e in _ENDS], axis=1) if value else np.empty((len(table), 3))
    controls = (
        np.stack([control[e] for e in _ENDS], axis=1)
        if control
        else np.full((len(table), 3), np.nan)
    )
    found = _wrong(table, values, controls, sites, names, as_of)
    if found:
        raise InputError(*found)
    return _gains(table, values, controls, sites)


def _estimates(table: pd.DataFrame, name: str) -> dict[str, np.ndarray] | None:
    """Three columns of an estimate, or the one column of a number without spread."""
    if f"{name}_likely" in table.columns:
        ends = {e: _numbers(table, f"{name}_{e}") for e in _ENDS}
        # An end that nobody gave is the likely value: no spread is stated.
        return {e: np.where(np.isnan(v), ends["likely"], v) for e, v in ends.items()}
    if name in table.columns:
        return dict.fromkeys(_ENDS, _numbers(table, name))
    return None


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    if column not in table.columns:
        return np.full(len(table), np.nan)
    given = table[column]
    numbers = pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64)
    # Text that is no number is not the same as a cell left empty.
    said = given.notna().to_numpy() & (given.astype(str).str.strip() != "").to_numpy()
    return np.where(np.isnan(numbers) & said, np.inf, numbers)


def _resolve(written: pd.Series, sites: Sequence[Site]) -> dict[str, str]:
    """Names as observations write them to names of parcels."""
    names = {s.name: s.name for s in sites}
    grounds = [s.parcel.site for s in sites]
    shared = {s.parcel.site: s.name for s in sites if grounds.count(s.parcel.site) == 1}
    known = {k: v for k, v in shared.items() if k} | names
    return {s: known[s] for s in set(written) if s in known}


def _wrong(
    table: pd.DataFrame,
    values: np.ndarray,
    controls: np.ndarray,
    sites: Sequence[Site],
    names: dict[str, str],
    as_of: int | None,
) -> list[Finding]:
    by_name = {s.name: s for s in sites}
    found: list[Finding] = []
    for site in sorted(set(table["site"]) - set(by_name)):
        near = candidates(site, sorted(by_name))
        found.append(error("monitoring.site-unknown", site, table="observations", nearest=near))
    year = table["year"].to_numpy(float)
    whole = np.isfinite(year) & (year == np.round(year)) & (year <= LAST_YEAR)
    start = np.array([by_name[s].start if s in by_name else -np.inf for s in table["site"]])
    limit = np.array([by_name[s].parcel.area_ha if s in by_name else np.inf for s in table["site"]])
    area = table["area_ha"].to_numpy(float)
    known = ~np.isnan(controls).all(axis=1)
    faults = {
        "monitoring.year": ~whole,
        "monitoring.before-start": whole & (table["count"].to_numpy(float) < start),
        "monitoring.after": whole & (year > (np.inf if as_of is None else as_of)),
        "monitoring.twice": table.duplicated(["site", "year"]).to_numpy() & whole,
        "monitoring.value": ~_within(values) | (known & ~_within(controls)),
        "monitoring.area": (area < 0) | (area > limit * (1 + AREA_TOLERANCE)),
    }
    for code, wrong in faults.items():
        if wrong.any():
            rows = zip(table["site"][wrong], year[wrong], strict=True)
            listed = offenders(f"{site} {y:g}" for site, y in rows)
            found.append(error(code, listed, count=int(wrong.sum()), as_of=as_of or "–"))
    return found


def _within(values: np.ndarray) -> np.ndarray:
    """Whether each row is an estimate in [0, 1] with its ends in order."""
    low, likely, high = values.T
    return (low >= 0) & (low <= likely) & (likely <= high) & (high <= 1)


def _gains(
    table: pd.DataFrame, values: np.ndarray, controls: np.ndarray, sites: Sequence[Site]
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    by_name = {s.name: s for s in sites}
    whole = np.array([by_name[s].parcel.area_ha for s in table["site"]], dtype=float)
    planned = np.array(
        [by_name[s].value_without(c) for s, c in zip(table["site"], table["count"], strict=True)]
    ).reshape(-1, 1)
    area = table["area_ha"].to_numpy(float)
    without = np.where(np.isnan(controls), planned, controls)
    filled = np.where(np.isnan(area), whole, area)
    made = table.assign(
        year=table["year"].astype(int),
        count=table["count"].astype(int),
        area_ha=filled,
        value=values[:, 1],
        control=controls[:, 1],
        observed=filled * (values[:, 1] - without[:, 1]),
        observed_low=filled * (values[:, 0] - without[:, 2]),
        observed_high=filled * (values[:, 2] - without[:, 0]),
    )
    found = []
    unseen = np.isnan(controls[:, 1])
    if unseen.any():
        found.append(notice("monitoring.no-control", "observations", count=int(unseen.sum())))
    ordered = ["site", "year", "count", "area_ha", "value", "control"]
    ordered += ["observed", "observed_low", "observed_high", "source", "observer"]
    made = made.sort_values(["site", "count"], kind="stable").reset_index(drop=True)
    return made[ordered], tuple(found)
