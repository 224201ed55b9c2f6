"""Forest carbon: how much there is, where it will be lost, and how many credits follow.

Question on the ground
    How much carbon does a forest hold, with what error; where and how much will be cleared, with
    and without a road; what would have been lost without the project, and how many credits remain
    after leakage, uncertainty and buffer?

Public names
    `forest.stock`, `forest.area`, `forest.change`, `forest.risk`, `forest.credits`,
    `forest.concession`.

Papers
    Chave et al. 2014, doi 10.1111/gcb.12629 (allometry); Olofsson et al. 2014,
    doi 10.1016/j.rse.2014.02.015 (areas from a map and a sample); Verra VT0007 (allocation of
    unplanned deforestation); each package names its own.

What it does not do
    It reads no satellite image and classifies none; it registers no project; what a standard
    demands comes from a rule set, with its status.
"""
