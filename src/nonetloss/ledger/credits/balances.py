"""What a ledger of credits holds and what happened in it, as tables."""

import pandas as pd

from nonetloss.core.provenance import canonical_json
from nonetloss.ledger.credits.events import Event, Issue, Reverse, Units, as_plain
from nonetloss.ledger.credits.recording import content_of
from nonetloss.ledger.credits.registry import (
    GENESIS,
    Registry,
    Totals,
    chained,
    totals,
    uncovered,
)

EVENT_COLUMNS = (
    "number", "date", "kind", "actor", "source", "target", "project", "batch", "quantity",
    "beneficiary", "reason", "reference", "digest", "content",
)  # fmt: skip
HOLDING_COLUMNS = ("account", "holder", "account_kind", "vintage", "status", "quantity")
TOTAL_COLUMNS = ("vintage", "issued", "tradable", "retired", "cancelled", "buffer")


def events_table(registry: Registry) -> pd.DataFrame:
    """One row for each event, in order, with its digest and its content as it is digested.

    `quantity` is the number of units that the event is about; of a reversal the tons lost, or,
    where none are, the units that cover an earlier loss.
    """
    rows = []
    digest = GENESIS
    for number, event in enumerate(registry.events, start=1):
        content = content_of(event)
        digest = chained(digest, content)
        plain = as_plain(event)
        project = plain.get("project", "") if not isinstance(event, Issue) else event.batch.project
        rows.append(
            {
                "number": number,
                "date": event.date.isoformat(),
                "kind": event.kind,
                "actor": event.actor,
                "source": plain.get("source", ""),
                "target": plain.get("target", plain.get("account", "")),
                "project": project,
                "batch": ", ".join(dict.fromkeys(u.batch for u in _units(event))),
                "quantity": _quantity(event),
                "beneficiary": plain.get("beneficiary", ""),
                "reason": plain.get("reason", plain.get("cause", "")),
                "reference": event.reference,
                "digest": digest,
                "content": canonical_json(plain),
            }
        )
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS))


def holdings_table(registry: Registry) -> pd.DataFrame:
    """Units by account, vintage (year of its last day) and state; only what there is."""
    summed: dict[tuple[str, int, str], int] = {}
    for key, quantity in registry.counts.items():
        vintage = registry.batches[key.batch].vintage_end.year
        place = (key.account, vintage, str(key.status))
        summed[place] = summed.get(place, 0) + quantity
    rows = [
        (
            account, registry.accounts[account].holder or account,
            str(registry.accounts[account].kind), vintage, status, quantity,
        )
        for (account, vintage, status), quantity in sorted(summed.items())
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(HOLDING_COLUMNS))


def totals_table(registry: Registry) -> pd.DataFrame:
    """Units by vintage and, in a last row whose vintage is 0, of all.

    In every row tradable + retired + cancelled + buffer = issued.
    """
    by_vintage: dict[int, list[str]] = {}
    for id, batch in registry.batches.items():
        by_vintage.setdefault(batch.vintage_end.year, []).append(id)
    rows = []
    for vintage, batches in sorted(by_vintage.items()):
        each = [totals(registry, batch=id) for id in batches]
        rows.append((vintage, *(sum(getattr(t, n) for t in each) for n in TOTAL_COLUMNS[1:])))
    whole = totals(registry)
    rows.append((0, *_counts(whole)))
    return pd.DataFrame(rows, columns=list(TOTAL_COLUMNS))


def reversals_table(registry: Registry) -> pd.DataFrame:
    """One row for each reversal: tons lost, units drawn from buffers, and what is open after it.

    `uncovered_so_far_tco2e` is a running sum of the project, with what earlier losses left open.
    """
    rows = []
    left: dict[str, int] = {}
    for event in registry.events:
        if isinstance(event, Reverse):
            left[event.project] = left.get(event.project, 0) + event.lost - _drawn(event)
            rows.append(
                (
                    event.date.isoformat(), event.project, event.lost, _drawn(event),
                    left[event.project], event.avoidable, event.cause,
                )
            )  # fmt: skip
    columns = [
        "date", "project", "lost_tco2e", "drawn", "uncovered_so_far_tco2e", "avoidable", "cause",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def open_losses(registry: Registry) -> dict[str, int]:
    """Tons lost that no buffer unit stood for, by project; only what is not 0."""
    return {p: left for p in registry.losses if (left := uncovered(registry, p))}


def _units(event: Event) -> tuple[Units, ...]:
    if isinstance(event, Issue):
        return (Units(event.batch.id, event.batch.first, event.batch.last),)
    return tuple(getattr(event, "units", ()))


def _quantity(event: Event) -> int:
    if isinstance(event, Reverse) and event.lost:
        return event.lost
    return sum(u.amount for u in _units(event))


def _drawn(event: Reverse) -> int:
    return sum(u.amount for u in event.units)


def _counts(whole: Totals) -> tuple[int, ...]:
    return tuple(getattr(whole, name) for name in TOTAL_COLUMNS[1:])
