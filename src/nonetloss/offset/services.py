"""What each group of people loses of each ecosystem service: hectares touched, by serviceshed.

Papers: Mandle et al. 2015, Frontiers in Ecology and the Environment 13:309-315 (who loses along a
road in the Peruvian Amazon); Mandle et al. 2016, Environmental Modelling & Software 84:121-133
(OPAL: service by serviceshed).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import DRAWS, RNG
from nonetloss.landscape.cleared import cleared_land
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.services import Service, ServiceLoss
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.stats import pert
from nonetloss.numerics.zonal import zonal_table
from nonetloss.offset.loss import HasTable

_M2_PER_HA = 10_000.0
_INDUCED = ("alternative", "ecosystem", "low_ha", "likely_ha", "high_ha")


def service_loss(
    alternatives: Sequence[Alternative],
    *,
    services: Sequence[Service],
    ecosystems: EcosystemMap,
    rng: np.random.Generator,
    draws: int,
    induced: pd.DataFrame | HasTable | None = None,
    induced_reach_m: float = 5_500.0,
    service_kept: float = 0.0,
) -> ServiceLoss:
    """Loss of every service by alternative and serviceshed, in the unit of the service.

    Parameters
    ----------
    alternatives : sequence of Alternative
        In the CRS of `ecosystems`. The strip, area or disk that each clears is what is lost.
    services : sequence of Service
        What a hectare of each ecosystem gives, and the land from which each group is served.
        Order does not matter.
    ecosystems : EcosystemMap
        Where each ecosystem lies.
    rng : numpy Generator
        Source of the draws.
    draws : int
        States of the world, at least 1.
    induced : table, result with a `table`, or None
        Columns alternative, ecosystem, low_ha, likely_ha, high_ha. Nobody knows where that land
        lies; each serviceshed gets its share of the ecosystem's hectares within `induced_reach_m`
        of the cleared land. None: no induced loss of services.
    induced_reach_m : float
        See above.
    service_kept : float
        Share, in [0, 1], of a service that cleared land still gives.

    Returns
    -------
    ServiceLoss
        One column per (service, serviceshed), services and servicesheds in order of their names.
        A shed without geometry receives from everywhere.

    Raises
    ------
    InputError
        `service.ecosystem`, `service.repeated`, `service.sheds`, `service.amount`,
        `service.draws`, `service.columns`.

    Notes
    -----
    Loss_{s,b} = (1 - kept) sum_e (A_{e,b} + I_e share_{e,b}) q_{s,e}, with A_{e,b} the hectares
    of ecosystem e cleared inside serviceshed b, I_e the induced hectares and q_{s,e} what a hectare
    gives of service s.
    One draw of q_{s,e} per service and ecosystem and one ranking of induced area are shared by all
    alternatives and servicesheds.

    **In words.** Hectares taken from the land that serves each village, times what a hectare gave.
    """
    ordered = tuple(sorted(services, key=lambda s: s.name))
    _require_sound(ordered, ecosystems)
    if draws < 1:
        raise InputError.because("service.draws", "draws", value=draws)
    if not 0 <= service_kept <= 1:
        raise InputError.because("service.amount", "service_kept", value=service_kept)
    columns = tuple(
        (s.name, shed.name) for s in ordered for shed in sorted(s.sheds, key=lambda b: b.name)
    )
    names = tuple(a.name for a in alternatives)
    kinds = [e.name for e in ecosystems.ecosystems]
    sheds = {shed.name: shed.geometry for s in ordered for shed in s.sheds}
    direct = _hectares([cleared_land(a) for a in alternatives], sheds, ecosystems)
    extra, extra_draws = _induced(
        induced, names, kinds, draws, rng
    )  # (alternatives, ecosystems), and by draw
    share = np.zeros((len(names), len(sheds), len(kinds)))
    if extra.any():
        wide = [cleared_land(a).buffer(induced_reach_m) for a in alternatives]
        inside = _hectares(wide, sheds, ecosystems)
        around = _hectares(wide, {"": None}, ecosystems)
        share = np.divide(inside, around, out=share, where=around > 0)
    place = {name: k for k, name in enumerate(sheds)}
    gives = {
        s.name: {e: _drawn(s.per_ha[e], draws, rng) for e in sorted(s.per_ha)} for s in ordered
    }
    per_ha = {s.name: s.per_ha for s in ordered}
    likely = np.zeros((len(names), len(columns)))
    sample = np.zeros((len(names), len(columns), draws))
    lost = 1.0 - service_kept
    for c, (service, shed) in enumerate(columns):
        for e, kind in enumerate(kinds):
            if kind not in per_ha[service]:
                continue
            part = share[:, place[shed], e]
            area = direct[:, place[shed], e]
            likely[:, c] += lost * (area + part * extra[:, e]) * per_ha[service][kind].likely
            touched = area[:, None] + part[:, None] * extra_draws[:, e]
            sample[:, c] += lost * touched * gives[service][kind]
    return ServiceLoss(ordered, names, columns, likely, sample)


def _hectares(
    shapes: Sequence[BaseGeometry],
    sheds: dict[str, BaseGeometry | None],
    ecosystems: EcosystemMap,
) -> np.ndarray:
    """(shapes, sheds, ecosystems) hectares, by exact coverage of cells."""
    area = np.zeros((len(shapes), len(sheds), len(ecosystems.ecosystems)))
    parts: list[BaseGeometry] = []
    where: list[tuple[int, int]] = []
    for i, shape in enumerate(shapes):
        for k, shed in enumerate(sheds.values()):
            part = shape if shed is None else shapely.intersection(shape, shed)
            solid = _areal(part)
            if solid is not None:
                parts.append(solid)
                where.append((i, k))
    if not parts:
        return area
    counted = zonal_table(
        polygons_of(parts, subject="servicesheds"), ecosystems.classes, grid=ecosystems.grid
    ).classes["raster"]
    column = {int(code): j for j, code in enumerate(counted.classes)}
    for row, (i, k) in enumerate(where):
        for e, kind in enumerate(ecosystems.ecosystems):
            at = column.get(kind.code)
            area[i, k, e] = 0.0 if at is None else float(counted.area[row, at]) / _M2_PER_HA
    return area


def _areal(shape: BaseGeometry) -> BaseGeometry | None:
    """The polygons of a shape; None where there is no area."""
    pieces = [
        p
        for p in shapely.get_parts(shapely.get_parts([shape]))
        if p.geom_type == "Polygon" and p.area > 0
    ]
    return shapely.MultiPolygon(pieces) if pieces else None


def _drawn(value: Estimate, draws: int, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(pert(value.low, value.likely, value.high, size=draws, rng=rng))


def _induced(
    given: pd.DataFrame | HasTable | None,
    names: Sequence[str],
    kinds: Sequence[str],
    draws: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Induced hectares: likely (alternatives, ecosystems), and by draw; one shared ranking."""
    likely = np.zeros((len(names), len(kinds)))
    sample = np.zeros((len(names), len(kinds), draws))
    if given is None:
        return likely, sample
    table = given if isinstance(given, pd.DataFrame) else given.table
    missing = [c for c in _INDUCED if c not in table.columns]
    if missing:
        raise InputError.because(
            "service.columns", "induced", missing=offenders(missing), expected=", ".join(_INDUCED)
        )
    order = np.argsort(np.argsort(rng.random(draws), kind="stable"), kind="stable")
    rows = table[list(_INDUCED)].sort_values(["alternative", "ecosystem"])
    for alternative, kind, *numbers in rows.itertuples(index=False):
        if alternative not in names:
            continue
        if kind not in kinds:
            raise _unknown_ecosystem("induced", str(kind), kinds)
        low, middle, high = (float(n) for n in numbers)
        at = names.index(alternative), kinds.index(kind)
        likely[at] += middle
        sample[at] += np.sort(_drawn(Estimate(low, middle, high), draws, rng))[order]
    return likely, sample


def _require_sound(services: Sequence[Service], ecosystems: EcosystemMap) -> None:
    """All that is wrong with the services, at once."""
    known = [e.name for e in ecosystems.ecosystems]
    names = [s.name for s in services]
    found: list[Finding] = [
        error("service.repeated", n) for n in dict.fromkeys(names) if names.count(n) > 1
    ]
    for service in services:
        sheds = [b.name for b in service.sheds]
        if not sheds:
            found.append(error("service.sheds", service.name))
        found += [
            error("service.repeated", f"{service.name}.{b}")
            for b in dict.fromkeys(sheds)
            if sheds.count(b) > 1
        ]
        for kind, amount in service.per_ha.items():
            if kind not in known:
                found.extend(_unknown_ecosystem(service.name, kind, known).findings)
            if not 0 <= amount.low <= amount.high < np.inf:
                where = f"{service.name}.{kind}"
                found.append(error("service.amount", where, value=(amount.low, amount.high)))
        found += [
            error("service.amount", f"{service.name}.{b.name}.people", value=b.people)
            for b in service.sheds
            if b.people < 0
        ]
    shapes: dict[str, BaseGeometry | None] = {}
    for service in services:
        for shed in service.sheds:
            first = shapes.setdefault(shed.name, shed.geometry)
            same = first is shed.geometry or (
                first is not None and shed.geometry is not None and first.equals(shed.geometry)
            )
            if not same:
                found.append(error("service.shed-twice", shed.name))
    if found:
        raise InputError(*found)


def _unknown_ecosystem(subject: str, kind: str, known: Sequence[str]) -> NonetlossError:
    return InputError.because(
        "service.ecosystem",
        subject,
        unknown=kind,
        nearest=nearest(kind, known),
        known=offenders(sorted(known), 20),
    )


METHOD = Method(
    id="offset.services",
    question=Text(
        es="¿Qué servicios ecosistémicos pierde cada grupo de personas con cada alternativa?",
        en="Which ecosystem services does each group of people lose under each alternative?",
    ),
    function="nonetloss.offset.services:service_loss",
    inputs=(
        Port(
            "alternatives",
            "Alternative",
            Text(es="Trazos o áreas de la obra.", en="Routes or areas of the works."),
            many=True,
        ),
        Port(
            "services",
            "Service",
            Text(
                es="Servicios: cuánto da una hectárea de cada ecosistema y a quién.",
                en="Services: what a hectare of each ecosystem gives, and to whom.",
            ),
            many=True,
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Dónde está cada ecosistema.", en="Where each ecosystem lies."),
        ),
        Port(
            "induced",
            "table",
            Text(
                es="Deforestación inducida por alternativa y ecosistema.",
                en="Induced deforestation by alternative and ecosystem.",
            ),
            unit="ha",
            optional=True,
        ),
        RNG,
        DRAWS,
    ),
    outputs=(
        Port(
            "service_loss",
            "ServiceLoss",
            Text(
                es="Pérdida por servicio y área de servicio, en la unidad del servicio.",
                en="Loss by service and serviceshed, in the unit of the service.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "induced_reach_m",
            Text(
                es="Distancia dentro de la cual se reparte la deforestación inducida entre las "
                "áreas de servicio.",
                en="Distance within which induced deforestation is shared out among servicesheds.",
            ),
            unit="m",
            default="5.5 km",
            low=0.0,
            high=100_000.0,
        ),
        Parameter(
            "service_kept",
            Text(
                es="Parte del servicio que el suelo desbrozado sigue dando.",
                en="Share of a service that cleared land still gives.",
            ),
            default=0.0,
            low=0.0,
            high=1.0,
        ),
    ),
    references=(
        "Mandle et al. 2015, Frontiers in Ecology and the Environment 13:309-315",
        "Mandle et al. 2016, Environmental Modelling & Software 84:121-133",
    ),
    validity=Text(
        es="Una hectárea da lo mismo esté donde esté dentro del área de servicio; las medidas de "
        "minimización no reducen esta pérdida (prudente). El lugar de la deforestación inducida "
        "no se conoce: se reparte según el ecosistema que hay alrededor.",
        en="A hectare gives the same wherever it lies in the serviceshed; minimization measures do "
        "not reduce this loss (prudent). Where induced deforestation falls is not known: it is "
        "shared out by the ecosystem that lies around.",
    ),
    example="- {step: services-lost, method: offset.services, parameters: {service_kept: 0}}",
)


def columns_of(loss: ServiceLoss) -> tuple[tuple[Service, Any], ...]:
    """(service, serviceshed) of each column."""
    by_name = {s.name: s for s in loss.services}
    return tuple(
        (by_name[s], next(b for b in by_name[s].sheds if b.name == shed))
        for s, shed in loss.columns
    )
