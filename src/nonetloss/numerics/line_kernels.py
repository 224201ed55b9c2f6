"""Kernels around a point whose sum along a straight line is a given profile across it.

What a line spreads over the land around it is, per meter, the kernel of each of its points; so a
raster convolved with the kernel tells what a meter of a long line meets.
"""

import numpy as np
from scipy.special import k0, k1

from nonetloss.numerics.grid import Grid

_EXPONENTIAL_REACH = 6.5  # scales: 99.85 % of the exponential
_POINTS = 64  # a multiple of 8, so that the kernel looks the same from all sides


def exponential_kernel(grid: Grid, *, scale_m: float) -> np.ndarray:
    """Weight of each cell around a central one; the weights add up to 1.

    Along an infinite straight line the sum of the kernels fades as exp(-d / s) / (2 s) with the
    distance d. The isotropic kernel of which this holds is K0(r / s) / (2 π s²), K0 the modified
    Bessel function: both have the characteristic function 1 / (1 + s² k²).

    Returns
    -------
    (2 down + 1, 2 across + 1), never larger than twice the grid.
    """
    reach = _EXPONENTIAL_REACH * scale_m
    down = min(int(np.ceil(reach / grid.cell_height)), grid.rows - 1)
    across = min(int(np.ceil(reach / grid.cell_width)), grid.columns - 1)
    y = np.arange(-down, down + 1)[:, None] * grid.cell_height
    x = np.arange(-across, across + 1)[None, :] * grid.cell_width
    radius = np.hypot(x, y) / scale_m
    # The kernel is infinite at its center but holds a finite part: that of the disc as large as
    # a cell.
    disc = np.sqrt(grid.cell_area / np.pi) / scale_m
    radius[down, across] = 1.0
    weights = k0(radius) / (2 * np.pi * scale_m**2) * grid.cell_area
    weights[down, across] = 1 - disc * k1(disc)
    result: np.ndarray = weights / weights.sum()
    return result


def strip_kernel(grid: Grid, *, half_width_m: float) -> np.ndarray:
    """Weight of each cell around the center of one; the weights add up to 1.

    Along an infinite straight line the sum of the kernels is 1 / (2 R) within R of the line and 0
    beyond: a strip of even weight. The isotropic kernel of which this holds is
    1 / (2 π R sqrt(R² - r²)) within R (Abel transform), with the part 1 - sqrt(1 - r²/R²) inside
    r. It is laid out as points of equal part, each in its cell.

    Returns
    -------
    (2 down + 1, 2 across + 1), never larger than twice the grid; what would fall beyond is left
    out and the rest stands for it.
    """
    down = min(int(np.ceil(half_width_m / grid.cell_height)), grid.rows - 1)
    across = min(int(np.ceil(half_width_m / grid.cell_width)), grid.columns - 1)
    # Points of equal part as far as the cells reach, more where there are more cells.
    reach = np.hypot((down + 1) * grid.cell_height, (across + 1) * grid.cell_width)
    largest = 1 - np.sqrt(1 - min(reach / half_width_m, 1.0) ** 2)
    radii, angles = _POINTS + 8 * max(down, across), _POINTS + 16 * max(down, across)
    part = (np.arange(radii) + 0.5) / radii * largest
    radius = half_width_m * np.sqrt(1 - (1 - part) ** 2)
    # Half a step off the axes, so that no point falls on the edge of a cell.
    angle = (np.arange(angles) + 0.5) * 2 * np.pi / angles
    row = np.rint(radius[:, None] * np.sin(angle) / grid.cell_height).astype(int) + down
    column = np.rint(radius[:, None] * np.cos(angle) / grid.cell_width).astype(int) + across
    shape = (2 * down + 1, 2 * across + 1)
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    weights = np.zeros(shape)
    np.add.at(weights, (row[inside], column[inside]), 1.0)
    result: np.ndarray = weights / weights.sum()
    return result
