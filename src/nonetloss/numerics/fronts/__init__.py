"""Fronts of sums on a tree: every combination that no other beats, without listing them all.

Question on the ground
    None of its own: arrays of whole numbers, all objectives maximized.

Public names
    `fronts.tree.TreeProblem`, `fronts.tree.tree_front`, `fronts.sums.sum_front`,
    `fronts.boxes.thin`.

Papers
    Wu et al. 2018, doi 10.1609/aaai.v32i1.11347 (fronts on trees by dynamic programming);
    Bentley 1975, doi 10.1145/361002.361007 (k-d tree); Papadimitriou & Yannakakis 2000,
    doi 10.1109/SFCS.2000.892068 (covering fronts within 1 + ε).

What it does not do
    It knows no rivers, units or decimals: `hydropower.frontier` turns criteria into whole numbers.
"""
