import datetime as dt

import pytest

from nonetloss.core.errors import RulesError
from nonetloss.core.language import LANGUAGES, Text
from nonetloss.rules.dated import Status
from nonetloss.rules.decision import DecisionTree, Outcome, Question, decide, faults
from nonetloss.rules.reading import ruleset_from

SAID = Text("¿?", "?")
TREE = DecisionTree(
    "wet",
    {"wet": Question("wet", SAID, "deep", "dry"), "deep": Question("deep", SAID, "boat", "wade")},
    {end: Outcome(end, Text(end, end), ()) for end in ("dry", "boat", "wade")},
)


def texts(name):
    return {"es": name, "en": name}


def documents(kind, value):
    return {
        "ruleset": {
            "name": "land",
            "title": texts("land"),
            "valid": {"from": dt.date(2020, 1, 1), "until": None},
            "reviewed": dt.date(2026, 1, 1),
        },
        "instruments": {
            "law": {
                "kind": "norm",
                "citation": "Law 1",
                "title": texts("law"),
                "status": "confirmed",
            }
        },
        "parameters": {
            "thing": {
                "title": texts("thing"),
                "kind": kind,
                "values": [
                    {
                        "from": None,
                        "until": None,
                        "value": value,
                        "instrument": "law",
                        "status": "unverified",
                    }
                ],
            }
        },
    }


def in_force(kind, value):
    return ruleset_from(documents(kind, value)).on(dt.date(2026, 1, 1))


def crossing():
    return {
        "start": "wet",
        "questions": {
            # as YAML reads a bare yes and no
            "wet": {"ask": texts("wet?"), True: "deep", False: "dry"},
            "deep": {"ask": texts("deep?"), "yes": "boat", "no": "wade"},
        },
        "outcomes": {
            "dry": {"title": texts("dry")},
            "boat": {
                "title": texts("boat"),
                "requires": [{"id": "oars", "title": texts("oars"), "status": "confirmed"}],
            },
            "wade": {"title": texts("wade")},
        },
    }


@pytest.mark.parametrize(
    ("answers", "end"),
    [
        ({"wet": False}, "dry"),
        ({"wet": True, "deep": True}, "boat"),
        ({"wet": True, "deep": False}, "wade"),
    ],
)
def test_answers_lead_to_an_outcome(answers, end):
    decision = decide(TREE, answers)
    assert decision.outcome.id == end
    assert decision.open is None
    assert [(question.id, answer) for question, answer in decision.path] == list(answers.items())


@pytest.mark.parametrize(
    ("answers", "asked"),
    [({}, "wet"), ({"wet": None}, "wet"), ({"wet": True}, "deep"), ({"deep": True}, "wet")],
)
def test_what_is_not_answered_is_asked_and_never_assumed(answers, asked):
    decision = decide(TREE, answers)
    assert decision.outcome is None
    assert decision.open.id == asked


def test_answers_off_the_way_are_told():
    assert decide(TREE, {"wet": False, "deep": True}).unused == ("deep",)
    assert decide(TREE, {"wet": False, "deep": None}).unused == ()


@pytest.mark.parametrize(
    ("answers", "code", "says"),
    [
        ({"weet": True}, "rules.question-unknown", "wet"),
        ({"wet": "perhaps"}, "rules.answer", "perhaps"),
        ({"wet": 1}, "rules.answer", "1"),
    ],
)
def test_answers_that_cannot_be_read(answers, code, says):
    with pytest.raises(RulesError) as caught:
        decide(TREE, answers)
    assert caught.value.findings[0].code == code
    assert all(says in caught.value.render(language) for language in LANGUAGES)


def altered(**leads):
    questions = dict(TREE.questions)
    for id, (yes, no) in leads.items():
        questions[id] = Question(id, SAID, yes, no)
    return DecisionTree(TREE.start, questions, TREE.outcomes)


def test_a_sound_tree_has_no_faults():
    assert list(faults(TREE)) == []


@pytest.mark.parametrize(
    ("tree", "where"),
    [
        (altered(deep=("swim", "wade")), "deep: swim"),
        (altered(deep=("wet", "wade")), "wet"),
        (altered(deep=("boat", "boat")), "wade"),
        (altered(idle=("dry", "dry")), "idle"),
        (DecisionTree("dry", TREE.questions, TREE.outcomes), "start: dry"),
        (
            DecisionTree("wet", TREE.questions, {**TREE.outcomes, "wet": Outcome("wet", SAID, ())}),
            "wet",
        ),
    ],
)
def test_faults_of_a_tree(tree, where):
    assert where in [place for place, _ in faults(tree)]


def test_a_tree_of_a_file_is_followed():
    rules = in_force("decision", crossing())
    decision = rules.decide("thing", {"wet": True, "deep": True})
    assert [(i.id, i.status) for i in decision.outcome.requires] == [("oars", Status.CONFIRMED)]
    parameter = rules.parameter("thing")
    assert parameter.shown("en") == "dry / boat / wade"
    assert parameter.as_dict()["value"]["questions"]["wet"]["yes"] == "deep"


def test_a_bad_tree_of_a_file_is_refused():
    value = crossing()
    value["questions"]["deep"]["no"] = "swim"
    with pytest.raises(RulesError) as caught:
        in_force("decision", value)
    # `swim` is no outcome, and `wade` cannot be reached any more
    assert [f.code for f in caught.value.findings] == ["rules.bad-value"] * 2


def test_a_list_keeps_its_order_and_the_status_of_its_entries():
    rules = in_force(
        "list",
        [
            {"id": "b", "title": texts("second"), "text": texts("words"), "status": "confirmed"},
            {"id": "a", "title": texts("first")},
        ],
    )
    items = rules.items("thing")
    assert [(item.id, item.status) for item in items] == [
        ("b", Status.CONFIRMED),
        ("a", Status.UNVERIFIED),
    ]
    assert rules.parameter("thing").shown("es") == "second; first"
    assert rules.parameter("thing").as_dict()["value"][0]["text"] == texts("words")


@pytest.mark.parametrize(
    "value",
    [
        [],
        "a",
        [{"id": "a"}],
        [{"id": "a", "title": texts("x")}, {"id": "a", "title": texts("y")}],
        [{"id": "", "title": texts("x")}],
        [{"id": "a", "title": texts("x"), "status": "surely"}],
        [{"id": "a", "title": texts("x"), "color": "red"}],
    ],
)
def test_a_list_that_cannot_be_read(value):
    with pytest.raises(RulesError):
        in_force("list", value)


def test_a_list_is_no_tree_and_no_number():
    rules = in_force("list", [{"id": "a", "title": texts("x")}])
    for ask, code in (
        (lambda: rules.tree("thing"), "rules.not-a-decision"),
        (lambda: rules.value("thing", unit=""), "rules.not-a-number"),
        (lambda: in_force("statement", texts("x")).items("thing"), "rules.not-a-list"),
    ):
        with pytest.raises(RulesError) as caught:
            ask()
        assert caught.value.findings[0].code == code


def test_what_rests_on_something_unverified_says_so():
    rules = in_force("list", [{"id": "a", "title": texts("x")}])
    (finding,) = rules.unverified("thing", "thing", subject="plan")
    assert finding.code == "rules.rests-on-unverified"
    assert "status: unverified" in finding.render("en")
