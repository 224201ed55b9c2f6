import datetime as dt
import json

import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError, UnitError
from nonetloss.core.language import LANGUAGES
from nonetloss.core.provenance import canonical_json
from nonetloss.rules.dated import Force, Status, status_label

TODAY = dt.date(2026, 11, 21)


@pytest.fixture(scope="module")
def peru():
    return rules.ruleset("pe").on(TODAY)


def code_of(call, *arguments, **options):
    with pytest.raises((RulesError, UnitError)) as caught:
        call(*arguments, **options)
    (finding,) = caught.value.findings
    assert all(finding.render(language) for language in LANGUAGES)
    return finding


def test_a_date_before_the_set_is_refused_with_its_limits():
    finding = code_of(rules.ruleset("pe").on, dt.date(2018, 3, 1))
    assert finding.code == "rules.date-outside"
    assert "2018-03-02" in finding.render("es")


def test_values_come_in_the_unit_asked_for(peru):
    assert peru.value("zone.indirect", unit="m") == 5500
    assert peru.value("zone.indirect", unit="km") == 5.5
    assert peru.value("ahp.consistency-limit", unit="") == 0.10


def test_the_wrong_dimension_is_refused(peru):
    finding = code_of(peru.value, "zone.indirect", unit="ha")
    assert (finding.code, finding.subject) == ("units.dimension", "zone.indirect")


def test_an_unknown_name_gets_the_nearest(peru):
    finding = code_of(peru.parameter, "right-of-way.road3")
    assert finding.code == "rules.parameter-unknown"
    assert "right-of-way.road-3" in finding.data["nearest"]
    finding = code_of(peru.layer_rule, "national-parks")
    assert finding.code == "rules.layer-kind-unknown"
    assert "national-park" in finding.data["nearest"]


def test_a_statement_is_no_number(peru):
    assert code_of(peru.value, "compensation.goal", unit="m").code == "rules.not-a-number"
    assert code_of(peru.table, "zone.direct", unit="m").code == "rules.not-a-table"


def test_estimates_and_tables(peru):
    estimate = peru.estimate("induced.loss-per-km", unit="ha/km")
    assert (estimate.low, estimate.likely, estimate.high) == (55, 108, 150)
    assert "MAAP" in estimate.source.es
    assert peru.estimate("zone.direct", unit="m").is_exact
    assert peru.table("altoandino.comparison-scale", unit="") == (1, 9)


def test_a_rule_carries_its_source(peru):
    reserve = peru.layer_rule("territorial-reserve")
    assert reserve.role == "prohibited"
    assert reserve.citation.en == "Ley 28736, art. 5(c); reg., arts. 32-35 (status: confirmed)"
    assert reserve.read == TODAY
    park = peru.layer_rule("national-park")
    assert park.citation.es == "DS 005-2018-MTC, artículo no confirmado (estado: no verificado)"
    assert park.since == dt.date(2024, 9, 14)


def test_the_status_is_printed_in_both_languages():
    assert status_label(Status.CONFIRMED, "es") == "estado: confirmado"
    assert status_label(Status.UNVERIFIED, "es") == "estado: no verificado"
    assert status_label(Status.UNVERIFIED, "en") == "status: unverified"


def test_the_reader_is_told_how_much_is_unverified(peru):
    (finding,) = peru.findings
    assert finding.code == "rules.unverified"
    everything = [peru.parameter(i) for i in peru.parameter_ids()]
    everything += [peru.layer_rule(k) for k in peru.layer_kinds()]
    unverified = [rule for rule in everything if rule.status is Status.UNVERIFIED]
    assert (finding.data["count"], finding.data["all"]) == (len(unverified), len(everything))


def test_a_decision_after_the_review_is_warned_of():
    later = rules.ruleset("pe").on(dt.date(2030, 1, 1))
    assert [f.code for f in later.findings] == ["rules.unverified", "rules.after-review"]
    assert "2026-11-21" in later.findings[1].render("es")


def test_what_ended_is_not_in_force():
    template = rules.ruleset("template")
    documents_end = template.on(dt.date(2021, 12, 31)).parameter("right-of-way.road")
    assert (documents_end.value, documents_end.until) == ("16 m", dt.date(2021, 12, 31))


def test_values_as_people_read_them(peru):
    assert peru.parameter("zone.indirect").shown("es") == "5.5 km"
    assert peru.parameter("compensation.goal").shown("es") == "Pérdida neta cero."
    assert peru.parameter("altoandino.comparison-scale").shown("en") == "1, 9"
    shown = peru.parameter("induced.loss-per-km").shown("en")
    assert shown == "55 ha/km – 108 ha/km – 150 ha/km"


def test_plain_forms_are_json(peru):
    for rule in (
        *(peru.parameter(i) for i in peru.parameter_ids()),
        *(peru.layer_rule(k) for k in peru.layer_kinds()),
    ):
        plain = json.loads(canonical_json(rule.as_dict()))
        assert plain["status"] in ("confirmed", "unverified")
        assert plain["citation"]["es"]


def test_citations_are_those_in_force(peru):
    cited = [instrument.id for instrument in peru.citations()]
    assert cited == sorted(cited)
    assert "ley-28736" in cited


class TestPeru:
    """What must never be claimed."""

    def test_no_distance_is_law(self, peru):
        for id in peru.parameter_ids():
            if id.startswith(("zone.", "induced.", "offset.", "ahp.", "value.")):
                assert peru.parameter(id).force is Force.TECHNICAL, id

    def test_whatever_is_derived_here_shows_its_arithmetic_and_is_unverified(self, peru):
        derived = [peru.parameter(i) for i in peru.parameter_ids()]
        derived = [p for p in derived if p.derivation]
        assert {p.id for p in derived} == {
            "induced.ucayali-loss-per-km",
            "induced.ucayali-share-of-buffer",
            "induced.western-amazon-loss",
            "induced.loss-per-km",
            "induced.decay-length",
            "induced.protected-factor",
        }
        assert all(p.status is Status.UNVERIFIED for p in derived)

    def test_the_derived_numbers_follow_from_the_recorded_ones(self, peru):
        loss = peru.value("induced.ucayali-loss", unit="ha")
        length = peru.value("induced.ucayali-length", unit="km")
        buffer = peru.value("induced.ucayali-buffer", unit="km")
        share = peru.value("induced.ucayali-share-after-closing", unit="")
        estimate = peru.estimate("induced.loss-per-km", unit="ha/km")
        assert round(loss / length) == estimate.likely
        assert round(loss / length) == peru.value("induced.ucayali-loss-per-km", unit="ha/km")
        assert round(share * loss / length) == estimate.low
        vilela = peru.value("induced.amazon-loss", unit="ha")
        # 20 years there, 15 in the record of Ucayali
        in_20_years = vilela / peru.value("induced.amazon-road-length", unit="km")
        assert in_20_years * 15 / 20 == estimate.high
        inside_areas = peru.value("induced.loss-share-protected", unit="")
        outside_areas = peru.value("induced.loss-share-unprotected", unit="")
        factor = peru.value("induced.protected-factor", unit="")
        assert round(inside_areas / outside_areas, 2) == factor
        inside = loss / (length * 2 * buffer * 100)
        assert round(inside, 2) == peru.value("induced.ucayali-share-of-buffer", unit="")

    def test_the_decay_length_puts_95_percent_within_the_access_distance(self, peru):
        from math import exp

        decay = peru.value("induced.decay-length", unit="km")
        reach = peru.value("zone.indirect", unit="km")
        found = 1 - exp(-reach / decay)
        assert found == pytest.approx(peru.value("induced.access-share", unit=""), abs=1e-4)

    def test_the_altoandino_scale_has_no_number(self, peru):
        assert peru.parameter("altoandino.score-scale").kind == "statement"
        assert peru.parameter("altoandino.equation").status is Status.UNVERIFIED

    def test_widths_of_the_right_of_way_are_unverified(self, peru):
        widths = [i for i in peru.parameter_ids() if i.startswith("right-of-way.")]
        assert len(widths) == 5
        assert all(peru.parameter(i).status is Status.UNVERIFIED for i in widths)

    def test_a_layer_without_a_confirmed_norm_is_unverified(self, peru):
        for kind in peru.layer_kinds():
            rule = peru.layer_rule(kind)
            if rule.instrument.es.startswith("Criterio"):
                assert rule.status is Status.UNVERIFIED, kind
