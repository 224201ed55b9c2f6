"""The method from rasters to tables, and what it warns of."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.forest.area.method import forest_area
from nonetloss.forest.change.dates import of_rasters
from nonetloss.forest.change.method import METHOD, forest_change
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster, windowed
from nonetloss.numerics.components import components
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells, ArrayStore, Window

CRS = "EPSG:32719"
GRID = Grid(0, 400, 100, 100, 4, 6)
FIRST = np.ones((4, 6))
SECOND = np.ones((4, 6))
SECOND[:, 4:] = 0
THIRD = SECOND.copy()
THIRD[0, :4] = 0


def raster(values, grid=GRID):
    return Raster(np.asarray(values, dtype=np.float32), grid, CRS)


LAYERS = tuple(raster(v) for v in (FIRST, SECOND, THIRD))
YEARS = (2000, 2010, 2020)


def run(forest=LAYERS, years=YEARS, **given):
    return forest_change(forest=forest, years=years, store=ArrayStore(), **given)


def zones(names=("west", "east"), crs=CRS):
    boxes = [shapely.box(0, 0, 300, 400), shapely.box(300, 0, 600, 400)]
    return gpd.GeoDataFrame({"zone": list(names)}, geometry=boxes, crs=crs)


def codes(found):
    return [f.code for f in found]


def test_transitions_by_hand():
    table = run().transitions
    assert table["forest_start_ha"].tolist() == [24, 16]
    assert table["lost_ha"].tolist() == [8, 4]
    assert table["ha_per_year"].tolist() == [0.8, 0.4]
    want = [100 * (1 - (16 / 24) ** 0.1), 100 * (1 - (12 / 16) ** 0.1)]
    assert table["percent_per_year"].tolist() == pytest.approx(want)


def test_class_areas_tell_the_map_and_serve_forest_area():
    found = run()
    table = found.class_areas.set_index("class")
    assert table["area_ha"].to_dict() == {
        "stable-forest": 12, "stable-non-forest": 0, "gain": 0,
        "loss-2000-2010": 8, "loss-2010-2020": 4,
    }  # fmt: skip
    drawn = found.change.cells.values
    assert {int(c): int((drawn == c).sum()) for c in np.unique(drawn)} == {1: 12, 11: 8, 12: 4}
    names = ["stable-forest", "loss-2000-2010", "loss-2010-2020"]
    samples = {"map_class": names, "reference_class": names, "count": [60, 60, 60]}
    estimate = forest_area(pd.DataFrame(samples), areas=found.class_areas)
    assert estimate.areas["area_ha"].tolist() == [12, 8, 4]


def test_zones_add_up():
    found = run(zones=zones())
    table = found.by_zone
    assert table["zone"].tolist() == ["west", "west", "east", "east"]
    assert table["lost_ha"].tolist() == [0, 3, 8, 1]
    assert table["period"].tolist() == ["2000–2010", "2010–2020"] * 2
    total = table.groupby("from_year")["lost_ha"].sum()
    assert total.tolist() == found.transitions["lost_ha"].tolist()


def test_polygons_of_one_name_are_one_zone():
    table = run(zones=zones(("project", "project"))).by_zone
    assert table["lost_ha"].tolist() == [8, 4]


def test_an_amount_goes_with_its_forest():
    held = np.full((4, 6), 2.0)
    held[0, 0] = np.nan
    amount = Raster(held, GRID, CRS, unit="tCO2e")
    found = run(amount=amount, zones=zones())
    assert found.transitions["lost_amount"].tolist() == [16, 6]
    assert found.transitions["amount_unknown_ha"].tolist() == [0, 1]
    assert found.transitions.attrs["units"] == {"lost_amount": "tCO2e"}
    assert found.by_zone.attrs["units"] == {"lost_amount": "tCO2e"}


def test_fragmentation_at_the_dates_asked_for():
    assert run().fragmentation["year"].tolist() == [2000, 2020]
    assert run(fragmentation_dates="all").fragmentation["year"].tolist() == [2000, 2010, 2020]
    last = run(fragmentation_dates="last")
    assert last.edge_distance["year"].unique().tolist() == [2020]
    assert (last.pattern.cells.values[THIRD == 0] == 5).all()
    none = run(fragmentation_dates="none")
    assert none.pattern is None
    assert none.fragmentation.empty


def test_a_cover_and_its_layers_give_the_same():
    codes_ = np.where(FIRST == 1, np.where(SECOND == 1, np.where(THIRD == 1, 5, 8), 6), 1)
    cover = ForestCover(
        windowed(Raster(codes_.astype(np.uint8), GRID, CRS)), (2000.0, 2010.0, 2020.0)
    )
    one = forest_change(cover, store=ArrayStore())
    assert one.transitions.equals(run().transitions)
    assert one.fragmentation.equals(run().fragmentation)
    assert (one.change.cells.values == run().change.cells.values).all()


def test_progress_ends_at_one():
    told = []
    run(progress=lambda name, share: told.append((name, share)))
    assert told[-1] == ("change", 1.0)
    assert [s for _, s in told] == sorted(s for _, s in told)


def test_what_is_doubtful_is_told():
    gap = FIRST.copy()
    gap[0, 0] = np.nan
    found = run((raster(gap), LAYERS[1]), (2000, 2010))
    assert codes(found.findings) == ["change.unknown"]
    assert found.findings[0].data["percent"] == round(100 / 24, 2)
    same = run((LAYERS[0], LAYERS[0]), (2000, 2010))
    assert codes(same.findings) == ["change.one-class", "change.period-without-loss"]
    again = run((LAYERS[1], LAYERS[0], LAYERS[1]), YEARS)
    assert "change.lost-after-gain" in codes(again.findings)
    bare = run((LAYERS[1], LAYERS[2]), (2010, 2020), zones=zones())
    assert codes(bare.findings) == []
    east = zones()
    east.geometry = [shapely.box(400, 0, 600, 400), shapely.box(0, 0, 100, 100)]
    bare = run((LAYERS[1], LAYERS[2]), (2010, 2020), zones=east)
    assert codes(bare.findings) == ["change.zone-without-forest"]
    for one in (found, same, again, bare):
        for finding in one.findings:
            assert finding.render("es") != finding.render("en")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"forest": ()}, "change.no-source"),
        ({"years": None}, "change.years"),
        ({"forest": LAYERS[:2]}, "change.rasters"),
        ({"zones": zones().rename(columns={"zone": "name"})}, "change.zone-field"),
        ({"zones": zones(("west", " "))}, "change.zone-name"),
        ({"forest": [raster(np.zeros((4, 6)))] * 3}, "change.no-forest"),
        ({"forest": [raster(np.full((4, 6), np.nan))] * 3}, "change.nothing-known"),
    ],
)
def test_what_cannot_be_compared_is_refused(given, expected):
    with pytest.raises(InputError) as raised:
        run(**given)
    assert codes(raised.value.findings) == [expected]
    assert raised.value.render("es") != raised.value.render("en")


def test_other_grids_and_systems_are_refused():
    far = Grid(50, 400, 100, 100, 4, 6)
    with pytest.raises(GeometryError) as raised:
        run(amount=raster(FIRST, far))
    assert codes(raised.value.findings) == ["raster.other-grid"]
    with pytest.raises(GeometryError) as raised:
        run(zones=zones(crs="EPSG:4326"))
    assert codes(raised.value.findings) == ["crs.mixed"]


def test_it_is_declared():
    assert METHOD.resolve() is forest_change


def test_workers_change_nothing():
    with ThreadPoolExecutor(2) as workers:
        found = run(zones=zones(), workers=workers)
    alone = run(zones=zones())
    assert found.by_zone.equals(alone.by_zone)
    assert (found.pattern.cells.values == alone.pattern.cells.values).all()


def test_what_workers_elsewhere_are_sent_can_be_sent():
    dates = of_rasters(LAYERS, years=YEARS)
    copied = pickle.loads(pickle.dumps(dates))
    window = Window(0, 0, 4, 6)
    assert (copied.states.read(window, (0, 2)) == dates.states.read(window, (0, 2))).all()
    pieces = components(partial(is_forest, dates), (4, 6), diagonal=True, side=2)
    again = pickle.loads(pickle.dumps(pieces))
    assert (again.labels(Window(0, 0, 2, 2)) == pieces.labels(Window(0, 0, 2, 2))).all()


def is_forest(dates, window):
    return dates.states.read(window, (2,))[0] == 1


def test_hectares_are_not_counted_in_degrees():
    far = Grid(-70, -12, 0.001, 0.001, 4, 6)
    layers = [Raster(r.values, far, "EPSG:4326") for r in LAYERS]
    with pytest.raises(GeometryError) as raised:
        run(layers, fragmentation_dates="none")
    assert codes(raised.value.findings) == ["crs.not-metric"]


def test_whole_amounts_of_a_file_do_not_count_what_it_declares_to_be_no_data():
    held = np.full((4, 6), 2, np.int16)
    held[0, 0] = -9999
    amount = WindowedRaster(ArrayCells(held), GRID, CRS, "tCO2e", absent=-9999.0)
    found = run(amount=amount)
    assert found.transitions["lost_amount"].tolist() == [16, 6]
    assert found.transitions["amount_unknown_ha"].tolist() == [0, 1]


def test_forest_layers_of_a_file_may_declare_what_is_no_data():
    gap = FIRST.astype(np.uint8)
    gap[0, 0] = 255
    layers = [
        WindowedRaster(ArrayCells(v), GRID, CRS, absent=255.0) for v in (gap, SECOND.astype("u1"))
    ]
    found = run(layers, (2000, 2010))
    assert found.transitions["unknown_ha"].tolist() == [1]
    assert codes(found.findings) == ["change.unknown"]


def test_tree_cover_of_2000_is_not_told_of_1990():
    forest = (raster(FIRST * 90), raster(FIRST * 0))
    with pytest.raises(InputError) as raised:
        run(forest, (1990, 2000, 2010), encoding="loss-year")
    assert codes(raised.value.findings) == ["change.year-before-map"]


def test_distances_that_no_memory_holds_are_refused():
    with pytest.raises(InputError) as raised:
        run(distances_m=(100.0, 1e6))
    assert codes(raised.value.findings) == ["change.distance-far"]


def test_no_loss_is_0_and_not_minus_0():
    same = run((LAYERS[1], LAYERS[1]), (2000, 2010))
    assert str(same.transitions["percent_per_year"].item()) == "0.0"
