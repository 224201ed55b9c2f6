"""Distance from every cell to the nearest marked cell."""

import numpy as np
from scipy.ndimage import distance_transform_edt


def distance_to(mask: np.ndarray, *, cell_size: float | tuple[float, float]) -> np.ndarray:
    """Exact Euclidean distance between cell centers.

    Parameters
    ----------
    mask : bool (rows, columns)
        True cells are the places to measure to.
    cell_size : float or (width, height)
        In meters.

    Returns
    -------
    float64 (rows, columns)
        Distance in meters to the nearest True cell; 0 on it. Infinite everywhere if there is no
        True cell: nothing is near.
    """
    if not mask.any():
        return np.full(mask.shape, np.inf)
    width, height = cell_size if isinstance(cell_size, tuple) else (cell_size, cell_size)
    return np.asarray(distance_transform_edt(~mask.astype(np.bool_), sampling=(height, width)))
