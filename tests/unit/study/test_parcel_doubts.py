"""Parcels that are sound and yet hardly meant so."""

import pytest
import shapely

from nonetloss.study.check import check

WEST = shapely.box(-74.42, -8.41, -74.40, -8.39)
# Shares half of WEST.
HALF = shapely.box(-74.41, -8.41, -74.39, -8.39)
# Touches WEST along an edge only.
NEXT = shapely.box(-74.40, -8.41, -74.38, -8.39)


def parcel(name, shape=WEST, **more):
    row = {f"value_without_{e}": 0.5 for e in ("low", "likely", "high")}
    row |= {f"value_with_{e}": 0.7 for e in ("low", "likely", "high")}
    row |= {"name": name, "ecosystem": "varzea", "cost_usd": 1.0, "consent": True} | more
    geometry = shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": row, "geometry": geometry}


def told(study, code, *parcels):
    study.study["parcels"] = {"source": "parcels"}
    study.layer("parcels", list(parcels))
    found = [f for f in check(study.save()) if f.code == code]
    assert all(f.render(language) for f in found for language in ("es", "en"))
    return [dict(f.data) for f in found]


@pytest.mark.parametrize("word", ["", "restauración", "Protection", "both", "reforestar"])
def test_known_actions(small_study, word):
    assert told(small_study, "study.parcel-action", parcel("p1", action=word)) == []


def test_an_unknown_action_is_told_with_those_there_are(small_study):
    found = told(small_study, "study.parcel-action", parcel("p1", action="siembra"))
    assert found == [{"names": "p1: siembra", "known": "protection, restoration, both"}]


def test_a_parcel_that_gains_nothing(small_study):
    same = {f"value_with_{e}": 0.5 for e in ("low", "likely", "high")}
    found = told(small_study, "study.parcel-no-gain", parcel("p1", **same), parcel("p2", NEXT))
    assert found == [{"names": "p1"}]


def test_parcels_that_share_land(small_study):
    rows = parcel("p1"), parcel("p2", HALF)
    assert told(small_study, "study.parcels-overlap", *rows) == [{"pairs": "p1 – p2"}]


def test_neighbors_and_actions_on_one_site_are_no_overlap(small_study):
    assert told(small_study, "study.parcels-overlap", parcel("p1"), parcel("p2", NEXT)) == []
    rows = parcel("p1", site="s"), parcel("p2", site="s")
    assert told(small_study, "study.parcels-overlap", *rows) == []
