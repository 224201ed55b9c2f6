"""Candidate parcels from the file of a study."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nonetloss.core.errors import InputError, NonetlossError, StudyError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, error, nearest, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.parcel import Parcel
from nonetloss.study.parcel_cells import (
    ENDS,
    absent,
    joined,
    numbers,
    out_of_order,
    problems,
    three,
)
from nonetloss.study.parcel_doubts import doubts
from nonetloss.study.schema import ParcelsSection
from nonetloss.study.sources import Bounds, Sources, require_columns

# Columns that a parcels file must have.
PARCEL_COLUMNS = (
    "name",
    "ecosystem",
    "value_without_low",
    "value_without_likely",
    "value_without_high",
    "value_with_low",
    "value_with_likely",
    "value_with_high",
    "cost_usd",
)
# Columns that it may have, beside those of services.
OPTIONAL_COLUMNS = (
    "title_es",
    "title_en",
    "action",
    "consent",
    "source",
    "site",
    "zone",
    "start_year",
    "years_to_value",
    "trajectory",
    "value_today_low",
    "value_today_likely",
    "value_today_high",
)
_GAIN = re.compile(r"(?P<service>.+)_gain_(?P<end>low|likely|high)")


def parcels(
    section: ParcelsSection,
    sources: Sources,
    *,
    known: Sequence[str],
    services: Mapping[str, str],
    bounds: Bounds,
) -> tuple[Parcel, ...]:
    """Candidate parcels, sorted by name; all problems of all rows are reported at once.

    Parameters
    ----------
    section : ParcelsSection
    sources : Sources
    known : names of the ecosystems of the study
    services : units of the services of the study, by name
        For each of them the file may have `<service>_gain_low`, `_likely` and `_high`: what a
        hectare gives more with the offset than without, in the unit of the service per hectare. A
        row with none of the three is not known to give any.
    bounds : (left, bottom, right, top)
        Extent of the study; parcels beyond it are told.

    Raises
    ------
    StudyError
        `core.estimate-order`, `io.column-missing`, `study.parcel-ecosystem`,
        `study.parcel-numbers`, `study.parcel-service`, `study.parcel-service-unknown`,
        `study.parcel-today`, `study.parcel-years`, `study.name-repeated`.
    """
    features = sources.features(section.source, bounds=None)
    require_columns(features, PARCEL_COLUMNS, name=section.source)
    if "consent" not in features.columns:
        absent = warning("study.consent-absent", section.source, count=len(features))
        sources.remember([absent])
    outside = features.loc[~features.geometry.within(shapely.box(*bounds)), "name"]
    if len(outside):
        beyond = warning("study.parcels-outside", section.source, names=offenders(outside))
        sources.remember([beyond])
    gains, found = _gain_columns(features, services, section.source)
    made: list[Parcel] = []
    for _, row in features.iterrows():
        try:
            made.append(_parcel(row, known, gains))
        except NonetlossError as problem:
            found.extend(problem.findings)
    names = [p.name for p in made]
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        found.append(error("study.name-repeated", section.source, names=offenders(repeated)))
    if found:
        raise StudyError(*found)
    sources.remember(doubts(made, source=section.source))
    made = _told_apart(made)
    return tuple(sorted(made, key=lambda p: p.name))


def _told_apart(made: Sequence[Parcel]) -> list[Parcel]:
    """Parcels of one title (two actions on one land) with their names behind it."""
    count = Counter((p.title.es, p.title.en) for p in made)
    return [
        p
        if count[p.title.es, p.title.en] == 1
        else replace(p, title=Text(f"{p.title.es} ({p.name})", f"{p.title.en} ({p.name})"))
        for p in made
    ]


def _gain_columns(
    features: gpd.GeoDataFrame, services: Mapping[str, str], source: str
) -> tuple[tuple[str, ...], list[Finding]]:
    """Services of which the file has columns, and what is wrong with those columns."""
    matches = [m for m in (_GAIN.fullmatch(str(c)) for c in features.columns) if m is not None]
    ends: dict[str, set[str]] = {}
    for match in matches:
        ends.setdefault(match["service"], set()).add(match["end"])
    found = [
        error(
            "study.parcel-service-unknown",
            source,
            service=name,
            nearest=nearest(name, services),
            known=offenders(services, 20) or "–",
        )
        for name in ends
        if name not in services
    ]
    for name, present in ends.items():
        missing = [f"{name}_gain_{end}" for end in ENDS if end not in present]
        if missing:
            columns = offenders([c for c in features.columns if c != "geometry"], 30)
            listed = offenders(missing)
            found.append(error("io.column-missing", source, column=listed, columns=columns))
    whole = (name for name in services if ends.get(name) == set(ENDS))
    return tuple(whole), found


def _parcel(row: pd.Series, known: Sequence[str], services: Iterable[str]) -> Parcel:
    name = str(row["name"])
    if row["ecosystem"] not in known:
        raise StudyError.because(
            "study.parcel-ecosystem",
            name,
            ecosystem=row["ecosystem"],
            nearest=nearest(str(row["ecosystem"]), known),
            known=offenders(known, 20),
        )
    wrong = problems(row, PARCEL_COLUMNS[2:8], low=0.0, high=1.0)
    wrong += problems(row, PARCEL_COLUMNS[8:], low=0.0)
    if wrong:
        raise StudyError.because("study.parcel-numbers", name, problems=joined(wrong))
    source = _text(row, "source")
    return Parcel(
        name=name,
        title=Text(es=_text(row, "title_es") or name, en=_text(row, "title_en") or name),
        geometry=row["geometry"],
        area_ha=float(row["geometry"].area / 10_000),
        ecosystem=str(row["ecosystem"]),
        value_without=_value(row, "value_without", name, source),
        value_with=_value(row, "value_with", name, source),
        cost_usd=float(row["cost_usd"]),
        action=_text(row, "action"),
        consent=_consent(row.get("consent", True)),
        site=_text(row, "site"),
        zone=_text(row, "zone"),
        services=_services(row, services, name, source),
        start_year=_year(row, "start_year", name, low=-np.inf),
        years_to_value=_year(row, "years_to_value", name, low=0.0),
        trajectory=_text(row, "trajectory"),
        value_today=_today(row, name, source),
    )


def _services(
    row: pd.Series, services: Iterable[str], name: str, source: str
) -> dict[str, Estimate]:
    """Gains per hectare of a row; a service of which all three cells are empty is left out."""
    given = {}
    for service in services:
        columns = three(f"{service}_gain")
        written = [row[c] for c in columns]
        if all(absent(v) for v in written):
            continue
        wrong = problems(row, columns)
        low, likely, high = numbers(written)
        if not wrong and not low <= likely <= high:
            wrong = [out_of_order(f"{service}_gain", (low, likely, high))]
        if wrong:
            raise StudyError.because(
                "study.parcel-service", name, service=service, problems=joined(wrong)
            )
        given[service] = Estimate(low, likely, high, source)
    return given


def _value(row: pd.Series, stem: str, name: str, source: str) -> Estimate:
    """An ecological value whose three cells are numbers."""
    low, likely, high = numbers([row[c] for c in three(stem)])
    if not low <= likely <= high:
        # The estimate itself only knows its source, not the row and the column.
        raise InputError.because(
            "core.estimate-order", f"{name}, {stem}", low=low, likely=likely, high=high
        )
    return Estimate(low, likely, high, source)


def _today(row: pd.Series, name: str, source: str) -> Estimate | None:
    """The value before anything is done; None where the three cells are empty or not there."""
    columns = three("value_today")
    if all(absent(row.get(c)) for c in columns):
        return None
    wrong = problems(row, columns, low=0.0, high=1.0)
    if wrong:
        raise StudyError.because("study.parcel-today", name, problems=joined(wrong))
    return _value(row, "value_today", name, source)


def _year(row: pd.Series, column: str, name: str, *, low: float) -> float:
    """A number of years; NaN where the cell is empty or the column is not there."""
    written = row.get(column)
    if absent(written):
        return float("nan")
    (number,) = numbers([written])
    if not (np.isfinite(number) and number >= low):
        raise StudyError.because("study.parcel-years", name, column=column, value=written)
    return number


def _text(row: pd.Series, column: str) -> str:
    """Text of a cell, "" where it is empty or the column is not there."""
    value = row.get(column)
    return "" if absent(value) else str(value).strip()


def _consent(value: object) -> bool:
    """Only a clear yes counts as consent once the column is there."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "yes", "si", "sí", "1")
    return bool(value) if value is not None and value == value else False
