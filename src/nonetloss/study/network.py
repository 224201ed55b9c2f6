"""The river network of a study, from the files that its section names."""

from collections.abc import Mapping
from dataclasses import replace

import shapely

from nonetloss.core.errors import StudyError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.units import is_known
from nonetloss.io.dam_trees import read_dam_tree
from nonetloss.landscape.river import Attribute, RiverNetwork
from nonetloss.landscape.river_tree import build_network
from nonetloss.study.schema import NetworkSection
from nonetloss.study.sources import Sources


def read_network(section: NetworkSection, sources: Sources) -> RiverNetwork:
    """The network with the units and exclusions of the study, and where it comes from.

    Raises
    ------
    StudyError
        `study.source-kind`, `study.network-unit`, `study.network-unit-unknown`.
    InputError
        As the reader of the file.
    """
    name = str(section.dam_tree)
    network = read_dam_tree(sources.path(name, kinds=("dam-tree",)))
    network = _with_units(network, section.units)
    if section.exclusions:
        network = _with_exclusions(network, section, name=name)
    return replace(network, source=sources.used[name])


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
