"""Declaration of `monitoring.patrols`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port

_INPUTS = (
    Port(
        "tracks",
        "table",
        Text(
            es="Posiciones: patrol, time, longitude, latitude y, si se conocen, leg, station, "
            "type; o líneas con el tiempo como tercera coordenada.",
            en="Positions: patrol, time, longitude, latitude and, where known, leg, station, "
            "type; or lines with the time as third coordinate.",
        ),
    ),
    Port("grid", "Grid", Text(es="Malla del estudio.", en="Grid of the study."), ambient=True),
    Port("crs", "CRS", Text(es="Proyección del estudio.", en="CRS of the study."), ambient=True),
    Port(
        "decision_date", "date", Text(es="Día del estudio.", en="Day of the study."), ambient=True
    ),
    Port(
        "encounters",
        "table",
        Text(
            es="Encuentros: category y, si se conocen, time, patrol, id. Su lugar no se lee.",
            en="Encounters: category and, where known, time, patrol, id. Their place is not read.",
        ),
        optional=True,
    ),
    Port(
        "zones",
        "table",
        Text(
            es="Polígonos con columna zone; sin ellos, toda la malla.",
            en="Polygons with a column zone; without them, the whole grid.",
        ),
        optional=True,
    ),
    Port(
        "cover",
        "ForestCover",
        Text(es="Bosque en tres fechas.", en="Forest at three dates."),
        optional=True,
    ),
    Port(
        "loss",
        "Raster",
        Text(
            es="Año calendario en que se perdió cada celda; 0 si no se perdió.",
            en="Calendar year in which each cell was lost; 0 where it was not.",
        ),
        optional=True,
    ),
    Port(
        "risk",
        "RiskMap",
        Text(es="Pérdida esperada por celda.", en="Expected loss per cell."),
        unit="ha",
        optional=True,
    ),
    Port(
        "stock",
        "CarbonStock",
        Text(es="Carbono por estrato.", en="Carbon by stratum."),
        unit="tCO2e/ha",
        optional=True,
    ),
    Port(
        "ecosystems",
        "EcosystemMap",
        Text(es="Mapa de los estratos del carbono.", en="Map of the strata of the carbon."),
        optional=True,
    ),
)

_GROUND = (
    Parameter(
        "swath_m",
        Text(
            es="Ancho total que una patrulla ve, mitad a cada lado.",
            en="Full width that a patrol sees, half on each side.",
        ),
        unit="m",
        default="500 m",
        low=1.0,
        high=10_000.0,
    ),
    Parameter(
        "reach_m",
        Text(
            es="Distancia a un recorrido hasta la que el terreno cuenta como cubierto.",
            en="Distance from a track up to which land counts as covered.",
        ),
        unit="m",
        default="2.5 km",
        low=1.0,
        high=20_000.0,
    ),
    Parameter(
        "cell_m",
        Text(
            es="Lado de las celdas del mapa: nunca tan pequeño que muestre a una persona.",
            en="Side of the cells of the map: never so small as to show a person.",
        ),
        unit="m",
        default="5 km",
        low=1000.0,
        high=100_000.0,
    ),
    Parameter(
        "zone",
        Text(es="Zona que es el terreno de las patrullas.", en="Zone that is the patrols' land."),
        kind="text",
        default="project",
    ),
)

_TRACKS = (
    Parameter(
        "utc_offset_h",
        Text(
            es="Horas que los relojes locales adelantan a UTC (Perú: −5); sin ellas, UTC.",
            en="Hours by which local clocks are ahead of UTC (Peru: −5); without them, UTC.",
        ),
        low=-12.0,
        high=14.0,
        optional=True,
    ),
    Parameter(
        "max_gap_h",
        Text(
            es="Tiempo máximo entre dos posiciones para contar el tramo.",
            en="Longest time between two positions for the stretch to count.",
        ),
        unit="hour",
        default="4 hour",
        low=0.01,
        high=72.0,
    ),
    Parameter(
        "max_speed_kmh",
        Text(
            es="Velocidad máxima de una patrulla; lo más rápido es error del receptor.",
            en="Highest speed of a patrol; what is faster is an error of the receiver.",
        ),
        unit="km/hour",
        default="100 km/hour",
        low=1.0,
        high=1000.0,
    ),
    Parameter(
        "max_leg_days",
        Text(
            es="Duración máxima de un recorrido del que solo se conocen inicio y fin.",
            en="Longest duration of a leg of which only start and end are known.",
        ),
        unit="day",
        default="31 day",
        low=0.01,
        high=400.0,
    ),
    Parameter(
        "recent_years",
        Text(
            es="Años hasta el día del estudio que cuentan para la parte protegida.",
            en="Years up to the day of the study that count for the protected share.",
        ),
        unit="year",
        default="1 year",
        low=0.01,
        high=50.0,
    ),
    Parameter(
        "loss_categories",
        Text(
            es="Categorías de encuentros que informan pérdida de bosque.",
            en="Categories of encounters that report loss of forest.",
        ),
        kind="list",
        default=(),
    ),
)

METHOD = Method(
    id="monitoring.patrols",
    question=Text(
        es="¿Cuánto y dónde se patrulló, qué se encontró y va el esfuerzo adonde está el riesgo?",
        en="How much was patrolled and where, what was met, and does effort go where the risk is?",
    ),
    function="nonetloss.monitoring.patrols.patrolling:patrol_effort",
    inputs=_INPUTS,
    outputs=(
        Port(
            "patrols",
            "Patrols",
            Text(
                es="Esfuerzo, encuentros, cobertura y celdas, sin nombres ni lugares exactos.",
                en="Effort, encounters, coverage and cells, without names or exact places.",
            ),
        ),
    ),
    parameters=(*_GROUND, *_TRACKS),
    references=(
        "Karney 2013, doi 10.1007/s00190-012-0578-z (geodesics)",
        "Keane et al. 2011, doi 10.1111/j.1469-1795.2010.00418.x (encounters per effort)",
        "ecoscope, a library for tracks of patrols, 2024 (swath of 500 m, rates of encounter)",
    ),
    validity=Text(
        es="Los encuentros por esfuerzo dependen de adónde se va y de cuánto se ve; no miden por "
        "sí solos la amenaza ni el efecto de las patrullas. Alcance, ancho, pausa y velocidad son "
        "elecciones del estudio.",
        en="Encounters per effort depend on where patrols go and how much they see; by themselves "
        "they measure neither threat nor the effect of patrols. Reach, width, gap and speed are "
        "choices of the study.",
    ),
    example=(
        "- {step: patrols, method: monitoring.patrols, parameters: {utc_offset_h: -5, "
        "reach_m: 2.5 km, cell_m: 5 km, loss_categories: [clearing]}}"
    ),
)
