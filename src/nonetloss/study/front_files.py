"""A front without a study: a river network from one file, the portfolios into another."""

from pathlib import Path

import numpy as np
import pandas as pd

from nonetloss.core.errors import OutputError
from nonetloss.hydropower.results import Frontier
from nonetloss.io import parquet, river_files
from nonetloss.io.dam_solutions import write_solutions
from nonetloss.io.dam_trees import read_dam_tree
from nonetloss.landscape.river import RiverNetwork, Status
from nonetloss.study.portfolios import portfolio_table

FORMS = (".sol", ".csv", ".parquet")


def read_river(path: Path) -> RiverNetwork:
    """The network of a dam tree, or of a GeoPackage that `io.river_files` wrote (`.gpkg`)."""
    if path.suffix.lower() == ".gpkg":
        return river_files.read_network(path)
    return read_dam_tree(path)


def require_form(path: Path) -> None:
    """Raise unless the name of a file says in which of `FORMS` to write it.

    Raises
    ------
    OutputError
        `study.front-form`.
    """
    if path.suffix.lower() not in FORMS:
        raise OutputError.because("study.front-form", path.name, forms=", ".join(FORMS))


def write_front(path: Path, front: Frontier, *, network: RiverNetwork, data_file: str = "") -> None:
    """Write portfolios: `.sol` as published, `.csv` with a list of dams, `.parquet` by column.

    Parameters
    ----------
    path : Path
        Replaced if it exists.
    network : RiverNetwork
        Names the options in the CSV: a site with several is written as `site:option`.
    data_file : str
        Told in the head of a `.sol`.

    Raises
    ------
    OutputError
        `study.front-form`, `river.solution-ids`, `io.cannot-write`.
    """
    require_form(path)
    form = path.suffix.lower()
    units = {label.name: label.unit for label in front.criteria}
    if form == ".sol":
        write_solutions(
            path,
            criteria=list(front.values.columns),
            values=front.values.to_numpy(),
            dams=front.dams,
            portfolios=front.portfolios,
            epsilon=front.epsilon,
            data_file=data_file,
        )
    elif form == ".csv":
        heads = {n: f"{n} [{unit}]" if unit else n for n, unit in units.items()}
        table = front.values.rename(columns=heads).reset_index(drop=True)
        parquet.write_csv(path, pd.concat([table, _lists(front, network)], axis=1))
    else:
        table = portfolio_table(front.values, front.choices, front.dams)
        parquet.write(path, table, units=units)


def _lists(front: Frontier, network: RiverNetwork) -> pd.DataFrame:
    """How many dams stand, and which; then the same without those that are built already."""
    words = [
        ["", *(f"{dam.id}:{option.name}" for option in dam.options)]
        if len(dam.options) > 1
        else ["", str(dam.id)]
        for dam in network.dams
    ]

    def listed(choices: np.ndarray) -> list[str]:
        return [" ".join(words[d][row[d]] for d in np.flatnonzero(row)) for row in choices]

    built = np.array([dam.status is Status.BUILT for dam in network.dams], dtype=np.bool_)
    new = np.where(built, 0, front.choices)
    return pd.DataFrame(
        {
            "dams_total": (front.choices > 0).sum(axis=1),
            "dams": listed(front.choices),
            "new_total": (new > 0).sum(axis=1),
            "new_dams": listed(new),
        }
    )
