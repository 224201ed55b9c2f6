"""Tables as Parquet, each column with its unit in the metadata."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nonetloss.core.errors import InputError
from nonetloss.io.atomic import write_bytes, writing

# Longest suffix first: a column ends with its unit (`offset_cost_usd`, `nature_qha_per_m`).
SUFFIX_UNITS: dict[str, str] = {
    "_usd_per_qha": "usd/quality_hectare",
    "_usd_per_km": "usd/km",
    "_usd_per_ha": "usd/ha",
    "_usd_per_m": "usd/m",
    "_qha_per_m": "quality_hectare/m",
    "_people_per_m": "person/m",
    "_percent": "percent",
    "_people": "person",
    "_musd": "Musd",
    "_qha": "quality_hectare",
    "_usd": "usd",
    "_ha": "ha",
    "_km": "km",
    "_m": "m",
}


def unit_of(column: str) -> str:
    """Unit that a column's name states: first as a prefix (`meters_inside`), else as a suffix."""
    if column.startswith("meters_"):
        return "m"
    for suffix, unit in SUFFIX_UNITS.items():
        if column.endswith(suffix):
            return unit
    return ""


def write(path: Path, table: pd.DataFrame, *, units: Mapping[str, str] | None = None) -> None:
    """Write a table without its index; equal tables give equal bytes.

    `units` overrides what the names of the columns state.
    """
    given = dict(units or {})
    arrow = pa.Table.from_pandas(pd.DataFrame(table), preserve_index=False)
    fields = [
        field.with_metadata({"unit": given.get(field.name, unit_of(field.name))})
        for field in arrow.schema
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(arrow.cast(pa.schema(fields)), sink, compression="zstd")
    write_bytes(path, sink.getvalue().to_pybytes())


def read(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """A table and the units of its columns (empty text: no unit)."""
    try:
        arrow = pq.read_table(path)
    except (OSError, pa.ArrowException) as cause:
        raise InputError.because("io.unreadable", path.name, problem=str(cause)) from cause
    units = {f.name: (f.metadata or {}).get(b"unit", b"").decode() for f in arrow.schema}
    return arrow.to_pandas(), units


def write_csv(path: Path, table: pd.DataFrame, *, marked: bool = False) -> None:
    """Write a table as CSV: UTF-8, comma, plain newlines, 12 significant digits.

    `marked` begins the file with a byte order mark, without which Excel misreads accents.
    """
    with writing(path):
        text = table.to_csv(index=False, lineterminator="\n", float_format="%.12g")
    write_bytes(path, text.encode("utf-8-sig" if marked else "utf-8"))
