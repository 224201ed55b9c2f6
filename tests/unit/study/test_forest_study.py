"""A carbon project through check and run: no right of way, rasters read by window, standards."""

import datetime
import json
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import rasterio
import yaml
from affine import Affine

from nonetloss.core import ports
from nonetloss.core.errors import NonetlossError, StudyError
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells, each, windows
from nonetloss.rules.reading import ruleset
from nonetloss.study import registry
from nonetloss.study.check import check, examine
from nonetloss.study.outputs import Writer
from nonetloss.study.runner import run_study, works_by_window

BOTH = {"es": "prueba", "en": "test"}
TEXT = Text.of("x")
ROWS, COLUMNS = 60, 40


@dataclass(frozen=True, slots=True)
class Twice:
    doubled: WindowedRaster
    total: float
    by_standard: pd.DataFrame


def _double(job):
    cells, window = job
    return window, cells.read(window).astype(np.float32) * 2


def double(cover, *, store, standards, workers=None, factor=1.0) -> Twice:
    out = store.create("doubled", shape=cover.grid.shape, dtype=np.float32)
    jobs = [(cover.cells, window) for window in windows(cover.grid.shape, side=16)]
    total = 0.0
    for window, values in each(_double, jobs, workers=workers):
        out.write(window, values * factor)
        total += float(values.sum())
    names = pd.DataFrame({"standard": list(standards)})
    return Twice(WindowedRaster(out, cover.grid, cover.crs, "ha"), total, names)


def halve(doubled) -> pd.DataFrame:
    read = np.concatenate([doubled.cells.read(w) for w in windows(doubled.grid.shape, side=60)])
    return pd.DataFrame({"total": [float(read.sum()) / 2]})


def _method(name, inputs, parameters=()):
    function, outputs = f"nonetloss_fake_forest:{name}", (Port(name, name, TEXT),)
    return Method(f"test.{name}", TEXT, function, inputs, outputs, parameters, ("–",), TEXT, "")


@pytest.fixture(autouse=True)
def fake_methods(monkeypatch):
    module = types.ModuleType("nonetloss_fake_forest")
    module.double, module.halve = double, halve
    monkeypatch.setitem(sys.modules, "nonetloss_fake_forest", module)
    ambient = (ports.STORE, ports.STANDARDS, ports.WORKERS)
    factor = Parameter("factor", TEXT, unit="m", default=1.0)
    known = {
        "test.double": _method("double", (Port("cover", "Raster", TEXT), *ambient), (factor,)),
        "test.halve": _method("halve", (Port("doubled", "Raster", TEXT),)),
    }
    monkeypatch.setattr(registry, "methods", lambda: known)


def codes() -> np.ndarray:
    return (np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS) % 4).astype(np.uint8)


class CarbonStudy:
    def __init__(self, folder):
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        move = Affine(250.0, 0.0, 380_007.0, 0.0, -250.0, 8_600_003.0)
        with rasterio.open(
            folder / "data" / "cover.tif", "w", driver="GTiff", height=ROWS, width=COLUMNS,
            count=1, dtype="uint8", crs="EPSG:32719", transform=move,
        ) as file:  # fmt: skip
            file.write(codes(), 1)
        self.study = {
            "study": "small-forest",
            "title": BOTH,
            "question": BOTH,
            "decision_date": datetime.date(2026, 11, 21),
            "rules": "pe",
            "standards": ["ifc"],
            "seed": 7,
            "project": {"name": BOTH, "kind": "forest-carbon"},
            "crs": "EPSG:32719",
            "extent": {"like": "cover-file"},
            "rasters": {"cover": {"source": "cover-file", "windowed": True}},
            "steps": [
                {"step": "twice", "method": "test.double", "inputs": {"cover": "cover"}},
                {"step": "half", "method": "test.halve", "inputs": {"doubled": "twice.doubled"}},
            ],
        }
        self.catalog = {
            "sources": {
                "cover-file": {
                    "path": "data/cover.tif",
                    "kind": "raster",
                    "title": BOTH,
                    "origin": "invented for a test",
                    "licence": "CC0-1.0",
                    "schematic": True,
                }
            }
        }

    def save(self):
        for name, content in (("study", self.study), ("catalog", self.catalog)):
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return self.folder


@pytest.fixture
def carbon_study(tmp_path):
    return CarbonStudy(tmp_path / "small-forest")


def codes_of(found):
    return [finding.code for finding in found]


def test_the_grid_is_that_of_the_raster(carbon_study):
    case, found = examine(carbon_study.save(), data_roots={})
    assert found == []
    assert (case.grid.left, case.grid.top) == (380_007.0, 8_600_003.0)
    assert case.grid.shape == (ROWS, COLUMNS)
    assert case.grid.cell_width == 250.0


@pytest.mark.parametrize("threads", [0, 3])
def test_windows_are_read_written_and_taken_on(carbon_study, tmp_path, threads):
    folder = carbon_study.save()
    pool = ThreadPoolExecutor(threads) if threads else None
    run = run_study(folder, tmp_path / "run", languages=(), workers=pool)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    expected = codes().astype(float).sum() * 2
    assert record["steps"][0]["outputs"]["total"]["value"] == expected
    with rasterio.open(run / "01-twice" / "doubled.tif") as file:
        assert np.array_equal(file.read(1), codes() * 2.0)
        assert file.transform.a == 250.0
    half = pd.read_parquet(run / "02-half" / "result.parquet")
    assert half["total"].tolist() == [expected / 2]
    # What grew in the room for windows is gone.
    assert not [p for p in run.rglob("*") if p.name.startswith(".") or p.suffix == ".bin"]
    assert record["cell_size_m"] == 250.0


def test_plots_alone_need_no_place(carbon_study):
    for key in ("crs", "extent", "rasters"):
        del carbon_study.study[key]
    carbon_study.study["tables"] = {"doubled": {"source": "plots"}}
    carbon_study.study["steps"] = [{"step": "half", "method": "test.halve"}]
    (carbon_study.folder / "data" / "plots.csv").write_text("plot,agb\na,1\n", encoding="utf-8")
    entry = carbon_study.catalog["sources"].pop("cover-file")
    carbon_study.catalog["sources"]["plots"] = entry | {"path": "data/plots.csv", "kind": "table"}
    case, found = examine(carbon_study.save(), data_roots={})
    assert found == []
    assert case.grid is None
    assert case.values["doubled"].columns.tolist() == ["plot", "agb"]


def test_a_cell_size_beside_a_raster_is_refused(carbon_study):
    carbon_study.study["cell_size"] = "250 m"
    assert codes_of(check(carbon_study.save())) == ["study.like-cell-size"]


def test_a_raster_in_another_crs_than_the_study_is_refused(carbon_study):
    carbon_study.study["crs"] = "EPSG:32718"
    assert "study.like-crs" in codes_of(check(carbon_study.save()))


def test_extent_in_two_ways_is_refused(carbon_study):
    carbon_study.study["extent"]["bounds"] = [0, 0, 1, 1]
    assert "study.extent" in codes_of(check(carbon_study.save()))


def test_an_extent_like_nothing_is_told_once(carbon_study):
    carbon_study.study["extent"]["like"] = "cover-fil"
    found = check(carbon_study.save())
    assert codes_of(found) == ["study.source-unknown"]
    assert found[0].subject == "extent.like"


def test_a_windowed_raster_is_not_resampled(carbon_study):
    carbon_study.study["rasters"]["cover"]["method"] = "nearest"
    assert codes_of(check(carbon_study.save())) == ["study.windowed-method"]


def test_a_windowed_raster_off_the_grid_is_refused(carbon_study):
    carbon_study.study["extent"] = {"bounds": [380_000, 8_590_000, 389_000, 8_600_000]}
    carbon_study.study["cell_size"] = "250 m"
    assert codes_of(check(carbon_study.save())) == ["raster.other-grid"]


def test_standards_are_given_by_name_and_lend_parameters(carbon_study, tmp_path):
    id, value = next(_lengths("pe"))
    carbon_study.study["standards"] = ["ifc", "pe"]
    carbon_study.study["steps"][0]["parameters"] = {"factor": {"rule": f"pe:{id}"}}
    run = run_study(carbon_study.save(), tmp_path / "run", languages=())
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert [s["name"] for s in record["standards"]] == ["ifc", "pe"]
    told = record["steps"][0]["parameters"]["factor"]
    assert (told["value"], told["rule"]) == (value, f"pe:{id}")
    assert told["source"]
    names = pd.read_parquet(run / "01-twice" / "by_standard.parquet")
    assert names["standard"].tolist() == ["ifc", "pe"]


def _lengths(name):
    """Lengths that a packaged rule set states."""
    rules = ruleset(name).on(datetime.date(2026, 11, 21))
    for id in rules.parameter_ids():
        try:
            yield id, rules.value(id, unit="m")
        except NonetlossError:
            continue


def test_a_parameter_of_a_standard_that_is_not_named_is_told(carbon_study):
    carbon_study.study["standards"] = ["ifc"]
    carbon_study.study["steps"][0]["parameters"] = {"factor": {"rule": "ifcc:x"}}
    found = check(carbon_study.save())
    assert codes_of(found) == ["study.standard-unknown"]
    assert "ifc" in found[0].render("en")


def test_a_step_that_wants_standards_in_a_study_without_any(carbon_study):
    del carbon_study.study["standards"]
    found = check(carbon_study.save())
    assert codes_of(found) == ["study.standards-missing"]
    assert found[0].subject == "twice"


def test_a_standard_named_twice_and_one_that_is_not_there(carbon_study):
    carbon_study.study["standards"] = ["ifc", "ifc"]
    assert "study.standard-twice" in codes_of(check(carbon_study.save()))
    carbon_study.study["standards"] = ["nowhere"]
    with pytest.raises(StudyError):
        run_study(carbon_study.save(), carbon_study.folder / "run", languages=())


def test_only_studies_with_windows_share_them(carbon_study):
    assert works_by_window(carbon_study.save())
    del carbon_study.study["rasters"]["cover"]["windowed"]
    assert not works_by_window(carbon_study.save())


@pytest.mark.parametrize("how", ["", "fed_by_hidden", "drawn_from_hidden"])
def test_a_map_that_may_draw_a_hidden_layer_is_withheld(tmp_path, how):
    grid = Grid(0.0, 500.0, 100.0, 100.0, 5, 5)
    raster = WindowedRaster(ArrayCells(np.ones((5, 5), np.float32)), grid, "EPSG:32719", "ha")
    writer = Writer(
        tmp_path / "01-risk",
        "EPSG:32719",
        datetime.date(2026, 11, 21),
        frozenset({"camp"}),
        **({how: True} if how else {}),
    )
    written = writer.write(Twice(raster, 25.0, pd.DataFrame({"a": [1]})))
    assert ("doubled" in written.withheld) == bool(how)
    assert (tmp_path / "01-risk" / "doubled.tif").exists() != bool(how)
