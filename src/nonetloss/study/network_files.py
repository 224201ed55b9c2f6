"""The river network in the run folder: a table of its dams, and a map where it has one."""

import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from nonetloss.core.language import Text
from nonetloss.io import parquet, river_files
from nonetloss.landscape.river import Dam, RiverNetwork
from nonetloss.study import styles
from nonetloss.study.plain import plain

TABLE = "network-dams.parquet"
MAP = "network.gpkg"
SNAPS = "network-snaps.csv"
_DEGREES = "EPSG:4326"


def is_located(network: RiverNetwork) -> bool:
    """Whether at least one dam has a place on the map."""
    return network.crs is not None and any(dam.point is not None for dam in network.dams)


def summary(network: RiverNetwork) -> dict[str, Any]:
    """What run.json says of the network."""
    return {
        "title": plain(network.title),
        "dams": len(network.dams),
        "components": len(network.components),
        "crs": network.crs,
        "located": is_located(network),
        "dam_attributes": [plain(a) for a in network.dam_attributes.values()],
        "component_attributes": [plain(a) for a in network.component_attributes.values()],
        "exclusions": [sorted(str(id) for id in group) for group in network.exclusions],
    }


def write_network(
    network: RiverNetwork, folder: Path, *, snaps: pd.DataFrame | None, date: datetime.date
) -> None:
    """`network-dams.parquet`, and `network.gpkg` if at least one dam has a place.

    The GeoPackage is whole: another study may take it as its network. `snaps`, where dams were
    put on reaches, become `network-snaps.csv`.
    """
    units = {name: attribute.unit for name, attribute in network.dam_attributes.items()}
    table = dams_table(network)
    parquet.write(folder / TABLE, table, units={"x": "degree", "y": "degree", **units})
    if snaps is not None:
        parquet.write_csv(folder / SNAPS, snaps, marked=True)
    if not is_located(network):
        return
    styled = {"dams": styles.dams_style(_points(network))}
    for name, features in (("reaches", network.reaches), ("reservoirs", network.reservoirs)):
        if features is not None:
            styled[name] = styles.water_style(features)
    river_files.write_network(folder / MAP, network, date=date, styles=styled)


def dams_table(network: RiverNetwork) -> pd.DataFrame:
    """One row for each dam site, with the attributes of its first option.

    Columns: id, title_es, title_en (the id where a dam has no name), river, status, above, below
    (components), options (how many), x, y (degrees, EPSG:4326; NaN: unknown), one for each
    attribute of dams, source.
    """
    x, y = _places(network)
    titles = [dam.title or Text.of(str(dam.id)) for dam in network.dams]
    columns: dict[str, Any] = {
        "id": [str(dam.id) for dam in network.dams],
        "title_es": [title.es for title in titles],
        "title_en": [title.en for title in titles],
        "river": [dam.river for dam in network.dams],
        "status": [str(dam.status) for dam in network.dams],
        "above": [str(dam.above) for dam in network.dams],
        "below": [str(dam.below) for dam in network.dams],
        "options": np.array([len(dam.options) for dam in network.dams], dtype=np.int64),
        "x": x,
        "y": y,
    }
    for name in network.dam_attributes:
        columns[name] = [_first(dam, name) for dam in network.dams]
    columns["source"] = [dam.source for dam in network.dams]
    return pd.DataFrame(columns)


def _first(dam: Dam, attribute: str) -> float:
    return float(dam.options[0].values.get(attribute, np.nan))


def _places(network: RiverNetwork) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes of the dams; NaN where a dam has no place."""
    points = [dam.point for dam in network.dams]
    x = np.array([np.nan if p is None else p.x for p in points], dtype=np.float64)
    y = np.array([np.nan if p is None else p.y for p in points], dtype=np.float64)
    if network.crs is None:
        return np.full_like(x, np.nan), np.full_like(y, np.nan)
    known = np.isfinite(x) & np.isfinite(y)
    to_degrees = pyproj.Transformer.from_crs(network.crs, _DEGREES, always_xy=True)
    x[known], y[known] = to_degrees.transform(x[known], y[known])
    return x, y


def _points(network: RiverNetwork) -> gpd.GeoDataFrame:
    """Statuses with points, for the legend."""
    return gpd.GeoDataFrame(
        {"status": [str(dam.status) for dam in network.dams]},
        geometry=[dam.point for dam in network.dams],
        crs=network.crs,
    )
