import datetime

import numpy as np
import pytest

from nonetloss.core.errors import InputError, OutputError
from nonetloss.io.dam_trees import read_dam_tree, read_solutions, write_solutions

VALUES = np.array([[300.0, 1 / 3], [1234567.25, 0.0]])
PORTFOLIOS = np.array([[True, False, True], [False, False, False]])


def write(path, **changes):
    arguments = {
        "criteria": ["energy", "ghg"],
        "values": VALUES,
        "dams": [4, 7, 12],
        "portfolios": PORTFOLIOS,
        "epsilon": 0.05,
        "data_file": "tree.txt",
        "date": datetime.date(2026, 11, 21),
        "header": {"seed": "7"},
    }
    write_solutions(path, **(arguments | changes))
    return path


def test_the_text_is_that_of_the_published_files(tmp_path):
    lines = write(tmp_path / "a.sol").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Date/time: 2026-11-21"
    assert lines[4] == "seed: 7"
    assert lines[5] == "num_solutions: 2"
    assert lines[12] == "criteria: energy, ghg"
    assert lines[13:] == ["300, 0.333333, 2, 4 12", "1.23457e+06, 0, 0,"]


def test_full_precision_reads_back_the_same_floats(tmp_path):
    found = read_solutions(write(tmp_path / "a.sol", full_precision=True), dams=(4, 7, 12))
    assert (found.values == VALUES).all()
    assert (found.portfolios == PORTFOLIOS).all()
    assert found.criteria == ("energy", "ghg")
    assert found.epsilon == 0.05
    assert found.dams == (4, 7, 12)
    assert read_solutions(tmp_path / "a.sol").dams == (4, 12)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("criteria: energy, ghg", "criterios: energy, ghg", "river.solutions-header"),
        ("300, 0.333333, 2, 4 12", "300, 2, 4 12", "river.solution-line"),
        ("300, 0.333333, 2, 4 12", "300, 0.333333, 3, 4 12", "river.solution-line"),
        ("300, 0.333333, 2, 4 12", "300, 0.333333, 2, 4 x", "river.solution-unknown-dam"),
        ("300, 0.333333, 2, 4 12", "300, nan, 2, 4 12", "river.not-a-number"),
        ("300, 0.333333, 2, 4 12", "300, 0.333333, 2, 4 13", "river.solution-unknown-dam"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, before, after, code):
    path = write(tmp_path / "a.sol")
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_solutions(path, dams=(4, 7, 12))
    assert [f.code for f in caught.value.findings] == [code]
    assert "a.sol" in caught.value.render("es")


def test_ids_that_are_text_come_back_where_the_dams_are_given(tmp_path):
    dams = ("mantaro", 7, "07")
    path = write(tmp_path / "a.sol", dams=dams)
    found = read_solutions(path, dams=dams)
    assert found.dams == dams
    assert (found.portfolios == PORTFOLIOS).all()
    # Without them nobody could tell 7 from "7".
    with pytest.raises(InputError, match="instead of numbers") as caught:
        read_solutions(path)
    assert [f.code for f in caught.value.findings] == ["river.solution-line"]


@pytest.mark.parametrize("id", ["alto mantaro", "a,b", "", "a\n"])
def test_ids_that_could_not_be_read_back_are_not_written(tmp_path, id):
    with pytest.raises(OutputError) as caught:
        write(tmp_path / "a.sol", dams=[4, id, 12])
    assert [f.code for f in caught.value.findings] == ["river.solution-ids"]
    assert f"«{id}»" in caught.value.render("es")
    assert not (tmp_path / "a.sol").exists()


def test_absent_file(tmp_path):
    with pytest.raises(InputError, match=r"a\.sol"):
        read_solutions(tmp_path / "a.sol")


PUBLISHED = {
    "napo_six_criteria_eps0_exact.sol": ("napo_cppinput_2021_Feb.txt", 10036, 6, 0.0),
    "napo_six_criteria_eps0.05.sol": ("napo_cppinput_2021_Feb.txt", 863, 6, 0.05),
    "amazon_energy_ghg20_eps0.05.sol": ("amazon_energy_ghg20_2018.txt", 275, 2, 0.05),
}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_published_solutions(shared_data, name, tmp_path):
    folder = shared_data / "hydropower_amazon_dam_trees"
    tree, count, criteria, epsilon = PUBLISHED[name]
    network = read_dam_tree(folder / tree)
    found = read_solutions(folder / name, dams=network.dam_ids)
    assert found.values.shape == (count, criteria)
    assert found.epsilon == epsilon
    assert int(found.header["num_solutions"]) == count
    if epsilon == 0.0:
        # Energy of an exact solution is the sum over its dams, to the 6 digits written.
        power = np.array([d.options[0].values["energy"] for d in network.dams])
        energy = found.values[:, found.criteria.index("energy")]
        assert np.allclose(found.portfolios @ power, energy, rtol=6e-6)
    # What is written again has the same lines, up to the order of the ids.
    again = tmp_path / "again.sol"
    write_solutions(
        again,
        criteria=found.criteria,
        values=found.values,
        dams=found.dams,
        portfolios=found.portfolios,
        epsilon=found.epsilon,
        header=dict(found.header),
    )

    def content(path):
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [
            (*line.split(", ")[:-1], frozenset(line.split(", ")[-1].split())) for line in lines[13:]
        ]
        return [line.strip() for line in lines[:13]], rows

    assert content(again) == content(folder / name)
