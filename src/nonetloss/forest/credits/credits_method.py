"""Declaration of `forest.credits`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import RNG, STANDARDS
from nonetloss.forest.credits.programs import PROGRAMS
from nonetloss.forest.credits.trees import MITIGATIONS

_READERS = "nonetloss.forest.credits.reading"

METHOD = Method(
    id="forest.credits",
    question=Text(
        es="¿Cuántos créditos quedan cada año después de fugas, incertidumbre y reserva, según "
        "cada estándar?",
        en="How many credits remain each year after leakage, uncertainty and buffer, under each "
        "standard?",
    ),
    function="nonetloss.forest.credits.credits:credits",
    inputs=(
        Port(
            "baseline",
            "Baseline",
            Text(es="Emisiones sin el proyecto.", en="Emissions without the project."),
            unit="tCO2e",
        ),
        Port(
            "observed",
            "table",
            Text(
                es="Pérdidas observadas: zone, year, hectares; si hay, stratum, hectares_low y "
                "hectares_high.",
                en="Observed losses: zone, year, hectares; where known, stratum, hectares_low and "
                "hectares_high.",
            ),
            optional=True,
        ),
        Port(
            "permanence",
            "Permanence",
            Text(
                es="Riesgo de no permanencia, que fija la reserva.",
                en="Non-permanence risk, which fixes the buffer.",
            ),
            optional=True,
        ),
        STANDARDS,
        RNG,
    ),
    outputs=(
        Port(
            "credits",
            "CreditPlan",
            Text(
                es="Del bruto al neto, por estándar y año.",
                en="Gross to net, by standard and year.",
            ),
            unit="tCO2e",
        ),
    ),
    parameters=(
        Parameter(
            "under",
            Text(es="Formas de contabilizar que se comparan.", en="Ways of accounting to compare."),
            kind="list",
            choices=tuple(PROGRAMS),
            default=tuple(PROGRAMS),
        ),
        Parameter(
            "effectiveness",
            Text(
                es="Parte de la pérdida de la línea base que el proyecto evita en los años sin "
                "observación: {low, likely, high, source}.",
                en="Share of the baseline loss that the project averts in years without "
                "observation: {low, likely, high, source}.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_effectiveness",
            optional=True,
        ),
        Parameter(
            "leakage",
            Text(
                es="Parte de lo evitado que se emite en otro lugar: belt (cinturón), outside "
                "(agentes sin restricción geográfica), market (madera), cada una {low, likely, "
                "high, source}.",
                en="Share of what is averted that is emitted elsewhere: belt, outside "
                "(unconstrained agents), market (wood), each {low, likely, high, source}.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_leakage",
            optional=True,
        ),
        Parameter(
            "other_emissions",
            Text(
                es="Emisiones con el proyecto que no son cambio de existencias (fuego, "
                "combustible): {low, likely, high, source} en tCO2e/year.",
                en="Emissions with the project that are no change of stock (fire, fuel): {low, "
                "likely, high, source} in tCO2e/year.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_other_emissions",
            optional=True,
        ),
        Parameter(
            "buffer_share",
            Text(
                es="Parte para la reserva, en lugar de la que resulta del riesgo.",
                en="Share for the buffer, in place of the one that follows from risk.",
            ),
            low=0.0,
            high=1.0,
            optional=True,
        ),
        Parameter(
            "uncertainty",
            Text(
                es="Otra deducción por incertidumbre para un estándar: {vm0048: trees}. Hay none, "
                "trees, quantile, excess, acr, vm0007 y gold-standard.",
                en="Another deduction for uncertainty for a standard: {vm0048: trees}. There are "
                "none, trees, quantile, excess, acr, vm0007 and gold-standard.",
            ),
            kind="mapping",
            reader="nonetloss.forest.credits.programs:read_strategies",
            optional=True,
        ),
        Parameter(
            "uncertainty_over",
            Text(
                es="Si cada año se descuenta por su propio error o todos por el de su suma.",
                en="Whether each year is deducted by its own spread, or all by that of their sum.",
            ),
            kind="choice",
            choices=("vintage", "period"),
            default="vintage",
        ),
        Parameter(
            "national_share",
            Text(
                es="Parte del bosque nacional que se contabiliza (TREES); sin dato, la fuga mayor.",
                en="Share of the national forest accounted for (TREES); where absent, the highest "
                "leakage.",
            ),
            low=0.0,
            high=1.0,
            optional=True,
        ),
        Parameter(
            "reversal_mitigations",
            Text(
                es="Mitigaciones que bajan la reserva de TREES.",
                en="Mitigations that lower the buffer of TREES.",
            ),
            kind="list",
            choices=MITIGATIONS,
            default=(),
        ),
    ),
    references=(
        "Verra VM0048 v1.0 (2023), VMD0055 v1.1 (2024), VM0007 and VM0015, read in summaries only",
        "ART TREES 2.0 (2021), read in quotations only",
        "IPCC 2006, Guidelines for National Greenhouse Gas Inventories, volume 1, chapter 3",
    ),
    validity=Text(
        es="Ninguna fórmula se cotejó con el texto oficial: los valores sin verificar se marcan. "
        "TREES acredita jurisdicciones y aquí solo compara. Los bajos y altos son de las "
        "simulaciones, no de la línea base que fija el estándar. Solo un verificador acreditado "
        "puede confirmar créditos.",
        en="No formula was checked against the official text: unverified values are marked. TREES "
        "credits jurisdictions and only compares here. Lows and highs are those of the draws, not "
        "of the baseline that the standard fixes. Only an accredited verifier can confirm credits.",
    ),
    example=(
        "- {step: credits, method: forest.credits, inputs: {baseline: baseline}, parameters: "
        "{effectiveness: {low: 0.5, likely: 0.8, high: 0.95, source: assumption}, leakage: {belt: "
        "{low: 0, likely: 0.1, high: 0.2, source: assumption}}, buffer_share: 0.15}}"
    ),
)
