"""A conservation concession as a contract of forty years: duties, money and who shares in it.

Question on the ground
    What must be done and paid each year, does carbon pay for it at a price that may come, and what
    reaches the communities?

Public names
    `forest.concession.contract`, `forest.concession.cash_flow`.

Papers
    Each module names its own.

What it does not do
    It forecasts no carbon price: it shows what follows from each.
"""
