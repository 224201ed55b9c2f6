"""Names, units and numbers of the dam sections, as people write them."""

from typing import Any

import numpy as np

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams.model import CriterionView, DamView
from nonetloss.study.report.record import unit_label
from nonetloss.study.report.words import MISSING, has_word, word


def criterion_unit(criterion: CriterionView, language: Language) -> str:
    """The unit as people write it; "" for indices."""
    key = f"dams.unit-{criterion.unit}"
    return word(key, language) if has_word(key) else unit_label(criterion.unit, language)


def criterion_head(criterion: CriterionView, language: Language) -> str:
    """Title and unit, as axes and column heads show them."""
    unit = criterion_unit(criterion, language) or word("dams.unit-index", language)
    return f"{criterion.title[language]} ({unit})"


def dam_label(dam: DamView, language: Language) -> str:
    """The name of a dam; where it has only a number, "dam 414"."""
    name = dam.title[language]
    if name and name != dam.id:
        return name
    return word("dams.dam-number", language, id=dam.id) if dam.id.isdigit() else dam.id


def digits_of(values: np.ndarray) -> int:
    """Decimals that tell the values of a column apart without showing more than its size bears."""
    finite = values[np.isfinite(values)]
    size = float(np.abs(finite).max()) if finite.size else 0.0
    if size == 0 or not (finite != np.round(finite)).any():
        return 0
    return 0 if size >= 100_000 else (1 if size >= 10_000 else (2 if size >= 10 else 3))


def told(value: Any, language: Language, digits: int) -> str:
    """A number with a true minus sign; a dash where it is not known."""
    if value is None or not np.isfinite(float(value)):
        return MISSING
    return number(float(value), language, digits).replace("-", "−")


def change(now: float, then: float, language: Language) -> str:
    """`now` against `then` in percent with its sign; a dash where that means nothing."""
    if not np.isfinite(now + then) or then == 0:
        return MISSING
    share = 100 * (now - then) / abs(then)
    digits = 0 if abs(share) >= 100 else 1
    shown = number(abs(share), language, digits)
    sign = (
        ""
        if float(shown.replace("\u202f", "").replace(",", "")) == 0
        else ("+" if share > 0 else "−")
    )
    return f"{sign}{shown}\u00a0%"
