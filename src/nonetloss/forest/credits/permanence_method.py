"""Declaration of `forest.permanence`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import STANDARDS

METHOD = Method(
    id="forest.permanence",
    question=Text(
        es="¿Qué riesgo hay de que el carbono se pierda después, y cuánto va a la reserva?",
        en="How likely is the carbon to be lost later, and how much goes to the buffer?",
    ),
    function="nonetloss.forest.credits.permanence:permanence",
    inputs=(
        STANDARDS,
        Port(
            "patrols",
            "Patrols",
            Text(
                es="Patrullajes: muestran cuánto de las existencias se vigila.",
                en="Patrols: they show how much of the stock is watched.",
            ),
            optional=True,
        ),
    ),
    outputs=(
        Port(
            "permanence",
            "Permanence",
            Text(
                es="Puntajes explicados, riesgo total, aporte a la reserva y reloj del contrato.",
                en="Explained scores, overall risk, contribution to the buffer and clock of the "
                "contract.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "answers",
            Text(
                es="Respuestas por parte (management, finance, opportunity, longevity, tenure, "
                "stakeholders, political, natural) e ítem: un valor, o {answer, evidence, score}; "
                "los riesgos naturales, {loss, return, transient, prevention, containment} o none. "
                "Lo que falta queda sin saberse.",
                en="Answers by part (management, finance, opportunity, longevity, tenure, "
                "stakeholders, political, natural) and item: a value, or {answer, evidence, "
                "score}; natural risks, {loss, return, transient, prevention, containment} or "
                "none. What is missing stays unknown.",
            ),
            kind="mapping",
            reader="nonetloss.forest.credits.permanence_answers:read_answers",
        ),
        Parameter(
            "contract_start_year",
            Text(es="Año de inicio del contrato.", en="First year of the contract."),
            kind="integer",
            low=1900,
            high=2200,
            optional=True,
        ),
        Parameter(
            "contract_years",
            Text(es="Años del contrato.", en="Years of the contract."),
            kind="integer",
            unit="year",
            low=1,
            high=999,
            optional=True,
        ),
        Parameter(
            "project_start_year",
            Text(
                es="Año de inicio del proyecto; sin dato, el del contrato.",
                en="First year of the project; where absent, that of the contract.",
            ),
            kind="integer",
            low=1900,
            high=2200,
            optional=True,
        ),
        Parameter(
            "renewal_years",
            Text(es="Años que añadiría una renovación.", en="Years that a renewal would add."),
            kind="integer",
            unit="year",
            default="0 year",
            low=0,
            high=999,
        ),
        Parameter(
            "renewal_shown",
            Text(
                es="Si hay prueba de la renovación; solo entonces cuenta.",
                en="Whether there is evidence of the renewal; only then does it count.",
            ),
            kind="flag",
            default=False,
        ),
    ),
    references=(
        "Verra 2023, AFOLU Non-Permanence Risk Tool v4.2, read in third-party copies only",
        "Verra 2023, notice of the Non-Permanence Risk Tool v4.2",
    ),
    validity=Text(
        es="Los puntajes no se cotejaron con el texto oficial y el aumento por cambio climático no "
        "se aplica, porque su fórmula no se halló. Puntuar no es aprobar: lo decide un verificador "
        "acreditado.",
        en="Scores were not checked against the official text, and the increase for climate change "
        "is not applied because its formula was not found. Scoring is not approval: an accredited "
        "verifier decides.",
    ),
    example=(
        "- {step: permanence, method: forest.permanence, parameters: {contract_start_year: 2001, "
        "contract_years: 40 year, project_start_year: 2026, answers: {management: {adaptive-plan: "
        "yes, enforcement: {answer: yes, evidence: patrols}}, finance: {payback: 3 year}, natural: "
        "{fire: {loss: 0.03, return: 12 year, prevention: yes}, pest: {transient: yes, return: "
        "30 year}, weather: {loss: 0.1, return: 60 year}, geological: none, sea-level: none}}}}"
    ),
)
