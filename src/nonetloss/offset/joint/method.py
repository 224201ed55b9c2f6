"""Declaration of `offset.joint`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.offset.portfolio_method import METHOD as _PORTFOLIO

_INPUTS = (
    Port(
        "surface",
        "Surface",
        Text(es="Superficie de costo de obra.", en="Surface of construction cost."),
    ),
    Port(
        "start",
        "point",
        Text(es="Inicio del proyecto, (x, y).", en="Start of the project, (x, y)."),
        ambient=True,
    ),
    Port(
        "end",
        "point",
        Text(es="Final del proyecto, (x, y).", en="End of the project, (x, y)."),
        ambient=True,
    ),
    Port(
        "ecosystems",
        "EcosystemMap",
        Text(es="Ecosistemas, su valor y su equivalencia.", en="Ecosystems, value, equivalence."),
    ),
    Port(
        "parcels",
        "Parcel",
        Text(es="Predios candidatos.", en="Candidate parcels."),
        many=True,
    ),
    Port(
        "layers",
        "Layer",
        Text(es="Capas que ya dan acceso.", en="Layers that already give access."),
        ambient=True,
        many=True,
        optional=True,
    ),
    Port(
        "gains",
        "Gains",
        Text(
            es="Ganancia de cada predio en el tiempo, en lugar de superficie por valor.",
            en="Gain of each parcel over time, in place of area times value.",
        ),
        unit="quality_hectare",
        optional=True,
    ),
    Port("crs", "crs", Text(es="SRC del estudio.", en="CRS of the study."), ambient=True),
)
_LOSS = (
    Parameter(
        "direct_zone_m",
        Text(
            es="Ancho del anillo directo desde el borde de la huella.",
            en="Width of the direct ring from the edge of the footprint.",
        ),
        unit="m",
        default="100 m",
        low=0.0,
        high=100_000.0,
    ),
    Parameter(
        "indirect_zone_m",
        Text(
            es="Ancho del anillo indirecto desde el borde de la huella.",
            en="Width of the indirect ring from the edge of the footprint.",
        ),
        unit="m",
        default="1 km",
        low=0.0,
        high=100_000.0,
    ),
    Parameter(
        "zone_loss",
        Text(
            es="Por anillo (direct, indirect), parte del valor que se pierde (low, likely, high, "
            "source); cuenta la probable. Sin dato, no se pierde nada.",
            en="Per ring (direct, indirect), share of the value lost (low, likely, high, source); "
            "the likely one counts. Where absent, nothing is lost.",
        ),
        kind="mapping",
        reader="nonetloss.offset.loss:read_zone_loss",
        optional=True,
    ),
    Parameter(
        "value_with_project",
        Text(
            es="Valor ecológico que conserva el suelo desbrozado.",
            en="Ecological value that cleared land keeps.",
        ),
        default=0.0,
        low=0.0,
        high=1.0,
    ),
    Parameter(
        "induced_ha_per_km",
        Text(
            es="Bosque que el acceso de cada km hace perder en bosque continuo, a toda distancia.",
            en="Forest that the access of each km takes in continuous forest, at all distances.",
        ),
        unit="ha/km",
        default="0 ha/km",
        low=0.0,
        high=100_000.0,
    ),
    Parameter(
        "decay_distance_m",
        Text(
            es="Distancia dentro de la cual cae la parte «decay_share» de esa pérdida.",
            en='Distance within which the share "decay_share" of that loss falls.',
        ),
        unit="m",
        default="5.5 km",
        low=1.0,
        high=100_000.0,
    ),
    Parameter(
        "decay_share",
        Text(es="Esa parte de la pérdida.", en="That share of the loss."),
        default=0.95,
        low=0.01,
        high=0.9999,
    ),
    Parameter(
        "existing_access",
        Text(
            es="Capas que ya dan acceso y hasta qué distancia, {caminos: 5.5 km}: el bosque que "
            "está dentro no se cuenta como nuevo.",
            en="Layers that already give access and how far, {roads: 5.5 km}: forest inside does "
            "not count as newly reached.",
        ),
        kind="mapping",
        reader="nonetloss.offset.joint.rates:read_access",
        optional=True,
    ),
    Parameter(
        "direct_left",
        Text(
            es="Parte de la pérdida directa que dejan las medidas de minimización.",
            en="Share of the direct loss that minimization leaves.",
        ),
        default=1.0,
        low=0.0,
        high=1.0,
    ),
    Parameter(
        "induced_left",
        Text(
            es="Parte de la pérdida inducida que dejan las medidas de minimización.",
            en="Share of the induced loss that minimization leaves.",
        ),
        default=1.0,
        low=0.0,
        high=1.0,
    ),
)
_OFFSET = (
    Parameter(
        "success",
        Text(
            es="Parte de la ganancia modelada que se logra (low, likely, high, source); cuenta la "
            "probable.",
            en="Share of the modelled gain that is reached (low, likely, high, source); the "
            "likely one counts.",
        ),
        kind="mapping",
        reader="nonetloss.offset.portfolio_input:read_success",
        optional=True,
    ),
    *(p for p in _PORTFOLIO.parameters if p.name in ("confidence", "time_factor")),
    Parameter(
        "margin",
        Text(
            es="Cuánto más que la pérdida probable se compensa.",
            en="How much more than the likely loss is offset.",
        ),
        default=0.0,
        low=0.0,
        high=10.0,
    ),
    Parameter(
        "max_distance_m",
        Text(
            es="Distancia máxima del predio a la ruta; sin límite si falta.",
            en="Largest distance from the route to a parcel; no limit where absent.",
        ),
        unit="m",
        low=0.0,
        optional=True,
    ),
    Parameter(
        "tolerance_qha",
        Text(
            es="Parte de la pérdida de cada ecosistema que puede quedar sin compensar (se resta de "
            "lo que se debe), y lo que se admite perder de lo no compensable.",
            en="Part of the loss of each ecosystem that may stay without offset (it is taken off "
            "what is owed), and what may be lost of what cannot be offset.",
        ),
        unit="quality_hectare",
        default="0.01 quality_hectare",
        low=0.0,
        high=100.0,
    ),
    Parameter(
        "unavoidable_excess",
        Text(
            es="Si ninguna ruta evita lo no compensable: exceso admitido sobre la menor pérdida.",
            en="Where no route avoids what cannot be offset: excess admitted over the least loss.",
        ),
        default=0.1,
        low=0.0,
        high=100.0,
    ),
)
_SEARCH = (
    Parameter(
        "neighbors",
        Text(
            es="Direcciones de la búsqueda: 8, o 16 para líneas menos quebradas.",
            en="Directions of the search: 8, or 16 for less jagged lines.",
        ),
        kind="integer",
        default="16",
        low=8,
        high=16,
    ),
    Parameter(
        "gap",
        Text(
            es="Brecha relativa demostrada, de obra y compensación juntas, con que se detiene.",
            en="Proven relative gap, of works and offset together, at which it stops.",
        ),
        default=0.0001,
        low=0.0,
        high=0.5,
    ),
    Parameter(
        "searches",
        Text(
            es="Búsquedas de ruta tras las cuales se detiene, con lo que esté demostrado.",
            en="Route searches after which it stops, with what is proven by then.",
        ),
        kind="integer",
        default="300",
        low=1,
        high=100_000,
    ),
    Parameter(
        "labels",
        Text(
            es="Tramos parciales que se guardan al enumerar rutas para cerrar la brecha; 0 no "
            "enumera.",
            en="Partial routes kept while listing routes to close the gap; 0 lists none.",
        ),
        kind="integer",
        default="50000",
        low=0,
        high=50_000_000,
    ),
)

METHOD = Method(
    id="offset.joint",
    question=Text(
        es="¿Qué ruta y qué predios de compensación cuestan menos en conjunto, y cuánto se ahorra "
        "frente a decidir una cosa después de la otra?",
        en="Which route and which offset parcels cost least together, and how much does that save "
        "against deciding one after the other?",
    ),
    function="nonetloss.offset.joint.plan:joint_route",
    inputs=_INPUTS,
    outputs=(
        Port(
            "joint",
            "JointPlan",
            Text(
                es="Ruta, predios, comparación con la decisión por partes, cota y brecha.",
                en="Route, parcels, comparison with deciding in sequence, bound and gap.",
            ),
            unit="usd",
        ),
    ),
    parameters=(*_LOSS, *_OFFSET, *_SEARCH),
    references=(
        "Bunton et al. 2015, Integrated planning of linear infrastructure and conservation "
        "offsets, MODSIM",
        "Handler and Zang 1980, doi 10.1002/net.3230100403",
        "Carlyle, Royset and Wood 2008, doi 10.1002/net.20247",
        "Benders 1962, doi 10.1007/BF01386316",
    ),
    validity=Text(
        es="Prediseño sobre una grilla. La pérdida es lineal, tanto por metro, como en un tramo "
        "recto y largo; la huella exacta de la ruta elegida la dan los pasos siguientes. Un predio "
        "por cuyas celdas pasa la ruta no cuenta. Servicios y reglas de intercambio por distancia "
        "o cuenca no entran. La cota vale para la ruta por celdas.",
        en="Pre-design on a grid. Loss is linear, so much per meter, as on a long straight road; "
        "the steps that follow give the exact footprint of the route that is chosen. A parcel in "
        "whose cells the route runs does not count. Services and trading rules of distance or "
        "basin take no part. The bound holds for the route over cells.",
    ),
    example=(
        "- {step: joint, method: offset.joint, parameters: {induced_ha_per_km: 115.6 ha/km, "
        "existing_access: {roads: 5.5 km, rivers: 1 km}, zone_loss: {direct: {low: 0.05, likely: "
        "0.15, high: 0.30}, indirect: {low: 0.0, likely: 0.02, high: 0.05}}, direct_left: 0.67, "
        "induced_left: 0.29, success: {low: 0.5, likely: 0.8, high: 0.95}, margin: 0.5, "
        "max_distance_m: 150 km}}"
    ),
)
