"""Servicesheds and services from the sections of a study."""

from collections.abc import Mapping

import shapely

from nonetloss.core.errors import GeometryError
from nonetloss.core.findings import offenders, warning
from nonetloss.landscape.services import Service, Serviceshed
from nonetloss.study.schema import ServiceSection, ServiceshedSection
from nonetloss.study.sources import Bounds, Sources

_AREAS = ("Polygon", "MultiPolygon")


def serviceshed(
    name: str, section: ServiceshedSection, sources: Sources, *, bounds: Bounds
) -> Serviceshed:
    """One serviceshed; its features are joined, and what lies beyond the extent is told.

    Raises
    ------
    GeometryError
        `study.serviceshed-shape` if a feature is no polygon.
    """
    shape = None
    if section.source is not None:
        subject = f"servicesheds.{name}"
        features = sources.features(section.source, bounds=None, where=section.where)
        kinds = features.geometry.geom_type
        strange = sorted(set(kinds[~kinds.isin(_AREAS)]))
        if strange:
            raise GeometryError.because(
                "study.serviceshed-shape", subject, kinds=offenders(strange)
            )
        shape = shapely.union_all(features.geometry.array)
        inside = shapely.intersection(shape, shapely.box(*bounds)).area
        if inside < shape.area * (1 - 1e-9):
            percent = round(100 * (1 - inside / shape.area), 1)
            sources.remember([warning("study.serviceshed-outside", subject, percent=percent)])
    people = float("nan") if section.people is None else section.people
    return Serviceshed(name, section.title, shape, people, section.community)


def service(name: str, section: ServiceSection, sheds: Mapping[str, Serviceshed]) -> Service:
    """One service. `sheds` has those that could be read, all that the section names among them."""
    reached = tuple(sheds[shed] for shed in section.sheds)
    return Service(name, section.title, section.unit, dict(section.per_ha), reached)
