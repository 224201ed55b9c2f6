"""A layer of the world around the project, with the role the law or the study gives it."""

from dataclasses import dataclass
from enum import StrEnum

import geopandas as gpd

from nonetloss.core.language import Text
from nonetloss.core.provenance import Source


class Role(StrEnum):
    """What a layer means for a project that touches it."""

    PROHIBITED = "prohibited"
    RESTRICTED = "restricted"
    ACCOUNTED = "accounted"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Layer:
    """Features in the CRS of the study, with role and legal ground.

    `kind` is the key of the rule set that gave role, ground and setback (`national-park`).
    `setback_m` is kept free around prohibited features. A `hidden` layer takes part in every
    computation and is never drawn, exported or located: reports say only that it is met or not.
    `label_field` names the column with the features' proper names, or is empty. `ground` is the
    reason that a study records where its role differs from the rule set's; None: the rule set's.
    """

    name: str
    title: Text
    features: gpd.GeoDataFrame
    role: Role
    kind: str = ""
    setback_m: float = 0.0
    hidden: bool = False
    label_field: str = ""
    source: Source | None = None
    ground: Text | None = None
