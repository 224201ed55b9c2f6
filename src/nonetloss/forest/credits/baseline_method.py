"""Declaration of `forest.baseline`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import RNG

_READERS = "nonetloss.forest.credits.reading"

METHOD = Method(
    id="forest.baseline",
    question=Text(
        es="¿Cuánto bosque y cuánto carbono se perderían en la concesión y su entorno sin el "
        "proyecto, año por año?",
        en="How much forest and carbon would be lost in the concession and around it without the "
        "project, year by year?",
    ),
    function="nonetloss.forest.credits.baseline:baseline",
    inputs=(
        Port(
            "risk",
            "RiskMap",
            Text(
                es="Hectáreas que se espera perder en cada píxel durante un periodo.",
                en="Hectares that each pixel is expected to lose in a period.",
            ),
            unit="ha",
        ),
        Port(
            "zones",
            "table",
            Text(
                es="Polígonos con una columna «zone»: project (el proyecto) y belt (el cinturón de "
                "fugas).",
                en='Polygons with a column "zone": project and belt (the leakage belt).',
            ),
        ),
        Port(
            "stock",
            "CarbonStock",
            Text(es="Carbono por hectárea y estrato.", en="Carbon per hectare and stratum."),
            unit="tCO2e/ha",
        ),
        Port(
            "strata",
            "EcosystemMap",
            Text(
                es="Dónde está cada estrato: un mapa de ecosistemas con los mismos nombres, o un "
                "ráster con «strata_codes». Sin él, los estratos cuentan por su área.",
                en="Where each stratum lies: a map of ecosystems of the same names, or a raster "
                'with "strata_codes". Without it, strata count by their area.',
            ),
            optional=True,
        ),
        Port(
            "cover",
            "ForestCover",
            Text(
                es="Bosque por fecha: limita lo que se puede perder.",
                en="Forest by date: limits what can be lost.",
            ),
            optional=True,
        ),
        Port(
            "ruleset",
            "RulesInForce",
            Text(
                es="Reglas del país: su nivel de referencia de emisiones, si lo tienen.",
                en="Rules of the country: its reference level of emissions, where they have one.",
            ),
            ambient=True,
            optional=True,
        ),
        RNG,
    ),
    outputs=(
        Port(
            "baseline",
            "Baseline",
            Text(
                es="Hectáreas y emisiones sin el proyecto, por zona, estrato y año.",
                en="Hectares and emissions without the project, by zone, stratum and year.",
            ),
            unit="tCO2e",
        ),
    ),
    parameters=(
        Parameter(
            "after",
            Text(
                es="Carbono que queda en pie después de talar: {low, likely, high, source} con "
                "unidad (30 tC/ha), para todos los estratos o por estrato.",
                en="Carbon that stands after clearing: {low, likely, high, source} with its unit "
                "(30 tC/ha), for all strata or by stratum.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_after",
        ),
        Parameter(
            "strata_codes",
            Text(
                es="Estrato de cada código, si los estratos vienen en un ráster.",
                en="Stratum of each code, where strata come as a raster.",
            ),
            kind="mapping",
            optional=True,
            reader="nonetloss.forest.credits.activity:read_strata_codes",
        ),
        Parameter(
            "other_pools",
            Text(
                es="Otras emisiones por hectárea talada (madera muerta, suelo; productos de madera "
                "con signo menos): {nombre: {low, likely, high, source}}.",
                en="Further emissions per cleared hectare (dead wood, soil; wood products with a "
                "minus): {name: {low, likely, high, source}}.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_other_pools",
            optional=True,
        ),
        Parameter(
            "below_ground_years",
            Text(
                es="Años en que salen las raíces; 1: todo en el año de la tala.",
                en="Years over which roots come out; 1: all in the year of clearing.",
            ),
            kind="integer",
            unit="year",
            default="1 year",
            low=1,
            high=100,
        ),
        Parameter(
            "horizon_years",
            Text(
                es="Años que se proyectan; sin dato, los del mapa de riesgo.",
                en="Years that are projected; where absent, those of the risk map.",
            ),
            kind="integer",
            unit="year",
            low=1,
            high=200,
            optional=True,
        ),
        Parameter(
            "beyond",
            Text(
                es="Después del periodo del mapa: las mismas hectáreas por año (constant) o la "
                "misma parte del bosque que queda (declining).",
                en="After the period of the map: the same hectares per year (constant) or the same "
                "share of the forest that is left (declining).",
            ),
            kind="choice",
            choices=("constant", "declining"),
            default="constant",
        ),
        Parameter(
            "activity_half_width",
            Text(
                es="Error de las hectáreas esperadas: semiancho del intervalo al 90 %, como parte "
                "de ellas.",
                en="Error of the expected hectares: half-width of the 90 % interval, as a share "
                "of them.",
            ),
            default=0.0,
            low=0.0,
            high=2.0,
        ),
        Parameter(
            "first_year",
            Text(
                es="Primer año; sin dato, el inicio del periodo del mapa.",
                en="First year; where absent, the start of the map's period.",
            ),
            kind="integer",
            low=1900,
            high=2200,
            optional=True,
        ),
    ),
    references=(
        "Verra VM0048 v1.0 (2023) and VMD0055 v1.1 (2024), read in summaries only",
        "Verra VT0007 v1.0 (2024), unplanned deforestation allocation",
        "IPCC 2006, Guidelines for National Greenhouse Gas Inventories, volume 4",
    ),
    validity=Text(
        es="La línea base vale lo que valen el mapa de riesgo y las hectáreas de la jurisdicción. "
        "VM0048 la fija por seis años: lo que se proyecta más allá es un supuesto. Sin "
        "degradación, sin crecimiento del bosque y sin gases distintos del CO₂ en la tala.",
        en="The baseline is worth what the risk map and the jurisdiction's hectares are worth. "
        "VM0048 fixes it for six years: what is projected beyond is an assumption. No degradation, "
        "no growth of the forest, and no gases other than CO₂ from clearing.",
    ),
    example=(
        "- {step: baseline, method: forest.baseline, inputs: {risk: risk, zones: zones, "
        "stock: stock}, parameters: {horizon_years: 40 year, activity_half_width: 0.15, "
        "after: {low: 15 tC/ha, likely: 25 tC/ha, high: 40 tC/ha, source: assumption}}}"
    ),
)
