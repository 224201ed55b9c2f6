"""How the deforestation that a road brings fades with distance.

Density falls as exp(-d / scale) on both sides. The scale follows from one observation: a share q
of the deforestation falls within a distance D, so scale = D / ln(1 / (1 - q)). For q = 95 % and
D = 5.5 km (Barber et al. 2014, doi 10.1016/j.biocon.2014.07.004): 5.5 km / ln 20 = 1.836 km.
"""

import numpy as np

from nonetloss.core.errors import InputError


def decay_scale_m(*, distance_m: float, share: float) -> float:
    """Scale of the exponential whose share `share` lies within `distance_m`; meters.

    Raises
    ------
    InputError
        `induced.kernel` unless `distance_m > 0` and `0 < share < 1`.
    """
    if not (distance_m > 0 and 0 < share < 1):
        raise InputError.because("induced.kernel", "kernel", distance=distance_m, share=share)
    return float(distance_m / np.log(1 / (1 - share)))


def share_between(near_m: float, far_m: float, *, scale_m: float) -> float:
    """Share of the deforestation that falls between two distances from the road."""
    return float(np.exp(-near_m / scale_m) - np.exp(-far_m / scale_m))


def ring_edges(reach_m: float, width_m: float) -> np.ndarray:
    """Distances from 0 to `reach_m` in steps of `width_m`, the last step as short as needed."""
    return np.append(np.arange(0.0, reach_m * (1 - 1e-12), width_m), reach_m)
