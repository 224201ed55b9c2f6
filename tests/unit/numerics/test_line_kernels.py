import numpy as np
import pytest

from nonetloss.numerics.grid import Grid
from nonetloss.numerics.line_kernels import exponential_kernel, strip_kernel

FINE = Grid(0, 0, 10.0, 10.0, 401, 401)


def across(kernel):
    """What a line along the columns gives to each row: the sum of the kernels of its points."""
    return kernel.sum(axis=1)


@pytest.mark.parametrize(
    "kernel",
    [
        exponential_kernel(FINE, scale_m=200.0),
        strip_kernel(FINE, half_width_m=500.0),
        strip_kernel(FINE, half_width_m=3.0),
    ],
    ids=["exponential", "strip", "narrow"],
)
def test_weights_add_up_and_have_no_direction(kernel):
    assert kernel.sum() == pytest.approx(1.0)
    assert kernel == pytest.approx(kernel[::-1, ::-1], abs=1e-12)
    assert kernel == pytest.approx(kernel.T, abs=1e-12)


def test_along_a_line_the_exponential_fades_as_the_exponential():
    # Part of exp(-|d| / s) / (2 s) that falls in a row of 10 m at 300 m: between 295 and 305 m.
    profile = across(exponential_kernel(FINE, scale_m=200.0))
    middle = profile.size // 2
    part = (np.exp(-295 / 200) - np.exp(-305 / 200)) / 2
    assert profile[middle + 30] == pytest.approx(part, rel=0.01)


def test_along_a_line_the_strip_is_even():
    # 1 / (2 x 500 m) x 10 m = 1 % in each row within 500 m, half of one in the row at its edge.
    profile = across(strip_kernel(FINE, half_width_m=500.0))
    middle = profile.size // 2
    within = profile[middle - 48 : middle + 49]
    assert within.mean() == pytest.approx(0.01, rel=0.005)
    assert abs(within - 0.01).max() < 0.0005
    assert profile[[0, -1]] == pytest.approx([0.005, 0.005], rel=0.02)


def test_a_strip_inside_a_cell_is_that_cell():
    kernel = strip_kernel(FINE, half_width_m=3.0)
    assert kernel[1, 1] == 1.0


def test_a_kernel_wider_than_the_grid_is_cut_and_stands_for_all():
    tiny = Grid(0, 0, 10.0, 10.0, 3, 3)
    for kernel in (exponential_kernel(tiny, scale_m=200.0), strip_kernel(tiny, half_width_m=500.0)):
        assert kernel.shape == (5, 5)
        assert kernel.sum() == pytest.approx(1.0)
