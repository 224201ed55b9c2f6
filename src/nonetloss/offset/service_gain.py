"""What each candidate gives of each service to each group of people, beyond the counterfactual."""

from dataclasses import dataclass

import numpy as np
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import nearest, offenders
from nonetloss.landscape.services import ServiceLoss
from nonetloss.numerics.stats import pert
from nonetloss.offset.candidates import Candidates
from nonetloss.offset.services import columns_of


@dataclass(frozen=True, slots=True)
class ServiceGain:
    """`likely` (columns, parcels); `hectares` (columns, parcels) inside the serviceshed, after
    what the project takes; columns as in the `ServiceLoss`."""

    likely: np.ndarray
    hectares: np.ndarray


def service_gain(candidates: Candidates, *, loss: ServiceLoss, success: Estimate) -> ServiceGain:
    """Likely gain of every candidate: hectares inside the shed × gain per hectare × success.

    A candidate without a figure for a service gives nothing of it; one can be negative (protection
    that takes a use away), and such a harm is taken whole: that an action does not reach all that
    it promises spares nobody what it takes away. A hectare in several servicesheds serves the
    people of each.

    Raises
    ------
    InputError
        `service.of-parcel` for a service that nobody declared.
    """
    _require_declared(candidates, loss)
    columns = columns_of(loss)
    shapes = np.array([p.geometry for p in candidates.parcels], dtype=object)
    area = np.array([p.area_ha for p in candidates.parcels]) * candidates.kept
    hectares = np.zeros((len(columns), len(candidates.parcels)))
    per_ha = np.zeros_like(hectares)
    for c, (service, shed) in enumerate(columns):
        inside = np.ones(len(candidates.parcels))
        if shed.geometry is not None and len(shapes):
            common = shapely.area(shapely.intersection(shapes, shed.geometry))
            inside = common / shapely.area(shapes)
        hectares[c] = area * inside
        per_ha[c] = [
            p.services[service.name].likely if service.name in p.services else 0.0
            for p in candidates.parcels
        ]
    return ServiceGain(reduced(hectares * per_ha, success.likely), hectares)


def reduced(amount: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """What people gain at a share; what is taken from them, whole."""
    return np.asarray(np.where(amount > 0, amount * share, amount))


def service_draws(
    candidates: Candidates,
    chosen: np.ndarray,
    *,
    loss: ServiceLoss,
    gain: ServiceGain,
    reached: np.ndarray,
    together: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    """(columns, parcels, draws) of the chosen parcels, zero for the others.

    One draw per parcel and service holds in all its servicesheds; `together` gives all parcels
    one ranking per service. `reached` is the share of success, the same as of the other gains.
    """
    draws = reached.size
    result = np.zeros((len(loss.columns), len(candidates.parcels), draws))
    for service in loss.services:
        rank = np.argsort(np.argsort(rng.random(draws), kind="stable"))
        at = [c for c, (name, _) in enumerate(loss.columns) if name == service.name]
        for i in np.flatnonzero(chosen):
            value = candidates.parcels[i].services.get(service.name)
            if value is None:
                continue
            sample = np.asarray(pert(value.low, value.likely, value.high, size=draws, rng=rng))
            sample = np.sort(sample)[rank] if together else sample
            for c in at:
                result[c, i] = reduced(gain.hectares[c, i] * sample, reached)
    return result


def _require_declared(candidates: Candidates, loss: ServiceLoss) -> None:
    known = [s.name for s in loss.services]
    for parcel in candidates.parcels:
        for name in parcel.services:
            if name not in known:
                raise InputError.because(
                    "service.of-parcel",
                    parcel.name,
                    unknown=name,
                    nearest=nearest(name, known),
                    known=offenders(known, 20),
                )
