"""Declaration of `forest.alternative`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import PROGRESS, STORE, WORKERS

METHOD = Method(
    id="forest.alternative",
    question=Text(
        es="¿Predice un modelo con caminos, entorno y lugar la deforestación mejor que la sola "
        "distancia al borde?",
        en="Does a model of roads, surroundings and place predict deforestation better than the "
        "distance to the edge alone?",
    ),
    function="nonetloss.forest.risk.alternative:alternative",
    inputs=(
        Port("cover", "ForestCover", Text(es="Bosque en tres fechas.", en="Forest, three dates.")),
        Port(
            "benchmark",
            "Benchmark",
            Text(
                es="El modelo de referencia: umbral, divisiones y pérdida esperada.",
                en="The benchmark: threshold, divisions and expected loss.",
            ),
        ),
        Port(
            "layers",
            "Layer",
            Text(es="Capas nombradas en «near».", en='Layers named in "near".'),
            ambient=True,
            many=True,
            optional=True,
        ),
        Port(
            "covariates",
            "Raster",
            Text(
                es="Rásteres en la cuadrícula del bosque: altitud, pendiente, protección…",
                en="Rasters on the grid of the forest: elevation, slope, protection …",
            ),
            many=True,
            optional=True,
        ),
        STORE,
        WORKERS,
        PROGRESS,
    ),
    outputs=(
        Port(
            "alternative_model",
            "AlternativeModel",
            Text(
                es="Efectos, validación cruzada y mapas de ajuste, confirmación y predicción.",
                en="Effects, cross-validation, and maps of fit, confirmation and prediction.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "near",
            Text(
                es="Capas cuya distancia cuenta (caminos, ríos, centros poblados).",
                en="Layers whose distance counts (roads, rivers, towns).",
            ),
            kind="list",
            optional=True,
        ),
        Parameter(
            "reach_m",
            Text(
                es="Distancia desde la que una capa o el límite ya no distinguen.",
                en="Distance from which a layer or the border tells nothing more apart.",
            ),
            unit="m",
            default="10 km",
            low=300.0,
            high=100_000.0,
        ),
        Parameter(
            "covariate_names",
            Text(es="Un nombre por ráster, en su orden.", en="A name per raster, in their order."),
            kind="list",
            optional=True,
        ),
        Parameter(
            "forest_around_m",
            Text(
                es="Distancias dentro de las cuales se mide cuánto bosque hay alrededor.",
                en="Distances within which the share of forest around is measured.",
            ),
            kind="list",
            unit="m",
            default=(150.0, 750.0),
            low=1.0,
            high=50_000.0,
        ),
        Parameter(
            "loss_around_cells",
            Text(
                es="Distancias, en celdas, dentro de las cuales cuenta la pérdida reciente "
                "alrededor.",
                en="Distances, in cells, within which recent loss around counts.",
            ),
            kind="list",
            default=(2, 10),
            low=1,
            high=1000,
        ),
        Parameter(
            "border",
            Text(
                es="Si cuenta la distancia al límite de la jurisdicción (en una isla, la costa).",
                en="Whether the distance to the border of the jurisdiction counts (on an island, "
                "the coast).",
            ),
            kind="flag",
            default=True,
        ),
        Parameter(
            "neighborhood_m",
            Text(
                es="Lado de los vecindarios, cada uno con su efecto propio.",
                en="Side of the neighborhoods, each with an effect of its own.",
            ),
            unit="m",
            default="5 km",
            low=30.0,
            high=100_000.0,
        ),
        Parameter(
            "stiffness",
            Text(
                es="Rigideces entre vecindarios que se prueban; la validación cruzada elige.",
                en="Stiffnesses between neighborhoods to try; cross-validation chooses.",
            ),
            kind="list",
            default=(2.0, 8.0, 32.0, 128.0, 512.0),
            low=0.001,
            high=1e6,
        ),
        Parameter(
            "bins_stiffness",
            Text(
                es="Rigidez entre intervalos vecinos de un factor.",
                en="Stiffness between neighboring bins of a driver.",
            ),
            default=2.0,
            low=0.001,
            high=1e6,
        ),
    ),
    references=(
        "Besag 1975, doi 10.2307/2987782 (neighbors in a logistic model)",
        "Besag, York & Mollié 1991, doi 10.1007/BF00116466",
        "Vieilledent 2021, doi 10.21105/joss.02975",
        "Verra VT0007 v1.0 (2024), alternative models",
    ),
    validity=Text(
        es="La pérdida reciente y el lugar dicen que donde hubo pérdida la habrá: no anticipan un "
        "frente nuevo. El ajuste ve la pérdida alrededor de cada celda en su mismo periodo; solo "
        "la predicción es una prueba. El modelo solo puede usarse si «forest.assessment» lo "
        "confirma. La rigidez y los factores se eligen con el periodo de calibración; el de "
        "confirmación no se mira. Pero una capa de vías o un ráster de fecha posterior ya sabe "
        "algo de lo que vino después: para que la prueba valga deben ser del inicio.",
        en="Recent loss and place say that there will be loss where there was: they foresee no new "
        "frontier. The fit sees the loss around each cell in the same period; only the prediction "
        "is a test. The model may be used only if forest.assessment confirms it. Stiffness and "
        "drivers are chosen with the calibration period; the confirmation period is not looked "
        "at. But roads or rasters of a later date know something of what came: for the test to "
        "hold they must be of the beginning.",
    ),
    example="""
      - step: alternative
        method: forest.alternative
        parameters: {near: [highway, rivers], neighborhood_m: 10 km}
    """,
)
