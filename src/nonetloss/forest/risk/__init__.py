"""Where unplanned deforestation will fall: the benchmark of VT0007, and models that must beat it.

Question on the ground
    Which forest will be cleared in the next years, how many hectares in each pixel, and what would
    a new road add?

Public names
    `forest.risk.cover`, `forest.risk.benchmark`, `forest.risk.assessment`,
    `forest.risk.alternative`, `forest.risk.moving_window`, `forest.risk.road`.

Papers
    Verra VT0007 v1.0 (unplanned deforestation allocation); Vieilledent 2021,
    doi 10.21105/joss.02975 (forestatrisk); each module names its own.

What it does not do
    It does not say how much is lost in all: the jurisdiction's activity data do.
"""
