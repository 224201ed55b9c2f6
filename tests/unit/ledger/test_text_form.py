import datetime as dt

import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.core.language import Text
from nonetloss.ledger.journal import Journal, append, correct, verify
from nonetloss.ledger.records import AccountKind, Assertion, Entry, Open, posting
from nonetloss.ledger.text_form import parse_text, write_text

DAY = dt.date(2026, 11, 21)


def journal():
    made = append(
        Journal(),
        Open(DAY, "nature:várzea:before", AccountKind.FLOW),
        Open(DAY, "nature:várzea:residual", AccountKind.STOCK),
        Entry(
            DAY,
            "before",
            Text('Pérdida "antes"\n; no es comentario', "Loss before"),
            (
                posting("nature:várzea:before", -1234.5, "quality_hectare"),
                posting("nature:várzea:residual", 1234.5, "quality_hectare"),
            ),
        ),
        Assertion(DAY, "nature:várzea:residual", 1_234_500_000, "quality_hectare"),
    )
    return correct(made, "before", id="fix", date=DAY, narration=Text("Se anula", "Undone"))


def test_what_is_written():
    lines = write_text(journal()).split("\n")
    assert lines[0] == "nonetloss ledger 1"
    assert lines[2] == "2026-11-21 open nature:várzea:before flow"
    assert lines[8] == "2026-11-21 entry before"
    assert lines[9] == '  es "Pérdida \\"antes\\"\\n; no es comentario"'
    assert lines[11] == "  nature:várzea:before    -1234.500000 quality_hectare"
    assert lines[12] == "  nature:várzea:residual   1234.500000 quality_hectare"
    assert "  corrects before" in lines


def test_reads_back_the_same_journal():
    text = write_text(journal())
    assert parse_text(text) == journal()
    assert write_text(parse_text(text)) == text
    assert verify(parse_text(text), head=journal().head) == ()


def test_comments_blank_lines_and_windows_line_ends_do_not_matter():
    text = write_text(journal()).replace("\n\n", "\n; a comment\n\n\n")
    assert parse_text(text) == journal()
    assert parse_text(text.replace("\n", "\r\n")) == journal()


def test_an_empty_journal():
    assert parse_text(write_text(Journal())) == Journal()


def test_an_amount_changed_in_the_file_is_found_by_verify():
    text = write_text(journal()).replace("1234.500000", "1234.400000", 2)
    (finding,) = verify(parse_text(text))
    assert (finding.code, finding.subject) == ("ledger.chain-broken", "before")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("nonetloss ledger 1", "some other file", 1),
        ("2026-11-21 open", "2026-13-21 open", 3),
        ("before flow", "before heap", 3),
        ("  digest ", "  digest x", 4),
        ('  es "P', "  es P", 10),
        ("-1234.500000", "-1234,5", 12),
        ("2026-11-21 entry before", "2026-11-21 enter before", 9),
    ],
)
def test_a_line_that_cannot_be_read_is_named(old, new, line):
    with pytest.raises(LedgerError) as caught:
        parse_text(write_text(journal()).replace(old, new, 1))
    (finding,) = caught.value.findings
    assert (finding.code, finding.data["line"]) == ("ledger.text-form", line)
    assert str(line) in finding.render("es")


@pytest.mark.parametrize("text", ["", "\n", "nonetloss ledger 1\n\n  stray\n"])
def test_no_ledger_at_all(text):
    with pytest.raises(LedgerError):
        parse_text(text)


def test_an_entry_without_a_language_is_refused():
    text = "\n".join(
        line for line in write_text(journal()).split("\n") if not line.startswith("  en")
    )
    with pytest.raises(LedgerError):
        parse_text(text)
