"""Scores of each part of the Non-Permanence Risk Tool from answers and rules.

Every function returns one `Score` per question: points, and whether the project fails by it. A
question without an answer has NaN points; nothing is assumed in its place.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nonetloss.core.language import Text
from nonetloss.forest.credits.permanence_answers import HAZARDS, Answer, Answers, Hazard
from nonetloss.forest.credits.rule_use import STUDY
from nonetloss.rules.model import RulesInForce

_NAN = float("nan")
_NATURAL = ("insignificant", "minor", "major", "devastating", "catastrophic")
_TITLES = {
    ("longevity", "years"): Text(es="Longevidad del proyecto", en="Longevity of the project"),
    ("tenure", "same-entity"): Text(
        es="Propiedad y derechos de uso", en="Ownership and rights of use"
    ),
    ("tenure", "intervention"): Text(
        es="Intervención del Estado en la tierra en 20 años",
        en="Government intervention in land in 20 years",
    ),
    ("opportunity", "alternative-advantage"): Text(
        es="Ventaja de la mejor alternativa sobre el proyecto",
        en="Advantage of the best alternative over the project",
    ),
    # Titles of rules speak of bands and points; these are what is asked.
    ("finance", "payback"): Text(es="Plazo de recuperación (años)", en="Payback period (years)"),
    ("finance", "secured"): Text(
        es="Parte del financiamiento asegurada hasta el equilibrio",
        en="Share of funding secured until breakeven",
    ),
    ("stakeholders", "consulted-inside"): Text(
        es="Parte consultada de quienes dependen del área, dentro",
        en="Share consulted of those who depend on the area, inside",
    ),
    ("stakeholders", "consulted-outside"): Text(
        es="Parte consultada de quienes dependen del área, a menos de 20 km",
        en="Share consulted of those who depend on the area, within 20 km",
    ),
    ("political", "governance"): Text(
        es="Gobernanza del país (indicadores WGI)", en="Governance of the country (WGI indicators)"
    ),
    ("natural", "fire"): Text(es="Fuego", en="Fire"),
    ("natural", "pest"): Text(es="Plagas y enfermedades", en="Pests and diseases"),
    ("natural", "weather"): Text(es="Clima extremo", en="Extreme weather"),
    ("natural", "geological"): Text(es="Riesgo geológico", en="Geological risk"),
    ("natural", "sea-level"): Text(es="Subida del nivel del mar", en="Sea-level rise"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """Points of one question; `fails`: the project fails by it, None: not known.

    `ruled`: points by the rules, which are `points` unless the study gives its own.
    """

    part: str
    item: str
    title: Text
    answer: str
    points: float
    evidence: Text
    status: str
    source: str
    fails: bool | None = False
    ruled: float = _NAN


def management(answers: Answers, rules: RulesInForce) -> list[Score]:
    """Project management: a plan that must be there, risks and a mitigation."""
    items = ("species", "enforcement", "skills", "presence", "loss-report", "experienced")
    return [
        _required(answers, rules, "management", "adaptive-plan"),
        *(_flag(answers, rules, "management", i, f"nprt.management-{i}") for i in items),
    ]


def finance(answers: Answers, rules: RulesInForce) -> list[Score]:
    """Financial viability: payback, funding secured, resources that can be called."""
    limit = rules.value("nprt.finance-callable-share", unit="")
    told = answers.of("finance", "callable")
    points = _NAN if told.value is None else 0.0
    if told.value is not None and told.value >= limit:
        points = rules.value("nprt.finance-callable", unit="")
    return [
        # A payback of just four years still lies in the first band.
        _banded(answers, rules, "finance", "payback", unit="year", closed="right"),
        _banded(answers, rules, "finance", "secured"),
        _score(told, rules, "finance", "callable", "nprt.finance-callable", points),
    ]


def opportunity(answers: Answers, rules: RulesInForce) -> list[Score]:
    """Opportunity cost: subsistence with or without benefit, else the best alternative."""
    subsistence = answers.of("opportunity", "subsistence").value
    if subsistence is None:
        return [_unknown(rules, "opportunity", "subsistence", "nprt.opportunity-subsistence")]
    if not subsistence:
        return [
            _banded(answers, rules, "opportunity", "alternative-advantage", id="nprt.opportunity")
        ]
    told = answers.of("opportunity", "community-positive")
    id = "nprt.opportunity-subsistence" + ("" if told.value is not False else "-without")
    points = _NAN if told.value is None else rules.value(id, unit="")
    return [_score(told, rules, "opportunity", "community-positive", id, points)]


def longevity(answers: Answers, rules: RulesInForce, *, years: float | None) -> list[Score]:
    """Longevity; `years` where no answer gives them (the clock of the contract)."""
    told = answers.of("longevity", "years")
    length = told.value if told.value is not None else years
    agreement = answers.of("longevity", "agreement").value
    binding = answers.of("longevity", "agreement-length").value
    late = answers.of("longevity", "registration-after-2023").value
    minimum = minimum_longevity(rules, registered_late=late is not False)
    fails: bool | None = None if length is None else length < minimum
    points = longevity_points(rules, length, agreement=agreement, binding_years=binding)
    if points == 0 and binding is not None:
        fails = False
    id = "nprt.longevity-agreement-intercept" if agreement else "nprt.longevity-intercept"
    shown = Answer(None if length is None else length, told.evidence, told.score)
    return [
        _required(answers, rules, "longevity", "plan"),
        _score(shown, rules, "longevity", "years", id, points, fails=fails),
    ]


def minimum_longevity(rules: RulesInForce, *, registered_late: bool) -> float:
    """Years below which a project fails."""
    id = "nprt.longevity-minimum" + ("" if registered_late else "-earlier")
    return rules.value(id, unit="year")


def longevity_points(
    rules: RulesInForce,
    years: float | None,
    *,
    agreement: bool | None,
    binding_years: float | None = None,
) -> float:
    """intercept - slope·years, not below 0; 0 under an agreement of a hundred years."""
    if binding_years is not None and agreement is not False:
        whole = rules.value("nprt.longevity-binding", unit="year")
        if binding_years >= whole:
            return 0.0
    if years is None or agreement is None:
        return _NAN
    stem = "nprt.longevity-agreement" if agreement else "nprt.longevity"
    intercept = rules.value(f"{stem}-intercept", unit="")
    return max(0.0, intercept - rules.value(f"{stem}-slope", unit="") * years)


def tenure(answers: Answers, rules: RulesInForce) -> list[Score]:
    """Ownership and access: what must be there, who owns and uses, disputes and mitigations."""
    same = answers.of("tenure", "same-entity")
    owner_id = "nprt.tenure-same" if same.value is not False else "nprt.tenure-different"
    owner = _NAN if same.value is None else rules.value(owner_id, unit="")
    state = answers.of("tenure", "intervention")
    # Points for an intervention were not found: the study must say them.
    quiet = rules.value("nprt.tenure-intervention-none", unit="") if state.value is False else _NAN
    return [
        _required(answers, rules, "tenure", "due-process"),
        _required(answers, rules, "tenure", "binding-agreement"),
        _score(same, rules, "tenure", "same-entity", owner_id, owner),
        _score(state, rules, "tenure", "intervention", "nprt.tenure-intervention-none", quiet),
        _dispute(answers, rules, "ownership-dispute"),
        _dispute(answers, rules, "use-dispute"),
        _flag(answers, rules, "tenure", "protected", "nprt.tenure-protected"),
        _action(answers, rules),
    ]


def stakeholders(answers: Answers, rules: RulesInForce) -> list[Score]:
    """People who rely on the area: whether enough of them were consulted."""
    reliant = answers.of("stakeholders", "reliant")
    found = []
    for item in ("inside", "outside"):
        told = answers.of("stakeholders", f"consulted-{item}")
        id = f"nprt.stakeholders-{item}"
        limit = rules.value(f"{id}-share", unit="")
        if reliant.value is False:
            points = 0.0
        elif reliant.value is None or told.value is None:
            points = _NAN
        else:
            points = 0.0 if told.value > limit else rules.value(id, unit="")
        found.append(_score(told, rules, "stakeholders", f"consulted-{item}", id, points))
    return found


def political(answers: Answers, rules: RulesInForce) -> list[Score]:
    """Governance of the country and its climate commitments."""
    return [
        _banded(answers, rules, "political", "governance", id="nprt.political"),
        _flag(answers, rules, "political", "mitigation", "nprt.political-mitigation"),
    ]


def natural(answers: Answers, rules: RulesInForce) -> list[Score]:
    """Natural risks: likelihood and significance, times mitigation; each must be spoken of."""
    return [_natural(name, answers.hazards.get(name, Hazard()), rules) for name in HAZARDS]


def natural_points(hazard: Hazard, rules: RulesInForce) -> tuple[float, bool | None, str]:
    """(points, fails, parameter that says so) of one natural risk."""
    if hazard.none:
        return 0.0, False, f"nprt.natural-{_NATURAL[0]}"
    if hazard.return_years is None or (hazard.loss is None and not hazard.transient):
        return _NAN, None, f"nprt.natural-{_NATURAL[0]}"
    losses = rules.table("nprt.natural-loss-bounds", unit="")
    returns = rules.table("nprt.natural-return-bounds", unit="year")
    size = 0
    if not hazard.transient and hazard.loss is not None:
        size = int(np.searchsorted(losses, hazard.loss, side="right"))
    often = int(np.searchsorted(returns, hazard.return_years, side="right"))
    id = f"nprt.natural-{_NATURAL[size]}"
    scores = rules.table(id, unit="")
    # The row of the greatest loss has no score for the shortest return: that fails.
    often -= len(returns) + 1 - len(scores)
    if often < 0:
        return _NAN, True, id
    factors = rules.table("nprt.natural-mitigation", unit="")
    return scores[often] * factors[int(hazard.prevention) + int(hazard.containment)], False, id


def _natural(name: str, hazard: Hazard, rules: RulesInForce) -> Score:
    points, fails, id = natural_points(hazard, rules)
    shown = "none" if hazard.none else ""
    if not hazard.none and hazard.return_years is not None:
        loss = "transient" if hazard.transient else _shown(hazard.loss)
        shown = f"{loss}; {_shown(hazard.return_years)} year"
    told = Answer(shown, hazard.evidence, hazard.score)
    return _score(told, rules, "natural", name, id, points, fails=fails)


def _required(answers: Answers, rules: RulesInForce, part: str, item: str) -> Score:
    """A question that must be answered with yes."""
    told = answers.of(part, item)
    fails = None if told.value is None else not told.value
    return _score(told, rules, part, item, f"nprt.{part}-{item}", 0.0, fails=fails)


def _flag(answers: Answers, rules: RulesInForce, part: str, item: str, id: str) -> Score:
    told = answers.of(part, item)
    points = _NAN
    if told.value is not None:
        points = rules.value(id, unit="") if told.value else 0.0
    return _score(told, rules, part, item, id, points)


def _banded(
    answers: Answers,
    rules: RulesInForce,
    part: str,
    item: str,
    *,
    id: str = "",
    unit: str = "",
    closed: str = "left",
) -> Score:
    told = answers.of(part, item)
    stem = id or f"nprt.{part}-{item}"
    points = _NAN
    if told.value is not None:
        bounds = rules.table(f"{stem}-bounds", unit=unit)
        side: Any = "right" if closed == "left" else "left"
        points = rules.table(f"{stem}-scores", unit="")[
            int(np.searchsorted(bounds, told.value, side=side))
        ]
    return _score(told, rules, part, item, f"{stem}-scores", points)


def _dispute(answers: Answers, rules: RulesInForce, item: str) -> Score:
    told = answers.of("tenure", item)
    points = _NAN
    if told.value == 0:
        points = rules.value("nprt.tenure-no-dispute", unit="")
    elif told.value is not None and told.value > rules.value("nprt.tenure-dispute-share", unit=""):
        points = rules.value(f"nprt.tenure-{item}", unit="")
    return _score(told, rules, "tenure", item, f"nprt.tenure-{item}", points)


def _action(answers: Answers, rules: RulesInForce) -> Score:
    """Action to resolve disputes, which mitigates only where there are any."""
    told = answers.of("tenure", "dispute-action")
    areas = [answers.of("tenure", item).value for item in ("ownership-dispute", "use-dispute")]
    points = _NAN
    if told.value is not None:
        points = rules.value("nprt.tenure-action", unit="") if told.value and any(areas) else 0.0
    return _score(told, rules, "tenure", "dispute-action", "nprt.tenure-action", points)


def _unknown(rules: RulesInForce, part: str, item: str, id: str) -> Score:
    return _score(Answer(), rules, part, item, id, _NAN)


def _score(
    told: Answer,
    rules: RulesInForce,
    part: str,
    item: str,
    id: str,
    points: float,
    *,
    fails: bool | None = False,
) -> Score:
    rule = rules.parameter(id)
    own = told.score is not None
    return Score(
        part=part,
        item=item,
        title=_TITLES.get((part, item), rule.title),
        answer=_shown(told.value),
        points=float(told.score) if told.score is not None else points,
        evidence=told.evidence,
        status=STUDY if own else str(rule.status),
        source=STUDY if own else f"{rules.name}:{id}",
        fails=fails,
        ruled=points,
    )


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:g}"
