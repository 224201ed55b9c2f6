from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.candidates import screen_candidates
from nonetloss.offset.equivalence import read_rules
from nonetloss.offset.options import Periods, Wishes, options_of

KINDS = (
    Ecosystem(1, "young", Text.of("young"), Estimate.exact(0.5), better=("old",)),
    Ecosystem(2, "old", Text.of("old"), Estimate.exact(0.9)),
)


def parcel(name, ecosystem, i, **more):
    return Parcel(
        name, Text.of(name), box(10 * i, 0, 10 * i + 10, 10), 40.0, ecosystem,
        Estimate.exact(0.2), Estimate.exact(0.7), 5.0, **more,
    )  # fmt: skip


PARCELS = (
    parcel("a", "young", 0, site="hill"),
    parcel("b", "young", 1, site="hill"),
    parcel("c", "old", 2, zone="north"),
    parcel("d", "old", 5, start_year=5.0),
)


def options(parcels=PARCELS, wanted=(True, False), **more):
    candidates = screen_candidates(
        parcels, near=None, max_distance_m=None, half_distance_m=None,
        success=Estimate.exact(1.0), time_factor=1.0, locked_out=more.pop("out", ()),
    )  # fmt: skip
    arguments = {"confidence": 0.5, **more}
    return options_of(candidates, KINDS, np.array(wanted), np.array([10.0, 0.0]), **arguments)


def test_options_count_what_they_gain_and_are_grouped_by_what_they_count_for():
    found = options()
    # 40 ha × 0.5, half of it credited.
    assert found.problem.credited.tolist() == pytest.approx([10.0] * 4)
    assert found.names == ("old", "young")
    assert found.problem.group.tolist() == [1, 1, 0, 0]
    assert found.problem.like.tolist() == [[False, True]]
    assert found.problem.overlaps == ((0, 1),)


def test_parcels_that_serve_no_loss_are_no_options_unless_fixed():
    assert options(wanted=(False, True)).parcel.tolist() == [2, 3]
    held = options(wanted=(False, True), wishes=Wishes(locked_in=("a",)))
    assert held.parcel.tolist() == [0, 2, 3]
    assert held.problem.locked == ((0,),)


def test_a_parcel_that_only_serves_people_is_an_option():
    served = np.array([[3.0, 0, 0, 0]])
    found = options(wanted=(False, True), served=served)
    assert found.parcel.tolist() == [0, 2, 3]
    assert found.problem.served.tolist() == [[1.5, 0, 0]]


def test_every_period_in_which_a_parcel_can_begin():
    periods = Periods((0.0, 5.0), (10.0, np.inf), 0.1)
    found = options(wishes=Wishes(periods=periods))
    assert list(zip(found.parcel.tolist(), found.period.tolist(), strict=True)) == [
        (0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (3, 1),
    ]  # fmt: skip
    assert found.factor[1] == pytest.approx(1 / 1.1**5)
    # Both actions on the hill in both periods: one of four.
    assert (0, 1, 2, 3) in found.problem.overlaps
    assert (4, 5) in found.problem.overlaps


def test_rules_split_groups_by_what_a_unit_counts():
    rules = read_rules(
        {"multipliers": {"out_of_kind": 2, "zones": {"same": 1, "neighbor": 1, "elsewhere": 4}},
         "impact_zones": ["north"]}
    )  # fmt: skip
    zoned = [replace(p, zone=p.zone or "south") for p in PARCELS]
    found = options(zoned, wishes=Wishes(rules=rules))
    assert found.names == ("old", "old", "young")
    # Elsewhere and out of kind: 1/8; in the north and out of kind: 1/2; elsewhere: 1/4.
    assert sorted(found.problem.worth[0].tolist()) == [1 / 8, 1 / 4, 1 / 2]


def test_neighbors_touch_or_lie_near():
    assert options(wishes=Wishes(pieces=1)).problem.links.tolist() == [[0, 1], [1, 2]]
    near = Wishes(pieces=1, neighbor_distance_m=20.0)
    assert [2, 3] in options(wishes=near).problem.links.tolist()
    assert options().problem.links.size == 0


def test_limits_become_parties_of_a_conflict():
    plain = options(out=("c",))
    assert plain.parcel.tolist() == [0, 1, 3]
    wide = options(out=("c",), limits=("offset.locked-out", "offset.too-far"))
    assert wide.parcel.tolist() == [0, 1, 2, 3]
    assert wide.problem.barred == (("locked-out", (2,)),)


def test_services_wait_for_their_period_and_harm_is_taken_whole():
    periods = Periods((0.0, 5.0), (10.0, np.inf), 0.1)
    served = np.array([[3.0, -3.0, 0, 0]])
    found = options(wishes=Wishes(periods=periods), served=served)
    # Half of it credited, the later one after five years.
    assert found.problem.served[0, :4] == pytest.approx([1.5, 1.5 / 1.1**5, -3, -3])


def test_the_years_before_a_parcel_begins_are_charged_once():
    periods = Periods((0.0, 5.0, 8.0), (np.inf,) * 3, 0.1)
    charged = options(wishes=Wishes(periods=periods), dated=True)
    # d begins in year 5 by itself: only three more years are added.
    assert charged.factor[-2:] == pytest.approx([1.0, 1 / 1.1**3])
    assert charged.factor[:3] == pytest.approx([1, 1 / 1.1**5, 1 / 1.1**8])
    alone = options(wishes=Wishes(periods=periods))
    assert alone.factor[-2:] == pytest.approx([1 / 1.1**5, 1 / 1.1**8])
