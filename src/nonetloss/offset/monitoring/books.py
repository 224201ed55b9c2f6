"""What was really gained, in the journal: an entry per observation, closed by an assertion."""

import datetime as dt
from collections.abc import Mapping

from nonetloss.core.language import Text, text
from nonetloss.ledger.balance_entries import account_word
from nonetloss.ledger.journal import Journal, append
from nonetloss.ledger.records import (
    AccountKind,
    Assertion,
    Entry,
    Open,
    Posting,
    Record,
    millionths,
)
from nonetloss.offset.monitoring.progress import UNOBSERVED
from nonetloss.offset.monitoring.results import Monitoring

UNIT = "quality_hectare"


def post_gains(
    monitoring: Monitoring,
    *,
    start: dt.date,
    journal: Journal | None = None,
    root: str = "seen",
    titles: Mapping[str, Text] | None = None,
) -> Journal:
    """The observed gain of every site and year as entries.

    Accounts of a site: `gained`, what stands there beyond the counterfactual, and `nature`, where
    it comes from. Both are flows: a site that falls below its counterfactual has gained less than
    nothing. An entry moves the change since the observation before; the assertion after it states
    the gain observed. Years without an observation leave no entry.

    Parameters
    ----------
    start : date
        The day of the impact, year 0. An observation of year n is booked n years later.
    journal : Journal or None
        What to append to; dates must not lie before its last. None: a new journal.
    root : str
        Begins all accounts.
    titles : mapping of site to Text, or None
        What narrations call a site. None: its title in the plan.

    Raises
    ------
    LedgerError
        As `journal.append`.
    """
    table = monitoring.progress
    seen = table[table["status"] != UNOBSERVED].sort_values(["year", "site"], kind="stable")
    called = {r["site"]: Text(r["title_es"], r["title_en"]) for r in seen.to_dict("records")}
    called |= dict(titles or {})
    records: list[Record] = []
    held: dict[str, int] = {}
    for row in seen.to_dict("records"):
        site, year = str(row["site"]), int(row["year"])
        date = anniversary(start, year - monitoring.first_year)
        path = f"{root}:{account_word(site)}"
        if site not in held:
            records += [Open(date, f"{path}:{n}", AccountKind.FLOW) for n in ("gained", "nature")]
        amount = millionths(row["observed"])
        change = amount - held.get(site, 0)
        held[site] = amount
        if change:
            lines = (
                Posting(f"{path}:gained", change, UNIT),
                Posting(f"{path}:nature", -change, UNIT),
            )
            said = {"site": called[site], "year": year}
            narration = Text(
                es=text("monitoring.entry", "es", **said), en=text("monitoring.entry", "en", **said)
            )
            id = f"{path}:{year}".replace(":", "/")
            records.append(Entry(date, id, narration, lines))
        records.append(Assertion(date, f"{path}:gained", amount, UNIT))
    return append(Journal() if journal is None else journal, *records)


def anniversary(start: dt.date, years: int) -> dt.date:
    """The same day some years later; the 28th for a 29 February that is not there."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)
