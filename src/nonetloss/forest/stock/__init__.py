"""Carbon in trees, plots, strata and areas, each with its error.

Question on the ground
    How much carbon stands here, from measured trees to the whole concession, and how sure is that?

Public names
    `forest.stock.allometry`, `forest.stock.height`, `forest.stock.wood_density`.

Papers
    Chave et al. 2014, doi 10.1111/gcb.12629; Réjou-Méchain et al. 2017,
    doi 10.1111/2041-210X.12753 (propagation of errors).

What it does not do
    It measures no dead wood, litter or soil; a study may state them.
"""
