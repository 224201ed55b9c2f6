"""Inputs and parameters that several methods of this domain take."""

from nonetloss.core.language import Text
from nonetloss.core.method import Parameter, Port

NETWORK = Port(
    "network",
    "RiverNetwork",
    Text(
        es="Red de ríos: tramos libres y sitios de represas.",
        en="River network: dam-free components and dam sites.",
    ),
)

DECLARED = Port(
    "declared",
    "Criterion",
    Text(
        es="Criterios que el estudio declara en «criteria».",
        en='Criteria that the study declares in "criteria".',
    ),
    many=True,
    optional=True,
)

STATES = Port(
    "states",
    "States",
    Text(
        es="Estados de la cuenca que se comparan: sin represas, hoy, todo construido, planes.",
        en="States of the basin that are compared: no dams, today, everything built, plans.",
    ),
)

GENERATION = Port(
    "generation",
    "Generation",
    Text(
        es="Energía por central; sin esto, el atributo «energy» en GWh.",
        en='Energy by plant; without it, attribute "energy" in GWh.',
    ),
    unit="GWh",
    optional=True,
)

CRITERIA = Parameter(
    "criteria",
    Text(
        es="Criterios, por nombre: los de la red y los declarados. Sin esto, todos.",
        en="Criteria, by name: those of the network and the declared ones. Without it, all.",
    ),
    kind="list",
    optional=True,
)
