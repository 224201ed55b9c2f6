"""A piece of land where an offset could be made."""

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text


@dataclass(frozen=True, slots=True)
class Parcel:
    """One candidate.

    `value_without` is the ecological value expected at the end of the period if nothing is done
    (the stated counterfactual), `value_with` the value with the offset; both in [0, 1].
    `cost_usd` covers the whole period. `consent` False keeps the parcel out: nobody asked the
    owner, or the owner said no.
    """

    name: str
    title: Text
    geometry: BaseGeometry
    area_ha: float
    ecosystem: str
    value_without: Estimate
    value_with: Estimate
    cost_usd: float
    action: str = ""
    consent: bool = True
