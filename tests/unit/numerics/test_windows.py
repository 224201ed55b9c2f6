"""Windows cover an array once, and work over them comes back in order."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.numerics.windows import (
    ArrayCells,
    ArrayStore,
    Cells,
    Window,
    as_cells,
    each,
    fill,
    require_same_shape,
    windows,
)


@pytest.mark.parametrize("shape", [(1, 1), (10, 10), (11, 25), (5, 31)])
def test_every_cell_lies_in_one_window(shape):
    seen = np.zeros(shape, dtype=int)
    for window in windows(shape, side=10):
        assert 1 <= window.rows <= 10
        seen[window.slices] += 1
    assert (seen == 1).all()


def test_a_padded_window_stays_inside_and_knows_its_core():
    values = np.arange(60).reshape(6, 10)
    window = Window(0, 4, 3, 3)
    wide = window.padded(2, values.shape)
    assert wide == Window(0, 2, 5, 7)
    cells = ArrayCells(values)
    assert np.array_equal(cells.read(wide)[window.within(wide)], cells.read(window))


def test_cells_are_written_where_they_belong():
    cells = ArrayStore().create("x", shape=(4, 5), dtype=np.float32)
    assert isinstance(cells, Cells)
    cells.write(Window(1, 2, 2, 3), np.full((2, 3), 7.0))
    assert cells.read(Window(0, 0, 4, 5)).sum() == 2 * 3 * 7
    assert as_cells(cells) is cells


@pytest.mark.parametrize("threads", [0, 3])
def test_results_come_in_order(threads):
    pieces = range(40)
    if threads:
        with ThreadPoolExecutor(threads) as pool:
            found = list(each(lambda n: n * n, pieces, workers=pool))
    else:
        found = list(each(lambda n: n * n, pieces))
    assert found == [n * n for n in range(40)]


def test_other_shapes_are_refused():
    first, other = ArrayCells(np.zeros((2, 3))), ArrayCells(np.zeros((3, 2)))
    require_same_shape(first, first, name="same")
    with pytest.raises(InputError) as refused:
        require_same_shape(first, other, name="risk")
    assert refused.value.findings[0].code == "windows.shape"


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("shared", [False, True])
def test_fill_writes_every_window(threads, shared):
    class Kept(ArrayCells):
        @property
        def shared(self) -> bool:
            return shared

    out, told = Kept(np.zeros((21, 34))), []

    def work(window):
        rows, columns = np.mgrid[window.slices]
        return 100 * rows + columns

    pool = ThreadPoolExecutor(threads) if threads else None
    fill(out, work, side=10, workers=pool, progress=told.append)
    rows, columns = np.indices((21, 34))
    assert np.array_equal(out.values, 100 * rows + columns)
    assert told[-1] == 1.0
