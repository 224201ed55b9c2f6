"""What a plan of dams floods: its reservoirs as one polygonal alternative of the project.

From here on a plan of dams is a project like any other: screening, footprint, loss, measures,
offset and balance take the alternatives and do not know that they are dams.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.findings import Finding, nearest, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.landscape.crs import study_crs
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.river import Dam, RiverNetwork, Status

METHOD = Method(
    id="hydropower.reservoirs",
    question=Text(
        es="¿Qué tierra inundaría cada plan de represas, contada una sola vez?",
        en="Which land would each plan of dams flood, counted only once?",
    ),
    function="nonetloss.hydropower.reservoirs:reservoirs",
    inputs=(
        Port(
            "network",
            "RiverNetwork",
            Text(
                es="Red de ríos con los polígonos de sus embalses.",
                en="River network with the polygons of its reservoirs.",
            ),
        ),
        Port(
            "portfolios",
            "States",
            Text(
                es="Planes con nombre: estados, portafolios elegidos.",
                en="Named plans: states, chosen portfolios.",
            ),
            many=True,
        ),
        Port(
            "crs",
            "CRS",
            Text(es="SRC del estudio, en metros.", en="CRS of the study, in meters."),
            ambient=True,
        ),
    ),
    outputs=(
        Port(
            "reservoirs",
            "Reservoirs",
            Text(
                es="Un polígono por plan (alternatives) y una tabla de hectáreas.",
                en="One polygon for each plan (alternatives), and a table of hectares.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "only",
            Text(
                es="Nombres de los planes que interesan; si falta, todos.",
                en="Names of the plans of interest; if missing, all.",
            ),
            kind="list",
            optional=True,
        ),
        Parameter(
            "existing",
            Text(
                es="Si se cuentan también los embalses que ya existen: no son pérdida del plan.",
                en="Whether the reservoirs that exist already count too: the plan does not "
                "lose them.",
            ),
            kind="flag",
            default=False,
        ),
    ),
    references=(
        "Almeida et al. 2019, doi 10.1038/s41467-019-12179-5",
        "Flecker et al. 2022, doi 10.1126/science.abj4017",
    ),
    validity=Text(
        es="Vale lo que valen los polígonos a nivel máximo de operación. No cuenta la tierra que "
        "toman la obra, los caminos y las líneas, ni el tramo de río que queda con menos agua.",
        en="Worth what the polygons at full supply level are worth. It does not count the land "
        "that works, roads and lines take, nor the stretch of river left with less water.",
    ),
    example="- {step: reservoirs, method: hydropower.reservoirs, inputs: {portfolios: states}}",
)

# What plans with these names are, wherever they come from without a title of their own.
TITLES = {
    "none": Text(es="Sin represas", en="No dams"),
    "today": Text(es="Situación actual", en="Today"),
    "full": Text(es="Todo construido", en="Everything built"),
    "chosen": Text(es="Portafolio elegido", en="Chosen portfolio"),
    "robust": Text(es="Portafolio robusto", en="Robust portfolio"),
}
_M2_PER_HA = 10_000.0


@dataclass(frozen=True, slots=True)
class Reservoirs:
    """Result of `reservoirs`.

    `alternatives`: one for each plan, in the order of the plans; a plan that floods nothing has an
    empty polygon. `table`: alternative, dams (that count), drawn (those with a polygon),
    without_reservoir (those known to flood nothing), area_ha (of the union), overlap_ha (what the
    sum of the single reservoirs counts twice).
    """

    alternatives: tuple[Alternative, ...]
    table: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    name: str
    title: Text
    choices: np.ndarray


def reservoir_alternatives(
    network: RiverNetwork, *, portfolios: Any, crs: Any = None, existing: bool = False
) -> tuple[Alternative, ...]:
    """The alternatives alone; see `reservoirs`. `crs` None: that of the network."""
    given = network.crs if crs is None else crs
    return reservoirs(network, portfolios=portfolios, crs=given, existing=existing).alternatives


def reservoirs(
    network: RiverNetwork,
    *,
    portfolios: Any,
    crs: Any,
    only: Sequence[str | int | float] | None = None,
    existing: bool = False,
) -> Reservoirs:
    """The union of the reservoirs of each plan, as an alternative without right of way.

    Parameters
    ----------
    network : RiverNetwork
        With `reservoirs`.
    portfolios : mapping of name to choices, or results with names and choices, or several of them
        Choices are (dams,) of int: 0 not built, k the k-th option. A result has either `names`
        with `choices` (rows, dams), or `name` with `choices` (dams,).
    crs : anything pyproj reads
        CRS of the study, in meters; reservoirs are brought to it.
    only : names of plans, optional
        None: all. An empty list gives no alternative.
    existing : bool
        False: dams that stand today flood nothing new and are left out.

    Raises
    ------
    InputError
        `reservoirs.none-drawn` (the network has no polygons), `reservoirs.repeated-name`,
        `reservoirs.unknown-name`, `reservoirs.choices` (of another shape or beyond the options).
    GeometryError
        `reservoirs.no-crs`, `reservoirs.invalid`, or as `landscape.crs.study_crs`.
    """
    plans = _selected(tuple(_plans(portfolios)), only)
    for plan in plans:
        _require_choices(plan, network)
    polygons = _polygons(network, crs)
    alternatives: list[Alternative] = []
    rows: list[dict[str, Any]] = []
    found: list[Finding] = []
    undrawn: set[str] = set()
    for plan in plans:
        taken = [
            (dam, int(k))
            for dam, k in zip(network.dams, plan.choices, strict=True)
            if k > 0 and (existing or dam.status is not Status.BUILT)
        ]
        shapes, dry, missing = _shapes(taken, polygons)
        undrawn |= set(missing)
        union = shapely.union_all(shapes) if shapes else shapely.Polygon()
        single = sum(shape.area for shape in shapes)
        rows.append(
            {
                "alternative": plan.name,
                "dams": len(taken),
                "drawn": len(taken) - len(missing) - dry,
                "without_reservoir": dry,
                "area_ha": union.area / _M2_PER_HA,
                "overlap_ha": max(0.0, single - union.area) / _M2_PER_HA,
            }
        )
        alternatives.append(Alternative(plan.name, plan.title, union, 0.0))
        if union.is_empty:
            found.append(notice("reservoirs.nothing-flooded", plan.name, title=plan.title))
    if undrawn:
        names = [_title(dam) for dam in network.dams if str(dam.id) in undrawn]
        told = Text(es=offenders(t.es for t in names), en=offenders(t.en for t in names))
        found.append(warning("reservoirs.not-drawn", "network", count=len(names), names=told))
    columns = ["alternative", "dams", "drawn", "without_reservoir", "area_ha", "overlap_ha"]
    return Reservoirs(tuple(alternatives), pd.DataFrame(rows, columns=columns), tuple(found))


def _plans(portfolios: Any) -> Iterable[_Plan]:
    """Every named plan of what was given, in order."""
    if isinstance(portfolios, Mapping):
        for name, choices in portfolios.items():
            yield _Plan(str(name), _titled(str(name), str(name)), np.asarray(choices))
    elif hasattr(portfolios, "choices"):
        choices = np.asarray(portfolios.choices)
        if choices.ndim == 1:
            name = str(portfolios.name)
            title = getattr(portfolios, "title", None) or Text.of(name)
            yield _Plan(name, _titled(name, title), choices)
        else:
            names = [str(name) for name in portfolios.names]
            titles = getattr(portfolios, "titles", None) or names
            for name, told, row in zip(names, titles, choices, strict=True):
                yield _Plan(name, _titled(name, told), row)
    else:
        for part in portfolios:
            yield from _plans(part)


def _titled(name: str, title: Text | str) -> Text:
    """The title that somebody gave; else what a well-known name means."""
    told = Text.of(title)
    return TITLES.get(name, told) if told == Text.of(name) else told


def _selected(
    plans: tuple[_Plan, ...], only: Sequence[str | int | float] | None
) -> tuple[_Plan, ...]:
    names = [plan.name for plan in plans]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError.because("reservoirs.repeated-name", offenders(repeated))
    if only is None:
        return plans
    wanted = [str(name) for name in only]
    for name in wanted:
        if name not in names:
            raise InputError.because(
                "reservoirs.unknown-name",
                name,
                nearest=nearest(name, names),
                known=offenders(names, 20),
            )
    return tuple(plan for plan in plans if plan.name in wanted)


def _require_choices(plan: _Plan, network: RiverNetwork) -> None:
    """Raise unless there is one choice for each dam, and each is an option of its site."""
    options = np.array([len(dam.options) for dam in network.dams], dtype=np.int64)
    whole = plan.choices.shape == options.shape and plan.choices.dtype.kind in "bi"
    if not whole or ((plan.choices < 0) | (plan.choices > options)).any():
        raise InputError.because(
            "reservoirs.choices", plan.name, dams=len(options), shape=str(plan.choices.shape)
        )


def _polygons(network: RiverNetwork, crs: Any) -> dict[tuple[str, str], shapely.Geometry]:
    """Reservoirs by dam and option, in `crs`."""
    drawn: gpd.GeoDataFrame | None = network.reservoirs
    if drawn is None or drawn.empty:
        raise InputError.because("reservoirs.none-drawn", "network")
    if network.crs is None or crs is None:
        raise GeometryError.because("reservoirs.no-crs", "network")
    if drawn.crs is None:
        drawn = drawn.set_crs(network.crs)
    placed = drawn.to_crs(crs)
    left, bottom, right, top = (float(v) for v in placed.total_bounds)
    study_crs(crs, (left, bottom, right, top))
    bad = placed[~placed.geometry.is_valid]
    if len(bad):
        reasons = zip(bad["dam"], shapely.is_valid_reason(bad.geometry.array), strict=True)
        which = offenders(f"{dam}: {reason}" for dam, reason in reasons)
        raise GeometryError.because("reservoirs.invalid", "network", offenders=which)
    found: dict[tuple[str, str], shapely.Geometry] = {}
    for dam, option, shape in zip(placed["dam"], placed["option"], placed.geometry, strict=True):
        key = (str(dam), str(option))
        found[key] = shapely.union(found[key], shape) if key in found else shape
    return found


def _shapes(
    taken: Sequence[tuple[Dam, int]], polygons: Mapping[tuple[str, str], shapely.Geometry]
) -> tuple[list[shapely.Geometry], int, list[str]]:
    """Polygons of the dams taken; how many are known to flood nothing; ids without a polygon."""
    shapes, dry, missing = [], 0, []
    for dam, choice in taken:
        option = dam.options[choice - 1]
        shape = polygons.get((str(dam.id), option.name), polygons.get((str(dam.id), "")))
        if shape is not None:
            shapes.append(shape)
        elif option.values.get("inundated") == 0:
            dry += 1
        else:
            missing.append(str(dam.id))
    return shapes, dry, missing


def _title(dam: Dam) -> Text:
    return dam.title or Text.of(str(dam.id))
