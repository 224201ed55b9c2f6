"""Numbers of river networks: how they are written, and in which range they make sense."""

import math
import re
from collections.abc import Iterable, Mapping

from nonetloss.core.findings import Finding, error, offenders
from nonetloss.core.units import range_text
from nonetloss.landscape.river import Attribute, Component, Dam

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

# What a name that all networks share can be. Attributes of components are lengths, loads or
# areas: never negative.
RANGES: Mapping[str, tuple[float, float]] = {
    "sed_trap": (0.0, 1.0),
    "energy": (0.0, math.inf),
    "length_km": (0.0, math.inf),
}


def plain_number(text: str) -> float | None:
    """The float that a text says; None if it is not one plain, finite number.

    `1379.0` is one; `1,379.0`, `1.379,00`, `1_379`, `nan` and `inf` are not: no reader of this
    package guesses which sign groups thousands.
    """
    if not _PLAIN.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def value_findings(
    components: Iterable[Component],
    dams: Iterable[Dam],
    *,
    name: str,
    dam_attributes: Mapping[str, Attribute],
    component_attributes: Mapping[str, Attribute],
    ranges: Mapping[str, tuple[float, float]],
) -> list[Finding]:
    """What is wrong with the numbers of a network, by attribute.

    Codes `river.out-of-range` (passabilities and `sed_trap` in 0 … 1, attributes of components
    not negative, and what `ranges` says), `river.infinite` and `river.unit-missing`. NaN means
    unknown and passes.
    """
    dams = list(dams)
    of_dams = [
        (attribute, _label(dam, option.name), value)
        for dam in dams
        for option in dam.options
        for attribute, value in option.values.items()
    ]
    of_components = [
        (attribute, str(component.id), value)
        for component in components
        for attribute, value in component.values.items()
    ]
    passages = [
        (column, _label(dam, option.name), value)
        for dam in dams
        for option in dam.options
        for column, value in (
            ("passage_up", option.passage_up),
            ("passage_down", option.passage_down),
        )
    ]
    known = {**RANGES, **ranges}
    not_negative = {a: (0.0, math.inf) for a, _, _ in of_components}
    found = _outside(of_dams, known, name=name)
    found += _outside(of_components, {**not_negative, **known}, name=name)
    found += _outside(
        passages, dict.fromkeys(("passage_up", "passage_down"), (0.0, 1.0)), name=name
    )
    for values, declared in ((of_dams, dam_attributes), (of_components, component_attributes)):
        missing = dict.fromkeys(a for a, _, _ in values if a not in declared)
        if missing:
            found.append(error("river.unit-missing", name, offenders=offenders(missing)))
    return found


def _outside(
    values: list[tuple[str, str, float]],
    ranges: Mapping[str, tuple[float, float]],
    *,
    name: str,
) -> list[Finding]:
    """Findings about (attribute, whose, value), one by attribute and kind of fault."""
    found: list[Finding] = []
    for attribute in dict.fromkeys(a for a, _, _ in values):
        own = [(whose, value) for a, whose, value in values if a == attribute]
        infinite = [whose for whose, value in own if math.isinf(value)]
        if infinite:
            found.append(
                error("river.infinite", name, attribute=attribute, offenders=offenders(infinite))
            )
        low, high = ranges.get(attribute, (-math.inf, math.inf))
        outside = [
            f"{whose}: {value:.10g}"
            for whose, value in own
            if math.isfinite(value) and not low <= value <= high
        ]
        if outside:
            found.append(
                error(
                    "river.out-of-range",
                    name,
                    attribute=attribute,
                    range=range_text(low, high, ""),
                    offenders=offenders(outside),
                )
            )
    return found


def _label(dam: Dam, option: str) -> str:
    return f"{dam.id} ({option})" if option else str(dam.id)
