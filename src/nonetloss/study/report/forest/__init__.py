"""The sections of a forest carbon study: stock, change, risk, baseline, credits, money, ledger.

Question on the ground
    How much carbon does a concession hold, where would the next road bring deforestation, what
    would be lost without the project, how many credits follow after leakage, uncertainty and
    buffer, who holds each of them, does the money last, and do patrols go where the risk is?

Public names
    `ForestStudy`, `read_forest`, `sections`, `verdict`, `cards`.

Papers
    Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015 (areas with their error); Theil 1950 and
    Sen 1968, doi 10.1080/01621459.1968.10480934 (the second line of the assessment).

What it does not do
    It estimates nothing: every figure stands in the run folder. What nobody confirmed in an
    official text is marked so, and a plan of credits is never shown as credits.
"""

from nonetloss.study.report.forest.model import ForestStudy
from nonetloss.study.report.forest.narrative import cards, verdict
from nonetloss.study.report.forest.reading import read_forest
from nonetloss.study.report.forest.sections import sections

__all__ = ["ForestStudy", "cards", "read_forest", "sections", "verdict"]
