"""Declaration of `avoid.induced`."""

from nonetloss.avoid import ports
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port

# Rule-set parameter that gives the intensity when the study does not.
INTENSITY_RULE = "induced.loss-per-km"

METHOD = Method(
    id="avoid.induced",
    question=Text(
        es="¿Cuánto bosque se espera perder por el acceso que abre cada alternativa?",
        en="How much forest is expected to be lost because of the access each alternative opens?",
    ),
    function="nonetloss.avoid.induced:induced_deforestation",
    inputs=(
        ports.ALTERNATIVES,
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Mapa de ecosistemas; los de bosque.", en="Map of ecosystems; forest ones."),
            ambient=True,
        ),
        Port(
            "layers",
            "Layer",
            Text(es="Capas nombradas en los parámetros.", en="Layers named in the parameters."),
            ambient=True,
            many=True,
            optional=True,
        ),
        Port(
            "ruleset",
            "RulesInForce",
            Text(es="Normas y valores de referencia.", en="Rules and reference values."),
            ambient=True,
            optional=True,
        ),
        ports.CRS,
    ),
    outputs=(
        Port(
            "induced",
            "Induced",
            Text(
                es="Hectáreas por alternativa y ecosistema: baja, probable, alta.",
                en="Hectares by alternative and ecosystem: low, likely, high.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "intensity",
            Text(
                es="Deforestación por km de vía en bosque continuo: {low, likely, high} en ha/km, "
                "dentro de «intensity_distance_m» y en «intensity_years» años. Si falta, la de "
                "las normas. Lo observado junto a una vía no es un pronóstico para otra.",
                en="Deforestation per km of road in continuous forest: {low, likely, high} in "
                'ha/km, within "intensity_distance_m" and over "intensity_years" years. If '
                "missing, the rule set's. What was seen along one road is no forecast for another.",
            ),
            kind="mapping",
            reader="nonetloss.avoid.induced:read_intensity",
            optional=True,
        ),
        Parameter(
            "intensity_distance_m",
            Text(
                es="Distancia a la vía dentro de la cual se midió la intensidad.",
                en="Distance from the road within which the intensity was measured.",
            ),
            unit="m",
            default="5 km",
            low=1.0,
            high=100_000.0,
        ),
        Parameter(
            "intensity_years",
            Text(es="Años en que se midió.", en="Years over which it was measured."),
            unit="year",
            default="15 year",
            low=1.0,
            high=100.0,
        ),
        Parameter(
            "horizon_years",
            Text(
                es="Años que cuenta el estudio; la pérdida crece en proporción.",
                en="Years that the study counts; the loss grows in proportion.",
            ),
            unit="year",
            default="15 year",
            low=1.0,
            high=100.0,
        ),
        Parameter(
            "decay_distance_m",
            Text(
                es="Distancia dentro de la cual cae la parte «decay_share» de la deforestación.",
                en='Distance within which the share "decay_share" of deforestation falls.',
            ),
            unit="m",
            default="5.5 km",
            low=1.0,
            high=100_000.0,
        ),
        ports.DECAY_SHARE,
        Parameter(
            "reach_m",
            Text(
                es="Distancia a la que se deja de contar.",
                en="Distance at which counting stops.",
            ),
            unit="m",
            default="12 km",
            low=1.0,
            high=100_000.0,
        ),
        Parameter(
            "ring_m",
            Text(es="Ancho de los anillos de cálculo.", en="Width of the rings of computation."),
            unit="m",
            default="500 m",
            low=1.0,
            high=100_000.0,
        ),
        Parameter(
            "layer_factors",
            Text(
                es="Factor de la intensidad dentro de ciertas capas, {capa: factor de 0 a 1}; por "
                "ejemplo áreas protegidas: 0.109/0.436 = 0.25 (Barber et al. 2014).",
                en="Factor on the intensity inside some layers, {layer: factor from 0 to 1}; for "
                "example protected areas: 0.109/0.436 = 0.25 (Barber et al. 2014).",
            ),
            kind="mapping",
            reader="nonetloss.avoid.mappings:access_factors",
            optional=True,
        ),
        Parameter(
            "existing_access",
            Text(
                es="Capas que ya dan acceso y hasta qué distancia, {caminos: 5.5 km}: el bosque "
                "que está dentro no se cuenta como nuevo.",
                en="Layers that already give access and how far, {roads: 5.5 km}: forest inside "
                "does not count as newly reached.",
            ),
            kind="mapping",
            reader="nonetloss.avoid.mappings:access_distances",
            optional=True,
        ),
    ),
    references=(
        "Barber et al. 2014, doi 10.1016/j.biocon.2014.07.004",
        "Vilela et al. 2020, doi 10.1073/pnas.1910853117",
    ),
    validity=Text(
        es="Promedio esperado en vías nuevas en bosque amazónico, sin dinámica ni gobernanza; el "
        "rango bajo-alto es del insumo. No es un pronóstico ni se mezcla con la huella directa.",
        en="Expected average for new roads in Amazon forest, without dynamics or governance; the "
        "low-high range is the input's. It is no forecast and is never mixed with the footprint.",
    ),
    example=(
        "- {step: induced, method: avoid.induced, parameters: {intensity: "
        "{low: 30 ha/km, likely: 70 ha/km, high: 108 ha/km}, horizon_years: 20 year}}"
    ),
)
