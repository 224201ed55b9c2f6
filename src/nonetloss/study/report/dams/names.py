"""Names, units and numbers of the dam sections, as people write them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams.model import CriterionView, DamStudy, DamView, FrontView
from nonetloss.study.report.record import unit_label
from nonetloss.study.report.table import Column
from nonetloss.study.report.words import MISSING, has_word, percent, word


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
    return 0 if size >= 1_000_000 else (2 if size >= 10 else 3)


def told(value: Any, language: Language, digits: int) -> str:
    """A number with a true minus sign; a dash where it is not known."""
    if value is None or not np.isfinite(float(value)):
        return MISSING
    return number(float(value), language, digits).replace("-", "−")


def change(now: float, then: float, language: Language, *, points: bool = False) -> str:
    """`now` against `then` in percent with its sign; a dash where that means nothing.

    Values that are percentages themselves (`points`) differ by percentage points.
    """
    if not np.isfinite(now + then) or (then == 0 and not points):
        return MISSING
    share = now - then if points else 100 * (now - then) / abs(then)
    digits = 0 if abs(share) >= 100 else 1
    shown = number(abs(share), language, digits)
    sign = (
        ""
        if float(shown.replace("\u202f", "").replace(",", "")) == 0
        else ("+" if share > 0 else "−")
    )
    if points:
        return word("dams.points", language, change=f"{sign}{shown}")
    return f"{sign}{shown}\u00a0%"


def plainly(value: Any, language: Language) -> str:
    """A number with the decimals that it has, six at most."""
    if value is None or not np.isfinite(float(value)):
        return MISSING
    shown = f"{float(value):.6f}".rstrip("0").rstrip(".")
    return told(value, language, len(shown.partition(".")[2]))


def dam_names(study: DamStudy, ids: str, language: Language) -> list[str]:
    """Names of the dams of a list such as "402, 482"; those without a name keep their number."""
    found = []
    for id in (part.strip() for part in ids.split(",")):
        dam = study.dam(id) if id else None
        if id:
            found.append(dam.name(language) if dam else id)
    return found


def option_name(study: DamStudy, id: str, choice: int, language: Language) -> str:
    """The name of an option of a site where a table of the run tells it, else its number."""
    for answer in study.taken("membership"):
        table = answer.table("options")
        if len(table):
            mine = table[(table["dam"].astype(str) == id) & (table["option"] == choice)]
            names = [str(n) for n in mine["option_name"] if n]
            if names:
                return names[0]
    return word("dams.option", language, k=choice)


def criterion_columns(front: FrontView, language: Language) -> tuple[Column, ...]:
    """One numeric column for each criterion, with its unit."""
    return tuple(Column(criterion_head(c, language), numeric=True) for c in front.criteria)


def criterion_values(
    front: FrontView, row: Mapping[Any, Any], language: Language
) -> tuple[str, ...]:
    """The values of a row, in the order of `criterion_columns`."""
    return tuple(
        told(row.get(c.name), language, digits_of(front.values[:, i]))
        for i, c in enumerate(front.criteria)
    )


def epsilon_text(share: float, language: Language) -> str:
    """What is proven of a front: 0 is "exact", anything else a percentage."""
    if share == 0:
        return word("dams.exact", language)
    digits = 1 if share < 0.1 else 0
    return f"ε\u00a0=\u00a0{percent(share, language, digits)}"
