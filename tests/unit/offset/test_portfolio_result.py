from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.numerics.grid import Grid
from nonetloss.offset.portfolio import select

KIND = Ecosystem(1, "forest", Text.of("forest"), Estimate.exact(0.5))
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", (KIND,))
IMPACT = box(0, 0, 1, 1)


def parcel(name, gain, cost, x, **more):
    return Parcel(
        name, Text.of(name), box(x, 0, x + 10, 10), 2.0 * gain, "forest", Estimate.exact(0.2),
        Estimate.exact(0.7), cost, **more,
    )  # fmt: skip


def chosen(parcels, need, *, draws=8, **more):
    likely = np.array([[[float(need)]]])
    loss = Loss(
        "quality_hectare", ("road",), ("direct",), ("forest",), likely,
        np.repeat(likely[..., None], draws, axis=-1),
    )  # fmt: skip
    return select(
        parcels, residual=loss, ecosystems=MAP, rng=np.random.default_rng(0), gap=0.0, **more
    )


def why(found, name):
    return found.table.set_index("parcel").loc[name, "why_en"]


NEAR, FAR = parcel("near", 10, 5.0, 100), parcel("far", 10, 9.0, 5000)


def test_nobody_is_told_that_a_parcel_is_not_needed_where_something_is_missing():
    short = chosen([NEAR, FAR], 20, budget_usd=6.0)
    assert short.answer == "infeasible"
    assert "Not needed" not in why(short, "far")
    assert "covers everything" not in why(short, "near")
    assert "Not needed" in why(chosen([NEAR, FAR], 10), "far")


def test_a_conflict_names_the_limit_that_keeps_the_parcel_out():
    one = chosen([NEAR, FAR], 20, near=IMPACT, max_distance_m=1000.0)
    assert set(one.conflict["kind"]) == {"need", "too-far"}
    # Where two limits keep it out, either of them stands against the need.
    both = chosen([NEAR, FAR], 20, near=IMPACT, max_distance_m=1000.0, locked_out=["far"])
    assert both.conflict["kind"].iloc[0] == "need"
    assert both.conflict["kind"].iloc[1] in ("too-far", "locked-out")
    assert len(both.conflict) == 2


def test_a_locked_out_parcel_of_unknown_cost_explains_nothing_and_breaks_nothing():
    unknown = replace(FAR, cost_usd=float("nan"))
    told = chosen([NEAR, unknown], 20, locked_out=["far"])
    assert told.answer == "infeasible"
    assert told.conflict["kind"].tolist() == ["need"]


def test_a_fixed_parcel_that_begins_after_the_last_period_is_told():
    late = replace(FAR, start_year=20.0)
    told = chosen([NEAR, late], 10, periods={0: np.inf, 5: np.inf}, locked_in=["far"])
    assert told.answer == "infeasible"
    assert told.conflict["kind"].tolist() == ["locked"]
    assert "far" in told.conflict["title_en"].iloc[0]
    free = chosen([NEAR, late], 10, periods={0: np.inf, 5: np.inf})
    assert "after the last period" in why(free, "far")


def water(sheds, owed, draws=8):
    service = Service("water", Text("agua", "water"), "m3", {}, sheds)
    likely = np.array([owed], dtype=np.float64)
    columns = tuple(("water", s.name) for s in sheds)
    return ServiceLoss(
        (service,), ("road",), columns, likely, np.repeat(likely[..., None], draws, axis=-1)
    )


VILLAGE = Serviceshed("village", Text.of("village"), box(0, -50, 200, 50), 10.0, True)
TOWN = Serviceshed("town", Text.of("town"), box(150, -50, 9000, 50), 10.0)


def test_servicesheds_that_share_land_are_told():
    found = chosen([NEAR, FAR], 10, service_loss=water((VILLAGE, TOWN), (0, 0)))
    (told,) = [f for f in found.findings if f.code == "offset.sheds-overlap"]
    assert "village – town" in told.render("en") or "town – village" in told.render("en")
    apart = replace(TOWN, geometry=box(200, -50, 9000, 50))
    found = chosen([NEAR, FAR], 10, service_loss=water((VILLAGE, apart), (0, 0)))
    assert not [f for f in found.findings if f.code == "offset.sheds-overlap"]


def test_a_service_is_met_by_what_is_credited():
    # 20 ha that give 1 each; half is credited, so 10 of the 15.
    giver = replace(NEAR, services={"water": Estimate.exact(1.0)})
    found = chosen([giver], 0, service_loss=water((VILLAGE,), (15,)), confidence=0.5)
    assert found.answer == "infeasible"
    assert not found.services["met"].any()
    assert found.services["gain"].tolist() == [20]


def test_objectives_within_a_budget_are_short_of_services_too():
    giver = replace(NEAR, services={"water": Estimate.exact(1.0)})
    loss = water((replace(VILLAGE, community=False),), (25,))
    assert chosen([giver], 5, service_loss=loss, objective="min-shortfall").answer == "infeasible"


def test_the_probability_is_of_draws_that_the_search_never_saw():
    # Losses are small in the draws that the search sees, and out of reach in the others.
    likely = np.array([[[5.0]]])
    draws = np.concatenate([np.full(4, 5.0), np.full(4, 500.0)])[None, None, None]
    loss = Loss("quality_hectare", ("road",), ("direct",), ("forest",), likely, draws)
    found = select(
        [NEAR, FAR], residual=loss, ecosystems=MAP, rng=np.random.default_rng(0), probability=0.9
    )
    assert found.probability == 0
    assert found.requirements["probability"].tolist() == [0]
    assert "offset.probability-short" in {f.code for f in found.findings}
    assert found.requirements["shortfall_qha"].tolist() == pytest.approx([0])
