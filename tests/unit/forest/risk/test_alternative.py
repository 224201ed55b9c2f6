"""The model: counts by brute force, classes by definition, and a truth that comes back."""

import itertools
import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.alternative import alternative
from nonetloss.forest.risk.assessment import assess
from nonetloss.forest.risk.benchmark import risk
from nonetloss.forest.risk.cover import forest_at, lost_in
from nonetloss.forest.risk.random_effect import Counts, Precisions
from nonetloss.forest.risk.spatial_model import (
    Lattice,
    class_of_potential,
    counts_of,
    lattice_over,
    potential_bounds,
)
from nonetloss.forest.risk.validation import cross_validated, folds_of
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.windows import Window, windows


def whole(cells):
    return cells.read(Window(0, 0, *cells.shape))


@pytest.mark.parametrize("side", [37, 400])
def test_counts_are_those_of_a_loop_whatever_the_windows(roadside, side):
    model = roadside.model.models["calibration"]
    counts = counts_of(
        roadside.cover, drivers=model.drivers, lattice=model.lattice, period="calibration",
        side=side,
    )  # fmt: skip
    codes = whole(roadside.cover.codes.cells)
    everything = Window(0, 0, *codes.shape)
    bins = [d.bins_of(everything, 1) for d in model.drivers]
    expected = {}
    for r, c in np.argwhere(forest_at(codes, 1)):
        cell = (r // model.lattice.step) * model.lattice.shape[1] + c // model.lattice.step
        key = (int(cell), *(int(b[r, c]) for b in bins))
        seen = expected.setdefault(key, [0, 0])
        seen[0] += 1
        seen[1] += int(lost_in(codes[r, c], "calibration"))
    found = {
        (int(cell), *map(int, row)): [pixels, lost]
        for cell, row, pixels, lost in zip(
            counts.cell, counts.bins, counts.pixels, counts.lost, strict=True
        )
    }
    assert found == expected


def test_neighborhoods_cover_the_raster():
    lattice = lattice_over((10, 7), pixel_m=30.0, side_m=100.0)
    assert lattice == Lattice(3, (4, 3))
    assert lattice.cells(Window(8, 5, 2, 2)).tolist() == [[7, 8], [10, 11]]
    with pytest.raises(InputError) as told:
        lattice_over((10, 7), pixel_m=30.0, side_m=20.0)
    assert told.value.findings[0].code == "model.neighborhood"


def test_thirty_classes_of_potential_are_narrow_where_it_is_high():
    bounds = potential_bounds()
    assert len(bounds) == 29
    assert (np.diff(bounds) > 0).all()
    assert (np.diff(np.diff(bounds)) < 0).all()
    # The lowest bound is 3 - 2^(29/30), the highest 3 - 2^(1/30).
    assert bounds[[0, -1]] == pytest.approx([3 - 2 ** (29 / 30), 3 - 2 ** (1 / 30)])
    potential = np.linspace(0, 5, 1001)
    for p, found in zip(potential, class_of_potential(potential, top=5.0), strict=True):
        v = 1 + p / 5
        # Class 30 - k holds v from 3 - r^(k + 1) to below 3 - r^k; the top itself is of class 30.
        k = max(k for k in range(30) if v < 3 - 2 ** (k / 30) or k == 0)
        assert found == 30 - k
    assert class_of_potential(np.array([9.0]), top=5.0).tolist() == [30]


def test_folds_are_a_knights_move_apart():
    columns = 11
    for row, column in itertools.product(range(1, 9), range(1, 10)):
        cell = row * columns + column
        around = np.array([cell - 1, cell + 1, cell - columns, cell + columns])
        own = folds_of(np.array([cell]), columns)[0]
        assert own not in folds_of(around, columns)
    assert (np.bincount(folds_of(np.arange(110), columns)) == 22).all()


def test_cross_validation_prefers_what_is_there():
    """Loss that depends on a driver alone: stiff neighborhoods; on place alone: no driver."""
    rng = np.random.default_rng(3)
    lattice, pixels = (10, 10), 60.0
    cell, bins = (a.ravel() for a in np.meshgrid(np.arange(100), np.arange(4), indexing="ij"))
    many = np.full(len(cell), pixels)
    lost = rng.binomial(60, expit(-2 + 0.8 * bins)).astype(float)
    counts = Counts(bins[:, None], cell, many, lost)
    choices = [(s, Precisions(2.0, t)) for s in ((), (0,)) for t in (0.1, 100.0)]
    told = cross_validated(counts, sizes=[4], lattice=lattice, choices=choices)
    assert told["chosen"].tolist() == [False, False, False, True]
    field = np.sin(np.arange(10) / 2)[:, None] + np.cos(np.arange(10) / 2)[None, :]
    lost = rng.binomial(60, expit(-2 + 1.5 * field.ravel()[cell])).astype(float)
    counts = Counts(bins[:, None], cell, many, lost)
    told = cross_validated(counts, sizes=[4], lattice=lattice, choices=choices)
    assert told["deviance"].iloc[[0, 2]].max() < told["deviance"].iloc[[1, 3]].min()


def test_loss_in_one_fold_alone_cannot_be_validated():
    counts = Counts(np.zeros((5, 1), int), np.arange(5), np.full(5, 9.0), np.eye(5)[0])
    with pytest.raises(InputError) as told:
        cross_validated(counts, sizes=[1], lattice=(1, 5), choices=[((0,), Precisions(1.0, 1.0))])
    assert told.value.findings[0].code == "model.folds"


def test_the_truth_comes_back(roadside):
    """Chances by row and column are known: the mapped ones correlate, and add up by column."""
    model = roadside.model
    shape = roadside.grid.shape
    everything = Window(0, 0, *shape)
    fit = model.models["calibration"]
    counted = forest_at(whole(roadside.cover.codes.cells), 1)
    logits = fit.logit(everything, 1, counted=counted)
    row, column = np.nonzero(counted)
    truth = roadside.chance(row, column)
    assert np.corrcoef(expit(logits), truth)[0, 1] > 0.95
    near, far = column < 40, column > 110
    assert expit(logits)[near].mean() == pytest.approx(truth[near].mean(), rel=0.05)
    assert expit(logits)[far].mean() < 0.1 * truth[near].mean()


def test_the_effect_of_the_road_falls_with_distance(roadside):
    told = roadside.model.effects
    own = told[(told["driver"] == "highway") & (told["fit"] == "calibration")]
    seen = own[own["pixels"] > 500]
    assert (np.diff(seen["effect"]) < 0.15).all()
    assert seen["effect"].iloc[0] - seen["effect"].iloc[-1] > 2
    # Zero on average over pixels.
    assert np.average(own["effect"], weights=own["pixels"]) == pytest.approx(0, abs=1e-9)


def test_maps_add_up_to_what_happened_and_is_expected(roadside):
    model, benchmark = roadside.model, roadside.benchmark
    lost = lost_in(whole(roadside.cover.codes.cells), "calibration").sum() * 1.0
    assert model.calibration.total_ha == pytest.approx(lost)
    drawn = whole(model.calibration.hectares.cells).sum(dtype=float)
    assert drawn == pytest.approx(lost, rel=1e-5)
    assert model.confirmation.total_ha == pytest.approx(benchmark.confirmation.expected_ha)
    assert model.validity.total_ha == pytest.approx(benchmark.validity.expected_ha)


def test_it_beats_the_benchmark_where_a_road_drives_the_loss(roadside):
    told = assess(
        roadside.cover, benchmark=roadside.benchmark, models=(roadside.model,), cells_ha=[400.0]
    )
    assert told.accepted == ("spatial",)
    table = told.measures.set_index(["model", "evaluation"])
    for evaluation in ("fit", "prediction"):
        ours, theirs = (table.loc[(m, evaluation), "r_squared"] for m in ("spatial", "benchmark"))
        assert ours > max(theirs, 0.9)


def test_confirmation_is_not_looked_at_when_the_model_is_chosen(roadside):
    """Another second period leaves validation and the fit of the first one as they are."""
    codes = whole(roadside.cover.codes.cells).copy()
    flipped = codes.copy()
    flipped[(codes == 5)], flipped[(codes == 8)] = 8, 5
    other = type(roadside.cover)(
        type(roadside.cover.codes)(
            type(roadside.cover.codes.cells)(flipped), roadside.grid, roadside.crs
        ),
        roadside.cover.years,
    )
    again = alternative(
        other,
        benchmark=roadside.benchmark,
        layers=(roadside.road,),
        near=["highway"],
        neighborhood_m=2_000.0,
        forest_around_m=(300.0,),
        stiffness=(2.0, 32.0),
    )
    assert again.validation.equals(roadside.model.validation)
    ours, theirs = (m.models["calibration"].effects for m in (again, roadside.model))
    assert ours.cells.tolist() == theirs.cells.tolist()


def test_windows_do_not_matter(roadside):
    model = roadside.model.models["historical"]
    shape = roadside.grid.shape
    pieces = np.zeros(shape, dtype=np.int16)
    for window in windows(shape, side=41):
        pieces[window.slices] = model(window, 3)
    assert (pieces == model(Window(0, 0, *shape), 3)).all()


def test_recent_loss_is_used_where_clearings_grow_and_not_where_loss_is_scattered(
    roadside, cover_of, random_codes
):
    """Pixels of the made-up road are lost one by one; clearings grow in patches."""
    scattered = roadside.model.models["historical"].drivers
    assert not any(d.name.startswith("loss-") for d in scattered)
    cover = cover_of(random_codes())
    told = alternative(cover, benchmark=risk(cover), neighborhood_m=600.0, stiffness=(8.0, 128.0))
    names = {k: [d.name for d in m.drivers] for k, m in told.models.items()}
    assert "loss-within-2-cells" in names["calibration"]
    assert "loss-within-2-cells" in names["historical"]
    # A road scenario knows nothing of it: what one loss brings along is the road's.
    for scenario in ("scenario", "without-place"):
        assert names[scenario][0] == "edge"
        assert not any(n.startswith("loss-") for n in names[scenario])
    assert told.models["without-place"].lattice.shape == (1, 1)


def test_the_model_travels_to_other_processes(roadside):
    model = roadside.model.models["historical"]
    window = Window(10, 10, 20, 20)
    again = pickle.loads(pickle.dumps(model))
    assert (again(window, 3) == model(window, 3)).all()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"near": ["rivers"]}, "model.layer"),
        ({"stiffness": []}, "model.stiffness"),
        ({"stiffness": [0.0]}, "model.stiffness"),
        ({"covariate_names": ["slope"]}, "model.covariates"),
        ({"forest_around_m": [10.0]}, "model.radius"),
        ({"loss_around_cells": [0]}, "model.radius-cells"),
        ({"loss_around_cells": [2.5]}, "model.radius-cells"),
        ({"loss_around_cells": [float("nan")]}, "model.radius-cells"),
        ({"stiffness": [float("nan")]}, "model.stiffness"),
        ({"neighborhood_m": 50.0}, "model.neighborhood"),
    ],
)
def test_what_cannot_be_used_is_refused(roadside, given, code):
    with pytest.raises(InputError) as told:
        alternative(roadside.cover, benchmark=roadside.benchmark, layers=(roadside.road,), **given)
    assert told.value.findings[0].code == code


def test_a_hidden_layer_is_refused_and_not_offered(roadside):
    """Maps of risk, and later those with and without a road, would show where it lies."""
    secret = replace(roadside.road, name="isolated-peoples", hidden=True)
    for near, code in ((["isolated-peoples"], "model.hidden"), (["rivers"], "model.layer")):
        with pytest.raises(InputError) as told:
            alternative(
                roadside.cover,
                benchmark=roadside.benchmark,
                layers=(roadside.road, secret),
                near=near,
            )
        finding = told.value.findings[0]
        assert finding.code == code
        known = str(dict(finding.data).get("known", ""))
        assert "isolated" not in known


def test_two_drivers_of_one_name_are_refused(roadside):
    noise = np.random.default_rng(5).random(roadside.grid.shape)
    with pytest.raises(InputError) as told:
        alternative(
            roadside.cover,
            benchmark=roadside.benchmark,
            layers=(roadside.road,),
            near=["highway"],
            covariates=(Raster(noise, roadside.grid, roadside.crs),),
            covariate_names=["highway"],
        )
    assert told.value.findings[0].code == "model.driver-names"


def test_a_short_reach_puts_every_distance_into_its_bin(roadside):
    told = alternative(
        roadside.cover,
        benchmark=roadside.benchmark,
        layers=(roadside.road,),
        near=["highway"],
        reach_m=300.0,
        forest_around_m=(),
        loss_around_cells=(),
        neighborhood_m=2_000.0,
        stiffness=(32.0,),
    )
    model = told.models["historical"]
    at = [d.name for d in model.drivers].index("highway")
    driver = model.drivers[at]
    bins = driver.bins_of(Window(0, 0, *roadside.grid.shape), 1)
    distance = np.broadcast_to(np.abs(np.arange(roadside.grid.columns) - 20) * 100.0, bins.shape)
    assert (driver.lower[bins] <= distance).all()
    assert (distance < driver.upper[bins]).all()


def test_most_neighborhoods_may_be_without_forest(cover_of, random_codes):
    codes = random_codes().copy()
    codes[:, 60:] = 1
    told = alternative(
        cover_of(codes),
        benchmark=risk(cover_of(codes)),
        neighborhood_m=300.0,
        stiffness=(8.0, 32.0),
    )
    assert (told.neighborhoods["pixels"] > 0).all()
    assert np.isfinite(told.models["historical"].effects.cells).all()
    lost = lost_in(codes, "calibration").sum() * 0.09
    assert told.calibration.total_ha == pytest.approx(lost)


def test_maps_are_those_of_the_model_pixel_by_pixel(roadside):
    """Classes are worked out once and stored: the map is the frequency of each class by loop."""
    model = roadside.model.models["calibration"]
    codes = whole(roadside.cover.codes.cells)
    everything = Window(0, 0, *codes.shape)
    classes, lost = model(everything, 1), lost_in(codes, "calibration")
    found = whole(roadside.model.calibration.hectares.cells)
    for own in np.unique(classes[classes > 0]):
        assert found[classes == own] == pytest.approx(lost[classes == own].mean(), rel=1e-6)
    later = model(everything, 2)
    drawn = whole(roadside.model.confirmation.hectares.cells)
    for own in np.unique(later[later > 0]):
        assert np.ptp(drawn[later == own]) == 0


def test_rasters_are_drivers_too(roadside):
    rng = np.random.default_rng(5)
    slope = Raster(rng.random(roadside.grid.shape), roadside.grid, roadside.crs, "percent")
    told = alternative(
        roadside.cover,
        benchmark=roadside.benchmark,
        covariates=(slope,),
        covariate_names=["slope"],
        forest_around_m=(),
        neighborhood_m=3_000.0,
        stiffness=(8.0,),
    )
    assert told.validation["drivers"].tolist()[:2] == ["edge", "edge, slope"]
    # Noise has nothing to say: its odds hardly differ from one where it is used at all.
    own = told.effects[told.effects["driver"] == "slope"]
    assert own.empty or own["effect"].abs().max() < 0.3
