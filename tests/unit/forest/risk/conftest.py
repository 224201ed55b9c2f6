"""A forest with clearings, as a cover."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from nonetloss.forest.risk.cover import ForestCover, codes_of
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import as_cells


@pytest.fixture(scope="session")
def cover_of():
    return _cover_of


@pytest.fixture(scope="session")
def random_codes():
    return _random_codes


def _cover_of(codes, pixel=30.0, inside=None, years=(2000, 2010, 2020)):
    grid = Grid(0.0, 0.0, pixel, pixel, *codes.shape)
    mask = None if inside is None else WindowedRaster(as_cells(inside), grid, "EPSG:32718")
    return ForestCover(WindowedRaster(as_cells(codes), grid, "EPSG:32718"), years, mask)


def _random_codes(rows=150, columns=170, seed=5):
    """Forest with clearings that grow from a few places."""
    rng = np.random.default_rng(seed)
    seeds = rng.random((rows, columns)) < 0.001
    far = distance_transform_edt(~seeds) + rng.normal(0, 2, (rows, columns))
    return codes_of(far > 5, far > 7, far > 9)
