"""Which planning units should be chosen, for people who come from Marxan or prioritizr?

Question on the ground
    A region is cut into units, as polygons or cells, each with a cost and an amount of every
    feature; some are protected already, some cannot be had. Which ones reach the targets most
    cheaply, or most within the budget; why these, and how much better could any other set be?

Public names
    `offset.selection.UnitCase`, `offset.selection.unit_case` (from arrays),
    `offset.selection.units_of_table`, `offset.selection.units_of_raster`, `offset.selection.aim`,
    `offset.selection.select`, `offset.selection.UnitSelection`.

Papers
    Ball, Possingham & Watts 2009 (Marxan); Beyer et al. 2016, doi 10.1016/j.ecolmodel.2016.02.005;
    Schuster et al. 2020, doi 10.7717/peerj.9258; Cabeza & Moilanen 2006,
    doi 10.1016/j.biocon.2006.04.025; Ferrier et al. 2000, doi 10.1016/S0006-3207(99)00149-4.

What it does not do
    It keeps no account of losses: targets come from outside (`offset.portfolio` keeps one). It
    puts units into one zone; for several, see `offset.planning.allocate`.
"""

from nonetloss.offset.selection.choice import UnitSelection, aim, select
from nonetloss.offset.selection.unit_case import (
    UnitCase,
    unit_case,
    units_of_raster,
    units_of_table,
)

__all__ = [
    "UnitCase",
    "UnitSelection",
    "aim",
    "select",
    "unit_case",
    "units_of_raster",
    "units_of_table",
]
