"""Where every credit went: issued, held, moved, retired, canceled, drawn from the buffer.

Question on the ground
    Who holds which units now, which are gone and why, and can anyone show that none was counted
    twice?

Public names
    `ledger.credits.events`, `ledger.credits.registry`.

Papers
    Climate Action Data Trust data model 2.0 (vocabularies).

What it does not do
    It is no registry of a standard and moves no money; who may act is asked of the caller.
"""
