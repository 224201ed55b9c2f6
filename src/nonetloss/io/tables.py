"""Read a table (CSV, also gzip), or a table of points as features."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.landscape.crs import require_crs


def read_rows(
    path: Path, *, name: str, encoding: str | None = None, separator: str = ","
) -> pd.DataFrame:
    """Rows of a CSV: numbers as numbers, dates and all else as text, empty cells as absent.

    Parameters
    ----------
    path : Path
        Comma-separated text with a head; `.gz` is read as gzip.
    name : str
        How messages call it.
    encoding : str, optional
        Encoding of the text; None: UTF-8, with or without a byte order mark.
    separator : str
        What stands between cells; a regular expression if longer than one character.

    Raises
    ------
    InputError
        `io.unreadable`, `io.encoding`, `io.separator`, `io.table-empty`.
    """
    text = encoding or "utf-8-sig"
    try:
        if separator == ",":
            _require_commas(path, name, text)
        table = pd.read_csv(  # noqa: TID251 - this is the module of io that opens tables
            path, encoding=text, low_memory=False, sep=separator
        )
    except (UnicodeDecodeError, LookupError) as cause:
        raise InputError.because("io.encoding", name, encoding=encoding or "UTF-8") from cause
    except pd.errors.EmptyDataError as cause:
        raise InputError.because("io.table-empty", name, file=path.name) from cause
    except (pd.errors.ParserError, OSError, EOFError) as cause:
        raise InputError.because("io.unreadable", name, problem=str(cause)) from cause
    if table.empty:
        raise InputError.because("io.table-empty", name, file=path.name)
    return table


def _require_commas(path: Path, name: str, encoding: str) -> None:
    """Raise `io.separator` where the head is one cell that something else than commas divides."""
    head = pd.read_csv(  # noqa: TID251 - this is the module of io that opens tables
        path, encoding=encoding, nrows=0
    )
    written = [str(c) for c in head.columns]
    signs = {";": ";", "\t": "tab", "|": "|"}
    found = [told for sign, told in signs.items() if len(written) == 1 and sign in written[0]]
    if found:
        raise InputError.because("io.separator", name, file=path.name, separator=found[0])


def read_points(
    path: Path,
    *,
    name: str,
    x: str,
    y: str,
    crs: str | None,
    encoding: str | None = None,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Rows of a CSV as points, in the CRS of the table.

    Parameters
    ----------
    path : Path
        Comma-separated text with a head; `.gz` is read as gzip.
    x, y : str
        Columns of longitude or easting, latitude or northing. Rows where either is empty are left
        out and told.
    crs : str or None
        CRS of the columns; a table has no other way to say it, so None is an error.
    encoding : str, optional
        Encoding of the text; None: UTF-8, with or without a byte order mark.

    Raises
    ------
    InputError, GeometryError
        What `read_rows` raises, `io.empty`, `io.column-missing`, `io.not-numbers`, `crs.missing`.
    """
    system = require_crs(crs, name=name)
    table = read_rows(path, name=name, encoding=encoding)
    for column in (x, y):
        if column not in table.columns:
            columns = offenders(table.columns, 20)
            raise InputError.because("io.column-missing", name, column=column, columns=columns)
        if not pd.api.types.is_numeric_dtype(table[column]):
            bad = table[pd.to_numeric(table[column], errors="coerce").isna()][column].dropna()
            raise InputError.because(
                "io.not-numbers", name, column=column, offenders=offenders(bad)
            )
    known = table[x].notna() & table[y].notna()
    found: list[Finding] = []
    if not known.all():
        rows = offenders(table.index[~known])
        count = int((~known).sum())
        found.append(warning("io.without-geometry", name, count=count, offenders=rows))
    table = table[known].reset_index(drop=True)
    if table.empty:
        raise InputError.because("io.empty", name, file=path.name)
    points = gpd.points_from_xy(table[x], table[y])
    return gpd.GeoDataFrame(table, geometry=points, crs=system), found
