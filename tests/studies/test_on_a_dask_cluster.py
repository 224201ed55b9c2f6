"""Risk of deforestation with and without a Dask cluster of two processes: the same bytes."""

from collections.abc import Iterator

import numpy as np
import pytest

from nonetloss.cli import cluster
from nonetloss.forest.risk.benchmark import risk
from nonetloss.forest.risk.cover_method import forest_cover
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window, as_cells

# Two windows of at most 2,048 rows.
SHAPE = (2100, 48)
MAPS = ("calibration", "confirmation", "validity")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
    ) as local:
        yield local.scheduler_address


def growing_clearing():
    """A strip of forest whose front advances 3 and 5 cells, and a second clearing at its end."""
    row, column = np.indices(SHAPE)
    depth = column - 6 - (row // 100) % 3
    codes = np.select([depth < 0, depth < 3, depth < 8], [0, 1, 2], 3).astype(np.uint8)
    codes[2080:, 41:] = 0
    grid = Grid(400_000.0, 8_600_000.0, 30.0, 30.0, *SHAPE)
    return WindowedRaster(as_cells(codes), grid, "EPSG:32719")


def test_risk_is_the_same_on_a_real_cluster(address):
    cover = forest_cover([growing_clearing()], encoding="three-dates", years=(2000, 2010, 2020))
    here = risk(cover)
    with cluster.workers(cluster=address, threads=1) as pool:
        there = risk(cover, workers=pool)
    with cluster.connect(address) as client:
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
    # Windows of the threshold, of two fits and of three maps went through the cluster.
    assert len(done) == 2
    assert sum(done.values()) >= 2 * 6
    assert there.threshold_m == here.threshold_m
    assert there.classes.equals(here.classes)
    assert there.densities.equals(here.densities)
    for name in MAPS:
        one, other = (
            getattr(b, name).hectares.cells.read(Window(0, 0, *SHAPE)) for b in (here, there)
        )
        assert one.any()
        assert one.tobytes() == other.tobytes()
