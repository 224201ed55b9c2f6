"""The whole: shares, years and classes by hand; and nothing that finds a person."""

import datetime
from dataclasses import dataclass, fields
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import windowed
from nonetloss.monitoring.patrols.log import PatrolLog, read_log
from nonetloss.monitoring.patrols.patrolling import patrol_effort
from nonetloss.monitoring.patrols.results import Patrols
from nonetloss.numerics.grid import Grid

CRS = "EPSG:32719"
BACK = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
# 20 x 20 km in pixels of 500 m (25 ha), cells of 5 km.
GRID = Grid(400_000, 8_620_000, 500, 500, 40, 40)
DAY = datetime.date(2026, 11, 21)


def tracks(*patrols) -> pd.DataFrame:
    """(patrol, start, planar points an hour apart)."""
    rows = []
    for patrol, start, points in patrols:
        for hour, (x, y) in enumerate(points):
            longitude, latitude = BACK.transform(x, y)
            time = pd.Timestamp(start) + pd.Timedelta(hours=hour)
            rows.append((patrol, time.isoformat(), longitude, latitude, "Name Of Ranger"))
    return pd.DataFrame(rows, columns=["patrol", "time", "longitude", "latitude", "leader"])


# Along the middle of the northern row of cells, from side to side, in 2026; and once in 2024.
NORTH = [(400_000 + 5_000 * k, 8_617_500) for k in range(5)]
SOUTH = [(400_000 + 5_000 * k, 8_602_500) for k in range(5)]
TRACKS = tracks(("p1", "2026-05-01T12:00Z", NORTH), ("p2", "2024-05-01T12:00Z", SOUTH))


def run(**changed) -> Patrols:
    given = {
        "tracks": TRACKS, "grid": GRID, "crs": CRS, "decision_date": DAY, "utc_offset_h": -5.0,
        "reach_m": 2500.0,
    } | changed  # fmt: skip
    return patrol_effort(given.pop("tracks"), **given)


def raster(values, unit="") -> Raster:
    return Raster(np.asarray(values), GRID, CRS, unit)


def codes(result) -> list[str]:
    return [f.code for f in result.findings]


def share(result, measure, window) -> float:
    table = result.coverage.set_index(["measure", "window"])["share"]
    return float(table[(measure, window)])


def test_a_track_through_a_row_of_cells_covers_that_row():
    """A reach of half a cell on each side of two of four rows: a half in all, a quarter recent."""
    result = run()
    assert share(result, "area", "all") == pytest.approx(0.5, rel=1e-3)
    assert share(result, "area", "recent") == pytest.approx(0.25, rel=1e-3)
    assert result.enforced_share == pytest.approx(0.25, rel=1e-3)
    assert result.enforced_basis == "area"


def cover() -> SimpleNamespace:
    codes = np.full(GRID.shape, 1, dtype=np.uint8)  # never forest
    codes[:10] = 5  # forest today in the northern row of cells
    codes[30:] = 5  # and in the southern
    codes[0, 0:4] = 6  # lost 2015-2020, in the north
    codes[39, 0:8] = 8  # lost 2020-2025, in the south
    codes[20, 0] = 8  # and one pixel where nobody went
    return SimpleNamespace(codes=windowed(raster(codes)), years=(2015.0, 2020.0, 2025.0))


def test_forest_and_loss_are_counted_in_pixels_of_25_ha():
    result = run(cover=cover())
    totals = result.coverage.set_index(["measure", "window"])["total"]
    assert totals[("forest", "all")] == (400 - 4 + 400 - 8) * 25
    assert totals[("loss", "all")] == (4 + 8 + 1) * 25
    assert share(result, "loss", "all") == pytest.approx(12 / 13)
    assert share(result, "loss", "recent") == pytest.approx(4 / 13)
    assert result.enforced_basis == "forest"
    assert result.enforced_share == pytest.approx(396 / (396 + 392))
    assert result.cells["loss_ha"].sum() == 13 * 25


def test_loss_of_a_period_is_told_by_year_as_its_mean():
    years = run(cover=cover()).by_year.set_index("year")
    assert years.index.tolist() == [2024, 2025, 2026]
    # 2024 lies in 2020-2025, when (8 + 1) pixels of 25 ha were lost; no map tells of 2025 on.
    assert years.loc[2024, "loss_ha"] == pytest.approx(9 * 25 / 5)
    assert years.loc[2024, "loss_basis"] == "period"
    assert years.loc[[2025, 2026], "loss_ha"].isna().all()
    # Between two years with patrols none is none.
    assert years.loc[2025, ["patrols", "km", "hours"]].tolist() == [0, 0, 0]


def test_loss_of_known_years_takes_the_place_of_periods():
    lost = np.zeros(GRID.shape)
    lost[0, :3], lost[1, :2] = 2023, 2026
    result = run(cover=cover(), loss=raster(lost))
    years = result.by_year.set_index("year")
    assert years.loc[2023, "loss_ha"] == 75.0
    assert years.loc[2026, "loss_ha"] == 50.0
    assert set(years["loss_basis"]) == {"year", ""}
    # Nobody wrote down patrols of 2023.
    assert np.isnan(years.loc[2023, "km"])
    assert result.cells["loss_ha"].sum() == 125.0


@pytest.mark.parametrize(
    ("codes_given", "code", "named"),
    [
        ((1, 23), "patrols.loss-codes", "1, 23"),
        ((2023, 2027), "patrols.loss-years", "2027"),
        ((1979, 2023), "patrols.loss-years", "1979"),
        ((23, 2023), "patrols.loss-years", "23"),
    ],
)
def test_loss_that_is_no_year_is_refused(codes_given, code, named):
    """Codes 1 to 23 of Hansen are no years after the birth of Christ."""
    lost = np.zeros(GRID.shape, dtype=np.int16)
    lost[0, :2] = codes_given
    with pytest.raises(InputError) as caught:
        run(loss=raster(lost))
    (found,) = caught.value.findings
    assert (found.code, found.data["found"]) == (code, named)
    assert ("Hansen" in found.render("en")) == (code == "patrols.loss-codes")


def test_an_hour_on_each_of_two_days_of_a_leg_without_track_is_two_patrol_days():
    log = read_log(TRACKS, encounters=None, utc_offset_h=-5)
    ends = pd.DataFrame({"time": pd.to_datetime(["2026-05-02T04:00Z", "2026-05-02T06:00Z"])})
    ends = ends.assign(patrol="p3", leg="a", station="", type="", longitude=np.nan,
                       latitude=np.nan, ends_only=True)  # fmt: skip
    both = pd.concat([log.fixes, ends], ignore_index=True)
    result = run(tracks=PatrolLog(both, log.encounters))
    by_year = result.by_year.set_index("year")
    assert by_year.loc[2026, "patrol_days"] == 1 + 2
    assert by_year.loc[2026, "hours"] == 4 + 2


def risk(values) -> SimpleNamespace:
    return SimpleNamespace(hectares=windowed(raster(values, "ha")), years=6.0)


def test_risk_in_reach_and_by_class():
    values = np.zeros(GRID.shape, dtype=np.float32)
    values[:10] = 0.5  # 10 rows x 40 pixels: 200 ha in the north
    values[20:30] = 1.5  # 600 ha where nobody goes
    values[15, :] = np.nan
    result = run(risk=risk(values))
    assert share(result, "risk", "all") == pytest.approx(200 / 800)
    classes = result.by_risk.set_index("class")
    # 16 cells in fifths: 4, 3, 3, 3, 3; the four without patrols come first.
    assert classes["cells"].tolist() == [4, 3, 3, 3, 3]
    assert classes.loc[1, ["risk_ha", "risk_share", "effort_km", "unvisited"]].tolist() == [
        600, 0.75, 0, 4,
    ]  # fmt: skip
    assert classes["risk_share"].sum() == pytest.approx(1)
    assert classes["effort_share"].sum() == pytest.approx(1)
    assert result.by_year.set_index("year")["risk_covered_share"].tolist() == pytest.approx(
        [0, 0, 0.25]
    )


def test_without_risk_there_are_no_classes():
    assert run().by_risk.empty
    assert list(run().by_risk.columns) == list(run(risk=risk(np.ones(GRID.shape))).by_risk.columns)


@dataclass(frozen=True)
class FakeStock:
    strata: tuple[str, ...]
    likely: tuple[float, ...]

    def tco2e_per_ha(self):
        return np.array(self.likely), np.zeros((len(self.strata), 3))


def ecosystems() -> EcosystemMap:
    classes = np.full(GRID.shape, 1, dtype=np.int16)
    classes[:10] = 2
    kinds = tuple(
        Ecosystem(code, name, Text(es=name, en=name), Estimate.exact(1.0))
        for code, name in ((1, "varzea"), (2, "terra-firme"))
    )
    return EcosystemMap(classes, GRID, CRS, kinds)


def test_carbon_in_reach_weighs_strata():
    """Terra firme, all of it patrolled this year, 500 t/ha; the rest 100 t/ha."""
    stock = FakeStock(("terra-firme", "varzea"), (500.0, 100.0))
    result = run(stock=stock, ecosystems=ecosystems(), cover=cover())
    assert result.enforced_basis == "stock"
    assert result.enforced_share == pytest.approx(10_000 * 500 / (10_000 * 500 + 30_000 * 100))
    assert result.cells["stock_tco2e"].sum() == pytest.approx(8_000_000)


def test_a_stratum_without_carbon_is_told():
    result = run(stock=FakeStock(("terra-firme",), (500.0,)), ecosystems=ecosystems())
    assert "patrols.stratum-unknown" in codes(result)
    assert "patrols.no-strata" in codes(run(stock=FakeStock(("a",), (1.0,))))


def test_nothing_this_year_protects_nothing():
    result = run(tracks=tracks(("p", "2024-05-01T12:00Z", NORTH)))
    assert result.enforced_share == 0.0
    assert "patrols.none-recent" in codes(result)
    assert run(
        tracks=tracks(("p", "2024-05-01T12:00Z", NORTH)), recent_years=3.0
    ).enforced_share == pytest.approx(0.25, rel=1e-3)


def test_what_is_later_than_the_study_does_not_count():
    late = tracks(("p", "2026-11-22T05:00Z", NORTH))  # midnight of November 22 in Peru
    both = pd.concat([TRACKS, late], ignore_index=True)
    result = run(tracks=both)
    assert result.effort.iloc[0]["patrols"] == 2
    assert "patrols.later" in codes(result)
    with pytest.raises(InputError) as caught:
        run(tracks=late)
    assert caught.value.findings[0].code == "patrols.no-fixes"


ENCOUNTERS = pd.DataFrame(
    {
        "category": ["clearing", "clearing", "camp"],
        "time": ["2026-05-02T02:00Z", "2024-05-01T13:00Z", "2026-05-01T13:00Z"],
        "patrol": ["p1", "p2", "p1"],
        "longitude": [-70.123456] * 3,
        "latitude": [-12.654321] * 3,
        "reported_by": ["Name Of Ranger"] * 3,
    }
)


def test_the_last_report_of_loss_has_a_local_date():
    result = run(encounters=ENCOUNTERS, loss_categories=("clearing",))
    assert result.last_loss_report == "2026-05-01"  # 02:00 UTC of the 2nd is 21:00 of the 1st
    # May 1 to November 21: 30 + 30 + 31 + 31 + 30 + 31 + 21 days.
    assert result.years_since_loss_report == pytest.approx(204 / 365.25)
    years = result.by_year.set_index("year")
    assert years["loss_reports"].tolist() == [1, 0, 1]
    assert years["encounters"].tolist() == [1, 0, 2]


def test_no_report_of_loss_is_no_date():
    result = run(encounters=ENCOUNTERS)
    assert result.last_loss_report == ""
    assert np.isnan(result.years_since_loss_report)


def test_a_category_that_nobody_used_is_refused():
    with pytest.raises(InputError) as caught:
        run(encounters=ENCOUNTERS, loss_categories=("clearings",))
    assert caught.value.findings[0].code == "patrols.category-unknown"


def zones() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"zone": ["project", "belt"]},
        geometry=[
            shapely.box(400_000, 8_615_000, 420_000, 8_620_000),
            shapely.box(400_000, 8_600_000, 420_000, 8_615_000),
        ],
        crs=CRS,
    )


def test_the_land_is_the_zone_of_the_project():
    result = run(zones=zones())
    assert share(result, "area", "recent") == pytest.approx(1, rel=1e-3)
    assert len(result.cells) == 4
    assert share(run(zones=zones(), zone="belt"), "area", "recent") < 0.01
    with pytest.raises(InputError) as caught:
        run(zones=zones(), zone="leakage")
    assert caught.value.findings[0].code == "patrols.zone-unknown"


def test_without_an_offset_days_are_in_utc_and_this_is_told():
    assert "patrols.utc-days" in codes(run(utc_offset_h=None))
    assert "patrols.utc-days" not in codes(run())


def test_nothing_that_leaves_finds_a_person():
    """No name, no coordinate of a position, no place of an encounter in any table."""
    result = run(encounters=ENCOUNTERS, loss_categories=("clearing",), cover=cover())
    written = ""
    for part in fields(result):
        value = getattr(result, part.name)
        if isinstance(value, pd.DataFrame):
            written += pd.DataFrame(value).to_csv()
    told = " ".join(f.render("es") + f.render("en") for f in result.findings)
    for secret in ("Name Of Ranger", "70.123456", "12.654321", "-70.", "-12."):
        assert secret not in written + told
    coordinates = shapely.get_coordinates(result.cells.geometry.array)
    assert (coordinates % 5_000 == 0).all()


def test_cells_cannot_be_small():
    from nonetloss.monitoring.patrols.method import METHOD

    _, found = METHOD.bind({"cell_m": "100 m"})
    assert [f.code for f in found] == ["parameter.out-of-bounds"]
    # Whoever calls the function itself is no exception.
    for cell_m in (100.0, 999.9, np.nan):
        with pytest.raises(InputError) as caught:
            run(cell_m=cell_m)
        assert [f.code for f in caught.value.findings] == ["patrols.cells-too-fine"]
    assert len(run(cell_m=1000.0).cells) == 20 * 20


def test_the_order_of_rows_does_not_matter():
    shuffled = TRACKS.sample(frac=1, random_state=11)
    one, two = run(), run(tracks=shuffled)
    for name in ("effort", "by_year", "coverage", "cleaning"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


def test_longitude_and_latitude_that_changed_places_are_guessed():
    swapped = TRACKS.rename(columns={"longitude": "latitude", "latitude": "longitude"})
    with pytest.raises(InputError) as caught:
        run(tracks=swapped)
    (found,) = caught.value.findings
    assert found.code == "patrols.swapped"
    assert found.data["count"] == 10
    assert found.data["outside"] == "100"
    # The whole extent of what was read as longitude: latitudes of the two rows.
    south, north = swapped["longitude"].min(), swapped["longitude"].max()
    assert found.data["longitude"] == f"{south:.3f} – {north:.3f}"


def test_tracks_of_another_place_are_refused():
    with pytest.raises(InputError) as caught:
        run(tracks=TRACKS.assign(longitude=TRACKS["longitude"] + 3))
    assert caught.value.findings[0].code == "patrols.outside"


def test_tracks_in_zones_beyond_the_grid_are_of_the_study():
    moved = tracks(("p1", "2026-05-01T12:00Z", [(x + 40_000, y) for x, y in NORTH]))
    land = shapely.box(440_000, 8_600_000, 460_000, 8_620_000)
    zones = gpd.GeoDataFrame({"zone": ["project"]}, geometry=[land], crs=CRS)
    assert share(run(tracks=moved, zones=zones), "area", "all") == pytest.approx(0.25, rel=1e-2)
