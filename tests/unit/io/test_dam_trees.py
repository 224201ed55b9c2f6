import datetime
import re

import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.criterion import resolved
from nonetloss.io.dam_trees import read_dam_tree
from nonetloss.io.river_files import read_network, write_network
from nonetloss.landscape.river import Status

SMALL = """\
% a comment
p 4 3 2 4
dam_criteria energy sed_trap status ghg
node_criteria connectivity sediment
d 1 300.0 0.5 1 1.1
d 2  20.25 0.1 0 0.2
d 3 10 0.0 2 0
n 0 143.5 23.4
n 3 5.6 0.5
n 1 74.0 9.8
n 2 41.5 6.2
r 0
e 3 2 3
e 0 1 1
e 1 3 2"""

TRIPLES = """\
p 3 2 2
criteria +energy -loss
d 1 1 300|1|1 2|0.5|0.25
d 2 0 20.5|1|1 0.5|0|1
n 0 0 143.5
n 1 0 5.6
n 2 0 7
r 0
e 0 1 1
e 1 2 2
"""


def read(tmp_path, text):
    path = tmp_path / "tree.txt"
    path.write_text(text, encoding="utf-8")
    return read_dam_tree(path)


def codes(tmp_path, text):
    """Codes of the findings of a bad file, with the English text of each."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    for language in ("es", "en"):
        assert "tree.txt" in caught.value.render(language)
    return {f.code: f.render("en") for f in caught.value.findings}


def changed(before, after, text=SMALL):
    assert before in text
    return text.replace(before, after)


def test_a_tree_of_the_first_generation(tmp_path):
    network = read(tmp_path, SMALL)
    assert network.dam_ids == (1, 2, 3)
    assert network.root == 0
    assert [c.id for c in network.components] == [0, 1, 3, 2]
    assert dict(network.components[2].values) == {"connectivity": 5.6, "sediment": 0.5}
    dam = network.dam(2)
    assert (dam.below, dam.above, dam.status) == (1, 3, Status.PLANNED)
    assert dict(dam.options[0].values) == {"energy": 20.25, "sed_trap": 0.1, "ghg": 0.2}
    assert (dam.options[0].passage_up, dam.options[0].passage_down) == (0.0, 0.0)
    assert [d.status for d in network.dams] == [Status.BUILT, Status.PLANNED, Status.FORBIDDEN]
    assert network.dam_attributes["energy"].unit == "MW"
    assert "no documenta" in network.dam_attributes["ghg"].title.es
    assert len(network.source.sha256) == 64


def test_a_tree_of_the_second_generation_carries_its_triples(tmp_path):
    network = read(tmp_path, TRIPLES)
    assert dict(network.dam(1).options[0].values) == {
        "energy_s": 300.0,
        "energy_p": 1.0,
        "energy_q": 1.0,
        "loss_s": 2.0,
        "loss_p": 0.5,
        "loss_q": 0.25,
    }
    assert dict(network.components[0].values) == {"energy": 0.0, "loss": 143.5}
    assert network.dam_attributes["energy_s"].unit == "MW"
    assert network.dam_attributes["energy_p"].unit == ""
    assert network.component_attributes["energy"].sense == "max"
    assert network.component_attributes["loss"].sense == "min"


def test_the_sense_of_a_criterion_is_that_of_the_file_whatever_its_name(tmp_path):
    text = TRIPLES.replace("+energy -loss", "energy fish")
    network = read(tmp_path, text)
    assert [c.sense for c in resolved(network, ["energy", "fish"])] == ["max", "max"]
    network = read(tmp_path, TRIPLES.replace("+energy -loss", "-energy -connectivity"))
    assert [c.sense for c in resolved(network, ["energy", "connectivity"])] == ["min", "min"]
    # The first generation does not say: there the names tell.
    first = read(tmp_path, SMALL)
    assert {a.sense for a in first.component_attributes.values()} == {""}
    assert resolved(first, ["connectivity"])[0].sense == "max"


def test_the_sense_comes_back_from_a_geopackage(tmp_path):
    network = read(tmp_path, TRIPLES)
    write_network(tmp_path / "n.gpkg", network, date=datetime.date(2026, 11, 21))
    again = read_network(tmp_path / "n.gpkg")
    assert dict(again.component_attributes) == dict(network.component_attributes)
    assert [c.sense for c in resolved(again, ["energy", "loss"])] == ["max", "min"]


@pytest.mark.parametrize(
    ("before", "after", "code", "says"),
    [
        ("p 4 3 2 4", "p 5 3 2 3", "river.header-count", "nodes: 5 ≠ 4, dam_criteria: 3 ≠ 4"),
        ("p 4 3 2 4", "p 4 3 2", "river.line-length", "2: 3 ≠ 4"),
        ("r 0\n", "", "river.header-missing", '"r" exactly once'),
        ("node_criteria connectivity sediment\n", "", "river.header-missing", "node_criteria"),
        ("energy sed_trap status ghg", "energy ghg status ghg", "river.criterion-repeated", "ghg"),
        ("d 1 300.0", "d 1 1,300.0", "river.not-a-number", "5 · energy: «1,300.0»"),
        ("d 1 300.0", "d 1 1.300,0", "river.not-a-number", "5 · energy: «1.300,0»"),
        ("d 1 300.0", "d 1 3_00.0", "river.not-a-number", "5 · energy: «3_00.0»"),
        ("n 0 143.5", "n 0 nan", "river.not-a-number", "8 · connectivity: «nan»"),
        ("d 1 300.0", "d -1 300.0", "river.not-an-id", "5: «-1»"),
        ("d 1 300.0 0.5", "d 1 0.5", "river.line-length", "5: 4 ≠ 5"),
        ("d 1 300.0 0.5", "d 1 300|1|1 0.5", "river.triple", "5"),
        ("% a comment", "x 1 2", "river.line-unknown", "1: «x»"),
        ("d 1 300.0 0.5", "d 1 300.0 1.5", "river.out-of-range", "1: 1.5"),
        ("d 1 300.0 0.5", "d 1 -300.0 0.5", "river.out-of-range", "1: -300"),
        ("n 1 74.0", "n 1 -74.0", "river.out-of-range", "1: -74"),
        ("e 0 1 1", "e 0 1 7", "river.edge-unknown-dam", "7"),
        ("e 0 1 1", "e 0 1 7", "river.dam-without-edge", ": 1."),
        ("e 0 1 1", "e 0 1 2", "river.dam-with-two-edges", ": 2."),
        ("e 0 1 1", "e 0 9 1", "river.dam-off-river", "1 (9)"),
        ("d 2  20.25", "d 1  20.25", "river.repeated-dam", ": 1."),
        ("n 1 74.0", "n 2 74.0", "river.repeated-component", ": 2."),
        ("e 3 2 3", "e 1 0 3", "river.root-not-mouth", "3"),
        ("e 3 2 3", "e 1 0 3", "river.cycle", "0 → 1 → 0"),
        ("e 3 2 3", "e 1 0 3", "river.orphan", ": 2."),
        ("e 0 1 1", "e 2 1 1", "river.cycle", "1 → 2 → 3 → 1"),
        ("e 1 3 2", "e 2 1 2", "river.two-roots", "0, 3"),
        ("e 1 3 2", "e 2 1 2", "river.two-ways-down", "1 (1, 2)"),
        ("r 0", "r 9", "river.root-unknown", "names 9"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, before, after, code, says):
    found = codes(tmp_path, changed(before, after))
    assert says in found.get(code, f"{sorted(found)}")


def test_all_findings_come_at_once(tmp_path):
    text = changed("d 1 300.0 0.5", "d 1 1,300.0 1.5")
    text = changed("e 3 2 3", "e 1 0 3", text)
    text = changed("p 4 3", "p 4 4", text)
    assert set(codes(tmp_path, text)) == {
        "river.header-count",
        "river.not-a-number",
        "river.out-of-range",
        "river.root-not-mouth",
        "river.cycle",
        "river.orphan",
    }


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("2|0.5|0.25", "2|-0.5|0.25", "river.out-of-range"),
        ("2|0.5|0.25", "2|0.5", "river.triple"),
        ("2|0.5|0.25", "2", "river.triple"),
        ("p 3 2 2", "p 3 2 3", "river.header-count"),
    ],
)
def test_what_is_wrong_with_triples_is_named(tmp_path, before, after, code):
    assert code in codes(tmp_path, changed(before, after, TRIPLES))


def test_an_empty_or_absent_file(tmp_path):
    assert "river.header-missing" in codes(tmp_path, "")
    with pytest.raises(InputError, match=r"absent\.txt"):
        read_dam_tree(tmp_path / "absent.txt")


FILES = {
    # reference: dams (built), total MW (built)
    "ucayali_cppinput_2021_Feb.txt": (54, 21, 14440.08, 2319.61),
    "ucayali_cppinput_2021_Feb_nobuilt.txt": (54, 0, 14440.08, 0.0),
    "napo_cppinput_2021_Feb.txt": (24, 8, 4257.02, 1665.47),
    "AB_cppinput_2021_Feb.txt": (509, 160, 124495.04, 32557.68),
    "AB_cppinput_2021_Feb_nobuilt.txt": (509, 0, 124495.04, 0.0),
    "amazon_energy_ghg20_2018.txt": (509, 158, 124495.04, None),
    "example_input.txt": (6, 1, 1530.0, 300.0),
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_published_trees(shared_data, name):
    path = shared_data / "hydropower_amazon_dam_trees" / name
    network = read_dam_tree(path)
    dams, built, total, standing = FILES[name]
    power = {d.id: d.options[0].values["energy"] for d in network.dams}
    of_built = [power[d.id] for d in network.dams if d.status is Status.BUILT]
    assert (len(power), len(of_built)) == (dams, built)
    assert sum(power.values()) == pytest.approx(total, abs=1e-6)
    if standing is not None:
        assert sum(of_built) == pytest.approx(standing, abs=1e-6)
    assert len(network.components) == dams + 1
    assert network.components[0].id == network.root == 0
    place = {c.id: i for i, c in enumerate(network.components)}
    assert all(place[d.below] < place[d.above] for d in network.dams)
    # Every number is the float of its text, wherever it stands in the file.
    for line in path.read_text().splitlines():
        words = line.split()
        if words and words[0] == "d":
            assert set(network.dam(int(words[1])).options[0].values.values()) <= {
                float(w) for w in words[2:]
            }


def test_ucayali_carries_the_numbers_of_the_reference(shared_data):
    """Connectivity and sediment without dams; sums over all dams (reference, oracles)."""
    folder = shared_data / "hydropower_amazon_dam_trees"
    network = read_dam_tree(folder / "ucayali_cppinput_2021_Feb.txt")

    def total(attribute):
        return sum(d.options[0].values[attribute] for d in network.dams)

    lengths = sum(c.values["connectivity"] for c in network.components)
    assert lengths == pytest.approx(2_938_583.26, abs=0.01)
    assert sum(c.values["sediment"] for c in network.components) == pytest.approx(
        217.1647, abs=1e-4
    )
    assert total("biodiversity") == pytest.approx(217.0055, abs=1e-4)
    assert total("ghg") == pytest.approx(230.7, abs=1e-6)
    assert total("dor") == pytest.approx(305.6887, abs=1e-4)
    assert list(network.dam_attributes) == [
        "energy",
        "sed_trap",
        "seismic",
        "biodiversity",
        "ghg",
        "dor",
    ]
    assert re.search("2021", network.source.name)
