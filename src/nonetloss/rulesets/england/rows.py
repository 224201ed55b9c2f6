"""Read and check a table of parcels: everything wrong with it is told at once."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.rulesets.england.tables import (
    MODULES,
    Habitat,
    enhancement_years,
    factors,
    habitats,
    short_names,
)

STAGES = ("baseline", "retained", "created", "enhanced")
LOCATIONS = ("on-site", "off-site")
REQUIRED = ("module", "stage", "habitat", "condition", "size", "strategic")


@dataclass(frozen=True, slots=True)
class Row:
    """One parcel, checked. `size` is in hectares (area) or kilometers; `label` names it.

    `start` and what begins with `from_` is the surveyed parcel of an enhancement (None: no
    enhancement). `advance` and `delay` are whole years; more than 30 stand for "30+".
    """

    label: str
    module: str
    stage: str
    habitat: Habitat
    condition: str
    size: float
    strategic: str
    start: Habitat | None
    from_condition: str
    from_size: float
    from_strategic: str
    advance: int
    delay: int
    location: str
    spatial_risk: str
    encroachment: str
    riparian: str
    from_encroachment: str
    from_riparian: str
    irreplaceable: bool


def read_rows(table: pd.DataFrame) -> list[Row]:
    """The parcels of a table (columns: see `metric.units`), in its order.

    Raises
    ------
    RulesError
        With everything that is wrong: `england.columns-missing`, or per row
        `england.choice-unknown`, `england.habitat-unknown`, `england.habitat-stage`,
        `england.condition-impossible`, `england.size`, `england.size-grows`, `england.years`,
        `england.advance-and-delay`, `england.years-elsewhere`, `england.spatial-risk`,
        `england.not-a-watercourse`, `england.culvert`, `england.start-missing`,
        `england.start-elsewhere`, `england.trading-down`, `england.no-improvement`,
        `england.enhancement-impossible`.
    """
    missing = [column for column in REQUIRED if column not in table.columns]
    if missing:
        raise RulesError.because(
            "england.columns-missing",
            "table",
            missing=offenders(missing),
            all=offenders(REQUIRED, 9),
        )
    found: list[Finding] = []
    rows = []
    records = table.to_dict("records")
    for label, record in zip(table.index, records, strict=True):
        reader = _RowReader(str(label), record)
        row = reader.read()
        found += reader.found
        if row is not None:
            rows.append(row)
    if found:
        raise RulesError(*found)
    return rows


class _RowReader:
    """Collects what is wrong with one row."""

    def __init__(self, label: str, record: dict[Any, Any]) -> None:
        self.label = label
        self.record = record
        self.found: list[Finding] = []

    def bad(self, code: str, **data: Any) -> None:
        self.found.append(error(code, self.label, **data))

    def text(self, column: str) -> str:
        value = self.record.get(column)
        return "" if value is None or value is pd.NA or value != value else str(value).strip()

    def choice(self, column: str, allowed: Collection[str], default: str = "") -> str:
        value = self.text(column) or default
        if value in allowed:
            return value
        self.bad(
            "england.choice-unknown", column=column, value=value, allowed=offenders(allowed, 20)
        )
        return ""

    def number(self, column: str, default: float = math.nan) -> float:
        value = self.record.get(column)
        if value is None or value is pd.NA or value != value:
            value = default
        try:
            return float(value)
        except (TypeError, ValueError):
            return math.nan

    def amount(self, column: str, default: float = math.nan) -> float:
        value = self.number(column, default)
        if not (math.isfinite(value) and value >= 0):
            self.bad("england.size", column=column, value=str(self.record.get(column)))
        return value

    def years(self, column: str) -> int:
        value = self.number(column, 0.0)
        if not (math.isfinite(value) and value >= 0 and value == int(value)):
            self.bad("england.years", column=column, value=str(self.record.get(column)))
            return 0
        return int(value)

    def truth(self, column: str) -> bool:
        value = self.text(column).casefold()
        if value in ("yes", "true", "1", "1.0"):
            return True
        if value not in ("", "no", "false", "0", "0.0"):
            self.bad("england.choice-unknown", column=column, value=value, allowed="yes, no")
        return False

    def habitat(self, column: str, module: str) -> Habitat | None:
        known = habitats(module)
        name = self.text(column)
        name = short_names(module).get(name, name)
        if name in known:
            return known[name]
        self.bad(
            "england.habitat-unknown",
            habitat=name,
            module=module,
            nearest=nearest_habitat(name, known),
        )
        return None

    def condition(self, column: str, habitat: Habitat, possible: Collection[str]) -> str:
        value = self.text(column)
        if value not in possible:
            self.bad(
                "england.condition-impossible",
                condition=value,
                habitat=habitat.name,
                possible=offenders(possible, 9) or "–",
            )
        return value

    def read(self) -> Row | None:
        module = self.choice("module", MODULES)
        stage = self.choice("stage", STAGES)
        size = self.amount("size")
        strategic = self.choice("strategic", factors().strategic)
        advance, delay = self.timing(stage)
        location, risk = self.place()
        if not module or not stage:
            return None
        habitat = self.habitat("habitat", module)
        if habitat is None:
            return None
        self.check_stage(habitat, stage)
        possible = habitat.create if stage == "created" else habitat.conditions
        condition = self.condition("condition", habitat, possible)
        encroachment, riparian = self.banks(habitat, "")
        start, from_condition = self.start(stage, module)
        from_banks = ("none", "none/none") if start is None else self.banks(start, "from_")
        if start is not None and not self.found:
            lifted = _share(encroachment, riparian) > _share(*from_banks)
            self.enhancement(start, from_condition, habitat, condition, lifted=lifted)
        from_size = self.amount("from_size", size) if start else math.nan
        if module != "watercourse" and size > from_size * (1 + 1e-9) >= 0:
            self.bad("england.size-grows", after=f"{size:g}", before=f"{from_size:g}")
        row = Row(
            label=self.label,
            module=module,
            stage=stage,
            habitat=habitat,
            condition=condition,
            size=size,
            strategic=strategic,
            start=start,
            from_condition=from_condition,
            from_size=from_size,
            from_strategic=self.choice("from_strategic", factors().strategic, strategic or "low"),
            advance=advance,
            delay=delay,
            location=location,
            spatial_risk=risk,
            encroachment=encroachment,
            riparian=riparian,
            from_encroachment=from_banks[0],
            from_riparian=from_banks[1],
            irreplaceable=self.truth("irreplaceable"),
        )
        return None if self.found else row

    def timing(self, stage: str) -> tuple[int, int]:
        advance, delay = self.years("advance_years"), self.years("delay_years")
        if advance and delay:
            self.bad("england.advance-and-delay", advance=advance, delay=delay)
        if (advance or delay) and stage in ("baseline", "retained"):
            self.bad("england.years-elsewhere", stage=stage)
        return advance, delay

    def place(self) -> tuple[str, str]:
        location = self.choice("location", LOCATIONS, "on-site")
        risks = factors().spatial_risk
        if location == "off-site":
            return location, self.choice("spatial_risk", risks)
        if self.text("spatial_risk") not in ("", "inside"):
            self.bad("england.spatial-risk", value=self.text("spatial_risk"))
        return location, "inside"

    def check_stage(self, habitat: Habitat, stage: str) -> None:
        before = stage in ("baseline", "retained")
        if not (habitat.can_be_baseline if before else habitat.can_be_proposed):
            self.bad("england.habitat-stage", habitat=habitat.name, stage=stage)

    def banks(self, habitat: Habitat, prefix: str) -> tuple[str, str]:
        """Encroachment into the water and on both banks; what is not given is none."""
        columns = f"{prefix}encroachment", f"{prefix}riparian"
        if habitat.module != "watercourse":
            given = [column for column in columns if self.text(column)]
            if given and not prefix:
                self.bad("england.not-a-watercourse", columns=offenders(given))
            return "none", "none/none"
        culvert = habitat.name == "Culvert"
        water, banks = self.text(columns[0]), self.text(columns[1])
        if prefix and not culvert and self.text("habitat") != "Culvert":  # as after the work
            water, banks = water or self.text("encroachment"), banks or self.text("riparian")
        water = water or ("culvert" if culvert else "none")
        banks = _worse_first(banks) or ("culvert" if culvert else "none/none")
        for column, value, known in (
            (columns[0], water, factors().encroachment),
            (columns[1], banks, factors().riparian),
        ):
            if value not in known:
                self.bad(
                    "england.choice-unknown",
                    column=column,
                    value=value,
                    allowed=offenders(known, 20),
                )
            elif (value == "culvert") != culvert:
                self.bad("england.culvert", column=column, value=value, habitat=habitat.name)
        return water, banks

    def start(self, stage: str, module: str) -> tuple[Habitat | None, str]:
        """The surveyed habitat and condition of an enhancement, if it is one."""
        given = self.text("from_habitat") or self.text("from_condition")
        if stage != "enhanced":
            if given:
                self.bad("england.start-elsewhere", stage=stage)
            return None, ""
        if not (self.text("from_habitat") and self.text("from_condition")):
            self.bad("england.start-missing")
            return None, ""
        start = self.habitat("from_habitat", module)
        if start is None:
            return None, ""
        self.check_stage(start, "baseline")
        return start, self.condition("from_condition", start, start.conditions)

    def enhancement(
        self, start: Habitat, before: str, end: Habitat, after: str, *, lifted: bool
    ) -> None:
        """Whether the metric allows the enhancement; `lifted`: less encroachment than surveyed."""
        path = f"{start.name} ({before}) → {end.name} ({after})"
        scores = factors().condition
        same_only = start.module == "area" and start.band in ("V.High", "High")
        like_for_like = start.band == end.band and start.band in _LIKE_FOR_LIKE[start.module]
        if (
            end.distinctiveness < start.distinctiveness
            or (same_only and start.traded_as != end.traded_as)
            or (like_for_like and start.traded_as != end.traded_as)
        ):
            self.bad("england.trading-down", path=path, band=start.band)
        elif scores[after] < scores[before] or (
            scores[after] == scores[before]
            and end.distinctiveness == start.distinctiveness
            and not lifted
        ):
            self.bad("england.no-improvement", path=path)
        elif (end.only_from and start.name not in end.only_from) or (
            enhancement_years(start, end, before, after) < 0
        ):
            self.bad("england.enhancement-impossible", path=path)


_LIKE_FOR_LIKE = {
    "area": (),
    "hedgerow": ("V.High", "High"),
    "watercourse": ("V.High", "High", "Medium"),
}
_SEVERITY = ("major", "moderate", "minor", "none")


def _share(encroachment: str, riparian: str) -> float:
    """What encroachment into the water and on its banks leaves of the units; 1 off the water."""
    return factors().encroachment[encroachment] * factors().riparian[riparian]


def _worse_first(banks: str) -> str:
    """`minor/major` as `major/minor`; anything else as it is."""
    sides = [side.strip() for side in banks.split("/")]
    if len(sides) == 2 and all(side in _SEVERITY for side in sides):
        return "/".join(sorted(sides, key=_SEVERITY.index))
    return banks


def nearest_habitat(name: str, known: Collection[str]) -> str:
    """The habitat that was meant: by its whole name, or by its name without the broad habitat."""
    short = {full.split(" - ", 1)[-1]: full for full in known}
    return short.get(name) or nearest(name, known) or short.get(nearest(name, short), "–")
