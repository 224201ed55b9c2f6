"""Write features as GeoPackage that opens in QGIS with its styles, byte for byte repeatable."""

import datetime
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyogrio

from nonetloss.io.atomic import writing

_STYLES_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME
)
"""


def write(
    path: Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    styles: Mapping[str, str],
    date: datetime.date,
) -> None:
    """Write layers in order, with QGIS styles.

    Parameters
    ----------
    path : Path
        New file.
    layers : mapping of name to GeoDataFrame
        All with a CRS. Empty ones are written, with their columns.
    styles : mapping of layer name to QML
        Layers without an entry get none.
    date : datetime.date
        Written where GeoPackage wants a time of last change, so that equal data give equal bytes.
    """
    moment = f"{date.isoformat()}T00:00:00.000Z"
    former = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": moment})
    try:
        with writing(path):
            for index, (name, features) in enumerate(layers.items()):
                pyogrio.write_dataframe(
                    features,
                    path,
                    layer=name,
                    driver="GPKG",
                    append=index > 0,
                    geometry_type=_geometry_type(features),
                    promote_to_multi=True,
                )
            _add_styles(path, {n: styles[n] for n in layers if n in styles}, moment)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": former})


def _geometry_type(features: gpd.GeoDataFrame) -> str:
    """One type for the layer; mixed layers are declared as plain geometry."""
    kinds = {str(t).removeprefix("Multi") for t in features.geometry.geom_type.dropna().unique()}
    kinds = {"LineString" if kind == "LinearRing" else kind for kind in kinds}
    return f"Multi{kinds.pop()}" if len(kinds) == 1 else "Unknown"


def _add_styles(path: Path, styles: Mapping[str, str], moment: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES_TABLE)
        database.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
            " ui, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '', NULL, ?)",
            [(name, name[:30], qml, moment) for name, qml in styles.items()],
        )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description,"
            " last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (moment,),
        )
