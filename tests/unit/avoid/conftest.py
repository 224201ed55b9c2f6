"""Small worlds for the tests: a square of forest on cells of 100 m, and layers drawn on it."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid

CRS = "EPSG:32718"


def grid(rows=40, columns=40, size=100.0):
    return Grid(0.0, rows * size, size, size, rows, columns)


def forest(on=None, value=0.8):
    on = on or grid()
    return EcosystemMap(
        np.ones(on.shape, dtype=np.uint8),
        on,
        CRS,
        (
            Ecosystem(1, "forest", Text.of("forest"), Estimate.exact(value), forest=True),
            Ecosystem(2, "swamp", Text.of("swamp"), Estimate.exact(1.0), forest=True),
            Ecosystem(3, "pasture", Text.of("pasture"), Estimate.exact(0.1)),
        ),
    )


def with_classes(classes, on=None):
    world = forest(on)
    return EcosystemMap(np.asarray(classes, np.uint8), world.grid, CRS, world.ecosystems)


def layer(name, *shapes, role=Role.CONTEXT, **more):
    features = gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)
    return Layer(name, Text.of(name), features, role, **more)


def prohibited(name, *shapes, **more):
    return layer(name, *shapes, role=Role.PROHIBITED, **more)


def relief(values, unit="percent", on=None):
    return Raster(np.asarray(values, dtype=float), on or grid(), CRS, unit=unit)


@pytest.fixture(scope="session")
def world():
    """The functions above: test modules cannot import one another (importlib mode)."""
    return SimpleNamespace(
        crs=CRS,
        grid=grid,
        forest=forest,
        with_classes=with_classes,
        layer=layer,
        prohibited=prohibited,
        relief=relief,
    )
