import pytest

from nonetloss.core.errors import StudyError
from nonetloss.core.language import Text
from nonetloss.core.method import Port
from nonetloss.rules.reading import ruleset
from nonetloss.study.binding import argument, plan, value_of
from nonetloss.study.check import provided
from nonetloss.study.registry import method, methods
from nonetloss.study.schema import StudyDocument


class Result:
    front = (1, 2)

    def alternatives(self):
        return (3, 4)


class Named:
    def __init__(self, name):
        self.name = name


VALUES = {"routes": Result(), "layers": (Named("park"), Named("road")), "table": {"a": 5}, "n": 0}


def test_parts_are_attributes_keys_members_or_functions_without_arguments():
    assert value_of("routes.front", VALUES) == (1, 2)
    assert value_of("routes.alternatives", VALUES) == (3, 4)
    assert value_of("layers.park", VALUES).name == "park"
    assert value_of("table.a", VALUES) == 5


@pytest.mark.parametrize("reference", ["routes.back", "layers.lake", "routes.__class__", "table.b"])
def test_a_part_that_is_not_there(reference):
    with pytest.raises(StudyError) as caught:
        value_of(reference, VALUES)
    assert caught.value.findings[0].code == "study.part-unknown"


def test_several_references_are_joined_where_a_port_takes_many():
    one = Port("a", "x", Text.of("x"))
    many = Port("a", "x", Text.of("x"), many=True)
    assert argument(many, ["routes.front", "n", "routes.alternatives"], VALUES) == (1, 2, 0, 3, 4)
    assert argument(one, ["n"], VALUES) == 0
    with pytest.raises(StudyError) as caught:
        argument(one, ["n", "n"], VALUES)
    assert caught.value.findings[0].code == "study.input-many"


def planned(small_study, **step):
    small_study.study["steps"] = [{"step": "s", "method": "avoid.screening", **step}]
    document = StudyDocument.model_validate(small_study.study)
    rules = ruleset("pe").on(document.decision_date)
    return plan(document, rules, provided(document))


def test_a_parameter_may_come_from_the_rules_with_its_citation(small_study):
    calls, found = planned(small_study, parameters={"direct_zone_m": {"rule": "zone.direct"}})
    assert found == []
    setting = calls[0].settings["direct_zone_m"]
    rules = ruleset("pe").on(small_study_date(small_study))
    assert setting.value == rules.value("zone.direct", unit="m")
    assert setting.source == rules.parameter("zone.direct").citation
    assert setting.rule == "zone.direct"


def small_study_date(small_study):
    return StudyDocument.model_validate(small_study.study).decision_date


def test_a_rule_that_is_not_there(small_study):
    _, found = planned(small_study, parameters={"direct_zone_m": {"rule": "zone.indirekt"}})
    assert [f.code for f in found] == ["rules.parameter-unknown"]


def test_a_source_belongs_to_a_parameter(small_study):
    calls, found = planned(
        small_study,
        parameters={"direct_zone_m": "1 km"},
        sources={
            "direct_zone_m": {"es": "Un estudio", "en": "A study"},
            "indirect_zone_m": "Nothing",
        },
    )
    assert [(f.code, f.subject) for f in found] == [
        ("study.source-of-nothing", "s.sources.indirect_zone_m")
    ]
    assert calls[0].settings["direct_zone_m"].source == Text(es="Un estudio", en="A study")


def test_a_step_may_not_be_named_like_a_section(small_study):
    small_study.study["steps"] = [
        {"step": "layers", "method": "avoid.screening"},
        {"step": "a", "method": "avoid.screening"},
        {"step": "a", "method": "avoid.screening"},
    ]
    document = StudyDocument.model_validate(small_study.study)
    _, found = plan(document, None, provided(document))
    assert [(f.code, f.subject) for f in found] == [
        ("study.step-repeated", "layers"),
        ("study.step-repeated", "a"),
    ]


def test_an_input_that_nothing_gives(small_study):
    small_study.study["steps"] = [{"step": "s", "method": "offset.loss"}]
    document = StudyDocument.model_validate(small_study.study)
    _, found = plan(document, None, provided(document))
    assert ("study.input-unbound", "s.footprints") in {(f.code, f.subject) for f in found}


def test_the_registry_is_sorted_and_offers_the_nearest():
    assert list(methods()) == sorted(methods())
    with pytest.raises(StudyError) as caught:
        method("offset.portfolo")
    assert caught.value.findings[0].data["nearest"] == "offset.portfolio"


def test_rasters_of_a_study_are_asked_for_by_name(small_study):
    small_study.study["rasters"] = {"canopy": {"source": "park"}}
    small_study.study["steps"] = [{"step": "value", "method": "offset.value"}]
    document = StudyDocument.model_validate(small_study.study)
    calls, _ = plan(document, None, provided(document))
    assert "rasters" not in calls[0].references
    small_study.study["steps"][0]["inputs"] = {"rasters": "rasters"}
    document = StudyDocument.model_validate(small_study.study)
    calls, _ = plan(document, None, provided(document))
    assert calls[0].references["rasters"] == ("rasters",)


def parts_asked(small_study, reference):
    small_study.study["steps"] = [
        {"step": "routes", "method": "avoid.route"},
        {"step": "s", "method": "avoid.footprint", "inputs": {"alternatives": reference}},
    ]
    document = StudyDocument.model_validate(small_study.study)
    rules = ruleset("pe").on(document.decision_date)
    return [f for f in plan(document, rules, provided(document))[1] if "part" in f.code]


def test_a_part_that_no_result_of_the_method_has_is_told_before_it_runs(small_study):
    assert parts_asked(small_study, "routes.alternatives") == []
    (found,) = parts_asked(small_study, "routes.altrnatives")
    assert (found.code, found.subject) == ("study.part-unknown", "s.alternatives")
    assert found.data["nearest"] == "alternatives"
    assert "«alternatives»" in found.render("es")
