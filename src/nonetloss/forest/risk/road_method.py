"""Declaration of `forest.road-risk`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import DRAWS, PROGRESS, RNG, STORE, WORKERS

METHOD = Method(
    id="forest.road-risk",
    question=Text(
        es="¿Cuánta deforestación añade cada vía proyectada, y dónde, frente a no construirla?",
        en="How much deforestation does each planned road add, and where, against not building it?",
    ),
    function="nonetloss.forest.risk.road:road_risk",
    inputs=(
        Port(
            "alternatives",
            "Alternative",
            Text(es="Vías proyectadas.", en="Planned roads."),
            many=True,
        ),
        Port(
            "alternative_model",
            "AlternativeModel",
            Text(
                es="Modelo que usa la distancia a las vías existentes.",
                en="Model that uses the distance to existing roads.",
            ),
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(
                es="Ecosistemas o estratos por los que se reparte.",
                en="Ecosystems or strata among which it is shared out.",
            ),
            optional=True,
        ),
        Port(
            "stock",
            "CarbonStock",
            Text(
                es="Carbono por hectárea, para contarlo como servicio.",
                en="Carbon per hectare, to count it as a service.",
            ),
            optional=True,
        ),
        Port(
            "zones",
            "table",
            Text(
                es="Polígonos con una columna «zone» (project, belt): cuánto añade la vía dentro "
                "de cada uno.",
                en='Polygons with a column "zone" (project, belt): how much the road adds inside '
                "each.",
            ),
            optional=True,
        ),
        RNG,
        DRAWS,
        STORE,
        WORKERS,
        PROGRESS,
    ),
    outputs=(
        Port(
            "road_risk",
            "RoadRisk",
            Text(
                es="Mapa con vía menos sin vía, y hectáreas inducidas por ecosistema.",
                en="Map with minus without the road, and hectares induced by ecosystem.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "roads",
            Text(
                es="Capa de vías existentes entre los factores del modelo; si es la única con "
                "distancia, no hace falta.",
                en="Layer of existing roads among the drivers of the model; not needed if it is "
                "the only one with a distance.",
            ),
            kind="text",
            optional=True,
        ),
        Parameter(
            "expected_ha_per_year",
            Text(
                es="Pérdida anual sin la vía en toda el área; si falta, la de la predicción.",
                en="Yearly loss without the road in the whole area; the prediction's if missing.",
            ),
            unit="ha/year",
            optional=True,
            low=0.0,
            high=1e9,
        ),
    ),
    references=(
        "Vieilledent 2021, doi 10.21105/joss.02975",
        "Liang & Zeger 1986, doi 10.1093/biomet/73.1.13",
        "Barber et al. 2014, doi 10.1016/j.biocon.2014.07.004",
    ),
    validity=Text(
        es="Supone que el bosque cercano a la vía nueva se pierde como el que hoy está a igual "
        "distancia de las existentes, desde el primer año. Lo observado junto a vías que se "
        "trazaron donde ya había gente no prueba una causa. El rango refleja el error del "
        "efecto de la distancia y la duda entre ese efecto y el del lugar, no la de la pérdida "
        "esperada. El mapa sin vía no es el de forest.alternative: la pérdida total es la misma, "
        "pero aquí cada píxel lleva su propia probabilidad (sin la pérdida reciente de alrededor) "
        "y allá la media de su clase y división; dentro de una zona dan otra cifra. No los "
        "combine ni reste uno del otro. No lo sume con «avoid.induced»: es la misma pérdida.",
        en="Supposes that forest near the new road is lost as forest now is at the same distance "
        "from existing ones, from the first year on. What is seen along roads that were drawn "
        "where people already were proves no cause. The range holds the error of the effect of "
        "distance and the doubt between that effect and the one of the place, not that of the "
        "expected loss. The map without the road is not that of forest.alternative: the total is "
        "the same, but here each pixel has its own chance (without the recent loss around it) and "
        "there the mean of its class and division; inside a zone they give other figures. Do not "
        "combine them, nor subtract one from the other. Do not add it to avoid.induced: it is the "
        "same loss.",
    ),
    example="""
      - step: road-risk
        method: forest.road-risk
        parameters: {roads: highway}
    """,
)
