"""Forest cover at several dates: what was lost, regained, cut into pieces.

Question on the ground
    When and where did forest go, and how much of what remains lies at an edge?

Public names
    `forest.change.method.forest_change`, `forest.change.dates`, `forest.change.transitions`,
    `forest.change.fragmentation`.

Papers
    Hansen et al. 2013, doi 10.1126/science.1244693; Vogt et al. 2007,
    doi 10.1007/s10980-006-9013-2 (core, patch, perforation, edge); Jaeger 2000,
    doi 10.1023/A:1008129329289 (mesh size).

What it does not do
    It detects no change in images: it compares maps that exist, and counts what they say. Bridges
    and branches of forest are not told from its edge.
"""
