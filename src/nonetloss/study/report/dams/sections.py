"""The sections of a dam study, in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams import basin as basins
from nonetloss.study.report.dams import figures, legends
from nonetloss.study.report.dams.drawing import drawing
from nonetloss.study.report.dams.embedding import MOST, Mark, Stop, embed
from nonetloss.study.report.dams.menus import menu, menu_titles, robust, sequence
from nonetloss.study.report.dams.model import (
    Answer,
    BasinDrawing,
    CriterionView,
    DamStudy,
    FrontView,
    StateView,
)
from nonetloss.study.report.dams.names import (
    criterion_head,
    criterion_unit,
    dam_label,
    digits_of,
    option_name,
    plainly,
    told,
)
from nonetloss.study.report.dams.narrative import proof
from nonetloss.study.report.dams.prices import exchange, membership
from nonetloss.study.report.dams.regrets import regret
from nonetloss.study.report.figure import picture
from nonetloss.study.report.maps import drawable
from nonetloss.study.report.section import Explorer, Figure, Section
from nonetloss.study.report.table import Column, Table, columns
from nonetloss.study.report.words import listed, word

# Texts that the script fills in itself keep their placeholders.
OPEN = {name: f"{{{name}}}" for name in ("selected", "total", "row", "k")}
SCRIPT_WORDS = (
    *("count", "always", "never", "with", "without", "stands", "absent", "nothing", "portfolio"),
    *("fresh", "standing"),
)


ANSWERS: Mapping[str, Callable[[DamStudy, Answer, Language], Section | None]] = {
    "exchange": exchange,
    "membership": membership,
    "menu": menu,
    "regret": regret,
    "sequence": sequence,
    "robust": robust,
}


def sections(study: DamStudy, language: Language) -> list[Section]:
    """All of them; those that the study did not compute are left out."""
    made = [front(study, language), basin(study, language)]
    for method, make in ANSWERS.items():
        taken = study.taken(method)
        for i, answer in enumerate(taken):
            section = make(study, answer, language)
            if section is not None:
                made.append(_placed(study, section, answer, language, i, len(taken)))
    made += [other(study, found, i, language) for i, found in enumerate(study.others, start=2)]
    return [s for s in made if s is not None]


def _placed(
    study: DamStudy, section: Section, answer: Answer, language: Language, index: int, count: int
) -> Section:
    """A section with a key of its own, which says of which front it speaks if of another one."""
    notes = list(section.notes)
    if answer.front is not study.front:
        mine, other_one = (front_name(study, f, language) for f in (study.front, answer.front))
        notes.insert(0, word("dams.of-front", language, name=other_one, chosen=mine))
    title = section.title
    if count > 1:
        title = f"{title} · {answer.title[language]}"
    if index == 0:
        return replace(section, title=title, notes=notes)
    tables = [replace(t, key=f"{t.key}-{index + 1}") for t in section.tables]
    key = f"{section.key}-{index + 1}"
    return replace(section, key=key, title=title, tables=tables, notes=notes)


def front_name(study: DamStudy, found: FrontView, language: Language) -> str:
    """Criteria and size, by which people tell fronts apart; where another front has the same
    criteria, its title or step and the conditions in which they differ.
    """
    count = number(len(found), language)
    names = listed([c.title[language] for c in found.criteria], language)
    own = {c.name for c in found.criteria}
    alike = [
        f
        for f in (study.front, *study.others)
        if f is not found and {c.name for c in f.criteria} == own
    ]
    if alike:
        title = found.title[language] or found.step
        conditions = "; ".join(conditions_of(study, found, language))
        conditions = conditions or word("dams.limits-none", language)
        return word("dams.front-alike", language, name=title, conditions=conditions, count=count)
    if found.title[language]:
        names = f"{found.title[language]}: {names}"
    return word("dams.front-name", language, criteria=names, count=count)


def other(study: DamStudy, found: FrontView, index: int, language: Language) -> Section:
    """A further front, drawn only."""
    marks = marks_of(study, language, found)
    count = number(len(found), language)
    dense = len(found) > figures.LINES
    title = word("dams.other-front", language, name=front_name(study, found, language))
    drawn = Figure(
        picture(
            f"dams-other-{index}-{language}",
            partial(figures.scatter_plots, found, marks, language),
            title=title,
            description=word("dams.front-scatter-alt", language, count=count, marks=_labels(marks)),
        ),
        title,
        [legends.marks(marks, language, dense=dense)],
        quiet=True,
    )
    notes = [*limits(study, found, language), *proof(found, language)]
    return Section(f"dams-front-{index}", title, figures=(drawn,), notes=notes)


def _labels(marks: Sequence[Mark]) -> str:
    return ", ".join(m.label for m in marks) or "–"


def marks_of(study: DamStudy, language: Language, of: FrontView | None = None) -> list[Mark]:
    """What stands out on the axes of a front (the main one if None is given): today, the full
    build-out, plans, and the chosen portfolio. States without a value on some axis are left out.
    """
    found = of or study.front
    made = []
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for state in study.states:
        if state.name == "none":
            continue
        kind = "plan" if state.plan else state.name
        # Plans look alike but for their letter, which one plan alone does not need.
        badge = next(letters, "") if state.plan and len(study.plans) > 1 else ""
        made.append(Mark(kind, state.title[language], badge, _values(found, state.values)))
    if study.chosen is not None:
        values = _values(found, study.chosen.values)
        made.append(Mark("chosen", study.chosen.title[language], "", values))
    return [m for m in made if np.isfinite(m.values).all()]


def _values(found: FrontView, values: Mapping[str, float]) -> list[float]:
    return [float(values.get(c.name, float("nan"))) for c in found.criteria]


def stops_of(study: DamStudy, language: Language) -> list[Stop]:
    """Portfolios of the front that have a name: chosen, of the menu, nearest to a plan."""
    made = [Stop(c.title[language], c.row) for c in study.choices if c.row >= 0]
    for answer in study.taken("menu"):
        if answer.front is study.front:
            titles = zip(menu_titles(answer), answer.table()["row"], strict=True)
            made += [Stop(title[language], int(row)) for title, row in titles]
    for answer in study.taken("regret"):
        if answer.front is not study.front:
            continue
        for row in answer.table("nearest").to_dict("records"):
            state = study.state(str(row["state"]))
            if row["rank"] == 1 and row["by"] == "values" and state is not None and state.plan:
                label = word("dams.near", language, name=state.title[language])
                made.append(Stop(label, int(row["row"])))
    return [s for s in made if 0 <= s.row < len(study.front)]


def named_rows(study: DamStudy) -> set[int]:
    """Portfolios of the main front that some table of the report tells of."""
    found: set[int] = set()
    for answer in study.answers:
        if answer.front is not study.front:
            continue
        for table in answer.tables.values():
            for column in ("row", "free_row"):
                if column in table.columns:
                    found |= {int(r) for r in table[column] if r == r}
    return {r for r in found if 0 <= r < len(study.front)}


def front(study: DamStudy, language: Language) -> Section:
    """The front, drawn for paper and to be looked into."""
    found = study.front
    title = word("dams.front", language)
    marks = marks_of(study, language)
    count = number(len(found), language)
    dense = len(found) > figures.LINES
    names = _labels(marks)
    drawn = [
        Figure(
            picture(
                f"dams-{key}-{language}",
                partial(draw, found, marks, language),
                title=word(f"dams.front-{key}", language),
                description=word(f"dams.front-{key}-alt", language, count=count, marks=names),
            ),
            word(f"dams.front-{key}", language),
            [legends.marks(marks, language, dense=dense)],
            word("dams.density", language, count=count) if dense else "",
        )
        for key, draw in (
            ("parallel", figures.parallel_axes),
            ("scatter", figures.scatter_plots),
        )
    ]
    words = {k: word(f"dams.js-{k}", language, **OPEN) for k in SCRIPT_WORDS} | {
        "up": word("dams.better-up", language),
        "right": word("dams.better-right", language),
        "arrow": word("dams.arrow", language),
        "more": word("dams.more", language),
        "less": word("dams.less", language),
        "from": word("dams.from", language),
        "to": word("dams.to", language),
        "index": word("dams.unit-index", language),
        "option": word("dams.option", language, **OPEN),
    }
    words |= {
        f"status-{s}": word(f"dams.status-{s}", language) for s in ("built", "planned", "forbidden")
    }
    explorer = Explorer(
        embed(
            study,
            language,
            marks=marks,
            stops=stops_of(study, language),
            words=words,
            always=named_rows(study),
            most=MOST,
        ),
        legends.marks(marks, language, dense=True),
        legends.basin_live(language),
    )
    if len(found) > MOST:
        note = word(
            "dams.thinned",
            language,
            shown=number(MOST, language),
            total=count,
            criterion=found.criteria[0].title[language],
            file=found.file,
        )
    else:
        note = word("dams.embedded-all", language, total=count, file=found.file)
    return Section(
        "dams-front",
        title,
        word("dams.front-lead", language),
        drawn,
        (ends(study, language),),
        [*limits(study, found, language), note],
        explorer=explorer,
    )


def basin(study: DamStudy, language: Language) -> Section | None:
    """The chosen portfolio on the map, or on a tree; today's state if none was chosen."""
    state = study.chosen or study.state("today")
    if state is None or state.choices is None:
        return None
    choices = state.choices
    key = "basin" if study.chosen is not None else "basin-today"
    title = word(f"dams.{key}", language)
    signs = basins.dam_signs(study, choices)
    free = study.tree.free(choices)
    drawn = drawing(study)
    figure = Figure(
        picture(
            f"dams-basin-{language}",
            partial(basins.basin, study, choices, language),
            title=title,
            description=word(
                "dams.basin-map-alt",
                language,
                new=signs.count("chosen"),
                old=signs.count("built"),
                free=int(free.sum()),
                total=len(free),
            ),
        ),
        title,
        [
            legends.basin(signs, language),
            *([legends.layers(drawable(study.run.layers), language)] if drawn.crs else []),
        ],
        _basin_source(study, drawn, language),
        schematic=drawn.joined or (bool(drawn.crs) and bool(study.run.schematic)),
        quiet=True,
    )
    lead = "dams.basin-lead" if study.chosen is not None else "dams.basin-lead-today"
    tables = [portfolio(study, state, language)] if study.chosen is not None else []
    return Section("dams-basin", title, word(lead, language), (figure,), tables)


def _basin_source(study: DamStudy, drawn: BasinDrawing, language: Language) -> str:
    if not drawn.crs:
        return word("dams.basin-tree", language)
    crs = word("dams.local-crs", language) if drawn.crs.startswith("+") else drawn.crs
    names = "; ".join(s.title[language] for s in study.run.sources) or "–"
    told_source = word("dams.basin-source", language, crs=crs, sources=names)
    return f"{word('dams.basin-joined', language)} {told_source}" if drawn.joined else told_source


def portfolio(study: DamStudy, state: StateView, language: Language) -> Table:
    """The dams that stand in a portfolio, the new ones first, with their attributes."""
    rivers = any(d.river for d in study.dams)
    heads = (
        *columns(language, "dams.col-dam"),
        *(columns(language, "dams.col-river") if rivers else ()),
        *columns(language, "dams.col-state"),
        *(Column(criterion_head(c, language), numeric=True) for c in _told_of_dams(study)),
    )
    choices = state.choices if state.choices is not None else np.zeros(len(study.dams))
    signs = basins.dam_signs(study, choices)
    rows: list[tuple[str, ...]] = []
    marked: set[int] = set()
    for kind in ("chosen", "built"):
        for dam, sign, choice in zip(study.dams, signs, choices, strict=True):
            if sign != kind:
                continue
            if kind == "chosen":
                marked.add(len(rows))
            name = dam_label(dam, language)
            if dam.options > 1:
                name = f"{name} ({option_name(study, dam.id, int(choice), language)})"
            rows.append(
                (
                    name,
                    *([dam.river or "–"] if rivers else []),
                    word(f"dams.sign-{kind}", language),
                    *(told(dam.attributes.get(c.name), language, 2) for c in _told_of_dams(study)),
                )
            )
    caption = word("dams.dams-caption", language)
    return Table("dams-portfolio", caption, heads, rows, marked=frozenset(marked))


def _told_of_dams(study: DamStudy) -> list[CriterionView]:
    """Criteria that are also an attribute of dams, so that each dam has a share of its own."""
    known = set().union(*(d.attributes for d in study.dams))
    return [c for c in study.front.criteria if c.name in known]


def limits(study: DamStudy, found: FrontView, language: Language) -> list[str]:
    """A sentence on the conditions under which the front was sought; nothing without any."""
    told_limits = conditions_of(study, found, language)
    return [word("dams.limits", language, names="; ".join(told_limits))] if told_limits else []


def conditions_of(study: DamStudy, found: FrontView, language: Language) -> list[str]:
    """Bounds on criteria and dams fixed in advance, under which the front was sought."""
    told_limits = []
    for name, ends_of in (found.parameters.get("bounds") or {}).items():
        criterion = found.criterion(str(name))
        title = criterion.title[language] if criterion else str(name)
        unit = criterion_unit(criterion, language) if criterion else ""
        pair = (
            ends_of
            if isinstance(ends_of, Mapping)
            else dict(zip(("low", "high"), ends_of, strict=True))
        )
        for key in ("low", "high"):
            end = pair.get(key)
            if end is not None:
                plain = end if isinstance(end, str) else f"{plainly(end, language)} {unit}".strip()
                told_limits.append(
                    word(f"dams.limit-{key}", language, criterion=title, value=plain)
                )
    fixed = found.parameters.get("fixed") or {}
    names = []
    for id, choice in fixed.items():
        dam = study.dam(str(id))
        name = dam_label(dam, language) if dam else str(id)
        key = "without" if choice is False else "with"
        names.append(word(f"dams.limit-{key}", language, name=name))
    if names:
        told_limits.append(word("dams.limit-fixed", language, names=", ".join(names)))
    return told_limits


def ends(study: DamStudy, language: Language) -> Table:
    """Worst and best of the front by criterion, beside today, the full build-out and the plans."""
    found = study.front
    states = list(study.states)
    heads = (
        *columns(language, "dams.col-criterion", "dams.col-direction"),
        *columns(language, "#dams.col-worst", "#dams.col-best"),
        *(Column(s.title[language], numeric=True) for s in states),
    )
    rows = []
    for i, criterion in enumerate(found.criteria):
        values = found.values[:, i]
        digits = digits_of(values)
        low, high = float(values.min()), float(values.max())
        worst, best = (low, high) if criterion.sign > 0 else (high, low)
        rows.append(
            (
                criterion_head(criterion, language),
                word("dams.more" if criterion.sign > 0 else "dams.less", language),
                told(worst, language, digits),
                told(best, language, digits),
                *(told(s.values.get(criterion.name), language, digits) for s in states),
            )
        )
    return Table("dams-ends", word("dams.ends-caption", language), heads, rows)
