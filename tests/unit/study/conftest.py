"""A tiny method, so that the runner is tested apart from the methods of the domains."""

import sys
import types
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

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
