"""Habitat quality: how good a place still is, given what threatens it from nearby."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.numerics.decay import exponential_decay, linear_decay
from nonetloss.numerics.distance import distance_to

LINEAR, EXPONENTIAL = "linear", "exponential"
SCALE_Z = 2.5


@dataclass(frozen=True, slots=True)
class Threat:
    """One threat: how far each cell lies from the nearest cell that has it.

    `distance_m` (rows, columns) is infinite where there is none anywhere; see `near`. `weight` is
    its importance beside other threats, `reach_m` how far it is felt, `decay` how its influence
    falls on the way (`linear` or `exponential`).
    """

    name: str
    distance_m: np.ndarray
    weight: float
    reach_m: float
    decay: str = LINEAR

    def influence(self) -> np.ndarray:
        """Between 0 and 1, (rows, columns)."""
        falls = linear_decay if self.decay == LINEAR else exponential_decay
        return falls(self.distance_m, reach_m=self.reach_m)


def near(cells: np.ndarray, *, cell_size: float | tuple[float, float]) -> np.ndarray:
    """Distance in meters, (rows, columns), to the nearest True cell of `cells`."""
    return distance_to(np.asarray(cells, dtype=np.bool_), cell_size=cell_size)


@dataclass(frozen=True, slots=True)
class HabitatQuality:
    """Arrays (rows, columns); NaN outside the map.

    `quality` lies between 0 and the habitat suitability of the class; `degradation` in [0, 1].
    `rarity` is None without a baseline; `rarity_of_class` likewise.
    """

    quality: np.ndarray
    degradation: np.ndarray
    rarity: np.ndarray | None
    rarity_of_class: Mapping[int, float] | None


def habitat_quality(
    landcover: np.ndarray,
    *,
    habitat: Mapping[int, float],
    sensitivity: Mapping[int, Mapping[str, float]],
    threats: Sequence[Threat],
    access: np.ndarray | None = None,
    half_saturation: float,
    scale_z: float = SCALE_Z,
    baseline: np.ndarray | None = None,
) -> HabitatQuality:
    """Quality, degradation and rarity of habitat, as InVEST defines them since version 3.13.

    Parameters
    ----------
    landcover : int (rows, columns)
        Classes; 0 is outside the map.
    habitat : mapping
        Suitability H of each class, in [0, 1]. A class of suitability 0 has quality 0.
    sensitivity : mapping
        ``{class: {threat: S}}``, S in [0, 1], for every class and threat.
    threats : sequence of Threat
        At least one. Their weights count in proportion to the sum over all of them, also over
        those that are nowhere on the map.
    access : (rows, columns) or None
        How open a place is to threats, from 0 (fully protected) to 1; unread outside the map.
        None: 1 everywhere.
    half_saturation : float
        Degradation k at which quality is half of H. InVEST advises half of the largest
        degradation on the map.
    scale_z : float
        z of the curve; InVEST fixes it at 2.5.
    baseline : int (rows, columns) or None
        Classes of an earlier or undisturbed state, for rarity.

    Raises
    ------
    InputError
        All that is wrong at once: `habitat.shape`, `habitat.class`, `habitat.sensitivity`,
        `habitat.share`, `habitat.threat`, `habitat.curve`.

    Notes
    -----
    D = beta sum_r (w_r / sum w) i_r(d_r) S_jr, with d_r the distance to the *nearest* cell of
    threat r (the guide of earlier versions sums over all cells of a threat); i_r = 1 - d / reach
    or exp(-2.99 d / reach), 0 beyond the reach; Q = H_j (1 - D^z / (D^z + k^z)). Rarity of a
    class is 1 - N / (N_baseline + N), 0 for a class that the baseline does not have.

    **In words.** Each threat weighs on a place by how near, how heavy and how unwelcome it is
    there. Little of it harms little; past a threshold quality falls fast.

    References
    ----------
    natcap/invest, decision record ADR-0003; Sharp et al. 2020, InVEST user guide; Terrado et al.
    2016, doi 10.1016/j.scitotenv.2015.03.064.
    """
    classes = np.asarray(landcover)
    codes, index = np.unique(classes, return_inverse=True)
    index = index.reshape(classes.shape)
    found = _findings(classes, codes, habitat, sensitivity, threats, access, baseline)
    if not (half_saturation > 0 and np.isfinite(half_saturation)):
        found.append(error("habitat.curve", "half_saturation", value=half_saturation))
    if not (scale_z > 0 and np.isfinite(scale_z)):
        found.append(error("habitat.curve", "scale_z", value=scale_z))
    if found:
        raise InputError(*found)
    mapped = [int(c) for c in codes]
    suitable = np.array([habitat[c] if c else np.nan for c in mapped])
    total = sum(t.weight for t in threats)
    degradation = np.zeros(classes.shape)
    for threat in threats:
        felt = np.array([sensitivity[c][threat.name] if c else np.nan for c in mapped])
        degradation += threat.weight / total * threat.influence() * felt[index]
    if access is not None:
        degradation *= access
    quality = suitable[index] * remaining(
        degradation, half_saturation=half_saturation, scale_z=scale_z
    )
    if baseline is None:
        return HabitatQuality(quality, degradation, None, None)
    rare = rarity_of_classes(classes, baseline=np.asarray(baseline))
    by_code = np.array([rare[c] if c else np.nan for c in mapped])
    return HabitatQuality(quality, degradation, by_code[index], rare)


def remaining(degradation: np.ndarray, *, half_saturation: float, scale_z: float) -> np.ndarray:
    """Share of the suitability that is left, ``1 - D^z / (D^z + k^z)``; NaN stays NaN."""
    raised = np.asarray(degradation, dtype=np.float64) ** scale_z
    return np.asarray(1.0 - raised / (raised + half_saturation**scale_z))


def rarity_of_classes(landcover: np.ndarray, *, baseline: np.ndarray) -> dict[int, float]:
    """Rarity of each class of `landcover` (0 left out): 1 - N / (N_baseline + N).

    A class that grew is common (near 0), one that shrank rare (near 1); one that the baseline
    does not have gets 0.
    """
    before = dict(zip(*(a.tolist() for a in np.unique(baseline, return_counts=True)), strict=True))
    codes, counts = np.unique(landcover, return_counts=True)
    return {
        int(code): 1.0 - count / (before[code] + count) if before.get(code) else 0.0
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
        if code
    }


def _findings(
    classes: np.ndarray,
    codes: np.ndarray,
    habitat: Mapping[int, float],
    sensitivity: Mapping[int, Mapping[str, float]],
    threats: Sequence[Threat],
    access: np.ndarray | None,
    baseline: np.ndarray | None,
) -> list[Finding]:
    found = _shapes(classes, threats, access, baseline)
    known = [int(c) for c in codes if c]
    unknown = [c for c in known if c not in habitat]
    if unknown:
        found.append(error("habitat.class", offenders(unknown)))
    lacking = [
        f"{c} : {t.name}" for c in known for t in threats if t.name not in sensitivity.get(c, {})
    ]
    if lacking:
        found.append(error("habitat.sensitivity", offenders(lacking), count=len(lacking)))
    shares = {f"habitat {c}": v for c, v in habitat.items()}
    shares |= {f"{c} : {t}": v for c, row in sensitivity.items() for t, v in row.items()}
    found += [
        error("habitat.share", name, value=value)
        for name, value in shares.items()
        if not 0 <= value <= 1
    ]
    if access is not None and access.shape == classes.shape:
        inside = access[classes != 0]
        wrong = inside[~((inside >= 0) & (inside <= 1))]
        if wrong.size:
            found.append(error("habitat.share", "access", value=offenders(wrong.tolist())))
    return found


def _shapes(
    classes: np.ndarray,
    threats: Sequence[Threat],
    access: np.ndarray | None,
    baseline: np.ndarray | None,
) -> list[Finding]:
    given = {t.name: t.distance_m for t in threats}
    given |= {} if access is None else {"access": access}
    given |= {} if baseline is None else {"baseline": np.asarray(baseline)}
    found = [
        error("habitat.shape", name, found=array.shape, expected=classes.shape)
        for name, array in given.items()
        if array.shape != classes.shape
    ]
    sound = [
        0 < t.weight < np.inf and 0 < t.reach_m < np.inf and t.decay in (LINEAR, EXPONENTIAL)
        for t in threats
    ]
    bad = [t for t, good in zip(threats, sound, strict=True) if not good]
    found += [
        error("habitat.threat", t.name, weight=t.weight, reach=t.reach_m, decay=t.decay)
        for t in bad
    ]
    if len({t.name for t in threats}) != len(threats) or not threats:
        names = offenders(t.name for t in threats) or "–"
        found.append(error("habitat.threat", names, weight="–", reach="–", decay="–"))
    return found
