import gzip

import pandas as pd
import pytest

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.io import parquet, tables


def read(path, **options):
    return tables.read_points(
        path, name="towns", **{"x": "lon", "y": "lat", "crs": "EPSG:4326"} | options
    )


def test_points_of_a_gzip_table_in_another_encoding(tmp_path):
    path = tmp_path / "towns.csv.gz"
    path.write_bytes(
        gzip.compress("name,lon,lat\nIñapari,-69.58,-10.95\nSin lugar,,\n".encode("latin-1"))
    )
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.findings[0].code == "io.encoding"
    points, found = read(path, encoding="latin-1")
    assert list(points.name) == ["Iñapari"]
    assert (points.geometry.x[0], points.geometry.y[0]) == (-69.58, -10.95)
    assert points.crs.to_epsg() == 4326
    assert [(f.code, f.data["count"]) for f in found] == [("io.without-geometry", 1)]


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("", {}, "io.table-empty"),
        ("name,lon,lat\n", {}, "io.table-empty"),
        ("name;lon;lat\na;-69,5;-10,2\n", {}, "io.separator"),
        ("name\tlon\tlat\na\t-69.5\t-10.2\n", {}, "io.separator"),
        ("name,lon,lat\na,,\n", {}, "io.empty"),
        ("name,x,y\na,1,2\n", {}, "io.column-missing"),
        ('name,lon,lat\na,"-69,5",-10\n', {}, "io.not-numbers"),
        ("name,lon,lat\na,1,2\n", {"crs": None}, "crs.missing"),
        ('name,lon,lat\n"a,1,2\n', {}, "io.unreadable"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, text, options, code):
    path = tmp_path / "towns.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NonetlossError) as caught:
        read(path, **options)
    assert caught.value.findings[0].code == code


def test_parquet_carries_units_and_repeats_its_bytes(tmp_path):
    table = pd.DataFrame(
        {"name": ["a"], "area_ha": [1.5], "price_usd_per_qha": [2.0], "value": [3.0]}
    )
    for name in ("a", "b"):
        parquet.write(tmp_path / f"{name}.parquet", table, units={"value": "quality_hectare"})
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    found, units = parquet.read(tmp_path / "a.parquet")
    assert units == {
        "name": "",
        "area_ha": "ha",
        "price_usd_per_qha": "usd/quality_hectare",
        "value": "quality_hectare",
    }
    assert found.equals(table)


def test_every_suffix_names_a_known_unit():
    from nonetloss.core.units import is_known

    assert all(is_known(unit) for unit in parquet.SUFFIX_UNITS.values())


def test_csv_has_plain_newlines_and_twelve_digits(tmp_path):
    parquet.write_csv(tmp_path / "a.csv", pd.DataFrame({"a": [0.1 + 0.2, None], "b": ["ñ", "x,y"]}))
    assert (tmp_path / "a.csv").read_bytes() == 'a,b\n0.3,ñ\n,"x,y"\n'.encode()


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("meters_inside", "m"),
        ("nearest_m", "m"),
        ("nature_qha_per_m", "quality_hectare/m"),
        ("cost_usd", "usd"),
        ("share", ""),
    ],
)
def test_a_column_states_its_unit_by_its_name(column, unit):
    assert parquet.unit_of(column) == unit
