"""The habitats and factors of the metric, as the data files beside this module hold them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nonetloss.core.package_data import read_yaml

CONDITIONS = ("Poor", "Fairly Poor", "Moderate", "Fairly Good", "Good")
UNASSESSED = "Condition Assessment N/A"
OTHER = "N/A - Other"
BANDS = ("V.High", "High", "Medium", "Low", "V.Low")
MODULES = ("area", "hedgerow", "watercourse")
LONG = 32
"""Years of "30+": the metric counts them with the factor of 32 years."""


@dataclass(frozen=True, slots=True)
class Habitat:
    """One habitat of one module.

    `create` gives the years to each condition that can be created, `lower` those when a habitat of
    lower distinctiveness is enhanced into this one, `steps` those from condition to condition and
    `raised` (hedgerows) those to the types into which this one can be raised. `LONG` stands for
    "30+". `conditions` are those that a surveyed parcel may have.
    """

    module: str
    name: str
    broad: str
    band: str
    distinctiveness: float
    create_difficulty: str
    enhance_difficulty: str
    conditions: tuple[str, ...]
    create: Mapping[str, int]
    lower: Mapping[str, int]
    steps: Mapping[tuple[str, str], int]
    raised: Mapping[str, int]
    only_from: tuple[str, ...]
    keeps_creation_difficulty: bool
    can_be_baseline: bool
    can_be_proposed: bool
    traded_as: str
    traded_group: str


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors of all modules by their names; `time` by years, 0 to 30, 31 and `LONG`."""

    condition: Mapping[str, float]
    strategic: Mapping[str, float]
    difficulty: Mapping[str, float]
    spatial_risk: Mapping[str, float]
    encroachment: Mapping[str, float]
    riparian: Mapping[str, float]
    time: tuple[float, ...]


@cache
def factors() -> Factors:
    """The factors of the metric."""
    data = _data("factors")
    water = _data("linear")["watercourse"]
    return Factors(
        condition=data["condition"],
        strategic=data["strategic"],
        difficulty=data["difficulty"],
        spatial_risk=data["spatial_risk"],
        encroachment=water["encroachment"],
        riparian=water["riparian"],
        time=tuple(float(m) for m in data["time"]),
    )


@cache
def habitats(module: str) -> dict[str, Habitat]:
    """All habitats of a module (area, hedgerow or watercourse), by name."""
    if module == "area":
        data = _data("area")
        scores = _data("factors")["distinctiveness"]
    else:
        data = _data("linear")[module]
        scores = data["distinctiveness"]
    return {name: _habitat(module, name, row, data, scores) for name, row in _rows(data)}


@cache
def short_names(module: str) -> dict[str, str]:
    """Whole names of area habitats by their names without the broad habitat (all are unique)."""
    if module != "area":
        return {}
    return {name.split(" - ", 1)[1]: name for name in habitats(module)}


def tree_areas_ha() -> dict[str, float]:
    """Area of one individual tree by its size class, in hectares."""
    return dict(_data("area")["tree_area_ha"])


def enhancement_years(start: Habitat, end: Habitat, start_condition: str, condition: str) -> int:
    """Years to enhance a parcel; `LONG` for "30+", -1 where the metric holds it impossible."""
    if end.distinctiveness > start.distinctiveness:
        if end.module == "area":
            return end.lower.get(condition, -1)
        if end.module == "hedgerow":
            return start.raised.get(end.name, -1)
        return int(_data("linear")["watercourse"]["raised_years"])
    if end.module == "watercourse" and start_condition == condition:
        return int(_data("linear")["watercourse"]["unchanged_years"])
    return end.steps.get((start_condition, condition), -1)


def _data(name: str) -> Any:
    return read_yaml(f"rulesets/england/{name}.yaml")


def _rows(data: Any) -> list[tuple[str, str]]:
    return [(str(name), str(row)) for name, row in data["habitats"].items()]


def _habitat(module: str, name: str, row: str, data: Any, scores: Mapping[str, float]) -> Habitat:
    head, *parts = (part.strip() for part in row.split("|"))
    band, difficulties = head.split()
    create = _by_condition(parts[0])
    if module == "area":
        lower = _by_condition(parts[1]) if len(parts) > 1 else {}
        steps = _steps(parts[2] if len(parts) > 2 else "-")
        conditions = tuple(create)
    else:
        lower = {}
        steps = _steps(parts[1] if len(parts) > 1 else "-")
        conditions = tuple(data.get("conditions", create))
    if name in data.get("unassessed_start", ()):
        steps |= {(UNASSESSED, end): y for (start, end), y in steps.items() if start == "Poor"}
    broad = name.split(" - ")[0] if module == "area" else ""
    return Habitat(
        module=module,
        name=name,
        broad=broad,
        band=band,
        distinctiveness=float(scores[band]),
        create_difficulty=difficulties[0],
        enhance_difficulty=difficulties[1],
        conditions=conditions,
        create=create,
        lower=lower,
        steps=steps,
        raised=data.get("raised", {}).get(name, {}),
        only_from=tuple(data.get("only_from", {}).get(name, ())),
        keeps_creation_difficulty=module != "area" or name in data["keeps_creation_difficulty"],
        can_be_baseline=name not in data.get("never_baseline", ()),
        can_be_proposed=name not in data.get("baseline_only", ()),
        traded_as=data.get("traded_as", {}).get(name, name),
        traded_group=data.get("traded_together", {}).get(broad, broad),
    )


def _years(text: str) -> int:
    return LONG if text == "30+" else int(text)


def _by_condition(text: str) -> dict[str, int]:
    """`5 10 20 25 30`, `n/a 1` or `other 0` as years by condition, without those not possible."""
    words = text.split()
    if words[0] == "n/a":
        return {UNASSESSED: _years(words[1])}
    if words[0] == "other":
        return {OTHER: _years(words[1])}
    return {c: _years(w) for c, w in zip(CONDITIONS, words, strict=False) if w != "-"}


def _steps(text: str) -> dict[tuple[str, str], int]:
    """`5 15 20 25, 10 15 20, 5 10, 5` as years by start and end condition."""
    found: dict[tuple[str, str], int] = {}
    if text == "-":
        return found
    for start, part in enumerate(text.split(",")):
        for step, word in enumerate(part.split(), start=1):
            if word != "-":
                found[CONDITIONS[start], CONDITIONS[start + step]] = _years(word)
    return found
