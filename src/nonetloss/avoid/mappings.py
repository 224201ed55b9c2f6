"""What the parameters that map names to numbers say, read and checked before anything is computed.

Each reader takes the mapping as a study writes it and the names that exist, and gives plain
numbers. The method calls it when it runs; the check of a study calls it before (`Parameter.reader`
of the declaration names it), so that both refuse the same things.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.findings import offenders
from nonetloss.core.language import as_written
from nonetloss.core.units import quantity

COST, NATURE, PEOPLE = "cost", "nature", "people"
# Unit in which the weight of a layer is given, by criterion.
CRITERIA = {COST: "usd/m", NATURE: "quality_hectare/m", PEOPLE: ""}

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class LayerWeight:
    """Weight per meter of route within a distance of a layer; its unit is `CRITERIA`'s."""

    criterion: str
    weight: float
    within_m: float


def ecosystem_multipliers(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str]
) -> dict[str, float]:
    """Multiplier of construction cost by ecosystem.

    Raises
    ------
    InputError
        `surface.ecosystem` (no such class), `surface.factor` (not positive).
    """
    known = tuple(ecosystems)

    def read(name: str, value: Any, where: str) -> float:
        _known(name, known, where, code="surface.ecosystem")
        number = quantity(value, "", name=where)
        if number <= 0:
            raise InputError.because("surface.factor", where, key=COST, factor=value)
        return number

    return _each("ecosystem_multipliers", given, read)


def river_widths(
    given: Mapping[str, Any], *, layers: Iterable[str], ecosystems: Iterable[str] = ()
) -> dict[str, float]:
    """Width in meters of the lines of each layer of rivers.

    Raises
    ------
    InputError
        `surface.layer`, `surface.distance` (negative).
    UnitError
        For a width without unit.
    """
    known = tuple(layers)

    def read(name: str, value: Any, where: str) -> float:
        _known(name, known, where, code="surface.layer")
        return _distance(value, where)

    return _each("rivers", given, read)


def road_factors(
    given: Mapping[str, Any], *, layers: Iterable[str], ecosystems: Iterable[str] = ()
) -> dict[str, dict[str, float]]:
    """Factors along existing roads by layer and criterion; a bare number is the one on cost.

    Raises
    ------
    InputError
        `surface.layer`, `surface.factor` (outside (0, 1] for cost, [0, 1] for nature).
    """
    known = tuple(layers)

    def read(name: str, value: Any, where: str) -> dict[str, float]:
        _known(name, known, where, code="surface.layer")
        factors = {}
        for key, written in (value if isinstance(value, Mapping) else {COST: value}).items():
            factor = quantity(written, "", name=f"{where}.{key}")
            if key not in (COST, NATURE) or not 0 <= factor <= 1 or (key == COST and factor == 0):
                raise InputError.because("surface.factor", where, key=key, factor=written)
            factors[key] = factor
        return factors

    return _each("existing_roads", given, read)


def layer_weights(
    given: Mapping[str, Any], *, layers: Iterable[str], ecosystems: Iterable[str] = ()
) -> dict[str, LayerWeight]:
    """Weight of each layer from `{criterion: nature | people | cost, weight, within}`.

    Raises
    ------
    InputError
        `surface.layer`, `surface.weight`.
    UnitError
        For a weight or distance without its unit.
    """
    known = tuple(layers)

    def read(name: str, value: Any, where: str) -> LayerWeight:
        _known(name, known, where, code="surface.layer")
        wanted = value if isinstance(value, Mapping) else {}
        strange = set(wanted) - {"criterion", "weight", "within"}
        criterion = str(wanted.get("criterion"))
        if criterion not in CRITERIA or "weight" not in wanted or strange:
            raise InputError.because("surface.weight", where, found=as_written(value))
        weight = quantity(wanted["weight"], CRITERIA[criterion], name=f"{where}.weight")
        within = quantity(wanted.get("within", "0 m"), "m", name=f"{where}.within")
        if weight < 0 or within < 0:
            raise InputError.because("surface.weight", where, found=as_written(value))
        return LayerWeight(criterion, weight, within)

    return _each("weighted_layers", given, read)


def access_factors(
    given: Mapping[str, Any], *, layers: Iterable[str], ecosystems: Iterable[str] = ()
) -> dict[str, float]:
    """Factor on the induced intensity inside each layer, in [0, 1].

    Raises
    ------
    InputError
        `induced.layer` (no such layer), `induced.factor` (outside [0, 1]).
    """
    known = tuple(layers)

    def read(name: str, value: Any, where: str) -> float:
        _known(name, known, where, code="induced.layer")
        factor = quantity(value, "", name=where)
        if not 0 <= factor <= 1:
            raise InputError.because("induced.factor", where, factor=value)
        return factor

    return _each("layer_factors", given, read)


def access_distances(
    given: Mapping[str, Any], *, layers: Iterable[str], ecosystems: Iterable[str] = ()
) -> dict[str, float]:
    """Distance in meters up to which each layer already gives access.

    Raises
    ------
    InputError
        `induced.layer`, `surface.distance` (negative).
    UnitError
        For a distance without unit.
    """
    known = tuple(layers)

    def read(name: str, value: Any, where: str) -> float:
        _known(name, known, where, code="induced.layer")
        return _distance(value, where)

    return _each("existing_access", given, read)


def _each(
    parameter: str, given: Mapping[str, Any], read: Callable[[str, Any, str], Read]
) -> dict[str, Read]:
    """Every entry read; what is wrong with all of them is raised together."""
    made: dict[str, Read] = {}
    problems: list[NonetlossError] = []
    for name, value in given.items():
        try:
            made[name] = read(name, value, f"{parameter}.{name}")
        except NonetlossError as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise InputError(*(found for problem in problems for found in problem.findings))
    return made


def _known(name: str, known: Iterable[str], where: str, *, code: str) -> None:
    if name not in known:
        raise InputError.because(code, where, known=offenders(sorted(known), 20) or "–")


def _distance(value: Any, where: str) -> float:
    number = quantity(value, "m", name=where)
    if number < 0:
        raise InputError.because("surface.distance", where, found=value)
    return number
