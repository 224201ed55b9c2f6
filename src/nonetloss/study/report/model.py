"""What a report shows: the content of a run folder as frozen nouns, whatever its files are called.

`reading` fills these from a run folder; `maps`, `charts`, `tables` and `narrative` read nothing
else. A table of a step that the study did not take is empty, and its section says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from nonetloss.core.findings import Finding
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source
from nonetloss.study.report.offset_tables import OffsetTables


@dataclass(frozen=True, slots=True)
class LayerView:
    """A layer that may be drawn. Hidden layers never become one."""

    name: str
    title: Text
    kind: str
    role: str
    features: gpd.GeoDataFrame
    label_field: str = ""
    schematic: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class RouteView:
    """One alternative: where it runs and what it costs on the common surface.

    `badge` is its short name on maps and charts. `proven` is "exact", "supported", "approximate"
    or "" (routes that a person drew). `groups` says where it came from: "user", "least-cost",
    "front", "dissimilar", "without-offset". Unknown numbers are NaN.
    """

    name: str
    title: Text
    badge: str
    line: BaseGeometry
    origin: str
    length_km: float
    cost_usd: float
    nature_qha: float
    people: float
    proven: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CorridorView:
    """Values (rows, columns) with NaN where there is none, and their bounds in the study CRS."""

    values: np.ndarray
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One number: a parameter of the rule set, or of a step.

    `used` is false for parameters of the rule set that nothing in the run cites. `status` is
    "confirmed", "unverified", "default" or "study" (set by whoever wrote the study).
    """

    id: str
    title: Text
    value: Any
    unit: str
    instrument: Text
    article: str
    url: str
    read: str
    status: str
    note: Text
    step: str = ""
    legal: bool = False
    used: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that somebody says, with who says it."""

    text: Text
    source: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A named point in the CRS of the study."""

    title: Text
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One candidate parcel and what it gives. `status` is chosen, candidate or excluded."""

    name: str
    title: Text
    geometry: BaseGeometry | None
    ecosystem: str
    action: str
    area_ha: float
    distance_m: float
    value_without: float
    value_with: float
    gain_qha: float
    cost_usd: float
    status: str
    reason: str = ""
    start_year: float = float("nan")

    @property
    def chosen(self) -> bool:
        """Whether it is in the portfolio."""
        return self.status == "chosen"


@dataclass(frozen=True, slots=True)
class Certainty:
    """Probability of no net loss of one asset ("" for all together) and its Monte Carlo error."""

    asset: str
    probability: float
    error: float


def _table() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that the report tells. Tables have the columns named in `reading`."""

    study: str
    title: Text
    question: Text
    project: Mapping[str, Any]
    crs: str
    cell_size_m: float
    decision_date: str
    rules: str
    rules_title: Text
    seed: int
    draws: int
    versions: Mapping[str, str]
    digests: Mapping[str, str]
    context: tuple[Statement, ...]
    unknowns: tuple[Text, ...]
    critical: tuple[Text, ...]
    reference: str
    chosen: str
    reason: Text
    start: Site | None
    end: Site | None
    layers: tuple[LayerView, ...]
    layer_titles: Mapping[str, Text]
    hidden: tuple[str, ...]
    routes: tuple[RouteView, ...]
    corridor: CorridorView | None
    ecosystems: Mapping[str, Text]
    grounds: Mapping[str, Text]
    sources: tuple[Source, ...]
    parameters: tuple[ParameterView, ...]
    findings: tuple[Finding, ...]
    steps: tuple[Mapping[str, Any], ...]
    methods: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    screening: pd.DataFrame = field(default_factory=_table)
    footprints: pd.DataFrame = field(default_factory=_table)
    certificates: pd.DataFrame = field(default_factory=_table)
    prices: pd.DataFrame = field(default_factory=_table)
    coarse: pd.DataFrame = field(default_factory=_table)
    induced: pd.DataFrame = field(default_factory=_table)
    measures: pd.DataFrame = field(default_factory=_table)
    effects: pd.DataFrame = field(default_factory=_table)
    parcels: tuple[ParcelView, ...] = ()
    allocation: pd.DataFrame = field(default_factory=_table)
    portfolio: Mapping[str, Any] = field(default_factory=dict)
    balance: pd.DataFrame = field(default_factory=_table)
    certainty: tuple[Certainty, ...] = ()
    ledger: str = ""
    offsetting: OffsetTables = field(default_factory=OffsetTables)

    def route(self, name: str) -> RouteView | None:
        """The route of that name, or None."""
        return next((r for r in self.routes if r.name == name), None)

    def parameter(self, method: str, name: str) -> Any:
        """Value that the last step of a method took for a parameter; None if there is none."""
        entry = self.methods.get(method, {}).get("parameters", {}).get(name)
        return entry["value"] if entry else None

    @property
    def of_dams(self) -> bool:
        """Whether it is a plan of dams that was studied, and not a road."""
        return "hydropower.frontier" in self.methods

    @property
    def schematic(self) -> tuple[Source, ...]:
        """Sources drawn by hand from published facts."""
        return tuple(s for s in self.sources if s.schematic)
