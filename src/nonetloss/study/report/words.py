"""Words, numbers and units of the report, in its two languages."""

import math
from collections.abc import Mapping
from typing import Any

from nonetloss.core import nomenclature
from nonetloss.core.language import Language, Text, catalog, number, text
from nonetloss.study.report.model import Run

MISSING = "–"


def word(key: str, language: Language, /, **data: Any) -> str:
    """A text of `locale/report.yaml`."""
    return text(f"report.{key}", language, **data)


def has_word(key: str) -> bool:
    """Whether there is such a text: codes of other parts may be newer than this report."""
    return f"report.{key}" in catalog()


def voiced(run: Run, key: str) -> str:
    """The key of a text that speaks of reservoirs where the study is of dams, if there is one."""
    own = f"dams.{key}"
    return own if run.of_dams and has_word(own) else key


def term(name: str, language: Language, *, million: bool = False) -> str:
    """Label and unit of a quantity, as column heads and axes show it."""
    if not million:
        return nomenclature.label(name, language)
    label = nomenclature.terms()[name].label[language]
    return f"{label} ({nomenclature.UNIT_LABELS['Musd'][language]})"


def digits_for(value: float) -> int:
    """Decimals that keep about three significant digits."""
    size = abs(value)
    if not math.isfinite(size) or size == 0 or size >= 100:
        return 0
    return 1 if size >= 10 else (2 if size >= 0.1 else 3)


def amount(value: Any, language: Language, digits: int | None = None) -> str:
    """A number for a table; a dash stands for "unknown", never for zero."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    shown = float(value)
    if not math.isfinite(shown):
        return MISSING
    text = number(shown, language, digits_for(shown) if digits is None else digits)
    return text.replace("-", "−")


def million(value: Any, language: Language) -> str:
    """USD as million USD, without the unit."""
    return amount(None if value is None else float(value) / 1e6, language)


def percent(share: Any, language: Language, digits: int = 0) -> str:
    """A share in [0, 1] as percent, with the sign."""
    if share is None or not math.isfinite(float(share)):
        return MISSING
    return f"{number(100 * float(share), language, digits)}\u00a0%".replace("-", "−")


def texts(value: Any) -> Text:
    """A Text from what `run.json` holds: `{es, en}`, plain text, or nothing."""
    if value is None:
        return Text.of("")
    if isinstance(value, Mapping) and {"es", "en"} <= set(value):
        return Text(es=str(value["es"]), en=str(value["en"]))
    return value if isinstance(value, Text) else Text.of(str(value))


def exclusion_name(run: Run, name: str, language: Language) -> str:
    """Title of an excluded layer; `*` stands for all of them but the hidden ones."""
    if name == "*":
        return word("price-all-shown" if run.hidden else "price-all", language)
    return run.layer_titles.get(name, Text.of(name))[language]


def listed(items: list[str], language: Language) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    last = items[-1]
    joint = "y" if language == "es" else "and"
    if (language == "es" and last[:1].lower() == "i") or (
        language == "es" and last.lower()[:2] == "hi"
    ):
        joint = "e"
    return f"{', '.join(items[:-1])} {joint} {last}"
