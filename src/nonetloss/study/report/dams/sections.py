"""The sections of a dam study, in order."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams import figures, legends
from nonetloss.study.report.dams.embedding import MOST, Mark, Stop, embed
from nonetloss.study.report.dams.model import DamStudy
from nonetloss.study.report.dams.names import criterion_head, digits_of, told
from nonetloss.study.report.figure import picture
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
    makers = (front,)
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
    """Portfolios of the front that have a name."""
    return []


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
        embed(study, language, marks=marks, stops=stops_of(study, language), words=words),
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
        (note,),
        explorer=explorer,
    )


def ends(study: DamStudy, language: Language) -> Table:
    """Worst and best of the front by criterion, beside today, the full build-out and the plans."""
    found = study.front
    states = [s for s in study.states]
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
