import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.minimize.catalogue import Cost, catalogue, parse_measure

COMPLETE = {
    "title": {"es": "Medida", "en": "Measure"},
    "phase": "design",
    "effects": [
        {
            "component": "direct",
            "assets": ["bofedal"],
            "low": 0.1,
            "likely": 0.2,
            "high": 0.3,
            "source": "study",
            "status": "confirmed",
        }
    ],
    "cost": {"basis": "lump-sum", "usd": 1000, "source": "study", "status": "confirmed"},
}


def test_the_packaged_catalogue_is_whole_and_honest():
    measures = catalogue()
    assert len(measures) >= 12
    assert {m.phase for m in measures} == {"planning", "design", "construction", "operation"}
    assert {e.component for m in measures for e in m.effects} == {"direct", "induced"}
    for measure in measures:
        assert measure.title.es != measure.title.en
        for effect in measure.effects:
            assert 0 <= effect.effectiveness.low < effect.effectiveness.high < 1
            # Nothing in it is measured in quality-hectares, so nothing may claim to be confirmed.
            assert effect.status == "unverified"
            assert effect.effectiveness.source.en.startswith("Expert range, not verified")
            assert effect.effectiveness.source.es.startswith("Rango de experto, no verificado")
        for evidence in measure.evidence:
            assert evidence.es != evidence.en
            assert "doi 10." in evidence.es
            assert "doi 10." in evidence.en


def test_sorted_whatever_the_order_of_changes():
    one = catalogue({"aa": COMPLETE, "zz": COMPLETE})
    two = catalogue({"zz": COMPLETE, "aa": COMPLETE})
    assert one == two
    assert [m.id for m in one] == sorted(m.id for m in one)


def test_a_study_replaces_adds_and_removes():
    measures = {
        m.id: m
        for m in catalogue(
            {
                "speed-limits": None,
                "access-gates": {"phase": "planning"},
                "own": COMPLETE,
            }
        )
    }
    assert "speed-limits" not in measures
    assert measures["access-gates"].phase == "planning"
    assert measures["access-gates"].cost.basis == "per-site"
    assert measures["own"].cost.usd == Estimate(1000, 1000, 1000, Text.of("study"))


def test_units_by_basis():
    price = Estimate.exact(1.0)
    assert Cost("lump-sum", price).units(250) == 1
    assert Cost("per-km", price).units(250) == 250
    assert Cost("per-ha", price, per_km=1.5).units(10) == 15
    assert Cost("per-site", price, per_km=0.1).units(10) == 1
    assert Cost("per-site", price, per_km=0.1).units(10.5) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nothing": None}, "measures.unknown"),
        ({"own": {**COMPLETE, "requires": ["nothing"]}}, "measures.unknown"),
        ({"erosion-and-drainage": None}, "measures.unknown"),
        ({"own": {**COMPLETE, "colour": "green"}}, "measures.fields"),
        ({"own": {"title": "x"}}, "measures.fields"),
        ({"own": {**COMPLETE, "cost": {"basis": "lump-sum"}}}, "measures.fields"),
        ({"own": {**COMPLETE, "phase": "someday"}}, "measures.value"),
        ({"own": 5}, "measures.value"),
        ({"own": {**COMPLETE, "cost": {**COMPLETE["cost"], "usd": "cheap"}}}, "measures.value"),
        ({"own": {**COMPLETE, "cost": {**COMPLETE["cost"], "usd": -1}}}, "measures.value"),
    ],
)
def test_bad_changes(changes, code):
    with pytest.raises(InputError) as caught:
        catalogue(changes)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es") != caught.value.render("en")


@pytest.mark.parametrize("values", [(0.3, 0.2, 0.4), (0.1, 0.5, 1.2), (-0.1, 0.1, 0.2)])
def test_effectiveness_out_of_order_or_range(values):
    effect = dict(
        COMPLETE["effects"][0], **dict(zip(("low", "likely", "high"), values, strict=True))
    )
    with pytest.raises(InputError) as caught:
        parse_measure("own", {**COMPLETE, "effects": [effect]})
    assert caught.value.findings[0].code == "measures.value"


def test_sources_and_evidence_are_names_or_texts_in_both_languages():
    both = {"es": "Ensayo de campo", "en": "Field trial"}
    cost = COMPLETE["cost"] | {"source": both}
    (effect,) = COMPLETE["effects"]
    raw = COMPLETE | {"cost": cost, "evidence": [both, "Author 2020"]}
    measure = parse_measure("x", raw | {"effects": [effect | {"source": both}]})
    assert measure.cost.usd.source == Text.of(both)
    assert measure.effects[0].effectiveness.source == Text.of(both)
    assert measure.evidence == (Text.of(both), Text.of("Author 2020"))
    for wrong in ({"es": "Ensayo"}, 2020):
        with pytest.raises(InputError) as raised:
            parse_measure("x", raw | {"evidence": [wrong]})
        assert raised.value.findings[0].code == "measures.value"
