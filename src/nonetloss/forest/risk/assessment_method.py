"""Declaration of `forest.assessment`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import PROGRESS, WORKERS

METHOD = Method(
    id="forest.assessment",
    question=Text(
        es="¿Cuán cerca estuvo cada mapa de riesgo de lo que ocurrió, y puede usarse el modelo "
        "alternativo?",
        en="How near did each risk map come to what happened, and may the alternative model be "
        "used?",
    ),
    function="nonetloss.forest.risk.assessment:assess",
    inputs=(
        Port("cover", "ForestCover", Text(es="Bosque en tres fechas.", en="Forest, three dates.")),
        Port(
            "benchmark",
            "Benchmark",
            Text(es="El modelo de referencia, con sus mapas.", en="The benchmark, with its maps."),
        ),
        Port(
            "models",
            "AlternativeModel",
            Text(
                es="Otros modelos, que deben superar al de referencia.",
                en="Other models, which must beat the benchmark.",
            ),
            many=True,
            optional=True,
        ),
        WORKERS,
        PROGRESS,
    ),
    outputs=(
        Port(
            "assessment",
            "Assessment",
            Text(
                es="Medidas y celdas por modelo, y el veredicto.",
                en="Measures and cells by model, and the verdict.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "cells_ha",
            Text(
                es="Tamaños de celda; el primero decide. Las normas piden 100 000 ha o la mediana "
                "de los proyectos.",
                en="Sizes of cells; the first one decides. The rules ask for 100,000 ha or the "
                "median of the projects.",
            ),
            kind="list",
            unit="ha",
            default=(100_000.0,),
            low=0.01,
            high=10_000_000.0,
        ),
        Parameter(
            "alignment",
            Text(
                es="Cómo se colocan las celdas: centradas en múltiplos del paso, desde la esquina, "
                "o como el programa de referencia, que cuenta dos veces la fila compartida.",
                en="How cells are placed: centered at multiples of the step, from the corner, or "
                "as the reference program, which counts the shared row twice.",
            ),
            kind="choice",
            choices=("centered", "corner", "reference"),
            default="centered",
        ),
        Parameter(
            "kept",
            Text(
                es="Qué celdas cuentan: las enteras dentro de la jurisdicción, o todas las que "
                "tenían bosque.",
                en="Which cells count: those whole inside the jurisdiction, or all that had "
                "forest.",
            ),
            kind="choice",
            choices=("full", "forest"),
            default="full",
        ),
    ),
    references=(
        "Verra VT0007 v1.0 (2024), step of assessment and qualification of alternative models",
        "Theil 1950; Sen 1968, doi 10.1080/01621459.1968.10480934",
        "Vieilledent 2021, doi 10.21105/joss.02975",
    ),
    validity=Text(
        es="La mediana del error es cero cuando más de la mitad de las celdas no tiene bosque ni "
        "pérdida: entonces la regla no distingue modelos. El número de celdas y su tamaño pueden "
        "cambiar el veredicto; por eso se muestran varios.",
        en="The median error is zero where more than half of the cells have neither forest nor "
        "loss: then the rule tells no models apart. Number and size of cells may turn the "
        "verdict; therefore several are shown.",
    ),
    example="""
      - step: assessment
        method: forest.assessment
        parameters: {cells_ha: [1000 ha, 225 ha], kept: forest}
    """,
)
