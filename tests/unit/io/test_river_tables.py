import geopandas as gpd
import pandas as pd
import pytest
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.io.river_tables import read_river_tables

CSV = """\
id,name,status,energy [MW],x,y
1,Uno,built,100.0,-75.0,-8.05
2,Dos,planned,"1379.5",-75.05,-7.95
"""


@pytest.fixture
def rivers(tmp_path):
    lines = [[(-75, -8), (-75, -8.1)], [(-75.1, -7.9), (-75, -8)], [(-74.9, -7.9), (-75, -8)]]
    frame = gpd.GeoDataFrame(
        {"HYRIV_ID": [6, 7, 8], "NEXT_DOWN": [0, 6, 6], "LENGTH_KM": [12.0, 16.0, 16.0]},
        geometry=[shapely.LineString(line) for line in lines],
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "rivers.gpkg", layer="rivers")
    return tmp_path / "rivers.gpkg"


def table(tmp_path, text=CSV):
    path = tmp_path / "dams.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read(tmp_path, rivers, text=CSV, **arguments):
    given = {"snap_distance_m": 500, "dams_crs": "EPSG:4326"}
    return read_river_tables(table(tmp_path, text), rivers, **(given | arguments))


def test_a_csv_and_a_geopackage_make_a_network(tmp_path, rivers):
    placed = read(tmp_path, rivers, crs="EPSG:32718")
    network = placed.network
    assert network.dam_ids == (1, 2)
    assert [d.options[0].values["energy"] for d in network.dams] == [100.0, 1379.5]
    assert placed.snaps.reach.tolist() == [6, 7]
    # Both stand at half of their reach.
    assert {c.id: c.values["length_km"] for c in network.components} == pytest.approx(
        {"mouth": 6.0, "above-1": 6 + 8 + 16, "above-2": 8.0}, rel=1e-3
    )


def test_points_may_come_as_a_vector_file(tmp_path, rivers):
    frame = gpd.GeoDataFrame(
        {"id": [1], "status": ["built"], "energy [MW]": [5.0]},
        geometry=[shapely.Point(-75, -8.05)],
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "dams.gpkg")
    placed = read_river_tables(tmp_path / "dams.gpkg", rivers, snap_distance_m=500)
    assert placed.network.dam_ids == (1,)


@pytest.mark.parametrize(
    ("before", "after", "code", "says"),
    [
        ('"1379.5"', '"1,379.5"', "river.not-a-number", "2 · energy [MW]: «1,379.5»"),
        ('"1379.5"', '"1.379,50"', "river.not-a-number", "2 · energy [MW]: «1.379,50»"),
        ("energy [MW]", "energy", "river.unit-missing", "energy"),
        ("-75.05,-7.95", ",", "river.dam-without-place", "1"),
        ("2,Dos", "1,Dos", "river.repeated-dam", "1"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, rivers, before, after, code, says):
    assert before in CSV
    with pytest.raises(InputError) as caught:
        read(tmp_path, rivers, CSV.replace(before, after))
    found = {f.code: f.render("es") for f in caught.value.findings}
    assert says in found.get(code, f"{sorted(found)}")


def test_a_table_has_no_crs_of_its_own(tmp_path, rivers):
    with pytest.raises(GeometryError, match=r"dams\.csv"):
        read(tmp_path, rivers, dams_crs=None)
    with pytest.raises(InputError, match=r"none\.gpkg"):
        read(tmp_path, tmp_path / "none.gpkg")


def test_the_thousands_commas_of_the_published_plants_are_refused(shared_data, tmp_path, rivers):
    """Annual generation of Peruvian plants as the World Resources Institute publishes it."""
    plants = pd.read_csv(shared_data / "hydropower_peru_wri" / "peru_hydropower_combined.csv")
    plants = plants[plants["lat"].notna()].drop_duplicates("name")
    generation = plants["Annual Generation (GWh)"]
    grouped = [str(cell) for cell in generation if "," in str(cell)]
    assert grouped
    rows = pd.DataFrame(
        {
            "id": plants["name"],
            "status": "built",
            "energy [GWh]": generation,
            "x": plants["lon"],
            "y": plants["lat"],
        }
    )
    text = rows.to_csv(index=False)
    with pytest.raises(InputError) as caught:
        read(tmp_path, rivers, text)
    [finding] = [f for f in caught.value.findings if f.code == "river.not-a-number"]
    assert f"«{grouped[0]}»" in finding.render("es")
    rows["energy [GWh]"] = generation.str.replace(",", "")
    with pytest.raises(InputError) as caught:
        read(tmp_path, rivers, rows.to_csv(index=False))
    # Written plainly they pass; these plants stand on no river of this small layer.
    assert {f.code for f in caught.value.findings} == {"river.dam-off-reach"}


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        ({"NEXT_DOWN": [7, 6, 6]}, "river.reach-cycle", ("6 → 7 → 6", "NEXT_DOWN")),
        ({"NEXT_DOWN": [0, 6, 99]}, "river.reach-below-unknown", ("8 (99)", "NEXT_DOWN")),
        ({"LENGTH_KM": [12.0, None, 16.0]}, "river.reach-length", ("7: –", "LENGTH_KM")),
        ({"LENGTH_KM": None}, "river.reach-column-missing", ("LENGTH_KM",)),
    ],
)
def test_what_is_wrong_with_reaches_names_their_file(tmp_path, rivers, changed, code, says):
    frame = gpd.read_file(rivers)
    for column, values in changed.items():
        frame = frame.drop(columns=column) if values is None else frame.assign(**{column: values})
    frame.to_file(tmp_path / "other.gpkg")
    with pytest.raises(InputError) as caught:
        read(tmp_path, tmp_path / "other.gpkg")
    [finding] = [f for f in caught.value.findings if f.code == code]
    assert finding.subject == "other.gpkg"
    for language in ("es", "en"):
        told = finding.render(language)
        assert all(text in told for text in (*says, "other.gpkg"))
