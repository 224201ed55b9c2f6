"""QGIS styles: the same colors for the same role in every run."""

from collections.abc import Mapping
from html import escape

import geopandas as gpd

from nonetloss.landscape.layer import Role

# Fill, outline (RGB). Okabe and Ito's palette: told apart by color-blind readers too.
_ROLE_COLORS: dict[Role, tuple[str, str]] = {
    Role.PROHIBITED: ("213,94,0", "150,60,0"),
    Role.RESTRICTED: ("230,159,0", "160,110,0"),
    Role.ACCOUNTED: ("0,158,115", "0,100,75"),
    Role.CONTEXT: ("150,150,150", "90,90,90"),
}
_ROUTE_COLORS = {"user": "0,0,0", "least-cost": "0,114,178", "front": "86,180,233"}
_OTHER_COLOR = "204,121,167"
_STATUS_COLORS = {"built": "0,0,0", "planned": "213,94,0", "forbidden": "150,150,150"}
_WATER = ("86,180,233", "0,114,178")


def layer_style(features: gpd.GeoDataFrame, role: Role) -> str:
    """QML of a study layer by its role."""
    fill, line = _ROLE_COLORS[role]
    return _document(_symbol(features, fill=fill, line=line, opacity=110))


def plain_style(features: gpd.GeoDataFrame) -> str:
    """QML of features without a role: zones, parcels."""
    return _document(_symbol(features, fill="86,180,233", line="0,114,178", opacity=90))


def routes_style(routes: gpd.GeoDataFrame) -> str:
    """QML of routes, one color for each origin (column `origin`)."""
    return _by_value(routes, "origin", _ROUTE_COLORS)


def dams_style(dams: gpd.GeoDataFrame) -> str:
    """QML of dam sites, one color for each status (column `status`)."""
    return _by_value(dams, "status", _STATUS_COLORS)


def water_style(features: gpd.GeoDataFrame) -> str:
    """QML of rivers and reservoirs."""
    fill, line = _WATER
    return _document(_symbol(features, fill=fill, line=line, opacity=90))


def _by_value(features: gpd.GeoDataFrame, column: str, colors: Mapping[str, str]) -> str:
    values = sorted({str(value) for value in features.get(column, [])})
    if not values:
        return plain_style(features)
    symbols, categories = [], []
    for index, value in enumerate(values):
        line = colors.get(value, _OTHER_COLOR)
        symbols.append(_symbol(features, fill=line, line=line, opacity=120, name=str(index)))
        label = escape(value)
        categories.append(
            f'<category symbol="{index}" value="{label}" label="{label}" render="true"/>'
        )
    renderer = (
        f'<renderer-v2 type="categorizedSymbol" attr="{column}" enableorderby="0">'
        f"<categories>{''.join(categories)}</categories><symbols>{''.join(symbols)}</symbols>"
        "</renderer-v2>"
    )
    return _wrap(renderer)


def _document(symbol: str) -> str:
    return _wrap(
        f'<renderer-v2 type="singleSymbol" enableorderby="0"><symbols>{symbol}</symbols>'
        "</renderer-v2>"
    )


def _wrap(renderer: str) -> str:
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">'
        f'<qgis version="3.28" styleCategories="Symbology">{renderer}</qgis>'
    )


def _symbol(
    features: gpd.GeoDataFrame, *, fill: str, line: str, opacity: int, name: str = "0"
) -> str:
    kinds = {str(k).removeprefix("Multi") for k in features.geom_type.dropna().unique()}
    if kinds == {"Point"}:
        kind, symbol_layer = "marker", "SimpleMarker"
        options = {"color": f"{fill},255", "outline_color": f"{line},255", "size": "2"}
    elif kinds and kinds <= {"LineString", "LinearRing"}:
        kind, symbol_layer = "line", "SimpleLine"
        options = {"line_color": f"{line},255", "line_width": "0.6", "capstyle": "round"}
    else:
        kind, symbol_layer = "fill", "SimpleFill"
        options = {
            "color": f"{fill},{opacity}",
            "outline_color": f"{line},255",
            "outline_width": "0.3",
            "style": "solid",
        }
    listed = "".join(
        f'<Option name="{key}" type="QString" value="{value}"/>' for key, value in options.items()
    )
    return (
        f'<symbol type="{kind}" name="{name}" alpha="1"><layer class="{symbol_layer}" enabled="1" '
        f'pass="0" locked="0"><Option type="Map">{listed}</Option></layer></symbol>'
    )
