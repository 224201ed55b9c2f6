"""Threshold and classes against their definitions, at any size of pixel and of window."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.forest.risk.classes import EdgeClasses, class_edges, class_of_distance
from nonetloss.forest.risk.cover import ForestCover, codes_of, forest_at, lost_in
from nonetloss.forest.risk.threshold import negligible_risk_threshold
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window, as_cells, windows

PIXELS = pytest.mark.parametrize("pixel", [5.0, 10.0, 20.0, 30.0, 100.0])


def brute_class(distance, threshold, pixel):
    """The definition, read aloud: edges of a geometric series, one comparison after the other."""
    last = int(pixel)
    edges = [threshold * (last / threshold) ** (i / 29) for i in range(30)]
    edges[0], edges[29] = threshold, last
    if distance >= threshold:
        return 1
    for i in range(29):
        if edges[i] > distance >= edges[i + 1]:
            return i + 2
    return 30


@PIXELS
def test_classes_equal_the_definition_at_any_pixel(pixel, cover_of, random_codes):
    codes = random_codes(60, 70)
    cover = cover_of(codes, pixel)
    threshold = int(12.5 * pixel)
    classes = EdgeClasses(cover, threshold)(Window(0, 0, 60, 70), 1)
    forest = forest_at(codes, 1)
    distance = distance_transform_edt(forest) * pixel
    expected = [
        brute_class(d, threshold, pixel) if f else 0
        for d, f in zip(distance.ravel(), forest.ravel(), strict=True)
    ]
    assert np.array_equal(classes.ravel(), expected)


@PIXELS
def test_every_whole_meter_falls_into_the_class_of_the_definition(pixel):
    threshold = int(7.5 * pixel)
    distances = np.arange(int(pixel), threshold + 50, dtype=float)
    found = class_of_distance(distances, class_edges(threshold, pixel))
    assert found.tolist() == [brute_class(d, threshold, pixel) for d in distances]
    # All thirty are there once pixels are small enough to tell them apart.
    assert (np.diff(found.astype(int)) <= 0).all()
    assert found[0] == 30
    assert found[-1] == 1


@pytest.mark.parametrize(
    ("pixel", "wrong"), [(10.0, 83), (20.0, 12), (25.0, 3), (30.0, 0), (100.0, 0)]
)
def test_the_reclassified_distances_of_the_peer_are_wrong_below_thirty_meters(pixel, wrong):
    """Why a lookup: written in place, class numbers are taken for distances below 31 m.

    The way of the peer, followed on 400 even distances from a pixel to 100 m past a threshold of
    200 pixels. A trial of the program itself found 81, 12, 3, 0 and 0 wrong, on 400 distances that
    were not written down.
    """
    threshold = int(200 * pixel)
    edges = class_edges(threshold, pixel)
    distances = np.linspace(pixel, threshold + 100, 400)
    in_place = distances.copy()
    in_place[in_place >= threshold] = 1
    for i in range(29):
        in_place[(in_place < edges[i]) & (in_place >= edges[i + 1])] = i + 2
    right = class_of_distance(distances, edges)
    assert (in_place != right).sum() == wrong
    assert right.tolist() == [brute_class(d, threshold, pixel) for d in distances]


def test_windows_do_not_change_classes(cover_of, random_codes):
    cover = cover_of(random_codes())
    classes_of = EdgeClasses(cover, 200)
    whole = classes_of(Window(0, 0, 150, 170), 2)
    for window in windows((150, 170), side=37):
        assert np.array_equal(classes_of(window, 2), whole[window.slices])


def brute_threshold(codes, pixel, share):
    lost = lost_in(codes, "historical")
    distance = distance_transform_edt(forest_at(codes, 1))[lost] * pixel
    width = np.floor((distance.max() - distance.min()) / pixel) + 2
    edges = distance.min() + pixel * np.arange(width)
    counts, _ = np.histogram(distance, bins=edges)
    first = np.flatnonzero(np.cumsum(counts) / counts.sum() >= share)[0]
    return int((edges[first] + edges[first + 1]) / 2)


@pytest.mark.parametrize("share", [0.6, 0.9, 0.995, 1.0])
@pytest.mark.parametrize("pixel", [10.0, 30.0])
def test_the_threshold_is_that_of_a_plain_histogram(share, pixel, cover_of, random_codes):
    codes = random_codes()
    found = negligible_risk_threshold(cover_of(codes, pixel), share=share, side=64)
    assert found.meters == brute_threshold(codes, pixel, share)
    assert found.lost == lost_in(codes, "historical").sum()
    assert found.histogram["cumulative"].iloc[-1] >= share


def test_a_threshold_beyond_the_first_radius_is_found(cover_of):
    forest = np.ones((3, 900), dtype=bool)
    forest[:, 0] = False
    later = forest.copy()
    later[1, 301] = False
    codes = codes_of(forest, later, later)
    found = negligible_risk_threshold(cover_of(codes, 30.0), side=128)
    # One pixel, 301 cells away: its own bin begins there, and the center is half a pixel on.
    assert found.meters == 301 * 30 + 15


def test_workers_change_nothing(cover_of, random_codes):
    cover = cover_of(random_codes())
    with ThreadPoolExecutor(2) as pool:
        found = negligible_risk_threshold(cover, side=50, workers=pool)
    assert found.meters == negligible_risk_threshold(cover).meters


def test_only_what_lies_inside_counts_and_edges_outside_still_do(cover_of):
    forest = np.ones((1, 12), dtype=bool)
    forest[0, 0] = False
    later = forest.copy()
    later[0, [2, 9]] = False
    inside = np.zeros((1, 12), dtype=np.uint8)
    inside[0, 1:4] = 1
    found = negligible_risk_threshold(cover_of(codes_of(forest, later, later), inside=inside))
    assert found.lost == 1
    assert found.meters == 2 * 30 + 15


def test_unknown_pixels_are_no_edge(cover_of):
    forest = np.ones((1, 12), dtype=bool)
    forest[0, 0] = False
    later = forest.copy()
    later[0, 6] = False
    codes = codes_of(forest, later, later)
    codes[0, 5] = 0
    assert negligible_risk_threshold(cover_of(codes)).meters == 6 * 30 + 15


def test_no_loss_is_refused(cover_of):
    forest = np.ones((4, 4), dtype=bool)
    forest[0] = False
    with pytest.raises(InputError) as refused:
        negligible_risk_threshold(cover_of(codes_of(forest, forest, forest)))
    assert refused.value.findings[0].code == "risk.no-loss"


def test_loss_without_any_edge_is_refused(cover_of):
    forest = np.ones((4, 4), dtype=bool)
    later = forest.copy()
    later[1, 1] = False
    with pytest.raises(InputError) as refused:
        negligible_risk_threshold(cover_of(codes_of(forest, later, later)))
    assert refused.value.findings[0].code == "risk.no-edge"


@pytest.mark.parametrize(("width", "height"), [(30.0, 25.0), (0.0003, 0.0003)])
def test_cells_must_be_square_and_in_meters(width, height, random_codes):
    codes = random_codes(20, 20)
    grid = Grid(0.0, 0.0, width, height, 20, 20)
    cover = ForestCover(WindowedRaster(as_cells(codes), grid, "EPSG:32718"), (2000, 2010, 2020))
    with pytest.raises(GeometryError) as refused:
        negligible_risk_threshold(cover)
    assert refused.value.findings[0].code == "risk.cells-not-square"


@pytest.mark.parametrize("threshold", [30.0, 12.0, float("nan")])
def test_a_threshold_within_a_pixel_is_refused(threshold):
    with pytest.raises(InputError) as refused:
        class_edges(threshold, 30.0)
    assert refused.value.findings[0].code == "risk.threshold"


@pytest.mark.parametrize("years", [(2010, 2000, 2020), (2000, 2000, 2020)])
def test_dates_must_run_forward(years, cover_of, random_codes):
    with pytest.raises(InputError) as refused:
        cover_of(random_codes(10, 10), years=years)
    assert refused.value.findings[0].code == "risk.years-order"


def test_progress_never_goes_back_when_the_radius_grows(cover_of):
    forest = np.ones((3, 900), dtype=bool)
    forest[:, 0] = False
    later = forest.copy()
    later[1, 301] = False
    told = []
    negligible_risk_threshold(
        cover_of(codes_of(forest, later, later)), side=128, progress=told.append
    )
    assert told == sorted(told)
    # Radii of 64, 256 and 900 cells.
    assert told[-1] == 1 - 0.5**3
