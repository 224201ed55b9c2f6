"""What the cards on money and patrols say, from tables written by hand."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.language import Text
from nonetloss.study.report.forest import concession, patrols
from nonetloss.study.report.forest.model import Taken


def taken(method, tables, facts=None, parameters=None) -> Taken:
    return Taken(
        "step", method, Text.of("Step"), tables, facts=facts or {}, parameters=parameters or {}
    )


def money(**facts) -> Taken:
    distribution = pd.DataFrame(
        {"price": [10.0, 40.0], "probability_npv_positive": [0.0015, 0.9985],
         "payback_year": [np.nan, 2028.0], "relapse_year": [np.nan, 2049.0]}
    )  # fmt: skip
    breakeven = pd.DataFrame({"price_usd": [12.5]})
    tables = {"distribution": distribution, "breakeven": breakeven}
    return taken("forest.concession", tables, facts)


def plain(sentences) -> str:
    return " ".join(sentences).replace("\u00a0", " ")


def test_a_chance_is_not_rounded_to_a_certainty():
    told = plain(concession.headline(money(), "es")[1])
    assert "A 10 USD/tCO₂e: <1 % de probabilidad" in told
    assert "A 40 USD/tCO₂e: >99 % de probabilidad" in told
    shares = (0.0, 0.005, 0.994, 0.995, 1.0)
    said = [concession.likelihood(s, "en").replace("\u00a0", " ") for s in shares]
    assert said == ["0 %", "0 %", "99 %", ">99 %", "100 %"]


def test_what_is_paid_back_and_lost_again_is_told():
    told = plain(concession.headline(money(), "es")[1])
    assert "A 40 USD/tCO₂e, lo gastado se recupera en 2028, pero" in told
    assert "vuelve a negativo en 2049" in told
    assert told.count("vuelve a negativo") == 1


@pytest.mark.parametrize(
    ("renewal", "said"),
    [
        ("supposed", "supone que se prueba la renovación de 40 años (hasta 2081-07-01)"),
        ("shown", "cuenta la renovación probada de 40 años"),
        ("unproven", "no cuenta la renovación de 40 años"),
        ("none", ""),
    ],
)
def test_the_card_says_which_renewal_the_money_counts(renewal, said):
    facts = {"renewal": renewal, "renewal_years": 40, "contract_end": "2081-07-01"}
    told = plain(concession.headline(money(**facts), "es")[1])
    assert said in told
    assert ("renovación" in told) == bool(said)


def test_the_years_of_a_contract_are_told_with_their_day():
    facts = {"longevity_fails": True, "years_left": 16.4959, "project_start": "2025-01-01"}
    told = plain(concession.headline(money(**facts), "en")[1])
    assert "(2025-01-01), the contract has 16.5 years left" in told


def patrolled(**changed) -> Taken:
    tables = {
        "by_risk": pd.DataFrame(
            {"class": [1, 2], "risk_share": [0.997, 0.003], "effort_share": [0.19, 0.81]}
        ),
        "coverage": pd.DataFrame(
            {"measure": ["stock", "risk"], "window": "recent", "share": [0.48, 1.0]}
        ),
    } | changed
    facts = {"enforced_share": 0.48, "enforced_basis": "stock", "recent_years": 1.0}
    return taken("monitoring.patrols", tables, facts, {"reach_m": 3000.0})


def test_the_card_on_patrols_leads_with_where_they_go():
    figure, unit, told = patrols.headline(patrolled(), "es")
    assert (figure, unit) == ("19\u00a0%", "de los kilómetros, en el quinto con más riesgo")
    assert plain(told[:1]) == (
        "El quinto de las celdas con 99.7 % del riesgo recibe 19 % de los kilómetros patrullados."
    )
    assert "quedó a menos de 3 km de un recorrido; estar cerca no es estar vigilado" in plain(told)


def test_without_a_map_of_risk_the_card_tells_what_is_near():
    figure, unit, _ = patrols.headline(patrolled(by_risk=pd.DataFrame()), "en")
    assert (figure, unit) == ("48\u00a0%", "near recent patrols")
