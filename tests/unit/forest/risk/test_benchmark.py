"""The whole of VT0007 on small forests: what it gives, what it doubts, what it refuses."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.forest.risk.benchmark import risk
from nonetloss.forest.risk.classes import EdgeClasses
from nonetloss.forest.risk.cover import codes_of, lost_in
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.windows import Window

WHOLE = Window(0, 0, 150, 170)


def values(told):
    return told.hectares.cells.read(WHOLE)


def test_the_test_and_the_use(cover_of, random_codes):
    codes = random_codes()
    found = risk(cover_of(codes), division_blocks=(2, 2), validity_years=5)
    assert found.calibration.total_ha == pytest.approx(lost_in(codes, "calibration").sum() * 0.09)
    confirmed = lost_in(codes, "confirmation").sum() * 0.09
    assert found.confirmation.expected_ha == pytest.approx(confirmed)
    yearly = lost_in(codes, "historical").sum() * 0.09 / 20
    assert found.validity.total_ha == pytest.approx(5 * yearly)
    assert (found.confirmation.start_year, found.validity.start_year) == (2010, 2020)
    assert found.validity.years == 5
    assert "risk.expected-from-history" in {f.code for f in found.findings}
    table = found.classes
    assert table["class"].tolist() == list(range(1, 31))
    assert table["to_m"].iloc[0] == np.inf
    assert table["from_m"].iloc[0] == found.threshold_m
    assert table["lost_historical"].sum() == lost_in(codes, "historical").sum()
    assert set(found.densities["fit"]) == {"calibration", "historical"}


def test_activity_data_are_what_is_allocated(cover_of, random_codes):
    found = risk(cover_of(random_codes()), expected_ha_per_year=12.0, validity_years=6)
    assert found.validity.total_ha == pytest.approx(72.0)
    assert "risk.expected-from-history" not in {f.code for f in found.findings}


def test_risk_never_falls_towards_the_edge_where_it_never_did(cover_of, random_codes):
    found = risk(cover_of(random_codes()))
    rates = found.classes["frequency_historical"].dropna().to_numpy()
    assert rates[0] < rates[-1]


def test_polygons_and_codes_divide_alike(cover_of, random_codes):
    cover = cover_of(random_codes())
    west, east = shapely.box(0, -4500, 2400, 0), shapely.box(2400, -4500, 5100, 0)
    drawn = risk(cover, divisions=gpd.GeoDataFrame(geometry=[west, east], crs="EPSG:32718"))
    codes = np.ones((150, 170), np.float32)
    codes[:, 80:] = 2
    coded = risk(cover, divisions=Raster(codes, cover.codes.grid, cover.codes.crs))
    assert drawn.densities.equals(coded.densities)
    assert np.array_equal(values(drawn.validity), values(coded.validity))


def test_workers_change_nothing_and_tell_how_far_they_are(cover_of, random_codes):
    told = []
    with ThreadPoolExecutor(2) as pool:
        many = risk(
            cover_of(random_codes()), workers=pool, progress=lambda _, share: told.append(share)
        )
    one = risk(cover_of(random_codes()))
    assert np.array_equal(values(many.validity), values(one.validity))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_classes_can_be_sent_to_a_worker(cover_of, random_codes):
    classes_of = EdgeClasses(cover_of(random_codes()), 200)
    sent = pickle.loads(pickle.dumps(classes_of))
    assert np.array_equal(sent(WHOLE, 1), classes_of(WHOLE, 1))


def test_a_forest_in_one_class_is_told(cover_of):
    # Strips of forest two pixels wide between roads: all of it is at the edge.
    forest = np.zeros((22, 30), dtype=bool)
    forest[1::3] = forest[2::3] = True
    later = forest.copy()
    later[1, :15] = False
    last = later.copy()
    last[4, :5] = False
    found = risk(cover_of(codes_of(forest, later, last)))
    assert "risk.one-class" in {f.code for f in found.findings}
    assert (found.classes["pixels_calibration"] > 0).sum() == 1
    # Without anything that tells places apart, all forest that is left has the same risk.
    drawn = found.validity.hectares.cells.read(Window(0, 0, 22, 30))
    assert len(np.unique(drawn[last])) == 1


def test_a_period_without_loss_is_refused(cover_of, random_codes):
    codes = random_codes()
    same = codes_of(codes > 4, codes > 4, codes == 5)
    with pytest.raises(InputError) as refused:
        risk(cover_of(same))
    assert refused.value.findings[0].code == "risk.no-loss"
    assert refused.value.findings[0].subject == "calibration"


@pytest.mark.parametrize("blocks", [(2,), (0, 2), (1.5, 2), (float("nan"), 2)])
def test_impossible_blocks_are_refused(cover_of, random_codes, blocks):
    with pytest.raises(InputError) as refused:
        risk(cover_of(random_codes()), division_blocks=blocks)
    assert refused.value.findings[0].code == "risk.division-blocks"


def test_broken_codes_of_divisions_are_refused(cover_of, random_codes):
    cover = cover_of(random_codes())
    codes = np.full((150, 170), 1.5, np.float32)
    with pytest.raises(InputError) as refused:
        risk(cover, divisions=Raster(codes, cover.codes.grid, cover.codes.crs))
    assert refused.value.findings[0].code == "risk.divisions-type"


def test_divisions_and_blocks_exclude_each_other(cover_of, random_codes):
    cover = cover_of(random_codes())
    codes = Raster(np.ones((150, 170), np.float32), cover.codes.grid, cover.codes.crs)
    with pytest.raises(InputError) as refused:
        risk(cover, divisions=codes, division_blocks=(2, 2))
    assert refused.value.findings[0].code == "risk.divisions-twice"


def test_divisions_drawn_in_another_zone_are_refused(cover_of, random_codes):
    drawn = gpd.GeoDataFrame(geometry=[shapely.box(0, -4500, 5100, 0)], crs="EPSG:32719")
    with pytest.raises(GeometryError) as refused:
        risk(cover_of(random_codes()), divisions=drawn)
    assert refused.value.findings[0].code == "crs.mixed"


def test_periods_have_names_in_both_languages(cover_of, random_codes):
    codes = random_codes()
    with pytest.raises(InputError) as refused:
        risk(cover_of(codes_of(codes > 4, codes > 4, codes == 5)))
    assert "«calibración»" in refused.value.render("es")
    assert '"calibration"' in refused.value.render("en")


def test_endless_codes_of_divisions_are_refused(cover_of, random_codes):
    cover = cover_of(random_codes())
    codes = np.full((150, 170), np.inf, np.float32)
    with pytest.raises(InputError) as refused:
        risk(cover, divisions=Raster(codes, cover.codes.grid, cover.codes.crs))
    assert refused.value.findings[0].code == "risk.divisions-type"
