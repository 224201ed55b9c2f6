"""Declaration of `forest.moving-window`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import PROGRESS, STORE, WORKERS

SLICINGS = ("equal-interval", "equal-area")

METHOD = Method(
    id="forest.moving-window",
    question=Text(
        es="¿Basta con la deforestación reciente alrededor de cada celda para predecir la que "
        "viene?",
        en="Is recent deforestation around each cell enough to predict what comes?",
    ),
    function="nonetloss.forest.risk.moving_window:moving_window",
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
        STORE,
        WORKERS,
        PROGRESS,
    ),
    outputs=(
        Port(
            "moving_window",
            "MovingWindow",
            Text(
                es="Clases y mapas de ajuste, confirmación y predicción.",
                en="Classes, and maps of fit, confirmation and prediction.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "side_cells",
            Text(
                es="Lado de la ventana, en celdas (impar).",
                en="Side of the window, in cells (odd).",
            ),
            kind="integer",
            default=11,
            low=3,
            high=2001,
        ),
        Parameter(
            "slicing",
            Text(
                es="Cómo se cortan las tasas en clases: intervalos iguales o áreas iguales.",
                en="How rates are cut into classes: equal intervals or equal areas.",
            ),
            kind="choice",
            choices=SLICINGS,
            default="equal-interval",
        ),
    ),
    references=(
        "Verra 2021, JNR allocation tool (moving window)",
        "Vieilledent 2023, riskmapjnr 1.3",
    ),
    validity=Text(
        es="El lado de la ventana no se elige con datos: elegirlo por el periodo de confirmación, "
        "como suele hacerse, no sería una prueba. Solo puede usarse si «forest.assessment» lo "
        "confirma.",
        en="The side of the window is not chosen with data: to choose it by the confirmation "
        "period, as is usual, would be no test. It may be used only if forest.assessment confirms "
        "it.",
    ),
    example="""
      - step: window
        method: forest.moving-window
        parameters: {side_cells: 21, slicing: equal-area}
    """,
)
