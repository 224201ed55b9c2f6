"""A tiny method, so that the runner is tested apart from the methods of the domains."""

import datetime
import sys
import types
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import yaml

from nonetloss.core.findings import Finding, notice
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.raster import Raster
from nonetloss.study import registry

BOTH = Text.of("x")


@dataclass(frozen=True, slots=True)
class Tiny:
    table: pd.DataFrame
    zones: gpd.GeoDataFrame
    surface: Raster
    loss: Loss
    total_km: float
    findings: tuple[Finding, ...]


def tiny(alternatives, *, layers, grid, rng, draws, crs, factor, ecosystems=None) -> Tiny:
    names = tuple(a.name for a in alternatives)
    km = np.array([a.geometry.length / 1000 for a in alternatives])
    zones = gpd.GeoDataFrame(
        {"alternative": names, "title": [a.title for a in alternatives]},
        geometry=[a.geometry.buffer(100) for a in alternatives],
        crs=crs,
    )
    sample = rng.random((len(names), 1, 1, draws))
    return Tiny(
        table=pd.DataFrame({"alternative": names, "length_km": km * factor}),
        zones=zones,
        surface=Raster(rng.random(grid.shape).astype(np.float32), grid, crs, "usd/m"),
        loss=Loss("quality_hectare", names, ("direct",), ("a",), sample.mean(axis=-1), sample),
        total_km=float(km.sum()),
        findings=(notice("study.withheld", "tiny", parts="–"),),
    )


def after(tiny: Tiny, *, rng, label: str = "x") -> pd.DataFrame:
    return pd.DataFrame({"label": [label], "total_km": [tiny.total_km], "luck": [rng.random()]})


def _port(name: str, **kinds) -> Port:
    return Port(name, name, BOTH, **kinds)


def _method(name: str, inputs, outputs, parameters) -> Method:
    return Method(
        id=f"test.{name}",
        question=BOTH,
        function=f"nonetloss_fake_methods:{name}",
        inputs=inputs,
        outputs=outputs,
        parameters=parameters,
        references=("none",),
        validity=BOTH,
        example="",
    )


TINY = _method(
    "tiny",
    (
        _port("alternatives", many=True),
        *(_port(n, ambient=True) for n in ("layers", "grid", "rng", "draws", "crs")),
        _port("ecosystems", optional=True),
    ),
    (_port("tiny"),),
    (Parameter("factor", BOTH, unit="", default=1.0, low=0.0, high=10.0),),
)
AFTER = _method(
    "after",
    (_port("tiny"), _port("rng", ambient=True)),
    (_port("after"),),
    (Parameter("label", BOTH, kind="text", optional=True),),
)


@pytest.fixture
def fake_methods(monkeypatch) -> dict[str, Method]:
    module = types.ModuleType("nonetloss_fake_methods")
    module.tiny, module.after = tiny, after
    monkeypatch.setitem(sys.modules, "nonetloss_fake_methods", module)
    known = {m.id: m for m in (TINY, AFTER)}
    monkeypatch.setattr(registry, "methods", lambda: known)
    return known


@pytest.fixture
def tiny_study(small_study, fake_methods):
    small_study.study["steps"] = [
        {"step": "first", "method": "test.tiny", "parameters": {"factor": 2}},
        {"step": "second", "method": "test.after", "inputs": {"tiny": "first"}},
    ]
    small_study.save()
    return small_study


# Six sites on a river that forks: 1 at the outlet, 2 and 3 above it on either arm, 4 above 2, 5
# above 3, 6 above 5. Site 4 is built.
DAM_TREE = """\
p 7 6 2 4
dam_criteria energy sed_trap status ghg
node_criteria connectivity sediment
d 1 300 0.5 0 30
d 2 120 0.2 0 10
d 3 200 0.4 0 25
d 4 80 0.1 1 2.5
d 5 150 0.3 0 5
d 6 60 0.0 0 1
n 0 100 10
n 1 80 8
n 2 60 6
n 3 50 5
n 4 40 4
n 5 30 3
n 6 20 2
r 0
e 0 1 1
e 1 2 2
e 1 3 3
e 2 4 4
e 3 5 5
e 5 6 6
"""


class DamStudy:
    """A plan of dams on disk whose documents a test can change before it is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "tree.txt").write_text(DAM_TREE, encoding="utf-8")
        both = {"es": "prueba", "en": "test"}
        self.study = {
            "study": "six-dams",
            "title": both,
            "question": both,
            "decision_date": datetime.date(2026, 11, 21),
            "rules": "pe",
            "seed": 7,
            "project": {"name": both, "kind": "dam-plan"},
            "network": {"dam_tree": "tree"},
            "steps": [{"step": "front", "method": "test.fronts"}],
        }
        self.catalog = {
            "sources": {
                "tree": {
                    "path": "data/tree.txt",
                    "kind": "dam-tree",
                    "title": both,
                    "origin": "invented for a test",
                    "licence": "CC0-1.0",
                    "schematic": True,
                }
            }
        }
        self.save()

    def save(self) -> Path:
        for name, content in (("study", self.study), ("catalog", self.catalog)):
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return self.folder


@pytest.fixture
def dam_study(tmp_path) -> DamStudy:
    return DamStudy(tmp_path / "six-dams")
