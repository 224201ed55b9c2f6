"""England: the statutory biodiversity metric 4.1.

Question on the ground
    How many biodiversity units does a site hold before and after, is the net gain of 10 % reached,
    and is every loss traded against something good enough?

Public names
    `metric.units`, `metric.factors`, `metric.tree_area_ha`, `statement.statement`,
    `trading.trading_rules`, `credits.credit_cost`. Reached as
    `rules.ruleset("england").units(table)` and `.function("statement")(table)`.

Papers
    Natural England and Defra, The statutory biodiversity metric: user guide and calculation tool,
    release of 23 July 2024. Open Government Licence v3.0.

What it does not do
    It assesses no condition in the field, does not know the tier of credits of an area habitat, and
    decides nothing about irreplaceable habitats: these need bespoke compensation.
"""
