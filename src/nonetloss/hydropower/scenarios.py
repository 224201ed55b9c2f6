"""Scenarios: the same river network with other numbers.

A scenario multiplies attributes of dams (of all, or dam by dam) or of components by factors. What
is a share (trapped sediment, passability) stays between 0 and 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.hydropower.criterion import SHARES
from nonetloss.landscape.river import Component, Dam, DamOption, RiverNetwork
from nonetloss.numerics.stats import pert

LIKELY = "likely"
PASSAGE = "passage"


@dataclass(frozen=True, slots=True)
class Factor:
    """What one scenario multiplies: `dam` "" means all dams, or all components."""

    scenario: str
    attribute: str
    dam: str
    factor: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """One state of the world."""

    name: str
    network: RiverNetwork
    factors: tuple[Factor, ...] = ()


def scenarios_of(
    network: RiverNetwork,
    scenarios: Mapping[str, Any] | None = None,
    *,
    uncertain: Mapping[str, Any] | None = None,
    samples: int = 0,
    rng: np.random.Generator | None = None,
) -> tuple[Scenario, ...]:
    """The network as it is (`likely`), then every scenario asked for.

    Parameters
    ----------
    network : RiverNetwork
    scenarios : mapping of name to factors, optional
        `{attribute: factor}` or `{attribute: {dam: factor}}`; or a whole other RiverNetwork of the
        same dams.
    uncertain : mapping of attribute to [low, likely, high], optional
        Factors. Without samples, each attribute goes to its low and to its high end while the
        others stay likely. With samples, every dam draws its own factors from PERT distributions;
        components share one.
    samples : int
    rng : numpy Generator
        Needed with `samples`.

    Raises
    ------
    InputError
        All of `selection.scenario-form`, `selection.scenario-attribute`,
        `selection.scenario-dam` (both with the nearest), `selection.scenario-factor`,
        `selection.scenario-spread`, `selection.scenario-name`, `selection.scenario-dams` that
        hold; `selection.scenarios-none` if there is none; `selection.samples`.
    """
    found: list[Finding] = []
    spreads = _spreads(network, uncertain, found)
    if samples < 0 or (samples and (rng is None or not spreads)):
        found.append(error("selection.samples", "samples", value=samples))
    common = tuple(Factor(LIKELY, name, "", spread[1]) for name, spread in spreads.items())
    asked: list[tuple[str, tuple[Factor, ...] | RiverNetwork]] = [(LIKELY, common)]
    for name, given in (scenarios or {}).items():
        asked.append((str(name), _read(network, str(name), given, common, found)))
    if samples and rng is not None and not found:
        asked += [_drawn(network, spreads, i, rng) for i in range(samples)]
    elif not samples:
        asked += _ends(spreads, common)
    names = [name for name, _ in asked]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        found.append(error("selection.scenario-name", offenders(twice), known=LIKELY))
    if not found and len(asked) == 1:
        found.append(error("selection.scenarios-none", "scenarios"))
    if found:
        raise InputError(*found)
    return tuple(
        Scenario(name, given)
        if isinstance(given, RiverNetwork)
        else Scenario(name, multiplied(network, given), given)
        for name, given in asked
    )


def multiplied(network: RiverNetwork, factors: Sequence[Factor]) -> RiverNetwork:
    """The network with its attributes multiplied; factors of the same thing multiply."""
    by_dam: dict[tuple[str, str], float] = {}
    for f in factors:
        by_dam[f.attribute, f.dam] = by_dam.get((f.attribute, f.dam), 1.0) * f.factor

    def times(name: str, dam: str) -> float:
        return by_dam.get((name, ""), 1.0) * (by_dam.get((name, dam), 1.0) if dam else 1.0)

    def option(dam: Dam, o: DamOption) -> DamOption:
        id = str(dam.id)
        values = {
            n: min(v * times(n, id), 1.0) if n in SHARES else v * times(n, id)
            for n, v in o.values.items()
        }
        passage = times(PASSAGE, id)
        return replace(
            o,
            values=values,
            passage_up=min(o.passage_up * passage, 1.0),
            passage_down=min(o.passage_down * passage, 1.0),
        )

    dams = tuple(
        replace(dam, options=tuple(option(dam, o) for o in dam.options)) for dam in network.dams
    )
    components = tuple(
        Component(c.id, {n: v * times(n, "") for n, v in c.values.items()})
        for c in network.components
    )
    return replace(network, dams=dams, components=components)


def _attributes(network: RiverNetwork) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*network.dam_attributes, *network.component_attributes, PASSAGE)))


def _known(network: RiverNetwork, name: str, subject: str, found: list[Finding]) -> bool:
    known = _attributes(network)
    if name not in known:
        near, listed = nearest(name, known), offenders(known, 20)
        found.append(
            error(
                "selection.scenario-attribute", subject, attribute=name, nearest=near, known=listed
            )
        )
    return name in known


def _spreads(
    network: RiverNetwork, uncertain: Mapping[str, Any] | None, found: list[Finding]
) -> dict[str, tuple[float, float, float]]:
    read: dict[str, tuple[float, float, float]] = {}
    for name, spread in (uncertain or {}).items():
        name = str(name)
        if not _known(network, name, "uncertain", found):
            continue
        three = isinstance(spread, list | tuple) and len(spread) == 3
        numbers = [float(v) for v in spread if _is_factor(v)] if three else []
        if len(numbers) != 3 or numbers != sorted(numbers):
            found.append(error("selection.scenario-spread", name, value=spread))
        else:
            read[name] = (numbers[0], numbers[1], numbers[2])
    return read


def _read(
    network: RiverNetwork,
    name: str,
    given: Any,
    common: tuple[Factor, ...],
    found: list[Finding],
) -> tuple[Factor, ...] | RiverNetwork:
    if isinstance(given, RiverNetwork):
        if given.dam_ids != network.dam_ids:
            found.append(error("selection.scenario-dams", name))
        return given
    if not isinstance(given, Mapping) or not given:
        found.append(error("selection.scenario-form", name))
        return ()
    dams = [str(id) for id in network.dam_ids]
    factors = list(common)
    for attribute, value in given.items():
        attribute = str(attribute)
        if not _known(network, attribute, name, found):
            continue
        of_dams = attribute in network.dam_attributes or attribute == PASSAGE
        pairs = value.items() if isinstance(value, Mapping) and of_dams else [("", value)]
        for dam, factor in pairs:
            dam = str(dam)
            if dam and dam not in dams:
                near = nearest(dam, dams)
                found.append(error("selection.scenario-dam", name, dam=dam, nearest=near))
            elif not _is_factor(factor):
                found.append(
                    error("selection.scenario-factor", name, attribute=attribute, value=factor)
                )
            else:
                factors.append(Factor(name, attribute, dam, float(factor)))
    return tuple(factors)


def _is_factor(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isfinite(value) and value >= 0


def _ends(
    spreads: Mapping[str, tuple[float, float, float]], common: tuple[Factor, ...]
) -> list[tuple[str, tuple[Factor, ...] | RiverNetwork]]:
    made: list[tuple[str, tuple[Factor, ...] | RiverNetwork]] = []
    for name, (low, likely, high) in spreads.items():
        for end, factor in (("low", low), ("high", high)):
            if factor == likely:
                continue
            scenario = f"{name}-{end}"
            others = [replace(f, scenario=scenario) for f in common if f.attribute != name]
            made.append((scenario, (*others, Factor(scenario, name, "", factor))))
    return made


def _drawn(
    network: RiverNetwork,
    spreads: Mapping[str, tuple[float, float, float]],
    number: int,
    rng: np.random.Generator,
) -> tuple[str, tuple[Factor, ...]]:
    scenario = f"draw-{number + 1}"
    factors: list[Factor] = []
    for name, (low, likely, high) in spreads.items():
        of_dams = name in network.dam_attributes or name == PASSAGE
        ids = [str(id) for id in network.dam_ids] if of_dams else [""]
        drawn = pert(low, likely, high, size=len(ids), rng=rng)
        factors += [Factor(scenario, name, i, float(f)) for i, f in zip(ids, drawn, strict=True)]
    return scenario, tuple(factors)
