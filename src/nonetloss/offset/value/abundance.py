"""Mean species abundance (MSA): the area over which the original wildlife is lost."""

import numpy as np

from nonetloss.core.errors import InputError


def abundance_loss(area: np.ndarray, *, abundance: np.ndarray) -> np.ndarray:
    """Area in which, at the mean abundance that is left, nothing of the original would remain.

    Parameters
    ----------
    area : array
        Area of each place, not negative, in any unit. NaN stays NaN.
    abundance : array that broadcasts with it
        Mean species abundance, in [0, 1]: 1 is the abundance without people. NaN, not known,
        stays NaN.

    Returns
    -------
    array
        In the unit of `area`; add up places to get that of a project.

    Raises
    ------
    InputError
        `species.area`, `species.abundance`.

    Notes
    -----
    area × (1 - MSA): 100 ha at an MSA of 0.7 count as 30 ha without anything. The formula was taken
    from a secondary account and not checked against the publications of GLOBIO, which define MSA;
    which abundance a use of land leaves is the user's to bring, no table of it is packaged.
    """
    land = np.asarray(area, dtype=np.float64)
    left = np.asarray(abundance, dtype=np.float64)
    if (land < 0).any() or np.isinf(land).any():
        raise InputError.because("species.area", "area", count=int((land < 0).sum()))
    outside = (left < 0) | (left > 1)
    if outside.any():
        raise InputError.because("species.abundance", "abundance", count=int(outside.sum()))
    return np.asarray(land * (1.0 - left))
