"""Area to compensate in Colombia: area affected times the factor of its ecosystem.

Mathematical formulation
    A_c = Σ_e A_e f_e h_e, f_e = representativeness + rarity + remnancy + transformation rate
    (4 to 10), h_e = 1, or the share for secondary vegetation.

In words
    The rarer, the less protected, the more broken and the faster vanishing an ecosystem is, the
    more hectares answer for one.
"""

import numpy as np
import pandas as pd

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import Finding, candidates, error, offenders
from nonetloss.rules import RulesInForce, ruleset

CRITERIA = ("representativeness", "rarity", "remnancy", "transformation")


def factor(
    *, representativeness: float, rarity: float, remnancy: float, transformation: float,
    rules: RulesInForce | None = None,
) -> float:  # fmt: skip
    """Factor of an ecosystem: the sum of its four criteria.

    Parameters
    ----------
    representativeness, rarity, remnancy, transformation : float
        Points, each between the ends that `compensation.<criterion>` states.
    rules : RulesInForce, optional
        None: the rule set on the day of its last review.

    Raises
    ------
    RulesError
        `co.factor` for every criterion outside its ends.
    """
    in_force = _in_force(rules)
    points = (representativeness, rarity, remnancy, transformation)
    found = []
    for name, value in zip(CRITERIA, points, strict=True):
        low, high = in_force.table(f"compensation.{name}", unit="")
        if not low <= value <= high:
            found.append(error("co.factor", name, low=low, high=high, rows=value))
    if found:
        raise RulesError(*found)
    return float(sum(points))


def areas(table: pd.DataFrame, *, rules: RulesInForce | None = None) -> "pd.Series[float]":
    """Area to compensate for each row, in hectares.

    Parameters
    ----------
    table : DataFrame
        ``area_ha`` affected, and ``factor`` (the official one) or the four columns of its
        criteria; optionally ``secondary``, True where the vegetation is secondary.
    rules : RulesInForce, optional
        As in `factor`.

    Returns
    -------
    Series of float
        With the index of `table`; ``attrs["findings"]`` tells what nobody verified.

    Raises
    ------
    RulesError
        All at once: `co.column`, `co.area`, `co.factor`, `co.secondary`.
    """
    in_force = _in_force(rules)
    found: list[Finding] = []
    area = _numbers(table, "area_ha", 0.0, np.inf, "co.area", found)
    if "factor" in table or not set(CRITERIA) & set(table.columns):
        low, high = in_force.table("compensation.factor", unit="")
        factors = _numbers(table, "factor", low, high, "co.factor", found)
    else:
        factors = np.zeros(len(table))
        for name in CRITERIA:
            low, high = in_force.table(f"compensation.{name}", unit="")
            factors = factors + _numbers(table, name, low, high, "co.factor", found)
    secondary = _flags(table, found)
    if found:
        raise RulesError(*found)
    share = in_force.value("compensation.secondary-vegetation", unit="")
    needed = area * factors * np.where(secondary, share, 1.0)
    result = pd.Series(needed, index=table.index, name="compensation_ha")
    result.attrs["unit"] = "ha"
    rests_on = ("compensation.secondary-vegetation",) if secondary.any() else ()
    result.attrs["findings"] = in_force.unverified(*rests_on, subject="co")
    return result


def _in_force(rules: RulesInForce | None) -> RulesInForce:
    if rules is not None:
        return rules
    whole = ruleset("co")
    return whole.on(whole.reviewed)


def _numbers(
    table: pd.DataFrame, name: str, low: float, high: float, code: str, found: list[Finding]
) -> np.ndarray:
    """A column within its ends; zeros and a finding if it cannot be used."""
    if name not in table:
        near = candidates(name, map(str, table.columns)) or "–"
        found.append(error("co.column", name, columns=near))
        return np.zeros(len(table))
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
    wrong = ~((values >= low) & (values <= high) & np.isfinite(values))
    if wrong.any():
        rows = offenders(f"{i}: {table[name][i]}" for i in table.index[wrong])
        found.append(error(code, name, low=low, high=high, rows=rows))
    return values


def _flags(table: pd.DataFrame, found: list[Finding]) -> np.ndarray:
    if "secondary" not in table:
        return np.zeros(len(table), dtype=bool)
    given = table["secondary"]
    wrong = ~given.isin([True, False])
    if wrong.any():
        rows = offenders(f"{i}: {given[i]}" for i in table.index[wrong])
        found.append(error("co.secondary", "secondary", rows=rows))
    return given.eq(True).to_numpy(dtype=bool)
