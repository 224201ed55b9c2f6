"""Fixtures that every floor may use: the shared real data, and a small study that runs."""

import json
import os
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real layers; tests that need them are skipped where they are absent."""
    folder = Path(os.environ.get("NONETLOSS_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real layers are not here: set NONETLOSS_DATA (looked in {folder})")
    return folder


def feature(geometry: dict, **properties) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(left, bottom, right, top) -> dict:
    ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
    return {"type": "Polygon", "coordinates": [ring]}


def line(*points) -> dict:
    return {"type": "LineString", "coordinates": [list(p) for p in points]}


def geojson(features: list[dict]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


class StudyFolder:
    """A study on disk whose documents a test can change before it is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        self.study = yaml.safe_load(_STUDY)
        self.catalog = {"sources": {}}
        self.layer(
            "alternatives",
            [
                feature(line((-74.55, -8.40), (-74.35, -8.40)), name="straight"),
                feature(line((-74.55, -8.40), (-74.45, -8.30), (-74.35, -8.40)), name="north"),
            ],
        )
        self.layer("park", [feature(polygon(-74.47, -8.45, -74.43, -8.35), name="Sierra Ñahui")])
        self.layer(
            "ecosystems",
            [
                feature(polygon(-74.70, -8.60, -74.45, -8.20), kind="terra-firme"),
                feature(polygon(-74.45, -8.60, -74.20, -8.20), kind="varzea"),
            ],
        )
        self.save()

    def layer(self, name: str, features: list[dict], **section) -> None:
        """Write a GeoJSON and its catalog entry."""
        (self.folder / "data" / f"{name}.geojson").write_text(geojson(features), encoding="utf-8")
        self.catalog["sources"][name] = {
            "path": f"data/{name}.geojson",
            "kind": "vector",
            "title": {"es": name, "en": name},
            "origin": "invented for a test",
            "licence": "CC0-1.0",
            "schematic": True,
            **section,
        }

    def save(self) -> Path:
        for name, content in (("study", self.study), ("catalog", self.catalog)):
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return self.folder


_STUDY = """
study: small-road
title: {es: Carretera corta, en: Short road}
question: {es: "¿Qué toca?", en: "What does it touch?"}
decision_date: 2026-11-21
rules: pe
crs: EPSG:32718
extent: {around: [alternatives], margin: 5 km}
cell_size: 500 m
seed: 7
draws: 100
project:
  name: {es: Carretera corta, en: Short road}
  kind: road
  right_of_way: 20 m
  right_of_way_source: invented for a test
  start: {x: -74.55, y: -8.40, crs: "EPSG:4326", name: A}
  end: {x: -74.35, y: -8.40, crs: "EPSG:4326", name: B}
alternatives: {source: alternatives}
layers:
  park: {source: park, kind: national-park, title: {es: Parque, en: Park}, label: name}
ecosystems:
  source: ecosystems
  field: kind
  classes:
    terra-firme: {title: {es: Tierra firme, en: Terra firme}, value: 0.8, forest: true}
    varzea: {title: {es: Várzea, en: Varzea}, value: {low: 0.5, likely: 0.6, high: 0.7}}
decision: {reference: straight, chosen: north, reason: {es: Evita el parque, en: Avoids the park}}
steps:
  - step: screening
    method: avoid.screening
    parameters: {direct_zone_m: 500 m, indirect_zone_m: 2 km}
"""


@pytest.fixture
def small_study(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "small-road")
