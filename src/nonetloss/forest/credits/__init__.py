"""From hectares not cleared to credits that can be issued.

Question on the ground
    What would have been emitted without the project, what is emitted with it, and what remains
    after leakage, uncertainty and the buffer, under each standard?

Public names
    `forest.credits.baseline`, `forest.credits.credits`, `forest.credits.permanence`.

Papers
    Verra VM0048 v1.0, VMD0055 v1.1, VM0007, VM0015 and the Non-Permanence Risk Tool v4.2; ART
    TREES 2.0; CCB Standards third edition. None is reproduced here; parameters that nobody read
    in the official text say so.

What it does not do
    It validates and verifies nothing: an accredited body does.
"""
