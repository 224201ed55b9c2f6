import inspect
from dataclasses import dataclass

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.language import LANGUAGES
from nonetloss.ledger.hierarchy_method import METHOD, hierarchy_balance

ASSETS = ("terra-firme", "várzea")
COMPONENTS = ("direct", "induced")


@dataclass(frozen=True)
class Loss:
    likely: np.ndarray
    draws: np.ndarray
    unit: str = "quality_hectare"
    alternatives: tuple[str, ...] = ("straight", "around")
    components: tuple[str, ...] = COMPONENTS
    assets: tuple[str, ...] = ASSETS

    def of(self, alternative):
        index = self.alternatives.index(alternative)
        return self.likely[index], self.draws[index]


@dataclass(frozen=True)
class Plan:
    minimized_likely: np.ndarray
    minimized_draws: np.ndarray
    alternative: str = "around"
    components: tuple[str, ...] = COMPONENTS
    assets: tuple[str, ...] = ASSETS


@dataclass(frozen=True)
class Portfolio:
    offset_likely: np.ndarray
    offset_draws: np.ndarray
    assets: tuple[str, ...] = ASSETS


STRAIGHT, AROUND = [[10.0, 5.0], [20.0, 0.0]], [[6.0, 6.0], [10.0, 0.0]]
# In the second draw both alternatives lose twice as much: the same state of the world.
LIKELY = np.array([STRAIGHT, AROUND])
LOSS = Loss(LIKELY, np.stack([LIKELY, 2 * LIKELY], axis=-1))
MINIMIZED = np.array([[1.0, 1.0], [2.0, 0.0]])
PLAN = Plan(MINIMIZED, np.stack([MINIMIZED, 2 * MINIMIZED], axis=-1))
PORTFOLIO = Portfolio(np.array([5.0, 13.0]), np.array([[5.0, 5.0], [13.0, 13.0]]), ASSETS[::-1])


def totals(struck, flow):
    return struck.table.query("component == 'total'")[flow].tolist()


def test_before_is_the_reference_and_avoided_the_difference():
    struck = hierarchy_balance(
        LOSS, plan=PLAN, portfolio=PORTFOLIO, reference="straight", alternative="around"
    )
    assert totals(struck, "before") == [10 + 20, 5]
    assert totals(struck, "avoided") == [(10 - 6) + (20 - 10), 5 - 6]
    assert totals(struck, "residual") == [6 + 10 - 1 - 2, 6 - 1]
    # Offsets are matched by the asset's name, not by place: 13 for terra firme, 5 for várzea.
    assert totals(struck, "net") == [13 - 13, 5 - 5]
    assert struck.no_net_loss["probability"].tolist() == [0.5, 0.5]
    assert struck.joint.value == 0.5


def test_without_measures_and_offset_all_that_is_lost_stays_lost():
    struck = hierarchy_balance(LOSS, reference="straight", alternative="straight")
    assert totals(struck, "avoided") == [0, 0]
    assert totals(struck, "net") == [-30, -5]


def test_an_asset_that_no_offset_names_gains_nothing():
    one = Portfolio(np.array([13.0]), np.array([[13.0, 13.0]]), ("terra-firme",))
    struck = hierarchy_balance(LOSS, portfolio=one, reference="straight", alternative="around")
    assert totals(struck, "offset") == [13, 0]


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("hierarchy.alternative-unknown", {"reference": "strait"}),
        ("hierarchy.alternative-unknown", {"alternative": "over"}),
        ("hierarchy.other-plan", {"alternative": "straight"}),
        ("hierarchy.other-assets", {"plan": Plan(MINIMIZED, MINIMIZED, assets=("a", "b"))}),
        ("hierarchy.other-assets", {"portfolio": Portfolio(LIKELY, LIKELY, ("sea",))}),
        ("hierarchy.shape", {"portfolio": Portfolio(np.zeros(2), np.zeros((2, 3)))}),
    ],
)
def test_results_that_do_not_belong_together_are_refused(code, options):
    given = {"reference": "straight", "alternative": "around", "plan": PLAN} | options
    with pytest.raises(InputError) as caught:
        hierarchy_balance(LOSS, **given)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert all(finding.render(language) for language in LANGUAGES)


def test_the_declaration_names_every_argument():
    declared = {p.name for p in (*METHOD.inputs, *METHOD.parameters)}
    assert declared == set(inspect.signature(hierarchy_balance).parameters)
    assert METHOD.resolve() is hierarchy_balance
