"""Inputs and parameters that several methods of this floor declare alike."""

from nonetloss.core.language import Text
from nonetloss.core.method import Parameter, Port

ALTERNATIVES = Port(
    "alternatives",
    "Alternative",
    Text(es="Formas de construir el proyecto.", en="Ways to build the project."),
    many=True,
)
CRS = Port(
    "crs",
    "crs",
    Text(es="SRC del estudio.", en="CRS of the study."),
    ambient=True,
)
DECAY_SHARE = Parameter(
    "decay_share",
    Text(es="Esa parte.", en="That share."),
    default=0.95,
    low=0.01,
    high=0.9999,
)
ECOSYSTEMS = Port(
    "ecosystems",
    "EcosystemMap",
    Text(es="Mapa de ecosistemas.", en="Map of ecosystems."),
    ambient=True,
)
LAYERS = Port(
    "layers",
    "Layer",
    Text(es="Capas del entorno con su papel.", en="Layers around, each with its role."),
    ambient=True,
    many=True,
)
