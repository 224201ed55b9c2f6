"""From a portfolio that was chosen, through what was seen, to the balance and the basin."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
import shapely

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.ledger.cumulative_method import cumulative_accounts
from nonetloss.ledger.hierarchy_method import hierarchy_balance
from nonetloss.numerics.grid import Grid
from nonetloss.offset.monitoring import monitor
from nonetloss.offset.portfolio import select

KINDS = (
    Ecosystem(1, "terra-firme", Text.of("terra firme"), Estimate.exact(0.8)),
    Ecosystem(2, "varzea", Text.of("várzea"), Estimate.exact(0.9)),
)
LIKELY = np.array([[[40.0, 15.0], [8.0, 0.0]]])
LOSS = Loss(
    "quality_hectare", ("route",), ("direct", "induced"), ("terra-firme", "varzea"), LIKELY,
    np.repeat(LIKELY[..., None], 100, axis=3),
)  # fmt: skip


@pytest.fixture
def chosen(parcels):
    apart = [
        dataclasses.replace(p, geometry=shapely.box(2000 * i, 0, 2000 * i + 1000, 1000))
        for i, p in enumerate(parcels)
    ]
    ground = EcosystemMap(
        np.ones((2, 2), dtype=np.int16), Grid(0.0, 2.0, 1.0, 1.0, 2, 2), "EPSG:32718", KINDS
    )
    made = select(apart, residual=LOSS, ecosystems=ground, rng=np.random.default_rng(1))
    assert made.chosen == ("north", "south")
    return apart, made


def test_a_shortfall_reopens_the_balance_that_the_plan_had_closed(chosen):
    parcels, portfolio = chosen
    promised = hierarchy_balance(LOSS, portfolio=portfolio, reference="route", alternative="route")
    assert promised.holds
    seen = pd.DataFrame({"site": ["north", "south"], "year": [4, 4], "value": [0.35, 0.56]})
    made = monitor(
        parcels,
        portfolio=portfolio,
        observations=seen,
        rng=np.random.default_rng(2),
        activities={"plots": {"indicator": "value", "years": [4]}},
    )
    # Three quarters of 50 against the 48 owed.
    assert made.reopened == ("terra-firme",)
    again = hierarchy_balance(LOSS, portfolio=made, reference="route", alternative="route")
    table = again.table.query("component == 'total'").set_index("asset")
    assert table["net"].tolist() == pytest.approx([37.5 - 48, 20 - 15])
    assert again.no_net_loss["probability"].tolist() == [0.0, 1.0]

    nobody = pd.DataFrame(columns=["project", "zone", "ecosystem", "entry", "amount_qha", "date"])
    basin = cumulative_accounts(
        nobody,
        balance=again,
        portfolio=portfolio,
        monitoring=made,
        parcels=parcels,
        decision_date=dt.date(2030, 1, 1),
        project="road",
        zone="ucayali",
    )
    assert basin.balance["net"].tolist() == pytest.approx([37.5 - 48, 20 - 15])
