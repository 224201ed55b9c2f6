"""A project's own risk report under the tool v4.2 (mihirobendre/ecobliss-docs, NPRT.md): 17.5.

The report swaps two labels in its last table (internal 0, external 12.5); its own totals above say
internal 12.5, external 0, natural 5. Its questions for farms (f, g, i) do not arise in a forest and
add up to 2 - 1 = 1, which the experience of the team (-1) takes back: management is 0 either way.
"""

import datetime as dt

import pytest

from nonetloss import rules
from nonetloss.forest.credits.permanence import permanence

STANDARDS = {"verra": rules.ruleset("verra").on(dt.date(2026, 11, 21))}
ANSWERS = {
    "management": {
        "adaptive-plan": True,
        "species": False,
        "enforcement": False,
        "skills": False,
        "presence": False,
        "loss-report": False,
        "experienced": True,
    },
    "finance": {"payback": "4 year", "secured": 0.8, "callable": 0.8},
    "opportunity": {"subsistence": True, "community-positive": True},
    "longevity": {"plan": True, "years": "50 year", "agreement": True},
    "tenure": {
        "due-process": True,
        "binding-agreement": True,
        "same-entity": False,
        "intervention": False,
        "ownership-dispute": 0,
        "use-dispute": 0,
        "protected": True,
        "dispute-action": True,
    },
    "stakeholders": {"reliant": True, "consulted-inside": 0.9, "consulted-outside": 0.5},
    "political": {"governance": 0.0, "mitigation": True},
    "natural": {
        "fire": {"loss": 0.142214, "return": "5 year", "prevention": True},
        "pest": {"loss": 0.1, "return": "30 year", "prevention": True},
        "weather": {"loss": 0.02, "return": "30 year", "prevention": True},
        "geological": "none",
        "sea-level": "none",
    },
}


def test_the_worked_example_is_17_5():
    risk = permanence(STANDARDS, answers=ANSWERS)
    totals = risk.totals.set_index("part")["score"]
    assert totals["longevity"] == 25 - 50 / 4
    assert totals["internal"] == 12.5
    assert totals["tenure"] == max(0, 2 - 2 - 2)
    assert totals["political"] == 2 - 2
    assert totals["external"] == 0
    assert totals["natural"] == 5 * 0.5 + 3 * 0.5 + 2 * 0.5
    assert risk.percent == 12.5 + 0 + 5
    assert risk.percent == 17.5
    assert risk.buffer_share == pytest.approx(0.175)
    assert risk.failed == ()
    assert set(risk.totals.loc[risk.totals["outcome"] != "", "outcome"]) == {"pass"}


def test_each_natural_risk_as_its_table_says():
    risk = permanence(STANDARDS, answers=ANSWERS)
    points = risk.scores[risk.scores["part"] == "natural"].set_index("item")["score"]
    assert points.to_dict() == {
        "fire": 2.5,
        "pest": 1.5,
        "weather": 1.0,
        "geological": 0.0,
        "sea-level": 0.0,
    }
