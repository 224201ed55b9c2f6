from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.numerics.grid import Grid
from nonetloss.offset.gains import Gains
from nonetloss.offset.portfolio import select
from nonetloss.offset.sensitivity import COLUMNS, sensitivity

KINDS = (
    Ecosystem(1, "young", Text.of("young"), Estimate.exact(0.5)),
    Ecosystem(2, "old", Text.of("old"), Estimate.exact(0.9)),
)
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", KINDS)
DRAWS = 8


def residual(young=0.0, old=0.0):
    likely = np.array([[[young, old]]])
    draws = np.repeat(likely[..., None], DRAWS, axis=-1)
    return Loss("quality_hectare", ("road",), ("direct",), ("young", "old"), likely, draws)


def parcel(name, ecosystem, gain, cost, services=None):
    """A parcel of twice `gain` hectares, each half a unit of value better with the offset."""
    x = 1000 * ord(name)
    return Parcel(
        name, Text.of(name), box(x, 0, x + 9, 9), 2 * gain, ecosystem,
        Estimate.exact(0.3), Estimate.exact(0.8), cost, services=services or {},
    )  # fmt: skip


# For 30 in young: b + d, 30 for 4 + 2; for 8 in old: f alone.
PARCELS = (
    parcel("a", "young", 20, 5),
    parcel("b", "young", 20, 4),
    parcel("c", "young", 30, 8),
    parcel("d", "young", 10, 2),
    parcel("f", "old", 8, 1),
    parcel("g", "old", 10, 3),
)
LOSS = residual(young=30, old=8)


def found(parcels=PARCELS, loss=LOSS, plan=None, **more):
    settings = {"ecosystems": MAP, "gap": 0.0}
    both = {k: more[k] for k in ("gains", "service_loss") if k in more}
    portfolio = plan or select(
        parcels, residual=loss, rng=np.random.default_rng(0), **settings, **both
    )
    return sensitivity(
        parcels, residual=loss, portfolio=portfolio, rng=np.random.default_rng(0),
        **settings, **more,
    )  # fmt: skip


def row(result, group, value):
    table = result.table
    return table[(table.group == group) & np.isclose(table.value, value)].iloc[0]


def codes(result):
    return [f.code for f in result.findings]


def test_with_nothing_changed_the_plan_is_itself():
    result = found()
    assert tuple(result.table.columns) == COLUMNS
    first = result.table.iloc[0]
    assert first.group == "as_given"
    assert np.isnan(first.value)
    assert (first.kept_covered_percent, first.kept_worst_ecosystem) == (100, "")
    assert np.isnan(first.kept_services_percent)
    assert (first.new_cost_usd, first.new_parcels) == (4 + 2 + 1, "b, d, f")
    assert (first.new_differs, first.new_answer) == (0, "offset")
    assert codes(result) == ["sensitivity.no-discount", "sensitivity.no-weights"]


def test_a_lower_success_leaves_the_same_sites_short_and_asks_for_dearer_ones():
    result = found(success_rates=[0.8])
    low = row(result, "success", 0.8)
    # Every gain counts 0.8: both ecosystems are covered to 80 %.
    assert low.kept_covered_percent == pytest.approx(80)
    # Young needs 30 / 0.8 = 37.5: a + b, 40 for 9 (b + c cost 12). Old needs 10: g, for 3.
    assert (low.new_cost_usd, low.new_parcels) == (5 + 4 + 3, "a, b, g")
    # d and f go, a and g come.
    assert (low.new_differs, low.new_answer) == (4, "offset")
    assert low.assumption_es == "Se logra el 80 % de la ganancia"
    assert low.assumption_en == "80 % of the gain is reached"
    shares = result.covered[result.covered.group == "success"].set_index("ecosystem")
    assert shares.needed_qha.to_dict() == {"young": 30, "old": 8}
    assert shares.covered_qha.to_dict() == pytest.approx({"young": 0.8 * 30, "old": 0.8 * 8})
    assert "sensitivity.short" in codes(result)


def test_a_margin_raises_what_is_owed():
    result = found(margins=[0.2, 1.5])
    more = row(result, "margin", 0.2)
    # Young owes 36, b + d give 30; old owes 9.6, f gives 8: 5/6 of both.
    assert more.kept_covered_percent == pytest.approx(100 * 5 / 6)
    # 36: a + b for 9 (b + c: 12; a + d + ... less); 9.6: g for 3.
    assert (more.new_cost_usd, more.new_answer) == (9 + 3, "offset")
    # Old owes 20 and all that there is gives 18.
    much = row(result, "margin", 1.5)
    assert much.new_answer == "infeasible"
    assert much.kept_covered_percent == pytest.approx(100 * 30 / 75)


def test_the_ecosystem_covered_least_is_named():
    result = found(loss=residual(young=24, old=8), success_rates=[0.8])
    # Young: b + d give 0.8 × 30 = 24, all of it; old: f gives 6.4 of 8.
    low = row(result, "success", 0.8)
    assert (low.kept_worst_ecosystem, low.kept_covered_percent) == ("old", pytest.approx(80))


def test_discounting_moves_the_gains_as_their_table_says():
    names = tuple("abcdfg")
    likely = np.array([20, 20, 30, 10, 8, 10.0])
    still = np.zeros((6, 1))
    # At 7 % restored a and b are worth half; the rest is protection and stays.
    late = likely * np.array([0.5, 0.5, 1, 1, 1, 1])
    rows = [
        *((n, "as_given", "", g) for n, g in zip(names, likely, strict=True)),
        *((n, "discount_rate", "0.03", g) for n, g in zip(names, likely, strict=True)),
        *((n, "discount_rate", "0.07", g) for n, g in zip(names, late, strict=True)),
    ]
    table = pd.DataFrame(rows, columns=["parcel", "assumption", "value", "gain_likely_qha"])
    draws = np.repeat(likely[:, None], DRAWS, axis=1)
    gains = Gains(names, np.zeros(1), still, still, likely, draws, sensitivity=table)
    result = found(gains=gains)
    # The rate of the study itself changes nothing and is left out.
    assert result.table[result.table.group == "discount"].value.tolist() == [0.07]
    late_row = row(result, "discount", 0.07)
    # b + d: 10 + 10 of 30. Anew: c alone gives 30 for 8, f for 1.
    assert late_row.kept_covered_percent == pytest.approx(100 * 20 / 30)
    assert late_row.kept_worst_ecosystem == "young"
    assert (late_row.new_cost_usd, late_row.new_parcels) == (8 + 1, "c, f")
    assert "sensitivity.loss-factor" not in codes(result)


def test_a_site_whose_gain_turns_negative_is_no_longer_counted():
    names = ("a", "b")
    likely, late = np.array([20.0, 20.0]), np.array([20.0, -1.0])
    rows = [(n, "discount_rate", "0.07", g) for n, g in zip(names, late, strict=True)]
    table = pd.DataFrame(rows, columns=["parcel", "assumption", "value", "gain_likely_qha"])
    still = np.zeros((2, 1))
    draws = np.repeat(likely[:, None], DRAWS, axis=1)
    gains = Gains(
        names, np.zeros(1), still, still, likely, draws, sensitivity=table, loss_factor=0.5
    )
    result = found(PARCELS[:2], residual(young=80), gains=gains)
    # 80 × 0.5 = 40 are owed; a alone gives 20.
    late_row = row(result, "discount", 0.07)
    assert late_row.kept_covered_percent == pytest.approx(50)
    assert late_row.new_answer == "infeasible"
    assert "sensitivity.loss-factor" in codes(result)


def test_weights_move_the_loss_by_the_value_of_each_ecosystem():
    table = pd.DataFrame(
        {
            "ecosystem": ["young", "old"],
            "indicator": "canopy",
            "title_es": "Dosel",
            "title_en": "Canopy",
            # Young loses a fifth of its value when canopy counts half; old has no plots.
            "value_half": [0.4, np.nan],
            "value": [0.5, np.nan],
            "value_double": [0.6, np.nan],
        }
    )
    result = found(value=SimpleNamespace(sensitivity=table))
    half, double = row(result, "weights", 0.5), row(result, "weights", 2.0)
    assert half.assumption_es == "«Dosel» pesa la mitad"
    assert double.assumption_en == '"Canopy" weighs twice'
    # 30 × 0.4 / 0.5 = 24: covered; the same sites are still the cheapest (b + d: 6; a + d: 7).
    assert (half.kept_covered_percent, half.new_cost_usd) == (100, 4 + 2 + 1)
    # 30 × 0.6 / 0.5 = 36: 30 of it covered; anew a + b.
    assert double.kept_covered_percent == pytest.approx(100 * 30 / 36)
    assert (double.new_cost_usd, double.new_parcels) == (5 + 4 + 1, "a, b, f")


def test_services_of_the_same_sites():
    shed = Serviceshed("delta", Text.of("delta"), None, 50.0, community=True)
    fish = Service("fish", Text.of("fish"), "kg/year", {}, (shed,))
    amount = np.array([[100.0]])
    loss = ServiceLoss(
        (fish,), ("road",), (("fish", "delta"),), amount, np.full((1, 1, DRAWS), 100.0)
    )
    # 40 ha × 2.5 kg/ha = 100 kg.
    parcels = (parcel("a", "young", 20, 5, {"fish": Estimate.exact(2.5)}),)
    result = found(parcels, residual(young=10), service_loss=loss, success_rates=[0.6])
    low = row(result, "success", 0.6)
    assert result.table.iloc[0].kept_services_percent == 100
    assert low.kept_services_percent == pytest.approx(60)
    assert low.kept_covered_percent == 100
    assert low.new_answer == "infeasible"
    assert "sensitivity.short" in codes(result)


def test_other_settings_than_those_of_the_plan_are_told():
    plan = SimpleNamespace(chosen=("a", "c", "g"), cost_usd=16.0)
    result = found(plan=plan)
    # a, c, g against b, d, f.
    assert result.table.iloc[0].new_differs == 6
    assert result.table.iloc[0].kept_covered_percent == 100
    assert "sensitivity.not-as-chosen" in codes(result)


def test_a_plan_without_sites_covers_nothing():
    result = found(plan=SimpleNamespace(chosen=(), cost_usd=0.0))
    assert result.table.iloc[0].kept_covered_percent == 0


def test_nothing_owed_is_covered():
    result = found(loss=residual(), margins=[1])
    assert (result.table.kept_covered_percent == 100).all()
    assert not len(result.covered)


def test_the_order_of_parcels_does_not_matter():
    one = found(success_rates=[0.5, 0.9], margins=[0.2])
    other = found(PARCELS[::-1], success_rates=[0.5, 0.9], margins=[0.2])
    pd.testing.assert_frame_equal(one.table, other.table)


@pytest.mark.parametrize(
    ("name", "value"),
    [("success_rates", [0.0]), ("success_rates", [1.1]), ("success_rates", ["high"]),
     ("margins", [-0.1]), ("margins", [float("nan")])],
)  # fmt: skip
def test_shares_out_of_range(name, value):
    with pytest.raises(InputError) as raised:
        found(**{name: value})
    assert raised.value.findings[0].code == "offset.parameter"


def test_a_chosen_site_that_is_no_parcel():
    with pytest.raises(InputError) as raised:
        found(plan=SimpleNamespace(chosen=("z",), cost_usd=1.0))
    assert raised.value.findings[0].code == "offset.locked-unknown"
