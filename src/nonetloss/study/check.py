"""Everything that can be said of a study before running it, all at once."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyproj
import shapely

from nonetloss.avoid.exclusions import exclusions_of
from nonetloss.core.errors import GeometryError, NonetlossError, StudyError
from nonetloss.core.findings import Finding, Severity, error, nearest, offenders, warning
from nonetloss.core.provenance import Source
from nonetloss.hydropower.declared import declared
from nonetloss.io.catalog import CatalogDocument, read_catalog
from nonetloss.io.documents import read_document
from nonetloss.io.placement import diagnose, swapped_for_use
from nonetloss.io.ruleset_folder import is_folder_name, locate_ruleset, read_ruleset
from nonetloss.landscape.crs import study_crs
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.river import RiverNetwork
from nonetloss.landscape.services import Serviceshed
from nonetloss.numerics.grid import Grid
from nonetloss.rules.model import RulesInForce
from nonetloss.rules.reading import names as packaged_rulesets
from nonetloss.rules.reading import ruleset as packaged_ruleset
from nonetloss.study import nouns
from nonetloss.study.binding import Call, plan
from nonetloss.study.dam_check import names_on_network
from nonetloss.study.network import bounds_of, read_network, stand_in
from nonetloss.study.parcels import parcels
from nonetloss.study.schema import FILE, Ground, Place, StudyDocument
from nonetloss.study.section_names import names_of_sections
from nonetloss.study.services import service, serviceshed
from nonetloss.study.sources import Bounds, Sources

# More cells than this and a study does not fit a laptop (10 bytes per cell and several surfaces).
MAX_CELLS = 200_000_000
# How far beyond its area of use, in degrees, a CRS is still accepted.
_USE_MARGIN = 1.0
# Wider than this and the right of way of a road is probably a slip of the pen (a zone of influence,
# or feet). It bounds what is plausible and comes from no law.
PLAUSIBLE_ROAD_M = 200.0
# Names that `avoid.route` gives to what it finds; how many there are, only the run can tell.
_FOUND_ROUTES = ("least-cost", "front-1", "dissimilar-1")
# Names that `offset.joint` gives to the routes of its two plans.
_JOINT_ROUTES = ("joint", "sequential")
_NUMBERED_ROUTE = re.compile(r"(front|dissimilar)-[1-9][0-9]*")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Case:
    """A study whose names, parameters and data were read and found sound.

    `crs` and `grid` are None in a study of which nothing lies on the map. `standards` are the rule
    sets beside that of the jurisdiction, by name.
    """

    folder: Path
    document: StudyDocument
    ruleset: RulesInForce
    standards: Mapping[str, RulesInForce]
    crs: str | None
    grid: Grid | None
    values: Mapping[str, Any]
    calls: tuple[Call, ...]
    sources: Mapping[str, Source]


class _Collector:
    """Runs parts of a check and keeps what each finds."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def attempt(self, part: Callable[[], Value]) -> Value | None:
        try:
            return part()
        except NonetlossError as problem:
            self.found += [f for f in problem.findings if f not in self.found]
            return None


def check(folder: Path, *, data_roots: Mapping[str, Path] | None = None) -> list[Finding]:
    """All findings about a study, errors first; empty means: it can run and nothing is odd.

    Parameters
    ----------
    folder : Path
        Folder with study.yaml and catalog.yaml.
    data_roots : mapping of name to folder, optional
        What `${NAME}` in the catalog means.
    """
    return examine(folder, data_roots=data_roots or {})[1]


def examine(folder: Path, *, data_roots: Mapping[str, Path]) -> tuple[Case | None, list[Finding]]:
    """The case, or None if a finding is an error; and all findings, errors first."""
    collector = _Collector()
    document = collector.attempt(lambda: read_document(folder / "study.yaml", StudyDocument))
    catalog = collector.attempt(lambda: read_catalog(folder))
    if document is None:
        return None, collector.found
    ruleset = collector.attempt(partial(_rules, document.rules, document, folder))
    standards = _standards(document, folder, collector)
    for rules in (ruleset, *standards.values()):
        if rules is not None:
            collector.found += [f for f in rules.findings if f.severity is not Severity.NOTICE]
    calls, wrong = plan(document, ruleset, provided(document), standards=standards)
    collector.found += wrong + names_of_sections(document, catalog, ruleset)
    collector.found += _mappings(document, calls) + _services_unused(document, calls)
    collector.found += _implausible(document) + _placeless(document, calls)
    collector.found += _without_standards(document, calls)
    case = None
    if catalog is not None:
        rules_read = (ruleset, standards)
        case = _with_data(folder, document, catalog, rules_read, calls, data_roots, collector)
    collector.found = _without_repeated_sources(collector.found)
    order = list(Severity)
    found = sorted(collector.found, key=lambda f: order.index(f.severity))
    stopped = any(f.severity is Severity.ERROR for f in found)
    return (None if stopped else case), found


def _rules(written: str, document: StudyDocument, folder: Path) -> RulesInForce:
    """Rules in force on the day of the study: some that ship, or those in a folder of its own."""
    if is_folder_name(written):
        rules = read_ruleset(locate_ruleset(written, folder))
    else:
        rules = packaged_ruleset(written)
    return rules.on(document.decision_date)


def _standard(written: str, document: StudyDocument, folder: Path) -> RulesInForce:
    """As `_rules`; a name that does not ship is told of `standards`, not of `rules`."""
    if is_folder_name(written) or written in packaged_rulesets():
        return _rules(written, document, folder)
    known = tuple(n for n in packaged_rulesets() if n != document.rules)
    raise StudyError.because(
        "study.standards-unknown",
        "standards",
        name=written,
        nearest=nearest(written, known),
        known=offenders(known, 20),
    )


def _standards(
    document: StudyDocument, folder: Path, collector: _Collector
) -> dict[str, RulesInForce]:
    """The rule sets that a study names as standards, by name; what cannot be read is told."""
    read = [collector.attempt(partial(_standard, w, document, folder)) for w in document.standards]
    names = [rules.name for rules in read if rules is not None]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        names_twice = offenders(twice)
        collector.found.append(error("study.standard-twice", "standards", names=names_twice))
    return {rules.name: rules for rules in read if rules is not None}


def provided(document: StudyDocument) -> tuple[str, ...]:
    """Names that the sections of a study give to its steps."""
    names = ["layers", "project"]
    names += ["right_of_way_m"] if document.project.right_of_way is not None else []
    names += ["declared"] if document.criteria else []
    names += [
        name
        for name in ("network", "alternatives", "relief", "ecosystems", "parcels", "decision")
        if getattr(document, name) is not None
    ]
    several = ("servicesheds", "services", "rasters")
    names += [name for name in several if getattr(document, name)]
    names += [*document.tables, *document.rasters]
    names += [name for name in ("start", "end") if getattr(document.project, name) is not None]
    return tuple(names)


def _without_repeated_sources(found: Sequence[Finding]) -> list[Finding]:
    """A source that the catalog lacks is told by the section that names it, and only once."""
    code = "study.source-unknown"
    told = {f.data["source"] for f in found if f.code == code and f.subject != f.data["source"]}
    return [f for f in found if f.code != code or f.subject not in told]


def _services_unused(document: StudyDocument, calls: Sequence[Call]) -> list[Finding]:
    """Services that no step takes: nothing of what they say would enter a result."""
    if not document.services or len(calls) < len(document.steps):
        return []
    taken = {
        reference.partition(".")[0]
        for call in calls
        for references in call.references.values()
        for reference in references
    }
    if "services" in taken:
        return []
    return [warning("study.services-unused", "services", names=offenders(document.services, 20))]


def _mappings(document: StudyDocument, calls: Sequence[Call]) -> list[Finding]:
    """What a method would refuse in the parameters that map names to numbers."""
    ecosystems = () if document.ecosystems is None else tuple(document.ecosystems.classes)
    found: list[Finding] = []
    for call in calls:
        for parameter in call.method.parameters:
            read = parameter.resolve_reader()
            if read is None or parameter.name not in call.settings:
                continue
            given = call.settings[parameter.name].value
            try:
                read(given, layers=tuple(document.layers), ecosystems=ecosystems)
            except NonetlossError as problem:
                found += [
                    Finding(f.code, f.severity, f"{call.step.step}.{f.subject}", f.data)
                    for f in problem.findings
                ]
    return found


def _implausible(document: StudyDocument) -> list[Finding]:
    """What a study may say but hardly means."""
    project = document.project
    width, limit = project.right_of_way or 0.0, PLAUSIBLE_ROAD_M
    if project.kind != "road" or width <= limit:
        return []
    subject = "project.right_of_way"
    return [warning("study.right-of-way-wide", subject, width_m=round(width), limit_m=round(limit))]


def _placeless(document: StudyDocument, calls: Sequence[Call]) -> list[Finding]:
    """Steps that ask for a place on the map which a plan of dams does not state."""
    keys = {"crs": ("crs",), "grid": ("extent", "cell_size")}
    found = []
    for call in calls:
        wanted = [
            key
            for port in call.method.inputs
            if port.ambient and not port.optional
            for key in keys.get(port.name, ())
        ]
        missing = [key for key in wanted if getattr(document, key) is None]
        if missing and document.ground is None:
            names = offenders(missing)
            found.append(
                error("study.step-needs-place", call.step.step, method=call.method.id, names=names)
            )
    project = document.project
    if document.alternatives is not None and project.right_of_way is None:
        found.append(error("study.missing-key", "project.right_of_way", file=FILE))
    return found


def _without_standards(document: StudyDocument, calls: Sequence[Call]) -> list[Finding]:
    """Steps that take parameters of standards in a study that names none."""
    if document.standards:
        return []
    wanting = [
        call
        for call in calls
        if any(p.name == "standards" and p.ambient and not p.optional for p in call.method.inputs)
    ]
    return [
        error("study.standards-missing", call.step.step, method=call.method.id) for call in wanting
    ]


def _with_data(
    folder: Path,
    document: StudyDocument,
    catalog: CatalogDocument,
    rules: tuple[RulesInForce | None, Mapping[str, RulesInForce]],
    calls: tuple[Call, ...],
    data_roots: Mapping[str, Path],
    collector: _Collector,
) -> Case | None:
    ruleset, standards = rules
    sources = Sources(folder, catalog, data_roots, document.crs)
    values: dict[str, Any] = {"project": document.project, "decision": document.decision}
    if document.crs is not None and collector.attempt(partial(_crs, document.crs)) is None:
        return None
    if document.project.right_of_way is not None:
        values["right_of_way_m"] = document.project.right_of_way
    if document.network is not None:
        data = collector.attempt(partial(read_network, document.network, sources))
        values["network"] = None if data is None else data.network
        values["snaps"] = None if data is None else data.snaps
    known = values.get("network")
    if known is None and document.network is not None:
        known = stand_in(document.network, sources)
    _declare(document, known, values, collector)
    for name, table in document.tables.items():
        values[name] = collector.attempt(
            partial(sources.table, table.source, columns=table.columns)
        )
    if known is not None:
        collector.found += names_on_network(calls, known, values.get("declared", ()))
    grid = None
    if document.ground is not None:
        grid = _with_place(document, document.ground, sources, ruleset, values, collector)
        if grid is None:
            return None
    _check_decision(document, calls, values, collector)
    collector.found += _places_excluded(document, values)
    collector.found += [f for f in sources.found if f not in collector.found]
    if ruleset is None:
        return None
    used = dict(sources.used)
    return Case(folder, document, ruleset, standards, document.crs, grid, values, calls, used)


def _declare(
    document: StudyDocument,
    network: RiverNetwork | None,
    values: dict[str, Any],
    collector: _Collector,
) -> None:
    """The criteria that a study declares, on the network that it has."""
    try:
        values["declared"] = declared(document.criteria, network=network)
    except NonetlossError as problem:
        collector.found += [
            Finding(f.code, f.severity, f"criteria.{f.subject}", f.data) for f in problem.findings
        ]


def _with_place(
    document: StudyDocument,
    ground: Ground,
    sources: Sources,
    ruleset: RulesInForce | None,
    values: dict[str, Any],
    collector: _Collector,
) -> Grid | None:
    """The grid of the study; `values` gets everything that lies on it."""
    places = _places(document, sources, collector)
    around = {**places, "network": values.get("network")}
    bounds = collector.attempt(partial(_extent, document, ground, sources, around))
    if bounds is None:
        return None
    grid = collector.attempt(partial(_grid, document, ground, bounds, sources))
    if grid is None:
        return None
    collector.found += _places_outside(document, places, bounds)
    values |= places
    values |= _nouns(document, sources, ruleset, grid, collector)
    return grid


def _crs(text: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as cause:
        raise GeometryError.because("crs.unknown", text) from cause


def _places(
    document: StudyDocument, sources: Sources, collector: _Collector
) -> dict[str, tuple[float, float]]:
    found = {}
    for name in ("start", "end"):
        place: Place | None = getattr(document.project, name)
        if place is not None:
            read = partial(nouns.point, place, crs=sources.crs, name=f"project.{name}")
            at = collector.attempt(read)
            if at is not None:
                found[name] = at
    return found


def _places_outside(
    document: StudyDocument, places: Mapping[str, tuple[float, float]], bounds: Bounds
) -> list[Finding]:
    """Ends of the project beyond the extent, with the usual mistake that would explain it."""
    found = []
    for name, (x, y) in places.items():
        if bounds[0] <= x <= bounds[2] and bounds[1] <= y <= bounds[3]:
            continue
        place: Place = getattr(document.project, name)
        written = np.array([[place.x, place.y, place.x, place.y]])
        source = pyproj.CRS.from_user_input(place.crs or document.crs)
        cause = diagnose(written, source, document.crs, bounds)
        code = "study.place-outside" if cause is None else f"io.misplaced-{cause}"
        rounded = tuple(round(b) for b in bounds)
        found.append(error(code, f"project.{name}", bounds=rounded, x=round(x), y=round(y)))
    return found


def _places_excluded(document: StudyDocument, values: Mapping[str, Any]) -> list[Finding]:
    """Ends of a route to be sought that lie where no route may pass, whatever the cells."""
    if all(step.method != "avoid.route" for step in document.steps):
        return []
    layers: Sequence[Layer] = values.get("layers", ())
    exclusions = exclusions_of(
        layers,
        right_of_way_m=document.project.right_of_way or 0.0,
        with_restricted=False,
        crs=document.crs,
    )
    found = []
    for name in ("start", "end"):
        at = values.get(name)
        if at is None:
            continue
        closing = [e.name for e in exclusions if not e.is_kept(shapely.Point(at))]
        if closing:
            x, y = (round(v) for v in at)
            listed = offenders(closing)
            found.append(error("route.end-excluded", name, layers=listed, x=x, y=y))
    return found


def _extent(
    document: StudyDocument, ground: Ground, sources: Sources, known: Mapping[str, Any]
) -> Bounds:
    """Extent in the CRS of the study, checked to lie where that CRS holds and is true to area.

    `known` has the places of the project and the river network, where there are any.
    """
    extent = ground.extent
    if extent.like is not None:
        bounds = sources.grid(extent.like).bounds
    elif extent.bounds is not None:
        bounds = extent.bounds
        if not (bounds[0] < bounds[2] and bounds[1] < bounds[3]):
            raise StudyError.because("study.bounds-order", "extent.bounds", bounds=bounds)
    else:
        shapes = [_around(name, document, sources, known) for name in extent.around]
        _require_unswapped(shapes, extent.around, ground.crs)
        box = shapely.union_all(shapes).bounds
        bounds = (
            box[0] - extent.margin,
            box[1] - extent.margin,
            box[2] + extent.margin,
            box[3] + extent.margin,
        )
    system = study_crs(ground.crs, bounds)
    use = system.area_of_use
    if use is not None:
        to_degrees = pyproj.Transformer.from_crs(system, system.geodetic_crs, always_xy=True)
        x, y = to_degrees.transform((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
        west, east = use.west - _USE_MARGIN, use.east + _USE_MARGIN
        # An area of use across the antimeridian has its west east of its east.
        in_x = west <= x <= east if use.west <= use.east else (x >= west or x <= east)
        if not (in_x and use.south - _USE_MARGIN <= y <= use.north + _USE_MARGIN):
            raise GeometryError.because(
                "study.extent-elsewhere",
                system.name,
                x=round(x, 2),
                y=round(y, 2),
                use=tuple(round(v, 1) for v in use.bounds),
            )
    return bounds


def _require_unswapped(shapes: Sequence[Any], names: Sequence[str], crs: str) -> None:
    """Swapped coordinates of what draws the extent would else look like a wrong CRS."""
    system = pyproj.CRS.from_user_input(crs)
    found = [
        error("study.around-swapped", name, crs=system.name)
        for name, shape in zip(names, shapes, strict=True)
        if swapped_for_use(np.array([shape.bounds]), system)
    ]
    if found:
        raise GeometryError(*found)


def _around(
    name: str,
    document: StudyDocument,
    sources: Sources,
    places: Mapping[str, Any],
) -> Any:
    section = getattr(document, name, None) if name in ("alternatives", "parcels") else None
    if section is None and name in document.layers:
        section = document.layers[name]
        if section.hidden:
            # The extent is published: drawn around a hidden layer it would say where that lies.
            raise StudyError.because("study.around-hidden", name)
    if section is not None:
        where = getattr(section, "where", None)
        features = sources.features(section.source, bounds=None, where=where)
        return shapely.box(*features.total_bounds)
    ends = [places[end] for end in ("start", "end") if end in places]
    if name == "project" and ends:
        return shapely.MultiPoint(ends)
    network = places.get("network")
    sites = bounds_of(network) if name == "network" and network is not None else None
    if sites is not None:
        return sites
    known = ["alternatives", "parcels", "project", "network", *document.layers]
    raise StudyError.because("study.around-unknown", name, known=offenders(known, 20))


def _grid(document: StudyDocument, ground: Ground, bounds: Bounds, sources: Sources) -> Grid:
    like = ground.extent.like
    if like is not None:
        grid = sources.grid(like)
    else:
        grid = Grid.covering(bounds, ground.cell_size or 0.0)
    if grid.rows * grid.columns > MAX_CELLS and not _only_windows(document):
        raise StudyError.because(
            "study.grid-too-large",
            "cell_size" if like is None else "extent.like",
            rows=grid.rows,
            columns=grid.columns,
            limit=MAX_CELLS,
        )
    return grid


def _only_windows(document: StudyDocument) -> bool:
    """Whether nothing that a study puts on its grid is held in memory whole."""
    whole = document.relief is not None or document.ecosystems is not None
    rasters = document.rasters.values()
    return bool(rasters) and not whole and all(raster.windowed for raster in rasters)


def _nouns(
    document: StudyDocument,
    sources: Sources,
    ruleset: RulesInForce | None,
    grid: Grid,
    collector: _Collector,
) -> dict[str, Any]:
    """Nouns of all sections; a section that cannot be read is left out and told."""
    bounds = grid.bounds
    parts: dict[str, Callable[[], Any]] = {}
    if document.alternatives is not None:
        parts["alternatives"] = partial(
            nouns.alternatives, document.alternatives, document.project, sources, bounds=bounds
        )
    if document.relief is not None:
        parts["relief"] = partial(nouns.relief, document.relief, sources, grid=grid, bounds=bounds)
    if document.ecosystems is not None:
        parts["ecosystems"] = partial(
            nouns.ecosystems, document.ecosystems, sources, grid=grid, bounds=bounds
        )
    if document.parcels is not None:
        known = tuple(document.ecosystems.classes) if document.ecosystems else ()
        units = {name: section.unit for name, section in document.services.items()}
        parts["parcels"] = partial(
            parcels, document.parcels, sources, known=known, services=units, bounds=bounds
        )
    for name, section in document.rasters.items():
        parts[name] = partial(nouns.placed_raster, section, sources, grid=grid)
    made = {name: collector.attempt(part) for name, part in parts.items()}
    if document.rasters:
        read = {name: made[name] for name in document.rasters if made[name] is not None}
        made["rasters"] = read
    made |= _services(document, sources, bounds, collector)
    if ruleset is not None:
        layers = [
            collector.attempt(partial(nouns.layer, name, section, sources, ruleset, bounds=bounds))
            for name, section in document.layers.items()
            # Told already, with the layer that says it.
            if (section.role is not None and section.setback is not None)
            or section.kind in ruleset.ruleset.layers
        ]
        made["layers"] = tuple(found for found in layers if found is not None)
    return made


def _services(
    document: StudyDocument, sources: Sources, bounds: Bounds, collector: _Collector
) -> dict[str, Any]:
    """Servicesheds, and the services of which all sheds could be read."""
    sheds: dict[str, Serviceshed] = {}
    for name, section in document.servicesheds.items():
        shed = collector.attempt(partial(serviceshed, name, section, sources, bounds=bounds))
        if shed is not None:
            sheds[name] = shed
    services = tuple(
        service(name, section, sheds)
        for name, section in document.services.items()
        if set(section.sheds) <= set(sheds)
    )
    return {"servicesheds": tuple(sheds.values()), "services": services}


def _check_decision(
    document: StudyDocument,
    calls: Sequence[Call],
    values: Mapping[str, Any],
    collector: _Collector,
) -> None:
    """Alternatives named anywhere: brought by the user, found as routes, or plans of dams."""
    brought = values.get("alternatives")
    finds_routes = any(step.method == "avoid.route" for step in document.steps)
    joins = any(step.method == "offset.joint" for step in document.steps)
    drawn = [call for call in calls if call.method.id == "hydropower.reservoirs"]
    unread = brought is None and document.alternatives is not None
    # Which plans earlier steps name only the run can tell, unless the step says which it wants.
    untold = any("only" not in call.settings for call in drawn)
    if unread or untold or (brought is None and not finds_routes and not joins and not drawn):
        return
    names = [a.name for a in brought or ()]
    names += [str(name) for call in drawn for name in call.settings["only"].value]
    asked = {}
    if document.decision is not None:
        asked = {f"decision.{k}": getattr(document.decision, k) for k in ("reference", "chosen")}
    for call in calls:
        for key in ("reference", "alternative"):
            if key in call.settings and key in call.step.parameters:
                asked[f"{call.step.step}.{key}"] = call.settings[key].value
    if finds_routes:
        names += _FOUND_ROUTES
    if joins:
        names += _JOINT_ROUTES
    for where, name in asked.items():
        if name in names or (finds_routes and _NUMBERED_ROUTE.fullmatch(name)):
            continue
        known = offenders(names, 20)
        found = error(
            "study.alternative-unknown", where, name=name, known=known, nearest=nearest(name, names)
        )
        collector.found.append(found)
