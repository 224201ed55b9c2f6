"""The answer of a forest study: a verdict, and a card for each question that the study asked."""

from collections.abc import Callable

import numpy as np

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
from nonetloss.study.report.forest.risk import MODELS
from nonetloss.study.report.forest.rows import MILLION, known
from nonetloss.study.report.narrative import Card, Verdict
from nonetloss.study.report.words import MISSING, amount, listed, word


def verdict(study: ForestStudy, language: Language) -> tuple[Verdict, ...]:
    """What must be read first: rules that fail, then the credits; else what the study reached."""
    found = []
    tool = study.last("forest.permanence")
    failed = permanence.failures(tool, language) if tool else []
    if failed:
        found.append(
            Verdict(
                "bad",
                word("forest.verdict-fails", language),
                word("forest.verdict-fails-why", language, names=listed(failed, language)),
            )
        )
    plans = credits.plans(study)
    if plans:
        found.append(_credits(plans[-1], language, failed=bool(failed)))
        return tuple(found)
    tested = study.last(assessment.METHOD)
    if tested is not None and assessment.alternatives(tested):
        good = bool(assessment.accepted(tested))
        told = " ".join(assessment.said(tested, language))
        found.append(Verdict("good" if good else "weak", told, _median(tested, language)))
        return tuple(found)
    held = study.last("forest.stock")
    if held is not None and stock.headline(held, language)[0] != MISSING:
        size, told_ = stock.headline(held, language)
        headline = word("forest.verdict-stock", language, size=size)
        return (*found, Verdict("open", headline, " ".join(told_[:1])))
    return (*found, Verdict("open", word("forest.verdict-open", language)))


def _credits(step: Taken, language: Language, *, failed: bool) -> Verdict:
    """Net credits of the first standard, and what they hang on."""
    first = credits.net_of(step)[0]
    names = credits.standards(step, language)
    facts = {
        "name": names[str(first["standard"])],
        "gross": amount(float(first["gross"]) / MILLION, language),
        "net": amount(float(first["net"]) / MILLION, language),
    }
    key = "verdict-credits-if" if failed else "verdict-credits"
    ends = (float(first["low"]), float(first["high"]))
    detail = []
    if np.isfinite(ends).all():
        low, high = (amount(e / MILLION, language) for e in ends)
        detail.append(word("forest.card-between", language, low=low, high=high))
    doubtful = len(credits.doubtful(step))
    if doubtful:
        detail.append(word("forest.verdict-doubtful", language, count=doubtful))
    detail.append(word("forest.verdict-plan", language))
    mood = "bad" if float(first["net"]) <= 0 else ("weak" if doubtful or failed else "good")
    return Verdict(mood, word(f"forest.{key}", language, **facts), " ".join(detail))


def _median(step: Taken, language: Language) -> str:
    """Median errors in the prediction, from which the verdict follows."""
    table = step.table("verdict")
    rows = table[table["decisive"].astype(bool)] if "decisive" in table else table
    told = [
        word(
            "forest.verdict-median",
            language,
            model=known("model", r["model"], language),
            evaluation=known("evaluation", r["evaluation"], language).lower(),
            alternative=amount(r["alternative_medae_ha"], language, 3),
            benchmark=amount(r["benchmark_medae_ha"], language, 3),
        )
        for r in rows.to_dict("records")
    ]
    return " ".join(told)


def cards(study: ForestStudy, language: Language) -> tuple[Card, ...]:
    """Those that the study computed: stock, risk or road, baseline, credits, money, ledger,
    patrols.
    """
    made = [
        *_simple(study, "forest.stock", "stock", stock.headline, language),
        *_road(study, language),
        *_simple(study, "forest.baseline", "baseline", baseline.headline, language),
        *_plan(study, language),
        *_simple(study, "forest.concession", "money", concession.headline, language),
        *_simple(study, "ledger.credits", "registry", registry.headline, language),
        *_simple(study, "monitoring.patrols", "patrols", patrols.headline, language),
    ]
    return tuple(made)


Headline = Callable[[Taken, Language], tuple[str, list[str]]]


def _simple(
    study: ForestStudy, method: str, name: str, head: Headline, language: Language
) -> list[Card]:
    step = study.last(method)
    if step is None:
        return []
    return [_card(name, *head(step, language), language)]


def _card(name: str, figure: str, told: list[str], language: Language) -> Card:
    title, unit = (word(f"forest.{k}-{name}", language) for k in ("ask", "ask-unit"))
    return Card(title, figure, unit, tuple(told))


def _plan(study: ForestStudy, language: Language) -> list[Card]:
    plans = credits.plans(study)
    if not plans:
        return []
    figure, told = credits.headline(plans[-1], language)
    tool = study.last("forest.permanence")
    if tool is not None:
        told += permanence.result(tool, language)[:1]
    return [_card("credits", figure, told, language)]


def _road(study: ForestStudy, language: Language) -> list[Card]:
    """What the planned road adds; without one, how well the risk map did."""
    step = study.last("forest.road-risk")
    table = step.table("induced", "table") if step else None
    if table is not None and "likely_ha" in table:
        worst = table.groupby("alternative", sort=False)["likely_ha"].sum().idxmax()
        rows = table[table["alternative"] == worst]
        told = [word("forest.card-road", language)]
        ends = [float(rows[c].sum(min_count=1)) for c in ("low_ha", "high_ha") if c in rows]
        if len(ends) == 2 and np.isfinite(ends).all():
            low, high = (amount(e, language, 0) for e in ends)
            told.append(word("forest.card-road-ends", language, low=low, high=high))
        told += _tested(study, language)
        return [_card("road", amount(float(rows["likely_ha"].sum()), language, 0), told, language)]
    model = study.last(*MODELS)
    if model is None:
        return []
    total = model.number("validity-total_ha")
    told = _threshold(study, language) + _tested(study, language)
    return [_card("risk", amount(total, language, 0), told, language)]


def _threshold(study: ForestStudy, language: Language) -> list[str]:
    step = study.last("forest.risk")
    meters = step.number("threshold_m") if step else np.nan
    if not np.isfinite(meters):
        return []
    return [word("forest.threshold", language, meters=amount(meters, language, 0))]


def _tested(study: ForestStudy, language: Language) -> list[str]:
    step = study.last(assessment.METHOD)
    return assessment.said(step, language) if step else []
