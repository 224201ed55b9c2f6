"""LIFE: what a change of habitat does to the chance that species persist."""

from typing import Literal

import numpy as np

from nonetloss.core.errors import InputError

Curve = float | Literal["gompertz"]
GOMPERTZ: Literal["gompertz"] = "gompertz"
# Exponent of the main analysis of the paper; it compares 0.1, 0.5 and 1 too.
EXPONENT = 0.25
# Modified Gompertz curve: exp(-exp(2.5 - 14.5 a)).
_GOMPERTZ_A, _GOMPERTZ_B = 2.5, 14.5


def persistence(
    habitat: np.ndarray, *, historic: np.ndarray, curve: Curve = EXPONENT
) -> np.ndarray:
    """Chance of persistence, in [0, 1], by what is left of the habitat that there was.

    Parameters
    ----------
    habitat : array
        Area of habitat, not negative, in the unit of `historic`. NaN stays NaN.
    historic : array that broadcasts with it
        Area of habitat without people; positive.
    curve : number or "gompertz"
        Exponent z of ``min(1, (AOH / AOH_historic) ** z)``, positive; or the curve
        ``exp(-exp(2.5 - 14.5 AOH / AOH_historic))``, which is near 0 and 1 at its ends, not at
        them.

    Raises
    ------
    InputError
        `species.historic`, `species.area`, `species.curve`.

    References
    ----------
    Eyres et al. 2025, doi 10.1098/rstb.2023.0327; Durán et al. 2020, doi 10.1111/2041-210X.13427.
    """
    area = np.asarray(habitat, dtype=np.float64)
    before = np.asarray(historic, dtype=np.float64)
    if not (np.isfinite(before) & (before > 0)).all():
        count = int((~(before > 0)).sum())
        raise InputError.because("species.historic", "historic", count=count)
    if (area < 0).any() or np.isinf(area).any():
        raise InputError.because("species.area", "habitat", count=int((area < 0).sum()))
    share = area / before
    if curve == GOMPERTZ:
        return np.asarray(np.exp(-np.exp(_GOMPERTZ_A - _GOMPERTZ_B * share)))
    if isinstance(curve, str) or not 0 < curve < np.inf:
        raise InputError.because("species.curve", "curve", value=curve)
    return np.asarray(np.minimum(1.0, share**curve))


def migrant_persistence(breeding: np.ndarray, wintering: np.ndarray) -> np.ndarray:
    """Chance of persistence of a migratory species: the geometric mean of its two habitats'."""
    return np.asarray(np.sqrt(np.asarray(breeding) * np.asarray(wintering)))


def persistence_change(
    now: np.ndarray,
    *,
    scenario: np.ndarray,
    historic: np.ndarray,
    totals: np.ndarray | None = None,
    curve: Curve = EXPONENT,
) -> np.ndarray:
    """Change of the chance of persistence if each place changes, all others staying as they are.

    Parameters
    ----------
    now, scenario : (species, places)
        Area of habitat in each place today and in the scenario.
    historic : (species,)
        Whole area of habitat without people.
    totals : (species,) or None
        Whole area of habitat today, here and elsewhere. None: the places hold all of it.
    curve : number or "gompertz"
        See `persistence`.

    Returns
    -------
    (species, places)
        P(total - now + scenario) - P(total); negative where the scenario takes habitat.

    Raises
    ------
    InputError
        `species.shape`, and as `persistence`; `species.area` also where the places hold more than
        there is in all.
    """
    area = np.asarray(now, dtype=np.float64)
    future = np.asarray(scenario, dtype=np.float64)
    before = np.asarray(historic, dtype=np.float64)
    if area.ndim != 2 or future.shape != area.shape or before.shape != area.shape[:1]:
        shapes = (area.shape, future.shape, before.shape)
        raise InputError.because("species.shape", "scenario", found=shapes)
    inside = area.sum(axis=1)
    whole = inside if totals is None else np.asarray(totals, dtype=np.float64)
    if whole.shape != inside.shape:
        raise InputError.because("species.shape", "totals", found=whole.shape)
    over = inside > whole * (1 + 1e-9)
    bad = over | ~(np.isfinite(area) & (area >= 0) & np.isfinite(future) & (future >= 0)).all(
        axis=1
    )
    if bad.any():
        raise InputError.because("species.area", "habitat", count=int(bad.sum()))
    # Rounding must not leave a whole that is taken in full below zero.
    changed = np.maximum(0.0, whole[:, None] - area + future)
    today = persistence(whole, historic=before, curve=curve)
    return persistence(changed, historic=before[:, None], curve=curve) - today[:, None]


def extinctions_per_km2(
    change: np.ndarray, *, changed_km2: np.ndarray, species: int | None = None
) -> np.ndarray:
    """LIFE score of places: expected extinctions per km² that changes, per species.

    Parameters
    ----------
    change : (species, places)
        Of `persistence_change`.
    changed_km2 : (places,)
        Land that changes, in km². Where it is 0 the score is NaN.
    species : int or None
        By how many species the sum is divided; 1 gives extinctions and not a mean. None: all of
        `change`.

    Returns
    -------
    (places,)
        Positive where the change harms.

    Raises
    ------
    InputError
        `species.shape`, `species.count`.

    Notes
    -----
    -sum_s change_s / km² / species. The authors' program drops places where less than 1 km²
    changes; here they stay.

    The unit is extinctions per km² (and per species). That program divides by its area in m² over
    1e6, which is km²: the same numbers. Where its divisor is told as "km² × 1e6", m² are meant; who
    takes it by the letter finds a score per m², 1e-6 of this one. Ranks do not change.
    """
    moved = np.asarray(change, dtype=np.float64)
    land = np.asarray(changed_km2, dtype=np.float64)
    if moved.ndim != 2 or land.shape != moved.shape[1:]:
        raise InputError.because("species.shape", "changed_km2", found=(moved.shape, land.shape))
    count = len(moved) if species is None else species
    if count < 1:
        raise InputError.because("species.count", "species", count=count)
    return np.divide(
        -moved.sum(axis=0) / count, land, out=np.full(land.shape, np.nan), where=land > 0
    )
