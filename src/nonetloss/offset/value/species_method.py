"""Declaration of `offset.species`."""

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import DRAWS, RNG

METHOD = Method(
    id="offset.species",
    question=Text(
        es="¿Cuánto hábitat pierde cada especie con cada alternativa, y qué significa para ella?",
        en="How much habitat does each species lose with each alternative, and what does that mean "
        "for it?",
    ),
    function="nonetloss.offset.value.species:species_loss",
    inputs=(
        Port(
            "footprints",
            "Footprints",
            Text(es="Zonas de cada alternativa.", en="Zones of each alternative."),
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Mapa de ecosistemas.", en="Map of ecosystems."),
        ),
        Port(
            "layers",
            "Layer",
            Text(
                es="Capas del entorno, entre ellas las áreas de distribución.",
                en="Layers around, the ranges of species among them.",
            ),
            ambient=True,
            many=True,
        ),
        Port(
            "ranges",
            "Raster",
            Text(
                es="Presencia (0 a 1) de las especies sin capa «range», en su orden.",
                en='Presence (0 to 1) of the species without a layer "range", in their order.',
            ),
            optional=True,
            many=True,
        ),
        RNG,
        DRAWS,
    ),
    outputs=(
        Port(
            "species_loss",
            "SpeciesLoss",
            Text(
                es="Hábitat perdido por especie; «services» lo da como necesidad del portafolio.",
                en='Habitat lost by species; "services" gives it as a need of the portfolio.',
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "species",
            Text(
                es="Especies: {nombre: {range, habitat, category, area, historic, threats}}; solo "
                "habitat y category son obligatorios.",
                en="Species: {name: {range, habitat, category, area, historic, threats}}; only "
                "habitat and category are needed.",
            ),
            kind="mapping",
            reader="nonetloss.offset.value.species:read_species",
        ),
        Parameter(
            "zone_loss",
            Text(
                es="Por zona, parte del hábitat que se pierde fuera de la huella "
                "(low, likely, high, source).",
                en="Per zone, share of the habitat lost outside the footprint "
                "(low, likely, high, source).",
            ),
            kind="mapping",
            reader="nonetloss.offset.loss:read_zone_loss",
            optional=True,
        ),
        Parameter(
            "curve",
            Text(
                es="Cómo baja la persistencia con el hábitat.",
                en="How persistence falls with habitat.",
            ),
            kind="choice",
            choices=("power", "gompertz"),
            default="power",
        ),
        Parameter(
            "exponent",
            Text(
                es="Exponente de la curva «power»; LIFE compara 0.1, 0.25, 0.5 y 1.",
                en='Exponent of the curve "power"; LIFE compares 0.1, 0.25, 0.5 and 1.',
            ),
            default=0.25,
            low=0.01,
            high=1.0,
        ),
    ),
    references=(
        "Mair et al. 2021, doi 10.1038/s41559-021-01432-0",
        "Eyres et al. 2025, doi 10.1098/rstb.2023.0327",
        "Williams et al. 1996, doi 10.1046/j.1523-1739.1996.10010155.x",
    ),
    validity=Text(
        es="Un área de distribución no es presencia: dentro de ella la especie puede faltar. "
        "STAR y LIFE son medidas del mundo entero; el autor de LIFE las da por útiles de 0.5 a "
        "1000 km². No reemplazan el muestreo en campo ni cuentan caza o fragmentación.",
        en="A range is not presence: within it the species may be missing. STAR and LIFE are "
        "measures of the whole world; LIFE's authors hold theirs useful from 0.5 to 1000 km². They "
        "do not stand in for sampling in the field and count neither hunting nor fragmentation.",
    ),
    example=(
        "- {step: species, method: offset.species, parameters: {species: {ateles-chamek: {range: "
        "ateles-range, habitat: [terra-firme], category: EN, area: 500000 km^2}}}}"
    ),
)
