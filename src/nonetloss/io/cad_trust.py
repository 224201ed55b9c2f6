"""Tables of the Climate Action Data Trust in a folder, and ledgers made from what others keep."""

import datetime as dt
from pathlib import Path

import pandas as pd

from nonetloss.core.errors import InputError, OutputError
from nonetloss.core.findings import Finding
from nonetloss.io.atomic import writing
from nonetloss.io.parquet import write_csv
from nonetloss.io.tables import read_rows
from nonetloss.ledger.credits.cad_trust import tables, untranslatable
from nonetloss.ledger.credits.events import Event
from nonetloss.ledger.credits.foreign_tables import from_cad_trust, from_verra
from nonetloss.ledger.credits.importing import events_of
from nonetloss.ledger.credits.registry import Registry
from nonetloss.ledger.credits.vocabulary import DataModel

_NAMES = ("project", "issuance", "unit")
_OPTIONAL = ("label",)


def write_cad_trust(
    folder: Path, registry: Registry, *, model: DataModel = "2"
) -> tuple[tuple[Path, ...], tuple[Finding, ...]]:
    """Write `project.csv`, `issuance.csv`, `unit.csv` and `label.csv`.

    Files of these names are replaced; the folder is made if it is not there.

    Returns
    -------
    (files, findings)
        `credit-ledger.other-model` for words that the data model does not know.

    Raises
    ------
    OutputError
        `io.out-is-file`, `io.cannot-write`.
    """
    if folder.is_file():
        raise OutputError.because("io.out-is-file", str(folder))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables(registry, model=model).items():
        path = folder / f"{name}.csv"
        write_csv(path, table)
        written.append(path)
    return tuple(written), untranslatable(registry, model=model)


def read_foreign(
    path: Path, *, name: str, date: dt.date, actor: str
) -> tuple[tuple[Event, ...], tuple[Finding, ...]]:
    """Events of a new ledger from a folder of CAD Trust tables, or the CSV of the Verra registry.

    Parameters
    ----------
    path : Path
        A folder with `project.csv`, `issuance.csv`, `unit.csv` and perhaps `label.csv`; or a file.
    name, date, actor : as in `importing.events_of`

    Raises
    ------
    InputError
        `io.unreadable`, `io.encoding`, `io.empty`, and as `foreign_tables` and `importing`.
    """
    if path.is_dir():
        given = {each: _read(path / f"{each}.csv") for each in _NAMES}
        for each in _OPTIONAL:
            if (path / f"{each}.csv").is_file():
                given[each] = _read(path / f"{each}.csv", empty=True)
        rows, projects, found = from_cad_trust(given)
    else:
        rows, projects, found = from_verra(_read(path))
    events, more = events_of(rows, projects, name=name, date=date, actor=actor)
    return events, (*found, *more)


def _read(path: Path, *, empty: bool = False) -> pd.DataFrame:
    try:
        return read_rows(path, name=path.name)
    except InputError as problem:
        if empty and problem.findings[0].code == "io.table-empty":
            return pd.DataFrame()
        raise
