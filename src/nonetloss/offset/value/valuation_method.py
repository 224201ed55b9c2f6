"""Declaration of `offset.value`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port

METHOD = Method(
    id="offset.value",
    question=Text(
        es="¿Cuánto vale para la naturaleza una hectárea de cada ecosistema, según lo medido en "
        "campo y quienes ponderan los atributos?",
        en="What is a hectare of each ecosystem worth to nature, by what was measured and by those "
        "who weigh the attributes?",
    ),
    function="nonetloss.offset.value.valuation:ecological_value",
    inputs=(
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Ecosistemas cuyo valor se busca.", en="Ecosystems whose value is wanted."),
        ),
        Port(
            "plots",
            "table",
            Text(
                es="Parcelas de muestreo: ecosystem, una columna por indicador y, si las hay, "
                "plot, parcel, area_ha.",
                en="Plots: ecosystem, one column per indicator and, where there are any, plot, "
                "parcel, area_ha.",
            ),
            optional=True,
        ),
        Port(
            "rasters",
            "Raster",
            Text(
                es="En lugar de parcelas, un ráster por indicador, en el orden del formulario.",
                en="Instead of plots, a raster per indicator, in the order of the form.",
            ),
            optional=True,
            many=True,
        ),
    ),
    outputs=(
        Port(
            "ecological_value",
            "EcologicalValue",
            Text(
                es="Valor por ecosistema; «ecosystems» es el mapa con esos valores.",
                en='Value by ecosystem; "ecosystems" is the map with these values.',
            ),
        ),
    ),
    parameters=(
        Parameter(
            "indicators",
            Text(
                es="Formulario: por indicador, cómo su medida se vuelve puntaje (scores, bands, "
                "classes o benchmark) y, en formularios de puntos, su máximo (most).",
                en="The form: per indicator, how its measure becomes a score (scores, bands, "
                "classes or benchmark) and, in forms of points, its most.",
            ),
            kind="mapping",
            reader="nonetloss.offset.value.indicators:read_indicators",
        ),
        Parameter(
            "weights",
            Text(
                es="Peso de cada indicador; suman 1.",
                en="Weight of each indicator; they sum to 1.",
            ),
            kind="mapping",
            reader="nonetloss.offset.value.valuation:read_weights",
            optional=True,
        ),
        Parameter(
            "judgments",
            Text(
                es="En lugar de pesos, comparaciones por pares en la escala 1-9: {a: {b: 3}} dice "
                "que a importa tres veces lo que b.",
                en="Instead of weights, pairwise comparisons on the 1-9 scale: {a: {b: 3}} says "
                "that a matters three times as much as b.",
            ),
            kind="mapping",
            reader="nonetloss.offset.value.valuation:read_comparisons",
            optional=True,
        ),
        Parameter(
            "consistency_limit",
            Text(
                es="Razón de consistencia desde la cual los juicios se contradicen.",
                en="Consistency ratio from which judgments contradict each other.",
            ),
            default=0.1,
            low=0.01,
            high=1.0,
        ),
        Parameter(
            "inconsistent",
            Text(
                es="Qué hacer con juicios que se contradicen: rechazarlos o advertirlo.",
                en="What to do with judgments that contradict each other: refuse them or warn.",
            ),
            kind="choice",
            choices=("refuse", "warn"),
            default="refuse",
        ),
        Parameter(
            "spread",
            Text(
                es="Qué dicen los extremos: cuán segura es la media, o cuánto varían los lugares.",
                en="What low and high say: how sure the mean is, or how much places differ.",
            ),
            kind="choice",
            choices=("mean", "places"),
            default="mean",
        ),
        Parameter(
            "confidence",
            Text(es="Confianza de ese intervalo.", en="Confidence of that interval."),
            default=0.9,
            low=0.5,
            high=0.999,
        ),
        Parameter(
            "incomplete",
            Text(
                es="Parcelas a las que falta una medida: rechazarlas o dejarlas fuera.",
                en="Plots that lack a measure: refuse them or leave them out.",
            ),
            kind="choice",
            choices=("refuse", "leave-out"),
            default="refuse",
        ),
    ),
    references=(
        "Saaty 1977, doi 10.1016/0022-2496(77)90033-5",
        "Parkes et al. 2003, doi 10.1046/j.1442-8903.4.s.4.x",
        "RM 183-2016-MINAM",
    ),
    validity=Text(
        es="La RM 183-2016-MINAM pondera atributos por comparación en la escala 1-9; sus "
        "atributos, indicadores, rangos y escala no están confirmados: el formulario es de quien "
        "hace el estudio. Una suma ponderada deja que un atributo bueno tape otro malo.",
        en="RM 183-2016-MINAM weighs attributes by comparison on a 1-9 scale; its attributes, "
        "indicators, bands and scale are not confirmed: the form is that of whoever makes the "
        "study. In a weighted sum a good attribute can cover up a bad one.",
    ),
    example=(
        "- {step: value, method: offset.value, parameters: {indicators: {canopy: {scores: "
        "{0: 0, 70: 1}}, water: {benchmark: 40}}, judgments: {canopy: {water: 3}}}}"
    ),
)
