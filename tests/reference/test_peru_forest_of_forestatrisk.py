"""Forest of Peru 2000-2020 and to 2110, as published with forestatrisk (Vieilledent et al.).

Constant yearly loss d from 2020 on: forest in a later year is that of 2020 less years·d, and the
year by which none is left is 2020 + floor(forest of 2020/d). Hectares.
"""

import numpy as np
import pandas as pd
import pytest

from nonetloss.forest.change.dates import FOREST, NON_FOREST
from nonetloss.forest.change.transitions import transition_table

LATER = (2030, 2035, 2040, 2050, 2060, 2080, 2100, 2110)


@pytest.fixture(scope="module")
def peru(shared_data):
    folder = shared_data / "carbon_deforestation_risk" / "forestatrisk_peru_tables"

    def read(end):
        table = pd.read_csv(folder / f"forest_cover_change_{end}.csv")
        return table.set_index("area_code").loc["PER"]

    return {end: read(end) for end in ("mean", "min", "max")}


def periods_of(row, years):
    """Our table of periods, from forest that stays and forest that goes, one hectare a cell."""
    forest = [float(row[f"for{year}"]) for year in years]
    pairs = np.zeros((len(years) - 1, 3, 3))
    for k in range(len(years) - 1):
        pairs[k, FOREST, FOREST] = forest[k + 1]
        pairs[k, FOREST, NON_FOREST] = forest[k] - forest[k + 1]
    return transition_table(pairs, years=years, cell_ha=1.0)


@pytest.mark.parametrize("end", ["mean", "min", "max"])
def test_forest_to_come_is_that_of_2020_less_a_constant_loss(end, peru):
    row = peru[end]
    told = periods_of(row, (2020, *LATER))
    # Published loss and forest are rounded to whole hectares.
    assert told["ha_per_year"].to_numpy() == pytest.approx(row["andef"], abs=0.11)
    assert told["forest_end_ha"].tolist() == [row[f"for{year}"] for year in LATER]


def test_the_figures_of_the_mean(peru):
    row = peru["mean"]
    assert row["for2030"] == 70_774_640 - 10 * 112_691
    assert row["for2030"] == 69_647_730
    assert row["yrdis"] == 2020 + 70_774_640 // 112_691
    assert row["yrdis"] == 2648


def test_the_loss_of_the_last_decade_is_near_the_published_mean(peru):
    """(71,901,480 - 70,774,640)/10 = 112,684 ha a year; published 112,691, of unrounded forest."""
    told = periods_of(peru["mean"], (2010, 2020))
    assert told["ha_per_year"].iloc[0] == pytest.approx(112_684)
    assert told["ha_per_year"].iloc[0] == pytest.approx(peru["mean"]["d_mean"], rel=1e-4)
