"""STAR: how much of the extinction risk of species could be abated in a place, and from which
threat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, nearest, offenders

# Weight of a Red List category.
CATEGORY_WEIGHTS = {"LC": 0.0, "NT": 100.0, "VU": 200.0, "EN": 300.0, "CR": 400.0}
SCOPES = ("whole", "majority", "minority")
SEVERITIES = (
    "very-rapid-declines",
    "rapid-declines",
    "slow-significant-declines",
    "negligible-declines",
    "no-decline",
    "fluctuations",
)
UNKNOWN = "unknown"
# Expected decline in percent over ten years or three generations: rows are the share of the
# population that is affected (more than 90 %, 50-90 %, less than 50 %), columns the severity.
EXPECTED_DECLINE = (
    (63.0, 24.0, 10.0, 1.0, 0.0, 10.0),
    (52.0, 18.0, 9.0, 0.0, 0.0, 9.0),
    (24.0, 7.0, 5.0, 0.0, 0.0, 5.0),
)
# What stands in for an unknown scope or severity.
_DEFAULTS = ("majority", "slow-significant-declines")


@dataclass(frozen=True, slots=True)
class StarScores:
    """STAR scores. They add up over places, threats and species alike.

    `by_threat` (threats, places) in the order of `threats`; `by_species` (species, places).
    """

    threats: tuple[str, ...]
    by_threat: np.ndarray
    by_species: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Score of each place, (places,)."""
        return np.asarray(self.by_species.sum(axis=0))


def category_weight(category: str) -> float:
    """Weight of a Red List category: LC 0, NT 100, VU 200, EN 300, CR 400.

    Raises
    ------
    InputError
        `species.category` for any other; a species without enough data (DD) has none.
    """
    if category not in CATEGORY_WEIGHTS:
        raise InputError.because(
            "species.category", category, known=offenders(CATEGORY_WEIGHTS, 20)
        )
    return CATEGORY_WEIGHTS[category]


def expected_decline(*, scope: str, severity: str) -> float:
    """Expected decline, in percent, that a threat of this scope and severity causes.

    `unknown` counts as a majority of the population, and as slow, significant declines.

    Raises
    ------
    InputError
        `species.scope`, `species.severity`.
    """
    row = _DEFAULTS[0] if scope == UNKNOWN else scope
    column = _DEFAULTS[1] if severity == UNKNOWN else severity
    found: list[Finding] = []
    for code, value, known in (
        ("scope", row, SCOPES),
        ("severity", column, SEVERITIES),
    ):
        if value not in known:
            near, listed = nearest(value, known), offenders((*known, UNKNOWN), 20)
            found.append(
                error("species.scope", value, nearest=near, known=listed)
                if code == "scope"
                else error("species.severity", value, nearest=near, known=listed)
            )
    if found:
        raise InputError(*found)
    return EXPECTED_DECLINE[SCOPES.index(row)][SEVERITIES.index(column)]


def star_threat_abatement(
    habitat: np.ndarray,
    *,
    categories: Sequence[str],
    threats: Sequence[Mapping[str, float]],
    totals: np.ndarray | None = None,
) -> StarScores:
    """STAR scores of threat abatement of places, by threat and by species.

    Parameters
    ----------
    habitat : (species, places)
        Current area of habitat of each species in each place, in any unit of area; not negative.
    categories : (species,)
        Red List categories.
    threats : (species,) of mappings
        Per species, the expected decline that each threat causes; see `expected_decline`.
    totals : (species,) or None
        Whole current area of habitat, on all the Earth. None: the places hold all of it.

    Returns
    -------
    StarScores
        A species without any effective threat, of category LC, or without habitat, adds nothing.

    Raises
    ------
    InputError
        `species.shape`, `species.area` (negative, not finite, or more habitat in the places than
        in all), `species.category`.

    Notes
    -----
    T_i = sum_s w_s (AOH_si / AOH_s) C_st, with w_s the weight of the category and C_st the share
    of threat t in the sum of declines of species s.

    **In words.** A threatened species has 100 to 400 points. They are spread over its habitat,
    and there over what threatens it: to take a threat away from a place earns its points.

    References
    ----------
    Mair et al. 2021, doi 10.1038/s41559-021-01432-0; quantifyearth/STAR.
    """
    share = habitat_shares(habitat, totals=totals)
    if not len(categories) == len(threats) == len(share):
        found = (len(share), len(categories), len(threats))
        raise InputError.because("species.shape", "species", found=found)
    weight = np.array([category_weight(c) for c in categories]).reshape(-1, 1)
    names = tuple(dict.fromkeys(name for row in threats for name in row))
    decline = np.array([[row.get(n, 0.0) for n in names] for row in threats], dtype=np.float64)
    decline = decline.reshape(len(share), len(names))
    if not (np.isfinite(decline) & (decline >= 0)).all():
        raise InputError.because("species.area", "threats", count=int((~(decline >= 0)).sum()))
    whole = decline.sum(axis=1, keepdims=True)
    part = np.divide(decline, whole, out=np.zeros_like(decline), where=whole > 0)
    points = weight * share
    return StarScores(names, part.T @ points, points * part.sum(axis=1, keepdims=True))


def habitat_shares(habitat: np.ndarray, *, totals: np.ndarray | None) -> np.ndarray:
    """Share (species, places) of each species' habitat that lies in each place.

    0 for a species that has no habitat at all.

    Raises
    ------
    InputError
        `species.shape`, `species.area`.
    """
    area = np.asarray(habitat, dtype=np.float64)
    if area.ndim != 2:
        raise InputError.because("species.shape", "habitat", found=area.shape)
    inside = area.sum(axis=1)
    whole = inside if totals is None else np.asarray(totals, dtype=np.float64)
    if whole.shape != inside.shape:
        raise InputError.because("species.shape", "totals", found=whole.shape)
    bad = ~(np.isfinite(area) & (area >= 0)).all(axis=1) | ~np.isfinite(whole)
    bad |= inside > whole * (1 + 1e-9)
    if bad.any():
        raise InputError.because("species.area", "habitat", count=int(bad.sum()))
    return np.divide(area, whole[:, None], out=np.zeros_like(area), where=whole[:, None] > 0)


def range_weighted_richness(habitat: np.ndarray, *, totals: np.ndarray | None = None) -> np.ndarray:
    """Sum over species of the share of their range that each place holds, (places,).

    Also called weighted endemism: a species of a single place counts 1 there, a widespread one
    next to nothing. Over all places it adds up to the number of species.

    Parameters
    ----------
    habitat : (species, places)
        Area of habitat, or presence as 1 and 0.
    totals : (species,) or None
        Whole range; None: the places hold all of it.

    Raises
    ------
    InputError
        `species.shape`, `species.area`.

    References
    ----------
    Williams et al. 1996, doi 10.1046/j.1523-1739.1996.10010155.x.
    """
    return np.asarray(habitat_shares(habitat, totals=totals).sum(axis=0))
