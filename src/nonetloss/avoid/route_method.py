"""Declaration of `avoid.route`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import PROGRESS

METHOD = Method(
    id="avoid.route",
    question=Text(
        es="¿Qué ruta cuesta menos sin tocar lo excluido, qué otras hay, y cuánto cuesta evitar?",
        en="Which route costs least without touching what is excluded, which others are there, "
        "and what does avoiding cost?",
    ),
    function="nonetloss.avoid.route:find_routes",
    inputs=(
        Port("surface", "Surface", Text(es="Superficie de costo.", en="Cost surface.")),
        Port(
            "start",
            "point",
            Text(es="Inicio del proyecto, (x, y).", en="Start of the project, (x, y)."),
            ambient=True,
        ),
        Port(
            "end",
            "point",
            Text(es="Final del proyecto, (x, y).", en="End of the project, (x, y)."),
            ambient=True,
        ),
        Port(
            "alternatives",
            "Alternative",
            Text(es="Rutas que trae el usuario.", en="Routes that the user brings."),
            many=True,
            optional=True,
        ),
        PROGRESS,
    ),
    outputs=(
        Port(
            "routes",
            "Routes",
            Text(
                es="Rutas, frente, corredor, precios y certificados.",
                en="Routes, front, corridor, prices and certificates.",
            ),
            unit="usd",
        ),
    ),
    parameters=(
        Parameter(
            "neighbors",
            Text(
                es="Direcciones de la búsqueda: 8, o 16 para líneas menos quebradas.",
                en="Directions of the search: 8, or 16 for less jagged lines.",
            ),
            kind="integer",
            default="16",
            low=8,
            high=16,
        ),
        Parameter(
            "dissimilar",
            Text(
                es="Rutas distintas que se buscan además de la de menor costo.",
                en="Different routes sought beside the least-cost one.",
            ),
            kind="integer",
            default="3",
            low=0,
            high=20,
        ),
        Parameter(
            "dissimilar_penalty",
            Text(
                es="Factor del costo cerca de las rutas ya halladas.",
                en="Factor on cost near the routes already found.",
            ),
            default=1.5,
            low=1.01,
            high=100.0,
        ),
        Parameter(
            "most_shared",
            Text(
                es="Mayor parte de una ruta distinta dentro de los corredores de las anteriores.",
                en="Largest part of a different route inside the corridors of earlier ones.",
            ),
            default=0.75,
            low=0.0,
            high=1.0,
        ),
        Parameter(
            "front_criteria",
            Text(es="Criterios del frente.", en="Criteria of the front."),
            kind="choice",
            choices=("cost-nature", "cost-nature-people"),
            default="cost-nature",
        ),
        Parameter(
            "front_searches",
            Text(
                es="Búsquedas ponderadas en la grilla del estudio.",
                en="Weighted searches on the grid of the study.",
            ),
            kind="integer",
            default="25",
            low=2,
            high=500,
        ),
        Parameter(
            "front_routes",
            Text(
                es="Rutas del frente que se entregan: los extremos y las más distintas entre sí.",
                en="Routes of the front that are given: its ends and those furthest apart.",
            ),
            kind="integer",
            default="7",
            low=1,
            high=500,
        ),
        Parameter(
            "coarse_cells",
            Text(
                es="Celdas de la grilla gruesa en que el frente se halla completo; 0 la omite.",
                en="Cells of the coarse grid on which the whole front is found; 0 leaves it out.",
            ),
            kind="integer",
            default="1600",
            low=0,
            high=40_000,
        ),
        Parameter(
            "front_approximate",
            Text(
                es="Rutas de los entrantes del frente grueso que se buscan de nuevo en la fina.",
                en="Routes in dents of the coarse front that are sought again on the fine grid.",
            ),
            kind="integer",
            default="6",
            low=0,
            high=100,
        ),
        Parameter(
            "corridor_excess",
            Text(
                es="Exceso relativo de costo hasta el que se muestra el corredor.",
                en="Relative excess of cost up to which the corridor is shown.",
            ),
            default=0.2,
            low=0.0,
            high=100.0,
        ),
        Parameter(
            "drawing_tolerance",
            Text(
                es="Costo relativo que puede sumar una línea más simple.",
                en="Relative cost that a simpler line may add.",
            ),
            default=0.005,
            low=0.0,
            high=0.1,
        ),
        Parameter(
            "rounded",
            Text(
                es="Redondear las esquinas donde el certificado lo permite.",
                en="Round corners where the certificate allows it.",
            ),
            kind="flag",
            default=True,
        ),
        Parameter(
            "threads",
            Text(es="Hilos de la búsqueda, 1 o 2.", en="Threads of the search, 1 or 2."),
            kind="integer",
            default="1",
            low=1,
            high=2,
        ),
    ),
    references=(
        "Dijkstra 1959, doi 10.1007/BF01386390",
        "Aneja and Nair 1979, doi 10.1287/mnsc.25.1.73",
        "Mandow and Pérez de la Cruz 2010, doi 10.1145/1754399.1754400",
        "Chaikin 1974, doi 10.1016/0146-664X(74)90028-8",
    ),
    validity=Text(
        es="Prediseño sobre una grilla: sin radios, pendientes máximas ni expropiación. «Probado» "
        "vale para la ruta por celdas y el costo dado; «0 m dentro» vale para las capas dadas.",
        en='Pre-design on a grid: no radii, maximum grades or land acquisition. "Proven" holds '
        'for the route over cells and the cost given; "0 m inside" for the layers given.',
    ),
    example="- {step: routes, method: avoid.route, parameters: {dissimilar: 3, neighbors: 16}}",
)
