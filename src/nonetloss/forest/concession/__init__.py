"""A conservation concession as a contract of forty years: duties, money and who shares in it.

Question on the ground
    What must be done and paid each year, does carbon pay for it at a price that may come, and what
    reaches the communities?

Public names
    `forest.concession.cash_flow.plan_concession`, `forest.concession.contract.Contract`,
    `forest.concession.sharing.share_out`, `forest.concession.results.Concession`.

Papers
    Brealey, Myers & Allen 2020, Principles of Corporate Finance (present value); Verra 2023,
    Non-Permanence Risk Tool v4.2 (longevity; read at second hand).

What it does not do
    It forecasts no carbon price: it shows what follows from each. It knows no taxes and no
    inflation, and does not say whether a contract will be renewed.
"""
