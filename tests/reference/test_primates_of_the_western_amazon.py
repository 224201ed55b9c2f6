"""Modelled ranges of primates: richness, STAR and LIFE of whole degrees against plain loops.

The ranges stop near the border of Colombia: they test arithmetic, they are no truth of Peru.
"""

import numpy as np
import pytest
import rasterio

from nonetloss.offset.value.persistence import extinctions_per_km2, persistence_change
from nonetloss.offset.value.star import range_weighted_richness, star_threat_abatement

EARTH_KM = 6371.0072
ROWS, COLUMNS = 648, 552
# Cells of 2.5 minutes: 24 of them are a degree.
PER_DEGREE = 24


@pytest.fixture(scope="module")
def primates(shared_data):
    """km² of habitat (species, square degrees), by file name, and km² of each square degree."""
    folder = shared_data / "species_ranges_primates_western_amazon"
    paths = sorted(folder.glob("*_veg_coarse.tif"))
    if not paths:
        pytest.skip("the ranges of primates are not under NONETLOSS_DATA")
    found = {}
    for path in paths:
        with rasterio.open(path) as source:
            assert source.shape == (ROWS, COLUMNS)
            found[path.name.removesuffix("_veg_coarse.tif")] = (
                source.read(1, masked=True).filled(0) == 1
            )
            step, top = source.transform.a, source.bounds.top
    edges = np.sin(np.radians(top - step * np.arange(ROWS + 1)))
    strip = EARTH_KM**2 * np.radians(step) * (edges[:-1] - edges[1:])
    area = np.repeat(strip[:, None], COLUMNS, axis=1)
    blocks = (ROWS // PER_DEGREE, PER_DEGREE, COLUMNS // PER_DEGREE, PER_DEGREE)

    def by_degree(values):
        return values.reshape(blocks).sum(axis=(1, 3)).ravel()

    habitat = np.array([by_degree(area * present) for present in found.values()])
    return tuple(found), habitat, by_degree(area)


def test_thirty_five_ranges_of_which_two_are_empty(primates):
    names, habitat, land = primates
    assert habitat.shape == (35, 27 * 23)
    empty = {n for n, total in zip(names, habitat.sum(axis=1), strict=True) if total == 0}
    assert empty == {"Aotus_nancymaae", "Cebus_malitiosus"}
    # Square degrees at the equator: (111.195 km)².
    assert land.max() == pytest.approx(111.195**2, rel=1e-4)


def test_range_weighted_richness_adds_up_to_the_species_that_have_a_range(primates):
    names, habitat, _ = primates
    found = range_weighted_richness(habitat)
    assert found.sum() == pytest.approx(33)
    # Plecturocebus caquetensis has three cells: where they lie it alone gives up to one point.
    smallest = habitat[names.index("Plecturocebus_caquetensis")]
    assert found[np.argmax(smallest)] >= smallest.max() / smallest.sum()


def test_star_against_loops(primates):
    """Category EN and the same two threats for all: an assumption of the test."""
    names, habitat, _ = primates
    threats = {"clearing": 18.0, "hunting": 9.0}
    found = star_threat_abatement(
        habitat, categories=["EN"] * len(names), threats=[threats] * len(names)
    )
    assert found.total.sum() == pytest.approx(33 * 300)
    place = int(np.argmax(found.total))
    score = sum(300 * row[place] / row.sum() for row in habitat if row.sum() > 0)
    assert found.total[place] == pytest.approx(score)
    assert found.by_threat[:, place] == pytest.approx([score * 18 / 27, score * 9 / 27])
    # With equal weights STAR ranks places as range-weighted richness does.
    assert found.total == pytest.approx(300 * range_weighted_richness(habitat))


def test_life_of_clearing_a_square_degree_against_loops(primates):
    """Historic habitat is taken as twice today's: an assumption of the test."""
    _, habitat, land = primates
    living = habitat[habitat.sum(axis=1) > 0]
    historic = 2 * living.sum(axis=1)
    change = persistence_change(living, scenario=np.zeros_like(living), historic=historic)
    score = extinctions_per_km2(change, changed_km2=land)
    assert (score >= 0).all()
    place = int(np.argmax(score))
    expected = 0.0
    for row in living:
        total = row.sum()
        left = max(0.0, total - row[place])
        expected += (total / (2 * total)) ** 0.25 - (left / (2 * total)) ** 0.25
    assert score[place] == pytest.approx(expected / land[place] / len(living))
    # A species whose whole range is in the place is lost: it alone adds 0.5 ** 0.25.
    whole = (living[:, place] >= living.sum(axis=1) * (1 - 1e-12)).sum()
    assert expected >= whole * 0.5**0.25 - 1e-9
