"""What holds for whatever parcels a person may write down for England's metric."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss import rules
from nonetloss.rulesets.england import tables
from nonetloss.rulesets.england.trading import trading_rules

ENGLAND = rules.ruleset("england")
MODEST = settings(derandomize=True, deadline=None, max_examples=60)
SIZES = st.floats(0, 1e4, allow_nan=False, allow_infinity=False)
LEVELS = st.sampled_from(["high", "medium", "low"])
YEARS = st.integers(0, 35)


@st.composite
def surveyed(draw, module=None):
    module = module or draw(st.sampled_from(tables.MODULES))
    habitats = [h for h in tables.habitats(module).values() if h.can_be_baseline]
    habitat = draw(st.sampled_from(habitats))
    return {
        "module": module,
        "stage": draw(st.sampled_from(["baseline", "retained"])),
        "habitat": habitat.name,
        "condition": draw(st.sampled_from(habitat.conditions)),
        "size": draw(SIZES),
        "strategic": draw(LEVELS),
    }


@st.composite
def created(draw, module=None):
    module = module or draw(st.sampled_from(tables.MODULES))
    habitats = [h for h in tables.habitats(module).values() if h.can_be_proposed]
    habitat = draw(st.sampled_from(habitats))
    return {
        "module": module,
        "stage": "created",
        "habitat": habitat.name,
        "condition": draw(st.sampled_from(sorted(habitat.create))),
        "size": draw(SIZES),
        "strategic": draw(LEVELS),
    }


def units_of(*rows):
    return ENGLAND.units(pd.DataFrame(list(rows))).tolist()


@MODEST
@given(st.lists(st.one_of(surveyed(), created()), min_size=1, max_size=6), st.randoms())
def test_order_of_rows_changes_nothing(rows, random):
    table = pd.DataFrame(rows)
    order = list(table.index)
    random.shuffle(order)
    found = ENGLAND.units(table)
    assert ENGLAND.units(table.loc[order]).loc[table.index].tolist() == found.tolist()
    assert (found >= 0).all()


@MODEST
@given(st.one_of(surveyed(), created()), st.floats(0, 10))
def test_units_are_proportional_to_size(row, factor):
    once, more = units_of(row, row | {"size": row["size"] * factor})
    assert more == pytest.approx(once * factor)


@MODEST
@given(created(), YEARS)
def test_a_delay_never_adds_units(row, years):
    now, late, later = units_of(row, row | {"delay_years": years}, row | {"delay_years": years + 1})
    assert later <= late <= now


@MODEST
@given(created(), YEARS)
def test_an_advance_never_takes_units_from_linear_habitats(row, years):
    if row["module"] == "area":  # where the difficulty of enhancement may be the greater one
        row = row | {"habitat": "Grassland - Lowland meadows", "condition": "Good"}
    early, earlier = units_of(row | {"advance_years": years}, row | {"advance_years": years + 1})
    assert early <= earlier * (1 + 1e-12)


@MODEST
@given(created())
def test_farther_is_never_worth_more(row):
    there = [
        row | {"location": "off-site", "spatial_risk": risk}
        for risk in ("inside", "neighboring", "outside")
    ]
    here, inside, neighboring, outside = units_of(row, *there)
    assert here == inside
    assert inside >= neighboring >= outside


@MODEST
@given(created())
def test_created_is_never_worth_more_than_there_already(row):
    habitat = tables.habitats(row["module"])[row["habitat"]]
    there, made = units_of(row | {"stage": "retained"} if habitat.can_be_baseline else row, row)
    assert made <= there * (1 + 1e-12)


@MODEST
@given(st.data())
def test_enhancement_lies_between_what_was_and_what_will_be(data):
    module = data.draw(st.sampled_from(tables.MODULES))
    row = data.draw(surveyed(module))
    end = tables.habitats(module)[row["habitat"]]
    if not end.steps:
        return
    start_condition, condition = data.draw(st.sampled_from(sorted(end.steps)))
    if start_condition not in end.conditions or condition not in end.conditions:
        return
    row |= {"stage": "enhanced", "condition": condition}
    row |= {"from_habitat": end.name, "from_condition": start_condition}
    found = units_of(row)[0]
    plain = {k: v for k, v in row.items() if not k.startswith("from_")} | {"stage": "baseline"}
    before, after = units_of(plain | {"condition": start_condition}, plain)
    assert before * (1 - 1e-12) <= found <= after * (1 + 1e-12)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from([(m, name) for m in tables.MODULES for name in sorted(tables.habitats(m))]),
        st.floats(-50, 50, allow_nan=False),
    ),
    max_size=12,
)


def changes_of(drawn):
    rows = [(module, name, change) for (module, name), change in drawn]
    return pd.DataFrame(rows, columns=["module", "habitat", "change"])


@MODEST
@given(CHANGES, st.floats(0, 50), st.data())
def test_a_further_gain_never_breaks_a_rule(drawn, gain, data):
    where = data.draw(
        st.sampled_from([key for key, _ in drawn] or [("area", "Lakes - Marl lakes")])
    )
    before = trading_rules(changes_of(drawn)).set_index(["module", "band"])["shortfall"]
    after = trading_rules(changes_of([*drawn, (where, gain)]))
    after = after.set_index(["module", "band"])["shortfall"]
    for key, shortfall in before.items():
        assert after[key] <= shortfall + 1e-6


@MODEST
@given(CHANGES)
def test_rules_do_not_depend_on_order_nor_on_other_modules(drawn):
    whole = trading_rules(changes_of(drawn))
    pd.testing.assert_frame_equal(whole, trading_rules(changes_of(drawn[::-1])), rtol=1e-6)
    for module in tables.MODULES:
        alone = trading_rules(changes_of([d for d in drawn if d[0][0] == module]))
        part = whole[whole["module"] == module].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, part, check_dtype=False)
