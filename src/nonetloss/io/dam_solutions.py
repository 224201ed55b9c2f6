"""Published solutions of dam trees (`.sol`): thirteen lines `key: value`, then one line each.

A line is `<values in the order of the criteria>, <number of dams>, <ids>`; minimized values are
positive, ids include the dams that are built already. A dam counts as built whichever of its
options is chosen: the format knows no options. The published ids are whole numbers; ids
that are text are written and read too, as long as they hold no blank and no comma.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nonetloss.core.errors import InputError, OutputError
from nonetloss.core.findings import error, offenders
from nonetloss.io.atomic import write_text
from nonetloss.landscape.river import Id
from nonetloss.landscape.river_values import plain_number

# Keys in the order in which the published files have them; the criteria come last.
HEADER = (
    "Date/time",
    "Data file",
    "Wall time",
    "CPU time",
    "seed",
    "num_solutions",
    "# pruning steps (# nodes)",
    "Max policies considered",
    "Policies considered",
    "Pruned policies",
    "epsilon",
    "batch size",
    "criteria",
)


@dataclass(frozen=True, slots=True, eq=False)
class Solutions:
    """A set of portfolios with their values.

    Parameters
    ----------
    criteria : names, in the order of the columns of `values`
    values : (solutions, criteria)
        As written, mostly 6 significant digits. With epsilon above 0 the published programs wrote
        rounded sums: evaluate again from the dams.
    dams : ids, in the order of the columns of `portfolios`
    portfolios : bool (solutions, dams)
    epsilon : float
        NaN if the file does not say.
    header : mapping
        All lines `key: value` as text.
    """

    criteria: tuple[str, ...]
    values: np.ndarray
    dams: tuple[Id, ...]
    portfolios: np.ndarray
    epsilon: float
    header: Mapping[str, str]


def read_solutions(path: Path | str, *, dams: Sequence[Id] | None = None) -> Solutions:
    """Solutions of a `.sol` file.

    Parameters
    ----------
    path : Path or str
    dams : ids, optional
        Columns of the portfolios, for example `network.dam_ids`; may be text. None: the ids that
        occur in the file, sorted; these are whole numbers.

    Raises
    ------
    InputError
        `io.unreadable`, or all of `river.solutions-header`, `river.solution-line`,
        `river.not-a-number` and `river.solution-unknown-dam` that hold.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as cause:
        problem = cause.strerror or str(cause)
        raise InputError.because("io.unreadable", path.name, problem=problem) from cause
    lines = text.splitlines()
    header, first = _header(lines)
    criteria = tuple(c.strip() for c in header.get("criteria", "").split(",") if c.strip())
    if not criteria:
        raise InputError.because("river.solutions-header", path.name, line=first)
    rows = [(n, line) for n, line in enumerate(lines[first:], start=first + 1) if line.strip()]
    values, built = _rows(rows, len(criteria), name=path.name, named=dams is not None)
    if dams is None:
        ids: tuple[Id, ...] = tuple(sorted({int(word) for row in built for word in row}))
    else:
        ids = tuple(dams)
    column = {str(id): index for index, id in enumerate(ids)}
    unknown = sorted({word for row in built for word in row if word not in column})
    if unknown:
        raise InputError.because(
            "river.solution-unknown-dam", path.name, offenders=offenders(unknown)
        )
    portfolios = np.zeros((len(built), len(ids)), dtype=bool)
    for index, row in enumerate(built):
        portfolios[index, [column[i] for i in row]] = True
    epsilon = plain_number(header.get("epsilon", ""))
    return Solutions(
        criteria=criteria,
        values=np.array(values, dtype=float).reshape(-1, len(criteria)),
        dams=ids,
        portfolios=portfolios,
        epsilon=float("nan") if epsilon is None else epsilon,
        header=header,
    )


def _header(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """The lines `key: value`, up to that of the criteria, and how many there are."""
    header: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if not colon or "criteria" in header:
            break
        header[key.strip()] = value.strip()
    return header, len(header)


def _rows(
    rows: Sequence[tuple[int, str]], criteria: int, *, name: str, named: bool
) -> tuple[list[list[float]], list[list[str]]]:
    """Values and ids of each line, or everything that is wrong with them.

    Ids are taken as they are if `named`; else they are whole numbers, in plain form (4 for 04).
    """
    values: list[list[float]] = []
    built: list[list[str]] = []
    broken, not_numbers = [], []
    for line, text in rows:
        parts = [part.strip() for part in text.split(",")]
        ids = parts[-1].split()
        counted = parts[criteria] if len(parts) > criteria else ""
        whole = _is_whole(counted) and (named or all(map(_is_whole, ids)))
        if len(parts) != criteria + 2 or not whole or int(counted) != len(set(ids)):
            broken.append(line)
            continue
        numbers = [plain_number(part) for part in parts[:criteria]]
        not_numbers += [
            f"{line}: «{part}»"
            for part, number in zip(parts, numbers, strict=False)
            if number is None
        ]
        values.append([0.0 if number is None else number for number in numbers])
        built.append(ids if named else [str(int(word)) for word in ids])
    found = []
    if broken:
        found.append(
            error("river.solution-line", name, offenders=offenders(broken), criteria=criteria)
        )
    if not_numbers:
        found.append(error("river.not-a-number", name, offenders=offenders(not_numbers)))
    if found:
        raise InputError(*found)
    return values, built


def _is_whole(word: str) -> bool:
    return word.isascii() and word.isdigit()


def write_solutions(
    path: Path | str,
    *,
    criteria: Sequence[str],
    values: np.ndarray,
    dams: Sequence[Id],
    portfolios: np.ndarray,
    epsilon: float = 0.0,
    data_file: str = "",
    date: datetime.date | None = None,
    header: Mapping[str, str] | None = None,
    full_precision: bool = False,
) -> None:
    """Write portfolios as the published programs do, so that their readers read them.

    Parameters
    ----------
    criteria, values, dams, portfolios
        As in `Solutions`; a `Frontier` has `values` (its columns are the criteria), `dams` and
        `portfolios`.
    epsilon : float
        Coverage asked for; 0: exact.
    data_file, date
        Told in the header; empty where not given.
    header : mapping, optional
        Values of other header lines (`HEADER` lists the keys), over those made here. What nobody
        gives is written as 0.
    full_precision : bool
        False: 6 significant digits like the published files. True: digits that read back as the
        same floats.

    Raises
    ------
    OutputError
        `river.solution-ids` (the ids could not be told apart in the file), `io.cannot-write`.
    """
    bad = [id for id in map(str, dams) if not id or "," in id or id.split() != [id]]
    if bad:
        listed = offenders(f"«{id}»" for id in bad)
        raise OutputError.because("river.solution-ids", Path(path).name, offenders=listed)
    values = np.asarray(values, dtype=float).reshape(-1, len(criteria))
    portfolios = np.asarray(portfolios, dtype=bool).reshape(len(values), len(dams))
    told = dict.fromkeys(HEADER, "0") | {
        "Date/time": date.isoformat() if date else "",
        "Data file": data_file,
        "num_solutions": str(len(values)),
        "epsilon": f"{epsilon:g}",
        **(header or {}),
        "criteria": ", ".join(criteria),
    }
    shown = repr if full_precision else "{:.6g}".format
    lines = [f"{key}: {told[key]}" for key in HEADER]
    names = [str(id) for id in dams]
    for row, built in zip(values.tolist(), portfolios, strict=True):
        ids = [names[column] for column in np.flatnonzero(built)]
        numbers = ", ".join(shown(value) for value in row)
        lines.append(f"{numbers}, {len(ids)}, {' '.join(ids)}".rstrip(" "))
    write_text(Path(path), "\n".join(lines) + "\n")
