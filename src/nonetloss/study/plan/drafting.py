"""The whole plan: front matter, the contents that the rule set asks for in its order, the rest."""

import datetime
from collections.abc import Callable, Mapping

from nonetloss.core.language import Language, Text
from nonetloss.study.plan import closing, follow_up, frame, losses, sites
from nonetloss.study.plan.paper import (
    Paper,
    heading,
    new_paper,
    page_break,
    prose,
    to_bytes,
    to_complete,
)
from nonetloss.study.plan.words import word
from nonetloss.study.report.model import ParameterView, Run
from nonetloss.study.report.words import texts
from nonetloss.study.report.words import word as told

CONTENTS = "plan.contents"
_PARTS: Mapping[str, Callable[[Paper, Run], None]] = {
    "residual-impacts": losses.residual_impacts,
    "value-lost": losses.value_lost,
    "target": losses.target,
    "candidate-areas": sites.candidate_areas,
    "measures": sites.measures,
    "expected-gain": sites.expected_gain,
    "monitoring": follow_up.monitoring,
    "schedule": follow_up.schedule,
    "budget": follow_up.budget,
    "finance": follow_up.finance,
    "agreements": follow_up.agreements,
}
# People come right after what is gained, wherever the rules put that.
_BEFORE_PEOPLE = "expected-gain"


def wanted(run: Run) -> bool:
    """Whether a run chose offsets, or tried to."""
    return bool(run.portfolio) and bool(run.parcels)


def draft(run: Run, language: Language) -> bytes:
    """The plan of a run in one language."""
    title = word("title", language)
    paper = new_paper(
        language,
        title=title,
        subject=run.title[language],
        date=datetime.date.fromisoformat(run.decision_date),
    )
    frame.cover(paper, run)
    page_break(paper)
    for part in (frame.summary, frame.project, frame.law, frame.hierarchy):
        part(paper, run)
    _contents(paper, run)
    for part in (sites.risks, closing.sources, closing.reproduction):
        part(paper, run)
    page_break(paper)
    closing.open_points(paper, run)
    return to_bytes(paper)


def _contents(paper: Paper, run: Run) -> None:
    """The parts that the rules list, in their order; without a list, those known here."""
    language = paper.language
    rule = next((p for p in run.parameters if p.id == CONTENTS and not p.step), None)
    if rule is None:
        first = True
        for name, part in _PARTS.items():
            heading(paper, word(f"part-{name}", language))
            if first:
                to_complete(paper, word("open-contents", language))
                first = False
            _part(paper, run, name, part)
        return
    for entry in rule.value:
        title = Text.of(entry["title"])[language]
        heading(paper, title)
        prose(paper, _asked(rule, entry, language), gray=True)
        known = _PARTS.get(str(entry["id"]))
        if known is None:
            follow_up.other(paper, title)
        else:
            _part(paper, run, str(entry["id"]), known)
    if _BEFORE_PEOPLE not in {str(e["id"]) for e in rule.value}:
        sites.people(paper, run)


def _part(paper: Paper, run: Run, name: str, part: Callable[[Paper, Run], None]) -> None:
    part(paper, run)
    if name == _BEFORE_PEOPLE:
        sites.people(paper, run)


def _asked(rule: ParameterView, entry: Mapping[str, object], language: Language) -> str:
    """What the rule set says of a content, with its instrument and status."""
    said = texts(entry.get("text"))[language]
    status = told(f"status-{entry.get('status') or rule.status}", language)
    ground = rule.instrument[language]
    return f"{said} [{ground}; {status}]".strip()
