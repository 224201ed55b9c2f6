"""Declaration of `offset.counterfactual`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import DRAWS, RNG
from nonetloss.numerics.discounting import TIMINGS
from nonetloss.offset.counterfactual.crediting import CREDITS
from nonetloss.offset.counterfactual.gain import VARIES
from nonetloss.offset.counterfactual.vocabulary import GAINS, IMPACTS

_READERS = "nonetloss.offset.counterfactual.reading"

METHOD = Method(
    id="offset.counterfactual",
    question=Text(
        es="¿Cuánto añade cada predio a lo que ocurriría de todos modos, año por año?",
        en="How much does each parcel add to what would happen anyway, year by year?",
    ),
    function="nonetloss.offset.counterfactual.gain:counterfactual",
    inputs=(
        Port(
            "parcels",
            "Parcel",
            Text(
                es="Predios candidatos, con su valor con y sin la acción.",
                en="Candidate parcels, with their value with and without the action.",
            ),
            many=True,
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Ecosistemas del estudio.", en="Ecosystems of the study."),
        ),
        RNG,
        DRAWS,
    ),
    outputs=(
        Port(
            "gains",
            "Gains",
            Text(
                es="Trayectorias con y sin la acción, y ganancia acreditada por predio.",
                en="Trajectories with and without the action, and credited gain per parcel.",
            ),
            unit="quality_hectare",
        ),
    ),
    parameters=(
        Parameter(
            "horizon_years",
            Text(
                es="Años enteros en que se comparan pérdida y ganancia; el impacto es el año 0.",
                en="Whole years over which loss and gain are compared; the impact is year 0.",
            ),
            unit="year",
            default="30 year",
            low=1.0,
            high=500.0,
        ),
        Parameter(
            "discount_rate",
            Text(
                es="Tasa de descuento anual de la naturaleza; 0 no descuenta.",
                en="Discount rate of nature per year; 0 discounts nothing.",
            ),
            default=0.0,
            low=0.0,
            high=0.5,
        ),
        Parameter(
            "timing",
            Text(
                es="Momento del año en que se toma y descuenta cada valor.",
                en="Moment of the year at which each value is taken and discounted.",
            ),
            kind="choice",
            choices=TIMINGS,
            default="end",
        ),
        Parameter(
            "credit",
            Text(
                es="«mean» acredita la media descontada de la ganancia de cada año; «end», la "
                "ganancia del último año, que no cuenta la espera.",
                en='"mean" credits the discounted mean of the yearly gain; "end" the gain of the '
                "last year, which does not count the wait.",
            ),
            kind="choice",
            choices=CREDITS,
            default="mean",
        ),
        Parameter(
            "gain",
            Text(
                es="Qué cuenta como ganancia (vocabulario de OffsetSim).",
                en="What counts as gain (vocabulary of OffsetSim).",
            ),
            kind="choice",
            choices=GAINS,
            default="net_gains",
        ),
        Parameter(
            "impact",
            Text(
                es="La tierra perdida cuenta como es hoy, o como habría llegado a ser.",
                en="Lost land counts as it is today, or as it would have become.",
            ),
            kind="choice",
            choices=IMPACTS,
            default="current_condition",
        ),
        Parameter(
            "background_loss_rate",
            Text(
                es="Parte del valor que se pierde por año sin acción, por ecosistema: "
                "{low, likely, high, source}. Ocupa el lugar del valor sin acción de los predios.",
                en="Share of the value lost per year without action, by ecosystem: "
                "{low, likely, high, source}. Takes the place of the parcels' value without.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_rates",
            optional=True,
        ),
        Parameter(
            "leakage",
            Text(
                es="Parte de la pérdida evitada que ocurre en otro lugar: "
                "{low, likely, high, source}. Sin dato, ninguna.",
                en="Share of averted loss that happens elsewhere instead: "
                "{low, likely, high, source}. Where absent, none.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_leakage",
            optional=True,
        ),
        Parameter(
            "reversal",
            Text(
                es="Parte de la ganancia que se vuelve a perder cada año (fuego, tala): "
                "{low, likely, high, source}. Sin dato, ninguna.",
                en="Share of the gain that is lost again every year (fire, logging): "
                "{low, likely, high, source}. Where absent, none.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_reversal",
            optional=True,
        ),
        Parameter(
            "curves",
            Text(
                es="Curvas por el nombre que usan los predios en «trajectory»: {kind: linear | "
                "step | exponential | logistic, years, rate, lag, …}; «without» es la del valor "
                "sin acción. Sin dato, línea recta.",
                en='Curves by the name that parcels use in "trajectory": {kind: linear | step | '
                'exponential | logistic, years, rate, lag, …}; "without" is that of the value '
                "without action. Where absent, a straight line.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_curves",
            optional=True,
        ),
        Parameter(
            "planned",
            Text(
                es="Cambios previstos sin la acción, por predio: {year, probability, value_after} "
                "o {annual, value_after}.",
                en="Changes planned without the action, by parcel: {year, probability, "
                "value_after} or {annual, value_after}.",
            ),
            kind="mapping",
            reader=f"{_READERS}:read_planned",
            optional=True,
        ),
        Parameter(
            "vary",
            Text(
                es="Si los predios suben y bajan juntos entre simulaciones o cada uno por su lado.",
                en="Whether parcels go up and down together across draws, or each by itself.",
            ),
            kind="choice",
            choices=VARIES,
            default="together",
        ),
    ),
    references=(
        "Maron et al. 2018, doi 10.1038/s41893-017-0007-7",
        "Maron et al. 2015, doi 10.1016/j.biocon.2015.05.017",
        "Moilanen & Laitila 2016, doi 10.1111/1365-2664.12565",
        "Laitila et al. 2014, doi 10.1111/2041-210X.12287",
    ),
    validity=Text(
        es="Tasas, curvas y cambios previstos son del estudio: una pérdida de fondo exagerada "
        "exagera la ganancia. La fuga es una proporción, no un modelo de mercado, y los predios no "
        "se influyen entre sí.",
        en="Rates, curves and planned changes are the study's: an exaggerated background loss "
        "exaggerates the gain. Leakage is a share, no model of markets, and parcels do not "
        "influence each other.",
    ),
    example=(
        "- {step: gains, method: offset.counterfactual, parameters: {horizon_years: 30 year, "
        "discount_rate: 0.03, leakage: {low: 0, likely: 0.1, high: 0.3, source: assumption}, "
        "curves: {forest: {kind: exponential, years: 25 year, lag: 2 year}}}}"
    ),
)
