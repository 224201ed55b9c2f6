"""Values read from the standards of a study: where each stands, and whether it is confirmed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders
from nonetloss.core.language import Text
from nonetloss.rules.model import RuleParameter, RulesInForce, Status

# Status of what the study itself says.
STUDY = "study"
_STUDY_TEXT = Text(es="Dato del estudio", en="Given by the study")


@dataclass(frozen=True, slots=True)
class Used:
    """A value that a number rests on. `source` is `ruleset:parameter`, or `study`."""

    parameter: str
    title: Text
    value: float
    source: str
    citation: Text
    status: str


def standard(standards: Mapping[str, RulesInForce], name: str) -> RulesInForce:
    """The rules of a standard of the study.

    Raises
    ------
    InputError
        `credits.standard-missing`, with those there are.
    """
    if name not in standards:
        raise InputError.because(
            "credits.standard-missing", name, known=offenders(sorted(standards)) or "–"
        )
    return standards[name]


def used(standards: Mapping[str, RulesInForce], name: str, id: str, *, unit: str) -> Used:
    """A number of a standard, with its source.

    Raises
    ------
    InputError
        `credits.standard-missing`.
    RulesError
        `rules.not-in-force`, `rules.parameter-unknown`.
    """
    rules = standard(standards, name)
    return _told(rules.parameter(id), rules.value(id, unit=unit), name)


def told(parameter: RuleParameter, ruleset: str) -> Used:
    """A parameter that is no number (a table, a statement): its value is NaN."""
    return _told(parameter, float("nan"), ruleset)


def of_study(parameter: str, title: Text, value: float, source: Text | str = "") -> Used:
    """What the study says itself."""
    citation = Text.of(source) if source else _STUDY_TEXT
    return Used(parameter, title, value, STUDY, citation, STUDY)


def table_of(items: Iterable[Used], **columns: Any) -> pd.DataFrame:
    """Rows of the columns given, then parameter, title, value, source and status."""
    return pd.DataFrame([columns | row(item) | titles(item) for item in items])


def row(item: Used) -> dict[str, Any]:
    """The columns parameter, value, source, source_es, source_en, status."""
    return {
        "parameter": item.parameter,
        "value": item.value,
        "source": item.source,
        "source_es": item.citation.es,
        "source_en": item.citation.en,
        "status": item.status,
    }


def titles(item: Used) -> dict[str, str]:
    """The columns title_es and title_en."""
    return {"title_es": item.title.es, "title_en": item.title.en}


def worst_status(statuses: Iterable[str]) -> str:
    """Status of what rests on several: unverified if one is, else confirmed if one is."""
    there = set(statuses)
    known = (str(Status.UNVERIFIED), str(Status.CONFIRMED), STUDY)
    return next((s for s in known if s in there), "")


def unverified(items: Iterable[Used], *, subject: str) -> tuple[Finding, ...]:
    """One notice that names what nobody confirmed; none if all is."""
    names = dict.fromkeys(i.source for i in items if i.status == Status.UNVERIFIED)
    if not names:
        return ()
    return (
        notice("credits.unverified", subject, count=len(names), parameters=offenders(names, 60)),
    )


def _told(parameter: RuleParameter, value: float, ruleset: str) -> Used:
    return Used(
        parameter.id,
        parameter.title,
        value,
        f"{ruleset}:{parameter.id}",
        parameter.citation,
        str(parameter.status),
    )
