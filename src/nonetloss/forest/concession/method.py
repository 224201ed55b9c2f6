"""Declaration of `forest.concession`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import DRAWS, RNG
from nonetloss.forest.concession.selling import AFTER
from nonetloss.forest.concession.sharing import LOSSES
from nonetloss.numerics.discounting import TIMINGS

_INPUTS = (
    Port(
        "budget",
        "table",
        Text(
            es="Presupuesto: item, year, usd (o usd_low, usd_likely, usd_high) y, si se conocen, "
            "until, every, kind (cost o income), secured.",
            en="Budget: item, year, usd (or usd_low, usd_likely, usd_high) and, where known, "
            "until, every, kind (cost or income), secured.",
        ),
    ),
    Port(
        "decision_date", "date", Text(es="Día del estudio.", en="Day of the study."), ambient=True
    ),
    RNG,
    DRAWS,
    Port(
        "credits",
        "CreditPlan",
        Text(es="Créditos netos por añada.", en="Net credits by vintage."),
        unit="tCO2e",
        optional=True,
    ),
    Port(
        "permanence",
        "Permanence",
        Text(
            es="Riesgo de no permanencia de los créditos: se coteja si cuenta la misma renovación.",
            en="Non-permanence risk of the credits: it is checked whether it counts the same "
            "renewal.",
        ),
        optional=True,
    ),
    Port(
        "obligations",
        "table",
        Text(
            es="Obligaciones: id, due y, si se conocen, title_es, title_en, every_years, "
            "met_until, status.",
            en="Obligations: id, due and, where known, title_es, title_en, every_years, "
            "met_until, status.",
        ),
        optional=True,
    ),
    Port(
        "sharing",
        "table",
        Text(
            es="Reparto: party, share y, si se conocen, base (revenue o surplus), kind, títulos.",
            en="Sharing: party, share and, where known, base (revenue or surplus), kind, titles.",
        ),
        optional=True,
    ),
)

_CONTRACT = (
    Parameter(
        "start",
        Text(
            es='Día en que empezó el contrato, entre comillas: "2001-07-07".',
            en='Day on which the contract began, in quotes: "2001-07-07".',
        ),
        kind="text",
        reader="nonetloss.forest.concession.contract:read_start",
    ),
    Parameter(
        "contract_years",
        Text(es="Años del contrato.", en="Years of the contract."),
        kind="integer",
        default=40,
        low=1,
        high=200,
    ),
    Parameter(
        "renewal_years",
        Text(es="Años de la renovación que se espera.", en="Years of the renewal expected."),
        kind="integer",
        default=0,
        low=0,
        high=200,
    ),
    Parameter(
        "renewal_evidence",
        Text(
            es="Documento que prueba la renovación; sin él, no cuenta.",
            en="Document that proves the renewal; without it, it does not count.",
        ),
        kind="text",
        default="",
    ),
    Parameter(
        "renewal_supposed",
        Text(
            es="Contar la renovación sin documento, para ver qué pasaría si se probara; se dice.",
            en="Count the renewal without a document, to see what follows if it were shown; told.",
        ),
        kind="flag",
        default=False,
    ),
    Parameter(
        "project_start",
        Text(
            es="Día en que empieza el compromiso con el estándar; si falta, el del estudio.",
            en="Day on which the commitment to the standard begins; if missing, the study's.",
        ),
        kind="text",
        reader="nonetloss.forest.concession.contract:read_project_start",
        optional=True,
    ),
    Parameter(
        "minimum_longevity",
        Text(
            es="Años que el contrato debe durar desde entonces (herramienta de no permanencia 4.2; "
            "no confirmado en el texto oficial).",
            en="Years the contract must last from then on (non-permanence tool 4.2; not confirmed "
            "in the official text).",
        ),
        unit="year",
        default="40 year",
        low=0.0,
        high=200.0,
    ),
)

_SALES = (
    Parameter(
        "prices_usd_per_tco2e",
        Text(
            es="Precios del carbono que se comparan: [5 usd/tCO2e, 10 usd/tCO2e].",
            en="Carbon prices to compare: [5 usd/tCO2e, 10 usd/tCO2e].",
        ),
        kind="list",
        unit="usd/tCO2e",
        low=0.0,
        high=100_000.0,
    ),
    Parameter(
        "standard",
        Text(
            es="Estándar cuyos créditos se venden; si falta, el primero.",
            en="Standard whose credits are sold; if missing, the first.",
        ),
        kind="text",
        optional=True,
    ),
    Parameter(
        "delay_years",
        Text(es="Años de la añada a la venta.", en="Years from vintage to sale."),
        kind="integer",
        default=1,
        low=0,
        high=20,
    ),
    Parameter(
        "after_plan",
        Text(
            es="Qué se emite tras la última añada del plan: nothing (nada), last (como la última) "
            "o mean (su media). Es un supuesto y se dice.",
            en="What is issued after the plan's last vintage: nothing, last (as the last one) or "
            "mean (their mean). It is an assumption and is told.",
        ),
        kind="choice",
        choices=AFTER,
        default="nothing",
    ),
    Parameter(
        "price_growth",
        Text(es="Crecimiento real anual del precio.", en="Real yearly growth of the price."),
        default=0.0,
        low=-0.5,
        high=0.5,
    ),
    Parameter(
        "fee_usd_per_tco2e",
        Text(es="Costo de emitir y vender un crédito.", en="Cost to issue and sell a credit."),
        unit="usd/tCO2e",
        default="0 usd/tCO2e",
        low=0.0,
        high=1000.0,
    ),
)

_MONEY = (
    Parameter(
        "first_year",
        Text(
            es="Primer año calendario del flujo; si falta, el del estudio.",
            en="First calendar year of the flow; if missing, that of the study.",
        ),
        kind="integer",
        low=1900,
        high=3000,
        optional=True,
    ),
    Parameter(
        "horizon_years",
        Text(es="Años del flujo de caja.", en="Years of the cash flow."),
        kind="integer",
        default=40,
        low=1,
        high=200,
    ),
    Parameter(
        "discount_rate",
        Text(es="Tasa real anual de descuento.", en="Real yearly discount rate."),
        default=0.05,
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
    Parameter(
        "losses",
        Text(
            es="carried: el excedente que se reparte cubre antes pérdidas de años anteriores; "
            "yearly: cada año por sí.",
            en="carried: the surplus that is shared first makes up losses of earlier years; "
            "yearly: each year by itself.",
        ),
        kind="choice",
        choices=LOSSES,
        default="carried",
    ),
)

METHOD = Method(
    id="forest.concession",
    question=Text(
        es="¿Qué vence y qué se paga cada año, lo cubre el carbono a cada precio y quién recibe?",
        en="What falls due and is paid each year, does carbon pay for it, and who receives what?",
    ),
    function="nonetloss.forest.concession.cash_flow:plan_concession",
    inputs=_INPUTS,
    outputs=(
        Port(
            "concession",
            "Concession",
            Text(
                es="Flujo de caja, distribución, reparto, obligaciones y reloj del contrato.",
                en="Cash flow, distribution, sharing, obligations and clock of the contract.",
            ),
            unit="usd",
        ),
    ),
    parameters=(*_CONTRACT, *_SALES, *_MONEY),
    references=(
        "Brealey, Myers & Allen 2020, Principles of Corporate Finance, ISBN 978-1-260-01390-0",
        "Malcolm et al. 1959, doi 10.1287/opre.7.5.646 (PERT)",
        "Verra 2023, AFOLU Non-Permanence Risk Tool v4.2 (longevity; read at second hand)",
    ),
    validity=Text(
        es="Ningún precio se pronostica. Los costos son reales, sin impuestos ni inflación. Los "
        "años sin plan de créditos siguen un supuesto que el estudio elige. El reparto es el del "
        "estudio, no el de un acuerdo firmado, salvo que su fuente lo diga.",
        en="No price is forecast. Costs are real, without taxes or inflation. Years without a plan "
        "of credits follow an assumption that the study chooses. The sharing is the study's, not "
        "that of a signed agreement, unless its source says so.",
    ),
    example=(
        '- {step: concession, method: forest.concession, parameters: {start: "2001-07-07", '
        "prices_usd_per_tco2e: [5 usd/tCO2e, 10 usd/tCO2e], after_plan: mean}}"
    ),
)
