"""What the plan hangs on: success, margin, discount rate and weights, one changed at a time."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, warning
from nonetloss.core.language import LANGUAGES, Text, number, text
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.services import ServiceLoss
from nonetloss.offset.gains import Gains
from nonetloss.offset.need import ServiceNeeds
from nonetloss.offset.portfolio import select
from nonetloss.offset.portfolio_input import HasResidual, read_success, residual_of
from nonetloss.offset.portfolio_result import Portfolio
from nonetloss.offset.requirement import TOLERANCE
from nonetloss.offset.sensitivity_method import METHOD as METHOD

GROUPS = ("as_given", "success", "margin", "discount", "weights")
COLUMNS = (
    *("group", "assumption_es", "assumption_en", "value", "kept_covered_percent"),
    *("kept_worst_ecosystem", "kept_services_percent", "new_cost_usd", "new_parcels"),
    *("new_differs", "new_answer"),
)
COVERED = (
    *("group", "assumption_es", "assumption_en", "value", "ecosystem", "needed_qha"),
    *("covered_qha", "covered_percent"),
)


class HasChosen(Protocol):
    """A result that says which parcels were chosen and what they cost."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names."""

    @property
    def cost_usd(self) -> float:
        """Cost of all of them."""


class HasSensitivity(Protocol):
    """A result that says what values would be with other weights."""

    @property
    def sensitivity(self) -> pd.DataFrame:
        """See `value.sensitivity.weight_sensitivity`."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The same plan and the plan chosen anew, with one assumption changed at a time.

    `table` has one row per change, the first with nothing changed. Columns: group (as_given |
    success | margin | discount | weights), assumption_es, assumption_en, value (the success rate,
    margin or discount rate as shares; the factor of a weight; NaN: nothing changed),
    kept_covered_percent (of what is owed, by the chosen sites, in the ecosystem where it is
    least), kept_worst_ecosystem (empty: all is covered), kept_services_percent (the same of the
    services that are owed; NaN: none), new_cost_usd, new_parcels (names with commas), new_differs
    (how many sites differ from those chosen) and new_answer (as of a portfolio). `covered` has
    one row per change and ecosystem in which something is owed.
    """

    table: pd.DataFrame
    covered: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """One change, and everything that a selection is made with under it."""

    group: str
    title: Text
    value: float
    success: Estimate
    margin: float
    gains: Gains | None
    loss: Loss


def sensitivity(
    parcels: Sequence[Parcel],
    *,
    residual: Loss | HasResidual,
    ecosystems: EcosystemMap,
    portfolio: Portfolio | HasChosen,
    rng: np.random.Generator,
    alternatives: Sequence[Alternative] | None = None,
    gains: Gains | None = None,
    service_loss: ServiceLoss | None = None,
    value: HasSensitivity | None = None,
    alternative: str | None = None,
    near: BaseGeometry | None = None,
    success: Mapping[str, Any] | None = None,
    margin: float = 0.0,
    success_rates: Sequence[float] = (),
    margins: Sequence[float] = (),
    budget_usd: float | None = None,
    max_distance_m: float | None = None,
    half_distance_m: float | None = None,
    trading: Mapping[str, Any] | None = None,
    confidence: float = 1.0,
    time_factor: float = 1.0,
    probability: float | None = None,
    scenarios: int = 100,
    service_needs: ServiceNeeds = "all",
    tolerance_qha: float = TOLERANCE,
    gap: float = 0.001,
    time_limit_s: float | None = None,
) -> Sensitivity:
    """What the chosen sites cover, and what would be chosen, if one assumption were another.

    Parameters
    ----------
    parcels, residual, ecosystems, rng, alternatives, gains, service_loss, alternative, near
        As in `offset.portfolio.select`. Every change sees the same random numbers.
    portfolio : Portfolio
        Whose sites are kept. Give the settings with which it was chosen.
    value : EcologicalValue or None
        Its table of sensitivity says how the value of each ecosystem, and with it the loss, moves
        when an attribute counts half or twice. None: weights are not changed.
    success, margin
        As given in the plan; see `select`.
    success_rates : shares in (0, 1]
        Other likely shares of the modelled gain that is reached; the spread moves with them.
    margins : shares, 0 or more
        Other margins over the likely residual.
    budget_usd ... time_limit_s
        As in `select`. `budget_usd` and `probability` hold for the sites chosen anew; what the
        same sites cover is told of likely amounts.

    Returns
    -------
    Sensitivity
        Changes in the order success, margin, discount, weights. The discount rates are those of
        `gains.sensitivity`; draws of a parcel move with its likely gain.

    Raises
    ------
    InputError
        `offset.parameter`, `offset.locked-unknown` (a chosen site that is no parcel) and those of
        `select`.

    Notes
    -----
    **Mathematical formulation.** With the chosen sites S and a change that turns gains g into g',
    losses R into R' and the margin into m', what is kept is, for the allocation y that leaves
    least unmet in total,

        covered_e = min(1, sum_g w_ge y_ge / ((1 + m') R'_e)),

    and the plan anew solves the program of `select` with g', R', m'. With other weights
    R'_e = R_e VE'_e / VE_e; with another rate g'_v is that of `gains.sensitivity`.

    **In words.** First leave the sites as they are and see what they still make up for; then
    choose again and see what it costs. The first says how fragile a plan is, the second what
    caution costs.

    Values that parcels state do not move with the weights: their attributes are not known one by
    one. Loss is taken as proportional to the value, which is exact where cleared land keeps none.

    References
    ----------
    Moilanen et al. 2009, doi 10.1111/j.1526-100X.2008.00382.x; Saltelli et al. 2008,
    ISBN 978-0-470-05997-5 (what one change at a time can and cannot tell).
    """
    loss, name = residual_of(residual, alternative)
    reach = Estimate.exact(1.0) if success is None else read_success(success)
    _require_shares("success_rates", success_rates, allowed="(0, 1]", low=1e-12, high=1.0)
    _require_shares("margins", margins, allowed="[0, 10]", low=0.0, high=10.0)
    given = _Case("as_given", _title("as-given"), float("nan"), reach, margin, gains, loss)
    cases = [given, *_changes(given, success_rates, margins, value)]
    common: dict[str, Any] = {
        "ecosystems": ecosystems, "alternatives": alternatives, "service_loss": service_loss,
        "alternative": name, "near": near, "max_distance_m": max_distance_m,
        "half_distance_m": half_distance_m, "trading": trading, "confidence": confidence,
        "time_factor": time_factor, "service_needs": service_needs,
        "tolerance_qha": tolerance_qha, "gap": gap, "time_limit_s": time_limit_s,
        "alternative_count": 0,
    }  # fmt: skip
    limits = {"budget_usd": budget_usd, "probability": probability, "scenarios": scenarios}
    rows, covered = [], []
    for case in cases:
        head = (case.group, case.title.es, case.title.en, case.value)
        kept = _select(parcels, case, rng, **common, **_as_chosen(parcels, portfolio, case))
        anew = _select(parcels, case, rng, **common, **limits)
        shares = _covered(kept)
        covered += [(*head, *row) for row in shares]
        worst = min(shares, key=lambda row: row[-1], default=("", 0.0, 0.0, 100.0))
        rows.append(
            (
                *(*head, worst[-1], worst[0] if worst[-1] < 100.0 else ""),
                *(_services(kept, confidence), anew.cost_usd, ", ".join(anew.chosen)),
                *(len(set(anew.chosen) ^ set(portfolio.chosen)), anew.answer),
            )
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    findings = _findings(table, cases, name, portfolio, gap)
    return Sensitivity(table, pd.DataFrame(covered, columns=list(COVERED)), findings)


def _require_shares(
    name: str, values: Sequence[float], *, allowed: str, low: float, high: float
) -> None:
    for found in values:
        fine = isinstance(found, int | float) and not isinstance(found, bool)
        if not (fine and low <= found <= high):
            raise InputError.because("offset.parameter", name, allowed=allowed, value=found)


def _title(key: str, share: float | None = None, **names: Text) -> Text:
    told: dict[str, str] = {}
    for language in LANGUAGES:
        data: dict[str, Any] = dict(names)
        if share is not None:
            data["percent"] = number(
                100 * share, language, 0 if round(100 * share, 9) % 1 == 0 else 1
            )
        told[language] = text(f"sensitivity.{key}", language, **data)
    return Text(**told)


def _changes(
    given: _Case,
    success_rates: Sequence[float],
    margins: Sequence[float],
    value: HasSensitivity | None,
) -> Iterator[_Case]:
    for rate in success_rates:
        reach = _moved(given.success, float(rate))
        yield replace(
            given, group="success", title=_title("success", rate), value=float(rate), success=reach
        )
    for more in margins:
        yield replace(
            given, group="margin", title=_title("margin", more), value=float(more),
            margin=float(more),
        )  # fmt: skip
    if given.gains is not None:
        for share, gains in _discounted(given.gains):
            yield replace(
                given, group="discount", title=_title("discount", share), value=share, gains=gains
            )
    if value is not None:
        for attribute, factor, loss in _weighed(given.loss, value.sensitivity):
            title = _title("weight-half" if factor < 1 else "weight-double", attribute=attribute)
            yield replace(given, group="weights", title=title, value=factor, loss=loss)


def _moved(success: Estimate, likely: float) -> Estimate:
    """The same relative spread about another likely share, inside [0, 1]."""
    if success.likely == 0:
        return Estimate.exact(likely)
    scale = likely / success.likely
    low, high = (min(1.0, scale * end) for end in (success.low, success.high))
    return Estimate(min(low, likely), likely, max(high, likely), success.source)


def _discounted(gains: Gains) -> Iterator[tuple[float, Gains]]:
    """(rate, gains) for each rate of the table of sensitivity that changes anything."""
    table = gains.sensitivity
    if not len(table):
        return
    rates = table.loc[table["assumption"] == "discount_rate", "value"]
    for rate in dict.fromkeys(rates):
        rows = table[(table["assumption"] == "discount_rate") & (table["value"] == rate)]
        found = dict(zip(rows["parcel"], rows["gain_likely_qha"], strict=True))
        likely = np.array(
            [found.get(p, g) for p, g in zip(gains.parcels, gains.likely, strict=True)]
        )
        if np.allclose(likely, gains.likely, rtol=1e-9, atol=1e-12):
            continue
        some = gains.likely != 0
        scale = np.where(some, likely / np.where(some, gains.likely, 1.0), 1.0)
        draws = gains.draws * scale[:, None] + np.where(some, 0.0, likely)[:, None]
        yield float(rate), replace(gains, likely=likely, draws=draws)


def _weighed(loss: Loss, table: pd.DataFrame) -> Iterator[tuple[Text, float, Loss]]:
    """(attribute, factor of its weight, loss) for each attribute, half and double."""
    for _, rows in table.groupby("indicator", sort=False):
        title = Text(es=str(rows["title_es"].iloc[0]), en=str(rows["title_en"].iloc[0]))
        for factor, column in ((0.5, "value_half"), (2.0, "value_double")):
            value = dict(zip(rows["ecosystem"], rows["value"], strict=True))
            other = dict(zip(rows["ecosystem"], rows[column], strict=True))
            # An ecosystem without plots, or of no value, keeps its loss.
            scale = np.array(
                [
                    other[a] / value[a] if value.get(a, 0.0) > 0 and np.isfinite(other[a]) else 1.0
                    for a in loss.assets
                ]
            )
            moved = replace(
                loss, likely=loss.likely * scale, draws=loss.draws * scale[:, np.newaxis]
            )
            yield title, factor, moved


def _select(
    parcels: Sequence[Parcel], case: _Case, rng: np.random.Generator, **settings: Any
) -> Portfolio:
    reach = case.success
    success = {"low": reach.low, "likely": reach.likely, "high": reach.high}
    only = settings.pop("only", None)
    # The same random numbers for every change: what differs is the change.
    return select(
        parcels if only is None else only,
        residual=case.loss,
        rng=copy.deepcopy(rng),
        gains=case.gains,
        success=success,
        margin=case.margin,
        **settings,
    )


def _as_chosen(parcels: Sequence[Parcel], portfolio: HasChosen, case: _Case) -> dict[str, Any]:
    """The chosen sites and no others, all taken but those that no longer add anything."""
    taken = list(portfolio.chosen)
    if case.gains is not None:
        gain = dict(zip(case.gains.parcels, case.gains.likely.tolist(), strict=True))
        spare = {p.name for p in parcels if gain.get(p.name, 0.0) < 0}
        spare |= {p.name for p in parcels if gain.get(p.name, 0.0) == 0 and not p.services}
        taken = [name for name in taken if name not in spare]
    return {"only": [p for p in parcels if p.name in portfolio.chosen], "locked_in": taken}


def _covered(kept: Portfolio) -> list[tuple[str, float, float, float]]:
    """(ecosystem, needed, covered, percent) where something is owed."""
    rows = kept.requirements
    return [
        (name, float(needed), float(needed - short), 100.0 * max(0.0, 1.0 - float(short / needed)))
        for name, needed, short in zip(
            rows["asset"], rows["needed_qha"], rows["shortfall_qha"], strict=True
        )
        if needed > 0
    ]


def _services(kept: Portfolio, confidence: float) -> float:
    rows = kept.services[kept.services["needed"] > 0]
    if not len(rows):
        return float("nan")
    share = confidence * rows["gain"] / rows["needed"]
    # What the selection itself takes for met is met, whatever rounding says.
    return 100.0 * float(np.where(rows["met"], 1.0, np.clip(share, 0.0, 1.0)).min())


def _findings(
    table: pd.DataFrame,
    cases: Sequence[_Case],
    name: str,
    portfolio: HasChosen,
    gap: float,
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    groups = set(table["group"])
    gains = cases[0].gains
    if "discount" not in groups:
        found.append(notice("sensitivity.no-discount", name))
    elif gains is not None and {gains.loss_factor, *gains.loss_factors.values()} != {1.0}:
        found.append(warning("sensitivity.loss-factor", name))
    if "weights" not in groups:
        found.append(notice("sensitivity.no-weights", name))
    base = float(table["new_cost_usd"].iloc[0])
    if abs(base - portfolio.cost_usd) > 2 * gap * max(base, portfolio.cost_usd):
        costs = {"base": round(base, 2), "cost": round(portfolio.cost_usd, 2)}
        found.append(warning("sensitivity.not-as-chosen", name, **costs))
    changed = table.iloc[1:]
    services = changed["kept_services_percent"].fillna(100.0)
    short = (changed["kept_covered_percent"] < 100.0) | (services < 100.0)
    if short.any():
        found.append(notice("sensitivity.short", name, count=int(short.sum()), total=len(changed)))
    return tuple(found)
