"""The answer of a dam study in one verdict and five cards."""

import numpy as np

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams.model import CriterionView, DamStudy, FrontView, StateView
from nonetloss.study.report.dams.names import (
    change,
    criterion_unit,
    digits_of,
    epsilon_text,
    plainly,
    told,
)
from nonetloss.study.report.dams.prices import gained
from nonetloss.study.report.dams.regrets import worst_regret
from nonetloss.study.report.narrative import Card, Verdict
from nonetloss.study.report.words import MISSING, listed, percent, word

# More names than this make a card a list.
NAMES = 8


def main_criterion(front: FrontView) -> CriterionView:
    """What dams are built for: energy, else the first criterion of which more is better."""
    found = front.criterion("energy")
    if found is not None:
        return found
    return next((c for c in front.criteria if c.sign > 0), front.criteria[0])


def verdict(study: DamStudy, language: Language) -> tuple[Verdict, ...]:
    """What must be read first; a search that was interrupted comes before the answer."""
    found = []
    front = study.front
    if not front.finished:
        found.append(
            Verdict(
                "weak",
                word("dams.verdict-unfinished", language),
                word(
                    "dams.verdict-unfinished-why",
                    language,
                    epsilon=epsilon_text(front.epsilon, language),
                    asked=epsilon_text(front.asked, language),
                ),
            )
        )
    count = number(len(front), language)
    if study.chosen is None:
        told_all = word("dams.verdict-open", language, count=count)
        return (*found, Verdict("open", told_all, word("dams.verdict-open-why", language)))
    main = main_criterion(front)
    facts = {
        "name": study.chosen.title[language],
        "amount": value(front, study.chosen.values, main, language),
        "criterion": main.title[language],
        "count": len(_new(study, study.chosen)),
    }
    key = "dams.verdict-one" if facts["count"] == 1 else "dams.verdict"
    return (*found, Verdict("good", word(key, language, **facts), study.chosen.why[language]))


def uncovered(study: DamStudy, language: Language) -> str:
    """What a balance of flooded land leaves out: the criteria in which the choice loses."""
    mine, today = study.chosen, study.state("today")
    lost = [
        c.title[language]
        for c in study.front.criteria
        if c.name != "inundated"
        and mine is not None
        and today is not None
        and c.sign * (mine.values.get(c.name, np.nan) - today.values.get(c.name, np.nan)) < 0
    ]
    if not lost:
        return word("dams.verdict-scope-plain", language)
    return word("dams.verdict-scope", language, names=listed(lost, language))


def value(front: FrontView, values: object, criterion: CriterionView, language: Language) -> str:
    """A value with its unit, to the decimals of the front's column."""
    index = front.criteria.index(criterion)
    amount = float(values.get(criterion.name, np.nan))  # type: ignore[attr-defined]  # a Mapping
    shown = told(amount, language, digits_of(front.values[:, index]))
    return f"{shown} {criterion_unit(criterion, language)}".strip()


def _new(study: DamStudy, state: StateView) -> list[str]:
    if state.choices is None:
        return []
    return [
        d.id
        for d, c in zip(study.dams, state.choices, strict=True)
        if c > 0 and d.status != "built"
    ]


def cards(study: DamStudy, language: Language) -> tuple[Card, ...]:
    """The chosen portfolio, against today, against everything built, the proof, and the plan.

    Where the study chose none: how wide the front is, what can be added without further loss, and
    what building everything would do.
    """
    if study.chosen is None:
        first = (_range(study, language), _free_gain(study, language), _everything(study, language))
    else:
        first = (
            _chosen(study, study.chosen, language),
            _against(study, study.chosen, "today", language),
            _against(study, study.chosen, "full", language),
        )
    return (*first, _proof(study, language), _plan(study, language))


def _range(study: DamStudy, language: Language) -> Card:
    """How many portfolios there are, and from where to where they reach."""
    front = study.front
    lines = tuple(
        word(
            "dams.card-range",
            language,
            criterion=c.title[language],
            low=told(float(front.values[:, i].min()), language, digits_of(front.values[:, i])),
            high=told(float(front.values[:, i].max()), language, digits_of(front.values[:, i])),
            unit=criterion_unit(c, language),
        ).replace(" .", ".")
        for i, c in enumerate(front.criteria)
    )
    count = number(len(front), language)
    return Card(word("dams.card-front", language), count, word("dams.portfolios", language), lines)


def _free_gain(study: DamStudy, language: Language) -> Card:
    """What can be added at no further loss, by the first criterion of the exchange."""
    title = word("dams.card-free", language)
    for answer in study.taken("exchange"):
        gain = gained(answer)
        added = f"added_{gain.name}"
        table = answer.table()
        table = table[(table["kind"] == "percent") & table[added].notna()]
        if not len(table):
            continue
        mine = table[table["criterion"] == table["criterion"].iloc[0]]
        found = answer.front.criterion(str(mine["criterion"].iloc[0]))
        name = found.title[language] if found else word("dams.all-criteria", language)
        digits = digits_of(mine[added].to_numpy(dtype=float))
        unit = criterion_unit(gain, language)
        lines = tuple(
            word(
                "dams.card-free-line",
                language,
                percent=plainly(r["further_loss_percent"], language),
                criterion=name,
                amount=told(r[added], language, digits),
                unit=unit,
            )
            for r in mine[mine["further_loss_percent"] > 0].to_dict("records")
        )
        none = mine[mine["further_loss_percent"] == 0]
        figure = f"+{told(none[added].iloc[0], language, digits)}" if len(none) else MISSING
        return Card(title, figure, unit, lines)
    return Card(title, MISSING, "", (word("dams.card-free-none", language),))


def _everything(study: DamStudy, language: Language) -> Card:
    """Everything built, against today."""
    full, today = study.state("full"), study.state("today")
    if full is None or today is None:
        title = word("dams.card-full", language)
        return Card(title, MISSING, "", (word("dams.card-full-none", language),))
    card = _against(study, full, "today", language)
    return Card(word("dams.card-everything", language), card.figure, card.unit, card.sentences)


def _chosen(study: DamStudy, state: StateView, language: Language) -> Card:
    title = word("dams.card-chosen", language)
    main = main_criterion(study.front)
    amount = told(
        state.values.get(main.name),
        language,
        digits_of(study.front.values[:, study.front.criteria.index(main)]),
    )
    new = set(_new(study, state))
    names = [d.name(language) for d in study.dams if d.id in new]
    standing = int((state.choices > 0).sum()) if state.choices is not None else 0
    lines = [
        word("dams.card-chosen-count", language, new=len(names), old=standing - len(names)),
        word("dams.card-new-dams", language, names=_some(names, language)) if names else "",
    ]
    return Card(title, amount, criterion_unit(main, language), tuple(s for s in lines if s))


def _against(study: DamStudy, mine: StateView, name: str, language: Language) -> Card:
    """What a portfolio gains and loses against a state, criterion by criterion."""
    title = word(f"dams.card-{name}", language)
    other = study.state(name)
    if other is None:
        return Card(title, MISSING, "", (word(f"dams.card-{name}-none", language),))
    front, main = study.front, main_criterion(study.front)
    now, then = mine.values.get(main.name, np.nan), other.values.get(main.name, np.nan)
    digits = digits_of(front.values[:, front.criteria.index(main)])
    if name == "today":
        sign = "+" if now > then else ""
        head, unit = sign + told(now - then, language, digits), criterion_unit(main, language)
    else:
        head = percent(now / then if then else np.nan, language)
        unit = word("dams.card-full-unit", language, criterion=main.title[language].lower())
    lines = [
        word(
            "dams.card-change",
            language,
            criterion=c.title[language],
            now=value(front, mine.values, c, language),
            then=value(front, other.values, c, language),
            change=change(
                mine.values.get(c.name, np.nan),
                other.values.get(c.name, np.nan),
                language,
                points=c.unit in ("%", "percent"),
            ),
        )
        for c in front.criteria
        if c is not main
    ]
    return Card(title, head, unit, tuple(lines))


def _proof(study: DamStudy, language: Language) -> Card:
    return Card(
        word("dams.card-proof", language),
        epsilon_text(study.front.epsilon, language),
        "",
        tuple(proof(study.front, language)),
    )


def proof(front: FrontView, language: Language) -> list[str]:
    """What is proven of the front, in sentences."""
    count = number(len(front), language)
    if front.epsilon == 0:
        lines = [word("dams.proof-exact", language, count=count)]
    else:
        share = percent(front.epsilon, language, 1 if front.epsilon < 0.1 else 0)
        lines = [word("dams.proof-epsilon", language, count=count, share=share)]
    if not front.finished:
        asked = epsilon_text(front.asked, language)
        lines.append(word("dams.proof-unfinished", language, asked=asked))
    coarse = [
        f"{c.title[language]}, {_power(front.resolution[c.name])} "
        f"{criterion_unit(c, language)}".strip()
        for c in front.criteria
        if front.resolution.get(c.name, 0.0) > 0
    ]
    if coarse:
        lines.append(word("dams.proof-resolution", language, names=listed(coarse, language)))
    elif front.resolution:
        lines.append(word("dams.proof-decimals", language))
    if front.reevaluated >= len(front):
        lines.append(word("dams.proof-again", language, count=count))
    elif front.reevaluated:
        some = number(front.reevaluated, language)
        lines.append(word("dams.proof-again-some", language, some=some, count=count))
    return lines


def _power(size: float) -> str:
    """A small number as people write it: `4.2 × 10⁻⁹`, `10⁻⁶`, `0.05`."""
    if size >= 1e-3:
        return f"{size:.2g}"
    mantissa, _, exponent = f"{size:.1e}".partition("e")
    digits = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    power = f"10{digits}"
    return power if float(mantissa) == 1 else f"{mantissa} × {power}"


def _plan(study: DamStudy, language: Language) -> Card:
    """Regret of the plan that has most of it; else the dams of all good answers."""
    found = worst_regret(study, language)
    if found is not None:
        return Card(word("dams.card-plan", language), found.figure, found.unit, found.sentences)
    title = word("dams.card-members", language)
    if not study.taken("membership"):
        return Card(
            title, number(len(study.front), language), word("dams.portfolios", language), ()
        )
    always, never = (_members(study, kind, language) for kind in ("always", "never"))
    head = f"{len(always)} / {len(never)}"
    lines = [
        word("dams.card-always", language, names=_some(always, language)),
        word("dams.card-never", language, names=_some(never, language)),
    ]
    return Card(title, head, word("dams.card-members-unit", language), tuple(lines))


def _some(names: list[str], language: Language) -> str:
    """The first names, and how many more there are; a dash if there is none."""
    shown = names[:NAMES]
    if len(names) > NAMES:
        shown.append(word("dams.more-names", language, count=len(names) - NAMES))
    return listed(shown, language) or MISSING


def _members(study: DamStudy, kind: str, language: Language) -> list[str]:
    """Names of the planned dams that are in all, or in none, of the efficient portfolios."""
    table = study.taken("membership")[-1].table()
    mine = set(table[table["member"] == kind]["dam"].astype(str))
    return [d.name(language) for d in study.dams if d.id in mine and d.status == "planned"]
