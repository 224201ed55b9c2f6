import geopandas as gpd
import pytest
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.landscape.river import Status
from nonetloss.landscape.river_reaches import ReachColumns
from nonetloss.landscape.river_snapping import place_on_reaches

X, Y = 500_000.0, 9_100_000.0


def at(x, y):
    return (X + x, Y + y)


# Two rivers meet at (0, 0) and flow south; the eastern one has two headwaters and is drawn
# upstream. Lengths of the table are longer than the lines, as those of real rivers are.
LINES = {
    1: (0, 12.0, [at(0, 0), at(0, -10_000)]),
    2: (1, 10.0, [at(-8_000, 6_000), at(0, 0)]),
    3: (1, 20.0, [at(0, 0), at(8_000, 6_000)]),
    4: (3, 10.0, [at(8_000, 16_000), at(8_000, 6_000)]),
    5: (3, 8.0, [at(16_000, 6_000), at(8_000, 6_000)]),
}
DAMS = {
    "a": at(100, -2_500),
    "b": at(4_000, 3_000),
    "c": at(1_600, 1_200),
}


def reaches(lines=LINES, **columns):
    return gpd.GeoDataFrame(
        {
            "HYRIV_ID": list(lines),
            "NEXT_DOWN": [down for down, _, _ in lines.values()],
            "LENGTH_KM": [length for _, length, _ in lines.values()],
            **columns,
        },
        geometry=[shapely.LineString(points) for _, _, points in lines.values()],
        crs="EPSG:32718",
    )


def dams(places=DAMS, **columns):
    defaults = {"status": ["planned"] * len(places), "energy [MW]": [100.0] * len(places)}
    return gpd.GeoDataFrame(
        {"id": list(places), **(defaults | columns)},
        geometry=shapely.points(list(places.values())),
        crs="EPSG:32718",
    )


def place(points=None, lines=None, **arguments):
    return place_on_reaches(
        dams() if points is None else points,
        reaches() if lines is None else lines,
        **({"name": "basin", "snap_distance_m": 500.0, "crs": "EPSG:32718"} | arguments),
    )


def problems(*arguments, error=InputError, **more):
    with pytest.raises(error) as caught:
        place(*arguments, **more)
    assert caught.value.render("es") != caught.value.render("en")
    return {f.code: f.render("en") for f in caught.value.findings}


def lengths(placed):
    return {c.id: c.values["length_km"] for c in placed.network.components}


def test_dams_cut_the_reaches_they_stand_on():
    placed = place()
    network = placed.network
    # a lies at a quarter of reach 1; b at half and c at four fifths of reach 3, from above.
    assert lengths(placed) == pytest.approx(
        {
            "mouth": 0.75 * 12,
            "above-a": 0.25 * 12 + 10 + 0.2 * 20,
            "above-c": 0.3 * 20,
            "above-b": 0.5 * 20 + 10 + 8,
        },
        abs=1e-6,
    )
    assert sum(lengths(placed).values()) == pytest.approx(12 + 10 + 20 + 10 + 8, abs=1e-9)
    assert [(d.id, d.above, d.below) for d in network.dams] == [
        ("a", "above-a", "mouth"),
        ("b", "above-b", "above-c"),
        ("c", "above-c", "above-a"),
    ]
    assert network.root == "mouth"
    assert network.component_attributes["length_km"].unit == "km"
    assert network.dam_attributes["energy"].unit == "MW"


def test_the_distance_of_each_dam_is_told():
    placed = place()
    table = placed.snaps.set_index("dam")
    # UTM draws 1 m as 0.9996 m at its central meridian.
    assert table.distance_m["a"] == pytest.approx(100 / 0.9996, abs=0.01)
    assert table.distance_m["b"] == pytest.approx(0.0, abs=0.01)
    assert table.reach.to_dict() == {"a": 1, "b": 3, "c": 3}
    assert table.position.to_dict() == pytest.approx({"a": 0.25, "b": 0.5, "c": 0.8}, abs=1e-6)
    assert [f.code for f in placed.findings] == ["river.snapped"]
    assert placed.findings[0].data["dam"] == "a"
    assert "100 m" in placed.findings[0].render("es")


def test_the_pieces_are_drawn_and_keep_their_component():
    network = place().network
    pieces = network.reaches
    assert network.crs == "EPSG:32718"
    assert pieces.crs.to_epsg() == 32718
    assert pieces.length_km.sum() == pytest.approx(60)
    of_three = pieces[pieces.reach == 3].set_index("component")
    assert of_three.length.to_dict() == pytest.approx(
        {"above-a": 2_000, "above-c": 3_000, "above-b": 5_000}, abs=0.01
    )
    assert network.dam("a").point.equals(shapely.Point(DAMS["a"]))


def test_without_a_crs_it_is_an_equal_area_one_centered_on_the_basin():
    placed = place(crs=None)
    assert "+proj=laea" in placed.network.crs
    assert lengths(placed) == pytest.approx(lengths(place()), rel=1e-6)
    assert placed.snaps.distance_m[0] == pytest.approx(100 / 0.9996, abs=0.01)


def test_other_sums_are_shared_by_length_and_need_a_unit():
    lines = reaches(**{"people [people]": [8.0, 0, 10, 1, 2], "ORD_STRA": [3, 1, 2, 1, 1]})
    placed = place(lines=lines)
    people = {c.id: c.values["people"] for c in placed.network.components}
    assert people == pytest.approx(
        {"mouth": 6.0, "above-a": 2 + 0 + 2, "above-c": 3.0, "above-b": 5 + 1 + 2}, abs=1e-6
    )
    assert set(placed.network.component_attributes) == {"length_km", "people"}


def test_the_order_of_rows_changes_no_value():
    first = place()
    again = place(dams().iloc[::-1].reset_index(drop=True), reaches().iloc[[3, 0, 4, 2, 1]])
    assert lengths(again) == lengths(first)


def test_lengths_are_measured_where_no_column_has_them():
    lines = reaches().drop(columns="LENGTH_KM")
    placed = place(lines=lines, columns=ReachColumns(length=None))
    drawn = sum(line.length for line in lines.geometry) / 1000
    assert sum(lengths(placed).values()) == pytest.approx(drawn, rel=5e-4)


def test_a_named_reach_wins_over_the_nearest():
    between = dams({"a": at(0, 40)})
    assert "a (2, 3)" in problems(between)["river.snap-tie"]
    table = place(between.assign(reach=[2])).snaps
    assert table.reach.tolist() == [2]
    # 40 m above the confluence, the nearest point of reach 2 lies 40 · 3/5 m from its end.
    assert table.position.tolist() == pytest.approx([1 - 24 / 10_000], abs=1e-5)


def test_a_dam_at_the_end_of_a_reach_closes_all_above_it():
    placed = place(dams({"a": at(0, 0)}).assign(reach=[1]))
    assert lengths(placed) == pytest.approx({"mouth": 12.0, "above-a": 48.0})
    assert (placed.network.reaches.reach == 1).sum() == 1


def test_where_a_river_is_only_drawn_in_two_parts_there_is_no_tie():
    lines = {1: (0, 5.0, [at(0, 0), at(0, -5_000)]), 2: (1, 5.0, [at(0, 5_000), at(0, 0)])}
    placed = place(dams({"a": at(50, 0)}), reaches(lines))
    assert lengths(placed) == pytest.approx({"mouth": 5.0, "above-a": 5.0})


def test_the_mouth_chooses_the_basin():
    two = LINES | {9: (0, 7.0, [at(40_000, 0), at(40_000, -7_000)])}
    points = dams(DAMS | {"z": at(40_010, -100), "y": at(90_000, 0)})
    assert "1 (5), 9 (1)" in problems(dams(), reaches(two))["river.several-outlets"]
    placed = place(points, reaches(two), mouth=1)
    assert placed.network.dam_ids == ("a", "b", "c")
    [left_out] = [f for f in placed.findings if f.code == "river.outside-basin"]
    assert left_out.data["offenders"] == "z (9), y (—)"
    assert lengths(place(points, reaches(two), mouth=3))["mouth"] == pytest.approx(0.2 * 20)
    assert "77" in problems(points, reaches(two), mouth=77)["river.mouth-unknown"]
    # hypot(90 - 16, 6) km from the head of reach 5.
    assert "y: 74243" in problems(dams({"y": at(90_000, 0)}))["river.dam-off-reach"]
    assert "river.no-dam" in problems(dams({"y": at(90_000, 0)}), reaches(two), mouth=1)


def test_a_second_reach_nearly_as_near_is_told():
    # Reaches 3 and 2 fall by 3 in 4: |0.8 · 320 - 0.6 · 100| = 196 and 0.8 · 320 + 0.6 · 100 = 316.
    points = dams({"a": at(100, 320)})
    placed = place(points)
    codes = {f.code: f for f in placed.findings}
    assert placed.snaps.reach.tolist() == [3]
    assert placed.snaps.next_reach.tolist() == [2]
    assert "a: 3 (196 m), 2 (316 m)" in codes["river.snap-doubtful"].render("en")


def test_several_rows_of_a_dam_are_its_options():
    points = dams({"a": DAMS["a"], "a2": DAMS["a"], "b": DAMS["b"]})
    points["id"] = ["a", "a", "b"]
    points["option"] = ["high", "low", None]
    points["energy [MW]"] = [200, 100.5, None]
    points["passage_up"] = [0, 0.5, None]
    points["status"] = ["built", "Built", "forbidden"]
    network = place(points, exclusions=[["a", "b"]]).network
    a, b = network.dams
    assert [(o.name, o.values["energy"], o.passage_up) for o in a.options] == [
        ("high", 200.0, 0.0),
        ("low", 100.5, 0.5),
    ]
    assert b.options[0].values["energy"] != b.options[0].values["energy"]
    assert (a.status, b.status) == (Status.BUILT, Status.FORBIDDEN)
    assert network.exclusions == (frozenset({"a", "b"}),)


def test_titles_and_facts_come_along():
    points = dams(
        title_es=["Uno", None, ""],
        title_en=["One", None, None],
        name=[None, "Dos", None],
        river=["Ene", "Ene", None],
        source=["MINEM", None, None],
        sed_trap=[0.5, 0.0, None],
        remark=["x", None, "y"],
    )
    placed = place(points)
    a, b, c = placed.network.dams
    assert (a.title.es, a.title.en) == ("Uno", "One")
    assert (b.title.es, b.title.en) == ("Dos", "Dos")
    assert c.title is None
    assert (a.river, a.source, c.river) == ("Ene", "MINEM", "")
    assert placed.network.dam_attributes["sed_trap"].unit == ""
    assert [f.data for f in placed.findings if f.code == "river.columns-left-out"] == [
        {"columns": "remark"}
    ]


@pytest.mark.parametrize(
    ("columns", "code", "says"),
    [
        ({"energy [MW]": ["1,379.0", "5", "6"]}, "river.not-a-number", "1 · energy [MW]: «1,379"),
        ({"energy [MW]": ["5", "1.379,00", "6"]}, "river.not-a-number", "2 · energy [MW]"),
        ({"energy [MW]": [5, float("inf"), 6]}, "river.infinite", "b"),
        ({"cost": [1.0, 2.0, 3.0]}, "river.unit-missing", "cost"),
        ({"cost": ["1,379", None, "n/a"]}, "river.unit-missing", "cost"),
        ({"cost [pesetas]": [1.0, 2.0, 3.0]}, "river.unit-unknown", "cost: pesetas"),
        ({"energy": [1.0, 2.0, 3.0]}, "river.unit-missing", "energy"),
        ({"sed_trap": [0.5, 1.5, 0.0]}, "river.out-of-range", "b: 1.5"),
        ({"passage_up": [0.5, -0.1, 0.0]}, "river.out-of-range", "b: -0.1"),
        ({"passage_down": [0.5, 0.1, 1.1]}, "river.out-of-range", "c: 1.1"),
        ({"status": ["built", "existing", None]}, "river.status-unknown", "b: «existing», c: «»"),
        ({"id": ["a", None, "a "]}, "river.id-missing", "2"),
        ({"id": ["a", "b", "a "]}, "river.repeated-dam", "a"),
        ({"id": ["a", "b", "a"]}, "river.options-disagree", "a (x, y)"),
        ({"reach": [None, 8, None]}, "river.reach-unknown", "b (8)"),
    ],
)
def test_what_is_wrong_with_dams_is_named(columns, code, says):
    found = problems(dams(**columns))
    assert says in found.get(code, f"{sorted(found)}")


def test_units_may_stand_beside_the_table():
    points = dams().rename(columns={"energy [MW]": "energy"})
    assert place(points, units={"energy": "MW"}).network.dam_attributes["energy"].unit == "MW"
    assert "river.unit-unused" in problems(units={"power": "MW"})
    assert "river.unit-twice" in problems(units={"energy": "GWh"})
    assert "id" in problems(dams().drop(columns="id"))["river.column-missing"]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"NEXT_DOWN": [2, 1, 1, 3, 3]}, "river.reach-cycle", "1 → 2 → 1"),
        ({"HYRIV_ID": [1, 2, 3, 4, 4]}, "river.repeated-reach", "4"),
        ({"HYRIV_ID": [1, 2, 3, 4, None]}, "river.id-missing", "5"),
        ({"LENGTH_KM": [1, 2, 3, -4, float("nan")]}, "river.reach-length", "4: -4, 5: –"),
        ({"LENGTH_KM": ["1,2", 2, 3, 4, 5]}, "river.not-a-number", "1 · LENGTH_KM: «1,2»"),
    ],
)
def test_what_is_wrong_with_reaches_is_named(change, code, says):
    found = problems(dams(), reaches().assign(**change))
    assert says in found.get(code, f"{sorted(found)}")


def test_what_is_wrong_with_places_is_named():
    found = problems(dams(DAMS | {"far": at(4_000, -3_000), "a2": at(-100, -2_500)}))
    assert "far: 4" in found["river.dam-off-reach"]
    assert "500 m" in found["river.dam-off-reach"]
    assert "a2 + a" in found["river.same-place"] or "a + a2" in found["river.same-place"]
    assert (
        "LENGTH_KM"
        in problems(dams(), reaches().drop(columns="LENGTH_KM"))["river.reach-column-missing"]
    )
    broken = reaches()
    broken.loc[0, "geometry"] = shapely.MultiLineString(
        [[at(0, 0), at(0, -4_000)], [at(0, -5_000), at(0, -10_000)]]
    )
    assert "1 (a)" in problems(dams(), broken)["river.reach-broken"]
    with_polygon = dams()
    with_polygon.loc[1, "geometry"] = shapely.Point(DAMS["b"]).buffer(5)
    assert "b" in problems(with_polygon)["river.not-a-point"]


def test_all_of_both_tables_comes_at_once():
    found = problems(
        dams(status=["existing"] * 3, cost=[1, 2, 3]),
        reaches().assign(NEXT_DOWN=[2, 1, 1, 3, 3], LENGTH_KM=[-1.0, 2, 3, 4, 5]),
    )
    assert set(found) == {
        "river.status-unknown",
        "river.unit-missing",
        "river.reach-cycle",
        "river.reach-length",
    }
    found = problems(
        dams(DAMS | {"far": at(4_000, -3_000)}, sed_trap=[0, 0, 0, 2]), exclusions=[["a", "q"]]
    )
    assert set(found) == {
        "river.dam-off-reach",
        "river.out-of-range",
        "river.exclusion-unknown",
    }


def test_a_crs_is_needed_and_passes_the_gate():
    assert "crs.missing" in problems(dams().set_crs(None, allow_override=True), error=GeometryError)
    assert "crs.not-metric" in problems(crs="EPSG:4326", error=GeometryError)


def test_reservoirs_must_be_of_dams_of_the_network():
    lakes = gpd.GeoDataFrame(
        {"dam": ["a", "q"], "option": ["", "high"]},
        geometry=[shapely.box(*at(0, -2_500), *at(500, 0)), shapely.box(*at(0, 0), *at(9, 9))],
        crs="EPSG:32718",
    )
    assert "q (high)" in problems(reservoirs=lakes)["river.reservoir-unknown"]
    assert "q" in problems(reservoirs=lakes.drop(columns="option"))["river.reservoir-unknown"]
    assert "dam" in problems(reservoirs=lakes.drop(columns="dam"))["river.column-missing"]
    kept = place(reservoirs=lakes.iloc[:1]).network.reservoirs
    assert kept[["dam", "option"]].to_numpy().tolist() == [["a", ""]]


def test_pieces_know_the_one_below_and_their_flow():
    lines = reaches(DIS_AV_CMS=[9.0, 2.0, 7.0, 3.0, 4.0])
    pieces = place(lines=lines).network.reaches.set_index("piece")
    below = pieces.next_piece.map(pieces.reach, na_action="ignore")
    named = list(zip(pieces.reach, pieces.component, below.fillna(0), strict=True))
    # From the mouth upward: a cuts reach 1 in two, c and b cut reach 3 in three.
    assert named[0] == (1, "mouth", 0)
    assert named[1] == (1, "above-a", 1)
    assert {n[0]: n[2] for n in named if n[0] in (2, 4, 5)} == {2: 1, 4: 3, 5: 3}
    of_three = [(c, b) for r, c, b in named if r == 3]
    assert of_three == [("above-a", 1), ("above-c", 3), ("above-b", 3)]
    assert (pieces.next_piece.dropna() < pieces.index[1:]).all()
    assert pieces.groupby("reach").discharge_m3s.unique().map(list).to_dict() == {
        1: [9.0], 2: [2.0], 3: [7.0], 4: [3.0], 5: [4.0],
    }  # fmt: skip


def test_a_dam_at_the_source_has_a_piece_above_it():
    pieces = place(dams({"s": at(16_000, 6_000)})).network.reaches
    (source,) = pieces[pieces.component == "above-s"].to_dict("records")
    (below,) = pieces[pieces.piece == source["next_piece"]].to_dict("records")
    assert (source["reach"], source["length_km"]) == (5, 0.0)
    assert (below["reach"], below["component"]) == (5, "mouth")
    assert "discharge_m3s" not in pieces.columns
