"""Declaration of `offset.monitoring`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import RNG
from nonetloss.numerics.discounting import TIMINGS
from nonetloss.offset.monitoring.outlook import MODELS

_INPUTS = (
    Port("parcels", "Parcel", Text(es="Parcelas candidatas.", en="Candidate parcels."), many=True),
    Port(
        "portfolio",
        "Portfolio",
        Text(
            es="Parcelas elegidas y qué pérdida cubren; sin ellas, todas las parcelas.",
            en="Chosen parcels and which loss they cover; without them, all parcels.",
        ),
        unit="quality_hectare",
        optional=True,
    ),
    Port(
        "gains",
        "Gains",
        Text(es="Trayectorias con y sin compensación.", en="Trajectories with and without offset."),
        unit="quality_hectare",
        optional=True,
    ),
    Port(
        "planned",
        "table",
        Text(
            es="Trayectoria planeada: site, year, value_with y, si se conoce, value_without.",
            en="Planned trajectory: site, year, value_with and, where known, value_without.",
        ),
        optional=True,
    ),
    Port(
        "observations",
        "table",
        Text(
            es="Lo observado: site, year, value (o value_low, value_likely, value_high), area_ha, "
            "control, source, observer. Sin ellas, solo el plan de seguimiento.",
            en="What was seen: site, year, value (or value_low, value_likely, value_high), "
            "area_ha, control, source, observer. Without them, the plan of monitoring only.",
        ),
        optional=True,
    ),
    RNG,
    Port(
        "draws",
        "integer",
        Text(es="Número de simulaciones.", en="Number of draws."),
        ambient=True,
        optional=True,
    ),
)

_YEARS = (
    Parameter(
        "first_year",
        Text(
            es="Lo que las tablas llaman año 0, el del impacto: un año de calendario, o 0.",
            en="What the tables call year 0, that of the impact: a calendar year, or 0.",
        ),
        kind="integer",
        default=0,
        low=0,
        high=3000,
    ),
    Parameter(
        "as_of",
        Text(
            es="Año desde el que se mira; si falta, el último observado.",
            en="Year of looking back; if missing, the last one observed.",
        ),
        kind="integer",
        low=0,
        high=3000,
        optional=True,
    ),
    Parameter(
        "target_year",
        Text(
            es="Año de la meta que mira la alerta temprana; si falta, el último del plan.",
            en="Year of the target that the early warning looks at; if missing, the plan's last.",
        ),
        kind="integer",
        low=0,
        high=3000,
        optional=True,
    ),
    Parameter(
        "horizon_years",
        Text(
            es="Años hasta el valor pleno donde la parcela no lo dice, y fin del calendario.",
            en="Years to full value where the parcel does not say, and end of the schedule.",
        ),
        unit="year",
        default="20 year",
        low=1.0,
        high=200.0,
    ),
)

_STANDARDS = (
    Parameter(
        "standard",
        Text(
            es="Parte de la ganancia planeada de cada año que cuenta como cumplida.",
            en="Share of the gain planned for each year that counts as performed.",
        ),
        default=0.9,
        low=0.0,
        high=1.0,
    ),
    Parameter(
        "standards",
        Text(
            es="Esa parte por año, {año: parte}: vale desde ese año hasta el siguiente.",
            en="That share by year, {year: share}: it holds from that year until the next.",
        ),
        kind="mapping",
        reader="nonetloss.offset.monitoring.progress:read_standards",
        optional=True,
    ),
    Parameter(
        "surplus",
        Text(
            es="Si un sitio adelantado acredita más de lo prometido.",
            en="Whether a site ahead of its plan is credited with more than was promised.",
        ),
        kind="flag",
        default=False,
    ),
)

_OUTLOOK = (
    Parameter(
        "warn_below",
        Text(
            es="Probabilidad de llegar a la meta por debajo de la cual se alerta.",
            en="Chance of reaching the target below which a warning is given.",
        ),
        default=0.7,
        low=0.0,
        high=1.0,
    ),
    Parameter(
        "model",
        Text(
            es="pace: una parte constante de lo planeado, con creencia previa; straight: recta por "
            "lo observado, con tres observaciones a lo menos.",
            en="pace: a constant share of the plan, with a prior belief; straight: a line through "
            "what was observed, with three observations at least.",
        ),
        kind="choice",
        choices=MODELS,
        default="pace",
    ),
    Parameter(
        "prior_mean",
        Text(
            es="Parte de lo planeado que se espera lograr antes de observar.",
            en="Share of the plan expected to be gained before anything is seen.",
        ),
        default=1.0,
        low=0.0,
        high=2.0,
    ),
    Parameter(
        "prior_sd",
        Text(es="Desviación estándar de esa creencia.", en="Standard deviation of that belief."),
        default=0.5,
        low=0.001,
        high=10.0,
    ),
    Parameter(
        "year_spread",
        Text(
            es="Desviación entre años, como parte de lo planeado.",
            en="Deviation between years, as a share of the plan.",
        ),
        default=0.1,
        low=0.001,
        high=10.0,
    ),
)

_WORK = (
    Parameter(
        "activities",
        Text(
            es="Qué se hace, cuándo y a qué costo: {nombre: {title, indicator, years, cost_usd}}.",
            en="What is done, when and at what cost: {name: {title, indicator, years, cost_usd}}.",
        ),
        kind="mapping",
        reader="nonetloss.offset.monitoring.activities:read_activities",
        optional=True,
    ),
    Parameter(
        "corrections",
        Text(
            es="Acciones correctivas declaradas: {nombre: {title, when, closes, cost_usd}}.",
            en="Corrective actions declared: {name: {title, when, closes, cost_usd}}.",
        ),
        kind="mapping",
        reader="nonetloss.offset.monitoring.corrective:read_corrections",
        optional=True,
    ),
    Parameter(
        "discount_rate",
        Text(
            es="Tasa anual de descuento del presupuesto.", en="Yearly discount rate of the budget."
        ),
        default=0.0,
        low=0.0,
        high=1.0,
    ),
    Parameter(
        "timing",
        Text(
            es="Momento del año en que se paga: inicio, mitad o fin.",
            en="When in the year it is paid: start, mid or end.",
        ),
        kind="choice",
        choices=TIMINGS,
        default="end",
    ),
)

METHOD = Method(
    id="offset.monitoring",
    question=Text(
        es="¿Se logra la ganancia prometida en cada sitio, se llegará a la meta y qué se reabre?",
        en="Is the promised gain there at each site, will the target be met, and what reopens?",
    ),
    function="nonetloss.offset.monitoring.following:monitor",
    inputs=_INPUTS,
    outputs=(
        Port(
            "monitoring",
            "Monitoring",
            Text(
                es="Avance, perspectiva, lo entregado, balance reabierto, acciones y calendario.",
                en="Progress, outlook, what was delivered, balance reopened, actions and schedule.",
            ),
            unit="quality_hectare",
        ),
    ),
    parameters=(*_YEARS, *_STANDARDS, *_OUTLOOK, *_WORK),
    references=(
        "BBOP 2012, Standard on Biodiversity Offsets, ISBN 978-1-932928-44-0",
        "Gelman et al. 2013, Bayesian Data Analysis, ISBN 978-1-4398-4095-5, section 2.5",
        "Draper & Smith 1998, Applied Regression Analysis, ISBN 978-0-471-17082-2, section 1.4",
        "Malcolm et al. 1959, doi 10.1287/opre.7.5.646",
    ),
    validity=Text(
        es="El ritmo supone que el sitio logra siempre la misma parte de lo planeado: un retraso "
        "que luego se recupera se ve como falta. Los estándares son del estudio; los que exigen "
        "las guías peruanas no están confirmados.",
        en="The pace assumes that a site always gains the same share of its plan: a delay that is "
        "made up later looks like a shortfall. Standards are the study's; those that Peruvian "
        "guides require are not confirmed.",
    ),
    example=(
        "- {step: follow-up, method: offset.monitoring, parameters: {first_year: 2026, "
        "standards: {2029: 0.5, 2034: 0.9}, activities: {survey: {title: {es: Parcelas, en: Plots},"
        " indicator: {es: Valor ecológico, en: Ecological value}, years: [1, 3, 5], "
        "cost_usd: 4000 usd, cost_usd_per_ha: 3 usd/ha}}}}"
    ),
)
