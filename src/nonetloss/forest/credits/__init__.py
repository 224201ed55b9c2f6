"""From hectares not cleared to credits that can be issued.

Question on the ground
    What would have been emitted without the project, what is emitted with it, and what remains
    after leakage, uncertainty and the buffer, under each standard? Does the contract last long
    enough, and what do communities and biodiversity gain?

Public names
    `forest.credits.baseline.baseline`, `forest.credits.credits.credits`,
    `forest.credits.permanence.permanence`, `forest.credits.ccb.ccb`,
    `forest.credits.uncertainty.deduction`, `forest.credits.trees.shares`.

Papers
    Verra VM0048 v1.0, VMD0055 v1.1, VM0007, VM0015 and the Non-Permanence Risk Tool v4.2; ART
    TREES 2.0; CCB Standards third edition. None is reproduced here; parameters that nobody read
    in the official text say so.

What it does not do
    It validates and verifies nothing: an accredited body does. It counts no degradation and no
    growth, and applies no increase of natural risk for climate change, whose formula was not found.
"""
