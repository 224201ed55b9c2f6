"""Where every credit went: issued, held, moved, retired, canceled, drawn from the buffer.

Question on the ground
    Who holds which units now, which are gone and why, and can anyone show that none was counted
    twice?

Public names
    `ledger.credits.events` (what can happen), `ledger.credits.operations` (amounts to events),
    `ledger.credits.recording.record`, `ledger.credits.registry` (what stands),
    `ledger.credits.balances` and `ledger.credits.cad_trust` (tables),
    `ledger.credits.policy.by_roles`, `ledger.credits.method.credit_accounts`. In a file:
    `io.credit_log.open_log`; on the command line: `nonetloss credits`.

Papers
    Climate Action Data Trust, data model 1 (2022) and 2.0.2 (2026): vocabularies and tables.
    Serials of Verified Carbon Units as the Verra registry publishes them. Regen Ledger,
    x/ecocredit: tradable + retired + canceled = issued, to which the buffer is added here.

What it does not do
    It is no registry of a standard, computes no credits and moves no money. Who may act is asked of
    whoever keeps it. It shows that a ledger was changed, not by whom: nothing is signed.
"""
