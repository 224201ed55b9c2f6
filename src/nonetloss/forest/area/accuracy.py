"""What a map and a sample of it say together: areas, accuracies, and their errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.area.estimators import Estimated

# Fewer units in a stratum leave its error itself badly known. Olofsson et al. 2014, section 5,
# advise 50 to 100 for rare classes.
FEW_UNITS: Final = 50
NOT_KNOWN: Final = Estimated(*(float("nan"),) * 4, 0, float("nan"))
_SOURCE = Text(
    es="Muestra de referencia sobre el mapa", en="Sample of reference points over the map"
)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Areas by the reference, and the accuracy of the map, over one set of classes.

    Parameters
    ----------
    classes : tuple of str
        Classes of the map and of the reference together.
    mapped_ha : (classes,)
        What the map says; NaN where it is not known, 0 where the map has no such class.
    counts : (classes, classes) int
        Units by class of the map (rows) and of the reference (columns).
    shares, share_errors : (classes, classes)
        Share of the whole area in each cell, and its standard error.
    overall : Estimated
        Share of the area whose class is the same in both.
    users, producers : tuple of Estimated
        By class; NaN where the map, or the reference, has none of it in the sample.
    areas : tuple of Estimated
        Hectares by class, by the reference.
    total_ha : float
        Hectares of all strata.
    units : dict
        Units drawn in each stratum.
    findings : tuple of Finding
        What makes these numbers doubtful.
    """

    classes: tuple[str, ...]
    mapped_ha: np.ndarray
    counts: np.ndarray
    shares: np.ndarray
    share_errors: np.ndarray
    overall: Estimated
    users: tuple[Estimated, ...]
    producers: tuple[Estimated, ...]
    areas: tuple[Estimated, ...]
    total_ha: float
    units: dict[str, int]
    findings: tuple[Finding, ...] = ()

    def area(self, name: str) -> Estimate:
        """Hectares of a class; what an interval says beyond nothing or everything is cut off.

        Raises
        ------
        KeyError
            If there is no such class.
        """
        if name not in self.classes:
            raise KeyError(name)
        found = within(self.areas[self.classes.index(name)], 0.0, self.total_ha)
        return Estimate(found.low, found.mean, found.high, _SOURCE)


def within(estimate: Estimated, least: float, most: float) -> Estimated:
    """The estimate with its interval cut to what is possible; mean and error stay."""
    low, high = np.clip([estimate.low, estimate.high], least, most)
    return Estimated(
        estimate.mean, estimate.standard_error, float(low), float(high),
        estimate.n, estimate.degrees, estimate.confidence,
    )  # fmt: skip


def doubts(
    classes: tuple[str, ...],
    counts: np.ndarray,
    *,
    strata: Sequence[str],
    reference: Mapping[str, np.ndarray],
) -> tuple[Finding, ...]:
    """What makes areas and accuracies doubtful.

    Parameters
    ----------
    classes : tuple of str
    counts : (classes, classes) int
    strata : sequence of str
        Strata that were sampled.
    reference : mapping
        Units of each stratum by reference class.
    """
    found = []
    few = [f"{k}: {reference[k].sum():g}" for k in strata if reference[k].sum() < FEW_UNITS]
    if few:
        found.append(warning("area.few-units", "samples", strata=offenders(few), least=FEW_UNITS))
    uniform = [k for k in strata if (reference[k] > 0).sum() == 1]
    if uniform:
        found.append(notice("area.all-alike", "samples", strata=offenders(uniform)))
    unseen = [k for k, seen in zip(classes, counts.sum(axis=0), strict=True) if seen == 0]
    if unseen:
        found.append(warning("area.class-never-seen", "samples", classes=offenders(unseen)))
    unmapped = [k for k, seen in zip(classes, counts.sum(axis=1), strict=True) if seen == 0]
    if unmapped:
        found.append(notice("area.class-not-mapped", "samples", classes=offenders(unmapped)))
    return tuple(found)
