"""The answer of a forest study: a verdict, and a card for each question that the study asked."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from nonetloss.core.language import Language
from nonetloss.study.report.forest import (
    assessment,
    baseline,
    concession,
    credits,
    patrols,
    permanence,
    registry,
    stock,
)
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.risk import MODELS, added_to_project
from nonetloss.study.report.forest.rows import ends, titled, tonnes, tonnes_apart
from nonetloss.study.report.narrative import Card, Verdict
from nonetloss.study.report.words import MISSING, amount, listed, word


def verdict(study: ForestStudy, language: Language) -> tuple[Verdict, ...]:
    """What must be read first: rules that fail, then the credits; else what the study reached."""
    failing = [s for s in study.taken("forest.permanence") if permanence.failures(s, language)]
    found = [_failing(study, step, language) for step in failing[-1:]]
    plans = credits.plans(study)
    if plans:
        found.append(_credits(plans[-1], language, failed=bool(failing)))
        return tuple(found)
    tested = study.last(assessment.METHOD)
    if tested is not None and assessment.alternatives(tested):
        good = bool(assessment.accepted(tested))
        told = " ".join(assessment.said(tested, language))
        detail = (
            *assessment.own_period(study, tested, language),
            *assessment.medians(tested, language),
        )
        found.append(Verdict("good" if good else "weak", told, " ".join(detail)))
        return tuple(found)
    held = study.last("forest.stock")
    if held is not None and np.isfinite(stock.headline(held, language)[0]):
        size, told_ = stock.headline(held, language)
        headline = word("forest.verdict-stock", language, size=tonnes(size, language))
        return (*found, Verdict("open", headline, " ".join(told_[:2])))
    if held is not None and stock.per_hectare(held, language)[0] != MISSING:
        size_, told_ = stock.per_hectare(held, language)
        headline = word("forest.verdict-per-hectare", language, size=size_)
        tried = study.last("forest.allometry")
        told_ += stock.checked(tried, language) if tried else []
        return (*found, Verdict("open", headline, " ".join(told_)))
    model = study.last("forest.risk")
    if model is not None and np.isfinite(model.number("validity-total_ha")):
        return (*found, _expected(model, language))
    return (*found, Verdict("open", word("forest.verdict-open", language)))


def _failing(study: ForestStudy, step: Taken, language: Language) -> Verdict:
    """The rules that a scoring of the risk tool fails, and whether the credits rest on another."""
    names = listed(permanence.failures(step, language), language)
    told = [word("forest.verdict-fails-why", language, names=names)]
    plans = credits.plans(study)
    used = plans[-1].inputs.get("permanence", ()) if plans else ()
    other = next((s for s in study.taken("forest.permanence") if s.step in used), None)
    if other is not None and other is not step:
        name = other.title[language] or other.step
        told.append(word("forest.verdict-fails-other", language, name=name))
    return Verdict("bad", word("forest.verdict-fails", language), " ".join(told))


def _expected(step: Taken, language: Language) -> Verdict:
    """How much forest the benchmark expects to be lost, where nothing else was asked."""
    start, years = step.number("validity-start_year"), step.number("validity-years")
    ha = amount(step.number("validity-total_ha"), language, 0)
    span = f"{start:.0f}\u2013{start + years:.0f}"
    told = word("forest.verdict-risk", language, ha=ha, years=span)
    detail = " ".join((*_threshold_of(step, language), word("forest.verdict-alone", language)))
    return Verdict("open", told, detail)


def _credits(step: Taken, language: Language, *, failed: bool) -> Verdict:
    """Net credits of the first standard, and what they hang on."""
    first = credits.net_of(step)[0]
    names = credits.standards(step, language)
    facts = {
        "name": names[str(first["standard"])],
        "gross": tonnes(first["gross"], language),
        "net": tonnes(first["net"], language),
    }
    key = "verdict-credits-if" if failed else "verdict-credits"
    detail = baseline.between(first["low"], first["high"], language)
    doubtful = len(credits.doubtful(step))
    if doubtful:
        detail.append(word("forest.verdict-doubtful", language, count=doubtful))
    detail.append(word("forest.verdict-plan", language))
    mood = "bad" if float(first["net"]) <= 0 else ("weak" if doubtful or failed else "good")
    return Verdict(mood, word(f"forest.{key}", language, **facts), " ".join(detail))


def cards(study: ForestStudy, language: Language) -> tuple[Card, ...]:
    """Those that the study computed: stock, risk or road, baseline, credits, money, ledger,
    patrols.
    """
    made = [
        *_stock(study, language),
        *_road(study, language),
        *_weighed(study, "forest.baseline", "baseline", baseline.headline, language),
        *_plan(study, language),
        *_simple(study, "forest.concession", "money", concession.headline, language),
        *_simple(study, "ledger.credits", "registry", registry.headline, language),
        *_patrolled(study, language),
    ]
    return tuple(made)


def _patrolled(study: ForestStudy, language: Language) -> list[Card]:
    step = study.last("monitoring.patrols")
    if step is None:
        return []
    figure, unit, told = patrols.headline(step, language)
    return [_card("patrols", figure, unit, told, language)]


def _stock(study: ForestStudy, language: Language) -> list[Card]:
    """The whole stock; where no area is known, that of a hectare."""
    made = _weighed(study, "forest.stock", "stock", stock.headline, language)
    if not made or made[0].figure != MISSING:
        return made
    step = study.taken("forest.stock")[-1]
    figure, told = stock.per_hectare(step, language)
    told += stock.headline(step, language)[1]
    return [_card("stock", figure, "tCO₂e/ha", told, language)]


Headline = Callable[[Taken, Language], tuple[str, list[str]]]
Weight = Callable[[Taken, Language], tuple[float, list[str]]]


def _simple(
    study: ForestStudy, method: str, name: str, head: Headline, language: Language
) -> list[Card]:
    step = study.last(method)
    if step is None:
        return []
    figure, told = head(step, language)
    return [_card(name, figure, word(f"forest.ask-unit-{name}", language), told, language)]


def _weighed(
    study: ForestStudy, method: str, name: str, head: Weight, language: Language
) -> list[Card]:
    """A card whose figure is in tonnes."""
    step = study.last(method)
    if step is None:
        return []
    size, told = head(step, language)
    return [_card(name, *tonnes_apart(size, language), told, language)]


def _card(name: str, figure: str, unit: str, told: list[str], language: Language) -> Card:
    return Card(word(f"forest.ask-{name}", language), figure, unit, tuple(told))


def _plan(study: ForestStudy, language: Language) -> list[Card]:
    plans = credits.plans(study)
    if not plans:
        return []
    size, told = credits.headline(plans[-1], language)
    tool = study.last("forest.permanence")
    if tool is not None:
        told += permanence.result(tool, language)[:1]
    return [_card("credits", *tonnes_apart(size, language), told, language)]


def _road(study: ForestStudy, language: Language) -> list[Card]:
    """What the planned road adds; without one, how well the risk map did."""
    step = study.last("forest.road-risk")
    table = step.table("total") if step else pd.DataFrame()
    if "likely_ha" in table:
        row = table.iloc[int(table["likely_ha"].argmax())].to_dict()
        told = [word("forest.card-road", language, name=titled(row, "alternative", language))]
        told += added_to_project(step, str(row["alternative"]), language) if step else []
        low, high = ends(row, "low_ha", "high_ha")
        if np.isfinite(low + high):
            shown = (amount(e, language, 0) for e in (low, high))
            told.append(
                word(
                    "forest.card-road-ends",
                    language,
                    **dict(zip(("low", "high"), shown, strict=True)),
                )
            )
        told.append(word("forest.card-road-model", language))
        told += _tested(study, language)
        shown_ = amount(row["likely_ha"], language, 0)
        return [_card("road", shown_, word("forest.ask-unit-road", language), told, language)]
    model = study.last(*MODELS)
    if model is None:
        return []
    total = model.number("validity-total_ha")
    told = _threshold(study, language) + _tested(study, language)
    unit = word("forest.ask-unit-risk", language)
    return [_card("risk", amount(total, language, 0), unit, told, language)]


def _threshold(study: ForestStudy, language: Language) -> list[str]:
    step = study.last("forest.risk")
    return _threshold_of(step, language) if step else []


def _threshold_of(step: Taken, language: Language) -> list[str]:
    meters = step.number("threshold_m")
    if not np.isfinite(meters):
        return []
    return [word("forest.threshold", language, meters=amount(meters, language, 0))]


def _tested(study: ForestStudy, language: Language) -> list[str]:
    step = study.last(assessment.METHOD)
    if step is None:
        return []
    return assessment.said(step, language) + assessment.own_period(study, step, language)
