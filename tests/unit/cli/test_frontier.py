"""The command frontier on a tree of four sites; the front by brute force."""

from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
from typer.testing import CliRunner

import nonetloss.hydropower
from nonetloss.cli.app import build
from nonetloss.io import parquet, river_files
from nonetloss.io.dam_solutions import read_solutions
from nonetloss.io.dam_trees import read_dam_tree
from nonetloss.study.front_files import write_front

# Site 3 stands. Energy in MW; what each dam emits.
DAMS = {1: (300.0, 30.0), 2: (120.5, 10.5), 3: (80.0, 2.5), 4: (60.0, 11.0)}
TREE = """\
p 5 4 1 3
dam_criteria energy status ghg
node_criteria connectivity
d 1 300 0 30
d 2 120.5 0 10.5
d 3 80 1 2.5
d 4 60 0 11
n 0 100
n 1 80
n 2 60
n 3 50
n 4 40
r 0
e 0 1 1
e 1 2 2
e 1 3 3
e 2 4 4
"""


def brute_force() -> set[tuple[float, float]]:
    """Energy and emissions of all efficient portfolios: 2 × 2 × 2 of them to look at."""
    points = set()
    for x in product((0, 1), repeat=3):
        built = [3, *(dam for dam, k in zip((1, 2, 4), x, strict=True) if k)]
        points.add((sum(DAMS[d][0] for d in built), sum(DAMS[d][1] for d in built)))
    return {
        (e, g)
        for e, g in points
        if not any(a >= e and b <= g and (a, b) != (e, g) for a, b in points)
    }


@pytest.fixture
def tree(tmp_path):
    path = tmp_path / "tree.txt"
    path.write_text(TREE, encoding="utf-8")
    return path


def call(*words, language="en"):
    return CliRunner().invoke(build(language, {}), ["frontier", *(str(w) for w in words)])


def test_the_front_of_a_tree_in_three_forms(tree, tmp_path):
    expected = sorted(brute_force())
    # 80, 200.5, 300 + 80, 420.5 + 80, 560.5 MW; 60 MW alone at 11 is worse than 120.5 at 10.5.
    assert [e for e, _ in expected] == [80.0, 200.5, 260.5, 380.0, 500.5, 560.5]
    for form in ("sol", "csv", "parquet"):
        out = tmp_path / f"front.{form}"
        result = call(tree, "--criteria", "energy, ghg", "--out", out)
        assert result.exit_code == 0, result.output
        assert "6 portfolios: the exact front." in result.output
    solutions = read_solutions(tmp_path / "front.sol")
    assert [tuple(row) for row in solutions.values.tolist()] == expected
    assert solutions.header["Data file"] == "tree.txt"
    table = pd.read_csv(tmp_path / "front.csv")
    assert list(table) == [
        "energy [MW]", "ghg", "dams_total", "dams", "new_total", "new_dams",
    ]  # fmt: skip
    # Site 3 stands already.
    assert (table.dams_total - table.new_total == 1).all()
    assert table.new_dams.astype(str).tolist()[1:3] == ["2", "2 4"]
    assert table["dams"].astype(str).tolist()[:2] == ["3", "2 3"]
    portfolios, units = parquet.read(tmp_path / "front.parquet")
    assert units["energy"] == "MW"
    assert portfolios[["dam_1", "dam_2", "dam_3", "dam_4"]].iloc[1].tolist() == [0, 1, 1, 0]


def test_bounds_are_in_the_unit_of_the_criterion(tree):
    result = call(
        tree, "--criteria", "energy,ghg", "--at-least", "energy=200", "--at-most", "ghg=33"
    )
    # 200.5 MW at 13, 260.5 at 24, 380 at 32.5.
    assert "3 portfolios" in result.output


def test_a_network_of_several_options_names_them(tree, tmp_path):
    network = read_dam_tree(tree)
    first = network.dams[0]
    low, high = (replace(first.options[0], name=name) for name in ("low", "high"))
    high = replace(high, values={**high.values, "energy": 400.0, "ghg": 90.0})
    several = replace(network, dams=(replace(first, options=(low, high)), *network.dams[1:]))
    front = nonetloss.hydropower.pareto_frontier(several, criteria=["energy", "ghg"])
    write_front(tmp_path / "front.csv", front, network=several)
    text = (tmp_path / "front.csv").read_text(encoding="utf-8")
    assert "1:high 2 3 4" in text
    assert "1:low 3" in text


def test_a_geopackage_is_a_network_too(tree, tmp_path):
    import datetime

    path = tmp_path / "tree.gpkg"
    river_files.write_network(path, read_dam_tree(tree), date=datetime.date(2026, 11, 21))
    assert "6 portfolios" in call(path, "--criteria", "energy,ghg").output


def test_an_interrupted_search_is_written_and_said(tree, tmp_path, monkeypatch):
    search = nonetloss.hydropower.pareto_frontier

    def interrupted(*given, **options):
        return replace(search(*given, **options), epsilon=0.1, finished=False)

    monkeypatch.setattr(nonetloss.hydropower, "pareto_frontier", interrupted)
    out = tmp_path / "front.csv"
    result = call(tree, "--criteria", "energy,ghg", "--out", out, language="es")
    assert result.exit_code == 130
    assert "a lo más 0.1 peor" in result.output
    assert "Interrumpido: se guardó" in result.output
    assert out.is_file()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--criteria", "energy,fish"], 2, "fish"),
        (["--criteria", "energy,ghg", "--at-least", "energy>5"], 2, '"criterion=number"'),
        (["--criteria", "energy,ghg", "--at-most", "ghg=nan"], 2, '"criterion=number"'),
        (["--criteria", "energy,ghg", "--at-least", "energy=9999"], 1, "(≥ 9999 MW)"),
        (["--criteria", "energy,ghg", "--at-most", "ghg=2"], 1, "(≤ 2)"),
        (["--criteria", "energy,ghg", "--at-most", "ghg=2"], 1, "misses by 0.5."),
        (["--criteria", "energy,ghg", "--at-least", "energy=5,000"], 2, "comma"),
        (["--criteria", "energy,ghg", "--at-least", "energy=5 km"], 2, "another dimension"),
        (["--criteria", "energy,ghg", "--at-least", "energy=9 GW"], 1, "(≥ 9000 MW)"),
        (["--criteria", "energy", "--out", "no-such-folder/front.csv"], 3, "no-such-folder"),
        (["--criteria", "energy,dci_q"], 2, "dci_q"),
        (["--criteria", "energy,ghg", "--out", "front.xlsx"], 3, ".sol, .csv, .parquet"),
        (["--criteria", "energy,ghg", "--epsilon", "-1"], 2, "epsilon"),
    ],
)
def test_what_cannot_be_is_told(tree, words, code, said):
    result = call(tree, *words)
    assert result.exit_code == code, result.output
    assert said in result.output


def test_a_file_that_is_not_there(tmp_path):
    result = call(tmp_path / "no.txt", "--criteria", "energy")
    assert result.exit_code == 2
    assert "There is no file" in result.output


def test_the_table_says_what_is_better_and_where_no_unit_is_known(tree):
    lines = call(tree, "--criteria", "energy,ghg", language="es").output.splitlines()
    rows = [line.split("\t") for line in lines if "\t" in line]
    assert rows[0] == ["Criterio", "Es mejor", "Mínimo", "Máximo", "Unidad"]
    assert [(row[1], row[4]) for row in rows[1:]] == [
        ("más", "MW"),
        ("menos", "unidad no documentada"),
    ]


def test_one_criterion_has_no_trade_off(tree):
    assert "no trade-off" in call(tree, "--criteria", "energy").output
    assert "no trade-off" not in call(tree, "--criteria", "energy,ghg").output


def test_a_bound_may_bring_its_unit(tree):
    words = (tree, "--criteria", "energy,ghg", "--at-least")
    assert call(*words, "energy=0.2 GW").output == call(*words, "energy=200").output


@pytest.mark.parametrize("options", [("--threads", "2"), ("--cluster", "tcp://localhost:8786")])
def test_workers_take_parts_and_the_front_stays(tree, tmp_path, options, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from nonetloss.cli import cluster
    from nonetloss.numerics.fronts import tree as fronts

    class Client:
        closed = False

        def get_executor(self):
            return ThreadPoolExecutor(1)

        def close(self):
            Client.closed = True

    monkeypatch.setattr(cluster, "connect", lambda address: Client())
    # So small a tree would never be shared.
    monkeypatch.setattr(fronts, "_WORTH_SHARING", 1)
    out = tmp_path / "front.csv"
    criteria = "energy,ghg,connectivity"
    result = call(tree, "--criteria", criteria, "--out", out, *options)
    assert result.exit_code == 0, result.output
    shared = out.read_text(encoding="utf-8")
    call(tree, "--criteria", criteria, "--out", out)
    assert out.read_text(encoding="utf-8") == shared
    assert Client.closed == ("--cluster" in options)
