import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.credits.ccb import ccb

REQUIRED = ["G1", "G2", "G3", "G4", "G5"] + [
    f"{p}{n}" for p in ("CL", "CM", "B") for n in range(1, 5)
]


def answered(**changed):
    return {key: {"met": True, "evidence": "plan", "link": "a"} for key in REQUIRED} | changed


def test_seventeen_of_seventeen_carry_the_plain_label(standards):
    card = ccb(standards, answers=answered())
    assert (card.required_supported, card.required_total) == (17, 17)
    assert (card.required_bare, card.required_waived) == (0, 0)
    assert card.label == "CCB-No Distinction"
    assert card.gold == ()
    assert card.scorecard["kind"].value_counts().to_dict() == {"required": 17, "gold": 3}


def test_a_gold_level_needs_all_that_is_required(standards):
    gold = ccb(standards, answers=answered(GL3={"met": True, "evidence": "jaguar"}))
    assert (gold.label, gold.gold) == ("CCB-Biodiversity Gold", ("GL3",))
    linked = {"met": True, "link": "https://example.org/act"}
    both = ccb(standards, answers=answered(GL2=linked, GL3=linked))
    assert both.label == "CCB-Community Gold, CCB-Biodiversity Gold"
    short = ccb(standards, answers=answered(GL3=linked, B4=False))
    assert (short.label, short.gold, short.required_supported) == ("", (), 16)


def test_what_was_not_said_is_unknown_and_not_met(standards):
    answers = answered()
    del answers["G3"]
    card = ccb(standards, answers=answers)
    assert card.scorecard.set_index("criterion").loc["G3", "met"] == "unknown"
    assert card.label == ""
    (told,) = [f for f in card.findings if f.code == "ccb.unknown"]
    assert told.data["criteria"] == "G3"


def test_a_claim_without_evidence_is_told_and_carries_no_label(standards):
    card = ccb(standards, answers=answered(G1=True, GL3={"met": True, "evidence": "jaguar"}))
    (told,) = [f for f in card.findings if f.code == "ccb.without-evidence"]
    assert told.data["criteria"] == "G1"
    assert (card.required_supported, card.required_bare) == (16, 1)
    assert (card.label, card.gold) == ("", ())
    rows = card.scorecard.set_index("criterion")
    assert rows.loc["G1", ["met", "supported"]].tolist() == ["yes", False]


def test_a_gold_level_without_evidence_is_not_reached(standards):
    card = ccb(standards, answers=answered(GL2=True, GL3={"met": True, "link": "a"}))
    assert (card.label, card.gold) == ("CCB-Biodiversity Gold", ("GL3",))


def test_a_program_may_cover_the_climate_section_and_nothing_else(standards):
    answers = {k: v for k, v in answered().items() if not k.startswith("CL")}
    assert ccb(standards, answers=answers).required_supported == 13
    covered = ccb(standards, answers=answers, waiver="VCS")
    assert covered.label == "CCB-No Distinction"
    # What another program covers is counted apart: 13 + 4 = 17.
    assert (covered.required_supported, covered.required_waived) == (13, 4)
    rows = covered.scorecard.set_index("criterion")
    assert rows.loc[["CL1", "CL4"], "met"].tolist() == ["waived", "waived"]
    # What the study answers itself is not covered over.
    said = ccb(standards, answers=answers | {"CL2": False}, waiver="VCS")
    assert (said.required_supported, said.required_waived) == (13, 3)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"G6": True}, "ccb.criterion-unknown"),
        ({"G1": "maybe"}, "ccb.answer"),
        ({"G1": {"met": True, "proof": "x"}}, "ccb.answer"),
    ],
)
def test_answers_that_cannot_be_read(answers, code, standards):
    with pytest.raises(InputError) as caught:
        ccb(standards, answers=answers)
    assert caught.value.findings[0].code == code
