"""The whole Amazon on the public tree of dams: energy and connectivity, exact."""

import pytest

from nonetloss.study.expected import compare, read_expected

STUDY = "amazon-dams-real"


@pytest.fixture(scope="module")
def run(run_once, shared_data):
    return run_once(STUDY, data=shared_data)


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


def test_count_without_the_artefacts_of_rounding(run):
    # The C++ of the authors gives 34,412; 84 of them are ties that binary sums tear apart.
    assert run.steps["frontier"]["outputs"]["portfolios"]["rows"] == 34_328
    assert run.value("frontier", "certificate")["exact"]


def test_shares_of_the_state_without_dams(run):
    table = run.table("states").set_index("state")
    share = 100 * table[["connectivity", "sediment"]] / table.loc["none"]
    assert share.loc["today", "connectivity"] == pytest.approx(74.073, abs=0.0005)
    assert share.loc["today", "sediment"] == pytest.approx(87.208, abs=0.0005)
    assert share.loc["full", "connectivity"] == pytest.approx(59.620, abs=0.0005)
    assert share.loc["full", "sediment"] == pytest.approx(18.098, abs=0.0005)


def test_more_loss_never_buys_less(run):
    table = run.table("exchange")
    table = table[table["criterion"] == "connectivity"].sort_values("further_loss_percent")
    assert table["added_energy"].is_monotonic_increasing
    assert (table["loss_percent"] <= table["further_loss_percent"] + 1e-9).all()
    assert table["added_energy"].iloc[0] >= 0
