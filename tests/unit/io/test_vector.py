import json

import geopandas as gpd
import pytest
import shapely

from nonetloss.core.errors import NonetlossError
from nonetloss.io import vector

UTM = "EPSG:32718"


def frame(shapes, crs=UTM, **columns):
    return gpd.GeoDataFrame(
        columns or {"name": [str(i) for i in range(len(shapes))]}, geometry=shapes, crs=crs
    )


def refused(path, **options):
    with pytest.raises(NonetlossError) as caught:
        vector.read(path, name="parks", **{"crs": UTM} | options)
    return caught.value.findings[0]


@pytest.fixture
def parks(tmp_path):
    path = tmp_path / "parks.gpkg"
    frame([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10), None]).to_file(
        path, layer="parks"
    )
    return path


def test_features_without_shape_are_left_out_and_told(parks):
    features, found = vector.read(parks, name="parks", crs=UTM)
    assert list(features.name) == ["0", "1"]
    assert [(f.code, f.data["count"], f.data["offenders"]) for f in found] == [
        ("io.without-geometry", 1, "2")
    ]


def test_only_features_that_meet_the_extent_come_back_and_whole(parks):
    features, _ = vector.read(parks, name="parks", crs=UTM, bounds=(25, 5, 26, 6))
    assert list(features.name) == ["1"]
    assert features.area.tolist() == [100.0]


def test_heights_are_dropped(tmp_path):
    path = tmp_path / "a.gpkg"
    frame([shapely.Point(1, 2, 3)]).to_file(path)
    features, _ = vector.read(path, name="a", crs=UTM)
    assert not features.has_z.any()


def test_filters_join_by_and(tmp_path):
    path = tmp_path / "a.gpkg"
    boxes = [shapely.box(i, 0, i + 1, 1) for i in range(3)]
    frame(boxes, kind=["a", "a", "b"], n=[1, 2, 1]).to_file(path)
    features, _ = vector.read(path, name="a", crs=UTM, where={"kind": ["a", "b"], "n": [1]})
    assert list(features.kind) == ["a", "b"]
    assert refused(path, where={"kid": ["a"]}).code == "io.column-missing"
    assert refused(path, where={"kind": ["c"]}).data["present"] == "a, b"


def test_several_layers_must_be_named(parks):
    frame([shapely.Point(0, 0)]).to_file(parks, layer="towns")
    assert refused(parks).data["layers"] == "parks, towns"
    assert refused(parks, layer="rivers").code == "io.layer-missing"
    assert len(vector.read(parks, name="p", crs=UTM, layer="towns")[0]) == 1


def test_what_is_no_vector_file(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text("{", encoding="utf-8")
    assert refused(path).code == "io.unreadable"
    table = tmp_path / "a.csv"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    assert refused(table).code in ("io.unreadable", "io.layer-ambiguous")


def test_an_unknown_encoding(parks):
    assert refused(parks, encoding="klingon").code == "io.encoding"


def test_repair_says_how_much_the_area_changed(tmp_path):
    path = tmp_path / "a.gpkg"
    # Two triangles of base 100 m and height 50 m: 2 × 2500 m² = 0.5 ha. Drawn as one ring, their
    # signed areas cancel: 0 ha.
    tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    frame([tie, shapely.box(200, 0, 300, 100)]).to_file(path)
    assert refused(path).code == "io.invalid-geometry"
    features, found = vector.read(path, name="a", crs=UTM, repair=True)
    assert features.is_valid.all()
    assert found[0].data["count"] == 1
    assert (found[0].data["before_ha"], found[0].data["after_ha"]) == (0.0, 0.5)
    assert features.area.sum() == pytest.approx(5_000 + 10_000)


def test_numbers_and_texts_mixed_in_a_column_are_left_to_who_reads_the_column(tmp_path):
    rows = [
        {
            "type": "Feature",
            "properties": {"cost": cost},
            "geometry": {"type": "Point", "coordinates": [-74.5, -8.4]},
        }
        for cost in (5.0, "mucho")
    ]
    path = tmp_path / "mixed.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    # Warnings are errors here, and none comes.
    features, _ = vector.read(path, name="mixed", crs="EPSG:32718")
    assert features["cost"].astype(str).str.contains("mucho").any()
