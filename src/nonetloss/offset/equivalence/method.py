"""Trading rules asked of the losses and parcels of a study, as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, candidates, notice, offenders, warning
from nonetloss.core.language import Text, text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.landscape.cleared import cleared_land
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.offset.equivalence.reading import read_rules
from nonetloss.offset.equivalence.trades import (
    TradingRules,
    accepted,
    delay_of,
    multiplier,
    named_ecosystems,
    refusals,
)

# Quality-hectares below which nothing is lost: the resolution of the ledger.
_TOLERANCE = 1e-6


class HasResidual(Protocol):
    """A plan that knows what it leaves."""

    @property
    def residual(self) -> Loss:
        """Loss that remains."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Which parcel may stand for which loss, and how much it owes.

    `rules` as they hold; `losses` and `parcels` name the rows and columns of `allowed` (bool),
    `multiplier` (NaN: not known) and `reason` (codes, "" where allowed), all (losses, parcels).

    `pairs` has one row per lost ecosystem and parcel: loss, parcel, title_es, title_en, gain,
    zone, distance_m, delay_years, allowed, reason, reason_es, reason_en, multiplier. `trades` one
    per pair of ecosystems: loss, gain, accepted, like_for_like. `losses_table` one per lost
    ecosystem: loss, title_es, title_en, loss_qha, offsettable, parcels (allowed), least and most
    gain_needed_qha.
    """

    rules: TradingRules
    losses: tuple[str, ...]
    parcels: tuple[str, ...]
    allowed: np.ndarray
    multiplier: np.ndarray
    reason: np.ndarray
    pairs: pd.DataFrame
    trades: pd.DataFrame
    losses_table: pd.DataFrame
    findings: tuple[Finding, ...]


def equivalence(
    parcels: Sequence[Parcel],
    *,
    loss: Loss | HasResidual,
    ecosystems: EcosystemMap,
    rules: Mapping[str, Any] | None = None,
    alternatives: Sequence[Alternative] | None = None,
    alternative: str | None = None,
) -> Equivalence:
    """Ask the trading rules of every lost ecosystem and every candidate parcel.

    Parameters
    ----------
    parcels : sequence of Parcel
        Candidates; their order does not matter.
    loss : Loss, or a plan with a `residual`
        What is lost. Ecosystems without loss are left out.
    ecosystems : EcosystemMap
        What is better, what cannot be offset.
    rules : mapping or None
        See `reading.read_rules`. None: like-for-like or better, anywhere, one for one.
    alternatives : sequence of Alternative or None
        Where the impact lies, for rules of distance.
    alternative : str or None
        Which one is meant; None where `loss` holds only one.

    Returns
    -------
    Equivalence

    Raises
    ------
    InputError
        `offset.alternative`, `offset.unknown-ecosystem`, `equivalence.distance-needed` and what
        `read_rules` raises.
    """
    held = read_rules(rules or {}, ecosystems=[e.name for e in ecosystems.ecosystems])
    amounts, name = _amounts(loss, alternative)
    lost = named_ecosystems(tuple(amounts), ecosystems)
    ordered = tuple(sorted(parcels, key=lambda p: p.name))
    named_ecosystems(tuple(p.ecosystem for p in ordered), ecosystems)
    distance = _distances(ordered, alternatives, name)
    reason = refusals(lost, ordered, held, distance_m=distance)
    owed = multiplier(lost, ordered, held, distance_m=distance)
    allowed = np.asarray(reason == "", dtype=bool).reshape(len(lost), len(ordered))
    delay = delay_of(ordered, held)
    return Equivalence(
        rules=held,
        losses=tuple(k.name for k in lost),
        parcels=tuple(p.name for p in ordered),
        allowed=allowed,
        multiplier=owed,
        reason=reason,
        pairs=_pairs(lost, ordered, reason, owed, distance, delay),
        trades=_trades(lost, ordered, held),
        losses_table=_losses(lost, amounts, allowed, owed, held),
        findings=tuple(_findings(lost, ordered, allowed, held)),
    )


def _amounts(given: Loss | HasResidual, alternative: str | None) -> tuple[dict[str, float], str]:
    """Likely loss by ecosystem, where there is any, and the alternative that it is of."""
    loss = given if isinstance(given, Loss) else given.residual
    name = alternative
    if name is None and len(loss.alternatives) == 1:
        name = loss.alternatives[0]
    if name not in loss.alternatives:
        raise InputError.because(
            "offset.alternative", f"{alternative}", known=offenders(loss.alternatives, 20)
        )
    likely = loss.of(str(name))[0].sum(axis=0)
    pairs = zip(loss.assets, likely, strict=True)
    return {asset: float(amount) for asset, amount in pairs if amount > _TOLERANCE}, str(name)


def _distances(
    parcels: tuple[Parcel, ...], alternatives: Sequence[Alternative] | None, name: str
) -> np.ndarray | None:
    """Meters from the land that the alternative clears; None where it is not given."""
    for alternative in alternatives or ():
        if alternative.name == name:
            impact = cleared_land(alternative)
            shapes = np.array([p.geometry for p in parcels], dtype=object)
            return np.asarray(shapely.distance(shapes, impact), dtype=np.float64)
    return None


def _pairs(
    lost: tuple[Ecosystem, ...],
    parcels: tuple[Parcel, ...],
    reason: np.ndarray,
    owed: np.ndarray,
    distance: np.ndarray | None,
    delay: np.ndarray,
) -> pd.DataFrame:
    rows = [
        {
            "loss": kind.name,
            "parcel": parcel.name,
            "title_es": parcel.title.es,
            "title_en": parcel.title.en,
            "gain": parcel.ecosystem,
            "zone": parcel.zone,
            "distance_m": float("nan") if distance is None else float(distance[j]),
            "delay_years": float(delay[j]),
            "allowed": not reason[i, j],
            "reason": reason[i, j],
            "reason_es": text(reason[i, j], "es") if reason[i, j] else "",
            "reason_en": text(reason[i, j], "en") if reason[i, j] else "",
            "multiplier": float(owed[i, j]),
        }
        for i, kind in enumerate(lost)
        for j, parcel in enumerate(parcels)
    ]
    columns = (
        "loss", "parcel", "title_es", "title_en", "gain", "zone", "distance_m", "delay_years",
        "allowed", "reason", "reason_es", "reason_en", "multiplier",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def _trades(
    lost: tuple[Ecosystem, ...], parcels: tuple[Parcel, ...], rules: TradingRules
) -> pd.DataFrame:
    gains = sorted({p.ecosystem for p in parcels})
    may = accepted(lost, gains, rules)
    rows = [
        {
            "loss": kind.name,
            "gain": gain,
            "accepted": bool(may[i, g]),
            "like_for_like": kind.name == gain,
        }
        for i, kind in enumerate(lost)
        for g, gain in enumerate(gains)
    ]
    return pd.DataFrame(rows, columns=["loss", "gain", "accepted", "like_for_like"])


def _losses(
    lost: tuple[Ecosystem, ...],
    amounts: Mapping[str, float],
    allowed: np.ndarray,
    owed: np.ndarray,
    rules: TradingRules,
) -> pd.DataFrame:
    rows = []
    for i, kind in enumerate(lost):
        open_to = owed[i][allowed[i]]
        rows.append(
            {
                "loss": kind.name,
                "title_es": kind.title.es,
                "title_en": kind.title.en,
                "loss_qha": amounts[kind.name],
                "offsettable": kind.offsettable and kind.name not in rules.not_offsettable,
                "parcels": int(allowed[i].sum()),
                "least_gain_needed_qha": amounts[kind.name] * open_to.min(initial=np.inf),
                "most_gain_needed_qha": amounts[kind.name] * open_to.max(initial=-np.inf),
            }
        )
    columns = (
        "loss", "title_es", "title_en", "loss_qha", "offsettable", "parcels",
        "least_gain_needed_qha", "most_gain_needed_qha",
    )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(columns))
    ends = ["least_gain_needed_qha", "most_gain_needed_qha"]
    # Where no parcel is allowed nobody can say how much would be needed.
    table[ends] = table[ends].astype(float).replace([np.inf, -np.inf], np.nan)
    return table


def _findings(
    lost: tuple[Ecosystem, ...],
    parcels: tuple[Parcel, ...],
    allowed: np.ndarray,
    rules: TradingRules,
) -> list[Finding]:
    found = []
    for i, kind in enumerate(lost):
        if not kind.offsettable or kind.name in rules.not_offsettable:
            found.append(warning("equivalence.cannot-be-offset", kind.name, title=kind.title))
        elif not allowed[i].any():
            found.append(warning("equivalence.no-parcel", kind.name, title=kind.title))
    zones = sorted({p.zone for p in parcels} - {""})
    for zone in rules.impact_zones if rules.needs_zone else ():
        if zone not in zones:
            near = candidates(zone, zones) or "–"
            found.append(notice("equivalence.zone-without-parcels", zone, known=near))
    return found


METHOD = Method(
    id="offset.equivalence",
    question=Text(
        es="¿Qué predio puede reemplazar qué pérdida, y cuánta ganancia se debe por ella?",
        en="Which parcel may stand for which loss, and how much gain is owed for it?",
    ),
    function="nonetloss.offset.equivalence.method:equivalence",
    inputs=(
        Port(
            "parcels",
            "Parcel",
            Text(es="Predios candidatos.", en="Candidate parcels."),
            many=True,
        ),
        Port(
            "loss",
            "Loss",
            Text(
                es="Pérdida por ecosistema, o el plan que la deja.",
                en="Loss by ecosystem, or the plan that leaves it.",
            ),
            unit="quality_hectare",
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(
                es="Qué es mejor que qué, y qué no es compensable.",
                en="What is better than what, and what cannot be offset.",
            ),
        ),
        Port(
            "alternatives",
            "Alternative",
            Text(es="Trazos, para la distancia.", en="Routes, for the distance."),
            optional=True,
            many=True,
        ),
    ),
    outputs=(
        Port(
            "equivalence",
            "Equivalence",
            Text(
                es="Pares permitidos, motivos y multiplicadores.",
                en="Allowed pairs, reasons and multipliers.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "rules",
            Text(
                es="Reglas: trade (like-for-like | like-for-like-or-better | trading-up), "
                "by_ecosystem, rank, not_offsettable, max_distance, zone (any | same | "
                "same-or-neighbor), impact_zones, neighbors, delay, multipliers {time_rate, "
                "success, failure, half_distance, zones, out_of_kind, by_ecosystem}.",
                en="Rules: trade (like-for-like | like-for-like-or-better | trading-up), then "
                "by_ecosystem, rank, not_offsettable, max_distance, zone (any | same | "
                "same-or-neighbor), impact_zones, neighbors, delay, multipliers {time_rate, "
                "success, failure, half_distance, zones, out_of_kind, by_ecosystem}.",
            ),
            kind="mapping",
            reader="nonetloss.offset.equivalence.reading:read_rules",
            optional=True,
        ),
        Parameter(
            "alternative",
            Text(
                es="Alternativa cuya pérdida se compensa; por defecto, la elegida.",
                en="Alternative whose loss is offset; by default the chosen one.",
            ),
            kind="text",
            optional=True,
        ),
    ),
    references=(
        "BBOP 2012, ISBN 978-1-932928-44-0",
        "Pilgrim et al. 2013, doi 10.1111/conl.12002",
        "Moilanen et al. 2009, doi 10.1111/j.1526-100X.2008.00382.x",
        "Laitila et al. 2014, doi 10.1111/2041-210X.12287",
        "Bull et al. 2017, doi 10.1111/conl.12335",
    ),
    validity=Text(
        es="Las reglas son del estudio o de la norma; ningún multiplicador hace compensable lo que "
        "no lo es. El del tiempo no se suma a ganancias ya descontadas año por año.",
        en="The rules are the study's or the law's; no multiplier makes offsettable what is not. "
        "That of time is not for gains that are discounted year by year already.",
    ),
    example=(
        "- {step: equivalence, method: offset.equivalence, parameters: {rules: {trade: "
        "like-for-like-or-better, max_distance: 150 km, delay: 20 year, multipliers: "
        "{time_rate: 0.02, success: 0.8}}}}"
    ),
)
