"""Read the input folder of Marxan, and solutions; write a solution as Marxan does.

Formats: Game & Grantham 2008, Marxan User Manual for version 1.8.10, section 5.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.io import atomic
from nonetloss.io.tables import read_rows
from nonetloss.offset.selection.unit_case import UnitCase, unit_case

# What an input.dat calls each file, and the names that are tried without one.
_FILES = {
    "pu": ("PUNAME", ("pu.dat", "pu.csv")),
    "spec": ("SPECNAME", ("spec.dat", "spec.csv")),
    "held": ("PUVSPRNAME", ("puvspr.dat", "puvspr2.dat", "puvspr.csv")),
    "bound": ("BOUNDNAME", ("bound.dat", "bound.csv")),
}
# Columns of spec.dat that ask for more than an amount.
_UNHEEDED = ("target2", "targetocc", "sepnum", "sepdistance")


@dataclass(frozen=True, slots=True)
class MarxanProblem:
    """A case with the targets (features,) and the boundary length modifier of the folder.

    `target` amounts; NaN: the feature asks for nothing. In Marxan an edge that touches no other
    unit counts in full: `exposed_edge_factor` 1.
    """

    case: UnitCase
    targets: np.ndarray
    boundary_penalty: float
    findings: tuple[Finding, ...] = ()


def read_marxan(place: Path) -> MarxanProblem:
    """The problem of an input folder.

    Parameters
    ----------
    place : Path
        A folder with `input.dat`, that file itself, or a folder with pu.dat, spec.dat, puvspr.dat
        (or puvspr2.dat, in long or wide form) and, optionally, bound.dat. Cells are parted by
        commas, tabs, semicolons or blanks; names of files need not match in capitals.

    Returns
    -------
    MarxanProblem
        `status` 2 is locked in, 3 locked out; 0 and 1 (in the first trial only) are free. `prop`
        goes before `target` and is a share of what all units hold. A unit without a cost column
        costs 1. Rows of bound.dat with two equal ids are edges that touch no other unit; repeated
        rows are summed, as Marxan does, and told.

    Raises
    ------
    InputError
        `marxan.absent`, `marxan.column`, `marxan.number`, `marxan.unknown-id`,
        `marxan.no-target`, and what `io.tables.read_rows` and `unit_case` raise.
    """
    settings, found_in = _settings(place)
    tables = {kind: _table(kind, settings, found_in) for kind in _FILES}
    pu, spec, held = (_required(tables, kind) for kind in ("pu", "spec", "held"))
    found: list[Finding] = []
    ids, features = _ids(pu, "pu.dat"), _ids(spec, "spec.dat")
    amounts = _amounts(held, ids, features)
    boundary = None
    if tables["bound"] is not None:
        boundary, more = _boundary(tables["bound"], ids)
        found += more
    status = _column(pu, ("status",), "pu.dat", default=0.0)
    if (status == 1).any():
        found.append(notice("marxan.initial", "pu.dat", count=int((status == 1).sum())))
    case = unit_case(
        amounts,
        cost=_column(pu, ("cost",), "pu.dat", default=1.0),
        ids=ids.to_numpy(),
        features=_names(spec, features),
        locked_in=status == 2,
        locked_out=status == 3,
        boundary=boundary,
    )
    found += _unheeded(spec, settings)
    penalty = _number(settings, "BLM", 0.0)
    if boundary is None and penalty > 0:
        found.append(warning("marxan.no-boundary", "bound.dat", penalty=penalty))
        penalty = 0.0
    targets = _targets(spec, case.totals)
    everything = (*found, *case.findings)
    return MarxanProblem(replace(case, findings=()), targets, penalty, everything)


def read_solution(path: Path, ids: np.ndarray) -> np.ndarray:
    """(units,) bool from a solution: its first column names units, its second is 1 where chosen.

    Raises
    ------
    InputError
        `marxan.unknown-id` for units that the problem does not have, `marxan.column`,
        `io.unreadable` …
    """
    table = read_rows(path, name=path.name, separator=_separator(path))
    if table.shape[1] < 2:
        raise InputError.because("marxan.column", path.name, column="solution", columns="–")
    rows = _positions(table.iloc[:, 0], pd.Index(ids), path.name)
    chosen = np.zeros(len(ids), dtype=bool)
    chosen[rows] = pd.to_numeric(table.iloc[:, 1], errors="coerce").to_numpy() > 0.5
    return chosen


def write_solution(path: Path, ids: np.ndarray, chosen: np.ndarray) -> None:
    """PUID, SOLUTION: the columns of Marxan's best solution, one row per unit.

    Raises
    ------
    OutputError
        `io.cannot-write`.
    """
    rows = [f"{unit},{int(taken)}" for unit, taken in zip(ids, chosen, strict=True)]
    atomic.write_text(path, "\n".join(["PUID,SOLUTION", *rows, ""]))


def _settings(place: Path) -> tuple[dict[str, str], tuple[Path, ...]]:
    """What input.dat says, by key in capitals, and the folders in which files are looked for."""
    folder = place if place.is_dir() else place.parent
    file = _found(folder, "input.dat") if place.is_dir() else place
    if not place.exists():
        raise InputError.because("marxan.absent", str(place), names="input.dat, pu.dat, spec.dat")
    settings: dict[str, str] = {}
    if file is not None:
        for line in file.read_text(encoding="utf-8-sig", errors="replace").splitlines():
            key, *value = line.split(maxsplit=1)[:2] if line.strip() else [""]
            if value:
                settings[key.upper()] = value[0].strip()
    inside = settings.get("INPUTDIR", "input").replace("\\", "/")
    return settings, (folder / inside, folder)


def _found(folder: Path, name: str) -> Path | None:
    """A file by its name, in capitals or not."""
    if not folder.is_dir():
        return None
    near = [p for p in sorted(folder.iterdir()) if p.name.lower() == name.lower()]
    return next((p for p in near if p.is_file()), None)


def _table(kind: str, settings: dict[str, str], folders: tuple[Path, ...]) -> pd.DataFrame | None:
    key, usual = _FILES[kind]
    names = (settings[key],) if key in settings else usual
    for folder in folders:
        for name in names:
            path = _found(folder, name)
            if path is not None:
                table = read_rows(path, name=path.name, separator=_separator(path))
                table.columns = [str(c).strip().lower() for c in table.columns]
                return table
    if kind == "bound" and key not in settings:
        return None
    raise InputError.because("marxan.absent", offenders(names), names=offenders(names))


def _required(tables: dict[str, pd.DataFrame | None], kind: str) -> pd.DataFrame:
    table = tables[kind]
    if table is None:
        raise InputError.because("marxan.absent", kind, names=offenders(_FILES[kind][1]))
    return table


def _separator(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as lines:
        head = lines.readline()
    return next((mark for mark in ("\t", ",", ";") if mark in head), r"\s+")


def _column(
    table: pd.DataFrame, names: tuple[str, ...], file: str, *, default: float | None = None
) -> np.ndarray:
    """Numbers of the first column there is; empty cells take the default, if there is one."""
    name = next((n for n in names if n in table.columns), None)
    if name is None:
        if default is not None:
            return np.full(len(table), default)
        columns = offenders(table.columns, 20)
        raise InputError.because("marxan.column", file, column=names[0], columns=columns)
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    if default is not None:
        return np.where(np.isnan(values), default, values)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise InputError.because("marxan.number", file, column=name, rows=offenders(bad + 2))
    return values


def _ids(table: pd.DataFrame, file: str) -> pd.Index:
    _column(table, ("id",), file)
    index = pd.Index(table["id"])
    if index.has_duplicates:
        twice = offenders(index[index.duplicated()].unique())
        raise InputError.because("selection.id-repeated", file, ids=twice)
    return index


def _positions(values: Any, known: pd.Index, file: str) -> np.ndarray:
    at = known.get_indexer(pd.Index(values))
    if (at < 0).any():
        strange = pd.Index(values)[at < 0].unique()
        raise InputError.because("marxan.unknown-id", file, ids=offenders(strange))
    return np.asarray(at)


def _amounts(held: pd.DataFrame, ids: pd.Index, features: pd.Index) -> sparse.csr_array:
    if "species" not in held.columns and "pu" in held.columns:
        # Wide: one column per feature, named by its id.
        held = held.melt("pu", var_name="species", value_name="amount")
        held["species"] = pd.to_numeric(held["species"], errors="coerce")
    amount = _column(held, ("amount",), "puvspr.dat")
    rows = _positions(_column(held, ("pu",), "puvspr.dat"), ids, "puvspr.dat")
    columns = _positions(_column(held, ("species",), "puvspr.dat"), features, "puvspr.dat")
    return sparse.csr_array((amount, (rows, columns)), shape=(len(ids), len(features)))


def _boundary(table: pd.DataFrame, ids: pd.Index) -> tuple[sparse.csr_array, list[Finding]]:
    """Shared edges with whole perimeters on the diagonal."""
    first = _positions(_column(table, ("id1",), "bound.dat"), ids, "bound.dat")
    second = _positions(_column(table, ("id2",), "bound.dat"), ids, "bound.dat")
    length = _column(table, ("boundary", "amount"), "bound.dat")
    if (length < 0).any():
        rows = offenders(np.flatnonzero(length < 0) + 2)
        raise InputError.because("marxan.number", "bound.dat", column="boundary", rows=rows)
    count = len(ids)
    low, high = np.minimum(first, second), np.maximum(first, second)
    _, repeats = np.unique(low * count + high, return_counts=True)
    found: list[Finding] = []
    if (repeats > 1).any():
        found.append(warning("marxan.edge-twice", "bound.dat", count=int((repeats > 1).sum())))
    alone = low == high
    half = sparse.csr_array((length[~alone], (low[~alone], high[~alone])), shape=(count, count))
    shared = half + half.T
    perimeter = np.bincount(low[alone], length[alone], count) + shared.sum(axis=1)
    return sparse.csr_array(shared + sparse.diags_array(perimeter)), found


def _names(spec: pd.DataFrame, features: pd.Index) -> list[str]:
    """Names of features, with their id where they have none or share it."""
    if "name" not in spec.columns:
        return [str(i) for i in features]
    written = spec["name"].astype("string").fillna("").str.strip()
    clear = (written != "") & ~written.duplicated(keep=False)
    return [
        str(n) if ok else f"{n} ({i})".strip()
        for n, i, ok in zip(written, features, clear, strict=True)
    ]


def _targets(spec: pd.DataFrame, totals: np.ndarray) -> np.ndarray:
    share = _column(spec, ("prop",), "spec.dat", default=0.0)
    amount = _column(spec, ("target",), "spec.dat", default=0.0)
    if share.max(initial=0.0) > 1 or share.min(initial=0.0) < 0:
        rows = offenders(np.flatnonzero((share > 1) | (share < 0)) + 2)
        raise InputError.because("marxan.number", "spec.dat", column="prop", rows=rows)
    wanted = np.where(share > 0, share * totals, amount)
    if not (wanted > 0).any():
        raise InputError.because("marxan.no-target", "spec.dat")
    return np.where(wanted > 0, wanted, np.nan)


def _unheeded(spec: pd.DataFrame, settings: dict[str, str]) -> list[Finding]:
    """What the folder asks for and is not done here."""
    asked = [
        name for name in _UNHEEDED if (_column(spec, (name,), "spec.dat", default=0.0) > 0).any()
    ]
    more = ("COSTTHRESH", "ASYMMETRICCONNECTIVITY")
    asked += [key for key in more if _number(settings, key, 0.0) > 0]
    return [warning("marxan.unheeded", "Marxan", names=offenders(asked, 20))] if asked else []


def _number(settings: dict[str, str], key: str, default: float) -> float:
    try:
        return float(settings.get(key, default))
    except ValueError as cause:
        raise InputError.because(
            "marxan.number", "input.dat", column=key, rows=settings[key]
        ) from cause
