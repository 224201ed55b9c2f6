"""The sections of a dam study, in order."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams import basin as basins
from nonetloss.study.report.dams import figures, legends
from nonetloss.study.report.dams.drawing import drawing
from nonetloss.study.report.dams.embedding import MOST, Mark, Stop, embed
from nonetloss.study.report.dams.menus import menu, menu_titles, robust, sequence
from nonetloss.study.report.dams.model import BasinDrawing, CriterionView, DamStudy, StateView
from nonetloss.study.report.dams.names import (
    criterion_head,
    criterion_unit,
    dam_label,
    digits_of,
    plainly,
    told,
)
from nonetloss.study.report.dams.prices import exchange, membership
from nonetloss.study.report.dams.reading import FRONTIER
from nonetloss.study.report.dams.regrets import regret
from nonetloss.study.report.figure import picture
from nonetloss.study.report.maps import drawable
from nonetloss.study.report.section import Explorer, Figure, Section
from nonetloss.study.report.table import Column, Table, columns
from nonetloss.study.report.words import word

# Texts that the script fills in itself keep their placeholders.
OPEN = {name: f"{{{name}}}" for name in ("selected", "total", "row", "k")}
SCRIPT_WORDS = (
    *("count", "always", "never", "with", "without", "stands", "absent", "nothing", "portfolio"),
    *("fresh", "standing"),
)


def sections(study: DamStudy, language: Language) -> list[Section]:
    """All of them; those that the study did not compute are left out."""
    makers = (front, basin, exchange, membership, menu, regret, sequence, robust)
    return [s for s in (make(study, language) for make in makers) if s is not None]


def marks_of(study: DamStudy, language: Language) -> list[Mark]:
    """What stands out on the axes: today, the full build-out, plans, and the chosen portfolio."""
    made = []
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for state in study.states:
        if state.name == "none":
            continue
        kind = "plan" if state.plan else state.name
        badge = next(letters, "") if state.plan else ""
        made.append(Mark(kind, state.title[language], badge, _values(study, state.values)))
    if study.chosen is not None:
        values = _values(study, study.chosen.values)
        made.append(Mark("chosen", study.chosen.title[language], "", values))
    return made


def _values(study: DamStudy, values: Any) -> list[float]:
    return [float(values.get(c.name, float("nan"))) for c in study.front.criteria]


def stops_of(study: DamStudy, language: Language) -> list[Stop]:
    """Portfolios of the front that have a name: chosen, of the menu, nearest to a plan."""
    made = [Stop(c.title[language], c.row) for c in study.choices if c.row >= 0]
    if len(study.table("menu")):
        rows = study.table("menu")["row"]
        made += [
            Stop(title[language], int(row))
            for title, row in zip(menu_titles(study), rows, strict=True)
        ]
    near = study.table("regret", "nearest")
    for row in near.to_dict("records"):
        state = study.state(str(row["state"]))
        if row["rank"] == 1 and row["by"] == "values" and state is not None and state.plan:
            label = word("dams.near", language, name=state.title[language])
            made.append(Stop(label, int(row["row"])))
    return [s for s in made if 0 <= s.row < len(study.front)]


def named_rows(study: DamStudy) -> set[int]:
    """Portfolios that some table of the report tells of."""
    found: set[int] = set()
    for table in study.tables.values():
        for column in ("row", "free_row"):
            if column in table.columns:
                found |= {int(r) for r in table[column] if r == r and 0 <= r < len(study.front)}
    return found


def front(study: DamStudy, language: Language) -> Section:
    """The front, drawn for paper and to be looked into."""
    found = study.front
    title = word("dams.front", language)
    marks = marks_of(study, language)
    count = number(len(found), language)
    dense = len(found) > figures.LINES
    names = ", ".join(m.label for m in marks) or "–"
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
        [*limits(study, language), note],
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
        schematic=drawn.joined,
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
    heads = (
        *columns(language, "dams.col-dam", "dams.col-river", "dams.col-state"),
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
                name = f"{name} ({word('dams.option', language, k=int(choice))})"
            rows.append(
                (
                    name,
                    dam.river or "–",
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


def limits(study: DamStudy, language: Language) -> list[str]:
    """Bounds on criteria and dams fixed in advance, under which the front was sought."""
    told_limits = []
    bounds = study.run.parameter(FRONTIER, "bounds") or {}
    for name, ends_of in bounds.items():
        found = study.front.criterion(str(name))
        title = found.title[language] if found else str(name)
        pair = (
            ends_of
            if isinstance(ends_of, Mapping)
            else dict(zip(("low", "high"), ends_of, strict=True))
        )
        for key in ("low", "high"):
            if pair.get(key) is not None:
                unit = criterion_unit(found, language) if found else ""
                value = pair[key] if isinstance(pair[key], str) else plainly(pair[key], language)
                shown = value if isinstance(pair[key], str) else f"{value} {unit}".strip()
                told_limits.append(
                    word(f"dams.limit-{key}", language, criterion=title, value=shown)
                )
    fixed = study.run.parameter(FRONTIER, "fixed") or {}
    names = []
    for id, choice in fixed.items():
        dam = study.dam(str(id))
        name = dam_label(dam, language) if dam else str(id)
        key = "without" if choice is False else "with"
        names.append(word(f"dams.limit-{key}", language, name=name))
    if names:
        told_limits.append(word("dams.limit-fixed", language, names=", ".join(names)))
    return [word("dams.limits", language, names="; ".join(told_limits))] if told_limits else []


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
                *(told(s.values[criterion.name], language, digits) for s in states),
            )
        )
    return Table("dams-ends", word("dams.ends-caption", language), heads, rows)
