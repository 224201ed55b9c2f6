"""What study.yaml may say. Every key is here; a key that is not here is refused."""

import datetime
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import error, offenders
from nonetloss.core.units import is_known, range_text
from nonetloss.io.documents import (
    EstimateField,
    Meters,
    OptionalMeters,
    Section,
    TextField,
    TextOfAnything,
    failure,
)

FILE = "study.yaml"
NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Named = Annotated[str, StringConstraints(pattern=NAME)]


def missing_key() -> PydanticCustomError:
    """That a key which this study needs is not there; its name is where it is raised."""
    return failure(error("study.missing-key", "", file=FILE))


class Told(Section):
    """A sentence of the public record, told in the report with who says so."""

    es: str
    en: str
    source: TextField


class Unknown(Section):
    """Something that nobody knows. What is `critical` stands at the top of the report."""

    es: str = Field(min_length=1)
    en: str = Field(min_length=1)
    critical: bool = False


class Extent(Section):
    """The rectangle of the study: `bounds` in the study CRS, `around` what, or `like` a raster.

    `like` names a source of the catalog: the cells of the study are exactly those of that raster.
    A `margin` goes with `around`.
    """

    bounds: tuple[float, float, float, float] | None = None
    around: tuple[str, ...] = ()
    margin: Meters = 0.0
    like: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Extent":
        if sum((self.bounds is not None, bool(self.around), self.like is not None)) != 1:
            raise failure(error("study.extent", ""))
        return self


class Place(Section):
    """A named point. `x` is longitude or easting, in `crs` (default: that of the study)."""

    x: float
    y: float
    crs: str | None = None
    name: TextField | None = None
    source: TextField | None = None


# A plan of dams may know its sites and no place on the map.
PLAN: Final = "dam-plan"
# Carbon of a forest: nothing is built, and plots alone have no place on the map.
FOREST_CARBON: Final = "forest-carbon"
# Every other kind of project has a place and a right of way.
PLACELESS: Final = (PLAN, FOREST_CARBON)


class ProjectSection(Section):
    """What is to be built or kept.

    A `dam-plan` and a `forest-carbon` project have no right of way of their own; every other kind
    has.
    """

    name: TextField
    kind: Literal[
        "road",
        "rail",
        "transmission-line",
        "pipeline",
        "dam",
        "mine",
        "other",
        "dam-plan",
        "forest-carbon",
    ]
    right_of_way: OptionalMeters = Field(default=None, gt=0, validate_default=True)
    right_of_way_source: TextField | None = Field(default=None, validate_default=True)
    start: Place | None = None
    end: Place | None = None
    note: TextField | None = None

    @field_validator("right_of_way", "right_of_way_source")
    @classmethod
    def _needed(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.data.get("kind") not in PLACELESS:
            raise missing_key()
        return value


class TitleColumns(Section):
    """Which columns hold the titles."""

    es: str
    en: str


class AlternativesSection(Section):
    """The alternatives that the user brings. `name` and `title` say which columns hold them."""

    source: str
    name: str = "name"
    title: TitleColumns | None = None


class LayerSection(Section):
    """A layer of the world around the project.

    `role` overrides what the rule set says of the `kind` and must then state its `ground`.
    `where` keeps the features whose columns have one of the values.
    """

    source: str
    kind: str
    title: TextField
    setback: Meters | None = Field(default=None, ge=0)
    label: str = ""
    hidden: bool = False
    role: Literal["prohibited", "restricted", "accounted", "context"] | None = None
    ground: TextField | None = None
    where: dict[str, list[Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _override_needs_ground(self) -> "LayerSection":
        if self.role is not None and self.ground is None:
            raise failure(error("study.override-without-ground", "", role=self.role))
        return self


# What relief can be on Earth, by unit: elevation, slope in degrees, slope in percent.
_RELIEF = {"m": (-500.0, 9_000.0), "degree": (0.0, 89.0), "percent": (0.0, 5_000.0)}


class ReliefSection(Section):
    """Elevation or slope: a raster, or vector classes whose numeric `field` is burned.

    `elsewhere` is the value of cells that no polygon covers; without it they are unknown (NaN).
    It must be possible on Earth in its unit.
    """

    source: str
    quantity: Literal["elevation", "slope"] = "elevation"
    unit: Literal["m", "degree", "percent"] = "m"
    field: str = ""
    elsewhere: float | None = None

    @field_validator("elsewhere")
    @classmethod
    def _possible(cls, value: float | None, info: ValidationInfo) -> float | None:
        unit = info.data.get("unit")
        if value is None or unit not in _RELIEF:
            return value
        low, high = _RELIEF[unit]
        if not low <= value <= high:
            raise failure(
                error(
                    "parameter.out-of-bounds",
                    "",
                    range=range_text(low, high, unit),
                    value=value,
                    nearest="",
                )
            )
        return value


def _between_0_and_1(estimate: Estimate) -> Estimate:
    if estimate.low < 0 or estimate.high > 1:
        found = [
            value for value in (estimate.low, estimate.likely, estimate.high) if not 0 <= value <= 1
        ]
        raise failure(
            error(
                "parameter.out-of-bounds",
                "",
                range=range_text(0, 1, ""),
                value=offenders(found),
                nearest="",
            )
        )
    return estimate


ValueField = Annotated[EstimateField, AfterValidator(_between_0_and_1)]


class EcosystemSection(Section):
    """One ecosystem.

    `values` are the values of the vector field or the raster codes that mean this class; without
    them, the name of the class itself.
    """

    title: TextField
    value: ValueField
    forest: bool = False
    offsettable: bool = True
    better: tuple[str, ...] = ()
    values: tuple[str | int, ...] = ()


class EcosystemsSection(Section):
    """The map of ecosystems. `elsewhere` names the class of cells that no polygon covers."""

    source: str
    field: str = ""
    classes: dict[str, EcosystemSection] = Field(min_length=1)
    elsewhere: str | None = None


class ReachColumnsSection(Section):
    """Columns of the reaches: their id, the reach below, length in km, mean flow in m3/s.

    Without `length`, lengths are measured along the ellipsoid. Without `discharge`, it is
    `DIS_AV_CMS` where the layer has it.
    """

    id: str
    down: str
    length: str | None = None
    discharge: str | None = None


class NetworkSection(Section):
    """The river and its dams: a dam-tree file, a table of dams with reaches, or a GeoPackage.

    `units` states the unit of each attribute that the files give as bare numbers. Dams of a table
    are put on the nearest reach, at most `snap_distance` away. `mouth` is the reach at which the
    network ends. `reach_columns` are those of HydroRIVERS unless said. `exclusions` are groups of
    dams of which at most one may be built.
    """

    dam_tree: str | None = None
    dams: str | None = None
    reaches: str | None = None
    geopackage: str | None = None
    reservoirs: str | None = None
    snap_distance: OptionalMeters = Field(default=None, ge=0, validate_default=True)
    mouth: int | str | None = None
    reach_columns: ReachColumnsSection | None = None
    units: dict[str, str] = Field(default_factory=dict)
    exclusions: tuple[tuple[int | str, ...], ...] = ()

    @field_validator("snap_distance")
    @classmethod
    def _how_far(cls, value: float | None, info: ValidationInfo) -> float | None:
        given = {name for name in _FORMS if info.data.get(name) is not None}
        if value is None and given == {"dams", "reaches"}:
            raise missing_key()
        return value

    @model_validator(mode="after")
    def _one_form(self) -> "NetworkSection":
        table = self.dams is not None or self.reaches is not None
        whole = self.dams is not None and self.reaches is not None
        forms = (self.dam_tree is not None, table, self.geopackage is not None)
        if sum(forms) != 1 or table != whole:
            raise failure(error("study.network-form", ""))
        beside = [name for name in _TABLE_ONLY if name in self.model_fields_set]
        if beside and not table:
            raise failure(error("study.network-table-only", "", names=offenders(beside)))
        return self

    @property
    def sources(self) -> dict[str, str]:
        """Names in the catalog, by key of this section."""
        given = {name: getattr(self, name) for name in _NETWORK_SOURCES}
        return {name: source for name, source in given.items() if source is not None}


_FORMS = ("dam_tree", "dams", "reaches", "geopackage")
_TABLE_ONLY = ("reservoirs", "snap_distance", "mouth", "reach_columns")
_NETWORK_SOURCES = (*_FORMS, "reservoirs")


class ParcelsSection(Section):
    """Candidate parcels; the columns are fixed (see `study.parcels.PARCEL_COLUMNS`)."""

    source: str


class ServiceshedSection(Section):
    """The land from which a group of people receives a service.

    Without a `source` the land is everywhere, as for carbon. `where` keeps the features whose
    columns have one of the values. A `community` must not lose more of a service than it gains.
    Servicesheds are drawn and their balance is told: none may come from the file of a hidden layer.
    """

    title: TextField
    source: str | None = None
    where: dict[str, list[Any]] = Field(default_factory=dict)
    people: float | None = Field(default=None, ge=0)
    people_source: TextField | None = Field(default=None, validate_default=True)
    community: bool = False

    @field_validator("people_source")
    @classmethod
    def _counted_by_whom(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.data.get("people") is not None:
            raise missing_key()
        return value


class ServiceSection(Section):
    """What nature gives people: `per_ha` by ecosystem, in `unit` per hectare, and to which `sheds`.

    An ecosystem that is not named gives nothing. `per_ha_source` says where the amounts come from.
    """

    title: TextField
    unit: str
    per_ha: dict[str, EstimateField] = Field(min_length=1)
    per_ha_source: TextField
    sheds: tuple[str, ...] = Field(min_length=1)

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, value: str) -> str:
        if not value or not is_known(value):
            raise failure(error("study.service-unit", "", unit=value))
        return value


class TableSection(Section):
    """A table that steps take by its name, with shapes where its source is a vector file.

    `columns` maps names that a method asks for to those of the file.
    """

    source: str
    columns: dict[str, str] = Field(default_factory=dict)
    title: TextField | None = None


class RasterSection(Section):
    """A raster that steps take by its name, put on the grid of the study.

    `method` says how its cells are carried over: `nearest` and `mode` for classes, `bilinear` and
    `average` for amounts. A `windowed` raster is read piece by piece, as its file stores it, and
    must have the cells of the study already. `unit` is what its values are in.
    """

    source: str
    unit: str = ""
    method: Literal["nearest", "bilinear", "average", "mode"] = "bilinear"
    windowed: bool = False
    title: TextField | None = None

    @model_validator(mode="after")
    def _not_carried_over(self) -> "RasterSection":
        if self.windowed and "method" in self.model_fields_set:
            raise failure(error("study.windowed-method", ""))
        return self


class DecisionSection(Section):
    """Which alternative the others are measured against, and which one is proposed."""

    reference: str
    chosen: str
    reason: TextField


class StepSection(Section):
    """One step: a method, its inputs by name and its parameters with units.

    An input names a section (`layers`), an earlier step (`routes`), or a part of its result
    (`routes.front`); a list joins several. `sources` says where a parameter comes from.
    """

    step: str = Field(pattern=NAME)
    method: str
    inputs: dict[str, str | list[str]] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)
    sources: dict[str, TextField] = Field(default_factory=dict)
    title: TextField | None = None


class Ground(NamedTuple):
    """Where a study lies and how finely it is looked at.

    The cell size is in meters, None where the extent is that of a raster.
    """

    crs: str
    extent: Extent
    cell_size: float | None


# Sections that lie on the map: with one of them, every kind of project needs CRS, extent and cells.
PLACED = ("alternatives", "layers", "relief", "ecosystems", "parcels", "servicesheds", "rasters")


class StudyDocument(Section):
    """study.yaml.

    `extent`, `crs` and `cell_size` may be missing in a plan of dams or a carbon project without
    anything that lies on the map; they stand after what decides whether they are needed. A CRS
    alone is enough where only the network or tables have coordinates. An extent `like` a raster
    brings its cell size along. `rules` are those of the jurisdiction; `standards` are further rule
    sets that methods compare or take parameters from, as `{rule: "name:parameter"}`.
    """

    study: str = Field(pattern=NAME)
    title: TextField
    question: TextField
    context: tuple[Told, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    decision_date: datetime.date
    rules: str
    standards: tuple[str, ...] = ()
    seed: int = Field(ge=0)
    draws: int = Field(default=5000, ge=100, le=1_000_000)
    project: ProjectSection
    network: NetworkSection | None = Field(default=None, validate_default=True)
    criteria: dict[str, Any] = Field(default_factory=dict)
    alternatives: AlternativesSection | None = None
    layers: dict[str, LayerSection] = Field(default_factory=dict)
    relief: ReliefSection | None = None
    ecosystems: EcosystemsSection | None = None
    parcels: ParcelsSection | None = None
    servicesheds: dict[Named, ServiceshedSection] = Field(default_factory=dict)
    services: dict[Named, ServiceSection] = Field(default_factory=dict)
    tables: dict[Named, TableSection] = Field(default_factory=dict)
    rasters: dict[Named, RasterSection] = Field(default_factory=dict)
    decision: DecisionSection | None = None
    extent: Extent | None = Field(default=None, validate_default=True)
    crs: TextOfAnything | None = Field(default=None, validate_default=True)
    cell_size: OptionalMeters = Field(default=None, gt=0, validate_default=True)
    steps: tuple[StepSection, ...] = Field(min_length=1)

    @field_validator("network")
    @classmethod
    def _plan_has_network(cls, value: Any, info: ValidationInfo) -> Any:
        project = info.data.get("project")
        if value is None and project is not None and project.kind == PLAN:
            raise missing_key()
        return value

    @field_validator("extent", "crs", "cell_size")
    @classmethod
    def _where_needed(cls, value: Any, info: ValidationInfo) -> Any:
        project = info.data.get("project")
        elsewhere = project is not None and project.kind not in PLACELESS
        ends = project is not None and (project.start or project.end)
        sections = any(info.data.get(name) for name in (*PLACED, "extent"))
        extent = info.data.get("extent")
        if info.field_name == "cell_size" and extent is not None and extent.like is not None:
            if value is not None:
                raise failure(error("study.like-cell-size", "", source=extent.like))
            return value
        if value is None and (elsewhere or ends or sections):
            raise missing_key()
        return value

    @property
    def ground(self) -> Ground | None:
        """CRS, extent and size of the cells; None in a study without a place on the map."""
        if self.crs is None or self.extent is None:
            return None
        if self.cell_size is None and self.extent.like is None:
            return None
        return Ground(self.crs, self.extent, self.cell_size)
