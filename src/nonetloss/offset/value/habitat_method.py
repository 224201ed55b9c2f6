"""Declaration of `offset.habitat-quality`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import DRAWS, RNG

_READ = "nonetloss.offset.value.habitat_condition:"

METHOD = Method(
    id="offset.habitat-quality",
    question=Text(
        es="¿Qué tan bueno sigue siendo el hábitat, dadas las amenazas cercanas, y cuánta calidad "
        "le quitaría cada alternativa?",
        en="How good is the habitat still, given the threats around it, and how much of its "
        "quality would each alternative take?",
    ),
    function=f"{_READ}habitat_condition",
    inputs=(
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Mapa de ecosistemas.", en="Map of ecosystems."),
        ),
        Port(
            "layers",
            "Layer",
            Text(
                es="Capas del entorno; se usan las que son amenaza o dan acceso.",
                en="Layers around; those that are threats or give access are used.",
            ),
            ambient=True,
            many=True,
        ),
        Port(
            "footprints",
            "Footprints",
            Text(
                es="Huella de cada alternativa; sin ella, solo el estado actual.",
                en="Footprint of each alternative; without it, only the state today.",
            ),
            optional=True,
        ),
        RNG,
        DRAWS,
    ),
    outputs=(
        Port(
            "habitat_condition",
            "HabitatCondition",
            Text(
                es="Mapas de calidad y degradación; «loss», lo que quita cada alternativa.",
                en='Maps of quality and degradation; "loss", what each alternative takes.',
            ),
        ),
    ),
    parameters=(
        Parameter(
            "threats",
            Text(
                es="Amenazas: {capa: {weight, reach, decay}}; «project» es el proyecto mismo.",
                en='Threats: {layer: {weight, reach, decay}}; "project" is the project itself.',
            ),
            kind="mapping",
            reader=f"{_READ}read_threats",
        ),
        Parameter(
            "sensitivity",
            Text(
                es="Cuánto afecta cada amenaza a cada ecosistema, de 0 a 1: {ecosistema: {capa: "
                "0.7}}, o un número para todas.",
                en="How much each threat affects each ecosystem, from 0 to 1: {ecosystem: {layer: "
                "0.7}}, or one number for all.",
            ),
            kind="mapping",
            reader=f"{_READ}read_sensitivity",
        ),
        Parameter(
            "habitat",
            Text(
                es="Aptitud por ecosistema, de 0 a 1; sin ella, su valor ecológico.",
                en="Suitability by ecosystem, from 0 to 1; without it, its ecological value.",
            ),
            kind="mapping",
            reader=f"{_READ}read_habitat",
            optional=True,
        ),
        Parameter(
            "access",
            Text(
                es="Cuán abiertas a las amenazas están ciertas capas, de 0 (protegidas del todo) "
                "a 1: {capa: 0.2}.",
                en="How open some layers are to threats, from 0 (fully protected) to 1: "
                "{layer: 0.2}.",
            ),
            kind="mapping",
            reader=f"{_READ}read_access",
            optional=True,
        ),
        Parameter(
            "half_saturation",
            Text(
                es="Degradación con la que la calidad baja a la mitad; se aconseja la mitad de la "
                "mayor del mapa.",
                en="Degradation at which quality falls to half; half of the largest on the map is "
                "advised.",
            ),
            default=0.05,
            low=1e-6,
            high=1.0,
        ),
        Parameter(
            "scale_z",
            Text(es="Exponente de la curva.", en="Exponent of the curve."),
            default=2.5,
            low=0.1,
            high=10.0,
        ),
    ),
    references=(
        "Sharp et al. 2020, InVEST user guide; natcap/invest, ADR-0003",
        "Terrado et al. 2016, doi 10.1016/j.scitotenv.2015.03.064",
    ),
    validity=Text(
        es="Índice relativo: aptitudes, pesos y sensibilidades son juicios de expertos. Mide la "
        "distancia a la amenaza más cercana, no cuántas hay. Reemplaza a las pérdidas por zona "
        "alrededor de la huella; juntas contarían lo mismo dos veces.",
        en="A relative index: suitabilities, weights and sensitivities are judgments of experts. "
        "It measures distance to the nearest threat, not how many there are. It stands in place of "
        "losses by zone around the footprint; both together would count the same twice.",
    ),
    example=(
        "- {step: habitat, method: offset.habitat-quality, parameters: {threats: {roads: {weight: "
        "1, reach: 5 km, decay: exponential}, project: {weight: 1, reach: 5 km}}, sensitivity: "
        "{terra-firme: 0.8}, half_saturation: 0.2}}"
    ),
)
