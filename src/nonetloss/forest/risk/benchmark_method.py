"""Declaration of `forest.risk`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import PROGRESS, STORE, WORKERS

METHOD = Method(
    id="forest.risk",
    question=Text(
        es="¿Dónde caerá la deforestación no planificada, y cuántas hectáreas en cada celda?",
        en="Where will unplanned deforestation fall, and how many hectares in each cell?",
    ),
    function="nonetloss.forest.risk.benchmark:risk",
    inputs=(
        Port("cover", "ForestCover", Text(es="Bosque en tres fechas.", en="Forest, three dates.")),
        Port(
            "divisions",
            "Raster",
            Text(
                es="Divisiones administrativas: códigos desde 1, o polígonos.",
                en="Administrative divisions: codes from 1, or polygons.",
            ),
            optional=True,
        ),
        STORE,
        WORKERS,
        PROGRESS,
    ),
    outputs=(
        Port(
            "benchmark",
            "Benchmark",
            Text(
                es="Umbral, clases, regiones y mapas de ajuste, confirmación y predicción.",
                en="Threshold, classes, regions, and maps of fit, confirmation and prediction.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "validity_years",
            Text(
                es="Años que se predicen desde la última fecha. Seis: VM0048 (no confirmado, texto "
                "no leído).",
                en="Years that are predicted from the last date on. Six: VM0048 (not confirmed, "
                "text not read).",
            ),
            unit="year",
            default="6 year",
            low=0.5,
            high=50.0,
        ),
        Parameter(
            "share",
            Text(
                es="Parte de la pérdida histórica que cae dentro del umbral de riesgo "
                "despreciable. 0.995: programa de referencia de VT0007 (texto no leído).",
                en="Share of the historical loss that lies within the negligible risk threshold. "
                "0.995: reference program of VT0007 (text not read).",
            ),
            default=0.995,
            low=0.5,
            high=1.0,
        ),
        Parameter(
            "division_blocks",
            Text(
                es="Filas y columnas de rectángulos iguales en lugar de divisiones.",
                en="Rows and columns of equal rectangles in place of divisions.",
            ),
            kind="list",
            optional=True,
            low=1.0,
            high=180.0,
        ),
        Parameter(
            "expected_ha_per_year",
            Text(
                es="Pérdida anual de la jurisdicción en el periodo que se predice, de sus datos de "
                "actividad. Si falta, la media histórica.",
                en="Annual loss of the jurisdiction in the predicted period, from its activity "
                "data. The historical mean if missing.",
            ),
            unit="ha/year",
            low=0.0,
            high=1e8,
            optional=True,
        ),
        Parameter(
            "iterations",
            Text(
                es="Vueltas del ajuste del reparto, como máximo. Cinco: programa de referencia de "
                "VT0007 (texto no leído).",
                en="Rounds of the adjustment of the allocation, at most. Five: reference program "
                "of VT0007 (text not read).",
            ),
            kind="integer",
            default=5,
            low=1.0,
            high=1000.0,
        ),
    ),
    references=(
        "Verra VT0007 v1.0, 2024 (unplanned deforestation allocation), read through its "
        "reference program",
        "Verra VM0048 v1.0, 2023, and VMD0055 v1.1, 2024 (text not read)",
        "Meijster, Roerdink & Hesselink 2000, doi 10.1007/0-306-47025-X_36 (exact distances)",
    ),
    validity=Text(
        es="Un solo factor, la distancia al borde del bosque; no sabe de carreteras ni de áreas "
        "protegidas. Reparte una pérdida total que otro estima. Un modelo alternativo solo puede "
        "usarse si su error mediano es menor en el ajuste y en la confirmación.",
        en="One factor only, the distance to the forest edge; it knows of no road and no protected "
        "area. It allocates a total loss that somebody else estimates. An alternative model may "
        "only be used if its median error is lower in both fit and confirmation.",
    ),
    example="""
      - step: risk
        method: forest.risk
        inputs: {cover: cover}
        parameters: {validity_years: 6 year, division_blocks: [2, 2]}
    """,
)
