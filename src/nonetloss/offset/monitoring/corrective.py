"""Which declared corrective actions answer what was seen, with what they would close and cost."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.offset.monitoring.declared import read_costs, read_entries, require_fields
from nonetloss.offset.monitoring.planned import Site
from nonetloss.offset.monitoring.progress import MISSED, UNOBSERVED, WARNING, latest

FORECAST, REOPENED = "forecast", "reopened"
# `reopened`: the site delivers less than promised, and the balance that it served is open again.
TRIGGERS = (MISSED, WARNING, FORECAST, UNOBSERVED, REOPENED)

COLUMNS = (
    "site", "year", "trigger", "action", "title_es", "title_en", "gap_qha", "closes_low_qha",
    "closes_qha", "closes_high_qha", "cost_usd", "usd_per_qha", "enough",
)  # fmt: skip

_FIELDS = {"title", "when", "for", "closes", "cost_usd", "cost_usd_per_ha"}


@dataclass(frozen=True, slots=True)
class Correction:
    """One corrective action.

    `when` are the triggers it answers; `kinds` the actions of parcels it suits (empty: all).
    `closes` is the share of the gap that it closes, None: not known. Costs NaN: not known.
    """

    name: str
    title: Text
    when: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    closes: Estimate | None = None
    cost_usd: float = float("nan")
    cost_usd_per_ha: float = 0.0


# What is usual; effects and costs are the study's to state, so none stands here.
DEFAULT = (
    Correction(
        "survey-what-is-missing",
        Text(es="Levantar la observación que falta", en="Survey what nobody observed"),
        (UNOBSERVED,),
    ),
    Correction(
        "find-the-cause",
        Text(
            es="Buscar la causa en campo, con la comunidad y un control",
            en="Find the cause in the field, with the community and a control",
        ),
        (WARNING, MISSED, FORECAST),
    ),
    Correction(
        "maintain",
        Text(
            es="Reforzar el manejo: replante, enriquecimiento, fuego, ganado, vigilancia",
            en="Strengthen management: replanting, enrichment, fire, cattle, patrols",
        ),
        (MISSED, FORECAST),
    ),
    Correction(
        "add-parcels",
        Text(
            es="Añadir parcelas por la pérdida reabierta (volver a offset.portfolio)",
            en="Add parcels for the loss that is open again (back to offset.portfolio)",
        ),
        (REOPENED,),
    ),
)


def read_corrections(
    given: Mapping[str, Any], *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> tuple[Correction, ...]:
    """Corrective actions as a study writes them.

    `{name: {title, when: [missed, forecast], for: [restore], closes: {low, likely, high, source},
    cost_usd: "5000 usd", cost_usd_per_ha: "300 usd/ha"}}`.

    Raises
    ------
    InputError
        `monitoring.correction`, with all that is wrong in all of them.
    """
    return read_entries(given, _correction, code="monitoring.correction")


def _correction(name: str, said: Any) -> Correction:
    require_fields(name, said, _FIELDS, code="monitoring.correction")
    when = tuple(said["when"])
    costs = read_costs(said, name=f"corrections.{name}")
    closes = None
    if "closes" in said:
        ends = said["closes"]
        if isinstance(ends, Mapping):
            closes = Estimate(
                float(ends["low"]),
                float(ends["likely"]),
                float(ends["high"]),
                Text.of(ends.get("source", "")),
            )
        else:
            closes = Estimate.exact(float(ends))
    strange = sorted(set(when) - set(TRIGGERS))
    if strange or not when or (closes is not None and (closes.low < 0 or closes.high > 1)):
        raise InputError.because("monitoring.correction", name, value=strange or said)
    if any(v < 0 for v in costs.values()):
        raise InputError.because("monitoring.correction", name, value=costs)
    return Correction(name, Text.of(said.get("title", name)), when, tuple(said.get("for", ())),
                      closes, **costs)  # fmt: skip


def corrective(
    progress: pd.DataFrame,
    *,
    outlook: pd.DataFrame,
    sites: Sequence[Site],
    corrections: Sequence[Correction],
    as_of: int,
    reopened: Collection[str] = (),
) -> pd.DataFrame:
    """What each site in trouble could be answered with: `COLUMNS`.

    `reopened` names the sites that deliver less than promised for a balance that is open again.

    The gap of a site is what the forecast lacks of the target; for one without a forecast, what the
    last observation lacks of the plan; NaN where neither is known. Rows of a site stand with the
    cheapest per quality-hectare first, unknown costs last, else in the order of declaration.
    """
    rows = []
    last = latest(progress)
    forecasts = {str(r["site"]): r for r in outlook.to_dict("records")}
    for site in sites:
        row = last.get(site.name)
        seen = forecasts.get(site.name)
        triggers = set() if row is None else {str(row["status"])} & {MISSED, WARNING}
        mine = progress[progress["site"] == site.name]
        if len(mine) and mine["status"].iloc[-1] == UNOBSERVED:
            triggers.add(UNOBSERVED)
        if seen is not None and bool(seen["warning"]):
            triggers.add(FORECAST)
        if site.name in reopened:
            triggers.add(REOPENED)
        gap = _gap(row, seen)
        answers = [
            _answer(site, c, gap, [t for t in TRIGGERS if t in triggers and t in c.when], as_of)
            for c in corrections
            if triggers & set(c.when) and (not c.kinds or site.parcel.action in c.kinds)
        ]
        price = [a["usd_per_qha"] for a in answers]
        order = np.argsort(np.nan_to_num(price, nan=np.inf), kind="stable")
        rows += [answers[i] for i in order]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _gap(row: Any, seen: Any) -> float:
    if seen is not None and not np.isnan(seen["forecast_likely"]):
        return max(0.0, float(seen["target"] - seen["forecast_likely"]))
    return float("nan") if row is None else max(0.0, float(row["planned"] - row["observed"]))


def _answer(
    site: Site, correction: Correction, gap: float, triggers: list[str], as_of: int
) -> dict[str, Any]:
    cost = correction.cost_usd + correction.cost_usd_per_ha * site.parcel.area_ha
    ends = (np.nan,) * 3
    if correction.closes is not None:
        c = correction.closes
        ends = (gap * c.low, gap * c.likely, gap * c.high)
    return {
        "site": site.name,
        "year": as_of,
        "trigger": ", ".join(triggers),
        "action": correction.name,
        "title_es": correction.title.es,
        "title_en": correction.title.en,
        "gap_qha": gap,
        "closes_low_qha": ends[0],
        "closes_qha": ends[1],
        "closes_high_qha": ends[2],
        "cost_usd": cost,
        "usd_per_qha": cost / ends[1] if ends[1] > 0 else np.nan,
        "enough": bool(ends[1] >= gap) if not np.isnan(ends[1]) else False,
    }
