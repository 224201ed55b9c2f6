"""A ledger of credits on the command line, from beginning to export and back."""

import re

import pytest
from typer.testing import CliRunner

from nonetloss.cli.app import build

DAY = ("--date", "2030-06-30", "--as", "acca")
SERIAL = "19385-941467007-941467431-VCS-VCU-1507-VER-ET-14-1340-01012020-31122020-1"


def call(*words, language="en"):
    return CliRunner().invoke(build(language, {}), [str(w) for w in words])


def done(*words, **more):
    result = call(*words, **more)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "credits.jsonl"
    done("credits", "new", path, "--name", "Los Amigos", *DAY)
    done("credits", "account", path, "acca", "--holder", "ACCA", *DAY)
    done("credits", "account", path, "airline", *DAY)
    done("credits", "account", path, "pool", "--kind", "buffer", *DAY)
    done("credits", "project", path, "los-amigos", "--name", "Los Amigos", "--status",
         "Registered", "--country", "PE", *DAY)  # fmt: skip
    done("credits", "issue", path, "--project", "los-amigos", "--id", "la-2029", "--to", "acca=80",
         "--to", "pool=20", "--vintage-start", "2029-01-01", "--vintage-end", "2029-12-31",
         *DAY)  # fmt: skip
    return path


def totals(path):
    last = done("credits", "show", path).strip().splitlines()[-1].split("\t")
    return dict(zip(("issued", "tradable", "retired", "cancelled", "buffer"), map(int, last[1:]),
                    strict=True))  # fmt: skip


def test_every_operation(ledger):
    out = done("credits", "transfer", ledger, 30, "acca", "airline", *DAY)
    assert "30\tla-2029-1-30" in out
    done("credits", "retire", ledger, 25, "airline", "--beneficiary", "An airline", "--reason",
         "Flights of 2029", *DAY)  # fmt: skip
    done("credits", "cancel", ledger, 1, "acca", "--reason", "Error", *DAY)
    done("credits", "deposit", ledger, 4, "acca", "pool", *DAY)
    done("credits", "release", ledger, 2, "pool", "acca", "--vintage", 2029, *DAY)
    out = done("credits", "reverse", ledger, 25, "los-amigos", "--cause", "Fire", *DAY)
    assert "3 tCO₂e lost have nothing" in out  # 20 + 4 - 2 = 22 in the buffer
    done("credits", "deposit", ledger, 3, "acca", "pool", *DAY)
    done("credits", "cover", ledger, 3, "los-amigos", "--cause", "Replenished", *DAY)
    done("credits", "split", ledger, "la-2029", 39, 80, "--counts", "10,32", *DAY)
    done("credits", "adjust", ledger, "la-2029", 1, 25, "--declaration", "Committed",
         "--adjustment", "Pending", *DAY)  # fmt: skip
    # held: 80 - 25 retired - 1 canceled - 4 deposited + 2 released - 3 deposited = 49
    expected = {"issued": 100, "tradable": 49, "retired": 25, "cancelled": 26, "buffer": 0}
    assert totals(ledger) == expected
    shown = done("credits", "show", ledger, "--table", "reversals")
    assert "25\t22\t3" in shown
    assert "0\t3\t0" in shown
    for table in ("holdings", "units", "events", "projects", "issuances"):
        assert len(done("credits", "show", ledger, "--table", table).splitlines()) > 1


def test_more_than_held_is_refused_and_nothing_is_written(ledger):
    before = ledger.read_bytes()
    result = call("credits", "retire", ledger, 81, "acca", "--beneficiary", "B", "--reason", "R",
                  *DAY)  # fmt: skip
    assert result.exit_code == 2
    assert "81 units were asked for" in result.output
    assert "acca has 80" in result.output
    assert ledger.read_bytes() == before


def test_dates_reversed_are_refused_in_spanish(ledger):
    early = ("--date", "2030-06-29", "--as", "acca")
    result = call("credits", "transfer", ledger, 1, "acca", "airline", *early, language="es")
    assert result.exit_code == 2
    assert "en orden de fecha" in result.output


def test_a_reference_is_booked_once(ledger):
    words = ("credits", "transfer", ledger, 1, "acca", "airline", "--reference", "order-7", *DAY)
    done(*words)
    result = call(*words)
    assert result.exit_code == 2
    assert "order-7" in result.output
    assert totals(ledger)["tradable"] == 80


def test_a_table_of_roles_is_asked(ledger, tmp_path):
    roles = tmp_path / "roles.yaml"
    roles.write_text("acca: {actions: [transfer], accounts: [acca]}\n", encoding="utf-8")
    done("credits", "transfer", ledger, 5, "acca", "airline", "--roles", roles, *DAY)
    other = call("credits", "transfer", ledger, 5, "airline", "acca", "--roles", roles, *DAY)
    assert other.exit_code == 2
    assert "may not" in other.output
    roles.write_text("acca: {actions: [fly]}\n", encoding="utf-8")
    wrong = call("credits", "transfer", ledger, 5, "acca", "airline", "--roles", roles, *DAY)
    assert wrong.exit_code == 2
    assert "cannot be read" in wrong.output


def test_verify_shows_what_was_changed(ledger):
    out = done("credits", "verify", ledger)
    head = re.search(r"[0-9a-f]{64}", out)[0]
    assert "Keep the last digest" in out
    done("credits", "verify", ledger, "--head", head[:12])
    done("credits", "transfer", ledger, 1, "acca", "airline", *DAY)
    out = done("credits", "verify", ledger, "--head", head)
    assert "stands at event 6 of 7" in out
    gone = call("credits", "verify", ledger, "--head", "0" * 64)
    assert gone.exit_code == 2
    assert "rewrote or cut" in gone.output
    ledger.write_bytes(ledger.read_bytes().replace(b'"ACCA"', b'"ACME"'))
    changed = call("credits", "verify", ledger)
    assert changed.exit_code == 2
    assert "line 2" in changed.output


def test_a_vcu_serial_gives_numbers_and_vintage(ledger):
    def issue(quantity):
        return call("credits", "issue", ledger, "--project", "los-amigos", "--id", "vcs-19385",
                    "--serial", SERIAL, "--to", f"acca={quantity}", *DAY)  # fmt: skip

    assert "must sum" in issue(424).output or "sum to those" in issue(424).output
    assert issue(425).exit_code == 0
    assert SERIAL in done("credits", "show", ledger, "--table", "units")
    again = issue(425)
    assert again.exit_code == 2
    assert "overlap" in again.output


@pytest.mark.parametrize(
    "beside",
    [
        ("--first", 941467008),
        ("--series", "units"),
        ("--vintage-start", "2019-01-01"),
        ("--vintage-end", "2020-12-30"),
    ],
)
def test_a_serial_and_options_that_contradict_it(ledger, beside):
    words = ("credits", "issue", ledger, "--project", "los-amigos", "--id", "vcs-19385",
             "--serial", SERIAL, "--to", "acca=425", *DAY)  # fmt: skip
    before = ledger.read_bytes()
    refused = call(*words, *beside)
    assert refused.exit_code == 2
    assert beside[0] in refused.output
    assert ledger.read_bytes() == before
    # What agrees may be said.
    done(*words, "--first", 941467007, "--vintage-start", "2020-01-01")


@pytest.mark.parametrize("share", ["acca", "acca=1.5", "acca=x"])
def test_shares_that_cannot_be_read(ledger, share):
    result = call("credits", "issue", ledger, "--project", "los-amigos", "--id", "b", "--to", share,
                  "--vintage-start", "2029-01-01", "--vintage-end", "2029-12-31", *DAY)  # fmt: skip
    assert result.exit_code == 2
    assert "account=units" in result.output


def test_what_else_is_refused(ledger):
    no_days = call("credits", "issue", ledger, "--project", "los-amigos", "--id", "b", "--to",
                   "acca=1", *DAY)  # fmt: skip
    assert "needs --vintage-start" in no_days.output
    word = call("credits", "adjust", ledger, "la-2029", 1, 2, "--declaration", "commited", *DAY)
    assert "Committed, Not Required, Unknown" in word.output
    again = call("credits", "new", ledger, "--name", "x", *DAY)
    assert again.exit_code == 3
    missing = call("credits", "show", ledger.with_name("none.jsonl"))
    assert missing.exit_code == 2


@pytest.mark.parametrize("model", ["1", "2"])
def test_export_and_import_keep_every_unit(ledger, tmp_path, model):
    done("credits", "transfer", ledger, 30, "acca", "airline", *DAY)
    done("credits", "retire", ledger, 25, "airline", "--beneficiary", "An airline", "--reason",
         "Flights", *DAY)  # fmt: skip
    folder = tmp_path / "cad"
    files = done("credits", "export", ledger, folder, "--model", model).split()
    assert sorted(p.name for p in folder.iterdir()) == [
        "issuance.csv", "label.csv", "project.csv", "unit.csv",
    ]  # fmt: skip
    assert len(files) == 4
    again = tmp_path / "again.jsonl"
    done("credits", "import", again, folder, "--name", "again", *DAY)
    assert totals(again) == totals(ledger)


def test_help_speaks_both_languages():
    assert "Retire units" in done("credits", "--help")
    assert "Retira unidades" in done("credits", "--help", language="es")


def test_a_ledger_that_is_not_there_is_told_in_its_own_words(tmp_path):
    for words in (("verify",), ("show",)):
        said = call("credits", *words, tmp_path / "none.jsonl", language="es")
        assert said.exit_code == 2
        assert "créelo con «nonetloss credits new»" in said.output
        assert "QGIS" not in said.output
        assert "Errno" not in said.output
