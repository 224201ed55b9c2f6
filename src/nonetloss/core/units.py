"""Units at the door: text with a unit comes in, a plain float in a stated unit goes on."""

import re
from functools import cache
from typing import Any

from nonetloss.core.errors import UnitError

# Amounts that people write in studies and rule sets and that pint does not know by itself.
_DEFINITIONS = (
    "usd = [money] = USD",
    "pen = [money_pen] = PEN",
    "gbp = [money_gbp] = GBP",
    "quality_hectare = [nature] = qha",
    "person = [people] = persons = people",
    "tCO2e = [climate] = t_co2e",
    "gCO2e = 1e-6 tCO2e",
    # Carbon by the weight of the molecule, 44/12.
    "tC = 3.6666666666666665 tCO2e",
    "international_acre = 4046.8564224 * meter ** 2",
)
# The acre of today, not that of the survey foot, which was given up in 2023 (NIST).
# Units of time in Spanish, as the studies of Peru write them.
_TIMES = {"año": "year", "años": "year", "mes": "month", "meses": "month",
          "día": "day", "días": "day"}  # fmt: skip
_TIME = re.compile(rf"\b({'|'.join(_TIMES)})\b")
_ACRE = re.compile(r"\bacres?\b")
# Tables write areas and volumes without a sign of power. Read here, since a unit named m3 would
# take prefixes: a hm3 would be a hundred cubic meters. Mm3 stays unknown: some mean hm3 by it.
_POWERS = re.compile(r"\b([khcdm]?m)([23])\b")

# One plain number, then a unit. Anything else (`30,5 m`, `1 500 m`) would be read as another
# number by a parser that takes commas away and multiplies neighbors.
_PLAIN = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(?P<unit>[^\d.,].*)?", re.DOTALL)
_SECOND_NUMBER = re.compile(r"(?<![\w^*])\d(?!\s*/)|,|(?<=\d)\.")


@cache
def _registry() -> Any:
    import pint  # slow to import, and `--help` does not need it

    registry: Any = pint.UnitRegistry(cache_folder=None)
    for definition in _DEFINITIONS:
        registry.define(definition)
    registry.preprocessors.append(lambda text: _ACRE.sub("international_acre", text))
    registry.preprocessors.append(lambda text: _TIME.sub(lambda m: _TIMES[m[1]], text))
    registry.preprocessors.append(lambda text: _POWERS.sub(r"\1**\2", text))
    return registry


def quantity(value: object, unit: str, *, name: str) -> float:
    """A number in `unit` from what the user wrote.

    Parameters
    ----------
    value : str, int or float
        For example `"25 m"`, `"1.2 MUSD/km"`. A bare number is accepted only where `unit` is
        dimensionless (`""`): a length without its unit is refused.
    unit : str
        Unit wanted, as pint writes it; `""` for a pure number.
    name : str
        What the number is, for the message.

    Raises
    ------
    UnitError
        `units.missing`, `units.unknown`, `units.dimension`, `units.not-a-number` or
        `units.number-format`, for decimal commas and grouped thousands.
    """
    import math
    import tokenize

    from pint.errors import DimensionalityError, PintError

    registry = _registry()
    example = "0.25" if unit in ("", "1") else f"25 {unit}"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnitError.because("units.not-a-number", name, value=value, example=example)
    if not isinstance(value, str):
        parsed = registry.Quantity(float(value), "")
        if unit not in ("", "1"):
            raise UnitError.because("units.missing", name, value=value, unit=unit)
    else:
        plain = _PLAIN.fullmatch(value)
        if re.match(r"\s*[+-]?[\d.,]", value) and (
            plain is None or _SECOND_NUMBER.search(plain["unit"] or "")
        ):
            raise UnitError.because("units.number-format", name, value=value)
        try:
            parsed = registry.Quantity(value)
        except (PintError, AssertionError, ValueError, TypeError, SyntaxError) as cause:
            raise UnitError.because("units.unknown", name, value=value, example=example) from cause
        except tokenize.TokenError as cause:
            raise UnitError.because("units.unknown", name, value=value, example=example) from cause
    if parsed.dimensionless and unit not in ("", "1") and str(parsed.units) == "dimensionless":
        raise UnitError.because("units.missing", name, value=value, unit=unit)
    try:
        number = float(parsed.to(unit or "dimensionless").magnitude)
    except DimensionalityError as cause:
        raise UnitError.because("units.dimension", name, value=value, example=example) from cause
    if not math.isfinite(number):
        raise UnitError.because("units.not-a-number", name, value=value, example=example)
    return number


def range_text(low: float, high: float, unit: str) -> str:
    """A range as both languages write it: `0 … 1`, `≥ 0 m`."""
    from math import inf

    if high == inf:
        shown = f"≥ {low:.10g}"
    else:
        shown = f"≤ {high:.10g}" if low == -inf else f"{low:.10g} … {high:.10g}"
    return f"{shown} {unit}".strip()


def is_known(unit: str) -> bool:
    """Whether a unit text can be read."""
    import tokenize

    from pint.errors import PintError

    # What `quantity` may meet too: pint answers an unfinished unit ("t/") with an assertion.
    wrong = (PintError, AssertionError, ValueError, TypeError, AttributeError, SyntaxError)
    try:
        _registry().Unit(unit or "dimensionless")
    except (*wrong, tokenize.TokenError):
        return False
    return True
