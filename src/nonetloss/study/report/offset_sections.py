"""Sections on compensation in full; each is None where the study did not take its step."""

from collections.abc import Callable, Sequence

from matplotlib.figure import Figure as Drawn

from nonetloss.core.language import Language
from nonetloss.study.report import (
    joint_words,
    legend,
    offset_charts,
    offset_rows,
    sensitivity_charts,
)
from nonetloss.study.report.figure import HALF, WIDE, picture
from nonetloss.study.report.legend import Item
from nonetloss.study.report.model import Run
from nonetloss.study.report.section import Figure, Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import percent, word


def _figure(
    key: str,
    language: Language,
    draw: Callable[[float], Drawn],
    *,
    items: Sequence[Sequence[Item]] = (),
    wide: float = WIDE,
    **facts: object,
) -> Figure:
    title = word(f"{key}-title", language)
    alt = word(f"{key}-alt", language, **facts)
    drawn = picture(f"{key}-{language}", draw, title=title, description=alt, wide=wide)
    return Figure(drawn, title, items)


def _present(*tables: Table | None) -> list[Table]:
    return [t for t in tables if t is not None]


def joint(run: Run, language: Language) -> Section | None:
    """Route and offset in one decision, beside one after the other."""
    table = offset_rows.comparison(run, language)
    if table is None:
        return None
    notes = joint_words.notes(run, language)
    drawn = _figure(
        "joint",
        language,
        lambda width: offset_charts.comparison(run, language, width),
        items=[legend.plans(language)],
    )
    lead = word("joint-lead", language)
    return Section("joint", word("joint", language), lead, (drawn,), (table,), notes)


def choice(run: Run, language: Language) -> Section | None:
    """Why these sites: replacement cost, other portfolios, what conflicts, how sure."""
    made = _present(
        offset_rows.conflict(run, language),
        offset_rows.traded(run, language),
        offset_rows.replacement(run, language),
        offset_rows.near_optimal(run, language),
        offset_rows.probabilities(run, language),
    )
    if not made:
        return None
    notes = []
    if len(run.offsetting.near_optimal) == 1:
        slack = run.parameter("offset.portfolio", "alternative_slack")
        if isinstance(slack, int | float) and slack > 0:
            notes.append(word("near-none", language, percent=percent(slack, language)))
    if run.portfolio and not len(run.offsetting.conflict):
        notes.append(word("conflict-none", language))
    lead = word("choice-lead", language)
    return Section("choice", word("choice", language), lead, (), made, notes)


def counterfactual(run: Run, language: Language) -> Section | None:
    """What each site adds to what would happen anyway, and what that hangs on."""
    table = offset_rows.gains(run, language)
    if table is None:
        return None
    drawn = []
    names = offset_charts.panels(run)
    # Two figures share the width of the page.
    many = len(offset_charts.assumptions(run)) > 1
    if names:
        drawn.append(
            _figure(
                "trajectories",
                language,
                lambda width: offset_charts.trajectories(run, language, width),
                items=[legend.trajectories(language)],
                wide=HALF if many else WIDE,
                count=len(names),
            )
        )
    notes = []
    if many:
        drawn.append(
            _figure(
                "sensitivity",
                language,
                lambda width: offset_charts.sensitivity(run, language, width),
                wide=HALF if names else WIDE,
            )
        )
        notes.append(word("sensitivity-note", language))
    else:
        notes.append(word("sensitivity-none", language))
    if not len(sensitivity_charts.changes(run)):
        notes.append(word("sensitivity-weights", language))
    lead = word("counterfactual-lead", language)
    title = word("counterfactual", language)
    return Section("counterfactual", title, lead, drawn, (table,), notes)


def sensitivity(run: Run, language: Language) -> Section | None:
    """What the same sites cover and what choosing anew costs, one assumption changed at a time."""
    table = offset_rows.plan_sensitivity(run, language)
    if table is None:
        return None
    drawn = _figure(
        "plan-sensitivity",
        language,
        lambda width: sensitivity_charts.plan_sensitivity(run, language, width),
        items=[legend.changes(language)],
    )
    notes = [word(f"plan-sensitivity-{n}", language) for n in ("note", "weights")]
    if not (sensitivity_charts.changes(run)["group"] == "weights").any():
        notes[-1] = word("sensitivity-weights", language)
    lead = word("plan-sensitivity-lead", language)
    title = word("plan-sensitivity", language)
    return Section("sensitivity", title, lead, (drawn,), (table,), notes)


def people(run: Run, language: Language) -> Section | None:
    """Who gains and who loses, service by service."""
    table = offset_rows.people(run, language)
    if table is None:
        return None
    drawn = []
    services = run.offsetting.services
    if ((services["loss"].abs() > 0) | (services["gain"].abs() > 0)).any():
        drawn.append(
            _figure(
                "people",
                language,
                lambda width: offset_charts.beneficiaries(run, language, width),
                items=[legend.flows(language)],
            )
        )
    notes = [offset_rows.losing(run, language), word("people-consent", language)]
    lead = word("people-lead", language)
    return Section("people", word("people", language), lead, drawn, (table,), notes)


def following(run: Run, language: Language) -> Section | None:
    """Planned against observed, early warning, corrections, what reopens; or the plan of it."""
    made = _present(
        offset_rows.outlook(run, language),
        offset_rows.reopening(run, language),
        offset_rows.corrective(run, language),
        offset_rows.progress(run, language),
        offset_rows.schedule(run, language),
    )
    if not made:
        return None
    drawn, notes = [], []
    if offset_charts.watched(run):
        drawn.append(
            _figure(
                "progress",
                language,
                lambda width: offset_charts.progress(run, language, width),
                items=[legend.progress(language)],
            )
        )
    else:
        notes.append(word("following-none", language))
    lead = word("following-lead", language)
    return Section("following", word("following", language), lead, drawn, made, notes)


def cumulative(run: Run, language: Language) -> Section | None:
    """Accounts of all projects of a basin."""
    table = offset_rows.standing(run, language)
    if table is None:
        return None
    names = offset_rows.account_names(run, language)
    drawn = _figure(
        "cumulative",
        language,
        lambda width: offset_charts.accounts(run, language, width, names),
        items=[legend.flows(language)],
    )
    made = _present(table, offset_rows.claims(run, language), offset_rows.accounts(run, language))
    notes = [word("claims-none", language)] if offset_rows.claims(run, language) is None else []
    lead = word("cumulative-lead", language)
    return Section("cumulative", word("cumulative", language), lead, (drawn,), made, notes)


def law(run: Run, language: Language) -> Section | None:
    """How the rule set counts compensation, and what of it nobody confirmed."""
    if not run.portfolio:
        return None
    table = offset_rows.law(run, language)
    if table is None:
        return None
    lead = word("law-lead", language, rules=run.rules_title[language] or run.rules)
    return Section("law", word("law", language), lead, (), (table,))
