"""A piece of land where an offset could be made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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

    `site`: candidates that carry the same one are different actions on the same land, of which at
    most one is taken; empty: the parcel is a site of its own. `zone` is the basin or
    administrative zone that trading rules speak of. `services` is what a hectare gives more with
    the offset than without, by service, in the unit of the service. `start_year`,
    `years_to_value` (NaN: not said) tell when the action begins and how long the value takes;
    `trajectory` names the curve of the study along which it moves (empty: straight). `value_today`
    is the ecological value before anything is done (None: not said).
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
    site: str = ""
    zone: str = ""
    services: Mapping[str, Estimate] = field(default_factory=dict)
    start_year: float = float("nan")
    years_to_value: float = float("nan")
    trajectory: str = ""
    value_today: Estimate | None = None
