"""Habitat hectares: area times a score out of 100 (Parkes et al. 2003).

Mathematical formulation
    HH = A/100 · (S·Σ_site points + Σ_landscape points), points of each component between 0 and
    its maximum; S = 75 / (75 - Σ maxima of the components absent from the vegetation class), 1
    where none is.

In words
    A hectare at half of its benchmark counts as half a hectare. A grassland is not marked down for
    the trees that it never had.
"""

import re

import numpy as np
import pandas as pd

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import Finding, candidates, error, offenders
from nonetloss.rules import RulesInForce, ruleset

GAIN_PARTS = ("prior_management", "security", "maintenance", "improvement")
_LANDSCAPE = ("patch_size", "neighborhood")


def units(table: pd.DataFrame, *, rules: RulesInForce | None = None) -> "pd.Series[float]":
    """Habitat hectares of each row.

    Parameters
    ----------
    table : DataFrame
        One row per habitat zone: ``area_ha``, one column per component of the list
        ``habitat-hectares.components`` with its points, and optionally ``absent``: the components
        that the benchmark of the zone does not have, separated by commas or spaces; their cells
        stay empty.
    rules : RulesInForce, optional
        None: the rule set on the day of its last review.

    Returns
    -------
    Series of float
        With the index of `table`; ``attrs["findings"]`` tells what nobody verified.

    Raises
    ------
    RulesError
        All at once: `habitat-hectares.column` (missing or unknown, with the nearest name),
        `habitat-hectares.area`, `habitat-hectares.points`, `habitat-hectares.absent`,
        `habitat-hectares.all-absent`.
    """
    in_force = _in_force(rules)
    area, found = _areas(table)
    if found:
        raise RulesError(*found, *_checked(table, in_force)[1])
    result: pd.Series[float] = (scores(table, rules=in_force) * area).rename("habitat_hectares")
    result.attrs["unit"] = "habitat hectare"
    return result


def scores(table: pd.DataFrame, *, rules: RulesInForce | None = None) -> "pd.Series[float]":
    """Habitat score of each row, between 0 and 1; `table` as in `units`, the area not needed.

    Raises
    ------
    RulesError
        As `units`.
    """
    in_force = _in_force(rules)
    maxima = _maxima(in_force)
    (points, absent), found = _checked(table, in_force)
    if found:
        raise RulesError(*found)
    top = np.array(list(maxima.values()))
    site = np.array([name not in _LANDSCAPE for name in maxima])
    missing = (absent * top).sum(axis=1)
    scale = top[site].sum() / (top[site].sum() - missing)
    total = scale * points[:, site].sum(axis=1) + points[:, ~site].sum(axis=1)
    result = pd.Series(total / top.sum(), index=table.index, name="habitat_score")
    rests_on = ("habitat-hectares.absent-components",) if absent.any() else ()
    result.attrs["findings"] = in_force.unverified(*rests_on, subject="habitat-hectares")
    return result


def gain(table: pd.DataFrame, *, rules: RulesInForce | None = None) -> "pd.Series[float]":
    """Gain of offset sites in habitat hectares: area times the sum of four parts out of 100.

    Parameters
    ----------
    table : DataFrame
        ``area_ha``, and points of ``prior_management``, ``security``, ``maintenance`` and
        ``improvement``, each 0 to 100 and together at most 100.
    rules : RulesInForce, optional
        As in `units`.

    Raises
    ------
    RulesError
        `habitat-hectares.column`, `habitat-hectares.area`, `habitat-hectares.points`.
    """
    in_force = _in_force(rules)
    area, found = _areas(table)
    lacking = [part for part in GAIN_PARTS if part not in table]
    for name in lacking:
        found.append(_column(name, table))
    if found:
        raise RulesError(*found)
    parts = table[list(GAIN_PARTS)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    wrong = ~((parts >= 0) & (parts <= 100)).all(axis=1) | (parts.sum(axis=1) > 100 + 1e-9)
    if wrong.any():
        shown = offenders(table.index[wrong])
        raise RulesError.because("habitat-hectares.points", "gain", top=100, rows=shown)
    result = pd.Series(parts.sum(axis=1) / 100 * area.to_numpy(), index=table.index, name="gain_hh")
    result.attrs["unit"] = "habitat hectare"
    result.attrs["findings"] = in_force.unverified(
        "habitat-hectares.gain-parts", subject="habitat-hectares"
    )
    return result


def _in_force(rules: RulesInForce | None) -> RulesInForce:
    if rules is not None:
        return rules
    whole = ruleset("victoria")
    return whole.on(whole.reviewed)


def _maxima(rules: RulesInForce) -> dict[str, float]:
    ids = [item.id for item in rules.items("habitat-hectares.components")]
    return dict(zip(ids, rules.table("habitat-hectares.maxima", unit=""), strict=True))


def _areas(table: pd.DataFrame) -> tuple["pd.Series[float]", list[Finding]]:
    if "area_ha" not in table:
        return pd.Series(dtype=float), [_column("area_ha", table)]
    area = pd.to_numeric(table["area_ha"], errors="coerce").astype(float)
    wrong = ~((area >= 0) & np.isfinite(area))
    if wrong.any():
        rows = offenders(f"{i}: {table['area_ha'][i]}" for i in table.index[wrong])
        return area, [error("habitat-hectares.area", "area_ha", rows=rows)]
    return area, []


def _column(name: str, table: pd.DataFrame) -> Finding:
    near = candidates(name, map(str, table.columns)) or "–"
    return error("habitat-hectares.column", name, columns=near)


def _checked(
    table: pd.DataFrame, rules: RulesInForce
) -> tuple[tuple[np.ndarray, np.ndarray], list[Finding]]:
    """Points (0 where absent) and which components are absent, both rows x components."""
    maxima = _maxima(rules)
    found = [_column(name, table) for name in maxima if name not in table]
    known = {*maxima, "area_ha", "absent"}
    absent = np.zeros((len(table), len(maxima)), dtype=bool)
    names = list(maxima)
    if "absent" in table:
        for row, text in enumerate(table["absent"].fillna("").astype(str)):
            for name in filter(None, re.split(r"[,\s]+", text)):
                if name not in maxima or name in _LANDSCAPE:
                    near = candidates(name, [n for n in names if n not in _LANDSCAPE]) or "–"
                    found.append(error("habitat-hectares.absent", name, nearest=near))
                else:
                    absent[row, names.index(name)] = True
    on_site = [at for at, name in enumerate(names) if name not in _LANDSCAPE]
    empty = np.asarray(absent[:, on_site].all(axis=1))
    if empty.any():
        rows = offenders(table.index[empty])
        found.append(error("habitat-hectares.all-absent", "absent", rows=rows))
    points = np.zeros(absent.shape)
    for at, (name, top) in enumerate(maxima.items()):
        if name not in table:
            continue
        values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
        gone = absent[:, at] & ~(values > 0)  # points for what cannot be there are refused below
        fits = (values >= 0) & (values <= top) & ~absent[:, at]
        wrong = ~(fits | gone)
        if wrong.any():
            rows = offenders(f"{i}: {table[name][i]}" for i in table.index[wrong])
            found.append(error("habitat-hectares.points", name, top=top, rows=rows))
        points[:, at] = np.where(gone, 0.0, values)
    for column in map(str, table.columns):
        near = (
            candidates(column, [n for n in names if n not in table]) if column not in known else ""
        )
        if near and any(name not in table for name in names):
            found.append(error("habitat-hectares.unknown", column, nearest=near))
    return (points, absent), found
