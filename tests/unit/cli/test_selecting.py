"""The command select on a Marxan folder of six units and three features."""

import pytest
from typer.testing import CliRunner

from nonetloss.cli.app import build

# The example of pymarxan: 37, 20 and 18 are held by units 2, 4 and 6 at a cost of 15 + 12 + 8.
HELD = [(10, 5, 0), (15, 10, 6), (5, 8, 10), (12, 3, 4), (8, 12, 5), (10, 7, 8)]
COST = (10, 15, 20, 12, 18, 8)


@pytest.fixture
def folder(tmp_path):
    units = "".join(f"{i},{c}\n" for i, c in enumerate(COST, 1))
    held = "".join(
        f"{j},{i},{amount}\n"
        for i, row in enumerate(HELD, 1)
        for j, amount in enumerate(row, 1)
        if amount
    )
    # Six squares in a row.
    edges = "".join(f"{i},{i + 1},1\n" for i in range(1, 6))
    rim = "".join(f"{i},{i},{3 if i in (1, 6) else 2}\n" for i in range(1, 7))
    files = {
        "pu": "id,cost\n" + units,
        "spec": "id,target,name\n1,30,a\n2,20,b\n3,15,c\n",
        "puvspr": "species,pu,amount\n" + held,
        "bound": "id1,id2,boundary\n" + edges + rim,
    }
    for name, text in files.items():
        (tmp_path / f"{name}.dat").write_text(text, encoding="utf-8")
    return tmp_path


def call(*words, language="en"):
    return CliRunner().invoke(build(language, {}), ["select", *(str(w) for w in words)])


def rows(output):
    return {line.split("\t")[0]: line.split("\t")[1:] for line in output.splitlines()}


def test_the_cheapest_units_with_proof(folder, tmp_path):
    result = call(folder, "--gap", 0, "-o", tmp_path / "best.csv")
    assert result.exit_code == 0, result.output
    told = rows(result.output)
    assert told["Cost"] == ["35"]
    # Three squares apart: 4 + 4 + 4.
    assert told["Boundary"] == ["12"]
    assert "Proven optimum" in result.output
    assert "All 3 targets are met." in result.output
    text = (tmp_path / "best.csv").read_text(encoding="utf-8")
    assert text == "PUID,SOLUTION\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n"


def test_outlines_cost_what_blm_says(folder):
    told = rows(call(folder, "--gap", 0, "--blm", 10).output)
    score, cost, boundary = (float(told[k][0]) for k in told if k.startswith(("Cost", "Bound")))
    assert score == cost + 10 * boundary
    assert boundary < 12


def test_another_solution_is_measured_beside(folder, tmp_path):
    other = tmp_path / "output_best.csv"
    # Units 1, 2, 3: 30, 23, 16 at 45.
    other.write_text("PUID,SOLUTION\n1,1\n2,1\n3,1\n", encoding="utf-8")
    result = call(folder, "--gap", 0, "--compare", other)
    assert rows(result.output)["Cost"] == ["35", "45"]
    assert "+28.6 %" in result.output  # 45 / 35 = 1.2857
    other.write_text("PUID,SOLUTION\n1,1\n", encoding="utf-8")
    assert "misses 3 targets" in call(folder, "--compare", other).output


def test_what_cannot_be_reached_is_an_error_or_asked_for_as_far_as_it_goes(folder):
    spec = "id,target,name\n1,30,a\n2,20,b\n3,99,c\n"
    (folder / "spec.dat").write_text(spec, encoding="utf-8")
    refused = call(folder)
    assert refused.exit_code == 1
    assert "feature c, 99" in refused.output
    result = call(folder, "--reachable", language="es")
    assert result.exit_code == 0, result.output
    told = rows(result.output)
    assert told["Metas sin cumplir"] == ["1"]
    # All there is of c: 6 + 10 + 4 + 5 + 8.
    assert told["c"] == ["99", "33"]


def test_a_folder_that_is_none(tmp_path):
    assert call(tmp_path / "nowhere").exit_code == 2
    assert call(tmp_path, "-o", tmp_path / "no" / "best.csv").exit_code == 3
