"""The sections of a dam study: the front to look into, the basin, prices, lists, menu, sequence.

Question on the ground
    Which dams of a basin give the energy that is wanted at the least loss, what does each further
    percent of loss buy, which dams are in every good answer and which in none, how far from the
    best is the plan on the table, and what is proven of all that?

Public names
    `DamStudy`, `read_dams`, `sections`, `verdict`, `uncovered`, `cards`.

Papers
    Flecker et al. 2022, Science 375:753-760 (fronts of dam portfolios); Inselberg 1985, The Visual
    Computer 1:69-91 (parallel axes); Becker & Cleveland 1987, Technometrics 29:127-142 (linked
    brushing).

What it does not do
    It computes no front and no criterion: every value stands in the run folder. The page loads
    nothing from the network and needs no server.
"""

from nonetloss.study.report.dams.model import DamStudy
from nonetloss.study.report.dams.narrative import cards, uncovered, verdict
from nonetloss.study.report.dams.reading import read_dams
from nonetloss.study.report.dams.sections import sections

__all__ = ["DamStudy", "cards", "read_dams", "sections", "uncovered", "verdict"]
