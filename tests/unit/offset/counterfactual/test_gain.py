from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.grid import Grid
from nonetloss.offset.counterfactual import counterfactual

KINDS = tuple(Ecosystem(i + 1, n, Text.of(n), Estimate.exact(0.8)) for i, n in enumerate("ab"))
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", KINDS)
EXACT = Estimate.exact


def lot(name="p", **more):
    fields = {
        "ecosystem": "a",
        "value_without": EXACT(0.2),
        "value_with": EXACT(0.6),
        "action": "restoration",
        **more,
    }
    return Parcel(
        name=name,
        title=Text.of(name),
        geometry=box(0, 0, 1, 1),
        area_ha=100.0,
        cost_usd=1.0,
        **fields,
    )


def gains(*parcels, **more):
    arguments = {"rng": np.random.default_rng(0), "draws": 50, "horizon_years": 10, **more}
    return counterfactual(parcels or (lot(),), ecosystems=MAP, **arguments)


def one(*parcels, **more):
    return float(gains(*parcels, **more).likely[0])


def codes(found):
    return [f.code for f in found.findings]


def test_a_gain_that_is_whole_from_the_first_year_counts_in_full():
    # 100 ha × (0.6 - 0.2), whatever the rate and the moment of the year.
    at_once = lot(years_to_value=0.0)
    for rate in (0.0, 0.05):
        for timing in ("start", "mid", "end"):
            assert one(at_once, discount_rate=rate, timing=timing) == pytest.approx(100 * 0.4)


def test_a_straight_rise_counts_its_mean():
    # Years 1 … 10 reach 1/10 … 10/10 of 0.4: the mean of k/10 is 5.5/10; with values of the
    # beginning of the year 4.5/10, of its middle 5/10 (Thur 2007: the timing is not innocent).
    assert one() == pytest.approx(100 * 0.4 * 5.5 / 10)
    assert one(timing="start") == pytest.approx(100 * 0.4 * 4.5 / 10)
    assert one(timing="mid") == pytest.approx(100 * 0.4 * 5.0 / 10)
    assert one(credit="end") == pytest.approx(100 * 0.4)


def test_late_years_count_less():
    d = [1.03**-t for t in range(1, 11)]
    expected = 100 * 0.4 * sum(x * t / 10 for t, x in enumerate(d, 1)) / sum(d)
    assert one(discount_rate=0.03) == pytest.approx(expected)


def test_the_yearly_paths_of_a_restoration():
    found = gains(lot(start_year=2.0, years_to_value=4.0))
    assert found.years.tolist() == list(range(1, 11))
    rise = [0.2, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]
    assert found.with_offset[0] == pytest.approx(rise)
    assert found.without_offset[0] == pytest.approx([0.2] * 10)
    assert found.likely[0] == pytest.approx(100 * (sum(rise) - 2) / 10)
    assert found.restored[0] == found.likely[0]
    assert found.static[0] == pytest.approx(40)


def test_averted_loss_at_a_background_rate():
    # Protected land keeps 0.6; without protection 2 % of what is left goes every year. The sum of
    # 0.98^t over ten years is 0.98 (1 - 0.98^10) / 0.02.
    protected = lot(action="protection")
    found = gains(protected, background_loss_rate={"a": 0.02})
    kept = 0.98 * (1 - 0.98**10) / 0.02 / 10
    assert found.likely[0] == pytest.approx(100 * 0.6 * (1 - kept))
    assert found.averted[0] == found.likely[0]
    assert "counterfactual.rate-in-place" in codes(found)
    # Where no rate is given the stated value without is reached in a straight line.
    stated = gains(replace(protected, ecosystem="b"), background_loss_rate={"a": 0.02})
    assert stated.likely[0] == pytest.approx(100 * 0.4 * 5.5 / 10)


def test_protection_does_not_bring_back_what_was_lost_before_it_began():
    # From 0.6 at 2 % for four years; then held where it is.
    late = lot(action="protection", start_year=4.0)
    found = gains(late, background_loss_rate={"a": 0.02})
    assert found.with_offset[0, 3:] == pytest.approx([0.6 * 0.98**4] * 7)
    # A stated value of today makes it a rise like any other.
    stated = gains(replace(late, value_today=EXACT(0.6)), background_loss_rate={"a": 0.02})
    assert stated.with_offset[0, -1] == pytest.approx(0.6)
    assert "counterfactual.today-assumed" not in codes(stated)


def test_todays_value_divides_restoration_from_averted_loss():
    # Today 0.4: up to 0.6 with, down to 0.2 without; both parts rise to 0.2 in ten years.
    found = gains(lot(value_today=EXACT(0.4)))
    assert found.restored[0] == pytest.approx(100 * 0.2 * 5.5 / 10)
    assert found.averted[0] == pytest.approx(100 * 0.2 * 5.5 / 10)
    # A quarter of the averted loss moves next door.
    leaky = gains(lot(value_today=EXACT(0.4)), leakage={"low": 0.25, "likely": 0.25, "high": 0.25})
    assert leaky.likely[0] == pytest.approx(found.restored[0] + 0.75 * found.averted[0])
    assert leaky.draws[0] == pytest.approx(np.full(50, leaky.likely[0]))


def test_planned_development_is_part_of_the_counterfactual():
    # Half a chance of nothing left from year 6 on: five of ten years gain 0.5 × 0.2 more.
    plain = one(lot(years_to_value=0.0))
    plan = {"p": {"year": "6 year", "probability": 0.5, "value_after": 0}}
    found = gains(lot(years_to_value=0.0), planned=plan, draws=4000)
    assert found.likely[0] - plain == pytest.approx(100 * 0.5 * 0.2 * 5 / 10)
    # In a draw it comes or it does not.
    assert sorted({round(float(g), 9) for g in found.draws[0]}) == [40, 50]
    assert found.draws[0].mean() == pytest.approx(45, abs=0.5)


def test_an_offset_that_would_come_anyway_is_no_gain():
    plan = {"p": {"year": "0 year", "value_after": 0.6, "years": "10 year"}}
    assert one(planned=plan) == pytest.approx(0)


def test_what_burns_again_is_no_gain():
    d = {"low": 0.1, "likely": 0.1, "high": 0.1}
    kept = sum(0.9**t for t in range(1, 11)) / 10
    assert one(lot(years_to_value=0.0), reversal=d) == pytest.approx(100 * 0.4 * kept)


def test_the_impact_of_land_that_would_have_declined_anyway():
    rates = {"a": 0.02, "b": 0.05}
    assert gains(background_loss_rate=rates).loss_factor == 1
    found = gains(background_loss_rate=rates, impact="future_condition")
    mean = {n: sum((1 - r) ** t for t in range(1, 11)) / 10 for n, r in rates.items()}
    assert found.loss_factors == pytest.approx(mean)
    assert found.loss_factor == pytest.approx(mean["a"])
    # An ecosystem whose rate nobody gave is lost as it is.
    assert gains(background_loss_rate={"a": 0.02}, impact="future_condition").loss_factor == 1


def test_what_is_owed_is_what_habitat_equivalency_owes():
    # HEA: A_R = sum(L d) / sum(G d) per hectare; loss whole from year 0, recovery in 5 years.
    d = np.array([1.03**-t for t in range(1, 11)])
    service = np.minimum(1, np.arange(1, 11) / 5) * 0.4
    hectares = (0.8 * d).sum() / (service * d).sum()
    per_ha = one(lot(years_to_value=5.0), discount_rate=0.03) / 100
    assert 0.8 / per_ha == pytest.approx(hectares)


def test_known_numbers_have_no_spread_and_unknown_ones_have():
    known = gains()
    assert known.draws[0] == pytest.approx(np.full(50, known.likely[0]))
    spread = gains(lot(value_with=Estimate(0.4, 0.6, 0.7)))
    assert spread.draws.std() > 0
    assert (spread.with_low <= spread.with_offset + 1e-12).all()
    assert (spread.with_high >= spread.with_offset - 1e-12).all()
    # The first year has a tenth of the spread of the last.
    wide = spread.with_high - spread.with_low
    assert wide[0, 0] == pytest.approx(wide[0, -1] / 10)


def test_together_is_wider_than_apart():
    lots = [lot(n, value_with=Estimate(0.4, 0.6, 0.7)) for n in "pqrs"]
    together = gains(*lots, draws=2000).draws.sum(axis=0).std()
    apart = gains(*lots, draws=2000, vary="independently").draws.sum(axis=0).std()
    assert together > 1.8 * apart


def test_the_order_of_parcels_does_not_matter():
    lots = [lot(n, value_with=Estimate(0.4, 0.6, 0.7)) for n in "pqr"]
    there, back = gains(*lots), gains(*lots[::-1])
    assert there.parcels == back.parcels == ("p", "q", "r")
    assert np.array_equal(there.draws, back.draws)


def test_what_counts_what_is_there_is_told():
    held = gains(gain="current_condition_protect")
    assert held.likely[0] == pytest.approx(100 * 0.2)
    assert "counterfactual.counts-what-is-there" in codes(held)
    assert "counterfactual.counts-what-is-there" not in codes(gains())


def test_late_and_harmful_actions_are_told():
    found = gains(lot("late", start_year=10.5), lot("worse", value_with=EXACT(0.1)))
    assert found.likely[0] == 0
    assert found.likely[1] == pytest.approx(-100 * 0.1 * 5.5 / 10)
    assert {"counterfactual.after-the-horizon", "counterfactual.negative-gain"} <= set(codes(found))
    for finding in found.findings:
        assert finding.render("es") != finding.render("en")


def test_a_curve_by_its_name():
    fast = {"fast": {"kind": "linear", "years": "5 year", "lag": "1 year"}}
    rise = [0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1]
    found = one(lot(trajectory="fast", years_to_value=9.0), curves=fast)
    assert found == pytest.approx(100 * 0.4 * sum(rise) / 10)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"horizon_years": 0}, "counterfactual.horizon"),
        ({"horizon_years": 7.5}, "counterfactual.horizon"),
        ({"draws": 0}, "counterfactual.draws"),
        ({"timing": "noon"}, "counterfactual.choice"),
        ({"gain": "all"}, "counterfactual.choice"),
        ({"impact": "none"}, "counterfactual.choice"),
        ({"planned": {"q": {"annual": 0.1, "value_after": 0}}}, "counterfactual.name"),
        ({"planned": {"p": {"annual": 0.1}}}, "counterfactual.key"),
        ({"planned": {"p": {"anual": 0.1, "value_after": 0}}}, "counterfactual.key"),
        ({"curves": {"x": {"kind": "wavy"}}}, "counterfactual.curve"),
        ({"curves": {"x": 3}}, "counterfactual.key"),
        ({"background_loss_rate": {"moon": 0.1}}, "counterfactual.ecosystem"),
        ({"background_loss_rate": {"a": 1.1}}, "counterfactual.share"),
        ({"leakage": {"low": 0.3, "likely": 0.2, "high": 0.4}}, "counterfactual.share"),
        ({"reversal": {"likely": 0.2}}, "counterfactual.share"),
        ({"discount_rate": -1.0}, "discounting.rate"),
    ],
)
def test_bad_parameters_are_refused(given, code):
    with pytest.raises(InputError) as caught:
        gains(**given)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es") != caught.value.render("en")


@pytest.mark.parametrize(
    ("parcel", "code"),
    [
        (lot(ecosystem="moon"), "offset.unknown-ecosystem"),
        (lot(trajectory="fast"), "counterfactual.name"),
        (lot(value_with=EXACT(1.2)), "counterfactual.parcel"),
        (lot(value_without=EXACT(-0.1)), "counterfactual.parcel"),
        (lot(value_today=EXACT(2.0)), "counterfactual.parcel"),
        (lot(years_to_value=-1.0), "counterfactual.parcel"),
        (replace(lot(), area_ha=0.0), "counterfactual.parcel"),
    ],
)
def test_bad_parcels_are_refused(parcel, code):
    with pytest.raises(InputError) as caught:
        gains(parcel)
    assert caught.value.findings[0].code == code


def test_a_name_stands_once():
    with pytest.raises(InputError, match="p"):
        gains(lot(), lot())


def test_the_years_add_up_to_what_is_credited():
    """A third of what is kept leaks: the years say so, and their mean is the likely gain."""
    kept = lot(action="protection", value_today=EXACT(0.6))
    found = gains(kept, leakage={"low": 0.2, "likely": 1 / 3, "high": 0.4})
    straight = 100 * (0.6 - 0.2) * np.arange(1, 11) / 10 * (1 - 1 / 3)
    assert found.yearly[0] == pytest.approx(straight)
    assert found.likely[0] == pytest.approx(straight.mean())


def test_where_everything_is_lost_again_nothing_is_gained_and_nothing_leaks():
    kept = lot(action="protection", value_today=EXACT(0.6))
    lost = {"low": 1.0, "likely": 1.0, "high": 1.0}
    assert one(kept, reversal=lost, leakage=lost) == pytest.approx(0)


def test_a_gain_that_does_not_look_at_reversal_says_so():
    again = {"low": 0.0, "likely": 0.1, "high": 0.2}
    told = codes(gains(reversal=again, gain="avoided_condition_decline"))
    assert "counterfactual.reversal-not-counted" in told
    assert "counterfactual.reversal-not-counted" not in codes(gains(reversal=again))


def test_the_action_is_read_whatever_its_letters():
    """Kept at 0.6 within a year while land without falls straight to 0.2: a mean of 5.5/10."""
    for action in ("protection", "Protección", " CONSERVACION "):
        found = one(lot(action=action, years_to_value=1.0))
        assert found == pytest.approx(100 * (0.6 - 0.2) * 5.5 / 10)


def test_an_action_that_does_not_say_what_land_is_worth_today_is_refused():
    for action in ("", "protectoin"):
        with pytest.raises(InputError) as caught:
            gains(lot(action=action))
        assert caught.value.findings[0].code == "counterfactual.action"
        assert caught.value.render("es") != caught.value.render("en")
        assert one(lot(action=action, value_today=EXACT(0.2))) > 0
