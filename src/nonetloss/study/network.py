"""The river network of a study, from the files that its section names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import shapely

from nonetloss.core.errors import NonetlossError, StudyError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.units import is_known
from nonetloss.hydropower.derived import derived_attributes
from nonetloss.io.dam_trees import read_dam_tree
from nonetloss.io.river_files import read_network as read_geopackage
from nonetloss.io.river_tables import read_river_tables, read_unplaced_tables
from nonetloss.landscape.river import Attribute, RiverNetwork
from nonetloss.landscape.river_reaches import ReachColumns
from nonetloss.landscape.river_tree import build_network
from nonetloss.study.schema import NetworkSection
from nonetloss.study.sources import Sources


@dataclass(frozen=True, slots=True)
class RiverData:
    """The network of a study; `snaps` says where dams of a table were put on reaches."""

    network: RiverNetwork
    snaps: pd.DataFrame | None = None


def read_network(section: NetworkSection, sources: Sources) -> RiverData:
    """The network with the units and exclusions of the study, and where it comes from.

    What dams trap and regulate is derived where it can be (`hydropower.derived`).

    Raises
    ------
    StudyError
        `study.source-kind`, `study.network-unit`, `study.network-unit-unknown`.
    NonetlossError
        As the readers of the files.
    """
    data = _as_given(section, sources)
    network, told = derived_attributes(data.network)
    sources.remember(told)
    return replace(data, network=network)


def _as_given(section: NetworkSection, sources: Sources) -> RiverData:
    """The network of the files, nothing derived."""
    if section.dams is not None and section.reaches is not None:
        return _from_tables(section, section.dams, section.reaches, sources)
    if section.geopackage is not None:
        name = section.geopackage
        network = read_geopackage(sources.path(name, kinds=("vector",)))
    else:
        name = str(section.dam_tree)
        network = read_dam_tree(sources.path(name, kinds=("dam-tree",)))
    network = _with_units(network, section.units)
    if section.exclusions:
        network = _with_exclusions(network, section, name=name)
    return RiverData(replace(network, source=sources.used[name]))


def stand_in(section: NetworkSection, sources: Sources) -> RiverNetwork | None:
    """What the tables say of dams where `read_network` could not place them; None if unreadable.

    Only for checking what else the study says (`landscape.river_snapping.unplaced_network`).
    """
    if section.dams is None or section.reaches is None:
        return None
    try:
        return read_unplaced_tables(
            sources.path(section.dams, kinds=("table", "vector")),
            sources.path(section.reaches, kinds=("vector",)),
            exclusions=section.exclusions,
            **_reading(section, section.dams, section.reaches, sources),
        )
    except NonetlossError:
        return None


def _reading(section: NetworkSection, dams: str, reaches: str, sources: Sources) -> dict[str, Any]:
    """How the two files are read, as the catalog and the section say."""
    of_dams, of_reaches = sources.section(dams), sources.section(reaches)
    named = section.reach_columns
    return {
        "dams_crs": of_dams.crs,
        "reaches_crs": of_reaches.crs,
        "x": of_dams.x,
        "y": of_dams.y,
        "dams_layer": of_dams.layer,
        "reaches_layer": of_reaches.layer,
        "encoding": of_dams.encoding,
        "columns": None if named is None else ReachColumns(**named.model_dump()),
        "units": section.units,
    }


def _from_tables(section: NetworkSection, dams: str, reaches: str, sources: Sources) -> RiverData:
    """Dams of a table on the reaches of a layer, each file as its catalog entry says."""
    sites = sources.path(dams, kinds=("table", "vector"))
    lines = sources.path(reaches, kinds=("vector",))
    lakes = None
    if section.reservoirs is not None:
        lakes = sources.path(section.reservoirs, kinds=("vector",))
    placed = read_river_tables(
        sites,
        lines,
        snap_distance_m=section.snap_distance or 0.0,
        crs=sources.crs,
        mouth=section.mouth,
        exclusions=section.exclusions,
        reservoirs=lakes,
        source=sources.used[dams],
        **_reading(section, dams, reaches, sources),
    )
    sources.remember(placed.findings)
    return RiverData(placed.network, placed.snaps)


def bounds_of(network: RiverNetwork) -> shapely.Polygon | None:
    """The rectangle around its dams and reservoirs; None where nothing has a place."""
    shapes = [dam.point for dam in network.dams if dam.point is not None]
    if network.reservoirs is not None:
        shapes += list(network.reservoirs.geometry)
    placed = [shape for shape in shapes if shape is not None and not shape.is_empty]
    return shapely.box(*shapely.total_bounds(placed)) if placed else None


def _with_units(network: RiverNetwork, units: Mapping[str, str]) -> RiverNetwork:
    """The same network, its attributes in the units that the study states."""
    known = {**network.dam_attributes, **network.component_attributes}
    found: list[Finding] = []
    for name, unit in units.items():
        if name not in known:
            near, listed = nearest(name, known), offenders(known, 30)
            found.append(
                error(
                    "study.network-unit-unknown",
                    f"network.units.{name}",
                    known=listed,
                    nearest=near,
                )
            )
        elif not is_known(unit):
            found.append(error("study.network-unit", f"network.units.{name}", unit=unit))
    if found:
        raise StudyError(*found)

    def stated(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
        return {
            name: replace(attribute, unit=units.get(name, attribute.unit))
            for name, attribute in attributes.items()
        }

    return replace(
        network,
        dam_attributes=stated(network.dam_attributes),
        component_attributes=stated(network.component_attributes),
    )


def _with_exclusions(network: RiverNetwork, section: NetworkSection, *, name: str) -> RiverNetwork:
    """The same network, checked again with the groups of the study."""
    return build_network(
        network.components,
        network.dams,
        name=name,
        dam_attributes=network.dam_attributes,
        component_attributes=network.component_attributes,
        root=network.root,
        exclusions=(*network.exclusions, *section.exclusions),
        crs=network.crs,
        reaches=network.reaches,
        reservoirs=network.reservoirs,
        title=network.title,
    )
