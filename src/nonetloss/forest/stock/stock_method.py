"""Declaration of `forest.stock`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import DRAWS, RNG
from nonetloss.forest.stock import stock
from nonetloss.forest.stock.measurements import AREAS_HA, HEIGHTS_M, LENGTHS_CM, SHAPES
from nonetloss.forest.stock.strata import ESTIMATORS
from nonetloss.forest.stock.wood_density import UNITS


def _choice(name: str, es: str, en: str, choices: tuple[str, ...], default: str) -> Parameter:
    return Parameter(name, Text(es=es, en=en), kind="choice", choices=choices, default=default)


def _share(name: str, es: str, en: str, default: float, high: float = 1.0) -> Parameter:
    return Parameter(name, Text(es=es, en=en), default=default, low=0.0, high=high)


_INPUTS = (
    Port(
        "trees",
        "table",
        Text(
            es="Árboles: plot, diameter; y tree, stem, height, density, family, genus, species, "
            "status, dead, expansion si los hay.",
            en="Trees: plot, diameter; and tree, stem, height, density, family, genus, species, "
            "status, dead, expansion where there are any.",
        ),
    ),
    Port(
        "plots",
        "table",
        Text(
            es="Parcelas: plot, area; y stratum, stress, covariate, x, y si los hay.",
            en="Plots: plot, area; and stratum, stress, covariate, x, y where there are any.",
        ),
    ),
    Port(
        "strata",
        "table",
        Text(
            es="Superficie de cada estrato (stratum, area_ha), o un mapa de ecosistemas.",
            en="Area of each stratum (stratum, area_ha), or a map of ecosystems.",
        ),
        optional=True,
    ),
    Port(
        "densities",
        "table",
        Text(
            es="Densidad de la madera por taxón: density, family, genus, species, error.",
            en="Wood density by taxon: density, family, genus, species, error.",
        ),
        optional=True,
    ),
    Port(
        "covariate",
        "Raster",
        Text(
            es="Mapa de biomasa que las parcelas calibran.",
            en="Biomass map that the plots calibrate.",
        ),
        optional=True,
    ),
    Port(
        "allometry",
        "AllometryFit",
        Text(es="Ecuación ajustada a árboles talados.", en="Equation fitted to felled trees."),
        optional=True,
    ),
    RNG,
    DRAWS,
)

_MEASURES = (
    Parameter(
        "diameter_unit",
        Text(es="Unidad de los diámetros.", en="Unit of diameters."),
        kind="choice",
        choices=tuple(LENGTHS_CM),
    ),
    _choice(
        "diameter_shape",
        "Si la columna es de diámetros o de perímetros.",
        "Whether the column holds diameters or girths.",
        SHAPES,
        "diameter",
    ),
    _choice("height_unit", "Unidad de las alturas.", "Unit of heights.", tuple(HEIGHTS_M), "m"),
    _choice("area_unit", "Unidad del área de parcelas.", "Unit of plots.", tuple(AREAS_HA), "ha"),
    _choice(
        "density_unit",
        "Unidad de la densidad de la madera.",
        "Unit of wood density.",
        tuple(UNITS),
        "g/cm3",
    ),
    Parameter(
        "minimum_diameter_cm",
        Text(
            es="Diámetro mínimo medido en todas las parcelas; lo más delgado no se cuenta.",
            en="Least diameter measured in all plots; what is thinner is not counted.",
        ),
        unit="cm",
        default="10 cm",
        low=0.0,
        high=100.0,
    ),
)

_MODELS = (
    _choice(
        "equation",
        "Ecuación alométrica.",
        "Allometric equation.",
        stock.EQUATION_CHOICES,
        "chave-2014-4",
    ),
    Parameter(
        "expression",
        Text(
            es="Ecuación propia en kg: D (cm), H (m), rho (g/cm3), E; + - * / ^, exp, ln, log10, "
            "sqrt.",
            en="Own equation in kg: D (cm), H (m), rho (g/cm3), E; + - * / ^, exp, ln, log10, "
            "sqrt.",
        ),
        kind="text",
        optional=True,
    ),
    _share(
        "expression_error",
        "Desviación estándar del logaritmo de la biomasa en torno a la ecuación propia.",
        "Standard deviation of the logarithm of biomass around the own equation.",
        0.0,
        2.0,
    ),
    _choice(
        "heights",
        "Altura de los árboles sin medir: un modelo regional, o ajustado a las medidas.",
        "Height of trees without one: a regional model, or one fitted to the measured heights.",
        stock.HEIGHT_CHOICES,
        "measured",
    ),
    Parameter(
        "use_measured_heights",
        Text(
            es="Usar la altura medida donde la hay.", en="Use a measured height where there is one."
        ),
        kind="flag",
        default=True,
    ),
    _share(
        "height_error",
        "Error de una altura medida, como parte de ella (desviación estándar).",
        "Error of a measured height, as a share of it (standard deviation).",
        0.0,
    ),
    Parameter(
        "density_error",
        Text(
            es="Desviación estándar de la densidad (g/cm3) que trae un árbol, o de un taxón con un "
            "solo dato.",
            en="Standard deviation of a density (g/cm3) that a tree brings, or of a taxon with a "
            "single record.",
        ),
        default=0.07,
        low=0.0,
        high=0.5,
    ),
    _choice(
        "diameter_error",
        "Error de los diámetros: Chave 2004, sin los errores gruesos, o ninguno.",
        "Error of diameters: Chave 2004, without the gross errors, or none.",
        stock.DIAMETER_ERRORS,
        "chave-2004",
    ),
    _share(
        "site_error",
        "Error de la ecuación en un sitio (desviación estándar del logaritmo), común a todos los "
        "árboles. Cero supone que no lo hay.",
        "Error of the equation at a site (standard deviation of the logarithm), shared by all "
        "trees. Zero takes it that there is none.",
        0.0,
    ),
    Parameter(
        "stress",
        Text(
            es="E de Chave (estrés ambiental) donde las parcelas no la traen.",
            en="Chave's E (environmental stress) where plots do not bring it.",
        ),
        low=-2.0,
        high=3.0,
        optional=True,
    ),
)

_CARBON = (
    Parameter(
        "carbon_fraction",
        Text(es="Carbono por biomasa seca.", en="Carbon per dry biomass."),
        default=0.47,
        low=0.3,
        high=0.6,
    ),
    _share(
        "carbon_fraction_error",
        "Desviación estándar de la fracción de carbono.",
        "Standard deviation of the carbon fraction.",
        0.0,
        0.1,
    ),
    _choice(
        "root_shoot",
        "Razón de raíces a biomasa aérea; ninguna no cuenta las raíces.",
        "Ratio of roots to what stands above; none does not count roots.",
        stock.ROOT_CHOICES,
        "mokany-2006-moist",
    ),
    _share(
        "root_shoot_error",
        "Desviación estándar de esa razón, como parte de ella.",
        "Standard deviation of that ratio, as a share of it.",
        0.0,
    ),
    _choice(
        "estimator",
        "De parcelas a estratos: media, media por superficie, o con el mapa (razón, regresión, "
        "diferencia).",
        "From plots to strata: mean, mean by area, or with the map (ratio, regression, "
        "difference).",
        ESTIMATORS,
        "mean",
    ),
    Parameter(
        "area_ha",
        Text(
            es="Superficie total, si hay un solo estrato.",
            en="Area in all, where there is one stratum only.",
        ),
        unit="ha",
        low=0.0,
        optional=True,
    ),
    Parameter(
        "published",
        Text(
            es="Cifras publicadas del mismo bosque: {total, area, per_ha, pool, areas, source}.",
            en="Published figures of the same forest: {total, area, per_ha, pool, areas, source}.",
        ),
        kind="mapping",
        reader="nonetloss.forest.stock.published:read_published",
        optional=True,
    ),
)  # fmt: skip

METHOD = Method(
    id="forest.stock",
    question=Text(
        es="¿Cuánto carbono guarda el bosque, y con cuánta certeza?",
        en="How much carbon does the forest hold, and how sure is that?",
    ),
    function="nonetloss.forest.stock.stock:carbon_stock",
    inputs=_INPUTS,
    outputs=(
        Port(
            "stock",
            "CarbonStock",
            Text(
                es="Carbono por hectárea y estrato, total, error y de dónde viene.",
                en="Carbon per hectare and stratum, total, error and where that comes from.",
            ),
            unit="tC/ha",
        ),
    ),
    parameters=(*_MEASURES, *_MODELS, *_CARBON),
    references=(
        "Chave et al. 2014, doi 10.1111/gcb.12629",
        "Chave et al. 2004, doi 10.1098/rstb.2003.1425",
        "Réjou-Méchain et al. 2017, doi 10.1111/2041-210X.12753",
        "Feldpausch et al. 2012, doi 10.5194/bg-9-3381-2012",
        "Cochran 1977, ISBN 978-0-471-16240-7",
    ),
    validity=Text(
        es="Árboles vivos desde el diámetro mínimo; sin madera muerta, hojarasca ni suelo. Las "
        "parcelas deben ser una muestra al azar de su estrato. Las razones de raíces no están "
        "confirmadas con su texto oficial.",
        en="Live trees from the least diameter; without dead wood, litter or soil. Plots must be a "
        "random sample of their stratum. Root ratios are not confirmed against their official "
        "text.",
    ),
    example="- {step: stock, method: forest.stock, parameters: {diameter_unit: cm, "
    "heights: feldpausch-western-amazonia, estimator: mean, published: {total: 79.4 MtCO2e, "
    "area: 360000 acre, per_ha: 545 tCO2e/ha}}}",
)
