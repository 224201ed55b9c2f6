import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss import rules
from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.forest.credits.baseline import baseline, yearly
from nonetloss.forest.risk.cover import ForestCover, codes_of
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.numerics.grid import Grid

from .conftest import AFTER, CRS, DAY, EXACT, GRID, stock_of, windowed_of


def test_hectares_times_factor_by_hand(exact_baseline):
    # 1200 pixels of 0.0625 ha in six years: 75 ha, 12.5 ha a year.
    # (150 + 50 - 20) tC/ha · 44/12 = 660 tCO2e/ha; 12.5 · 660 = 8250 tCO2e a year.
    b = exact_baseline
    assert b.zones == ("project", "belt")
    assert b.years == (2026, 2027, 2028, 2029, 2030, 2031)
    np.testing.assert_allclose(b.hectares, 12.5)
    np.testing.assert_allclose(b.factors, [180 * 44 / 12])
    np.testing.assert_allclose(b.emissions, 8250.0)
    np.testing.assert_allclose(b.emissions_draws, 8250.0)
    project = b.zones_table.set_index("zone").loc["project"]
    assert project["area_ha"] == 1200.0
    assert project["hectares"] == pytest.approx(75.0)
    assert project["stock_tco2e"] == pytest.approx(1200 * 200 * 44 / 12)
    assert np.isnan(project["forest_ha"])
    assert {f.code for f in b.findings} == {"credits.activity-exact", "credits.forest-unknown"}
    row = b.activity.iloc[0]
    assert (row["zone"], row["year"], row["hectares"]) == ("project", 2026, pytest.approx(12.5))
    assert b.by_year["tco2e"].sum() == pytest.approx(2 * 6 * 8250)


def test_the_draws_carry_the_error_of_carbon_and_of_hectares(drawn_baseline):
    b = drawn_baseline
    assert b.emissions_draws.shape == (2, 1, 6, 4000)
    per_year = b.emissions_draws[0, 0]
    # One draw is one state of the world: all years and zones go up and down together.
    np.testing.assert_allclose(per_year[0], per_year[5])
    np.testing.assert_allclose(b.emissions_draws[0], b.emissions_draws[1])
    # sd(stock) 0.15·733.3 = 110; sd(hectares) 0.2/1.645 = 0.1216 of 660.
    expected = np.sqrt((110 / 660) ** 2 + 0.1216**2)
    assert per_year[0].std() / per_year[0].mean() == pytest.approx(expected, rel=0.06)
    ends = b.by_year.iloc[0]
    assert ends["tco2e_low"] < ends["tco2e"] < ends["tco2e_high"]


def test_roots_come_out_later_and_nothing_is_lost(risk, zones, stock, rng):
    slow = baseline(risk, zones=zones, stock=stock, rng=rng, after=EXACT, below_ground_years=10)
    # Below ground 50 of 180 tC that come out: a tenth of it each year.
    first = 12.5 * 660 * (130 / 180 + 50 / 180 / 10)
    assert slow.emissions[0, 0, 0] == pytest.approx(first)
    assert slow.emissions[0, 0, 1] == pytest.approx(first + 12.5 * 660 * 50 / 180 / 10)
    np.testing.assert_allclose(slow.timing.sum(axis=1), 1.0)


def test_other_pools_add_and_wood_products_take_away(risk, zones, stock, rng):
    b = baseline(
        risk,
        zones=zones,
        stock=stock,
        rng=rng,
        after=EXACT,
        other_pools={
            "dead-wood": {"low": "10 tC/ha", "likely": "12 tC/ha", "high": "14 tC/ha"},
            "wood-products": "-3 tC/ha",
        },
    )
    np.testing.assert_allclose(b.factors, [(180 + 12 - 3) * 44 / 12])
    # Who reads the table can build the factor again.
    row = b.factors_table.iloc[0]
    assert row["other_tco2e_ha"] == pytest.approx((12 - 3) * 44 / 12)
    rebuilt = row["before_tco2e_ha"] - row["after_tco2e_ha"] + row["other_tco2e_ha"]
    assert row["factor_tco2e_ha"] == pytest.approx(rebuilt)


def test_strata_by_an_ecosystem_map_and_by_a_raster_of_codes(risk, zones, rng):
    stock = stock_of([[150.0, 50.0], [90.0, 30.0]], strata=("hill", "swamp"), draws=2)
    codes = np.ones(GRID.shape, np.int16)
    codes[:, 15:] = 2
    codes[:, 45:] = 7  # water: no stratum
    full = Estimate.exact(1.0)
    kinds = (
        Ecosystem(1, "hill", Text.of("hill"), full, forest=True),
        Ecosystem(2, "swamp", Text.of("swamp"), full, forest=True),
        Ecosystem(7, "water", Text.of("water"), full),
    )
    by_map = baseline(
        risk,
        zones=zones,
        stock=stock,
        rng=rng,
        after=EXACT,
        strata=EcosystemMap(codes, GRID, CRS, kinds),
    )
    # 15 of 30 columns each in the project: 600 pixels · 0.0625 / 6 = 6.25 ha a year.
    np.testing.assert_allclose(by_map.hectares[0, :, 0], [6.25, 6.25])
    np.testing.assert_allclose(by_map.factors, [180 * 44 / 12, 100 * 44 / 12])
    # In the belt 15 columns are swamp and 15 are water.
    np.testing.assert_allclose(by_map.hectares[1, :, 0], [0.0, 6.25])
    lost = [f for f in by_map.findings if f.code == "credits.loss-without-stratum"]
    assert [(f.subject, f.data["hectares"]) for f in lost] == [("belt", 37.5)]
    by_codes = baseline(
        risk,
        zones=zones,
        stock=stock,
        rng=rng,
        after=EXACT,
        strata=windowed_of(codes),
        strata_codes={1: "hill", 2: "swamp"},
    )
    np.testing.assert_allclose(by_codes.hectares, by_map.hectares)


def test_without_a_map_strata_count_by_area(risk, zones, rng):
    stock = stock_of(
        [[150.0, 50.0], [90.0, 30.0]], strata=("hill", "swamp"), areas=[300.0, 100.0], draws=2
    )
    b = baseline(risk, zones=zones, stock=stock, rng=rng, after=EXACT)
    assert b.strata == ("all",)
    # (3·200 + 120)/4 - 20 = 160 tC/ha.
    np.testing.assert_allclose(b.factors, [160 * 44 / 12])


def test_forest_limits_what_can_be_lost(risk, zones, stock, rng):
    codes = np.ones(GRID.shape, np.uint8)
    codes[:, :2] = 5  # forest on 80 of 1200 pixels of the project
    codes[:, 2:4] = 8  # gone before the period of the map begins
    cover = ForestCover(windowed_of(codes), (2014.0, 2020.0, 2026.0))
    b = baseline(
        risk, zones=zones, stock=stock, rng=rng, after=EXACT, cover=cover, horizon_years=10
    )
    assert b.zones_table["forest_ha"].tolist() == [80.0, 0.0]
    # 12.5 ha a year: six years take 75 of 80 ha, the seventh takes the last 5.
    np.testing.assert_allclose(b.hectares[0, 0], [12.5] * 6 + [5.0] + [0.0] * 3)
    np.testing.assert_allclose(b.hectares[1], 0.0)
    assert "credits.beyond-period" in {f.code for f in b.findings}


def test_a_baseline_stands_beside_what_its_zones_lost_before(risk, zones, stock, rng):
    """Of 1200 ha of the project 40 went in six years and 60 in the next; 12.5 a year are to go."""
    seen = np.ones((3, *GRID.shape), bool)
    seen[1:, :, 0] = False  # a column of 40 pixels of 1 ha
    seen[2, :, 1] = False
    seen[2, :20, 2] = False
    cover = ForestCover(windowed_of(codes_of(*seen)), (2014.0, 2020.0, 2026.0))
    b = baseline(risk, zones=zones, stock=stock, rng=rng, after=EXACT, cover=cover)
    rows = b.history.set_index(["zone", "from_year"])
    assert rows.loc[("project", 2014.0), "ha_per_year"] == pytest.approx(40 / 6)
    latest = rows.loc[("project", 2020.0)]
    assert latest["ha_per_year"] == pytest.approx(60 / 6)
    assert latest["baseline_ha_per_year"] == pytest.approx(12.5)
    assert latest["ratio"] == pytest.approx(1.25)
    # 1.25 times is no cause for alarm; a belt that lost nothing and is to lose 12.5 a year is.
    assert np.isnan(rows.loc[("belt", 2020.0), "ratio"])
    told = [f for f in b.findings if f.code == "baseline.above-history"]
    assert [(f.subject, f.data["baseline"], f.data["seen"]) for f in told] == [
        ("belt", "12.5", "0.0")
    ]


def test_without_a_cover_there_is_no_history(exact_baseline):
    assert exact_baseline.history.empty


def test_yearly_declining_keeps_the_share_of_what_is_left():
    # After two years of 10 of 100 ha, 80 are left; an eighth of what is left each year after.
    out = yearly(np.array([10.0]), limit=np.array([100.0]), years=4, period=2.0, beyond="declining")
    np.testing.assert_allclose(out, [[10, 10, 10, 70 / 8]])
    constant = yearly(
        np.array([10.0]), limit=np.array([25.0]), years=4, period=2.0, beyond="constant"
    )
    np.testing.assert_allclose(constant, [[10, 10, 5, 0]])


def test_no_expected_loss_is_a_zero(zones, stock, rng, risk):
    calm = type(risk)(windowed_of(np.zeros(GRID.shape, np.float32)), 6.0, 2026.0, "x", 0.0, 0.0)
    b = baseline(calm, zones=zones, stock=stock, rng=rng, after=EXACT)
    assert b.emissions.sum() == 0.0


def test_unknown_risk_is_told(risk, zones, stock, rng):
    values = np.full(GRID.shape, 0.0625, np.float32)
    values[:20, :30] = np.nan
    half = type(risk)(windowed_of(values), 6.0, 2026.0, "x", 0.0, 0.0)
    b = baseline(half, zones=zones, stock=stock, rng=rng, after=EXACT)
    np.testing.assert_allclose(b.hectares[0], 6.25)
    told = [f for f in b.findings if f.code == "credits.risk-unknown"]
    assert [(f.subject, f.data["percent"]) for f in told] == [("project", 50.0)]


def box(*bounds):
    return shapely.box(*bounds)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(0, 0, 9, 9)], crs=CRS), "zones-column"),
        (gpd.GeoDataFrame({"zone": []}, geometry=[], crs=CRS), "zones-empty"),
        (gpd.GeoDataFrame({"zone": ["a"]}, geometry=[box(0, 0, 9, 9)], crs=CRS), "zones-project"),
        (
            gpd.GeoDataFrame(
                {"zone": ["project", "belt"]},
                geometry=[box(0, 0, 3000, 4000), box(2900, 0, 6000, 4000)],
                crs=CRS,
            ),
            "zones-overlap",
        ),
        (
            gpd.GeoDataFrame({"zone": ["project"]}, geometry=[box(9e5, 0, 9.1e5, 99)], crs=CRS),
            "zones-outside",
        ),
    ],
)
def test_zones_that_cannot_be_used(frame, code, risk, stock, rng):
    with pytest.raises(InputError) as caught:
        baseline(risk, zones=frame, stock=stock, rng=rng, after=EXACT)
    assert caught.value.findings[0].code == f"credits.{code}"


def test_zones_in_another_crs_are_refused(risk, zones, stock, rng):
    with pytest.raises(GeometryError) as caught:
        baseline(risk, zones=zones.to_crs("EPSG:32718"), stock=stock, rng=rng, after=EXACT)
    assert caught.value.findings[0].code == "crs.mixed"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"after": {"swamp": EXACT}}, "credits.after-unknown"),
        ({"after": {}}, "credits.after-missing"),
        ({"after": {**EXACT, "likely": "30 tC/ha"}}, "credits.estimate"),
        ({"after": {"low": 15, "likely": 20, "high": 25}}, "credits.estimate"),
        (
            {"after": {"low": "-1 tC/ha", "likely": "1 tC/ha", "high": "2 tC/ha"}},
            "credits.estimate",
        ),
        ({"strata": windowed_of(np.ones(GRID.shape, np.int16))}, "credits.strata-codes"),
        (
            {
                "strata": windowed_of(np.ones(GRID.shape, np.int16)),
                "strata_codes": {1: "hil"},
            },
            "credits.stratum-unknown",
        ),
        ({"stock": stock_of([[1.0, 1.0]], draws=0)}, "credits.stock-draws"),
        (
            {"stock": stock_of([[1.0, 1.0]] * 2, strata=("a", "b"), areas=[1.0, np.nan])},
            "credits.strata-needed",
        ),
    ],
)
def test_carbon_that_cannot_be_used(changed, code, risk, zones, stock, rng):
    given = {"zones": zones, "stock": stock, "rng": rng, "after": AFTER} | changed
    with pytest.raises(InputError) as caught:
        baseline(risk, **given)
    assert caught.value.findings[0].code == code


def test_clearing_that_emits_nothing_and_a_stratum_without_plots_are_told(risk, zones, rng):
    stock = stock_of([[10.0, 2.0], [np.nan, np.nan]], strata=("field", "new"), draws=2)
    codes = np.ones(GRID.shape, np.int16)
    codes[:20] = 2
    b = baseline(
        risk,
        zones=zones,
        stock=stock,
        rng=rng,
        after=EXACT,
        strata=windowed_of(codes),
        strata_codes={1: "field", 2: "new"},
    )
    told = {f.code for f in b.findings}
    assert {"credits.factor-negative", "credits.stratum-without-stock"} <= told
    assert np.isfinite(b.emissions).all()


def test_the_reference_level_of_peru_stands_beside_the_baseline(risk, zones, stock, rng):
    peru = rules.ruleset("pe").on(DAY)
    b = baseline(risk, zones=zones, stock=stock, rng=rng, after=EXACT, ruleset=peru)
    # 75,774,039.55 tCO2e a year on 78,308,801 ha; 8250 tCO2e a year on 1200 ha.
    project = b.reference.set_index("zone").loc["project"]
    assert project["reference_tco2e_ha_year"] == pytest.approx(75774039.55 / 78308801)
    assert project["tco2e_ha_year"] == pytest.approx(8250 / 1200)
    assert project["ratio"] == pytest.approx(7.105, abs=1e-3)
    assert (project["source"], project["status"]) == ("pe:redd.reference-level", "confirmed")
    elsewhere = rules.ruleset("co").on(DAY)
    none = baseline(risk, zones=zones, stock=stock, rng=rng, after=EXACT, ruleset=elsewhere)
    assert none.reference.empty


def test_a_map_of_several_windows_is_summed_once(zones, stock, rng, risk):
    # Windows are 2048 cells wide: the zone border at column 2100 lies in the second.
    grid = Grid(0.0, 90.0, 30.0, 30.0, 3, 4200)
    values = np.random.default_rng(3).uniform(0, 0.09, grid.shape).astype(np.float32)
    shapes = [box(0, 0, 63_000, 90), box(63_000, 0, 126_000, 90)]
    frame = gpd.GeoDataFrame({"zone": ["belt", "project"]}, geometry=shapes, crs=CRS)
    wide = type(risk)(windowed_of(values, grid=grid), 6.0, 2026.0, "x", 0.0, 0.0)
    b = baseline(wide, zones=frame, stock=stock, rng=rng, after=EXACT)
    assert b.zones == ("project", "belt")
    halves = values.astype(float)[:, 2100:].sum(), values.astype(float)[:, :2100].sum()
    np.testing.assert_allclose(b.hectares.sum(axis=(1, 2)), halves)
    np.testing.assert_allclose(b.zones_table["area_ha"], 3 * 2100 * 0.09)


def test_a_zone_that_leaves_the_map_is_told(risk, stock, rng):
    shapes = [box(1500, 0, 4500, 4000), box(4500, 0, 7500, 4000), box(9000, 0, 9900, 900)]
    frame = gpd.GeoDataFrame({"zone": ["project", "belt", "far"]}, geometry=shapes, crs=CRS)
    peru = rules.ruleset("pe").on(DAY)
    b = baseline(risk, zones=frame, stock=stock, rng=rng, after=EXACT, ruleset=peru)
    told = [f for f in b.findings if f.code == "credits.zone-cut"]
    assert [(f.subject, f.data["percent"]) for f in told] == [("belt", 50.0), ("far", 100.0)]
    assert b.zones_table["area_ha"].tolist() == [1200.0, 600.0, 0.0]
    assert [f.subject for f in b.findings if f.code == "credits.reference-level"] == [
        "project",
        "belt",
    ]


@pytest.mark.parametrize("code", [-1, 70_000, "peat"])
def test_codes_that_no_raster_of_strata_has_are_refused(code, risk, zones, stock, rng):
    # A code of -1 would otherwise stand for every pixel without a stratum.
    with pytest.raises(InputError) as caught:
        baseline(
            risk, zones=zones, stock=stock, rng=rng, after=EXACT,
            strata=windowed_of(np.ones(GRID.shape, np.int16)), strata_codes={code: "hill"},
        )  # fmt: skip
    assert caught.value.findings[0].code == "credits.stratum-code"


def test_a_raster_of_floats_has_no_stratum_where_it_has_no_whole_number(risk, zones, stock, rng):
    codes = np.ones(GRID.shape, np.float32)
    codes[:10] = np.nan
    codes[10:20] = 1.5
    b = baseline(
        risk, zones=zones, stock=stock, rng=rng, after=EXACT,
        strata=windowed_of(codes), strata_codes={"1": "hill"},
    )  # fmt: skip
    np.testing.assert_allclose(b.hectares[0], 6.25)


def test_a_stratum_without_hectares_holds_nothing_even_if_nobody_measured_it(risk, zones, rng):
    stock = stock_of([[100.0, 20.0], [np.nan, np.nan]], strata=("hill", "new"), draws=2)
    codes = np.ones(GRID.shape, np.int16)
    codes[:, 45:] = 2  # in the belt only
    b = baseline(
        risk, zones=zones, stock=stock, rng=rng, after=EXACT,
        strata=windowed_of(codes), strata_codes={1: "hill", 2: "new"},
    )  # fmt: skip
    stands = b.zones_table.set_index("zone")["stock_tco2e"]
    assert stands["project"] == pytest.approx(1200 * 120 * 44 / 12)
    assert np.isnan(stands["belt"])
