"""Inputs that the study itself gives to any method that asks for them."""

from nonetloss.core.language import Text
from nonetloss.core.method import Port

RNG = Port(
    "rng",
    "Generator",
    Text(es="Azar del estudio.", en="Randomness of the study."),
    ambient=True,
)
DRAWS = Port(
    "draws",
    "int",
    Text(es="Número de simulaciones.", en="Number of simulations."),
    ambient=True,
)
PROGRESS = Port(
    "progress",
    "Progress",
    Text(es="Aviso del avance.", en="Report of progress."),
    optional=True,
    ambient=True,
)
STANDARDS = Port(
    "standards",
    "RulesInForce",
    Text(es="Estándares del estudio, por nombre.", en="Standards of the study, by name."),
    ambient=True,
)
STORE = Port(
    "store",
    "CellStore",
    Text(
        es="Lugar para ráster que no caben en la memoria.",
        en="Room for rasters that do not fit into memory.",
    ),
    ambient=True,
)
WORKERS = Port(
    "workers",
    "Executor",
    Text(es="Quienes procesan las ventanas, si los hay.", en="Who works on windows, if anybody."),
    optional=True,
    ambient=True,
)
