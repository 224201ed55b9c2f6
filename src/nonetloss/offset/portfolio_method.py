"""The declaration of `offset.portfolio`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import RNG
from nonetloss.offset.requirement import TOLERANCE

METHOD = Method(
    id="offset.portfolio",
    question=Text(
        es="¿Qué predios compensan la pérdida residual al menor costo, y alcanza?",
        en="Which parcels make up for the residual loss at least cost, and is it enough?",
    ),
    function="nonetloss.offset.portfolio:select",
    inputs=(
        Port(
            "parcels",
            "Parcel",
            Text(es="Predios candidatos.", en="Candidate parcels."),
            many=True,
        ),
        Port(
            "residual",
            "Loss",
            Text(
                es="Pérdida que queda tras evitar y minimizar (o el plan de minimización).",
                en="Loss left after avoiding and minimizing (or the minimization plan).",
            ),
            unit="quality_hectare",
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(
                es="Equivalencias: qué es igual, qué es mejor, qué no es compensable.",
                en="Equivalence: what is alike, what is better, what cannot be offset.",
            ),
        ),
        Port(
            "alternatives",
            "Alternative",
            Text(es="Trazos, para la distancia.", en="Routes, for the distance."),
            optional=True,
            many=True,
        ),
        Port(
            "gains",
            "Gains",
            Text(
                es="Ganancias en el tiempo contra un contrafactual; si faltan, superficie por "
                "diferencia de valor.",
                en="Gains over time against a counterfactual; where absent, area times the "
                "difference of value.",
            ),
            unit="quality_hectare",
            optional=True,
        ),
        Port(
            "service_loss",
            "ServiceLoss",
            Text(
                es="Servicios que la gente pierde y que hay que devolverle.",
                en="Services that people lose and that must be given back to them.",
            ),
            optional=True,
        ),
        RNG,
    ),
    outputs=(
        Port(
            "portfolio",
            "Portfolio",
            Text(
                es="Predios elegidos, o por qué no se puede.",
                en="Chosen parcels, or why it cannot be done.",
            ),
            unit="quality_hectare",
        ),
    ),
    parameters=(
        Parameter(
            "alternative",
            Text(
                es="Alternativa cuya pérdida se compensa.",
                en="Alternative whose loss is offset.",
            ),
            kind="text",
            optional=True,
        ),
        Parameter(
            "budget_usd",
            Text(
                es="Dinero para predios; sin límite si falta.",
                en="Money for parcels; no limit where absent.",
            ),
            unit="usd",
            low=0.0,
            optional=True,
        ),
        Parameter(
            "max_distance_m",
            Text(
                es="Distancia máxima del predio al impacto.",
                en="Largest distance from the impact to a parcel.",
            ),
            unit="m",
            low=0.0,
            optional=True,
        ),
        Parameter(
            "half_distance_m",
            Text(
                es="Distancia a la que la ganancia cuenta la mitad.",
                en="Distance at which a gain counts half.",
            ),
            unit="m",
            low=1.0,
            optional=True,
        ),
        Parameter(
            "confidence",
            Text(
                es="Parte de la ganancia probable que se acredita, por precaución.",
                en="Share of the likely gain that is credited, as a precaution.",
            ),
            default=1.0,
            low=0.01,
            high=1.0,
        ),
        Parameter(
            "time_factor",
            Text(
                es="Factor por los años hasta que la ganancia llega.",
                en="Factor for the years until the gain is there.",
            ),
            default=1.0,
            low=0.01,
            high=1.0,
        ),
        Parameter(
            "success",
            Text(
                es="Parte de la ganancia modelada que se logra (low, likely, high, source).",
                en="Share of the modelled gain that is reached (low, likely, high, source).",
            ),
            kind="mapping",
            reader="nonetloss.offset.portfolio_input:read_success",
            optional=True,
        ),
        Parameter(
            "margin",
            Text(
                es="Cuánto más que la pérdida probable se compensa; sube la probabilidad de "
                "pérdida neta cero.",
                en="How much more than the likely loss is offset; raises the probability of no "
                "net loss.",
            ),
            default=0.0,
            low=0.0,
            high=10.0,
        ),
        Parameter(
            "objective",
            Text(
                es="Qué se busca: menor costo; o, con el presupuesto dado, mayor ganancia, menor "
                "suma de faltantes o menor faltante máximo (como partes de cada necesidad).",
                en="What is sought: least cost; or, within the budget, most gain, smallest sum of "
                "shortfalls or smallest largest shortfall (as shares of each need).",
            ),
            kind="choice",
            default="least-cost",
            choices=("least-cost", "max-utility", "min-shortfall", "min-largest-shortfall"),
        ),
        Parameter(
            "periods",
            Text(
                es="Años en que pueden empezar las acciones y dinero para cada uno "
                "({0: 2 Musd, 5: 3 Musd}).",
                en="Years in which actions may begin and money for each ({0: 2 Musd, 5: 3 Musd}).",
            ),
            kind="mapping",
            reader="nonetloss.offset.portfolio_input:read_periods",
            optional=True,
        ),
        Parameter(
            "delay_rate",
            Text(
                es="Lo que una ganancia (también de servicios) pierde por cada año que su acción "
                "empieza más tarde; un daño cuenta entero.",
                en="What a gain (also of services) loses for each year that its action begins "
                "later; a harm counts whole.",
            ),
            default=0.0,
            low=0.0,
            high=1.0,
        ),
        Parameter(
            "trading",
            Text(
                es="Reglas de equivalencia y multiplicadores (véase offset.equivalence).",
                en="Rules of equivalence and multipliers (see offset.equivalence).",
            ),
            kind="mapping",
            reader="nonetloss.offset.equivalence:read_rules",
            optional=True,
        ),
        Parameter(
            "probability",
            Text(
                es="Probabilidad pedida de no dejar pérdida neta en nada de lo compensable, a la "
                "vez; si falta, solo se informa.",
                en="Probability of no net loss in everything that can be offset, at once; where "
                "absent it is only reported.",
            ),
            low=0.01,
            high=0.999,
            optional=True,
        ),
        Parameter(
            "scenarios",
            Text(
                es="Estados del mundo que ve la búsqueda con «probability»; se comprueba en otros.",
                en='States of the world that the search sees with "probability"; it is checked '
                "on others.",
            ),
            kind="integer",
            default=100,
            low=1,
            high=10_000,
        ),
        Parameter(
            "service_needs",
            Text(
                es="A quién se le devuelven los servicios perdidos: a todos, a las comunidades, o "
                "solo se informa.",
                en="Whose lost services are given back: everybody's, those of communities, or "
                "only reported.",
            ),
            kind="choice",
            default="all",
            choices=("all", "communities", "none"),
        ),
        Parameter(
            "equity",
            Text(
                es="Cuánto puede subir el costo para que el grupo que peor queda, por persona, "
                "quede mejor.",
                en="How much the cost may rise so that the group that ends worst, per person, "
                "ends better.",
            ),
            low=0.0,
            high=10.0,
            optional=True,
        ),
        Parameter(
            "locked_in",
            Text(es="Predios que se toman en todo caso.", en="Parcels taken in any case."),
            kind="list",
            default=(),
        ),
        Parameter(
            "locked_out",
            Text(es="Predios que se dejan fuera en todo caso.", en="Parcels left out in any case."),
            kind="list",
            default=(),
        ),
        Parameter(
            "neighbor_distance_m",
            Text(
                es="Distancia hasta la que dos predios son vecinos.",
                en="Distance up to which two parcels are neighbors.",
            ),
            unit="m",
            default="0 m",
            low=0.0,
        ),
        Parameter(
            "neighbor_bonus_usd",
            Text(
                es="Lo que se está dispuesto a pagar por cada par de predios vecinos.",
                en="What each pair of neighboring parcels is worth paying for.",
            ),
            unit="usd",
            default="0 usd",
            low=0.0,
        ),
        Parameter(
            "pieces",
            Text(
                es="En cuántos bloques conexos pueden quedar los predios, a lo más.",
                en="Into how many connected pieces the parcels may fall, at most.",
            ),
            kind="integer",
            low=1,
            optional=True,
        ),
        Parameter(
            "alternative_count",
            Text(
                es="Cuántas otras selecciones casi tan baratas se muestran.",
                en="How many other selections that cost nearly the same are shown.",
            ),
            kind="integer",
            default=3,
            low=0,
            high=100,
        ),
        Parameter(
            "alternative_slack",
            Text(
                es="Cuánto más caras pueden ser, como parte del costo.",
                en="How much dearer they may be, as a share of the cost.",
            ),
            default=0.05,
            low=0.0,
            high=10.0,
        ),
        Parameter(
            "vary",
            Text(
                es="Si los predios varían juntos (prudente) o por separado.",
                en="Whether parcels vary together (prudent) or independently.",
            ),
            kind="choice",
            default="together",
            choices=("together", "independently"),
        ),
        Parameter(
            "tolerance_qha",
            Text(
                es="Residuo hasta el cual no se habla de pérdida.",
                en="Residual up to which there is no loss to speak of.",
            ),
            unit="quality_hectare",
            default=TOLERANCE,
            low=TOLERANCE,
            high=100.0,
        ),
        Parameter(
            "time_limit_s",
            Text(
                es="Tiempo por búsqueda; con límite, la respuesta puede depender de la máquina.",
                en="Time per search; with a limit the answer may depend on the machine.",
            ),
            unit="s",
            low=0.1,
            optional=True,
        ),
        Parameter(
            "gap",
            Text(
                es="Brecha relativa demostrada con que se detiene la búsqueda.",
                en="Proven relative gap at which the search stops.",
            ),
            default=0.001,
            low=0.0,
            high=0.5,
        ),
    ),
    references=(
        "Mandle et al. 2016, Environmental Modelling & Software 84:121-133",
        "Luedtke & Ahmed 2008, doi 10.1137/070702928",
        "Cabeza & Moilanen 2006, doi 10.1016/j.biocon.2006.04.025",
        "BBOP 2012, ISBN 978-1-932928-44-0",
        "Kiesecker et al. 2010, doi 10.1890/090005",
        "Huangfu & Hall 2018 (HiGHS), doi 10.1007/s12532-017-0130-5",
    ),
    validity=Text(
        es="La ganancia se mide contra el contrafactual declarado de cada predio; si este es "
        "optimista, también lo es el resultado. Fugas y reversión entran solo con las ganancias de "
        "offset.counterfactual.",
        en="Gain is measured against the stated counterfactual of each parcel; where that is "
        "optimistic, so is the result. Leakage and reversal enter only with the gains of "
        "offset.counterfactual.",
    ),
    example=(
        "- {step: portfolio, method: offset.portfolio, inputs: {residual: measures}, "
        "parameters: {budget_usd: 5 Musd, max_distance_m: 100 km, probability: 0.9}}"
    ),
)
