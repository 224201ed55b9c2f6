"""Declaration of `avoid.surface`."""

from nonetloss.avoid import ports
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port

# Working assumption, to be replaced with local unit costs: flat ground as given, half as much
# again on hills, three times as much where the slope passes 30 %.
DEFAULT_SLOPE_MULTIPLIERS = {0: 1.0, 8: 1.2, 15: 1.5, 30: 3.0, 60: 5.0}

METHOD = Method(
    id="avoid.surface",
    question=Text(
        es="¿Cuánto cuesta un metro de vía en cada lugar: en dinero, en naturaleza, en cercanía a "
        "la gente?",
        en="What does a meter of road cost in each place: in money, in nature, in closeness to "
        "people?",
    ),
    function="nonetloss.avoid.surface:cost_surface",
    inputs=(
        ports.LAYERS,
        Port("grid", "Grid", Text(es="Grilla del estudio.", en="Grid of the study."), ambient=True),
        ports.ECOSYSTEMS,
        Port(
            "relief",
            "Raster",
            Text(es="Elevación o pendiente.", en="Elevation or slope."),
            ambient=True,
            optional=True,
        ),
        Port(
            "right_of_way_m",
            "number",
            Text(es="Ancho de la faja del proyecto.", en="Right of way of the project."),
            unit="m",
            ambient=True,
        ),
        ports.CRS,
    ),
    outputs=(
        Port(
            "surface",
            "Surface",
            Text(es="Costo por metro en cada celda.", en="Cost per meter in each cell."),
            unit="usd/m",
        ),
    ),
    parameters=(
        Parameter(
            "base_cost_usd_per_m",
            Text(
                es="Costo de construcción en terreno llano y firme.",
                en="Construction cost on flat, firm ground.",
            ),
            unit="usd/m",
            low=0.01,
            high=1e6,
        ),
        Parameter(
            "slope_multipliers",
            Text(
                es="Multiplicador del costo según la pendiente, {pendiente en %: multiplicador}, "
                "lineal entre puntos. El valor por defecto es un supuesto de trabajo sin fuente: "
                "reemplácelo con costos unitarios locales.",
                en="Multiplier of cost by slope, {slope in %: multiplier}, linear between points. "
                "The default is a working assumption without source: replace it with local unit "
                "costs.",
            ),
            kind="mapping",
            default=DEFAULT_SLOPE_MULTIPLIERS,
            reader="nonetloss.avoid.terrain:slope_table",
        ),
        Parameter(
            "unknown_slope_multiplier",
            Text(
                es="Multiplicador donde el relieve no se conoce. Sin él, un relieve incompleto se "
                "rechaza.",
                en="Multiplier where relief is unknown. Without it, incomplete relief is refused.",
            ),
            low=0.01,
            high=100.0,
            optional=True,
        ),
        Parameter(
            "ecosystem_multipliers",
            Text(
                es="Multiplicador del costo por ecosistema, {aguajal: 2.5}.",
                en="Multiplier of cost by ecosystem, {palm-swamp: 2.5}.",
            ),
            kind="mapping",
            reader="nonetloss.avoid.mappings:ecosystem_multipliers",
            optional=True,
        ),
        Parameter(
            "rivers",
            Text(
                es="Capas de ríos y ancho de sus líneas, {rios: 60 m}.",
                en="Layers of rivers and width of their lines, {rivers: 60 m}.",
            ),
            kind="mapping",
            reader="nonetloss.avoid.mappings:river_widths",
            optional=True,
        ),
        Parameter(
            "bridge_usd_per_m",
            Text(
                es="Costo adicional por metro de puente.",
                en="Additional cost per meter of bridge.",
            ),
            unit="usd/m",
            default="0 usd/m",
            low=0.0,
            high=1e7,
        ),
        Parameter(
            "existing_roads",
            Text(
                es="Capas de caminos existentes y factores sobre costo y naturaleza al seguirlos, "
                "{caminos: {cost: 0.5, nature: 0.3}}.",
                en="Layers of existing roads and factors on cost and nature along them, "
                "{roads: {cost: 0.5, nature: 0.3}}.",
            ),
            kind="mapping",
            reader="nonetloss.avoid.mappings:road_factors",
            optional=True,
        ),
        Parameter(
            "weighted_layers",
            Text(
                es="Peso por metro de vía cerca de una capa, {comunidades: {criterion: people, "
                "weight: 1, within: 2 km}}; el peso de «nature» en quality_hectare/m, el de «cost» "
                "en usd/m, el de «people» sin unidad.",
                en="Weight per meter of route close to a layer, {communities: {criterion: people, "
                "weight: 1, within: 2 km}}; weight of nature in quality_hectare/m, of cost in "
                "usd/m, of people without unit.",
            ),
            kind="mapping",
            reader="nonetloss.avoid.mappings:layer_weights",
            optional=True,
        ),
        Parameter(
            "edge_width_m",
            Text(
                es="Ancho del efecto de borde a cada lado.",
                en="Width of the edge effect on each side.",
            ),
            unit="m",
            default="0 m",
            low=0.0,
            high=10_000.0,
        ),
        Parameter(
            "edge_value_loss",
            Text(
                es="Parte del valor ecológico que se pierde en el borde.",
                en="Share of ecological value lost in the edge.",
            ),
            default=0.0,
            low=0.0,
            high=1.0,
        ),
        Parameter(
            "induced_ha_per_km",
            Text(
                es="Deforestación inducida por km de vía nueva en bosque continuo, a toda "
                "distancia, que la búsqueda de rutas toma en cuenta; 0 la deja fuera.",
                en="Induced deforestation per km of new road in continuous forest, at all "
                "distances, that the search for routes takes into account; 0 leaves it out.",
            ),
            unit="ha/km",
            default="0 ha/km",
            low=0.0,
            high=10_000.0,
        ),
        Parameter(
            "decay_distance_m",
            Text(
                es="Distancia dentro de la cual cae la parte «decay_share» de ella (Barber et al. "
                "2014: 95 % dentro de 5.5 km).",
                en='Distance within which the share "decay_share" of it falls (Barber et al. '
                "2014: 95 % within 5.5 km).",
            ),
            unit="m",
            default="5.5 km",
            low=1.0,
            high=100_000.0,
        ),
        ports.DECAY_SHARE,
        Parameter(
            "offset_price_usd_per_qha",
            Text(
                es="Precio de compensar una hectárea de calidad; entra en el costo total, de modo "
                "que una ruta se pesa también por lo que costaría compensarla.",
                en="Price of offsetting a quality-hectare; it enters the total, so that a route is "
                "also weighed by what its offset would cost.",
            ),
            unit="usd/quality_hectare",
            default="0 usd/quality_hectare",
            low=0.0,
            high=1e9,
        ),
        Parameter(
            "exclude_restricted",
            Text(
                es="Excluir también las capas restringidas (por ejemplo, sin compatibilidad del "
                "SERNANP).",
                en="Exclude restricted layers too (for example, without the compatibility of "
                "SERNANP).",
            ),
            kind="flag",
            default=False,
        ),
    ),
    references=(
        "Laurance et al. 2009, doi 10.1016/j.tree.2009.06.009",
        "Barber et al. 2014, doi 10.1016/j.biocon.2014.07.004",
        "Parkes et al. 2003, doi 10.1046/j.1442-8903.4.s.4.x",
    ),
    validity=Text(
        es="Prediseño: no sustituye al trazo geométrico. Con celdas gruesas la pendiente queda "
        "suavizada. Un río de líneas se reparte por la fracción de celda que cubre.",
        en="Pre-design: no substitute for geometric design. Coarse cells smooth slope away. A "
        "river given as lines is spread by the share of the cell it covers.",
    ),
    example=(
        "- {step: surface, method: avoid.surface, parameters: {base_cost_usd_per_m: 0.8 Musd/km}}"
    ),
)
