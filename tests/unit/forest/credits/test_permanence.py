import copy
import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

from nonetloss import rules
from nonetloss.core.errors import InputError, RulesError
from nonetloss.forest.credits.permanence import permanence
from nonetloss.forest.credits.permanence_answers import Hazard
from nonetloss.forest.credits.permanence_scores import natural_points
from nonetloss.forest.credits.rule_use import worst_status
from nonetloss.forest.credits.tenure import Contract, clock

# A concession with patrols: 2 + 1 + 6 + 15 internal, 2 - 2 + 0 + 1 external, 4 natural.
ANSWERS = {
    "management": {
        "adaptive-plan": True,
        "species": False,
        "enforcement": {"answer": True, "evidence": {"es": "patrullas", "en": "patrols"}},
        "skills": False,
        "presence": False,
        "loss-report": False,
        "experienced": False,
    },
    "finance": {"payback": "5 year", "secured": 0.9, "callable": 0.1},
    "opportunity": {"subsistence": False, "alternative-advantage": 0.6},
    "longevity": {"plan": True, "years": "40 year", "agreement": True},
    "tenure": {
        "due-process": True,
        "binding-agreement": True,
        "same-entity": False,
        "intervention": False,
        "ownership-dispute": 0,
        "use-dispute": 0,
        "protected": True,
        "dispute-action": False,
    },
    "stakeholders": {"reliant": False},
    "political": {"governance": 0.3, "mitigation": False},
    "natural": {
        "fire": {"loss": 0.03, "return": "8 year"},
        "pest": "none",
        "weather": "none",
        "geological": "none",
        "sea-level": "none",
    },
}


def with_(part, item, value):
    changed = copy.deepcopy(ANSWERS)
    if value is None:
        changed[part].pop(item)
    else:
        changed[part][item] = value
    return changed


def points(result, part):
    return result.totals.set_index("part").loc[part, "score"]


def test_all_parts_by_hand(standards):
    risk = permanence(standards, answers=ANSWERS)
    assert points(risk, "management") == 2
    assert points(risk, "finance") == 1
    assert points(risk, "opportunity") == 6
    assert points(risk, "longevity") == 25 - 40 / 4
    assert points(risk, "internal") == 2 + 1 + 6 + 15
    assert points(risk, "external") == 0 + 0 + 1
    assert points(risk, "natural") == 4
    assert risk.percent == 29
    assert risk.buffer_share == pytest.approx(0.29)
    assert risk.failed == ()
    assert risk.clock.empty
    shown = risk.scores.set_index(["part", "item"]).loc[("management", "enforcement")]
    assert (shown["answer"], shown["score"], shown["evidence_es"]) == ("yes", 2, "patrullas")
    assert shown["status"] == "unverified"
    fire = risk.scores.set_index(["part", "item"]).loc[("natural", "fire")]
    assert (fire["answer"], fire["source"]) == ("0.03; 8 year", "verra:nprt.natural-insignificant")
    plan = risk.scores.set_index(["part", "item"]).loc[("management", "adaptive-plan")]
    assert (plan["status"], plan["fails"]) == ("unverified", "no")


def test_the_minimum_holds_where_risk_is_low(standards):
    low = with_("longevity", "agreement-length", "100 year")
    low["management"]["enforcement"] = False
    low["opportunity"] = {"subsistence": True, "community-positive": True}
    risk = permanence(standards, answers=low)
    # 0 + 1 + 0 + 0, 1, 4: six percent, but at least twelve go to the buffer.
    assert risk.percent == 6
    assert risk.buffer_share == 0.12


@pytest.mark.parametrize(
    ("part", "item", "value", "rule"),
    [
        ("management", "adaptive-plan", False, "management.adaptive-plan"),
        ("longevity", "plan", False, "longevity.plan"),
        ("longevity", "years", "39 year", "longevity.years"),
        ("tenure", "due-process", False, "tenure.due-process"),
        ("tenure", "binding-agreement", False, "tenure.binding-agreement"),
        ("natural", "fire", {"loss": 0.7, "return": "9 year"}, "natural.fire"),
        ("opportunity", "alternative-advantage", {"answer": 2.0, "score": 40}, "limit.internal"),
        ("political", "governance", {"answer": -1.0, "score": 25}, "limit.external"),
        ("natural", "fire", {"loss": 0.9, "return": "9 year", "score": 36}, "limit.natural"),
    ],
)
def test_what_fails(part, item, value, rule, standards):
    risk = permanence(standards, answers=with_(part, item, value))
    assert rule in risk.failed
    assert "permanence.failed" in {f.code for f in risk.findings}
    assert "fail" in set(risk.totals["outcome"])


def test_thirty_years_were_enough_before_2024(standards):
    earlier = with_("longevity", "years", "32 year")
    earlier["longevity"]["registration-after-2023"] = False
    risk = permanence(standards, answers=earlier)
    assert risk.failed == ()
    assert points(risk, "longevity") == 25 - 32 / 4


def test_a_part_that_fails_below_its_limit_says_by_which_question(standards):
    """25 - 39/4 points of longevity are far from the limit of 35: the answer itself fails."""
    totals = permanence(standards, answers=with_("longevity", "years", "39 year")).totals
    rows = totals.set_index("part")
    for part in ("longevity", "internal", "overall"):
        assert rows.loc[part, "outcome"] == "fail"
        assert rows.loc[part, "reason_es"] == "Longevidad del proyecto"
        assert rows.loc[part, "reason_en"] == "Longevity of the project"
    assert rows.loc["internal", "score"] < rows.loc["internal", "limit"]
    assert (rows.drop(["longevity", "internal", "overall"])["reason_en"] == "").all()


def test_questions_are_titled_by_what_is_asked_and_not_by_their_points(standards):
    """«No se consultó a esa parte: 0.6» would read as 60 % who were not consulted."""
    scores = permanence(standards, answers=ANSWERS).scores
    titles = scores.set_index("item")["title_es"]
    assert titles["consulted-inside"] == "Parte consultada de quienes dependen del área, dentro"
    assert titles["payback"] == "Plazo de recuperación (años)"
    assert not scores["title_es"].str.contains("puntaje de cada tramo").any()


def test_longevity_without_agreement_takes_the_earlier_formula(standards):
    risk = permanence(standards, answers=with_("longevity", "agreement", False))
    assert points(risk, "longevity") == 24 - 40 / 5


@pytest.mark.parametrize(
    ("part", "item", "value", "points_of_part"),
    [
        ("finance", "payback", "4 year", 0),
        ("finance", "payback", "4.5 year", 1),
        ("finance", "payback", "12 year", 3),
        ("finance", "secured", 0.8, 1),
        ("finance", "secured", 0.79, 2),
        ("finance", "secured", 0.0, 4),
        ("finance", "callable", 0.8, 0),
        ("opportunity", "alternative-advantage", 1.0, 8),
        ("opportunity", "alternative-advantage", 0.2, 4),
        ("opportunity", "alternative-advantage", 0.0, 0),
        ("opportunity", "alternative-advantage", -0.3, 0),
        ("tenure", "same-entity", True, 0),
        ("tenure", "ownership-dispute", 0.06, 10),
        ("tenure", "use-dispute", 0.5, 5),
        ("political", "governance", -0.8, 6),
        ("political", "governance", -0.32, 2),
        ("political", "governance", 0.82, 0),
        ("natural", "fire", {"transient": True, "return": "30 year"}, 2),
        ("natural", "fire", {"loss": 0.6, "return": "150 year"}, 3),
        ("natural", "fire", {"loss": 0.7, "return": "10 year"}, 30),
        ("natural", "fire", {"loss": 0.7, "return": "100 year"}, 4),
        (
            "natural",
            "fire",
            {"loss": 0.3, "return": "5 year", "prevention": True, "containment": True},
            5,
        ),
    ],
)
def test_bands_and_their_borders(part, item, value, points_of_part, standards):
    risk = permanence(standards, answers=with_(part, item, value))
    assert points(risk, part) == pytest.approx(points_of_part)


@pytest.mark.parametrize(
    ("inside", "outside", "score"),
    [(0.6, 0.3, 0), (0.5, 0.3, 10), (0.6, 0.2, 5), (0.1, 0.1, 15)],
)
def test_people_who_rely_on_the_area_must_be_consulted(inside, outside, score, standards):
    answers = copy.deepcopy(ANSWERS)
    answers["stakeholders"] = {
        "reliant": True,
        "consulted-inside": inside,
        "consulted-outside": outside,
    }
    assert points(permanence(standards, answers=answers), "stakeholders") == score


@pytest.mark.parametrize(
    ("part", "item"),
    [
        ("management", "skills"),
        ("finance", "secured"),
        ("opportunity", "subsistence"),
        ("longevity", "agreement"),
        ("tenure", "same-entity"),
        ("stakeholders", "reliant"),
        ("political", "mitigation"),
        ("natural", "fire"),
        ("tenure", "due-process"),
    ],
)
def test_a_missing_answer_is_unknown_and_named(part, item, standards):
    risk = permanence(standards, answers=with_(part, item, None))
    (told,) = [f for f in risk.findings if f.code == "permanence.unanswered"]
    assert part in told.data["items"]
    if item != "due-process":
        assert np.isnan(risk.percent)
        assert np.isnan(risk.buffer_share)
    assert "unknown" in set(risk.totals["outcome"])


def test_nobody_knows_the_points_of_an_intervention_so_the_study_says_them(standards):
    silent = permanence(standards, answers=with_("tenure", "intervention", True))
    assert np.isnan(silent.percent)
    own = with_("tenure", "intervention", {"answer": True, "score": 2, "evidence": "DL 1"})
    risk = permanence(standards, answers=own)
    assert points(risk, "tenure") == 2 + 2 - 2
    row = risk.scores.set_index(["part", "item"]).loc[("tenure", "intervention")]
    assert (row["status"], row["source"], row["evidence_en"]) == ("study", "study", "DL 1")


def test_patrols_are_evidence_and_answer_where_the_study_does_not(standards):
    patrols = SimpleNamespace(enforced_share=0.62, last_loss_report="2026-03-01")
    told = permanence(standards, answers=ANSWERS, patrols=patrols)
    rows = told.scores.set_index(["part", "item"])
    assert rows.loc[("management", "enforcement"), "evidence_en"].endswith(
        "Patrols reach 62 % of the stock."
    )
    assert "2026-03-01" in rows.loc[("management", "loss-report"), "evidence_es"]
    silent = permanence(
        standards, answers=with_("management", "enforcement", None), patrols=patrols
    )
    assert points(silent, "management") == 2
    # That patrols reach little does not show that the rest needs none: the question stays open.
    few = SimpleNamespace(enforced_share=0.2, last_loss_report="")
    open_ = permanence(standards, answers=with_("management", "enforcement", None), patrols=few)
    assert np.isnan(open_.percent)
    row = open_.scores.set_index(["part", "item"]).loc[("management", "enforcement")]
    assert (row["answer"], row["evidence_en"]) == ("", "Patrols reach 20 % of the stock.")
    none = SimpleNamespace(enforced_share=float("nan"), last_loss_report="")
    assert permanence(standards, answers=ANSWERS, patrols=none).percent == 29


def test_the_tenure_trap_of_forty_years(standards):
    answers = with_("longevity", "years", None)
    risk = permanence(
        standards,
        answers=answers,
        contract_start_year=2001,
        contract_years=40,
        project_start_year=2026,
    )
    # 2001 + 40 - 2026 = 15 years: fails.
    assert "longevity.years" in risk.failed
    (told,) = [f for f in risk.findings if f.code == "permanence.tenure"]
    assert (told.data["left"], told.data["minimum"]) == ("15", "40")
    rows = risk.clock.set_index("year")
    assert rows.loc[2001, "outcome"] == "pass"
    assert rows.loc[2002, "outcome"] == "fail"
    assert rows.loc[2026, "contract_years_left"] == 15
    assert rows.index[rows["project_start"]].tolist() == [2026]
    assert rows.loc[2041, "contract_years_left"] == 0
    assert set(rows["status"]) == {"unverified"}


def test_a_renewal_counts_only_when_it_is_shown(standards):
    given = {
        "answers": with_("longevity", "years", None),
        "contract_start_year": 2001,
        "contract_years": 40,
        "project_start_year": 2026,
        "renewal_years": 40,
    }
    assert "longevity.years" in permanence(standards, **given).failed
    shown = permanence(standards, **given, renewal_shown=True)
    assert shown.failed == ()
    assert points(shown, "longevity") == pytest.approx(25 - 55 / 4)
    hoped = permanence(standards, **given).clock.set_index("year")
    assert hoped.loc[2026, "longevity_if_renewed_years"] == 55


def test_a_contract_has_years(standards):
    with pytest.raises(InputError) as caught:
        clock(Contract(2001, 0), standards["verra"], agreement=True)
    assert caught.value.findings[0].code == "permanence.contract"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"managment": {}}, "permanence.part-unknown"),
        ({"management": True}, "permanence.part-unknown"),
        ({"management": {"specie": True}}, "permanence.item-unknown"),
        ({"natural": {"flood": "none"}}, "permanence.item-unknown"),
        ({"management": {"species": "yes"}}, "permanence.answer"),
        ({"management": {"species": {"answer": True, "proof": 1}}}, "permanence.answer"),
        ({"finance": {"secured": 1.5}}, "permanence.answer"),
        # A percentile rank in place of the indicator would give no points at all.
        ({"political": {"governance": 45}}, "permanence.answer"),
        ({"finance": {"payback": 5}}, "permanence.answer"),
        ({"finance": {"payback": "-5 year"}}, "permanence.answer"),
        ({"natural": {"fire": 0.3}}, "permanence.answer"),
        ({"natural": {"fire": {"loss": 3.0, "return": "5 year"}}}, "permanence.answer"),
    ],
)
def test_answers_that_cannot_be_read(answers, code, standards):
    with pytest.raises(InputError) as caught:
        permanence(standards, answers=answers)
    assert caught.value.findings[0].code == code


def test_before_2024_the_tool_is_not_written_down(standards):
    earlier = {"verra": rules.ruleset("verra").on(dt.date(2023, 6, 1))}
    with pytest.raises(RulesError) as caught:
        permanence(earlier, answers=ANSWERS)
    assert caught.value.findings[0].code == "rules.not-in-force"


def test_a_study_without_verra_is_told_so(standards):
    with pytest.raises(InputError) as caught:
        permanence({"art": standards["art"]}, answers=ANSWERS)
    assert caught.value.findings[0].code == "credits.standard-missing"


def test_an_answer_says_no_more_years_than_the_contract_has(standards):
    given = {"contract_start_year": 2001, "contract_years": 40, "project_start_year": 2026}
    claimed = permanence(standards, answers=with_("longevity", "years", "60 year"), **given)
    assert points(claimed, "longevity") == 25 - 15 / 4
    assert "longevity.years" in claimed.failed
    (told,) = [f for f in claimed.findings if f.code == "permanence.longevity-claimed"]
    assert (told.data["claimed"], told.data["left"]) == ("60", "15")
    fewer = permanence(standards, answers=with_("longevity", "years", "10 year"), **given)
    assert points(fewer, "longevity") == 25 - 10 / 4


@pytest.mark.parametrize(
    ("year", "left", "renewed"),
    [
        (1995, 40, 80),  # nothing is held before the contract begins
        (2001, 40, 80),
        (2041, 0, 40),
        (2051, 0, 30),  # ten years of the renewal are over
        (2100, 0, 0),
    ],
)
def test_years_left_never_exceed_the_contract(year, left, renewed):
    contract = Contract(2001, 40, renewal_years=40, renewal_shown=True)
    assert (contract.left(year), contract.longevity(year)) == (left, renewed)


def test_projects_registered_before_2024_are_measured_by_thirty_years(standards):
    answers = with_("longevity", "years", None)
    answers["longevity"]["registration-after-2023"] = False
    given = {"contract_start_year": 2001, "contract_years": 40}
    enough = permanence(standards, answers=answers, project_start_year=2008, **given)
    assert enough.failed == ()
    assert "permanence.tenure" not in {f.code for f in enough.findings}
    short = permanence(standards, answers=answers, project_start_year=2012, **given)
    (told,) = [f for f in short.findings if f.code == "permanence.tenure"]
    assert (told.data["left"], told.data["minimum"]) == ("29", "30")


@pytest.mark.parametrize("given", [{"contract_start_year": 2001}, {"contract_years": 40}])
def test_half_a_contract_is_refused(given, standards):
    with pytest.raises(InputError) as caught:
        permanence(standards, answers=ANSWERS, **given)
    assert caught.value.findings[0].code == "permanence.contract-incomplete"


@pytest.mark.parametrize(
    ("part", "item", "value", "sums"),
    [
        ("management", "adaptive-plan", False, ("internal", "overall")),
        ("tenure", "due-process", False, ("external", "overall")),
        ("natural", "fire", {"loss": 0.8, "return": "5 year"}, ("natural", "overall")),
        ("longevity", "years", "39 year", ("internal", "overall")),
    ],
)
def test_a_sum_does_not_pass_where_one_of_its_questions_fails(part, item, value, sums, standards):
    outcome = permanence(standards, answers=with_(part, item, value)).totals.set_index("part")
    assert set(outcome.loc[[part, *sums], "outcome"]) == {"fail"}
    others = {"internal", "external", "natural"} - set(sums)
    assert set(outcome.loc[sorted(others), "outcome"]) == {"pass"}


def test_action_on_disputes_mitigates_disputes_only(standards):
    calm = with_("tenure", "dispute-action", True)
    calm["tenure"]["protected"] = False
    assert points(permanence(standards, answers=calm), "tenure") == 2
    calm["tenure"]["use-dispute"] = 0.5
    assert points(permanence(standards, answers=calm), "tenure") == 2 + 5 - 2


def test_what_the_totals_rest_on_is_marked(standards):
    risk = permanence(standards, answers=ANSWERS)
    assert set(risk.totals["status"]) == {"unverified"}
    (told,) = [f for f in risk.findings if f.code == "credits.unverified"]
    assert {"verra:nprt.minimum", "verra:nprt.limit-overall"} <= set(
        told.data["parameters"].split(", ")
    )
    # Points of the study's own do not confirm the minimum and the limits.
    assert worst_status({"study", "unverified"}) == "unverified"
    assert worst_status({"study", "confirmed"}) == "confirmed"
    assert worst_status({"study"}) == "study"
    assert worst_status(()) == ""


def test_no_more_than_everything_goes_to_the_buffer(standards):
    answers = copy.deepcopy(ANSWERS)
    answers["natural"] = {key: {"loss": 0.6, "return": "5 year"} for key in answers["natural"]}
    risk = permanence(standards, answers=answers)
    assert points(risk, "natural") == 5 * 30
    assert risk.buffer_share == 1.0
    assert {"limit.natural", "limit.overall"} <= set(risk.failed)


def test_a_hazard_cannot_be_absent_and_described(standards):
    with pytest.raises(InputError) as caught:
        permanence(standards, answers={"natural": {"fire": {"none": True, "loss": 0.8}}})
    assert caught.value.findings[0].code == "permanence.answer"


NATURAL = [  # loss, then the points for a return of < 10, 10-25, 25-50, 50-100, >= 100 years
    (0.70, [None, 30, 20, 5, 4]),
    (0.50, [30, 20, 5, 4, 3]),
    (0.25, [20, 5, 4, 3, 2]),
    (0.05, [5, 4, 3, 2, 1]),
    (0.00, [4, 3, 2, 1, 1]),
]


@pytest.mark.parametrize(("loss", "row"), NATURAL)
def test_each_cell_of_the_table_of_natural_risk(loss, row, standards):
    for years, score in zip((9.9, 10, 25, 50, 100), row, strict=True):
        for measures, factor in ((0, 1.0), (1, 0.5), (2, 0.25)):
            hazard = Hazard(
                loss=loss,
                return_years=years,
                prevention=measures > 0,
                containment=measures > 1,
            )
            got, fails, _ = natural_points(hazard, standards["verra"])
            if score is None:
                assert fails is True
            else:
                assert (got, fails) == (score * factor, False)


def test_scores_of_the_study_that_lower_the_risk_or_have_no_evidence_are_told(standards):
    def told(value):
        risk = permanence(standards, answers=with_("management", "enforcement", value))
        codes = {f.code for f in risk.findings}
        return codes & {"permanence.score-lower", "permanence.score-bare"}

    assert told({"answer": True, "score": 0}) == {"permanence.score-lower", "permanence.score-bare"}
    assert told({"answer": True, "score": 3, "evidence": "report"}) == set()
    assert told({"answer": True, "evidence": "report"}) == set()
