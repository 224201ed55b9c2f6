"""The sections of a forest study, in order."""

from collections.abc import Callable

from nonetloss.core.language import Language
from nonetloss.study.report.forest import (
    assessment,
    baseline,
    change,
    concession,
    credits,
    patrols,
    permanence,
    registry,
    risk,
    stock,
)
from nonetloss.study.report.forest.model import ForestStudy
from nonetloss.study.report.section import Section

PARTS: tuple[Callable[[ForestStudy, Language], list[Section]], ...] = (
    stock.stock,
    stock.allometry,
    change.accuracy,
    change.change,
    risk.models,
    assessment.assessment,
    risk.roads,
    baseline.baseline,
    credits.credits,
    permanence.permanence,
    permanence.scorecard,
    concession.concession,
    registry.registry,
    patrols.patrols,
)


def sections(study: ForestStudy, language: Language) -> list[Section]:
    """All of them; those that the study did not compute are left out."""
    return [section for make in PARTS for section in make(study, language)]
