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
