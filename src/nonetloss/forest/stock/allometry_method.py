"""Declaration of `forest.allometry`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.forest.stock.allometry import EQUATIONS
from nonetloss.forest.stock.measurements import HEIGHTS_M, LENGTHS_CM
from nonetloss.forest.stock.wood_density import UNITS

METHOD = Method(
    id="forest.allometry",
    question=Text(
        es="¿Predice bien una ecuación alométrica los árboles que se talaron y pesaron?",
        en="Does an allometric equation predict the trees that were felled and weighed?",
    ),
    function="nonetloss.forest.stock.harvest:check_allometry",
    inputs=(
        Port(
            "harvest",
            "table",
            Text(
                es="Árboles talados: site, diameter, height, density, biomass (kg secos), stress.",
                en="Felled trees: site, diameter, height, density, biomass (dry kg), stress.",
            ),
        ),
    ),
    outputs=(
        Port(
            "allometry",
            "AllometryFit",
            Text(
                es="Ecuación ajustada, y cuánto acierta la que está en uso, por sitio y en total.",
                en="The fitted equation, and how well the one in use does, by site and in all.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "diameter_unit",
            Text(es="Unidad de los diámetros.", en="Unit of diameters."),
            kind="choice",
            choices=tuple(LENGTHS_CM),
        ),
        Parameter(
            "height_unit",
            Text(es="Unidad de las alturas.", en="Unit of heights."),
            kind="choice",
            choices=tuple(HEIGHTS_M),
            default="m",
        ),
        Parameter(
            "density_unit",
            Text(es="Unidad de la densidad de la madera.", en="Unit of wood density."),
            kind="choice",
            choices=tuple(UNITS),
            default="g/cm3",
        ),
        Parameter(
            "minimum_diameter_cm",
            Text(es="Diámetro mínimo que cuenta.", en="Least diameter that counts."),
            unit="cm",
            default="5 cm",
            low=0.0,
            high=100.0,
        ),
        Parameter(
            "equation",
            Text(es="Ecuación que se comprueba.", en="Equation that is checked."),
            kind="choice",
            choices=(*EQUATIONS, "own"),
            default="chave-2014-4",
        ),
        Parameter(
            "expression",
            Text(
                es="Ecuación propia en kg: D (cm), H (m), rho (g/cm3), E; + - * / ^, exp, ln, "
                "log10, sqrt.",
                en="Own equation in kg: D (cm), H (m), rho (g/cm3), E; + - * / ^, exp, ln, "
                "log10, sqrt.",
            ),
            kind="text",
            optional=True,
        ),
    ),
    references=("Chave et al. 2014, doi 10.1111/gcb.12629",),
    validity=Text(
        es="Se ajusta una sola forma, ρD²H en logaritmos. Pocos árboles gruesos dominan las sumas, "
        "y la dispersión entre sitios supone que estos son una muestra de aquellos donde se usará "
        "la ecuación.",
        en="A single form is fitted, ρD²H in logarithms. A few thick trees dominate the sums, and "
        "the spread between sites takes these for a sample of those where the equation will be "
        "used.",
    ),
    example="- {step: allometry, method: forest.allometry, parameters: {diameter_unit: cm}}",
)
