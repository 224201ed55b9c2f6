"""The Ucayali on the public tree of dams: the counts and prices of the reference."""

import pytest

from nonetloss.study.expected import compare, read_expected

STUDY = "ucayali-dams-real"


@pytest.fixture(scope="module")
def run(run_once, shared_data):
    return run_once(STUDY, data=shared_data, languages=("en",))


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


@pytest.mark.parametrize(("step", "count"), [("frontier", 67_900), ("free-river", 393)])
def test_counts_of_the_authors_program(run, step, count):
    assert run.steps[step]["outputs"]["portfolios"]["rows"] == count
    assert run.value(step, "finished")
    assert run.value(step, "certificate")["exact"]
    assert run.value(step, "certificate")["reevaluated"] == count


def test_existing_dams_are_in_every_portfolio(run):
    table = run.table("membership")
    built = table[table["status"] == "built"]
    assert len(built) == 21
    assert (built["member"] == "always").all()
    assert set(table.loc[table["status"] == "planned", "member"]) <= {"always", "some", "never"}


def test_building_everything_is_efficient_and_the_five_largest_are_not(run):
    verdicts = run.table("regret").set_index("state")["verdict"]
    # Nothing gives as much energy as all dams together, so nothing dominates them.
    assert verdicts["full"] == "efficient"
    # 2319.61 + 1286 + 1379 + 800 + 1074 + 942 MW; the next in size has 750.
    table = run.table("states").set_index("state")
    assert table.loc["top-5", "energy"] == pytest.approx(7800.61)
    assert verdicts["top-5"] == "dominated"


def test_the_choice_reaches_its_target(run):
    assert run.value("choice", "values")["energy"] >= 6000


def test_no_map_is_needed(run):
    assert run.record["network"]["located"] is False
    assert not (run.folder / "network.gpkg").exists()
