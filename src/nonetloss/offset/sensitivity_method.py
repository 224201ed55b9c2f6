"""The declaration of `offset.sensitivity`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.offset.portfolio_method import METHOD as _PORTFOLIO

# What is asked for in the same words as by the portfolio itself.
_PORTS = {port.name: port for port in _PORTFOLIO.inputs}
_SETTINGS = {parameter.name: parameter for parameter in _PORTFOLIO.parameters}
_SAME = (
    *("alternative", "budget_usd", "max_distance_m", "half_distance_m", "confidence"),
    *("time_factor", "success", "margin", "trading", "probability", "scenarios"),
    *("service_needs", "tolerance_qha", "time_limit_s", "gap"),
)

METHOD = Method(
    id="offset.sensitivity",
    question=Text(
        es="¿Qué cubrirían los sitios elegidos, y cuáles se elegirían, si un supuesto fuera otro?",
        en="What would the chosen sites cover, and which would be chosen, were one assumption "
        "another?",
    ),
    function="nonetloss.offset.sensitivity:sensitivity",
    inputs=(
        *(_PORTS[n] for n in ("parcels", "residual", "ecosystems", "alternatives", "gains")),
        _PORTS["service_loss"],
        Port(
            "portfolio",
            "Portfolio",
            Text(es="Sitios elegidos.", en="Chosen sites."),
            unit="quality_hectare",
        ),
        Port(
            "value",
            "EcologicalValue",
            Text(
                es="Valor ecológico y lo que le hace cada peso; si falta, los pesos no se cambian.",
                en="Ecological value and what each weight does to it; where absent, weights are "
                "not changed.",
            ),
            optional=True,
        ),
        _PORTS["rng"],
    ),
    outputs=(
        Port(
            "sensitivity",
            "Sensitivity",
            Text(
                es="Lo que cubren los mismos sitios y lo que costaría elegir de nuevo, por cambio.",
                en="What the same sites cover and what choosing anew would cost, by change.",
            ),
        ),
    ),
    parameters=(
        *(_SETTINGS[name] for name in _SAME),
        Parameter(
            "success_rates",
            Text(
                es="Otras partes probables de la ganancia modelada que se logran ([0.5, 0.95]).",
                en="Other likely shares of the modelled gain that is reached ([0.5, 0.95]).",
            ),
            kind="list",
            default=(),
        ),
        Parameter(
            "margins",
            Text(
                es="Otros márgenes sobre la pérdida probable ([0.25, 0.5]).",
                en="Other margins over the likely loss ([0.25, 0.5]).",
            ),
            kind="list",
            default=(),
        ),
    ),
    references=(
        "Moilanen et al. 2009, doi 10.1111/j.1526-100X.2008.00382.x",
        "Saltelli et al. 2008, ISBN 978-0-470-05997-5",
    ),
    validity=Text(
        es="Cambia un supuesto a la vez: no dice qué pasa si varios fallan juntos. Los pesos "
        "mueven la pérdida, no los valores que declaran los predios. No repite plazos ni equidad "
        "del portafolio.",
        en="Changes one assumption at a time: it does not tell what happens when several fail "
        "together. Weights move the loss, not the values that parcels state. Periods and equity "
        "of the portfolio are not repeated.",
    ),
    example=(
        "- {step: sensitivity, method: offset.sensitivity, inputs: {residual: measures}, "
        "parameters: {success_rates: [0.5, 0.95], margins: [0.25, 0.5]}}"
    ),
)
