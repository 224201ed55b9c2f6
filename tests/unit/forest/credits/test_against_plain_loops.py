"""The way from a risk map to net credits against plain loops, without spread.

Random maps, strata, roots that come out over years, observed losses in some years of project and
belt, leakage, fire and buffer. Loops go year by year and hectare by hectare.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nonetloss.forest.credits.baseline import baseline
from nonetloss.forest.credits.credits import credits
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.numerics.grid import Grid

from .conftest import CRS, stock_of, windowed_of

ROWS, COLUMNS, YEARS = 6, 10, range(2026, 2034)
SMALL = Grid(0.0, ROWS * 100.0, 100.0, 100.0, ROWS, COLUMNS)
HALVES = {"project": range(5), "belt": range(5, COLUMNS)}
STRATA = {1: "hill", 2: "swamp"}
CO2 = 44 / 12
SOURCE = {"source": "assumption"}


def exact(value, unit=""):
    return dict.fromkeys(("low", "likely", "high"), f"{value} {unit}" if unit else value)


def expected_hectares(map_ha, codes):
    """Hectares by zone and stratum in each year: a sixth of the map, up to the area there is."""
    found = {}
    for zone, columns in HALVES.items():
        for code in STRATA:
            cells = [
                float(map_ha[r, c]) for r in range(ROWS) for c in columns if codes[r, c] == code
            ]
            left, found[zone, code] = float(len(cells)), []
            for _ in YEARS:
                lost = min(sum(cells) / 6, left)
                left -= lost
                found[zone, code].append(lost)
    return found


def emitted(hectares, carbon, after, other, root_years):
    """Tonnes per year of clearings {code: [ha per year]}: roots over `root_years`."""
    out = np.zeros(len(YEARS))
    for code, cleared in hectares.items():
        above, below = carbon[code - 1]
        for year, ha in enumerate(cleared):
            out[year] += ha * (above - after + other) * CO2
            for lag in range(root_years):
                if year + lag < len(out):
                    out[year + lag] += ha * below * CO2 / root_years
    return out


@pytest.mark.parametrize("seed", range(12))
def test_net_credits_are_those_of_plain_loops(seed, standards):
    draw = np.random.default_rng(seed)
    map_ha = draw.uniform(0, 1, (ROWS, COLUMNS)).astype(np.float32)
    codes = draw.integers(1, 4, (ROWS, COLUMNS)).astype(np.int16)  # 3 is no stratum
    carbon = draw.uniform(40, 200, (2, 2))
    after, other, root_years = draw.uniform(0, 20), draw.uniform(-3, 10), int(draw.integers(1, 5))
    averts, fire, buffer = draw.uniform(0.2, 1), draw.uniform(0, 500), draw.uniform(0.12, 0.4)
    leak = dict(zip(("belt", "outside", "market"), draw.uniform(0, 0.3, 3), strict=True))
    boxes = [shapely.box(0, 0, 500, 600), shapely.box(500, 0, 1000, 600)]
    base = baseline(
        RiskMap(windowed_of(map_ha, grid=SMALL), 6.0, 2026.0, "x", 0.0, 0.0),
        zones=gpd.GeoDataFrame({"zone": list(HALVES)}, geometry=boxes, crs=CRS),
        stock=stock_of(carbon, strata=tuple(STRATA.values()), draws=2),
        rng=draw, after=exact(after, "tC/ha"), other_pools={"all": exact(other, "tC/ha")},
        strata=windowed_of(codes, grid=SMALL), strata_codes=STRATA,
        below_ground_years=root_years, horizon_years=len(YEARS),
    )  # fmt: skip
    ha = expected_hectares(map_ha, codes)

    def tonnes(hectares):
        return emitted(hectares, carbon, after, other, root_years)

    would = {code: ha["project", code] for code in STRATA}
    lost = {code: [(1 - averts) * x for x in would[code]] for code in STRATA}
    seen_belt, usual_belt = ({code: [0.0] * len(YEARS) for code in STRATA} for _ in range(2))
    rows = []
    for year in draw.choice(len(YEARS), 3, replace=False):
        for code, name in STRATA.items():
            lost[code][year] = draw.uniform(0, 8)
            rows.append(("project", name, YEARS[year], lost[code][year]))
    belt_years = draw.choice(len(YEARS), 2, replace=False)
    for year in belt_years:
        whole, parts = draw.uniform(0, 20), [ha["belt", code][year] for code in STRATA]
        rows.append(("belt", None, YEARS[year], whole))
        for code in STRATA:
            usual_belt[code][year] = parts[code - 1]
            seen_belt[code][year] = whole * parts[code - 1] / sum(parts)

    gross, change = tonnes(would), tonnes(lost)
    project = change + fire
    averted = np.maximum(gross - project, 0)
    belt = leak["belt"] * averted
    excess = np.maximum(tonnes(seen_belt) - tonnes(usual_belt), 0)
    belt[belt_years] = excess[belt_years]
    left = gross - project - belt - (leak["outside"] + leak["market"]) * averted
    kept = np.minimum(buffer * np.maximum(gross - change, 0), np.maximum(left, 0))
    # TREES with neither mitigation nor national share: 20 % leaks, 25 % to the buffer.
    trees = np.where(averted > 0, averted * (1 - 0.20 - 0.25), gross - project)

    plan = credits(
        base,
        standards=standards,
        rng=draw,
        observed=pd.DataFrame(rows, columns=["zone", "stratum", "year", "hectares"]),
        effectiveness=exact(averts) | SOURCE,
        leakage={part: exact(share) | SOURCE for part, share in leak.items()},
        other_emissions=exact(fire, "tCO2e/year"),
        buffer_share=buffer,
    )
    for name in ("vm0048", "vm0007", "vm0015"):
        np.testing.assert_allclose(plan.of(name)["net"], left - kept, atol=1e-6)
    np.testing.assert_allclose(plan.of("trees")["net"], trees, atol=1e-6)
    np.testing.assert_allclose(plan.net_draws[..., 0], plan.net, atol=1e-6)
