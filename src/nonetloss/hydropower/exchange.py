"""What each further percent of loss buys, against the basin as it stands today.

Mathematical formulation
    For loss criterion c, today's value t_c and a further loss of q percent: the largest gain among
    the portfolios with v_c >= t_c (1 - q/100) (maximized) or v_c <= t_c (1 + q/100) (minimized).

In words
    Who accepts so much further loss can have at most so much more energy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, notice, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.choice import best_of, front_notices
from nonetloss.hydropower.criterion import Criterion
from nonetloss.hydropower.oriented import (
    FLECKER,
    FRONTIER,
    Oriented,
    amount,
    label,
    loss_names,
    oriented,
    units,
    values_of,
)
from nonetloss.hydropower.results import Frontier
from nonetloss.hydropower.states import today
from nonetloss.landscape.river import RiverNetwork

PERCENTS = (0, 1, 5, 10, 20, 30)
ALL = "all"

METHOD = Method(
    id="hydropower.exchange",
    question=Text(
        es="¿Qué se gana con cada punto más de pérdida?",
        en="What does each further percent of loss buy?",
    ),
    function="nonetloss.hydropower.exchange:exchange",
    inputs=(FRONTIER, ports.NETWORK, ports.DECLARED),
    outputs=(
        Port(
            "exchange",
            "Exchange",
            Text(es="Ganancia por pérdida adicional.", en="Gain for further loss."),
        ),
    ),
    parameters=(
        Parameter(
            "gain",
            Text(es="Criterio que se gana.", en="Criterion that is gained."),
            kind="text",
            default="energy",
        ),
        Parameter(
            "criteria",
            Text(
                es="Criterios que se pierden. Sin esto, todos los demás del frente.",
                en="Criteria that are lost. Without it, all others of the front.",
            ),
            kind="list",
            optional=True,
        ),
        Parameter(
            "percents",
            Text(
                es="Pérdidas adicionales, en porcentaje del valor de hoy.",
                en="Further losses, in percent of the value of today.",
            ),
            kind="list",
            default=PERCENTS,
            low=0.0,
        ),
        Parameter(
            "steps",
            Text(
                es="Pérdidas adicionales en la unidad del criterio: {criterio: [0, 10, …]}. Se "
                "necesitan donde el valor de hoy es cero.",
                en="Further losses in the unit of the criterion: {criterion: [0, 10, …]}. Needed "
                "where the value of today is zero.",
            ),
            kind="mapping",
            optional=True,
        ),
    ),
    references=(FLECKER, "Wu et al. 2018, doi 10.1609/aaai.v32i1.11347"),
    validity=Text(
        es="Cada fila mira un solo criterio de pérdida; los otros pueden caer más. La fila «all» "
        "los limita todos a la vez.",
        en='Each row looks at one loss criterion only; the others may fall further. The row "all" '
        "limits them all at once.",
    ),
    example="- {step: exchange, method: hydropower.exchange, parameters: "
    "{criteria: [connectivity], percents: [0, 1, 5, 10]}}",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Result of `exchange`.

    `table`: criterion (`all`: every loss criterion at once), unit, kind (`percent` or
    `absolute`), further_loss_percent (allowed), further_loss (allowed, in the unit; NaN for
    `all`), limit (worst value allowed), value, loss_percent (really lost; negative: better than
    today), gain, added_<gain> (against today), dams_total, dams_added, row (in the front). Where no
    portfolio stays within the limit: NaN and -1. `today`: criterion, unit, value, dams_total.
    `choices` is int8 (rows of `table`, dams), zeros where there is no portfolio.
    """

    gain: str
    table: pd.DataFrame
    today: pd.DataFrame
    choices: np.ndarray
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Allowed:
    """One row to fill: limits in the turned values, by column of the front."""

    criterion: str
    kind: str
    percent: float
    loss: float
    limits: Mapping[int, float]


def exchange(
    frontier: Frontier,
    *,
    network: RiverNetwork,
    declared: Sequence[Criterion] = (),
    gain: str = "energy",
    criteria: Sequence[str] | None = None,
    percents: Sequence[float] = PERCENTS,
    steps: Mapping[str, Sequence[Any]] | None = None,
) -> Exchange:
    """The most that can be gained for each further loss against today.

    Parameters
    ----------
    frontier : Frontier
        With `gain` among its criteria; further criteria do no harm.
    network : RiverNetwork
        Its built dams are today.
    declared : sequence of Criterion
        What the study declares.
    gain : str
    criteria : sequence of str, optional
        Loss criteria; None: all but `gain`.
    percents : sequence of float
        Not negative. Of a criterion that is zero today a percentage means nothing: a notice says
        so, and `steps` takes its place.
    steps : mapping of criterion to numbers or texts with unit, optional
        Further losses in the unit of the criterion.

    Raises
    ------
    InputError
        `selection.front-empty`, `selection.criterion-unknown`, `selection.least-none`,
        `selection.least-repeated`, `selection.percents`, `selection.steps`,
        `selection.other-network`, and the codes of `evaluate` and of units.
    """
    turned = oriented(frontier)
    label(frontier, gain)
    names = loss_names(frontier, criteria, [gain])
    shares = _percents(percents)
    absolute = _steps(frontier, names, steps)
    now = values_of(frontier, network, today(network), declared)
    column = {name: i for i, name in enumerate(turned.names)}
    before = turned.turned(now)[0]
    found: list[Finding] = list(front_notices(frontier))
    asked: list[_Allowed] = []
    for name in names:
        at = before[column[name]]
        zero = abs(at) <= turned.tolerance[column[name]]
        if zero:
            found.append(notice("selection.zero-today", name))
        else:
            asked += _by_percent(name, {column[name]: at}, shares)
        for loss in absolute.get(name, ()):
            limits = {column[name]: at + loss}
            asked.append(_Allowed(name, "absolute", nan, loss, limits))
    measured = {column[n]: before[column[n]] for n in names}
    whole = all(abs(before[c]) > turned.tolerance[c] for c in measured)
    if len(names) > 1 and whole:
        asked += _by_percent(ALL, measured, shares)
    built = today(network) > 0
    rows = [_row(frontier, turned, a, gain, names, before, built) for a in asked]
    table = _table(rows, gain)
    table.attrs["units"] = {name: label(frontier, gain).unit for name in ("gain", f"added_{gain}")}
    missing = table.loc[table["row"] < 0, "criterion"].unique()
    if len(missing):
        found.append(notice("selection.nothing-within", offenders(missing)))
    state = pd.DataFrame(
        {
            "criterion": turned.names,
            "unit": [units(frontier)[name] for name in turned.names],
            "value": before * turned.sign,
            "dams_total": int(built.sum()),
        }
    )
    places = table["row"].to_numpy()
    choices = np.where((places >= 0)[:, None], frontier.choices[places], 0).astype(np.int8)
    return Exchange(gain, table, state, choices, tuple(found))


def _by_percent(
    name: str, before: Mapping[int, float], percents: Sequence[float]
) -> Iterator[_Allowed]:
    for percent in percents:
        # Turned values of maximized criteria are negative: worse is up in either case.
        limits = {c: at + abs(at) * percent / 100 for c, at in before.items()}
        loss = nan if name == ALL else abs(next(iter(before.values()))) * percent / 100
        yield _Allowed(name, "percent", float(percent), loss, limits)


def _row(
    frontier: Frontier,
    turned: Oriented,
    asked: _Allowed,
    gain: str,
    names: Sequence[str],
    before: np.ndarray,
    built: np.ndarray,
) -> dict[str, Any]:
    columns = list(asked.limits)
    limits = np.array(list(asked.limits.values()))
    within = (turned.lower[:, columns] <= limits + turned.tolerance[columns]).all(axis=1)
    single = asked.criterion != ALL
    unit = label(frontier, asked.criterion).unit if single else ""
    row: dict[str, Any] = {
        "criterion": asked.criterion,
        "unit": unit,
        "kind": asked.kind,
        "further_loss_percent": asked.percent,
        "further_loss": asked.loss,
        "limit": limits[0] * turned.sign[columns[0]] if single else nan,
        "row": -1,
    }
    if not within.any():
        return row
    rows = np.flatnonzero(within)
    g = turned.names.index(gain)
    most = turned.lower[rows, g].min()
    rows = rows[turned.lower[rows, g] <= most + turned.tolerance[g]]
    # Of those that gain the same, the one that loses least.
    lost = [asked.criterion] if single else list(names)
    place = int(rows[best_of(frontier, rows, lost, np.ones(len(lost)))])
    sizes = np.abs(before[columns])
    lost_by = turned.lower[place, columns] - before[columns]
    lost_by[np.abs(lost_by) <= turned.tolerance[columns]] = 0.0
    shares = [
        100 * by / size if size > turned.tolerance[c] else nan
        for c, by, size in zip(columns, lost_by, sizes, strict=True)
    ]
    stands = frontier.choices[place] > 0
    return row | {
        "value": turned.lower[place, columns[0]] * turned.sign[columns[0]] if single else nan,
        "loss_percent": max(shares),
        "gain": turned.lower[place, g] * turned.sign[g],
        f"added_{gain}": (turned.lower[place, g] - before[g]) * turned.sign[g],
        "dams_total": int(stands.sum()),
        "dams_added": int((stands & ~built).sum()),
        "row": place,
    }


def _table(rows: Sequence[Mapping[str, Any]], gain: str) -> pd.DataFrame:
    numbers = ("value", "loss_percent", "gain", f"added_{gain}", "dams_total", "dams_added")
    first = ("criterion", "unit", "kind", "further_loss_percent", "further_loss", "limit")
    table = pd.DataFrame(list(rows), columns=[*first, *numbers, "row"])
    kinds: dict[str, str] = dict.fromkeys((*first[3:], *numbers), "float64")
    return table.astype({**kinds, "row": "int64"})


def _percents(percents: Sequence[float]) -> tuple[float, ...]:
    bad = [
        p
        for p in percents
        if isinstance(p, bool) or not isinstance(p, int | float) or not isfinite(p) or p < 0
    ]
    if bad or not len(percents):
        raise InputError.because("selection.percents", "percents", value=offenders(bad) or "–")
    return tuple(sorted({float(p) for p in percents}))


def _steps(
    frontier: Frontier, names: Sequence[str], steps: Mapping[str, Sequence[Any]] | None
) -> dict[str, tuple[float, ...]]:
    made: dict[str, tuple[float, ...]] = {}
    found: list[Finding] = []
    for name, values in (steps or {}).items():
        label(frontier, str(name))
        listed = isinstance(values, Sequence) and not isinstance(values, str)
        numbers = [amount(frontier, str(name), v) for v in values] if listed else []
        if not numbers or min(numbers) < 0 or name not in names:
            found.append(error("selection.steps", str(name), value=values))
        else:
            made[str(name)] = tuple(sorted(set(numbers)))
    if found:
        raise InputError(*found)
    return made
