"""Routes in random worlds: whatever is drawn keeps out of every exclusion, as a vector."""

import geopandas as gpd
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from nonetloss.avoid.route import find_routes
from nonetloss.avoid.surface import cost_surface
from nonetloss.core.errors import GeometryError, NoRouteError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.paths import path_cost

CRS = "EPSG:32718"
GRID = Grid(0.0, 3000.0, 100.0, 100.0, 30, 30)
ECOSYSTEMS = (
    Ecosystem(1, "forest", Text.of("f"), Estimate.exact(1.0)),
    Ecosystem(2, "pasture", Text.of("p"), Estimate.exact(0.1)),
)


def world(seed):
    """A surface with slivers, blobs and points to avoid, and the layer itself."""
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(rng.integers(1, 7)):
        at = rng.uniform(400, 2600, 2)
        if rng.random() < 0.5:
            shapes.append(Point(at).buffer(rng.uniform(20, 350)))
        else:
            shapes.append(LineString([at, at + rng.normal(0, 900, 2)]).buffer(1.0))
    shapes.append(Point(rng.uniform(400, 2600, 2)))
    features = gpd.GeoDataFrame(geometry=shapes, crs=CRS)
    layer = Layer(
        "x", Text.of("x"), features, Role.PROHIBITED, setback_m=float(rng.choice([0.0, 60.0]))
    )
    classes = rng.integers(1, 3, GRID.shape).astype(np.uint8)
    surface = cost_surface(
        [layer],
        grid=GRID,
        ecosystems=EcosystemMap(classes, GRID, CRS, ECOSYSTEMS),
        right_of_way_m=20.0,
        base_cost_usd_per_m=500.0,
        offset_price_usd_per_qha=float(rng.choice([0.0, 1e6])),
        crs=CRS,
    )
    return surface, features


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([8, 16]))
def test_every_route_keeps_out_and_costs_what_was_promised(seed, neighbors):
    surface, features = world(seed)
    try:
        routes = find_routes(
            surface,
            start=(55.0, 55.0),
            end=(2955.0, 2945.0),
            neighbors=neighbors,
            front_searches=4,
            coarse_cells=100,
            front_approximate=2,
        )
    except (NoRouteError, GeometryError):
        return
    required = surface.exclusions[0].clearance_m
    for route in routes.results():
        distance = features.geometry.distance(route.line).min()
        assert distance >= required - 1e-6
        assert features.geometry.intersection(route.line).length.sum() == 0.0
        assert route.is_clear
    best = routes.least_cost
    cells = path_cost(surface.total_usd_per_m, best.cells, cell_size=100.0)
    dearest = float(surface.total_usd_per_m[~surface.blocked].max())
    # Two ends of at most half a diagonal of a cell reach from the points to the cell centers.
    assert best.total_usd <= 1.005 * (cells + 2 * dearest * 100 / np.sqrt(2)) * (1 + 1e-9)
