import math

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.language import LANGUAGES
from nonetloss.ledger.hierarchy import balance

ASSETS = ("terra-firme", "várzea")
BEFORE = [[10.0, 5.0], [20.0, 0.0]]
AVOIDED = [[4.0, -1.0], [10.0, 0.0]]
MINIMIZED = [[1.0, 1.0], [2.0, 0.0]]
OFFSET = [14.0, 4.0]


def strike(before=BEFORE, avoided=AVOIDED, minimized=MINIMIZED, offset=OFFSET, **options):
    """A balance whose four draws all equal the likely values, unless draws are given."""
    flows = {"before": before, "avoided": avoided, "minimized": minimized, "offset": offset}
    arguments = {"assets": ASSETS}
    for flow, likely in flows.items():
        likely = np.asarray(likely, dtype=float)
        arguments[f"{flow}_likely"] = likely
        arguments[f"{flow}_draws"] = np.repeat(likely[..., None], 4, axis=-1)
    arguments |= options
    return balance(arguments.pop("before_likely"), **arguments)


def rows(struck):
    return struck.table.set_index(["asset", "component"])


def codes(struck):
    for finding in struck.findings:
        for language in LANGUAGES:
            assert finding.render(language)
    return [(finding.code, finding.subject) for finding in struck.findings]


def test_the_arithmetic_of_each_row():
    table = rows(strike())
    direct = table.loc[("terra-firme", "direct")]
    assert direct["residual"] == 10 - 4 - 1
    assert np.isnan([direct["offset"], direct["net"], direct["net_p50"]]).all()
    total = table.loc[("terra-firme", "total")]
    assert total["before"] == 10 + 20
    assert total["residual"] == (10 - 4 - 1) + (20 - 10 - 2)
    assert total["net"] == 14 - 13
    shifted = table.loc[("várzea", "total")]
    assert shifted["residual"] == 5 - (-1) - 1
    assert shifted["net"] == 4 - 5
    assert set(table["unit"]) == {"quality_hectare"}


def test_components_stay_in_separate_rows():
    components = strike().table.groupby("asset")["component"].apply(list)
    assert components["terra-firme"] == ["direct", "induced", "total"]


def test_each_asset_answers_for_itself():
    struck = strike(offset=[1000.0, 4.0])
    assert struck.no_net_loss["holds"].tolist() == [True, False]
    assert not struck.holds
    assert struck.joint.value == 0


def test_what_the_findings_say():
    assert codes(strike()) == [
        ("hierarchy.shifted", "várzea"),
        ("hierarchy.net-loss", "várzea"),
        ("hierarchy.joint-uncertain", "balance"),
    ]
    said = strike().findings[0].render("es")
    assert "1.00 ha de calidad" in said


def test_an_asset_without_residual_holds_trivially():
    struck = strike(avoided=[[9.0, 4.0], [18.0, 0.0]], offset=[0.0, 0.0])
    assert struck.holds
    assert struck.joint.value == 1
    assert codes(struck) == [
        ("hierarchy.no-residual", "terra-firme"),
        ("hierarchy.no-residual", "várzea"),
    ]


def test_the_tolerance_is_in_the_unit_of_the_balance():
    assert not strike(offset=[13.0, 4.9]).holds
    assert strike(offset=[13.0, 4.9], tolerance=0.1).holds


def test_probability_counts_draws_and_joint_means_the_same_draw():
    # Residual 13 and 5; each asset holds in 2 of 4 draws, both together only in draw 1.
    offset = np.array([[13.0, 14.0, 12.0, 12.9], [4.0, 5.0, 6.0, 0.0]])
    struck = strike(offset_draws=offset)
    assert struck.no_net_loss["probability"].tolist() == [2 / 4, 2 / 4]
    assert struck.joint.value == 1 / 4
    assert struck.joint.draws == 4
    assert struck.joint.standard_error == math.sqrt(1 / 4 * 3 / 4 / 4)
    assert ("hierarchy.uncertain", "terra-firme") in codes(struck)
    total = rows(struck).loc[("várzea", "total")]
    # Net draws -1, 0, 1, -5: the median is midway between -1 and 0.
    assert total["net_p50"] == pytest.approx((-1 + 0) / 2)


def test_quantiles_are_taken_of_the_total_not_added_up():
    before = np.array([[[10.0, 20.0]], [[20.0, 10.0]]])
    zero = np.zeros((2, 1, 2))
    struck = balance(
        np.array([[15.0], [15.0]]),
        before_draws=before,
        avoided_likely=zero[..., 0],
        avoided_draws=zero,
        minimized_likely=zero[..., 0],
        minimized_draws=zero,
        offset_likely=np.zeros(1),
        offset_draws=np.zeros((1, 2)),
        assets=["forest"],
    )
    total = rows(struck).loc[("forest", "total")]
    assert (total["before_p05"], total["before_p95"]) == (30.0, 30.0)
    direct = rows(struck).loc[("forest", "direct")]
    assert direct["before_p95"] == pytest.approx(10 + 0.95 * 10)


def test_no_assets_at_all():
    none, none_drawn = np.zeros((2, 0)), np.zeros((2, 0, 3))
    struck = balance(
        none,
        before_draws=none_drawn,
        avoided_likely=none,
        avoided_draws=none_drawn,
        minimized_likely=none,
        minimized_draws=none_drawn,
        offset_likely=np.zeros(0),
        offset_draws=np.zeros((0, 3)),
        assets=[],
    )
    assert struck.table.empty
    assert struck.joint.value == 1


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("hierarchy.shape", {"before": [[1.0, 2.0]]}),
        ("hierarchy.shape", {"offset_draws": np.zeros((2, 3))}),
        ("hierarchy.shape", {"offset_draws": np.zeros((2, 0))}),
        ("hierarchy.asset-twice", {"assets": ("a b", "a-b")}),
        ("hierarchy.asset-twice", {"components": ("direct", "total")}),
        ("hierarchy.unknown", {"before": [[math.nan, 5.0], [20.0, 0.0]]}),
        ("hierarchy.unknown", {"offset": [math.inf, 0.0]}),
        ("hierarchy.negative", {"minimized": [[-1.0, 0.0], [0.0, 0.0]]}),
        ("hierarchy.negative", {"offset": [-1.0, 0.0]}),
        ("hierarchy.too-much", {"minimized": [[6.1, 0.0], [0.0, 0.0]]}),
    ],
)
def test_what_cannot_be_balanced_is_refused(code, options):
    with pytest.raises(InputError) as caught:
        strike(**options)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert all(finding.render(language) for language in LANGUAGES)


def test_the_offending_asset_is_named():
    with pytest.raises(InputError) as caught:
        strike(before=[[10.0, 5.0], [20.0, math.nan]])
    assert caught.value.findings[0].data["assets"] == "várzea"


def test_rounding_below_zero_is_taken_as_zero():
    # 0.3 - 0.1 - 0.2 is -2.8e-17 in floats; avoiding and minimizing everything leaves zero.
    struck = strike(
        before=[[0.3, 0.0], [0.0, 0.0]],
        avoided=[[0.1, 0.0], [0.0, 0.0]],
        minimized=[[0.2, 0.0], [0.0, 0.0]],
        offset=[0.0, 0.0],
    )
    assert struck.table["residual"].min() == 0
    assert struck.holds
