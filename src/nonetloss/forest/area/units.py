"""Areas and accuracies unit by unit, where the strata of the sample are not the map's classes.

So it is when a map was made, or corrected, after its sample was drawn, or when units were drawn by
district. Every quantity is a ratio of two stratified means of ones and zeros:

    area of j        y: reference is j              x: 1
    overall          y: map and reference agree     x: 1
    user's of i      y: both are i                  x: map is i
    producer's of j  y: both are j                  x: reference is j

References
----------
Stehman 2014, doi 10.1080/01431161.2014.930207. Where the strata are the map classes the results are
those of `error_matrix`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.forest.area.accuracy import NOT_KNOWN, Accuracy, doubts
from nonetloss.forest.area.estimators import CONFIDENCE, Estimated, combined_ratio


def units_in_strata(
    map_class: Sequence[object] | np.ndarray,
    *,
    reference: Sequence[object] | np.ndarray,
    strata: Sequence[object] | np.ndarray,
    areas_ha: Mapping[str, float],
    units: Mapping[str, float] | None = None,
    mapped_ha: Mapping[str, float] | None = None,
    confidence: float = CONFIDENCE,
) -> Accuracy:
    """Areas and accuracies from a table of units.

    Parameters
    ----------
    map_class, reference, strata : (n,)
        Of each unit.
    areas_ha : mapping
        Hectares of every stratum.
    units : mapping, optional
        How many units (pixels) each stratum holds, for the finite population correction; without
        it the sample is taken to be a small part.
    mapped_ha : mapping, optional
        Hectares of each map class, to be told beside the estimates; NaN where not given.
    confidence : float
        Of the intervals, by the normal distribution.

    Raises
    ------
    InputError
        As `estimators.combined_ratio`; `area.units-proportion` if `units` are not in proportion
        to `areas_ha`.
    """
    mapped = np.array([str(c) for c in map_class])
    truth = np.array([str(c) for c in reference])
    labels = [str(s) for s in strata]
    for name, column in (("reference", truth), ("strata", labels)):
        if len(column) != mapped.size:
            raise InputError.because(
                "area.other-length", name, found=len(column), expected=mapped.size
            )
    sizes = dict(areas_ha) if units is None else _in_proportion(units, areas_ha)
    classes = tuple(sorted({*mapped.tolist(), *truth.tolist()}))
    whole = float(sum(areas_ha.values()))
    one = np.ones(mapped.size)

    def share(y: np.ndarray, x: np.ndarray = one) -> Estimated:
        return combined_ratio(
            y, x=x, strata=labels, areas=sizes, finite=units is not None, confidence=confidence
        )

    cells = [[share((mapped == i) & (truth == j)) for j in classes] for i in classes]
    counts = np.array([[((mapped == i) & (truth == j)).sum() for j in classes] for i in classes])
    users, producers = [], []
    for k, name in enumerate(classes):
        both = (mapped == name) & (truth == name)
        rows, columns = int(counts[k].sum()), int(counts[:, k].sum())
        users.append(replace(share(both, mapped == name), n=rows) if rows else NOT_KNOWN)
        producers.append(replace(share(both, truth == name), n=columns) if columns else NOT_KNOWN)
    told = mapped_ha or {}
    of_stratum = np.array(labels)
    drawn = [str(k) for k in areas_ha if (of_stratum == str(k)).any()]
    seen = {k: np.array([((of_stratum == k) & (truth == c)).sum() for c in classes]) for k in drawn}
    return Accuracy(
        classes=classes,
        mapped_ha=np.array([float(told.get(k, np.nan)) for k in classes]),
        counts=counts,
        shares=np.array([[c.mean for c in row] for row in cells]),
        share_errors=np.array([[c.standard_error for c in row] for row in cells]),
        overall=share(mapped == truth),
        users=tuple(users),
        producers=tuple(producers),
        areas=tuple(share(truth == k).times(whole) for k in classes),
        total_ha=whole,
        units={k: int(of_class.sum()) for k, of_class in seen.items()},
        findings=doubts(classes, counts, strata=drawn, reference=seen),
    )


def _in_proportion(units: Mapping[str, float], areas_ha: Mapping[str, float]) -> dict[str, float]:
    """Sizes in units, if they give the strata the same weights as their areas do."""
    names = {str(k) for k in areas_ha}
    both = {str(k) for k in units} == names
    total_units, total = float(sum(units.values())), float(sum(areas_ha.values()))
    if not both or not total_units > 0 or not total > 0:
        raise InputError.because("area.units-proportion", "units", strata=", ".join(sorted(names)))
    off = [
        str(k)
        for k in areas_ha
        if not abs(units[k] / total_units - areas_ha[k] / total) <= 1e-3 * areas_ha[k] / total
    ]
    if off:
        raise InputError.because("area.units-proportion", "units", strata=", ".join(off))
    return {str(k): float(v) for k, v in units.items()}
