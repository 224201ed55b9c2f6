"""Marxan's input folder in the forms that people have it; solutions there and back."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.io.marxan import read_marxan, read_solution, write_solution

PU = "id,cost,status\n10,1,0\n20,2,2\n30,3,3\n40,4,1\n"
SPEC = "id\tprop\ttarget\tspf\tname\n1\t0.5\t99\t1\tswamp\n2\t0\t7\t1\tforest\n3\t0\t0\t1\tother\n"
HELD = "species,pu,amount\n1,10,4\n1,20,6\n2,30,5\n2,40,8\n3,10,1\n"
BOUND = "id1\tid2\tboundary\n10\t10\t3\n10\t20\t1\n20\t30\t1.5\n40\t40\t4\n"


@pytest.fixture
def folder(tmp_path):
    inside = tmp_path / "input"
    inside.mkdir()
    for name, text in (("pu", PU), ("spec", SPEC), ("puvspr", HELD), ("bound", BOUND)):
        (inside / f"{name}.dat").write_text(text, encoding="utf-8")
    settings = (
        "Input file\n\nBLM 0.25\nPROP 0.5\nINPUTDIR input\nPUNAME PU.dat\nBOUNDNAME bound.dat\n"
    )
    (tmp_path / "input.dat").write_text(settings, encoding="utf-8")
    return tmp_path


def write(folder, name, text):
    (folder / "input" / name).write_text(text, encoding="utf-8")


def code(folder):
    with pytest.raises(InputError) as raised:
        read_marxan(folder)
    return raised.value.findings[0].code


def test_a_folder_is_read(folder):
    problem = read_marxan(folder)
    case = problem.case
    assert case.ids.tolist() == [10, 20, 30, 40]
    assert case.cost.tolist() == [1, 2, 3, 4]
    assert case.locked_in.tolist() == [False, True, False, False]
    assert case.locked_out.tolist() == [False, False, True, False]
    assert case.units.features == ("swamp", "forest", "other")
    assert case.units.amounts[0].toarray().tolist() == [
        [4, 0, 1], [6, 0, 0], [0, 5, 0], [0, 8, 0],
    ]  # fmt: skip
    # prop goes before target; a feature without either asks for nothing.
    assert problem.targets[:2].tolist() == [0.5 * 10, 7]
    assert np.isnan(problem.targets[2])
    assert problem.boundary_penalty == 0.25
    assert [f.code for f in problem.findings] == ["marxan.initial"]


def test_rows_with_equal_ids_are_edges_that_touch_no_other_unit(folder):
    boundary = read_marxan(folder).case.boundary.toarray()
    assert np.diag(boundary).tolist() == [3 + 1, 1 + 1.5, 1.5, 4]
    assert (boundary[0, 1], boundary[2, 1]) == (1, 1.5)


def test_repeated_edges_are_summed_and_told(folder):
    write(folder, "bound.dat", BOUND + "20\t10\t1\n")
    problem = read_marxan(folder)
    assert problem.case.boundary[0, 1] == 1 + 1
    assert "marxan.edge-twice" in [f.code for f in problem.findings]


def test_files_stand_alone_in_commas_tabs_semicolons_or_blanks(folder, tmp_path):
    problem = read_marxan(folder)
    (folder / "input.dat").unlink()
    write(folder, "bound.dat", BOUND.replace("\t", "  "))
    write(folder, "spec.dat", SPEC.replace("\t", ";"))
    write(folder, "pu.dat", '"id","cost","status"\n' + PU.partition("\n")[2])
    for place in (folder, folder / "input"):
        again = read_marxan(place)
        assert again.boundary_penalty == 0
        assert np.array_equal(again.targets, problem.targets, equal_nan=True)
        assert (again.case.boundary != problem.case.boundary).nnz == 0


def test_the_settings_file_itself_may_be_given(folder):
    assert read_marxan(folder / "input.dat").boundary_penalty == 0.25


def test_amounts_in_wide_form(folder):
    long = read_marxan(folder).case.units.amounts[0].toarray()
    (folder / "input" / "puvspr.dat").unlink()
    write(folder, "puvspr2.dat", "pu,1,2,3\n10,4,0,1\n20,6,0,0\n30,0,5,0\n40,0,8,0\n")
    assert np.array_equal(read_marxan(folder).case.units.amounts[0].toarray(), long)


def test_without_costs_every_unit_costs_one_and_without_edges_none_count(folder):
    write(folder, "pu.dat", "id\n10\n20\n30\n40\n")
    (folder / "input.dat").write_text("BLM 0.25\n", encoding="utf-8")
    (folder / "input" / "bound.dat").unlink()
    problem = read_marxan(folder)
    assert problem.case.cost.tolist() == [1, 1, 1, 1]
    assert problem.boundary_penalty == 0
    assert [f.code for f in problem.findings] == ["marxan.no-boundary"]


def test_what_is_not_heeded_is_told(folder):
    write(folder, "spec.dat", "id,prop,target2,sepnum\n1,0.5,3,0\n2,0.1,0,0\n3,0,0,2\n")
    (told,) = [f for f in read_marxan(folder).findings if f.code == "marxan.unheeded"]
    assert told.data["names"] == "target2, sepnum"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("pu.dat", "pu,cost\n10,1\n", "marxan.column"),
        ("pu.dat", "id,cost\n10,1\n10,1\n", "selection.id-repeated"),
        ("pu.dat", PU.replace("10,1,0", "10,-1,0"), "planning.cost"),
        ("puvspr.dat", HELD + "1,99,4\n", "marxan.unknown-id"),
        ("puvspr.dat", HELD + "1,30,\n", "marxan.number"),
        ("puvspr.dat", HELD + "1,30,-4\n", "planning.amounts"),
        ("bound.dat", BOUND + "10\t99\t1\n", "marxan.unknown-id"),
        ("bound.dat", BOUND + "10\t30\t-1\n", "marxan.number"),
        ("spec.dat", "id,prop\n1,30\n2,0\n3,0\n", "marxan.number"),
        ("spec.dat", "id,spf\n1,30\n2,0\n3,0\n", "marxan.no-target"),
    ],
)
def test_bad_folders_are_refused(folder, name, text, expected):
    write(folder, name, text)
    assert code(folder) == expected


def test_missing_files_are_named(folder):
    (folder / "input" / "spec.dat").unlink()
    assert code(folder) == "marxan.absent"
    assert code(folder / "nowhere") == "marxan.absent"
    # A boundary file that input.dat names must be there.
    write(folder, "spec.dat", SPEC)
    (folder / "input" / "bound.dat").unlink()
    assert code(folder) == "marxan.absent"


def test_a_solution_there_and_back(tmp_path):
    ids, chosen = np.array([10, 20, 30]), np.array([True, False, True])
    write_solution(tmp_path / "best.csv", ids, chosen)
    text = (tmp_path / "best.csv").read_text(encoding="utf-8")
    assert text == "PUID,SOLUTION\n10,1\n20,0\n30,1\n"
    assert read_solution(tmp_path / "best.csv", ids).tolist() == chosen.tolist()
    (tmp_path / "other.csv").write_text('"planning_unit","solution"\n30,1\n10,0\n')
    assert read_solution(tmp_path / "other.csv", ids).tolist() == [False, False, True]
    with pytest.raises(InputError):
        read_solution(tmp_path / "best.csv", ids[:2])
