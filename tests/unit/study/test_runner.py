import json
import shutil
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import rasterio

from nonetloss.core.errors import NonetlossError, StudyError
from nonetloss.io import parquet
from nonetloss.study import runner
from nonetloss.study.check import check
from nonetloss.study.runner import names_any, run_study, step_rng


def run(folder: Path, out: Path, **options) -> Path:
    return run_study(folder, out, languages=(), **options)


def content(out: Path) -> dict:
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


def files(out: Path) -> dict[str, bytes]:
    paths = sorted(p for p in out.rglob("*") if p.is_file())
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in paths}


def test_a_sound_study_has_no_error_and_runs(tiny_study, tmp_path):
    assert [f for f in check(tiny_study.folder) if f.severity == "error"] == []
    out = run(tiny_study.folder, tmp_path / "run")
    told = content(out)
    assert [s["step"] for s in told["steps"]] == ["first", "second"]
    assert told["steps"][0]["parameters"]["factor"]["value"] == 2.0
    table, units = parquet.read(out / "01-first" / "table.parquet")
    assert units == {"alternative": "", "length_km": "km"}
    # 0.2 degrees of longitude at 8.4 degrees south: 0.2 × 111.32 km × cos(8.4°) = 22.03 km, twice.
    assert table.length_km[0] == pytest.approx(2 * 22.03, rel=2e-3)


def test_every_file_of_the_run_is_in_its_digests(tiny_study, tmp_path):
    out = run(tiny_study.folder, tmp_path / "run")
    assert set(content(out)["digests"]) == set(files(out)) - {"run.json"}


def test_repeating_a_run_gives_identical_bytes(tiny_study, tmp_path):
    first = files(run(tiny_study.folder, tmp_path / "a"))
    again = files(run(tiny_study.folder, tmp_path / "b"))
    assert [n for n in first if first[n] != again[n]] == []
    assert set(first) == set(again)


def test_moving_the_study_elsewhere_gives_identical_bytes(tiny_study, tmp_path):
    first = files(run(tiny_study.folder, tmp_path / "a"))
    moved = tmp_path / "elsewhere" / "small-road"
    shutil.copytree(tiny_study.folder, moved)
    assert files(run(moved, tmp_path / "b")) == first


def test_another_seed_changes_what_is_drawn_and_nothing_else(tiny_study, tmp_path):
    first = files(run(tiny_study.folder, tmp_path / "a"))
    tiny_study.study["seed"] = 8
    other = files(run(tiny_study.save(), tmp_path / "b"))
    changed = {n for n in first if first[n] != other[n]}
    assert changed == {
        "run.json",
        "01-first/surface.tif",
        "01-first/loss-likely.parquet",
        "01-first/loss-draws.parquet",
        "02-second/result.parquet",
        "02-second/result.csv",
    }


def test_the_generator_of_a_step_depends_on_seed_and_name_only():
    assert step_rng(7, "loss").random() == step_rng(7, "loss").random()
    assert (
        len(
            {
                step_rng(7, "loss").random(),
                step_rng(7, "plan").random(),
                step_rng(8, "loss").random(),
            }
        )
        == 3
    )


def test_geopackages_carry_qgis_styles_and_rasters_their_grid(tiny_study, tmp_path):
    out = run(tiny_study.folder, tmp_path / "run")
    path = out / "layers.gpkg"
    assert {row[0] for row in pyogrio.list_layers(path)} == {"park", "layer_styles"}
    style = pyogrio.read_dataframe(path, layer="layer_styles")
    assert list(style.f_table_name) == ["park"]
    assert "213,94,0" in style.styleQML[0]
    assert pyogrio.read_dataframe(path, layer="park").label[0] == "Sierra Ñahui"
    with rasterio.open(out / "01-first" / "surface.tif") as source:
        assert source.crs.to_epsg() == 32718
        assert source.units == ("usd/m",)
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    zones = gpd.GeoDataFrame(pyogrio.read_dataframe(out / "01-first" / "zones.gpkg", layer="zones"))
    assert list(zones.columns) == ["alternative", "title_es", "title_en", "geometry"]


def test_a_hidden_layer_is_computed_with_and_never_written(tiny_study, tmp_path):
    tiny_study.layer(
        "people",
        [
            {
                "type": "Feature",
                "properties": {"n": "Valle Escondido"},
                "geometry": {"type": "Point", "coordinates": [-74.444, -8.333]},
            }
        ],
    )
    tiny_study.study["layers"]["people"] = {
        "source": "people",
        "kind": "territorial-reserve",
        "title": {"es": "R", "en": "R"},
        "hidden": True,
        "label": "n",
    }
    out = run(tiny_study.save(), tmp_path / "run")
    told = content(out)
    hidden = next(layer for layer in told["layers"] if layer["name"] == "people")
    assert hidden["hidden"] is True
    assert hidden["count"] is None
    assert {row[0] for row in pyogrio.list_layers(out / "layers.gpkg")} == {"park", "layer_styles"}
    for name, content_of in files(out).items():
        assert b"Escondido" not in content_of, name


def test_a_parameter_that_names_a_hidden_layer_is_seen_at_any_depth():
    hidden = frozenset(["people"])
    assert names_any({"people": {"criterion": "nature"}}, hidden)
    assert names_any({"roads": ["river", {"by": "people"}]}, hidden)
    assert not names_any({"roads": {"criterion": "people-like"}}, hidden)
    assert not names_any({"people": 1.0}, frozenset())


def test_order_of_layers_and_steps_does_not_change_results(tiny_study, tmp_path):
    tiny_study.study["steps"].append({"step": "third", "method": "test.tiny"})
    first = files(run(tiny_study.save(), tmp_path / "a"))
    tiny_study.study["steps"].insert(0, tiny_study.study["steps"].pop())
    other = files(run(tiny_study.save(), tmp_path / "b"))
    assert first["03-third/surface.tif"] == other["01-third/surface.tif"]
    assert first["01-first/surface.tif"] == other["02-first/surface.tif"]


def test_progress_is_told_by_step(tiny_study, tmp_path):
    told = []
    run(tiny_study.folder, tmp_path / "run", progress=lambda name, done: told.append((name, done)))
    assert ("first", 0.0) in told
    assert ("second", 1.0) in told


def test_what_a_step_raises_names_the_step_and_leaves_nothing(tiny_study, tmp_path):
    tiny_study.study["steps"][1]["inputs"]["tiny"] = "first.total_km.nothing"
    with pytest.raises(StudyError) as caught:
        run(tiny_study.save(), tmp_path / "run")
    assert [f.code for f in caught.value.findings] == ["study.part-unknown", "study.step-failed"]
    assert list(tmp_path.glob("*run*")) == []


def test_all_findings_come_at_once(tiny_study):
    tiny_study.study["steps"][0]["method"] = "test.tin"
    tiny_study.study["steps"][1]["inputs"] = {"tiny": "frist", "other": "first"}
    tiny_study.study["layers"]["park"]["source"] = "parc"
    tiny_study.study["decision"]["chosen"] = "south"
    codes = {f.code for f in check(tiny_study.save())}
    assert codes >= {
        "study.method-unknown",
        "study.name-unknown",
        "study.input-unknown",
        "study.source-unknown",
        "study.alternative-unknown",
        "study.sources-unused",
    }


def test_errors_are_of_one_tree(tiny_study, tmp_path):
    tiny_study.study["crs"] = "EPSG:4326"
    with pytest.raises(NonetlossError, match="projected"):
        run(tiny_study.save(), tmp_path / "run")


def test_what_is_made_from_a_map_of_a_hidden_layer_is_withheld_too(small_study, monkeypatch):
    told = {}

    class Seen(runner.Writer):
        def write(self, result):
            told[self.folder.name] = (self.fed_by_hidden, self.drawn_from_hidden)
            return super().write(result)

    monkeypatch.setattr(runner, "Writer", Seen)
    ring = [[-74.5, -8.5], [-74.49, -8.5], [-74.49, -8.49], [-74.5, -8.5]]
    place = {"type": "Polygon", "coordinates": [ring]}
    small_study.layer("people", [{"type": "Feature", "properties": {}, "geometry": place}])
    small_study.study["extent"]["margin"] = "8 km"
    small_study.study["ecosystems"]["elsewhere"] = "terra-firme"
    small_study.study["layers"]["people"] = {
        "source": "people",
        "kind": "territorial-reserve",
        "role": "context",
        "ground": {"es": "prueba", "en": "test"},
        "title": {"es": "R", "en": "R"},
        "hidden": True,
    }
    weights = {"people": {"criterion": "people", "weight": 1, "within": "1 km"}}
    small_study.study["steps"] = [
        {
            "step": "surface",
            "method": "avoid.surface",
            "parameters": {"base_cost_usd_per_m": "1 Musd/km", "weighted_layers": weights},
        },
        {"step": "routes", "method": "avoid.route"},
        {
            "step": "screening",
            "method": "avoid.screening",
            "parameters": {"direct_zone_m": "500 m", "indirect_zone_m": "2 km"},
        },
    ]
    run(small_study.save(), small_study.folder / "run")
    assert told["01-surface"] == (True, True)
    assert told["02-routes"] == (False, True)
    assert told["03-screening"] == (False, False)
