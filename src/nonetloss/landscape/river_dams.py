"""A table of dams as sites: one row per option, numbers with units, nothing guessed.

Columns
    `id`, `status` (built, planned, forbidden) and a point are required. `title_es` and `title_en`,
    or `name`; `river`; `source`; `option` (name of the option, where a site has several rows);
    `passage_up` and `passage_down` (0 where absent); `reach` (the reach the dam stands on, for
    places where the nearest one is not it). Every other column with a unit, in its head as
    `energy [MW]` or in `units`, is an attribute. Columns of text without a unit are left out;
    columns of numbers without a unit are an error. An empty cell is unknown (NaN).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from nonetloss.core.findings import Finding, error, notice, offenders
from nonetloss.core.language import Text
from nonetloss.core.units import is_known
from nonetloss.landscape.river import Attribute, DamOption, Id, Status
from nonetloss.landscape.river_values import plain_number

_HEAD = re.compile(r"(?P<name>.*?)\s*\[(?P<unit>[^\[\]]*)\]\s*")
_LOOKS_LIKE_NUMBER = re.compile(r"\s*[+-]?[\d.,]*\d[\d.,' ]*\s*")
_PASSAGES = ("passage_up", "passage_down")
_WORDS = ("id", "status", "name", "title_es", "title_en", "river", "source", "option", "reach")

# A share by definition; any other attribute must say its unit.
UNITS_BY_DEFINITION: Mapping[str, str] = {"sed_trap": ""}


@dataclass(frozen=True, slots=True)
class Site:
    """A dam site before anybody knows between which components it stands.

    `reach` is the reach that the table names, None where it names none.
    """

    id: Id
    options: tuple[DamOption, ...]
    status: Status
    point: shapely.Point
    title: Text | None = None
    river: str = ""
    source: str = ""
    reach: Id | None = None


def dam_sites(
    table: gpd.GeoDataFrame, *, name: str, units: Mapping[str, str] | None = None
) -> tuple[tuple[Site, ...], dict[str, Attribute], list[Finding]]:
    """Sites in the order in which their ids first occur, and what their attributes mean.

    Parameters
    ----------
    table : GeoDataFrame
        Columns as above; geometry: points.
    name : str
        How messages call the table.
    units : mapping of attribute to unit, optional
        For columns whose head has none. "" means an index or a ratio. Names that are no column
        are left to the caller.

    Returns
    -------
    sites, attributes, findings
        Sites are only to be used if no finding is an error: `river.column-missing`,
        `river.unit-missing`, `river.unit-unknown`, `river.unit-twice`, `river.not-a-number`,
        `river.id-missing`, `river.status-unknown`, `river.repeated-dam`,
        `river.options-disagree`, `river.not-a-point`. Notice: `river.columns-left-out`.
    """
    missing = [c for c in ("id", "status") if c not in table.columns]
    if missing:
        columns = offenders([c for c in table.columns if c != table.geometry.name], 20)
        listed = offenders(missing)
        problem = error("river.column-missing", name, missing=listed, columns=columns)
        return (), {}, [problem]
    attributes, found = attribute_columns(
        table, name=name, units={**UNITS_BY_DEFINITION, **(units or {})}, words=_WORDS
    )
    given = [c for c in _PASSAGES if c in table.columns]
    numbers, bad = read_numbers(table, [*attributes, *given])
    if bad:
        found.append(error("river.not-a-number", name, offenders=offenders(bad)))
    ids = read_ids(table["id"])
    found += _identity_findings(table, ids, name=name)
    rows = _Rows(table, ids, numbers, attributes)
    found += _agreement_findings(rows, name=name)
    if any(f.severity == "error" for f in found):
        return (), {}, found
    sites = tuple(_site(rows, index) for index in rows.by_id().values())
    return sites, {a.name: a for a in attributes.values()}, found


def attribute_columns(
    table: gpd.GeoDataFrame,
    *,
    name: str,
    units: Mapping[str, str],
    words: Iterable[str],
) -> tuple[dict[str, Attribute], list[Finding]]:
    """Attribute of each column that has a unit, and findings about those that have none."""
    found: list[Finding] = []
    attributes: dict[str, Attribute] = {}
    without: list[str] = []
    left_out: list[str] = []
    twice, unknown = [], []
    for column in table.columns:
        if column == table.geometry.name or column in (*words, *_PASSAGES, "x", "y"):
            continue
        head = _HEAD.fullmatch(str(column))
        plain = head["name"] if head else str(column).strip()
        unit = head["unit"].strip() if head else units.get(plain)
        if head and plain in units and units[plain] != unit:
            twice.append(f"{plain}: {unit} ≠ {units[plain]}")
        if unit is None:
            numeric = table[column].dropna().map(_looks_like_number).any()
            (without if numeric else left_out).append(column)
        elif plain in {a.name for a in attributes.values()}:
            twice.append(plain)
        elif not is_known(unit):
            unknown.append(f"{plain}: {unit}")
        else:
            attributes[column] = Attribute(plain, unit, source=name)
    for code, columns in (
        ("river.unit-missing", without),
        ("river.unit-twice", twice),
        ("river.unit-unknown", unknown),
    ):
        if columns:
            found.append(error(code, name, offenders=offenders(columns)))
    if left_out:
        found.append(notice("river.columns-left-out", name, columns=offenders(left_out, 20)))
    return attributes, found


def read_numbers(
    table: pd.DataFrame, columns: Iterable[str]
) -> tuple[dict[str, list[float]], list[str]]:
    """Floats of each column (NaN where empty), and every cell that is no plain number."""
    numbers: dict[str, list[float]] = {}
    bad = []
    for column in columns:
        numbers[column] = []
        for row, cell in enumerate(table[column], start=1):
            value = float("nan") if is_empty(cell) else _number(cell)
            if value is None:
                bad.append(f"{row} · {column}: «{cell}»")
            numbers[column].append(float("nan") if value is None else value)
    return numbers, bad


def read_ids(column: "pd.Series[Any]") -> list[Id | None]:
    """Ids of rows: whole numbers stay numbers, other texts are stripped; None where empty."""
    return [None if is_empty(cell) else as_id(cell) for cell in column]


def as_id(cell: object) -> Id:
    """An id as tables give it: 7, 7.0 and numpy integers are 7, a text is the text."""
    if isinstance(cell, str):
        return cell.strip()
    number = float(cell)  # type: ignore[arg-type]  # tables hold texts and numbers only
    return int(number) if number.is_integer() else str(cell)


def is_empty(cell: object) -> bool:
    """Whether a cell says nothing: null, NaN or blanks."""
    return not cell.strip() if isinstance(cell, str) else bool(pd.isna(cell))  # type: ignore[call-overload]  # cells are scalars


def _number(cell: object) -> float | None:
    if isinstance(cell, str):
        return plain_number(cell)
    # Infinite numbers pass: the check of the network names the dam.
    return None if isinstance(cell, bool) else float(cell)  # type: ignore[arg-type]  # as above


def _looks_like_number(cell: object) -> bool:
    return not isinstance(cell, str) or bool(_LOOKS_LIKE_NUMBER.fullmatch(cell))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Parsed rows of the table."""

    table: gpd.GeoDataFrame
    ids: list[Id | None]
    numbers: dict[str, list[float]]
    attributes: dict[str, Attribute]

    def by_id(self) -> dict[Id, list[int]]:
        rows: dict[Id, list[int]] = {}
        for row, id in enumerate(self.ids):
            if id is not None:
                rows.setdefault(id, []).append(row)
        return rows

    def text(self, row: int, column: str) -> str:
        if column not in self.table.columns:
            return ""
        cell = self.table[column].iloc[row]
        return "" if is_empty(cell) else str(cell).strip()

    def reach(self, row: int) -> Id | None:
        if "reach" not in self.table.columns:
            return None
        cell = self.table["reach"].iloc[row]
        return None if is_empty(cell) else as_id(cell)

    def point(self, row: int) -> shapely.Point:
        shape: shapely.Point = self.table.geometry.iloc[row]
        return shape

    def title(self, row: int) -> Text | None:
        es, en, both = (self.text(row, c) for c in ("title_es", "title_en", "name"))
        return Text(es or both or en, en or both or es) if es or en or both else None

    def option(self, row: int) -> DamOption:
        def passage(column: str) -> float:
            value = self.numbers[column][row] if column in self.numbers else 0.0
            return 0.0 if pd.isna(value) else value

        values = {a.name: self.numbers[column][row] for column, a in self.attributes.items()}
        return DamOption(
            self.text(row, "option"), values, passage("passage_up"), passage("passage_down")
        )


def _site(rows: _Rows, index: list[int]) -> Site:
    first = index[0]
    id = rows.ids[first]
    assert id is not None
    return Site(
        id=id,
        options=tuple(rows.option(row) for row in index),
        status=Status(rows.text(first, "status").lower()),
        point=rows.point(first),
        title=rows.title(first),
        river=rows.text(first, "river"),
        source=rows.text(first, "source"),
        reach=rows.reach(first),
    )


def _identity_findings(
    table: gpd.GeoDataFrame, ids: list[Id | None], *, name: str
) -> list[Finding]:
    found = []
    absent = [row for row, id in enumerate(ids, start=1) if id is None]
    if absent:
        found.append(error("river.id-missing", name, rows=offenders(absent)))
    known = [str(status) for status in Status]
    wrong = [
        f"{id}: «{'' if is_empty(cell) else cell}»"
        for id, cell in zip(ids, table["status"], strict=True)
        if is_empty(cell) or str(cell).strip().lower() not in known
    ]
    if wrong:
        allowed = ", ".join(known)
        listed = offenders(wrong)
        found.append(error("river.status-unknown", name, offenders=listed, allowed=allowed))
    shapes = [
        str(id)
        for id, shape in zip(ids, table.geometry, strict=True)
        if not isinstance(shape, shapely.Point) or shape.is_empty
    ]
    if shapes:
        found.append(error("river.not-a-point", name, offenders=offenders(shapes)))
    return found


def _agreement_findings(rows: _Rows, *, name: str) -> list[Finding]:
    """Rows of one id are options of one site: other names, the same place, status and river."""
    repeated, differing = [], []
    for id, index in rows.by_id().items():
        names = [rows.text(row, "option") for row in index]
        if len(set(names)) < len(names):
            repeated.append(id)
        differing += [
            f"{id} ({what})"
            for what in ("status", "river", "title_es", "title_en", "name")
            if len({rows.text(row, what).lower() for row in index}) > 1
        ]
        if len({rows.point(row) for row in index}) > 1:
            differing.append(f"{id} (x, y)")
        if len({rows.reach(row) for row in index}) > 1:
            differing.append(f"{id} (reach)")
    found = []
    if repeated:
        found.append(error("river.repeated-dam", name, offenders=offenders(repeated)))
    if differing:
        found.append(error("river.options-disagree", name, offenders=offenders(differing)))
    return found
