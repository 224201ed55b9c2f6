"""Two sites whose gains a person can follow: 100 ha from 0.2 to 0.7, 50 ha from 0.4 to 0.8."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
import shapely

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.parcel import Parcel


def parcel(name, area_ha, without, with_, **more):
    side = (area_ha * 1e4) ** 0.5
    options = {"ecosystem": "terra-firme", "cost_usd": 1000.0, "years_to_value": 10.0} | more
    return Parcel(
        name=name,
        title=Text(es=f"Parcela {name}", en=f"Parcel {name}"),
        geometry=shapely.box(0, 0, side, side),
        area_ha=area_ha,
        value_without=Estimate.exact(without),
        value_with=Estimate.exact(with_),
        **options,
    )


# Whole gains: 100 x 0.5 = 50 and 50 x 0.4 = 20 quality-hectares, after ten years each.
NORTH = parcel("north", 100.0, 0.2, 0.7, action="restore")
SOUTH = parcel("south", 50.0, 0.4, 0.8, ecosystem="varzea", action="enrich", site="island")
PARCELS = (NORTH, SOUTH)


@dataclass(frozen=True)
class Portfolio:
    """60 quality-hectares of terra firme are owed, 15 of várzea."""

    chosen: tuple = ("north", "south")
    table: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            {"parcel": ["north", "south", "west"], "gain_qha": [50.0, 20.0, 7.0]}
        )
    )
    requirements: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            {"asset": ["terra-firme", "varzea"], "residual_qha": [48.0, 15.0]}
        )
    )
    allocation: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            {
                "loss": ["terra-firme", "varzea"],
                "gain": ["terra-firme", "varzea"],
                "credited_qha": [48.0, 15.0],
            }
        )
    )
    shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    assets: tuple = ("terra-firme", "varzea")
    offset_likely: np.ndarray = field(default_factory=lambda: np.array([50.0, 20.0]))
    offset_draws: np.ndarray = field(default_factory=lambda: np.zeros((2, 200)))


def seen(*rows, columns=("site", "year", "value")):
    return pd.DataFrame(list(rows), columns=list(columns))


@pytest.fixture
def make_parcel():
    return parcel


@pytest.fixture
def parcels():
    return PARCELS


@pytest.fixture
def portfolio():
    return Portfolio()


@pytest.fixture
def observe():
    return seen
