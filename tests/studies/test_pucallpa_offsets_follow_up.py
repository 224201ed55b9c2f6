"""The hypothetical follow-up of an offset: what was seen comes back to the balance."""

import pandas as pd
import pytest

from nonetloss.ledger.journal import verify
from nonetloss.ledger.records import Entry
from nonetloss.ledger.text_form import parse_text
from nonetloss.study.check import check
from nonetloss.study.expected import compare, read_expected
from nonetloss.study.runner import run_study

STUDY = "pucallpa-offsets-follow-up"


@pytest.fixture(scope="module")
def run(run_once):
    return run_once(STUDY, languages=("es", "en"))


def test_nothing_is_odd_before_the_run_but_its_date(studies):
    found = check(studies / STUDY)
    assert [(f.code, f.subject) for f in found] == [
        ("rules.after-review", "pe"),
        ("study.elsewhere", "ecosystems"),
    ]


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


def test_everything_is_labelled_as_invented(run, studies):
    assert all(source["schematic"] for source in run.record["sources"])
    assert run.record["study"]["unknowns"][0]["critical"]
    observed = pd.read_csv(studies / STUDY / "data" / "observations.csv")
    assert set(observed["observer"]) == {"Invented / inventado"}
    for language, word in (("es", "inventad"), ("en", "invented")):
        report = (run.folder / f"report.{language}.html").read_text(encoding="utf-8")
        assert word in report.lower()


def test_observed_gains_are_area_times_what_the_site_is_ahead_of_its_control(run, studies):
    seen = pd.read_csv(studies / STUDY / "data" / "observations.csv")
    progress = run.table("monitoring", "progress").set_index(["site", "year"])
    seen = seen.set_index(["site", "year"]).loc[progress.index]
    ahead = progress["area_ha"] * (seen["value_likely"] - seen["control_likely"])
    assert progress["observed"].to_numpy() == pytest.approx(ahead.to_numpy(), abs=1e-6)


def test_one_site_fails_one_lags_and_the_others_keep_their_promise(run):
    last = run.table("monitoring", "progress").query("year == 2033").set_index("site")["status"]
    kept = dict.fromkeys(("p05", "p08", "p09", "p11", "p12"), "ok")
    assert last.to_dict() == {**kept, "p06": "missed", "p15": "warning"}
    outlook = run.table("monitoring", "outlook").set_index("site")
    assert set(outlook.index[outlook["warning"]]) == {"p06", "p15"}


def test_the_shortfall_reopens_the_balance_and_nothing_else_does(run):
    table = run.table("monitoring", "reopening").set_index("asset")
    assert list(table.index[table["status"] == "reopened"]) == ["terra-firme"]
    owed = table["residual_qha"] - table["delivered_qha"]
    assert table["shortfall_qha"].to_numpy() == pytest.approx(owed.clip(lower=0).to_numpy())
    promised = run.table("plan-balance", "no_net_loss").set_index("asset")
    reopened = run.table("balance", "no_net_loss").set_index("asset")
    assert promised["holds"].all()
    assert list(reopened.index[~reopened["holds"]]) == ["terra-firme"]
    assert reopened.loc["terra-firme", "probability"] < promised.loc["terra-firme", "probability"]
    assert "monitoring.reopened" in run.codes()


def test_the_balance_counts_what_was_delivered(run):
    table = run.balance()
    delivered = run.table("monitoring", "reopening").set_index("asset")["delivered_qha"]
    assert table["offset"].to_dict() == pytest.approx(delivered.to_dict(), abs=1e-6)


def test_the_ledger_books_the_promise_and_then_that_it_was_not_kept(run):
    journal = parse_text((run.folder / "ledger.txt").read_text(encoding="utf-8"))
    assert verify(journal) == ()
    ids = [r.id for r in journal.records if isinstance(r, Entry)]
    reopened = [id for id in ids if "/reopen/" in id]
    assert ["terra-firme" in id for id in reopened] == [True]
    # The promise still stands before it.
    assert any("settle" in id and "terra-firme" in id for id in ids[: ids.index(reopened[0])])


def test_nobody_counts_a_hectare_of_gain_twice(run):
    claims = run.table("basin", "claims")
    assert (claims["counted_qha"] <= claims["whole_qha"] + 1e-6).all()
    shared = claims[claims["status"] == "divided"].set_index("land")
    assert list(shared.index) == ["p12"]
    accounts = run.table("basin", "accounts").query("parcel == 'p12'")
    by_project = accounts.groupby("project")["counted_qha"].sum()
    # The power line claimed first and keeps its 450; the road has what is left of the land.
    assert by_project["power-line"] == pytest.approx(450)
    whole = shared.loc["p12", "whole_qha"]
    assert by_project["road"] == pytest.approx(whole - 450, abs=1e-5)


def test_balance_and_accounts_treat_the_failed_site_alike(run):
    road = run.table("basin", "projects").query("project == 'road'").set_index("ecosystem")
    claims = run.table("basin", "claims")
    # The accounts lack only what the power line had claimed before.
    uncounted = (claims["claimed_qha"] - claims["counted_qha"]).sum()
    table = run.balance()
    assert road["loss"].sum() == pytest.approx(table["residual"].sum(), abs=1e-4)
    assert road["gain"].sum() == pytest.approx(table["offset"].sum() - uncounted, abs=1e-4)
    assert run.table("basin", "accounts").query("entry == 'harm'")["parcel"].tolist() == ["p06"]


def test_the_basin_adds_up(run):
    accounts = run.table("basin", "accounts")
    balance = run.table("basin", "balance").set_index("ecosystem")
    # What a site is worse than without the action is taken off the gain.
    for column, signs in (("loss", {"loss": 1}), ("gain", {"gain": 1, "harm": -1})):
        amounts = accounts["counted_qha"] * accounts["entry"].map(signs).fillna(0)
        sums = amounts.groupby(accounts["ecosystem"]).sum()
        assert balance[column].to_dict() == pytest.approx(sums.to_dict(), abs=1e-5)
    net = balance["gain"] - balance["loss"]
    assert balance["net"].to_numpy() == pytest.approx(net.to_numpy(), abs=1e-5)
    journal = parse_text(
        (run.folder / run.steps["basin"]["outputs"]["journal"]["file"]).read_text()
    )
    assert verify(journal) == ()


def test_two_runs_give_the_same_bytes(run, studies, tmp_path):
    again = run_study(studies / STUDY, tmp_path / STUDY)
    files = sorted(p.relative_to(run.folder) for p in run.folder.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    different = [f for f in files if (run.folder / f).read_bytes() != (again / f).read_bytes()]
    assert different == []
