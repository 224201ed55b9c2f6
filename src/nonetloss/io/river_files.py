"""River networks as GeoPackage, whole and back again, and as Parquet tables with units.

The GeoPackage has the layers `dams` (one row per option of each site), `components`, `reaches`
and `reservoirs` where the network has them, and `network` (facts that stand in no other layer, as
JSON). Columns of attributes carry their unit in their head: `energy [MW]`. Networks without a
place have the same layers, with empty shapes.
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source, canonical_json
from nonetloss.io import geopackage, parquet
from nonetloss.io.atomic import writing
from nonetloss.landscape.river import (
    Attribute,
    Component,
    Dam,
    DamOption,
    Id,
    RiverNetwork,
    Status,
)
from nonetloss.landscape.river_tree import build_network

_FORMAT = "nonetloss-river-1"
_DEGREES = "EPSG:4326"
_LAYERS = ("dams", "components", "network")


def write_network(
    path: Path | str,
    network: RiverNetwork,
    *,
    date: datetime.date,
    styles: Mapping[str, str] | None = None,
) -> None:
    """Write a network as GeoPackage; equal networks give equal bytes.

    Parameters
    ----------
    path : Path or str
        New file, or one to replace: the old one stands until the new one is whole.
    network : RiverNetwork
    date : datetime.date
        Written where GeoPackage wants a time of last change.
    styles : mapping of layer to QML, optional
        Styles for QGIS of any of the layers.

    Raises
    ------
    OutputError
        `io.cannot-write`.
    """
    path = Path(path)
    crs = network.crs or _DEGREES
    layers = {"dams": _dam_layer(network, crs), "components": _component_layer(network, crs)}
    if network.reaches is not None:
        layers["reaches"] = _as_text(network.reaches, ("reach", "component"))
    if network.reservoirs is not None:
        layers["reservoirs"] = _as_text(network.reservoirs, ("dam",))
    facts = _facts(network)
    layers["network"] = _without_shape(
        {"key": list(facts), "value": [canonical_json(fact) for fact in facts.values()]}, crs
    )
    partial = path.with_name(f".partial-{path.stem}.gpkg")
    with writing(path):
        try:
            partial.unlink(missing_ok=True)
            geopackage.write(partial, layers, styles=styles or {}, date=date)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def read_network(path: Path | str) -> RiverNetwork:
    """The network of a GeoPackage that `write_network` wrote.

    Shapes of a single part come back as single; an attribute that an option did not have comes
    back as unknown (NaN).

    Raises
    ------
    InputError
        `io.unreadable`, `river.not-a-network`, or those of
        `landscape.river_tree.build_network`.
    """
    path = Path(path)
    try:
        present = [str(row[0]) for row in pyogrio.list_layers(path)]
        if not set(_LAYERS) <= set(present):
            listed = offenders(present, 20)
            raise InputError.because("river.not-a-network", path.name, layers=listed)
        layers = {
            name: _single(pyogrio.read_dataframe(path, layer=name))
            for name in (*_LAYERS, "reaches", "reservoirs")
            if name in present
        }
        rows = layers["network"]
        facts = {key: json.loads(v) for key, v in zip(rows["key"], rows["value"], strict=True)}
        if facts.get("format") != _FORMAT:
            raise InputError.because("river.not-a-network", path.name, layers=offenders(present))
        return _network(layers, facts, name=path.name)
    except (DataSourceError, DataLayerError, KeyError, ValueError) as cause:
        raise InputError.because("io.unreadable", path.name, problem=str(cause)) from cause


def write_tables(folder: Path | str, network: RiverNetwork) -> None:
    """Write `dams.parquet` and `components.parquet`, each column with its unit in its metadata.

    Parameters
    ----------
    folder : Path or str
        Existing folder.
    network : RiverNetwork
        Dams have one row per option; `x` and `y` are in degrees (EPSG:4326), NaN where a dam has
        no place.

    Raises
    ------
    OutputError
        `io.cannot-write`.
    """
    folder = Path(folder)
    dams = _dam_rows(network)
    points = gpd.GeoSeries(_points(network), crs=network.crs or _DEGREES).to_crs(_DEGREES)
    dams["x"], dams["y"] = points.x.to_numpy(), points.y.to_numpy()
    values, units = _attribute_columns(
        [o.values for d in network.dams for o in d.options], network.dam_attributes, heads=False
    )
    degrees = {"x": "degree", "y": "degree"}
    parquet.write(
        folder / "dams.parquet", pd.DataFrame({**dams, **values}), units={**degrees, **units}
    )
    values, units = _attribute_columns(
        [c.values for c in network.components], network.component_attributes, heads=False
    )
    ids = {"id": [str(c.id) for c in network.components]}
    parquet.write(
        folder / "components.parquet",
        pd.DataFrame({**ids, **values}),
        units={"id": "", **units},
    )


def _dam_rows(network: RiverNetwork) -> dict[str, Any]:
    """Columns of the dams but their attributes, one row per option."""
    rows = [(dam, option) for dam in network.dams for option in dam.options]
    return {
        "id": [str(dam.id) for dam, _ in rows],
        "above": [str(dam.above) for dam, _ in rows],
        "below": [str(dam.below) for dam, _ in rows],
        "status": [str(dam.status) for dam, _ in rows],
        "title_es": [dam.title.es if dam.title else None for dam, _ in rows],
        "title_en": [dam.title.en if dam.title else None for dam, _ in rows],
        "river": [dam.river for dam, _ in rows],
        "source": [dam.source for dam, _ in rows],
        "option": [option.name for _, option in rows],
        "passage_up": np.array([option.passage_up for _, option in rows], dtype=float),
        "passage_down": np.array([option.passage_down for _, option in rows], dtype=float),
    }


def _points(network: RiverNetwork) -> list[shapely.Point | None]:
    return [dam.point for dam in network.dams for _ in dam.options]


def _head(attribute: Attribute) -> str:
    return f"{attribute.name} [{attribute.unit}]"


def _attribute_columns(
    rows: Sequence[Mapping[str, float]], attributes: Mapping[str, Attribute], *, heads: bool
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Columns of attributes, and the unit of each."""
    names = {name: _head(a) if heads else name for name, a in attributes.items()}
    columns = {
        column: np.array([row.get(name, np.nan) for row in rows], dtype=float)
        for name, column in names.items()
    }
    return columns, {names[name]: a.unit for name, a in attributes.items()}


def _dam_layer(network: RiverNetwork, crs: str) -> gpd.GeoDataFrame:
    values, _ = _attribute_columns(
        [o.values for d in network.dams for o in d.options], network.dam_attributes, heads=True
    )
    points = gpd.GeoSeries(_points(network), crs=crs)
    return gpd.GeoDataFrame(_typed({**_dam_rows(network), **values}), geometry=points)


def _component_layer(network: RiverNetwork, crs: str) -> gpd.GeoDataFrame:
    values, _ = _attribute_columns(
        [c.values for c in network.components], network.component_attributes, heads=True
    )
    return _without_shape({"id": [str(c.id) for c in network.components], **values}, crs)


def _without_shape(columns: Mapping[str, Any], crs: str) -> gpd.GeoDataFrame:
    frame = _typed(columns)
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([None] * len(frame), crs=crs))


def _typed(columns: Mapping[str, Any]) -> pd.DataFrame:
    """A table in which columns of text stay text also where they are empty."""
    frame = pd.DataFrame(dict(columns))
    texts = {c: "string" for c in frame.columns if frame[c].dtype == object}
    return frame.astype(texts)


def _as_text(features: gpd.GeoDataFrame, columns: Sequence[str]) -> gpd.GeoDataFrame:
    ids = {c: [str(value) for value in features[c]] for c in columns if c in features.columns}
    return features.reset_index(drop=True).assign(**ids)


def _facts(network: RiverNetwork) -> dict[str, Any]:
    ids: set[Id] = {c.id for c in network.components} | set(network.dam_ids)
    if network.reaches is not None and "reach" in network.reaches.columns:
        ids |= set(network.reaches["reach"])
    return {
        "format": _FORMAT,
        "crs": network.crs,
        "root": str(network.root),
        # Ids are written as text; those that look like numbers and are none are told.
        "text_ids": sorted(id for id in ids if isinstance(id, str) and _is_whole(id)),
        "exclusions": [sorted(str(id) for id in group) for group in network.exclusions],
        "dam_attributes": [_attribute_fact(a) for a in network.dam_attributes.values()],
        "component_attributes": [_attribute_fact(a) for a in network.component_attributes.values()],
        "title": _text_fact(network.title),
        "source": _source_fact(network.source),
    }


def _is_whole(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and str(int(text)) == text


def _text_fact(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"es": text.es, "en": text.en}


def _text_of(fact: Mapping[str, str] | None) -> Text | None:
    return None if fact is None else Text.of(fact)


def _attribute_fact(attribute: Attribute) -> dict[str, Any]:
    return {
        "name": attribute.name,
        "unit": attribute.unit,
        "title": _text_fact(attribute.title),
        "source": attribute.source,
        "sense": attribute.sense,
    }


def _source_fact(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    plain = ("name", "licence", "url", "date", "sha256", "schematic")
    texts = ("title", "origin", "note")
    return {
        **{name: getattr(source, name) for name in plain},
        **{name: _text_fact(getattr(source, name)) for name in texts},
    }


def _source_of(fact: Mapping[str, Any] | None) -> Source | None:
    if fact is None:
        return None
    texts = {name: _text_of(fact[name]) for name in ("title", "origin", "note")}
    return Source(**{**fact, **texts})


def _single(features: Any) -> Any:
    """Shapes of one part as single shapes; the file holds all as multi."""
    if not isinstance(features, gpd.GeoDataFrame):
        return features
    shapes = [
        shape.geoms[0] if shape is not None and _is_lonely(shape) else shape
        for shape in features.geometry
    ]
    return features.set_geometry(gpd.GeoSeries(shapes, crs=features.crs))


def _is_lonely(shape: shapely.Geometry) -> bool:
    return shape.geom_type.startswith("Multi") and len(shape.geoms) == 1


def _network(layers: Mapping[str, Any], facts: Mapping[str, Any], *, name: str) -> RiverNetwork:
    texts = set(facts["text_ids"])

    def as_id(text: str) -> Id:
        return int(text) if _is_whole(text) and text not in texts else text

    crs = facts["crs"]
    of_dams = _attributes(facts["dam_attributes"])
    of_components = _attributes(facts["component_attributes"])
    rows = layers["components"]
    components = [
        Component(as_id(row["id"]), {a.name: float(row[_head(a)]) for a in of_components.values()})
        for row in rows.to_dict("records")
    ]
    placed: dict[str, gpd.GeoDataFrame | None] = {"reaches": None, "reservoirs": None}
    for layer, columns in (("reaches", ("reach", "component")), ("reservoirs", ("dam",))):
        if layer in layers:
            frame = layers[layer].set_crs(crs, allow_override=True)
            ids = {c: [as_id(v) for v in frame[c]] for c in columns if c in frame.columns}
            if "next_piece" in frame.columns:
                # A null among whole numbers comes back as one among decimals.
                frame = frame.astype({"next_piece": "Int64"})
            placed[layer] = frame.assign(**ids)
    return build_network(
        components,
        _dams(layers["dams"], of_dams, as_id),
        name=name,
        dam_attributes=of_dams,
        component_attributes=of_components,
        root=as_id(facts["root"]),
        exclusions=[[as_id(id) for id in group] for group in facts["exclusions"]],
        crs=crs,
        reaches=placed["reaches"],
        reservoirs=placed["reservoirs"],
        source=_source_of(facts["source"]),
        title=_text_of(facts["title"]),
    )


def _attributes(facts: Sequence[Mapping[str, Any]]) -> dict[str, Attribute]:
    return {
        fact["name"]: Attribute(
            fact["name"],
            fact["unit"],
            _text_of(fact["title"]),
            fact["source"],
            # Files of before there was a sense have none.
            fact.get("sense", ""),
        )
        for fact in facts
    }


def _dams(layer: gpd.GeoDataFrame, attributes: Mapping[str, Attribute], as_id: Any) -> list[Dam]:
    def told(value: object) -> str:
        return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]  # a cell

    rows: dict[Id, list[dict[str, Any]]] = {}
    for row in layer.to_dict("records"):
        rows.setdefault(as_id(row["id"]), []).append(row)
    dams = []
    for id, own in rows.items():
        first = own[0]
        title = None
        if not pd.isna(first["title_es"]):
            title = Text(told(first["title_es"]), told(first["title_en"]))
        options = tuple(
            DamOption(
                told(row["option"]),
                {a.name: float(row[_head(a)]) for a in attributes.values()},
                float(row["passage_up"]),
                float(row["passage_down"]),
            )
            for row in own
        )
        dams.append(
            Dam(
                id=id,
                above=as_id(first["above"]),
                below=as_id(first["below"]),
                options=options,
                status=Status(first["status"]),
                title=title,
                river=told(first["river"]),
                point=first["geometry"],
                source=told(first["source"]),
            )
        )
    return dams
